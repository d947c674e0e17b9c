"""What the JSON API takes and gives. Domain values (`models.values`) appear as they are; rows never do.

What comes in is held to what both databases can keep: no NUL character, no number beyond 32 bits."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    HttpUrl,
    StringConstraints,
    model_validator,
)

from models.values import (
    Evidence,
    Flag,
    InterviewPlan,
    Number,
    Requirement,
    RequirementScore,
    ScreeningResult,
    Turn,
    Whole,
    YesNo,
)

InvitePolicy = Literal["at_once", "after_confirmation"]
LARGEST = 2**31 - 1
MOST_INTERVIEWS = 1_000_000
MOST_REQUIREMENTS = 300
"""Every resume is judged by each of them."""


def one_line(text: str) -> str:
    """For subjects and headings: no line breaks, no control characters; empty when nothing in it can be seen."""
    line = "".join(char for char in " ".join(text.split()) if unicodedata.category(char) != "Cc")
    return line if any(unicodedata.category(char) not in ("Cf", "Zs") for char in line) else ""


def _storable(text: str) -> str:
    if "\0" in text:
        raise ValueError("the character NUL cannot be kept; remove it")
    return text


def _all_storable(value: Any) -> None:
    match value:
        case str():
            _storable(value)
        case dict():
            _all_storable(list(value.values()))
        case list() | tuple():
            for each in value:
                _all_storable(each)


Text = Annotated[str, AfterValidator(_storable)]
Line = Annotated[str, StringConstraints(max_length=200), AfterValidator(one_line)]
Jurisdictions = Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=60)]
Cap = Annotated[Whole, Field(ge=1, le=MOST_INTERVIEWS)]


def _written_day(value: object) -> object:
    if not isinstance(value, date) and not (isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)):
        raise ValueError("a day is written as 2026-11-27")
    return value


Day = Annotated[date, BeforeValidator(_written_day)]
"""A number is no day, though it could be seconds since 1970."""


def _written_instant(value: object) -> object:
    if not isinstance(value, datetime) and not (isinstance(value, str) and INSTANT.fullmatch(value)):
        raise ValueError("a time is written with its zone, as 2027-01-31T12:00:00Z")
    return value


INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)")
Instant = Annotated[datetime, BeforeValidator(_written_instant)]
"""Likewise, and one without a zone is none."""


class Problem(BaseModel):
    """The one shape of every error."""

    error: str = Field(examples=["not_found"])
    detail: str = Field(examples=["There is no job 0193... in your organisation."])
    request_id: str


class JobIn(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "text": "# Backend engineer\n\n## What you bring\n- 5+ years of Python\n- English, fluent",
                "media_type": "text/markdown",
                "threshold": 0.5,
                "invite_policy": "after_confirmation",
                "minutes": 30,
            }
        },
    )
    text: Text = Field(min_length=20, max_length=200_000, description="the posting")
    media_type: Literal["text/markdown", "text/plain", "text/html", "application/ld+json"] = "text/markdown"
    title: Line | None = Field(None, description="default: the posting's own heading")
    threshold: Number | None = Field(None, ge=0, le=1)
    invite_policy: InvitePolicy = "after_confirmation"
    max_interviews: Cap | None = Field(None, description="only the best so many are invited")
    minutes: Literal[5, 15, 30, 45] = 30
    kit_family: Line | None = Field(None, description="start the interview kit from this kit of the library")
    jurisdictions: Jurisdictions | None = Field(None, description="where the work is and who applies for it: us-il, de")


class PostingAt(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"url": "https://example.com/jobs/42"}})
    url: Text = Field(min_length=1, max_length=2000)


class PostingOut(BaseModel):
    """For `POST /api/jobs`."""

    text: str
    media_type: str


class JobChange(BaseModel):
    """Fields that are left out stay as they are. Only `max_interviews` (no cap) and `jurisdictions` (as the
    organisation's) can be null."""

    model_config = ConfigDict(extra="forbid")
    title: Line | None = None
    threshold: Number | None = Field(None, ge=0, le=1)
    invite_policy: InvitePolicy | None = None
    max_interviews: Cap | None = None
    minutes: Literal[5, 15, 30, 45] | None = None
    state: Literal["open", "closed"] | None = None
    jurisdictions: Jurisdictions | None = None
    needs_approval: YesNo | None = Field(None, description="nobody is invited until a person approves what stands")
    by_telephone: YesNo | None = Field(None, description="interviews may be held by telephone, where there is a number")

    @model_validator(mode="after")
    def _nothing_erased(self) -> Self:
        for name in self.model_fields_set - {"max_interviews", "jurisdictions"}:
            if getattr(self, name) in (None, ""):
                raise ValueError(f"{name} cannot be empty; leave it out to keep it as it is")
        return self


class RequirementIn(Requirement):
    id: Text = Field(min_length=1, max_length=200)
    text: Text = Field(min_length=1, max_length=5000)
    weight: Number = Field(1.0, ge=0, le=1000, allow_inf_nan=False)
    line: Whole | None = Field(None, ge=0, le=LARGEST)
    years: Number | None = Field(None, ge=0, le=100, allow_inf_nan=False)

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        _all_storable(self.model_dump())
        return self


class PreviewIn(BaseModel):
    """What to try; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")
    threshold: Number | None = Field(None, ge=0, le=1)
    weights: dict[str, Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]] | None = Field(
        None, description="requirement id -> weight; the others keep theirs"
    )
    requirements: list[RequirementIn] | None = None
    people: Whole = Field(
        0, ge=0, le=20, description="look at so many people alone, those nearest to the threshold, and name them"
    )


class PreviewedOut(BaseModel):
    """One person now and then. Ranks count from 1 among those looked at; `crosses` 1: would be let through and is not
    now, -1: the other way round."""

    application_id: str
    name: str
    rank: tuple[int, int]
    score: tuple[float, float]
    decision: tuple[str, str]
    crosses: int


class PreviewOut(BaseModel):
    """Of everyone screened and not yet decided on, or of the `people` asked for. `histogram`: scores in 20 equal steps
    from 0 to 1; `moved`: how many decisions would change. `people`: in the order they would have; for who may read
    candidates."""

    screened: int
    counts: dict[str, int]
    histogram: list[int]
    moved: int
    people: list[PreviewedOut] = []


class PlanIn(InterviewPlan):
    version: Whole = Field(1, ge=0, le=LARGEST, description="not kept: each saved kit is its job's next version")

    @model_validator(mode="after")
    def _can_be_kept(self) -> Self:
        _all_storable(self.model_dump())
        return self


class FamilyOut(BaseModel):
    """A kit of the library."""

    id: str
    name: str
    about: str
    competencies: list[str]


class SuggestionOut(BaseModel):
    """A kit of the library that may fit a job. `reason` says why; `uncovered`: what the job asks and it does not."""

    family: str
    name: str
    reason: str
    uncovered: list[str]


class KitStart(BaseModel):
    model_config = ConfigDict(extra="forbid")
    family: Line | None = Field(None, description="a kit of the library; null: made from the job's requirements")


class FindingOut(BaseModel):
    path: str = Field(description="the field, such as competencies.0.anchors.low")
    text: str


class RehearsalOut(BaseModel):
    """A rehearsal of the kit as it is saved: a sample job with one invented person. `url` and `code` are shown once."""

    job_id: str
    application_id: str
    url: str
    code: str
    expires_at: datetime


class KitOut(BaseModel):
    """What a kit is worth for its job. `uncovered`: requirements of which neither a competency nor a check speaks;
    `seconds`: what it takes as people usually answer. With findings it cannot be used."""

    plan: InterviewPlan
    sha256: str
    seconds: int
    uncovered: list[str]
    findings: list[FindingOut] = []


class KitVersionOut(BaseModel):
    version: int
    sha256: str
    author: str
    note: str
    saved_at: datetime


class JobOut(BaseModel):
    id: str
    title: str
    threshold: float
    invite_policy: InvitePolicy
    max_interviews: int | None
    minutes: int
    state: str
    requirements_version: int
    jurisdictions: list[str] | None = None
    needs_approval: bool = False
    by_telephone: bool = False
    requirements: tuple[Requirement, ...] = ()
    flags: tuple[Flag, ...] = ()
    counts: dict[str, int] = {}
    created_at: datetime
    is_sample: bool = Field(default=False, description="an invented opening with invented people")


class ApproveIn(BaseModel):
    """What the person looked at: refused where the job is another by now."""

    model_config = ConfigDict(extra="forbid")
    requirements_version: Whole = Field(ge=0, le=LARGEST)
    kit_version: Whole = Field(ge=0, le=LARGEST)
    threshold: Number = Field(ge=0, le=1)
    note: Text = Field("", max_length=500)


class ApprovedOut(BaseModel):
    requirements_version: int
    kit_version: int
    threshold: float
    approved_by: str
    approved_at: datetime
    note: str
    withdrawn_by: str | None
    withdrawn_at: datetime | None


class ApprovalOut(BaseModel):
    """`needed`: the job's setting; `holds`: what stands is approved; `changes`: since the last approval, in words."""

    needed: bool
    holds: bool
    requirements_version: int
    kit_version: int
    threshold: float
    changes: list[str]
    approvals: list[ApprovedOut]


class JobVersionOut(BaseModel):
    """A version of what the job asks. `changes`: against the one before; `assessed`: people whose screening stands by
    it. What is not known of old ones is null or empty."""

    version: int
    title: str | None
    threshold: float | None
    author: str
    saved_at: datetime | None
    requirements: int
    changes: list[str]
    assessed: int


class AssessedOut(BaseModel):
    application_id: str
    name: str | None
    stage: str
    score: float | None


class Accepted(BaseModel):
    """An upload was stored; screening goes on in the background."""

    batch_id: str
    total: int
    applications: list[str]
    events_url: str


class BatchIn(BaseModel):
    """A batch that files come into some at a time."""

    model_config = ConfigDict(extra="forbid")
    name: Line = ""
    expected: Whole | None = Field(None, ge=1, le=1_000_000, description="how many files are to come in all")


class FileIn(BaseModel):
    """A file that is here: `name` as it would be sent, with its folders."""

    model_config = ConfigDict(extra="forbid")
    name: Text = Field(max_length=2000)
    size: Whole = Field(ge=0, le=2**53)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class FilesIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    files: list[FileIn] = Field(min_length=1, max_length=5000)
    expected: Whole | None = Field(None, ge=1, le=1_000_000, description="how many files are to come in all")


class MissingOut(BaseModel):
    missing: list[int] = Field(description="places, from 0, of the files that the batch does not have")


class TakenFiles(BaseModel):
    """What became of the files of one request. `known`: the batch had them already; `total`: what it holds now."""

    batch_id: str
    taken: int
    known: int
    total: int
    applications: list[str]


class BatchOut(BaseModel):
    """A batch. `state`: running, paused, cancelled; `complete`: nothing more is awaited; `unreadable` by reason."""

    id: str
    job_id: str
    name: str
    state: str
    complete: bool
    expected: int | None
    total: int
    waiting: int
    screened: int
    unreadable: int
    changed_by: str | None
    changed_at: datetime | None
    created_at: datetime


class BatchProblemOut(BaseModel):
    """A file that could not be read. `fix`: what helps."""

    application_id: str
    file: str
    reason: str
    detail: str
    fix: str


class CopyOut(BaseModel):
    """A file whose very bytes an earlier application of the job has."""

    application_id: str
    file: str
    same_as: str


class Progress(BaseModel):
    """`expected`: files to come in all, where that is known; `complete`: nothing more is awaited; `done`: complete and
    read, or cancelled and all that was not read gone."""

    batch_id: str
    total: int
    waiting: int
    screened: int
    unreadable: int
    done: bool
    state: str = "running"
    expected: int | None = None
    complete: bool = True
    rate: float | None = None
    """Applications a second since this listener came; null until it is known."""
    seconds_left: float | None = None


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


class ShortlistedOut(BaseModel):
    """One line of a filtered shortlist. `missing` and `unclear` count must-haves that are not met and that are unknown,
    `flagged` what to check; `held`: they stay before a person, however high the score; `quote`: the best one."""

    id: str
    name: str | None
    file: str
    stage: str
    score: float | None
    decision: str | None
    held: bool | None
    missing: int | None
    unclear: int | None
    flagged: int | None
    source: str
    batch_id: str | None
    received_at: datetime
    asks: bool
    quote: str


class ShortlistOut(BaseModel):
    """`total`: how many the filters leave, on all pages."""

    total: int
    applications: list[ShortlistedOut]


class ScoresOut(BaseModel):
    """Of those who are screened and not decided on: how many scores lie in each whole hundredth from 0 to 100. `held`
    are kept before a person by a must-have that is missing or unclear, or as a likely copy. `passing`: how many would
    reach each threshold from 0 to 100 and are not held."""

    clear: list[int]
    held: list[int]
    passing: list[int]


class FoundOut(BaseModel):
    """One person of the talent pool, judged by the query alone."""

    document_id: str
    applications: list[str]
    name: str | None
    score: float
    requirements: tuple[RequirementScore, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class ApplicationOut(Ranked):
    address_problem: str | None = Field(None, description="why mail to the address comes back")
    email: str | None
    screening: ScreeningResult | None
    resume: dict[str, Any] | None
    interview_id: str | None
    interview_state: str | None
    interviews: list[str] = Field(description="all held or invited to, oldest first; `interview_id` is the newest")
    decisions: list[HumanDecisionOut]
    sources: list[SourceOut] = Field(description="every way in which the person came to us, oldest first")
    outcomes: list[OutcomeOut] = Field(description="what another system says became of them, oldest first")


class SourceOut(BaseModel):
    """`shared`: it is how somebody else came who has the same e-mail address or telephone number, perhaps the same
    person; empty: how this person came."""

    source: str
    origin: str
    at: datetime
    seen_at: datetime
    shared: Literal["", "e-mail", "telephone"] = ""
    application_id: str | None = None


class Taken(BaseModel):
    """What became of one row. created: a new application. known: it was sent before. joined: the person has a case with
    this job, which now names this source too. failed: `detail` says why. `ignored`: fields nothing was made of."""

    row: int
    external_id: str | None = None
    status: Literal["created", "known", "joined", "failed"]
    application_id: str | None = None
    candidate_id: str | None = None
    detail: str = ""
    ignored: list[str] = []


class AllTaken(BaseModel):
    candidates: list[Taken]
    created: int
    known: int
    joined: int
    failed: int


class OutcomeOut(BaseModel):
    """`kind`: stage, hired, rejected, withdrew, undone. Nothing here was decided by it."""

    kind: str
    stage: str
    reason: str
    at: datetime
    received_at: datetime


class HumanDecisionOut(BaseModel):
    action: str
    actor: str
    reason: str
    at: datetime
    person: str | None = Field(description="by name; a rejection always has one")
    basis: dict[str, Any] | None = Field(description="seconds spent, and what was opened, before a rejection")


class DecisionIn(BaseModel):
    """A person's decision; rejecting needs a reason."""

    reason: Text = Field("", max_length=2000)


class RejectIn(BaseModel):
    reason: Text = Field(min_length=3, max_length=2000)


class ReasonIn(BaseModel):
    """Why a person opens an interview again, or lets the other one count."""

    reason: Text = Field(min_length=3, max_length=2000)


class StretchOut(BaseModel):
    start: float = Field(description="seconds from the recording's beginning")
    end: float = Field(description="seconds from the recording's beginning")


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
    problem: str | None = Field(None, description="why there is no report yet, when there should be one")
    booked_for: datetime | None = Field(None, description="the time for which a place is kept")
    attempt: int = Field(1, description="2: held again, after a technical failure or because a person opened it")
    cause: str | None = Field(None, description="why it is held again")
    counts: bool = Field(default=True, description="its report stands for the application")
    technical_failure: str | None = Field(
        None, description="what cost the candidate a question; in the answer about one interview alone"
    )
    basis: str = Field(
        "", description="where an earlier interview was used with consent, or there are two: which it is"
    )
    recording_missing: list[StretchOut] = Field(
        [], description="what the recording lacks until the machine that holds it is back"
    )
    kit_version: int = Field(description="the job's kit when the candidate was invited; later edits do not change it")
    kit_sha256: str


class CorrectionOut(BaseModel):
    turn: int = Field(description="place among the turns, from 0")
    text: str = Field(description="what the candidate says they said; the turn itself stays as it was understood")


class Transcript(BaseModel):
    interview_id: str
    turns: tuple[Turn, ...]
    cleaned: tuple[str, ...] = Field((), description="each turn without fillers, repeated words and false starts")
    corrections: tuple[CorrectionOut, ...] = ()


class FeedbackOut(BaseModel):
    """How candidates found a job's interviews. Nothing but the number of answers below five of them."""

    answers: int
    mean: float | None = Field(description="1 to 5; none below five answers")
    by_rating: dict[int, int] | None = Field(description="answers by rating; none below five answers")


class LinkOut(BaseModel):
    url: str
    expires_at: datetime


class ReportLinkIn(BaseModel):
    days: Literal[1, 7, 30] = 7
    audio: YesNo = Field(default=False, description="whether the recording plays by this link too")
    note: Line = Field("", description="whom it is for")


class ReportLinkOut(BaseModel):
    """A link to a report. `url`: of a shared one only in the answer that makes it."""

    id: str
    kind: Literal["ats", "shared"]
    state: Literal["open", "expired", "revoked"]
    url: str
    note: str
    audio: bool
    made_by: str
    made_at: datetime
    expires_at: datetime | None
    used_at: datetime | None
    uses: int


class CodeOut(BaseModel):
    code: str = Field(description="six digits, shown only now")
    expires_at: datetime


class RequestOut(BaseModel):
    """What a candidate asks for: adjustment (with wishes), entry, erasure, or that they withdrew."""

    id: str
    kind: str
    wishes: list[str]
    text: str = Field(description="empty for an adjustment in a list: `GET /api/requests/ID` has it")
    extra_minutes: int = Field(description="granted beyond the interview's")
    during: bool = Field(description="asked in the interview itself")
    made_at: datetime
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None
    due_on: date | None = Field(None, description="by when the law, or the house, wants an answer")


class ErasedOut(BaseModel):
    """That a person was erased. Nothing in it is about them."""

    id: str
    at: datetime
    person: str = Field(description="who ordered it")
    because: str
    counts: dict[str, int] = Field(description="of what went: applications, interviews, documents, files, messages")
    elsewhere: list[str] = Field(
        description="connected systems that know them: none of them takes an erasure from us, so erase them there too"
    )


class AnswerIn(BaseModel):
    text: Text = Field(min_length=1, max_length=4000)
    extra_minutes: Whole = Field(
        0, ge=0, le=90, description="granted for an adjustment; replaces what was granted before"
    )


class EndpointIn(BaseModel):
    model_config = ConfigDict(json_schema_extra={"example": {"url": "https://ats.example.com/foyer"}})
    url: HttpUrl
    description: Line = ""


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
    connection_id: str | None
    done: dict[str, str] = Field(description="of several writes, those that are made, with the other side's ids")
    application_id: str | None
    created_at: datetime
    delivered_at: datetime | None


ApplicationOut.model_rebuild()


class AuditEventOut(BaseModel):
    """An entry of the audit log, as it is hashed."""

    kind: str
    v: int
    organisation: str
    seq: int
    at: str
    actor: str
    action: str
    object_kind: str
    object_id: str
    subject: str | None
    commitment: str | None
    hash: str


class AuditOut(BaseModel):
    entries: list[AuditEventOut]
    names: dict[str, str] = Field(description="whom the pseudonyms of the employer's people mean")
    next: int | None = Field(description="for `behind`, to read on; null: there is no more")
    key: str = Field(description="the public key that checkpoints and stubs are signed with, hex")
