"""Random draws from those below the line, and what came of them. Part of `models.store.Store`; `api.sampling` draws."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from models.records import Application, Candidate, Interview, Job, Report, Review, Round, Sample, SampleMember
from models.store.base import Rows
from models.store.deciding import below
from models.values import Person


class Sampling(Rows):
    def below_line(self, organisation_id: str, job_id: str) -> list[str]:
        """Who lies below a job's line, is not invited, and could be: ids, in order."""
        self._own(Job, organisation_id, job_id)
        query = (
            select(Application.id)
            .join(Candidate, Application.candidate_id == Candidate.id)
            .where(below(job_id))
            .where(Candidate.opted_out_at.is_(None), Candidate.email_key.is_not(None))
        )
        return list(self._session.scalars(query.order_by(Application.id)))

    def sample_by_key(self, organisation_id: str, key: str) -> Sample | None:
        return self._session.scalar(select(Sample).where(Sample.organisation_id == organisation_id, Sample.key == key))

    def add_sample(
        self,
        organisation_id: str,
        job_id: str,
        round_id: str,
        *,
        key: str,
        drawn: Sequence[str],
        pool: int,
        pool_sha256: str,
        seed: str,
        share: float | None,
        threshold: float,
        person: Person,
        now: datetime,
    ) -> Sample:
        self._own(Job, organisation_id, job_id)
        made = self._add(
            Sample(
                organisation_id=organisation_id,
                job_id=job_id,
                round_id=self._own(Round, organisation_id, round_id).id,
                key=key,
                person=person.name,
                seed=seed,
                share=share,
                size=len(drawn),
                pool=pool,
                pool_sha256=pool_sha256,
                threshold=threshold,
                drawn_at=now,
            )
        )
        for id in drawn:
            self._own(Application, organisation_id, id)
            self._session.add(SampleMember(organisation_id=organisation_id, sample_id=made.id, application_id=id))
        self._session.flush()
        facts: dict[str, Any] = {"sample": made.id, "seed": seed, "size": len(drawn), "pool": pool, "of": pool_sha256}
        self._note(organisation_id, "sample.drawn", "job", job_id, person=person, **facts)
        return made

    def samples(self, organisation_id: str, job_id: str) -> list[Sample]:
        """Newest first."""
        self._own(Job, organisation_id, job_id)
        query = select(Sample).where(Sample.job_id == job_id).order_by(Sample.drawn_at.desc(), Sample.id.desc())
        return list(self._session.scalars(query))

    def sampled(self, organisation_id: str, job_id: str) -> dict[str, str]:
        """Application -> the state of its newest interview (empty: not invited yet), of all a job's samples."""
        self._own(Job, organisation_id, job_id)
        query = (
            select(SampleMember.application_id, Interview.state)
            .join(Sample, SampleMember.sample_id == Sample.id)
            .outerjoin(Interview, Interview.application_id == SampleMember.application_id)
            .where(Sample.job_id == job_id)
            .order_by(Interview.attempt)
        )
        return {id: state or "" for id, state in self._session.execute(query)}

    def above_line(self, organisation_id: str, job_id: str, limit: int) -> list[str]:
        """Who passed, was in no sample and has a report: the newest so many."""
        self._own(Job, organisation_id, job_id)
        drawn = select(SampleMember.id).where(SampleMember.application_id == Application.id).correlate(Application)
        query = (
            select(Application.id)
            .join(Report, Report.application_id == Application.id)
            .where(Application.job_id == job_id, Application.decision == "advance", ~drawn.exists())
            .group_by(Application.id)
            .order_by(Application.id.desc())
            .limit(limit)
        )
        return list(self._session.scalars(query))

    def overall_of(self, organisation_id: str, application_ids: Collection[str]) -> dict[str, float]:
        """Application -> the overall figure of its report that counts, 0 to 100, where that has one."""
        query = select(Application.id, Application.overall).where(Application.organisation_id == organisation_id)
        query = query.where(Application.id.in_(application_ids), Application.overall.is_not(None))
        return {id: overall for id, overall in self._session.execute(query) if overall is not None}

    def reviews_by(self, organisation_id: str, application_ids: Collection[str]) -> dict[str, list[Review]]:
        """Application -> reviews of its interviews, oldest first."""
        query = (
            select(Interview.application_id, Review)
            .join(Interview, Review.interview_id == Interview.id)
            .where(Review.organisation_id == organisation_id, Interview.application_id.in_(application_ids))
        )
        found: dict[str, list[Review]] = {}
        for id, review in self._session.execute(query.order_by(Review.at, Review.id)):
            found.setdefault(id, []).append(review)
        return found
