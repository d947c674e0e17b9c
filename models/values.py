"""Frozen values: what the layers hand to each other. No behaviour beyond what a value knows of itself.

Read top to bottom: a file becomes a DocumentText, then a Resume; a job's text becomes Requirements; both become a
ScreeningResult. An InterviewPlan and Turns become a Scorecard; everything together becomes an AssessmentResult.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel


def _no_guess(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("this has to be a number")
    return value


Number = Annotated[float, BeforeValidator(_no_guess)]
Whole = Annotated[int, BeforeValidator(_no_guess)]
"""Of what comes in from outside: neither `true` nor "5" is taken for a number."""
YesNo = Annotated[bool, Field(strict=True)]


class Value(BaseModel):
    """Frozen, strict about its fields, comparable by content."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Flag(Value):
    """Something a person should know. Never a score. `code` is a stable word, `detail` one sentence."""

    code: str
    detail: str
    quote: str = ""


# ---------------------------------------------------------------- documents


class Box(Value):
    """Points (1/72 inch) from the top left corner of the page."""

    x0: float
    y0: float
    x1: float
    y1: float


class Area(Box):
    """A box and its page, from 1: what to highlight on the rendered document."""

    page: int


class Line(Value):
    """One visible line of a document, verbatim. `number` counts from 1 over the whole document; `page` from 1, None
    where the format has no pages; `start`/`end` are characters in DocumentText.text."""

    text: str
    number: int
    page: int | None = None
    start: int
    end: int
    box: Box | None = None
    emphasis: bool = False
    """Set in bold or clearly larger than the body: a hint for section titles."""
    bullet: bool = False
    """An item of a list where the format says so without a sign in the text (DOCX, HTML)."""


class DocumentText(Value):
    """What a file says. `text` is the lines joined by newline, hidden text left out; hidden text is in `hidden`."""

    sha256: str
    name: str
    media_type: str
    text: str
    lines: tuple[Line, ...]
    pages: int | None = None
    links: tuple[str, ...] = ()
    """Addresses that text of the file links to, where they differ from what is printed."""
    hidden: tuple[str, ...] = ()
    flags: tuple[Flag, ...] = ()


class Span(Value):
    """A bullet or sentence of a document, the unit that is matched and quoted.

    `text` is verbatim (wrapped lines joined by one space). `line` is the number of its first line. `section` is one of
    the words in `screening.parse.SECTIONS` (experience, education, skills ...). `entry` is the index into Resume.work
    (or education) it belongs to."""

    id: int
    text: str
    page: int | None = None
    line: int
    start: int
    end: int
    section: str = "other"
    entry: int | None = None
    box: Box | None = None
    areas: tuple[Area, ...] = ()
    """One for each printed line of the span, in order; empty where the format has no pages."""


class Source(Value):
    """Where a field was read: characters in DocumentText.text, and the line and page they begin on."""

    start: int
    end: int
    line: int
    page: int | None = None


class Claim(Value):
    """Years of experience that a resume states ("10+ years in sales"), as against those its dates show."""

    years: float
    quote: str
    source: Source


# ---------------------------------------------------------------- JSON Resume (jsonresume.org, schema v1.0.0)


class JsonResumeValue(BaseModel):
    """Python names here, JSON Resume's camelCase names on the wire (`model_dump(by_alias=True)`)."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Location(JsonResumeValue):
    address: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country_code: str | None = None
    region: str | None = None


class Profile(JsonResumeValue):
    network: str | None = None
    username: str | None = None
    url: str | None = None


class Basics(JsonResumeValue):
    name: str | None = None
    label: str | None = None
    email: str | None = None
    phone: str | None = None
    url: str | None = None
    summary: str | None = None
    location: Location | None = None
    profiles: tuple[Profile, ...] = ()


class Work(JsonResumeValue):
    """Dates are ISO 8601, as precise as the resume was: YYYY, YYYY-MM or YYYY-MM-DD. end_date None: still there
    when start_date is set."""

    name: str | None = None
    position: str | None = None
    location: str | None = None
    url: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    summary: str | None = None
    highlights: tuple[str, ...] = ()


class Education(JsonResumeValue):
    institution: str | None = None
    area: str | None = None
    study_type: str | None = None
    start_date: str | None = None
    end_date: str | None = None
    score: str | None = None
    courses: tuple[str, ...] = ()


class Skill(JsonResumeValue):
    name: str
    level: str | None = None
    keywords: tuple[str, ...] = ()


class Certificate(JsonResumeValue):
    name: str
    date: str | None = None
    issuer: str | None = None
    url: str | None = None


class Language(JsonResumeValue):
    language: str
    fluency: str | None = None


class Resume(JsonResumeValue):
    basics: Basics = Basics()
    work: tuple[Work, ...] = ()
    education: tuple[Education, ...] = ()
    skills: tuple[Skill, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    languages: tuple[Language, ...] = ()


class ParsedResume(Value):
    """A resume with the spans it was read from. `years` is the union of the work intervals, in years, as of the `now`
    the parser was given; None when no dates were readable. `document` is the file's sha256. `sources` says where each
    field was read, by its path in JSON Resume ("basics.email", "work.0.startDate"). `language` is ISO 639-1."""

    resume: Resume
    spans: tuple[Span, ...]
    years: float | None = None
    flags: tuple[Flag, ...] = ()
    document: str = ""
    language: str = "en"
    sources: dict[str, Source] = {}
    claims: tuple[Claim, ...] = ()


# ---------------------------------------------------------------- jobs

RequirementKind = Literal[
    "skill",
    "responsibility",
    "years",
    "degree",
    "certificate",
    "language",
    "location",
    "authorisation",
    "shift",
]


ASKED_LATER: frozenset[RequirementKind] = frozenset({"authorisation", "shift", "location"})
"""What resumes seldom state: unknown, it holds nobody back and becomes a question."""


class Requirement(Value):
    """One atomic thing a job asks. `text` is its own short wording, `sentence` the posting's, verbatim.

    `alternatives`: any one satisfies ("Python or Go"). `years`: minimum, for kind years (and skill with years).
    `level`: degree level or language fluency as asked."""

    id: str
    text: str
    kind: RequirementKind
    must_have: YesNo
    weight: Number = Field(1.0, ge=0)
    sentence: str = ""
    line: Whole | None = None
    alternatives: tuple[str, ...] = ()
    years: Number | None = None
    level: str | None = None


class JobPosting(Value):
    """A posting read into requirements. `title` is its heading; `language` ISO 639-1."""

    title: str
    text: str
    requirements: tuple[Requirement, ...]
    location: str | None = None
    language: str = "en"
    flags: tuple[Flag, ...] = ()


# ---------------------------------------------------------------- screening

Status = Literal["met", "partly", "not_met", "unknown"]
Decision = Literal["advance", "review", "below"]


class Evidence(Value):
    """A verbatim quote of the resume. `similarity` 0..1 (None for rules). Page or line says where; `document` is the
    file's sha256 and `areas` what to highlight on its pages."""

    quote: str
    page: int | None = None
    line: int | None = None
    start: int | None = None
    end: int | None = None
    similarity: float | None = None
    document: str = ""
    areas: tuple[Area, ...] = ()


class RequirementScore(Value):
    """A verdict on one requirement. `score` 0..1. `met` and `partly` carry evidence, unless `reason` quotes an answer
    of the application form."""

    requirement_id: str
    status: Status
    score: float = Field(ge=0, le=1)
    evidence: tuple[Evidence, ...] = ()
    reason: str = ""


class Term(Value):
    """One addend of a screening score: a requirement (`requirement_id`), or how near the whole resume is to the job
    (None). It adds weight x value / (sum of all weights)."""

    name: str
    value: float = Field(ge=0, le=1)
    weight: float = Field(ge=0)
    requirement_id: str | None = None


class ScreeningResult(Value):
    """Score = sum(weight x value) / sum(weight) over `terms`; decision as explained in `reason`."""

    score: float = Field(ge=0, le=1)
    decision: Decision
    reason: str
    requirements: tuple[RequirementScore, ...]
    terms: tuple[Term, ...] = ()
    flags: tuple[Flag, ...] = ()
    versions: dict[str, str] = {}


# ---------------------------------------------------------------- interview

ProbeSeeks = Literal["situation", "action", "result", "number"]
QuestionKind = Literal["past_behaviour", "situational", "check", "candidate_questions"]


class Anchors(Value):
    """Behaviourally anchored levels: low = 1, medium = 3, high = 5."""

    low: str
    medium: str
    high: str


class Competency(Value):
    id: str
    name: str
    description: str = ""
    anchors: Anchors
    weight: Number = Field(1.0, ge=0)
    requirement_ids: tuple[str, ...] = ()


class Probe(Value):
    """A planned follow-up that seeks the part an answer left out."""

    id: str
    seeks: ProbeSeeks
    text: str


class Question(Value):
    """One core question; everyone gets it in the same words. `rephrased` is the plan's simpler wording.
    `requirement_ids`: of a check, the must-haves it asks for."""

    id: str
    competency_id: str | None = None
    kind: QuestionKind = "past_behaviour"
    text: str
    rephrased: str = ""
    probes: tuple[Probe, ...] = ()
    requirement_ids: tuple[str, ...] = ()


class Fact(Value):
    """What a candidate may be told about the job, word for word. `question`: what it answers, where a recruiter wrote
    it for that; None: a sentence of the posting."""

    text: str = Field(min_length=1, max_length=1000)
    question: str | None = Field(None, max_length=500)


class InterviewPlan(Value):
    """The interview kit as pinned to one interview. `version` changes with any edit. `questions` are asked, in this
    order; `reserve` holds the kit's questions for which the minutes leave no time, for a person to exchange."""

    id: str
    version: Whole = 1
    title: str
    language: str = "en"
    minutes: Whole = Field(30, ge=1, le=45)
    welcome: str
    closing: str
    competencies: tuple[Competency, ...]
    questions: tuple[Question, ...]
    facts: tuple[Fact, ...] = ()
    """For the candidate's own questions; whatever these do not answer is passed on."""
    reserve: tuple[Question, ...] = ()
    weights_reason: str = Field("", max_length=2000)
    """Why one competency counts more than another; needed where weights are not equal."""

    @property
    def sha256(self) -> str:
        """Of what a person wrote, hex: neither the version's number nor the posting's own sentences change it, and
        fields that keep their default are left out, so that it outlives fields added later."""
        content = self.model_dump(mode="json", exclude_defaults=True, exclude={"version", "facts"})
        told = [fact.model_dump(mode="json") for fact in self.facts if fact.question is not None]
        text = json.dumps([content, told], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class Word(Value):
    """Seconds on the clock of the value that holds it."""

    text: str
    start: float
    end: float
    confidence: float | None = None


class Heard(Value):
    """One transcribed span of speech. `engine`: who heard it, where that was not the configured recogniser."""

    text: str
    start: float
    end: float
    words: tuple[Word, ...] = ()
    language: str = "en"
    confidence: float | None = None
    no_speech: float | None = None
    engine: str = ""


Role = Literal["interviewer", "candidate"]


class Turn(Value):
    """One utterance. start/end: seconds in the interview's recording, None for typed or imported turns."""

    role: Role
    text: str
    start: float | None = None
    end: float | None = None
    question_id: str | None = None
    words: tuple[Word, ...] = ()


class InterviewRecord(Value):
    """An interview as the evaluator reads it (also the input of `foyer evaluate`)."""

    id: str
    resume: str | None = None
    turns: tuple[Turn, ...]


# ---------------------------------------------------------------- context, never scored

SignalCode = Literal["tab_hidden", "pasted", "second_voice", "read_aloud"]


class Signal(Value):
    """Something that happened beside the answers, for a person to know and never scored. `at` and `until` are seconds
    in the recording; of an interview without one, of its running time. `question` counts from 1; None: before the
    first. `innocent` is what it may well be."""

    code: SignalCode
    at: float
    until: float | None = None
    question: int | None = None
    detail: str
    innocent: str


# ---------------------------------------------------------------- judgement

Confidence = Literal["low", "medium", "high"]
Recommendation = Literal["definitely_not", "no", "mixed", "yes", "strong_yes", "no_decision"]


class TurnEvidence(Value):
    """A verbatim quote of a candidate's turn; `turn` is its 0-based index over all turns; seconds as in Turn."""

    quote: str
    turn: int
    start: float | None = None
    end: float | None = None


class SecondRating(Value):
    """What a language model makes of the same answers, beside Foyer's rating and never part of the score. rating None:
    it saw too little to rate, or it gave nothing usable, and `absent` says why. `evidence` was checked by code as every
    quote is; `note`: what of its answer was not used. `agrees`: at most one level from Foyer's own, or both without."""

    rating: int | None = Field(None, ge=1, le=5)
    evidence: tuple[TurnEvidence, ...] = ()
    reason: str = ""
    missing: tuple[ProbeSeeks, ...] = ()
    model: str
    prompt_sha256: str
    note: str = ""
    absent: str = ""
    agrees: bool | None = None


class Rating(Value):
    """One competency. rating None means insufficient evidence, which is an outcome and not a low score.
    rating = 1 + 4 * score / 100, rounded half up; score 0, 50, 100 are the low, medium and high anchors."""

    competency_id: str
    name: str
    rating: int | None = Field(None, ge=1, le=5)
    score: float | None = Field(None, ge=0, le=100)
    confidence: Confidence = "low"
    reason: str = ""
    evidence: tuple[TurnEvidence, ...] = ()
    missing: tuple[ProbeSeeks, ...] = ()
    second: SecondRating | None = None


class MustHave(Value):
    """What a candidate said to a plain check of the plan ("Do you hold ...?"). `unknown` is never "no": it is all that
    was not a plain yes or no. `requirement_id` None: a check that a person wrote for no requirement. `quote` is
    verbatim in turn `turn` (0-based), or empty; seconds as in Turn."""

    question_id: str
    requirement_id: str | None = None
    status: Literal["met", "not_met", "unknown"]
    reason: str
    quote: str = ""
    turn: int | None = None
    start: float | None = None
    end: float | None = None


class Scorecard(Value):
    """The judgement of one interview. `not_assessed` names competencies without a rating, shown first. `must_haves`:
    what was said to the plan's checks; they are no part of the score."""

    id: str
    recommendation: Recommendation
    reason: str
    overall: float | None = Field(None, ge=0, le=100)
    not_assessed: tuple[str, ...] = ()
    competencies: tuple[Rating, ...] = ()
    must_haves: tuple[MustHave, ...] = ()
    flags: tuple[Flag, ...] = ()
    versions: dict[str, str] = {}


class Person(Value):
    """A human being who acts. With `user_id`, the person of that account, who has proven to be it; else by the name
    they gave. `key`: the API key they came in with.

    Only `api.security` makes one, of an account or of a name that somebody stated: code has no name to act in."""

    name: str = Field(min_length=1, max_length=200)
    key: str = ""
    user_id: str = ""

    @property
    def signature(self) -> str:
        """As it stands beside a decision: whether it was proven shows."""
        if self.user_id:
            return f"{self.name} (account)"
        return f"{self.name} (key: {self.key})" if self.key else self.name


class HumanRating(Value):
    """A person's own rating of one competency. rating None: not enough to tell. `foyer`: what Foyer had rated when the
    person saw it; where the two differ, `code` and `text` say why."""

    competency_id: str
    name: str
    rating: int | None = Field(None, ge=1, le=5)
    foyer: int | None = Field(None, ge=1, le=5)
    code: str = ""
    text: str = ""


class HumanReview(Value):
    """One reviewer's final ratings. `blind`: they had rated before they saw Foyer's; else they looked first."""

    reviewer: str
    at: datetime
    blind: bool
    ratings: tuple[HumanRating, ...]


class HumanResult(Value):
    """What people made of an interview, beside the Scorecard and never in its place. `ratings`: of several reviewers
    the mean, halves up, of those who could tell; overall and recommendation by the Scorecard's own arithmetic."""

    recommendation: Recommendation
    reason: str
    overall: float | None = Field(None, ge=0, le=100)
    ratings: tuple[HumanRating, ...]
    reviews: tuple[HumanReview, ...]


class AssessmentResult(Value):
    """What a downstream system receives. `id` is stable over retries and is the receiver's idempotency key. Of a
    candidate who withdrew it hears only that they did: no scorecard, no transcript; of one who had their recording
    deleted, that copies of it must be deleted too. A person's final rating comes as a
    result of its own, `assessment.reviewed`; the earlier one stays as it was sent.

    Of an application's results the highest `revision` stands; `supersedes` is the id of the one sent before. `basis`:
    which interview this is, where there were two or an earlier one was used with consent."""

    id: str
    type: Literal[
        "assessment.completed", "assessment.reviewed", "assessment.withdrawn", "assessment.recording_deleted"
    ] = "assessment.completed"
    created_at: datetime
    organisation_id: str
    job: dict[str, Any]
    candidate: dict[str, Any]
    application_id: str
    external_id: str | None = None
    screening: ScreeningResult | None = None
    scorecard: Scorecard | None = None
    transcript: tuple[Turn, ...] = ()
    report_url: str
    """The page, behind a sign-in."""
    report_pdf_url: str = ""
    """The same as PDF, behind a sign-in; empty where none is made: hand on `report_url`."""
    revision: int = 1
    human: HumanResult | None = None
    supersedes: str | None = None
    basis: str = ""


# ---------------------------------------------------------------- engines' small change


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message for a LanguageModel."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the other side answered. `reference` is its id for what it took."""

    reference: str
    detail: str = ""
    status: int | None = None
