"""Interview kits: the library, and a job's own kit with its versions."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api import kit_form, kits, rehearsing
from api.deps import App, Foyer, Signed, page, recruiter, typed_form
from api.schemas import (
    LARGEST,
    FamilyOut,
    KitOut,
    KitStart,
    KitVersionOut,
    Line,
    PlanIn,
    RehearsalOut,
    SuggestionOut,
    Text,
    one_line,
)
from api.security import Recruiter
from interview import budget
from interview.families import families
from interview.kit import ASKED, CHECKED, uncovered
from interview.lint import Finding, findings
from models.errors import BadRequest, Conflict, FoyerError
from models.values import InterviewPlan

router = APIRouter(prefix="/api", tags=["kits"])
pages = APIRouter(include_in_schema=False)

Version = Annotated[
    int | None, Query(ge=0, le=LARGEST, description="the version that was edited; refused if not newest")
]
Note = Annotated[Text, Query(max_length=500, description="what changed, and why")]


@router.get("/kits", dependencies=[Depends(recruiter)])
def library() -> list[FamilyOut]:
    """Kits to start from."""
    return [
        FamilyOut(id=one.id, name=one.name, about=one.about, competencies=[part.name for part in one.parts])
        for one in families()
    ]


@router.get("/jobs/{job_id}/kit")
def kit(job_id: str, app: Foyer, who: Signed) -> InterviewPlan | None:
    """The kit that the next invitation gets; null until one is saved or the first invitation makes one."""
    with app.database.reading() as store:
        return store.plan(who.organisation_id, job_id)


@router.put("/jobs/{job_id}/kit")
def save(
    job_id: str, body: PlanIn, app: Foyer, who: Signed, note: Note = "", based_on: Version = None
) -> InterviewPlan:
    """A new version: everyone invited from now on gets it, and nobody invited before. Refused with every finding of the
    lint at its field (422), or when nobody here hears or speaks its language."""
    plan = InterviewPlan.model_validate(body.model_dump())
    return kits.save(app, who.organisation_id, job_id, plan, author=who.actor, note=one_line(note), based_on=based_on)


@router.post("/jobs/{job_id}/kit/start")
def start(job_id: str, body: KitStart, app: Foyer, who: Signed) -> KitOut:
    """A new version from a kit of the library, or from the job's requirements; says what it does not cover."""
    plan = kits.start(app, who.organisation_id, job_id, body.family, author=who.actor)
    return _judged(app, who, job_id, plan)


@router.post("/jobs/{job_id}/kit/rehearse", status_code=201)
def rehearse(job_id: str, app: Foyer, who: Signed) -> RehearsalOut:
    """Sit in the candidate's chair, with the kit as it is saved. It is a sample, marked as a rehearsal: sent to nobody,
    and removed with all that belongs to it by `DELETE /api/sample-job/ID`."""
    made = rehearsing.rehearse(app, who, job_id)
    return RehearsalOut(
        job_id=made.job_id,
        application_id=made.application_id,
        url=made.url,
        code=made.code,
        expires_at=made.expires_at,
    )


@router.post("/jobs/{job_id}/kit/check")
def check(job_id: str, body: PlanIn, app: Foyer, who: Signed) -> KitOut:
    """What the lint finds, what the kit does not cover and how long it takes. Nothing is saved."""
    return _judged(app, who, job_id, InterviewPlan.model_validate(body.model_dump()))


def _judged(app: App, who: Recruiter, job_id: str, plan: InterviewPlan) -> KitOut:
    with app.database.reading() as store:
        requirements = store.requirements(who.organisation_id, job_id)
    return kits.judged(plan, requirements, findings(plan))


@router.get("/jobs/{job_id}/kit/suggestions")
def suggestions(job_id: str, app: Foyer, who: Signed) -> list[SuggestionOut]:
    """Kits of the library that may fit the job, best first, each with the reason."""
    with app.database.reading() as store:
        job = store.job(who.organisation_id, job_id)
        return kits.suggestions(job, store.requirements(who.organisation_id, job_id))


@router.get("/jobs/{job_id}/kit/versions")
def versions(job_id: str, app: Foyer, who: Signed) -> list[KitVersionOut]:
    """Newest first."""
    with app.database.reading() as store:
        kept = store.kits(who.organisation_id, job_id)
    return [
        KitVersionOut(
            version=one.version,
            sha256=InterviewPlan.model_validate(one.plan).sha256,
            author=one.author,
            note=one.note,
            saved_at=one.saved_at,
        )
        for one in kept
    ]


@router.get("/jobs/{job_id}/kit/versions/{number}")
def version(job_id: str, number: int, app: Foyer, who: Signed) -> InterviewPlan | None:
    """One version as it was saved."""
    with app.database.reading() as store:
        return store.plan(who.organisation_id, job_id, number)


# ---------------------------------------------------------------- the page


Typed = Annotated[list[tuple[str, str]], Depends(typed_form(kit_form.MOST_FIELDS))]


@pages.get("/jobs/{job_id}/kit")
def kit_page(job_id: str, request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    return _page(request, app, who, job_id)


@pages.post("/jobs/{job_id}/kit/start")
def start_page(
    job_id: str,
    app: Foyer,
    who: Signed,
    family: Annotated[Line, Form()] = "",
    based_on: Annotated[int, Form(ge=0, le=LARGEST)] = 0,
) -> Response:
    kits.start(app, who.organisation_id, job_id, family or None, author=who.actor, based_on=based_on)
    return RedirectResponse(f"/jobs/{job_id}/kit", status_code=303)


@pages.post("/jobs/{job_id}/kit/rehearse")
def rehearse_page(job_id: str, request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    """The link and its code, once, on the kit's page."""
    try:
        return _page(request, app, who, job_id, rehearsal=rehearsing.rehearse(app, who, job_id))
    except Conflict as error:
        return _page(request, app, who, job_id, status=error.status, problem=error.detail)


@pages.post("/jobs/{job_id}/kit")
def save_page(job_id: str, request: Request, app: Foyer, who: Signed, typed: Typed) -> Response:
    """Saves, or adds an empty competency or check to what was typed so far. What cannot be saved comes back whole."""
    said = dict(typed)
    with app.database.reading() as store:
        base = store.plan(who.organisation_id, job_id)
    if base is None:
        raise BadRequest("There is no kit to edit yet: start one first.")
    raw = kit_form.read(typed, base)
    shown: dict[str, Any] = {"raw": raw, "based_on": said.get("based_on", ""), "typed": said}
    if said.get("action") in ("add_competency", "add_check"):
        add = kit_form.with_competency if said["action"] == "add_competency" else kit_form.with_check
        return _page(request, app, who, job_id, **shown | {"raw": add(raw)})
    plan, found = kit_form.checked(kit_form.recounted(raw, base))
    found += findings(plan) if plan is not None else []
    if plan is None or found:
        return _page(request, app, who, job_id, status=422, found=found, **shown)
    try:
        _save(app, who, job_id, plan, said)
    except FoyerError as error:
        return _page(request, app, who, job_id, status=error.status, problem=error.detail, **shown)
    return RedirectResponse(f"/jobs/{job_id}/kit?saved=1", status_code=303)


def _save(app: App, who: Recruiter, job_id: str, plan: InterviewPlan, said: dict[str, str]) -> None:
    author, note = who.signing(said.get("actor", "")), one_line(said.get("note", ""))[:500]
    if not author:
        raise BadRequest("Write your name below: each version says who saved it.")
    based_on = said.get("based_on", "")
    if not based_on.isdecimal() or len(based_on) > 9:
        raise BadRequest("This form is not from this page. Load the kit again.")
    kits.save(app, who.organisation_id, job_id, plan, author=author, note=note, based_on=int(based_on))


def _page(
    request: Request,
    app: App,
    who: Recruiter,
    job_id: str,
    *,
    status: int = 200,
    raw: dict[str, Any] | None = None,
    based_on: str = "",
    typed: dict[str, str] | None = None,
    found: list[Finding] | None = None,
    problem: str = "",
    rehearsal: rehearsing.Rehearsal | None = None,
) -> HTMLResponse:
    with app.database.reading() as store:
        job = store.job(who.organisation_id, job_id)
        requirements = store.requirements(who.organisation_id, job_id)
        plan, kept = store.plan(who.organisation_id, job_id), store.kits(who.organisation_id, job_id)
    at: dict[str, list[str]] = {}
    for one in found or []:
        at.setdefault(one.path, []).append(kit_form.named(one.text, raw) if raw else one.text)
    context = {
        "job": job,
        "kit": raw if raw is not None else plan.model_dump(mode="json") if plan else None,
        "based_on": based_on or job.plan_version,
        "typed": typed or {},
        "at": at,
        "seconds": budget.seconds(plan) if plan else 0,
        "uncovered": uncovered(plan, requirements) if plan else (),
        "linkable": [one for one in requirements if one.kind in ASKED],
        "checkable": [one for one in requirements if one.must_have and one.kind in CHECKED],
        "families": families(),
        "suggestions": kits.suggestions(job, requirements),
        "versions": kept,
        "rehearsal": rehearsal,
        "problem": problem or ("This kit was not saved: see below what to change." if at else ""),
        "message": "Saved. Whoever is invited from now on gets this version."
        if request.query_params.get("saved")
        else "",
    }
    return page(request, "kit.html", status=status, recruiter=who, section="jobs", **context)
