"""A person's approval of a job as it stands: requirements, kit and threshold; its versions, and who was assessed under
which. Part of `models.store.Store`; the sweep asks with `approved` (`models.store.system`)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, func, select

from models.errors import Conflict
from models.records import Application, Interview, Job, JobApproval, JobKit, JobVersion, Screening
from models.store.base import Rows
from models.values import Person

UNAPPROVED = (
    "Nobody is invited to this job until a person approves its requirements, kit and threshold as they stand. "
    "Approve them on the job's page Versions, or switch the approval off in its settings."
)


def approved() -> ColumnElement[bool]:
    """The query's job needs no approval, or has one that still holds."""
    standing = select(JobApproval.id).where(
        JobApproval.job_id == Job.id,
        JobApproval.withdrawn_at.is_(None),
        JobApproval.requirements_version == Job.requirements_version,
        JobApproval.plan_version == Job.plan_version,
        JobApproval.threshold == Job.threshold,
    )
    return ~Job.needs_approval | standing.correlate(Job).exists()


class Approvals(Rows):
    def approve(
        self,
        organisation_id: str,
        job_id: str,
        *,
        seen: tuple[int, int, float],
        person: Person,
        note: str,
        now: datetime,
    ) -> JobApproval:
        """`seen`: the versions of requirements and kit, and the threshold, that they looked at. Raises Conflict when
        one of them is another by now, where there is no kit, and where it is approved already."""
        job = self._lock(Job, organisation_id, job_id)
        if not job.plan_version:
            raise Conflict("There is no interview kit to approve yet. Start one on the page Interview kit first.")
        if seen != (job.requirements_version, job.plan_version, job.threshold):
            raise Conflict("Somebody changed the job since you looked at it. Load the page again and see what changed.")
        if self.approval(organisation_id, job_id) is not None:
            raise Conflict("This is approved already. Load the page again.")
        made = self._add(
            JobApproval(
                organisation_id=organisation_id,
                job_id=job_id,
                requirements_version=job.requirements_version,
                plan_version=job.plan_version,
                threshold=job.threshold,
                approved_by=person.signature,
                note=note,
                approved_at=now,
            )
        )
        self._note(
            organisation_id,
            "job.approved",
            "job",
            job_id,
            person=person,
            requirements=made.requirements_version,
            kit=made.plan_version,
            threshold=made.threshold,
        )
        return made

    def withdraw_approval(self, organisation_id: str, job_id: str, *, person: Person, now: datetime) -> JobApproval:
        """Of the approval that holds. Raises Conflict where none does."""
        self._lock(Job, organisation_id, job_id)
        standing = self.approval(organisation_id, job_id)
        if standing is None:
            raise Conflict("Nothing is approved that could be withdrawn. Load the page again.")
        standing.withdrawn_by, standing.withdrawn_at = person.signature, now
        self._note(organisation_id, "job.approval_withdrawn", "job", job_id, person=person)
        self._session.flush()
        return standing

    def approval(self, organisation_id: str, job_id: str) -> JobApproval | None:
        """The one that holds for new invitations, whether or not the job needs one."""
        job = self._own(Job, organisation_id, job_id)
        query = select(JobApproval).where(
            JobApproval.organisation_id == organisation_id,
            JobApproval.job_id == job_id,
            JobApproval.withdrawn_at.is_(None),
            JobApproval.requirements_version == job.requirements_version,
            JobApproval.plan_version == job.plan_version,
            JobApproval.threshold == job.threshold,
        )
        return self._session.scalar(query.order_by(JobApproval.id.desc()).limit(1))

    def approvals(self, organisation_id: str, job_id: str) -> list[JobApproval]:
        """All there were, newest first."""
        self._own(Job, organisation_id, job_id)
        query = select(JobApproval).where(JobApproval.organisation_id == organisation_id, JobApproval.job_id == job_id)
        return list(self._session.scalars(query.order_by(JobApproval.id.desc())))

    def unapproved(self, organisation_id: str, job_id: str) -> bool:
        """The job needs an approval and none holds."""
        job = self._own(Job, organisation_id, job_id)
        return job.needs_approval and self.approval(organisation_id, job_id) is None

    def job_versions(self, organisation_id: str, job_id: str) -> list[JobVersion]:
        """Of what the job asks, newest first."""
        self._own(Job, organisation_id, job_id)
        query = select(JobVersion).where(JobVersion.organisation_id == organisation_id, JobVersion.job_id == job_id)
        return list(self._session.scalars(query.order_by(JobVersion.version.desc())))

    def assessed(self, organisation_id: str, job_id: str) -> dict[int, int]:
        """Version of the requirements -> people whose screening stands by it."""
        self._own(Job, organisation_id, job_id)
        query = (
            select(Screening.requirements_version, func.count())
            .join(Application, Application.id == Screening.application_id)
            .where(Application.organisation_id == organisation_id, Application.job_id == job_id)
            .group_by(Screening.requirements_version)
        )
        return {version: number for version, number in self._session.execute(query)}  # noqa: C416 - typed

    def interviewed(self, organisation_id: str, job_id: str) -> dict[int, int]:
        """Version of the kit -> interviews that it was given: each has the one that stood when they were invited."""
        self._own(Job, organisation_id, job_id)
        kits = select(JobKit.version, JobKit.saved_at).where(JobKit.job_id == job_id).order_by(JobKit.version)
        saved = self._session.execute(kits).all()
        query = select(Interview.invited_at).where(Interview.job_id == job_id)  # an index has it all
        found: dict[int, int] = {}
        for at in self._session.scalars(query):
            version = max((number for number, since in saved if since <= at), default=None)
            if version is not None:
                found[version] = found.get(version, 0) + 1
        return found

    def people_by_version(
        self, organisation_id: str, job_id: str, version: int, *, limit: int, offset: int = 0
    ) -> list[Application]:
        """Whose screening stands by this version of the requirements, the oldest first."""
        self._own(Job, organisation_id, job_id)
        query = (
            select(Application)
            .join(Screening, Screening.application_id == Application.id)
            .where(Application.organisation_id == organisation_id, Application.job_id == job_id)
            .where(Screening.requirements_version == version)
        )
        return list(self._session.scalars(query.order_by(Application.id).limit(limit).offset(offset)))
