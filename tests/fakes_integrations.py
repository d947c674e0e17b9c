"""Stand-ins for other people's systems: shipped, scripted, without a network. Each passes the contract of its protocol
in tests/contract."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from email.message import EmailMessage

from models.errors import EngineError, PushRejected
from models.exchange import CandidateIntake, Cursor
from models.values import AssessmentResult, Receipt


class FakeMailer:
    """Keeps what it is sent. `failures` are raised first, one a call; None lets a call through."""

    name = "fake mail"

    def __init__(self, failures: Sequence[EngineError | None] = ()) -> None:
        self.sent: list[EmailMessage] = []
        self._failures = list(failures)

    def send(self, message: EmailMessage) -> Receipt:
        if not message["Message-ID"] or not message["Date"]:
            raise EngineError("A message needs Message-ID and Date.")
        if self._failures and (failure := self._failures.pop(0)) is not None:
            raise failure
        self.sent.append(message)
        return Receipt(reference=str(message["Message-ID"]))


class FakeResultSink:
    """Takes each id once and remembers every attempt. `failures` are raised first, one a call; None lets it through."""

    name = "fake sink"

    def __init__(self, failures: Sequence[PushRejected | None] = ()) -> None:
        self.attempts: list[AssessmentResult] = []
        self.accepted: dict[str, AssessmentResult] = {}
        self._failures = list(failures)

    def push(self, result: AssessmentResult) -> Receipt:
        self.attempts.append(result)
        if self._failures and (failure := self._failures.pop(0)) is not None:
            raise failure
        self.accepted[result.id] = result
        return Receipt(reference=result.id, status=200)


class FakeCandidateSource:
    """Offers what it was given, in that order. With a cursor, what comes after the entry whose external_id it names."""

    name = "fake source"

    def __init__(self, people: Sequence[CandidateIntake]) -> None:
        self._people = list(people)

    def candidates(self, since: Cursor | None) -> Iterator[CandidateIntake]:
        seen = since is None or all(person.external_id != since.token for person in self._people)
        for person in self._people:
            if seen:
                yield person
            elif since is not None and person.external_id == since.token:
                seen = True
