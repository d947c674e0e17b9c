"""The error tree. Raised by every layer, turned into one HTTP body by `api.app`, into one stderr line by `api.cli`.

FoyerError                    500  error                retry no
|- BadRequest                 400  bad_request          the request cannot be carried out as it stands
|- Unauthorized               401  unauthorized
|- Forbidden                  403  forbidden
|- NotFound                   404  not_found
|- Conflict                   409  conflict
|  `- Suspended               409  suspended            a person has stopped automated processing, until one resumes it
|- Gone                       410  gone
|- TooLarge                   413  too_large
|- Unsupported                415  unsupported
|- TooMany                    429  too_many
|- Unprocessable              422  invalid              well-formed, and not fit for use: the detail says what to change
|- UnreadableDocument         400  unreadable_document  nothing usable in the file (422 stays for malformed payloads)
|- NoSpace                    507  no_space             the disk takes nothing more: somebody must make room
|- Busy                       503  busy                 the database is locked by another program
|- EngineError                503  engine               retry yes/no, the cause kept by `raise ... from`
`- PushRejected               502  push_rejected        408, 425, 429, 5xx, network: retry; other 4xx: no; 410: disable
"""

from __future__ import annotations

from typing import Any


class FoyerError(Exception):
    """Base of every error we raise on purpose. `detail` is one sentence that tells a person what to do."""

    status = 500
    code = "error"

    def __init__(self, detail: str, *, retry: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.retry = retry

    def __reduce__(self) -> tuple[Any, ...]:
        """Keyword-only arguments do not survive pickle's default; errors cross process borders (`models.child`)."""
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(kind: type[FoyerError], args: tuple[Any, ...], state: dict[str, Any]) -> FoyerError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


class BadRequest(FoyerError):
    status = 400
    code = "bad_request"


class Unauthorized(FoyerError):
    status = 401
    code = "unauthorized"


class Forbidden(FoyerError):
    status = 403
    code = "forbidden"


class NotFound(FoyerError):
    status = 404
    code = "not_found"


class Conflict(FoyerError):
    status = 409
    code = "conflict"


class Suspended(Conflict):
    code = "suspended"


class Gone(FoyerError):
    status = 410
    code = "gone"


class TooLarge(FoyerError):
    status = 413
    code = "too_large"


class Unsupported(FoyerError):
    status = 415
    code = "unsupported"


class TooMany(FoyerError):
    status = 429
    code = "too_many"


class Unprocessable(FoyerError):
    status = 422
    code = "invalid"


class UnreadableDocument(FoyerError):
    """Nothing usable in a file. `reason` is a stable word: empty, encrypted, corrupt, no_text, scan, too_big,
    timeout, unsupported, infected, held (the virus scanner gave no verdict yet); `detail` names the file and says what
    would help."""

    status = 400
    code = "unreadable_document"

    def __init__(self, detail: str, *, reason: str, retry: bool = False) -> None:
        super().__init__(detail, retry=retry)
        self.reason = reason


class Busy(FoyerError):
    """Another program holds the database's write lock for longer than anybody waits. What was saved before is kept."""

    status = 503
    code = "busy"

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"The database was busy for {seconds:g} seconds, and nothing of this was saved. Try again in a moment. "
            "If it stays so, its operator should look for a program that holds foyer.db open.",
            retry=True,
        )


class NoSpace(FoyerError):
    """The disk is full, or broken. What was saved before is kept."""

    status = 507
    code = "no_space"

    def __init__(self) -> None:
        super().__init__(
            "Nothing can be saved: the disk of this service is full. What was saved before is kept. Try again when its "
            "operator has made room.",
            retry=True,
        )


class EngineError(FoyerError):
    """An engine (recogniser, voice, encoder, mail server ...) failed. `retry` says whether trying again can help."""

    status = 503
    code = "engine"


class PushRejected(FoyerError):
    """A downstream system did not take a result. `disable` is set on 410: the endpoint wants no more.
    `retry_after` is the receiver's own wish, seconds. `unsure`: it may have arrived, and must be looked for before
    it is sent again. `scope`: the credentials are the trouble, so a person has to mend them."""

    status = 502
    code = "push_rejected"

    def __init__(
        self,
        detail: str,
        *,
        retry: bool = False,
        disable: bool = False,
        retry_after: float | None = None,
        unsure: bool = False,
        scope: bool = False,
        answered: int | None = None,
    ) -> None:
        super().__init__(detail, retry=retry)
        self.disable, self.unsure, self.scope = disable, unsure, scope
        self.retry_after = retry_after
        self.answered = answered
        """The status that came back; None: no answer."""
