"""Adverse impact: do people of some groups get further less often? Pure; called by `api.impact`.

Selection rates (who advanced) and scoring rates (whose score lies strictly above the median of everybody), by sex, race
and ethnicity, both together, and age; the ratio to the highest group as 6 RCNY 5-301 has it, and beside each ratio what
tells whether it means anything: intervals, exact tests, what one person would change, what those who did not say might
change, and the same comparison within each job. Few people give "not enough data", and nothing here ever says that
there is no adverse impact.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Literal, get_args

from compliance.categories import ASKED, AXES, INTERSECTION, RACE, SEX
from compliance.intervals import (
    Interval,
    Rate,
    Stratified,
    cohens_h,
    exact,
    holm,
    katz,
    mantel_haenszel,
    newcombe,
    pooled_z,
    ratio,
    wilson,
)
from compliance.suppression import FEWEST, hidden
from models.sentences import N_

FEW = 30
"""People of a group below which a comparison is not enough data."""
SMALL_SHARE = 0.02
"""6 RCNY 5-301(d): a category of less than this share may be left out of the ratios; its count and rate stay."""
LEVEL = 0.05
ALL = ""
"""Stands for all jobs together."""

Measure = Literal["selection", "scoring"]
Finding = Literal["not_enough_data", "lower", "ratio_low", "rates_differ", "none_shown"]
FINDINGS: Mapping[Finding, str] = {
    "not_enough_data": N_("Not enough data to tell."),
    "lower": N_("The ratio is below four fifths, and chance is an unlikely reason. Look into it."),
    "ratio_low": N_("The ratio is below four fifths; so few people would show that by chance too. Watch it."),
    "rates_differ": N_(
        "The ratio is above four fifths, but chance is an unlikely reason of the difference. Look into it."
    ),
    "none_shown": N_("No difference is shown. That does not prove that there is none."),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who was assessed. `groups`: axis -> category, as `categories.known`; what they did not say is not in
    it."""

    job: str
    score: float
    advanced: bool
    groups: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A group beside another one (`against`; "rest": everybody else whose group is known). `fisher` and `mid_p` are
    two-sided chances, `holm` is Fisher's over all comparisons of the axis. `sign_flips`: were one person more of this
    group to advance instead of one of the other, it would not be behind; `rule_flips`: it would not be below four
    fifths. `lowest`, `highest`: the ratio, had those who did not say been of the two groups in the worst and the best
    way. `within_jobs`: the same within each job."""

    against: str
    ratio: float | None
    ratio_interval: Interval | None
    difference: float | None
    difference_interval: Interval | None
    fisher: float
    mid_p: float
    holm: float
    z: float | None
    h: float | None
    below_four_fifths: bool
    sign_flips: bool
    rule_flips: bool
    lowest: float | None
    highest: float | None
    within_jobs: Stratified
    finding: Finding


@dataclass(frozen=True, slots=True)
class Group:
    """`n` None: hidden, as fewer than five or what would tell of fewer than five; then everything is None. `advanced`
    None beside an `n`: of the whole axis fewer than five people advanced, or did not. `share` of those whose category
    is known. `excluded`: below 2 %, so in no ratio. `ratio_of_all`: to the highest group, had none been excluded."""

    category: str
    n: int | None
    advanced: int | None = None
    rate: float | None = None
    interval: Interval | None = None
    share: float | None = None
    few: bool = False
    excluded: bool = False
    ratio_of_all: float | None = None
    highest: Comparison | None = None
    rest: Comparison | None = None


@dataclass(frozen=True, slots=True)
class Axis:
    """`unknown`: people who did not say. `highest`: the group the others are compared with; None where nobody
    advanced or nothing can be shown. `hidden`: groups that are not shown, whether or
    not anybody is in them."""

    name: str
    assessed: int
    unknown: int
    groups: tuple[Group, ...]
    highest: str | None
    hidden: int
    finding: Finding


@dataclass(frozen=True, slots=True)
class Impact:
    """Of one job, or all. `advanced` of `assessed`; for scoring that is who lies above the `median`, `at_median` those
    on it: many of them, and far fewer than half are above."""

    job: str
    measure: Measure
    assessed: int
    advanced: int
    median: float | None
    at_median: int
    axes: tuple[Axis, ...]


Hidden = Collection[tuple[str, str, str]]
"""(job or ALL, axis, category) whose counts are not shown; (job or ALL, axis, "") whose rates are not."""


def measured(people: Sequence[Person], measure: Measure, *, job: str = ALL, conceal: Hidden = ()) -> Impact:
    """Of `people`, who are those of `job`. `conceal`: what `concealed` found over everybody of all jobs; without it
    nothing is hidden, which is for nobody's eyes."""
    middle = median(person.score for person in people) if people else None
    tally = _tally(people, None if measure == "selection" else middle)
    return Impact(
        job=job,
        measure=measure,
        assessed=len(people),
        advanced=sum(rate.advanced for rate in tally.everybody.values()),
        median=middle,
        at_median=sum(person.score == middle for person in people),
        axes=tuple(_axis(axis, tally, job, conceal, measure) for axis in AXES),
    )


@dataclass(frozen=True, slots=True)
class _Tally:
    """People counted once, for all that is made of it. `everybody`: job -> all of them; `groups`: axis -> job ->
    category -> those who said so."""

    everybody: Mapping[str, Rate]
    groups: Mapping[str, Mapping[str, Mapping[str, Rate]]]


def _tally(people: Iterable[Person], above: float | None = None) -> _Tally:
    """`above`: who scores higher has advanced; None: who did. A hundred thousand people are gone through but once."""
    everybody: dict[str, list[int]] = {}
    groups: dict[str, dict[str, dict[str, list[int]]]] = {axis: {} for axis in AXES}
    for person in people:
        advanced = person.advanced if above is None else person.score > above
        counts = [everybody.setdefault(person.job, [0, 0])]
        counts += [
            groups[axis].setdefault(person.job, {}).setdefault(category, [0, 0])
            for axis, category in person.groups.items()
        ]
        for each in counts:
            each[0] += advanced
            each[1] += 1
    return _Tally(
        {job: Rate(*each) for job, each in everybody.items()},
        {
            axis: {job: {name: Rate(*each) for name, each in found.items()} for job, found in of_job.items()}
            for axis, of_job in groups.items()
        },
    )


def concealed(people: Sequence[Person]) -> frozenset[tuple[str, str, str]]:
    """What must not be shown of all jobs together nor of any one of them, so that no difference of the two tells it
    either."""
    jobs = [ALL, *sorted({person.job for person in people})]
    counts: dict[tuple[str, str, str], int] = {
        (job, axis, category): 0 for job in jobs for axis in AXES for category in categories(axis)
    }
    for person in people:
        for axis, category in person.groups.items():
            counts[person.job, axis, category] += 1
            counts[ALL, axis, category] += 1
    found = set(hidden(counts, _lines(jobs)))
    for measure in get_args(Measure):
        found |= _rates_concealed(people, jobs, measure)
    return frozenset(found)


def categories(axis: str) -> list[str]:
    """All of an axis, in the order they are shown in."""
    if axis == INTERSECTION:
        return [f"{race}.{sex}" for sex in SEX for race in RACE]
    return list(ASKED[axis])


def _lines(jobs: Sequence[str]) -> list[list[tuple[str, str, str]]]:
    """Cells that add up to something a reader may know."""
    lines = [[(job, axis, category) for category in categories(axis)] for job in jobs for axis in AXES]
    lines += [[(job, axis, one) for job in jobs] for axis in AXES for one in categories(axis)]  # ALL is what they make
    for job in jobs:
        lines += [[(job, INTERSECTION, f"{race}.{sex}") for race in RACE] for sex in SEX]
        lines += [[(job, INTERSECTION, f"{race}.{sex}") for sex in SEX] for race in RACE]
    return lines


def _rates_concealed(people: Sequence[Person], jobs: Sequence[str], measure: Measure) -> set[tuple[str, str, str]]:
    """Where of all whose group is known one to four advanced, or did not: who did is no secret here, so a rate would
    tell those few people's group."""
    counts: dict[tuple[str, str, str], int] = {(job, axis, end): 0 for job in jobs for axis in AXES for end in "+-"}
    of_job: dict[str, list[Person]] = {job: [] for job in jobs}
    of_job[ALL] = [*people]
    for person in people:
        of_job[person.job].append(person)
    for job, theirs in of_job.items():
        middle = median(person.score for person in theirs) if measure == "scoring" and theirs else None
        tally = _tally(theirs, middle)
        for axis in AXES:
            known = [rate for found in tally.groups[axis].values() for rate in found.values()]
            counts[job, axis, "+"] = sum(rate.advanced for rate in known)
            counts[job, axis, "-"] = sum(rate.n - rate.advanced for rate in known)
    lines = [[(job, axis, end) for job in jobs if job != ALL] for axis in AXES for end in "+-"]
    return {(job, axis, measure) for job, axis, _ in hidden(counts, lines)}


# ---------------------------------------------------------------- one axis


@dataclass(frozen=True, slots=True)
class _Counted:
    """What an axis rests on: the rates of the groups that may be shown, in each job too, and of the unknown."""

    rates: Mapping[str, Rate]
    by_job: Mapping[str, Mapping[str, Rate]]
    unknown: Rate


def _axis(axis: str, tally: _Tally, job: str, conceal: Hidden, measure: Measure) -> Axis:
    of_job = tally.groups[axis]
    every = {category: _sum(found.get(category, NOBODY) for found in of_job.values()) for category in categories(axis)}
    everybody, known_ones = _sum(tally.everybody.values()), _sum(every.values())
    unknown = Rate(everybody.advanced - known_ones.advanced, everybody.n - known_ones.n)
    shown = {category: rate for category, rate in every.items() if (job, axis, category) not in conceal and rate.n}
    blank = [Group(category, None) for category in _unnamed(every, job, axis, conceal)]
    open_jobs = [each for each in tally.everybody if not _is_concealed(each, axis, shown, conceal, measure)]
    by_job = {each: {one: of_job.get(each, {}).get(one, NOBODY) for one in shown} for each in open_jobs}
    counted = _Counted(shown, by_job, unknown)
    known = known_ones.n
    told = (job, axis, measure) not in conceal
    groups = _groups(counted, known, told=told)
    highest = _highest({one.category: shown[one.category] for one in groups if not one.excluded}) if told else None
    if highest is not None:
        groups = _compared(groups, counted, highest)
    order = {category: place for place, category in enumerate(every)}
    return Axis(
        name=axis,
        assessed=everybody.n,
        unknown=unknown.n,
        groups=tuple(sorted([*groups, *blank], key=lambda one: order[one.category])),
        highest=highest,
        hidden=len(blank),
        finding=_worst(groups, len(blank)),
    )


NOBODY = Rate(0, 0)


def _sum(rates: Iterable[Rate]) -> Rate:
    found = list(rates)
    return Rate(sum(one.advanced for one in found), sum(one.n for one in found))


def _unnamed(every: Mapping[str, Rate], job: str, axis: str, conceal: Hidden) -> list[str]:
    """The groups whose row is blank: those that are hidden, and where these have too little to hide behind, the empty
    ones too: of a single person the name of the group alone would tell."""
    gone = [category for category in every if (job, axis, category) in conceal]
    if gone and (len(gone) < 2 or sum(every[category].n for category in gone) < FEWEST):
        return [category for category in every if category in gone or not every[category].n]
    return gone


def _is_concealed(job: str, axis: str, shown: Collection[str], conceal: Hidden, measure: Measure) -> bool:
    """Figures within jobs are made of no count that is not shown of that job: from several it could be computed."""
    return any((job, axis, one) in conceal for one in (*shown, measure))


def _groups(counted: _Counted, known: int, *, told: bool) -> list[Group]:
    top = _highest(counted.rates)
    groups = []
    for category, rate in counted.rates.items():
        one = Group(category, rate.n, share=rate.n / known, few=rate.n < FEW, excluded=rate.n < SMALL_SHARE * known)
        if told:
            of_all = ratio(rate, counted.rates[top]) if top is not None else None
            measured_too = {"advanced": rate.advanced, "rate": rate.value, "interval": wilson(rate)}
            one = replace(one, **measured_too, ratio_of_all=of_all)  # type: ignore[arg-type]
        groups.append(one)
    return groups


def _highest(rates: Mapping[str, Rate]) -> str | None:
    """The group with the highest rate, of equal ones the largest. None where nobody advanced."""
    best = max(rates, key=lambda one: (rates[one].value or 0.0, rates[one].n), default=None)
    return best if best is not None and rates[best].advanced else None


def _compared(groups: Sequence[Group], counted: _Counted, highest: str) -> list[Group]:
    others = [one for one in groups if not one.excluded and one.category != highest]
    beside = [_comparison(one.category, {highest}, highest, counted) for one in others]
    every = [one.category for one in groups]
    rest = [_comparison(one, {*every} - {one}, "rest", counted) for one in every] if len(every) > 1 else []
    of_highest = dict(zip((one.category for one in others), _adjusted(beside), strict=True))
    of_rest = dict(zip(every, _adjusted(rest), strict=False))
    return [replace(one, highest=of_highest.get(one.category), rest=of_rest.get(one.category)) for one in groups]


def _adjusted(found: Sequence[Comparison]) -> list[Comparison]:
    raised = holm([one.fisher for one in found])
    return [_found(replace(one, holm=chance)) for one, chance in zip(found, raised, strict=True)]


def _found(one: Comparison) -> Comparison:
    if one.finding == "not_enough_data":
        return one
    unlikely, low = one.holm < LEVEL, one.below_four_fifths
    finding: Finding = "none_shown"
    if low:
        finding = "lower" if unlikely else "ratio_low"
    elif unlikely:
        finding = "rates_differ"
    return replace(one, finding=finding)


def _comparison(category: str, others: Collection[str], against: str, counted: _Counted) -> Comparison:
    first, second = counted.rates[category], _together(counted.rates, others)
    found, chance = ratio(first, second), exact(first, second)
    strata = [(rates[category], _together(rates, others)) for rates in counted.by_job.values()]
    enough = min(first.n, second.n) >= FEW and found is not None
    lowest, highest = bounds(first, second, counted.unknown)
    return Comparison(
        against=against,
        ratio=found,
        ratio_interval=katz(first, second),
        difference=first.advanced / first.n - second.advanced / second.n if first.n and second.n else None,
        difference_interval=newcombe(first, second),
        fisher=chance.fisher,
        mid_p=chance.mid_p,
        holm=chance.fisher,
        z=pooled_z(first, second),
        h=cohens_h(first, second),
        below_four_fifths=_below(first, second),
        sign_flips=_behind(first, second) and not _behind(*_one_moved(first, second)),
        rule_flips=_below(first, second) and not _below(*_one_moved(first, second)),
        lowest=lowest,
        highest=highest,
        within_jobs=mantel_haenszel(strata),
        finding="none_shown" if enough else "not_enough_data",
    )


def _together(rates: Mapping[str, Rate], categories: Collection[str]) -> Rate:
    return _sum(rates[one] for one in categories)


def _behind(first: Rate, second: Rate) -> bool:
    return first.advanced * second.n < second.advanced * first.n


def _below(first: Rate, second: Rate) -> bool:
    """In whole numbers: exactly four fifths is not below."""
    return 5 * first.advanced * second.n < 4 * second.advanced * first.n


def _one_moved(first: Rate, second: Rate) -> tuple[Rate, Rate]:
    """One person more of the first advances, one fewer of the second."""
    if first.advanced == first.n or not second.advanced:
        return first, second
    return Rate(first.advanced + 1, first.n), Rate(second.advanced - 1, second.n)


def bounds(first: Rate, second: Rate, unknown: Rate) -> tuple[float | None, float | None]:
    """The lowest and the highest ratio of the two that any assignment of those who did not say would give."""
    stayed = unknown.n - unknown.advanced
    worst = Rate(first.advanced, first.n + stayed), _more(second, unknown.advanced)
    best = _more(first, unknown.advanced), Rate(second.advanced, second.n + stayed)
    return ratio(*worst), ratio(*best)


def _more(rate: Rate, advanced: int) -> Rate:
    return Rate(rate.advanced + advanced, rate.n + advanced)


_WORST: tuple[Finding, ...] = ("lower", "rates_differ", "ratio_low")


def _worst(groups: Sequence[Group], hidden_groups: int) -> Finding:
    """Of an axis. With a group hidden or too small, what was not found may lie there: not enough data."""
    found = {one.highest.finding for one in groups if one.highest is not None}
    for finding in _WORST:
        if finding in found:
            return finding
    complete = not hidden_groups and all(not one.few for one in groups)
    return "none_shown" if found == {"none_shown"} and complete else "not_enough_data"
