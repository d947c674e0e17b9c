"""Who somebody is, and how what they say is spelled, moves no rating: the simulated interviews with other names, other
schools and addresses, another spelling; and whether the same interviews rated again give the same bytes."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from interview.blind import names_in
from interview.evaluate import Evaluator
from interview.transcripts import read_rubric
from models.engines import Embedder
from models.values import InterviewRecord
from tests.bench.figures import figure
from tests.bench.interviews import NOTE, Change, Table, records, rubric, table

BENCH = "evaluation"
AGAIN = 84
NAMES = ("Ngozi", "Łukasz", "Xiùyīng", "Adebayo")
_BRITISH = (
    (re.compile(r"\b(organ|prior|optim|summar|standard|visual|minim|custom)iz(e|ed|es|ing|ation)\b"), r"\1is\2"),
    (re.compile(r"\b(col|fav|behavi|lab)or"), r"\1our"),
    (re.compile(r"\b(cent)er\b"), r"\1re"),
)


def renamed(record: InterviewRecord) -> InterviewRecord:
    parts = [part for name in names_in(record) for part in re.findall(r"[^\W\d_]+", name) if len(part) > 1]
    other = {part: NAMES[n % len(NAMES)] for n, part in enumerate(dict.fromkeys(parts))}
    pattern = re.compile(rf"\b(?:{'|'.join(map(re.escape, other)) or '(?!)'})\b")
    return _rewritten(record, lambda text: pattern.sub(lambda found: other[found[0]], text))


def schooled(first: str, street: str) -> Change:
    """Everybody says in the first answer where they learned and live."""

    def change(record: InterviewRecord) -> InterviewRecord:
        at = next(n for n, turn in enumerate(record.turns) if turn.role == "candidate")
        said = f"{record.turns[at].text} I learned that at {first}, and I live at {street}."
        turns = (*record.turns[:at], record.turns[at].model_copy(update={"text": said}), *record.turns[at + 1 :])
        return record.model_copy(update={"turns": turns, "resume": f"{record.resume or ''}\n{first}\n{street}"})

    return change


def british(record: InterviewRecord) -> InterviewRecord:
    def respelled(text: str) -> str:
        for pattern, other in _BRITISH:
            text = pattern.sub(other, text)
        return text

    return _rewritten(record, respelled)


def print_identity(embedder: Embedder, data: Table) -> bool:
    held = True
    elsewhere = schooled("Howard University", "7 Elm Avenue"), schooled("Stanford University", "1220 Oak Street")
    for name, before, after in (
        ("other names", data, table(embedder, renamed)),
        ("other schools and addresses", table(embedder, elsewhere[0]), table(embedder, elsewhere[1])),
        ("British spelling", data, table(embedder, british)),
    ):
        same = np.isclose(before.features, after.features, rtol=0, atol=0, equal_nan=True).all(axis=1)
        held &= figure(BENCH, f"{name}: ratings that differ", int((~same).sum()), at_most=0, n=len(same), note=NOTE)
    return held


def print_again(first: Embedder, second: Embedder) -> bool:
    """The second run has vectors of its own, in another order."""
    chosen = records()[:AGAIN]
    before = [_bytes(Evaluator(first), row["job"], record) for row, record in chosen]
    after = [_bytes(Evaluator(second), row["job"], record) for row, record in reversed(chosen)][::-1]
    differ = sum(one != two for one, two in zip(before, after, strict=True))
    return figure(BENCH, "scorecards that differ when made again", differ, at_most=0, n=len(chosen), note=NOTE)


def _bytes(evaluator: Evaluator, job: str, record: InterviewRecord) -> bytes:
    return evaluator.evaluate(record, read_rubric(rubric(job))).model_dump_json().encode()


def _rewritten(record: InterviewRecord, change: Callable[[str], str]) -> InterviewRecord:
    turns = tuple(turn.model_copy(update={"text": change(turn.text)}) for turn in record.turns)
    return record.model_copy(update={"turns": turns, "resume": change(record.resume) if record.resume else None})
