"""The employer's own words and branding, for programs and as pages. `api.messages` and `api.brandings` do it; what was
sent is in `sent.py`, by which ways in `channels.py`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api import brandings, messages
from api.deps import App, Foyer, Signed, page
from api.schemas import Text as Line
from api.security import Recruiter
from integrations import branding as drawing
from integrations.branding import Branding
from integrations.templates import KINDS, LANGUAGES, PLACEHOLDERS, Text, checked, standard
from interview.slots import zones
from models.errors import FoyerError, NotFound
from models.records import Template

router = APIRouter(prefix="/v1/messages", tags=["messages"])
pages = APIRouter(include_in_schema=False)
public = APIRouter(prefix="/branding", include_in_schema=False)

LANGUAGE = "en"


class WhichIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Line = Field(max_length=32, description=", ".join(KINDS))
    language: Line = Field(LANGUAGE, max_length=8, description=", ".join(LANGUAGES))


class WordsIn(WhichIn):
    subject: str = Field(max_length=1_000, description="text with placeholders")
    body: str = Field(max_length=10_000, description="text with placeholders; a blank line parts paragraphs")
    based_on: int | None = Field(None, description="the version you have seen, 0 for none: a newer one is a conflict")


class DraftIn(WhichIn):
    subject: str | None = Field(None, max_length=1_000, description="left out: the words that hold")
    body: str | None = Field(None, max_length=10_000)


class TestIn(DraftIn):
    to: str = Field(max_length=254, description="an e-mail address of your own")


class SendsIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kinds: list[str] = Field(max_length=10)


class TemplateOut(WhichIn):
    name: str
    when: str
    fixed: str = Field(description="what follows the words in any case")
    placeholders: list[str]
    subject: str
    body: str
    own: bool = Field(description="false: the standard words")
    version: int
    author: str | None
    at: str | None


class PreviewOut(BaseModel):
    from_: str = Field(alias="from")
    reply_to: str
    subject: str
    text: str
    html: str


class BrandingIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str | None = Field(None, max_length=200, description="as candidates read it; empty: the organisation's")
    contact_name: str | None = Field(None, max_length=200)
    contact: str | None = Field(None, max_length=254, description="an e-mail address that somebody reads")
    address: str | None = Field(None, max_length=500)
    reply_to: str | None = Field(None, max_length=254, description="empty: the contact")
    accent: str | None = Field(None, max_length=20, description="#rrggbb with a contrast of 4.5 to 1, or empty")
    zone: str | None = Field(None, max_length=64, description="where the candidate's is not known")


class BrandingOut(BaseModel):
    name: str
    contact_name: str
    contact: str
    address: str
    reply_to: str
    accent: str
    zone: str
    logo: str = Field(description="sha256 of the picture, or empty")


# ---------------------------------------------------------------- words, for programs


@router.get("/templates")
def templates(app: Foyer, who: Signed) -> list[TemplateOut]:
    """Every message in every language, as it holds now."""
    with app.database.reading() as store:
        return [TemplateOut(**one) for one in messages.listed(store, who.organisation_id)]


@router.put("/templates")
def save(body: WordsIn, app: Foyer, who: Signed) -> TemplateOut:
    """A new version. Unknown placeholders are refused with those there are."""
    row = messages.save(app, who, body.kind, body.language, body.subject, body.body, body.based_on)
    return TemplateOut(**messages.described(row, body.kind, body.language))


@router.post("/templates/reset")
def reset(body: WhichIn, app: Foyer, who: Signed) -> TemplateOut:
    """The standard words again; earlier versions stay."""
    row = messages.reset(app, who, body.kind, body.language)
    return TemplateOut(**messages.described(row, body.kind, body.language))


@router.post("/templates/preview")
def preview(body: DraftIn, app: Foyer, who: Signed) -> PreviewOut:
    """The whole message to a sample person, as text and as a page. Nothing is kept or sent."""
    message = messages.preview(app, who.organisation_id, body.kind, body.language, _draft(body))
    return PreviewOut.model_validate(messages.parts(message))


@router.post("/templates/test", status_code=202)
def send_test(body: TestIn, app: Foyer, who: Signed) -> dict[str, str]:
    """The preview, sent to an address of your own."""
    return {"delivery_id": messages.send_test(app, who, body.kind, body.language, _draft(body), body.to)}


@router.put("/sends")
def set_sends(body: SendsIn, app: Foyer, who: Signed) -> SendsIn:
    """Which messages go out by themselves, of those that need not: expiry, received, rejection."""
    messages.set_sends(app, who, body.kinds)
    return body


def _draft(body: DraftIn) -> Text | None:
    if body.subject is None and body.body is None:
        return None
    known = standard(body.kind, body.language)
    return checked(body.kind, body.subject or known.subject, body.body or known.body)


# ---------------------------------------------------------------- the branding, for programs


@router.get("/branding")
def branding(app: Foyer, who: Signed) -> BrandingOut:
    with app.database.reading() as store:
        return _branding(brandings.branding_of(app, store, who.organisation_id))


@router.put("/branding")
def set_branding(body: BrandingIn, app: Foyer, who: Signed) -> BrandingOut:
    """What is given changes, the rest stays."""
    said = body.model_dump(exclude_none=True)
    return _branding(brandings.change(app, who.organisation_id, said, by=who.actor))


@router.put("/branding/logo")
async def set_logo(request: Request, app: Foyer, who: Signed) -> BrandingOut:
    """The body is a PNG or JPEG of 1 MB at most; it is drawn anew."""
    return _branding(brandings.change_logo(app, who.organisation_id, await request.body(), by=who.actor))


@router.delete("/branding/logo")
def remove_logo(app: Foyer, who: Signed) -> BrandingOut:
    return _branding(brandings.change_logo(app, who.organisation_id, None, by=who.actor))


def _branding(shown: Branding) -> BrandingOut:
    return BrandingOut(**{name: getattr(shown, name) for name in Branding.__slots__})


# ---------------------------------------------------------------- what candidates' pages load


@public.get("/{organisation_id}/logo.png")
def logo(organisation_id: str, app: Foyer) -> Response:
    with app.database.reading() as store:
        content = store.logo(organisation_id)
    if content is None:
        raise NotFound("There is no logo.")
    return Response(content, media_type="image/png")


@public.get("/{organisation_id}/branding.css")
def style(organisation_id: str, app: Foyer) -> Response:
    with app.database.reading() as store:
        shown = brandings.branding_of(app, store, organisation_id)
    return Response(drawing.stylesheet(shown.accent), media_type="text/css")


# ---------------------------------------------------------------- the pages: words


@pages.get("/messages/templates")
def templates_page(request: Request, app: Foyer, who: Signed, language: str = LANGUAGE, said: str = "") -> HTMLResponse:
    language = language if language in LANGUAGES else LANGUAGE
    with app.database.reading() as store:
        sends = messages.sends(store, who.organisation_id)
        listed = [one for one in messages.listed(store, who.organisation_id) if one["language"] == language]
    shown: dict[str, Any] = {"listed": listed, "language": language, "languages": LANGUAGES, "message": said_of(said)}
    shown |= {"sends": sends, "by_itself": {kind: KINDS[kind] for kind in messages.BY_ITSELF}}
    shown["may_edit"] = "candidates:write" in who.rights
    return page(request, "messages_templates.html", recruiter=who, section="messages", tab="templates", **shown)


@pages.post("/messages/sends")
async def set_sends_page(request: Request, app: Foyer, who: Signed) -> Response:
    form = await request.form()
    messages.set_sends(app, who, [str(one) for one in form.getlist("kinds")])
    return RedirectResponse("/messages/templates?said=saved", status_code=303)


@pages.get("/messages/template")
def template_page(
    request: Request, app: Foyer, who: Signed, kind: str = "invitation", language: str = LANGUAGE, version: int = 0
) -> Response:
    """`version`: one of the earlier ones, to look at and take up again."""
    standard(kind, language)
    return _editor(request, app, who, kind, language, None, earlier=version)


@pages.post("/messages/template")
def save_page(
    request: Request,
    app: Foyer,
    who: Signed,
    kind: Annotated[str, Form()] = "",
    language: Annotated[str, Form()] = LANGUAGE,
    subject: Annotated[str, Form()] = "",
    body: Annotated[str, Form()] = "",
    based_on: Annotated[int | None, Form()] = None,
) -> Response:
    standard(kind, language)
    try:
        messages.save(app, who, kind, language, subject, body, based_on)
    except FoyerError as error:
        return _editor(request, app, who, kind, language, Text(subject, body), problem=error)
    return RedirectResponse(f"/messages/templates?language={language}&said=saved", status_code=303)


@pages.post("/messages/template/reset")
def reset_page(
    app: Foyer, who: Signed, kind: Annotated[str, Form()] = "", language: Annotated[str, Form()] = LANGUAGE
) -> Response:
    messages.reset(app, who, kind, language)
    return RedirectResponse(f"/messages/templates?language={language}&said=reset", status_code=303)


@pages.post("/messages/template/preview")
def preview_page(
    request: Request,
    app: Foyer,
    who: Signed,
    kind: Annotated[str, Form()] = "",
    language: Annotated[str, Form()] = LANGUAGE,
    subject: Annotated[str, Form()] = "",
    body: Annotated[str, Form()] = "",
) -> Response:
    """Of what is being written: a piece for a page that asks by script, else the whole page."""
    standard(kind, language)
    draft = Text(subject, body)
    if request.headers.get("hx-request") != "true":
        return _editor(request, app, who, kind, language, draft)
    return page(request, "messages_preview.html", **_previewed(app, who, kind, language, draft))


@pages.post("/messages/template/test")
def try_page(
    request: Request,
    app: Foyer,
    who: Signed,
    kind: Annotated[str, Form()] = "",
    language: Annotated[str, Form()] = LANGUAGE,
    subject: Annotated[str, Form()] = "",
    body: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "",
) -> Response:
    standard(kind, language)
    draft = Text(subject, body)
    try:
        messages.send_test(app, who, kind, language, checked(kind, subject, body), to)
    except FoyerError as error:
        return _editor(request, app, who, kind, language, draft, problem=error, to=to)
    return _editor(request, app, who, kind, language, draft, message=f"A test is on its way to {to.strip()}.", to=to)


def _previewed(app: App, who: Recruiter, kind: str, language: str, draft: Text | None) -> dict[str, Any]:
    """`preview`, or `wrong`: why there is none."""
    try:
        text = checked(kind, draft.subject, draft.body) if draft is not None else None
        message = messages.preview(app, who.organisation_id, kind, language, text)
    except FoyerError as error:
        return {"preview": None, "wrong": error.detail}
    with app.database.reading() as store:
        shown = brandings.branding_of(app, store, who.organisation_id)
    return {
        "preview": messages.pictured(kind, language, message, shown),
        "wrong": "",
        **{"look": brandings.shown(who.organisation_id, shown)},
    }


def _editor(
    request: Request,
    app: App,
    who: Recruiter,
    kind: str,
    language: str,
    draft: Text | None,
    *,
    earlier: int = 0,
    problem: FoyerError | None = None,
    message: str = "",
    to: str = "",
) -> HTMLResponse:
    with app.database.reading() as store:
        versions = store.template_versions(who.organisation_id, kind, language)
    one = messages.described(versions[0] if versions else None, kind, language)
    draft = draft or _earlier(versions, earlier)
    shown = {
        "one": one,
        "subject": draft.subject if draft is not None else one["subject"],
        "body": draft.body if draft is not None else one["body"],
        "versions": versions,
        "earlier": earlier,
        "language": language,
        "languages": LANGUAGES,
        "placeholders": {name: PLACEHOLDERS[name] for name in one["placeholders"]},
        "to": to,
        "message": message,
        "problem": problem.detail if problem is not None else "",
        "may_edit": "candidates:write" in who.rights,
        **_previewed(app, who, kind, language, draft),
    }
    status = problem.status if problem is not None else 200
    return page(
        request, "messages_template.html", status=status, recruiter=who, section="messages", tab="templates", **shown
    )


def _earlier(versions: list[Template], number: int) -> Text | None:
    return next((Text(row.subject, row.body) for row in versions if row.version == number and row.body), None)


# ---------------------------------------------------------------- the page: the branding


@pages.get("/messages/branding")
def branding_page(request: Request, app: Foyer, who: Signed, said: str = "") -> HTMLResponse:
    return _branding_page(request, app, who, {}, message=said_of(said))


@pages.post("/messages/branding")
async def set_branding_page(request: Request, app: Foyer, who: Signed) -> Response:
    form = await request.form()
    said = {name: str(form[name]) for name in brandings.FIELDS if name in form}
    try:
        brandings.change(app, who.organisation_id, said, by=who.actor)
    except FoyerError as error:
        return _branding_page(request, app, who, said, problem=error)
    return RedirectResponse("/messages/branding?said=saved", status_code=303)


@pages.post("/messages/branding/logo")
def set_logo_page(
    request: Request,
    app: Foyer,
    who: Signed,
    logo: Annotated[UploadFile | None, File()] = None,
    remove: Annotated[str, Form()] = "",
) -> Response:
    content = None if remove or logo is None else logo.file.read(drawing.LOGO_BYTES + 1)
    try:
        brandings.change_logo(app, who.organisation_id, content if content or remove else b"", by=who.actor)
    except FoyerError as error:
        return _branding_page(request, app, who, {}, problem=error)
    return RedirectResponse("/messages/branding?said=saved", status_code=303)


def _branding_page(
    request: Request,
    app: App,
    who: Recruiter,
    said: dict[str, str],
    *,
    problem: FoyerError | None = None,
    message: str = "",
) -> HTMLResponse:
    with app.database.reading() as store:
        kept, shown = store.branding(who.organisation_id), brandings.branding_of(app, store, who.organisation_id)
        organisation = store.organisation(who.organisation_id).name
    values = {name: (getattr(kept, name) or "") if kept is not None else "" for name in brandings.FIELDS}
    values["zone"] = values["zone"] or shown.zone
    facts = {
        "values": values | said,
        "shown": shown,
        "look": brandings.shown(who.organisation_id, shown),
        "organisation": organisation,
        "zones": zones(),
        "changed": kept,
        "own_contact": brandings.own_contact(app),
        "may_edit": "systems:write" in who.rights,
        "problem": problem.detail if problem is not None else "",
        "message": message,
    }
    status = problem.status if problem is not None else 200
    return page(
        request, "messages_branding.html", status=status, recruiter=who, section="messages", tab="branding", **facts
    )


def said_of(code: str) -> str:
    """What a page says after a redirect."""
    return {"saved": "Saved.", "reset": "The standard words hold again."}.get(code, "")
