"""Uploads as they arrive: each file is stored and gets its rows while the next one is still on the wire, so that a
thousand files need the memory of one. `api.routes.batches` calls it; what was taken before a line broke is kept and
screened."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import uuid_utils
from fastapi import Request
from python_multipart import create_form_parser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import Field, File
from starlette.concurrency import run_in_threadpool

from api.deps import App
from api.schemas import one_line
from integrations.folder import Entry, Limits, iter_zip
from models.errors import BadRequest, FoyerError, TooLarge, UnreadableDocument
from models.exchange import label_of

ROWS_A_TRANSACTION = 25
MEMORY_BYTES = 1 << 20
"""A part beyond this waits on disk until it is complete."""
FIELD = b"files"


class Stored(NamedTuple):
    """A file that is safe and waits for its rows."""

    name: str
    candidate_id: str
    sha256: str
    size: int
    problem: UnreadableDocument | None


class Upload:
    """One request's files on their way into one batch. `source`: where these people come from."""

    def __init__(self, app: App, organisation_id: str, job_id: str, *, source: str = "upload") -> None:
        self._app, self._organisation_id, self._job_id, self._source = app, organisation_id, job_id, source
        self._limits = Limits.of(app.settings.screening)
        self._name = ""
        self._pending: list[Stored] = []
        self._new: list[str] = []
        self.batch_id = ""
        self.ids: list[str] = []

    async def receive(self, request: Request) -> None:
        """Take the whole body. Raises BadRequest (nothing usable), TooLarge (more than a batch may hold)."""
        body_limit = self._app.settings.screening.batch_bytes
        if int(request.headers.get("content-length") or 0) > body_limit:
            raise TooLarge(f"This upload is larger than {body_limit:,} bytes. Send it in several batches.")
        config = {"MAX_MEMORY_FILE_SIZE": MEMORY_BYTES, "MAX_BODY_SIZE": body_limit}
        headers = {"Content-Type": request.headers.get("content-type", "").encode()}
        try:
            parser = create_form_parser(headers, self._take_field, self._take_part, config=config)
            async for chunk in request.stream():
                await run_in_threadpool(parser.write, chunk)
            await run_in_threadpool(parser.finalize)
        except (FormParserError, ValueError) as error:
            raise BadRequest("This is not a multipart form. Send the resumes in the field `files`.") from error
        finally:
            await run_in_threadpool(self._flush)
        if not self.ids:
            raise BadRequest("No file arrived. Send the resumes in the multipart field `files`.")

    def take(self, entries: Iterable[Entry], *, name: str) -> None:
        """Files that are here already, as a batch of this name."""
        self._name = name
        for entry in entries:
            self._take(entry)
        self._flush()

    def _take_field(self, field: Field) -> None:
        if field.field_name == b"name" and not self.batch_id:
            self._name = one_line((field.value or b"").decode("utf-8", "replace"))[:200]

    def _take_part(self, part: File) -> None:
        try:
            if part.field_name == FIELD and part.file_name:
                part.file_object.seek(0)
                name = label_of(part.file_name.decode("utf-8", "replace"))
                for entry in self._entries(name, part.file_object):
                    self._take(entry)
        finally:
            part.close()

    def _take(self, entry: Entry) -> None:
        if len(self.ids) + len(self._pending) >= self._limits.files:
            raise TooLarge(f"A batch holds at most {self._limits.files:,} files. What came before was taken.")
        candidate_id = self._somebody_new()
        sha = self._app.files.put(entry.content, subject=candidate_id)
        self._pending.append(Stored(entry.name, candidate_id, sha, len(entry.content), entry.problem))
        if len(self._pending) == ROWS_A_TRANSACTION:
            self._flush()

    def _somebody_new(self) -> str:
        """An id; those of a large upload come with their keys, some at a time."""
        if not self._new:
            self._new = [str(uuid_utils.uuid7()) for _ in range(min(ROWS_A_TRANSACTION, 1 + len(self.ids)))]
            self._app.database.seal.prepare(self._new)
        return self._new.pop(0)

    def _entries(self, name: str, file: Any) -> Iterator[Entry]:
        """The files of one part: itself, or an archive's entries. An archive that cannot be opened is listed."""
        magic = file.read(4)
        file.seek(0)
        if magic != b"PK\x03\x04" or not name.lower().endswith(".zip"):  # a DOCX is a zip too: the name decides
            yield Entry(name, file.read(self._limits.file_bytes + 1))
            return
        try:
            for entry in iter_zip(file, self._limits):
                yield replace(entry, name=f"{name}/{entry.name}")
        except FoyerError as error:
            yield Entry(name, problem=UnreadableDocument(f"{name}: {error.detail}", reason="corrupt"))

    def _flush(self) -> None:
        """Rows for what is stored, in one transaction."""
        if not self._pending:
            return
        now = self._app.now
        with self._app.database.store() as store:
            if not self.batch_id:
                name = self._name or f"Upload of {now:%Y-%m-%d %H:%M} UTC"
                batch = store.add_batch(self._organisation_id, job_id=self._job_id, name=name, now=now)
                self.batch_id = batch.id
            for stored in self._pending:
                application = store.add_application(
                    self._organisation_id,
                    self._job_id,
                    filename=stored.name,
                    sha256=stored.sha256,
                    size=stored.size,
                    media_type="application/octet-stream",
                    batch_id=self.batch_id,
                    source=self._source,
                    external_id=None,
                    candidate_id=stored.candidate_id,
                    now=now,
                )
                store.note_source(
                    self._organisation_id,
                    stored.candidate_id,
                    key=f"upload:{application.id}",
                    source=self._source,
                    origin="upload",
                    connection_id=None,
                    application_id=application.id,
                    at=now,
                    now=now,
                )
                if stored.problem is not None:
                    reason, detail = stored.problem.reason, stored.problem.detail
                    store.record_problem(self._organisation_id, application.id, reason=reason, detail=detail, now=now)
                self.ids.append(application.id)
        self._pending = []
