"""A person beside the machine: rates an interview blind, then sees Foyer's rating, overrides it with a reason, decides.
And what they had opened before, which is recorded with each decision. Routes and console share these functions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog

from api.agreeing import agreed
from api.deps import App
from api.second_look import human_result, rated
from api.security import Recruiter
from api.stages import Rejection
from compliance.oversight import dwell, sample_needed
from models.errors import BadRequest, Conflict, Forbidden, FoyerError, NoSpace, NotFound
from models.records import Application, Interview, Report, Review, ReviewEvent, ReviewEventKind, account_key
from models.sentences import N_
from models.store import Store
from models.values import Competency, HumanRating, HumanResult, InterviewPlan, Person, Rating, Scorecard

log = structlog.get_logger("foyer.reviewing")

CODES: Mapping[str, str] = {
    "overlooked": N_("Foyer overlooked something the candidate said"),
    "misread": N_("Foyer took what was said for something it is not"),
    "misheard": N_("The recogniser misheard the answer"),
    "anchors": N_("The anchors fit another level"),
    "unrelated": N_("Something counted that has nothing to do with the job"),
    "changed_mind": N_("I stand by my own rating for another reason"),
    "other": N_("Another reason"),
}
"""Why a final rating differs from Foyer's."""
SHORTEST_REASON, LONGEST_TEXT = 3, 2_000
AGAIN_SECONDS = 10
"""The same act of the same person within so many seconds is one: a player asks for a recording piece by piece."""
MOST_AT_ONCE = 1_000
SUGGESTED = 5


def person_of(who: Recruiter) -> Person:
    """Raises Forbidden with the way to say who one is."""
    if who.person is None:
        raise Forbidden(
            "Say who you are first: open /me in the browser, or send your name in the header Foyer-Person. "
            "Ratings and rejections carry a person's name."
        )
    return who.person


# ---------------------------------------------------------------- what they did, and when


def note(app: App, who: Recruiter, application_id: str, kind: ReviewEventKind, what: str) -> None:
    """Recorded if somebody said who they are. A full disk must keep nobody from reading."""
    if who.person is None:
        return
    with app.database.reading() as store:
        events = store.review_events(who.organisation_id, application_id)
    recent = app.now - timedelta(seconds=AGAIN_SECONDS)
    if any((one.kind, one.what) == (kind, what) and one.at > recent for one in _own(events, who.person)):
        return
    try:
        with app.database.store() as store:
            store.add_review_event(who.organisation_id, application_id, kind, what, person=who.person, now=app.now)
    except NoSpace:
        log.warning("review.not_noted", application=application_id)


def note_interview(app: App, who: Recruiter, interview_id: str, kind: ReviewEventKind, what: str) -> None:
    if who.person is not None:
        with app.database.reading() as store:
            application_id = store.interview(who.organisation_id, interview_id).application_id
        note(app, who, application_id, kind, what)


def basis_of(events: Sequence[ReviewEvent], person: Person, now: float, interview: Interview | None) -> dict[str, Any]:
    """What this person had opened and how long they were at it, up to `now` (epoch seconds), before a rejection."""
    own = _own(events, person)
    moments = [one.at.timestamp() for one in own]
    return {
        "seconds": round(dwell([*moments, now] if moments else []), 1),
        "opened": sorted({one.what for one in own if one.kind == "opened"}),
        "evidence": sorted({one.what for one in own if one.kind == "evidence"}),
        "interviewed": interview is not None and interview.state == "completed",
    }


def _own(events: Sequence[ReviewEvent], person: Person) -> list[ReviewEvent]:
    key = account_key(person)
    return [one for one in events if one.reviewer_key == key]


# ---------------------------------------------------------------- what a reviewer may see


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one reviewer stands with one interview. Before their first word (`first`) everything else stays empty:
    Foyer's report, what others said, what was decided of it."""

    interview: Interview
    application: Application
    competencies: Sequence[Competency]
    first: Review | None = None
    finals: Sequence[Review] = ()
    others: Sequence[Review] = ()
    report: Report | None = None

    @property
    def scorecard(self) -> Scorecard | None:
        return Scorecard.model_validate(self.report.scorecard) if self.report is not None else None

    @property
    def result(self) -> HumanResult | None:
        finals = [one for one in (*self.others, *self.finals) if one.kind == "final"]
        return human_result(finals, self.competencies) if finals else None


def standing(store: Store, organisation_id: str, interview_id: str, person: Person | None) -> Standing:
    """Raises NotFound."""
    interview = store.interview(organisation_id, interview_id)
    application = store.application(organisation_id, interview.application_id)
    competencies = InterviewPlan.model_validate(interview.plan).competencies
    reviews = store.reviews(organisation_id, interview_id)
    key = account_key(person) if person is not None else ""
    own = [one for one in reviews if one.reviewer_key == key]
    if not own:
        return Standing(interview, application, competencies)
    return Standing(
        interview,
        application,
        competencies,
        first=own[0],
        finals=own[1:],
        others=[one for one in reviews if one.reviewer_key != key],
        report=store.report_of(organisation_id, interview_id),
    )


def closed(app: App, who: Recruiter, interview_id: str) -> FoyerError | None:
    """Why this reviewer may not see Foyer's report yet, with the way to it. A program with a key, which names nobody,
    is no reviewer. Raises NotFound."""
    with app.database.reading() as store:
        interview = store.interview(who.organisation_id, interview_id)
        if store.report_of(who.organisation_id, interview_id) is None:
            raise NotFound("There is no report yet: it is written within moments of the interview's end.")
        if who.person is None:
            return _nameless(who)
        first = standing(store, who.organisation_id, interview_id, who.person).first
    if first is not None:
        return None
    return Conflict(
        "Rate this interview yourself first, from transcript and recording: save your rating at "
        f"/interviews/{interview.id}/review (or POST /api/interviews/{interview.id}/review). You can also look without "
        "rating there, which is recorded."
    )


def _nameless(who: Recruiter) -> FoyerError | None:
    try:
        person_of(who)
    except Forbidden as error:
        return error if who.browser else None
    return None


def let_in(app: App, who: Recruiter, interview_id: str) -> None:
    """To Foyer's report, or an error that says what to do first."""
    if (refusal := closed(app, who, interview_id)) is not None:
        raise refusal
    note_interview(app, who, interview_id, "evidence", "report")


# ---------------------------------------------------------------- rating


def save(app: App, who: Recruiter, interview_id: str, ratings: Sequence[HumanRating]) -> None:
    """The blind rating: of every competency of the interview, once. Raises NotFound, Forbidden, BadRequest,
    Conflict."""
    with app.database.store() as store:
        found = standing(store, who.organisation_id, interview_id, None)
        person = person_of(who)
        kept = _in_order(found.competencies, ratings)
        content = {"ratings": [one.model_dump(include={"competency_id", "name", "rating", "text"}) for one in kept]}
        report = store.report_of(who.organisation_id, interview_id)
        counted = agreed({one.competency_id: one.rating for one in kept}, report) if report is not None else None
        store.add_review(
            who.organisation_id, interview_id, "blind", content, person=person, agreed=counted, now=app.now
        )
        store.add_review_event(who.organisation_id, found.application.id, "saved", "blind", person=person, now=app.now)


def look(app: App, who: Recruiter, interview_id: str, reason: str) -> None:
    """The way out: see Foyer's report without rating first. Kept for ever, and counted."""
    with app.database.store() as store:
        found = standing(store, who.organisation_id, interview_id, None)
        person = person_of(who)
        if len(reason.strip()) < SHORTEST_REASON:
            raise BadRequest("Write a few words on why you look without rating first. They are kept.")
        content = {"ratings": [], "reason": reason.strip()[:LONGEST_TEXT]}
        store.add_review(who.organisation_id, interview_id, "unrated", content, person=person, now=app.now)
        store.add_review_event(
            who.organisation_id, found.application.id, "saved", "unrated", person=person, now=app.now
        )


def reveal(app: App, who: Recruiter, interview_id: str) -> Standing:
    """Foyer's rating and what others said, for one who has said their own; when they first saw it is recorded. Raises
    Conflict before, and while there is no report."""
    with app.database.reading() as store:
        found = standing(store, who.organisation_id, interview_id, who.person)
    person_of(who)
    if found.first is None:
        raise Conflict(
            f"Save your own rating first (POST /api/interviews/{interview_id}/review), or look without rating (POST "
            f"/api/interviews/{interview_id}/review/look), which is recorded."
        )
    if found.report is None:
        raise Conflict("Your rating is saved. Foyer's report is not written yet; try again in a moment.")
    note(app, who, found.application.id, "revealed", "report")
    return found


def conclude(app: App, who: Recruiter, interview_id: str, ratings: Sequence[HumanRating]) -> None:
    """The final rating, with a reason wherever it differs from Foyer's; receivers of results are told. An earlier one
    stays. The same again changes nothing."""
    with app.database.store() as store:
        found = standing(store, who.organisation_id, interview_id, who.person)
        person = person_of(who)
        scorecard = found.scorecard
        if found.first is None or scorecard is None:
            raise Conflict("Rate the interview first and see Foyer's rating; your final one stands beside it.")
        foyer = {one.competency_id: one for one in scorecard.competencies}
        final = [_final(one, foyer.get(one.competency_id)) for one in _in_order(found.competencies, ratings)]
        if found.finals and rated(found.finals[-1]) == tuple(final):
            return
        content = {"ratings": [one.model_dump() for one in final], "blind": found.first.kind == "blind"}
        report_id = found.report.id if found.report is not None else None
        organisation_id = who.organisation_id
        store.add_review(
            organisation_id, interview_id, "final", content, person=person, report_id=report_id, now=app.now
        )
        store.add_review_event(organisation_id, found.application.id, "decided", "final", person=person, now=app.now)
        app.pipeline.outcomes.queue_reviewed(store, found.interview, anew=True)
    app.pipeline.deliver_due()


def _in_order(competencies: Sequence[Competency], ratings: Sequence[HumanRating]) -> list[HumanRating]:
    """One for each competency, by its own name. Raises BadRequest."""
    given = {one.competency_id: one for one in ratings}
    names = {one.id: one.name for one in competencies}
    if missing := [name for id, name in names.items() if id not in given]:
        raise BadRequest(f"Rate every competency, or choose 'not enough to tell'. Missing: {', '.join(missing)}.")
    if len(given) != len(ratings) or given.keys() - names.keys():
        raise BadRequest(f"Rate each competency of this interview once: {', '.join(names)}.")
    return [
        given[id].model_copy(update={"name": name, "text": given[id].text.strip()[:LONGEST_TEXT], "foyer": None})
        for id, name in names.items()
    ]


def _final(rating: HumanRating, foyer: Rating | None) -> HumanRating:
    """With Foyer's beside it; raises BadRequest for a difference without a reason."""
    level = foyer.rating if foyer is not None else None
    if rating.rating == level:
        return rating.model_copy(update={"foyer": level, "code": ""})
    if rating.code not in CODES or len(rating.text) < SHORTEST_REASON:
        raise BadRequest(
            f"Your rating of {rating.name!r} differs from Foyer's: choose a reason and write a few words on it."
        )
    return rating.model_copy(update={"foyer": level})


# ---------------------------------------------------------------- deciding against


def reject(app: App, who: Recruiter, application_id: str, reason: str) -> None:
    """Raises Forbidden without a person, Conflict for what they have not opened."""
    with app.database.reading() as store:
        application = store.application(who.organisation_id, application_id)
        events = store.review_events(who.organisation_id, application_id)
        interview = store.counting(who.organisation_id, application_id)
    person = person_of(who)
    basis = basis_of(events, person, app.clock.now(), interview)
    if not basis["opened"]:
        raise Conflict(
            "Nobody is rejected unseen: open this application first "
            f"(/applications/{application.id}, or GET /api/applications/{application.id} under your name)."
        )
    rejections = [Rejection(application_id, basis)]
    app.pipeline.stages.reject(who.organisation_id, rejections, person=person, reason=reason)


def reject_many(app: App, who: Recruiter, job_id: str, ids: Sequence[str], reason: str) -> int:
    """All or none of these. Some of them must have been opened by this person before: see `sample_needed`. Raises
    Forbidden, BadRequest, and Conflict with which to open."""
    chosen = list(dict.fromkeys(ids))
    with app.database.reading() as store:
        store.job(who.organisation_id, job_id)
        found = {id: store.application(who.organisation_id, id) for id in chosen}
        person = person_of(who)
        seen = store.opened_by(who.organisation_id, job_id, person, found)
        events = {id: store.review_events(who.organisation_id, id) for id in seen}
        held = {id: store.counting(who.organisation_id, id) for id in chosen}
    if not chosen or len(chosen) > MOST_AT_ONCE:
        raise BadRequest(f"Choose between 1 and {MOST_AT_ONCE:,} applications.")
    if foreign := [id for id, application in found.items() if application.job_id != job_id]:
        raise BadRequest(f"{len(foreign)} of these applications belong to another job; decide on them there.")
    needed = sample_needed(len(chosen))
    if len(seen) < needed:
        unseen = sorted(found.keys() - seen, key=lambda id: hashlib.sha256(id.encode()).hexdigest())[:SUGGESTED]
        names = ", ".join(_named(found[id]) for id in unseen)
        raise Conflict(
            f"Nobody is rejected unseen: of {len(chosen)} applications open at least {needed} first; you have opened "
            f"{len(seen)}. Drawn for you: {names}."
        )
    sample = {"together": len(chosen), "sample_needed": needed, "sample_opened": len(seen)}
    rejections = [
        Rejection(id, basis_of(events.get(id, ()), person, app.clock.now(), held[id]) | sample) for id in chosen
    ]
    app.pipeline.stages.reject(who.organisation_id, rejections, person=person, reason=reason)
    return len(chosen)


def _named(application: Application) -> str:
    return application.candidate.name or application.document.filename
