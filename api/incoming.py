"""People whom any other system hands over by `POST /v1/candidates`: each row is taken by itself, and its sender is told
what became of it. The route is `api.routes.incoming`; what a body may look like is `integrations.candidate_formats`.

The same row again is the same application: by the sender's id of it, else by the request's Idempotency-Key and the
file. Who somebody is, is settled by `api.people`.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode
from contextlib import suppress
from typing import TYPE_CHECKING

from api import people
from api.intake import WITHOUT_FILE, without_file
from api.schemas import Taken
from api.security import Recruiter
from integrations.candidate_formats import Row
from integrations.fetching import fetched
from integrations.vendor import text_of
from models.errors import BadRequest, Conflict, FoyerError, TooLarge
from models.exchange import CandidateIntake
from models.records import Application
from models.store import Store

if TYPE_CHECKING:
    from api.deps import App

MOST_FETCHED = 20
"""Files of one request that lie elsewhere: each may take seconds."""
FETCH_SECONDS = 10.0


class Incoming:
    """One request of one sender. `job_id`: for rows that name none."""

    def __init__(self, app: App, who: Recruiter, *, job_id: str, idempotency_key: str) -> None:
        self._app, self._who, self._job_id, self._key = app, who, job_id, idempotency_key
        self._fetched = 0

    def take(self, rows: list[Row]) -> list[Taken]:
        """Those that are new are screened next."""
        taken = [self._tried(row) for row in rows]
        if any(one.status == "created" for one in taken):
            self._app.pipeline.received()
        return taken

    def _tried(self, row: Row) -> Taken:
        try:
            if row.person is None:
                raise BadRequest(row.problem)
            return self._take(row, self._complete(row, row.person))
        except FoyerError as failure:
            return Taken(
                row=row.number,
                external_id=row.external_id,
                status="failed",
                detail=failure.detail,
                ignored=list(row.ignored),
            )

    def _complete(self, row: Row, person: CandidateIntake) -> CandidateIntake:
        """With its file, should that lie elsewhere, and within the limits."""
        most = self._app.settings.screening.file_bytes
        if row.resume_url and not person.content:
            if self._fetched == MOST_FETCHED:
                raise TooLarge(f"Only {MOST_FETCHED} files are fetched for one request; send this row again.")
            self._fetched += 1
            person = person.model_copy(update=self._fetch(row.resume_url))
        if len(person.content) > most:
            raise TooLarge(f"This file is larger than {most:,} bytes. Send it without pictures.")
        return person

    def _fetch(self, url: str) -> dict[str, object]:
        answer = fetched(url, allow_private=self._app.settings.webhook_private, seconds=FETCH_SECONDS)
        if "json" in answer.headers.get("content-type", ""):  # an attachment as JSON around its base64
            with suppress(ValueError):
                found = answer.json
                content = b64decode(text_of(found, "content"), validate=True)
                if content:
                    return {"filename": text_of(found, "fileName") or "resume", "content": content}
        name = url.partition("?")[0].rpartition("/")[2][:255] or "resume"
        return {"filename": name, "content": answer.body}

    # ------------------------------------------------------------ rows of the database

    def _take(self, row: Row, person: CandidateIntake) -> Taken:
        own, job_id = self._who.organisation_id, row.job_id or self._job_id
        if not job_id:
            raise BadRequest("Which job? Give `job_id`, in the row or in the address (?job_id=...).")
        content, name = person.content or without_file(self._who.name, person), person.filename or WITHOUT_FILE
        sha256 = hashlib.sha256(content).hexdigest()
        key = f"api:{self._who.name}:{person.external_id or f'{self._key}:{row.number}'}"
        by_key = person.external_id is not None or bool(self._key)
        with self._app.database.store() as store:
            store.one_at_a_time(own)
            if store.job(own, job_id).state != "open":
                raise Conflict("This job is closed. Open it again, or name another.")
            known = (
                store.sent_before(own, job_id, key, external_id=person.external_id, sha256=sha256) if by_key else None
            )
            if known is not None:
                return self._told(row, known, "known")
            candidate = people.candidate_of(self._app, store, own, person)
            application, fresh = people.case_of(
                self._app, store, own, job_id, person, candidate, content=content, filename=name
            )
            if person.content and not fresh:
                person = people.with_another_file(person, application)
            self._note(store, person, application, key if by_key else f"api:{self._who.name}:{application.id}")
            if fresh or application.answers is None:
                answers = [each.model_dump() for each in person.answers]
                store.mark_ordered(own, application.id, answers=answers)
        return self._told(row, application, "created" if fresh else "joined")

    def _note(self, store: Store, person: CandidateIntake, application: Application, key: str) -> None:
        store.note_source(
            self._who.organisation_id,
            application.candidate_id,
            key=key,
            source=f"{self._who.name}: {person.source}" if person.source else self._who.name,
            origin=person.origin,
            connection_id=None,
            application_id=application.id,
            at=person.applied_at or self._app.now,
            now=self._app.now,
        )

    @staticmethod
    def _told(row: Row, application: Application, status: str) -> Taken:
        return Taken.model_validate(
            {
                "row": row.number,
                "external_id": row.external_id,
                "status": status,
                "application_id": application.id,
                "candidate_id": application.candidate_id,
                "ignored": row.ignored,
            }
        )
