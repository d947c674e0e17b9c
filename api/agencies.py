"""Agencies bring people for one job by a link: what they send, and what they may know of it. Used by
`api.routes.sharing`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from starlette.requests import Request

from api.audits import check_use
from api.mailing import address_of
from api.schemas import one_line
from api.security import Recruiter, person_named
from api.uploads import Upload
from models.deeds import acts
from models.errors import BadRequest, Conflict, NotFound
from models.records import AgencyLink, Job
from models.sentences import N_
from models.store.members import Brought

if TYPE_CHECKING:
    from api.deps import App

DAYS, MOST_DAYS = 30, 180
SHOWN = 300
LONGEST_SOURCE = 100
NOTE = N_("These people know that we send you their resume for this opening, and we may pass it on.")
"""What whoever sends files confirms; kept with each of their uploads, with the name they give."""


def make(app: App, who: Recruiter, job_id: str, *, agency: str, days: int = DAYS) -> tuple[AgencyLink, str]:
    """The row, and the link, which cannot be shown a second time. Raises BadRequest, NotFound."""
    called = one_line(agency)[: LONGEST_SOURCE - len("agency: ")].strip()
    if not called:
        raise BadRequest("Write the agency's name. It stands beside everybody they bring.")
    if not 1 <= days <= MOST_DAYS:
        raise BadRequest(f"The link works for 1 to {MOST_DAYS} days.")
    token = app.signer.agency_token()
    with app.database.store() as store:
        link = store.add_agency(
            who.organisation_id,
            job_id,
            agency=called,
            hash=app.signer.check_agency_link(token),
            by=who.actor,
            expires=app.now + timedelta(days=days),
            now=app.now,
        )
    return link, address_of(app, f"/agency/{token}")


def opened(app: App, token: str) -> tuple[AgencyLink, Job, str]:
    """(link, its job, the organisation's name). Raises NotFound."""
    hash = app.signer.check_agency_link(token)
    with app.database.asking() as system:
        link = system.agency_link(hash, app.now)
    if link is None:
        raise NotFound("This link was taken back or is too old. Ask whoever sent it to you for another.")
    acts("agency", link.id)
    with app.database.reading() as store:
        return link, store.job(link.organisation_id, link.job_id), store.organisation(link.organisation_id).name


def brought(app: App, link: AgencyLink) -> list[Brought]:
    with app.database.reading() as store:
        return store.brought(link.organisation_id, link.id, limit=SHOWN)


def upload_of(app: App, link: AgencyLink, job: Job) -> Upload:
    """For `receive`. Raises Conflict where the job takes nobody."""
    if job.state == "closed" or job.is_sample:
        raise Conflict("This opening is closed and takes nobody any more.")
    with app.database.reading() as store:
        check_use(store, link.organisation_id, app.now)
    source = f"agency: {link.agency}"
    return Upload(app, link.organisation_id, job.id, source=source, origin="referral", ready=_confirmed)


async def receive(app: App, link: AgencyLink, upload: Upload, request: Request) -> None:
    """Raises BadRequest where they did not confirm, and as `Upload.receive`. What came before a line broke is theirs
    too."""
    try:
        await upload.receive(request)
    finally:
        if upload.batch_id:
            note = f"{person_named(upload.fields.get('sender', ''))}: {NOTE}"
            with app.database.store() as store:
                store.from_agency(link.organisation_id, upload.batch_id, link.id, note)


def _confirmed(fields: Mapping[str, str]) -> None:
    if fields.get("may_pass_on") != "yes" or not person_named(fields.get("sender", "")):
        raise BadRequest("Write your name and confirm that you may pass these people's data on. Nothing was taken.")
