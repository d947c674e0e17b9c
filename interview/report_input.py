"""What a report is made of. `api.outcomes` gathers it; the page, the PDF and the JSON show the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from models.values import (
    InterviewPlan,
    ParsedResume,
    Requirement,
    Scorecard,
    ScreeningResult,
    Signal,
    Turn,
)

Answer = Literal["met", "not_met", "unknown"]
"""What is known of a must-have. Unknown is never no."""


class CheckItem(Protocol):
    """What the interview's own check questions came to, one a must-have. `quote` is verbatim of the candidate's turn
    `turn`, empty where nothing was said; seconds as in Turn."""

    @property
    def question_id(self) -> str: ...
    @property
    def requirement_id(self) -> str | None: ...
    @property
    def status(self) -> Answer: ...
    @property
    def reason(self) -> str: ...
    @property
    def quote(self) -> str: ...
    @property
    def turn(self) -> int | None: ...
    @property
    def start(self) -> float | None: ...


@dataclass(frozen=True)
class ReportInput:
    """Everything a report shows. `minutes`: as held. `engines`: what ran, by role (recogniser, voice, ...).
    `consent`: one sentence, what was agreed to and when. `audio_url`: where the recording plays, None without one.
    `resume`: None where the file could not be read. `finish`: the interview's finish_reason. `basis`: which interview
    this is, where there were two or an earlier one was used with consent. `signals`: context, not scored."""

    interview_id: str
    job_title: str
    candidate_name: str
    organisation: str
    date: date
    minutes: float
    plan: InterviewPlan
    turns: Sequence[Turn]
    scorecard: Scorecard
    screening: ScreeningResult | None
    requirements: Sequence[Requirement]
    engines: Mapping[str, str]
    consent: str
    audio_url: str | None
    resume: ParsedResume | None = None
    checks: Sequence[CheckItem] = ()
    finish: str = ""
    basis: str = ""
    signals: Sequence[Signal] = ()
