"""What stands against sending a message, and by which way it goes. `api.outcomes` makes the attempt and records it."""

from __future__ import annotations

from email import message_from_string, policy
from email.message import EmailMessage
from typing import TYPE_CHECKING

from api import bounces, mailing, notices
from integrations.texts import post_chat
from models.errors import EngineError
from models.records import Delivery
from models.store import Store
from models.store.deliveries import INVITING
from models.store.messages import BAD
from models.values import Receipt

if TYPE_CHECKING:
    from api.deps import App

WITHDRAWN = "The invitation was withdrawn before this message went out."
UNDONE = "The rejection was taken back before this message went out."


def obstacle(store: Store, delivery: Delivery) -> str:
    """Why it must not go out; empty: nothing."""
    case = delivery.application_id
    if case is not None and delivery.key.startswith(INVITING):
        interview = store.interview_of(delivery.organisation_id, case)
        if interview is not None and interview.state == "withdrawn":
            return WITHDRAWN
    if case is not None and delivery.key.startswith("rejection:") and not _stands_rejected(store, delivery, case):
        return UNDONE
    if notices.is_silenced(store, delivery):
        return notices.SILENT
    return BAD if bounces.is_bad(store, delivery) else ""


def _stands_rejected(store: Store, delivery: Delivery, application_id: str) -> bool:
    return store.application(delivery.organisation_id, application_id).stage == "rejected"


def send(app: App, delivery: Delivery) -> Receipt:
    """One attempt to reach a person. Raises EngineError, PushRejected."""
    if delivery.kind == "sms":
        return _text(app, delivery)
    if delivery.kind == "chat":
        return _chat(app, delivery)
    with app.database.reading() as store:
        message = mailing.dressed(store, delivery.organisation_id, _message(delivery))
    return app.engines.mailer.send(message)


def _message(delivery: Delivery) -> EmailMessage:
    text = delivery.payload["message"]
    if not text:
        raise EngineError("The resume holds no usable e-mail address. Make a link on the candidate's page instead.")
    return message_from_string(text, _class=EmailMessage, policy=policy.SMTP)


def _text(app: App, delivery: Delivery) -> Receipt:
    with app.database.reading() as store:
        channel = store.texting(delivery.organisation_id)
    if channel is None:
        raise EngineError("No channel for text messages is switched on. Switch one on under Messages, Channels.")
    texter = app.engines.texter(channel.config)
    return texter.send(str(delivery.payload["to"]), str(delivery.payload["text"]), id=delivery.id)


def _chat(app: App, delivery: Delivery) -> Receipt:
    with app.database.reading() as store:
        found = [one for one in store.channels(delivery.organisation_id) if one.id == delivery.payload["channel"]]
    if not found or not found[0].enabled:
        raise EngineError("This channel was removed or switched off.")
    [channel] = found
    said = delivery.payload
    return post_chat(
        channel.kind,
        str(channel.config["url"]),
        str(said["text"]),
        str(said.get("link", "")),
        allow_private=app.settings.webhook_private,
    )
