"""A quote is the candidate's own words or it is refused: one changed character, the interviewer's sentence, another
interview's, another turn's."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from interview.evaluate import verify
from interview.evidence import is_verbatim, sentences, squeeze
from models.errors import FoyerError
from models.values import Rating, Scorecard, Turn, TurnEvidence

ASKED = "How did you bring the service back, and what did you change afterwards?"
SAID = (
    "I restarted the database from the last backup in 14 minutes. Then I wrote a runbook, and it has not failed since."
)
OTHER = "I planned the wound dressings and checked the healing every week, because the wound was infected."
TURNS = (Turn(role="interviewer", text=ASKED), Turn(role="candidate", text=SAID), Turn(role="candidate", text="Yes."))
ELSEWHERE = (Turn(role="interviewer", text="Next?"), Turn(role="candidate", text=OTHER))


def refused(quote: str, turn: int = 1) -> bool:
    """By the check of one quote, and by the check of a scorecard that rests on it: both must say the same."""
    evidence = TurnEvidence(quote=quote, turn=turn)
    rating = Rating(competency_id="c", name="c", rating=3, score=50, evidence=(evidence,))
    card = Scorecard(id="s", recommendation="mixed", reason="", competencies=(rating,))
    if is_verbatim(evidence, TURNS):
        verify(card, TURNS)
        return False
    with pytest.raises(FoyerError, match="not what the candidate said"):
        verify(card, TURNS)
    return True


@st.composite
def quotes(draw: st.DrawFn, text: str = SAID) -> str:
    """Some words in a row."""
    words = text.split()
    first = draw(st.integers(0, len(words) - 3))
    return " ".join(words[first : draw(st.integers(first + 3, len(words)))])


@given(quotes())
def test_the_candidates_words_are_taken(quote: str) -> None:
    assert not refused(quote)


@given(quotes(), st.data())
@pytest.mark.proves(5)
def test_one_changed_character_is_refused(quote: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(quote) - 1))
    letter = data.draw(st.characters(codec="utf-8", exclude_categories=("Zs", "Cc")))
    changed = quote[:place] + letter + quote[place + 1 :]
    assume(squeeze(changed) not in squeeze(SAID))
    assert refused(changed)


@given(quotes())
def test_another_case_or_punctuation_is_refused(quote: str) -> None:
    assert refused(quote.swapcase())
    assert refused(quote.replace(" ", ", "))
    assert refused(f"“{quote}”")


@given(quotes(), st.data())
def test_one_character_more_or_less_is_refused(quote: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(quote) - 2))
    assume(not quote[place].isspace())
    less, more = quote[:place] + quote[place + 1 :], quote[:place] + quote[place] + quote[place:]
    for changed in (less, more):
        assume(changed not in SAID)
        assert refused(changed)


@given(quotes(), st.data())
def test_words_in_another_order_are_refused(quote: str, data: st.DataObject) -> None:
    shuffled = " ".join(data.draw(st.permutations(quote.split())))
    assume(shuffled not in SAID)
    assert refused(shuffled)


@pytest.mark.parametrize("word", ["not ", "never ", "almost "])
def test_a_word_put_in_or_left_out_is_refused(word: str) -> None:
    assert refused(SAID.replace("I wrote", f"I {word}wrote"))
    assert refused("it has failed since")


@given(quotes(ASKED))
@pytest.mark.proves(6)
def test_the_interviewers_sentence_is_refused_under_every_turn(quote: str) -> None:
    assert all(refused(quote, turn) for turn in range(-2, 4))


@given(quotes(OTHER))
def test_a_quote_of_another_interview_is_refused(quote: str) -> None:
    assert is_verbatim(TurnEvidence(quote=quote, turn=1), ELSEWHERE)
    assert all(refused(quote, turn) for turn in range(3))


@given(quotes(), st.sampled_from([-3, -2, -1, 0, 2, 3, 99]))
def test_true_words_under_another_turn_are_refused(quote: str, turn: int) -> None:
    assert refused(quote, turn)


@given(quotes(), st.lists(st.sampled_from([" ", "\n", "\t", "  "]), min_size=40, max_size=40))
def test_white_space_is_the_only_liberty(quote: str, spaces: list[str]) -> None:
    words = quote.split()
    spread = "".join(word + space for word, space in zip(words, spaces, strict=False))
    assert not refused(spread)
    assert refused(quote.replace(" ", "\u00ad")), "an invisible character is no white space"
    assert refused("".join(words))


@given(st.text(max_size=300))
def test_every_sentence_the_evaluator_cuts_is_a_quote_that_holds(text: str) -> None:
    turn = Turn(role="candidate", text=text)
    assert all(is_verbatim(sentence.evidence(), [turn]) for sentence in sentences(0, turn, str))
