"""The first run in the browser: the page that makes the first administrator, the sample job, first steps."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from api import samples, setting_up
from api.deps import App, Foyer, Signed, known, local, page, recruiter
from api.routes.accounts import enter
from api.routes.jobs import show
from api.schemas import JobOut
from api.security import Recruiter
from models.errors import FoyerError, Unauthorized

router = APIRouter(prefix="/api/sample-job", tags=["jobs"])
pages = APIRouter(include_in_schema=False)


@pages.get("/setup")
def setup_page(request: Request, app: Foyer) -> Response:
    """Only while nobody has an account."""
    if not setting_up.needed(app):
        return RedirectResponse("/login", status_code=303)
    return _form(request, app, {"organisation": setting_up.organisation(app).name})


@pages.post("/setup")
def set_up(
    request: Request,
    app: Foyer,
    organisation: Annotated[str, Form()] = "",
    jurisdictions: Annotated[str, Form()] = "",
    name: Annotated[str, Form()] = "",
    email: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    code: Annotated[str, Form()] = "",
) -> Response:
    guarded = setting_up.needs_code(request, app, _already(request))
    try:
        who = setting_up.set_up(
            app,
            shown=code if guarded else None,
            called=organisation,
            jurisdictions=jurisdictions,
            name=name,
            email=email,
            password=password,
        )
    except FoyerError as error:
        typed = {
            "organisation": organisation,
            "jurisdictions": jurisdictions,
            "name": name,
            "email": email,
            "code": code,
        }
        return _form(request, app, typed, status=error.status, problem=error.detail)
    return enter(app, known(who), "/")


def _form(request: Request, app: App, typed: dict[str, str], *, status: int = 200, **shown: str) -> Response:
    guarded = setting_up.needs_code(request, app, _already(request))
    return page(request, "setup.html", status=status, guarded=guarded, typed=typed, **shown)


def _already(request: Request) -> Recruiter | None:
    try:
        return recruiter(request)
    except Unauthorized:
        return None


# ---------------------------------------------------------------- a sample job, and first steps


@router.post("", status_code=201)
def load_sample(app: Foyer, who: Signed) -> JobOut:
    """An invented opening with invented people, to look around with. There is one at most."""
    job = samples.load(app, who)
    return show(app, who.organisation_id, job)


@router.delete("/{job_id}", status_code=204)
def remove_sample(job_id: str, app: Foyer, who: Signed) -> None:
    """With everybody in it and all that was made of them."""
    samples.remove(app, who, job_id)


@pages.post("/sample-job")
def load(app: Foyer, who: Signed) -> Response:
    job = samples.load(app, who)
    return RedirectResponse(f"/jobs/{job.id}", status_code=303)


@pages.post("/sample-job/{job_id}/remove")
def remove(job_id: str, app: Foyer, who: Signed) -> Response:
    samples.remove(app, who, job_id)
    return RedirectResponse("/", status_code=303)


@pages.post("/first-steps/away")
def put_away(app: Foyer, who: Signed, next: Annotated[str, Form()] = "/") -> Response:
    """Of the whole organisation."""
    with app.database.store() as store:
        store.put_steps_away(who.organisation_id, app.now)
    return RedirectResponse(local(next), status_code=303)
