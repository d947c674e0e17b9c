"""A candidate's own data as one JSON document: what they gave, what was said, what was agreed to and asked.

Left out is what others think of them (scores, ratings, notes): the employer's to give, with an explanation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api import demographics, entry
from api.beside import signals_of
from api.remarks import lines
from models.records import Interview
from models.store import Store

if TYPE_CHECKING:
    from api.deps import App

NOT_INCLUDED = (
    "Not in this file: scores, ratings, reports and notes of the employer, the file of your resume as you sent it and "
    "the recording of your voice. Ask the employer for them."
)
NOT_SHOWN = (
    "Not shown, whether or not you gave any: this page can be opened without a code sent to your own address, so the "
    "employer could read this as well. You can answer anew or delete what you said on the page of the questions."
)


def copy_of(app: App, interview: Interview) -> dict[str, Any]:
    """JSON types only. Of all interviews of the application; `interview` is the newest."""
    organisation_id = interview.organisation_id
    with app.database.reading() as store:
        application = store.application(organisation_id, interview.application_id)
        document = store.document(organisation_id, application.document_id)
        job = store.job(organisation_id, application.job_id)
        employer = store.organisation(organisation_id).name
        held = store.interviews_of(organisation_id, application.id)
        attempts = [_interview(store, each) for each in held]
        booking = store.booking_of(organisation_id, interview.id)
        remarks = [one for each in held for one in store.remarks(organisation_id, each.id)]
        consents = [one for each in held for one in store.consents(organisation_id, each.id)]
        requests = [one for each in held for one in store.requests(organisation_id, each.id)]
        codes = [one for each in held for one in store.codes(organisation_id, each.id)]
        reuses = [one for each in held for one in store.reuses(organisation_id, each.id)]
    hidden = entry.employer_may_look(app, interview)
    answers = NOT_SHOWN if hidden else demographics.own(app, organisation_id, application.candidate_id)
    person, parsed = application.candidate, document.parsed
    return {
        "made_at": app.now.isoformat(),
        "not_included": NOT_INCLUDED,
        "employer": employer,
        "job": job.title,
        "person": {"name": person.name, "email": person.email, "phone": person.phone},
        "application": {
            "id": application.id,
            "stage": application.stage,
            "source": application.source,
            "received_at": application.created_at.isoformat(),
        },
        "resume": {
            "file": document.filename,
            "sha256": document.sha256,
            "read_as": parsed["resume"] if parsed is not None else None,
        },
        "interview": attempts[-1],
        "earlier_interviews": attempts[:-1],
        "booking": None
        if booking is None
        else {"state": booking.state, "starts_at": booking.starts_at.isoformat(), "time_zone": booking.zone},
        "voluntary_answers": answers,
        "consents": [{"text_version": one.text_version, "given_at": one.given_at.isoformat()} for one in consents],
        "earlier_interview_used": [
            {
                "text_version": one.text_version,
                "given_at": one.given_at.isoformat(),
                "used_at": _when(one.used_at),
                "withdrawn_at": _when(one.withdrawn_at),
            }
            for one in reuses
        ],
        "codes_sent": [{"by": one.by, "at": one.made_at.isoformat(), "used_at": _when(one.used_at)} for one in codes],
        "feedback": [
            {"rating": one.rating, "text": one.text, "at": one.at.isoformat()}
            for one in remarks
            if one.kind == "feedback"
        ],
        "requests": [
            {
                "kind": one.kind,
                **one.detail,
                "at": one.made_at.isoformat(),
                "answer": one.answer,
                "answered_at": _when(one.answered_at),
            }
            for one in requests
        ],
    }


def _interview(store: Store, interview: Interview) -> dict[str, Any]:
    held = store.held(interview)
    remarks = store.remarks(interview.organisation_id, held.id)
    return {
        "state": interview.state,
        "invited_at": _when(interview.invited_at),
        "started_at": _when(interview.started_at),
        "completed_at": _when(interview.completed_at),
        "held_again_because": interview.cause,
        "recording_kept": held.recording_sha256 is not None,
        "transcript": [
            {"who": one.turn.role, "text": one.turn.text, "your_correction": one.correction}
            for one in lines(store, interview, remarks)
        ],
        "noted_beside_it_and_not_scored": [
            one.model_dump(mode="json") for one in signals_of(held, store.events(held.organisation_id, held.id))
        ],
    }


def _when(moment: Any) -> str | None:
    return moment.isoformat() if moment is not None else None
