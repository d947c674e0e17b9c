"""A recruiter sits in the candidate's chair: a sample job of its own with a copy of the kit, one invented person, and a
link with its code. Called by `api.routes.kits`.

It is a sample (`Job.is_sample`), so that it is sent to nobody and goes with all that belongs to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from api import entry
from api.uploads import Upload
from integrations.folder import Entry
from models.errors import Conflict
from models.records import Job
from models.store.applications import SAMPLE

if TYPE_CHECKING:
    from api.deps import App
    from api.security import Recruiter

TITLE = "Rehearsal: "
RESUME = "{name}\nrehearsal@example.org\n\nThis is a rehearsal of the interview. Nobody applied.\n"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """`url` opens the candidate's page; `code` is asked for there. Both are shown once."""

    job_id: str
    application_id: str
    url: str
    code: str
    expires_at: datetime


def is_rehearsal(job: Job) -> bool:
    return job.is_sample and job.title.startswith(TITLE)


def rehearse(app: App, who: Recruiter, job_id: str) -> Rehearsal:
    """With the kit as it is saved. Raises Conflict where there is none."""
    own = who.organisation_id
    with app.database.store() as store:
        job, plan = store.job(own, job_id), store.plan(own, job_id)
        if plan is None:
            raise Conflict("There is no interview kit to rehearse yet. Start one first.")
        if is_rehearsal(job):
            raise Conflict("This is a rehearsal already. Open the job that it rehearses.")
        made = store.add_job(
            own,
            title=f"{TITLE}{job.title}"[:200],
            text=job.text,
            media_type=job.media_type,
            threshold=job.threshold,
            invite_policy="after_confirmation",
            max_interviews=None,
            minutes=job.minutes,
            now=app.now,
        )
        store.set_requirements(own, made.id, store.requirements(own, job_id), now=app.now)
        store.set_plan(own, made.id, plan, author=who.actor, note=f"Version {plan.version} of {job.title}", now=app.now)
        store.mark_sample(own, made.id)
    upload = Upload(app, own, made.id, source=SAMPLE)
    name = f"{who.said or 'Somebody'} (rehearsal)"
    upload.take([Entry("rehearsal.txt", RESUME.format(name=name).encode())], name="Rehearsal")
    [application_id] = upload.ids
    interview_id = app.pipeline.advance(own, application_id, actor=who.actor, reason="A rehearsal.", person=who.person)
    url, expires_at = app.pipeline.stages.renew_link(own, interview_id)
    code, _ = entry.hand_out(app, own, interview_id)
    return Rehearsal(made.id, application_id, url, code, expires_at)
