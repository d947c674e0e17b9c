"""What passes between Foyer and other people's systems, in words that are nobody's in particular. Connectors
(`integrations/*`) turn a vendor's messages into these and these into a vendor's messages; `api` keeps them.

An ATS lists AssessmentPackages, sends an AssessmentOrder, gets an AssessmentResult (`models.values`); people and
openings arrive as CandidateIntake and JobIntake, what became of somebody as Outcome.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import Field, field_validator

from models.values import AssessmentResult, Value

# ---------------------------------------------------------------- people, openings, what became of them

_TURNING = frozenset("\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff")
"""Signs that turn or hide the letters after them: "cv\u202efdp.exe" would be shown as "cvexe.pdf"."""
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_PART, _LABEL = 150, 300


def label_of(name: str) -> str:
    """What a file is called when it is shown or handed on, from whatever its sender called it. Nothing is ever written
    under this name; it is made harmless for whoever saves the file under it: no path that leads up, no drive or stream,
    no device, no invisible or turning signs, not over-long."""
    parts = [_label(part) for part in re.split(r"[\\/]", name) if part not in ("", ".", "..")]
    return "/".join(part for part in parts if part)[-_LABEL:] or "unnamed"


def _label(part: str) -> str:
    shown = "".join(
        c
        for c in unicodedata.normalize("NFC", part)
        if unicodedata.category(c) not in ("Cc", "Cs") and c not in _TURNING
    )
    shown = shown.replace(":", "_").strip()
    if len(shown) > _PART:
        stem, dot, extension = shown.rpartition(".")
        kept = dot + extension if len(extension) < 10 else ""
        shown = (stem if kept else shown)[: _PART - len(kept)] + kept
    return f"_{shown}" if _DEVICE.match(shown) else shown


class Cursor(Value):
    """Where reading stopped; its content is the connector's own."""

    token: str


class Answer(Value):
    """To a question of the application form. It outranks what a resume seems to say."""

    question: str
    answer: str


class CandidateIntake(Value):
    """A person and their file, as another system hands them over. Without `content` there was no file. `source`: how
    the other system says they came (a career site, a referral), `origin`: how they came to be there at all.

    Sex, age, citizenship and the like have no field: a connector leaves them out."""

    filename: str = ""
    content: bytes = b""
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    external_id: str | None = None
    """Of the application; for a person without one (a talent pool), of the person."""
    source: str = "upload"
    origin: Literal["application", "referral", "sourced", "pool", "upload"] = "application"
    remote_candidate_id: str | None = None
    remote_job_id: str | None = None
    """The opening, or the pool or list whose members are screened for a job."""
    applied_at: datetime | None = None
    profile_url: str = ""
    stage: str = ""
    answers: tuple[Answer, ...] = ()
    ordered: bool = False
    """A person there has asked for the interview, by a stage or an export: it is held whatever the threshold."""

    @field_validator("filename")
    @classmethod
    def _harmless(cls, filename: str) -> str:
        return label_of(filename) if filename else ""


class JobIntake(Value):
    """An opening, or a pool of people, in another system. `text`: what is advertised, plain; empty where the system
    does not hold it."""

    remote_id: str
    title: str
    text: str = ""
    url: str = ""
    open: bool = True
    kind: Literal["job", "pool"] = "job"


OutcomeKind = Literal["stage", "hired", "rejected", "withdrew", "undone", "erased", "merged"]


class Outcome(Value):
    """What became of somebody, as their system says. `erased` and `merged` are about the person, the others about one
    application. `stage` and `reason` are the system's own words; `into`: who the person is now, for `merged`."""

    kind: OutcomeKind
    at: datetime
    remote_application_id: str | None = None
    remote_candidate_id: str | None = None
    remote_job_id: str | None = None
    stage: str = ""
    reason: str = ""
    into: str | None = None
    title: str = ""
    """For those who are told: the opening, as it is called here, and who says so."""
    said_by: str = ""


# ---------------------------------------------------------------- assessments


class AssessmentPackage(Value):
    """What an ATS can order: the interview for one of our jobs. `id` is the job's, a UUID."""

    id: str
    name: str
    description: str = ""


class AssessmentOrder(Value):
    """An ATS asks to have somebody interviewed. `package_id` "": for the job that the person's opening is linked to.
    `key`: the same order sent twice is one. `reply_to`: the address that wants to be told, where the ATS gives one.
    `extra`: what the connector needs again to answer."""

    package_id: str
    key: str
    candidate: CandidateIntake
    ordered_by: str = ""
    resume_url: str = ""
    reply_to: str = ""
    extra: dict[str, str] = Field(default_factory=dict)


class Unusable(Value):
    """Something among what was read that cannot be used, such as a line of a file: for a person to see, once a key."""

    key: str
    problem: str


Item = CandidateIntake | JobIntake | Outcome | AssessmentOrder | Unusable
"""What a connector reads. An order among them: of a system whose call names only what to fetch to learn it."""


class OrderState(Value):
    """How an order stands. `link`: a page for the candidate, for systems that lead them to us: what happens next."""

    id: str
    state: Literal["open", "started", "completed", "cancelled"]
    result: AssessmentResult | None = None
    link: str = ""
    again: bool = False
    """The same order had been sent before."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where in the other system something belongs: its own ids, "" where there is none. `ours`: our id of the order,
    which the other system names it by. `extra`: of the order or the application; "pool": the pool there that this
    application came out of."""

    candidate: str = ""
    application: str = ""
    job: str = ""
    order: str = ""
    extra: Mapping[str, str] = field(default_factory=dict)
    ours: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A result on its way to one system. `mapping`: the customer's choices (`Choice`), by the connector's own keys.
    `pdf`: the report, where this server makes PDFs and the connector wants one."""

    result: AssessmentResult
    target: Target
    mapping: Mapping[str, str]
    pdf: bytes | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's decision that the other system is to carry out. Off unless the customer allowed it."""

    kind: Literal["advance", "reject"]
    target: Target
    mapping: Mapping[str, str]
    person: str
    reason: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Handover:
    """Somebody who came another way and is to exist in the ATS: person and application with their source."""

    candidate: CandidateIntake
    job: str
    """The opening's id there."""
    mapping: Mapping[str, str]
    key: str
    url: str = ""
    """Our page about them."""


# ---------------------------------------------------------------- HTTP, as values


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a multipart form."""

    filename: str
    content: bytes
    media_type: str = "application/pdf"


@dataclass(frozen=True, slots=True)
class Request:
    """One call. `path` is joined to the connection's base address, unless it is a whole address itself. One of `json`,
    `form` (with `files`: multipart) and `content` at most."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    json: Any = None
    form: Mapping[str, str] | None = None
    files: Mapping[str, Upload] | None = None
    content: bytes | None = None
    bare: bool = False
    """Sent without the connection's credentials: an address that carries its own, such as a file's."""


@dataclass(frozen=True, slots=True)
class Response:
    """What came back; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """None for an empty body. Raises ValueError for what is no JSON."""
        return json.loads(self.body) if self.body.strip() else None


References = Mapping[str, str]
"""Of writes that are done: name -> the other side's id."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """How to find out whether a write arrived: `pick` takes the answer to `request` and returns the other side's id of
    it, None where it is not there. `following`: the next page, None after the last."""

    request: Callable[[References], Request]
    pick: Callable[[Response], str | None]
    following: Callable[[Response], Request | None] = lambda _: None


@dataclass(frozen=True, slots=True)
class Write:
    """One thing done in the other system, once. `name` is unique among the writes of one message; `says` is what a
    person reads before it is made. After an answer that leaves it open whether it arrived, `found` is asked before it
    is made again; `look_first`: also before it is made at all (a person who may exist already). A write without
    `found` can be repeated without harm.

    `prepares`: names the write that needs this one (a place to upload to). Its reference lasts for one attempt and is
    kept nowhere; it is made with every attempt, until the write that it prepares is done."""

    name: str
    says: str
    request: Callable[[References], Request]
    found: Lookup | None = None
    reference: Callable[[Response], str] = lambda _: ""
    look_first: bool = False
    prepares: str = ""


@dataclass(frozen=True, slots=True)
class Inbound:
    """A call that another system makes to us. `path`: what follows the connection's own address. `body`: as sent."""

    method: str
    path: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    now: datetime


@dataclass(frozen=True, slots=True)
class Reply:
    """Our answer. `json` None: an empty body."""

    status: int = 200
    json: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


# ---------------------------------------------------------------- what a connector says of itself

Sureness = Literal["documented", "second hand", "from public code", "unverified"]
"""How we know: the vendor's own documents or a published vector; another vendor's; code in use; from memory."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Something to type in when connecting. `secret`: kept sealed, never shown again. `listed`: the connection test
    says what it can be, so it may be missing until then."""

    key: str
    label: str
    help: str = ""
    secret: bool = False
    required: bool = True
    default: str = ""
    listed: bool = False


@dataclass(frozen=True, slots=True)
class Mapped:
    """Something of the customer's that has to be chosen: a stage, a status, a reason. `choices`: which list of
    `Connector.choices` it is chosen from; empty: typed. `several`: any number of them, kept with commas between."""

    key: str
    label: str
    choices: str = ""
    required: bool = False
    several: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    id: str
    label: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of a connection test. `cure`: what to do, naming the scope, the key or the address."""

    ok: bool
    what: str
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connector can do. Of each: how surely, or None for not at all."""

    jobs: Sureness | None = None
    candidates: Sureness | None = None
    orders: Sureness | None = None
    webhooks: Sureness | None = None
    score: Sureness | None = None
    text: Sureness | None = None
    pdf: Sureness | None = None
    create: Sureness | None = None
    decide: Sureness | None = None
    outcomes: Sureness | None = None
    erasure: Sureness | None = None
    tell: Sureness | None = None
    """Hears what became of people it sent."""


@dataclass(frozen=True, slots=True)
class About:
    """`vendor`: the key in addresses and commands. `base_url`: may hold {settings}. `register`: what the customer has
    to enter on the vendor's side, with {url} for our address and {callback} for where a sign-in there leads back to."""

    vendor: str
    name: str
    kind: Literal["ats", "crm", "any"]
    base_url: str
    settings: tuple[Setting, ...]
    can: Capabilities
    mapped: tuple[Mapped, ...] = ()
    register: tuple[str, ...] = ()
    per_second: float | None = None
    """Calls a second that the vendor allows."""
