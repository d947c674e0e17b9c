"""Those below the line, who wait for a named person: the reason of each, what is not known, the strongest quotes. And
what another line would do to them. Used by `api.routes.queue`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from api.reviewing import person_of
from api.security import Recruiter
from models.errors import Conflict
from models.records import Application, Job
from models.store import Store
from models.store.deciding import WAIT
from models.values import Evidence, Requirement, ScreeningResult

if TYPE_CHECKING:
    from api.deps import App

AT_ONCE = 25
QUOTES = 2
_STRENGTH = {"met": 2, "partly": 1}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One in the queue. `unknown`, `missing`: must-haves that nothing was found of, and that are not met; `waits`: who
    keeps them waiting, and why, if somebody does."""

    application: Application
    name: str
    reason: str
    unknown: tuple[str, ...]
    missing: tuple[str, ...]
    quotes: tuple[Evidence, ...]
    flags: tuple[str, ...] = ()
    waits: str = ""
    opened: bool = False


def queued(
    store: Store, who: Recruiter, job_id: str, *, kept: str = "new", limit: int = AT_ONCE, offset: int = 0
) -> list[Waiting]:
    """As `Store.queue` orders them. Raises NotFound."""
    organisation_id = who.organisation_id
    asked = {one.id: one for one in store.requirements(organisation_id, job_id)}
    found = store.queue(organisation_id, job_id, kept=kept, limit=limit, offset=offset)
    ids = [one.id for one in found]
    results, waits = store.screenings(organisation_id, ids), store.kept_waiting(organisation_id, ids)
    opened = store.opened_of(organisation_id, ids, who.person) if who.person is not None else set()
    return [_shown(one, results.get(one.id), asked, waits.get(one.id, ""), one.id in opened) for one in found]


def _shown(
    application: Application,
    result: ScreeningResult | None,
    asked: Mapping[str, Requirement],
    waits: str,
    opened: bool,  # noqa: FBT001 - called here alone
) -> Waiting:
    judged = result.requirements if result is not None else ()
    musts = [(asked[one.requirement_id].text, one.status) for one in judged if _must(asked.get(one.requirement_id))]
    unknown, flags = tuple(text for text, status in musts if status == "unknown"), result.flags if result else ()
    strongest = sorted(judged, key=lambda one: (-_STRENGTH.get(one.status, 0), -one.score))
    quotes = [quote for one in strongest for quote in one.evidence[:1]]
    return Waiting(
        application=application,
        name=application.candidate.name or application.document.filename,
        reason=result.reason if result is not None else "",
        unknown=unknown,
        missing=tuple(text for text, status in musts if status == "not_met"),
        quotes=tuple({quote.quote: quote for quote in quotes}.values())[:QUOTES],
        flags=tuple(flag.detail for flag in flags if not any(text in flag.detail for text in unknown)),
        waits=waits,
        opened=opened,
    )


def _must(requirement: Requirement | None) -> bool:
    return requirement is not None and requirement.must_have


def keep_waiting(app: App, who: Recruiter, application_id: str, reason: str) -> None:
    """By a named person; the reason may stay empty. Raises NotFound, Forbidden, Conflict for who does not wait."""
    with app.database.store() as store:
        application = store.application(who.organisation_id, application_id)
        person = person_of(who)
        if application.stage != "screened":
            raise Conflict("Nobody waits for a decision here any more. Reload to see where the application stands.")
        store.record_decision(
            who.organisation_id,
            application_id,
            action=WAIT,
            actor=person.signature,
            reason=reason.strip(),
            now=app.now,
            person=person,
        )


# ---------------------------------------------------------------- another line


@dataclass(frozen=True, slots=True)
class Effect:
    """What another threshold would do. `more` pass than now, or `fewer`; of those invited `beneath` lie below the new
    line (nothing is withdrawn); `invited` of those who pass would be invited at once, `held` by the cap not."""

    job: Job
    threshold: float
    screened: int
    passing_now: int
    passing: int
    beneath: int
    invited: int
    held: int

    @property
    def more(self) -> int:
        return max(0, self.passing - self.passing_now)

    @property
    def fewer(self) -> int:
        return max(0, self.passing_now - self.passing)


def effect(app: App, organisation_id: str, job_id: str, threshold: float) -> Effect:
    """Nothing is saved. Raises NotFound."""
    with app.database.reading() as store:
        job = store.job(organisation_id, job_id)
        beneath = store.invited_beneath(organisation_id, job_id, threshold)
        given_out = store.invited_count(organisation_id, job_id)
        screened, passing_now, passing = store.passing_at(organisation_id, job_id, (job.threshold, threshold))
    at_once = passing if job.invite_policy == "at_once" and job.state == "open" else 0
    places = at_once if job.max_interviews is None else min(at_once, max(0, job.max_interviews - given_out))
    return Effect(
        job=job,
        threshold=threshold,
        screened=screened,
        passing_now=passing_now,
        passing=passing,
        beneath=beneath,
        invited=places,
        held=at_once - places,
    )


def move_line(app: App, organisation_id: str, job_id: str, threshold: float) -> None:
    """Saved, and everyone who is screened and not invited is judged by it. Raises NotFound."""
    with app.database.store() as store:
        store.update_job(organisation_id, job_id, now=app.now, threshold=threshold)
    app.pipeline.rejudge(organisation_id, job_id)
