"""Dialling in: codes, calls, and how often somebody may be wrong. Part of `models.store.Store`."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select

from models.errors import Gone
from models.records import Call, Channel, DialCode, Interview
from models.store.attempts import Attempts
from models.store.interviews import OVER

WRONG_A_CALL = 3
WRONG_A_CODE = 10
WRONG_A_CALLER, OF_A_CALLER = 10, timedelta(days=1)
WRONG_WITHHELD, OF_WITHHELD = 30, timedelta(hours=1)
"""Of everybody together who shows no number."""
WRONG_IN_ALL, OF_ALL = 300, timedelta(hours=1)
"""Of all callers of an organisation: numbers can be made up."""
KEPT = timedelta(days=30)


class Calls(Attempts):
    def calling(self, organisation_id: str, use: str) -> Channel | None:
        """The media server that is switched on for `telephone` or `browser`."""
        on = (Channel.organisation_id == organisation_id) & (Channel.kind == "livekit") & Channel.enabled
        found = self._session.scalars(select(Channel).where(on).order_by(Channel.id))
        return next((each for each in found if use in each.uses), None)

    # ------------------------------------------------------------ codes

    def dial_code(self, organisation_id: str, first: str) -> DialCode | None:
        query = select(DialCode).where(DialCode.organisation_id == organisation_id, DialCode.first == first)
        return self._session.scalar(query)

    def keep_dial_code(
        self, organisation_id: str, interview_id: str, *, first: str, hash: str, expires: datetime, now: datetime
    ) -> None:
        """In place of the one before. `first` must be nobody else's (`dial_code`)."""
        self._lock(Interview, organisation_id, interview_id)
        self._session.execute(delete(DialCode).where(DialCode.interview_id == interview_id))
        self._add(
            DialCode(
                organisation_id=organisation_id,
                interview_id=interview_id,
                first=first,
                hash=hash,
                tries=0,
                made_at=now,
                expires_at=expires,
            )
        )

    # ------------------------------------------------------------ calls

    def begin_call(self, organisation_id: str, *, room: str, caller: str, now: datetime) -> Call:
        """The call in this room: a new one, or as it is known."""
        query = select(Call).where(Call.organisation_id == organisation_id, Call.room == room)
        known = self._session.scalar(query)
        if known is not None:
            return known
        old = (Call.organisation_id == organisation_id) & (Call.began_at < now - KEPT) & Call.interview_id.is_(None)
        self._session.execute(delete(Call).where(old))
        return self._add(Call(organisation_id=organisation_id, room=room, caller=caller, wrong=0, began_at=now))

    def may_dial(self, organisation_id: str, call_id: str, now: datetime) -> bool:
        """Whether another code may be tried in this call."""
        call = self._own(Call, organisation_id, call_id)
        most, within = (WRONG_A_CALLER, OF_A_CALLER) if call.caller else (WRONG_WITHHELD, OF_WITHHELD)
        mine = self._wrong(organisation_id, now - within, call.caller)
        return call.wrong < WRONG_A_CALL and mine < most and self._wrong(organisation_id, now - OF_ALL) < WRONG_IN_ALL

    def _wrong(self, organisation_id: str, since: datetime, caller: str | None = None) -> int:
        query = select(func.coalesce(func.sum(Call.wrong), 0)).where(Call.organisation_id == organisation_id)
        query = query.where(Call.began_at > since)
        if caller is not None:
            query = query.where(Call.caller == caller)
        return int(self._session.scalar(query) or 0)

    def dialled(self, organisation_id: str, call_id: str, *, first: str, hashes: Sequence[str], now: datetime) -> bool:
        """A code was entered: is it the one that `first` finds? `hashes`: what it would be kept as. What is not right
        counts against the call, its caller, and the code that it is like. Right: the call is that interview's."""
        call = self._lock(Call, organisation_id, call_id)
        code = self.dial_code(organisation_id, first)
        if code is not None:
            code = self._lock(DialCode, organisation_id, code.id)
        counts = code is not None and code.tries < WRONG_A_CODE and code.expires_at > now
        right = any(hmac.compare_digest(code.hash if code is not None else "", each) for each in hashes)
        if counts and right and code is not None:
            call.interview_id = code.interview_id
        else:
            call.wrong += 1
            if code is not None:
                code.tries += 1
        self._session.flush()
        return counts and right

    def call(self, organisation_id: str, call_id: str) -> Call:
        return self._own(Call, organisation_id, call_id)

    def called(self, organisation_id: str, interview_id: str) -> bool:
        """Was it held by telephone, at least in part?"""
        self._own(Interview, organisation_id, interview_id)
        query = select(Call.id).where(Call.interview_id == interview_id, Call.consented_at.is_not(None))
        return self._session.scalar(query.limit(1)) is not None

    def answer_call(
        self,
        organisation_id: str,
        call_id: str,
        interview_id: str,
        *,
        session_hash: str,
        consent_version: str,
        consent_sha256: str,
        now: datetime,
    ) -> Interview:
        """Consent was given in the call: the interview begins, or goes on. The invitation's link stays good: who began
        by telephone may go on in a browser. Raises Gone when it is over or the invitation has expired."""
        call = self._lock(Call, organisation_id, call_id)
        interview = self._lock(Interview, organisation_id, interview_id)
        if interview.state in OVER:
            raise Gone(f"This interview is {interview.state}.")
        if interview.link_used_at is None:
            self.open_interview(
                organisation_id,
                interview_id,
                session_hash=session_hash,
                consent_version=consent_version,
                consent_sha256=consent_sha256,
                now=now,
            )
            interview.link_used_at = None
        else:  # it was begun in a browser, whose session goes on
            self._consented(organisation_id, interview_id, consent_version, consent_sha256, now)
        call.consented_at = now
        self._session.flush()
        return interview
