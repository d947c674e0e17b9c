"""A job's interview kit: started from the library or the requirements, judged, and saved as its next version. Shared by
the JSON routes and the page of `api.routes.kits`.

Nothing here changes an interview: each keeps the plan that it was invited with."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from api import languages
from api.schemas import FindingOut, KitOut, SuggestionOut
from interview import budget
from interview.families import Family, family, from_family, suggest
from interview.kit import uncovered
from interview.lint import Finding, findings
from interview.plan import make_plan
from models.errors import Conflict, Unprocessable
from models.records import Job
from models.store import Store
from models.values import InterviewPlan, Requirement

if TYPE_CHECKING:
    from api.deps import App


def start(
    app: App, organisation_id: str, job_id: str, chosen: str | None, *, author: str, based_on: int | None = None
) -> InterviewPlan:
    """The job's next version, from a kit of the library, or None: from the job's requirements alone. Raises NotFound
    for an unknown family, Conflict as `save`."""
    with app.database.store() as store:
        job = store.job(organisation_id, job_id, lock=True)
        _same_version(job, based_on)
        return start_from(store, job, family(chosen) if chosen else None, author=author, now=app.now)


def start_from(store: Store, job: Job, chosen: Family | None, *, author: str, now: datetime) -> InterviewPlan:
    """What a recruiter wrote for candidates' questions stays."""
    requirements, plan_id = store.requirements(job.organisation_id, job.id), f"kit-{job.id}"
    if chosen is None:
        note = "Made from the requirements."
        plan = make_plan(job.title, requirements, minutes=job.minutes, plan_id=plan_id)
    else:
        note = f"Started from the library: {chosen.name}."
        plan = from_family(chosen, job.title, requirements, minutes=job.minutes, plan_id=plan_id)
    standing = store.plan(job.organisation_id, job.id)
    if standing is not None:
        plan = plan.model_copy(update={"facts": standing.facts})
    return store.set_plan(job.organisation_id, job.id, plan, author=author, note=note, now=now)


def save(
    app: App,
    organisation_id: str,
    job_id: str,
    plan: InterviewPlan,
    *,
    author: str,
    note: str = "",
    based_on: int | None = None,
) -> InterviewPlan:
    """Everyone invited from now on gets this kit. Raises Unprocessable when the lint finds something, BadRequest when
    nobody here hears or speaks its language, Conflict when the version it was edited from is no longer the newest."""
    with app.database.reading() as store:
        _same_version(store.job(organisation_id, job_id), based_on)
    if found := findings(plan):
        raise Unprocessable("This kit cannot be used yet. " + "; ".join(f"{one.path}: {one.text}" for one in found))
    languages.require(app.engines, plan.language)
    with app.database.store() as store:
        _same_version(store.job(organisation_id, job_id, lock=True), based_on)
        return store.set_plan(organisation_id, job_id, plan, author=author, note=note, now=app.now)


def _same_version(job: Job, based_on: int | None) -> None:
    if based_on is not None and based_on != job.plan_version:
        raise Conflict(
            f"Somebody saved version {job.plan_version} while you edited version {based_on}. Load the kit again and "
            "bring your changes over."
        )


def judged(plan: InterviewPlan, requirements: tuple[Requirement, ...], found: list[Finding]) -> KitOut:
    return KitOut(
        plan=plan,
        sha256=plan.sha256,
        seconds=budget.seconds(plan),
        uncovered=[one.text for one in uncovered(plan, requirements)],
        findings=[FindingOut(path=one.path, text=one.text) for one in found],
    )


def suggestions(job: Job, requirements: tuple[Requirement, ...]) -> list[SuggestionOut]:
    return [
        SuggestionOut(
            family=one.family.id,
            name=one.family.name,
            reason=one.reason,
            uncovered=[
                left.text
                for left in uncovered(
                    from_family(one.family, job.title, requirements, minutes=job.minutes, plan_id="kit"), requirements
                )
            ],
        )
        for one in suggest(job.title, requirements)
    ]
