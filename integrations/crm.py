"""What the connectors of CRMs share: where somebody goes when their case is over, and how a test asks for a list."""

from __future__ import annotations

from collections.abc import Mapping

from models.engines import Service
from models.errors import PushRejected
from models.exchange import Finding, Mapped, Outcome, Request, Target


def pools(list_of: str, called: str) -> tuple[Mapped, Mapped]:
    """To choose when connecting. `called`: what the CRM calls a pool."""
    return (
        Mapped("pool.not_selected", f"{called} for who was not selected; none: the one they came from", list_of),
        Mapped("pool.hired", f"{called} for who was hired (alumni, referrals)", list_of),
    )


def pool_for(outcome: Outcome, target: Target, mapping: Mapping[str, str]) -> str:
    """Where somebody goes now; "" for nowhere. Back into a pool goes only who came out of one for this very job."""
    if outcome.kind == "hired":
        return mapping.get("pool.hired", "")
    own = target.extra.get("pool", "")
    return (mapping.get("pool.not_selected") or own) if outcome.kind == "rejected" and own else ""


def readable(service: Service, path: str, cure: str, **query: str) -> Finding:
    """Of a connection test."""
    try:
        service.send(Request("GET", path, query=tuple(query.items())))
    except PushRejected as refused:
        return Finding(ok=False, what=f"{path}: {refused.detail}", cure=cure)
    return Finding(ok=True, what=f"{path} can be read.")
