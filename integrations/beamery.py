"""Beamery: a CRM whose pools are read for people; results are notes. As far as the facts carry.

Documented by the vendor: hosts, signing in (`GET auth` with user and password), limits, that there are contacts, pools
and vacancies. Known from public clients: the list of contacts by when they were changed, that a contact names its pools
in "lists", the names of the other resources. Unverified are all paths in `UNVERIFIED`, the bodies that go with them and
what the sign-in calls its token: nobody has shown them. Not known at all: webhooks, deletions, OAuth2 bodies.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from integrations import summary
from integrations.auth import Send, Tokens, basic_value
from integrations.crm import pool_for, pools, readable
from integrations.http import opening
from integrations.paging import Turning
from integrations.vendor import Vendor, always, containing, instant, reference, text_of
from models.engines import Service
from models.errors import PushRejected
from models.exchange import (
    About,
    CandidateIntake,
    Capabilities,
    Choice,
    Cursor,
    Finding,
    Item,
    JobIntake,
    Lookup,
    Outcome,
    Outgoing,
    Request,
    Response,
    Setting,
    Target,
    Write,
)
from models.sentences import N_

UNVERIFIED: Mapping[str, str] = {
    "pools": "pools",
    "vacancies": "vacancies",
    "files": "contact/{id}/attachments",
    "notes": "contact/{id}/notes",
    "members": "pool/{id}/contacts",
}
PAGE = 150
LONG_AGO = "2000-01-01T00:00:00Z"
KEPT = 1_500.0
"""Seconds that a token is used: how long it lives nobody says; a refused one is had anew."""


@dataclass(frozen=True)
class SignIn:
    """User and password for a token, which goes as it is into the Authorization header."""

    address: str
    user: str
    password: str

    def apply(self, request: Request, tokens: Tokens, send: Send) -> Request:
        access = self._valid(tokens)
        if not access:
            with tokens.alone():
                access = self._valid(tokens) or self._ask(tokens, send)
        return replace(request, headers={**request.headers, "authorization": access})

    def renew(self, tokens: Tokens, refused: Request) -> bool:  # noqa: ARG002 - whatever was refused
        with tokens.alone():
            tokens.write({})
        return True

    @staticmethod
    def _valid(tokens: Tokens) -> str:
        kept = tokens.read()
        return kept.get("access", "") if float(kept.get("expires_at") or 0) > time.time() else ""

    def _ask(self, tokens: Tokens, send: Send) -> str:
        headers = {"authorization": basic_value(self.user, self.password)}
        answer = send(Request("GET", f"{self.address}/auth", headers=headers, bare=True))
        try:
            said = answer.json
        except ValueError:
            said = None
        access = text_of(said, "token") or text_of(said, "access_token") if isinstance(said, Mapping) else said
        if not isinstance(access, str) or not access:
            raise PushRejected("Beamery signed in without a token. Check user and password.", scope=True)
        tokens.write({"access": access, "expires_at": str(time.time() + KEPT)})
        return access


class Beamery(Vendor):
    about = About(
        vendor="beamery",
        name="Beamery",
        kind="crm",
        base_url="{address}",
        settings=(
            Setting("user", N_("API user"), N_("Beamery's support sets it up.")),
            Setting("password", N_("Password"), secret=True),
            Setting(
                "address",
                N_("Address"),
                N_("EU: https://frontier.beamery.eu/v1"),
                default="https://frontier.beamery.com/v1",
            ),
        ),
        can=Capabilities(jobs="unverified", candidates="from public code", text="unverified", tell="unverified"),
        mapped=pools("pools", "Pool"),
        register=(
            "Ask Beamery's support for an API user that may read contacts, pools and attachments and write notes.",
            "Try the connection on a test pool first: several of its calls are not documented in public.",
        ),
        per_second=30,
    )

    def auth(self) -> SignIn:
        return SignIn(self.settings["address"].rstrip("/"), self.settings["user"], self.settings["password"])

    def judge(self, response: Response) -> str | None:
        return opening(response) if response.status >= 400 else None

    # ------------------------------------------------------------ reading

    def poll(self, since: Cursor | None, service: Service, jobs: Sequence[str]) -> Iterator[Item | Cursor]:
        """Contacts come by when they were changed, so the last of a page is where to go on from."""
        for one in rows(service.send(Request("GET", UNVERIFIED["pools"])), "pools"):
            yield JobIntake(remote_id=str(one["id"]), title=text_of(one, "name"), kind="pool")
        after, offset = since.token if since is not None else LONG_AGO, 0
        wanted, last, turning = set(jobs), after, Turning()
        while wanted:
            found = rows(service.send(contacts(after, offset)), "contacts")
            turning([each["id"] for each in found])
            for contact in found:
                own = [str(one["id"]) for one in contact.get("lists") or () if str(one["id"]) in wanted]
                filename, content = self._file(str(contact["id"]), service) if own else ("", b"")
                yield from (intake(contact, pool, filename, content) for pool in own)
                last = text_of(contact, "updatedTime") or last
            if not found:
                break
            offset += len(found)
        yield Cursor(token=last)

    @staticmethod
    def _file(contact: str, service: Service) -> tuple[str, bytes]:
        """Unverified. Where there is no such path people come without their file."""
        try:
            found = rows(service.send(Request("GET", UNVERIFIED["files"].format(id=contact))), "attachments")
        except PushRejected as refused:
            if refused.answered != 404:
                raise
            return "", b""
        files = [one for one in found if text_of(one, "url")]
        if not files:
            return "", b""
        newest = max(files, key=lambda one: text_of(one, "createdTime"))
        file = service.send(Request("GET", text_of(newest, "url"), bare=True))
        return text_of(newest, "name") or "resume", file.body

    # ------------------------------------------------------------ writing

    def writes(self, outgoing: Outgoing) -> Sequence[Write]:
        result, candidate = outgoing.result, outgoing.target.candidate
        return (self._note(candidate, summary.note(result), summary.marker(result)),) if candidate else ()

    def tell(self, outcome: Outcome, target: Target, mapping: Mapping[str, str]) -> Sequence[Write]:
        """A note; and who was not selected goes back to a pool, who was hired into another."""
        if not target.candidate:
            return ()
        note = self._note(target.candidate, summary.outcome_note(outcome), summary.outcome_mark(outcome))
        pool = pool_for(outcome, target, mapping)
        return (note, self._joins(target.candidate, pool)) if pool else (note,)

    @staticmethod
    def _note(contact: str, text: str, mark: str) -> Write:
        path = UNVERIFIED["notes"].format(id=contact)
        return Write(
            "note",
            f"A note on contact {contact}.",
            always(Request("POST", path, json={"text": text})),
            containing(Request("GET", path), mark),
            reference("id"),
        )

    @staticmethod
    def _joins(contact: str, pool: str) -> Write:
        def there(answer: Response) -> str | None:
            found = answer.json or {}
            listed = [str(one["id"]) for one in (found.get("contact") or found).get("lists") or ()]
            return "" if pool in listed else None

        body = {"contactIds": [contact]}
        return Write(
            "pool",
            f"Put contact {contact} into pool {pool}.",
            always(Request("POST", UNVERIFIED["members"].format(id=pool), json=body)),
            Lookup(always(Request("GET", f"contact/{contact}")), there),
            look_first=True,
        )

    # ------------------------------------------------------------ setting up

    def check(self, service: Service) -> Iterator[Finding]:
        yield readable(service, "contacts", "Let the API user read contacts.", **dict(contacts(LONG_AGO, 0).query))
        yield readable(service, UNVERIFIED["pools"], "Let the API user read pools; the path is unverified.")

    def choices(self, service: Service) -> Mapping[str, Sequence[Choice]]:
        found = rows(service.send(Request("GET", UNVERIFIED["pools"])), "pools")
        return {"pools": [Choice(str(one["id"]), text_of(one, "name")) for one in found]}


# ---------------------------------------------------------------- theirs -> ours


def contacts(after: str, offset: int) -> Request:
    query = (
        ("updated_at", after),
        ("updated_at_op", "gte"),
        ("limit", str(PAGE)),
        ("offset", str(offset)),
        ("sort_order", "asc"),
        ("sort_field", "updatedAt"),
    )
    return Request("GET", "contacts", query=query)


def rows(answer: Response, name: str) -> list[dict[str, Any]]:
    found = answer.json
    if isinstance(found, Mapping):
        found = found.get(name)
    return list(found) if isinstance(found, list) else []


def intake(contact: Mapping[str, Any], pool: str, filename: str, content: bytes) -> CandidateIntake:
    emails = [text_of(contact, "primaryEmail"), *(str(one) for one in contact.get("emails") or ())]
    phones = contact.get("phones") or ()
    return CandidateIntake(
        filename=filename,
        content=content,
        name=f"{text_of(contact, 'firstName')} {text_of(contact, 'lastName')}".strip() or None,
        email=next(filter(None, emails), None),
        phone=str(phones[0]) if phones and isinstance(phones[0], str) else None,
        external_id=str(contact["id"]),
        source="Beamery",
        origin="pool",
        remote_candidate_id=str(contact["id"]),
        remote_job_id=pool,
        applied_at=instant(text_of(contact, "createdTime")),
    )
