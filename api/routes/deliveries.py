"""Where results go (endpoints) and how each push fares (deliveries), for programs and as a page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api import systems
from api.deps import Foyer, Signed, page
from api.schemas import DeliveryOut, EndpointIn, EndpointOut, Instant
from api.security import Recruiter
from integrations.ssrf import check_url
from integrations.webhook import new_secret
from models.errors import BadRequest, FoyerError, NotFound
from models.records import Delivery, DeliveryKind, DeliveryState, Endpoint
from models.store import Store
from models.store.operating import Sent

router = APIRouter(prefix="/api", tags=["deliveries"])
pages = APIRouter(include_in_schema=False)

SHOWN = 50


@router.post("/endpoints", status_code=201)
def add_endpoint(body: EndpointIn, app: Foyer, who: Signed) -> EndpointOut:
    """Register a Standard Webhooks receiver. The signing secret is shown in this answer and never again."""
    url = str(body.url)
    check_url(url, allow_private=app.settings.webhook_private)
    secret = new_secret()
    with app.database.store() as store:
        endpoint = store.add_endpoint(
            who.organisation_id, url=url, secret=secret, description=body.description, now=app.now
        )
    return _endpoint(endpoint).model_copy(update={"secret": secret})


@router.get("/endpoints")
def endpoints(app: Foyer, who: Signed) -> list[EndpointOut]:
    with app.database.reading() as store:
        return [_endpoint(endpoint) for endpoint in store.endpoints(who.organisation_id)]


@router.delete("/endpoints/{endpoint_id}", status_code=204)
def disable_endpoint(endpoint_id: str, app: Foyer, who: Signed) -> None:
    """No further result goes there; what was delivered stays in the log."""
    with app.database.store() as store:
        store.disable_endpoint(who.organisation_id, endpoint_id, reason=f"switched off by {who.actor}")


@router.post("/endpoints/{endpoint_id}/enable")
def enable_endpoint(endpoint_id: str, app: Foyer, who: Signed) -> EndpointOut:
    """Results go there again; what waited for it is sent now."""
    with app.database.store() as store:
        endpoint = store.enable_endpoint(who.organisation_id, endpoint_id)
    app.pipeline.deliver_due()
    return _endpoint(endpoint)


@router.post("/interviews/{interview_id}/deliver", status_code=202)
def deliver_report(interview_id: str, app: Foyer, who: Signed) -> dict[str, int]:
    """Send a finished report to every enabled endpoint that was registered after it. Says to how many."""
    added = app.pipeline.outcomes.push_again(who.organisation_id, interview_id)
    app.pipeline.deliver_due()
    return {"deliveries": added}


@router.get("/deliveries")
def deliveries(
    app: Foyer,
    who: Signed,
    state: DeliveryState | None = None,
    kind: DeliveryKind | None = None,
    where: Annotated[str, Query(max_length=64, description="an endpoint or connection")] = "",
    of: Annotated[str, Query(max_length=200, description="an application, a delivery, or the receiver's id")] = "",
    job_id: Annotated[str, Query(max_length=64)] = "",
    since: Instant | None = None,
    until: Instant | None = None,
    behind: Annotated[str, Query(max_length=64, description="the last delivery of the page before")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[DeliveryOut]:
    """Newest first: webhooks, other systems and e-mails alike."""
    with app.database.reading() as store:
        which = Sent(state, kind, where, of, job_id, since, until, _place(store, who, behind))
        return [_delivery(found) for found in store.sent(who.organisation_id, which, limit)]


def _place(store: Store, who: Recruiter, behind: str) -> tuple[datetime, str] | None:
    """Raises NotFound."""
    return (store.delivery(who.organisation_id, behind).created_at, behind) if behind else None


@router.post("/deliveries/{delivery_id}/replay")
def replay(delivery_id: str, app: Foyer, who: Signed) -> DeliveryOut:
    """Send it again, now, with the same id, so that a receiver can tell a repeat."""
    with app.database.store() as store:
        delivery = store.replay_delivery(who.organisation_id, delivery_id, now=app.now)
    app.pipeline.redeliver(delivery.id, delivery.attempts)
    return _delivery(delivery)


def _endpoint(row: Endpoint) -> EndpointOut:
    return EndpointOut(
        id=row.id,
        url=row.url,
        description=row.description,
        enabled=row.enabled,
        disabled_reason=row.disabled_reason,
        created_at=row.created_at,
    )


def _delivery(row: Delivery) -> DeliveryOut:
    return DeliveryOut(
        id=row.id,
        kind=row.kind,
        state=row.state,
        attempts=row.attempts,
        next_at=row.next_at,
        last_error=row.last_error,
        endpoint_id=row.endpoint_id,
        connection_id=row.connection_id,
        done=row.done,
        application_id=row.application_id,
        created_at=row.created_at,
        delivered_at=row.delivered_at,
    )


# ---------------------------------------------------------------- the page


@pages.get("/deliveries")
def deliveries_page(
    request: Request,
    app: Foyer,
    who: Signed,
    state: str = "",
    kind: str = "",
    where: str = "",
    of: str = "",
    job_id: str = "",
    since: str = "",
    until: str = "",
    behind: str = "",
) -> HTMLResponse:
    asked = {"state": state, "kind": kind, "where": where, "of": of, "job_id": job_id, "since": since, "until": until}
    found: list[Delivery] = []
    problem: FoyerError | None = None
    with app.database.reading() as store:
        places = {each.id: each.url for each in store.endpoints(who.organisation_id)}
        places |= {each.id: each.name for each in store.connections(who.organisation_id)}
        jobs = store.job_titles(who.organisation_id)
        try:
            which = _asked(asked, _place(store, who, behind))
            found = store.sent(who.organisation_id, which, SHOWN)
        except (BadRequest, NotFound) as error:
            problem = error
        mails = {each.application_id for each in found if each.application_id and each.kind == "email"}
        addresses = store.addresses(who.organisation_id, sorted(mails))
    listed = [(each, _told(each), _where(each, places, addresses)) for each in found]
    more = urlencode({**{k: v for k, v in asked.items() if v}, "behind": found[-1].id}) if len(found) == SHOWN else ""
    return page(
        request,
        "deliveries.html",
        status=problem.status if problem is not None else 200,
        recruiter=who,
        section="operations",
        problem=problem.detail if problem is not None else "",
        deliveries=listed,
        places=places,
        jobs=jobs,
        asked=asked,
        more=more,
    )


def _asked(asked: dict[str, str], behind: tuple[datetime, str] | None) -> Sent:
    """Raises BadRequest. An unknown state or kind is as good as none."""
    state = next((each for each in get_args(DeliveryState) if each == asked["state"]), None)
    kind = next((each for each in get_args(DeliveryKind) if each == asked["kind"]), None)
    since, until = (_day(asked[name]) for name in ("since", "until"))
    until = until + timedelta(days=1) if until is not None else None
    return Sent(state, kind, asked["where"][:64], asked["of"].strip()[:200], asked["job_id"], since, until, behind)


def _day(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) if text else None
    except ValueError as error:
        raise BadRequest("Write days as 2026-03-31.") from error


@pages.post("/deliveries/{delivery_id}/replay")
def replay_page(delivery_id: str, app: Foyer, who: Signed) -> Response:
    replay(delivery_id, app, who)
    return RedirectResponse("/deliveries", status_code=303)


def _told(delivery: Delivery) -> str:
    if delivery.kind == "connection":
        return systems.told_of(delivery)
    return "E-mail" if delivery.kind == "email" else "Result"


def _where(delivery: Delivery, places: dict[str, str], addresses: dict[str, str]) -> str:
    """An endpoint, a connection; of an e-mail its address."""
    known = places.get(delivery.endpoint_id or delivery.connection_id or "")
    if known:
        return known
    if delivery.kind == "connection":
        return "a connection that was removed"
    if delivery.application_id is None:
        return ""
    return addresses.get(delivery.application_id) or "no address in the resume"
