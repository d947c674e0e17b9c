"""Everybody who was ever screened: how they fared, whether they may be written to, and another application of theirs
with the file that is there. Part of `models.store.Store`; `api.pool_people` and `api.reengaging` decide by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select

from models.errors import Conflict, NotFound
from models.records import (
    Application,
    Candidate,
    CandidateRequest,
    Document,
    Interview,
    Job,
    LegalHold,
    Personal,
    PersonalJson,
    SavedSearch,
    Stage,
    secrets_of,
)
from models.store.base import Rows

FROM_POOL = "pool"
"""`Application.source` of one that was made of an earlier one."""
MOST_SEARCHES = 200


@dataclass(frozen=True, slots=True)
class Past:
    """One application of somebody's."""

    id: str
    job_id: str
    job: str
    stage: Stage
    source: str
    score: float | None
    overall: float | None
    recommendation: str | None
    outcome: str | None
    applied_at: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody of the pool, by one of their documents. `past`: newest first. `asks_erasure`: they asked for it and
    nobody has answered."""

    candidate_id: str
    document_id: str
    name: str | None
    has_email: bool
    opted_out_at: datetime | None
    agreed_at: datetime | None
    held: bool
    asks_erasure: bool
    past: tuple[Past, ...]


class Pools(Rows):
    def resumes(self, organisation_id: str, document_ids: Collection[str]) -> dict[str, dict[str, Any]]:
        """Document -> what was read in it, of those that are (still) there."""
        query = select(Document.id, Document.parsed).where(
            Document.organisation_id == organisation_id, Document.id.in_(document_ids), Document.parsed.is_not(None)
        )
        return {id: parsed for id, parsed in self._session.execute(query) if parsed is not None}

    def owners(self, organisation_id: str, document_ids: Collection[str]) -> dict[str, str]:
        """Document -> candidate, of those that `resumes` has."""
        query = select(Document.id, Document.candidate_id).where(
            Document.organisation_id == organisation_id, Document.id.in_(document_ids), Document.parsed.is_not(None)
        )
        return {id: candidate_id for id, candidate_id in self._session.execute(query)}  # noqa: C416 - typed

    def askable(self, organisation_id: str, job_id: str) -> list[str]:
        """The newest document that was read of everybody who agreed to hear of other jobs, did not take it back, has an
        address, did not ask for erasure and has not applied for this job. How long they may be kept is not asked."""
        self._own(Job, organisation_id, job_id)
        applied = select(Application.candidate_id).where(Application.job_id == job_id)
        query = (
            select(func.max(Document.id))
            .join(Candidate, Candidate.id == Document.candidate_id)
            .where(Document.organisation_id == organisation_id, Document.parsed.is_not(None))
            .where(Candidate.contact_agreed_at.is_not(None), Candidate.opted_out_at.is_(None))
            .where(Candidate.email_key.is_not(None), Candidate.id.not_in(applied))
            .where(Candidate.id.not_in(_asking_erasure(organisation_id)))
            .group_by(Document.candidate_id)
        )
        return list(self._session.scalars(query))

    def read_since(self, organisation_id: str, since: datetime, limit: int) -> list[str]:
        """Documents that came in since then and were read, newest first."""
        query = select(Document.id).where(
            Document.organisation_id == organisation_id, Document.created_at > since, Document.parsed.is_not(None)
        )
        return list(self._session.scalars(query.order_by(Document.created_at.desc(), Document.id).limit(limit)))

    def known(self, organisation_id: str, document_ids: Collection[str]) -> dict[str, Known]:
        """By document; of the whole person, whatever they applied for."""
        query = select(
            *(Document.id, Candidate.id, Candidate.name, Candidate.email_key.is_not(None)),
            *(Candidate.opted_out_at, Candidate.contact_agreed_at),
        )
        query = query.join(Candidate, Candidate.id == Document.candidate_id)
        query = query.where(Document.organisation_id == organisation_id, Document.id.in_(document_ids))
        rows = self._session.execute(query).all()
        people = {row[1] for row in rows}
        past, held = self._past(organisation_id, people), self._held(organisation_id, people)
        erasing = self._erasing(organisation_id, people)
        return {
            document: Known(
                *(whose, document, name, bool(has_email), silent, agreed),
                held=whose in held or any(one.job_id in held for one in past.get(whose, ())),
                asks_erasure=whose in erasing,
                past=tuple(past.get(whose, ())),
            )
            for document, whose, name, has_email, silent, agreed in rows
        }

    def _past(self, organisation_id: str, people: Collection[str]) -> dict[str, list[Past]]:
        query = (
            select(
                *(Application.candidate_id, Application.id, Job.id, Job.title, Application.stage, Application.source),
                *(Application.score, Application.overall, Application.recommendation, Application.outcome),
                *(Application.created_at, Application.updated_at),
            )
            .join(Job, Job.id == Application.job_id)
            .where(Application.organisation_id == organisation_id, Application.candidate_id.in_(people))
            .order_by(Application.created_at.desc(), Application.id)
        )
        found: dict[str, list[Past]] = {}
        for whose, *rest in self._session.execute(query):
            found.setdefault(whose, []).append(Past(*rest))
        return found

    def _held(self, organisation_id: str, people: Collection[str]) -> set[str]:
        """People, and jobs, that a legal hold stands on."""
        query = select(LegalHold.candidate_id, LegalHold.job_id).where(
            LegalHold.organisation_id == organisation_id,
            LegalHold.lifted_at.is_(None),
            or_(LegalHold.candidate_id.in_(people), LegalHold.job_id.is_not(None)),
        )
        return {id for pair in self._session.execute(query) for id in pair if id}

    def _erasing(self, organisation_id: str, people: Collection[str]) -> set[str]:
        return set(self._session.scalars(_asking_erasure(organisation_id).where(Application.candidate_id.in_(people))))

    def applied_between(
        self,
        organisation_id: str,
        document_ids: Collection[str],
        since: datetime | None,
        until: datetime | None,
        recommended: Collection[str] = (),
    ) -> set[str]:
        """Of these documents, those whose person applied, for anything, from `since` to before `until`, and (where
        given) was reported on with one of these recommendations."""
        query = select(Document.id).join(Application, Application.candidate_id == Document.candidate_id)
        query = query.where(Document.organisation_id == organisation_id, Document.id.in_(document_ids))
        if since is not None:
            query = query.where(Application.created_at >= since)
        if until is not None:
            query = query.where(Application.created_at < until)
        if recommended:
            query = query.where(Application.recommendation.in_(recommended))
        return set(self._session.scalars(query))

    # ------------------------------------------------------------ writing to them again

    def agree_contact(self, organisation_id: str, candidate_id: str, *, how: str, now: datetime) -> Candidate:
        """They agree to be written to about other jobs. `how`: in whose words, where."""
        candidate = self._lock(Candidate, organisation_id, candidate_id)
        candidate.contact_agreed_at = now
        candidate.contact_agreed_how = Personal(how, subject=candidate_id)
        self._note(organisation_id, "consent.given", "candidate", candidate_id, about=candidate_id, how=how)
        self._session.flush()
        return candidate

    def withdraw_contact(self, organisation_id: str, candidate_id: str) -> Candidate:
        candidate = self._lock(Candidate, organisation_id, candidate_id)
        if candidate.contact_agreed_at is not None:
            candidate.contact_agreed_at = candidate.contact_agreed_how = None
            self._note(organisation_id, "consent.withdrawn", "candidate", candidate_id, about=candidate_id)
            self._session.flush()
        return candidate

    def apply_again(self, organisation_id: str, job_id: str, document_id: str, *, now: datetime) -> Application:
        """An application of the same person with the same file, to be screened for this job. Raises Conflict where they
        applied for it already."""
        job = self._own(Job, organisation_id, job_id)
        document = self._lock(Document, organisation_id, document_id)
        if not document.sha256:
            raise NotFound("Their file was deleted; there is nothing to screen.")
        self._lock(Candidate, organisation_id, document.candidate_id)  # of two at once, the second finds the first's
        same = select(Application.id).where(
            Application.candidate_id == document.candidate_id, Application.job_id == job_id
        )
        if self._session.scalar(same.limit(1)) is not None:
            raise Conflict("They have applied for this job already.")
        application = self._add(
            Application(
                organisation_id=organisation_id,
                job_id=job.id,
                candidate_id=document.candidate_id,
                document_id=document.id,
                source=FROM_POOL,
                stage="received",
                created_at=now,
                updated_at=now,
            )
        )
        self._note(
            *(organisation_id, "application.received", "application", application.id),
            about=document.candidate_id,
            sha256=document.sha256,
            source=FROM_POOL,
        )
        return application

    # ------------------------------------------------------------ searches that are kept

    def save_search(
        self,
        organisation_id: str,
        search: Mapping[str, Any],
        *,
        owner: str,
        owner_name: str,
        shared: str,
        now: datetime,
    ) -> SavedSearch:
        """`shared`: "yes" or "no". Raises Conflict when there are too many."""
        if len(self.searches(organisation_id, owner)) >= MOST_SEARCHES:
            raise Conflict("There are too many saved searches. Remove some that nobody needs any more.")
        return self._add(
            SavedSearch(
                organisation_id=organisation_id,
                owner=owner,
                owner_name=owner_name,
                shared=shared == "yes",
                search=PersonalJson(search, subject=secrets_of(organisation_id)),
                seen_at=now,
                created_at=now,
            )
        )

    def searches(self, organisation_id: str, owner: str) -> list[SavedSearch]:
        """One's own and those that others share, oldest first."""
        query = select(SavedSearch).where(
            SavedSearch.organisation_id == organisation_id, or_(SavedSearch.owner == owner, SavedSearch.shared)
        )
        return list(self._session.scalars(query.order_by(SavedSearch.id)))

    def saved_search(self, organisation_id: str, saved_search_id: str) -> SavedSearch:
        return self._own(SavedSearch, organisation_id, saved_search_id)

    def looked_at(self, organisation_id: str, saved_search_id: str, now: datetime) -> None:
        self._lock(SavedSearch, organisation_id, saved_search_id).seen_at = now
        self._session.flush()

    def drop_search(self, organisation_id: str, saved_search_id: str) -> None:
        self._session.delete(self._lock(SavedSearch, organisation_id, saved_search_id))
        self._session.flush()


def _asking_erasure(organisation_id: str) -> Select[str]:
    """Candidates who asked for it and whom nobody has answered."""
    return (
        select(Application.candidate_id)
        .join(Interview, Interview.application_id == Application.id)
        .join(CandidateRequest, CandidateRequest.interview_id == Interview.id)
        .where(Application.organisation_id == organisation_id)
        .where(CandidateRequest.kind == "erasure", CandidateRequest.answered_at.is_(None))
    )
