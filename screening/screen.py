"""Requirements x a resume's spans -> a ScreeningResult with its evidence. Called by the pipeline and `foyer screen`.

Each requirement is judged by itself. Facts go to `screening.rules`; skills and tasks are matched by the words they are
known by (`matching.skills`) and by meaning (`matching.score`), on spans without name, age and the like
(`matching.redact`), and quoted in the resume's own words. What the numbers mean:

- A skill named where it was used counts 1.0, in a bare list LISTED. A named tool that is not named is at most partly
  met by something like it (RELATED). Other skills may be met by meaning alone.
- A task counts by meaning, helped by the skills and words it shares with one span.
- The score is the weighted mean over what could be judged. Unknown is left out: it is a question, not a fault.
- advance: score >= threshold and no must-have missing. review: a must-have is missing or unclear, or the score lies
  less than the band below the threshold. below: the rest. Unknown permits, places and shifts hold nobody back, since
  resumes seldom state them; they become a flag to ask about.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from matching.redact import Redactor
from matching.score import (
    MET,
    PARTLY,
    best_span,
    calibrate,
    contained,
    similarities,
    stems,
    weighted_mean,
)
from matching.skills import Vocabulary
from models.engines import Embedder, Vectors
from models.values import Decision, Flag, ParsedResume, Requirement, RequirementScore, ScreeningResult, Span, Status
from screening.rules import judge, quote, subject_of

VERSION = "1"
"""Raised with any change that can move a score."""

LISTED = 0.85
"""A skill that only stands in a list: met, but showing where it was used is worth more."""
RELATED = 0.45
"""The most that a named tool can get from its neighbours: partly met."""
WEAK = 0.4
"""A skill among the interests."""
SUBJECT = 0.38
"""Cosine from which a work entry counts for "years of experience in ..." without naming it."""
QUOTES = 2
FEWEST_WORDS = 4
"""A shorter span ("Junior Developer", a company) is alike to much and shows nothing; names in it still count."""

_TOOLS = frozenset({"language_code", "framework", "data", "cloud", "certificate"})
_ASKED_LATER = frozenset({"authorisation", "shift", "location"})
_LISTS = frozenset({"skills", "certificates", "languages"})
_NO_EVIDENCE = frozenset({"references"})
"""What others are said to be. "contact" is everything above the first section title: in a letter-like resume, all."""
_DENIAL = re.compile(
    r"\b(?:no|never|without|lack(?:s|ing)? (?:of )?|not yet|unfamiliar with|limited|little|not (?:familiar|"
    r"experienced) with)\b"
    r"[^.;,:]{0,40}$",
    re.IGNORECASE,
)
_DENIED_SPAN = re.compile(
    r"\b(?:no|never (?:had|worked)|without|lack of|not yet|unfamiliar)\b[^.;]{0,30}\b(?:experience|knowledge|"
    r"training|exposure|with)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A requirement made ready: its ways to be met, each a set of skills or, where the vocabulary knows none, words."""

    requirement: Requirement
    options: tuple[frozenset[str], ...]
    phrases: tuple[str, ...]
    words: frozenset[str]
    tools: bool
    rows: slice
    """Its texts among the requirement vectors."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A resume made ready: redacted spans, what they name (normal form -> strength, span), and their vectors."""

    spans: tuple[Span, ...]
    texts: tuple[str, ...]
    skills: dict[str, tuple[float, int]]
    shown: tuple[frozenset[str], ...]
    """All that each span names or implies."""
    words: tuple[frozenset[str], ...]
    allowed: NDArray[np.bool_]
    vectors: Vectors


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
    ) -> None:
        self._embedder = embedder
        self._threshold, self._band = threshold, review_band
        self._vocabulary = vocabulary or Vocabulary.load()
        texts: list[str] = []
        self._asked: list[_Asked] = []
        for requirement in requirements:
            own = requirement_texts(requirement)
            self._asked.append(self._ready(requirement, slice(len(texts), len(texts) + len(own))))
            texts += own
        self._vectors = embedder.embed(texts)
        self._sentences = {_squeezed(one.sentence) for one in requirements if len(one.sentence.split()) >= 5}

    @property
    def versions(self) -> dict[str, str]:
        """What a result depends on besides the resume; stored with each."""
        asked = "\n".join(one.requirement.model_dump_json() for one in self._asked)
        return {
            "screening": VERSION,
            "embedder": self._embedder.name,
            "requirements": hashlib.sha256(asked.encode()).hexdigest()[:12],
        }

    def screen(self, parsed: ParsedResume, *, now: date) -> ScreeningResult:
        return self.screen_many([parsed], now=now)[0]

    def screen_many(self, resumes: Sequence[ParsedResume], *, now: date) -> list[ScreeningResult]:
        """One embed call over all spans; results in the order given, each as `screen` would give it."""
        texts = [span_texts(parsed) for parsed in resumes]
        vectors = self._embedder.embed([text for own in texts for text in own])
        results, at = [], 0
        for parsed, own in zip(resumes, texts, strict=True):
            results.append(self._result(parsed, self._read(parsed, own, vectors[at : at + len(own)]), now))
            at += len(own)
        return results

    # ------------------------------------------------------------ making ready

    def _ready(self, requirement: Requirement, rows: slice) -> _Asked:
        named = [
            (option, frozenset(mention.normal for mention in self._vocabulary.find(option)))
            for option in requirement.alternatives or (requirement.text,)
        ]
        known = tuple(skills for _, skills in named if skills)
        return _Asked(
            requirement=requirement,
            options=known,
            phrases=tuple(option for option, skills in named if not skills),
            words=stems(requirement.text),
            tools=bool(known) and all(self._is_tool(skill) for skills in known for skill in skills),
            rows=rows,
        )

    def _is_tool(self, skill: str) -> bool:
        """A product, as against a practice: products are written with a capital ("Docker", "data modelling")."""
        return self._vocabulary.kind(skill) in _TOOLS and skill != skill.lower()

    def _read(self, parsed: ParsedResume, texts: Sequence[str], vectors: Vectors) -> _Read:
        skills: dict[str, tuple[float, int]] = {}
        shown: list[frozenset[str]] = []
        allowed = np.ones(len(texts), np.bool_)
        mentions = self._vocabulary.find_all(texts)
        for index, (span, text) in enumerate(zip(parsed.spans, texts, strict=True)):
            telling = len(text.split()) >= FEWEST_WORDS or span.section in _LISTS
            allowed[index] = telling and span.section not in _NO_EVIDENCE and not _DENIED_SPAN.search(text)
            held = {one.normal for one in mentions[index] if not _DENIAL.search(text[: one.start])}
            if span.section in _NO_EVIDENCE:
                held = set()
            strength = _strength(span, len(held))
            shown.append(frozenset().union(*(self._vocabulary.shows(skill) for skill in held)))
            for skill in shown[-1]:
                if strength > skills.get(skill, (0.0, 0))[0]:
                    skills[skill] = (strength, index)
        words = tuple(stems(text) for text in texts)
        return _Read(parsed.spans, tuple(texts), skills, tuple(shown), words, allowed, vectors)

    # ------------------------------------------------------------ judging

    def _result(self, parsed: ParsedResume, read: _Read, now: date) -> ScreeningResult:
        cosines = similarities(self._vectors, read.vectors)
        scores = [self._score(asked, parsed, read, cosines[asked.rows], now) for asked in self._asked]
        judged = [
            (score.score, asked.requirement.weight)
            for score, asked in zip(scores, self._asked, strict=True)
            if score.status != "unknown"
        ]
        score = weighted_mean([value for value, _ in judged], [weight for _, weight in judged])
        decision, reason, asks = self._decide(score, scores)
        return ScreeningResult(
            score=score,
            decision=decision,
            reason=reason,
            requirements=tuple(scores),
            flags=(*parsed.flags, *asks, *self._copied(read)),
            versions=self.versions,
        )

    def _score(
        self, asked: _Asked, parsed: ParsedResume, read: _Read, cosines: NDArray[np.float64], now: date
    ) -> RequirementScore:
        entries = self._entries(asked, parsed, read, cosines) if asked.requirement.kind == "years" else None
        ruled = judge(asked.requirement, parsed, now=now, entries=entries)
        if ruled is not None:
            return ruled
        lexical, named = self._by_name(asked, read)
        best = best_span(cosines, read.allowed)
        meaning = float(calibrate(best[1])) if best else 0.0
        if asked.requirement.kind == "responsibility":
            shared = self._shared(asked, read, best)
            score = max(meaning, 0.5 * meaning + 0.5 * max(lexical, shared))
        elif asked.tools:
            score = max(lexical, min(RELATED, meaning))
        else:
            score = max(lexical, meaning)
        return self._verdict(asked.requirement, round(score, 4), lexical, named, best, read)

    def _by_name(self, asked: _Asked, read: _Read) -> tuple[float, list[int]]:
        """The best of the alternatives: the mean strength of its skills, and the spans that name them."""
        best: tuple[float, list[int]] = (0.0, [])
        for skills in asked.options:
            found = [read.skills[skill] for skill in sorted(skills) if skill in read.skills]
            strength = sum(one for one, _ in found) / len(skills)
            if strength > best[0]:
                best = (strength, sorted({span for _, span in found}))
        for phrase in asked.phrases:
            found_phrase = self._by_phrase(phrase, read)
            if found_phrase[0] > best[0]:
                best = found_phrase
        return best

    def _by_phrase(self, phrase: str, read: _Read) -> tuple[float, list[int]]:
        """A name that the vocabulary does not know: as it stands, or all of its words in one span."""
        exact = re.compile(rf"(?<!\w){re.escape(phrase)}(?!\w)", re.IGNORECASE)
        words = stems(phrase)
        best: tuple[float, list[int]] = (0.0, [])
        for index, text in enumerate(read.texts):
            if read.spans[index].section not in _NO_EVIDENCE and (
                exact.search(text) or (len(words) > 1 and words <= read.words[index])
            ):
                strength = _strength(read.spans[index], 1)
                if strength > best[0]:
                    best = (strength, [index])
        return best

    def _shared(self, asked: _Asked, read: _Read, best: tuple[int, float] | None) -> float:
        """Words in common with the span that is most alike: the same task often keeps its nouns."""
        return contained(asked.words, read.words[best[0]]) if best else 0.0

    def _entries(
        self, asked: _Asked, parsed: ParsedResume, read: _Read, cosines: NDArray[np.float64]
    ) -> list[int] | None:
        """Work entries that count for the years asked: they name what is asked, or are about the same thing."""
        if not subject_of(asked.requirement):
            return None
        like: set[int] = set()
        for index, span in enumerate(read.spans):
            if span.entry is None or span.section != "experience":
                continue
            by_name = any(skills <= read.shown[index] for skills in asked.options)
            if by_name or (cosines.size and float(cosines[:, index].max()) >= SUBJECT):
                like.add(span.entry)
        return sorted(entry for entry in like if entry < len(parsed.resume.work))

    def _verdict(
        self,
        requirement: Requirement,
        score: float,
        lexical: float,
        named: Sequence[int],
        best: tuple[int, float] | None,
        read: _Read,
    ) -> RequirementScore:
        status: Status = "met" if score >= MET else "partly" if score >= PARTLY else "not_met"
        order = list(named) if lexical >= PARTLY else []
        if best and best[0] not in order and (not order or requirement.kind == "responsibility"):
            order.insert(0, best[0]) if requirement.kind == "responsibility" else order.append(best[0])
        cosine = {best[0]: max(0.0, best[1])} if best else {}
        quotes = [quote(read.spans[index], _similarity(cosine.get(index))) for index in order[:QUOTES]]
        if status == "not_met":
            return RequirementScore(
                requirement_id=requirement.id, status=status, score=score, reason="nothing like it found in the resume"
            )
        how = "named in the resume" if lexical >= PARTLY else "shown by what was done"
        near = "something near it is in the resume"
        return RequirementScore(
            requirement_id=requirement.id,
            status=status,
            score=score,
            evidence=tuple(quotes),
            reason=how if status == "met" else near,
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
            elif verdict.status == "unknown" and requirement.kind in _ASKED_LATER:
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

    def _copied(self, read: _Read) -> list[Flag]:
        """A resume that repeats the posting's own sentences: honest people do it too, so it is only said."""
        copied = [span.text for span in read.spans if _squeezed(span.text) in self._sentences]
        if len(copied) < 3:
            return []
        detail = f"{len(copied)} lines repeat the posting word for word."
        return [Flag(code="copied_posting", detail=detail, quote=copied[0])]


def requirement_texts(requirement: Requirement) -> list[str]:
    """What is embedded for a requirement: its text and each alternative; the most alike counts. For years, what they
    are asked in."""
    text = subject_of(requirement) if requirement.kind == "years" else requirement.text
    return list(dict.fromkeys([text or requirement.text, *requirement.alternatives]))


def span_texts(parsed: ParsedResume) -> list[str]:
    """The resume's spans as they may be matched: without name, age, address and the like. One for each span."""
    redactor = Redactor([parsed.resume.basics.name] if parsed.resume.basics.name else [])
    return [redactor.redact(span.text, section=span.section).text for span in parsed.spans]


def _strength(span: Span, named: int) -> float:
    """What a mention in this span is worth: used, listed, or a hobby."""
    if span.section == "interests":
        return WEAK
    return LISTED if span.section == "skills" or named > 5 else 1.0


def _similarity(cosine: float | None) -> float | None:
    return None if cosine is None else round(min(1.0, cosine), 4)


def _squeezed(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
