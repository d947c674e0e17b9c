"""What every receiver of results is told: the fields that do not depend on how an application went, and a delivery for
each. `api.outcomes` (reports) and `api.asks` (withdrawals) queue here, the pipeline delivers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from api.connections import connected_to
from api.mailing import address_of
from models.records import Application, Connection, Delivery
from models.store import Store
from models.values import AssessmentResult

if TYPE_CHECKING:
    from api.deps import App


def about(store: Store, application: Application) -> dict[str, Any]:
    """Of an `AssessmentResult`: whose it is, and for which job."""
    organisation_id = application.organisation_id
    job = store.job(organisation_id, application.job_id)
    candidate = store.candidate(organisation_id, application.candidate_id)
    return {
        "organisation_id": organisation_id,
        "job": {"id": job.id, "title": job.title},
        "candidate": {"id": candidate.id, "name": candidate.name, "email": candidate.email},
        "application_id": application.id,
        "external_id": application.external_id,
    }


def numbered(
    store: Store, application: Application, interview_id: str, *, type: str = "assessment.completed", anew: bool = False
) -> dict[str, Any]:
    """Of an `AssessmentResult`: id, revision, what it supersedes. As it was sent before, if it was and not `anew`."""
    sent = store.results_of(application.organisation_id, application.id)
    own = [each for each in sent if each["id"].startswith(f"result_{interview_id}_") and each["type"] == type]
    if own and not anew:
        return {key: own[-1].get(key) for key in ("id", "revision", "supersedes")}
    revision = max((each["revision"] for each in sent), default=0) + 1
    before = sent[-1]["id"] if sent else None
    return {"id": f"result_{interview_id}_{revision}", "revision": revision, "supersedes": before}


def interview_of(result: AssessmentResult) -> str:
    """The id of the interview that a numbered result is of."""
    return result.id.removeprefix("result_").rpartition("_")[0]


def queue(store: Store, application: Application, result: AssessmentResult, key: str, *, now: datetime) -> int:
    """For every enabled endpoint, and every system that knows the application, once a `key`. Returns how many are
    new."""
    told = to_endpoints(store, application, result, key, now=now)
    return told + to_systems(store, application, result, key, now=now)


def to_endpoints(store: Store, application: Application, result: AssessmentResult, key: str, *, now: datetime) -> int:
    """For every enabled webhook endpoint, once a `key`. Returns how many are new."""
    added = [
        store.add_delivery(
            application.organisation_id,
            kind="webhook",
            key=f"{key}:{endpoint.id}",
            payload=result.model_dump(mode="json"),
            subject=application.candidate_id,
            endpoint_id=endpoint.id,
            application_id=application.id,
            now=now,
        )[1]
        for endpoint in store.endpoints(application.organisation_id, enabled_only=True)
    ]
    return sum(added)


def tell_recording_deleted(app: App, store: Store, application: Application) -> None:
    """Webhooks that were sent a result hear that its recording is gone, and that copies of theirs must go too. Other
    systems were never sent one."""
    if not store.results_of(application.organisation_id, application.id):
        return
    result = AssessmentResult(
        id=f"result_{application.id}_recording_{round(app.clock.now())}",
        type="assessment.recording_deleted",
        created_at=app.now,
        **about(store, application),
        report_url=address_of(app, f"/applications/{application.id}"),
    )
    to_endpoints(store, application, result, result.id, now=app.now)


def to_systems(store: Store, application: Application, result: AssessmentResult, key: str, *, now: datetime) -> int:
    """For every connected system that knows the application, once a `key`. Returns how many are new."""
    known = connected_to(store, application)
    return sum(to_system(store, connection, application, result, key, now=now) for connection in known)


def to_system(
    store: Store, connection: Connection, application: Application, result: AssessmentResult, key: str, *, now: datetime
) -> int:
    """For one, once a `key`: 1 if it is new."""
    payload = {"what": "result", "result": result.model_dump(mode="json")}
    return int(post(store, connection, application, payload, f"{key}:{connection.id}", now=now)[1])


def post(
    store: Store,
    connection: Connection,
    application: Application,
    payload: Mapping[str, Any],
    key: str,
    *,
    now: datetime,
    due: datetime | None = None,
) -> tuple[Delivery, bool]:
    """Something about an application to another system, as `api.carrying` reads it; says whether it is new."""
    return store.add_delivery(
        application.organisation_id,
        kind="connection",
        key=key,
        payload=payload,
        subject=application.candidate_id,
        connection_id=connection.id,
        application_id=application.id,
        now=now,
        due=due,
    )
