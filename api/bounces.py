"""Mail that came back: whose it was, and what follows. A hard bounce marks the address; nothing more goes there until a
person corrects it. Notifications come by `POST /v1/bounces`, or lie in FOYER_HOME/bounces (a maildir, or an mbox file)
where the sweep takes them."""

from __future__ import annotations

import mailbox
from collections.abc import Iterator
from email import message_from_string, policy
from email.headerregistry import Address
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from api import brandings
from integrations.bounces import Bounce, read
from models.errors import BadRequest
from models.records import Application, Delivery
from models.store import Store

if TYPE_CHECKING:
    from api.deps import App

log = structlog.get_logger("foyer.bounces")

FOLDER = "bounces"
AT_ONCE = 200
"""Messages of one look into the folder."""


def take(app: App, organisation_id: str, content: bytes) -> list[dict[str, Any]]:
    """What became of each bounce in it, JSON types. Raises BadRequest."""
    return [_taken(app, organisation_id, bounce) for bounce in read(content)]


def _taken(app: App, organisation_id: str, bounce: Bounce) -> dict[str, Any]:
    with app.database.store() as store:
        delivery = _delivery(store, organisation_id, bounce)
        known = delivery is not None and store.record_bounce(organisation_id, delivery.id, bounce.reason, at=app.now)
        marked = False
        if bounce.hard:
            for candidate in store.called_by_address(organisation_id, bounce.recipient):
                store.mark_address(organisation_id, candidate.id, bounce.reason, now=app.now)
                marked = True
    return {
        "recipient": bounce.recipient,
        "hard": bounce.hard,
        "delivery_id": delivery.id if delivery is not None else None,
        "recorded": known,
        "address_marked": marked,
    }


def _delivery(store: Store, organisation_id: str, bounce: Bounce) -> Delivery | None:
    """By the message's id; a relay that does not tell it means the newest to that address."""
    if bounce.message_id:
        return store.message_called(organisation_id, bounce.message_id)
    people = store.called_by_address(organisation_id, bounce.recipient)
    return store.last_mail(organisation_id, people[0].id) if len(people) == 1 else None


# ---------------------------------------------------------------- the folder


def collect(app: App) -> int:
    """Whatever lies there: read, acted on and removed; returns how many. What names no message of ours is dropped:
    anybody can write to the address that mail comes back to, so only one who knows a message's id is believed."""
    path, taken = app.settings.home / FOLDER, 0
    for box, key, content in _lying(path):
        try:
            for bounce in read(content):
                _from_outside(app, bounce)
        except BadRequest as odd:
            log.info("bounce.unread", detail=odd.detail)
        box.remove(key)
        box.flush()
        taken += 1
    return taken


def _lying(path: Path) -> Iterator[tuple[mailbox.Mailbox[Any], str, bytes]]:
    if path.is_dir() and (path / "new").is_dir() and (path / "cur").is_dir():
        box: mailbox.Mailbox[Any] = mailbox.Maildir(path, create=False)
    elif path.is_file():
        box = mailbox.mbox(path, create=False)
    else:
        return
    box.lock()
    try:
        for key in list(box.keys())[:AT_ONCE]:
            yield box, key, box.get_bytes(key)
    finally:
        box.unlock()
        box.close()


def _from_outside(app: App, bounce: Bounce) -> None:
    with app.database.asking() as system:
        found = system.message_called(bounce.message_id) if bounce.message_id else None
    if found is None:
        log.info("bounce.unknown", message=bounce.message_id)
        return
    organisation_id, delivery_id = found
    with app.database.store() as store:
        delivery = store.delivery(organisation_id, delivery_id)
        if recipient_of(delivery).lower() != bounce.recipient.lower():
            log.info("bounce.elsewhere", message=bounce.message_id)  # a forward bounced further on
            return
    _taken(app, organisation_id, bounce)


# ---------------------------------------------------------------- the address


def recipient_of(delivery: Delivery) -> str:
    """Of an e-mail, as it is addressed; empty where it never had a usable address."""
    text = str(delivery.payload.get("message", ""))
    to = message_from_string(text, _class=EmailMessage, policy=policy.SMTP)["To"] if text else None
    return to.addresses[0].addr_spec if to is not None and to.addresses else ""


def correct(app: App, organisation_id: str, candidate_id: str, email: str, *, again: bool = False) -> int:
    """Messages that have not arrived go to the new address, those that wait as they are due; with `again` those that
    came back or were given up too, now. Returns how many go out again. Raises NotFound, BadRequest, Conflict."""
    address = brandings.address(email)
    if not address:
        raise BadRequest("Write the address that mail reaches them at.")
    sent = 0
    with app.database.store() as store:
        former = (store.candidate(organisation_id, candidate_id).email or "").lower()
        store.correct_address(organisation_id, candidate_id, address)
        for delivery in store.mails_to(organisation_id, candidate_id):
            if not former or recipient_of(delivery).lower() != former:
                continue  # what goes to the employer about them
            store.rewrite(organisation_id, delivery.id, _addressed_to(str(delivery.payload["message"]), address))
            if again and delivery.state in ("dead", "bounced"):
                store.replay_delivery(organisation_id, delivery.id, app.now)
                sent += 1
    return sent


def _addressed_to(message: str, email: str) -> str:
    parsed = message_from_string(message, _class=EmailMessage, policy=policy.SMTP)
    name = parsed["To"].addresses[0].display_name
    del parsed["To"]
    parsed["To"] = Address(display_name=name, addr_spec=email)
    return parsed.as_string(policy=policy.SMTP)


def is_bad(store: Store, delivery: Delivery) -> bool:
    """A message to an address that mail comes back from."""
    if delivery.kind != "email" or delivery.application_id is None:
        return False
    candidate = store.application(delivery.organisation_id, delivery.application_id).candidate
    if candidate.bounced_at is None:
        return False
    return recipient_of(delivery).lower() == (candidate.email or "").strip().lower()


def of(application: Application) -> dict[str, Any] | None:
    """What stands against the address, JSON types; None: nothing."""
    candidate = application.candidate
    if candidate.bounced_at is None:
        return None
    return {"since": candidate.bounced_at.isoformat(), "reason": candidate.bounce or "", "email": candidate.email or ""}
