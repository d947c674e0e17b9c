"""What redaction is worth: the same resumes and the same model under other names, with the texts as they were written.
And the same interviews under 800 names: what the rater sees is the same to the byte, and so, end to end, is its rating.

`tests.bench.invariance` calls it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import screening.prepared
from interview.blind import for_the_rater, names_in
from interview.evaluate import Evaluator
from interview.transcripts import read_rubric
from matching.redact import Redacted
from models.engines import Embedder
from models.values import InterviewRecord, Scorecard
from tests.bench.figures import figure
from tests.bench.interviews import JOBS, NOTE, Remembering, records, rubric

BENCH = "invariance"
UNREDACTED = 25
"""Names of the comparison, for each resume."""
INTERVIEWS, RATED = 5, 40
"""Interviews a job, and names under which each is rated end to end: 200 a job."""


class _Plain:
    """A redactor that takes nothing out."""

    def __init__(self, names: Sequence[str] = ()) -> None:
        del names

    def redact(self, text: str, *, section: str = "") -> Redacted:
        return Redacted(text, ())


@contextmanager
def unredacted() -> Iterator[None]:
    kept = screening.prepared.Redactor
    screening.prepared.Redactor = _Plain  # type: ignore[assignment,misc]
    try:
        yield
    finally:
        screening.prepared.Redactor = kept  # type: ignore[misc]


def print_spread(with_it: list[list[float]], without: list[list[float]]) -> bool:
    """A list of scores for each resume, under the same names: with redaction and without."""
    points = [100 * (max(scores) - min(scores)) for scores in without]
    moved = sum(spread > 0 for spread in points)
    mean = round(sum(points) / len(points), 3)
    figure(BENCH, "without redaction: resumes whose score moves with the name", moved, of=len(points))
    figure(BENCH, "without redaction: largest spread", max(points), "points", mean=mean, names=len(without[0]))
    worst = max(100 * (max(scores) - min(scores)) for scores in with_it)
    return figure(BENCH, "with redaction, the same names: largest spread", worst, "points", at_most=0)


def called(record: InterviewRecord, name: str) -> InterviewRecord:
    """Wherever a part of the candidate's name stands, the other name's: first for first, last for the others."""
    first, *_, last = name.split()
    parts = list(dict.fromkeys(p for own in names_in(record) for p in re.findall(r"[^\W\d_]+", own) if len(p) > 1))
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, parts)) or '(?!)'})\b")

    def other(text: str) -> str:
        return pattern.sub(lambda found: first if found[0] == parts[0] else last, text)

    turns = tuple(turn.model_copy(update={"text": other(turn.text)}) for turn in record.turns)
    return record.model_copy(update={"turns": turns, "resume": other(record.resume) if record.resume else None})


def print_evaluation(embedder: Embedder, names: Sequence[str]) -> bool:
    remembering = Remembering(embedder)
    evaluator = Evaluator(remembering)
    texts = rated = differ_text = differ_rating = 0
    for job in JOBS:
        chosen = [record for row, record in records() if row["job"] == job][:INTERVIEWS]
        competencies = read_rubric(rubric(job))
        for record in chosen:
            seen, cards = set(), set()
            for number, name in enumerate(names):
                other = called(record, name)
                show = for_the_rater(other)
                seen.add("\n".join(show(turn.text) for turn in other.turns))
                texts += 1
                if number % max(1, len(names) // RATED) == 0:
                    cards.add(_without(evaluator.evaluate(other, competencies), name))
                    rated += 1
            differ_text += len(seen) - 1
            differ_rating += len(cards) - 1
    return all(
        [
            figure(
                BENCH, "interviews, names: texts for the rater that differ", differ_text, of=texts, at_most=0, note=NOTE
            ),
            figure(BENCH, "interviews, names: scorecards that differ", differ_rating, of=rated, at_most=0, note=NOTE),
        ]
    )


def _without(card: Scorecard, name: str) -> str:
    """All of a scorecard but what holds the name itself: quotes of what was said, and the transcript's hash."""
    first, *_, last = name.split()
    versions = {key: value for key, value in card.versions.items() if key != "transcript_sha256"}
    told = card.model_copy(update={"versions": versions}).model_dump_json()
    return re.sub(rf"\b(?:{re.escape(first)}|{re.escape(last)})\b", "NAME", told)
