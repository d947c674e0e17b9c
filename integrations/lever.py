"""Lever: postings, opportunities, feedback forms, notes and files, which this calls; its webhooks, which it sends.

The vendor documents nearly all of it. A webhook's signature covers its token and its moment and not what it says, so
what it says is only where to look: `read` fetches the opportunity and tells what is there. An opportunity is an
application here, a contact is the person. From memory: the address of the EU instance, and that `applicationCreated`
names the opportunity as the other events do. `lever_people` turns theirs into ours, `lever_writes` ours into theirs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from integrations import lever_writes
from integrations.auth import Headers, OAuth2, basic
from integrations.http import opening
from integrations.lever_people import (
    OPEN,
    archived,
    intake_of,
    moment,
    posting_intake,
    posting_of,
    stage_of,
    staged,
    whose,
)
from integrations.paging import Turning
from integrations.signatures import check_hex
from integrations.vendor import Vendor, body_of, signed, text_of
from models.engines import Desk, Service
from models.errors import BadRequest, NotFound, PushRejected, Unauthorized
from models.exchange import (
    About,
    Capabilities,
    Choice,
    Cursor,
    Decision,
    Finding,
    Handover,
    Inbound,
    Item,
    Mapped,
    Outcome,
    Outgoing,
    Reply,
    Request,
    Response,
    Setting,
    Write,
)
from models.sentences import N_

SCOPES = (
    *("offline_access", "opportunities:write:admin", "notes:write:admin", "files:write:admin", "feedback:write:admin"),
    *("feedback_templates:read:admin", "postings:read:admin", "resumes:read:admin", "stages:read:admin"),
    *("archive_reasons:read:admin", "applications:read:admin", "contact:read:admin", "users:read:admin"),
)
AN_ID = re.compile(r"[\w-]{1,100}")
OVERLAP = timedelta(minutes=5)
"""Clocks differ: a reading begins so long before the last one did."""
SHOWN = (*OPEN, "closed")
FULL = ("expand", "applications")


class Lever(Vendor):
    about = About(
        vendor="lever",
        name="Lever",
        kind="ats",
        base_url="{api_url}",
        settings=(
            Setting("api_key", N_("API key"), N_("Or the two below it."), secret=True, required=False),
            Setting("client_id", N_("OAuth client id"), N_("Of an application registered with Lever."), required=False),
            Setting("client_secret", N_("OAuth client secret"), secret=True, required=False),
            Setting(
                "signing_token",
                N_("Signing token of the webhooks"),
                N_("Several with spaces."),
                secret=True,
                required=False,
            ),
            Setting(
                "perform_as",
                N_("Lever user id"),
                N_("Whom forms and files are by; without it: a note."),
                required=False,
            ),
            Setting(
                "order_stage",
                N_("Stage that orders an interview"),
                N_("Its name or id; empty: none does."),
                required=False,
            ),
            Setting("api_url", N_("API address"), default="https://api.lever.co/v1"),
            Setting("authorize_url", N_("Sign-in address"), default="https://auth.lever.co/authorize"),
            Setting("token_url", N_("Token address"), default="https://auth.lever.co/oauth/token"),
        ),
        can=Capabilities(
            jobs="documented",
            candidates="documented",
            webhooks="documented",
            score="documented",
            text="documented",
            pdf="documented",
            create="documented",
            decide="documented",
            outcomes="documented",
            erasure="documented",
        ),
        mapped=(
            Mapped("template", N_("Feedback form that a result fills in; none: a note"), "templates"),
            Mapped(
                "score.mixed", N_("What 'mixed' is on Lever's scale of four; none: a note instead of a form"), "steps"
            ),
            Mapped("tag.done", N_("Tag when a result is there")),
            Mapped("stage.advance", N_("Stage after a person advances somebody"), "stages"),
            Mapped("reason.reject", N_("Archive reason when a person rejects somebody"), "reasons"),
            Mapped("source.create", N_("Source of people whom Foyer creates")),
        ),
        register=(
            "Settings > Integrations and API > Webhooks: {url}/webhook for Application Created, Candidate Stage "
            "Change, Candidate Hired, Candidate Archive State Change and Candidate Deleted; a Super Admin switches "
            "them on. Copy the signing token to here.",
            "With OAuth: register {callback} as the callback address with Lever, then press 'Authorise'.",
        ),
        per_second=10.0,
    )

    # ------------------------------------------------------------ signing in

    def auth(self) -> OAuth2 | Headers:
        if not self.settings["client_id"]:
            return basic(self.settings["api_key"])
        return OAuth2(
            self.settings["token_url"],
            self.settings["client_id"],
            self.settings["client_secret"],
            grant="refresh_token",
            in_body=True,
        )

    def authorise_url(self, state: str, redirect_uri: str) -> str | None:
        if not self.settings["client_id"]:
            return None
        query = {
            "client_id": self.settings["client_id"],
            "redirect_uri": redirect_uri,
            "state": state,
            "response_type": "code",
            "scope": " ".join(SCOPES),
            "audience": f"{self.base_url.rstrip('/')}/",
        }
        return f"{self.settings['authorize_url']}?{urlencode(query)}"

    # ------------------------------------------------------------ what Lever sends

    def serve(self, inbound: Inbound, desk: Desk) -> Reply:
        """The moment is not held against it: what is tried again, or sent again by hand, carries its first one. The
        token is remembered, and nothing that is said is believed."""
        if (inbound.method, inbound.path) != ("POST", "webhook"):
            raise NotFound("Lever has no such call here.")
        try:
            body = body_of(inbound)
        except BadRequest as broken:
            raise Unauthorized("A message without a signature.") from broken
        token = text_of(body, "token")
        self._signed(f"{token}{text_of(body, 'triggeredAt')}", text_of(body, "signature"))
        event = {"event": text_of(body, "event"), "at": text_of(body, "triggeredAt"), "id": _opportunity_of(body)}
        if token and AN_ID.fullmatch(event["id"]):  # a test from the settings' page has no data
            desk.keep(token, event)
        return Reply()

    def _signed(self, message: str, given: str) -> None:
        for key in self.settings["signing_token"].replace(",", " ").split():
            with suppress(Unauthorized):
                return check_hex(given, key, message.encode())
        raise Unauthorized("The signature does not fit. Check the signing token on both sides.")

    def read(self, event: Mapping[str, object], service: Service) -> Iterator[Item]:
        """Whatever the event is called, only what Lever itself says now is told."""
        name, id, at = text_of(event, "event"), text_of(event, "id"), moment(event.get("at"))
        try:
            found = service.send(Request("GET", f"opportunities/{id}", query=(FULL,))).json["data"]
        except PushRejected as refused:
            if refused.answered != 404:
                raise
            if name == "candidateDeleted":
                yield Outcome(kind="erased", at=at, remote_application_id=id)
            return
        if name == "applicationCreated" and not found.get("archived"):
            yield from self._arrived(found, self._stages(service), service)
        elif name == "candidateStageChange":
            stages = self._stages(service)
            if self._orders(found, stages):
                yield from self._arrived(found, stages, service)
            yield from staged(found, stages)
        elif name in ("candidateHired", "candidateArchiveChange"):
            kind = archived(found, self._reasons(service))
            if kind is not None or name == "candidateArchiveChange":
                yield kind or Outcome(kind="undone", at=at, **whose(found))

    def _arrived(self, found: Mapping[str, Any], stages: Mapping[str, str], service: Service) -> Iterator[Item]:
        """Whoever is considered for a posting; people in the pool alone are nobody's candidates."""
        if posting_of(found):
            ordered = self._orders(found, stages)
            yield intake_of(found, *self._resume(str(found["id"]), service), ordered=ordered)

    def _orders(self, found: Mapping[str, Any], stages: Mapping[str, str]) -> bool:
        wanted, stage = self.settings["order_stage"].strip().casefold(), stage_of(found)
        return (
            bool(wanted)
            and not found.get("archived")
            and wanted in (stage.casefold(), stages.get(stage, "").casefold())
        )

    # ------------------------------------------------------------ reading

    def _pages(self, service: Service, path: str, *query: tuple[str, str]) -> Iterator[dict[str, Any]]:
        more: tuple[tuple[str, str], ...] = ()
        turning = Turning()
        while True:
            turning(more)
            answer = service.send(Request("GET", path, query=(("limit", "100"), *query, *more))).json
            yield from answer["data"]
            if not answer.get("hasNext") or not answer.get("next"):
                return
            more = (("offset", str(answer["next"])),)

    def _stages(self, service: Service) -> dict[str, str]:
        return {str(one["id"]): text_of(one, "text") for one in self._pages(service, "stages")}

    def _reasons(self, service: Service) -> dict[str, tuple[str, str]]:
        """Id -> words, and "hired" or "non-hired"."""
        rows = self._pages(service, "archive_reasons")
        return {str(one["id"]): (text_of(one, "text"), text_of(one, "type")) for one in rows}

    def _resume(self, id: str, service: Service) -> tuple[str, bytes]:
        """The newest one's name and content. What Lever itself could not process is none."""
        rows = [one for one in self._pages(service, f"opportunities/{id}/resumes") if one.get("file")]
        if not rows:
            return "", b""
        newest = max(rows, key=lambda one: int(one.get("createdAt") or 0))
        try:
            file = service.send(Request("GET", f"opportunities/{id}/resumes/{newest['id']}/download"))
        except PushRejected as refused:
            if refused.answered not in (404, 422):
                raise
            return "", b""
        return text_of(newest, "file", "name") or "resume", file.body

    def poll(self, since: Cursor | None, service: Service, jobs: Sequence[str]) -> Iterator[Item | Cursor]:
        began = datetime.now(UTC) - OVERLAP
        recent = (("updated_at_start", since.token),) if since is not None else ()
        for posting in self._pages(service, "postings", *recent):
            if posting.get("state") in (SHOWN if since is not None else OPEN):
                yield posting_intake(posting)
        stages = self._stages(service)
        reasons = self._reasons(service)
        living = () if since is not None else (("archived", "false"),)
        for job in jobs:
            for found in self._pages(service, "opportunities", ("posting_id", job), FULL, *living, *recent):
                ended = archived(found, reasons)
                if ended is not None:
                    yield ended
                    continue
                yield from self._arrived(found, stages, service)
                if since is not None:
                    yield from staged(found, stages)
        if since is not None:
            for gone in self._pages(service, "opportunities/deleted", ("deleted_at_start", since.token)):
                yield Outcome(kind="erased", at=moment(gone.get("deletedAt")), remote_application_id=str(gone["id"]))
        yield Cursor(token=str(int(began.timestamp() * 1000)))

    # ------------------------------------------------------------ writing

    @property
    def _by(self) -> lever_writes.By:
        return (("perform_as", self.settings["perform_as"]),) if self.settings["perform_as"] else ()

    def writes(self, outgoing: Outgoing) -> Sequence[Write]:
        return lever_writes.writes(outgoing, self._by)

    def decide(self, decision: Decision) -> Sequence[Write]:
        return lever_writes.decide(decision, self._by)

    def create(self, handover: Handover) -> Sequence[Write]:
        return lever_writes.create(handover, self._by)

    # ------------------------------------------------------------ setting up

    def check(self, service: Service) -> Iterator[Finding]:
        if not self.settings["api_key"] and not self.settings["client_id"]:
            yield Finding(ok=False, what="Foyer cannot sign in.", cure="Enter an API key, or client id and secret.")
            return
        cure = "Enter the signing token of Lever's webhooks, or nothing is heard of stages, hires and deletions."
        yield signed(self.settings["signing_token"], cure)
        for path in ("postings", "opportunities", "stages", "archive_reasons", "feedback_templates"):
            finding, refused = self._readable(service, path, f"{path}:read:admin")
            yield finding
            if (
                refused is not None and refused.answered is None
            ):  # not reached, or not let in: the rest would say it too
                return
        if not self._by:
            yield Finding(
                ok=False,
                what="Results arrive as a note and a link only.",
                cure="Enter the Lever user id that feedback forms and files are by.",
            )
            return
        yield self._readable(service, f"users/{self.settings['perform_as']}", "users:read:admin")[0]

    @staticmethod
    def _readable(service: Service, path: str, scope: str) -> tuple[Finding, PushRejected | None]:
        try:
            service.send(Request("GET", path, query=(("limit", "1"),)))
        except PushRejected as refused:
            cure = f"Give the key access to {path}, or the application the scope {scope}."
            if refused.answered is None:
                cure = "Check address and keys; with OAuth press 'Authorise'."
            elif refused.answered == 404:
                cure = "There is nothing of this id in Lever. Correct it."
            return Finding(ok=False, what=refused.detail, cure=cure), refused
        return Finding(ok=True, what=f"{path.partition('/')[0]} can be read."), None

    def choices(self, service: Service) -> Mapping[str, Sequence[Choice]]:
        reasons = self._reasons(service).items()
        templates = self._pages(service, "feedback_templates")
        return {
            "templates": [Choice(str(one["id"]), text_of(one, "text")) for one in templates],
            "stages": [Choice(id, text) for id, text in self._stages(service).items()],
            "reasons": [Choice(id, text) for id, (text, kind) in reasons if kind != "hired"],
            "steps": [Choice(str(step), f"{step} of 4") for step in (4, 3, 2, 1)],
        }

    def judge(self, response: Response) -> str | None:
        if response.status < 400:
            return None
        with suppress(ValueError, AttributeError):
            said = response.json
            return f"{said.get('message') or opening(response)} ({said.get('code') or 'no code'})"
        return opening(response)


def _opportunity_of(body: Mapping[str, Any]) -> str:
    return text_of(body, "data", "opportunityId") or text_of(body, "data", "candidateId")
