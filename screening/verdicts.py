"""One requirement against one resume: its verdict, its number, its quotes. Called by `screening.screen`.

Facts go to `screening.rules`; skills and tasks are matched by the words they are known by (`matching.skills`) and by
meaning (`matching.score`). What the numbers mean:

- A skill named where it was used counts 1.0, in a bare list LISTED. A named tool that is not named is at most partly
  met by something like it (RELATED). Other skills may be met by meaning alone.
- A task counts by meaning, helped by the skills and words it shares with one span.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from matching.score import DECIMALS, MET, PARTLY, Near, contained, stems
from matching.skills import Vocabulary
from models.values import ParsedResume, Requirement, Status
from screening.cues import CERTIFICATE
from screening.degrees import fields_of
from screening.evidence import Verdict, verdict
from screening.prepared import NO_EVIDENCE, Prepared, strength_in
from screening.rules import judge as by_rule
from screening.rules import subject_of

RELATED = 0.45
"""What a named tool gets from a neighbour, a product of the same use: partly met."""
SIMILAR = 0.9
"""What it gets where the requirement takes anything similar."""
UNLIKE = 0.25
"""The most that a named tool gets by meaning alone: a sentence near "Windows Server" shows no Windows Server."""
_ANY_SUCH = re.compile(r"\b(?:similar|comparable|equivalent|such as|or other|or another|or the like)\b", re.IGNORECASE)
_SUCH = re.compile(r"^(?:an?\s+|any\s+)?(?:similar|comparable|equivalent|other|another)\b", re.IGNORECASE)
SUBJECT = 0.55
"""Cosine of its nearest span from which a work entry counts for "years of experience in ..." without naming it."""
ABOUT = 0.30
MOSTLY = ((0.36, 0.6), (0.43, 0.45))
"""Or else: one of its spans lies above the first of a pair, and this share of them above ABOUT."""
NAMING = 0.25
"""Share of an entry's spans that name a practice ("sales"), from which the entry is work of that kind."""
QUOTES = 2
_CERTIFIED = 0.60
"""Cosine from which a line that speaks of a certificate names one of the same trade: a part of what is asked."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A name that the vocabulary does not know."""

    small: str
    exact: re.Pattern[str]
    words: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Phrase:
        return cls(text.lower(), re.compile(rf"(?<!\w){re.escape(text)}(?!\w)", re.IGNORECASE), stems(text))


@dataclass(frozen=True, slots=True)
class Asked:
    """A requirement made ready: its ways to be met, each a set of skills or, where the vocabulary knows none, words."""

    requirement: Requirement
    options: tuple[frozenset[str], ...]
    phrases: tuple[Phrase, ...]
    kin: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    """For each of its skills: what it shares with products of the same use, and its parts, where it is a suite."""
    shared: frozenset[str]
    """By all of its skills."""
    words: frozenset[str]
    tools: bool
    any_such: bool
    """A product of the same use will do."""
    rows: slice
    """Its texts among the requirement vectors."""


class Judge:
    """Makes requirements and resumes ready, and judges one by the other. Pure; safe to share between threads."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def ready(self, requirement: Requirement, rows: slice) -> Asked:
        named = [
            (option, frozenset(mention.normal for mention in self._vocabulary.find(option)))
            for option in requirement.alternatives or (requirement.text,)
            if not (requirement.alternatives and _SUCH.search(option))
        ]
        known = tuple(skills for _, skills in named if skills)
        kin = [self._vocabulary.groups(skill) for skill in sorted(frozenset().union(*known))]
        return Asked(
            requirement=requirement,
            options=known,
            phrases=tuple(Phrase.of(option) for option, skills in named if not skills),
            kin=tuple(
                (
                    tuple(group for group in groups if self._vocabulary.kind(group) != "language_code"),
                    tuple(group for group in groups if self._is_tool(group)),
                )
                for groups in kin
            ),
            shared=frozenset().union(*kin),
            words=stems(requirement.text),
            tools=bool(known) and all(self._is_tool(skill) for skills in known for skill in skills),
            any_such=bool(_ANY_SUCH.search(requirement.text)),
            rows=rows,
        )

    def _is_tool(self, skill: str) -> bool:
        """A product, as against a practice: products are written with a capital ("Docker", "data modelling")."""
        return skill != skill.lower()

    def judge(self, asked: Asked, read: Prepared, near: Near, now: date) -> Verdict:
        entries, shown = None, True
        if asked.requirement.kind in {"years", "degree"} and subject_of(asked.requirement):
            entries, shown = self._entries(asked, read, near.most)
        ruled = by_rule(asked.requirement, read.noted, now=now, entries=entries, shown=shown)
        if ruled is not None:
            return self._of_the_trade(asked, read, near.most) or ruled if ruled.status == "not_met" else ruled
        lexical, named = self._by_name(asked, read)
        if asked.requirement.kind == "skill" and lexical < RELATED:
            lexical, named = max((lexical, named), self._by_neighbour(asked, read), key=lambda one: one[0])
        best, meaning = near.best, near.meaning
        if asked.requirement.kind == "responsibility":
            shared = self._shared(asked, read, best)
            score = max(meaning, 0.5 * meaning + 0.5 * max(lexical, shared))
        elif asked.tools:
            score = max(lexical, min(UNLIKE, meaning))
        else:
            score = max(lexical, meaning)
        return self._verdict(asked.requirement, round(score, DECIMALS), lexical, named, best, read)

    def _of_the_trade(self, asked: Asked, read: Prepared, most: NDArray[np.float64]) -> Verdict | None:
        """Another certificate of the same trade than the one asked: by what it is evidence for, or by its name."""
        requirement = asked.requirement
        if requirement.kind != "certificate":
            return None
        certified = read.noted.of(certifying)
        for index, span in enumerate(read.spans):
            kin = not asked.shared.isdisjoint(read.shown[index]) and self._is_kin(asked, read.shown[index])
            if kin or (index in certified and most[index] >= _CERTIFIED):
                reason = "another certificate of the same trade"
                return verdict(requirement, "partly", [span], reason)
        return None

    def _is_kin(self, asked: Asked, shown: frozenset[str]) -> bool:
        held = (one for one in shown if self._vocabulary.kind(one) == "certificate")
        return any(not asked.shared.isdisjoint(self._vocabulary.groups(one)) for one in held)

    def _by_name(self, asked: Asked, read: Prepared) -> tuple[float, list[int]]:
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

    def _by_neighbour(self, asked: Asked, read: Prepared) -> tuple[float, list[int]]:
        """A product of the same use, or the use itself, by name."""
        best: tuple[float, list[int]] = (0.0, [])
        for groups, parts in asked.kin:
            for group in groups:
                if group not in read.skills:
                    continue
                strength, span = read.skills[group]
                alike = asked.any_such and any(group in self._vocabulary.groups(other) for other in read.shown[span])
                worth = SIMILAR if alike or _most_parts(parts, read.skills) else RELATED
                if worth * strength > best[0]:
                    best = (worth * strength, [span])
        return best

    def _by_phrase(self, phrase: Phrase, read: Prepared) -> tuple[float, list[int]]:
        """As it stands, or all of its words in one span."""
        words, written = phrase.words, read.may_hold(phrase.small)
        best: tuple[float, list[int]] = (0.0, [])
        for index, text in enumerate(read.texts) if written or len(words) > 1 else ():
            if read.sections[index] not in NO_EVIDENCE and (
                (written and phrase.exact.search(text)) or (len(words) > 1 and words <= read.words[index])
            ):
                strength = strength_in(read.sections[index], 1)
                if strength > best[0]:
                    best = (strength, [index])
        return best

    def _shared(self, asked: Asked, read: Prepared, best: tuple[int, float] | None) -> float:
        """Words in common with the span that is most alike: the same task often keeps its nouns."""
        return contained(asked.words, read.words[best[0]]) if best else 0.0

    def _entries(self, asked: Asked, read: Prepared, given: NDArray[np.float64]) -> tuple[list[int], bool]:
        """Work entries of the kind that the years are asked in, and whether the resume shows such work anywhere."""
        most = given.tolist()
        near: dict[int | None, list[float]] = {}
        naming: dict[int | None, int] = {}
        for index, span in enumerate(read.spans):
            if span.section == "experience":
                near.setdefault(span.entry, []).append(most[index])
                shown = read.shown[index]
                if shown and any(skills <= shown for skills in asked.options):
                    naming[span.entry] = naming.get(span.entry, 0) + 1
        like = {entry for entry, found in near.items() if self._is_kind(asked, found, naming.get(entry, 0))}
        like |= self._entitled(asked, read)
        dated = sorted(entry for entry in like if entry is not None and entry < len(read.parsed.resume.work))
        return dated, bool(like)

    @staticmethod
    def _entitled(asked: Asked, read: Prepared) -> set[int]:
        """Work entries whose title holds the words of what is asked, or of one way to say it ("Office Manager")."""
        ways = _ways(subject_of(asked.requirement))
        titles = [_title(work.position or "") for work in read.parsed.resume.work]
        return {entry for entry, title in enumerate(titles) if any(_names(title, way) for way in ways)}

    @staticmethod
    def _is_kind(asked: Asked, near: Sequence[float], naming: int) -> bool:
        if naming and (asked.tools or naming >= NAMING * len(near)):
            return True
        about = sum(one >= ABOUT for one in near)
        mostly = any(max(near) >= least and about >= share * len(near) for least, share in MOSTLY)
        return max(near) >= SUBJECT or (mostly and about > 1)

    def _verdict(
        self,
        requirement: Requirement,
        score: float,
        lexical: float,
        named: Sequence[int],
        best: tuple[int, float] | None,
        read: Prepared,
    ) -> Verdict:
        status: Status = "met" if score >= MET else "partly" if score >= PARTLY else "not_met"
        order = list(named) if lexical >= PARTLY else []
        if best and best[0] not in order and (not order or requirement.kind == "responsibility"):
            order.insert(0, best[0]) if requirement.kind == "responsibility" else order.append(best[0])
        cosine = {best[0]: max(0.0, best[1])} if best else {}
        if status == "not_met":
            return Verdict(requirement.id, status, score, (), "nothing like it found in the resume")
        quotes = tuple((read.spans[index], _similarity(cosine.get(index))) for index in order[:QUOTES])
        how = "named in the resume" if lexical >= PARTLY else "shown by what was done"
        near = "something near it is in the resume"
        return Verdict(requirement.id, status, score, quotes, how if status == "met" else near)


def certifying(parsed: ParsedResume) -> set[int]:
    """Places of spans that speak of a certificate."""
    return {place for place, span in enumerate(parsed.spans) if CERTIFICATE.search(span.text)}


def _most_parts(parts: Sequence[str], skills: Mapping[str, object]) -> bool:
    """A suite whose programs are named: Word and Excel are Microsoft Office."""
    return len(parts) > 1 and sum(part in skills for part in parts) >= 2


@lru_cache(maxsize=1024)
def _ways(subject: str) -> tuple[frozenset[str], ...]:
    return tuple(stems(way) for way in re.split(r"\s+or\s+(?:as\s+)?", subject))


@lru_cache(maxsize=65536)
def _title(position: str) -> frozenset[str]:
    """Kept, since thousands of people have the same."""
    return stems(position)


def _names(title: frozenset[str], way: frozenset[str]) -> bool:
    """All of the words, or of a longer way two and half of them: "Field Sales Engineer" for field sales of products."""
    return bool(way) and (way <= title or (len(way & title) >= 2 and 2 * len(way & title) >= len(way)))


def requirement_texts(requirement: Requirement) -> list[str]:
    """What is embedded for a requirement: its text and each alternative; the most alike counts. For years, what they
    are asked in; for a degree, its fields."""
    if requirement.kind == "degree":
        return [" or ".join(fields_of(requirement.text)) or requirement.text]
    text = subject_of(requirement) if requirement.kind == "years" else requirement.text
    return list(dict.fromkeys([text or requirement.text, *requirement.alternatives]))


def _similarity(cosine: float | None) -> float | None:
    return None if cosine is None else round(min(1.0, cosine), 4)
