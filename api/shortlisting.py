"""The shortlist of a job: lines to show, the feed that a browser keeps and filters by itself, scores to move a
threshold over, people side by side, the export. Used by `api.routes.shortlist` and the job's page."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from api.deps import App
from integrations.csv_files import shown as cell
from models.columns import erased_is_empty
from models.errors import NotFound
from models.records import Job
from models.store import Store
from models.store.shortlist import Open, Opened, Order, Wanted
from models.values import Requirement, RequirementScore, ScreeningResult
from models.visible import visible

PART = 500
"""People opened in one transaction."""
MOST_COMPARED = 4
AT_ONCE = 100
"""Briefs made up in one transaction: others write meanwhile."""
_GONE = Opened(name=None, filename="", shown=None, version=None)


@dataclass(frozen=True, slots=True)
class Line:
    """One application in a list."""

    open: Open
    opened: Opened
    asks: bool

    @property
    def name(self) -> str:
        return self.opened.name or self.opened.filename or "Erased"

    @property
    def quote(self) -> str:
        return str((self.opened.shown or {}).get("quote", ""))


def lines(
    store: Store, organisation_id: str, job_id: str, wanted: Wanted, limit: int, offset: int = 0, order: Order = "score"
) -> list[Line]:
    found = store.open_page(organisation_id, job_id, wanted, limit, offset, order)
    opened = store.opened(organisation_id, [one.id for one in found])
    asking = store.asking(organisation_id, job_id)
    return [Line(one, opened.get(one.id, _GONE), one.id in asking) for one in found]


# ---------------------------------------------------------------- the feed


def feed(app: App, organisation_id: str, job_id: str) -> Iterator[str]:
    """JSON, a line a part. First what lies open of everybody, best first, as columns; then names, file names, quotes,
    verdicts and words of PART people each, from place `at` on. Raises NotFound before the first line."""
    with app.database.reading() as store:
        job = store.job(organisation_id, job_id)
        asked = store.requirements(organisation_id, job_id)
        rows = store.open_rows(organisation_id, job_id, Wanted())
        asking = store.asking(organisation_id, job_id)
        batches = store.batches(organisation_id, job_id)
    head = _columns(rows, asking) | {
        "requirements": [{"id": one.id, "text": visible(one.text), "must": one.must_have} for one in asked],
        "batch_names": {one.id: visible(one.name) for one in batches},
    }

    def parts() -> Iterator[str]:
        yield _line(head)
        for at in range(0, len(rows), PART):
            ids = [one.id for one in rows[at : at + PART]]
            yield _line(_part(at, ids, _opened(app, organisation_id, ids), job.requirements_version))

    return parts()


def _opened(app: App, organisation_id: str, ids: Sequence[str]) -> dict[str, Opened]:
    """Somebody who is being erased just now reads as nobody, and breaks no list."""
    with app.database.reading() as store, erased_is_empty():
        return store.opened(organisation_id, ids)


def _columns(rows: Sequence[Open], asking: set[str]) -> dict[str, Any]:
    sources = sorted({one.source for one in rows})
    batches = sorted({one.batch_id for one in rows if one.batch_id})
    place = {one: at for at, one in enumerate(sources)} | {one: at for at, one in enumerate(batches)}
    return {
        "total": len(rows),
        "ids": [one.id for one in rows],
        "scores": [one.score for one in rows],
        "stages": [one.stage for one in rows],
        "decisions": [one.decision for one in rows],
        "missing": [one.missing for one in rows],
        "unclear": [one.unclear for one in rows],
        "flagged": [one.flagged or 0 for one in rows],
        "came": [round(one.created_at.timestamp()) for one in rows],
        "sources": [visible(one) for one in sources],
        "source": [place[one.source] for one in rows],
        "batches": batches,
        "batch": [place[one.batch_id] if one.batch_id else None for one in rows],
        "asks": [at for at, one in enumerate(rows) if one.id in asking],
    }


def _part(at: int, ids: Sequence[str], opened: dict[str, Opened], version: int) -> dict[str, Any]:
    people = [opened.get(id, _GONE) for id in ids]
    known = [one.shown or {} for one in people]
    return {
        "at": at,
        "names": [visible(one.name or "") for one in people],
        "files": [visible(one.filename) for one in people],
        "quotes": [visible(one.get("quote", "")) for one in known],
        "verdicts": [
            one.get("verdicts", "") if person.version == version else ""
            for person, one in zip(people, known, strict=True)
        ],
        "words": [one.get("words", "") for one in known],
    }


def _line(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"


def make_good(app: App) -> int:
    """Screenings made before there were briefs get theirs, some at a time. Returns how many did."""
    done, after = 0, ""
    while True:
        with app.database.asking() as system:
            some = system.without_brief(after, AT_ONCE)
        if not some:
            return done
        after = some[-1][0]
        with app.database.store() as store:
            for _, organisation_id, application_id in some:
                with suppress(NotFound):  # somebody who was erased meanwhile
                    store.count_brief(organisation_id, application_id)
                    done += 1


# ---------------------------------------------------------------- the threshold


@dataclass(frozen=True, slots=True)
class Scores:
    """Of those who are screened and not decided on. `clear` and `held` count scores in each whole hundredth from 0 to
    100; held are kept before a person by a must-have, whatever the threshold."""

    clear: list[int]
    held: list[int]

    @property
    def passing(self) -> list[int]:
        """How many reach each threshold from 0 to 100 and are not held."""
        sums, total = [], 0
        for number in reversed(self.clear):
            total += number
            sums.append(total)
        return sums[::-1]


def scores(store: Store, organisation_id: str, job_id: str) -> Scores:
    found = Scores([0] * 101, [0] * 101)
    for at, held, number in store.score_counts(organisation_id, job_id):
        (found.held if held else found.clear)[min(max(at, 0), 100)] += number
    return found


# ---------------------------------------------------------------- side by side


@dataclass(frozen=True, slots=True)
class Compared:
    """`verdicts`: one for each requirement asked, None where it was judged by others."""

    line: Line
    result: ScreeningResult | None
    verdicts: tuple[RequirementScore | None, ...]


def compared(
    store: Store, organisation_id: str, job_id: str, asked: Sequence[Requirement], applications: Sequence[str]
) -> list[Compared]:
    """In the order they were named. Raises NotFound, also for somebody of another job."""
    rows = [store.application(organisation_id, id) for id in applications]
    if any(row.job_id != job_id for row in rows):
        raise NotFound("Somebody of these applied for another job. Choose people of one job in its shortlist.")
    results = store.screenings(organisation_id, applications)
    opened = store.opened(organisation_id, applications)
    found = []
    for row in rows:
        result = results.get(row.id)
        by_id = {one.requirement_id: one for one in result.requirements} if result else {}
        line = Line(open_of(row), opened.get(row.id, _GONE), asks=False)
        found.append(Compared(line, result, tuple(by_id.get(one.id) for one in asked)))
    return found


def open_of(row: Any) -> Open:
    """Of a records.Application."""
    return Open(**{name: getattr(row, name) for name in Open.__dataclass_fields__})


# ---------------------------------------------------------------- the export

COLUMNS = (
    *("place", "name", "email", "file", "stage", "score", "verdict", "must_haves_missing", "must_haves_unknown"),
    *("to_check", "source", "batch", "received_at", "quote", "application", "resume"),
)


def table(app: App, organisation_id: str, job: Job, wanted: Wanted, *, bom: bool) -> Iterator[str]:
    """CSV, best first; no cell is a formula. `resume` is the address of the file itself, behind a sign-in."""
    with app.database.reading() as store:
        rows = store.open_rows(organisation_id, job.id, wanted)
        batches = {one.id: one.name for one in store.batches(organisation_id, job.id)}
    yield ("\ufeff" if bom else "") + _written([COLUMNS])
    for start in range(0, len(rows), PART):
        some = rows[start : start + PART]
        ids = [one.id for one in some]
        opened, emails = _opened(app, organisation_id, ids), _emails(app, organisation_id, ids)
        base = app.settings.base_url
        yield _written(
            _cells(start + at, Line(one, opened.get(one.id, _GONE), asks=False), emails, batches, base)
            for at, one in enumerate(some, 1)
        )


def _emails(app: App, organisation_id: str, ids: Sequence[str]) -> dict[str, str]:
    with app.database.reading() as store, erased_is_empty():
        return store.addresses(organisation_id, ids)


def _cells(
    place: int, line: Line, emails: dict[str, str], batches: dict[str, str], base: str
) -> tuple[str | int | None, ...]:
    one = line.open
    own = f"{base}/api/applications/{one.id}/file"
    return (
        *(place, cell(line.name), cell(emails.get(one.id, "")), cell(line.opened.filename), one.stage),
        *(None if one.score is None else round(one.score * 100), one.decision, one.missing, one.unclear, one.flagged),
        *(cell(one.source), cell(batches.get(one.batch_id or "", "")), one.created_at.isoformat(timespec="seconds")),
        *(cell(line.quote), f"{base}/applications/{one.id}", own),
    )


def _written(rows: Any) -> str:
    made = io.StringIO()
    csv.writer(made).writerows(rows)
    return made.getvalue()
