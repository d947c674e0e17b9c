"""What every connector starts from: its settings, and the answer "this system has nothing like it" to all that it does
not override. `api.wiring` lists the connectors."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bs4 import BeautifulSoup

from integrations.auth import Auth
from integrations.http import Refusal
from models.engines import Desk, Service
from models.errors import BadRequest, NotFound
from models.exchange import (
    About,
    AssessmentOrder,
    CandidateIntake,
    Choice,
    Cursor,
    Decision,
    Finding,
    Handover,
    Inbound,
    Item,
    Lookup,
    Outcome,
    Outgoing,
    References,
    Reply,
    Request,
    Response,
    Target,
    Write,
)


class Vendor(ABC):
    """A Connector of one connection. `settings`: by `About.settings`, complete; secrets among them. `mapping`: what the
    customer chose, by `About.mapped`."""

    about: About

    def __init__(self, settings: Mapping[str, str], mapping: Mapping[str, str] | None = None) -> None:
        self.settings = {each.key: settings.get(each.key) or each.default for each in self.about.settings}
        self.mapping: Mapping[str, str] = mapping or {}

    @property
    def base_url(self) -> str:
        return self.about.base_url.format(**self.settings)

    @abstractmethod
    def auth(self) -> Auth: ...

    def authorise_url(self, state: str, redirect_uri: str) -> str | None:  # noqa: ARG002 - for those who override it
        """Where a person lets us in (RFC 6749, authorisation code); None: these settings sign in another way. Whoever
        overrides it has an OAuth2 with grant "refresh_token" as `auth`."""
        return None

    def judge(self, response: Response) -> str | Refusal | None:  # noqa: ARG002 - as above
        """Better words for a refusal, also for one in the clothes of a success; None: the status says it all."""
        return None

    def serve(self, inbound: Inbound, desk: Desk) -> Reply:  # noqa: ARG002 - as above
        raise NotFound(f"{self.about.name} has nothing to call here.")

    def read(self, event: Mapping[str, object], service: Service) -> Iterator[Item]:  # noqa: ARG002 - as above
        return iter(())

    def person(self, order: AssessmentOrder, service: Service) -> CandidateIntake:  # noqa: ARG002 - as above
        return order.candidate

    def poll(self, since: Cursor | None, service: Service, jobs: Sequence[str]) -> Iterator[Item | Cursor]:  # noqa: ARG002
        return iter(())

    def writes(self, outgoing: Outgoing) -> Sequence[Write]:  # noqa: ARG002 - as above
        return ()

    def decide(self, decision: Decision) -> Sequence[Write]:  # noqa: ARG002 - as above
        return ()

    def create(self, handover: Handover) -> Sequence[Write]:  # noqa: ARG002 - as above
        return ()

    def tell(self, outcome: Outcome, target: Target, mapping: Mapping[str, str]) -> Sequence[Write]:  # noqa: ARG002
        return ()

    def check(self, service: Service) -> Iterator[Finding]:  # noqa: ARG002 - as above
        return iter(())

    def choices(self, service: Service) -> Mapping[str, Sequence[Choice]]:  # noqa: ARG002 - as above
        return {}


# ---------------------------------------------------------------- small words for connectors


def signed(secret: str, cure: str) -> Finding:
    """Of a connection test: can what they send be told from what others make up?"""
    what = "Webhooks are signed." if secret else "Webhooks cannot be told from forged ones, so none is read."
    return Finding(bool(secret), what, cure)


def body_of(inbound: Inbound) -> dict[str, Any]:
    """A JSON object, or BadRequest."""
    try:
        found = json.loads(inbound.body)
    except ValueError as broken:
        raise BadRequest("The body is not JSON.") from broken
    if not isinstance(found, dict):
        raise BadRequest("The body is not a JSON object.")
    return found


def text_of(body: Mapping[str, Any], *path: str) -> str:
    """The text at a path of keys; "" where something is missing, null or no text."""
    found: Any = body
    for key in path:
        found = found.get(key) if isinstance(found, Mapping) else None
    return str(found) if isinstance(found, str | int | float) and not isinstance(found, bool) else ""


def plain(html: str) -> str:
    """The text of a piece of HTML, a line a paragraph or item."""
    text = BeautifulSoup(html, "html.parser").get_text("\n")
    return "\n".join(line for line in (" ".join(each.split()) for each in text.splitlines()) if line)


def instant(text: str) -> datetime | None:
    """An ISO 8601 moment, UTC where it names no zone; None where it is none."""
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def always(request: Request) -> Any:
    """For a write that needs nothing of the writes before it."""

    def same(_: References) -> Request:
        return request

    return same


def containing(request: Request, mark: str, following: Callable[[Response], Request | None] = lambda _: None) -> Lookup:
    """A write is there when a page of the answer to `request` holds `mark`, which only it can hold."""
    return Lookup(always(request), lambda response: "found" if mark.encode() in response.body else None, following)


def reference(*path: str | int) -> Any:
    """Their id, from the answer's JSON."""

    def picked(response: Response) -> str:
        found: Any = response.json
        for key in path:
            held = isinstance(found, list if isinstance(key, int) else dict)
            found = found[key] if held else None
        return "" if found is None else str(found)

    return picked
