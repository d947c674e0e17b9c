"""What the interviewer says besides the plan's own words. Neutral on purpose: no phrase praises or doubts an answer.

`interview.dialogue` speaks them; `api` may prepare their audio beforehand with `spoken()`. English, the only language
and German; another one is another `Phrases`. Spoken requests are understood in English only (`interview.intents`), so
the German sentences point to the page's buttons."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

from models.languages import code_of


@dataclass(frozen=True, slots=True)
class Phrases:
    """Sentences, ready to be spoken. Several in one field are taken in turn."""

    thanks: tuple[str, ...] = ("Thank you.", "Thanks for that.", "All right, thank you.")
    unknown: str = "That is quite all right."
    skipped: str = "All right, we leave that one."
    noted: str = "Thank you. I pass that on to the team."
    posting: str = "The job posting says:"
    more: str = "I pass your question on as well. Is there anything else that you would like to know?"
    stopped: str = "Thank you, I have to stop you here."
    time_is_up: str = "Our time is up."
    not_caught: tuple[str, ...] = (
        "Sorry, I did not catch that. Could you say it again, please?",
        "I am sorry, I still did not catch that. Please say it once more, or type your answer.",
    )
    gave_up: str = "I am sorry, I could not hear you. Let us go on, and I make a note that it was not your fault."
    cannot_hear: str = "I am sorry, I have trouble hearing you. Please type your answer."
    nudge: str = "Take your time."
    offer: str = "Shall I repeat the question? Just say repeat, or skip."
    suggest_pause: str = "Shall we pause for a moment? Say pause, or simply begin when you are ready."
    paused: str = "I have paused the interview. Press resume when you are ready."
    wait: str = "Of course, take your time."
    again: str = "Here it is again."
    other_words: str = "In other words."
    back: str = "Of course, back to the question before."
    first: str = "That was the first question."
    welcome_back: str = "Welcome back."
    go_on: str = "Then let us go on."
    confirm_finish: str = "Shall I end the interview here? Please say yes, or no."
    not_now: str = "Your message came while no question was open. Please answer after the next question."
    echo: str = (
        "Your microphone hears my voice. With headphones you could interrupt me; until then I listen only after I have "
        "spoken. The buttons always work."
    )
    noisy: str = (
        "Sounds around you made me stop several times. From now on I listen only after I have spoken. The buttons "
        "always work."
    )
    suspended: str = (
        "I am sorry, I have to stop here: the employer has paused all interviews for now. It has nothing to do with "
        "you. What you have said is kept. You will hear from the employer, and you can come back and go on where we "
        "stopped."
    )
    five_minutes: str = "About five minutes are left."
    patient: str = "As arranged, I wait twice as long before I go on."
    more_time: str = "As arranged, you have {minutes} more minutes."

    def spoken(self) -> tuple[str, ...]:
        """Every sentence that is said on its own, that is, whose audio does not depend on a plan."""
        alone = (
            self.nudge,
            self.offer,
            self.suggest_pause,
            self.paused,
            self.wait,
            self.confirm_finish,
            self.suspended,
        )
        return (*self.not_caught, self.cannot_hear, *alone)


ENGLISH = Phrases()
GERMAN = Phrases(
    thanks=("Danke.", "Danke dafür.", "Gut, vielen Dank."),
    unknown="Das ist völlig in Ordnung.",
    skipped="Gut, diese Frage lassen wir aus.",
    noted="Danke. Ich gebe das an das Team weiter.",
    posting="In der Stellenanzeige steht:",
    more="Ihre Frage gebe ich außerdem weiter. Möchten Sie noch etwas wissen?",
    stopped="Danke, hier muss ich Sie unterbrechen.",
    time_is_up="Unsere Zeit ist um.",
    not_caught=(
        "Entschuldigung, das habe ich nicht verstanden. Könnten Sie es bitte noch einmal sagen?",
        "Es tut mir leid, ich habe es wieder nicht verstanden. Bitte sagen Sie es noch einmal, oder schreiben Sie Ihre "
        "Antwort.",
    ),
    gave_up="Es tut mir leid, ich konnte Sie nicht hören. Wir gehen weiter, und ich vermerke, dass es nicht an Ihnen "
    "lag.",
    cannot_hear="Es tut mir leid, ich kann Sie schlecht hören. Bitte schreiben Sie Ihre Antwort.",
    nudge="Lassen Sie sich Zeit.",
    offer="Möchten Sie die Frage noch einmal hören oder überspringen? Dafür gibt es Tasten auf der Seite.",
    suggest_pause="Möchten Sie eine Pause machen? Dafür gibt es eine Taste auf der Seite. Oder beginnen Sie einfach, "
    "wenn Sie so weit sind.",
    paused="Ich habe das Gespräch unterbrochen. Zum Fortsetzen gibt es eine Taste auf der Seite.",
    wait="Natürlich, lassen Sie sich Zeit.",
    again="Hier ist die Frage noch einmal.",
    other_words="Anders gesagt.",
    back="Gern, zurück zur vorigen Frage.",
    first="Das war die erste Frage.",
    welcome_back="Willkommen zurück.",
    go_on="Dann machen wir weiter.",
    confirm_finish="Soll ich das Gespräch hier beenden? Bitte sagen Sie yes oder no.",
    not_now="Ihre Nachricht kam, als keine Frage offen war. Bitte antworten Sie nach der nächsten Frage.",
    suspended=(
        "Es tut mir leid, ich muss hier aufhören: Der Arbeitgeber hat alle Gespräche vorerst angehalten. Das hat "
        "nichts mit Ihnen zu tun. Was Sie gesagt haben, bleibt erhalten. Der Arbeitgeber meldet sich bei Ihnen, und "
        "Sie können wiederkommen und dort weitermachen, wo wir aufgehört haben."
    ),
    five_minutes="Es bleiben noch etwa fünf Minuten.",
    patient="Wie vereinbart warte ich doppelt so lange, bevor ich weitermache.",
    more_time="Wie vereinbart haben Sie {minutes} Minuten mehr.",
    echo=(
        "Ihr Mikrofon hört meine Stimme. Mit Kopfhörern könnten Sie mich unterbrechen; bis dahin höre ich erst zu, "
        "wenn ich ausgesprochen habe. Die Tasten gehen immer."
    ),
    noisy=(
        "Geräusche um Sie herum haben mich mehrmals unterbrochen. Ab jetzt höre ich erst zu, wenn ich ausgesprochen "
        "habe. Die Tasten gehen immer."
    ),
)
LANGUAGES: dict[str, Phrases] = {"en": ENGLISH, "de": GERMAN}


_NO_PAGE: dict[str, Any] = {
    "not_caught": (
        "Sorry, I did not catch that. Could you say it again, please?",
        "I am sorry, I still did not catch that. Please say it once more, a little slower.",
    ),
    "cannot_hear": "I am sorry, I have trouble hearing you. Please hang up and call again, or open the link in your "
    "invitation: there you can type your answers.",
    "paused": "I have paused the interview. Press one when you are ready.",
    "echo": "Your telephone hears my voice, so from now on I listen only after I have spoken. The keys always work.",
    "noisy": "Sounds around you made me stop several times. From now on I listen only after I have spoken. The keys "
    "always work.",
    "suggest_pause": "Shall we pause for a moment? Say pause, hang up and call again later, or simply begin when you "
    "are ready.",
}
_NO_PAGE_GERMAN: dict[str, Any] = {
    "not_caught": (
        "Entschuldigung, das habe ich nicht verstanden. Könnten Sie es bitte noch einmal sagen?",
        "Es tut mir leid, ich habe es wieder nicht verstanden. Bitte sagen Sie es noch einmal, etwas langsamer.",
    ),
    "cannot_hear": "Es tut mir leid, ich kann Sie schlecht hören. Bitte legen Sie auf und rufen Sie noch einmal an, "
    "oder öffnen Sie den Link in Ihrer Einladung: dort können Sie Ihre Antworten schreiben.",
    "offer": "Möchten Sie die Frage noch einmal hören? Drücken Sie die Null. Weiter geht es mit der Rautetaste.",
    "suggest_pause": "Möchten Sie eine Pause machen? Legen Sie auf und rufen Sie später wieder an. Oder beginnen Sie "
    "einfach, wenn Sie so weit sind.",
    "paused": "Ich habe das Gespräch unterbrochen. Drücken Sie die Eins, wenn Sie so weit sind.",
    "echo": "Ihr Telefon hört meine Stimme, deshalb höre ich ab jetzt erst zu, wenn ich ausgesprochen habe. Die Tasten "
    "gehen immer.",
    "noisy": "Geräusche um Sie herum haben mich mehrmals unterbrochen. Ab jetzt höre ich erst zu, wenn ich "
    "ausgesprochen habe. Die Tasten gehen immer.",
}
BY_TELEPHONE: dict[str, Phrases] = {"en": replace(ENGLISH, **_NO_PAGE), "de": replace(GERMAN, **_NO_PAGE_GERMAN)}


def by_telephone(language: str) -> Phrases:
    """As `phrases`, where nobody sees a page."""
    return BY_TELEPHONE.get(code_of(language), BY_TELEPHONE["en"])


def phrases(language: str) -> Phrases:
    """The phrases of a plan's language; English where there are none."""
    return LANGUAGES.get(code_of(language), ENGLISH)


def every_sentence(words: Phrases) -> tuple[str, ...]:
    """All of them, for a lint."""
    values = [getattr(words, field.name) for field in fields(words)]
    return tuple(text for value in values for text in ((value,) if isinstance(value, str) else value))
