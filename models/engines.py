"""Every protocol an engine can fit, and the two currencies, `Pcm` and `Vectors`.

Rules for all of them but `MediaRoom`: every method blocks, the caller owns the thread or the process; no engine
retries, logs, counts or caches by itself (wrappers in `api.wiring` do); an engine raises only `EngineError(retry=...)`;
heavy imports happen in constructors. Concrete engines are named in `api.wiring` alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from models.exchange import (
    About,
    AssessmentOrder,
    AssessmentPackage,
    CandidateIntake,
    Choice,
    Cursor,
    Decision,
    Finding,
    Handover,
    Inbound,
    Item,
    OrderState,
    Outcome,
    Outgoing,
    Reply,
    Request,
    Response,
    Target,
    Write,
)
from models.values import AssessmentResult, Heard, Message, Receipt

Vectors = NDArray[np.float32]
"""(n, dim) float32, unit rows."""
Vector = NDArray[np.float32]
"""(dim,) float32, unit length."""
Samples = NDArray[np.int16]
"""(n,) int16, mono."""


@dataclass(frozen=True, slots=True)
class Pcm:
    """The only audio currency: int16 little-endian mono at `rate` Hz."""

    data: bytes
    rate: int = 16_000

    @property
    def seconds(self) -> float:
        return len(self.data) / 2 / self.rate

    @property
    def samples(self) -> Samples:
        return np.frombuffer(self.data, dtype="<i2")


@dataclass(frozen=True, slots=True)
class TurnView:
    """What a turn detector may look at: the words so far in this answer and/or the last 8 s of its audio."""

    text: str
    audio: Pcm | None = None


class Embedder(Protocol):
    """Text to unit vectors. Same text, same bytes out, whatever its batch mates (fp32 to 1e-5)."""

    @property
    def name(self) -> str: ...
    @property
    def dim(self) -> int: ...
    def embed(self, texts: Sequence[str]) -> Vectors: ...


class VectorIndex(Protocol):
    """Nearest neighbours by cosine. `put` on a known id replaces; `drop` of an unknown id is no error."""

    def put(self, ids: Sequence[str], vectors: Vectors) -> None: ...
    def drop(self, ids: Sequence[str]) -> None:
        """Erasure must reach here: a dropped vector is gone from memory and disk, not merely hidden."""

    def nearest(self, vector: Vector, k: int) -> list[tuple[str, float]]:
        """At most k (id, cosine), best first; ties by id."""


class VoiceDetector(Protocol):
    """Speech probability of one frame. It has state: one object a session, `reset` between answers."""

    @property
    def rate(self) -> int:
        """Samples a second it expects."""

    @property
    def frame(self) -> int:
        """Samples a frame it expects."""

    def speech(self, frame: Samples) -> float:
        """Probability in 0..1 for exactly `frame` samples."""

    def reset(self) -> None: ...


class SpeechToText(Protocol):
    """One span of speech to words. Times in `Heard` are seconds from the start of `audio`. Empty text is an answer.
    `languages`: what it hears, ISO 639-1. `prompt`: words that it may expect."""

    @property
    def name(self) -> str: ...
    @property
    def languages(self) -> frozenset[str]: ...
    def transcribe(self, audio: Pcm, *, language: str | None = None, prompt: str = "") -> Heard: ...


class TurnDetector(Protocol):
    """Does this answer sound finished?"""

    @property
    def name(self) -> str: ...
    def p_complete(self, so_far: TurnView) -> float:
        """Probability in 0..1 that the speaker has finished."""


class TextToSpeech(Protocol):
    """Text to speech in chunks that carry their own rate. `languages`: what it speaks, ISO 639-1."""

    @property
    def name(self) -> str: ...
    @property
    def languages(self) -> frozenset[str]: ...
    def synthesize(self, text: str, *, language: str) -> Iterator[Pcm]: ...


@dataclass(frozen=True, slots=True)
class Sound:
    """What a room's microphone gave. `at`: the second, on the event loop's clock, of its first sample."""

    audio: Pcm
    at: float


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a telephone: 0 to 9, * or #."""

    key: str


@dataclass(frozen=True, slots=True)
class Words:
    """A message of the page at the other end, as `interview.events` has them."""

    text: str


Signal = Sound | Key | Words


class MediaRoom(Protocol):
    """One person at the other end of a line that somebody else carries: WebRTC, a telephone. Audio is 16 kHz both ways.
    The only engine that belongs to an event loop: nothing in it blocks."""

    @property
    def name(self) -> str: ...
    async def receive(self) -> Signal | None:
        """The next thing that comes; None once the other end is gone, or `close` was called. May be cancelled."""

    async def play(self, audio: Pcm) -> None:
        """Returns when there is room for more, a fifth of a second before this is heard to its end."""

    async def played(self) -> None:
        """Until all that was handed over has been heard."""

    def clear(self) -> None:
        """What was handed over and is not heard yet never will be."""

    async def tell(self, text: str) -> None:
        """To the page at the other end, if there is one."""

    async def close(self) -> None:
        """Hang up. Again is no error."""


class LanguageModel(Protocol):
    """A chat model that answers with one JSON object of the given JSON Schema."""

    @property
    def name(self) -> str: ...
    def complete(self, messages: Sequence[Message], *, schema: Mapping[str, object]) -> dict[str, object]: ...


class Mailer(Protocol):
    """Hands one message to a mail system. Receipt.reference is the system's id of it."""

    @property
    def name(self) -> str: ...
    def send(self, message: EmailMessage) -> Receipt: ...


class Texter(Protocol):
    """Hands one text message to a gateway. `to` is a number as E.164; the same `id` is the same message."""

    @property
    def name(self) -> str: ...
    def send(self, to: str, text: str, *, id: str) -> Receipt:
        """Raises EngineError, PushRejected."""


class ResultSink(Protocol):
    """An ATS, or a plain webhook. Raises PushRejected; the same result pushed twice must carry the same id."""

    @property
    def name(self) -> str: ...
    def push(self, result: AssessmentResult) -> Receipt: ...


class CandidateSource(Protocol):
    """An ATS, a CRM, a folder: people and their resumes since a cursor."""

    @property
    def name(self) -> str: ...
    def candidates(self, since: Cursor | None) -> Iterator[CandidateIntake]: ...


class Service(Protocol):
    """Another system, reached with one connection's credentials."""

    def send(self, request: Request) -> Response:
        """One exchange, answered below 400. Raises PushRejected: what it says of `retry` and `unsure` decides what
        happens next."""


class Desk(Protocol):
    """Our side of what an ATS calls: what a connector may ask of Foyer, and hand to it, while it answers a call."""

    def packages(self) -> list[AssessmentPackage]: ...
    def order(self, order: AssessmentOrder) -> OrderState:
        """Kept; the same key again is the same order. Raises NotFound for a package that is not offered."""

    def status(self, order_id: str) -> OrderState:
        """Raises NotFound."""

    def cancel(self, order_id: str, reason: str) -> OrderState:
        """Raises NotFound; Conflict when the interview is over."""

    def keep(self, key: str, event: Mapping[str, object]) -> bool:
        """An event, to be read (`Connector.read`) in a moment; False: `key` was kept before. It is safe when this
        returns, so answer then. Events are read in the order they came."""

    def settle(self, settings: Mapping[str, str]) -> None:
        """Settings that the other side hands over itself, such as a customer's credentials; the others stay."""

    def report_error(self, what: str, detail: str) -> None:
        """The other side could not use an answer of ours: for a person to see."""


class Connector(Protocol):
    """One vendor's system, ours <-> theirs. Made for one connection, whose settings and mapping it holds. It keeps no
    state, and neither retries nor waits: `api` does."""

    @property
    def about(self) -> About: ...

    def serve(self, inbound: Inbound, desk: Desk) -> Reply:
        """A call of theirs. Raises Unauthorized before anything else where signature or key is wrong, NotFound for a
        path that is not served, BadRequest for a body that cannot be used."""

    def read(self, event: Mapping[str, object], service: Service) -> Iterator[Item]:
        """What an event that was kept says, fetched anew where it holds ids alone or is not covered by a signature."""

    def person(self, order: AssessmentOrder, service: Service) -> CandidateIntake:
        """Whom an order is about, fetched where it names them by id alone."""

    def poll(self, since: Cursor | None, service: Service, jobs: Sequence[str]) -> Iterator[Item | Cursor]:
        """What is new, oldest first where the system can; from time to time a Cursor to go on from. None: all there
        is. `jobs`: the openings and pools whose people are wanted; openings themselves are always told."""

    def writes(self, outgoing: Outgoing) -> Sequence[Write]: ...
    def decide(self, decision: Decision) -> Sequence[Write]: ...
    def create(self, handover: Handover) -> Sequence[Write]:
        """Two writes, "candidate" and "application", whose references are the other side's ids; both look first."""

    def tell(self, outcome: Outcome, target: Target, mapping: Mapping[str, str]) -> Sequence[Write]:
        """What became of somebody that this system sent us."""

    def check(self, service: Service) -> Iterator[Finding]:
        """What a connection test finds, each missing scope, key and address by itself."""

    def choices(self, service: Service) -> Mapping[str, Sequence[Choice]]:
        """The customer's stages, statuses, reasons, users ... by `Mapped.choices`."""


Paper = Literal["A4", "Letter"]


class Printer(Protocol):
    """A self-contained HTML page to PDF."""

    @property
    def name(self) -> str: ...
    @property
    def why_not(self) -> str:
        """Why this machine makes no PDFs, as far as can be told without trying; empty where it should."""

    def pdf(self, html: str, paper: Paper) -> bytes:
        """Raises EngineError, also where the fonts here lack a letter of the page."""


class Clock(Protocol):
    """Time comes from here. Seconds since the epoch, UTC."""

    def now(self) -> float: ...


BLIND = "1."
"""How that begins which `Seal.blind` gives; what was looked for before there was a key does not."""


class Seal(Protocol):
    """The one seam for personal data at rest: columns (`Sealed`) and files (`Files`). `subject` names whose it is."""

    def seal(self, clear: bytes, *, subject: str) -> bytes:
        """Raises NotFound for somebody who was erased."""

    def is_newest(self, sealed: bytes, subject: str) -> bool:
        """Is it sealed as it would be now for this subject? The beginning of it is enough."""

    def prepare(self, subjects: Sequence[str]) -> None:
        """Several new people are about to be written of: what they need is made in one go, which is faster."""

    def expect(self, subjects: Sequence[str]) -> None:
        """What was sealed for these is about to be unsealed: what that needs is fetched in one go, which is faster."""

    def destroy(self, subject: str) -> None:
        """What was sealed for them can never be unsealed again. Again is no error."""

    def unseal(self, sealed: bytes) -> bytes:
        """Raises NotFound where the person was erased, EngineError where it was sealed under keys that are not here."""

    def blind(self, digest: str, *, organisation_id: str) -> str:
        """Of the sha256 (hex) of something that is looked for without being read, what is kept: 64 characters at most,
        of the organisation alone."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A subject's key as it lies there, encrypted under the master key called `master`. Empty `wrapped`: destroyed, and
    `subject` says only so much that it is never made anew."""

    id: str
    subject: str
    version: int
    master: str
    wrapped: bytes


class KeyStore(Protocol):
    """Where wrapped keys lie, apart from what they open. Whatever a method has returned from is durable."""

    def close(self) -> None: ...
    def is_empty(self) -> bool: ...
    def around(self, id: str) -> list[WrappedKey]:
        """The key of this id, if there is one, and some that were made after it."""

    def newest(self, subject: str) -> WrappedKey | None:
        """Its key of the highest version; a destroyed one where the subject is gone."""

    def of(self, subjects: Sequence[str]) -> list[WrappedKey]:
        """Every key of these that is not destroyed, the newest of each last."""

    def add(self, keys: Sequence[WrappedKey]) -> list[WrappedKey]:
        """Kept together; where another process was first with a subject and version, theirs."""

    def others(self, master: str, limit: int) -> list[WrappedKey]:
        """Keys that are wrapped under another master key."""

    def rewrap(self, keys: Sequence[WrappedKey]) -> None:
        """As they are given, where they were not destroyed meanwhile."""

    def destroy(self, subject: str) -> None:
        """For good: overwritten, and never made anew. Again, or of an unknown subject, is no error."""

    def any_destroyed(self) -> bool: ...
    def destroyed(self, among: Sequence[str]) -> list[str]:
        """Subjects whose keys were."""
