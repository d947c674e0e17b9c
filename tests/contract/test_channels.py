"""What came back, other ways out, and what recruiters are told. The real routes and steps over a real database, a real
outbox, a gateway and a chat that really listen, a clock that the test moves."""

from __future__ import annotations

import json
import mailbox
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from api import bounces, news
from api.deps import App
from api.outbox import messages as outbox
from api.outbox import words
from models.db import Database
from models.records import Application
from tests import store_world
from tests.contract.test_law_applied import Clock, app, clock, invite, mail, reject
from tests.contract.test_messages import client
from tests.contract.test_stages import job_of, screened
from tests.flow.hostile import HTML
from tests.store_world import NOW
from tests.unit.test_bounces import dsn

__all__ = ["app", "clock"]
NUMBER = "+49301234567"


@dataclass
class Other:
    """Somebody else's server. Answers `status` and keeps what came."""

    url: str = ""
    status: int = 200
    came: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def other(app: App) -> Iterator[Other]:
    state = Other()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            state.came.append(({key.lower(): value for key, value in self.headers.items()}, body))
            self.send_response(state.status)
            self.end_headers()
            self.wfile.write(b'{"id": "gate-1", "echo": "Bearer s3cret-key"}')

        def log_message(self, format: str, *args: object) -> None: ...

    app.settings.webhook_private = True
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        state.url = f"http://127.0.0.1:{server.server_address[1]}/services/T0/B0"
        yield state
        server.shutdown()


def case_of(app: App, org: str, application_id: str) -> Application:
    with app.database.reading() as store:
        return store.application(org, application_id)


def arrived(app: App) -> list[EmailMessage]:
    mail(app)
    return list(outbox(app.settings.home / "outbox"))


def test_a_hard_bounce_stops_mail_until_the_address_is_corrected(app: App, org: str, clock: Clock) -> None:
    case = screened(app, job_of(app, org), 0.9, "ann@example.org")
    interview = invite(app, org, case)
    [letter] = arrived(app)
    recruiter = client(app, org)
    elsewhere = recruiter.post("/v1/bounces", content=dsn(id="<nobody@else>", status="4.2.2")).json()
    assert elsewhere["bounces"][0]["delivery_id"] is None
    told = recruiter.post("/v1/bounces", content=dsn(id=str(letter["Message-ID"]))).json()["bounces"][0]
    assert (told["recorded"], told["address_marked"]) == (True, True)
    page = recruiter.get(f"/applications/{case}", headers=HTML).text
    assert "Mail to this address comes back" in page
    assert "no such mailbox" in page
    assert "no such mailbox" in recruiter.get(f"/api/applications/{case}").json()["address_problem"]
    [listed] = recruiter.get("/v1/messages?state=bounced").json()["messages"]
    assert (listed["what"], listed["to"], listed["address_bad"]) == ("Invitation", "ann@example.org", True)

    with app.database.store() as store:
        application = store.application(org, case)
        store.add_delivery(
            org,
            kind="email",
            key=f"reminder:{interview.id}:x",
            payload={"message": letter.as_string()},
            subject=application.candidate_id,
            application_id=case,
            now=app.now,
        )
    assert len(arrived(app)) == 1, "nothing more goes there"
    [failed] = recruiter.get("/v1/messages?state=failed").json()["messages"]
    assert "comes back" in failed["reason"]

    path = f"/v1/candidates/{case_of(app, org, case).candidate_id}/email"
    assert recruiter.post(path, json={"email": "nobody"}).status_code == 400
    assert recruiter.post(path, json={"email": "ann.b@example.org", "again": True}).json()["sent_again"] == 2
    assert case_of(app, org, case).candidate.bounced_at is None
    assert {each["To"].addresses[0].addr_spec for each in arrived(app)} == {"ann.b@example.org"}
    assert "comes back" not in recruiter.get(f"/applications/{case}", headers=HTML).text
    with app.database.reading() as store:
        actions = {one.action for one in store.audit(org)}
    assert {"message.bounced", "address.corrected"} <= actions


def test_what_lies_in_the_folder_is_believed_only_with_a_message_s_own_id(app: App, org: str) -> None:
    case = screened(app, job_of(app, org), 0.9, "ann@example.org")
    invite(app, org, case)
    [letter] = arrived(app)
    box = mailbox.Maildir(app.settings.home / bounces.FOLDER)
    box.add(dsn(id="<forged@foyer>"))
    box.add(b"Subject: hello\r\n\r\nno report")
    assert bounces.collect(app) == 2
    assert case_of(app, org, case).candidate.bounced_at is None
    box.add(dsn(id=str(letter["Message-ID"])))
    assert bounces.collect(app) == 1
    assert case_of(app, org, case).candidate.bounced_at is not None
    assert bounces.collect(app) == 0, "it was removed"


def test_texts_go_to_whoever_agreed_through_a_gateway_and_no_secret_is_told(
    app: App, org: str, other: Other, clock: Clock
) -> None:
    admin = client(app, org, "admin")
    said = {
        "kind": "sms",
        "name": "Texts",
        "url": other.url,
        "headers": "Authorization: Bearer s3cret-key",
        "body": '{"to": "{to}", "message": "{text}"}',
        "uses": ["invitation", "code"],
    }
    assert client(app, org).post("/v1/messages/channels", json=said).status_code == 403
    made = admin.post("/v1/messages/channels", json=said).json()
    listing = admin.get("/v1/messages/channels").text + admin.get("/messages/channels", headers=HTML).text
    assert "s3cret" not in listing + json.dumps(made)
    assert "T0/B0" not in listing

    job = job_of(app, org)
    silent = screened(app, job, 0.9, "ben@example.org", "+49301111111")
    agreed = screened(app, job, 0.9, "ann@example.org", NUMBER)
    with app.database.store() as store:
        store.agree_to_texts(org, store.application(org, agreed).candidate_id, app.now)
    invite(app, org, silent)
    invite(app, org, agreed)
    mail(app)
    [(headers, body)] = other.came
    sent = json.loads(body)
    assert (headers["authorization"], sent["to"]) == ("Bearer s3cret-key", NUMBER)
    assert "/i/" in sent["message"]
    assert len(sent["message"]) <= 320

    [shown] = [one for one in admin.get("/v1/messages").json()["messages"] if one["way"] == "sms"]
    assert "/i/" not in shown["subject"], "the link is the candidate's"
    other.status = 400
    answer = admin.post(f"/v1/messages/channels/{made['id']}/test", json={"to": NUMBER})
    assert (answer.status_code >= 400, "s3cret" in answer.text) == (True, False)
    assert "answered 400" in answer.text
    assert admin.delete(f"/v1/messages/channels/{made['id']}").status_code == 204


def test_news_reach_a_person_and_a_chat_without_a_name_and_each_once(
    app: App, org: str, other: Other, clock: Clock
) -> None:
    admin = client(app, org, "admin")
    chat = admin.post("/v1/messages/channels", json={"kind": "slack", "name": "#hiring", "url": other.url}).json()
    wrong = admin.post("/v1/messages/news", json={"email": "kim@example.org", "news": ["weather"]})
    assert wrong.status_code == 400
    kinds = ["request", "failing", "report", "undecided", "batch"]
    for to in ({"email": "kim@example.org", "daily": True}, {"channel_id": chat["id"]}):
        assert admin.post("/v1/messages/news", json={**to, "news": kinds}).status_code == 201
    case = screened(app, job_of(app, org), 0.9, "ann@example.org")
    interview = invite(app, org, case)
    clock.moment += timedelta(minutes=1)
    with app.database.store() as store:
        store.add_request(org, interview.id, "adjustment", {"text": "slower, please"}, during=False, now=app.now)
    clock.moment += timedelta(minutes=1)
    assert news.tell(app) == 1, "at once, into the chat"
    assert news.tell(app) == 0, "each once"
    mail(app)
    [(_, body)] = other.came
    text = json.loads(body)["text"]
    assert "A candidate asks for something: Backend engineer" in text
    assert f"/applications/{case}" in text
    assert "ann" not in text.lower().replace("channel", "")
    assert "slower" not in text
    clock.moment += timedelta(days=1)
    assert news.tell(app) == 1, "once a day, by mail"
    digest = next(one for one in arrived(app) if "kim@example.org" in str(one["To"]))
    assert "A candidate asks for something" in " ".join(words(digest))
    assert "Zoë" not in digest.as_string()


def test_a_rejection_is_written_of_an_hour_later_and_not_if_it_was_taken_back(app: App, org: str, clock: Clock) -> None:
    recruiter, job = client(app, org), job_of(app, org)
    quiet = screened(app, job, 0.9, "quiet@example.org")
    reject(app, org, quiet)
    assert recruiter.put("/v1/messages/sends", json={"kinds": ["invitation"]}).status_code == 400
    recruiter.put("/v1/messages/sends", json={"kinds": ["rejection", "expiry"]})
    stays, back = (screened(app, job, 0.9, f"{name}@example.org") for name in ("stays", "back"))
    for case in (stays, back):
        reject(app, org, case)
    assert arrived(app) == []
    with app.database.store() as store:
        store.set_stage(org, back, "screened", now=app.now)
    clock.moment += timedelta(hours=1, minutes=1)
    [letter] = arrived(app)
    assert letter["To"].addresses[0].addr_spec == "stays@example.org"
    assert "no decision was made by software" in " ".join(words(letter))
    late = screened(app, job, 0.9, "late@example.org")
    interview = invite(app, org, late)
    clock.moment += timedelta(days=8)
    app.pipeline.outcomes.close_overdue(org, interview.id)
    assert "Your invitation has ended" in str(arrived(app)[-1]["Subject"])


def test_messages_are_found_by_state_and_address_page_by_page(database: Database) -> None:
    world = store_world.build(database, "Ours")
    org = world.organisation_id
    with database.store() as store:
        for number in range(5):
            made, _ = store.add_delivery(
                org,
                kind="email",
                key=f"test:{number}",
                payload={"message": ""},
                subject=world.candidate_id,
                application_id=world.application_id,
                now=NOW + timedelta(minutes=number),
            )
        store.record_attempt(
            org,
            made.id,
            at=NOW,
            state="delivered",
            status=None,
            error=None,
            seconds=0.1,
            next_at=None,
            reference="<x@y>",
        )
    with database.store() as store:
        first = store.messages(org, limit=2)
        last = first[-1].delivery
        rest = store.messages(org, before=(last.created_at, last.id))
        assert [one.delivery.key for one in [*first, *rest]] == [f"test:{n}" for n in (4, 3, 2, 1, 0)]
        assert [one.delivery.key for one in store.messages(org, states=("delivered",))] == ["test:4"]
        assert len(store.messages(org, address="zoe@example.org")) == 5
        assert store.messages(org, address="other@example.org") == []
        found = store.message_called(org, "<x@y>")
        assert found is not None
        assert store.record_bounce(org, found.id, "no such mailbox", at=NOW)
        assert not store.record_bounce(org, found.id, "again", at=NOW)
        assert [id for id, _, _ in store.given_up(org, NOW - timedelta(days=1), NOW)] == [found.id]
        assert len(store.new_reports(org, NOW - timedelta(days=1), NOW)) == 1
        assert len(store.left_undecided(org, NOW, NOW - timedelta(days=1))) == 1
        assert store.finished_batches(org, NOW - timedelta(days=1), NOW + timedelta(days=1))
