"""A report as it is handed out: the page as it was written, its PDF, its JSON, and links to it that people share or an
applicant tracking system keeps. `api.routes.reports` serves these."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from markupsafe import escape

from api import mailing
from api.security import Recruiter, digest
from interview.spoken import clock
from models.engines import Paper
from models.errors import BadRequest, EngineError, Gone, NotFound
from models.records import Report, ReportLink

if TYPE_CHECKING:
    from api.deps import App

DAYS = (1, 7, 30)
"""How long a shared link may live."""
LONGEST_NOTE = 200
NONE_YET = "There is no report yet: it is written within moments of the interview's end."
UNKNOWN = "This link to a report does not work. It may be cut off: open the whole link, or ask whoever sent it."
_AUDIO = re.compile(r'(<audio id="recording"[^>]*? src=")[^"]*(")')

State = Literal["open", "expired", "revoked"]


@dataclass(frozen=True, slots=True)
class Shown:
    """A link in the list of an application. `address`: of those that need a sign-in; of the others only the hash is
    kept."""

    link: ReportLink
    state: State
    address: str


def report_of(app: App, organisation_id: str, interview_id: str) -> Report:
    """The newest. Raises NotFound."""
    with app.database.reading() as store:
        store.interview(organisation_id, interview_id)
        found = store.report_of(organisation_id, interview_id)
    if found is None:
        raise NotFound(NONE_YET)
    return found


def page_of(app: App, organisation_id: str, interview_id: str) -> str:
    """The HTML exactly as it was written. Raises NotFound."""
    found = report_of(app, organisation_id, interview_id)
    return app.files.get(found.html_sha256, subject=_whose(app, found)).decode()


def shown(app: App, organisation_id: str, interview_id: str) -> str:
    """The page, and above it what its recording lacks as things stand. Raises NotFound."""
    written = page_of(app, organisation_id, interview_id)
    with app.database.reading() as store:
        missing = store.held(store.interview(organisation_id, interview_id)).recording_missing or []
    if not missing:
        return written
    spans = ", ".join(f"{clock(start)} to {clock(end)}" for start, end in missing)
    return with_notice(
        written,
        f"The recording lacks {spans}: this part is on a machine that is away, and is put in when that is back. "
        "The transcript is complete, and the report rests on it.",
    )


def json_of(app: App, organisation_id: str, interview_id: str) -> bytes:
    """By docs/schemas, as it was written. Raises NotFound."""
    found = report_of(app, organisation_id, interview_id)
    if found.json_sha256 is None:
        raise NotFound("This report was written before reports had this form; its page and scorecard are there.")
    return app.files.get(found.json_sha256, subject=_whose(app, found))


def _whose(app: App, report: Report) -> str:
    with app.database.reading() as store:
        return store.application(report.organisation_id, report.application_id).candidate_id


def pdf_of(app: App, organisation_id: str, interview_id: str, paper: Paper) -> bytes | str:
    """The PDF; where none can be made, the page itself, which says why."""
    page = shown(app, organisation_id, interview_id)
    try:
        return app.engines.printer.pdf(page, paper)
    except EngineError as error:
        return with_notice(page, f"{error.detail} This page stands in for the PDF: print it from your browser.")


def with_notice(page: str, text: str) -> str:
    """A sentence above the report that is no part of it."""
    notice = f'<p class="notice stop" id="notice">{escape(text)}</p>'
    return page.replace('<main class="sheet">', f'<main class="sheet">{notice}', 1)


def with_way_back(page: str, application_id: str) -> str:
    """For who is signed in: the report itself knows no other page."""
    link = f'<p class="back"><a href="/applications/{escape(application_id)}">Back to the application</a></p>'
    return page.replace('<main class="sheet">', f'<main class="sheet">{link}', 1)


# ---------------------------------------------------------------- links


def share(app: App, who: Recruiter, interview_id: str, *, days: int, audio: bool, note: str) -> tuple[str, ReportLink]:
    """The address, which is not kept and can be shown only now. Raises NotFound, BadRequest, Conflict."""
    if days not in DAYS:
        raise BadRequest(f"A link lives {', '.join(map(str, DAYS[:-1]))} or {DAYS[-1]} days. Choose one of them.")
    report_of(app, who.organisation_id, interview_id)
    token = secrets.token_urlsafe(32)
    with app.database.store() as store:
        link = store.share_report(
            who.organisation_id,
            interview_id,
            hash=digest(token),
            audio=audio,
            note=note.strip().replace("\0", "")[:LONGEST_NOTE],
            by=who.actor,
            now=app.now,
            expires=app.now + timedelta(days=days),
        )
    return mailing.address_of(app, f"/shared/{token}"), link


def listed(app: App, organisation_id: str, interview_id: str) -> list[Shown]:
    """Newest first."""
    with app.database.reading() as store:
        links = store.report_links(organisation_id, interview_id)
    return [
        Shown(one, state_of(app, one), mailing.address_of(app, f"/reports/{one.id}") if one.kind == "ats" else "")
        for one in links
    ]


def state_of(app: App, link: ReportLink) -> State:
    if link.revoked_at is not None:
        return "revoked"
    return "expired" if link.expires_at is not None and link.expires_at <= app.now else "open"


def shared(app: App, token: str) -> ReportLink:
    """The link that somebody without a sign-in came by. Raises NotFound, Gone."""
    with app.database.asking() as system:
        link = system.report_link_by_hash(digest(token))
    if link is None:
        raise NotFound(UNKNOWN)
    return _open(app, link)


def kept(app: App, who: Recruiter, link_id: str) -> ReportLink:
    """The link that an applicant tracking system kept. Raises NotFound, Gone."""
    with app.database.reading() as store:
        return _open(app, store.report_link(who.organisation_id, link_id))


def _open(app: App, link: ReportLink) -> ReportLink:
    state = state_of(app, link)
    if state == "revoked":
        raise Gone("This link to a report was taken back. Ask whoever gave it to you if you still need it.")
    if state == "expired":
        raise Gone("This link to a report has expired. Ask whoever gave it to you for a new one.")
    return link


def shared_page(app: App, link: ReportLink, token: str) -> str:
    """The report for somebody without a sign-in: what it plays comes by the same link, or not at all."""
    page = shown(app, link.organisation_id, link.interview_id)
    if link.audio:
        return _AUDIO.sub(rf"\g<1>/shared/{token}/recording\g<2>", page)
    hidden = "<style>.player, .screen, .time svg { display: none }</style></head>"
    page = re.sub(r'<audio id="recording".*?</audio>|<script type="module".*?</script>', "", page)
    return with_notice(page.replace("</head>", hidden, 1), "Shared without the recording.")
