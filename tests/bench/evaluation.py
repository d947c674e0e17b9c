"""How well ratings made without a language model agree with the levels of simulated interviews, beside baselines and
the data set's own language-model judge; how far additions that are no evidence move them; how far misheard words do.

The interviews are written by a language model told to act at a level per competency; nobody has measured agreement on
real ones. Every figure of agreement is held out: the weights that rate an interview never saw its resume, or its job.
`python -m tests.bench.evaluation --fit` writes the coefficients into `interview/evaluate_coefficients.json`.
"""

from __future__ import annotations

import json
import random
import sys
from functools import partial as bound
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge

from interview import scoring
from interview.scoring import ANCHORS, SIGNALS
from matching.torch_encoder import SentenceEmbedder
from models.engines import Embedder
from tests.bench import additions, identity, spoken_answers
from tests.bench.agreement import (
    SPREAD,
    Rate,
    Rows,
    fit,
    held_out,
    interval,
    kappa,
    partial,
    rated,
    spearman,
    within,
)
from tests.bench.figures import DATA, figure, skipped
from tests.bench.interviews import FOLDER, NOTE, Described, Numbers, Remembering, Table, records, table
from tests.bench.mishearing import misheard

BENCH = "evaluation"
VERSION = "3"
"""Of the coefficients that `--fit` writes."""
FOLDS = ("resume", "job")


def by_words(data: Table, seen: Rows) -> Numbers:
    """The word-count baseline: a straight line on log words."""
    logs = np.log(data.words)
    slope, intercept = np.polyfit(logs[seen], data.truth[seen], 1)
    return np.clip(slope * logs + intercept, 0, 100)


def by_tfidf(data: Table, texts: Any, spread: float, seen: Rows) -> Numbers:
    """TF-IDF + ridge. `spread` 1 is the plain one; ours otherwise, so that it has every advantage that Foyer has."""
    vectors = TfidfVectorizer(min_df=2, sublinear_tf=True).fit(texts[seen])
    plain = Ridge(alpha=1.0).fit(vectors.transform(texts[seen]), data.truth[seen]).predict(vectors.transform(texts))
    mean = data.truth[seen].mean()
    return np.clip(mean + spread * (plain - mean), 0, 100)


def methods(data: Table, spoken: Described) -> dict[str, Rate]:
    return {
        "Foyer": bound(rated, data, spoken),
        "TF-IDF + ridge, nearest answers": bound(by_tfidf, data, data.said, 1.0),
        "TF-IDF + ridge, nearest answers, spread": bound(by_tfidf, data, data.said, SPREAD),
        "TF-IDF + ridge, whole interview": bound(by_tfidf, data, data.whole, 1.0),
        "word count": bound(by_words, data),
    }


def agreement(name: str, scores: Numbers, data: Table) -> None:
    """Over the rows that Foyer rates, whatever the method."""
    for label, rows in (("", data.rated), (", mixed profiles", data.rated & data.mixed)):
        truth, own, interview = data.truth[rows], scores[rows], data.interview[rows]
        ends = interval(lambda drawn, own=own, truth=truth: kappa(own[drawn], truth[drawn]), interview)  # type: ignore[misc]
        figure(BENCH, f"{name}: QWK{label}", round(kappa(own, truth), 3), interval=ends, n=int(rows.sum()), note=NOTE)
    figure(BENCH, f"{name}: Spearman", round(spearman(scores[data.rated], data.truth[data.rated]), 3), note=NOTE)
    rows = data.rated & data.mixed
    inside = within(scores[rows], data.truth[rows], data.interview[rows])
    figure(BENCH, f"{name}: Spearman inside an interview, mixed profiles", round(inside, 3), note=NOTE)


def ahead(fold: str, ours: Numbers, theirs: Numbers, data: Table) -> bool:
    """Whether Foyer's lead over plain TF-IDF + ridge is beyond its interval."""
    rows = data.rated
    truth, own, other = data.truth[rows], ours[rows], theirs[rows]
    ends = interval(
        lambda drawn: kappa(own[drawn], truth[drawn]) - kappa(other[drawn], truth[drawn]), data.interview[rows]
    )
    name = f"lead over TF-IDF + ridge, held-out {fold}: lower end of the interval"
    return figure(BENCH, name, ends[0], "QWK", upper=ends[1], at_least=0.0, note=NOTE)


def wordiness(fold: str, scores: Numbers, data: Table) -> bool:
    rows = data.rated
    own, truth, words = scores[rows], data.truth[rows], data.words[rows]
    labels = round(spearman(truth, words), 3)
    figure(
        BENCH, f"Foyer, held-out {fold}: Spearman with words an answer", round(spearman(own, words), 3), labels=labels
    )
    name = f"Foyer, held-out {fold}: the same, true level held constant"
    return figure(BENCH, name, round(partial(own, words, truth), 3), at_most=labels, note=NOTE)


def agreements(data: Table, spoken: Described) -> bool:
    held = True
    figure(BENCH, "competencies rated", int(data.rated.sum()), of=len(data.truth), note=NOTE)
    for fold in FOLDS:
        scores = {name: held_out(rate, getattr(data, fold)) for name, rate in methods(data, spoken).items()}
        for name, own in scores.items():
            agreement(f"{name}, held-out {fold}", own, data)
        held &= ahead(fold, scores["Foyer"], scores["TF-IDF + ridge, nearest answers"], data)
        held &= wordiness(fold, scores["Foyer"], data)
    agreement("the data set's language-model judge", data.judge, data)
    common = float(np.bincount(data.truth[data.rated].astype(int)).argmax())
    always = kappa(np.full(int(data.rated.sum()), common), data.truth[data.rated])
    figure(BENCH, "always the commonest level: QWK", round(always, 3), note=NOTE)
    return held


def mishearings(embedder: Embedder, data: Table, spoken: Described) -> bool:
    """Scores by weights that never saw the resume, of the interviews as said and as misheard."""
    held = True
    before = held_out(bound(rated, data, spoken), data.resume)
    vocabulary = sorted({word for _, record in records() for turn in record.turns for word in turn.text.split()})
    for share in (0.1, 0.2, 0.3):
        draw = random.Random(1)
        heard = table(embedder, lambda record, draw=draw, share=share: misheard(record, share, draw, vocabulary))  # type: ignore[misc]
        after = np.zeros(len(data.truth))
        for group in np.unique(data.resume):
            seen = (data.resume != group) & data.rated
            weights = fit(data.features[seen], data.truth[seen], data.described, spoken)
            own = data.resume == group
            after[own] = np.clip(weights.scores(heard.features[own]), 0, 100)
        both = data.rated & heard.rated
        name = f"{share:.0%} of the words misheard"
        figure(BENCH, f"{name}: competencies still rated", int(heard.rated.sum()), of=int(data.rated.sum()), note=NOTE)
        if both.any():
            figure(BENCH, f"{name}: QWK", round(kappa(after[both], data.truth[both]), 3), n=int(both.sum()), note=NOTE)
            drift = np.abs(after[both] - before[both])
            figure(BENCH, f"{name}: scores moved by at most 5", float((drift <= 5).mean()), "share", note=NOTE)
            bar = {"at_most": 5.0} if share == 0.1 else {}
            held &= figure(BENCH, f"{name}: largest move", float(drift.max()), "points", note=NOTE, **bar)
    return held


def main() -> bool:
    if not FOLDER.exists():
        skipped(BENCH, f"no interviews in {DATA}")
        return True
    embedder = Remembering(SentenceEmbedder())
    data, answers = table(embedder), spoken_answers.spoken(embedder)
    spoken = answers.known
    held = spoken_answers.print_agreement(data, answers)
    bare = spoken_answers.spoken(embedder, spoken_answers.unpunctuated)
    spoken_answers.print_unpunctuated(data, answers, bare)
    held &= agreements(data, spoken)
    held &= additions.print_moves(embedder)
    held &= identity.print_identity(embedder, data)
    held &= identity.print_again(embedder, Remembering(SentenceEmbedder()))
    return mishearings(embedder, data, spoken) and held


def write_fit() -> None:
    """The coefficients over all interviews and spoken answers."""
    embedder = Remembering(SentenceEmbedder())
    data, spoken = table(embedder), spoken_answers.spoken(embedder).known
    weights = fit(data.features[data.rated], data.truth[data.rated], data.described, spoken)
    width = len(weights.weights) - len(ANCHORS) - len(SIGNALS)
    tail = [round(float(value), 3) for value in weights.weights[width:]]
    content = {
        "version": VERSION,
        "source": f"84 {NOTE}, {len(spoken.truth)} spoken answers and our kits' anchors; "
        "tests/bench/evaluation.py --fit; card: docs/evaluation.md",
        "intercept": round(weights.intercept, 3),
        "anchors": dict(zip(ANCHORS, tail, strict=False)),
        "signals": dict(zip(SIGNALS, tail[len(ANCHORS) :], strict=True)),
        "direction": [round(float(value), 2) for value in weights.weights[:width]],
    }
    Path(scoring.__file__).with_name("evaluate_coefficients.json").write_text(_short(content), "utf-8")


def _short(content: dict[str, Any]) -> str:
    """JSON with the long list in lines of twelve."""
    direction = content.pop("direction")
    lines = [", ".join(map(str, direction[at : at + 12])) for at in range(0, len(direction), 12)]
    rest = json.dumps(content, indent=2).removesuffix("\n}")
    return f'{rest},\n  "direction": [\n    ' + ",\n    ".join(lines) + "\n  ]\n}\n"


if __name__ == "__main__":
    if "--fit" in sys.argv:
        write_fit()
    else:
        sys.exit(0 if main() else 1)
