"""What happened to each of the hundred thousand of `tests.bench.people`, as rows: read or not, invited, interviewed,
reported, reviewed, decided on, told elsewhere. Drawn at random from a seed; nothing is read or scored here."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from compliance.categories import ASKED
from models.brief import Brief
from models.records import (
    Application,
    AuditEntry,
    Base,
    Candidate,
    Consent,
    Delivery,
    Document,
    EntryCode,
    HumanDecision,
    Interview,
    OutcomeEvent,
    Personal,
    PersonalJson,
    Report,
    Review,
    ReviewEvent,
    Screening,
    new_id,
    person_key,
)
from models.store.base import spent
from models.values import InterviewPlan, Rating, Scorecard, TurnEvidence

BAND = 0.05
STAGES = {
    "screened": 655,
    "received": 3,
    "unreadable": 10,
    "advanced": 5,
    "rejected": 150,
    "withdrawn": 17,
    "invited": 50,
    "interviewing": 2,
    "interviewed": 3,
    "reported": 105,
}
"""Of a thousand."""
REVIEWERS = ("Kim", "Maria Lopez", "Sam Okoro", "Jo Bauer", "Noor Haddad", "Ida Berg")
FIRST = (  # noqa: SIM905 - as they are read
    "Anna Amara Bo Carl Chidi Dilan Elif Farah Grace Hana Ines Ivan Jonas José Kofi Lena Li Linh Luca Lukáš "
    "Mads Maria Marek Mehmet Mia Milan Nadia Noor Olga Omar Paula Priya Raj Rosa Sofia Söze Tariq Uma Vera Zoë"
).split()
LAST = (  # noqa: SIM905
    "Abe Akter Bauer Berg Blanc Brandt Castro Chen Costa Diaz Dvořák Evans Fischer Garcia Gruber Haddad Hansen "
    "Ito Jansen Kaya Khan Kim Kowalska Lindqvist Lopez Mensah Meyer Moreau Müller Nakamura Nguyen Okafor Öztürk "
    "Patel Petrov Quist Rossi Sato Schmidt Silva Singh Tanaka Torres Ueda Vogel Wagner Weiß Yilmaz Zhang"
).split()
SOURCES = ("upload", "upload", "upload", "greenhouse", "lever", "careers page", "referral")
ANSWERS = 0.45
"""The share who say something of themselves voluntarily."""

Rows = Iterator[tuple[type[Base], dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Shape:
    """What one of the sample resumes is read and judged as."""

    file: str
    parsed: Mapping[str, Any]
    result: Mapping[str, Any]
    brief: Brief


@dataclass(frozen=True, slots=True)
class Opening:
    """A job as its people are drawn: they come in the ninety days from `opened` on, none after `now`."""

    organisation_id: str
    job_id: str
    batches: Sequence[str]
    shapes: Sequence[Shape]
    plan: InterviewPlan
    opened: datetime
    now: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """One of them, as the rows after the first need it."""

    id: str
    job: str
    candidate: str
    stage: str
    came: datetime
    now: datetime
    number: int

    def after(self, **span: float) -> datetime:
        """So much later, but not in the future."""
        return min(self.now, self.came + timedelta(**span))


def answers(draw: random.Random) -> dict[str, str]:
    """What one says of sex, race and age; often nothing."""
    if draw.random() >= ANSWERS:
        return {}
    return {axis: draw.choice(list(names)) for axis, names in ASKED.items() if draw.random() < 0.9}


def person(opening: Opening, candidate: str, number: int, draw: random.Random) -> Rows:
    """All rows of one person; `number` is unique over all jobs."""
    shape = draw.choice(opening.shapes)
    days = min(90.0, max(1.0, (opening.now - opening.opened) / timedelta(days=1)))
    stage = draw.choices([*STAGES], [*STAGES.values()])[0]
    came = opening.opened + timedelta(days=draw.random() * days * 0.98)
    case = Case(new_id(), opening.job_id, candidate, stage, came, opening.now, number)
    file = new_id()
    name = f"{draw.choice(FIRST)} {draw.choice(LAST)}"
    yield Candidate, _candidate(case, name)
    yield Document, _document(case, file, f"{name.replace(' ', '-')}-{shape.file}", shape)
    score = round(min(1.0, max(0.0, draw.gauss(0.45, 0.18))), 6)
    held = shape.brief.held if draw.random() < 0.35 else False
    yield Application, _application(opening, case, file, shape, score, held=held, draw=draw)
    yield AuditEntry, _entry(case)
    if _read(stage):
        result = {**shape.result, "score": score, "decision": _verdict(score, held=held)}
        yield (
            Screening,
            {
                "application_id": case.id,
                "requirements_version": 1,
                "result": PersonalJson(result, subject=candidate),
                "brief": PersonalJson(shape.brief.shown, subject=candidate),
                "created_at": case.after(minutes=3),
            },
        )
    yield from _decided(case, draw)
    if stage in ("invited", "interviewing", "interviewed", "reported"):
        yield from _interview(case, opening.plan, draw)


def _read(stage: str) -> bool:
    return stage not in ("received", "unreadable")


def _verdict(score: float, *, held: bool) -> str:
    return "advance" if score >= 0.5 and not held else "review" if score >= 0.5 - BAND else "below"


def _candidate(case: Case, name: str) -> dict[str, Any]:
    return {
        "id": case.candidate,
        "name": Personal(name, subject=case.candidate),
        "email": Personal(f"p{case.number}@example.org", subject=case.candidate),
        "email_key": f"{case.number:064x}",
        "created_at": case.came,
        "contact_agreed_at": case.came if case.number % 3 == 0 else None,
    }


def _document(case: Case, id: str, filename: str, shape: Shape) -> dict[str, Any]:
    return {
        "id": id,
        "candidate_id": case.candidate,
        "sha256": f"{case.number:064x}",
        "filename": Personal(filename, subject=case.candidate),
        "media_type": "application/pdf",
        "size": 90_000,
        "parsed": PersonalJson(shape.parsed, subject=case.candidate),
        "created_at": case.came,
    }


def _application(
    opening: Opening, case: Case, document: str, shape: Shape, score: float, *, held: bool, draw: random.Random
) -> dict[str, Any]:
    read, reported = _read(case.stage), case.stage == "reported"
    ended = draw.choices((None, "hired", "rejected", "withdrew"), (60, 8, 30, 2))[0] if reported else None
    brief = shape.brief
    return {
        **{"id": case.id, "job_id": opening.job_id, "candidate_id": case.candidate, "document_id": document},
        **{"batch_id": draw.choice(opening.batches), "source": draw.choice(SOURCES), "stage": case.stage},
        "problem_reason": "scan" if case.stage == "unreadable" else None,
        "problem_detail": Personal("This is a scan.", subject=case.candidate) if case.stage == "unreadable" else None,
        "score": score if read else None,
        "decision": _verdict(score, held=held) if read else None,
        "held": held if read else None,
        "missing": (brief.missing if held else 0) if read else None,
        "unclear": (brief.unclear if held else 0) if read else None,
        "flagged": brief.flagged if read else None,
        "screen_seconds": spent(case.came, case.came + timedelta(seconds=draw.lognormvariate(4, 1.5)))
        if read
        else None,
        "interview_seconds": spent(case.came, case.came + timedelta(seconds=draw.lognormvariate(12, 1)))
        if case.stage in ("interviewed", "reported")
        else None,
        "overall": round(draw.uniform(20, 95), 1) if reported else None,
        "recommendation": draw.choice(("no", "mixed", "yes", "strong_yes")) if reported else None,
        "outcome": ended,
        "outcome_at": case.after(days=25) if ended else None,
        "created_at": case.came,
        "updated_at": case.after(days=6),
    }


def _entry(case: Case) -> dict[str, Any]:
    """Of the log, somewhere behind what is written while it is measured; its hashes are of nothing."""
    return {
        **{"seq": 1_000_000 + case.number, "at": case.came, "actor": f"person:{case.number % 20:016x}"},
        **{"action": "screening.made", "object_kind": "application", "object_id": case.id},
        **{"subject": f"{case.number:032x}", "commitment": None, "hash": f"{case.number:064x}"},
    }


def _decided(case: Case, draw: random.Random) -> Rows:
    """A person looked, and rejected or let through."""
    if case.stage not in ("rejected", "advanced") and draw.random() >= 0.1:
        return
    who = draw.choice(REVIEWERS)
    whose = {"application_id": case.id, "reviewer": who, "reviewer_key": person_key(who)}
    for minute, (kind, what) in enumerate((("opened", "application"), ("evidence", "resume"))):
        yield ReviewEvent, {**whose, "kind": kind, "what": what, "at": case.after(days=3, minutes=minute)}
    if case.stage not in ("rejected", "advanced"):
        return
    basis = {"seconds": draw.uniform(5, 300), "opened": ["application"], "evidence": ["resume"], "interviewed": False}
    yield (
        HumanDecision,
        {
            "application_id": case.id,
            "action": "reject" if case.stage == "rejected" else "advance",
            **{"actor": who, "person": who, "reason": Personal("Others fit better.", subject=case.candidate)},
            "at": case.after(days=3, minutes=5),
            "basis": basis if case.stage == "rejected" else None,
        },
    )


def _interview(case: Case, plan: InterviewPlan, draw: random.Random) -> Rows:
    id, done, begun = new_id(), case.stage in ("interviewed", "reported"), case.stage != "invited"
    asked, ends = case.after(days=2), case.came + timedelta(days=16)
    yield (
        Interview,
        {
            **{
                "id": id,
                "application_id": case.id,
                "job_id": case.job,
                "attempt": 1,
                "plan": plan.model_dump(mode="json"),
            },
            **{"minutes": plan.minutes, "link_hash": id, "invited_at": asked, "expires_at": ends},
            "state": "completed" if done else "in_progress" if begun else ("invited" if ends > case.now else "expired"),
            "link_used_at": case.after(days=3) if begun else None,
            "started_at": case.after(days=3) if begun else None,
            "completed_at": case.after(days=3, minutes=25) if done else None,
            "finish_reason": "completed" if done else None,
        },
    )
    yield Delivery, _delivery(case, "email", f"invitation:{id}", asked, draw)
    if draw.random() < 0.7:
        code = {"interview_id": id, "hash": id, "mark": "m", "by": "mail", "made_at": case.after(days=3)}
        yield EntryCode, {**code, "expires_at": case.after(days=3), "tries": 0}
    if begun:
        agreed = {"interview_id": id, "text_version": "1", "text_sha256": "ab" * 32, "given_at": case.after(days=3)}
        yield Consent, agreed
    if case.stage == "reported":
        yield from _reported(case, id, plan, draw)


def _reported(case: Case, interview: str, plan: InterviewPlan, draw: random.Random) -> Rows:
    report, at = new_id(), case.after(days=3, minutes=27)
    card = _scorecard(plan, draw)
    yield (
        Report,
        {
            **{"id": report, "interview_id": interview, "application_id": case.id, "version": 1},
            "scorecard": PersonalJson(card.model_dump(mode="json"), subject=case.candidate),
            **{"html_sha256": "cd" * 32, "created_at": at},
        },
    )
    yield Delivery, _delivery(case, "connection", f"report:{report}", at, draw)
    if draw.random() < 0.4:
        yield from _reviewed(case, interview, report, card, draw)
    if draw.random() < 0.4:
        told = {"application_id": case.id, "key": "1", "kind": draw.choice(("hired", "rejected")), "stage": ""}
        yield OutcomeEvent, {**told, "reason": "", "at": case.after(days=25), "received_at": case.after(days=25)}


def _reviewed(case: Case, interview: str, report: str, card: Scorecard, draw: random.Random) -> Rows:
    """Rated blind, and mostly once more beside the report."""
    who = draw.choice(REVIEWERS)
    own = {
        one.competency_id: min(5, max(1, (one.rating or 3) + draw.choice((-1, 0, 0, 0, 1))))
        for one in card.competencies
    }
    ratings = [
        {"competency_id": one.competency_id, "name": one.name, "rating": own[one.competency_id], "text": ""}
        for one in card.competencies
    ]
    apart = [abs((one.rating or 3) - own[one.competency_id]) for one in card.competencies]
    common = {"interview_id": interview, "reviewer": who, "reviewer_key": person_key(who)}
    blind = PersonalJson({"ratings": ratings}, subject=case.candidate)
    counted = {"pairs": len(apart), "same": apart.count(0), "near": sum(each < 2 for each in apart)}
    yield Review, {**common, "number": 0, "kind": "blind", "content": blind, "at": case.after(days=5), **counted}
    whose = {"application_id": case.id, "reviewer": who, "reviewer_key": person_key(who)}
    yield ReviewEvent, {**whose, "kind": "opened", "what": "interview", "at": case.after(days=5, minutes=-4)}
    yield ReviewEvent, {**whose, "kind": "saved", "what": "blind", "at": case.after(days=5)}
    if draw.random() < 0.8:
        beside = [{**one, "foyer": card.competencies[place].rating, "code": ""} for place, one in enumerate(ratings)]
        final = PersonalJson({"ratings": beside, "blind": True}, subject=case.candidate)
        row = {**common, "number": 1, "kind": "final", "content": final, "report_id": report}
        yield Review, {**row, "at": case.after(days=5, minutes=3), "pairs": None, "same": None, "near": None}


def _scorecard(plan: InterviewPlan, draw: random.Random) -> Scorecard:
    quote = "We moved the service to the new queue in two steps, and I wrote the tests for it before we began. " * 2
    ratings = [
        Rating(
            competency_id=one.id,
            name=one.name,
            rating=(level := draw.randint(1, 5)),
            score=(level - 1) * 25.0,
            confidence=draw.choice(("low", "medium", "high")),
            reason="They told what they did themselves, and what came of it.",
            evidence=(TurnEvidence(turn=3, quote=quote), TurnEvidence(turn=5, quote=quote)),
        )
        for one in plan.competencies
    ]
    return Scorecard(
        id=new_id(), recommendation="yes", reason="Good answers.", overall=71.5, competencies=tuple(ratings)
    )


def _delivery(case: Case, kind: str, key: str, at: datetime, draw: random.Random) -> dict[str, Any]:
    state = draw.choices(("delivered", "dead", "bounced", "pending"), (980, 12, 6, 2))[0]
    return {
        **{"kind": kind, "key": key, "subject": case.candidate, "application_id": case.id, "created_at": at},
        "payload": PersonalJson({"message": "A text of some length. " * 20}, subject=case.candidate),
        **{"done": {}, "begun": "", "attempts": 1, "state": state},
        "delivered_at": at if state == "delivered" else None,
    }
