"""People of the pool for another job: who may be asked and who may not, and why; then an application with the file that
is there, screened anew, and a message after a person's confirmation. Used by `api.routes.pool`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from email.message import EmailMessage
from functools import partial
from typing import TYPE_CHECKING, Literal

from api import mailing
from api.pool_people import Reach, reach_of
from api.reviewing import person_of
from api.security import Recruiter
from integrations import letters
from models.errors import BadRequest, Conflict, NotFound
from models.records import Application
from models.store import Store
from models.store.pool import Known

if TYPE_CHECKING:
    from api.deps import App

MOST_AT_ONCE = 100
APPLIED = "They have applied for this job already."
CLOSED = "This job is closed. Choose an open one."
WRITING = "pool:"
"""Keys of the messages."""
Write = Literal["yes", "no"]


@dataclass(frozen=True, slots=True)
class Chosen:
    """One person; `why_not` empty: they get an application."""

    known: Known
    reach: Reach
    why_not: str


@dataclass(frozen=True, slots=True)
class Preview:
    job_id: str
    job: str
    chosen: tuple[Chosen, ...]
    message: str
    """To the first of those who get one, as plain text; empty: nobody does."""

    @property
    def able(self) -> list[Chosen]:
        return [one for one in self.chosen if not one.why_not]

    @property
    def others(self) -> list[Chosen]:
        return [one for one in self.chosen if one.why_not]


def preview(app: App, organisation_id: str, job_id: str, document_ids: Sequence[str]) -> Preview:
    """Changes nothing. Raises NotFound, BadRequest."""
    with app.database.reading() as store:
        job = store.job(organisation_id, job_id)
        chosen = _chosen(app, store, organisation_id, job_id, document_ids)
        able = [one for one in chosen if not one.why_not]
        text = ""
        if able:
            newest = store.application(organisation_id, able[0].known.past[0].id)
            body = _message(app, store, newest, able[0].known, job.title).get_body(("plain",))
            text = str(body.get_content()) if body is not None else ""
    return Preview(job_id, job.title, tuple(chosen), text)


def confirm(app: App, who: Recruiter, job_id: str, document_ids: Sequence[str], write: Write) -> list[str]:
    """Applications that were made; those who may not be asked are left out. `write`: they are told. The same again
    makes nothing. Raises Forbidden without a person, NotFound, BadRequest."""
    person_of(who)
    organisation_id, made = who.organisation_id, []
    with app.database.reading() as store:
        chosen = _chosen(app, store, organisation_id, job_id, document_ids)
    for one in chosen:
        if not one.why_not and (id := _apply(app, organisation_id, job_id, one.known, write)):
            made.append(id)
    app.pipeline.received()
    if made and write == "yes":
        app.pipeline.deliver_due()
    return made


def _apply(app: App, organisation_id: str, job_id: str, known: Known, write: Write) -> str:
    """Empty: meanwhile they applied, were erased, or took their consent back."""
    with app.database.store() as store:
        try:
            now_known = store.known(organisation_id, [known.document_id])[known.document_id]
            if not reach_of(app, store, organisation_id, {known.document_id: now_known})[known.document_id].may:
                return ""
            application = store.apply_again(organisation_id, job_id, known.document_id, now=app.now)
        except (Conflict, NotFound, KeyError):
            return ""
        if write == "yes":
            key = f"{WRITING}{application.id}"
            title = store.job(organisation_id, job_id).title
            message = partial(_message, app, store, application, now_known, title)
            mailing.queue_for(app, store, application, key, message)
        return application.id


def _chosen(app: App, store: Store, organisation_id: str, job_id: str, document_ids: Sequence[str]) -> list[Chosen]:
    if store.job(organisation_id, job_id).state != "open":
        raise BadRequest(CLOSED)
    wanted = list(dict.fromkeys(document_ids))
    if not wanted or len(wanted) > MOST_AT_ONCE:
        raise BadRequest(f"Choose at least one person, and {MOST_AT_ONCE} at most.")
    known = store.known(organisation_id, wanted)
    reaches = reach_of(app, store, organisation_id, known)
    found: dict[str, Chosen] = {}
    for id in wanted:
        if id not in known or not known[id].past:
            continue  # erased meanwhile, or never here
        applied = any(past.job_id == job_id for past in known[id].past)
        why = APPLIED if applied else "" if reaches[id].may else reaches[id].why
        found.setdefault(known[id].candidate_id, Chosen(known[id], reaches[id], why))
    return list(found.values())


def _message(app: App, store: Store, application: Application, known: Known, job: str) -> EmailMessage:
    invited = replace(mailing.addressed(app, store, application), job_title=job)
    agreed = f"{known.agreed_at:%-d %B %Y}" if known.agreed_at else ""
    return letters.from_pool(invited, agreed, key=f"{WRITING}{application.id}", now=app.now)
