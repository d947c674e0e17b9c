"""Does a score move with who someone is? The same resume under 800 names, pronouns, addresses and years of graduation,
and padded with white space and with its own lines: every case must give the same score, statuses and terms, to the
byte. Beside it stands what the same model does with the texts as they were written (`spread`), and interviews under the
same names.

`FOYER_BENCH_NAMES` takes only so many of the 800 names, for a quick look.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from api.offline import posting_of
from matching.embedder import CachedEmbedder
from matching.onnx_encoder import OnnxEmbedder
from matching.skills import Vocabulary
from models.settings import ROOT, Settings
from models.values import JobPosting
from screening.extract import Limits, read
from screening.parse import parse
from screening.posting import read_posting
from screening.prepared import Prepared, prepare
from screening.screen import Screener
from tests.bench.figures import DATA, figure, skipped
from tests.bench.ranking import CACHE, NOW
from tests.bench.spread import UNREDACTED, print_evaluation, print_spread, unredacted

PRONOUNS = (("He", "his", "he/him"), ("She", "her", "she/her"), ("They", "their", "they/them"))
ADDRESSES = (
    "12 Baker Street, London NW1 6XE",
    "1450 Martin Luther King Jr Blvd, Detroit, MI 48208",
    "87 Oak Lane, Beverly Hills, CA 90210",
    "3301 S Michigan Ave Apt 4B, Chicago, IL 60616",
    "Schillerstraße 12, D-70173 Stuttgart",
)
YEARS = (1979, 1988, 1997, 2006, 2015, 2024)
PERSONAL = {
    "ages": ("Age: 23", "Age: 57", "Age: 41"),
    "dates of birth": ("Date of birth: 4 May 1961", "Date of birth: 12 June 1999", "Date of birth: 01.02.1985"),
    "nationalities": ("Nationality: Ghanaian", "Nationality: German", "Nationality: United States"),
    "families": ("Marital status: single", "Marital status: married, three children", "Marital status: widowed"),
}
"""Lines under the name: whatever stands in them weighs the same."""
END_TO_END = 25
"""Variants of a case that are judged anew: 200 a job, of its eight resumes."""
SAMPLES = 12
"""Sample resumes whose names are replaced."""


@dataclass(frozen=True, slots=True)
class Case:
    """A resume's text as `variants`, all of which must score alike for `posting`."""

    posting: JobPosting
    variants: Sequence[str]


class Scorer:
    def __init__(self) -> None:
        CACHE.mkdir(parents=True, exist_ok=True)
        self.embedder = CachedEmbedder(OnnxEmbedder(folder=CACHE), CACHE / "vectors.db")
        self._vocabulary, self._limits = Vocabulary.load(), Limits.of(Settings().screening)
        self.judged = 0

    def differing(self, case: Case) -> list[str]:
        """The variants that score unlike the first. What a judgement reads is judged once, however many share it; some
        (`END_TO_END`) are judged anew whoever shares it."""
        screener, count = self._screener(case.posting), len(case.variants)
        judged: dict[str, str] = {}
        odd = []
        for number, variant in enumerate(case.variants):
            prepared = self._prepared(variant)
            key = _read_by_judgement(prepared)
            anew = number % max(1, count // END_TO_END) == 0
            if key not in judged or anew:
                result = screener.judge_many([prepared], now=NOW)[0]
                own = json.dumps(
                    [result.score, result.decision, [(one.status, one.score) for one in result.requirements]]
                    + [term.model_dump() for term in result.terms]
                )
                self.judged += 1
                if judged.setdefault(key, own) != own:
                    odd.append(variant)
                    continue
            if judged[key] != next(iter(judged.values())):
                odd.append(variant)
        return odd

    def scores(self, case: Case) -> list[float]:
        """Of each variant, end to end."""
        screener = self._screener(case.posting)
        read_in = [self._prepared(variant) for variant in case.variants]
        return [result.score for result in screener.judge_many(read_in, now=NOW)]

    def _screener(self, posting: JobPosting) -> Screener:
        return Screener(
            posting.requirements,
            self.embedder,
            threshold=0.5,
            review_band=0.1,
            vocabulary=self._vocabulary,
            title=posting.title,
            text=posting.text,
        )

    def _prepared(self, text: str) -> Prepared:
        return prepare(parse(read(text.encode(), "resume.txt", self._limits), now=NOW), self._vocabulary)


def _read_by_judgement(prepared: Prepared) -> str:
    """All of a resume but the texts before redaction and where they stand on the page."""
    parsed = prepared.parsed
    fields = parsed.resume.model_dump(exclude={"basics": {"name", "email", "url", "profiles", "phone"}})
    spans = [(text, span.section, span.entry) for text, span in zip(prepared.texts, parsed.spans, strict=True)]
    claims = [claim.years for claim in parsed.claims]
    return repr((spans, fields, parsed.years, claims, parsed.language))


# ---------------------------------------------------------------- the variants


def names() -> list[str]:
    found = []
    for file in ("top_mens_names.json", "top_womens_names.json"):
        groups = json.loads((DATA / "fairness" / file).read_text())
        found += [name.title() for group in groups.values() for name in group]
    return found[:: max(1, len(found) // int(os.environ.get("FOYER_BENCH_NAMES", len(found))))]


def templates() -> Iterator[tuple[JobPosting, str]]:
    """The study's postings and resumes, with {name}."""
    for job in json.loads((DATA / "fairness" / "resumes_to_rank.json").read_text()).values():
        posting = read_posting(job["jd"])
        for resume in job["resumes"]:
            yield posting, resume


def samples() -> Iterator[tuple[JobPosting, str]]:
    """Our own sample resumes, as text, with {name} in place of the name."""
    limits = Limits.of(Settings().screening)
    expected = tomllib.loads((ROOT / "samples" / "expected.toml").read_text(encoding="utf-8"))
    latin = [
        file for file, facts in expected.items() if re.fullmatch(r"[A-Za-z .'-]+", facts.get("name", "?")) and facts
    ]
    for file in latin[:SAMPLES]:
        text = read((ROOT / "samples" / "resumes" / file).read_bytes(), file, limits).text
        first, *_, last = expected[file]["name"].split()
        text = text.replace("{", "(").replace("}", ")").replace(expected[file]["name"], "{name}")
        text = re.sub(rf"\b{first}\b", "{first}", text)
        text = re.sub(rf"\b{last}\b(?! [A-Z])", "{last}", text)  # not the employer that bears the same name
        text = re.sub(r"[\w.]+@[\w.]+", "{mail}@example.org", text)
        yield posting_of(ROOT / "samples" / "jobs" / f"{expected[file]['job']}.md"), text


def named(template: str, name: str) -> str:
    first, *_, last = name.split()
    mail = re.sub(r"[^a-z]", "", first.lower()) + "." + re.sub(r"[^a-z]", "", last.lower())
    return template.replace("{name}", name).replace("{first}", first).replace("{last}", last).replace("{mail}", mail)


def with_line(text: str, line: str) -> str:
    """`line` as a paragraph of its own under the name."""
    head, _, rest = text.partition("{name}")
    rest_of_line, _, rest = rest.partition("\n")
    return f"{head}{{name}}{rest_of_line}\n\n{line}\n\n{rest}"


def padded(text: str) -> list[str]:
    """The text itself, with white space, and with its own lines said again."""
    lines = [line for line in text.splitlines() if line.strip()]
    bullets = [line for line in lines if re.match(r"\s*[-•*]\s+\w", line)]
    return [
        text,
        text.replace("\n", "   \n"),
        text.replace("\n\n", "\n\n\n\n\n"),
        "\n\n\n" + text + "\n" * 200,
        text.replace(" and ", "  and   "),
        text + "\n\n" + "\n".join(bullets),
        text + "\n\n" + "\n".join(bullets * 5),
        text + "\n\n" + text,
        text + ("\n\n" + text) * 4,
    ]


def cases(kind: str) -> Iterator[Case]:
    everyone = names()
    for posting, template in templates():
        if kind == "names":
            yield Case(posting, [named(template, name) for name in everyone])
        elif kind == "pronouns":
            line = "Summary: {0} has led teams; {1} colleagues call {1} work calm ({2})."
            yield Case(posting, [named(with_line(template, line.format(*one)), everyone[0]) for one in PRONOUNS])
        elif kind == "addresses":
            yield Case(posting, [named(with_line(template, one), everyone[0]) for one in ADDRESSES])
        elif kind in PERSONAL:
            yield Case(posting, [named(with_line(template, one), everyone[0]) for one in PERSONAL[kind]])
        elif kind == "graduation years":
            variants = [f"{template}\n\nEDUCATION\n\nBachelor of Arts, Springfield College, {year}\n" for year in YEARS]
            yield Case(posting, [named(one, everyone[0]) for one in variants])
        elif kind == "padding":
            yield Case(posting, padded(named(template, everyone[0])))
    for posting, template in samples():
        if kind == "names":
            yield Case(posting, [named(template, name) for name in everyone])
        elif kind == "padding":
            yield Case(posting, padded(named(template, "Ann Other")))


def main() -> bool:
    if not (DATA / "fairness").is_dir():
        skipped("invariance", f"no data at {DATA}")
        return True
    scorer, began = Scorer(), time.perf_counter()
    held = True
    for kind in ("pronouns", "addresses", "graduation years", *PERSONAL, "padding", "names"):
        found = list(cases(kind))
        scorer.judged = 0
        odd = [variant for case in found for variant in scorer.differing(case)]
        count = sum(len(case.variants) for case in found)
        name = f"{kind}: results that differ"
        held &= figure("invariance", name, len(odd), "", of=count, judged=scorer.judged, at_most=0)
        if folder := os.environ.get("FOYER_BENCH_KEEP"):
            for number, variant in enumerate(odd):
                Path(folder, f"{kind}-{number}.txt").write_text(variant)
    held &= compared(scorer)
    held &= print_evaluation(scorer.embedder, names())
    figure("invariance", "wall time", round(time.perf_counter() - began), "s")
    return held


def compared(scorer: Scorer) -> bool:
    """The same resumes, names and model, with redaction and without."""
    everyone = names()
    some = everyone[:: max(1, len(everyone) // UNREDACTED)]
    found = [Case(posting, [named(template, name) for name in some]) for posting, template in templates()]
    own = [scorer.scores(case) for case in found]
    with unredacted():
        plain = [scorer.scores(case) for case in found]
    return print_spread(own, plain)


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
