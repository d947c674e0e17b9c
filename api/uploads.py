"""Uploads as they arrive: each file is stored and gets its rows while the next one is still on the wire, so that a
thousand files need the memory of one. `api.routes.batches` calls it; what was taken before a line broke is kept and
screened, and handed in again it is known."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

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
from models.records import Batch
from models.store.batches import Received

ROWS_A_TRANSACTION = 25
ROWS_SECONDS = 1.0
"""On a slow disk fewer files get their rows together, so that progress shows."""
HELD_BYTES = 1 << 20
"""Of the files that are stored together; one alone may be larger."""
MEMORY_BYTES = 1 << 20
"""A part beyond this waits on disk until it is complete."""
FIELD = b"files"
MOST_FIELDS = 20


class Upload:
    """One request's files on their way into one batch: a new one, or one that is there (`into`). `source`: where these
    people come from, `origin` as in `exchange.CandidateIntake`; `ready` looks at the form's fields before the first
    file is taken, and may refuse."""

    def __init__(
        self,
        app: App,
        organisation_id: str,
        job_id: str,
        *,
        source: str = "upload",
        origin: str = "upload",
        ready: Callable[[Mapping[str, str]], None] = lambda _: None,
        into: Batch | None = None,
    ) -> None:
        self._app, self._organisation_id, self._job_id = app, organisation_id, job_id
        self._source, self._origin, self._ready = source[:100], origin, ready
        self.fields: dict[str, str] = {}
        self._limits = Limits.of(app.settings.screening)
        self._name = ""
        self._here: list[Entry] = []
        self._held = 0
        """Bytes of them."""
        self._goes_on = into is not None
        self.batch_id = "" if into is None else into.id
        self.total = 0 if into is None else into.total
        """Files that the batch holds."""
        self.ids: list[str] = []
        self._flushed = time.monotonic()
        self.known = 0
        """Files that it had already."""

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
        if not self.ids and not self.known:
            raise BadRequest("No file arrived. Send the resumes in the multipart field `files`.")
        if not self._goes_on:
            await run_in_threadpool(self._completed)

    def _completed(self) -> None:
        with self._app.database.store() as store:
            store.expect(self._organisation_id, self.batch_id, None, complete=True)

    def take(self, entries: Iterable[Entry], *, name: str) -> None:
        """Files that are here already, as a batch of this name."""
        self._name = name
        for entry in entries:
            self._take(entry)
        self._flush()
        if self.batch_id:
            self._completed()

    def _take_field(self, field: Field) -> None:
        if len(self.fields) < MOST_FIELDS and not self.batch_id:
            name = (field.field_name or b"").decode("utf-8", "replace")[:100]
            self.fields[name] = one_line((field.value or b"").decode("utf-8", "replace"))[:200]
            self._name = self.fields.get("name", "")

    def _take_part(self, part: File) -> None:
        try:
            if part.field_name == FIELD and part.file_name:
                self._ready(self.fields)
                part.file_object.seek(0)
                name = label_of(part.file_name.decode("utf-8", "replace"))
                for entry in self._entries(name, part.file_object):
                    self._take(entry)
        finally:
            part.close()

    def _take(self, entry: Entry) -> None:
        self._here.append(entry)
        self._held += len(entry.content)
        late = time.monotonic() - self._flushed > ROWS_SECONDS
        if len(self._here) == ROWS_A_TRANSACTION or self._held >= HELD_BYTES or late:
            self._flush()

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
        """What is here is stored, outside of any transaction, and then gets its rows, in one."""
        here, self._here, self._held = self._here, [], 0
        if not here:
            return
        fresh = self._fresh(here)
        room = max(0, self._limits.files - self.total)
        self._store(fresh[:room])
        self._flushed = time.monotonic()
        if len(fresh) > room:
            raise TooLarge(f"A batch holds at most {self._limits.files:,} files. What came before was taken.")

    def _fresh(self, entries: list[Entry]) -> list[tuple[Entry, str]]:
        """Those that the batch does not have, each with its key."""
        with self._app.database.reading() as store:
            keyed = [
                (each, store.file_key(self._organisation_id, each.name, len(each.content), _digest(each.content)))
                for each in entries
            ]
            if not self._goes_on:
                return keyed
            taken = store.taken(self._organisation_id, self.batch_id, [key for _, key in keyed])
        fresh = [(each, key) for each, key in keyed if key not in taken]
        self.known += len(keyed) - len(fresh)
        return fresh

    def _store(self, fresh: list[tuple[Entry, str]]) -> None:
        """Each sealed for somebody new. Should the disk be full, those before get their rows."""
        people = [str(uuid_utils.uuid7()) for _ in fresh]
        self._app.database.seal.prepare(people)
        stored: list[Received] = []
        try:
            for (entry, key), candidate_id in zip(fresh, people, strict=True):
                sha = self._app.files.put(entry.content, subject=candidate_id)
                problem = None if entry.problem is None else (entry.problem.reason, entry.problem.detail)
                stored.append(Received(entry.name, key, candidate_id, sha, len(entry.content), problem))
        finally:
            if stored:
                self._keep(stored)

    def _keep(self, stored: list[Received]) -> None:
        """Rows for what is stored, in one transaction."""
        now = self._app.now
        with self._app.database.store() as store:
            if not self.batch_id:
                name = self._name or f"Upload of {now:%Y-%m-%d %H:%M} UTC"
                batch = store.add_batch(self._organisation_id, job_id=self._job_id, name=name, now=now, complete=False)
                self.batch_id = batch.id
            ids, known = store.receive(
                self._organisation_id, self.batch_id, stored, now=now, source=self._source, origin=self._origin
            )
            self.total = store.batch(self._organisation_id, self.batch_id).total
        for each in known:  # another request, or the same one twice, was first
            self._app.files.drop(each.sha256, subject=each.candidate_id)
        self.ids += ids
        self.known += len(known)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
