"""The dialogue over a script, on a fake clock."""

from __future__ import annotations

import json

import pytest

from interview.simulate import ScriptedTurn, read_script, simulate
from interview.turns import TextTurnDetector
from models.errors import BadRequest
from models.values import InterviewPlan
from tests.fakes_dialogue import FULL, VAGUE, a_plan


def run(plan: InterviewPlan, *script: ScriptedTurn) -> list[dict[str, object]]:
    return list(simulate(plan, script))


def times(happened: list[dict[str, object]], kind: str) -> list[object]:
    return [h["t"] for h in happened for part in (h.get("event") or h.get("effect"),) if part and part["type"] == kind]  # type: ignore[index]


def test_a_whole_interview_of_45_minutes() -> None:
    plan = a_plan(questions=8, minutes=45)
    happened = run(plan, *(ScriptedTurn(text=VAGUE + " and so on", seconds=100.0) for _ in range(40)))
    last = happened[-1]
    assert 40 * 60 < float(str(last["t"])) < 46 * 60
    assert happened[-2]["effect"] == {"type": "finish", "reason": "completed"}
    assert json.loads(json.dumps(happened)) == happened
    assert last["state"]["phase"] == "completed"  # type: ignore[index]


def test_what_happens_is_told_in_order_and_ends_with_the_transcript() -> None:
    happened = run(a_plan(questions=1), ScriptedTurn(text=FULL, seconds=10), ScriptedTurn(text="No, thank you"))
    assert happened[0] == {"t": 0.0, "event": {"type": "joined", "by": "page"}}
    moments = [float(str(h["t"])) for h in happened]
    assert moments == sorted(moments)
    said = [turn["text"] for turn in happened[-1]["transcript"] if turn["role"] == "candidate"]  # type: ignore[attr-defined]
    assert said == [FULL, "No, thank you"]
    assert happened[-1]["outcomes"] == {"q1": "answered", "yours": "answered"}


def test_a_turn_begins_at_its_time_or_when_somebody_listens() -> None:
    assert times(run(a_plan(questions=1), ScriptedTurn(text=FULL, at=9.0)), "speech.started") == [9.0]
    listening = times(run(a_plan(questions=1), ScriptedTurn(text=FULL, at=0.1)), "listen")[0]
    assert times(run(a_plan(questions=1), ScriptedTurn(text=FULL, at=0.1)), "speech.started") == [listening]


def test_a_late_turn_is_said_after_the_prompts_it_provoked() -> None:
    happened = run(a_plan(questions=1), ScriptedTurn(text=FULL, at=40.0))
    assert times(happened, "speech.started") == [40.0]
    assert len(times(happened, "listen")) >= 3


def test_turns_close_together_are_one_answer_where_the_first_sounds_unfinished() -> None:
    script = [
        ScriptedTurn(text="When our oven broke last year I called the technician because", at=10.0, seconds=5.0),
        ScriptedTurn(text="there was no other way, and in two hours it was fixed.", at=16.5, seconds=4.0),
    ]
    cut = list(simulate(a_plan(questions=1), script))
    whole = list(simulate(a_plan(questions=1), script, turns=TextTurnDetector()))
    assert times(cut, "turn.ended")[0] == 15.8
    assert times(whole, "turn.ended")[0] == 21.3


def test_a_script_that_ends_early_leaves_an_abandoned_interview() -> None:
    assert run(a_plan())[-2]["effect"] == {"type": "finish", "reason": "abandoned"}


@pytest.mark.parametrize(
    "text",
    [
        '[{"text": "one", "at": 3, "seconds": 2}, {"text": "two"}]',
        '{"turns": [{"text": "one", "at": 3, "seconds": 2}, {"role": "candidate", "text": "two"}]}',
        '{"text": "one", "at": 3, "seconds": 2}\n\n{"role": "interviewer", "text": "?"}\n{"text": "two"}\n',
    ],
)
def test_scripts_in_three_forms(text: str) -> None:
    assert read_script(text) == [ScriptedTurn(text="one", at=3, seconds=2), ScriptedTurn(text="two")]


def test_one_turn_alone_is_a_script() -> None:
    assert read_script('{"text": "one"}') == [ScriptedTurn(text="one")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (" \n", "empty"),
        ('{"text": "one"}\nnonsense', "Line 2"),
        ('{"text": "one"}\n{"at": 3}', "Line 2 of the script: text"),
        ('{"text": "one"}\n{"text": "two", "at": -1}', "Line 2 of the script: at"),
        ('[\n{"text": "one"},\n{"text" "two"}\n]', "Line 3"),
        ('[{"text": "one"}, {"text": 5}]', "Turn 2 of the script: text"),
        ('["one"]', "Turn 1"),
        ('{"turns": 5}', "list of turns"),
        ("17", "list of turns"),
        ('[{"text": "one", "seconds": 1e999}]', "seconds"),
    ],
)
def test_a_bad_script_is_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(BadRequest) as caught:
        read_script(text)
    assert told in caught.value.detail
