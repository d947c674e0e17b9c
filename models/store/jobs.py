"""Jobs, their requirements and their interview plan. Part of `models.store.Store`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from models.deeds import acting, content_hash
from models.errors import BadRequest, Conflict, NotFound
from models.records import Application, InvitePolicy, Job, JobKit, JobRequirement, JobVersion
from models.store.base import Rows
from models.store.shortlist import requirement_of
from models.values import InterviewPlan, Requirement

CHANGEABLE = {
    *("title", "text", "media_type", "threshold", "invite_policy", "max_interviews", "minutes", "state"),
    *("jurisdictions", "needs_approval", "by_telephone"),
}


class Jobs(Rows):
    def add_job(
        self,
        organisation_id: str,
        *,
        title: str,
        text: str,
        media_type: str,
        threshold: float,
        invite_policy: InvitePolicy,
        max_interviews: int | None,
        minutes: int,
        now: datetime,
    ) -> Job:
        job = self._add(
            Job(
                organisation_id=organisation_id,
                title=title,
                text=text,
                media_type=media_type,
                threshold=threshold,
                invite_policy=invite_policy,
                max_interviews=max_interviews,
                minutes=minutes,
                created_at=now,
            )
        )
        self._note(organisation_id, "job.created", "job", job.id, threshold=threshold, invite_policy=invite_policy)
        return job

    def job(self, organisation_id: str, id: str, *, lock: bool = False) -> Job:
        """`lock`: as of now, and nobody else locks or changes it before this transaction ends."""
        return self._lock(Job, organisation_id, id) if lock else self._own(Job, organisation_id, id)

    def jobs(self, organisation_id: str) -> list[Job]:
        """Newest first."""
        query = select(Job).where(Job.organisation_id == organisation_id).order_by(Job.created_at.desc(), Job.id.desc())
        return list(self._session.scalars(query))

    def job_titles(self, organisation_id: str) -> list[tuple[str, str]]:
        """(id, title), newest first: for choosing one."""
        query = select(Job.id, Job.title).where(Job.organisation_id == organisation_id)
        rows = self._session.execute(query.order_by(Job.created_at.desc(), Job.id.desc()))
        return [(id, title) for id, title in rows]

    def update_job(self, organisation_id: str, id: str, *, now: datetime | None = None, **changes: Any) -> Job:
        """Sets some of CHANGEABLE. Another title or threshold makes a new version of what the job asks, since it moves
        scores or decisions. Raises BadRequest for any other name."""
        if unknown := changes.keys() - CHANGEABLE:
            raise BadRequest(
                f"A job has no {', '.join(sorted(unknown))} to change; it has {', '.join(sorted(CHANGEABLE))}."
            )
        job = self._lock(Job, organisation_id, id)
        judged_by = (job.title, job.text, job.threshold)
        for name, value in changes.items():
            setattr(job, name, value)
        self._note(organisation_id, "job.changed", "job", id, changes=changes)
        self._session.flush()
        if job.requirements_version and (job.title, job.text, job.threshold) != judged_by:
            self.set_requirements(organisation_id, id, self.requirements(organisation_id, id), now=now)
        return job

    def set_requirements(
        self,
        organisation_id: str,
        job_id: str,
        requirements: Sequence[Requirement],
        *,
        now: datetime | None = None,
        based_on: int | None = None,
    ) -> int:
        """Adds a version of the list and makes it the valid one; screenings name the version they used. Raises Conflict
        when the version it was edited from, `based_on`, is no longer the newest."""
        job = self._lock(Job, organisation_id, job_id)
        if based_on is not None and based_on != job.requirements_version:
            raise Conflict(
                f"Somebody saved version {job.requirements_version} while you edited version {based_on}. Load the "
                "requirements again and bring your changes over."
            )
        job.requirements_version += 1
        who = acting().person
        self._session.add(
            JobVersion(
                organisation_id=organisation_id,
                job_id=job_id,
                version=job.requirements_version,
                title=job.title,
                threshold=job.threshold,
                author=who.signature if who is not None else "",
                saved_at=now,
            )
        )
        for position, requirement in enumerate(requirements):
            columns = requirement.model_dump(mode="json")
            columns["key"] = columns.pop("id")
            self._session.add(
                JobRequirement(
                    organisation_id=organisation_id,
                    job_id=job_id,
                    version=job.requirements_version,
                    position=position,
                    **columns,
                )
            )
        self._session.flush()
        self._note(
            organisation_id,
            "job.requirements_changed",
            "job",
            job_id,
            version=job.requirements_version,
            content=content_hash({"requirements": [one.model_dump(mode="json") for one in requirements]}),
        )
        return job.requirements_version

    def requirements(self, organisation_id: str, job_id: str, version: int | None = None) -> tuple[Requirement, ...]:
        """In the order they were given. `version` None: the valid one; a version that never was has none."""
        job = self._own(Job, organisation_id, job_id)
        query = (
            select(JobRequirement)
            .where(
                JobRequirement.organisation_id == organisation_id,
                JobRequirement.job_id == job_id,
                JobRequirement.version == (job.requirements_version if version is None else version),
            )
            .order_by(JobRequirement.position)
        )
        return tuple(requirement_of(row) for row in self._session.scalars(query))

    def requirement_ids(self, organisation_id: str, job_id: str) -> set[str]:
        """Of every version there was: an id that a verdict names never comes to mean something else."""
        self._own(Job, organisation_id, job_id)
        query = select(JobRequirement.key).where(
            JobRequirement.organisation_id == organisation_id, JobRequirement.job_id == job_id
        )
        return set(self._session.scalars(query.distinct()))

    def set_plan(
        self, organisation_id: str, job_id: str, plan: InterviewPlan, *, author: str, now: datetime, note: str = ""
    ) -> InterviewPlan:
        """Saves the kit as the job's next version, whatever number it carries, and makes it the one used from now on.
        The same content again is no new version. Returns it as saved."""
        job = self._lock(Job, organisation_id, job_id)
        standing = self.plan(organisation_id, job_id)
        if standing is not None and standing.sha256 == plan.sha256 and standing.facts == plan.facts:
            return standing
        job.plan_version += 1
        saved = plan.model_copy(update={"version": job.plan_version})
        job.plan = saved.model_dump(mode="json")
        self._add(
            JobKit(
                organisation_id=organisation_id,
                job_id=job_id,
                version=job.plan_version,
                plan=job.plan,
                author=author,
                note=note,
                saved_at=now,
            )
        )
        self._note(organisation_id, "job.kit_changed", "job", job_id, version=saved.version, sha256=saved.sha256)
        return saved

    def plan(self, organisation_id: str, job_id: str, version: int | None = None) -> InterviewPlan | None:
        """The kit that is used next, or one version of it. Raises NotFound for a version that never was."""
        job = self._own(Job, organisation_id, job_id)
        if version is None:
            return None if job.plan is None else InterviewPlan.model_validate(job.plan)
        kept = next((kit for kit in self.kits(organisation_id, job_id) if kit.version == version), None)
        if kept is None:
            raise NotFound(f"The kit of this job has no version {version}; it has {job.plan_version}.")
        return InterviewPlan.model_validate(kept.plan)

    def kits(self, organisation_id: str, job_id: str) -> list[JobKit]:
        """Every version of the job's kit, newest first."""
        self._own(Job, organisation_id, job_id)
        query = select(JobKit).where(JobKit.job_id == job_id, JobKit.organisation_id == organisation_id)
        return list(self._session.scalars(query.order_by(JobKit.version.desc())))

    def job_counts(self, organisation_id: str) -> dict[str, dict[str, int]]:
        """Applications by job and stage; what is zero is absent."""
        query = (
            select(Application.job_id, Application.stage, func.count())
            .where(Application.organisation_id == organisation_id)
            .group_by(Application.job_id, Application.stage)
        )
        counts: dict[str, dict[str, int]] = {}
        for job_id, stage, number in self._session.execute(query):
            counts.setdefault(job_id, {})[stage] = number
        return counts

    def stage_counts(self, organisation_id: str, job_id: str) -> dict[str, int]:
        """Applications of one job by stage; what is zero is absent."""
        self._own(Job, organisation_id, job_id)
        query = select(Application.stage, func.count()).where(Application.job_id == job_id)
        return {stage: number for stage, number in self._session.execute(query.group_by(Application.stage))}  # noqa: C416
