"""Jobs, their requirements and their interview plan. Part of `models.store.Store`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from models.errors import BadRequest
from models.records import Application, InvitePolicy, Job, JobRequirement
from models.store.base import Rows
from models.values import InterviewPlan, Requirement

CHANGEABLE = {"title", "text", "media_type", "threshold", "invite_policy", "max_interviews", "minutes", "state"}


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
        return self._add(
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

    def job(self, organisation_id: str, id: str, *, lock: bool = False) -> Job:
        """`lock`: as of now, and nobody else locks or changes it before this transaction ends."""
        return self._lock(Job, organisation_id, id) if lock else self._own(Job, organisation_id, id)

    def jobs(self, organisation_id: str) -> list[Job]:
        """Newest first."""
        query = select(Job).where(Job.organisation_id == organisation_id).order_by(Job.created_at.desc(), Job.id.desc())
        return list(self._session.scalars(query))

    def update_job(self, organisation_id: str, id: str, **changes: Any) -> Job:
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
        self._session.flush()
        if job.requirements_version and (job.title, job.text, job.threshold) != judged_by:
            self.set_requirements(organisation_id, id, self.requirements(organisation_id, id))
        return job

    def set_requirements(self, organisation_id: str, job_id: str, requirements: Sequence[Requirement]) -> int:
        """Adds a version of the list and makes it the valid one; screenings name the version they used."""
        job = self._lock(Job, organisation_id, job_id)
        job.requirements_version += 1
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
        return tuple(_requirement(row) for row in self._session.scalars(query))

    def set_plan(self, organisation_id: str, job_id: str, plan: InterviewPlan) -> Job:
        job = self._lock(Job, organisation_id, job_id)
        job.plan = plan.model_dump(mode="json")
        job.plan_version = plan.version
        self._session.flush()
        return job

    def plan(self, organisation_id: str, job_id: str) -> InterviewPlan | None:
        job = self._own(Job, organisation_id, job_id)
        return None if job.plan is None else InterviewPlan.model_validate(job.plan)

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


def _requirement(row: JobRequirement) -> Requirement:
    names = Requirement.model_fields.keys() - {"id"}
    return Requirement.model_validate({"id": row.key} | {name: getattr(row, name) for name in names})
