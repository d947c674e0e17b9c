"""What the JSON API takes and gives. Domain values (`models.values`) appear as they are; rows never do."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, HttpUrl

from models.values import Evidence, Flag, Requirement, ScreeningResult, Turn

InvitePolicy = Literal["at_once", "after_confirmation"]


class Problem(BaseModel):
    """The one shape of every error."""

    error: str = Field(examples=["not_found"])
    detail: str = Field(examples=["There is no job 0193... in your organisation."])
    request_id: str


class JobIn(BaseModel):
    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "text": "# Backend engineer\n\n## What you bring\n- 5+ years of Python\n- English, fluent",
                "media_type": "text/markdown",
                "threshold": 0.5,
                "invite_policy": "after_confirmation",
                "minutes": 30,
            }
        }
    )
    text: str = Field(min_length=20, max_length=200_000, description="the posting")
    media_type: Literal["text/markdown", "text/plain", "text/html", "application/ld+json"] = "text/markdown"
    title: str | None = Field(None, max_length=200, description="default: the posting's own heading")
    threshold: float | None = Field(None, ge=0, le=1)
    invite_policy: InvitePolicy = "after_confirmation"
    max_interviews: int | None = Field(None, ge=1, description="only the best so many are invited")
    minutes: Literal[5, 15, 30, 45] = 30


class JobChange(BaseModel):
    title: str | None = Field(None, min_length=1, max_length=200)
    threshold: float | None = Field(None, ge=0, le=1)
    invite_policy: InvitePolicy | None = None
    max_interviews: int | None = Field(None, ge=1)
    minutes: Literal[5, 15, 30, 45] | None = None
    state: Literal["open", "closed"] | None = None


class JobOut(BaseModel):
    id: str
    title: str
    threshold: float
    invite_policy: InvitePolicy
    max_interviews: int | None
    minutes: int
    state: str
    requirements_version: int
    requirements: tuple[Requirement, ...] = ()
    flags: tuple[Flag, ...] = ()
    counts: dict[str, int] = {}
    created_at: datetime


class Accepted(BaseModel):
    """An upload was stored; screening goes on in the background."""

    batch_id: str
    total: int
    applications: list[str]
    events_url: str


class Progress(BaseModel):
    batch_id: str
    total: int
    waiting: int
    screened: int
    unreadable: int
    done: bool


class Ranked(BaseModel):
    """One line of the shortlist."""

    id: str
    candidate_id: str
    name: str | None
    file: str
    stage: str
    score: float | None
    decision: str | None
    evidence: tuple[Evidence, ...] = ()
    flags: tuple[Flag, ...] = ()
    problem: str | None = None


class ApplicationOut(Ranked):
    email: str | None
    screening: ScreeningResult | None
    resume: dict[str, Any] | None
    interview_id: str | None
    interview_state: str | None
    decisions: list[HumanDecisionOut]


class HumanDecisionOut(BaseModel):
    action: str
    actor: str
    reason: str
    at: datetime


class DecisionIn(BaseModel):
    """A person's decision; rejecting needs a reason."""

    reason: str = Field("", max_length=2000)


class RejectIn(BaseModel):
    reason: str = Field(min_length=3, max_length=2000)


class InterviewOut(BaseModel):
    id: str
    application_id: str
    state: str
    minutes: int
    invited_at: datetime
    expires_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    finish_reason: str | None
    engines: dict[str, str] | None
    live: bool
    report_id: str | None


class Transcript(BaseModel):
    interview_id: str
    turns: tuple[Turn, ...]


class LinkOut(BaseModel):
    url: str
    expires_at: datetime


class EndpointIn(BaseModel):
    model_config = ConfigDict(json_schema_extra={"example": {"url": "https://ats.example.com/foyer"}})
    url: HttpUrl
    description: str = Field("", max_length=200)


class EndpointOut(BaseModel):
    id: str
    url: str
    description: str
    enabled: bool
    disabled_reason: str | None
    created_at: datetime
    secret: str | None = Field(None, description="shown once, when the endpoint is created")


class DeliveryOut(BaseModel):
    id: str
    kind: str
    state: str
    attempts: int
    next_at: datetime | None
    last_error: str | None
    endpoint_id: str | None
    application_id: str | None
    created_at: datetime
    delivered_at: datetime | None


ApplicationOut.model_rebuild()
