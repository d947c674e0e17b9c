"""Voices are compared once, when an interview is over, and only what is told to candidates is kept of it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from api import beside
from api.deps import App
from api.security import CONSENT_VERSION
from interview import events as ev
from interview.audio import RATE
from models.engines import Samples
from tests import store_world
from tests.contract.test_keeping import app
from tests.contract.voice_data import sample_answer
from tests.fakes_dialogue import a_plan
from tests.store_world import LATER, NOW

__all__ = ["app"]

PLAN = a_plan(questions=1, probes=False)
PIECE = 4
"""Seconds."""


def pieces(person: str) -> list[Samples]:
    sound = np.concatenate([sample_answer(person, question)[0].samples for question in ("release", "outage")])
    return [sound[first : first + PIECE * RATE] for first in range(0, len(sound) - PIECE * RATE, PIECE * RATE)]


class Held:
    """An interview whose microphone heard these pieces, one after the other, all in one answer."""

    def __init__(self, app: App, heard: list[Samples], *, agreed: str = CONSENT_VERSION, over: bool = True) -> None:
        self.app = app
        with app.database.system() as system:
            self.org = system.add_organisation("Example", NOW).id
        with app.database.store() as store:
            application = store_world.add_application(store, store_world.add_job(store, self.org))
            self.id = store.add_interview(
                self.org, application_id=application.id, plan=PLAN, link_hash="l", expires_at=LATER, now=NOW
            )[0].id
            store.open_interview(
                self.org, self.id, session_hash="s", consent_version=agreed, consent_sha256="c", now=NOW
            )
            log: list[ev.DialogueEvent] = [ev.Joined(), *(ev.Played(utterance=f"u{n}", at=0.0) for n in (1, 2))]
            log += [
                ev.Segment(text="words", start=float(n * PIECE), end=float((n + 1) * PIECE)) for n in range(len(heard))
            ]
            events = [(1e9 + n, event.model_dump(mode="json")) for n, event in enumerate(log)]
            store.append_events(self.org, self.id, 0, events)
            if over:
                store.set_interview_state(self.org, self.id, "completed", now=NOW, reason="completed", engines={})
        (app.recordings / f"{self.id}.pcm").write_bytes(np.concatenate(heard).astype("<i2").tobytes())

    def compared(self) -> list[tuple[float, float]]:
        beside.compare_voices(self.app, self.org, self.id)
        return [(event.start, event.end) for _, event in self._events() if isinstance(event, ev.OtherVoice)]

    def _events(self) -> list[tuple[float, ev.DialogueEvent]]:
        with self.app.database.reading() as store:
            kept = store.events(self.org, self.id)
        return ev.read_log(kept)

    @property
    def stored(self) -> str:
        with self.app.database.reading() as store:
            return json.dumps([event for *_, event in store.events(self.org, self.id)])


def two_people() -> list[Samples]:
    return [*pieces("awb")[:4], pieces("slt")[0], *pieces("awb")[4:6]]


def test_another_voice_is_kept_as_its_seconds_and_nothing_of_its_sound(app: App) -> None:
    held = Held(app, two_people())
    assert held.compared() == [(16.0, 20.0)]
    assert held.stored.endswith('{"type": "other.voice", "start": 16.0, "end": 20.0}]')
    with app.database.reading() as store:
        interview = store.interview(held.org, held.id)
        [signal] = beside.signals_of(interview, store.events(held.org, held.id))
    assert (signal.code, signal.at, signal.until) == ("second_voice", 16.0, 20.0)
    assert held.compared() == [(16.0, 20.0)], "again changes nothing"


def test_one_voice_leaves_the_log_as_it_was(app: App) -> None:
    held = Held(app, pieces("awb")[:6])
    before = held.stored
    assert held.compared() == []
    assert held.stored == before


@pytest.mark.parametrize("why", ["told of less", "not over", "erased", "unreadable"])
def test_there_are_interviews_in_which_nobody_compares(app: App, why: str) -> None:
    held = Held(
        app, two_people(), agreed="2026-11" if why == "told of less" else CONSENT_VERSION, over=why != "not over"
    )
    raw = app.recordings / f"{held.id}.pcm"
    if why in ("erased", "unreadable"):
        raw.unlink()
    if why == "unreadable":
        raw.mkdir()
    assert held.compared() == []
