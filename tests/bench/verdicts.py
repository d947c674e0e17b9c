"""Verdicts requirement by requirement, against labels made blind: 12 jobs x 40 resumes (tests/data/verdicts/GUIDE.md).

Printed: how far the two passes of labelling agree; the product's macro-F1 over met, partly, not met and unknown, its
false rejections of must-haves, its share of unknown, and beside them three baselines on the same labels: the cosine of
requirement and whole resume, plain words, plain MaxSim. A baseline's two thresholds are those that fit the labels best,
which flatters it. Rules were worked out on the development jobs (every second one by name); the others were looked at
once, at the end, for must-haves that were missed.
"""

from __future__ import annotations

import re
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matching.embedder import CachedEmbedder
from matching.skills import Vocabulary
from models.engines import Embedder
from models.settings import Settings
from models.values import DocumentText, Requirement, RequirementScore
from screening.parse import parse
from screening.posting import read_posting
from screening.prepared import Prepared, prepare
from screening.screen import Screener
from tests.bench import verdict_texts
from tests.bench.figures import figure, skipped

CLASSES = ("met", "partly", "not_met", "unknown")
_LETTERS = dict(zip("mpnu", CLASSES, strict=True))
_ROUNDS = 200

Labels = Mapping[tuple[int, str], Sequence[str]]
"""(number of the resume, job) -> a class a requirement."""


@dataclass(frozen=True, slots=True)
class Case:
    """One requirement of one job against one resume. `given`: the product's class, "unquoted" where met or partly
    came without a verbatim quote."""

    resume: int
    job: str
    requirement: Requirement
    label: str
    given: str


def labels(name: str) -> Labels | None:
    """The labels of a file that is whole; None where it is absent or lacks a line."""
    file = verdict_texts.FOLDER / name
    if not file.is_file():
        return None
    found: dict[tuple[int, str], Sequence[str]] = {}
    for line in file.read_text("utf-8").splitlines():
        fields = line.split("\t")
        if len(fields) >= 3 and fields[0].strip().isdigit():
            found[int(fields[0]), fields[1].strip()] = [_LETTERS[one] for one in re.sub(r"[\s,]", "", fields[2])]
    jobs = verdict_texts.jobs()
    numbers = range(1, len(verdict_texts.sources()) + 1)
    whole = all(len(found.get((n, job), ())) == len(asked) for n in numbers for job, asked in jobs.items())
    return found if whole else None


def embedder() -> Embedder:
    """The default encoder; its vectors are kept among the temporary files between runs."""
    from api.wiring import Engines

    folder = Path(tempfile.gettempdir()) / "foyer-bench-verdicts"
    folder.mkdir(exist_ok=True)
    return CachedEmbedder(Engines(Settings(home=folder)).embedder, folder / "vectors.sqlite")


# ---------------------------------------------------------------- the product


def verdicts(read: Sequence[Prepared], encoder: Embedder) -> dict[tuple[int, str], list[RequirementScore]]:
    found = {}
    for job, asked in verdict_texts.jobs().items():
        screener = Screener(asked, encoder, threshold=0.5, review_band=0.1)
        for number, (one, source) in enumerate(zip(read, verdict_texts.sources(), strict=True), start=1):
            [result] = screener.judge_many([one], now=source.now)
            found[number, job] = list(result.requirements)
    return found


def cases(
    truth: Labels, given: Mapping[tuple[int, str], Sequence[RequirementScore]], documents: Sequence[DocumentText]
) -> list[Case]:
    texts = [_squeezed(document.text) for document in documents]
    found = []
    for job, asked in verdict_texts.jobs().items():
        for number, text in enumerate(texts, start=1):
            for one, label, verdict in zip(asked, truth[number, job], given[number, job], strict=True):
                shown = verdict.status in {"not_met", "unknown"} or (
                    verdict.evidence and all(_squeezed(quote.quote) in text for quote in verdict.evidence)
                )
                found.append(Case(number, job, one, label, verdict.status if shown else "unquoted"))
    return found


def _squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


# ---------------------------------------------------------------- measures


def macro_f1(labelled: Sequence[str], given: Sequence[str]) -> float:
    """Mean F1 over the four classes; a class that neither has counts as 1."""
    truth, said = np.array(labelled), np.array(given)
    scores = []
    for one in CLASSES:
        hits = int(((truth == one) & (said == one)).sum())
        both = int((truth == one).sum() + (said == one).sum())
        scores.append(2 * hits / both if both else 1.0)
    return float(np.mean(scores))


def _f1(found: Sequence[Case]) -> float:
    return macro_f1([case.label for case in found], [case.given for case in found])


def f1_by_class(found: Sequence[Case]) -> dict[str, float]:
    result = {}
    for one in CLASSES:
        hits = sum(case.label == one == case.given for case in found)
        both = sum(case.label == one for case in found) + sum(case.given == one for case in found)
        result[one] = round(2 * hits / both, 3) if both else 1.0
    return result


def false_rejections(found: Sequence[Case]) -> float:
    """Of the must-haves that the label calls met or partly, the share that the product calls not met."""
    held = [case.given == "not_met" for case in found if case.requirement.must_have and case.label in CLASSES[:2]]
    return sum(held) / len(held) if held else 0.0


def interval(found: Sequence[Case], measure: Callable[[Sequence[Case]], float]) -> list[float]:
    """95 % bootstrap over jobs."""
    by_job: dict[str, list[Case]] = {}
    for case in found:
        by_job.setdefault(case.job, []).append(case)
    names, chance = sorted(by_job), np.random.default_rng(7)
    drawn = [
        measure([case for at in chance.integers(len(names), size=len(names)) for case in by_job[names[at]]])
        for _ in range(_ROUNDS)
    ]
    return [round(float(np.percentile(drawn, at)), 3) for at in (2.5, 97.5)]


def kappa(one: Sequence[str], two: Sequence[str]) -> float:
    """Cohen's, unweighted."""
    agreed = float(np.mean([a == b for a, b in zip(one, two, strict=True)]))
    chance = sum((one.count(c) / len(one)) * (two.count(c) / len(two)) for c in CLASSES)
    return (agreed - chance) / (1 - chance)


# ---------------------------------------------------------------- baselines


def baselines(found: Sequence[Case], read: Sequence[Prepared], encoder: Embedder) -> dict[str, float]:
    """Macro-F1 of each at its best two thresholds; none of them can say unknown."""
    asked = list(dict.fromkeys(case.requirement.text for case in found))
    row = {text: at for at, text in enumerate(asked)}
    wanted = encoder.embed(asked)
    whole = wanted @ encoder.embed([" ".join(one.texts) for one in read]).T
    most = np.stack([(wanted @ encoder.embed(one.texts).T).max(axis=1) for one in read], axis=1)
    words = np.array([[_words_shared(text, " ".join(one.texts)) for one in read] for text in asked])
    truth = [case.label for case in found]
    result = {}
    for name, scores in (("whole-document MiniLM", whole), ("keywords", words), ("MaxSim", most)):
        values = np.array([scores[row[case.requirement.text], case.resume - 1] for case in found])
        result[name] = _best_fit(truth, values)
    return result


def _words_shared(asked: str, text: str) -> float:
    wanted = {word for word in re.findall(r"[\w+#]+", asked.lower()) if len(word) > 2}
    given = set(re.findall(r"[\w+#]+", text.lower()))
    return len(wanted & given) / len(wanted) if wanted else 0.0


def _best_fit(truth: Sequence[str], values: NDArray[np.floating]) -> float:
    steps = sorted({float(value) for value in np.quantile(values, np.linspace(0.3, 1.0, 36))})
    return max(
        macro_f1(truth, np.where(values >= high, "met", np.where(values >= low, "partly", "not_met")).tolist())
        for at, low in enumerate(steps)
        for high in steps[at:]
    )


# ---------------------------------------------------------------- postings into requirements


def extraction() -> dict[str, float]:
    """How the product reads the twelve postings, against what is pinned of them: a pinned requirement is found where
    one of the same sentence and kind is; precision counts those of pinned sentences only, as not all is pinned."""
    found = kinds = pinned = given = right = musts = 0
    for job, asked in verdict_texts.jobs().items():
        read = read_posting(verdict_texts.posting(job)).requirements
        for one in asked:
            same = [other for other in read if _same(one, other)]
            pinned += 1
            found += bool(same)
            alike = [other for other in same if other.kind == one.kind]
            kinds += bool(alike)
            musts += any(other.must_have == one.must_have for other in alike)
        for other in read:
            near = [one for one in asked if _same(one, other)]
            given += bool(near)
            right += any(one.kind == other.kind for one in near)
    recall, precision = kinds / pinned, right / given
    return {
        "sentence_recall": found / pinned,
        "recall": recall,
        "precision": precision,
        "f1": 2 * precision * recall / (precision + recall),
        "must": musts / kinds,
    }


def _same(one: Requirement, other: Requirement) -> bool:
    first, second = _squeezed(one.sentence).lower(), _squeezed(other.sentence).lower()
    return first in second or second in first


# ---------------------------------------------------------------- the bench


def main() -> bool:
    if not verdict_texts.ARCHIVE.is_file():
        skipped("verdicts", f"{verdict_texts.ARCHIVE} is absent")
        return True
    read_well = extraction()
    held = figure("verdicts", "requirements read from postings, F1 by sentence and kind", read_well.pop("f1"), "F1")
    for name, value in read_well.items():
        figure("verdicts", f"requirements read from postings, {name}", value)
    _agreement()
    truth = labels("labels.tsv")
    if truth is None:
        skipped("verdicts", "tests/data/verdicts/labels.tsv is not complete")
        return held
    documents = verdict_texts.documents()
    vocabulary, encoder = Vocabulary.load(), embedder()
    read = [
        prepare(parse(document, now=source.now), vocabulary)
        for document, source in zip(documents, verdict_texts.sources(), strict=True)
    ]
    found = cases(truth, verdicts(read, encoder), documents)
    return _judged(found, read, encoder) and held


def _agreement() -> None:
    first, second = labels("pass_a.tsv"), labels("pass_b.tsv")
    if first is None or second is None:
        skipped("verdicts", "the two passes of labelling are not both complete")
        return
    one = [label for key in sorted(first) for label in first[key]]
    two = [label for key in sorted(first) for label in second[key]]
    same = sum(a == b for a, b in zip(one, two, strict=True)) / len(one)
    figure("verdicts", "two blind passes agree", same, "share", kappa=round(kappa(one, two), 3), labels=len(one))


def development(found: Sequence[Case]) -> list[Case]:
    """The cases of every second job by name, on which the rules were worked out."""
    half = set(sorted(verdict_texts.jobs())[::2])
    return [case for case in found if case.job in half]


def _judged(found: Sequence[Case], read: Sequence[Prepared], encoder: Embedder) -> bool:
    ours = development(found)
    test = _others(found, ours)
    for name, some in (("development jobs", ours), ("test jobs", test)):
        figure("verdicts", f"macro-F1, {name}", _f1(some), "F1", classes=f1_by_class(some), cases=len(some))
        figure("verdicts", f"must-have false rejections, {name}", false_rejections(some), "share")
    holds = [
        figure(
            "verdicts",
            "macro-F1, all jobs",
            _f1(found),
            "F1",
            at_least=0.75,
            interval=interval(found, _f1),
            classes=f1_by_class(found),
            cases=len(found),
        ),
        figure(
            "verdicts",
            "must-have false rejections, all jobs",
            false_rejections(found),
            "share",
            at_most=0.02,
            interval=interval(found, false_rejections),
        ),
        figure(
            "verdicts",
            "unknown",
            sum(case.given == "unknown" for case in found) / len(found),
            "share",
            at_most=0.15,
            labelled=round(sum(case.label == "unknown" for case in found) / len(found), 4),
        ),
        figure(
            "verdicts", "met or partly without a verbatim quote", sum(c.given == "unquoted" for c in found), at_most=0
        ),
    ]
    for name, value in baselines(found, read, encoder).items():
        figure("verdicts", f"baseline {name}, macro-F1, all jobs, thresholds fitted to the labels", value, "F1")
    return all(holds)


def _others(found: Sequence[Case], half: Sequence[Case]) -> list[Case]:
    names = {case.job for case in half}
    return [case for case in found if case.job not in names]


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
