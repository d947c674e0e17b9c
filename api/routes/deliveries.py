"""Where results go (endpoints) and how each push fares (deliveries), for programs and as a page."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api import systems
from api.deps import Foyer, Signed, page
from api.schemas import DeliveryOut, EndpointIn, EndpointOut
from integrations.ssrf import check_url
from integrations.webhook import new_secret
from models.records import Delivery, Endpoint
from models.store import Store

router = APIRouter(prefix="/api", tags=["deliveries"])
pages = APIRouter(include_in_schema=False)

SHOWN = 200


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
    state: Literal["pending", "delivered", "failed", "dead"] | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> list[DeliveryOut]:
    """Newest first: webhooks and e-mails alike."""
    with app.database.reading() as store:
        return [_delivery(found) for found in store.deliveries(who.organisation_id, state=state, limit=limit)]


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
def deliveries_page(request: Request, app: Foyer, who: Signed) -> HTMLResponse:
    with app.database.reading() as store:
        places = {each.id: each.url for each in store.endpoints(who.organisation_id)}
        places |= {each.id: each.name for each in store.connections(who.organisation_id)}
        listed = [
            (each, _told(each), places.get(each.endpoint_id or each.connection_id or "") or _addressee(store, each))
            for each in store.deliveries(who.organisation_id, limit=SHOWN)
        ]
    return page(request, "deliveries.html", recruiter=who, section="deliveries", deliveries=listed)


@pages.post("/deliveries/{delivery_id}/replay")
def replay_page(delivery_id: str, app: Foyer, who: Signed) -> Response:
    replay(delivery_id, app, who)
    return RedirectResponse("/deliveries", status_code=303)


def _told(delivery: Delivery) -> str:
    if delivery.kind == "connection":
        return systems.told_of(delivery)
    return "E-mail" if delivery.kind == "email" else "Result"


def _addressee(store: Store, delivery: Delivery) -> str:
    """Of an e-mail, or of what went where nothing is any more."""
    if delivery.kind == "connection":
        return "a connection that was removed"
    if delivery.application_id is None:
        return ""
    candidate = store.application(delivery.organisation_id, delivery.application_id).candidate
    return candidate.email or "no address in the resume"
