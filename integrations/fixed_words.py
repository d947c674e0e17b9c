"""What every message to a candidate says besides the words an employer may change: who asks, who decides, until when,
other ways, whom to ask. By language. Used by `integrations.mail` and `integrations.letters`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Fixed:
    """Sentences with their gaps. `facts`: (name, text) of an interview; `months` from January."""

    button: str
    copy: str
    account: str
    write_to: str
    ask_there: str
    alternative: str
    anything: str
    no_effect: str
    stays_open: str
    no_decision: str
    by_person: str
    rights: str
    lost: str
    regards: str
    facts: tuple[tuple[str, str], ...]
    telephone: tuple[str, str]
    until: str
    months: tuple[str, ...]
    date: str


EN = Fixed(
    button="Open your interview",
    copy="Or copy this address:",
    account="Choose your password",
    write_to="write to {contact}",
    ask_there="ask on your interview's page",
    alternative=(
        "If you would rather speak with a person, need an adjustment, or cannot use a microphone, {ask} before the "
        "date above. Asking has no effect on how your application is judged."
    ),
    anything="Anything else, or a person to talk to: {ask}.",
    no_effect=(
        'To choose another way, {ask}, or choose "Talk to a person" on the page that your invitation\'s link opens. It '
        "has no effect on how your application is judged."
    ),
    stays_open="Your invitation stays open all the while.",
    no_decision=(
        "No decision about your application is made with this: it is still with us, and a person at {employer} decides "
        "on it."
    ),
    by_person="A person at {employer} decided this; no decision was made by software.",
    rights="You may ask for your transcript, its correction or its deletion at any time: {ask}.",
    lost="For a new invitation, {ask}.",
    regards="Kind regards,",
    facts=(
        ("Who asks", "An automated interviewer: software speaks, listens and writes down what you say."),
        ("Who decides", "A person at {employer}, who reads your answers in your own words."),
        ("How long", "At most {minutes} minutes; you may pause, and go on after a lost connection."),
        ("When", "At once, or at a time that you book on the page."),
        ("You need", "A quiet place, a microphone and a current browser. No account, no installation."),
    ),
    telephone=("By telephone", "Call {number} and enter {code}. The code is yours alone: hand it to nobody."),
    until="Open until",
    months=(
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    date="{day} {month} {year}, {clock}",
)
DE = Fixed(
    button="Interview öffnen",
    copy="Oder kopieren Sie diese Adresse:",
    account="Passwort wählen",
    write_to="schreiben Sie an {contact}",
    ask_there="fragen Sie auf der Seite Ihres Interviews",
    alternative=(
        "Wenn Sie lieber mit einem Menschen sprechen, eine Anpassung brauchen oder kein Mikrofon benutzen können, "
        "{ask}, vor dem oben genannten Zeitpunkt. Eine solche Bitte hat keinen Einfluss darauf, wie Ihre Bewerbung "
        "beurteilt wird."
    ),
    anything="Alles andere, oder ein Gespräch mit einem Menschen: {ask}.",
    no_effect=(
        "Für einen anderen Weg {ask}, oder wählen Sie auf der Seite hinter dem Link Ihrer Einladung das Gespräch mit "
        "einem Menschen. Das hat keinen Einfluss darauf, wie Ihre Bewerbung beurteilt wird."
    ),
    stays_open="Ihre Einladung bleibt währenddessen offen.",
    no_decision=(
        "Damit ist nichts über Ihre Bewerbung entschieden: sie liegt weiter bei uns, und ein Mensch bei {employer} "
        "entscheidet darüber."
    ),
    by_person="Das hat ein Mensch bei {employer} entschieden; keine Software hat entschieden.",
    rights="Sie können jederzeit Ihre Mitschrift, deren Berichtigung oder Löschung verlangen: {ask}.",
    lost="Für eine neue Einladung {ask}.",
    regards="Mit freundlichen Grüßen",
    facts=(
        ("Wer fragt", "Ein automatischer Interviewer: Software spricht, hört zu und schreibt auf, was Sie sagen."),
        ("Wer entscheidet", "Ein Mensch bei {employer}, der Ihre Antworten in Ihren eigenen Worten liest."),
        ("Wie lange", "Höchstens {minutes} Minuten; Pausen sind möglich, und nach einer Unterbrechung geht es weiter."),
        ("Wann", "Sofort, oder zu einer Zeit, die Sie auf der Seite buchen."),
        (
            "Sie brauchen",
            "Einen ruhigen Ort, ein Mikrofon und einen aktuellen Browser. Kein Konto, keine Installation.",
        ),
    ),
    telephone=(
        "Am Telefon",
        "Rufen Sie {number} an und geben Sie {code} ein. Der Code gilt nur für Sie: geben Sie ihn nicht weiter.",
    ),
    until="Offen bis",
    months=(
        *("Januar", "Februar", "März", "April", "Mai", "Juni"),
        *("Juli", "August", "September", "Oktober", "November", "Dezember"),
    ),
    date="{day}. {month} {year}, {clock} Uhr",
)
_WORDS = {"en": EN, "de": DE}


def fixed(language: str) -> Fixed:
    return _WORDS.get(language, EN)


def filled(facts: Sequence[tuple[str, str]], **values: str) -> list[tuple[str, str]]:
    return [(name, text.format(**values)) for name, text in facts]


def moment(at: datetime, zone: str, language: str = "en") -> str:
    """29 November 2026, 11:15 (Europe/Berlin, UTC+1). Spelled out here: strftime follows the machine's locale."""
    words, local = fixed(language), at.astimezone(UTC if zone == "UTC" else ZoneInfo(zone))
    named = words.date.format(
        day=local.day, month=words.months[local.month - 1], year=local.year, clock=f"{local:%H:%M}"
    )
    return f"{named} UTC" if zone == "UTC" else f"{named} ({zone}, {_offset(local)})"


def _offset(local: datetime) -> str:
    minutes = round((local.utcoffset() or timedelta()) / timedelta(minutes=1))
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")
