"""SmartRecruiters' Assessment API of 2021: the bodies that go both ways. Called by `integrations.smartrecruiters`.

Which endpoints there are is documented; what stands in their bodies is unverified, because the description of them is
given to partners only. Everything that is a guess about them is in this file. What is read is taken by any of several
likely names, and what is sent can be mended here alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from integrations import summary
from integrations.vendor import always, containing, text_of
from models.errors import BadRequest
from models.exchange import (
    AssessmentOrder,
    AssessmentPackage,
    CandidateIntake,
    OrderState,
    Outgoing,
    Request,
    Upload,
    Write,
)
from models.values import AssessmentResult

PARTNER = "assessment-api/v202010"
CUSTOMER = "assessment-api/v202107"


def application_id(candidate: str, job: str) -> str:
    """An application is a person and a job there; this is what we know it by."""
    return f"{candidate}.{job}" if candidate and job else ""


def packages(offered: Sequence[AssessmentPackage]) -> dict[str, Any]:
    content = [{"id": one.id, "name": one.name, "description": one.description} for one in offered]
    return {"totalFound": len(content), "content": content}


def credentials(body: Mapping[str, Any]) -> dict[str, str]:
    """The customer's credentials, which come when they switch the integration on. Raises BadRequest."""
    found = {
        "company_id": _first(body, ("companyId",), ("company", "id")),
        "client_id": _first(body, ("clientId",), ("client_id",), ("credentials", "clientId")),
        "client_secret": _first(body, ("clientSecret",), ("client_secret",), ("credentials", "clientSecret")),
    }
    if not found["client_id"] or not found["client_secret"]:
        raise BadRequest("clientId and clientSecret are needed.")
    return found


def order(body: Mapping[str, Any]) -> AssessmentOrder:
    """Raises BadRequest."""
    key, package = _first(body, ("orderId",), ("id",)), _first(body, ("packageId",), ("package", "id"))
    person = _first(body, ("candidate", "id"), ("candidateId",))
    email = text_of(body, "candidate", "email")
    if not key or not package or not (person or email):
        raise BadRequest("An order needs its id, a package and a candidate.")
    job = _first(body, ("job", "id"), ("jobId",))
    names = (text_of(body, "candidate", "firstName"), text_of(body, "candidate", "lastName"))
    return AssessmentOrder(
        package_id=package,
        key=key,
        candidate=CandidateIntake(
            name=" ".join(filter(None, names)) or None,
            email=email or None,
            external_id=application_id(person, job) or None,
            source="SmartRecruiters",
            remote_candidate_id=person or None,
            remote_job_id=job or None,
        ),
        ordered_by=_first(body, ("requester", "email"), ("requestor", "email")),
        extra={"application": _first(body, ("application", "id"), ("applicationId",))},
    )


def accepted(state: OrderState) -> dict[str, Any]:
    return {"id": state.id, "status": state.state.upper()}


def result_body(result: AssessmentResult) -> dict[str, Any]:
    """Without a decision there is neither a number nor a verdict."""
    if result.type == "assessment.withdrawn":
        return {"status": "WITHDRAWN", "description": summary.note(result)}
    number, passed = summary.overall(result), summary.passed(result)
    word = summary.WORDS[summary.recommendation(result)]
    body: dict[str, Any] = {
        "status": "COMPLETED",
        "scoreLabel": word if number is None else f"{number:g} of 100: {word}",
        "resultUrl": result.report_url,
        "description": summary.note(result),
    }
    return body | ({} if number is None else {"score": number}) | ({} if passed is None else {"passed": passed})


def writes(outgoing: Outgoing) -> list[Write]:
    """The result of an order, which replaces the one before, and the report as its attachment."""
    order_id = quote(outgoing.target.order, safe="")
    made = [
        Write(
            "result",
            f"The result of order {order_id}.",
            always(Request("PATCH", f"{PARTNER}/orders/{order_id}/results", json=result_body(outgoing.result))),
        )
    ]
    if outgoing.pdf is not None:
        filename = summary.filename(outgoing.result)
        files = {"file": Upload(filename, outgoing.pdf)}
        application = outgoing.target.extra.get("application", "")
        listed = Request("GET", f"{CUSTOMER}/assessment-orders", query=(("applicationId", application),))
        made.append(
            Write(
                "report",
                f"The report as a file of order {order_id}.",
                always(Request("POST", f"{PARTNER}/orders/{order_id}/results/attachment", files=files)),
                containing(listed, filename) if application else None,
            )
        )
    return made


def _first(body: Mapping[str, Any], *paths: tuple[str, ...]) -> str:
    return next((found for path in paths if (found := text_of(body, *path))), "")
