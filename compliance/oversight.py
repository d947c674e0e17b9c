"""Is there really a person in the loop? What reviewers did becomes figures, figures become alarms, ratings that
disagree become a list for a second person. Pure; called by `api.overseeing`.

A reviewer who agrees is no suspect, and a quick decision can be right: an alarm says that oversight may be a formality,
and asks somebody to look. It is raised only where the share of something is too large beyond doubt: the lower end of
its 95 % Wilson interval, not the share itself, must pass the limit, and with few cases nothing is said at all."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from compliance.agreement import FEWEST
from models.sentences import N_, sentence

IDLE_SECONDS = 120.0
"""Longer without a sign of life counts as this much: the page tells every half-minute that somebody reads."""
FEW_SECONDS = 10.0
BRIEF_SECONDS = 60.0
"""Less than this is too short to have read an interview."""
FAR_APART = 2
"""Levels of a rating from which two raters disagree."""
FEWEST_PAIRS = FEWEST
"""Below this many pairs of ratings an agreement is not told: it is not established."""
FEWEST_FOR_PERCENT = 10
LEVELS = 5
_Z = 1.959964


@dataclass(frozen=True, slots=True)
class Limit:
    """An alarm is raised when the share is above `share` beyond doubt, over at least `fewest` cases."""

    share: float
    fewest: int
    says: str


LIMITS: Mapping[str, Limit] = {
    "hurried": Limit(0.2, 10, sentence("decisions within %(seconds)s seconds of opening", seconds=round(FEW_SECONDS))),
    "brief": Limit(
        0.5, 10, sentence("interviews judged in less than %(seconds)s seconds", seconds=round(BRIEF_SECONDS))
    ),
    "unheard": Limit(0.5, 10, N_("rejections after an interview of which nothing was opened")),
    "looks_first": Limit(0.5, 10, N_("interviews looked at without rating them first")),
    "never_differs": Limit(0.9, 30, N_("final ratings that follow Foyer in everything")),
    "gives_up": Limit(0.9, 20, N_("own ratings that differed and were given up for Foyer's")),
}
"""All thresholds of the alarms, by the name of the share in `Figures`."""


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision of a person. `seconds`: time with it before (`dwell`). `final`: a final rating of an interview, else
    a rejection. `together`: one of several rejected at once, which is counted apart. `blind`, `changed`: of a final
    rating: rated before looking; differs from Foyer's somewhere. `interviewed`, `heard`: of a rejection: there was an
    interview; something of it was opened."""

    reviewer: str
    job: str
    seconds: float
    final: bool
    together: bool = False
    blind: bool = False
    changed: bool = False
    interviewed: bool = False
    heard: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """A blind rating beside Foyer's, of one competency; `final`: what the reviewer ended at, where they did. None: not
    enough to tell."""

    reviewer: str
    job: str
    human: int | None
    foyer: int | None
    concluded: bool = False
    final: int | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `of`."""

    count: int
    of: int

    @property
    def value(self) -> float | None:
        """None where it would say more than so few cases can."""
        return self.count / self.of if self.of >= FEWEST_FOR_PERCENT else None

    @property
    def least(self) -> float:
        """Lower end of the 95 % Wilson interval."""
        if not self.of:
            return 0.0
        rate, n = self.count / self.of, self.of
        middle = rate + _Z * _Z / (2 * n)
        spread = _Z * math.sqrt(rate * (1 - rate) / n + _Z * _Z / (4 * n * n))
        return max(0.0, (middle - spread) / (1 + _Z * _Z / n))


@dataclass(frozen=True, slots=True)
class Figures:
    """Of one reviewer, one job, or both. `median_seconds` over decisions one by one; `agreement`: quadratic weighted
    kappa of blind ratings and Foyer's, None below FEWEST_PAIRS."""

    decisions: int
    together: int
    median_seconds: float | None
    overridden: Share
    pairs: int
    agreement: float | None
    hurried: Share
    brief: Share
    unheard: Share
    looks_first: Share
    never_differs: Share
    gives_up: Share


@dataclass(frozen=True, slots=True)
class Alarm:
    """`text`: one sentence with its counts."""

    name: str
    text: str


# ---------------------------------------------------------------- figures


def dwell(moments: Sequence[float]) -> float:
    """Seconds somebody spent, from the times (epoch seconds, ascending) of what they did."""
    return sum(min(later - earlier, IDLE_SECONDS) for earlier, later in pairwise(moments))


def figures(decided: Sequence[Decided], pairs: Sequence[Pair]) -> Figures:
    single = [one for one in decided if not one.together]
    finals = [one for one in single if one.final]
    both = [(one.human, one.foyer) for one in pairs if one.human is not None and one.foyer is not None]
    differed = [one for one in pairs if one.concluded and one.human != one.foyer]
    return Figures(
        decisions=len(single),
        together=len(decided) - len(single),
        median_seconds=median(one.seconds for one in single) if single else None,
        overridden=_share(finals, lambda one: one.changed),
        pairs=len(both),
        agreement=weighted_kappa(both) if len(both) >= FEWEST_PAIRS else None,
        hurried=_share(single, lambda one: one.seconds < FEW_SECONDS),
        brief=_share(finals, lambda one: one.seconds < BRIEF_SECONDS),
        unheard=_share([one for one in single if one.interviewed], lambda one: not one.heard),
        looks_first=_share(finals, lambda one: not one.blind),
        never_differs=_share(finals, lambda one: not one.changed),
        gives_up=Share(sum(one.final == one.foyer for one in differed), len(differed)),
    )


def _share(cases: Sequence[Decided], is_so: Callable[[Decided], bool]) -> Share:
    return Share(sum(map(is_so, cases)), len(cases))


def alarms(found: Figures) -> tuple[Alarm, ...]:
    """What somebody should look into. Nothing for few cases: that is no all-clear."""
    raised = []
    for name, limit in LIMITS.items():
        share: Share = getattr(found, name)
        if share.of >= limit.fewest and share.least > limit.share:
            raised.append(Alarm(name, f"{share.count} of {share.of} {limit.says}."))
    return tuple(raised)


def enough(found: Figures) -> bool:
    """Could any alarm have been raised at all?"""
    return any(getattr(found, name).of >= limit.fewest for name, limit in LIMITS.items())


def weighted_kappa(pairs: Sequence[tuple[int, int]]) -> float | None:
    """Cohen's kappa with quadratic weights over levels 1 to 5. None where both raters only ever gave one and the same
    level: nothing was told apart, so nothing agrees."""
    n = len(pairs)
    if not n:
        return None
    apart = sum((one - other) ** 2 for one, other in pairs) / n
    first = [sum(one == level for one, _ in pairs) / n for level in range(1, LEVELS + 1)]
    second = [sum(other == level for _, other in pairs) / n for level in range(1, LEVELS + 1)]
    chance = sum(first[one] * second[other] * (one - other) ** 2 for one in range(LEVELS) for other in range(LEVELS))
    return None if chance == 0 else 1 - apart / chance


# ---------------------------------------------------------------- a second opinion

REASONS: Mapping[str, str] = {
    "low_confidence": N_("Foyer itself is unsure of a rating"),
    "differs_from_foyer": N_("a reviewer and Foyer are two levels or more apart"),
    "reviewers_differ": N_("two reviewers are two levels or more apart"),
}


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why an interview wants another person, and over which competencies (their ids)."""

    reason: str
    competencies: tuple[str, ...]


Levels = Mapping[str, int | None]
"""Competency id -> rating."""


def doubts(foyer: Levels, unsure: Collection[str], blind: Sequence[Levels]) -> tuple[Doubt, ...]:
    """What is still open. `unsure`: competencies that Foyer rated with low confidence; `blind`: each reviewer's ratings
    before they saw any other. One person settles the first, a second (of two who differ, a third) the others."""
    found = []
    low = [one for one in unsure if foyer.get(one) is not None]
    if low and not blind:
        found.append(Doubt("low_confidence", tuple(low)))
    if len(blind) == 1 and (far := _far_apart(foyer, blind[0])):
        found.append(Doubt("differs_from_foyer", far))
    if len(blind) == 2 and (far := _far_apart(*blind)):
        found.append(Doubt("reviewers_differ", far))
    return tuple(found)


def _far_apart(one: Levels, other: Levels) -> tuple[str, ...]:
    both = [(id, one[id], other[id]) for id in one if id in other]
    return tuple(id for id, a, b in both if a is not None and b is not None and abs(a - b) >= FAR_APART)


# ---------------------------------------------------------------- rejecting several at once

SAMPLE_SHARE, SAMPLE_LEAST = 0.1, 3


def sample_needed(number: int) -> int:
    """Of so many rejected together, how many a person must have opened before: a tenth, at least three, or all of
    fewer."""
    return min(number, max(SAMPLE_LEAST, math.ceil(number * SAMPLE_SHARE)))
