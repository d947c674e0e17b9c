"""The words of messages that an employer may change, in a small language: text, and placeholders such as {candidate}.
No conditions, no loops, nothing that runs. `integrations.mail` fills them in; `api.messages` keeps and checks them.

What the law and safety ask for (the link, who asks and decides, other ways, the contact, notices) is no part of these
words: it follows them in every message and cannot be edited away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from models.errors import BadRequest
from models.languages import code_of
from models.sentences import N_

SUBJECT, BODY = 200, 4_000
"""Characters at most."""

PLACEHOLDERS = {
    "candidate": N_("the candidate's name; nothing where the resume tells none"),
    "job": N_("the title of the job"),
    "employer": N_("your name, as the branding says it"),
    "contact": N_("your contact's e-mail address"),
    "contact_name": N_("your contact's name"),
    "link": N_("the address behind the button"),
    "expires": N_("until when the link is open, in the candidate's time zone"),
    "minutes": N_("how many minutes the interview takes at most"),
    "name": N_("the name of the person with the account"),
}
"""Placeholder -> what stands there."""
_COMMON = ("candidate", "job", "employer", "contact", "contact_name")
_OPEN = (*_COMMON, "link", "expires", "minutes")
_ACCOUNT = ("name", "employer", "link", "expires", "contact", "contact_name")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of message. `when` it is sent; `fixed`: what follows the words; `placeholders` that it knows."""

    name: str
    when: str
    fixed: str
    placeholders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """Subject and words, with their placeholders."""

    subject: str
    body: str


_LAW = "who asks and who decides, how long it takes, until when, another way of being heard, what the law asks for"
KINDS: dict[str, Kind] = {
    "invitation": Kind(N_("Invitation"), N_("When somebody is invited."), f"The button with the link; {_LAW}.", _OPEN),
    "reminder": Kind(N_("Reminder"), N_("Before an invitation ends."), f"The button with the link; {_LAW}.", _OPEN),
    "expiry": Kind(
        N_("Expired"),
        N_("When an invitation has ended unopened, if you switch it on."),
        N_("Whom to ask."),
        (*_COMMON, N_("expires")),
    ),
    "received": Kind(
        N_("Thank you"),
        N_("After a completed interview, if you switch it on."),
        N_("The right to transcript and deletion."),
        _COMMON,
    ),
    "rejection": Kind(
        N_("Rejection"),
        N_("When a person has rejected somebody, an hour later, if you switch it on."),
        N_("That a person decided, and whom to ask."),
        _COMMON,
    ),
    "advance": Kind(
        N_("Going on"),
        N_("When you write to somebody you go on with."),
        N_("That a person decided, and whom to ask."),
        _COMMON,
    ),
    "alternative": Kind(
        N_("Another way"),
        N_("When you offer a conversation with a person."),
        N_("That it does not count."),
        (*_COMMON, N_("expires")),
    ),
    "answer": Kind(
        N_("Answer"), N_("When you answer what a candidate asked."), N_("Your answer itself, whom to ask."), _COMMON
    ),
    "taken_back": Kind(
        N_("Taken back"), N_("When an invitation is taken back."), N_("That it is no decision."), _COMMON
    ),
    "account_invitation": Kind(
        N_("Invitation of a colleague"), N_("When somebody gets an account."), N_("The button with the link."), _ACCOUNT
    ),
    "password_reset": Kind(
        N_("New password"), N_("When somebody has forgotten their password."), N_("The button with the link."), _ACCOUNT
    ),
}
LANGUAGES = {"en": "English", "de": "Deutsch"}
"""In which candidates are written to."""

_EN = {
    "invitation": Text(
        "Your interview with {employer}: {job}",
        "Hello {candidate},\n\nThank you for applying to {employer} as {job}. We would like to hear from you in a "
        "spoken interview of at most {minutes} minutes.",
    ),
    "reminder": Text(
        "Still open: your interview with {employer}",
        "Hello {candidate},\n\nYour interview for {job} is still waiting for you, until {expires}. If you have decided "
        "otherwise, you need do nothing.",
    ),
    "expiry": Text(
        "Your invitation has ended: {job}",
        "Hello {candidate},\n\nThe invitation to your interview for {job} with {employer} ended on {expires}. If you "
        "still want to take part, ask for a new one.",
    ),
    "received": Text(
        "Thank you: your interview with {employer}",
        "Hello {candidate},\n\nThank you for your time. Your answers for {job} have arrived. A person at {employer} "
        "reads the report and decides; no decision is made by the software.",
    ),
    "rejection": Text(
        "Your application: {job}",
        "Hello {candidate},\n\nThank you for your interest in {employer}, and for the time you gave us. We have "
        "decided not to go on with your application as {job}. We wish you all the best.",
    ),
    "advance": Text(
        "Good news about your application: {job}",
        "Hello {candidate},\n\nWe would like to go on with your application as {job}. Somebody from {employer} will be "
        "in touch with you about the next step.",
    ),
    "alternative": Text(
        "Another way to be heard: your interview with {employer}",
        "Hello {candidate},\n\nYou are invited to a spoken interview for {job}, which software leads. If you would "
        "rather speak with a person, or need it in another form, tell us.",
    ),
    "answer": Text(
        "Answer to your request: your interview with {employer}",
        "Hello {candidate},\n\n{employer} answers what you asked:",
    ),
    "taken_back": Text(
        "Your invitation is taken back: {job}",
        "Hello {candidate},\n\nWe sent you an invitation to an interview for {job} and have to take it back; its link "
        "no longer works, and nothing is needed from you.\n\nWe are sorry for the confusion.",
    ),
    "account_invitation": Text(
        "Your account with {employer}",
        "Hello {name},\n\nYou are invited to work in {employer}'s Foyer. Choose a password, and you are in.",
    ),
    "password_reset": Text(
        "A new password for {employer}",
        "Hello {name},\n\nSomebody, probably you, asked for a new password. Choose it on the page behind this button. "
        "If it was not you, do nothing: the old one still counts.",
    ),
}
_DE = {
    "invitation": Text(
        "Ihr Interview bei {employer}: {job}",
        "Guten Tag {candidate},\n\nvielen Dank für Ihre Bewerbung bei {employer} als {job}. Wir möchten Sie in einem "
        "gesprochenen Interview von höchstens {minutes} Minuten kennenlernen.",
    ),
    "reminder": Text(
        "Noch offen: Ihr Interview bei {employer}",
        "Guten Tag {candidate},\n\nIhr Interview für {job} wartet noch auf Sie, bis {expires}. Wenn Sie sich anders "
        "entschieden haben, brauchen Sie nichts zu tun.",
    ),
    "expiry": Text(
        "Ihre Einladung ist abgelaufen: {job}",
        "Guten Tag {candidate},\n\ndie Einladung zu Ihrem Interview für {job} bei {employer} ist am {expires} "
        "abgelaufen. Wenn Sie noch teilnehmen möchten, bitten Sie um eine neue.",
    ),
    "received": Text(
        "Vielen Dank: Ihr Interview bei {employer}",
        "Guten Tag {candidate},\n\nvielen Dank für Ihre Zeit. Ihre Antworten für {job} sind angekommen. Ein Mensch bei "
        "{employer} liest den Bericht und entscheidet; die Software entscheidet nichts.",
    ),
    "rejection": Text(
        "Ihre Bewerbung: {job}",
        "Guten Tag {candidate},\n\nvielen Dank für Ihr Interesse an {employer} und für die Zeit, die Sie sich genommen "
        "haben. Wir haben uns entschieden, Ihre Bewerbung als {job} nicht weiterzuverfolgen. Wir wünschen Ihnen alles "
        "Gute.",
    ),
    "advance": Text(
        "Gute Nachricht zu Ihrer Bewerbung: {job}",
        "Guten Tag {candidate},\n\nwir möchten mit Ihrer Bewerbung als {job} weitergehen. Jemand von {employer} meldet "
        "sich bei Ihnen wegen des nächsten Schritts.",
    ),
    "alternative": Text(
        "Ein anderer Weg: Ihr Interview bei {employer}",
        "Guten Tag {candidate},\n\nSie sind zu einem gesprochenen Interview für {job} eingeladen, das eine Software "
        "führt. Wenn Sie lieber mit einem Menschen sprechen oder eine andere Form brauchen, sagen Sie es uns.",
    ),
    "answer": Text(
        "Antwort auf Ihre Anfrage: Ihr Interview bei {employer}",
        "Guten Tag {candidate},\n\n{employer} antwortet auf Ihre Anfrage:",
    ),
    "taken_back": Text(
        "Ihre Einladung wird zurückgenommen: {job}",
        "Guten Tag {candidate},\n\nwir haben Ihnen eine Einladung zu einem Interview für {job} geschickt und müssen "
        "sie zurücknehmen; der Link gilt nicht mehr, und Sie brauchen nichts zu tun.\n\nBitte entschuldigen Sie die "
        "Verwirrung.",
    ),
    "account_invitation": Text(
        "Ihr Konto bei {employer}",
        "Guten Tag {name},\n\nSie sind eingeladen, im Foyer von {employer} mitzuarbeiten. Wählen Sie ein Passwort, "
        "dann sind Sie drin.",
    ),
    "password_reset": Text(
        "Ein neues Passwort für {employer}",
        "Guten Tag {name},\n\njemand, vermutlich Sie selbst, hat um ein neues Passwort gebeten. Wählen Sie es auf der "
        "Seite hinter diesem Knopf. Wenn Sie es nicht waren, tun Sie nichts: das alte gilt weiter.",
    ),
}
_STANDARD = {"en": _EN, "de": _DE}

_BRACES = re.compile(r"\{([^{}]*)\}")


def language_of(tag: str) -> str:
    """The one of LANGUAGES in which somebody is written to whose interview is in this language."""
    return code if (code := code_of(tag)) in LANGUAGES else "en"


def standard(kind: str, language: str) -> Text:
    """As shipped. Raises BadRequest for a kind or language there is not."""
    if kind not in KINDS or language not in LANGUAGES:
        raise BadRequest(
            f"There are messages of the kinds {', '.join(KINDS)} in the languages {', '.join(LANGUAGES)}; "
            f"not {kind!r} in {language!r}."
        )
    return _STANDARD[language][kind]


def checked(kind: str, subject: str, body: str) -> Text:
    """As it may be kept. Raises BadRequest naming what is wrong, and for an unknown placeholder those there are."""
    text = Text(" ".join(subject.split()), body.replace("\r\n", "\n").strip())
    if not text.subject or not text.body:
        raise BadRequest("Subject and words may not be empty. Reset to the standard words to have those back.")
    if len(text.subject) > SUBJECT or len(text.body) > BODY:
        raise BadRequest(f"A subject has at most {SUBJECT} characters, the words {BODY:,}. Shorten them.")
    if any(ord(char) < 32 and char not in "\n\t" for char in text.body):
        raise BadRequest("The words hold a character that cannot be kept. Please type them again.")
    known = KINDS[kind].placeholders
    listed = ", ".join(f"{{{name}}}" for name in known)
    for part in (text.subject, text.body):
        for name in _BRACES.findall(part):
            if name not in known:
                raise BadRequest(f"There is no placeholder {{{name}}} in this message. There are {listed}.")
        if "{" in (rest := _BRACES.sub("", part)) or "}" in rest:
            raise BadRequest(f"A brace stands alone: a placeholder is written like {{job}}. There are {listed}.")
    if "{link}" in text.subject:
        raise BadRequest("A link belongs in no subject: mail servers and phones show subjects to others.")
    return text


def filled(text: str, values: Mapping[str, str]) -> str:
    """Each placeholder once, in one pass: what a value says is never read as a placeholder itself. An empty value takes
    the blank before it along, so that "Hello {candidate}," becomes "Hello,"."""
    return re.sub(
        r"( ?)\{([^{}]*)\}", lambda found: found[1] + value if (value := values.get(found[2], "")) else "", text
    )


def paragraphs(text: str) -> list[str]:
    """As blank lines part them."""
    return [part.strip() for part in re.split(r"\n\s*\n", text) if part.strip()]
