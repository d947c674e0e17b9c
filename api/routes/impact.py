"""Adverse impact, New York's summary of results, the applicant-flow log and independent audits: as JSON and CSV, and as
pages. What is told are counts of five and more; decision 0022 says why."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api import impact_export
from api.audits import audit_state, record_audit
from api.deps import App, Foyer, Signed, page
from api.impact import KEPT_SECONDS, STEPS, Found, Step, names, recent, window
from api.schemas import Day, one_line
from api.security import Recruiter
from compliance.categories import AXES
from compliance.impact import FEW, FINDINGS
from models.errors import BadRequest, FoyerError
from models.records import AuditRule, BiasAudit
from models.sentences import N_

router = APIRouter(prefix="/v1", tags=["impact"])
AS_CSV: dict[int | str, dict[str, Any]] = {200: {"content": {"text/csv": {}}}}
pages = APIRouter(include_in_schema=False)

Format = Literal["json", "csv"]
Month = Annotated[str, Query(max_length=7, description="as 2026-03")]
Job = Annotated[str, Query(max_length=64, description="empty: all jobs")]
RULES: dict[AuditRule, str] = {
    "off": N_("Do nothing"),
    "warn": N_("Warn on this page"),
    "refuse": N_("Take no resumes and invite nobody"),
}


class AuditIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    auditor: str = Field(min_length=1, max_length=200)
    audited_on: Day
    distributed_on: Day = Field(description="when this version of the tool was first used")


class AuditOut(BaseModel):
    auditor: str
    audited_on: date
    distributed_on: date
    recorded_by: str
    recorded_at: datetime


class AuditsOut(BaseModel):
    """`problem`: why use is warned of or refused; empty where it is not."""

    rule: AuditRule
    problem: str
    audits: list[AuditOut]


class RuleIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    rule: AuditRule


# ---------------------------------------------------------------- for programs


@router.get("/impact", responses=AS_CSV)
def figures(
    app: Foyer,
    who: Signed,
    step: Step = "screening",
    job_id: Job = "",
    since: Month = "",
    until: Month = "",
    format: Format = "json",
) -> Response:
    """Selection and scoring rates, impact ratios and what tells whether they mean anything, of the last twelve months
    that are over. Groups of fewer than five are hidden."""
    found = _found(app, who, step, job_id, since, until)
    if format == "csv":
        return _csv(impact_export.impact_rows(found), f"impact-{step}")
    return JSONResponse(impact_export.as_json(found))


@router.get("/impact/new-york", responses=AS_CSV)
def new_york(
    app: Foyer,
    who: Signed,
    step: Step = "screening",
    job_id: Job = "",
    since: Month = "",
    until: Month = "",
    format: Format = "json",
) -> Response:
    """What Local Law 144 wants published, computed from your data: for your independent auditor, not instead of one."""
    made = _summary(app, who, _found(app, who, step, job_id, since, until))
    if format == "csv":
        return _csv(impact_export.summary_rows(made), f"new-york-{step}")
    return JSONResponse(made)


@router.get("/impact/applicants", responses=AS_CSV)
def applicants(
    app: Foyer, who: Signed, job_id: Job = "", since: Month = "", until: Month = "", format: Format = "csv"
) -> Response:
    """The applicant-flow log: each application with stage, disposition, reason and source; no name, no group."""
    months = window(app.now, since, until)
    with app.database.reading() as store:
        rows = store.flow(who.organisation_id, months.since, months.until, job_id=job_id or None)
    made = impact_export.flow_rows(rows)
    if format == "csv":
        return _csv(made, "applicants")
    return JSONResponse([{**row, "applied_on": str(row["applied_on"]), "decided_on": _day(row)} for row in made])


def _day(row: dict[str, Any]) -> str | None:
    return str(row["decided_on"]) if row["decided_on"] else None


@router.get("/impact/audits")
def audits(app: Foyer, who: Signed) -> AuditsOut:
    """Independent audits that were recorded, newest first, and what follows when the last one is too old."""
    with app.database.reading() as store:
        state = audit_state(store, who.organisation_id, app.now)
        rows = store.audits(who.organisation_id)
    return AuditsOut(rule=state.rule, problem=state.problem, audits=[_audit(row) for row in rows])


@router.post("/impact/audits", status_code=201)
def add_audit(body: AuditIn, app: Foyer, who: Signed) -> AuditOut:
    """Record that somebody independent has audited. Foyer cannot check it and certifies nothing."""
    return _audit(_record(app, who, body.auditor, body.audited_on, body.distributed_on))


@router.put("/impact/audits/rule", status_code=204)
def set_rule(body: RuleIn, app: Foyer, who: Signed) -> None:
    """What follows when no audit of the last year is recorded: `off`, `warn`, or `refuse` uploads and invitations."""
    with app.database.store() as store:
        store.set_audit_rule(who.organisation_id, body.rule)


def _found(app: App, who: Recruiter, step: Step, job_id: str, since: str, until: str) -> Found:
    """Waits where it has to be counted."""
    months = window(app.now, since, until)
    found = recent(app, who.organisation_id, step, months, actor=who.actor, job_id=job_id, wait=True)
    assert found is not None
    return found


def _summary(app: App, who: Recruiter, found: Found) -> dict[str, Any]:
    with app.database.reading() as store:
        employer = store.organisation(who.organisation_id).name
        state = audit_state(store, who.organisation_id, app.now)
    return impact_export.summary(found, employer, state)


def _csv(rows: list[dict[str, Any]], name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(impact_export.as_csv(rows), media_type="text/csv; charset=utf-8", headers=headers)


def _record(app: App, who: Recruiter, auditor: str, audited: date, distributed: date) -> BiasAudit:
    said = one_line(auditor).strip()
    if not said:
        raise BadRequest("Say who made the audit.")
    moments = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (audited, distributed)]
    return record_audit(
        app, who.organisation_id, auditor=said, audited=moments[0], distributed=moments[1], actor=who.actor
    )


def _audit(row: BiasAudit) -> AuditOut:
    return AuditOut(
        auditor=row.auditor,
        audited_on=row.audited_at.date(),
        distributed_on=row.distributed_at.date(),
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
    )


# ---------------------------------------------------------------- pages


@pages.get("/impact")
def impact_page(
    request: Request,
    app: Foyer,
    who: Signed,
    step: str = "screening",
    job_id: str = "",
    since: str = "",
    until: str = "",
) -> HTMLResponse:
    asked = {"step": step, "job_id": job_id, "since": since, "until": until}
    return _page(request, app, who, asked)


@pages.get("/impact/new-york")
def new_york_page(
    request: Request,
    app: Foyer,
    who: Signed,
    step: str = "screening",
    job_id: str = "",
    since: str = "",
    until: str = "",
) -> HTMLResponse:
    """A page that stands alone, to be put on one's own site."""
    months = window(app.now, since, until)
    found = recent(app, who.organisation_id, _step(step), months, actor=who.actor, job_id=job_id, wait=False)
    made = _summary(app, who, found) if found is not None else None
    answer = page(request, "impact_new_york.html", made=made)
    if made is None:
        answer.headers["Refresh"] = "2"  # it stands alone, without a script that could ask again
    return answer


@pages.post("/impact/audits")
def add_audit_form(
    request: Request,
    app: Foyer,
    who: Signed,
    auditor: Annotated[str, Form()] = "",
    audited_on: Annotated[str, Form()] = "",
    distributed_on: Annotated[str, Form()] = "",
) -> Response:
    try:
        audited, distributed = date.fromisoformat(audited_on), date.fromisoformat(distributed_on)
    except ValueError:
        return _page(request, app, who, {}, problem=BadRequest("Give both dates."))
    try:
        _record(app, who, auditor, audited, distributed)
    except BadRequest as error:
        return _page(request, app, who, {}, problem=error)
    return RedirectResponse("/impact#audits", status_code=303)


@pages.post("/impact/rule")
def set_rule_form(app: Foyer, who: Signed, rule: Annotated[str, Form()] = "") -> Response:
    chosen = next((each for each in RULES if each == rule), None)
    if chosen is not None:
        with app.database.store() as store:
            store.set_audit_rule(who.organisation_id, chosen)
    return RedirectResponse("/impact#audits", status_code=303)


def _step(text: str) -> Step:
    return next((each for each in STEPS if each == text), STEPS[0])


def _page(
    request: Request, app: App, who: Recruiter, asked: dict[str, str], *, problem: FoyerError | None = None
) -> HTMLResponse:
    step, found = _step(asked.get("step", "")), None
    try:
        months = window(app.now, asked.get("since", ""), asked.get("until", ""))
        job_id = asked.get("job_id", "")
        found = recent(app, who.organisation_id, step, months, actor=who.actor, job_id=job_id, wait=False)
    except BadRequest as error:
        problem = problem or error
    with app.database.reading() as store:
        jobs, recorded = store.jobs(who.organisation_id), store.audits(who.organisation_id)
        state = audit_state(store, who.organisation_id, app.now)
    context: dict[str, Any] = {
        "found": found,
        "old": found is not None and (app.now - found.computed_at).total_seconds() > KEPT_SECONDS,
        "again": urlencode({name: value for name, value in asked.items() if value}),
        "asked": asked,
        "step": step,
        "steps": impact_export.STEP_NAMES,
        "jobs": jobs,
        "axes": AXES,
        "names": names(),
        "findings": FINDINGS,
        "few": FEW,
        "audits": recorded,
        "state": state,
        "rules": RULES,
        "problem": problem.detail if problem is not None else "",
    }
    status = problem.status if problem is not None else 200
    return page(request, "impact.html", status=status, recruiter=who, section="impact", **context)
