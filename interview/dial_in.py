"""What is said on the telephone before an interview begins, as a pure function:
`step(state, event) -> (state, effects)`. The code is entered, the notice heard, consent given. `api.calls` plays what
it says and does what it asks; what a code opens, and whether it may be tried, is the shell's to know. Nothing of this
is recorded."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from interview.intents import read
from models.languages import code_of

DIGITS, FINDS = 10, 6
"""Of a code; the first six find the interview, the others prove it."""
ASKED = 3
"""How often something is asked before the call is ended."""

CONSENT_VERSION = "2026-11-28-telephone"
CONSENT = (
    "You will talk to an automated interviewer, not to a person. Your voice is recorded and turned into text. Your "
    "answers are rated against the job's published criteria, with quotes, for a person who decides. Another voice and "
    "very even answers are noted for that person, and are not rated. You can stop at any time: hang up, or press the "
    "star key; when you call again, we go on where you stopped. You can also use your browser, type instead of "
    "speaking, ask for more time or for other help, practise first, or ask for an interview with a human: open the "
    "link in your invitation, or reply to it."
)
"""What is agreed to; its version and digest are kept, as those of the page's words are."""


@dataclass(frozen=True, slots=True)
class Lines:
    """`who` has gaps for employer, job and minutes."""

    code: str = (
        "Welcome. This is the line for automated interviews. Please enter the code from your invitation with the keys "
        "of your telephone."
    )
    wrong: str = "This code cannot be used. Please look at your invitation, and enter the code again."
    too_often: str = (
        "This code cannot be used, and no other can be tried in this call. Please look at your invitation: the link in "
        "it opens your interview, and you can reply to it to reach a person. Goodbye."
    )
    nothing: str = "I did not hear anything, so I end this call. You can call again at any time. Goodbye."
    who: str = "This is {employer}, about your application as {job}. The interview takes at most {minutes} minutes."
    consent: str = CONSENT
    ask: str = "If you agree, say yes, or press one. If you do not, press two."
    declined: str = (
        "Then there is no interview in this call. Nothing was recorded, and it does not count against you. The link in "
        "your invitation shows you the other ways; one of them is to talk to a person. Goodbye."
    )
    begins: str = "Thank you. When you have finished an answer you can press the hash key. Zero repeats the question."
    goodbye: str = "Goodbye."


ENGLISH = Lines()
GERMAN = Lines(
    wrong="Dieser Code kann nicht verwendet werden. Bitte sehen Sie in Ihrer Einladung nach und geben Sie ihn noch "
    "einmal ein.",
    who="Hier ist {employer}, es geht um Ihre Bewerbung als {job}. Das Interview dauert höchstens {minutes} Minuten.",
    consent=(
        "Sie werden mit einem automatischen Interviewer sprechen, nicht mit einem Menschen. Ihre Stimme wird "
        "aufgenommen und in Text verwandelt. Ihre Antworten werden nach den veröffentlichten Anforderungen der Stelle "
        "bewertet, mit Zitaten, für einen Menschen, der entscheidet. Eine andere Stimme und sehr gleichmäßige "
        "Antworten werden für diesen Menschen vermerkt und nicht bewertet. Sie können jederzeit aufhören: legen Sie "
        "auf, oder drücken Sie die Sterntaste; wenn Sie wieder anrufen, geht es dort weiter, wo Sie aufgehört haben. "
        "Sie können auch Ihren Browser benutzen, schreiben statt sprechen, um mehr Zeit oder andere Hilfe bitten, "
        "vorher üben, oder um ein Gespräch mit einem Menschen bitten: öffnen Sie den Link in Ihrer Einladung, oder "
        "antworten Sie darauf."
    ),
    ask="Wenn Sie einverstanden sind, drücken Sie die Eins. Wenn nicht, die Zwei.",
    declined=(
        "Dann findet in diesem Anruf kein Interview statt. Es wurde nichts aufgenommen, und es zählt nicht gegen Sie. "
        "Der Link in Ihrer Einladung zeigt die anderen Wege; einer davon ist ein Gespräch mit einem Menschen. Auf "
        "Wiederhören."
    ),
    nothing="Ich habe nichts gehört und beende diesen Anruf. Sie können jederzeit wieder anrufen. Auf Wiederhören.",
    begins="Danke. Sind Sie mit einer Antwort fertig, können Sie die Rautetaste drücken. Null wiederholt die Frage.",
    goodbye="Auf Wiederhören.",
)
LANGUAGES = {"en": ENGLISH, "de": GERMAN}


def lines(language: str) -> Lines:
    return LANGUAGES.get(code_of(language), ENGLISH)


# ---------------------------------------------------------------- what happens


@dataclass(frozen=True, slots=True)
class Came:
    """Somebody called."""


@dataclass(frozen=True, slots=True)
class Pressed:
    key: str


@dataclass(frozen=True, slots=True)
class Said:
    """Words that were recognised; only while consent is asked for."""

    text: str


@dataclass(frozen=True, slots=True)
class Quiet:
    """Nothing for a while."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The code is right. `who`: who calls them about what; `notices`: what the law wants said."""

    language: str
    employer: str
    job: str
    minutes: int
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wrong:
    """It is not, whatever the reason. `again`: another may be tried."""

    again: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """The code is right, and yet there is no interview now: why, and what to do instead."""

    language: str
    text: str


Event = Came | Pressed | Said | Quiet | Opened | Wrong | Refused

# ---------------------------------------------------------------- what is done


@dataclass(frozen=True, slots=True)
class Speak:
    text: str


@dataclass(frozen=True, slots=True)
class Try:
    code: str


@dataclass(frozen=True, slots=True)
class Agreed:
    """Consent was given: it is kept, and the interview begins."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """Once all was said."""


Effect = Speak | Try | Agreed | HangUp


@dataclass(frozen=True, slots=True)
class DialIn:
    """`asked`: how often in this stage."""

    stage: Literal["code", "trying", "consent", "over"] = "code"
    digits: str = ""
    language: str = "en"
    asked: int = 1

    @property
    def hears(self) -> bool:
        """Whether anybody listens to what is said, besides keys."""
        return self.stage == "consent"


Step = tuple[DialIn, tuple[Effect, ...]]


def step(state: DialIn, event: Event) -> Step:
    words = lines(state.language)
    if state.stage == "over":
        return state, ()
    match event, state.stage:
        case Came(), _:
            return state, (Speak(words.code),)
        case Pressed(key="*"), _:
            return _end(state, words.declined if state.stage == "consent" else words.goodbye)
        case Pressed(key=key), "code":
            return _digit(state, key)
        case Pressed(key="1"), "consent":
            return replace(state, stage="over"), (Speak(words.begins), Agreed())
        case Pressed(key="2"), "consent":
            return _end(state, words.declined)
        case Said(text=text), "consent":
            return _heard(state, text)
        case Wrong(again=again), "trying":
            fresh = replace(state, stage="code", digits="", asked=1)
            return (fresh, (Speak(words.wrong),)) if again else _end(state, words.too_often)
        case Refused(language=language, text=text), "trying":
            return _end(replace(state, language=language), text)
        case Opened(), "trying":
            return _opened(state, event)
        case Quiet(), "code" | "consent":
            return _again(state)
        case _:
            return state, ()


def _digit(state: DialIn, key: str) -> Step:
    digits = state.digits + key if key.isdigit() else state.digits
    if len(digits) == DIGITS or (key == "#" and digits):
        return replace(state, stage="trying", digits=""), (Try(digits),)
    return replace(state, digits=digits), ()


def _opened(state: DialIn, event: Event) -> Step:
    assert isinstance(event, Opened)
    words = lines(event.language)
    who = words.who.format(employer=event.employer, job=event.job, minutes=event.minutes)
    said = " ".join((who, *event.notices, words.consent, words.ask))
    return replace(state, stage="consent", language=event.language, asked=1), (Speak(said),)


def _heard(state: DialIn, text: str) -> Step:
    words = lines(state.language)
    match read(text):
        case "yes":
            return replace(state, stage="over"), (Speak(words.begins), Agreed())
        case "no" | "finish" | "skip":
            return _end(state, words.declined)
        case _:
            return _again(state) if text.strip() else (state, ())


def _again(state: DialIn) -> Step:
    words = lines(state.language)
    if state.asked >= ASKED:
        return _end(state, words.declined if state.stage == "consent" else words.nothing)
    again = words.ask if state.stage == "consent" else words.code
    return replace(state, asked=state.asked + 1, digits=""), (Speak(again),)


def _end(state: DialIn, text: str) -> Step:
    return replace(state, stage="over"), (Speak(text), HangUp())
