"""E-mail: how Foyer writes to people, the invitation's words, and two ways to hand messages over. Called by the
delivery step of `api.pipeline`; `api.wiring` picks the Mailer. Codes, booked times and answers are in `letters`.

Messages are pure functions of their arguments: the Message-ID comes from a key, so a retried delivery is the same
message and mail systems can drop the repeat.
"""

from __future__ import annotations

import hashlib
import os
import re
import smtplib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.utils import format_datetime, parseaddr
from html import escape
from pathlib import Path

from integrations.branding import STANDARD, UNKNOWN, Branding
from integrations.fixed_words import filled as facts_in
from integrations.fixed_words import fixed, moment
from integrations.templates import Text, filled, paragraphs, standard
from models.errors import BadRequest, EngineError
from models.settings import Mail
from models.values import Receipt
from models.visible import visible

_SMTP_SECONDS = 30.0


# ---------------------------------------------------------------- words


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an invitation says. Times are UTC, told in `zone`; `contact` is an address that somebody reads, or empty.
    `texts`: the employer's own words by kind, where they differ from the standard ones."""

    candidate_name: str
    candidate_email: str
    organisation: str
    job_title: str
    minutes: int
    link: str
    expires: datetime
    contact: str
    sender: str
    language: str = "en"
    zone: str = "UTC"
    branding: Branding = UNKNOWN
    texts: Mapping[str, Text] = field(default_factory=dict)
    number: str = ""
    code: str = ""
    """To be dialled and entered, where the interview may be held by telephone."""


def to_candidate(invited: Invitation, key: str, now: datetime) -> Envelope:
    return Envelope(
        invited.sender,
        invited.candidate_name,
        invited.candidate_email,
        key,
        now,
        branding=invited.branding,
        language=invited.language,
        link=invited.link,
    )


def regards(invited: Invitation) -> str:
    branding = invited.branding
    lines = [fixed(invited.language).regards, branding.contact_name, invited.organisation, branding.address]
    return "\n".join(line for line in lines if line)


def hello(invited: Invitation) -> str:
    """Not every resume tells a name."""
    return f"Hello {invited.candidate_name}," if invited.candidate_name else "Hello,"


def ask(invited: Invitation) -> str:
    """How to reach a person, as part of a sentence. Where nobody reads mail, there is the page behind the link."""
    words = fixed(invited.language)
    return words.write_to.format(contact=invited.contact) if invited.contact else words.ask_there


def until(invited: Invitation) -> str:
    return moment(invited.expires, invited.zone, invited.language)


def worded(invited: Invitation, kind: str) -> tuple[str, list[str]]:
    """Subject and paragraphs: the employer's own words, or the standard ones."""
    text = invited.texts.get(kind) or standard(kind, invited.language)
    values = {
        "candidate": invited.candidate_name,
        "job": invited.job_title,
        "employer": invited.organisation,
        "contact": invited.contact,
        "contact_name": invited.branding.contact_name,
        "link": invited.link,
        "expires": until(invited),
        "minutes": str(invited.minutes),
        "name": invited.candidate_name,
    }
    return filled(text.subject, values), paragraphs(filled(text.body, values))


def invitation(invited: Invitation, *, key: str, now: datetime, notices: Sequence[str] = ()) -> EmailMessage:
    """`key` names the occasion (the invitation's id): the same key gives the same Message-ID. `notices`: what the law
    wants said with it."""
    return _inviting("invitation", invited, key, now, notices)


def reminder(invited: Invitation, *, key: str, now: datetime) -> EmailMessage:
    """The invitation again, shortly before it ends."""
    return _inviting("reminder", invited, key, now, ())


def _inviting(kind: str, invited: Invitation, key: str, now: datetime, notices: Sequence[str]) -> EmailMessage:
    words, (subject, opening) = fixed(invited.language), worded(invited, kind)
    facts = facts_in(words.facts, employer=invited.organisation, minutes=str(invited.minutes))
    return compose(
        to_candidate(invited, key, now),
        subject=subject,
        opening=opening,
        button=(words.button, invited.link),
        facts=[*facts, *_by_telephone(invited), (words.until, until(invited))],
        closing=[words.alternative.format(ask=ask(invited)), *notices, regards(invited)],
    )


def _by_telephone(invited: Invitation) -> list[tuple[str, str]]:
    if not invited.number:
        return []
    name, text = fixed(invited.language).telephone
    return [(name, text.format(number=invited.number, code=invited.code))]


def received(invited: Invitation, *, key: str, now: datetime) -> EmailMessage:
    """Thanks after a completed interview. Promises nothing but what happens next."""
    subject, opening = worded(invited, "received")
    return compose(
        to_candidate(invited, key, now),
        subject=subject,
        opening=opening,
        button=None,
        facts=[],
        closing=[fixed(invited.language).rights.format(ask=ask(invited)), regards(invited)],
    )


# ---------------------------------------------------------------- message


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who writes to whom. `key` names the occasion, for the Message-ID; `link`: an address within the words that may be
    pressed."""

    sender: str
    name: str
    email: str
    key: str
    now: datetime
    branding: Branding = UNKNOWN
    language: str = "en"
    link: str = ""


def compose(
    envelope: Envelope,
    *,
    subject: str,
    opening: Sequence[str],
    button: tuple[str, str] | None,
    facts: Sequence[tuple[str, str]],
    closing: Sequence[str],
    calendar: tuple[bytes, str] | None = None,
) -> EmailMessage:
    """The words as text and as a page. `calendar`: an iCalendar file to attach, and its METHOD. Raises BadRequest for
    an address that is none."""
    message = EmailMessage(policy=policy.SMTP)
    token = hashlib.sha256(envelope.key.encode()).hexdigest()[:32]
    try:
        message["From"] = _from(envelope)
        message["To"] = Address(display_name=_one_line(envelope.name), addr_spec=envelope.email.strip())
        if reply_to := envelope.branding.reply_to or envelope.branding.contact:
            message["Reply-To"] = Address(addr_spec=reply_to)
        message["Subject"] = _one_line(subject)
        message["Date"] = format_datetime(envelope.now.astimezone(UTC))
        message["Message-ID"] = f"<{token}@{_domain(envelope.sender)}>"
    except (ValueError, IndexError, MessageError) as broken:
        raise BadRequest(f"'{envelope.email}' is not an e-mail address Foyer can write to. Correct it.") from broken
    message["Auto-Submitted"] = "auto-generated"
    subject, opening, closing = visible(subject), list(map(visible, opening)), list(map(visible, closing))
    facts = [(name, visible(text)) for name, text in facts]
    message.set_content(_plain(opening, button, facts, closing))
    message.add_alternative(_html(envelope, subject, opening, button, facts, closing), subtype="html")
    message.set_boundary(f"=_{token}")  # the default is random, and a retry must be the same bytes
    if calendar is not None:
        content, method = calendar
        message.add_attachment(
            content, "text", "calendar", filename="interview.ics", params={"method": method, "charset": "utf-8"}
        )
        message.set_boundary(f"=_m{token}")
    return message


def _from(envelope: Envelope) -> str | Address:
    """Under the employer's name, where they gave one; the address stays the installation's, which alone may send."""
    address = parseaddr(envelope.sender)[1]
    return (
        Address(display_name=_one_line(envelope.branding.name), addr_spec=address)
        if envelope.branding.name
        else envelope.sender
    )


def _one_line(text: str) -> str:
    """A header's: no line of it begins another."""
    return " ".join(visible(text).split())


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2] or "localhost"


def _plain(
    opening: Sequence[str], button: tuple[str, str] | None, facts: Sequence[tuple[str, str]], closing: Sequence[str]
) -> str:
    blocks = list(opening)
    if button:
        blocks.append(f"{button[0]}:\n{button[1]}")
    if facts:
        blocks.append("\n".join(f"- {name}: {text}" for name, text in facts))
    return "\n\n".join([*blocks, *closing]) + "\n"


LOGO_ID = "logo@foyer"
"""The Content-ID under which a page shows the employer's logo; `with_logo` puts it in when the message is sent."""


def _html(
    envelope: Envelope,
    subject: str,
    opening: Sequence[str],
    button: tuple[str, str] | None,
    facts: Sequence[tuple[str, str]],
    closing: Sequence[str],
) -> str:
    """Tables and inline styles: what mail programs render alike."""
    branding, colour = envelope.branding, envelope.branding.accent or STANDARD
    pressed = f'<a href="{escape(envelope.link)}" style="color:{colour}">{escape(envelope.link)}</a>'

    def shown(text: str) -> str:
        parts = text.split(envelope.link) if envelope.link else [text]
        return pressed.join(escape(part).replace("\n", "<br>") for part in parts)

    def paragraphs(texts: Sequence[str]) -> str:
        return "".join(f'<p style="margin:0 0 16px">{shown(text)}</p>' for text in texts)

    link = rows = logo = ""
    if branding.logo:
        logo = (
            f'<p style="margin:0 0 24px"><img src="cid:{LOGO_ID}" alt="{escape(branding.name)}" height="48" '
            'style="height:48px;width:auto;max-width:240px"></p>'
        )
    if button:
        href = escape(button[1], quote=True)
        link = (
            f'<p style="margin:24px 0"><a href="{href}" style="background:{colour};color:#ffffff;padding:12px 20px;'
            f'border-radius:6px;text-decoration:none;font-weight:600">{escape(button[0])}</a></p>'
            f'<p style="margin:0 0 16px;font-size:13px;color:#566371">{fixed(envelope.language).copy} {href}</p>'
        )
    if facts:
        cells = "".join(
            f'<tr><td style="padding:6px 16px 6px 0;color:#566371;white-space:nowrap;vertical-align:top">{escape(name)}'
            f'</td><td style="padding:6px 0">{escape(text)}</td></tr>'
            for name, text in facts
        )
        rows = f'<table role="presentation" style="border-collapse:collapse;margin:0 0 16px">{cells}</table>'
    return (
        f'<!doctype html><html lang="{envelope.language}"><head><meta charset="utf-8">'
        f"<title>{escape(subject)}</title></head>"
        '<body style="margin:0;padding:24px;background:#f6f7f5;color:#17212b;'
        "font:16px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif\">"
        '<div style="max-width:560px;margin:0 auto;padding:32px;background:#ffffff;border-radius:10px">'
        f"{logo}{paragraphs(opening)}{link}{rows}{paragraphs(closing)}</div></body></html>\n"
    )


def wants_logo(message: EmailMessage) -> bool:
    page = message.get_body(("html",))
    return page is not None and f"cid:{LOGO_ID}" in page.get_content()


def with_logo(message: EmailMessage, logo: bytes | None) -> EmailMessage:
    """The picture that the page asks for goes along: here and not when the message was written, so that a thousand
    waiting messages are not a thousand pictures. None: it was taken away meanwhile."""
    page = message.get_body(("html",))
    assert page is not None, "wants_logo"
    if logo is None:
        page.set_content(re.sub(r"<p[^>]*><img [^>]*></p>", "", page.get_content(), count=1), subtype="html")
        return message
    page.add_related(logo, "image", "png", cid=f"<{LOGO_ID}>", filename="logo.png", disposition="inline")
    page.set_boundary(f"=_r{_token(_reference(message))}")
    return message


# ---------------------------------------------------------------- mailers


class OutboxMailer:
    """A Mailer that writes .eml files for a person or another program to read. A retry rewrites its own file."""

    name = "outbox"

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, message: EmailMessage) -> Receipt:
        reference = _reference(message)
        written = message["Date"].datetime.astimezone(UTC)
        target = self._folder / f"{written:%Y%m%dT%H%M%SZ}-{_token(reference)}.eml"
        partial = target.with_suffix(".partial")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                file.write(message.as_bytes(policy=policy.SMTP))
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        except OSError as error:
            raise EngineError(f"The message could not be written to {self._folder}: {error}", retry=True) from error
        return Receipt(reference=reference, detail=str(target))


def written(folder: Path, reference: str) -> list[Path]:
    """The files of one message in an outbox, by its Message-ID."""
    return list(folder.glob(f"*-{_token(reference)}.*"))


def addressed(folder: Path, email: str) -> list[Path]:
    """The files in an outbox that are for this address."""
    found = []
    for file in folder.glob("*.eml"):
        with file.open("rb") as content:
            to = BytesHeaderParser(policy=policy.SMTP).parse(content)["To"]
        if to is not None and email.casefold() in {each.addr_spec.casefold() for each in to.addresses}:
            found.append(file)
    return found


def _token(reference: str) -> str:
    return hashlib.sha256(reference.encode()).hexdigest()[:12]


class SmtpMailer:
    """A Mailer over a mail server. Port 465 speaks TLS from the start, other ports STARTTLS unless switched off."""

    def __init__(self, mail: Mail) -> None:
        self._mail = mail
        self.name = f"smtp {mail.smtp_host}:{mail.smtp_port}"

    def send(self, message: EmailMessage) -> Receipt:
        reference = _reference(message)
        try:
            with self._server() as server:
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            code, said = next(iter(refused.recipients.values()))
            raise self._failed(code, said, refused) from refused
        except smtplib.SMTPResponseException as answered:
            raise self._failed(answered.smtp_code, answered.smtp_error, answered) from answered
        except smtplib.SMTPNotSupportedError as missing:
            raise EngineError(f"{self.name}: {missing}. Change the FOYER_MAIL__ settings.") from missing
        except ssl.SSLError as untrusted:
            raise EngineError(f"{self.name}: no trusted encryption ({untrusted})") from untrusted
        except (smtplib.SMTPException, OSError) as broken:
            raise EngineError(f"{self.name} could not be reached ({broken})", retry=True) from broken
        return Receipt(reference=reference, detail=f"accepted by {self._mail.smtp_host}")

    def _server(self) -> smtplib.SMTP:
        mail, context = self._mail, ssl.create_default_context()
        if mail.smtp_port == 465:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                mail.smtp_host, mail.smtp_port, timeout=_SMTP_SECONDS, context=context
            )
        else:
            server = smtplib.SMTP(mail.smtp_host, mail.smtp_port, timeout=_SMTP_SECONDS)
        try:
            if mail.smtp_port != 465 and mail.smtp_starttls:
                server.starttls(context=context)
            if mail.smtp_user:
                server.login(mail.smtp_user, mail.smtp_password)
        except BaseException:
            server.close()
            raise
        return server

    def _failed(self, code: int, said: bytes | str, cause: Exception) -> EngineError:
        """4xx is the server's "not now", 5xx its "never" (RFC 5321, 4.2.1)."""
        words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        what = "refused the recipient" if isinstance(cause, smtplib.SMTPRecipientsRefused) else "refused the message"
        return EngineError(f"{self.name} {what}: {code} {' '.join(words.split())}", retry=400 <= code < 500 or code < 0)


def _reference(message: EmailMessage) -> str:
    """A message without Message-ID and Date could not be told from its own repeat."""
    if not message["Message-ID"] or not message["Date"]:
        raise EngineError("A message needs Message-ID and Date; build it with integrations.mail.")
    return str(message["Message-ID"])
