"""One person, however they came: who has an address, whose application a file becomes, what is known of them beside.
Part of `models.store.Store`; `api.people` decides by it."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import or_, select, update
from sqlalchemy.orm import undefer
from sqlalchemy.orm.attributes import flag_modified

from models.records import (
    Application,
    Base,
    Candidate,
    CandidateSource,
    Delivery,
    Document,
    HumanDecision,
    Interview,
    Job,
    LegalHold,
    Merge,
    Organisation,
    Personal,
    PersonalJson,
    Screening,
)
from models.store.audit import Audit

Shared = Literal["e-mail", "telephone"]


class People(Audit):
    def one_at_a_time(self, organisation_id: str) -> None:
        """Until this transaction ends no other one takes people in: two messages about somebody new make one person."""
        self._lock(Organisation, organisation_id, organisation_id)

    def people_at(self, organisation_id: str, email: str | None, phone: str | None) -> list[Candidate]:
        """Whoever has this address, then whoever has this number; those we knew first before others."""
        found: dict[str, Candidate] = {}
        for column, key in (
            (Candidate.email_key, self._email_key(organisation_id, email) if email else None),
            (Candidate.phone_key, self._phone_key(organisation_id, phone) if phone else None),
        ):
            if key is not None:
                query = select(Candidate).where(Candidate.organisation_id == organisation_id, column == key)
                for one in self._session.scalars(query.order_by(Candidate.created_at, Candidate.id)):
                    whole = self._whole(one)
                    found.setdefault(whole.id, whole)
        return list(found.values())

    def _whole(self, candidate: Candidate) -> Candidate:
        """Who has all that is theirs, where a person found two to be one."""
        while candidate.merged_into not in (None, candidate.id):
            kept = self._session.get(Candidate, candidate.merged_into)
            if kept is None or kept.organisation_id != candidate.organisation_id:
                return candidate
            candidate = kept
        return candidate

    def came_by_upload_alone(self, organisation_id: str, candidate_id: str) -> bool:
        """No system has told of them: what is known was read in their file."""
        self._own(Candidate, organisation_id, candidate_id)
        query = select(CandidateSource.id).where(
            CandidateSource.organisation_id == organisation_id,
            CandidateSource.candidate_id == candidate_id,
            CandidateSource.origin != "upload",
        )
        return self._session.scalar(query.limit(1)) is None

    def adopt(self, organisation_id: str, application_id: str, candidate_id: str) -> list[str]:
        """An upload's application becomes that of somebody known, with its file and source; the one whom the upload had
        made is no more. Returns the files' sha256; none, and nothing changed, where they have more than this
        application."""
        application = self._lock(Application, organisation_id, application_id)
        known = self._lock(Candidate, organisation_id, candidate_id)
        former = application.candidate
        others = select(Application.id).where(Application.candidate_id == former.id, Application.id != application_id)
        by_hand = select(Merge.id).where(or_(Merge.kept_id == former.id, Merge.former_id == former.id))
        if former.id == known.id or any(self._session.scalar(each.limit(1)) for each in (others, by_hand)):
            return []
        documents = select(Document).where(Document.candidate_id == former.id).options(undefer(Document.parsed))
        moved = list(self._session.scalars(documents.execution_options(populate_existing=True)))
        for document in moved:
            document.candidate = known
            document.filename = Personal(document.filename, subject=known.id)
            document.parsed = None if document.parsed is None else PersonalJson(document.parsed, subject=known.id)
            for field in ("filename", "parsed"):  # the same words, sealed for somebody else
                flag_modified(document, field)
        for field, kind in (("answers", PersonalJson), ("problem_detail", Personal)):
            value = getattr(application, field)
            if value is not None:
                setattr(application, field, kind(value, subject=known.id))
                flag_modified(application, field)
        application.candidate = known
        held = update(LegalHold).where(LegalHold.candidate_id == former.id)
        self._session.execute(held.values(candidate_id=known.id))
        for source in self._session.scalars(select(CandidateSource).where(CandidateSource.candidate_id == former.id)):
            source.candidate_id = known.id
        self._one_subject(former.id, known.id)
        self._session.flush()
        self._session.delete(former)
        self._session.flush()
        return [document.sha256 for document in moved]

    def has_only_come(self, organisation_id: str, application_id: str) -> bool:
        """Nothing was made of it, decided or sent yet, so that nothing but itself and its file is sealed for whose it
        is."""
        self._own(Application, organisation_id, application_id)
        later: tuple[type[Base], ...] = (Screening, HumanDecision, Interview, Delivery)
        made = (select(table.id).where(table.application_id == application_id).limit(1) for table in later)  # type: ignore[attr-defined]
        return all(self._session.scalar(query) is None for query in made)

    def sources_beside(self, organisation_id: str, candidate_id: str) -> list[tuple[CandidateSource, Shared]]:
        """How others came who have the same address or number, oldest first: perhaps the same person."""
        candidate = self._own(Candidate, organisation_id, candidate_id)
        found: list[tuple[CandidateSource, Shared]] = []
        for one in self.people_at(organisation_id, candidate.email, candidate.phone):
            if one.id != candidate_id:
                same = one.email_key is not None and one.email_key == candidate.email_key
                shared: Shared = "e-mail" if same else "telephone"
                query = select(CandidateSource).where(CandidateSource.candidate_id == one.id)
                found += [(source, shared) for source in self._session.scalars(query)]
        return sorted(found, key=lambda each: (each[0].at, each[0].id))

    def sent_before(
        self, organisation_id: str, job_id: str, key: str, *, external_id: str | None, sha256: str
    ) -> Application | None:
        """The application for a job that was taken in under this key of a source; looked for by the sender's id of it
        or, without one, by its file."""
        self._own(Job, organisation_id, job_id)
        query = (
            select(Application)
            .join(CandidateSource, CandidateSource.application_id == Application.id)
            .where(Application.organisation_id == organisation_id, Application.job_id == job_id)
            .where(CandidateSource.key == key[:200])
        )
        if external_id is not None:
            query = query.where(Application.external_id == external_id)
        else:
            query = query.join(Document, Application.document_id == Document.id).where(Document.sha256 == sha256)
        return self._session.scalar(query.limit(1))
