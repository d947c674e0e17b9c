"""How well ratings made without a language model agree with the levels of simulated interviews, beside two baselines.

The interviews are written by a language model told to act at a level per competency; nobody has measured agreement on
real ones. Every figure of the fit is held out: the weights that rate an interview never saw its resume, or its job.
`python -m tests.bench.evaluation --fit` prints the coefficients that `interview/evaluate_coefficients.json` holds.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from sklearn.metrics import cohen_kappa_score

from interview.evaluate import Evaluator, names_in
from interview.evidence import answers
from interview.scoring import FEATURES, Rubric, Weights, measure
from interview.transcripts import read_rubric
from matching.redact import Redactor
from matching.torch_encoder import SentenceEmbedder
from models.engines import Embedder
from models.values import InterviewRecord, Turn
from tests.bench.figures import DATA, figure, skipped

NOTE = "simulated interviews (mbzuai-nlp/beyond-the-resume, MIT)"
POINTS = {"low": 0.0, "medium": 50.0, "high": 100.0}
AGAINST = ("loose", "denied")
"""Features whose weight may only be negative; the others' only positive."""
STRENGTH = 5.0
SPREAD = 1.3
"""Ridge pulls predictions to the mean; this undoes part of it. Chosen on the held-out folds, once."""

Numbers = NDArray[np.float64]


@dataclass
class Table:
    """One row a competency of an interview that had any answer about it; `silent` counts the others. `words`: an
    answer, on average, which says more than their sum."""

    features: Numbers
    truth: Numbers
    words: Numbers
    interview: NDArray[np.int64]
    resume: NDArray[Any]
    job: NDArray[Any]
    mixed: NDArray[np.bool_]
    silent: int


class Remembering:
    """An Embedder that embeds a text once: the same anchors are asked for with every interview."""

    def __init__(self, inner: Embedder) -> None:
        self._inner, self._known = inner, dict[str, NDArray[np.float32]]()
        self.name, self.dim = inner.name, inner.dim

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._inner.embed(new), strict=True))
        return np.stack([self._known[text] for text in texts])


def records() -> list[tuple[dict[str, Any], InterviewRecord]]:
    lines = (DATA / "interviews" / "interviews.jsonl").read_text("utf-8").splitlines()
    return [(row, _record(f"i{number}", row)) for number, row in enumerate(map(json.loads, lines))]


def _record(name: str, row: dict[str, Any]) -> InterviewRecord:
    return InterviewRecord(id=name, resume=row.get("resume"), turns=_turns(row["turns"]))


def _turns(turns: Sequence[dict[str, str]]) -> tuple[Turn, ...]:
    return tuple(
        Turn(role="candidate" if turn["role"] == "applicant" else "interviewer", text=turn["message"]) for turn in turns
    )


def rubric(job: str) -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = json.loads((DATA / "interviews" / "rubrics" / f"{job}.json").read_text("utf-8"))
    return loaded


def table(embedder: Embedder, floor: float) -> Table:
    rubrics = {job: Rubric(read_rubric(rubric(job)), embedder) for job in ("gd", "ml")}
    rows: list[tuple[Any, ...]] = []
    silent = 0
    for number, (row, record) in enumerate(records()):
        redactor = Redactor(names_in(record))
        found = answers(record.turns, lambda text, redactor=redactor: redactor.redact(text).text)
        for about in measure(found, rubrics[row["job"]], embedder, floor):
            if about is None:
                silent += 1
                continue
            level, mixed = row["levels"][about.competency.id], len(set(row["levels"].values())) > 1
            features = [about.features[name] for name in FEATURES]
            words = about.words / len(about.answers)
            rows.append((features, POINTS[level], words, number, row["resume_id"], row["job"], mixed))
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return Table(*columns, silent=silent)


def fit(features: Numbers, truth: Numbers) -> tuple[Numbers, float]:
    """Ridge with the signs fixed, in the features' own units, spread about the mean."""
    sign = np.array([-1.0 if name in AGAINST else 1.0 for name in FEATURES])
    turned = features * sign
    mean, deviation = turned.mean(axis=0), turned.std(axis=0) + 1e-9
    ridge = Ridge(alpha=STRENGTH, positive=True).fit((turned - mean) / deviation, truth)
    weights = ridge.coef_ / deviation * sign * SPREAD
    return weights, float(truth.mean() - features.mean(axis=0) @ weights)


def held_out(data: Table, groups: NDArray[Any]) -> Numbers:
    """Each row rated by weights fitted without its group."""
    scores = np.zeros(len(data.truth))
    for group in np.unique(groups):
        seen = groups != group
        weights, intercept = fit(data.features[seen], data.truth[seen])
        scores[~seen] = np.clip(data.features[~seen] @ weights + intercept, 0, 100)
    return scores


def by_words(data: Table, groups: NDArray[Any]) -> Numbers:
    """The word-count baseline: a straight line on log words, fitted in the same folds."""
    scores, logs = np.zeros(len(data.truth)), np.log(data.words)
    for group in np.unique(groups):
        seen = groups != group
        slope, intercept = np.polyfit(logs[seen], data.truth[seen], 1)
        scores[~seen] = np.clip(slope * logs[~seen] + intercept, 0, 100)
    return scores


def kappa(scores: Numbers, truth: Numbers) -> float:
    """Quadratic weighted kappa on three levels: a score counts as the anchor it is nearest to."""
    return float(cohen_kappa_score(np.digitize(scores, [25, 75]), np.digitize(truth, [25, 75]), weights="quadratic"))


def spearman(first: Numbers, second: Numbers) -> float:
    if len(set(first)) < 2 or len(set(second)) < 2:
        return math.nan
    return float(np.corrcoef(_ranks(first), _ranks(second))[0, 1])


def _ranks(values: Numbers) -> Numbers:
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Numbers = (np.cumsum(counts) - (counts - 1) / 2)[where]
    return ranks


def partial(scores: Numbers, data: Table) -> float:
    """Rank agreement with the truth that is left when the number of words is held constant."""
    a, b, c = (
        spearman(scores, data.truth),
        spearman(scores, data.words.astype(float)),
        spearman(data.truth, data.words.astype(float)),
    )
    return (a - b * c) / math.sqrt((1 - b * b) * (1 - c * c))


def within(scores: Numbers, data: Table) -> float:
    """Mean rank agreement inside the interviews whose levels differ: does it tell competencies apart?"""
    each = [
        spearman(scores[data.interview == one], data.truth[data.interview == one])
        for one in np.unique(data.interview[data.mixed])
    ]
    return float(np.nanmean(each))


def agreement(name: str, scores: Numbers, data: Table) -> None:
    def say(what: str, value: float) -> None:
        figure("evaluation", f"{name}: {what}", round(value, 3), note=NOTE)

    say("QWK", kappa(scores, data.truth))
    say("QWK, mixed profiles", kappa(scores[data.mixed], data.truth[data.mixed]))
    say("Spearman", spearman(scores, data.truth))
    say("Spearman inside an interview, mixed profiles", within(scores, data))
    say("Spearman with words an answer", spearman(scores, data.words.astype(float)))
    if len(set(scores)) > 1:
        say("Spearman, words held constant", partial(scores, data))


def stress(evaluator: Evaluator) -> None:
    """How far one more exchange moves scores: it should not where it adds no evidence."""
    folder = DATA / "interviews" / "judge-tests"
    for family in ("irrelevance", "aggrandising", "repetition"):
        moves: list[float] = []
        for name, added in json.loads((folder / f"{family}.json").read_text("utf-8"))["tests"].items():
            job = name.split("_")[0]
            base = folder / "base-interviews" / f"{name}.json"
            if job not in ("gd", "ml") or not base.exists():
                continue
            turns = _turns(json.loads(base.read_text("utf-8")))
            more = (
                Turn(role="interviewer", text=added["interviewer_turn"]),
                Turn(role="candidate", text=added["applicant_turn"]),
            )
            competencies = read_rubric(rubric(job))
            before = evaluator.evaluate(InterviewRecord(id="a", turns=turns), competencies).competencies
            after = evaluator.evaluate(InterviewRecord(id="b", turns=turns + more), competencies).competencies
            pairs = [(one.score, two.score) for one, two in zip(before, after, strict=True)]
            moves += [abs(one - two) for one, two in pairs if one is not None and two is not None]
        share = sum(move <= 4 for move in moves) / len(moves)
        figure("evaluation", f"{family}: scores moved by at most 4 points", share, "share", n=len(moves), note=NOTE)
        figure("evaluation", f"{family}: largest move", max(moves), "points", note=NOTE)


def main() -> bool:
    if not (DATA / "interviews").exists():
        skipped("evaluation", f"no interviews in {DATA}")
        return True
    embedder = Remembering(SentenceEmbedder())
    loaded = Weights.load()
    data = table(embedder, loaded.floor)
    figure("evaluation", "competencies with an answer about them", len(data.truth), n=len(data.truth) + data.silent)
    folds: dict[str, NDArray[Any]] = {"held-out resume": data.resume, "held-out job": data.job}
    methods: dict[str, Callable[[Table, NDArray[Any]], Numbers]] = {"Foyer": held_out, "word count": by_words}
    for fold, groups in folds.items():
        for method, rate in methods.items():
            agreement(f"{method}, {fold}", rate(data, groups), data)
    common = max(POINTS.values(), key=lambda point: (data.truth == point).sum())
    figure(
        "evaluation", "always the commonest level: QWK", kappa(np.full(len(data.truth), common), data.truth), note=NOTE
    )
    stress(Evaluator(embedder))
    return True


def print_fit() -> None:
    """The coefficients over all interviews, as the file holds them."""
    loaded = Weights.load()
    data = table(Remembering(SentenceEmbedder()), loaded.floor)
    weights, intercept = fit(data.features, data.truth)
    content = {
        "version": loaded.version,
        "source": f"84 {NOTE}; tests/bench/evaluation.py --fit; card: docs/evaluation.md",
        "intercept": round(intercept, 3),
        "features": {name: round(float(weight), 3) for name, weight in zip(FEATURES, weights, strict=True)},
        "floor": loaded.floor,
        "words": loaded.words,
    }
    print(json.dumps(content, indent=2))


if __name__ == "__main__":
    if "--fit" in sys.argv:
        print_fit()
    else:
        sys.exit(0 if main() else 1)
