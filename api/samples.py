"""The sample job: an invented opening and invented people, to look around with, removed with all that belongs to it.
Used by `api.routes.setup`."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from api import erasing
from api.rehearsing import is_rehearsal
from api.routes.jobs import create_job
from api.schemas import JobIn
from api.security import Recruiter
from api.uploads import Upload
from integrations.folder import Entry
from models.errors import BadRequest, Conflict
from models.records import Job
from models.settings import ROOT
from models.store.applications import SAMPLE
from models.values import InterviewPlan

if TYPE_CHECKING:
    from api.deps import App

FOLDER = ROOT / "samples"
NAME = "backend_engineer"
OTHERS = 4
"""Files that were sent to the wrong opening, beside those for this one."""


def load(app: App, who: Recruiter) -> Job:
    """The job with its kit, and the applications of its files, which are screened next. Raises Conflict where it is
    there already, BadRequest where the samples are not installed."""
    with app.database.reading() as store:
        known = [job for job in store.jobs(who.organisation_id) if job.is_sample and not is_rehearsal(job)]
    if known:
        raise Conflict("The sample job is here already. Remove it first to load it anew.")
    files = chosen()
    posting = JobIn(text=(FOLDER / "jobs" / f"{NAME}.md").read_text(), minutes=15)
    job, _ = create_job(app, who.organisation_id, posting, author=who.actor)
    with app.database.store() as store:
        job = store.mark_sample(who.organisation_id, job.id)
        kit = InterviewPlan.model_validate_json((FOLDER / "kits" / f"{NAME}.json").read_text())
        store.set_plan(who.organisation_id, job.id, kit, author=who.actor, now=app.now)
    upload = Upload(app, who.organisation_id, job.id, source=SAMPLE)
    upload.take(files, name="Samples")
    app.pipeline.received()
    return job


def chosen() -> list[Entry]:
    """Those who want this job, strong and weak; some who do not; and files that cannot be read."""
    try:
        known = tomllib.loads((FOLDER / "expected.toml").read_text())
    except FileNotFoundError:
        raise BadRequest("The samples are not installed here. Create a job of your own.") from None
    ours = [name for name, facts in known.items() if facts.get("job") == NAME or "reason" in facts]
    others = [name for name, facts in known.items() if facts.get("job") not in (NAME, None)][:OTHERS]
    return [Entry(name, (FOLDER / "resumes" / name).read_bytes()) for name in sorted({*ours, *others})]


def remove(app: App, who: Recruiter, job_id: str) -> None:
    """Everybody in it is erased, then the job goes. Raises NotFound, and Conflict for a job that is no sample."""
    with app.database.reading() as store:
        job = store.job(who.organisation_id, job_id)
        people = store.applicants(who.organisation_id, job_id)
    if not job.is_sample:
        raise Conflict("Only a sample job can be removed. Close the job instead: what was decided has to be kept.")
    for candidate_id in people:
        erasing.erase(app, who.organisation_id, candidate_id, because="a sample was removed", person=who.actor)
    with app.database.store() as store:
        store.remove_sample(who.organisation_id, job_id)
    app.previews.forget()
