"""Forgetting a person: every row that is theirs, in one transaction. Part of `models.store.Store`; `api.erasing` calls
it and lets go of the files."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import delete, select

from models.records import (
    Application,
    Base,
    Booking,
    Candidate,
    CandidateRequest,
    CandidateSource,
    Consent,
    Delivery,
    DeliveryAttempt,
    Document,
    EntryCode,
    HumanDecision,
    Interview,
    InterviewEvent,
    OutcomeEvent,
    Place,
    Remark,
    Remote,
    Report,
    ReportLink,
    Reuse,
    Review,
    ReviewEvent,
    Screening,
)
from models.store.base import Rows

OF_INTERVIEWS: tuple[type[Base], ...] = (
    *(ReportLink, Review, Report, Remark, Consent, InterviewEvent, CandidateRequest, Booking, EntryCode),
)
"""Rows that hang on an interview by `interview_id`, those that others refer to last."""
OF_APPLICATIONS: tuple[type[Base], ...] = (ReviewEvent, HumanDecision, Screening, OutcomeEvent, CandidateSource)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What lies outside the database and must go too: files by sha256 that nobody else's rows name, interviews whose
    recordings and live rooms there may be, documents whose vectors there may be."""

    files: tuple[str, ...]
    interviews: tuple[str, ...]
    documents: tuple[str, ...]
    applications: tuple[str, ...]


class Erasure(Rows):
    def erase_candidate(self, organisation_id: str, candidate_id: str) -> Forgotten:
        """Raises NotFound."""
        candidate = self._lock(Candidate, organisation_id, candidate_id)
        applications = self._ids(Application, Application.candidate_id == candidate_id)
        documents = list(self._session.scalars(select(Document).where(Document.candidate_id == candidate_id)))
        interviews = self._ids(Interview, Interview.application_id.in_(applications))
        files = self._files(documents, interviews)
        self._forget_interviews(interviews)
        self._forget_deliveries(candidate_id, applications)
        for table in OF_APPLICATIONS:
            self._session.execute(delete(table).where(table.application_id.in_(applications)))  # type: ignore[attr-defined]
        self._session.execute(delete(CandidateSource).where(CandidateSource.candidate_id == candidate_id))
        local = [candidate_id, *applications]
        self._session.execute(delete(Remote).where(Remote.local_id.in_(local)))
        self._session.execute(delete(Interview).where(Interview.id.in_(interviews)))
        self._session.execute(delete(Application).where(Application.id.in_(applications)))
        self._session.execute(delete(Document).where(Document.candidate_id == candidate_id))
        self._session.expire_all()
        self._session.delete(candidate)
        self._session.flush()
        ids = tuple(document.id for document in documents)
        return Forgotten(self._unused(files), tuple(interviews), ids, tuple(applications))

    def _ids(self, table: type[Base], condition: object) -> list[str]:
        return list(self._session.scalars(select(table.id).where(condition)))  # type: ignore[arg-type]

    def _files(self, documents: list[Document], interviews: list[str]) -> set[str]:
        reports = self._session.execute(
            select(Report.html_sha256, Report.json_sha256).where(Report.interview_id.in_(interviews))
        )
        recordings = self._session.scalars(select(Interview.recording_sha256).where(Interview.id.in_(interviews)))
        named = [document.sha256 for document in documents]
        return {sha for sha in (*named, *(sha for row in reports for sha in row), *recordings) if sha}

    def _forget_interviews(self, interviews: list[str]) -> None:
        mine = Reuse.interview_id.in_(interviews) | Reuse.source_id.in_(interviews)
        self._session.execute(delete(Reuse).where(mine))
        self._session.execute(delete(Place).where(Place.interview_id.in_(interviews)))
        for table in OF_INTERVIEWS:
            self._session.execute(delete(table).where(table.interview_id.in_(interviews)))  # type: ignore[attr-defined]

    def _forget_deliveries(self, candidate_id: str, applications: list[str]) -> None:
        mine = (Delivery.subject == candidate_id) | Delivery.application_id.in_(applications)
        ids = select(Delivery.id).where(mine).scalar_subquery()
        self._session.execute(delete(DeliveryAttempt).where(DeliveryAttempt.delivery_id.in_(ids)))
        self._session.execute(delete(Delivery).where(mine))

    def _unused(self, files: set[str]) -> tuple[str, ...]:
        """The same file can be several people's: it goes with the last of them."""
        kept = set(self._session.scalars(select(Document.sha256).where(Document.sha256.in_(files))))
        return tuple(sorted(files - kept))
