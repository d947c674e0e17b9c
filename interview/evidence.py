"""What a candidate said, cut into quotable sentences, and what each sentence shows. Called by `interview.evaluate`.

A sentence keeps two texts: `quote`, verbatim, for people; `text`, without fillers, personal details and words that were
hardly heard, for scoring. Style does not count: fillers are taken out, signals are yes or no per sentence, and a
repeated sentence counts once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from interview.injection import Order
from interview.signals import shows, without_fillers
from models.values import ProbeSeeks, Turn, TurnEvidence, Word

LONGEST = 40
"""Words. Recognisers without punctuation give one endless sentence; it is cut so that a quote stays readable."""

UNMARKED = 18
"""The same where a turn has no full stop at all. Longer pieces than people's own sentences would show more, and be
rated higher for it."""

SURE = 0.4
"""Confidence from which a recognised word counts. What was misheard must not be rated."""

_ABBREVIATED = "".join(
    rf"(?<!\b{short})" for short in (r"e\.g\.", r"i\.e\.", r"vs\.", r"Mr\.", r"Mrs\.", r"Ms\.", r"Dr\.")
)
_BOUNDARY = re.compile(rf"(?<=[.!?;]){_ABBREVIATED}[\"'”’)\]]*\s+|\n+")
_BREAK = re.compile(r"(?<=,)\s+|\s+(?=(?:and|but|so|because|then|which)\b)", re.IGNORECASE)
_SPACE = re.compile(r"\s+")

PARTS: tuple[ProbeSeeks, ...] = ("situation", "action", "result", "number")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One quotable piece of a candidate's turn."""

    turn: int
    quote: str
    text: str
    start: float | None
    end: float | None
    shows: frozenset[str]
    unclear: int = 0
    """Words that `text` lacks because the recogniser was not sure of them."""

    @property
    def words(self) -> int:
        return len(self.text.split())

    def evidence(self) -> TurnEvidence:
        return TurnEvidence(quote=self.quote, turn=self.turn, start=self.start, end=self.end)


@dataclass(frozen=True, slots=True)
class Answer:
    """Everything said in reply to one question: `question` is what the interviewer said just before, redacted."""

    question: str
    question_id: str | None
    sentences: tuple[Sentence, ...]

    @property
    def text(self) -> str:
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def words(self) -> int:
        return sum(sentence.words for sentence in self.sentences)


def answers(turns: Sequence[Turn], redact: Callable[[str], str], left_out: Sequence[Order] = ()) -> list[Answer]:
    """Split by question; what was said to a planned question and to its follow-ups is one answer. Interviewer turns
    without a reply are left out; a candidate who speaks first answers ''. Sentences in `left_out` are no answer."""
    joined: dict[str, Answer] = {}
    for number, answer in enumerate(_replies(turns, redact, left_out)):
        key = answer.question_id or f"#{number}"
        before = joined.get(key)
        if before is not None:
            answer = Answer(f"{before.question} {answer.question}", key, before.sentences + answer.sentences)
        joined[key] = answer
    return list(joined.values())


def _replies(turns: Sequence[Turn], redact: Callable[[str], str], left_out: Sequence[Order]) -> list[Answer]:
    found: list[Answer] = []
    asked: list[str] = []
    question_id: str | None = None
    said: list[Sentence] = []
    for index, turn in enumerate(turns):
        if turn.role == "interviewer":
            if said:
                found.append(Answer(" ".join(asked), question_id, tuple(said)))
                asked, said, question_id = [], [], None
            asked.append(redact(turn.text))
        else:
            said += sentences(index, turn, redact, [one for one in left_out if one.turn == index])
        question_id = question_id or turn.question_id
    if said:
        found.append(Answer(" ".join(asked), question_id, tuple(said)))
    return found


def sentences(index: int, turn: Turn, redact: Callable[[str], str], left_out: Sequence[Order] = ()) -> list[Sentence]:
    """The turn's sentences in order; every quote is a verbatim slice of the turn's text."""
    starts = [0, *(found.end() for found in _BOUNDARY.finditer(turn.text))]
    spans = zip(starts, [*starts[1:], len(turn.text)], strict=True)
    longest = LONGEST if len(starts) > 1 or turn.text.rstrip().endswith((".", "!", "?")) else UNMARKED
    pieces = [piece for start, end in spans for piece in _short(turn.text, start, end, longest)]
    made = []
    for start, end in pieces:
        if any(start < order.end and order.start < end for order in left_out):
            continue
        clear, unclear = _clear(turn, start, end)
        text = without_fillers(redact(clear))
        if any(char.isalnum() for char in text):
            quote = turn.text[start:end]
            made.append(Sentence(index, quote, text, *_seconds(turn, start, end), shows(text), unclear))
    return made


def missing(said: Sequence[Sentence]) -> tuple[ProbeSeeks, ...]:
    """The parts of a complete example that were not heard, in the order they are told."""
    heard = frozenset[str]().union(*(sentence.shows for sentence in said))
    return tuple(part for part in PARTS if part not in heard)


def squeeze(text: str) -> str:
    """White space normalised: the only liberty a quote may take."""
    return " ".join(text.split())


def is_verbatim(evidence: TurnEvidence, turns: Sequence[Turn]) -> bool:
    """Whether the quote stands in the turn it names, and the turn is the candidate's."""
    if not 0 <= evidence.turn < len(turns) or turns[evidence.turn].role != "candidate":
        return False
    quote = squeeze(evidence.quote)
    return bool(quote) and quote in squeeze(turns[evidence.turn].text)


def _short(text: str, start: int, end: int, longest: int) -> list[tuple[int, int]]:
    """The span without white space around it, cut at commas and conjunctions where it is too long."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if len(text[start:end].split()) <= longest:
        return [(start, end)] if start < end else []
    cuts = [found.end() for found in _BREAK.finditer(text, start + 1, end)]
    cuts = cuts or [found.end() for found in _SPACE.finditer(text, start + 1, end)]
    middle = (start + end) // 2
    cut = min(cuts, key=lambda place: (abs(place - middle), place))
    return _short(text, start, cut, longest) + _short(text, cut, end, longest)


def _seconds(turn: Turn, start: int, end: int) -> tuple[float | None, float | None]:
    """From the recogniser's words where they cover the turn, else the turn's own."""
    words = _words(turn, start, end)
    return (words[0].start, words[-1].end) if words else (turn.start, turn.end)


def _clear(turn: Turn, start: int, end: int) -> tuple[str, int]:
    """The piece without the words that the recogniser was unsure of, and how many those are."""
    words = _words(turn, start, end)
    sure = [word.text for word in words if word.confidence is None or word.confidence >= SURE]
    if len(sure) == len(words):
        return turn.text[start:end], 0
    return " ".join(sure), len(words) - len(sure)


def _words(turn: Turn, start: int, end: int) -> Sequence[Word]:
    """The recogniser's words of a piece; none where they do not cover the turn."""
    spoken = turn.text.split()
    if len(turn.words) != len(spoken):
        return ()
    first = len(turn.text[:start].split())
    return turn.words[first : first + len(turn.text[start:end].split())]
