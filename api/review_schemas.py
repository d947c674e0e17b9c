"""What the JSON API takes and gives about people's ratings and their oversight; the rest is in `api.schemas`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.schemas import Text
from models.values import Anchors, HumanRating, HumanResult, HumanReview, Scorecard, Whole

MOST_RATINGS = 100


class BlindRatingIn(BaseModel):
    competency_id: Text = Field(max_length=200)
    rating: Annotated[Whole, Field(ge=1, le=5)] | None = Field(description="null: not enough to tell")
    note: Text = Field("", max_length=2000)


class BlindIn(BaseModel):
    """One for every competency of the interview."""

    model_config = ConfigDict(extra="forbid")
    ratings: list[BlindRatingIn] = Field(max_length=MOST_RATINGS)


class FinalRatingIn(BaseModel):
    competency_id: Text = Field(max_length=200)
    rating: Annotated[Whole, Field(ge=1, le=5)] | None = Field(description="null: not enough to tell")
    code: str = Field("", max_length=32, description="why it differs from Foyer's; see `reasons` of the review")
    text: Text = Field("", max_length=2000, description="the same in words")


class FinalIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    ratings: list[FinalRatingIn] = Field(max_length=MOST_RATINGS)


class LookIn(BaseModel):
    reason: Text = Field(min_length=3, max_length=2000)


class RejectManyIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    applications: list[Text] = Field(min_length=1, max_length=1000)
    reason: Text = Field(min_length=3, max_length=2000)


class ReviewEventIn(BaseModel):
    """What the person named in the request did: opened an application, opened evidence of it, or is reading still."""

    model_config = ConfigDict(extra="forbid")
    kind: Literal["opened", "evidence", "looked"]
    what: Literal["application", "review", "recording", "resume", "transcript", "report"]


class AskedOut(BaseModel):
    """A competency to rate, with its anchors at 1, 3 and 5."""

    id: str
    name: str
    description: str
    anchors: Anchors


class FirstOut(BaseModel):
    """`kind`: blind, or unrated for who looked without rating."""

    reviewer: str
    kind: str
    at: datetime
    ratings: tuple[HumanRating, ...] = ()
    reason: str = ""


class ReviewOut(BaseModel):
    """One reviewer's view of an interview. Before their own first word (`mine`) there is nothing else in it."""

    interview_id: str
    competencies: list[AskedOut]
    reasons: dict[str, str] = Field(description="codes for a final rating that differs from Foyer's")
    mine: FirstOut | None
    finals: list[HumanReview] = Field(description="my final ratings, oldest first; the newest counts")
    foyer: Scorecard | None
    others: list[FirstOut]
    result: HumanResult | None = Field(description="what the final ratings of all reviewers come to")


class ShareOut(BaseModel):
    """`value` is null where so few cases say nothing."""

    count: int
    of: int
    value: float | None


class AlarmOut(BaseModel):
    name: str
    text: str


class OverseenOut(BaseModel):
    """Figures of one reviewer, one job, or both; empty: all of them. No alarm says little while `enough` is false."""

    reviewer: str
    job_id: str
    job: str
    decisions: int
    together: int = Field(description="rejected as one of several, counted apart")
    median_seconds: float | None
    overridden: ShareOut
    pairs: int = Field(description="blind ratings beside Foyer's")
    agreement: float | None = Field(description="quadratic weighted kappa; null below 200 pairs: not established")
    hurried: ShareOut
    looks_first: ShareOut
    gives_up: ShareOut
    alarms: list[AlarmOut]
    enough: bool


class FigureOut(BaseModel):
    """With its 95 % bootstrap interval over whole interviews; null: cannot be told."""

    value: float | None
    low: float | None
    high: float | None


class AgreementOut(BaseModel):
    n: int = Field(description="double ratings, each blind")
    interviews: int
    said: str = Field(description="'not established (n of 200)' below 200, else the figures in words")
    figures: dict[str, FigureOut] = Field(description="qwk, icc, r, smd; empty while it is not established")


class ValidationOut(BaseModel):
    """The validation card of one rubric: one competency of a job, by the anchors and coefficients it was rated with."""

    job_id: str
    job: str
    competency: str
    rubric: str = Field(description="hash of name, description and anchors")
    coefficients: str
    foyer: AgreementOut = Field(description="a person first, Foyer second")
    people: AgreementOut = Field(description="two persons who rated independently")


class OversightOut(BaseModel):
    since: datetime
    lines: list[OverseenOut]
    cards: list[ValidationOut] = Field(description="since ever, whatever `since` says")


class DoubtOut(BaseModel):
    why: str
    competencies: tuple[str, ...] = Field(description="not told to a reviewer who has not rated the interview yet")


class WantedOut(BaseModel):
    """An interview that wants another person."""

    application_id: str
    interview_id: str
    candidate: str
    job: str
    reviewers: int
    mine: bool = Field(description="rated by the person who asks: it wants somebody else")
    doubts: list[DoubtOut]
