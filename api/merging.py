"""Two candidates whom a person finds to be one: their histories side by side, merged by name, undone while nothing was
added since. Who may be the same is only ever suggested (`api.people`). Used by `api.routes.merging`."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from api.reviewing import SHORTEST_REASON, person_of
from api.security import Recruiter
from models.errors import BadRequest, Conflict, NotFound
from models.records import Application, Candidate, CandidateSource, Interview, Merge
from models.store import Store

if TYPE_CHECKING:
    from api.deps import App


@dataclass(frozen=True, slots=True)
class Side:
    """What is known of one of the two."""

    candidate: Candidate
    applications: tuple[Application, ...]
    jobs: dict[str, str] = field(default_factory=dict)
    sources: tuple[CandidateSource, ...] = ()
    merges: tuple[Merge, ...] = ()

    @property
    def called(self) -> str:
        file = self.applications[0].document.filename if self.applications else self.candidate.id
        return self.candidate.name or file


@dataclass(frozen=True, slots=True)
class Alike:
    """Who may be the same as somebody, and why."""

    side: Side
    because: str


def side_of(store: Store, organisation_id: str, candidate_id: str) -> Side:
    """Of whoever they are now. Raises NotFound."""
    whole = store.whole_person(organisation_id, candidate_id)
    applications = store.applications_by(organisation_id, whole)
    jobs = {one.job_id: store.job(organisation_id, one.job_id).title for one in applications}
    return Side(
        store.candidate(organisation_id, whole),
        tuple(applications),
        jobs,
        tuple(store.sources(organisation_id, whole)),
        tuple(store.merges(organisation_id, whole)),
    )


def alike(store: Store, organisation_id: str, candidate_id: str) -> list[Alike]:
    """By address, by number. A suggestion: mailboxes and telephones are shared."""
    own = store.candidate(organisation_id, store.whole_person(organisation_id, candidate_id))
    found = [one for one in store.people_at(organisation_id, own.email, own.phone) if one.id != own.id]
    return [
        Alike(
            side_of(store, organisation_id, one.id),
            "the same e-mail address" if one.email_key and one.email_key == own.email_key else "the same number",
        )
        for one in found
    ]


def merge(
    app: App, who: Recruiter, kept_id: str, other_id: str, *, reason: str, superseded: Sequence[str] = ()
) -> Merge:
    """All that is `other_id`'s is `kept_id`'s from now on, files too. Raises NotFound, Forbidden, BadRequest,
    Conflict."""
    organisation_id = who.organisation_id
    with app.database.store() as store:
        store.one_at_a_time(organisation_id)
        store.candidate(organisation_id, kept_id)
        store.candidate(organisation_id, other_id)
        person = person_of(who)
        if len(reason.strip()) < SHORTEST_REASON:
            raise BadRequest("Say how you know that they are the same person. It is kept.")
        _nothing_raw(app, store, organisation_id, kept_id, other_id)
        files = store.files_of(organisation_id, other_id)
        made = store.merge_candidates(
            organisation_id,
            kept_id,
            other_id,
            superseded=superseded,
            reason=reason.strip()[:2000],
            person=person,
            now=app.now,
        )
        for sha256 in sorted(files):  # each person has a copy of their own; the former's stays for the undoing
            with suppress(NotFound):  # deleted when its time was over
                app.files.put(app.files.get(sha256, subject=other_id), subject=kept_id)
    app.previews.forget()
    return made


def undo(app: App, who: Recruiter, merge_id: str) -> Merge:
    """Raises NotFound, Forbidden, Conflict."""
    organisation_id = who.organisation_id
    with app.database.store() as store:
        store.one_at_a_time(organisation_id)
        known = store.merge(organisation_id, merge_id)
        undone = store.unmerge(organisation_id, merge_id, person=person_of(who), now=app.now)
        copies = store.files_of(organisation_id, known.former_id) - store.files_of(organisation_id, known.kept_id)
    for sha256 in sorted(copies):  # not before the rows are committed
        app.files.drop(sha256, subject=undone.kept_id)
    app.previews.forget()
    return undone


def _nothing_raw(app: App, store: Store, organisation_id: str, *candidate_ids: str) -> None:
    """A recording that was not yet compressed is sealed for whom it was made."""
    for candidate_id in candidate_ids:
        for application in store.applications_by(organisation_id, candidate_id):
            for interview in store.interviews_of(organisation_id, application.id):
                if any(app.recordings.glob(f"{interview.id}.*")) or _in_pieces(app, interview):
                    raise Conflict("A recording of theirs is still being kept. Merge them in a moment.")


def _in_pieces(app: App, interview: Interview) -> bool:
    """And nothing of it is kept yet."""
    pieces = app.pieces(interview.id)
    return pieces is not None and interview.recording_sha256 is None and bool(pieces.all())
