"""An interview that was held: events with the words' times, the raw microphone and a report, put into a folder before a
service starts on it. The service then makes the recording."""

from __future__ import annotations

from typing import Any

import numpy as np

from api.app import build
from api.demo import transcripts
from api.outcomes import turns_of
from interview import events as ev
from interview.audio import RATE, read_audio
from interview.dialogue import begin, step
from interview.evidence import sentences
from interview.report import render_html
from models.settings import ROOT, Settings
from models.values import InterviewPlan, Question, Scorecard, Signal, Turn, Word
from tests import store_world
from tests.fakes_dialogue import a_plan
from tests.unit.test_report import CARD, report

SPOKEN = ROOT / "samples" / "answers" / "slt" / "outage.flac"


def plan_of(answers: int) -> InterviewPlan:
    plan = a_plan(questions=answers, probes=False, minutes=45)
    last = Question(id="last", competency_id="c1", text="And what else?")
    return plan.model_copy(update={"questions": (*plan.questions[:-1], last)})


def events(plan: InterviewPlan, seconds: float, text: str) -> tuple[list[dict[str, Any]], float]:
    """Every question answered by `text`, whose words are spread over `seconds`; and the capture second at the end."""
    kept: list[dict[str, Any]] = []
    state, now, at = begin(plan), 1_700_000_000.0, 1.0

    def do(event: ev.DialogueEvent) -> None:
        nonlocal state, now
        now += 1
        state, _ = step(state, event, now)
        kept.append(event.model_dump(mode="json"))

    do(ev.Joined())
    while state.say is not None and state.stage == "speaking":
        name = state.say.utterance
        do(ev.Playing(utterance=name, at=at))
        at += 2.0
        do(ev.Played(utterance=name, at=at))
        if state.stage == "listening":
            said = text.split()
            length = seconds / len(said)
            words = [Word(text=w, start=at + n * length, end=at + (n + 0.9) * length) for n, w in enumerate(said)]
            do(ev.Segment(text=text, start=at, end=at + seconds, words=tuple(words)))
            at += seconds
            do(ev.TurnEnded(at=at))
    return kept, at


def quoting(turns: tuple[Turn, ...]) -> Scorecard:
    """A scorecard whose one rating quotes the second sentence of the first answer."""
    place = next(number for number, turn in enumerate(turns) if turn.role == "candidate")
    quote = sentences(place, turns[place], lambda text: text)[1].evidence()
    rating = CARD.competencies[0].model_copy(update={"evidence": (quote,)})
    return CARD.model_copy(update={"competencies": (rating, *CARD.competencies[1:])})


def held(
    settings: Settings,
    *,
    answers: int = 3,
    times: int = 1,
    name: str = "one",
    before: str = "",
    signals: tuple[Signal, ...] = (),
) -> str:
    """The interview's id. `times`: how often the recorded answer is said in each answer; `before`: what the recogniser
    heard before it; `signals`: what the report tells beside the ratings."""
    voice, text = read_audio(SPOKEN).samples, " ".join([*before.split(), *([transcripts("slt")["outage"]] * times)])
    plan = plan_of(answers - 1)
    log, end = events(plan, len(voice) * times / RATE, text)
    app = build(settings)
    with app.database.system() as system:
        known = system.organisations()
        organisation = (known[0] if known else system.add_organisation("Example", store_world.NOW)).id
    now, later = store_world.NOW, store_world.LATER
    with app.database.store() as store:
        application = store_world.add_application(store, store_world.add_job(store, organisation))
        store.record_problem(organisation, application.id, reason="empty", detail="No resume here.", now=now)
        id = store.add_interview(
            organisation, application_id=application.id, plan=plan, link_hash=name, expires_at=later, now=now
        )[0].id
        store.open_interview(organisation, id, session_hash=name, consent_version="1", consent_sha256="c", now=now)
        store.append_events(organisation, id, 0, [(now.timestamp() + n, one) for n, one in enumerate(log)])
        interview = store.set_interview_state(organisation, id, "completed", now=now, engines={})
        turns = turns_of(interview, store.events(organisation, id))
    url = f"/api/interviews/{id}/recording"
    html = render_html(report(turns=turns, audio_url=url, interview_id=id, signals=signals, scorecard=quoting(turns)))
    sha = app.files.put(html.encode(), subject=application.candidate_id)
    with app.database.store() as store:
        store.finish_report(
            organisation,
            interview_id=id,
            scorecard=store_world.SCORECARD,
            html_sha256=sha,
            payloads={},
            now=now,
        )
    microphone = np.zeros(round(end * RATE), dtype="<i2")
    for event in log:
        if event["type"] == "segment":
            first = round(event["start"] * RATE)
            microphone[first : first + len(voice) * times] = np.tile(voice, times)
    app.recordings.mkdir(parents=True, exist_ok=True)
    (app.recordings / f"{id}.pcm").write_bytes(microphone.tobytes())
    app.database.close()
    return str(id)
