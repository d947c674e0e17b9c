"""What reviewers did, out of the store and into `compliance.oversight`: figures and alarms by person and job, and the
interviews that want another person. Used by `api.routes.reviews`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from api import agreeing
from api.second_look import rated
from api.security import Recruiter
from compliance.oversight import REASONS, Alarm, Decided, Doubt, Figures, Pair, alarms, doubts, dwell, enough, figures
from models.records import Review, account_key, person_key
from models.store import Store
from models.store.reviews import Rejected, Undecided

if TYPE_CHECKING:
    from api.deps import App

WINDOW = timedelta(days=180)
KEPT_SECONDS = 600.0
"""What took long to count is shown for so long, with its time, before it is counted anew."""
MOST_REPORTS = 50
"""Looked through for a page: each scorecard is decrypted."""
OF_AN_INTERVIEW = {"transcript", "recording", "report"}


@dataclass(frozen=True, slots=True)
class Overseen:
    """One line of the figures: a reviewer over all jobs, a job over all reviewers, or one with the other. Empty
    `reviewer` or `job_id`: all of them."""

    reviewer: str
    job_id: str
    job: str
    figures: Figures
    alarms: tuple[Alarm, ...]
    enough: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """An interview that wants another person. `doubts`: (why, of which competencies); the names stay away from whoever
    has not rated it themselves."""

    application_id: str
    interview_id: str
    candidate: str
    job: str
    reviewers: int
    mine: bool
    doubts: tuple[tuple[str, tuple[str, ...]], ...]


# ---------------------------------------------------------------- figures


@dataclass(frozen=True, slots=True)
class Oversight:
    """`cards` as `agreeing.validations`, both as they stood at `at`."""

    at: datetime
    lines: list[Overseen]
    cards: list[agreeing.Validation]


def recent(app: App, organisation_id: str, *, wait: bool) -> Oversight | None:
    """Of many reviews as it was counted some minutes ago. None: it is being counted, ask again; with `wait` it is
    waited for instead."""

    def make() -> Oversight:
        with app.database.reading() as store:
            cards = agreeing.validations(store, organisation_id)
            return Oversight(app.now, oversight(store, organisation_id, app.now), cards)

    ask = app.counted.of if wait else app.counted.soon
    found: Oversight | None = ask(("oversight", organisation_id), make, seconds=KEPT_SECONDS)
    return found


def oversight(store: Store, organisation_id: str, now: datetime) -> list[Overseen]:
    """Everybody together, then each reviewer, each job, and each reviewer in each job, over the last WINDOW."""
    since = now - WINDOW
    reviews = store.reviews_since(organisation_id, since)
    decided = [
        *(_rejection(one) for one in store.rejections_since(organisation_id, since)),
        *_finals(store, organisation_id, since, reviews),
    ]
    pairs = _pairs(store, organisation_id, reviews)
    everything: list[Decided | Pair] = [*decided, *pairs]
    keys = {name: person_key(name) for name in {one.reviewer for one in everything}}
    spelt = {keys[one.reviewer]: one.reviewer for one in everything}  # a name typed in two ways is one
    lines: dict[tuple[str, str], tuple[list[Decided], list[Pair]]] = defaultdict(lambda: ([], []))
    for one in everything:
        who = spelt[keys[one.reviewer]]
        for line in (("", ""), (who, ""), ("", one.job), (who, one.job)):
            if isinstance(one, Decided):
                lines[line][0].append(one)
            else:
                lines[line][1].append(one)
    titles = dict(store.job_titles(organisation_id))
    names = sorted(set(spelt.values()))
    jobs = sorted({one.job for one in everything}, key=lambda id: titles.get(id, ""))
    wanted = [("", ""), *((name, "") for name in names), *(("", job) for job in jobs)]
    wanted += [(name, job) for name in names for job in jobs]
    return [_line(*line, titles, *lines[line]) for line in wanted if line in lines]


def _line(
    reviewer: str, job: str, titles: Mapping[str, str], decided: Sequence[Decided], pairs: Sequence[Pair]
) -> Overseen:
    found = figures(decided, pairs)
    return Overseen(reviewer, job, titles.get(job, ""), found, alarms(found), enough(found))


def _rejection(decision: Rejected) -> Decided:
    basis = decision.basis
    return Decided(
        reviewer=decision.reviewer,
        job=decision.job_id,
        seconds=basis.get("seconds", 0.0),
        final=False,
        together=basis.get("together", 1) > 1,
        interviewed=basis.get("interviewed", False),
        heard=bool(OF_AN_INTERVIEW.intersection(basis.get("evidence", ()))),
    )


def _finals(
    store: Store,
    organisation_id: str,
    since: datetime,
    reviews: list[tuple[str, str, Review]],
) -> list[Decided]:
    """Each reviewer's first final rating of each interview, with the time from the first sign of them to it."""
    moments: dict[tuple[str, str], list[float]] = defaultdict(list)
    for application, key, at in store.review_moments(organisation_id, since):
        moments[application, key].append(at.timestamp())
    found = []
    for job, application, review in reviews:
        if review.kind == "final" and review.number == 1:
            until = review.at.timestamp()
            own = [at for at in moments[application, review.reviewer_key] if at <= until]
            found.append(
                Decided(
                    reviewer=review.reviewer,
                    job=job,
                    seconds=dwell([*own, until]),
                    final=True,
                    blind=review.content["blind"],
                    changed=any(one.rating != one.foyer for one in rated(review)),
                )
            )
    return found


def _pairs(store: Store, organisation_id: str, reviews: list[tuple[str, str, Review]]) -> list[Pair]:
    """Each blind rating beside Foyer's, and what became of it."""
    finals = {
        (review.interview_id, review.reviewer_key): {one.competency_id: one.rating for one in rated(review)}
        for _, _, review in reviews
        if review.kind == "final"
    }
    cards = store.cards_of(organisation_id, {one.interview_id for _, _, one in reviews if one.kind == "blind"})
    found = []
    for job, _, review in reviews:
        if review.kind != "blind" or review.interview_id not in cards:
            continue
        foyer = agreeing.levels_of(cards[review.interview_id])
        final = finals.get((review.interview_id, review.reviewer_key))
        for one in rated(review):
            found.append(
                Pair(
                    reviewer=review.reviewer,
                    job=job,
                    human=one.rating,
                    foyer=foyer.get(one.competency_id),
                    concluded=final is not None,
                    final=final.get(one.competency_id) if final is not None else None,
                )
            )
    return found


# ---------------------------------------------------------------- a second opinion


def second_opinions(store: Store, who: Recruiter) -> list[Wanted]:
    """Interviews that want another person, newest first; of the newest MOST_REPORTS nobody has decided on."""
    cases = store.undecided_reports(who.organisation_id, MOST_REPORTS)
    found = [(one, open_) for one in cases if (open_ := _doubts(one))]
    called = store.names_of(who.organisation_id, [one.interview.application_id for one, _ in found])
    titles = dict(store.job_titles(who.organisation_id))
    return [_wanted(one, open_, called, titles, who) for one, open_ in found]


def _doubts(case: Undecided) -> tuple[Doubt, ...]:
    blind = [
        {one.competency_id: one.rating for one in rated(review)} for review in case.reviews if review.kind == "blind"
    ]
    unsure = [
        one["competency_id"] for one in case.scorecard["competencies"] if one.get("confidence", "low") == "low"
    ]  # as it is stored: fifty in full would take longer than the rest of the page
    return doubts(agreeing.levels_of(case.scorecard), unsure, blind)


def _wanted(
    case: Undecided, open_: tuple[Doubt, ...], called: Mapping[str, str], titles: Mapping[str, str], who: Recruiter
) -> Wanted:
    interview, reviewers = case.interview, {one.reviewer_key for one in case.reviews}
    mine = who.person is not None and account_key(who.person) in reviewers
    named = mine or not (who.browser or who.person)
    names = {one["id"]: one["name"] for one in interview.plan["competencies"]}
    return Wanted(
        application_id=interview.application_id,
        interview_id=interview.id,
        candidate=called[interview.application_id],
        job=titles.get(interview.job_id, ""),
        reviewers=len(reviewers),
        mine=mine,
        doubts=tuple(
            (REASONS[one.reason], tuple(names.get(id, id) for id in one.competencies) if named else ()) for one in open_
        ),
    )
