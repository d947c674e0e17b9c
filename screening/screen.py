"""Requirements x a resume's spans -> a ScreeningResult with its evidence. Called by the pipeline and `foyer screen`.

Each requirement is judged by itself. Facts go to `screening.rules`; skills and tasks are matched by the words they are
known by (`matching.skills`) and by meaning (`matching.score`), on spans without name, age and the like
(`matching.redact`), and quoted in the resume's own words (`verdicts`). What the
numbers mean:

- The score is the weighted mean of the terms in `screening.scoring`: what could be judged, and how near the whole
  resume is to the whole posting.
- advance: score >= threshold and no must-have missing. review: a must-have is missing or unclear, or the score lies
  less than the band below the threshold. below: the rest. Unknown permits, places and shifts hold nobody back, since
  resumes seldom state them; they become a flag to ask about.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from matching.nearness import SHARES, Nearness
from matching.score import MET, PARTLY, calibrate, nears, similarities
from matching.skills import Vocabulary
from models.engines import Embedder, Vectors
from models.exchange import Answer
from models.values import ASKED_LATER, Decision, Flag, ParsedResume, Requirement, RequirementScore, ScreeningResult
from screening.answers import told
from screening.board import STATUSES, Board
from screening.evidence import Verdict
from screening.prepared import Prepared, prepare
from screening.scoring import terms_of, total
from screening.stuffing import (
    asked_in,
    copied,
    copied_flag,
    keyword_flag,
    keyword_lists,
    lines,
    pasted,
    posting_lists,
    sentences_of,
)
from screening.verdicts import UNLIKE, Asked, Judge, requirement_texts

VERSION = "4"
"""Raised with any change that can move a score."""


AT_ONCE = 128
"""Resumes that are compared in one piece."""


class Weighed(NamedTuple):
    """What one resume's score is made of: a verdict a requirement, and how near the whole is (`Nearness.values`)."""

    verdicts: list[Verdict]
    nearness: dict[str, float]


class Screener:
    """One job's requirements, embedded once. Deterministic: the same resume gets the same result, alone or in a batch.

    Safe to share between threads if the embedder is."""

    def __init__(
        self,
        requirements: Sequence[Requirement],
        embedder: Embedder,
        *,
        threshold: float,
        review_band: float,
        vocabulary: Vocabulary | None = None,
        title: str = "",
        text: str = "",
    ) -> None:
        """`title` and `text` are the posting's; without a text only its requirements are scored."""
        self._embedder = embedder
        self._threshold, self._band = threshold, review_band
        self._vocabulary = vocabulary or Vocabulary.load()
        self._judge = Judge(self._vocabulary)
        texts: list[str] = []
        self._asked: list[Asked] = []
        for requirement in requirements:
            own = requirement_texts(requirement)
            self._asked.append(self._judge.ready(requirement, slice(len(texts), len(texts) + len(own))))
            texts += own
        self._nearness = Nearness(title, text)
        vectors = embedder.embed([*texts, *self._nearness.texts])
        self._vectors = vectors.astype(np.float64)
        self._firsts = [one.rows.start for one in self._asked]
        self._count = len(texts)
        self._nearness.ready(vectors[len(texts) :])
        self._posting = hashlib.sha256(f"{title}\n{text}".encode()).hexdigest()[:12]
        self._asks = asked_in(requirements)
        self._sentences = sentences_of({*(one.sentence for one in requirements), *text.splitlines()})

    @cached_property
    def versions(self) -> dict[str, str]:
        """What a result depends on besides the resume; stored with each."""
        asked = "\n".join(one.requirement.model_dump_json() for one in self._asked)
        return {
            "screening": VERSION,
            "embedder": self._embedder.name,
            "vocabulary": self._vocabulary.digest,
            "requirements": hashlib.sha256(asked.encode()).hexdigest()[:12],
            "posting": self._posting,
        }

    def screen(self, parsed: ParsedResume, *, now: date) -> ScreeningResult:
        return self.screen_many([parsed], now=now)[0]

    def screen_many(self, resumes: Sequence[ParsedResume], *, now: date) -> list[ScreeningResult]:
        """One embed call over all spans; results in the order given, each as `screen` would give it."""
        return self.judge_many([prepare(parsed, self._vocabulary) for parsed in resumes], now=now)

    def judge_many(self, resumes: Sequence[Prepared], *, now: date) -> list[ScreeningResult]:
        """`screen_many` for resumes that `prepare` has made ready."""
        resumes = [self.own(read) for read in resumes]
        vectors = self._embedder.embed([text for read in resumes for text in read.texts])
        weighed = self.weighed(resumes, vectors, now=now)
        return [self._written(read, one) for read, one in zip(resumes, weighed, strict=True)]

    # ------------------------------------------------------------ judging

    def judge(self, read: Prepared, vectors: Vectors, *, now: date) -> ScreeningResult:
        """One resume by the vectors of its spans, (spans, dim)."""
        return self._written(read, next(self.weighed([read], vectors, now=now)))

    @property
    def telling(self) -> Vectors:
        """What a first look at everybody asks for, (texts, dim): the requirements' texts, the job's title and text."""
        return self._vectors[: self._count + 2].astype(np.float32)

    def guessed(self, cosines: NDArray[np.floating]) -> Board:
        """An estimate of everybody's scores by meaning alone. `cosines`: (people, texts of `telling`), of each person's
        nearest span. What facts decide is not known yet."""
        near = cosines.astype(np.float64)
        values = np.zeros((len(near), len(self._asked)))
        statuses = np.full(values.shape, STATUSES.index("unknown"), np.int8)
        if self._firsts:
            meaning = calibrate(np.maximum.reduceat(near[:, : self._count], self._firsts, axis=1))
            for at, asked in enumerate(self._asked):
                if asked.requirement.kind in {"skill", "responsibility"}:
                    values[:, at] = np.minimum(UNLIKE, meaning[:, at]) if asked.tools else meaning[:, at]
                    statuses[:, at] = np.select([values[:, at] >= MET, values[:, at] >= PARTLY], [0, 1], 2)
        whole = self._nearness.guessed(np.roll(near, -self._count, axis=1))
        return Board(self.requirements, values, statuses, whole, self._shares)

    def board(self, weighed: Sequence[Weighed]) -> Board:
        """What was weighed, as figures."""
        values = [[one.score for one in each.verdicts] for each in weighed]
        statuses = [[STATUSES.index(one.status) for one in each.verdicts] for each in weighed]
        whole = [list(each.nearness.values()) for each in weighed]
        shape = (len(weighed), len(self._asked))
        return Board(
            self.requirements,
            np.array(values, np.float64).reshape(shape),
            np.array(statuses, np.int8).reshape(shape),
            np.array(whole, np.float64).reshape(len(weighed), len(self._shares)),
            self._shares,
        )

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        return tuple(one.requirement for one in self._asked)

    @property
    def _shares(self) -> NDArray[np.float64]:
        return np.array([SHARES[name] for name in self._nearness.names], np.float64)

    def weighed(self, resumes: Sequence[Prepared], vectors: Vectors, *, now: date) -> Iterator[Weighed]:
        """What decides, nothing written out: of each resume, as `own` leaves it. `vectors`: a row for each span."""
        starts = [0, *accumulate(len(read.texts) for read in resumes)]
        for at in range(0, len(resumes), AT_ONCE):
            some, bounds = resumes[at : at + AT_ONCE], starts[at : at + AT_ONCE + 1]
            rows = vectors[bounds[0] : bounds[-1]]
            cosines = similarities(self._vectors, rows)
            bounds = [one - bounds[0] for one in bounds]
            allowed = np.concatenate([read.allowed for read in some])
            likeness = nears(cosines[: self._count], self._firsts, bounds, allowed)
            for read, near, (start, end) in zip(some, likeness, pairwise(bounds), strict=True):
                asked = zip(self._asked, near, strict=True)
                verdicts = [self._judge.judge(one, read, own, now) for one, own in asked]
                distinct = list(read.distinct)
                whole = cosines[self._count :, start:end][:, distinct]
                words = [read.words[one] for one in distinct]
                yield Weighed(verdicts, self._nearness.values(whole, rows[start:end][distinct], words, read.counted))

    def _written(self, read: Prepared, weighed: Weighed) -> ScreeningResult:
        scores = [verdict.written(read.parsed.document) for verdict in weighed.verdicts]
        terms = terms_of([one.requirement for one in self._asked], scores, weighed.nearness)
        score = total(terms)
        decision, reason, asks = self._decide(score, scores)
        return ScreeningResult(
            score=score,
            decision=decision,
            reason=reason,
            requirements=tuple(scores),
            terms=terms,
            flags=(*read.parsed.flags, *asks),
            versions=self.versions,
        )

    def answered(self, result: ScreeningResult, answers: Sequence[Answer]) -> ScreeningResult:
        """The same result where the application form settles must-haves: its plain answers outrank what the resume
        seems to say. Nobody is turned away by it: a missing must-have is for a person to look at, as any other."""
        asked = [one.requirement for one in self._asked]
        found = told(asked, answers, self._vocabulary)
        if not found:
            return result
        before = {one.requirement_id: one for one in result.requirements}
        scores = [found[one.id].over(before[one.id]) if one.id in found else before[one.id] for one in asked]
        whole = tuple(term for term in result.terms if term.requirement_id is None)
        terms = (*terms_of(asked, scores, {}), *whole)
        score = total(terms)
        decision, reason, asks = self._decide(score, scores)
        differing = [
            Flag(code="answer_differs", detail=f"Resume and application form differ: {one.text}. Please ask.")
            for one in asked
            if one.id in found and not found[one.id].holds and before[one.id].status in ("met", "partly")
        ]
        digest = hashlib.sha256("\n".join(answer.model_dump_json() for answer in answers).encode()).hexdigest()[:12]
        return result.model_copy(
            update={
                "score": score,
                "decision": decision,
                "reason": reason,
                "requirements": tuple(scores),
                "terms": terms,
                "flags": (*(flag for flag in result.flags if flag.code != "ask"), *asks, *differing),
                "versions": {**result.versions, "answers": digest},
            }
        )

    # ------------------------------------------------------------ deciding

    def _decide(self, score: float, scores: Sequence[RequirementScore]) -> tuple[Decision, str, list[Flag]]:
        missing, unclear, flags = [], [], []
        for verdict, asked in zip(scores, self._asked, strict=True):
            requirement = asked.requirement
            if not requirement.must_have:
                continue
            if verdict.status == "not_met":
                missing.append(requirement.text)
            elif verdict.status == "unknown" and requirement.kind in ASKED_LATER:
                detail = f"The resume does not say whether this holds: {requirement.text}. Please ask."
                flags.append(Flag(code="ask", detail=detail))
            elif verdict.status == "unknown":
                unclear.append(requirement.text)
        against = f"the threshold of {self._threshold:g}"
        if score >= self._threshold and not missing and not unclear:
            unsaid = f"; {len(flags)} not stated, please ask" if flags else ""
            return "advance", f"Score {score:.2f} reaches {against}; no must-have is missing{unsaid}.", flags
        if score >= self._threshold:
            why = "; ".join([*(f"missing: {one}" for one in missing), *(f"not clear: {one}" for one in unclear)])
            return "review", f"Score {score:.2f} reaches {against}, but a must-have needs a look ({why}).", flags
        if score >= self._threshold - self._band:
            return "review", f"Score {score:.2f} lies just below {against}.", flags
        return "below", f"Score {score:.2f} lies below {against}.", flags

    def own(self, read: Prepared) -> Prepared:
        """Without what shows nothing of anybody: orders to the software, and the posting itself where it was pasted in.
        Some of its lines, as in a tailored resume, are flagged and count."""
        said = read.noted.of(lines)
        repeats = copied(said, self._sentences)
        counted = bool(repeats) and not pasted(said, repeats, self._sentences)
        lists = posting_lists(said, self._asks)
        names = keyword_lists(said, self._asks)
        dropped = {*(() if counted else repeats), *lists, *names, *said.orders}
        flags = [
            copied_flag([read.spans[place].text for place in places], counted=still)
            for places, still in ((repeats, counted), (lists, False))
            if places
        ]
        if names:
            flags.append(keyword_flag([read.spans[place].text for place in names]))
        if not dropped and not flags:
            return read
        kept = tuple(span for place, span in enumerate(read.spans) if place not in dropped)
        parsed = read.parsed.model_copy(update={"spans": kept, "flags": (*read.parsed.flags, *flags)})
        return prepare(parsed, self._vocabulary) if dropped else replace(read, parsed=parsed)
