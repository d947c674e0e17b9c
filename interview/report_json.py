"""The report as JSON, by the published schema docs/schemas/report-1.json: what the page shows, for programs. Without
the signals, which are for people alone (docs/signals.md). Called by the report step of `api.pipeline`; kept as it was
written, like the page.

A change that a reader of version 1 could stumble over makes version 2, beside it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from interview import report_views as views
from interview.contradictions import Contradiction, contradictions
from interview.report_input import ReportInput
from interview.report_timeline import Stop, timeline
from models.values import SecondRating

SCHEMA = "report-1"


def render_json(report: ReportInput) -> bytes:
    """UTF-8. The same input gives the same bytes."""
    return json.dumps(report_data(report), ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def report_data(report: ReportInput) -> dict[str, Any]:
    """JSON types only."""
    competencies = views.competencies(report)
    course = timeline(report.plan, report.turns, frozenset())
    scored = all(flag.code != "not_scored" for flag in report.scorecard.flags)
    unrated = "insufficient_evidence" if scored else "not_scored"
    return {
        "schema": SCHEMA,
        "interview": {
            "id": report.interview_id,
            "held_on": report.date.strftime("%Y-%m-%d"),
            "minutes": round(report.minutes, 1),
            "language": report.plan.language,
            "finished": report.finish or "completed",
            "consent": report.consent,
            "basis": report.basis,
        },
        "organisation": report.organisation,
        "job": {"title": report.job_title},
        "candidate": {"name": report.candidate_name},
        "kit": {"id": report.plan.id, "version": report.plan.version, "title": report.plan.title},
        "not_assessed": [
            {"kind": one.kind, "name": one.name, "reason": one.reason}
            for one in views.not_assessed(report, competencies, course)
        ],
        "recommendation": _recommendation(report, competencies),
        "competencies": [_competency(view, unrated) for view in competencies],
        "requirements": [_requirement(view) for view in views.requirements(report, competencies)],
        "checks": [
            {"question": check.text, "answer": check.answer, "reason": check.reason, "said": _quotes([check.said])}
            for check in views.other_checks(report)
        ],
        "to_clear_up": [_differing(one) for one in contradictions(report.resume, report.turns)],
        "flags": [
            {"code": flag.code, "detail": flag.detail, "quote": flag.quote}
            for flag in (*report.scorecard.flags, *(report.screening.flags if report.screening else ()))
        ],
        "questions": [_question(stop) for stop in course.stops],
        "transcript": [
            {
                "role": turn.role,
                "text": turn.text,
                "start": turn.start,
                "end": turn.end,
                "question_id": turn.question_id,
            }
            for turn in report.turns
        ],
        "provenance": {
            "engines": dict(report.engines),
            "versions": dict(report.scorecard.versions),
            "screening": dict(report.screening.versions) if report.screening else {},
        },
        "limits": "A proposal to a person, who decides. Measured on simulated interviews only; how well it agrees with "
        "trained people on real ones is not known.",
    }


def _recommendation(report: ReportInput, competencies: Sequence[views.CompetencyView]) -> dict[str, Any]:
    card, made = report.scorecard, views.computation(report.scorecard, competencies)
    computation = made and {
        "addends": [
            {"name": one.name, "weight": one.weight, "score": one.score, "product": round(one.product, 4)}
            for one in made.addends
        ],
        "total": round(made.total, 4),
        "weights": round(made.weights, 4),
        "rule": made.rule,
    }
    return {"value": card.recommendation, "reason": card.reason, "overall": card.overall, "computation": computation}


def _competency(view: views.CompetencyView, unrated: str) -> dict[str, Any]:
    """`unrated`: what it means here that there is no rating."""
    rating = view.rating
    return {
        "id": rating.competency_id,
        "name": rating.name,
        "outcome": "rated" if rating.rating is not None else unrated,
        "rating": rating.rating,
        "score": rating.score,
        "weight": view.weight,
        "confidence": rating.confidence if rating.rating is not None else None,
        "reason": rating.reason,
        "anchor": {"level": view.level, "text": view.anchor} if view.anchor else None,
        "evidence": _quotes(view.quotes),
        "counter_evidence": _quotes(view.against),
        "missing": list(rating.missing),
        "ask_next": view.ask,
        "requirement_ids": list(view.requirement_ids),
        "second": _second(rating.second) if rating.second is not None else None,
    }


def _second(second: SecondRating) -> dict[str, Any]:
    return {
        "model": second.model,
        "rating": second.rating,
        "agrees": second.agrees,
        "reason": second.reason,
        "evidence": _quotes([views.Quote(one.quote, one.turn, one.start, one.end) for one in second.evidence]),
        "missing": list(second.missing),
        "note": second.note,
        "absent": second.absent,
    }


def _quotes(quotes: Sequence[views.Quote | None]) -> list[dict[str, Any]]:
    return [
        {"quote": one.text, "turn": one.turn, "start": one.start, "end": one.end} for one in quotes if one is not None
    ]


def _requirement(view: views.RequirementView) -> dict[str, Any]:
    must = view.requirement.must_have
    return {
        "id": view.requirement.id,
        "text": view.requirement.text,
        "kind": view.requirement.kind,
        "must_have": must,
        "resume": {
            "status": view.status,
            "reason": view.reason,
            "quotes": [{"quote": quote, "place": place} for quote, place in view.quotes],
        },
        "interview": _quotes(view.said),
        "answer": view.answer if must else None,
        "answer_reason": view.answer_reason if must else "",
    }


def _differing(one: Contradiction) -> dict[str, Any]:
    said = views.Quote(one.said.quote, one.said.turn, one.said.start, one.said.end)
    return {
        "kind": one.kind,
        "subject": one.subject,
        "resume": {"quote": one.resume, "page": one.page, "line": one.line},
        "interview": _quotes([said])[0],
        "ask": one.ask,
    }


def _question(stop: Stop) -> dict[str, Any]:
    return {
        "id": stop.question.id,
        "text": stop.question.text,
        "competency_id": stop.question.competency_id,
        "outcome": stop.outcome.replace(" ", "_"),
        "start": stop.start,
        "answered_seconds": round(stop.answered, 1),
    }
