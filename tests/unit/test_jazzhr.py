"""JazzHR's words and ours, without a server: the signed export, what is left out of it, pages of one row, what is
written."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from integrations.auth import Headers, QueryKey
from integrations.jazzhr import JazzHR
from integrations.signatures import hex_hmac
from models.errors import BadRequest, NotFound, PushRejected, Unauthorized
from models.exchange import (
    CandidateIntake,
    Cursor,
    Handover,
    Inbound,
    JobIntake,
    Outcome,
    Outgoing,
    Request,
    Response,
    Target,
)
from models.values import AssessmentResult, Scorecard

SECRET = "jazz-secret"
VERIFY = b'{"data": "JazzHR Verify Event"}'
VERIFIED = "84c7fc76e4d095004663ddfdbfb4aa1ff66e06e8ff5409804bcb82b237da3067"
NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
PRIVATE = ("Female", "U.S. Citizen", "Asian", "Protected veteran", "overEighteen", "felony", "disability")


class Desk:
    def __init__(self) -> None:
        self.kept: dict[str, Mapping[str, object]] = {}

    def keep(self, key: str, event: Mapping[str, object]) -> bool:
        new = key not in self.kept
        self.kept.setdefault(key, event)
        return new


class There:
    """JazzHR, as the answers it gives by path; `/page/1` is added to what is listed."""

    def __init__(self, *, end: Any = (), **answers: Any) -> None:
        self.answers, self.end = answers, end
        self.asked: list[Request] = []

    def send(self, request: Request) -> Response:
        self.asked.append(request)
        path, _, page = request.path.partition("/page/")
        found = self.answers.get(path, [] if page else None)
        if page and page != "1":
            found = found if self.end == "again" else self.end
        if isinstance(found, PushRejected):
            raise found
        if found is None:
            raise PushRejected("JazzHR answered 404", answered=404)
        return Response(200, {}, found if isinstance(found, bytes) else json.dumps(found).encode())


def jazz(**settings: str) -> JazzHR:
    return JazzHR({"secret": SECRET, "api_key": "", "user_id": "usr_1", **settings})


def inbound(body: bytes, *, event: str = "CANDIDATE-EXPORT", signature: str | None = None, **more: str) -> Inbound:
    signed = hex_hmac(SECRET, body) if signature is None else signature
    headers = {
        "x-jazzhr-event": event,
        "x-jazzhr-signature": signed,
        "x-jazzhr-uuid": "1",
        "link": "<https://app.jazz.co/x>; rel=self",
    }
    return Inbound(
        method=more.get("method", "POST"),
        path=more.get("path", "export"),
        headers=headers,
        query={},
        body=body,
        now=NOW,
    )


def export(**status: Any) -> dict[str, Any]:
    state = {"name": "Phone screen", "category": "Active", "transitionDateTime": "2026-11-20T10:00:00Z", **status}
    return {
        "candidate": {
            "person": {
                "id": {"value": "39011522", "schemeId": "JazzHR Candidate"},
                "name": {"formattedName": "Ada Byron", "given": "Ada", "family": "Byron"},
                "gender": "Female",
                "citizenShip": ["U.S. Citizen/Permanent Resident"],
                "applyDate": "2026-11-19",
                "communication": {
                    "phone": [{"formattedNumber": "+49 30 1"}],
                    "email": [{"address": "ada@mail.example"}],
                    "address": None,
                },
            },
            "profiles": [
                {
                    "profileId": {"value": "77"},
                    "associatedPositionOpenings": [
                        {"positionOpeningId": {"value": "500"}, "positionTitle": "Engineer", "candidateStatus": state}
                    ],
                    "attachments": [
                        {"url": "https://files.example/letter", "descriptions": ["Cover letter"]},
                        {"url": "https://files.example/cv", "descriptions": ["Resume"]},
                    ],
                }
            ],
        },
        "positionOpenings": [
            {
                "positionProfiles": [
                    {"positionId": {"value": "500"}, "positionFormattedDescriptions": [{"content": "<p>We build.</p>"}]}
                ]
            }
        ],
        "additionalPersonInformation": {
            "39011522": {"overEighteen": True, "felony": False, "eeoRace": "Asian", "eeoVeteran": "Protected veteran"}
        },
    }


def kept(body: Mapping[str, Any]) -> Mapping[str, object]:
    desk = Desk()
    assert jazz().serve(inbound(json.dumps(body).encode()), desk).status == 200  # type: ignore[arg-type]
    [event] = desk.kept.values()
    return json.loads(json.dumps(event))  # type: ignore[no-any-return]


FILE = json.dumps(
    {"content": b64encode(b"her resume").decode(), "mimeType": "text/plain", "fileName": "Ada.txt"}
).encode()


# ---------------------------------------------------------------- what JazzHR sends


def test_the_check_on_saving_is_answered_with_exactly_200_and_kept_nowhere() -> None:
    desk = Desk()
    reply = jazz().serve(inbound(VERIFY, event="VERIFY", signature=VERIFIED), desk)  # type: ignore[arg-type]
    assert (reply.status, reply.json, desk.kept) == (200, None, {})


@pytest.mark.parametrize("event", ["VERIFY", "CANDIDATE-EXPORT", ""])
@pytest.mark.parametrize("signature", ["", "0" * 64, VERIFIED[:-1] + "8"])
def test_what_is_not_signed_is_refused(event: str, signature: str) -> None:
    desk = Desk()
    with pytest.raises(Unauthorized):
        jazz().serve(inbound(VERIFY, event=event, signature=signature), desk)  # type: ignore[arg-type]
    with pytest.raises(Unauthorized):
        jazz(secret="").serve(inbound(VERIFY, event=event, signature=hex_hmac("", VERIFY)), desk)  # type: ignore[arg-type]
    assert desk.kept == {}


def test_the_same_export_under_another_id_is_one() -> None:
    desk, body = Desk(), json.dumps(export()).encode()
    for id in ("1", "2"):
        call = inbound(body)
        jazz().serve(Inbound("POST", "export", {**call.headers, "x-jazzhr-uuid": id}, {}, body, NOW), desk)  # type: ignore[arg-type]
    assert len(desk.kept) == 1


def test_what_must_play_no_part_is_not_even_kept() -> None:
    text = json.dumps(kept(export()))
    assert "ada@mail.example" in text
    for word in (*PRIVATE, "gender", "citizenShip", "eeo"):
        assert word not in text


@pytest.mark.parametrize("body", [b"x", b"[]", b"{}", b'{"candidate": null}', b'{"candidate": {"profiles": [1]}}'])
def test_an_export_that_is_none_is_refused_with_words(body: bytes) -> None:
    with pytest.raises(BadRequest):
        jazz().serve(inbound(body), Desk())  # type: ignore[arg-type]


def test_nothing_else_is_served() -> None:
    for more in ({"method": "GET"}, {"path": "webhook"}):
        with pytest.raises(NotFound):
            jazz().serve(inbound(VERIFY, **more), Desk())  # type: ignore[arg-type]


# ---------------------------------------------------------------- exports


def test_an_export_is_an_opening_a_person_with_their_file_and_where_they_stand() -> None:
    there = There(**{"https://files.example/cv": FILE})
    job, person, moved = jazz().read(kept(export()), there)
    assert job == JobIntake(remote_id="500", title="Engineer", text="We build.")
    assert isinstance(person, CandidateIntake)
    assert (person.filename, person.content) == ("Ada.txt", b"her resume")
    assert (person.name, person.email, person.phone) == ("Ada Byron", "ada@mail.example", "+49 30 1")
    assert (person.external_id, person.remote_candidate_id, person.remote_job_id) == ("77", "39011522", "500")
    assert (person.profile_url, person.ordered) == ("https://app.jazz.co/x", False)
    assert isinstance(moved, Outcome)
    assert (moved.kind, moved.stage, moved.at) == ("stage", "Phone screen", datetime(2026, 11, 20, 10, 0, tzinfo=UTC))
    assert [request.bare for request in there.asked] == [True]


@pytest.mark.parametrize(
    ("category", "step", "kind"),
    [
        ("Hired", "Hired", "hired"),
        ("Not Hired", "Not qualified", "rejected"),
        ("Not Hired", "Candidate withdrew", "withdrew"),
        ("Active", "Offer", "stage"),
        ("New", "New", None),
        (None, None, None),
    ],
)
def test_the_category_says_what_became_of_them(category: str | None, step: str | None, kind: str | None) -> None:
    there = There(**{"https://files.example/cv": FILE})
    items = list(jazz().read(kept(export(category=category, name=step)), there))
    assert [each.kind for each in items if isinstance(each, Outcome)] == ([kind] if kind else [])


@pytest.mark.parametrize(("wanted", "ordered"), [("phone SCREEN", True), ("*", True), ("Offer", False), ("", False)])
def test_a_step_orders_the_interview(wanted: str, ordered: bool) -> None:
    there = There(**{"https://files.example/cv": FILE})
    [person] = [
        each for each in jazz(order_step=wanted).read(kept(export()), there) if isinstance(each, CandidateIntake)
    ]
    assert person.ordered is ordered


@pytest.mark.parametrize(
    "answer", [PushRejected("gone", answered=403), b"<html>", b'{"content": "%%%"}', b'{"content": null}']
)
def test_a_file_whose_time_is_over_is_none_and_the_next_is_tried(answer: Any) -> None:
    letter = json.dumps({"content": b64encode(b"letter").decode(), "fileName": "letter.txt"}).encode()
    there = There(**{"https://files.example/cv": answer, "https://files.example/letter": letter})
    [person] = [each for each in jazz().read(kept(export()), there) if isinstance(each, CandidateIntake)]
    assert (person.filename, person.content) == ("letter.txt", b"letter")
    nothing = There(**{"https://files.example/cv": answer, "https://files.example/letter": answer})
    [person] = [each for each in jazz().read(kept(export()), nothing) if isinstance(each, CandidateIntake)]
    assert (person.filename, person.content) == ("", b"")


def test_a_file_that_cannot_be_had_just_now_is_waited_for() -> None:
    busy = PushRejected("busy", retry=True, answered=503)
    with pytest.raises(PushRejected):
        list(jazz().read(kept(export()), There(**{"https://files.example/cv": busy})))


DETAIL: dict[str, Any] = {
    "id": "prospect_2",
    "first_name": "Ada",
    "last_name": "Byron",
    "email": "Ada@mail.example",
    "gender": "Female",
    "eeo_race": "Asian",
    "apply_date": "2026-11-19",
    "jobs": {"job_id": "job_5", "applicant_progress": "Phone screen"},
    "questionnaire": [
        {"question": "Why here?", "answer": "Because."},
        {"question": "What is your gender?", "answer": "Female"},
        {"question": "Open", "answer": None},
    ],
}
NAMESAKE = {**DETAIL, "id": "prospect_1", "email": "other@mail.example"}


def by_api(**more: Any) -> There:
    answers: dict[str, Any] = {
        "jobs": [{"id": "job_5", "title": "Engineer", "status": "Open", "description": "<b>We build.</b>"}],
        "applicants/name/Ada%20Byron": [{"id": "prospect_1"}, {"id": "prospect_2"}],
        "applicants/prospect_1": [NAMESAKE],
        "applicants/prospect_2": DETAIL,
        "https://files.example/cv": FILE,
    }
    return There(**{**answers, **more})


def test_with_a_key_an_export_gets_the_names_of_the_api() -> None:
    items = list(jazz(api_key="k").read(kept(export()), by_api()))
    job, person, moved = items
    assert isinstance(job, JobIntake)
    assert isinstance(person, CandidateIntake)
    assert isinstance(moved, Outcome)
    assert job.remote_id == person.remote_job_id == moved.remote_job_id == "job_5"
    assert person.remote_candidate_id == "prospect_2", "a namesake with another address is somebody else"
    assert person.external_id == moved.remote_application_id == "prospect_2/job_5"
    assert [each.question for each in person.answers] == ["Why here?"]


def test_what_the_api_does_not_find_keeps_its_number() -> None:
    two = [{"id": "job_5", "title": "Engineer"}, {"id": "job_6", "title": "Engineer"}]
    there = by_api(jobs=two, **{"applicants/name/Ada%20Byron": []})
    [person] = [each for each in jazz(api_key="k").read(kept(export()), there) if isinstance(each, CandidateIntake)]
    assert (person.remote_candidate_id, person.remote_job_id, person.external_id) == ("39011522", "500", "77")


def test_with_a_key_the_file_is_had_from_the_api_when_its_time_is_over() -> None:
    gone = PushRejected("gone", answered=404)
    files = {"filename": "cv.pdf", "file_url": "https://files.example/stored"}
    more = {
        "https://files.example/cv": gone,
        "https://files.example/letter": gone,
        "files/applicant_id/prospect_2": files,
        "https://files.example/stored": b"stored",
    }
    there = by_api(**more)
    [person] = [each for each in jazz(api_key="k").read(kept(export()), there) if isinstance(each, CandidateIntake)]
    assert (person.filename, person.content) == ("cv.pdf", b"stored")


# ---------------------------------------------------------------- the API


@pytest.mark.parametrize("end", [[], None, "again", PushRejected("no such page", answered=404)])
@pytest.mark.parametrize(
    "rows", [{"id": "job_1", "title": "A"}, [{"id": "job_1", "title": "A"}, {"id": "job_2", "title": "B"}]]
)
def test_a_list_ends_however_it_ends_and_one_row_is_a_row(end: Any, rows: Any) -> None:
    found = list(jazz(api_key="k").poll(None, There(jobs=rows, end=end), []))
    count = 1 if isinstance(rows, dict) else 2
    assert [type(each) for each in found] == [JobIntake] * count + [Cursor]


def test_other_refusals_of_a_page_are_refusals() -> None:
    with pytest.raises(PushRejected):
        list(jazz(api_key="k").poll(None, There(jobs=PushRejected("no", answered=403, scope=True)), []))


def test_a_reading_hears_of_openings_people_and_hires() -> None:
    hires = [
        {"applicant_id": "prospect_2", "job_id": "job_5", "hired_date": "2026-11-26", "hired_time": "10:00:00"},
        {"applicant_id": "prospect_1", "job_id": "job_5"},
    ]
    there = by_api(**{"applicants/job_id/job_5": {"id": "prospect_2"}, "hires": hires})
    job, person, hired, cursor = jazz(api_key="k", order_step="phone screen").poll(None, there, ["job_5"])
    assert job == JobIntake(remote_id="job_5", title="Engineer", text="We build.")
    assert isinstance(person, CandidateIntake)
    assert (person.external_id, person.email, person.stage, person.ordered) == (
        *("prospect_2/job_5", "Ada@mail.example", "Phone screen"),
        True,
    )
    assert [each.answer for each in person.answers] == ["Because."]
    assert isinstance(hired, Outcome)
    assert (hired.kind, hired.remote_application_id, hired.at) == (
        *("hired", "prospect_2/job_5"),
        datetime(2026, 11, 26, 10, 0, tzinfo=UTC),
    )
    assert isinstance(cursor, Cursor)
    again = by_api(**{"applicants/job_id/job_5/from_apply_date/2026-11-20": {"id": "prospect_2"}})
    assert any(
        isinstance(each, CandidateIntake)
        for each in jazz(api_key="k").poll(Cursor(token="2026-11-20"), again, ["job_5"])
    )


def test_without_a_key_nothing_is_asked() -> None:
    there = There()
    assert list(jazz().poll(None, there, ["1"])) == list(jazz().choices(there)) == []
    assert there.asked == []
    assert isinstance(jazz().auth(), Headers)
    auth = jazz(api_key="k").auth()
    assert auth == QueryKey("apikey", "k")


def test_no_request_of_ours_holds_the_key_before_it_is_sent() -> None:
    there = by_api(**{"applicants/job_id/job_5": {"id": "prospect_2"}})
    list(jazz(api_key="very-secret").poll(None, there, ["job_5"]))
    [note] = jazz(api_key="very-secret").writes(outgoing())
    assert "very-secret" not in str([*there.asked, note.request({})])


# ---------------------------------------------------------------- what is written


def outgoing(person: str = "prospect_2", **mapping: str) -> Outgoing:
    result = AssessmentResult(
        id="result_1_1",
        created_at=NOW,
        organisation_id="org",
        job={"title": "Engineer"},
        candidate={"name": "Ada"},
        application_id="app",
        scorecard=Scorecard(id="s", recommendation="yes", reason="r", overall=70),
        report_url="https://foyer.example/reports/1",
    )
    return Outgoing(result, Target(candidate=person, application=f"{person}/job_5"), mapping)


def test_a_result_is_a_note_and_a_category() -> None:
    note, category = jazz(api_key="k").writes(outgoing(**{"category.done": "cat_1"}))
    call = note.request({})
    assert (call.method, call.path) == ("POST", "notes")
    assert {key: call.json[key] for key in ("applicant_id", "user_id", "security")} == {
        "applicant_id": "prospect_2",
        "user_id": "usr_1",
        "security": "1",
    }
    assert "[result_1_1]" in call.json["contents"]
    assert note.found is not None
    assert note.found.pick(Response(200, {}, b'{"comments": [{"text": "so [result_1_1]"}]}')) == "found"
    assert note.reference(Response(200, {}, b'{"comment_id": "c-1"}')) == "c-1"
    assert category.request({}).json == {"applicant_id": "prospect_2", "category_id": "cat_1"}
    assert category.found is not None
    for held, there in (({"id": "cat_1"}, "cat_1"), ([{"category_id": "cat_1"}], "cat_1"), ([], None), (None, None)):
        assert category.found.pick(Response(200, {}, json.dumps({"id": "p", "categories": held}).encode())) == there


def test_without_a_key_nothing_is_written_and_with_a_number_it_is_said() -> None:
    assert jazz().writes(outgoing()) == ()
    with pytest.raises(PushRejected, match="Export them once more"):
        jazz(api_key="k").writes(outgoing(person="39011522"))


def test_a_person_is_created_and_assigned_once() -> None:
    person = CandidateIntake(
        name="Ada Byron", email="ada@mail.example", phone="+49 30-1", content=b"cv", filename="cv.txt"
    )
    made, applied = jazz(api_key="k").create(Handover(person, "job_5", {}, "key"))
    assert (made.name, applied.name, made.look_first, applied.look_first) == ("candidate", "application", True, True)
    body = made.request({}).json
    assert (body["first_name"], body["last_name"], body["job"]) == ("Ada", "Byron", "job_5")
    assert body["base64-resume"] == b64encode(b"cv").decode()
    assert made.found is not None

    def same(**row: Any) -> str | None:
        assert made.found is not None
        return made.found.pick(Response(200, {}, json.dumps({"id": "prospect_9", "first_name": "Ada", **row}).encode()))

    assert same(last_name="Byron", prospect_phone="+49301") == "prospect_9"
    assert same(last_name="BYRON", email="ADA@mail.example") == "prospect_9"
    assert same(last_name="Byron", prospect_phone="+49302") is None
    assert same(last_name="Byron") is None
    assert same(last_name="Lovelace", email="ada@mail.example") is None
    assert applied.request({"candidate": "prospect_9"}).json == {"applicant_id": "prospect_9", "job_id": "job_5"}
    assert applied.reference(Response(200, {}, b"{}")) == "prospect_9/job_5"
    assert applied.found is not None
    held = Response(200, {}, json.dumps({"id": "prospect_9", "jobs": {"job_id": "job_5"}}).encode())
    assert applied.found.pick(held) == "prospect_9/job_5"
    assert applied.found.pick(Response(200, {}, b'{"id": "prospect_9", "jobs": []}')) is None


# ---------------------------------------------------------------- setting up


def test_refusals_are_heard_also_in_a_success() -> None:
    assert jazz().judge(Response(200, {}, b'{"error": "No such applicant"}')) == "No such applicant"
    assert jazz().judge(Response(401, {}, b"Invalid API key")) == "Invalid API key"
    assert jazz().judge(Response(200, {}, b'[{"error": "a field"}]')) is None
    assert jazz().judge(Response(200, {}, b"")) is None


def test_a_check_names_what_is_missing() -> None:
    [without] = jazz().check(There())
    assert "API key" in without.cure
    assert [each.ok for each in jazz(api_key="k", user_id="").check(There())] == [True, True, True, True, False]
    refused = There(applicants=PushRejected("no", answered=403))
    assert [each.ok for each in jazz(api_key="k").check(refused)] == [True, False]
    categories = There(categories={"id": "cat_1", "name": "Foyer done"})
    assert [each.label for each in jazz(api_key="k").choices(categories)["categories"]] == ["Foyer done"]
