"""What the interviewer says besides the plan's own words. Neutral on purpose: no phrase praises or doubts an answer.

`interview.dialogue` speaks them; `api` may prepare their audio beforehand with `spoken()`. English, the only language
so far; a second one is a second `Phrases`."""

from __future__ import annotations

from dataclasses import dataclass, fields


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
    five_minutes: str = "About five minutes are left."

    def spoken(self) -> tuple[str, ...]:
        """Every sentence that is said on its own, that is, whose audio does not depend on a plan."""
        alone = (self.nudge, self.offer, self.suggest_pause, self.paused, self.wait, self.confirm_finish)
        return (*self.not_caught, self.cannot_hear, *alone)


ENGLISH = Phrases()
LANGUAGES: dict[str, Phrases] = {"en": ENGLISH}


def phrases(language: str) -> Phrases:
    """The phrases of a plan's language; English where there are none."""
    return LANGUAGES.get(language, ENGLISH)


def every_sentence(words: Phrases) -> tuple[str, ...]:
    """All of them, for a lint."""
    values = [getattr(words, field.name) for field in fields(words)]
    return tuple(text for value in values for text in ((value,) if isinstance(value, str) else value))
