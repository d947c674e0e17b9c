"""What does the line miss? Some of those below it are drawn at random and interviewed like everybody else. Nobody who
reviews is told which they are; what came of them is counted here. Used by `api.routes.sampling`.

The draw cannot be steered: a person says how many, the seed comes from the machine, and who is drawn follows from seed
and pool by a rule that anybody can repeat: the ids whose sha256 of `seed:id` is the smallest."""

from __future__ import annotations

import hashlib
import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean, median
from typing import TYPE_CHECKING

from api.inviting import MOST, key_of
from api.reviewing import person_of
from api.second_look import rated
from api.security import Recruiter
from compliance.intervals import Interval, Rate, wilson
from models.errors import BadRequest, Conflict
from models.records import Review, Sample

if TYPE_CHECKING:
    from api.deps import App

FEW = 20
"""Fewer on either side tell nearly nothing: at 10 of 20 the interval reaches from .30 to .70."""
COMPARED = 200
"""The newest so many above the line are what the sample is compared with."""


def drawn(pool: Sequence[str], size: int, seed: str) -> list[str]:
    """Pure: the same whoever draws, in whatever order the pool comes."""
    return sorted(pool, key=lambda id: hashlib.sha256(f"{seed}:{id}".encode()).hexdigest())[:size]


def fingerprint(pool: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(sorted(pool)).encode()).hexdigest()


def draw(
    app: App, who: Recruiter, job_id: str, *, size: int | None = None, share: float | None = None, key: str = ""
) -> Sample:
    """So many, or a share of the pool (above 0, up to 1), by a named person; their invitations go out as a round. The
    same `key` again is the same draw. Raises NotFound, Forbidden, BadRequest, Suspended, Conflict for an empty
    pool."""
    organisation_id = who.organisation_id
    key = key_of(job_id, key)
    with app.database.store() as store:
        job = store.job(organisation_id, job_id, lock=True)
        person = person_of(who)
        if (known := store.sample_by_key(organisation_id, key)) is not None:
            return known
        pool = store.below_line(organisation_id, job_id)
        if not pool:
            raise Conflict("Nobody who could be invited waits below the line.")
        chosen = drawn(pool, _size(len(pool), size, share), seed := secrets.token_hex(16))
        store.must_run(organisation_id, chosen[0])
        confirmed, _ = store.add_round(
            organisation_id,
            job_id,
            key=key,
            applications=chosen,
            person=person,
            reason="",  # reviewers read it with the decision, and are not to be told
            now=app.now,
        )
        made = store.add_sample(
            organisation_id,
            job_id,
            confirmed.id,
            key=key,
            drawn=chosen,
            pool=len(pool),
            pool_sha256=fingerprint(pool),
            seed=seed,
            share=share,
            threshold=job.threshold,
            person=person,
            now=app.now,
        )
    app.pipeline.invite_many(organisation_id, confirmed.id)
    return made


def _size(pool: int, size: int | None, share: float | None) -> int:
    if (size is None) == (share is None):
        raise BadRequest("Say how many are to be drawn, or which share of them: one of the two.")
    wanted = math.ceil(share * pool) if share is not None and 0 < share <= 1 else (size or 0)
    if not 0 < wanted <= MOST:
        raise BadRequest(f"Draw between 1 and {MOST:,}; a share lies above 0 and up to 100 %.")
    return min(wanted, pool)


# ---------------------------------------------------------------- what came of them


@dataclass(frozen=True, slots=True)
class Measure:
    """By one kind of rating. Of `rate.n` of the sample that were rated, `rate.advanced` lie at or above `median`, that
    of the `compared` above the line. Were there no difference, half would. `few`: too few to tell."""

    by: str
    rate: Rate
    compared: int
    median: float | None
    interval: Interval | None

    @property
    def few(self) -> bool:
        return self.rate.n < FEW or self.compared < FEW


@dataclass(frozen=True, slots=True)
class Outcome:
    """`drawn`, of whom `invited`, of whom `held` their interview; then how they were rated."""

    drawn: int
    invited: int
    held: int
    measures: tuple[Measure, ...]


def outcome(app: App, organisation_id: str, job_id: str) -> Outcome:
    """Of all samples of a job. Raises NotFound."""
    with app.database.reading() as store:
        members = store.sampled(organisation_id, job_id)
        above = store.above_line(organisation_id, job_id, COMPARED)
        everybody = [*members, *above]
        foyer = store.overall_of(organisation_id, everybody)
        people = {id: score for id, found in store.reviews_by(organisation_id, everybody).items()
                  if (score := said(found)) is not None}  # fmt: skip
    return Outcome(
        drawn=len(members),
        invited=sum(state != "" for state in members.values()),
        held=sum(state == "completed" for state in members.values()),
        measures=(_measure("people", people, members, above), _measure("foyer", foyer, members, above)),
    )


def _measure(by: str, scores: Mapping[str, float], members: Mapping[str, str], above: Sequence[str]) -> Measure:
    others = [scores[id] for id in above if id in scores]
    own = [scores[id] for id in members if id in scores]
    middle = median(others) if others else None
    rate = Rate(sum(score >= middle for score in own), len(own)) if middle is not None else Rate(0, 0)
    return Measure(by, rate, len(others), middle, wilson(rate))


def said(reviews: Sequence[Review]) -> float | None:
    """What people rated, 0 to 100: each reviewer's newest word, all of them alike; None where nobody could tell."""
    newest = {one.reviewer_key: one for one in reviews if one.kind in ("blind", "final")}
    each = [[level.rating for level in rated(one) if level.rating is not None] for one in newest.values()]
    told = [mean(levels) for levels in each if levels]
    return (mean(told) - 1) * 25 if told else None
