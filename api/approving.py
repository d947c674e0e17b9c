"""What became different between two versions of a job, in words; and a person's approval of what stands. Called by
`api.routes.job_settings`; whether somebody may be invited is `Store.unapproved`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from api.reviewing import person_of
from api.schemas import ApprovalOut, ApprovedOut, ApproveIn, JobVersionOut
from models.records import Job, JobApproval
from models.store import Store
from models.values import InterviewPlan, Requirement

if TYPE_CHECKING:
    from api.deps import App
    from api.security import Recruiter

SHOWN_VERSIONS = 30
"""Of which the differences are worked out."""
_NAMES = {
    "kind": "kind",
    "must_have": "must have",
    "weight": "weight",
    "years": "years",
    "level": "level",
    "alternatives": "alternatives",
}


def requirement_changes(before: Sequence[Requirement], after: Sequence[Requirement]) -> list[str]:
    """Pure. By id, which a requirement keeps however it is worded."""
    old, new = {one.id: one for one in before}, {one.id: one for one in after}
    found = [f"Removed: {one.text}" for id, one in old.items() if id not in new]
    found += [f"Added: {one.text}" for id, one in new.items() if id not in old]
    for id, one in new.items():
        if id in old:
            found += _changed(old[id], one)
    kept = [id for id in old if id in new]
    if kept != [id for id in new if id in old]:
        found.append("The order is another.")
    return found


def _changed(old: Requirement, new: Requirement) -> list[str]:
    words = [
        f"{name} from {_said(getattr(old, field))} to {_said(getattr(new, field))}"
        for field, name in _NAMES.items()
        if getattr(old, field) != getattr(new, field)
    ]
    if old.text != new.text:
        words.insert(0, f"now reads “{new.text}”")
    return [f"{old.text}: {'; '.join(words)}"] if words else []


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return ", ".join(map(str, value)) or "none" if isinstance(value, tuple) else str(value or "none")


def kit_changes(before: InterviewPlan, after: InterviewPlan) -> list[str]:
    """Pure. What a candidate would be asked differently, or rated by."""
    found: list[str] = []
    if before.minutes != after.minutes:
        found.append(f"Interview of at most {after.minutes} minutes instead of {before.minutes}")
    old, new = {one.id: one for one in before.competencies}, {one.id: one for one in after.competencies}
    found += [f"Competency removed: {one.name}" for id, one in old.items() if id not in new]
    found += [f"Competency added: {one.name}" for id, one in new.items() if id not in old]
    found += [f"Competency changed: {one.name}" for id, one in new.items() if id in old and old[id] != one]
    asked, asks = {one.id: one for one in before.questions}, {one.id: one for one in after.questions}
    found += [f"Question removed: {one.text}" for id, one in asked.items() if id not in asks]
    found += [f"Question added: {one.text}" for id, one in asks.items() if id not in asked]
    found += [f"Question changed: {one.text}" for id, one in asks.items() if id in asked and asked[id] != one]
    others = {"welcome": "Welcome", "closing": "Closing", "language": "Language", "title": "Title of the kit"}
    found += [f"{word} changed" for name, word in others.items() if getattr(before, name) != getattr(after, name)]
    return found


def since(store: Store, job: Job, last: JobApproval) -> list[str]:
    """What is different from what was approved last."""
    own, found = job.organisation_id, []
    if last.threshold != job.threshold:
        found.append(f"Threshold {job.threshold * 100:.0f} instead of {last.threshold * 100:.0f}")
    if last.requirements_version != job.requirements_version:
        before = store.requirements(own, job.id, last.requirements_version)
        words = requirement_changes(before, store.requirements(own, job.id))
        found += words or [f"Requirements: version {job.requirements_version}, with the same requirements"]
    if last.plan_version != job.plan_version:
        old, new = store.plan(own, job.id, last.plan_version), store.plan(own, job.id)
        if old is not None and new is not None:
            found += kit_changes(old, new) or [f"Kit: version {job.plan_version}, with small changes"]
    return found


def standing(app: App, organisation_id: str, job_id: str) -> ApprovalOut:
    with app.database.reading() as store:
        job = store.job(organisation_id, job_id)
        all_ = store.approvals(organisation_id, job_id)
        holds = store.approval(organisation_id, job_id) is not None
        changes = since(store, job, all_[0]) if all_ and not holds else []
    return ApprovalOut(
        needed=job.needs_approval,
        holds=holds,
        requirements_version=job.requirements_version,
        kit_version=job.plan_version,
        threshold=job.threshold,
        changes=changes,
        approvals=[
            ApprovedOut(
                requirements_version=one.requirements_version,
                kit_version=one.plan_version,
                threshold=one.threshold,
                approved_by=one.approved_by,
                approved_at=one.approved_at,
                note=one.note,
                withdrawn_by=one.withdrawn_by,
                withdrawn_at=one.withdrawn_at,
            )
            for one in all_
        ],
    )


def approve(app: App, who: Recruiter, job_id: str, body: ApproveIn) -> ApprovalOut:
    """By a person, by name. Whoever waits is invited by the job's policy at once. Raises Forbidden, Conflict."""
    person = person_of(who)
    seen = (body.requirements_version, body.kit_version, body.threshold)
    with app.database.store() as store:
        store.approve(who.organisation_id, job_id, seen=seen, person=person, note=body.note.strip(), now=app.now)
    return standing(app, who.organisation_id, job_id)


def withdraw(app: App, who: Recruiter, job_id: str) -> ApprovalOut:
    """Nobody is invited from now on, where the job needs an approval. Raises Forbidden, Conflict."""
    person = person_of(who)
    with app.database.store() as store:
        store.withdraw_approval(who.organisation_id, job_id, person=person, now=app.now)
    return standing(app, who.organisation_id, job_id)


def versions(app: App, organisation_id: str, job_id: str) -> list[JobVersionOut]:
    """Of what the job asks, newest first."""
    with app.database.reading() as store:
        job = store.job(organisation_id, job_id)
        rows = {one.version: one for one in store.job_versions(organisation_id, job_id)}
        assessed = store.assessed(organisation_id, job_id)
        first = max(1, job.requirements_version - SHOWN_VERSIONS + 1)
        asked = {
            number: store.requirements(organisation_id, job_id, number)
            for number in range(max(1, first - 1), job.requirements_version + 1)
        }
    found = []
    for number in range(job.requirements_version, first - 1, -1):
        row, before = rows.get(number), rows.get(number - 1)
        changes = requirement_changes(asked[number - 1], asked[number]) if number - 1 in asked else []
        if row is not None and before is not None and row.threshold != before.threshold:
            changes.insert(0, f"Threshold {row.threshold * 100:.0f} instead of {before.threshold * 100:.0f}")
        if row is not None and before is not None and row.title != before.title:
            changes.insert(0, f"Title: {row.title}")
        found.append(
            JobVersionOut(
                version=number,
                title=row.title if row else None,
                threshold=row.threshold if row else None,
                author=row.author if row else "",
                saved_at=row.saved_at if row else None,
                requirements=len(asked[number]),
                changes=changes,
                assessed=assessed.get(number, 0),
            )
        )
    return found
