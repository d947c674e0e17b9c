"""A second opinion on every competency, by any OpenAI-compatible language model. Optional; called by
`api.second_opinion`, a call a competency, and put beside Foyer's own ratings by `combine`.

The model decides nothing. It has no tools, sees only the answers to one competency, redacted, without orders to it
(`interview.injection`) and marked as data, and answers in a schema. Code then looks up every quote in the candidate's
own turn: what is not there word for word is dropped, and a rating without a quote left is refused. Whatever goes wrong,
the second rating is absent with its reason and Foyer's stands. The score and the recommendation never change.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from interview.blind import names_in
from interview.evidence import PARTS, is_verbatim, squeeze
from interview.injection import orders
from interview.lint import protected_topics
from interview.spoken import spoken_words
from matching.redact import KINDS, Redactor
from models.engines import LanguageModel
from models.errors import EngineError, FoyerError
from models.values import (
    Competency,
    Confidence,
    Flag,
    InterviewRecord,
    Message,
    Question,
    Rating,
    Scorecard,
    SecondRating,
    Turn,
    TurnEvidence,
)

PROMPT = Path(__file__).with_name("prompts").joinpath("rate.md").read_text("utf-8")
PROMPT_SHA256 = hashlib.sha256(PROMPT.encode()).hexdigest()
LEVELS = ("1", "2", "3", "4", "5", "insufficient")
SCHEMA: Mapping[str, object] = {
    "type": "object",
    "properties": {
        "quotes": {
            "type": "array",
            "maxItems": 8,
            "items": {
                "type": "object",
                "properties": {"turn": {"type": "integer"}, "text": {"type": "string"}},
                "required": ["turn", "text"],
                "additionalProperties": False,
            },
        },
        "reason": {"type": "string"},
        "missing": {"type": "array", "maxItems": 8, "items": {"type": "string", "enum": list(PARTS)}},
        "level": {"type": "string", "enum": list(LEVELS)},
    },
    "required": ["quotes", "reason", "missing", "level"],
    "additionalProperties": False,
}
"""Quotes come before the level: a model that writes its evidence first rates what it wrote."""
TRIES = 2
PAUSE = 1.0
"""Seconds before the second try."""
LONGEST = 24_000
"""Characters of the transcript that are shown: some forty minutes of speech."""
QUOTES, QUOTE_WORDS, QUOTE_HOLES = 4, range(3, 61), 4
"""Most quotes that are kept; the words of one ("I did" proves nothing); most redacted details in one."""
HOLE = 80
"""Most characters of what was redacted."""
REASON = 600
"""Characters that are kept."""
APART = 2
"""Levels from which two ratings disagree."""

_LEFT_OUT = "[left out]"
_MARK = re.compile(r"DATA-[0-9a-f]{4,}")
_HOLES = re.compile("|".join(re.escape(f"[{kind}]") for kind in KINDS))
_WORD_BEFORE = re.compile(r"(?<!\w)\w[\w'-]*\W*\Z")
_WORD_AFTER, _NO_WORD = re.compile(r"\W*\w[\w'-]*"), re.compile(r"(?!\w)")
_SIGNS = str.maketrans("‘’‚‛“”„‟", "''''\"\"\"\"")
_LOWER: Mapping[Confidence, Confidence] = {"high": "medium", "medium": "low", "low": "low"}


# ---------------------------------------------------------------- what the model is shown


@dataclass(frozen=True, slots=True)
class Shown:
    """A turn as the model reads it: `text` redacted, in one line. `clear`: the same before redaction, character for
    character at `places` of the turn's text."""

    index: int
    turn: Turn
    text: str
    clear: str
    places: tuple[int, ...]


def shown(record: InterviewRecord, competency: Competency, questions: Sequence[Question] = ()) -> list[Shown]:
    """The exchanges in which this competency was asked for, and those the plan knows nothing of; without the plan's
    `questions` all. Empty where the candidate said nothing in them."""
    redactor = Redactor(names_in(record))
    ordered = {(order.turn, place) for order in orders(record.turns) for place in range(order.start, order.end)}
    picked = [index for exchange in _exchanges(record.turns, competency, questions) for index in exchange]
    found = [_shown(index, record.turns[index], redactor, ordered) for index in picked]
    if not any(one.turn.role == "candidate" and any(map(str.isalnum, one.text)) for one in found):
        return []
    return found


def request(competency: Competency, turns: Sequence[Shown], *, again: bool = False) -> tuple[Message, Message]:
    """Prompt and data. The two marks carry a hash of what lies between them, so that nothing inside can forge one, and
    what looks like one is taken out. `again`: the first answer quoted what nobody had said."""
    lines, left = [], LONGEST
    for one in turns:
        text = _MARK.sub("[mark]", one.text)[: max(0, left)]
        left -= len(text)
        if text:
            line = {"turn": one.index, "speaker": one.turn.role, "text": text}
            lines.append(json.dumps(line, ensure_ascii=False))
    data = "\n".join(lines)
    mark = "DATA-" + hashlib.sha256(f"{PROMPT_SHA256}\n{data}".encode()).hexdigest()[:16]
    asked = {
        "competency": competency.name,
        "description": competency.description,
        "level_1": competency.anchors.low,
        "level_3": competency.anchors.medium,
        "level_5": competency.anchors.high,
    }
    told = "An earlier answer quoted words that are not in the candidate's turns. Copy exactly.\n" if again else ""
    content = f"{json.dumps(asked, ensure_ascii=False)}\n{mark}\n{data}\n{mark}\n{told}Rate this competency."
    return (Message("system", PROMPT), Message("user", content))


def _exchanges(
    turns: Sequence[Turn], competency: Competency, questions: Sequence[Question]
) -> Iterator[tuple[int, ...]]:
    """Places of the turns, from one question up to the next; without those asked for something else."""
    asked_for = {question.id: question.competency_id for question in questions}
    exchange: list[int] = []
    for index, turn in enumerate([*turns, Turn(role="interviewer", text="")]):
        over = turn.role == "interviewer" and any(turns[place].role == "candidate" for place in exchange)
        if over or index == len(turns):
            asked = next((turns[place].question_id for place in exchange if turns[place].question_id), None)
            if asked not in asked_for or asked_for[asked] == competency.id:
                yield tuple(exchange)
            exchange = []
        exchange.append(index)


def _shown(index: int, turn: Turn, redactor: Redactor, ordered: set[tuple[int, int]]) -> Shown:
    """Invisible characters gone, quotation marks straight, an order to the rater replaced."""
    pieces: list[tuple[str, int]] = []
    hidden = False
    for place, char in enumerate(turn.text):
        if (index, place) in ordered:
            pieces += [] if hidden else [(letter, place) for letter in f" {_LEFT_OUT} "]
            hidden = True
            continue
        hidden = False
        plain = unicodedata.normalize("NFKC", char).translate(_SIGNS)
        pieces += [(letter, place) for letter in plain if letter.isspace() or unicodedata.category(letter)[0] != "C"]
    clear = "".join(letter for letter, _ in pieces)
    return Shown(index, turn, squeeze(redactor.redact(clear).text), clear, tuple(place for _, place in pieces))


# ---------------------------------------------------------------- what is made of its answer


def second_rating(
    model: LanguageModel,
    record: InterviewRecord,
    competency: Competency,
    questions: Sequence[Question] = (),
    *,
    until: float = math.inf,
    pause: float = PAUSE,
) -> SecondRating:
    """Ask, check, and ask once more where that can help. Never raises: what fails is said in `absent`. No call begins
    after `until` (time.monotonic)."""
    turns = shown(record, competency, questions)
    if not turns:
        return _rating(model, reason="No answer was about this.")
    problem, again = "", False
    for attempt in range(TRIES):
        if attempt:
            time.sleep(max(0.0, min(pause, until - time.monotonic())))
        if time.monotonic() >= until:
            return _rating(model, absent=problem or "The time for second ratings was over.")
        try:
            reply = model.complete(request(competency, turns, again=again), schema=SCHEMA)
        except EngineError as error:
            problem = _sentence(error.detail)
            if not error.retry:
                break
            continue
        rating = checked(reply, turns, record.turns, model.name)
        if not rating.absent:
            cut = sum(len(one.text) for one in turns) > LONGEST
            note = f"It was shown the first {LONGEST:,} characters only." if cut else ""
            return rating.model_copy(update={"note": f"{rating.note} {note}".strip()})
        problem, again = rating.absent, True
    return _rating(model, absent=problem)


def checked(reply: Mapping[str, Any], turns: Sequence[Shown], said: Sequence[Turn], model: str) -> SecondRating:
    """A reply of the schema, with the quotes that hold; `absent` where none holds up a level."""
    level, claimed = str(reply["level"]), list(reply["quotes"])
    found = [located(str(quote["text"]), int(quote["turn"]), turns, said) for quote in claimed]
    evidence = tuple(dict.fromkeys(one for one in found if one is not None))[:QUOTES]
    lost = sum(one is None for one in found)
    notes = [f"{lost} of its {len(found)} quotes are not the candidate's words and were dropped."] if lost else []
    reason = squeeze(str(reply["reason"]))
    reason = reason if len(reason) <= REASON else reason[:REASON].rsplit(" ", 1)[0] + " …"
    topics = protected_topics(reason)
    if topics:
        notes.append(f"Its reason spoke of {' and '.join(topics)} and was left out.")
    if level != "insufficient" and not evidence:
        why = "its quotes are not the candidate's words" if claimed else "it quoted nothing"
        return SecondRating(model=model, prompt_sha256=PROMPT_SHA256, absent=f"Its rating was refused: {why}.")
    return SecondRating(
        rating=None if level == "insufficient" else int(level),
        evidence=evidence,
        reason="" if topics else reason,
        missing=tuple(part for part in PARTS if part in reply["missing"]),
        model=model,
        prompt_sha256=PROMPT_SHA256,
        note=" ".join(notes),
    )


def located(quote: str, index: int, turns: Sequence[Shown], said: Sequence[Turn]) -> TurnEvidence | None:
    """The candidate's own words behind a quote of what was shown, or None. White space is the only liberty; where a
    detail was redacted, what stood there belongs to the quote; whole words, at least three."""
    turn = next((one for one in turns if one.index == index and one.turn.role == "candidate"), None)
    wanted = squeeze(quote.translate(_SIGNS))
    if turn is None or len(_HOLES.sub(" ", wanted).split()) not in QUOTE_WORDS:
        return None
    if len(_HOLES.findall(wanted)) > QUOTE_HOLES:
        return None
    if not re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", turn.text):
        return None
    found = _behind(wanted, turn.clear)
    if found is None or _LEFT_OUT in turn.clear[found[0] : found[1]]:
        return None
    start, end = turn.places[found[0]], turn.places[found[1] - 1] + 1
    words = turn.turn.text[start:end]
    evidence = TurnEvidence(quote=words, turn=index, **_times(turn.turn, start, end))
    return evidence if is_verbatim(evidence, said) else None


def _behind(wanted: str, clear: str) -> tuple[int, int] | None:
    """Where the words of a quote stand in the text before redaction; of several places the narrowest. At its ends a
    hole is one word."""
    holes = rf"(?:{_HOLES.pattern})"
    found = re.finditer(rf"((?:{holes}\s*)*)(.*?)(?={holes}|$)", wanted)
    pieces = [(len(_HOLES.findall(one[1])), one[2].strip()) for one in found if one[0]]
    after = pieces.pop()[0] if not pieces[-1][1] else 0
    before, first = pieces[0]
    places = []
    for match in _spaced(first, whole=not before).finditer(clear):
        start, end = match.start(), _end(pieces[1:], clear, match.end())
        edge = _WORD_BEFORE.search(clear, max(0, start - HOLE), start) if before else match
        last = _WORD_AFTER.match(clear, end, end + HOLE) if after else _NO_WORD.match(clear, end)
        if end and edge is not None and last is not None:
            places.append((edge.start(), last.end()))
    return min(places, key=lambda place: place[1] - place[0], default=None)


def _end(pieces: Sequence[tuple[int, str]], clear: str, at: int) -> int:
    """Where the last of them ends, 0 where they do not follow. Each is looked for right behind the one before it and
    never moved again: were all ways tried to fill the holes, a few of them would take for ever."""
    for holes, text in pieces:
        most = at + holes * HOLE
        following = _spaced(text).search(clear, at + 1, most + 2 * len(text) + HOLE)
        if following is None or following.start() > most + 1:
            return 0
        at = following.end()
    return at


def _spaced(text: str, *, whole: bool = False) -> re.Pattern[str]:
    return re.compile((r"(?<!\w)" if whole else "") + r"\s+".join(map(re.escape, text.split())))


def _times(turn: Turn, start: int, end: int) -> dict[str, float | None]:
    """When the words were said, as near as the recogniser knows."""
    first = len(turn.text[:start].split())
    words = spoken_words(turn)[first : first + len(turn.text[start:end].split())]
    starts, ends = [one.start for one in words if one.start is not None], [one.end for one in words if one.end]
    return {"start": starts[0] if starts else turn.start, "end": ends[-1] if ends else turn.end}


def _rating(model: LanguageModel, *, reason: str = "", absent: str = "") -> SecondRating:
    return SecondRating(model=model.name, prompt_sha256=PROMPT_SHA256, reason=reason, absent=absent)


def _sentence(detail: str) -> str:
    text = squeeze(detail)[:300].rstrip(".")
    return text[:1].upper() + text[1:] + "."


# ---------------------------------------------------------------- two ratings side by side


def combine(scorecard: Scorecard, seconds: Mapping[str, SecondRating]) -> Scorecard:
    """The scorecard with second ratings by competency id. Score, ratings and recommendation stay as they are; where the
    raters disagree, confidence drops by one step and a flag asks a person to look. Again changes nothing."""
    ratings = tuple(_beside(rating, seconds.get(rating.competency_id)) for rating in scorecard.competencies)
    fresh = [new for new, old in zip(ratings, scorecard.competencies, strict=True) if new is not old]
    told = [_disagreement(one) for one in fresh if one.second is not None and one.second.agrees is False]
    missed = [one for one in fresh if one.second is not None and one.second.absent]
    models = sorted({one.second.model for one in fresh if one.second is not None})
    versions = {"second_rater": ", ".join(models), "second_rater_prompt_sha256": PROMPT_SHA256} if models else {}
    return scorecard.model_copy(
        update={
            "competencies": ratings,
            "flags": (*scorecard.flags, *told, *([_absence(missed, len(fresh))] if missed else [])),
            "versions": {**scorecard.versions, **versions},
        }
    )


def verify_seconds(scorecard: Scorecard, turns: Sequence[Turn]) -> None:
    """Raise FoyerError where a second rating rests on nothing, or on what the candidate did not say."""
    for rating in scorecard.competencies:
        second = rating.second
        if second is None:
            continue
        if second.rating is not None and not second.evidence:
            raise FoyerError(f"The second rating of '{rating.name}' quotes nothing; evaluate the interview again.")
        if not all(is_verbatim(one, turns) for one in second.evidence):
            raise FoyerError(f"The second rating of '{rating.name}' quotes what was not said; evaluate again.")


def _beside(rating: Rating, second: SecondRating | None) -> Rating:
    if second is None or rating.second is not None:
        return rating
    if second.absent:
        return rating.model_copy(update={"second": second.model_copy(update={"agrees": None})})
    if rating.rating is None or second.rating is None:
        agrees = rating.rating is second.rating
    else:
        agrees = abs(rating.rating - second.rating) < APART
    confidence = rating.confidence if agrees else _LOWER[rating.confidence]
    beside = second.model_copy(update={"agrees": agrees})
    return rating.model_copy(update={"second": beside, "confidence": confidence})


def _disagreement(rating: Rating) -> Flag:
    own = _level(rating.rating)
    other = _level(rating.second.rating if rating.second else None)
    name = rating.name.replace("_", " ")
    detail = f"The raters disagree on {name}: Foyer {own}, the second rater {other}. Read the answers and decide."
    return Flag(code="raters_disagree", detail=detail)


def _absence(missed: Sequence[Rating], asked: int) -> Flag:
    names = ", ".join(one.name.replace("_", " ") for one in missed)
    why = missed[0].second.absent if missed[0].second else ""
    detail = f"No second rating for {len(missed)} of {asked} competencies ({names}): Foyer's own stand alone. {why}"
    return Flag(code="second_rater_absent", detail=detail.strip())


def _level(rating: int | None) -> str:
    return "saw too little to rate" if rating is None else f"rates {rating} of 5"
