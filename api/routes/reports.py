"""Reports: as page, PDF and data, and the links that lead to them."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api import report_links, reviewing
from api.deps import App, Foyer, Signed, page
from api.report_links import Shown
from api.routes.console import application_page
from api.routes.interviews import ranged
from api.schemas import ReportLinkIn, ReportLinkOut
from api.security import Recruiter
from models.errors import BadRequest, Conflict, Forbidden, FoyerError, Gone, NotFound
from models.records import ReportLink
from models.settings import ROOT
from models.values import Scorecard

router = APIRouter(prefix="/api", tags=["reports"])
pages = APIRouter(include_in_schema=False)
public = APIRouter(include_in_schema=False)

REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; media-src 'self'; frame-ancestors 'self'; "
    "script-src 'self' 'sha256-Yh0LsnPdiTG7Tgk+BrHTP3e/EG8alWJMGSPsBbssESs='"
)
"""A report carries its own style so that it can be saved and sent. What plays the recording from a word's or a quote's
second is ours, in /static; the hash is that of reports written before, which carried their script."""
SHARED_HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex, nofollow"}
PaperName = Literal["a4", "letter"]


def _html(text: str, **headers: str) -> HTMLResponse:
    return HTMLResponse(text, headers={"Content-Security-Policy": REPORT_POLICY, **headers})


def _pdf(app: App, organisation_id: str, interview_id: str, paper: PaperName) -> Response:
    made = report_links.pdf_of(app, organisation_id, interview_id, "Letter" if paper == "letter" else "A4")
    if isinstance(made, str):
        return _html(made)
    headers = {"Content-Disposition": f'inline; filename="report-{interview_id}.pdf"'}
    return Response(made, media_type="application/pdf", headers=headers)


# ---------------------------------------------------------------- for programs


@router.get("/interviews/{interview_id}/report")
def report(interview_id: str, app: Foyer, who: Signed) -> Scorecard:
    """The scorecard alone. All that the page shows is at `report.json`. Refused (409) to a person who has not rated the
    interview yet: see `/review`."""
    reviewing.let_in(app, who, interview_id)
    return Scorecard.model_validate(report_links.report_of(app, who.organisation_id, interview_id).scorecard)


@router.get("/interviews/{interview_id}/report.json", response_class=Response)
def report_data(interview_id: str, app: Foyer, who: Signed) -> Response:
    """The report as data, by the schema at /schemas/report-1.json, as it was written. Refused (409) as above."""
    reviewing.let_in(app, who, interview_id)
    return Response(report_links.json_of(app, who.organisation_id, interview_id), media_type="application/json")


@router.get("/interviews/{interview_id}/report.html")
def report_page(interview_id: str, app: Foyer, who: Signed) -> HTMLResponse:
    """The report as a page, exactly as it was written. Refused (409) as above."""
    reviewing.let_in(app, who, interview_id)
    return _html(report_links.page_of(app, who.organisation_id, interview_id))


@router.get("/interviews/{interview_id}/report.pdf", response_class=Response)
def report_pdf(interview_id: str, app: Foyer, who: Signed, paper: PaperName = "a4") -> Response:
    """The page as a PDF. Where the server cannot make one the answer is the page (text/html), which says why. Refused
    (409) as above."""
    reviewing.let_in(app, who, interview_id)
    return _pdf(app, who.organisation_id, interview_id, paper)


@router.post("/interviews/{interview_id}/links", status_code=201)
def share(interview_id: str, body: ReportLinkIn, app: Foyer, who: Signed) -> ReportLinkOut:
    """A link to the report that opens without a sign-in until it expires. Its address is shown only in this answer.
    Refused (409) as above: it would lead past the rating."""
    if (refusal := reviewing.closed(app, who, interview_id)) is not None:
        raise refusal
    url, link = report_links.share(app, who, interview_id, days=body.days, audio=body.audio, note=body.note)
    return _link(Shown(link, "open", url))


@router.get("/interviews/{interview_id}/links")
def links(interview_id: str, app: Foyer, who: Signed) -> list[ReportLinkOut]:
    """Every link to this report, newest first, with its last use."""
    return [_link(each) for each in report_links.listed(app, who.organisation_id, interview_id)]


@router.delete("/links/{link_id}", status_code=204)
def revoke(link_id: str, app: Foyer, who: Signed) -> None:
    """From now on the link opens nothing. Again is no error."""
    with app.database.store() as store:
        store.revoke_link(who.organisation_id, link_id, by=who.actor, now=app.now)


def _link(shown: Shown) -> ReportLinkOut:
    link = shown.link
    return ReportLinkOut(
        id=link.id,
        kind=link.kind,
        state=shown.state,
        url=shown.address,
        note=link.note or "",
        audio=link.audio,
        made_by=link.made_by,
        made_at=link.made_at,
        expires_at=link.expires_at,
        used_at=link.used_at,
        uses=link.uses,
    )


# ---------------------------------------------------------------- for recruiters


def _rates_first(app: App, who: Recruiter, interview_id: str) -> Response | None:
    """For who has not rated the interview yet, the way to do so."""
    try:
        reviewing.let_in(app, who, interview_id)
    except (Conflict, Forbidden):
        return RedirectResponse(f"/interviews/{interview_id}/review", status_code=303)
    return None


@pages.get("/interviews/{interview_id}/report")
def own_page(interview_id: str, app: Foyer, who: Signed) -> Response:
    return _rates_first(app, who, interview_id) or _own(app, who, interview_id)


def _own(app: App, who: Recruiter, interview_id: str) -> HTMLResponse:
    with app.database.reading() as store:
        application_id = store.interview(who.organisation_id, interview_id).application_id
    written = report_links.shown(app, who.organisation_id, interview_id)
    return _html(report_links.with_way_back(written, application_id))


@pages.get("/interviews/{interview_id}/report.pdf")
def own_pdf(interview_id: str, app: Foyer, who: Signed, paper: PaperName = "a4") -> Response:
    return _rates_first(app, who, interview_id) or _pdf(app, who.organisation_id, interview_id, paper)


@pages.get("/reports/{link_id}.pdf")
def kept_pdf(link_id: str, app: Foyer, who: Signed, paper: PaperName = "a4") -> Response:
    """What an applicant tracking system's link to the PDF leads to."""
    link = report_links.kept(app, who, link_id)
    _used(app, link)
    return _rates_first(app, who, link.interview_id) or _pdf(app, link.organisation_id, link.interview_id, paper)


@pages.get("/reports/{link_id}")
def kept_page(link_id: str, app: Foyer, who: Signed) -> Response:
    """What an applicant tracking system's link leads to."""
    link = report_links.kept(app, who, link_id)
    _used(app, link)
    return _rates_first(app, who, link.interview_id) or _own(app, who, link.interview_id)


@pages.post("/applications/{application_id}/links")
def share_page(
    application_id: str,
    request: Request,
    app: Foyer,
    who: Signed,
    days: Annotated[str, Form()] = "7",
    audio: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
) -> Response:
    """The address is shown once, on this answer: only its hash is kept."""
    with app.database.reading() as store:
        interview = store.counting(who.organisation_id, application_id)
    try:
        if interview is None:
            raise BadRequest(report_links.NONE_YET)
        if (refusal := reviewing.closed(app, who, interview.id)) is not None:
            raise refusal
        wanted = int(days) if days.isdecimal() and len(days) < 4 else 0
        url, link = report_links.share(app, who, interview.id, days=wanted, audio=audio == "yes", note=note)
    except FoyerError as error:
        return application_page(request, app, who, application_id, problem=error.detail, status=error.status)
    return application_page(request, app, who, application_id, shared_url=url, shared_until=link.expires_at)


@pages.post("/links/{link_id}/revoke")
def revoke_page(link_id: str, app: Foyer, who: Signed) -> Response:
    with app.database.store() as store:
        link = store.revoke_link(who.organisation_id, link_id, by=who.actor, now=app.now)
        application_id = store.interview(who.organisation_id, link.interview_id).application_id
    return RedirectResponse(f"/applications/{application_id}#links", status_code=303)


# ---------------------------------------------------------------- for whoever has the link


@public.get("/shared/{token}")
def shared(token: str, request: Request, app: Foyer) -> Response:
    try:
        link = report_links.shared(app, token)
        text = report_links.shared_page(app, link, token)
    except (Gone, NotFound) as error:
        heading = "This link is closed" if error.status == Gone.status else "This link does not work"
        return page(request, "shared_closed.html", status=error.status, heading=heading, text=error.detail)
    _used(app, link)
    return _html(text, **SHARED_HEADERS)


@public.get("/shared/{token}/recording")
def shared_recording(token: str, request: Request, app: Foyer) -> Response:
    link = report_links.shared(app, token)
    with app.database.reading() as store:
        held = store.held(store.interview(link.organisation_id, link.interview_id))
        whose = store.application(link.organisation_id, held.application_id).candidate_id
    sha = held.recording_sha256 if link.audio else None
    if sha is None:
        raise NotFound("This link plays no recording.")
    return ranged(app.files.open(sha, subject=whose), request.headers.get("range"), "audio/flac")


def _used(app: App, link: ReportLink) -> None:
    with app.database.store() as store:
        store.link_used(link.organisation_id, link.id, app.now)


# ---------------------------------------------------------------- the schema


@public.get("/schemas/report-1.json")
def schema() -> Any:
    """How the JSON of reports is made up; it tells nothing of anybody."""
    return json.loads((ROOT / "docs" / "schemas" / "report-1.json").read_text("utf-8"))
