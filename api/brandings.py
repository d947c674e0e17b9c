"""The employer's branding, kept and shown: in messages (`api.mailing`) and on the candidate's pages. Routes are in
`api.routes.messages`."""

from __future__ import annotations

from collections.abc import Mapping
from email.errors import MessageError
from email.headerregistry import Address
from email.utils import parseaddr
from typing import TYPE_CHECKING, Any

from integrations import branding as brandings
from integrations.branding import Branding
from interview.slots import zone_named
from models.errors import BadRequest
from models.records import Interview
from models.store import Store
from models.store.writing import BRANDING_CLEAR, BRANDING_SEALED

if TYPE_CHECKING:
    from api.deps import App

LONGEST = {"name": 200, "contact_name": 200, "address": 500, "zone": 64, "accent": 7, "contact": 254, "reply_to": 254}
FIELDS = (*BRANDING_CLEAR, *BRANDING_SEALED)


def branding_of(app: App, store: Store, organisation_id: str) -> Branding:
    """As it is shown: an address that nobody gave is the installation's, where somebody reads it."""
    row = store.branding(organisation_id)
    if row is None:
        return Branding(contact=own_contact(app))
    return Branding(
        name=row.name,
        contact_name=row.contact_name or "",
        contact=row.contact or own_contact(app),
        address=row.address,
        reply_to=row.reply_to or "",
        accent=row.accent,
        zone=row.zone,
        logo=row.logo_sha256 or "",
    )


def own_contact(app: App) -> str:
    """The sender's address; empty when it takes no mail."""
    address = parseaddr(app.settings.mail.sender)[1]
    local, _, domain = address.partition("@")
    return "" if domain in ("", "localhost") or local.replace("-", "") == "noreply" else address


def employer(store: Store, organisation_id: str, branding: Branding) -> str:
    return branding.name or store.organisation(organisation_id).name


def zone_of(interview: Interview | None, branding: Branding) -> str:
    """In which times are told to the candidate: their browser's, else the organisation's."""
    return zone_named((interview.zone if interview is not None else None) or branding.zone)


def shown(organisation_id: str, branding: Branding) -> dict[str, Any]:
    """For `candidate.html`: where logo and colour lie, empty where there are none."""
    base = f"/branding/{organisation_id}"
    return {
        "logo": f"{base}/logo.png?v={branding.logo[:12]}" if branding.logo else "",
        "style": f"{base}/branding.css?v={branding.accent.removeprefix('#')}" if branding.accent else "",
    }


def change(app: App, organisation_id: str, said: Mapping[str, str], *, by: str) -> Branding:
    """What is said is checked and kept, the rest stays. Raises BadRequest."""
    clean = {name: _checked(name, said[name]) for name in FIELDS if name in said}
    with app.database.store() as store:
        store.set_branding(organisation_id, clean, by=by, now=app.now)
        return branding_of(app, store, organisation_id)


def change_logo(app: App, organisation_id: str, content: bytes | None, *, by: str) -> Branding:
    """None takes it away. Raises BadRequest."""
    drawn, sha256 = brandings.logo(content) if content is not None else (None, None)
    with app.database.store() as store:
        store.set_logo(organisation_id, drawn, sha256, by=by, now=app.now)
        return branding_of(app, store, organisation_id)


def _checked(name: str, text: str) -> str:
    lines = [" ".join(line.split()) for line in text.strip().splitlines()] if name == "address" else [text.strip()]
    clean = "\n".join(line for line in lines if line) if name == "address" else " ".join(text.split())
    if len(clean) > LONGEST[name] or any(ord(char) < 32 and char != "\n" for char in clean):
        raise BadRequest(f"{name}: at most {LONGEST[name]} characters, without control characters.")
    if name == "accent":
        return brandings.accent(clean)
    if name == "zone":
        if zone_named(clean) != clean:
            raise BadRequest(f"There is no time zone {clean!r}. Choose one such as Europe/Berlin.")
        return clean
    return address(clean) if name in ("contact", "reply_to") else clean


def address(text: str) -> str:
    """An e-mail address that can be written to, or empty. Raises BadRequest."""
    if not text.strip():
        return ""
    try:
        found = Address(addr_spec=text.strip())
        if not found.username or "." not in found.domain:
            raise ValueError(text)
    except (ValueError, IndexError, MessageError) as broken:
        raise BadRequest(f"{text!r} is no e-mail address. Write one like people@example.com.") from broken
    return found.addr_spec
