"""The part of a report that stands apart from its ratings: signals, each with what it may well be, and which words the
cleaned view of the transcript leaves out. The words around it are in web/templates/report_context.html."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from interview.cleaned import left_out
from interview.spoken import clock
from models.values import Signal, SignalCode, Turn

NAMES: Mapping[SignalCode, str] = {
    "tab_hidden": "Page in the background",
    "pasted": "Pasted text",
    "second_voice": "Another voice",
    "read_aloud": "Spoken very evenly",
}


@dataclass(frozen=True, slots=True)
class SignalView:
    name: str
    time: str
    signal: Signal


@dataclass(frozen=True, slots=True)
class ContextView:
    """`left_out`: JSON, the line of the transcript -> places of its words, for web/static/cleaned.js; empty where the
    cleaned view would be no other."""

    signals: Sequence[SignalView]
    left_out: str


def context_view(signals: Sequence[Signal], turns: Sequence[Turn], language: str) -> ContextView:
    places = {
        number: sorted(out)
        for number, turn in enumerate(turns)
        if turn.role == "candidate" and (out := left_out(turn.text.split(), language))
    }
    return ContextView(
        signals=[SignalView(NAMES[signal.code], clock(signal.at), signal) for signal in signals],
        left_out=json.dumps(places, separators=(",", ":")) if places else "",
    )
