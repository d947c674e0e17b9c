"""What whoever runs Foyer looks through: deliveries by what they are, and how much was used in which month. Part of
`models.store.Store`; `api.operations` and `api.routes.deliveries` show it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, extract, func, or_, select

from models.records import Application, Candidate, Delivery, DeliveryKind, DeliveryState, Interview, Job
from models.store.base import Rows, month_of


@dataclass(frozen=True, slots=True)
class Sent:
    """Which deliveries. `where`: the id of an endpoint or connection; `of`: of an application, a delivery, or the
    receiver's reference. `behind`: (created, id) of the last one seen."""

    state: DeliveryState | None = None
    kind: DeliveryKind | None = None
    where: str = ""
    of: str = ""
    job_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    behind: tuple[datetime, str] | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """Of one job ("": of none) in one month: "2026-11"."""

    month: str
    job_id: str
    job: str
    screenings: int = 0
    interviews: int = 0
    minutes: int = 0
    deliveries: int = 0


class Operations(Rows):
    def sent(self, organisation_id: str, which: Sent, limit: int) -> list[Delivery]:
        """Newest first."""
        query = select(Delivery).where(
            Delivery.organisation_id == organisation_id, *self._which(organisation_id, which)
        )
        return list(self._session.scalars(query.order_by(Delivery.created_at.desc(), Delivery.id.desc()).limit(limit)))

    def _which(self, organisation_id: str, which: Sent) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if which.state is not None:
            found.append(Delivery.state == which.state)
        if which.kind is not None:
            found.append(Delivery.kind == which.kind)
        if which.where:
            found.append(or_(Delivery.endpoint_id == which.where, Delivery.connection_id == which.where))
        if which.of:
            found.append(
                or_(Delivery.application_id == which.of, Delivery.id == which.of, Delivery.reference == which.of)
            )
        if which.job_id:
            self._own(Job, organisation_id, which.job_id)
            mine = select(Application.id).where(
                Application.id == Delivery.application_id, Application.job_id == which.job_id
            )
            found.append(mine.exists())
        if which.since is not None:
            found.append(Delivery.created_at >= which.since)
        if which.until is not None:
            found.append(Delivery.created_at < which.until)
        if which.behind is not None:
            at, id = which.behind
            older = and_(Delivery.created_at == at, Delivery.id < id)
            found.append((Delivery.created_at <= at) & or_(Delivery.created_at < at, older))
        return found

    def sent_by_state(self, organisation_id: str) -> dict[str, int]:
        query = select(Delivery.state, func.count()).where(Delivery.organisation_id == organisation_id)
        rows = self._session.execute(query.group_by(Delivery.state))
        return {str(state): number for state, number in rows}

    def people_behind(self, organisation_id: str, candidate_ids: set[str]) -> dict[str, tuple[str, str]]:
        """Candidate -> (their name, an application of theirs)."""
        newest = select(func.max(Application.id)).where(Application.candidate_id == Candidate.id).scalar_subquery()
        query = select(Candidate.id, Candidate.name, newest)
        query = query.where(Candidate.organisation_id == organisation_id, Candidate.id.in_(candidate_ids))
        return {id: (name or "", application or "") for id, name, application in self._session.execute(query)}

    # ------------------------------------------------------------ usage

    def used(self, organisation_id: str, since: datetime, until: datetime) -> list[Used]:
        """By month, newest first, and title."""
        found: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for name, rows in (
            ("screenings", self._screenings(organisation_id, since, until)),
            ("interviews", self._interviews(organisation_id, since, until, func.count())),
            ("minutes", self._interviews(organisation_id, since, until, _minutes())),
            ("deliveries", self._sent(organisation_id, since, until)),
        ):
            for month, job_id, number in rows:
                found[month, job_id or ""][name] += round(number or 0)
        known = select(Job.id, Job.title).where(Job.organisation_id == organisation_id)
        titles: dict[str, str] = {id: title for id, title in self._session.execute(known)}  # noqa: C416 - typed
        made = [Used(month, job, titles.get(job, ""), **numbers) for (month, job), numbers in found.items()]
        made.sort(key=lambda one: (one.job, one.job_id))
        return sorted(made, key=lambda one: one.month, reverse=True)

    def _screenings(self, organisation_id: str, since: datetime, until: datetime) -> list[Any]:
        """By when they came in: the screening follows within moments."""
        group = (month_of(Application.created_at), Application.job_id)
        query = select(*group, func.count(Application.screen_seconds)).group_by(*group)
        query = query.where(Application.organisation_id == organisation_id)
        query = query.where(Application.created_at >= since, Application.created_at < until)
        return list(self._session.execute(query))

    def _interviews(
        self, organisation_id: str, since: datetime, until: datetime, what: ColumnElement[Any]
    ) -> list[Any]:
        group = (month_of(Interview.completed_at), Application.job_id)
        query = select(*group, what).join(Application, Application.id == Interview.application_id).group_by(*group)
        query = query.where(Interview.organisation_id == organisation_id, Interview.state == "completed")
        return list(self._session.execute(query.where(Interview.completed_at >= since, Interview.completed_at < until)))

    def _sent(self, organisation_id: str, since: datetime, until: datetime) -> list[Any]:
        group = (month_of(Delivery.created_at), Application.job_id)
        query = select(*group, func.count()).outerjoin(Application, Application.id == Delivery.application_id)
        query = query.where(Delivery.organisation_id == organisation_id).group_by(*group)
        return list(self._session.execute(query.where(Delivery.created_at >= since, Delivery.created_at < until)))


def _minutes() -> ColumnElement[Any]:
    """Between the beginning and the end: of one that was interrupted, the pauses too."""
    spent = extract("epoch", Interview.completed_at) - extract("epoch", Interview.started_at)
    return func.sum(spent) / 60.0
