"""Dialling in and the media server: whose code it is and how often it may be wrong, which webhooks count and how often.
The real routes and steps over a real database and outbox, a clock that the test moves."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest

from api import dialling
from api.deps import App
from api.security import ROOM_COOKIE, digest
from interview.dial_in import CONSENT, CONSENT_VERSION, Opened, Refused, Wrong
from models.records import Interview
from models.store.calls import OF_A_CALLER, WRONG_A_CALL, WRONG_A_CALLER, WRONG_A_CODE
from tests.contract.test_law_applied import Clock, app, clock, invite, mail
from tests.contract.test_messages import client
from tests.contract.test_stages import job_of, screened
from tests.unit.test_livekit import SERVER, body_of, read, signed

__all__ = ["app", "clock"]
CHANNEL = {
    "kind": "livekit",
    "url": SERVER.url,
    "key": SERVER.key,
    "secret": SERVER.secret,
    "sender": "+49 30 1234567",
    "uses": ["telephone", "browser"],
}


def channel(app: App, org: str) -> str:
    answer = client(app, org, "admin").post("/v1/messages/channels", json=CHANNEL)
    assert answer.status_code == 201, answer.text
    assert SERVER.secret not in answer.text
    assert answer.json()["webhook"] == f"/calls/{answer.json()['id']}"
    return str(answer.json()["id"])


def dialable(app: App, org: str, **job: object) -> tuple[Interview, str]:
    """An invitation that was mailed, and the code in it."""
    interview = invite(app, org, screened(app, job_of(app, org, by_telephone=True, **job), 0.9, "ann@example.org"))
    found = re.search(r"Call \+49 30 1234567 and enter (\d{4} \d{3} \d{3})", mail(app)[-1])
    assert found is not None
    return interview, found[1].replace(" ", "")


def call(app: App, org: str, name: str, caller: str = "one") -> str:
    with app.database.store() as store:
        return store.begin_call(org, room=name, caller=caller, now=app.now).id


def other(code: str, by: int = 1) -> str:
    """Another code for which the same interview is looked at."""
    return f"{code[:6]}{(int(code[6:]) + by) % 10_000:04d}"


def test_a_code_opens_one_interview_and_consent_is_kept(app: App, org: str) -> None:
    channel(app, org)
    interview, code = dialable(app, org)
    one = call(app, org, "a")
    found = dialling.tried(app, org, one, code)
    assert isinstance(found, Opened)
    assert (found.job, found.minutes) == ("Backend engineer", interview.minutes)
    with app.database.reading() as store:
        assert store.consents(org, interview.id) == []
        assert store.interview(org, interview.id).state == "invited"
    opened = dialling.agreed(app, org, one)
    assert isinstance(opened, Interview)
    with app.database.reading() as store:
        [given] = store.consents(org, interview.id)
        assert (given.text_version, given.text_sha256) == (CONSENT_VERSION, digest(CONSENT))
        row = store.interview(org, interview.id)
        assert (row.state, row.link_used_at) == ("in_progress", None), "the link still opens it in a browser"
        assert store.application(org, interview.application_id).stage == "interviewing"
        assert store.called(org, interview.id)
    again = call(app, org, "b")
    assert isinstance(dialling.tried(app, org, again, code), Opened), "calling again goes on"
    assert isinstance(dialling.agreed(app, org, again), Interview)
    with app.database.reading() as store:
        assert len(store.consents(org, interview.id)) == 2


def test_who_guesses_is_stopped_by_call_by_caller_and_by_code(app: App, org: str, clock: Clock) -> None:
    channel(app, org)
    _, code = dialable(app, org)
    wrong = [other(code, by) for by in range(1, 40)]
    told = [dialling.tried(app, org, call(app, org, "a"), guess) for guess in wrong[: WRONG_A_CALL + 1]]
    assert told == [Wrong(again=True)] * (WRONG_A_CALL - 1) + [Wrong(again=False)] * 2, "in one call"
    assert dialling.tried(app, org, call(app, org, "a"), code) == Wrong(again=False), "not even the right one"
    unknown = f"{(int(code[:6]) + 1) % 10**6:06d}{code[6:]}"
    assert dialling.tried(app, org, call(app, org, "b"), unknown) == Wrong(again=True), "as if there were one"
    for each in range(WRONG_A_CALLER - WRONG_A_CALL - 1):
        dialling.tried(app, org, call(app, org, f"c{each}"), unknown)
    assert dialling.tried(app, org, call(app, org, "d"), code) == Wrong(again=False), "one caller in many calls"
    assert isinstance(dialling.tried(app, org, call(app, org, "e", "another"), code), Opened)
    clock.moment += OF_A_CALLER + timedelta(minutes=1)
    assert isinstance(dialling.tried(app, org, call(app, org, "f"), code), Opened), "a day later"
    for each in range(WRONG_A_CODE - WRONG_A_CALL):
        dialling.tried(app, org, call(app, org, f"g{each}", f"many{each}"), other(code))
    assert isinstance(dialling.tried(app, org, call(app, org, "h", "ann"), code), Wrong), "one code by many callers"


def test_a_code_ends_with_its_invitation_and_is_told_like_a_wrong_one(app: App, org: str, clock: Clock) -> None:
    channel(app, org)
    interview, code = dialable(app, org)
    clock.moment = interview.expires_at + timedelta(seconds=1)
    assert dialling.tried(app, org, call(app, org, "a"), code) == Wrong(again=True)


def test_where_the_telephone_is_no_way_to_agree_it_is_said_what_is(app: App, org: str) -> None:
    channel(app, org)
    _, code = dialable(app, org)
    packs = app.settings.home / "law"
    packs.mkdir()
    (packs / "xx.toml").write_text(
        'id = "xx"\nname = "Elsewhere"\njurisdiction = "xx"\n[[rules]]\nid = "xx.voice"\n'
        'title = "Consent to be recorded is given in writing"\nkind = "prohibition"\nstatus = "in_force"\n'
        'applies_to = ["telephone"]\nsource = "https://law.example"\nchecked_on = 2026-11-01\nconfidence = "high"\n'
    )
    with app.database.store() as store:
        store.set_law(org, jurisdictions=["xx"], purges=False)
    found = dialling.tried(app, org, call(app, org, "a"), code)
    assert isinstance(found, Refused)
    assert "open the link in your invitation" in found.text
    before = mail(app)
    invite(app, org, screened(app, job_of(app, org, by_telephone=True), 0.9, "ben@example.org"))
    [written] = [each for each in mail(app) if each not in before]
    assert "enter" not in written, "and nobody is told a number there"


def test_no_number_where_nobody_allowed_it(app: App, org: str) -> None:
    channel(app, org)
    invite(app, org, screened(app, job_of(app, org), 0.9, "ann@example.org"))
    assert "By telephone" not in mail(app)[-1]


def test_a_webhook_counts_once_and_a_token_is_for_who_holds_the_room(app: App, org: str) -> None:
    id, browser, came = channel(app, org), client(app, org), []

    async def joined(*_: object) -> None:
        came.append(1)

    app.calls._join = joined  # type: ignore[method-assign]
    app.clock = type("Now", (), {"now": staticmethod(lambda: __import__("time").time())})()
    body = body_of()
    for expected in (1, 1):  # LiveKit sends again what it believes lost
        answer = browser.post(f"/calls/{id}", content=body, headers={"Authorization": signed(body)})
        assert (answer.status_code, len(came)) == (204, expected), answer.text
    ours = body_of(id="EV_2", participant={"identity": "interviewer", "kind": "AGENT"})
    assert browser.post(f"/calls/{id}", content=ours, headers={"Authorization": signed(ours)}).status_code == 204
    assert len(came) == 1, "our own coming is no call"
    left = body_of(id="EV_3", event="participant_left", participant={"identity": "interviewer"})
    browser.post(f"/calls/{id}", content=left, headers={"Authorization": signed(left)})
    assert len(came) == 2, "somebody was left alone by a node that died"
    forged = browser.post(f"/calls/{id}", content=body_of(id="EV_4"), headers={"Authorization": signed(body)})
    assert forged.status_code == 401
    assert browser.post("/calls/nobody", content=body, headers={"Authorization": signed(body)}).status_code == 404

    interview, code = dialable(app, org)
    one = call(app, org, "a")
    dialling.tried(app, org, one, code)
    dialling.agreed(app, org, one)
    assert browser.post("/room/media").status_code == 401
    with app.database.store() as store:
        opened = store.open_interview(
            org, interview.id, session_hash=digest("cookie"), consent_version="v", consent_sha256="s", now=app.now
        )
    browser.cookies.set(ROOM_COOKIE, "cookie")
    found = browser.post("/room/media").json()
    claims = read(found["token"])
    assert claims["video"]["room"] == found["room"] == f"interview-{interview.id}.{digest(digest('cookie'))[:16]}"
    assert found["url"] == SERVER.url
    assert opened.session_hash == digest("cookie")
    asyncio.run(app.calls.close())


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"url": "https://media.example"}, "wss://"),
        ({"secret": "short"}, "16"),
        ({"sender": ""}, "number"),
        ({"uses": ["code"]}, "telephone, browser"),
    ],
)
def test_a_media_server_is_set_up_whole(app: App, org: str, wrong: dict[str, object], why: str) -> None:
    answer = client(app, org, "admin").post("/v1/messages/channels", json=CHANNEL | wrong)
    assert (answer.status_code, why in answer.text) == (400, True), answer.text
