"""Jobs: a posting becomes requirements; requirements and threshold can be changed. `api.routes.kits`: the interview."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query

from api import kits, languages
from api.deps import App, Foyer, Signed
from api.preview import Preview, Seen
from api.schemas import (
    LARGEST,
    MOST_REQUIREMENTS,
    JobChange,
    JobIn,
    JobOut,
    PreviewedOut,
    PreviewIn,
    PreviewOut,
    RequirementIn,
    one_line,
)
from api.security import Recruiter
from compliance.law import named
from interview.families import family
from interview.plan import MADE_IN
from models.errors import BadRequest
from models.records import Job
from models.values import Flag, Requirement
from screening.posting import read_posting

router = APIRouter(prefix="/api/jobs", tags=["jobs"])

Version = Annotated[
    int | None, Query(ge=0, le=LARGEST, description="the version that was edited; refused if not newest")
]


@router.post("", status_code=201)
def add_job(body: JobIn, app: Foyer, who: Signed) -> JobOut:
    """Read a posting into requirements. Edit them before the first upload if the reading is not what you meant."""
    job, flags = create_job(app, who.organisation_id, body, author=who.actor)
    return show(app, who.organisation_id, job, flags)


def create_job(app: App, organisation_id: str, body: JobIn, *, author: str) -> tuple[Job, tuple[Flag, ...]]:
    """Shared with the console's form. Raises BadRequest when the posting asks for nothing readable, or the interview
    that would be made for it could not be held."""
    languages.require(app.engines, MADE_IN)
    chosen = family(body.kit_family) if body.kit_family else None
    try:
        posting = read_posting(
            body.text,
            media_type=body.media_type,
            name=body.title or "the posting",
            vocabulary=app.engines.vocabulary,
            tagger=app.engines.tagger,
        )
    except RecursionError as error:
        raise BadRequest("This posting is nested too deeply to be read. Paste its text instead.") from error
    if not posting.requirements:
        raise BadRequest("No requirement was found in this posting. List what the job asks for, one point a line.")
    if len(posting.requirements) > MOST_REQUIREMENTS:
        raise BadRequest(
            f"This posting asks for {len(posting.requirements)} things, more than {MOST_REQUIREMENTS}. "
            "Paste the posting of one job only."
        )
    plain = body.media_type in ("text/markdown", "text/plain") and posting.text.split() == body.text.split()
    with app.database.store() as store:
        job = store.add_job(
            organisation_id,
            title=body.title or one_line(posting.title)[:200] or "Untitled job",
            text=posting.text,  # of a page or a record, its words: candidates' questions are answered from them
            media_type=body.media_type if plain else "text/markdown",
            threshold=app.settings.screening.threshold if body.threshold is None else body.threshold,
            invite_policy=body.invite_policy,
            max_interviews=body.max_interviews,
            minutes=body.minutes,
            now=app.now,
        )
        store.set_requirements(organisation_id, job.id, posting.requirements, now=app.now)
        if body.jurisdictions is not None:
            store.update_job(organisation_id, job.id, jurisdictions=list(named(body.jurisdictions)))
        if chosen is not None:
            kits.start_from(store, job, chosen, author=author, now=app.now)
        return store.job(organisation_id, job.id), posting.flags


@router.get("")
def jobs(app: Foyer, who: Signed) -> list[JobOut]:
    with app.database.reading() as store:
        found = [job for job in store.jobs(who.organisation_id) if who.sees(job.id)]
    return [show(app, who.organisation_id, job) for job in found]


@router.get("/{job_id}")
def job(job_id: str, app: Foyer, who: Signed) -> JobOut:
    with app.database.reading() as store:
        found = store.job(who.organisation_id, job_id)
    return show(app, who.organisation_id, found)


@router.patch("/{job_id}")
def change_job(job_id: str, body: JobChange, app: Foyer, who: Signed) -> JobOut:
    """Only the fields that are sent change. Another threshold or title judges anew, as other requirements do."""
    return show(app, who.organisation_id, apply_changes(app, who, job_id, body))


def apply_changes(app: App, who: Recruiter, job_id: str, body: JobChange) -> Job:
    """Shared with the page of settings."""
    changes = body.model_dump(exclude_unset=True)
    if changes.get("jurisdictions") is not None:
        changes["jurisdictions"] = list(named(changes["jurisdictions"]))
    with app.database.store() as store:
        changed = store.update_job(who.organisation_id, job_id, now=app.now, **changes)
    app.pipeline.rejudge(who.organisation_id, job_id)
    return changed


@router.get("/{job_id}/requirements")
def requirements(job_id: str, app: Foyer, who: Signed) -> tuple[Requirement, ...]:
    with app.database.reading() as store:
        return store.requirements(who.organisation_id, job_id)


@router.put("/{job_id}/requirements")
def set_requirements(
    job_id: str, body: list[RequirementIn], app: Foyer, who: Signed, based_on: Version = None
) -> JobOut:
    """A new version. Whoever is screened and not yet invited is judged anew by it, in the background; nothing that was
    decided or sent is withdrawn, and results name the version they were judged by."""
    changed = save_requirements(app, who, job_id, body, based_on=based_on)
    return show(app, who.organisation_id, changed)


def save_requirements(
    app: App, who: Recruiter, job_id: str, asked: Sequence[RequirementIn], *, based_on: int | None
) -> Job:
    """Shared with the page. Raises BadRequest; Conflict when somebody saved meanwhile."""
    check(asked)
    with app.database.store() as store:
        store.set_requirements(who.organisation_id, job_id, asked, now=app.now, based_on=based_on)
        changed = store.job(who.organisation_id, job_id)
    app.pipeline.rejudge(who.organisation_id, job_id)
    return changed


@router.post("/{job_id}/preview")
def preview(job_id: str, body: PreviewIn, app: Foyer, who: Signed) -> PreviewOut:
    """What another threshold, other weights or other requirements would do. Nothing is saved, nobody is told."""
    with app.database.reading() as store:
        standing = store.requirements(who.organisation_id, job_id)
    asked: Sequence[Requirement] = standing
    if body.requirements is not None:
        check(body.requirements)
        asked = [Requirement.model_validate(one.model_dump()) for one in body.requirements]
    if unknown := sorted((body.weights or {}).keys() - {one.id for one in asked}):
        raise BadRequest(f"There is no requirement {', '.join(map(repr, unknown))} to weigh.")
    weighed = [one.model_copy(update={"weight": (body.weights or {}).get(one.id, one.weight)}) for one in asked]
    tried: dict[str, Any] = {"requirements": weighed, "threshold": body.threshold}
    if not body.people:
        return previewed(app.previews.preview(who.organisation_id, job_id, **tried))
    found, seen = app.previews.people(who.organisation_id, job_id, **tried, most=body.people)
    return previewed(found, seen if "candidates:read" in who.rights else ())


def previewed(found: Preview, seen: Sequence[Seen] = ()) -> PreviewOut:
    people = [
        PreviewedOut(
            application_id=one.application_id,
            name=one.name,
            rank=one.rank,
            score=one.score,
            decision=one.decision,
            crosses=one.crosses,
        )
        for one in seen
    ]
    counted = {"counts": found.counts, "histogram": found.histogram}
    return PreviewOut(screened=found.screened, moved=found.moved, people=people, **counted)


def check(requirements: Sequence[RequirementIn]) -> None:
    """Raises BadRequest for a list that nobody could be judged by."""
    if not requirements:
        raise BadRequest("A job needs at least one requirement.")
    if len(requirements) > MOST_REQUIREMENTS:
        raise BadRequest(f"A job has at most {MOST_REQUIREMENTS} requirements; these are {len(requirements)}.")
    ids = [requirement.id for requirement in requirements]
    if twice := sorted({id for id in ids if ids.count(id) > 1}):
        raise BadRequest(f"Each requirement needs an id of its own; more than one has {', '.join(map(repr, twice))}.")
    if not any(requirement.weight for requirement in requirements):
        raise BadRequest("At least one requirement needs a weight above zero; else nobody has a score.")


def show(app: App, organisation_id: str, job: Job, flags: tuple[Flag, ...] = ()) -> JobOut:
    with app.database.reading() as store:
        found = store.requirements(organisation_id, job.id)
        counts = store.job_counts(organisation_id).get(job.id, {})
    return JobOut(
        id=job.id,
        title=job.title,
        threshold=job.threshold,
        invite_policy=job.invite_policy,
        max_interviews=job.max_interviews,
        minutes=job.minutes,
        state=job.state,
        requirements_version=job.requirements_version,
        jurisdictions=job.jurisdictions,
        needs_approval=job.needs_approval,
        by_telephone=job.by_telephone,
        requirements=found,
        flags=flags,
        counts=counts,
        created_at=job.created_at,
        is_sample=job.is_sample,
    )
