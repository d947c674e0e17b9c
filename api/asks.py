"""What a candidate asks of the employer: an adjustment, a person, a way in, erasure, and to be out of it. Kept, shown
on the application's page, mailed to the employer where an address is known, and answered there."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from api import mailing, receivers
from api.adjusting import GRANTED, LONGEST_EXTRA
from integrations import letters
from models.errors import BadRequest
from models.records import Application, CandidateRequest, Interview, RequestKind
from models.sentences import N_
from models.store import Store
from models.store.applications import STAGES
from models.store.base import DECIDED
from models.store.interviews import OVER
from models.values import AssessmentResult

if TYPE_CHECKING:
    from api.deps import App

WISHES = {
    "pauses": N_("Longer pauses before the interviewer goes on"),
    "text": N_("Typing instead of speaking"),
    "time": N_("More time, or breaks"),
    "human": N_("An interview with a person instead"),
    "other": N_("Something else"),
}
"""What can be asked for before and during the interview."""
KINDS: dict[RequestKind, str] = {
    "adjustment": N_("An adjustment of the interview"),
    "entry": N_("A way in: a code, a new link, or a corrected e-mail address"),
    "erasure": N_("Erasure of all data"),
    "withdrawal": N_("Withdrawal of the application"),
    "review": N_("A review of the evaluation by a person"),
    "access": N_("A copy of everything that is kept"),
    "objection": N_("An objection to the use of their data, or to a decision"),
    "recording": N_("Deletion of the recording"),
}
LONGEST = 4_000
UNDECIDED = frozenset(STAGES) - DECIDED


def ask(
    app: App,
    interview: Interview,
    kind: RequestKind,
    *,
    wishes: Sequence[str] = (),
    text: str = "",
    during: bool = False,
) -> CandidateRequest:
    """Raises BadRequest for an empty wish, Conflict for too many."""
    words, chosen = text.strip()[:LONGEST], [wish for wish in WISHES if wish in wishes]
    if kind == "adjustment" and not chosen and not words:
        raise BadRequest("Choose what would help you, or write a few words.")
    if "\0" in words:
        raise BadRequest("Your words hold a character that cannot be kept. Please type them again.")
    with app.database.store() as store:
        return _add(app, store, interview, kind, chosen, words, during=during)


def answer(
    app: App, organisation_id: str, request_id: str, text: str, *, by: str, extra_minutes: int = 0
) -> CandidateRequest:
    """Kept, shown to the candidate on their page, and mailed to them; `extra_minutes` of an adjustment extend the
    interview, in place of those granted before. Raises NotFound, BadRequest."""
    words = text.strip()[:LONGEST]
    if not words or "\0" in words:
        raise BadRequest("Write the answer first.")
    if not 0 <= extra_minutes <= LONGEST_EXTRA:
        raise BadRequest(f"Grant 0 to {LONGEST_EXTRA} minutes.")
    with app.database.store() as store:
        request = store.request(organisation_id, request_id)
        interview = store.interview(organisation_id, request.interview_id)
        subject = store.application(organisation_id, interview.application_id).candidate_id
        detail = {**request.detail, GRANTED: extra_minutes} if request.kind == "adjustment" else None
        request = store.answer_request(
            organisation_id, request_id, words, subject=subject, by=by, now=app.now, detail=detail
        )
        who = mailing.invited(app, store, interview)
        key = f"answer:{request.id}:{round(app.clock.now() * 1000)}"
        mailing.queue(app, store, interview, key, partial(letters.answered, who, words, key=key, now=app.now))
    return request


def withdraw(app: App, interview: Interview, reason: str) -> None:
    """The candidate takes the application back, at whatever point. Their reason, if any, is kept; receivers of results
    hear that they withdrew. Again changes nothing."""
    organisation_id = interview.organisation_id
    with app.database.store() as store:
        interview = store.interview(organisation_id, interview.id)
        application = store.application(organisation_id, interview.application_id)
        if application.stage in DECIDED:
            return
        if interview.state not in OVER:
            store.end_reuse(organisation_id, interview.id, expires_at=interview.expires_at, now=app.now)
            store.set_interview_state(organisation_id, interview.id, "withdrawn", now=app.now, reason="candidate")
        store.set_stage(organisation_id, application.id, "withdrawn", now=app.now, expected=UNDECIDED)
        store.drop_unsent(organisation_id, f"reminder:{interview.id}:")
        for held in store.interviews_of(organisation_id, application.id):
            report = store.report_of(organisation_id, held.id)
            if report is not None:
                store.drop_unsent(organisation_id, f"report:{report.id}:")
        _add(app, store, interview, "withdrawal", [], reason.strip()[:LONGEST].replace("\0", ""), during=False)
        who, key = mailing.invited(app, store, interview), f"withdrawn:{interview.id}:{round(app.clock.now())}"
        mailing.queue(app, store, interview, key, partial(letters.withdrawn, who, key=key, now=app.now))
        _tell_receivers(app, store, interview, application)


def _add(
    app: App, store: Store, interview: Interview, kind: RequestKind, wishes: Sequence[str], text: str, *, during: bool
) -> CandidateRequest:
    detail = {"wishes": list(wishes), "text": text}
    request = store.add_request(interview.organisation_id, interview.id, kind, detail, during=during, now=app.now)
    to = mailing.contact(app, store, interview.organisation_id)
    if to:
        private = kind == "adjustment"  # what is behind it is for whoever arranges it, not for a mailbox
        page = mailing.address_of(
            app, f"/requests/{request.id}" if private else f"/applications/{interview.application_id}#requests"
        )
        named, text = (KINDS[kind], "" if private else text)
        who, key = mailing.invited(app, store, interview), f"request:{request.id}"
        letter = partial(letters.asked, who, named, text, page, to=to, key=key, now=app.now)
        mailing.queue(app, store, interview, key, letter)
    return request


def _tell_receivers(app: App, store: Store, interview: Interview, application: Application) -> None:
    result = AssessmentResult(
        id=f"result_{interview.id}_withdrawn_{round(app.clock.now())}",
        type="assessment.withdrawn",
        created_at=app.now,
        **receivers.about(store, application),
        report_url=mailing.address_of(app, f"/applications/{application.id}"),
    )
    receivers.queue(store, application, result, f"withdrawn:{result.id}", now=app.now)
