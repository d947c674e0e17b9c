"""Taking decisions back, and notes on an application: as JSON, and the forms of the application's page."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api import noting, undoing
from api.deps import App, Foyer, Signed
from api.routes.console import application_page
from api.schemas import Instant, ReasonIn, Text
from api.security import Recruiter
from models.errors import BadRequest, Conflict, Forbidden
from models.records import Note, account_key

router = APIRouter(prefix="/api", tags=["applications"])
pages = APIRouter(include_in_schema=False)


class NoteIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: Text = Field(min_length=1, max_length=noting.LONGEST)


class NoteOut(BaseModel):
    id: str
    author: str
    text: str
    made_at: Instant
    edited_at: Instant | None
    mine: bool = Field(description="the person of this request wrote it, and may change or delete it")


class NotesOut(BaseModel):
    """`hidden`: others' notes, until the person of this request has rated the interview."""

    notes: list[NoteOut]
    hidden: int


class TakenBack(BaseModel):
    detail: str


class Undone(BaseModel):
    stage: str
    sent: list[str] = Field(description="what left the house by the rejection and cannot be recalled")


# ---------------------------------------------------------------- taking back


@router.post("/applications/{application_id}/take-back")
def take_back(application_id: str, body: ReasonIn, app: Foyer, who: Signed) -> TakenBack:
    """An invitation that nobody has opened: its link is void. Who had the message already is told, honestly. By a
    person, named in `Foyer-Person`."""
    return TakenBack(detail=undoing.take_back(app, who, application_id, body.reason))


@router.post("/applications/{application_id}/undo-rejection")
def undo_rejection(application_id: str, body: ReasonIn, app: Foyer, who: Signed) -> Undone:
    """Back to the stage it had; both decisions stay in the history. By a person, named in `Foyer-Person`."""
    sent = undoing.undo_rejection(app, who, application_id, body.reason)
    with app.database.reading() as store:
        return Undone(stage=store.application(who.organisation_id, application_id).stage, sent=list(sent))


@pages.post("/applications/{application_id}/take-back")
def take_back_page(
    application_id: str, request: Request, app: Foyer, who: Signed, reason: Annotated[str, Form()] = ""
) -> Response:
    try:
        done = undoing.take_back(app, who, application_id, reason)
    except (BadRequest, Forbidden, Conflict) as error:
        return application_page(request, app, who, application_id, problem=error.detail, status=error.status)
    return application_page(request, app, who, application_id, message=done)


@pages.post("/applications/{application_id}/undo-rejection")
def undo_rejection_page(
    application_id: str, request: Request, app: Foyer, who: Signed, reason: Annotated[str, Form()] = ""
) -> Response:
    try:
        sent = undoing.undo_rejection(app, who, application_id, reason)
    except (BadRequest, Forbidden, Conflict) as error:
        return application_page(request, app, who, application_id, problem=error.detail, status=error.status)
    done = "The rejection is undone. "
    done += f"Sent before, and not to be recalled: {'; '.join(sent)}." if sent else "Nobody outside had heard of it."
    return application_page(request, app, who, application_id, message=done)


# ---------------------------------------------------------------- notes


@router.get("/applications/{application_id}/notes")
def notes(application_id: str, app: Foyer, who: Signed) -> NotesOut:
    """Oldest first. Others' are hidden from who has an interview to rate and has not yet."""
    with app.database.reading() as store:
        found = noting.notes_for(store, who, application_id)
    return NotesOut(notes=[_out(one, who) for one in found.shown], hidden=found.hidden)


@router.post("/applications/{application_id}/notes", status_code=201)
def add_note(application_id: str, body: NoteIn, app: Foyer, who: Signed) -> NoteOut:
    """For colleagues: never scored, never sent. By a person, named in `Foyer-Person`."""
    return _out(noting.add(app, who, application_id, body.text), who)


@router.put("/notes/{note_id}")
def edit_note(note_id: str, body: NoteIn, app: Foyer, who: Signed) -> NoteOut:
    """Its author alone."""
    return _out(noting.edit(app, who, note_id, body.text), who)


@router.delete("/notes/{note_id}", status_code=204)
def delete_note(note_id: str, app: Foyer, who: Signed) -> None:
    """Its author alone."""
    noting.delete(app, who, note_id)


def _out(note: Note, who: Recruiter) -> NoteOut:
    mine = who.person is not None and note.author_key == account_key(who.person)
    return NoteOut(
        id=note.id, author=note.author, text=note.text, made_at=note.made_at, edited_at=note.edited_at, mine=mine
    )


@pages.post("/applications/{application_id}/notes")
def add_note_page(
    application_id: str, request: Request, app: Foyer, who: Signed, text: Annotated[str, Form()] = ""
) -> Response:
    try:
        noting.add(app, who, application_id, text)
    except (BadRequest, Forbidden) as error:
        return application_page(request, app, who, application_id, problem=error.detail, status=error.status)
    return _back(application_id)


@pages.post("/notes/{note_id}")
def edit_note_page(
    note_id: str, request: Request, app: Foyer, who: Signed, text: Annotated[str, Form()] = ""
) -> Response:
    return _changed(request, app, who, note_id, text)


@pages.post("/notes/{note_id}/delete")
def delete_note_page(note_id: str, request: Request, app: Foyer, who: Signed) -> Response:
    return _changed(request, app, who, note_id, None)


def _changed(request: Request, app: App, who: Recruiter, note_id: str, text: str | None) -> Response:
    """`text` None: it is deleted."""
    with app.database.reading() as store:
        application_id = store.note(who.organisation_id, note_id).application_id
    try:
        if text is None:
            noting.delete(app, who, note_id)
        else:
            noting.edit(app, who, note_id, text)
    except (BadRequest, Forbidden) as error:
        return application_page(request, app, who, application_id, problem=error.detail, status=error.status)
    return _back(application_id)


def _back(application_id: str) -> Response:
    return RedirectResponse(f"/applications/{quote(application_id)}#notes", status_code=303)
