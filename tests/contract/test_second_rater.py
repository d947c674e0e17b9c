"""A second rater over real HTTP: whatever the server does, its rating is usable or absent with the reason, and never
rests on a quote that the candidate did not say."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from interview.llm import OpenAiChat
from interview.second_rater import PROMPT_SHA256, second_rating
from models.values import Anchors, Competency, InterviewRecord, SecondRating, Turn
from tests.fakes_service import Reply, ScriptedService, chat, scripted_service

SAID = "Last winter our oven failed. I called the technician and wrote a checklist, and it never failed again."
ASKED = "Tell me about a time when something broke and you repaired it."
RECORD = InterviewRecord(
    id="i1",
    turns=(Turn(role="interviewer", text=ASKED), Turn(role="candidate", text=SAID, start=5.0, end=15.0)),
)
COMPETENCY = Competency(
    id="repair",
    name="repair",
    anchors=Anchors(low="Blames others.", medium="Repairs what broke.", high="Repairs it and prevents the next case."),
)
QUOTE = "wrote a checklist, and it never failed again"
FAST = 0.4
"""Seconds that these tests wait for an answer."""


def says(*quotes: tuple[int, str], level: str = "4", reason: str = "It was prevented.", **more: Any) -> Reply:
    claimed = [{"turn": turn, "text": text} for turn, text in quotes]
    return chat(json.dumps({"quotes": claimed, "reason": reason, "missing": [], "level": level, **more}))


def message(**fields: Any) -> Reply:
    return Reply({"choices": [{"index": 0, "message": {"role": "assistant", **fields}, "finish_reason": "stop"}]})


GOOD = says((1, QUOTE))
CALL = [{"id": "c1", "type": "function", "function": {"name": "hire", "arguments": "{}"}}]


@contextmanager
def rated(*replies: Reply, **more: Any) -> Iterator[tuple[SecondRating, ScriptedService]]:
    with scripted_service(*replies) as service:
        model = OpenAiChat(service.base_url, "mind", "sk-secret", timeout=FAST)
        yield second_rating(model, RECORD, COMPETENCY, pause=0.0, **more), service
        model.close()


def test_a_rating_with_its_verified_quote() -> None:
    with rated(GOOD) as (rating, service):
        assert (rating.rating, rating.reason, rating.note, rating.absent) == (4, "It was prevented.", "", "")
        [evidence] = rating.evidence
        assert (evidence.quote, evidence.turn, evidence.start, evidence.end) == (QUOTE, 1, 5.0, 15.0)
        assert rating.model.startswith("mind@127.0.0.1")
        assert rating.prompt_sha256 == PROMPT_SHA256
        [asked] = service.received
        assert (asked.json["temperature"], asked.json["seed"]) == (0, 0)
        assert "tools" not in asked.json


def test_too_little_to_rate_needs_no_quote() -> None:
    with rated(says(level="insufficient")) as (rating, _):
        assert (rating.rating, rating.absent) == (None, "")


BAD: dict[str, tuple[Reply, str]] = {
    "refusal": (message(content=None, refusal="I cannot judge people."), "I cannot judge people"),
    "a refusal in prose": (chat("I am sorry, I cannot help with that."), "not JSON"),
    "malformed": (chat('{"quotes": [{"turn": 1, "te'), "not JSON"),
    "empty": (chat(""), "not JSON"),
    "other schema": (chat('{"rating": 5}'), "left the schema"),
    "another level": (says((1, QUOTE), level="6"), "left the schema"),
    "more than asked": (says((1, QUOTE), hire=True), "left the schema"),
    "no JSON at all": (Reply("<html>gateway</html>"), "sent no JSON"),
    "no choices": (Reply({"error": "overloaded"}), "without choices"),
    "a level on nothing": (says(), "quoted nothing"),
    "invented": (says((1, "I saved the company two million")), "not the candidate's words"),
    "one character": (says((1, "wrote a checklist, and it never failed agein")), "not the candidate's words"),
    "half a word": (says((1, "rote a checklist, and it never failed")), "not the candidate's words"),
    "the interviewer's": (says((0, "something broke and you repaired it")), "not the candidate's words"),
    "the interviewer's under another turn": (says((1, "something broke and you repaired it")), "not the candidate's"),
    "another interview's": (says((1, "I planned the wound dressings")), "not the candidate's words"),
    "another turn": (says((7, QUOTE)), "not the candidate's words"),
    "two words": (says((1, "a checklist")), "not the candidate's words"),
    "a tool beside an answer": (
        message(content=GOOD.body["choices"][0]["message"]["content"], tool_calls=CALL),
        "tool",
    ),  # type: ignore[index]
    "a tool alone": (message(content=None, tool_calls=CALL), "called a tool"),
    "an old function call": (message(content=None, function_call={"name": "hire", "arguments": "{}"}), "called a tool"),
    "busy": (Reply("slow down", status=429), "refused with 429"),
    "broken": (Reply("oops", status=500), "refused with 500"),
    "silent": (Reply(hang=True), "did not answer within"),
    "dripping": (Reply(GOOD.body, drip=0.05), "did not answer within"),
    "a hundred quotes": (says(*[(1, QUOTE)] * 100), "left the schema"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_unusable_twice_leaves_no_second_rating_and_says_why(name: str) -> None:
    reply, why = BAD[name]
    with rated(reply, reply, GOOD) as (rating, service):
        assert rating.rating is None
        assert rating.evidence == ()
        assert why in rating.absent
        assert rating.absent.endswith(".")
        assert "sk-secret" not in rating.absent
        assert len(service.received) == 2


@pytest.mark.parametrize("name", ["malformed", "invented", "a tool alone", "busy", "broken", "silent"])
def test_what_is_unusable_once_is_asked_for_again(name: str) -> None:
    with rated(BAD[name][0], GOOD) as (rating, service):
        assert (rating.rating, rating.absent) == (4, "")
        assert len(service.received) == 2


def test_after_an_invented_quote_it_is_told_to_copy() -> None:
    with rated(BAD["invented"][0], GOOD) as (_, service):
        first, second = (asked.json["messages"][1]["content"] for asked in service.received)
        assert "Copy exactly" not in first
        assert "Copy exactly" in second


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refusal_for_good_is_not_asked_again(status: int) -> None:
    with rated(Reply("no", status=status)) as (rating, service):
        assert f"refused with {status}" in rating.absent
        assert len(service.received) == 1


def test_a_server_that_is_gone() -> None:
    with scripted_service(GOOD) as service:
        address = service.base_url
    model = OpenAiChat(address, "mind", timeout=FAST)
    assert "did not answer" in second_rating(model, RECORD, COMPETENCY, pause=0.0).absent
    model.close()


def test_an_endless_answer_is_cut_off() -> None:
    flood = Reply(b" " * 51_000_000)
    with scripted_service(flood) as service:
        model = OpenAiChat(service.base_url, "mind", timeout=30.0)
        assert "more than 50 MB" in second_rating(model, RECORD, COMPETENCY, pause=0.0).absent
        model.close()


def test_an_invented_quote_beside_a_true_one_is_dropped_and_noted() -> None:
    with rated(says((1, QUOTE), (1, "I saved the company"), (0, ASKED))) as (rating, _):
        assert [one.quote for one in rating.evidence] == [QUOTE]
        assert "2 of its 3 quotes" in rating.note


def test_a_long_reason_is_cut_and_one_on_protected_matters_left_out() -> None:
    with rated(says((1, QUOTE), reason="very " * 500)) as (rating, _):
        assert len(rating.reason) <= 602
        assert rating.reason.endswith("…")
    with rated(says((1, QUOTE), reason="Good work in spite of a foreign accent.")) as (rating, _):
        assert (rating.rating, rating.reason) == (4, "")
        assert "origin" in rating.note


def test_when_the_time_is_over_nobody_is_asked() -> None:
    with rated(GOOD, until=time.monotonic()) as (rating, service):
        assert "time" in rating.absent
        assert service.received == []


def test_where_nothing_was_said_nobody_is_asked() -> None:
    silent = InterviewRecord(id="i", turns=(RECORD.turns[0], Turn(role="candidate", text="...")))
    with scripted_service(GOOD) as service:
        model = OpenAiChat(service.base_url, "mind", timeout=FAST)
        rating = second_rating(model, silent, COMPETENCY)
        assert (rating.rating, rating.absent, service.received) == (None, "", [])
        model.close()
