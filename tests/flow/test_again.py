"""Held once more after a technical failure, and an earlier interview used with consent, over the real service: the same
link, both kept, which one counts, what the recruiter sees and when."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from interview import events as ev
from tests.flow import hostile
from tests.flow.behind import behind, happened
from tests.flow.hostile import RESUME, World, dial
from tests.flow.running import wait_for
from tests.flow.test_after import SAID, converse
from tests.flow.test_home import CONSENT, Person, recruiter
from tests.flow.test_room import hear_out

pytestmark = pytest.mark.long

YES = {"consent": "yes"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    yield from hostile.build(tmp_path_factory.mktemp("again") / "home")


def report_of(world: World, interview: str) -> httpx2.Response:
    path = f"/api/interviews/{interview}/report.html"
    return wait_for(lambda: world.api.get(path), lambda found: found.status_code == 200, "a report")


def give_out(world: World, person: Person) -> None:
    """The recogniser fails in the answer to the first question; the candidate closes the window. As the log of such an
    interview has it: its last event is added behind the service's back, when nobody is in the room."""

    async def begin(cookie: str) -> None:
        async with asyncio.timeout(60), dial(world, cookie) as line:
            await line.join()
            await hear_out(line, "question")

    asyncio.run(begin(person.start()))
    wait_for(person.facts, lambda found: not found["live"], "an empty room")
    happened(world.service.home, person.interview, ev.EngineDown(engine="pocketsphinx"))


def again(person: Person) -> str:
    """The offer is taken: the new interview's id, and whose room is opened by the same link."""
    assert person.post("/retake").status_code == 303
    application = person.world.service.get(f"/api/applications/{person.application}")
    assert application["interviews"] == [person.interview, application["interview_id"]]
    return str(application["interview_id"])


def test_after_a_failure_the_same_link_opens_a_second_interview_and_both_are_kept(world: World) -> None:
    with Person(world) as ann, recruiter(world) as maria:
        assert "Something technical" not in ann.get().text
        give_out(world, ann)
        home = ann.get().text
        assert "Something technical went wrong" in home
        assert "speech recognition had failed" in home
        assert "Go on with the interview" in home, "it is an offer, not the only way"
        with world.anonymous() as stranger:
            assert "speech recognition" not in stranger.get(ann.link).text
            assert stranger.post(ann.link + "/retake").status_code == 403
        second = again(ann)
        assert "Once more, from the beginning" in ann.get().text
        room = ann.post("/start", CONSENT)
        assert (room.status_code, room.headers["location"]) == (303, "/room"), "this browser is known"
        asyncio.run(converse(world, room.cookies["foyer_room"]))
        report = report_of(world, second).text
        assert "The second interview of this application" in report
        assert "speech recognition had failed" in report
        report_of(world, ann.interview)
        assert "This interview is complete" in ann.get().text

        facts = {each: world.service.get(f"/api/interviews/{each}") for each in (ann.interview, second)}
        assert [(each["attempt"], each["counts"]) for each in facts.values()] == [(1, False), (2, True)]
        page = maria.get(f"/applications/{ann.application}").text
        for words in ("First interview", "Held again", "Let this interview count instead"):
            assert words in page
        assert f"/interviews/{second}/report" in maria.get(f"/jobs/{world.job_id}").text
        copy = json.loads(ann.get("/data.json").content)
        assert [each["state"] for each in copy["earlier_interviews"]] == ["completed"]
        assert SAID in str(copy["interview"]["transcript"])

        refused = ann.post("/retake")
        assert refused.status_code == 409
        assert "it can be only once" in refused.text
        assert "Talk to a person" in refused.text
        choose(world, maria, ann, second)


def choose(world: World, maria: httpx2.Client, ann: Person, second: str) -> None:
    """A person lets the first one count after all, by name and with a reason."""
    path = f"/interviews/{ann.interview}/count"
    assert maria.post(path, data={"actor": "Maria", "reason": " "}).status_code == 400
    assert maria.post(path, data={"actor": "Maria", "reason": "The second was noisy."}).status_code == 303
    assert world.service.get(f"/api/interviews/{ann.interview}")["counts"]
    page = maria.get(f"/applications/{ann.application}").text
    assert "The second was noisy." in page
    assert "interview 1 counts" in page
    answer = world.api.post(f"/api/interviews/{ann.interview}/count", json={"reason": "Once more."})
    assert answer.status_code == 409
    world.service.post(f"/api/interviews/{second}/count", {"reason": "It was not, after all."})
    sent = results(world, ann.application)
    assert [each["id"].split("_")[1] for each in sent[-2:]] == [ann.interview, second]
    assert [each["revision"] for each in sent] == list(range(1, len(sent) + 1))
    assert [each["supersedes"] for each in sent] == [None, *(each["id"] for each in sent[:-1])]


def results(world: World, application: str) -> list[dict[str, Any]]:
    """What was queued for receivers."""
    with behind(world.service.home) as (store, organisation):
        return store.results_of(organisation, application)


def test_a_recruiter_opens_a_sound_interview_again(world: World) -> None:
    with Person(world) as ann, recruiter(world) as maria:
        path = f"/applications/{ann.application}/retake"
        early = maria.post(path, data={"actor": "Maria", "reason": "Fire alarm"})
        assert early.status_code == 409
        asyncio.run(converse(world, ann.start()))
        assert "Something technical" not in ann.get().text
        asked = ann.post("/retake")
        assert asked.status_code == 409
        assert "a person can open it" in asked.text
        assert "Open the interview once more" in maria.get(f"/applications/{ann.application}").text
        assert maria.post(path, data={"actor": "", "reason": "Fire alarm"}).status_code == 400
        assert maria.post(path, data={"actor": "Maria", "reason": "Fire alarm"}).status_code == 303
        assert "Once more, from the beginning" in ann.get().text
        assert "Fire alarm (opened again by Maria" in maria.get(f"/applications/{ann.application}").text
        twice = world.api.post(f"/api{path}", json={"reason": "And again"})
        assert twice.status_code == 409


# ---------------------------------------------------------------- an earlier one


def applying(world: World, mail: str) -> Person:
    """The same person's resume comes in (again), and they are invited."""
    [found] = world.upload(("resume.txt", RESUME.replace(b"brandon.yates@example.org", mail.encode())))
    return Person(world, found["id"])


def time_has_come(world: World, interview: str) -> None:
    with behind(world.service.home) as (store, organisation):
        given = store.reuse_of(organisation, interview)
        assert given is not None
        given.due_at = datetime.now(UTC)


def test_who_applies_again_chooses_and_nothing_is_shown_without_consent(world: World) -> None:
    mail = f"{uuid4().hex[:12]}@mail.example"
    with applying(world, mail) as first:
        cookie = first.start()
        asyncio.run(converse(world, cookie))
        report_of(world, first.interview)
        with applying(world, mail) as ann, recruiter(world) as maria:
            choice(world, ann, maria)


def choice(world: World, ann: Person, maria: httpx2.Client) -> None:
    stranger = ann.get().text
    assert "You had an interview" not in stranger, "a forwarded link does not tell"
    assert 'action="/i/' in stranger
    assert "/start" in stranger, "no wall before the start"
    assert ann.post("/earlier", YES).status_code == 403
    ann.handed()
    assert "You had an interview on" in ann.get().text
    assert ann.post("/earlier").headers["location"].endswith("#earlier"), "not without consent"
    assert "You had an interview on" in ann.get().text

    assert ann.post("/earlier", YES).status_code == 303
    assert "Your earlier interview will be used" in ann.get().text
    assert "From the interview of" not in maria.get(f"/applications/{ann.application}").text
    assert ann.facts()["state"] == "invited"
    assert ann.post("/earlier/revoke").status_code == 303
    assert "You had an interview on" in ann.get().text

    ann.post("/earlier", YES)
    time_has_come(world, ann.interview)
    report = report_of(world, ann.interview).text
    assert "From the interview of" in report
    assert SAID.split(",")[0] in report
    assert "From the interview of" in maria.get(f"/applications/{ann.application}").text
    [result] = results(world, ann.application)
    assert "with the candidate&#39;s consent of" in report
    assert "with the candidate's consent of" in result["basis"]
    assert "Your earlier interview is used" in ann.get().text
    new_after_all(world, ann)


def new_after_all(world: World, ann: Person) -> None:
    """No receiver has taken the report yet: consent is taken back, the report goes, a new interview is held."""
    assert ann.post("/earlier/revoke").status_code == 303
    assert world.api.get(f"/api/interviews/{ann.interview}/report").status_code == 404
    assert results(world, ann.application) == []
    assert ann.facts()["state"] == "invited"
    room = ann.post("/start", CONSENT)
    asyncio.run(converse(world, room.cookies["foyer_room"]))
    assert "From the interview of" not in report_of(world, ann.interview).text


def test_starting_or_booking_a_new_one_takes_consent_back(world: World) -> None:
    mail = f"{uuid4().hex[:12]}@mail.example"
    with applying(world, mail) as first:
        asyncio.run(converse(world, first.start()))
    for step in ("start", "book"):
        with applying(world, mail) as ann:
            ann.handed()
            assert ann.post("/earlier", YES).status_code == 303
            if step == "start":
                assert ann.post("/start", CONSENT).status_code == 303
            else:
                assert ann.post("/book", {"starts": ann.times()[1], "zone": "UTC"}).status_code == 303
            [given] = json.loads(ann.get("/data.json").content)["earlier_interview_used"]
            assert given["withdrawn_at"] is not None
