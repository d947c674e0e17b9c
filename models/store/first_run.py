"""The first run: an organisation gets its name and its first administrator, a sample job to look around, and a list of
first steps. Part of `models.store.Store`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, select

from models.errors import Conflict
from models.records import Application, Base, Interview, Job, Organisation, ReviewEvent, User
from models.store.accounts import Accounts
from models.store.rights import Rights


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """What has been done here at least once. `away`: somebody put the list away."""

    job: bool
    resumes: bool
    shortlist: bool
    invited: bool
    report: bool
    away: bool

    @property
    def done(self) -> bool:
        return self.job and self.resumes and self.shortlist and self.invited and self.report


class FirstRun(Rights, Accounts):
    def set_up(
        self,
        organisation_id: str,
        *,
        called: str,
        jurisdictions: Sequence[str],
        name: str,
        email: str,
        password_hash: str,
        now: datetime,
    ) -> User:
        """The organisation's own name, and its first administrator. Raises Conflict where somebody was first."""
        organisation = self._lock(Organisation, organisation_id, organisation_id)
        if self.users(organisation_id):
            raise Conflict("Foyer is set up already. Sign in, or ask an administrator for an invitation.")
        if called and called != organisation.name:
            self._note(
                organisation_id, "organisation.renamed", "organisation", organisation_id, before=organisation.name
            )
            organisation.name = called
        if jurisdictions:
            self.set_law(organisation_id, jurisdictions=jurisdictions)
        return self.add_user(
            organisation_id, name=name, email=email, role="admin", password_hash=password_hash, now=now
        )

    # ------------------------------------------------------------ a sample job

    def mark_sample(self, organisation_id: str, job_id: str) -> Job:
        """From now on it takes no file but samples, and can be removed with all that belongs to it."""
        job = self._lock(Job, organisation_id, job_id)
        job.is_sample = True
        self._session.flush()
        return job

    def applicants(self, organisation_id: str, job_id: str) -> list[str]:
        """Ids of the candidates of a job."""
        self._own(Job, organisation_id, job_id)
        query = select(Application.candidate_id).where(Application.job_id == job_id).distinct()
        return list(self._session.scalars(query))

    def remove_sample(self, organisation_id: str, job_id: str) -> None:
        """The job goes, once its people have; raises Conflict before, and for a job that is no sample."""
        job = self._lock(Job, organisation_id, job_id)
        if not job.is_sample:
            raise Conflict("Only a sample job can be removed. Close the job instead: what was decided has to be kept.")
        if self.applicants(organisation_id, job_id):
            raise Conflict("People of this sample are still being removed. Try again in a moment.")
        for table in reversed(Base.metadata.sorted_tables):
            if "job_id" in table.c:
                self._session.execute(delete(table).where(table.c.job_id == job_id))
        self._note(organisation_id, "job.removed", "job", job_id, sample=True)
        self._session.delete(job)
        self._session.flush()

    # ------------------------------------------------------------ first steps

    def first_steps(self, organisation_id: str) -> FirstSteps:
        here = self._own(Organisation, organisation_id, organisation_id)
        if here.guided_at is not None:
            return FirstSteps(job=True, resumes=True, shortlist=True, invited=True, report=True, away=True)
        opened = (ReviewEvent.kind == "opened") & (ReviewEvent.what == "application")
        read = ReviewEvent.what.in_(["report", "review"])
        return FirstSteps(
            job=self._any(Job, organisation_id),
            resumes=self._any(Application, organisation_id),
            shortlist=self._any(ReviewEvent, organisation_id, opened),
            invited=self._any(Interview, organisation_id),
            report=self._any(ReviewEvent, organisation_id, read),
            away=False,
        )

    def put_steps_away(self, organisation_id: str, now: datetime) -> None:
        self._lock(Organisation, organisation_id, organisation_id).guided_at = now
        self._session.flush()

    def _any(self, kind: type[Base], organisation_id: str, *also: ColumnElement[bool]) -> bool:
        query = select(exists().where(kind.organisation_id == organisation_id, *also))
        return bool(self._session.scalar(query))
