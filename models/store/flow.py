"""Who came how far, as counting and record-keeping need it; and the independent audits an organisation recorded. Part
of `models.store.Store`; `api.impact` and `api.applicant_flow` read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, select, true

from models.records import (
    Application,
    AuditRule,
    BiasAudit,
    HumanDecision,
    Interview,
    Job,
    Organisation,
    OutcomeEvent,
    Report,
    Stage,
)
from models.store.base import Rows


@dataclass(frozen=True, slots=True)
class Flow:
    """One application. `score` of the screening, 0 to 1; `overall` (0 to 100), `recommendation` of the newest report.
    `action`, `reason`, `actor`, `decided_at`: what a person decided last. `outcome`: what another system said last."""

    application_id: str
    candidate_id: str
    job_id: str
    job: str
    applied_at: datetime
    source: str
    stage: Stage
    score: float | None
    decision: str | None
    invited: bool
    overall: float | None = None
    recommendation: str = ""
    action: str = ""
    reason: str = ""
    actor: str = ""
    decided_at: datetime | None = None
    outcome: str = ""
    outcome_reason: str = ""


@dataclass(frozen=True, slots=True)
class Stood:
    """How far somebody came, as far as counting needs it: nothing here is sealed. `overall`, `recommendation` of the
    report that stands; `let_through`: they were invited, or a person advanced them last."""

    candidate_id: str
    job_id: str
    score: float | None
    decision: str | None
    overall: float | None
    recommendation: str | None
    let_through: bool


FIRST = Application.id
CASE = (
    *(FIRST, Application.candidate_id, Application.job_id, Job.title, Application.created_at),
    *(Application.source, Application.stage, Application.score, Application.decision),
)
FIELDS = ("application_id", "candidate_id", "job_id", "job", "applied_at", "source", "stage", "score", "decision")
WAYS = HumanDecision.action.in_(["advance", "reject", "advance_undone", "reject_undone"])
Happened = TypeVar("Happened", HumanDecision, OutcomeEvent)


class Flows(Rows):
    def flow(self, organisation_id: str, since: datetime, until: datetime, *, job_id: str | None = None) -> list[Flow]:
        """Of whoever applied from `since` to before `until`, oldest first."""
        if job_id is not None:
            self._own(Job, organisation_id, job_id)
        meant = (Application.organisation_id == organisation_id) & (Application.created_at >= since)
        meant &= Application.created_at < until
        if job_id is not None:
            meant &= Application.job_id == job_id
        rows = self._session.execute(select(*CASE).join(Job, Application.job_id == Job.id).where(meant).order_by(FIRST))
        of_case = select(Application.id).where(meant)
        invited = set(
            self._session.scalars(select(Interview.application_id).where(Interview.application_id.in_(of_case)))
        )
        cards = self._cards(of_case)
        decided = self._newest(HumanDecision, HumanDecision.application_id.in_(of_case), WAYS)
        outcomes = self._newest(OutcomeEvent, OutcomeEvent.application_id.in_(of_case), true())
        return [
            Flow(
                **_case(row),
                invited=row[0] in invited,
                **_after(cards.get(row[0]), decided.get(row[0]), outcomes.get(row[0])),
            )
            for row in rows
        ]

    def stood(self, organisation_id: str, since: datetime, until: datetime) -> list[Stood]:
        """Of whoever applied from `since` to before `until`: a hundred thousand without opening anything of theirs."""
        columns = (Application.candidate_id, Application.job_id, Application.score, Application.decision)
        query = select(Application.id, *columns, Application.overall, Application.recommendation)
        query = query.where(Application.organisation_id == organisation_id)
        query = query.where(Application.created_at >= since, Application.created_at < until)
        asked = select(Interview.application_id).where(
            Interview.organisation_id == organisation_id, Interview.invited_at >= since
        )
        invited = set(self._session.scalars(asked))
        acts = select(HumanDecision.application_id, HumanDecision.action)
        acts = acts.where(HumanDecision.organisation_id == organisation_id, HumanDecision.at >= since, WAYS)
        acts = acts.order_by(HumanDecision.at, HumanDecision.id)
        last = {one: action for one, action in self._session.execute(acts)}  # noqa: C416 - typed
        return [
            Stood(whose, job, score, decision, overall, said, id in invited or last.get(id) == "advance")
            for id, whose, job, score, decision, overall, said in self._session.execute(query)
        ]

    def _cards(self, of_case: Select[Any]) -> dict[str, dict[str, Any]]:
        """Application -> the newest report's scorecard."""
        query = select(Report.application_id, Report.scorecard).where(Report.application_id.in_(of_case))
        found = self._session.execute(query.order_by(Report.created_at, Report.id))
        return {application: card for application, card in found}  # noqa: C416 - typed

    def _newest(
        self, table: type[Happened], meant: ColumnElement[bool], also: ColumnElement[bool]
    ) -> dict[str, Happened]:
        query = select(table).where(meant, also).order_by(table.at, table.id)
        return {one.application_id: one for one in self._session.scalars(query)}

    # ------------------------------------------------------------ audits

    def add_audit(
        self,
        organisation_id: str,
        *,
        auditor: str,
        audited_at: datetime,
        distributed_at: datetime,
        recorded_by: str,
        now: datetime,
    ) -> BiasAudit:
        """Somebody independent has audited; only ever added to."""
        return self._add(
            BiasAudit(
                organisation_id=organisation_id,
                auditor=auditor,
                audited_at=audited_at,
                distributed_at=distributed_at,
                recorded_by=recorded_by,
                recorded_at=now,
            )
        )

    def audits(self, organisation_id: str) -> list[BiasAudit]:
        """The newest audit first."""
        query = select(BiasAudit).where(BiasAudit.organisation_id == organisation_id)
        return list(self._session.scalars(query.order_by(BiasAudit.audited_at.desc(), BiasAudit.id.desc())))

    def set_audit_rule(self, organisation_id: str, rule: AuditRule) -> None:
        self._own(Organisation, organisation_id, organisation_id).audit_rule = rule
        self._session.flush()


def _case(row: Sequence[Any]) -> dict[str, Any]:
    return dict(zip(FIELDS, row, strict=True))


def _after(
    card: Mapping[str, Any] | None, decision: HumanDecision | None, outcome: OutcomeEvent | None
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if card is not None:
        found |= {"overall": card.get("overall"), "recommendation": card.get("recommendation", "")}
    if decision is not None:
        found |= {"action": decision.action, "reason": decision.reason, "actor": decision.actor}
        found["decided_at"] = decision.at
    if outcome is not None:
        found |= {"outcome": outcome.kind, "outcome_reason": outcome.reason}
    return found
