"""A Scorecard as a page for the person who decides: one self-contained HTML file that reads in two minutes, prints on
A4 and Letter, and shows for every rating what the candidate said. Called by the report step of `api.pipeline`.

What could not be assessed comes first. Nothing here judges: it only arranges what `interview.evaluate` found
(`interview.report_views`). The words around it are in web/templates/report.html and the parts beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from interview import report_views as views
from interview.contradictions import contradictions
from interview.report_context import context_view
from interview.report_input import CheckItem, ReportInput
from interview.report_timeline import timeline
from interview.report_views import words
from interview.spoken import SpokenWord, clock, spoken_words
from models.settings import ROOT
from models.values import Flag, Turn
from models.visible import page_of

__all__ = ["CheckItem", "ReportInput", "clock", "render_html", "words"]


@dataclass(frozen=True, slots=True)
class Line:
    """`words`: of an answer whose words have times."""

    number: int
    turn: Turn
    time: str
    words: Sequence[SpokenWord]


def render_html(report: ReportInput) -> str:
    """The whole page. The same input gives the same bytes."""
    card = report.scorecard
    competencies = views.competencies(report)
    requirements = views.requirements(report, competencies)
    quoted = frozenset(one.turn for rating in card.competencies for one in rating.evidence)
    course = timeline(report.plan, report.turns, quoted)
    spoken = not report.turns or any(turn.role == "candidate" and turn.start is not None for turn in report.turns)
    return _template().render(
        report=report,
        card=card,
        competencies=competencies,
        missing=views.not_assessed(report, competencies, course),
        sum=views.computation(card, competencies),
        course=course,
        requirements=requirements,
        checks=views.other_checks(report),
        differing=contradictions(report.resume, report.turns),
        lines=[
            Line(number, turn, clock(turn.start), spoken_words(turn) if report.audio_url else ())
            for number, turn in enumerate(report.turns)
        ],
        flags=_flags(report),
        context=context_view(report.signals, report.turns, report.plan.language),
        date=f"{report.date.day} {_MONTHS[report.date.month - 1]} {report.date.year}",
        scored=all(flag.code != "not_scored" for flag in card.flags),
        spoken=spoken,
        weak_recogniser=spoken and any("sphinx" in engine.lower() for engine in report.engines.values()),
    )


_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(ROOT / "web" / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page_of(environment)
    environment.filters |= {"words": words, "clock": clock, "minutes": minutes, "number": number}
    environment.globals["place"] = views.place
    return environment.get_template("report.html")


def minutes(seconds: float) -> str:
    """A length for people: '45 s', '2 min 05 s'."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


def number(value: float) -> str:
    """At most one decimal, and none where it is 0."""
    return f"{round(value, 1):g}"


def _flags(report: ReportInput) -> Sequence[Flag]:
    """What stands among the not assessed already is not said twice."""
    own = [flag for flag in report.scorecard.flags if flag.code != "little_said"]
    return (*own, *(report.screening.flags if report.screening else ()))
