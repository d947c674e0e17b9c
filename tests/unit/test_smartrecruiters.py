"""SmartRecruiters: the signature with the vendor's own vector, what is served, read and written; the simulator answers
over real HTTP, no Foyer runs. A result's whole way is in tests/flow/integrations."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from api.carrying import look
from integrations.smartrecruiters import SmartRecruiters
from integrations.smartrecruiters_orders import order, result_body
from integrations.smartrecruiters_values import answers_of, became, check_signature, job_of
from models.errors import BadRequest, PushRejected, Unauthorized
from models.exchange import CandidateIntake, Cursor, Decision, Handover, JobIntake, Outcome, Outgoing, Target
from models.values import Scorecard
from tests.simulators.direct import NOW, Counter, inbound, made, result, service
from tests.simulators.smartrecruiters import HOOK, OLD_HOOK, SERVED, signed
from tests.simulators.smartrecruiters import SmartRecruiters as Simulated

VECTOR = replace(
    inbound(
        "POST",
        "webhook",
        b'{"job_id":"jid","candidate_id":"cid"}',
        event_id="123",
        event_name="application.created",
        event_version="v201910",
        link="<http://smartrecruiters.com/endpoint>; rel=self",
        smartrecruiters_timestamp="1574080897",
        smartrecruiters_signature="v1=2e9291f10d44ca10204a4cd81b05d73b6a316b2b605d4e2e0e0b37b40198ce1f",
    ),
    now=datetime.fromtimestamp(1574080897, UTC),
)
"""Published by the vendor."""
KEY = "HeBVky2bccvvkcXPimH8c"


@pytest.fixture
def vendor() -> Iterator[Simulated]:
    with Simulated() as running:
        yield running
        assert running.violations == []


def connected(vendor: Simulated, **changes: str) -> SmartRecruiters:
    return SmartRecruiters(vendor.settings | changes)


def alone(**settings: str) -> SmartRecruiters:
    return SmartRecruiters({"served_secret": SERVED, "webhook_secret": f"{OLD_HOOK} {HOOK}"} | settings)


# ---------------------------------------------------------------- what it calls


def test_the_published_signature_fits_and_nothing_else_does() -> None:
    assert check_signature(VECTOR, ["another", KEY]) == datetime.fromtimestamp(1574080897, UTC)
    for changed in (
        replace(VECTOR, body=VECTOR.body + b" "),
        replace(VECTOR, headers={**VECTOR.headers, "event-id": "124"}),
        replace(VECTOR, headers={**VECTOR.headers, "link": ""}),
        replace(VECTOR, headers={**VECTOR.headers, "smartrecruiters-timestamp": "1574080898"}),
        replace(VECTOR, headers={**VECTOR.headers, "smartrecruiters-signature": ""}),
    ):
        with pytest.raises(Unauthorized):
            check_signature(changed, [KEY])
    for keys in ([], [""], ["wrong"]):
        with pytest.raises(Unauthorized):
            check_signature(VECTOR, keys)


def test_one_fitting_signature_of_several_is_enough_and_old_messages_are_refused() -> None:
    given = VECTOR.headers["smartrecruiters-signature"]
    several = replace(VECTOR, headers={**VECTOR.headers, "smartrecruiters-signature": f"v1={'0' * 64}; {given};v2=x"})
    assert check_signature(several, [KEY])
    with pytest.raises(Unauthorized, match="time"):
        check_signature(replace(VECTOR, now=VECTOR.now + timedelta(minutes=6)), [KEY])


def test_a_header_that_is_absent_counts_as_empty() -> None:
    headers, raw = signed("job.created", {"job_id": "1"}, id="e", secret=HOOK, at=int(NOW.timestamp()))
    message = replace(inbound("POST", "webhook", raw), headers=headers)
    assert check_signature(message, [HOOK])
    without = replace(message, headers={name: value for name, value in headers.items() if name != "event-version"})
    with pytest.raises(Unauthorized):
        check_signature(without, [HOOK])


def test_the_handshake_is_echoed_and_keeps_nothing() -> None:
    desk = Counter()
    reply = alone().serve(inbound("POST", "webhook", x_hook_secret="abc"), desk)
    assert (reply.status, reply.headers, reply.json) == (200, {"X-Hook-Secret": "abc"}, None)
    assert desk.kept == {}


def test_an_event_is_kept_once_under_its_id_and_answered_202() -> None:
    desk = Counter()
    headers, raw = signed("application.created", {"job_id": "j"}, id="e1", secret=OLD_HOOK, at=int(NOW.timestamp()))
    message = replace(inbound("POST", "webhook", raw), headers=headers)
    assert [alone().serve(message, desk).status for _ in range(2)] == [202, 202]
    assert desk.kept == {"e1": {"job_id": "j", "event": "application.created", "at": NOW.isoformat()}}


def granted(connector: SmartRecruiters, desk: Counter, secret: str = SERVED) -> str:
    form = f"grant_type=client_credentials&client_id=foyer&client_secret={secret}".encode()
    reply = connector.serve(inbound("POST", "token", form), desk)
    assert reply.json["token_type"] == "Bearer"
    return f"Bearer {reply.json['access_token']}"


def test_it_signs_in_with_its_secret_and_lists_packages() -> None:
    desk, connector = Counter(), alone()
    call = inbound("GET", "packages", authorization=granted(connector, desk))
    assert connector.serve(call, desk).json["content"] == [
        {"id": "job-1", "name": "Backend Engineer", "description": "Voice interview of 15 minutes"}
    ]
    with pytest.raises(Unauthorized, match="expired"):
        connector.serve(replace(call, now=NOW + timedelta(hours=2)), desk)
    for forged in ("", "Bearer ", "Bearer x", f"Bearer {int(NOW.timestamp()) + 999}.{'0' * 64}"):
        with pytest.raises(Unauthorized):
            connector.serve(inbound("GET", "packages", authorization=forged), desk)
    with pytest.raises(Unauthorized):
        granted(connector, desk, secret="wrong")
    with pytest.raises(Unauthorized):
        granted(SmartRecruiters({}), desk, secret="")
    with pytest.raises(Unauthorized):
        SmartRecruiters({"served_secret": "a new one"}).serve(call, desk)


def test_the_customers_credentials_are_kept_when_the_integration_is_switched_on() -> None:
    desk, connector = Counter(), alone()
    body = json.dumps({"companyId": "acme", "clientId": "c", "clientSecret": "s"}).encode()
    with pytest.raises(Unauthorized):
        connector.serve(inbound("POST", "integration", body), desk)
    assert desk.settled == {}
    connector.serve(inbound("POST", "integration", body, authorization=granted(connector, desk)), desk)
    assert desk.settled == {"company_id": "acme", "client_id": "c", "client_secret": "s"}
    with pytest.raises(BadRequest):
        connector.serve(inbound("POST", "integration", b"{}", authorization=granted(connector, desk)), desk)


def test_an_order_is_taken() -> None:
    body = {
        "orderId": "o-1",
        "packageId": "job-1",
        "applicationId": "a-1",
        "candidate": {"id": "c-1", "firstName": "Ada", "lastName": "Byron", "email": "ada@mail.example"},
        "job": {"id": "j-1"},
    }
    desk, connector = Counter(), alone()
    call = inbound("POST", "orders", json.dumps(body).encode(), authorization=granted(connector, desk))
    assert connector.serve(call, desk).json == {"id": "order-1", "status": "OPEN"}
    [taken] = desk.orders
    assert (taken.key, taken.package_id, taken.extra) == ("o-1", "job-1", {"application": "a-1"})
    assert (taken.candidate.name, taken.candidate.external_id) == ("Ada Byron", "c-1.j-1")
    for lacking in ("orderId", "packageId", "candidate"):
        with pytest.raises(BadRequest):
            order({key: value for key, value in body.items() if key != lacking})


# ---------------------------------------------------------------- reading


def test_events_hold_ids_alone_and_are_fetched(vendor: Simulated) -> None:
    connector = connected(vendor)
    calls = service(connector)
    vendor.opening("j1", "Backend Engineer", "We build things.\n\nYou know Python.")
    person = vendor.applies("j1", "Ada Byron", "ada@mail.example", b"resume")
    vendor.answers[person] = [question("5f3c2e00-0000-4000-8000-000000000001", "Notice period?", "3 months")]
    ids = {"job_id": "j1", "candidate_id": person, "at": NOW.isoformat()}
    [taken] = connector.read({**ids, "event": "application.created"}, calls)
    assert isinstance(taken, CandidateIntake)
    assert (taken.name, taken.email, taken.content, taken.filename) == (
        "Ada Byron",
        "ada@mail.example",
        b"resume",
        "resume.txt",
    )
    assert (taken.external_id, taken.remote_job_id, taken.source) == (f"{person}.j1", "j1", "Career page")
    assert [(each.question, each.answer) for each in taken.answers] == [("Notice period?", "3 months")]
    [job] = connector.read({"job_id": "j1", "event": "job.updated"}, calls)
    assert isinstance(job, JobIntake)
    assert (job.title, job.open) == ("Backend Engineer", True)
    assert "You know Python." in job.text.splitlines()
    [gone] = connector.read({**ids, "event": "candidate.deleted"}, calls)
    assert (gone.kind, gone.remote_candidate_id) == ("erased", person)  # type: ignore[union-attr]
    assert list(connector.read({**ids, "event": "offer.created"}, calls)) == []


@pytest.mark.parametrize(
    ("status", "kind"),
    [("HIRED", "hired"), ("REJECTED", "rejected"), ("WITHDRAWN", "withdrew"), ("INTERVIEW", "stage")],
)
def test_a_status_becomes_an_outcome_of_the_moment_it_changed(vendor: Simulated, status: str, kind: str) -> None:
    connector = connected(vendor)
    person = vendor.applies("j1", "Ada Byron", "ada@mail.example", b"resume")
    vendor.becomes(person, status, "2026-11-25T10:00:00.000Z")
    event = {"job_id": "j1", "candidate_id": person, "at": NOW.isoformat(), "event": "application.status.updated"}
    [told] = connector.read(event, service(connector))
    assert isinstance(told, Outcome)
    assert (told.kind, told.at) == (kind, datetime(2026, 11, 25, 10, tzinfo=UTC))
    assert (told.remote_application_id, told.stage) == (f"{person}.j1", status)


def test_a_history_is_told_as_it_was_and_what_did_not_last_is_no_withdrawal() -> None:
    def told(*statuses: str) -> list[str]:
        rows = [{"status": each, "changedOn": f"2026-11-{day + 10}T10:00:00Z"} for day, each in enumerate(statuses)]
        return [kind for kind, _, _ in became(rows[::-1], statuses[-1])]

    assert told("NEW", "IN_REVIEW", "HIRED") == ["stage", "hired"]
    assert told("REJECTED", "INTERVIEW", "OFFERED") == ["rejected", "undone", "stage"]
    assert told("WITHDRAWN", "INTERVIEW") == ["stage"]
    assert told("INTERVIEW", "WITHDRAWN") == ["stage", "withdrew"]


def test_a_note_is_found_on_whatever_page_it_is(vendor: Simulated) -> None:
    connector = connected(vendor)
    calls, target = service(connector), Target(candidate="c1", application="c1.j1")
    for n in range(3):
        made(connector.writes(Outgoing(result(id=f"result_iv-{n}_1"), target, {}, None)), calls)
    [last] = connector.writes(Outgoing(result(id="result_iv-2_1"), target, {}, None))
    [never] = connector.writes(Outgoing(result(id="result_iv-9_1"), target, {}, None))
    assert last.found is not None
    assert never.found is not None
    assert look(last.found, {}, calls) == "found"
    assert look(never.found, {}, calls) is None


def test_people_are_read_page_by_page_and_only_what_is_new(vendor: Simulated) -> None:
    connector = connected(vendor)
    calls = service(connector)
    for n in range(3):
        vendor.opening(f"j{n}", f"Job {n}", "Text.")
    people = [vendor.applies("j1", f"Person {n}", f"p{n}@mail.example", b"resume") for n in range(3)]
    other = vendor.applies("j2", "Someone Else", "else@mail.example", b"resume")
    vendor.becomes(people[2], "HIRED", "2026-11-25T10:00:00.000Z")
    items = list(connector.poll(None, calls, ["j1"]))
    assert sum(isinstance(one, JobIntake) for one in items) == 3
    taken = [one.remote_candidate_id for one in items if isinstance(one, CandidateIntake)]
    assert taken == people
    assert other not in taken
    assert [one.kind for one in items if isinstance(one, Outcome)] == ["hired"]
    cursors = [one for one in items if isinstance(one, Cursor)]
    vendor.people[people[0]]["updatedOn"] = "2099-01-01T00:00:00Z"
    again = list(connector.poll(cursors[-1], calls, ["j1"]))
    assert [one.remote_candidate_id for one in again if isinstance(one, CandidateIntake)] == [people[0]]
    resumed = list(connector.poll(cursors[0], calls, ["j1", "j2"]))
    assert [one.remote_candidate_id for one in resumed if isinstance(one, CandidateIntake)] == [other]


def test_answers_about_origin_health_and_papers_are_left_out() -> None:
    mine = question("5f3c2e00-0000-4000-8000-000000000001", "Notice period?", "3 months")
    assert [each.answer for each in answers_of(mine)] == ["3 months"]
    for category in ("eeoInformation", "ethnicity", "disabilityStatus", "criminalRecord", "workPermit", "somethingNew"):
        assert list(answers_of(question(category, "Which?", "This"))) == []
    assert [each.answer for each in answers_of(question("languages", "Languages", "German"))] == ["German"]


def test_without_the_scope_for_answers_people_come_nevertheless(vendor: Simulated) -> None:
    vendor.may_read_answers = False
    connector = connected(vendor)
    person = vendor.applies("j1", "Ada Byron", "ada@mail.example", b"resume")
    event = {"job_id": "j1", "candidate_id": person, "event": "application.created"}
    [taken] = connector.read(event, service(connector))
    assert isinstance(taken, CandidateIntake)
    assert taken.answers == ()


def test_an_order_is_about_whom_the_api_knows_or_else_whom_it_names(vendor: Simulated) -> None:
    connector = connected(vendor)
    person = vendor.applies("j1", "Ada Byron", "ada@mail.example", b"resume")
    body = {"orderId": "o", "packageId": "p", "candidate": {"id": person}, "jobId": "j1"}
    found = connector.person(order(body), service(connector))
    assert (found.email, found.content, found.external_id) == ("ada@mail.example", b"resume", f"{person}.j1")
    body["candidate"] = {"id": "unknown", "email": "bob@mail.example"}
    assert connector.person(order(body), service(connector)).email == "bob@mail.example"
    body["candidate"] = {"id": "unknown"}
    with pytest.raises(PushRejected, match="No such id"):
        connector.person(order(body), service(connector))


def test_a_job_without_an_advertisement_has_no_text() -> None:
    assert job_of({"id": 7, "title": "T", "status": "CANCELLED"}) == JobIntake(remote_id="7", title="T", open=False)


# ---------------------------------------------------------------- writing


def test_a_result_of_an_order_lands_as_result_report_and_note(vendor: Simulated) -> None:
    connector = connected(vendor)
    target = Target(candidate="c1", application="c1.j1", order="o/1", extra={"application": "a1"})
    writes = connector.writes(Outgoing(result(), target, {}, b"%PDF"))
    assert [each.name for each in writes] == ["result", "report", "note"]
    calls = service(connector)
    done = made(writes, calls)
    assert vendor.results["o/1"] == {
        "status": "COMPLETED",
        "scoreLabel": "72.5 of 100: yes",
        "score": 72.5,
        "passed": True,
        "resultUrl": "https://foyer.example/reports/1",
        "description": vendor.messages[0]["content"].partition("] ")[2],
    }
    assert len(vendor.reports["o/1"]) == 1
    assert vendor.messages[0]["shareWith"] == {"openNote": True}
    for write in writes[1:]:
        assert write.found is not None
        assert write.found.pick(calls.send(write.found.request(done))) == "found"


def test_no_decision_is_no_number_and_a_withdrawal_says_only_that() -> None:
    undecided = Scorecard(id="s", recommendation="no_decision", reason="Too little was said.")
    body = result_body(result(scorecard=undecided))
    assert (body["scoreLabel"], "score" in body, "passed" in body) == ("no decision", False, False)
    left = result_body(result(type="assessment.withdrawn", scorecard=None))
    assert left.keys() == {"status", "description"}
    assert "withdrew" in left["description"]


def test_without_an_order_the_report_goes_to_the_persons_files(vendor: Simulated) -> None:
    connector = connected(vendor)
    vendor.files["c1"] = [{"id": f"f{n}", "name": f"old {n}", "type": "OTHER"} for n in range(1)]
    writes = connector.writes(Outgoing(result(), Target(candidate="c1", application="c1.j1"), {}, b"%PDF"))
    calls = service(connector)
    made(writes, calls)
    assert [row["name"] for row in vendor.files["c1"]] == ["old 0", "Foyer report result_iv-1_1.pdf"]
    assert writes[0].found is not None
    assert writes[0].found.pick(calls.send(writes[0].found.request({}))) == "found"
    assert connector.writes(Outgoing(result(), Target(), {}, None)) == []


def test_somebody_is_created_once_and_with_their_resume(vendor: Simulated) -> None:
    connector, calls = connected(vendor), None
    calls = service(connector)
    person = CandidateIntake(name="Ada Byron", email="ada@mail.example", filename="ada.pdf", content=b"%PDF")
    handover = Handover(person, "j1", {"source.create": "OTHER:s1"}, "key")
    first = made(connector.create(handover), calls)
    assert first["application"] == f"{first['candidate']}.j1"
    assert vendor.people[first["candidate"]]["sourceDetails"] == {"sourceTypeId": "OTHER", "sourceId": "s1"}
    again = made(connector.create(handover)[:2], calls)
    assert (again["candidate"], again["application"], len(vendor.people)) == (
        first["candidate"],
        first["application"],
        1,
    )
    elsewhere = made(connector.create(replace(handover, job="j2"))[:2], calls)
    assert elsewhere["candidate"] == first["candidate"]
    assert elsewhere["application"] == f"{first['candidate']}.j2"


def test_decisions_set_the_status_that_was_chosen(vendor: Simulated) -> None:
    connector = connected(vendor)
    person = vendor.applies("j1", "Ada Byron", "ada@mail.example", b"resume")
    target = Target(candidate=person, application=f"{person}.j1")
    made(
        connector.decide(Decision("advance", target, {"status.advance": "INTERVIEW"}, "Maria Lopez")),
        service(connector),
    )
    assert vendor.people[person]["primaryAssignment"]["status"] == "INTERVIEW"
    made(connector.decide(Decision("reject", target, {"reason.reject": "r1"}, "Maria Lopez")), service(connector))
    assert vendor.made("PUT", "/status")[-1].json == {"status": "REJECTED", "reason": {"id": "r1"}}
    with pytest.raises(BadRequest):
        connector.decide(Decision("advance", target, {}, "Maria Lopez"))


def test_the_connection_test_and_the_choices(vendor: Simulated) -> None:
    connector = connected(vendor)
    assert all(each.ok for each in connector.check(service(connector)))
    found = connector.choices(service(connector))
    assert [each.id for each in found["sources"]] == ["OTHER:s1"]
    assert [each.id for each in found["reasons"]] == ["r1"]
    bare = SmartRecruiters({"served_secret": SERVED, "api_url": vendor.url, "smart_token": "wrong"})
    wrong = [each for each in bare.check(service(bare)) if not each.ok]
    assert "jobs_read" in " ".join(each.cure for each in wrong)
    assert "OAuth client" in " ".join(each.cure for each in wrong)
    assert dict(bare.auth().headers) == {"x-smarttoken": "wrong"}  # type: ignore[union-attr]


def question(category: str, label: str, value: str) -> dict[str, object]:
    fields = [{"id": "f", "values": [{"label": value}]}]
    return {"id": "q", "category": category, "name": "q", "label": label, "records": [{"fields": fields}]}
