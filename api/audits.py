"""Independent bias audits as an organisation records them, and what follows when the last one is too old: nothing, a
warning, or that the tool is not used. Foyer makes no audit and certifies nothing. Used by the doors that begin an
assessment (uploads, invitations) and by `api.routes.impact`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from models.errors import BadRequest, Conflict
from models.records import AuditRule, BiasAudit
from models.store import Store

if TYPE_CHECKING:
    from api.deps import App

AUDIT_YEARS = 1
"""Admin. Code 20-871(a)(1): no more than one year before the use."""


@dataclass(frozen=True, slots=True)
class AuditState:
    """`problem`: why use is warned of, or refused; empty where it is not."""

    rule: AuditRule
    latest: BiasAudit | None
    problem: str

    @property
    def refused(self) -> bool:
        return bool(self.problem) and self.rule == "refuse"


def audit_state(store: Store, organisation_id: str, now: datetime) -> AuditState:
    """New York's law lets a tool be used whose independent audit is no older than a year."""
    rule = store.organisation(organisation_id).audit_rule
    latest = next(iter(store.audits(organisation_id)), None)
    if rule == "off" or (latest is not None and now <= _years_on(latest.audited_at)):
        return AuditState(rule, latest, "")
    said = (
        "No independent bias audit is recorded."
        if latest is None
        else (
            f"The last independent bias audit ({latest.audited_at:%Y-%m-%d}, {latest.auditor}) is more than a year old."
        )
    )
    return AuditState(rule, latest, f"{said} Record a new one, or change the rule, on the page Equal chances.")


def _years_on(moment: datetime) -> datetime:
    try:
        return moment.replace(year=moment.year + AUDIT_YEARS)
    except ValueError:  # 29 February
        return moment.replace(year=moment.year + AUDIT_YEARS, day=28)


def check_use(store: Store, organisation_id: str, now: datetime) -> None:
    """Raises Conflict where the organisation wants use refused without a recent audit."""
    found = audit_state(store, organisation_id, now)
    if found.refused:
        raise Conflict(found.problem)


def record_audit(
    app: App, organisation_id: str, *, auditor: str, audited: datetime, distributed: datetime, actor: str
) -> BiasAudit:
    """Raises BadRequest for a date to come."""
    if audited > app.now:
        raise BadRequest("The date of the audit lies ahead. Record it when it is done.")
    with app.database.store() as store:
        return store.add_audit(
            organisation_id,
            auditor=auditor,
            audited_at=audited,
            distributed_at=distributed,
            recorded_by=actor,
            now=app.now,
        )
