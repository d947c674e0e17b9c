"""The one-time code: it goes to the address in the application, so that a forwarded link opens nothing.

Looking at the candidate's page needs no code. Starting, withdrawing and seeing personal data do, once a browser: the
right code leaves a signed cookie. Where no address is known, or no mail arrives, a recruiter makes a code and hands it
on.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

import structlog
from fastapi import Request
from fastapi.responses import Response

from api import mailing, texting
from api.deps import App, give_cookie
from api.security import PROOF_COOKIE, ROOM_COOKIE, SESSION_SECONDS, digest
from integrations.letters import code as code_letter
from models.errors import BadRequest, EngineError
from models.records import EntryCode, Interview
from models.store import Store
from models.store.visits import CODE_TRIES, Tried

log = structlog.get_logger("foyer.entry")

DIGITS = 6
MAIL_MINUTES = 15
HANDED = timedelta(hours=24)
"""A person may reach the candidate only tomorrow; five tries at a million codes are as few then as now."""
UNMISTAKABLE = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
WAYS = {
    "mail": "opened with a code sent to the application's e-mail address",
    "person": "opened with a code that the employer handed on",
}
BY_TELEPHONE = "by telephone, with the code from the invitation; consent was spoken, or given with a key"
NO_CODE = "opened by link, without a code"


def proven(request: Request, app: App, interview: Interview) -> bool:
    """Whether this browser belongs to the candidate, as far as we ask for it."""
    if not app.settings.voice.code:
        return True
    session = request.cookies.get(ROOM_COOKIE)
    if session is not None and digest(session) == interview.session_hash:
        return True
    return app.signer.is_proof(request.cookies.get(PROOF_COOKIE, ""), interview)


def remember(answer: Response, app: App, interview: Interview) -> None:
    """The right code was entered in the browser that gets this answer."""
    give_cookie(answer, app, PROOF_COOKIE, app.signer.proof_cookie(interview), seconds=SESSION_SECONDS)


def masked(address: str) -> str:
    """Enough to know one's own address by."""
    local, _, domain = address.partition("@")
    return f"{local[:1]}•••@{domain}" if local and domain else ""


def mail_code(app: App, interview: Interview) -> None:
    """Send a fresh code at once: it would be stale after a night in a queue. Raises TooMany (too often), BadRequest (no
    usable address), EngineError (the mail server did not take it)."""
    with app.database.reading() as store:
        who = mailing.invited(app, store, interview)
    digits, mark = _digits(), "".join(secrets.choice(UNMISTAKABLE) for _ in range(4))
    message = code_letter(who, digits, mark, minutes=MAIL_MINUTES, key=secrets.token_hex(16), now=app.now)
    with app.database.reading() as store:
        message = mailing.dressed(store, interview.organisation_id, message)
    _keep(app, interview, digits, mark, "mail", timedelta(minutes=MAIL_MINUTES))
    with app.database.reading() as store:
        case = store.application(interview.organisation_id, interview.application_id)
    texting.send_code(app, case, who, digits)
    try:
        app.engines.mailer.send(message)
    except EngineError as error:
        log.error("code.not_sent", interview=interview.id, detail=error.detail)
        raise EngineError("The code could not be sent just now. Try again in a minute.", retry=True) from error


def hand_out(app: App, organisation_id: str, interview_id: str) -> tuple[str, EntryCode]:
    """For a recruiter to pass on; shown once. It opens what the candidate's link leads to: the newest interview."""
    with app.database.reading() as store:
        interview = store.interview(organisation_id, interview_id)
        interview = store.interview_of(organisation_id, interview.application_id) or interview
    digits = _digits()
    return digits, _keep(app, interview, digits, "", "person", HANDED)


def employer_may_look(app: App, interview: Interview) -> bool:
    """Whether people of the employer could open this page as well as the candidate: by a code that was handed on, or
    because none is asked for. What they must not see is not shown then."""
    if not app.settings.voice.code:
        return True
    with app.database.reading() as store:
        held = store.interviews_of(interview.organisation_id, interview.application_id)
        codes = [code for one in held for code in store.codes(interview.organisation_id, one.id)]
    return any(code.by == "person" and code.used_at is not None for code in codes)


def last_sent(store: Store, interview: Interview) -> EntryCode | None:
    """The newest code that went out by mail."""
    sent = [code for code in store.codes(interview.organisation_id, interview.id) if code.by == "mail"]
    return sent[-1] if sent else None


def counts(app: App, code: EntryCode) -> bool:
    """Whether it can still be entered."""
    return code.used_at is None and code.expires_at > app.now and code.tries < CODE_TRIES


def try_code(app: App, interview: Interview, entered: str) -> Tried:
    """Raises BadRequest for what is no code at all, which costs no try."""
    digits = "".join(entered.split()).replace("-", "")
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdecimal()):
        raise BadRequest(f"The code has {DIGITS} digits. Copy it from the message.")
    with app.database.store() as store:
        hashed = app.signer.code_hash(interview.id, digits)
        return store.try_code(interview.organisation_id, interview.id, hashed, app.now)


def way_in(store: Store, interview: Interview) -> str:
    """How the candidate showed who they are, for the report."""
    if store.called(interview.organisation_id, interview.id):
        return BY_TELEPHONE
    used = [code for code in store.codes(interview.organisation_id, interview.id) if code.used_at is not None]
    return WAYS[used[-1].by] if used else NO_CODE


def _digits() -> str:
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"


def _keep(app: App, interview: Interview, digits: str, mark: str, by: str, life: timedelta) -> EntryCode:
    with app.database.store() as store:
        return store.add_code(
            interview.organisation_id,
            interview.id,
            hash=app.signer.code_hash(interview.id, digits),
            mark=mark,
            by=by,
            now=app.now,
            expires=app.now + life,
        )
