"""What recruiters are told: a new report, a candidate who asks, a batch that is read, a message that cannot be
delivered, somebody on whom nobody has decided for days. By mail or into a chat, at once or once a day. The sweep
asks here.

It carries no personal data: the job's title and a link that asks for a sign-in. Nothing is kept of news: they are read
from what happened, and a delivery's key makes each go out once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email import policy
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from api import brandings, mailing
from integrations.mail import Envelope, compose
from models.errors import BadRequest
from models.records import Subscription
from models.sentences import N_
from models.store import Store

if TYPE_CHECKING:
    from api.deps import App

NEWS = {
    "report": N_("A report is there"),
    "request": N_("A candidate asks for something"),
    "batch": N_("A batch of files has been read"),
    "failing": N_("A message or result cannot be delivered"),
    "undecided": N_("Nobody has decided for some days"),
}
"""What can be told."""
SETTLES = timedelta(seconds=20)
"""What is younger may not be committed yet."""
DAILY_HOUR = 7
"""Of the organisation's own clock."""
LONGEST_BACK = timedelta(days=7)
LISTED = 20


@dataclass(frozen=True, slots=True)
class Item:
    """`key` names what happened; `link`: where it is seen."""

    key: str
    text: str
    link: str


def tell(app: App) -> int:
    """Whatever is due to be told; returns how many messages were queued."""
    with app.database.asking() as system:
        organisations = system.told()
    queued = 0
    for organisation_id in organisations:
        with app.database.reading() as store:
            due = [one.id for one in store.subscriptions(organisation_id) if one.enabled]
        for id in due:
            with app.database.store() as store:
                queued += _tell(app, store, store.subscription(organisation_id, id, lock=True))
    return queued


def _tell(app: App, store: Store, told: Subscription) -> int:
    until = app.now - SETTLES
    since = max(told.told_until, until - LONGEST_BACK)
    if until <= since:
        return 0
    if told.daily:
        zone = ZoneInfo(brandings.zone_of(None, brandings.branding_of(app, store, told.organisation_id)))
        morning = app.now.astimezone(zone).replace(hour=DAILY_HOUR, minute=0, second=0, microsecond=0)
        if app.now < morning or told.told_until >= morning:
            return 0
    items = gather(app, store, told, since, until)
    told.told_until = until
    if not items:
        return 0
    if told.daily:
        _queue(app, store, told, f"digest:{told.id}:{until:%Y-%m-%d}", _digest(app, items))
        return 1
    for item in items:
        _queue(app, store, told, f"news:{told.id}:{item.key}", item)
    return len(items)


def gather(app: App, store: Store, told: Subscription, since: datetime, until: datetime) -> list[Item]:
    """What happened of what they want to hear, in the order of NEWS."""
    own, days = told.organisation_id, timedelta(days=told.undecided_days)
    found: dict[str, Callable[[], list[tuple[str, str, str]]]] = {
        "report": lambda: store.new_reports(own, since, until),
        "request": lambda: store.new_requests(own, since, until),
        "batch": lambda: store.finished_batches(own, since, until),
        "failing": lambda: store.given_up(own, since, until),
        "undecided": lambda: store.left_undecided(own, until - days, since - days),
    }
    return [_item(app, kind, *each) for kind in NEWS if kind in told.news for each in found[kind]()]


def _item(app: App, kind: str, id: str, leads_to: str, title: str) -> Item:
    paths = {
        "report": f"/applications/{leads_to}",
        "request": f"/applications/{leads_to}#requests",
        "batch": f"/jobs/{leads_to}",
        "failing": "/messages?state=failed" if leads_to in ("email", "sms", "chat") else "/deliveries",
        "undecided": f"/applications/{leads_to}",
    }
    text = f"{NEWS[kind]}: {title}" if title else NEWS[kind]
    return Item(f"{kind}:{id}", text, mailing.address_of(app, paths[kind]))


def _digest(app: App, items: Sequence[Item]) -> Item:
    lines = [f"- {one.text}\n  {one.link}" for one in items[:LISTED]]
    if len(items) > LISTED:
        lines.append(f"- and {len(items) - LISTED} more")
    counted = f"{len(items)} piece{'s' if len(items) != 1 else ''} of news"
    return Item("", "\n".join([f"{counted}:", *lines]), mailing.address_of(app, "/"))


def _queue(app: App, store: Store, told: Subscription, key: str, item: Item) -> None:
    own = told.organisation_id
    if told.channel_id is not None:
        payload = {"channel": told.channel_id, "text": item.text, "link": item.link, "to": "channel"}
        store.add_delivery(own, kind="chat", key=key[:200], payload=payload, subject=own, now=app.now)
        return
    first, _, rest = item.text.partition("\n")
    branding = brandings.branding_of(app, store, own)
    try:
        message = compose(
            Envelope(app.settings.mail.sender, "", told.email or "", key, app.now, branding=branding),
            subject=first.rstrip(":"),
            opening=[first, *([rest] if rest else [])],
            button=("Open Foyer", item.link),
            facts=[],
            closing=[
                "You are told because somebody asked for it under Messages, Channels. It can be switched off there."
            ],
        )
    except BadRequest:
        return
    text = message.as_string(policy=policy.SMTP)
    store.add_delivery(own, kind="email", key=key[:200], payload={"message": text}, subject=own, now=app.now)
