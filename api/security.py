"""Who may come in: people with accounts, API keys, browser sessions, and the candidate's signed single-use link and
room session.

An account says who somebody is. A key says which organisation somebody belongs to, not who they are: the name comes
with the sign-in, or with a program's request, and is believed. Without one nobody can rate or reject.

Only hashes of keys, links and sessions are stored. The signing secret lies in FOYER_HOME/secret.key (mode 600); whoever
deletes it voids every open link.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

from api import access
from api.schemas import one_line
from models.db import Database
from models.deeds import acts
from models.errors import BadRequest, Gone, NotFound, Unauthorized
from models.records import ApiKey, Interview, User
from models.store import Store
from models.store.accounts import SEEN_EVERY
from models.values import Person

RECRUITER_COOKIE = "foyer_recruiter"
ROOM_COOKIE = "foyer_room"
PROOF_COOKIE = "foyer_proof"
PERSON_HEADER = "foyer-person"
LONGEST_NAME = 200
SESSION_SECONDS = 12 * 3600
STATE_SECONDS = 600
"""That somebody may take to sign in to another system and agree there."""

CONSENT_VERSION = "2026-11-27"
CONSENT_TEXT = (
    "I know that I will talk to an automated interviewer. My voice is recorded and turned into text; my answers are "
    "rated against the job's published criteria, with quotes, for a person who decides. Leaving the page, pasted text, "
    "another voice and very even answers are noted for that person and not rated. I can stop at any time, type "
    "instead of speaking, or ask for an interview with a human."
)


def digest(secret: str) -> str:
    """What is stored of a high-entropy secret: its sha256, hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True)
class Recruiter:
    """An authenticated person or program on the employer's side."""

    organisation_id: str
    name: str
    key_id: str = ""
    """The API key they came in with: when it is revoked, its sessions end too. Empty: an account."""
    said: str = ""
    """The name of a person: of the account; else as stated at sign-in or in the request's PERSON_HEADER. Empty: nobody
    said."""
    browser: bool = False
    """A signed-in session, so somebody is looking; else a program with a key."""
    rights: frozenset[str] = frozenset()
    """The scopes of the account's role, or of the key they came in with (`api.access.SCOPES`)."""
    user_id: str = ""
    """The account they signed in to: then they are who they say. Empty: a key."""
    role: str = ""
    """Of the account or the key (`api.access.ROLES`)."""
    session_id: str = ""
    only_jobs: frozenset[str] | None = None
    """Ids of the jobs they may see, and nothing else (`api.confining`); None: all there are."""

    def sees(self, job_id: str) -> bool:
        return self.only_jobs is None or job_id in self.only_jobs

    @property
    def person(self) -> Person | None:
        if self.user_id:
            return Person(name=self.said, user_id=self.user_id)
        return Person(name=self.said, key=self.name) if self.said else None

    @property
    def credential(self) -> str:
        """The id of what they came in with: account or key."""
        return self.user_id or self.key_id

    @property
    def actor(self) -> str:
        """As it stands beside what they did."""
        return self.person.signature if self.person is not None else self.name

    def signing(self, typed: str) -> str:
        """`actor` for a form that asks a key's user for their name: whoever has an account is that person, whatever was
        typed. Empty where nobody is named."""
        name = person_named(typed)
        return self.actor if self.user_id else name and Person(name=name, key=self.name).signature


def person_named(text: str) -> str:
    """A stated name as it is kept: one line, 200 characters at most; empty where there is nothing to see."""
    return one_line(text)[:LONGEST_NAME].strip()


def person_here(text: str) -> Person | None:
    """Whoever may use the command line on this machine, by the name they state."""
    name = person_named(text)
    return Person(name=name) if name else None


def person_kept(name: str, key: str, user_id: str) -> Person:
    """Whoever confirmed something that is carried out later, as it was kept then."""
    return Person(name=name, key=key, user_id=user_id)


def kept_secret(home: Path, name: str, made: Callable[[], str] = lambda: secrets.token_urlsafe(48)) -> str:
    """The secret in this file of FOYER_HOME, made at the first call."""
    path = home / name
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        fresh = home / f".{name}.{os.getpid()}"
        fresh.touch(mode=0o600)
        fresh.write_text(made())
        try:
            os.link(fresh, path)  # of two processes that start together, one wins and both read the winner's
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


class Signer:
    """Signs links and cookies with the installation's own secret."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._links = URLSafeSerializer(secret, salt="foyer.interview-link")
        self._agencies = URLSafeSerializer(secret, salt="foyer.agency-link")
        self._accounts = URLSafeSerializer(secret, salt="foyer.account-link")
        self._proofs = URLSafeTimedSerializer(secret, salt="foyer.candidate-proof")
        self._states = URLSafeTimedSerializer(secret, salt="foyer.connect-state")

    @classmethod
    def from_home(cls, home: Path) -> Signer:
        return cls(kept_secret(home, "secret.key"))

    def key(self, purpose: str) -> bytes:
        """32 bytes for one purpose, the same for every process of the installation."""
        return hmac.new(self._secret, f"key:{purpose}".encode(), hashlib.sha256).digest()

    def link_token(self) -> str:
        """A fresh, unguessable invitation token. Its `digest` finds the interview."""
        token = self._links.dumps(secrets.token_urlsafe(24))
        return token if isinstance(token, str) else token.decode()

    def check_link(self, token: str) -> str:
        """The digest to look up. A forged token is refused before any query. Raises NotFound."""
        try:
            self._links.loads(token)
        except BadSignature:
            raise NotFound("This interview link is not valid. Please open the link from your e-mail again.") from None
        return digest(token)

    def account_token(self) -> str:
        """A fresh link to an account, as `link_token`."""
        token = self._accounts.dumps(secrets.token_urlsafe(24))
        return token if isinstance(token, str) else token.decode()

    def check_account_link(self, token: str) -> str:
        """The digest to look up. Raises NotFound."""
        try:
            self._accounts.loads(token)
        except BadSignature:
            raise NotFound("This link is not valid. Open it from your e-mail again, or ask for another.") from None
        return digest(token)

    def agency_token(self) -> str:
        """A fresh link for an agency, as `link_token`."""
        token = self._agencies.dumps(secrets.token_urlsafe(24))
        return token if isinstance(token, str) else token.decode()

    def check_agency_link(self, token: str) -> str:
        """The digest to look up. Raises NotFound."""
        try:
            self._agencies.loads(token)
        except BadSignature:
            raise NotFound("This link is not valid. Open it from the message you got it in again.") from None
        return digest(token)

    def code_hash(self, interview_id: str, code: str) -> str:
        """What is stored of a one-time code. Keyed: of a million codes a plain hash would be found by trying."""
        return hmac.new(self._secret, f"code:{interview_id}:{code}".encode(), hashlib.sha256).hexdigest()

    def proof_cookie(self, interview: Interview) -> str:
        """This browser entered the right code. Void with the link it came by."""
        value = self._proofs.dumps([interview.id, interview.link_hash])
        return value if isinstance(value, str) else value.decode()

    def is_proof(self, value: str, interview: Interview) -> bool:
        try:
            return bool(self._proofs.loads(value, max_age=SESSION_SECONDS) == [interview.id, interview.link_hash])
        except BadSignature:
            return False

    def connect_state(self, connection_id: str, recruiter: Recruiter) -> str:
        """Goes to another system and comes back with its code: who asked it to let us in, and for which connection."""
        value = self._states.dumps([connection_id, recruiter.organisation_id, recruiter.credential])
        return value if isinstance(value, str) else value.decode()

    def check_connect_state(self, value: str, connection_id: str, recruiter: Recruiter) -> None:
        """Whoever brings the code must be who asked for it: else somebody could lay their own account under our
        connection. Raises BadRequest."""
        try:
            said = self._states.loads(value, max_age=STATE_SECONDS)
        except BadSignature:
            raise BadRequest("This sign-in has expired or was not begun here. Begin it again.") from None
        if said != [connection_id, recruiter.organisation_id, recruiter.credential]:
            raise BadRequest("This sign-in was begun by somebody else, or for another connection. Begin it again.")


def recruiter_of_key(database: Database, clear: str) -> Recruiter:
    """Raises Unauthorized unless `clear` is a live API key."""
    with database.asking() as system:
        key = system.api_key(clear)
    if key is None:
        raise Unauthorized("This API key is not known or was revoked. Create one with: foyer keys create NAME")
    return _of_key(key)


def recruiter_of_user(user: User, jobs: frozenset[str] = frozenset()) -> Recruiter:
    """With what their role has now. `jobs`: those they were given, which count for a confined role."""
    return Recruiter(
        user.organisation_id,
        user.name,
        said=user.name,
        rights=access.rights(user.role, ()),
        user_id=user.id,
        role=user.role,
        only_jobs=jobs if user.role in access.CONFINED else None,
    )


def recruiter_of_cookie(database: Database, value: str, now: datetime) -> Recruiter:
    """Raises Unauthorized when the session ended, its account was disabled or its key revoked."""
    with database.asking() as system:
        session = system.session(digest(value), now)
        user = system.user_signed_in(session) if session is not None and session.user_id else None
        jobs = system.jobs_of(user) if user is not None and user.role in access.CONFINED else frozenset()
        key = system.key_signed_in(session) if session is not None and session.key_id else None
    if session is None:
        raise Unauthorized("Your session has ended. Please sign in again.")
    if user is not None:
        if user.seen_at is None or now - user.seen_at > SEEN_EVERY:
            with database.store() as store:
                store.seen(user.organisation_id, user.id, now)
        return replace(recruiter_of_user(user, jobs), browser=True, session_id=session.id)
    if key is None:
        raise Unauthorized("What you signed in with was revoked or disabled. Ask an administrator.")
    return replace(_of_key(key), said=session.said or "", browser=True, session_id=session.id)


def begin_session(database: Database, who: Recruiter, now: datetime) -> str:
    """Signs them in, in one browser: what its cookie carries. Raises Unauthorized where the account is disabled by
    now."""
    fresh = secrets.token_urlsafe(32)
    with database.store() as store:
        if who.user_id and store.user(who.organisation_id, who.user_id).state != "active":
            raise Unauthorized("This account is disabled. Ask an administrator.")
        store.add_session(
            who.organisation_id,
            hash=digest(fresh),
            expires=now + timedelta(seconds=SESSION_SECONDS),
            now=now,
            user_id=who.user_id or None,
            api_key_id=who.key_id or None,
            name="" if who.user_id else who.said,
        )
        store.record_deed(
            who.organisation_id, "access.signed_in", kind="user" if who.user_id else "key", of=who.credential
        )
    return fresh


def _of_key(key: ApiKey) -> Recruiter:
    rights = access.rights(key.role, tuple(key.scopes))
    only = frozenset[str]() if key.role in access.CONFINED else None  # a key is nobody to whom a job could be given
    return Recruiter(key.organisation_id, key.name, key.id, rights=rights, role=key.role, only_jobs=only)


def find_invitation(database: Database, signer: Signer, token: str) -> Interview:
    """The interview a link belongs to, without using the link up (mail scanners fetch links). Raises NotFound."""
    hashed = signer.check_link(token)
    with database.asking() as system:
        interview = system.interview_by_link(hashed)
    if interview is None:
        raise NotFound("This interview link was replaced by a newer one. Please use the latest e-mail.")
    acts("candidate")
    return interview


def open_interview(
    database: Database, signer: Signer, token: str, now: datetime, admit: Callable[[Store, Interview], None]
) -> tuple[Interview, str]:
    """Consent was given: use the link up and hand out the room session (the cookie's value). `admit` may refuse in the
    same transaction: then nothing is used up.

    Raises NotFound (forged, replaced), Conflict (already used), Gone (expired, ended)."""
    interview = find_invitation(database, signer, token)
    session = secrets.token_urlsafe(32)
    with database.store() as store:
        opened = store.open_interview(
            interview.organisation_id,
            interview.id,
            session_hash=digest(session),
            consent_version=CONSENT_VERSION,
            consent_sha256=digest(CONSENT_TEXT),
            now=now,
        )
        admit(store, opened)
    return interview, session


def interview_of_session(database: Database, session: str | None) -> Interview:
    """The interview a room cookie belongs to. Raises Unauthorized, Gone."""
    if not session:
        raise Unauthorized("Please open your interview with the link from your e-mail.")
    with database.asking() as system:
        interview = system.interview_by_session(digest(session))
    if interview is None:
        raise Unauthorized("This interview session is not known. Please use the latest link from your e-mail.")
    acts("candidate")
    if interview.state in ("expired", "withdrawn"):
        raise Gone("This interview has ended. Please contact the employer if you think this is wrong.")
    return interview


def same_origin(origin: str | None, host: str | None) -> bool:
    """Browsers send Origin with every unsafe or WebSocket request; a foreign one is a forged request. Programs send
    none."""
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == host
    except ValueError:  # an Origin that is no address at all
        return False
