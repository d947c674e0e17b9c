"""The interviews of one application as the recruiter's page shows them: what came of each, and which one counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.retakes import HELD, failure_of
from api.reuse import basis
from interview.failures import Failure
from models.records import Interview, Report
from models.store import Store
from models.store.attempts import counting

if TYPE_CHECKING:
    from api.deps import App


@dataclass(frozen=True, slots=True)
class Attempt:
    """One interview of an application. `failure`: what went technically wrong; `counts`: its report stands."""

    interview: Interview
    report: Report | None
    failure: Failure | None
    basis: str
    counts: bool
    live: bool

    @property
    def repeatable(self) -> bool:
        """A person may open it again."""
        return self.interview.state in HELD and not self.live


def attempts_of(app: App, store: Store, organisation_id: str, application_id: str) -> list[Attempt]:
    """Oldest first."""
    held = store.interviews_of(organisation_id, application_id)
    current = counting(held)
    return [
        Attempt(
            interview=each,
            report=store.report_of(organisation_id, each.id),
            failure=failure_of(store, each),
            basis=basis(store, each),
            counts=current is not None and each.id == current.id,
            live=app.rooms.is_live(store, each),
        )
        for each in held
    ]
