"""What counts as a request to the interviewer, and what part of a story is missing."""

from __future__ import annotations

import pytest

from interview.intents import Intent, read
from interview.lint import protected_topics
from interview.parts import missing
from interview.phrases import ENGLISH, every_sentence, phrases

REQUESTS: dict[Intent, tuple[str, ...]] = {
    "repeat": (
        "Could you repeat the question, please?",
        "Sorry, what was the question again?",
        "say that again",
        "Pardon?",
        "I didn\u2019t catch that.",
        "One more time, please.",
    ),
    "rephrase": ("Can you rephrase that", "I don't understand the question", "What do you mean by that?"),
    "slower": ("slower, please", "Could you speak a bit slower", "That was too fast for me"),
    "skip": ("Skip.", "I'd like to skip this question", "next question please", "I would rather not answer that"),
    "pause": ("pause", "Could we take a short break?", "I need a break", "I need to pause for a minute"),
    "wait": ("One moment please", "Hmm, let me think about that", "Just a second"),
    "finish": ("I want to stop the interview", "Please end the interview", "Let's stop here"),
    "unknown": ("I don't know", "No idea.", "Well, I really don't know", "I'm not sure", "I do not remember"),
    "no_example": (
        "I can't think of an example right now",
        "No, I haven't done that",
        "I have no experience with that",
    ),
    "yes": ("yes", "Yes, please.", "Sure"),
    "no": ("No, thank you.", "no questions from me", "I don't have any questions", "That's all from me, thanks"),
}
ANSWERS = (
    "",
    "I had to repeat the question to the whole team until they understood it",
    "We skip this step in our kitchen",
    "Yes, I hold it since two thousand nineteen",
    "No, my licence is from another state",
    "I know how to end the interview process early for weak vendors",
    "You pause the infusion and call the doctor",
    "I am not sure that the customer understood it, so I called him again and asked",
    "The end",
)


@pytest.mark.parametrize(("intent", "words"), [(i, w) for i, many in REQUESTS.items() for w in many])
def test_a_request_is_understood_in_many_wordings(intent: Intent, words: str) -> None:
    assert read(words) == intent
    assert read(f"Um, {words}") == intent


@pytest.mark.parametrize("words", ANSWERS)
def test_an_answer_is_not_a_request(words: str) -> None:
    assert read(words) is None


def test_the_parts_of_a_story() -> None:
    story = "Last winter our oven failed during service. I called the technician and cooked on the grill. "
    assert missing(story + "In the end we served all forty guests.") == frozenset()
    assert missing(story + "In the end we served all guests.") == {"number"}
    assert missing("We were short of staff last summer and the team worked longer until it was solved") == {
        "action",
        "number",
    }
    assert missing("yes I did") == {"situation", "action", "result", "number"}


def test_a_plan_for_the_future_has_an_action_too() -> None:
    assert "action" not in missing("If the customers are waiting, I would first call the manager and ask")


def test_no_phrase_of_ours_praises_doubts_or_touches_a_protected_topic() -> None:
    sentences = every_sentence(phrases("xx"))
    assert set(ENGLISH.spoken()) <= set(sentences)
    for sentence in sentences:
        assert protected_topics(sentence) == []
        assert not {"great", "excellent", "good", "perfect", "wrong"} & set(sentence.lower().rstrip(".").split())
