"""Deciding about many at once: who could be invited, rounds of invitations, the queue of those who wait for a person.
Part of `models.store.Store`; `api.inviting` and `api.rounds` decide by it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, select
from sqlalchemy.exc import IntegrityError

from models.columns import Personal, secrets_of
from models.errors import NotFound
from models.records import (
    Application,
    Candidate,
    Document,
    HumanDecision,
    Interview,
    Job,
    ReviewEvent,
    Round,
    RoundMember,
    RoundState,
    account_key,
)
from models.store.applications import passing
from models.store.base import Rows
from models.store.listed import among
from models.store.shortlist import BEST_FIRST
from models.values import Person

WAIT = "wait"
"""The decision of a person that somebody in the queue keeps waiting."""
_NEAREST = (Application.decision.desc(), Application.score.desc(), Application.id.desc())
"""Those whom a person should look at ("review": a must-have is unclear, or they are nearly there) before those below,
each the nearest to the line first."""


@dataclass(frozen=True, slots=True)
class Invitee:
    """Somebody who may be invited. `keys`: what equal addresses and numbers have in common; `interview`: the state of
    the newest, empty without one."""

    application_id: str
    candidate_id: str
    stage: str
    score: float | None
    decision: str | None
    silent: bool
    reachable: bool
    keys: frozenset[str]
    interview: str
    superseded: bool = False
    """Another application of theirs for this job stands for it."""


class Deciding(Rows):
    # ------------------------------------------------------------ who could be invited

    def invitees(
        self, organisation_id: str, job_id: str, *, ids: Collection[str] | None = None, limit: int = 1_000
    ) -> list[Invitee]:
        """Best first: these applications, or everyone who passes and was never invited. Raises NotFound for one that is
        not of this job."""
        job = self._own(Job, organisation_id, job_id)
        newest: Any = literal(None)  # whoever passes has none
        if ids is not None:
            of_theirs = select(Interview.state).where(Interview.application_id == Application.id)
            last = of_theirs.order_by(Interview.attempt.desc()).limit(1)
            newest = last.correlate(Application).scalar_subquery()
        query = (
            select(
                *(Application.id, Application.candidate_id, Application.stage, Application.score, Application.decision),
                *(Candidate.opted_out_at, Candidate.email_key, Candidate.phone_key, newest),
                *(Application.superseded_by, Candidate.bounced_at),
            )
            .join(Candidate, Application.candidate_id == Candidate.id)
            .where(Application.organisation_id == organisation_id, Application.job_id == job_id)
        )
        meant = among(Application.id, ids or ())
        if ids is None:  # first who, then what of them: not of all who pass
            whom = select(Application.id).where(Application.job_id == job_id, passing(job.requirements_version))
            meant = among(Application.id, list(self._session.scalars(whom.order_by(*BEST_FIRST).limit(limit))))
        rows = self._session.execute(query.where(meant).order_by(*BEST_FIRST).limit(limit))
        found = [
            Invitee(
                *(id, whose, stage, score, decision),
                silent=silent is not None,
                reachable=email is not None and bounced is None,
                keys=frozenset(key for key in (email, phone) if key is not None),
                interview=interview or "",
                superseded=aside is not None,
            )
            for id, whose, stage, score, decision, silent, email, phone, interview, aside, bounced in rows
        ]
        if missing := set(ids or ()) - {one.application_id for one in found}:
            raise NotFound(f"{len(missing)} of these applications are not of this job. Check the ids.")
        return found

    def passing_count(self, organisation_id: str, job_id: str, most: int = 1_000) -> int:
        """How many pass and were never invited; nobody counts beyond `most`."""
        job = self._own(Job, organisation_id, job_id)
        passes = passing(job.requirements_version)
        some = select(Application.id).where(Application.job_id == job_id, passes).limit(most).subquery()
        return self._session.scalar(select(func.count()).select_from(some)) or 0

    def keys_invited(self, organisation_id: str, job_id: str, chosen: Mapping[str, frozenset[str]]) -> frozenset[str]:
        """Which of the addresses and numbers of these candidates somebody has who was invited for this job: somebody
        else, or they themselves by another application."""
        self._own(Job, organisation_id, job_id)
        holders: dict[str, set[str]] = defaultdict(set)
        if keys := self._keys_twice(chosen):
            for column in (Candidate.email_key, Candidate.phone_key):  # each by its own index
                for id, key in self._session.execute(select(Candidate.id, column).where(among(column, keys))):
                    holders[id].add(str(key))
        whose = select(Application.candidate_id).join(Interview, Interview.application_id == Application.id)
        whose = whose.where(Interview.job_id == job_id, among(Application.candidate_id, holders))
        invited = self._session.scalars(whose) if holders else ()
        return frozenset(key for id in invited for key in holders[id])

    def _keys_twice(self, chosen: Mapping[str, frozenset[str]]) -> list[str]:
        """Keys that somebody else has too, or whoever has them by another application: few, and told by indexes
        alone."""
        keys = {key for own in chosen.values() for key in own}
        found: set[str] = set()
        for column in (Candidate.email_key, Candidate.phone_key):
            twice = select(column).where(among(column, keys)).group_by(column).having(func.count() > 1)
            found.update(key for key in self._session.scalars(twice) if key is not None)
        whose = Application.candidate_id
        again = select(whose).where(among(whose, chosen)).group_by(whose).having(func.count() > 1)
        found.update(key for id in self._session.scalars(again) for key in chosen[id])
        return sorted(found)

    def names_of(self, organisation_id: str, application_ids: Sequence[str]) -> dict[str, str]:
        """Application -> how to call the person: their name, else that of their file."""
        query = (
            select(Application.id, Candidate.name, Document.filename)
            .join(Candidate, Application.candidate_id == Candidate.id)
            .join(Document, Application.document_id == Document.id)
            .where(Application.organisation_id == organisation_id, Application.id.in_(application_ids))
        )
        return {id: name or filename for id, name, filename in self._session.execute(query)}

    # ------------------------------------------------------------ rounds

    def add_round(
        self,
        organisation_id: str,
        job_id: str,
        *,
        key: str,
        applications: Sequence[str],
        person: Person,
        reason: str,
        now: datetime,
    ) -> tuple[Round, bool]:
        """Says whether it was added: one `key` is one round, however often it is sent."""
        self._own(Job, organisation_id, job_id)
        if (known := self.round_by_key(organisation_id, key)) is not None:
            return known, False
        made = Round(
            organisation_id=organisation_id,
            job_id=job_id,
            key=key,
            person=person.name,
            via=person.key,
            user_id=person.user_id,
            reason=Personal(reason, subject=secrets_of(organisation_id)),
            total=len(applications),
            made_at=now,
        )
        try:
            with self._session.begin_nested():
                self._session.add(made)
        except IntegrityError:  # the same form a moment ago
            known = self.round_by_key(organisation_id, key)
            if known is None:
                raise
            return known, False
        for id in applications:
            self._own(Application, organisation_id, id)
            self._session.add(
                RoundMember(organisation_id=organisation_id, round_id=made.id, application_id=id, state="waiting")
            )
        self._session.flush()
        self._note(organisation_id, "round.confirmed", "job", job_id, person=person, round=made.id, total=made.total)
        return made, True

    def round_by_key(self, organisation_id: str, key: str) -> Round | None:
        return self._session.scalar(select(Round).where(Round.organisation_id == organisation_id, Round.key == key))

    def round(self, organisation_id: str, round_id: str) -> Round:
        return self._own(Round, organisation_id, round_id)

    def rounds(self, organisation_id: str, job_id: str, limit: int = 20) -> list[Round]:
        """Newest first."""
        self._own(Job, organisation_id, job_id)
        query = select(Round).where(Round.job_id == job_id).order_by(Round.made_at.desc(), Round.id.desc())
        return list(self._session.scalars(query.limit(limit)))

    def round_counts(self, organisation_id: str, round_id: str) -> dict[str, int]:
        """Members by state; what is zero is absent. Who was erased since is in none."""
        self._own(Round, organisation_id, round_id)
        query = select(RoundMember.state, func.count()).where(RoundMember.round_id == round_id)
        return {state: number for state, number in self._session.execute(query.group_by(RoundMember.state))}  # noqa: C416 - typed

    def left_out(self, organisation_id: str, round_id: str, limit: int = 200) -> list[tuple[str, str]]:
        """(application, why) of those who were not invited."""
        self._own(Round, organisation_id, round_id)
        query = select(RoundMember.application_id, RoundMember.why)
        query = query.where(RoundMember.round_id == round_id, RoundMember.state == "left")
        return [(id, why) for id, why in self._session.execute(query.order_by(RoundMember.id).limit(limit))]

    def waiting_members(self, organisation_id: str, round_id: str, limit: int) -> list[str]:
        """Applications of a round that nothing was done about yet, in its order."""
        self._own(Round, organisation_id, round_id)
        query = select(RoundMember.application_id)
        query = query.where(RoundMember.round_id == round_id, RoundMember.state == "waiting")
        return list(self._session.scalars(query.order_by(RoundMember.id).limit(limit)))

    def settle_member(
        self, organisation_id: str, round_id: str, application_id: str, state: RoundState, why: str = ""
    ) -> bool:
        """False, and nothing changes, where it was settled before. Raises NotFound."""
        self._own(Round, organisation_id, round_id)
        query = select(RoundMember).where(
            RoundMember.organisation_id == organisation_id,
            RoundMember.round_id == round_id,
            RoundMember.application_id == application_id,
        )
        member = self._session.scalar(query.with_for_update().execution_options(populate_existing=True))
        if member is None:
            raise NotFound("This application is not of this round, or its candidate was erased.")
        if member.state != "waiting":
            return False
        member.state, member.why = state, why
        self._session.flush()
        return True

    # ------------------------------------------------------------ the queue

    def queue(
        self, organisation_id: str, job_id: str, *, kept: str = "new", limit: int = 25, offset: int = 0
    ) -> list[Application]:
        """Those below the line who wait for a person: in the order of `_NEAREST`. `kept`:
        "new", of whom nobody has said anything; "kept", whom a person keeps waiting."""
        self._own(Job, organisation_id, job_id)
        query = select(Application).where(below(job_id))
        if kept == "kept":
            said = select(HumanDecision.application_id).where(
                HumanDecision.organisation_id == organisation_id, HumanDecision.action == WAIT
            )
            few = said.distinct().subquery()  # from the few words to the people, not from everybody to the words
            query = query.join(few, few.c.application_id == Application.id)
        else:
            asked = select(HumanDecision.id).where(
                HumanDecision.application_id == Application.id, HumanDecision.action == WAIT
            )
            query = query.where(~asked.correlate(Application).exists())
        return list(self._session.scalars(query.order_by(*_NEAREST).limit(limit).offset(offset)))

    def queue_counts(self, organisation_id: str, job_id: str) -> dict[str, int]:
        """review, below: by what holds them back; kept: of both, whom a person keeps waiting."""
        self._own(Job, organisation_id, job_id)
        query = select(Application.decision, func.count()).where(below(job_id)).group_by(Application.decision)
        counts = Counter({str(decision): number for decision, number in self._session.execute(query)})
        kept = (
            select(func.count(func.distinct(HumanDecision.application_id)))
            .join(Application, HumanDecision.application_id == Application.id)
            .where(HumanDecision.organisation_id == organisation_id, HumanDecision.action == WAIT, below(job_id))
        )
        return {"review": counts["review"], "below": counts["below"], "kept": self._session.scalar(kept) or 0}

    def kept_waiting(self, organisation_id: str, application_ids: Sequence[str]) -> dict[str, str]:
        """Application -> who keeps them waiting and why, the newest word of several."""
        query = select(HumanDecision).where(
            HumanDecision.organisation_id == organisation_id,
            HumanDecision.application_id.in_(application_ids),
            HumanDecision.action == WAIT,
        )
        found = self._session.scalars(query.order_by(HumanDecision.at, HumanDecision.id))
        return {one.application_id: f"{one.person}: {one.reason}" if one.reason else str(one.person) for one in found}

    def opened_of(self, organisation_id: str, application_ids: Sequence[str], person: Person) -> set[str]:
        """Which of these this person has opened."""
        query = select(ReviewEvent.application_id).where(
            ReviewEvent.organisation_id == organisation_id,
            ReviewEvent.application_id.in_(application_ids),
            ReviewEvent.reviewer_key == account_key(person),
            ReviewEvent.kind == "opened",
        )
        return set(self._session.scalars(query))

    def invited_beneath(self, organisation_id: str, job_id: str, threshold: float) -> int:
        """Of those invited for a job, how many have a score below a threshold."""
        self._own(Job, organisation_id, job_id)
        held = select(Interview.id).where(Interview.application_id == Application.id).exists()
        query = select(func.count()).select_from(Application)
        query = query.where(Application.job_id == job_id, Application.score < threshold, held)
        return self._session.scalar(query) or 0


def below(job_id: str) -> ColumnElement[bool]:
    """As `ix_applications_waiting` has them: "below" and "review" are what follows "advance"."""
    return and_(
        Application.job_id == job_id,
        Application.stage == "screened",
        Application.decision > "advance",
        Application.superseded_by.is_(None),
    )
