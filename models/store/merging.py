"""One person under two ids: merged by a person, undone while nothing was added since. Part of `models.store.Store`;
`api.merging` calls it and copies the files.

Nothing is sealed anew: what was written for the former stays sealed for the former, whose row and key stay for that
(and go with the person). Rows only change whose they are, in whatever table leads to a candidate by a foreign key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Table, or_, select, update

from models.errors import BadRequest, Conflict
from models.records import (
    Application,
    Base,
    Candidate,
    CandidateSource,
    Delivery,
    Document,
    Interview,
    Merge,
    Personal,
    Report,
    ReviewEvent,
)
from models.store.people import People
from models.values import Person

BY_NAME = (("deliveries", "subject"), ("remotes", "local_id"))
"""They name a candidate without a foreign key."""
LOOKED_AT = frozenset({ReviewEvent.__tablename__, "audit_details", "audit_subjects", Merge.__tablename__})
"""Tables in which a row more is nothing that was added to the person."""
_BY_TIME = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
"""An id of ours: it sorts by when it was made."""


class Merging(People):
    def whole_person(self, organisation_id: str, candidate_id: str) -> str:
        """Under which id all there is of somebody lies. Raises NotFound."""
        return self._whole(self._own(Candidate, organisation_id, candidate_id)).id

    def formers(self, organisation_id: str, candidate_id: str) -> list[str]:
        """The other ids that somebody was known by, each before those that were merged into it."""
        self._own(Candidate, organisation_id, candidate_id)
        found = [candidate_id]
        for one in found:
            query = select(Candidate.id).where(Candidate.merged_into == one, Candidate.id.not_in(found))
            found += list(self._session.scalars(query.order_by(Candidate.id)))
        return found[1:]

    def merge(self, organisation_id: str, merge_id: str) -> Merge:
        return self._own(Merge, organisation_id, merge_id)

    def merges(self, organisation_id: str, candidate_id: str) -> list[Merge]:
        """Of a candidate, newest first, undone ones too."""
        self._own(Candidate, organisation_id, candidate_id)
        mine = or_(Merge.kept_id == candidate_id, Merge.former_id == candidate_id)
        return list(self._session.scalars(select(Merge).where(mine).order_by(Merge.id.desc())))

    def merge_candidates(
        self,
        organisation_id: str,
        kept_id: str,
        former_id: str,
        *,
        superseded: Sequence[str],
        reason: str,
        person: Person,
        now: datetime,
    ) -> Merge:
        """`superseded`: applications that another of the same job stands for. Raises Conflict while an interview of
        theirs is under way or waits for its report."""
        kept, former = (self._lock(Candidate, organisation_id, id) for id in (kept_id, former_id))
        if kept_id == former_id:
            raise BadRequest("These are the same person already.")
        if kept.merged_into or former.merged_into:
            raise Conflict("One of them was merged before. Reload to see under which id they are kept.")
        self._at_rest(kept_id, former_id)
        moved = {name: ids for name, ids in self._rows_of(former_id, kept_id) if ids}
        for name, ids in moved.items():
            self._give(name, ids, kept_id)
        filled = self._fill(kept, former)
        set_aside = self._set_aside(organisation_id, kept_id, superseded)
        former.merged_into = kept_id
        made = self._add(
            Merge(
                organisation_id=organisation_id,
                kept_id=kept_id,
                former_id=former_id,
                person=person.name,
                reason=Personal(reason, subject=kept_id),
                at=now,
                moved=moved,
                filled=filled,
                superseded=set_aside,
            )
        )
        facts: dict[str, Any] = {"merge": made.id, "former": former_id, "reason": reason}
        self._note(organisation_id, "candidate.merged", "candidate", kept_id, about=kept_id, person=person, **facts)
        return made

    def unmerge(self, organisation_id: str, merge_id: str, *, person: Person, now: datetime) -> Merge:
        """Everything lies again where it lay. Raises Conflict where something was added since, or it is undone."""
        merge = self._lock(Merge, organisation_id, merge_id)
        kept, former = (self._lock(Candidate, organisation_id, id) for id in (merge.kept_id, merge.former_id))
        if merge.undone_at is not None or former.merged_into != kept.id or kept.merged_into:
            raise Conflict("This merge is undone already, or they were merged with somebody else since.")
        if added := self._added_since(merge):
            raise Conflict(
                f"Something was added since ({', '.join(added)}), so it cannot be undone: nobody could say whose it is."
            )
        self._at_rest(kept.id)
        for name, ids in merge.moved.items():
            self._give(name, ids, former.id)
        for field in merge.filled:
            setattr(kept, field, None)
        for id in merge.superseded:
            self._own(Application, organisation_id, id).superseded_by = None
        former.merged_into = None
        merge.undone_by, merge.undone_at = person.name, now
        self._session.flush()
        facts: dict[str, Any] = {"merge": merge.id, "former": former.id}
        self._note(organisation_id, "candidate.unmerged", "candidate", kept.id, about=kept.id, person=person, **facts)
        return merge

    def files_of(self, organisation_id: str, candidate_id: str) -> set[str]:
        """All that is kept of somebody in `models.files`, by sha256."""
        self._own(Candidate, organisation_id, candidate_id)
        case = select(Application.id).where(Application.candidate_id == candidate_id)
        held = select(Interview.id).where(Interview.application_id.in_(case))
        columns = (
            select(Document.sha256).where(Document.candidate_id == candidate_id),
            select(Interview.recording_sha256).where(Interview.id.in_(held)),
            select(Report.html_sha256).where(Report.interview_id.in_(held)),
            select(Report.json_sha256).where(Report.interview_id.in_(held)),
        )
        found = {sha256 for query in columns for sha256 in self._session.scalars(query)}
        return {sha256 for sha256 in found if sha256}

    # ------------------------------------------------------------ parts

    def _at_rest(self, *candidate_ids: str) -> None:
        reported = select(Report.id).where(Report.interview_id == Interview.id).exists()
        query = (
            select(Interview.id)
            .join(Application, Interview.application_id == Application.id)
            .where(Application.candidate_id.in_(candidate_ids))
            .where(or_(Interview.state.in_(["in_progress", "paused"]), (Interview.state == "completed") & ~reported))
        )
        if self._session.scalar(query.limit(1)) is not None:
            raise Conflict(
                "An interview of theirs is under way, or its report is being written. Merge them after that."
            )

    def _rows_of(self, candidate_id: str, kept_id: str) -> Iterator[tuple[str, list[str]]]:
        """table.column -> ids of the rows that name this candidate. A source that both came by stays where it is."""
        for table, column in _naming():
            query = select(table.c.id).where(column == candidate_id)
            if table.name == CandidateSource.__tablename__:
                other = table.alias()
                query = query.where(table.c.key.not_in(select(other.c.key).where(other.c.candidate_id == kept_id)))
            yield f"{table.name}.{column.name}", list(self._session.scalars(query.order_by(table.c.id)))

    def _give(self, name: str, ids: Sequence[str], candidate_id: str) -> None:
        table_name, _, column = name.partition(".")
        table = Base.metadata.tables[table_name]
        self._session.execute(update(table).where(table.c.id.in_(ids)).values({column: candidate_id}))

    def _fill(self, kept: Candidate, former: Candidate) -> list[str]:
        """How to reach them, where only the former told; and that they want to hear nothing more, whoever of them said
        so. Returns the fields that were set."""
        filled: list[str] = []
        for field in ("name", "email", "phone"):
            value = getattr(former, field)
            if value and not getattr(kept, field):
                setattr(kept, field, Personal(value, subject=kept.id))
                filled.append(field)
                if field != "name":
                    setattr(kept, f"{field}_key", getattr(former, f"{field}_key"))
                    filled.append(f"{field}_key")
        if former.opted_out_at is not None and kept.opted_out_at is None:
            kept.opted_out_at = former.opted_out_at
            filled.append("opted_out_at")
        self._session.flush()
        return filled

    def _set_aside(self, organisation_id: str, candidate_id: str, superseded: Sequence[str]) -> list[str]:
        """Each needs another of the same person for the same job, which stands for it."""
        found = []
        for id in dict.fromkeys(superseded):
            aside = self._lock(Application, organisation_id, id)  # as it lies now
            query = select(Application.id).where(
                Application.candidate_id == candidate_id,
                Application.job_id == aside.job_id,
                Application.id.not_in(superseded),
            )
            stands = self._session.scalar(query.order_by(Application.id.desc()).limit(1))
            if stands is None or aside.candidate_id != candidate_id:
                raise BadRequest("Only one of two applications for the same job can be set aside by the other.")
            aside.superseded_by = stands
            found.append(id)
        self._session.flush()
        return found

    def _added_since(self, merge: Merge) -> list[str]:
        """Names of tables with rows of theirs that are newer than the merge."""
        mine: dict[str, list[str]] = {Candidate.__tablename__: [merge.kept_id, merge.former_id]}
        added = []
        for table in Base.metadata.sorted_tables:
            if table.name in (Candidate.__tablename__, *LOOKED_AT):
                continue
            ways = [
                column.in_(mine[key.column.table.name])
                for column in table.columns
                for key in column.foreign_keys
                if key.column.table.name in mine
            ]
            if table.name == Delivery.__tablename__:
                ways.append(table.c.subject.in_(mine[Candidate.__tablename__]))
            if not ways:
                continue
            mine[table.name] = list(self._session.scalars(select(table.c.id).where(or_(*ways))))
            if any(_BY_TIME.fullmatch(id) and id > merge.id for id in mine[table.name]):
                added.append(table.name.replace("_", " "))
        return added


def _naming() -> Iterator[tuple[Table, Column[Any]]]:
    """Whatever names a candidate."""
    for table in Base.metadata.sorted_tables:
        if table.name == Merge.__tablename__:
            continue
        for column in table.columns:
            led = any(key.column.table.name == Candidate.__tablename__ for key in column.foreign_keys)
            if led or (table.name, column.name) in BY_NAME:
                yield table, column
