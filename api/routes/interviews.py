"""Interviews from the employer's side: state, transcript, recording, a fresh link."""

from __future__ import annotations

import re

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from api import beside, keeping, reviewing
from api.deps import Foyer, Signed
from api.outcomes import said
from api.remarks import corrections
from api.routes.applications import interview_facts
from api.schemas import CorrectionOut, FeedbackOut, InterviewOut, LinkOut, Transcript
from interview.cleaned import cleaned
from models.errors import Conflict, NotFound
from models.files import Stored
from models.values import Signal

router = APIRouter(prefix="/api", tags=["interviews"])

FEWEST_ANSWERS = 5
"""Fewer could be told apart."""


@router.get("/jobs/{job_id}/interviews")
def interviews(job_id: str, app: Foyer, who: Signed) -> list[InterviewOut]:
    with app.database.reading() as store:
        store.job(who.organisation_id, job_id)
        ids = [interview.id for interview in store.interviews(who.organisation_id, job_id)]
    return [InterviewOut.model_validate(interview_facts(app, who.organisation_id, each)) for each in ids]


@router.get("/interviews/{interview_id}")
def interview(interview_id: str, app: Foyer, who: Signed) -> InterviewOut:
    return InterviewOut.model_validate(interview_facts(app, who.organisation_id, interview_id, thorough=True))


@router.post("/interviews/{interview_id}/link")
def renew_link(interview_id: str, app: Foyer, who: Signed) -> LinkOut:
    """A fresh single-use link to hand on; the old link, and a room opened with it, no longer work."""
    url, expires_at = app.pipeline.stages.renew_link(who.organisation_id, interview_id)
    return LinkOut(url=url, expires_at=expires_at)


@router.get("/interviews/{interview_id}/transcript")
def interview_transcript(interview_id: str, app: Foyer, who: Signed) -> Transcript:
    """What was said so far, from the event log."""
    reviewing.note_interview(app, who, interview_id, "evidence", "transcript")
    with app.database.reading() as store:
        found = store.interview(who.organisation_id, interview_id)
        turns, held = said(store, found), store.held(found)
        remarks = store.remarks(who.organisation_id, held.id)
    corrected = tuple(CorrectionOut(turn=turn, text=text) for turn, text in sorted(corrections(remarks).items()))
    language = str(held.plan.get("language", "en"))
    easier = tuple(cleaned(turn.text, language) if turn.role == "candidate" else turn.text for turn in turns)
    return Transcript(interview_id=interview_id, turns=turns, cleaned=easier, corrections=corrected)


@router.get("/interviews/{interview_id}/context")
def context(interview_id: str, app: Foyer, who: Signed) -> list[Signal]:
    """What happened beside the answers, for a person to know: never scored, in no Scorecard, sent to no receiver."""
    with app.database.reading() as store:
        held = store.held(store.interview(who.organisation_id, interview_id))
        log = store.events(who.organisation_id, held.id)
    return list(beside.signals_of(held, log))


@router.get("/jobs/{job_id}/feedback")
def feedback(job_id: str, app: Foyer, who: Signed) -> FeedbackOut:
    """How candidates found the interviews of a job, never one person's answer."""
    with app.database.reading() as store:
        ratings = store.ratings(who.organisation_id, job_id)
    if len(ratings) < FEWEST_ANSWERS:
        return FeedbackOut(answers=len(ratings), mean=None, by_rating=None)
    by_rating = {rating: ratings.count(rating) for rating in range(1, 6)}
    return FeedbackOut(answers=len(ratings), mean=sum(ratings) / len(ratings), by_rating=by_rating)


@router.get("/interviews/{interview_id}/recording")
def interview_recording(interview_id: str, request: Request, app: Foyer, who: Signed) -> Response:
    """Both voices as FLAC, left the candidate, right the interviewer; the seconds of transcript and evidence are its
    seconds."""
    with app.database.reading() as store:
        held = store.held(store.interview(who.organisation_id, interview_id))
        sha, whose = held.recording_sha256, store.application(who.organisation_id, held.application_id).candidate_id
    if sha is None:
        raise NotFound(
            "There is no recording: the interview is not over yet, every answer was typed, or it was erased."
        )
    reviewing.note_interview(app, who, interview_id, "evidence", "recording")
    return ranged(app.files.open(sha, subject=whose), request.headers.get("range"), "audio/flac")


@router.delete("/interviews/{interview_id}/recording", status_code=204)
def erase_recording(interview_id: str, app: Foyer, who: Signed) -> None:
    """Erases the audio for good, raw or kept; transcript and report stay. Again is no error."""
    with app.database.reading() as store:
        held = store.held(store.interview(who.organisation_id, interview_id))
        live = app.rooms.is_live(store, held)
    if live:
        raise Conflict("The interview is under way. Erase its recording when it has ended.")
    keeping.erase_recording(app, who.organisation_id, held.id)


def ranged(stored: Stored, wanted: str | None, media_type: str) -> Response:
    """The whole, or the one byte range a player asks for when it jumps to a second (RFC 9110, section 14); sent in
    pieces as they are read."""
    size, headers = stored.size, {"Accept-Ranges": "bytes"}
    found = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", wanted or "")
    if found is None or found.groups() == ("", ""):
        headers["Content-Length"] = str(size)
        return StreamingResponse(stored.read(0, size), media_type=media_type, headers=headers)
    first, last = found.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    headers |= {"Content-Range": f"bytes {start}-{end}/{size}", "Content-Length": str(end - start + 1)}
    return StreamingResponse(stored.read(start, end + 1), status_code=206, media_type=media_type, headers=headers)
