"""The organisation's messages: its own words, read, changed, previewed and tried. Used by `api.mailing` and by
`api.routes.messages`; `account_letter` is for whoever invites colleagues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from email import policy
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

from api import brandings
from integrations import letters, mail
from integrations.branding import Branding
from integrations.fixed_words import fixed
from integrations.mail import Invitation
from integrations.templates import KINDS, LANGUAGES, Text, checked, language_of, standard
from models.errors import BadRequest
from models.records import Template, new_id
from models.store import Store

if TYPE_CHECKING:
    from api.deps import App
    from api.security import Recruiter

SAMPLE = {"en": ("Robin Sample", "Nurse, night shift"), "de": ("Robin Muster", "Pflegefachkraft im Nachtdienst")}
"""Whom a preview is written to, and for which job."""
BY_ITSELF = ("expiry", "received", "rejection")
"""Kinds that go out by themselves where the organisation has switched them on."""
SAMPLE_ANSWER = {
    "en": "Of course: you can type your answers, and take as long as you need.",
    "de": "Selbstverständlich: Sie können Ihre Antworten tippen und sich alle Zeit nehmen.",
}


def words_of(store: Store, organisation_id: str, language: str) -> dict[str, Text]:
    """Kind -> the organisation's own words, where they differ from the standard ones."""
    return {row.kind: Text(row.subject, row.body) for row in store.templates(organisation_id, language)}


def listed(store: Store, organisation_id: str) -> list[dict[str, Any]]:
    """Every message in every language, JSON types: its words as they hold, and who changed them when."""
    own = {(row.kind, row.language): row for row in store.templates(organisation_id)}
    return [described(own.get((kind, language)), kind, language) for kind in KINDS for language in LANGUAGES]


def described(row: Template | None, kind: str, language: str) -> dict[str, Any]:
    """`row`: the newest version, or None."""
    own = row is not None and row.body != ""
    text = Text(row.subject, row.body) if row is not None and own else standard(kind, language)
    return {
        "kind": kind,
        "name": KINDS[kind].name,
        "when": KINDS[kind].when,
        "fixed": KINDS[kind].fixed,
        "language": language,
        "placeholders": list(KINDS[kind].placeholders),
        "subject": text.subject,
        "body": text.body,
        "own": own,
        "version": row.version if row is not None else 0,
        "author": row.author if row is not None else None,
        "at": row.at.isoformat() if row is not None else None,
    }


def save(
    app: App, who: Recruiter, kind: str, language: str, subject: str, body: str, based_on: int | None = None
) -> Template:
    """Raises BadRequest for unknown placeholders with those there are, Conflict where somebody else was faster."""
    standard(kind, language)
    text = checked(kind, subject, body)
    return _keep(app, who, kind, language, text, based_on)


def reset(app: App, who: Recruiter, kind: str, language: str) -> Template:
    """The standard words again; the versions stay."""
    standard(kind, language)
    return _keep(app, who, kind, language, Text("", ""), None)


def _keep(app: App, who: Recruiter, kind: str, language: str, text: Text, based_on: int | None) -> Template:
    with app.database.store() as store:
        return store.add_template(
            who.organisation_id,
            kind,
            language,
            subject=text.subject,
            body=text.body,
            author=who.actor,
            based_on=based_on,
            now=app.now,
        )


def sends(store: Store, organisation_id: str) -> list[str]:
    """Kinds that go out by themselves."""
    branding = store.branding(organisation_id)
    return list(branding.sends) if branding is not None else []


def set_sends(app: App, who: Recruiter, kinds: Sequence[str]) -> None:
    """Raises BadRequest for a kind that does not go out by itself."""
    if unknown := [kind for kind in kinds if kind not in BY_ITSELF]:
        raise BadRequest(f"By themselves go out {', '.join(BY_ITSELF)}; not {unknown[0]!r}.")
    chosen = [kind for kind in BY_ITSELF if kind in kinds]
    with app.database.store() as store:
        store.set_sends(who.organisation_id, chosen, by=who.actor, now=app.now)


# ---------------------------------------------------------------- looking at them


def preview(app: App, organisation_id: str, kind: str, language: str, text: Text | None, to: str = "") -> EmailMessage:
    """The message to a sample person, with these words, or (None) with those that hold. Raises BadRequest."""
    standard(kind, language)
    with app.database.reading() as store:
        branding = brandings.branding_of(app, store, organisation_id)
        texts = words_of(store, organisation_id, language)
        name, job = SAMPLE[language]
        sample = Invitation(
            candidate_name=name,
            candidate_email=to or "robin@example.com",
            organisation=brandings.employer(store, organisation_id, branding),
            job_title=job,
            minutes=20,
            link=f"{app.settings.base_url.rstrip('/')}/i/...",
            expires=app.now + timedelta(days=app.settings.voice.link_days),
            contact=branding.contact,
            sender=app.settings.mail.sender,
            language=language,
            zone=brandings.zone_of(None, branding),
            branding=branding,
            texts={**texts, **({kind: text} if text is not None else {})},
        )
    return written(kind, sample, key=f"preview:{new_id()}", now=app.now)


def written(kind: str, invited: Invitation, *, key: str, now: datetime, answer: str = "") -> EmailMessage:
    """Any message of KINDS. `answer`: what was answered; a sample where nothing was."""
    if kind == "invitation":
        return mail.invitation(invited, key=key, now=now)
    if kind == "answer":
        return letters.answered(invited, answer or SAMPLE_ANSWER[invited.language], key=key, now=now)
    if kind in ("rejection", "advance"):
        return letters.decided(kind, invited, key=key, now=now)
    if kind in ("account_invitation", "password_reset"):
        return letters.account(kind, invited, key=key, now=now)
    plain = {
        "reminder": mail.reminder,
        "received": mail.received,
        "expiry": letters.expired,
        "alternative": letters.alternative,
        "taken_back": letters.taken_back,
    }
    return plain[kind](invited, key=key, now=now)


def parts(message: EmailMessage) -> dict[str, str]:
    """What people see of it: subject, text, html."""
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    return {
        "from": str(message["From"]),
        "reply_to": str(message["Reply-To"] or ""),
        "subject": str(message["Subject"]),
        "text": plain.get_content() if plain is not None else "",
        "html": page.get_content() if page is not None else "",
    }


def send_test(app: App, who: Recruiter, kind: str, language: str, text: Text | None, to: str) -> str:
    """The preview, to an address of one's own, through the same way as every message. Returns the delivery's id.
    Raises BadRequest."""
    to = brandings.address(to)
    if not to:
        raise BadRequest("Say to which address the test goes.")
    message = preview(app, who.organisation_id, kind, language, text, to)
    subject = str(message["Subject"])
    del message["Subject"]
    message["Subject"] = f"[Test] {subject}"
    with app.database.store() as store:
        delivery, _ = store.add_delivery(
            who.organisation_id,
            kind="email",
            key=f"test:{new_id()}",
            payload={"message": message.as_string(policy=policy.SMTP)},
            subject=who.organisation_id,
            now=app.now,
        )
        store.record_deed(
            who.organisation_id, "message.tested", kind="delivery", of=delivery.id, details={"what": kind}
        )
    return delivery.id


def pictured(kind: str, language: str, message: EmailMessage, branding: Branding) -> dict[str, Any]:
    """A message for a page of the console, which can show no other page's styles: its paragraphs, and where the button
    stands among them."""
    text, words = parts(message)["text"], fixed(language)
    button = words.account if kind.startswith(("account", "password")) else words.button
    blocks: list[dict[str, Any]] = []
    for block in text.strip().split("\n\n"):
        first, _, rest = block.partition("\n")
        if first == f"{button}:" and rest.startswith("http"):
            blocks.append({"kind": "button", "text": button, "link": rest})
        elif all(line.startswith("- ") for line in block.split("\n")):
            facts = [line[2:].partition(": ") for line in block.split("\n")]
            blocks.append({"kind": "facts", "facts": [(name, said) for name, _, said in facts]})
        else:
            blocks.append({"kind": "text", "text": block})
    return {**parts(message), "blocks": blocks, "branding": branding, "language": language}


# ---------------------------------------------------------------- people with accounts


def account_letter(
    app: App,
    store: Store,
    organisation_id: str,
    kind: str,
    *,
    name: str,
    email: str,
    link: str,
    expires: datetime,
    key: str,
    language: str = "en",
) -> EmailMessage:
    """`kind`: account_invitation or password_reset. Raises BadRequest for an address that is none."""
    language, branding = language_of(language), brandings.branding_of(app, store, organisation_id)
    facts: Mapping[str, Any] = {
        "candidate_name": name,
        "candidate_email": email,
        "organisation": brandings.employer(store, organisation_id, branding),
        "job_title": "",
        "minutes": 0,
        "link": link,
        "expires": expires,
        "contact": branding.contact,
        "sender": app.settings.mail.sender,
        "language": language,
        "zone": brandings.zone_of(None, branding),
        "branding": branding,
        "texts": words_of(store, organisation_id, language),
    }
    return written(kind, Invitation(**facts), key=key, now=app.now)
