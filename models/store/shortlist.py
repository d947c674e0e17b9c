"""Lists of a job's applications: what is filtered and sorted by lies open beside the score, what names somebody is
opened a page or a part at a time. Part of `Store`; `docs/decisions/0031` says why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, cast, func, select

from models.brief import Brief, brief_of
from models.records import (
    Application,
    Candidate,
    CandidateRequest,
    Document,
    Interview,
    Job,
    JobRequirement,
    PersonalJson,
    Screening,
)
from models.store.base import Rows
from models.values import Requirement, ScreeningResult

BEST_FIRST = (Application.score.desc().nulls_last(), Application.id)
FINE = 1_000_000
"""Scores have six decimals."""
Order = Literal["score", "newest", "oldest", "stage"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which applications of a job. `low` and `high` are scores from 0 to 1, both included; `must`: missing, unclear or
    met; `asks`: something they asked waits for an answer."""

    stage: str | None = None
    decision: str | None = None
    low: float | None = None
    high: float | None = None
    must: Literal["missing", "unclear", "met"] | None = None
    source: str | None = None
    batch_id: str | None = None
    flagged: bool = False
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Open:
    """What of an application lies open."""

    id: str
    stage: str
    score: float | None
    decision: str | None
    held: bool | None
    missing: int | None
    unclear: int | None
    flagged: int | None
    source: str
    batch_id: str | None
    created_at: datetime


_OPEN: list[Any] = [getattr(Application, name) for name in Open.__dataclass_fields__]


@dataclass(frozen=True, slots=True)
class Opened:
    """What was sealed of an application. `shown` as in `models.brief`; None: not screened. `version`: of the
    requirements that it was judged by."""

    name: str | None
    filename: str
    shown: Mapping[str, Any] | None
    version: int | None


class Shortlists(Rows):
    def shortlist(
        self,
        organisation_id: str,
        job_id: str,
        wanted: Wanted,
        limit: int,
        offset: int = 0,
        order: Order = "score",
    ) -> list[Application]:
        """In `order`: best score first (those without one last), by age, or by stage and then score. Never more rows
        are read than `limit`."""
        ids = self._ordered(organisation_id, job_id, wanted, order, limit, offset)
        self._expect(organisation_id, ids)
        found = {one.id: one for one in self._session.scalars(select(Application).where(Application.id.in_(ids)))}
        return [found[id] for id in ids]

    def open_page(
        self,
        organisation_id: str,
        job_id: str,
        wanted: Wanted,
        limit: int,
        offset: int = 0,
        order: Order = "score",
    ) -> list[Open]:
        """As `shortlist`, with no seal opened."""
        ids = self._ordered(organisation_id, job_id, wanted, order, limit, offset)
        found = {row[0]: Open(*row) for row in self._session.execute(select(*_OPEN).where(Application.id.in_(ids)))}
        return [found[id] for id in ids]

    def shortlisted(self, organisation_id: str, job_id: str, wanted: Wanted) -> int:
        """How many there are."""
        query = select(func.count()).select_from(Application).where(self._listed(organisation_id, job_id, wanted))
        return self._session.scalar(query) or 0

    def open_rows(self, organisation_id: str, job_id: str, wanted: Wanted) -> list[Open]:
        """All of them, best first; no seal is opened."""
        query = select(*_OPEN).where(self._listed(organisation_id, job_id, wanted))
        return [Open(*row) for row in self._session.execute(query.order_by(*BEST_FIRST))]

    def opened(self, organisation_id: str, ids: Sequence[str]) -> dict[str, Opened]:
        """By application id, of those that are there. At most some hundred at once."""
        self._expect(organisation_id, ids)
        query = (
            select(
                *(Application.id, Application.job_id, Candidate.name, Document.filename),
                *(Screening.brief, Screening.requirements_version, Screening.id),
            )
            .join(Candidate, Candidate.id == Application.candidate_id)
            .join(Document, Document.id == Application.document_id)
            .outerjoin(Screening, Screening.application_id == Application.id)
            .where(Application.organisation_id == organisation_id, Application.id.in_(ids))
        )
        found = {}
        for id, job_id, name, filename, brief, version, screened in self._session.execute(query):
            if brief is None and screened is not None:
                brief = self._made_brief(organisation_id, job_id, screened).shown
            found[id] = Opened(name, filename or "", brief, version)
        return found

    def addresses(self, organisation_id: str, ids: Sequence[str]) -> dict[str, str]:
        """E-mail address by application id, where one is known."""
        self._expect(organisation_id, ids)
        query = select(Application.id, Candidate.email).join(Candidate, Candidate.id == Application.candidate_id)
        query = query.where(Application.organisation_id == organisation_id, Application.id.in_(ids))
        return {id: email for id, email in self._session.execute(query) if email}

    def screenings(self, organisation_id: str, ids: Sequence[str]) -> dict[str, ScreeningResult]:
        """By application id."""
        self._expect(organisation_id, ids)
        query = select(Screening.application_id, Screening.result).where(
            Screening.organisation_id == organisation_id, Screening.application_id.in_(ids)
        )
        return {id: ScreeningResult.model_validate(result) for id, result in self._session.execute(query)}

    def score_counts(self, organisation_id: str, job_id: str) -> list[tuple[int, bool, int]]:
        """Of those who are screened and not decided on: (score in whole hundredths, rounded down, held, how many)."""
        floor = cast(func.round(Application.score * FINE), BigInteger) // (FINE // 100)
        held = func.coalesce(Application.held, Application.decision != "advance")
        meant = self._listed(organisation_id, job_id, Wanted(stage="screened"))
        query = select(floor, held, func.count()).where(meant, Application.score.is_not(None)).group_by(floor, held)
        return [(int(at), bool(stays), int(number)) for at, stays, number in self._session.execute(query)]

    def passing_at(self, organisation_id: str, job_id: str, thresholds: Sequence[float]) -> tuple[int, ...]:
        """How many are screened and not decided on, and how many of them would pass at each of these thresholds: as
        `score_counts` has them, to the last decimal."""
        clear = ~func.coalesce(Application.held, Application.decision != "advance")
        passes = [func.count(case((clear & (Application.score >= each), 1))) for each in thresholds]
        meant = self._listed(organisation_id, job_id, Wanted(stage="screened"))
        row = self._session.execute(select(func.count(Application.score), *passes).where(meant)).one()
        return tuple(int(each) for each in row)

    def sources_of_job(self, organisation_id: str, job_id: str) -> list[str]:
        """Where its applications came from, sorted."""
        query = select(Application.source).where(self._listed(organisation_id, job_id, Wanted())).distinct()
        return sorted(self._session.scalars(query))

    def asking(self, organisation_id: str, job_id: str) -> set[str]:
        """Applications of a job whose candidates wait for an answer."""
        self._own(Job, organisation_id, job_id)
        return set(self._session.scalars(_asking(organisation_id).where(Application.job_id == job_id)))

    def _expect(self, organisation_id: str, ids: Sequence[str]) -> None:
        """What is sealed of these applications is read next."""
        query = select(Application.candidate_id).where(Application.id.in_(ids))
        self._seal.expect(list(self._session.scalars(query.where(Application.organisation_id == organisation_id))))

    # ------------------------------------------------------------ counting

    def count_brief(self, organisation_id: str, application_id: str) -> None:
        """As if it had been made with the screening."""
        application = self._lock(Application, organisation_id, application_id)
        query = select(Screening).where(Screening.application_id == application_id)
        screening = self._session.scalars(query).one()
        self._brief(application, screening, ScreeningResult.model_validate(screening.result))
        self._session.flush()

    def _brief(self, application: Application, screening: Screening, result: ScreeningResult) -> None:
        made = brief_of(result, self._asked(application.job_id, screening.requirements_version))
        screening.brief = PersonalJson(made.shown, subject=application.candidate_id)
        application.held, application.missing = made.held, made.missing
        application.unclear, application.flagged = made.unclear, made.flagged

    def _made_brief(self, organisation_id: str, job_id: str, screening_id: str) -> Brief:
        screening = self._own(Screening, organisation_id, screening_id)
        result = ScreeningResult.model_validate(screening.result)
        return brief_of(result, self._asked(job_id, screening.requirements_version))

    def _asked(self, job_id: str, version: int) -> tuple[Requirement, ...]:
        """Remembered for this transaction: many are judged in one."""
        known: dict[tuple[str, int], tuple[Requirement, ...]] = self.__dict__.setdefault("_versions", {})
        if (job_id, version) not in known:
            query = select(JobRequirement).where(JobRequirement.job_id == job_id, JobRequirement.version == version)
            rows = self._session.scalars(query.order_by(JobRequirement.position))
            known[job_id, version] = tuple(requirement_of(row) for row in rows)
        return known[job_id, version]

    # ------------------------------------------------------------ which

    def _ordered(
        self, organisation_id: str, job_id: str, wanted: Wanted, order: Order, limit: int, offset: int
    ) -> list[str]:
        """Of those with a score by the index, then of those without: no database sorts both by one index."""
        meant = self._listed(organisation_id, job_id, wanted)
        if order != "score":
            ways: dict[str, tuple[Any, ...]] = {
                "newest": (Application.id.desc(),),
                "oldest": (Application.id,),
                "stage": (Application.stage, Application.score.desc().nulls_last(), Application.id),
            }
            return list(
                self._session.scalars(
                    select(Application.id).where(meant).order_by(*ways[order]).limit(limit).offset(offset)
                )
            )
        scored = meant & Application.score.is_not(None)
        query = select(Application.id).where(scored).order_by(Application.score.desc(), Application.id)
        ids = list(self._session.scalars(query.limit(limit).offset(offset)))
        if len(ids) < limit and wanted.low is None and wanted.high is None:
            before = self._session.scalar(select(func.count()).select_from(Application).where(scored)) or 0
            rest = select(Application.id).where(meant, Application.score.is_(None)).order_by(Application.id)
            ids += self._session.scalars(rest.limit(limit - len(ids)).offset(max(0, offset - before)))
        return ids

    def _listed(self, organisation_id: str, job_id: str, wanted: Wanted) -> ColumnElement[bool]:
        """The job is the organisation's own, and so are its applications: to ask for both would read each row where an
        index has it all."""
        self._own(Job, organisation_id, job_id)
        return and_(Application.job_id == job_id, *_parts(organisation_id, wanted))


def _parts(organisation_id: str, wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    for name in ("stage", "decision", "source", "batch_id"):
        value = getattr(wanted, name)
        if value is not None:
            yield getattr(Application, name) == value
    if wanted.low is not None:
        yield Application.score >= wanted.low
    if wanted.high is not None:
        yield Application.score <= wanted.high
    if wanted.must is not None:
        yield {
            "missing": Application.missing > 0,
            "unclear": Application.unclear > 0,
            "met": (Application.missing == 0) & (Application.unclear == 0),
        }[wanted.must]
    if wanted.flagged:
        yield Application.flagged > 0
    if wanted.asks:
        yield Application.id.in_(_asking(organisation_id))


def _asking(organisation_id: str) -> Select[str]:
    return (
        select(Application.id)
        .join(Interview, Interview.application_id == Application.id)
        .join(CandidateRequest, CandidateRequest.interview_id == Interview.id)
        .where(CandidateRequest.organisation_id == organisation_id, CandidateRequest.answered_at.is_(None))
        .where(CandidateRequest.kind != "withdrawal")
    )


def requirement_of(row: JobRequirement) -> Requirement:
    names = Requirement.model_fields.keys() - {"id"}
    return Requirement.model_validate({"id": row.key} | {name: getattr(row, name) for name in names})
