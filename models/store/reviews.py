"""What people say and decide: decisions, rejections, reviewers' ratings, and what they had opened. Part of `Store`.

Nothing here is ever changed or removed, only added to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from models.deeds import Action, content_hash
from models.errors import Conflict, Forbidden
from models.records import (
    Application,
    ByPerson,
    Candidate,
    Document,
    HumanDecision,
    Interview,
    Job,
    Personal,
    PersonalJson,
    Report,
    Review,
    ReviewEvent,
    ReviewEventKind,
    ReviewKind,
    account_key,
)
from models.store.attempts import counting
from models.store.base import DECIDED, Rows
from models.store.listed import among
from models.values import Person

_DECISIONS: Mapping[str, Action] = {
    "advance": "decision.advance",
    "reject": "decision.reject",
    "advance_undone": "decision.advance_undone",
    "reject_undone": "decision.reject_undone",
}
_RATINGS: Mapping[str, Action] = {"blind": "rating.blind", "unrated": "rating.skipped", "final": "rating.final"}
MOST_FINALS = 100
"""Final ratings of one reviewer for one interview; far more than a person would send."""


ROWS = 500
"""Asked for at once by their ids."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A person's rejection, as counting needs it: `basis` as `HumanDecision.basis`."""

    application_id: str
    job_id: str
    reviewer: str
    basis: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Undecided:
    """Somebody nobody has decided on. `interview`: the one that counts; `scorecard`: of its newest report, as it is
    stored; `reviews`: of it, oldest first."""

    interview: Interview
    scorecard: Mapping[str, Any]
    reviews: Sequence[Review]


def batched(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """No database takes any number of ids in one question."""
    return (ids[start : start + ROWS] for start in range(0, len(ids), ROWS))


class Reviews(Rows):
    # ------------------------------------------------------------ decisions

    def record_decision(
        self,
        organisation_id: str,
        application_id: str,
        *,
        action: str,
        actor: str,
        reason: str,
        now: datetime,
        person: Person | None = None,
        basis: Mapping[str, Any] | None = None,
    ) -> HumanDecision:
        """Notes what was decided; `set_stage` carries it out. A rejection is `reject`. Raises Forbidden for one that no
        person stands behind."""
        if action == "reject" and not isinstance(person, Person):
            raise Forbidden("Only a named person can reject somebody: use the form on the application's page.")
        application = self._own(Application, organisation_id, application_id)
        decision = self._add(
            HumanDecision(
                organisation_id=organisation_id,
                application_id=application_id,
                action=action,
                actor=actor,
                reason=Personal(reason, subject=application.candidate_id),
                at=now,
                person=person.name if person is not None else None,
                basis=dict(basis) if basis is not None else None,
            )
        )
        self._note(
            organisation_id,
            _DECISIONS.get(action, "decision.other"),
            "application",
            application_id,
            about=application.candidate_id,
            person=person,
            decision=action,
            reason=reason,
            basis=decision.basis,
        )
        return decision

    def decisions(self, organisation_id: str, application_id: str) -> list[HumanDecision]:
        """Oldest first."""
        self._own(Application, organisation_id, application_id)
        query = select(HumanDecision).where(HumanDecision.application_id == application_id)
        return list(self._session.scalars(query.order_by(HumanDecision.at, HumanDecision.id)))

    def rejections_since(self, organisation_id: str, since: datetime) -> list[Rejected]:
        """Of all applications, oldest first; no reason is opened."""
        query = (
            select(
                *(HumanDecision.application_id, Application.job_id),
                *(func.coalesce(HumanDecision.person, HumanDecision.actor), HumanDecision.basis),
            )
            .join(Application, HumanDecision.application_id == Application.id)
            .where(HumanDecision.organisation_id == organisation_id, HumanDecision.action == "reject")
            .where(HumanDecision.at >= since)
            .order_by(HumanDecision.at, HumanDecision.id)
        )
        return [Rejected(id, job, who, basis or {}) for id, job, who, basis in self._session.execute(query)]

    def reject(
        self,
        organisation_id: str,
        application_id: str,
        *,
        person: Person,
        reason: str,
        basis: Mapping[str, Any],
        now: datetime,
    ) -> Application:
        """The only way to the stage `rejected`: a named person, their reason and what they had opened, in one
        transaction. `records.Application` refuses every other. Raises Forbidden without a person."""
        application = self._lock(Application, organisation_id, application_id)
        self.record_decision(
            organisation_id,
            application_id,
            action="reject",
            actor=getattr(person, "signature", ""),
            reason=reason,
            now=now,
            person=person,
            basis=basis,
        )
        application.stage, application.updated_at = ByPerson("rejected", person), now  # type: ignore[assignment]
        self._session.flush()
        return application

    # ------------------------------------------------------------ reviews

    def add_review(
        self,
        organisation_id: str,
        interview_id: str,
        kind: ReviewKind,
        content: Mapping[str, Any],
        *,
        person: Person,
        now: datetime,
        report_id: str | None = None,
        agreed: tuple[int, int, int] | None = None,
    ) -> Review:
        """A reviewer's next word. `agreed`: of a blind one, as `Review.pairs`, `same` and `near`. Raises Conflict
        before the interview's end, for a second first one, and for a final one that no first one went before."""
        interview = self._lock(Interview, organisation_id, interview_id)
        if interview.state != "completed":
            raise Conflict("The interview is not over yet; there is nothing to rate.")
        if report_id is not None:
            self._own(Report, organisation_id, report_id)
        key = account_key(person)
        own = [one for one in self.reviews(organisation_id, interview_id) if one.reviewer_key == key]
        if kind == "final" and not own:
            raise Conflict("Rate the interview first, or say that you look without rating.")
        if kind != "final" and own:
            raise Conflict(
                "Your first rating is kept and cannot be changed. Give a final rating beside Foyer's instead."
            )
        if len(own) > MOST_FINALS:
            raise Conflict("There are too many final ratings of yours already. Talk to whoever runs Foyer.")
        subject = self._own(Application, organisation_id, interview.application_id).candidate_id
        self._note(
            organisation_id,
            _RATINGS.get(kind, "rating.final"),
            "interview",
            interview_id,
            about=subject,
            person=person,
            number=len(own),
            report=report_id,
            content=content_hash(content),
        )
        return self._add(
            Review(
                organisation_id=organisation_id,
                interview_id=interview_id,
                reviewer=person.name,
                reviewer_key=key,
                number=len(own),
                kind=kind,
                content=PersonalJson(content, subject=subject),
                report_id=report_id,
                at=now,
                **dict(zip(("pairs", "same", "near"), agreed or (), strict=False)),
            )
        )

    def reviews(self, organisation_id: str, interview_id: str) -> list[Review]:
        """Of all reviewers, oldest first."""
        self._own(Interview, organisation_id, interview_id)
        query = select(Review).where(Review.interview_id == interview_id)
        return list(self._session.scalars(query.order_by(Review.at, Review.id)))

    def reviews_since(self, organisation_id: str, since: datetime) -> list[tuple[str, str, Review]]:
        """(job, application, review) of all interviews, oldest first."""
        query = (
            select(Application.job_id, Application.id, Review)
            .join(Interview, Review.interview_id == Interview.id)
            .join(Application, Interview.application_id == Application.id)
            .where(Review.organisation_id == organisation_id, Review.at >= since)
            .order_by(Review.at, Review.id)
        )
        self._seal.expect(list(self._session.scalars(query.with_only_columns(Application.candidate_id))))
        return [(job, application, review) for job, application, review in self._session.execute(query)]

    def cards_of(self, organisation_id: str, interview_ids: Collection[str]) -> dict[str, dict[str, Any]]:
        """Interview -> its newest `values.Scorecard` as JSON, of those that have one."""
        found: dict[str, dict[str, Any]] = {}
        for ids in batched(sorted(interview_ids)):
            query = select(Report.interview_id, Report.scorecard).where(Report.interview_id.in_(ids))
            query = query.where(Report.organisation_id == organisation_id).order_by(Report.version)
            found |= {interview: card for interview, card in self._session.execute(query)}  # noqa: C416 - typed
        return found

    def plans_of(self, organisation_id: str, interview_ids: Collection[str]) -> dict[str, dict[str, Any]]:
        """Interview -> its `values.InterviewPlan` as JSON."""
        found: dict[str, dict[str, Any]] = {}
        for ids in batched(sorted(interview_ids)):
            query = select(Interview.id, Interview.plan).where(Interview.id.in_(ids))
            query = query.where(Interview.organisation_id == organisation_id)
            found |= {interview: plan for interview, plan in self._session.execute(query)}  # noqa: C416 - typed
        return found

    def undecided_reports(self, organisation_id: str, limit: int) -> list[Undecided]:
        """Whose interview was reported on and who were neither rejected nor have withdrawn, newest first."""
        open_ = select(Application.id).where(
            Application.id == Interview.application_id, Application.stage == "reported"
        )
        which = (  # of ids alone, from the newest on: plans are long, and thousands of them would be sorted
            select(Interview.id, Interview.application_id)
            .where(Interview.organisation_id == organisation_id, Interview.completed_at.is_not(None), open_.exists())
            .order_by(Interview.completed_at.desc(), Interview.id.desc())
            .limit(limit)
        )
        newest = {id: application for id, application in self._session.execute(which)}  # noqa: C416 - typed
        held: dict[str, list[Interview]] = defaultdict(list)
        attempts = select(Interview).where(among(Interview.application_id, set(newest.values())))
        for each in self._session.scalars(attempts.order_by(Interview.attempt)):
            held[each.application_id].append(each)
        stand = [one for id, application in newest.items() if (one := counting(held[application])) and one.id == id]
        whose = select(Application.candidate_id).where(among(Application.id, [one.application_id for one in stand]))
        self._seal.expect(list(self._session.scalars(whose)))
        cards = self.cards_of(organisation_id, [one.id for one in stand])
        reviews = self._reviews_of([one.id for one in stand])
        return [Undecided(one, cards[one.id], reviews[one.id]) for one in stand if one.id in cards]

    def _reviews_of(self, interviews: Sequence[str]) -> dict[str, list[Review]]:
        """Interview -> its reviews, oldest first."""
        found: dict[str, list[Review]] = defaultdict(list)
        query = select(Review).where(among(Review.interview_id, interviews)).order_by(Review.at, Review.id)
        for review in self._session.scalars(query):
            found[review.interview_id].append(review)
        return found

    def undecided(self, organisation_id: str, job_id: str, limit: int) -> list[Application]:
        """Of a job, those a person may still decide on: read, and neither rejected nor withdrawn; best first."""
        self._own(Job, organisation_id, job_id)
        best = (Application.score.desc().nulls_last(), Application.id)
        which = select(Application.id).where(
            Application.organisation_id == organisation_id,
            Application.job_id == job_id,
            Application.stage.not_in([*DECIDED, "received", "interviewing"]),
        )
        ids = self._session.scalars(which.order_by(*best).limit(limit)).all()  # first who, then all of them
        names = (  # of hundreds of people no address is opened
            joinedload(Application.candidate).load_only(Candidate.name),
            joinedload(Application.document).load_only(Document.filename),
        )
        them = select(Application).where(among(Application.id, ids)).options(*names)
        return list(self._session.scalars(them.order_by(*best)))

    # ------------------------------------------------------------ what reviewers did

    def add_review_event(
        self,
        organisation_id: str,
        application_id: str,
        kind: ReviewEventKind,
        what: str,
        *,
        person: Person,
        now: datetime,
    ) -> ReviewEvent:
        application = self._own(Application, organisation_id, application_id)
        if kind == "revealed":
            self._note(
                organisation_id,
                "review.revealed",
                "application",
                application_id,
                about=application.candidate_id,
                person=person,
                what=what,
            )
        return self._add(
            ReviewEvent(
                organisation_id=organisation_id,
                application_id=application_id,
                reviewer=person.name,
                reviewer_key=account_key(person),
                kind=kind,
                what=what,
                at=now,
            )
        )

    def review_events(self, organisation_id: str, application_id: str) -> list[ReviewEvent]:
        """Of all reviewers, oldest first."""
        self._own(Application, organisation_id, application_id)
        query = select(ReviewEvent).where(ReviewEvent.application_id == application_id)
        return list(self._session.scalars(query.order_by(ReviewEvent.at, ReviewEvent.id)))

    def review_moments(self, organisation_id: str, since: datetime) -> list[tuple[str, str, datetime]]:
        """(application, reviewer's key, when) of all that reviewers did, oldest first."""
        query = (
            select(ReviewEvent.application_id, ReviewEvent.reviewer_key, ReviewEvent.at)
            .where(ReviewEvent.organisation_id == organisation_id, ReviewEvent.at >= since)
            .order_by(ReviewEvent.at, ReviewEvent.id)
        )
        return [(application, key, at) for application, key, at in self._session.execute(query)]

    def opened_by(self, organisation_id: str, job_id: str, person: Person, ids: Collection[str]) -> set[str]:
        """Which of these applications of a job this person has opened."""
        self._own(Job, organisation_id, job_id)
        query = (
            select(ReviewEvent.application_id)
            .join(Application, ReviewEvent.application_id == Application.id)
            .where(ReviewEvent.organisation_id == organisation_id, Application.job_id == job_id)
            .where(ReviewEvent.reviewer_key == account_key(person), ReviewEvent.kind == "opened")
            .where(among(ReviewEvent.application_id, ids))
        )
        return set(self._session.scalars(query))
