"""What people's ratings of one interview amount to: the final ones, and their mean in the Scorecard's own arithmetic.
Used by `api.outcomes`, which delivers it, and `api.reviewing`, which shows it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from interview.evaluate import recommend
from models.records import Review
from models.values import Competency, HumanRating, HumanResult, HumanReview, Rating


def final_reviews(reviews: Sequence[Review]) -> list[Review]:
    """All final ratings ever given, oldest first."""
    return [one for one in reviews if one.kind == "final"]


def newest_finals(reviews: Sequence[Review]) -> list[Review]:
    """Each reviewer's newest final rating, in the order they were given."""
    newest = {one.reviewer_key: one for one in final_reviews(reviews)}
    return sorted(newest.values(), key=lambda one: (one.at, one.id))


def rated(review: Review) -> tuple[HumanRating, ...]:
    return tuple(HumanRating.model_validate(each) for each in review.content["ratings"])


def human_review(review: Review) -> HumanReview:
    return HumanReview(
        reviewer=review.reviewer, at=review.at, blind=review.content.get("blind", False), ratings=rated(review)
    )


def human_result(reviews: Sequence[Review], competencies: Sequence[Competency]) -> HumanResult:
    """Several reviewers are averaged, not talked over: that is what keeps their agreement worth something."""
    finals = [human_review(one) for one in newest_finals(reviews)]
    combined = [_combined(one, finals) for one in competencies]
    scored = [
        Rating(competency_id=one.competency_id, name=one.name, rating=one.rating, score=score, confidence="high")
        for one, score in combined  # whoever could not tell says so
    ]
    overall, recommendation, reason = recommend(scored, competencies)
    return HumanResult(
        recommendation=recommendation,
        reason=reason,
        overall=overall,
        ratings=tuple(human for human, _ in combined),
        reviews=tuple(finals),
    )


def _combined(competency: Competency, finals: Sequence[HumanReview]) -> tuple[HumanRating, float | None]:
    """The mean rating of those who could tell, halves up, and the same on 0..100."""
    own = [rating for review in finals for rating in review.ratings if rating.competency_id == competency.id]
    told = [rating.rating for rating in own if rating.rating is not None]
    foyer = own[-1].foyer if own else None
    if not told:
        return HumanRating(competency_id=competency.id, name=competency.name, foyer=foyer), None
    mean = sum(told) / len(told)
    rating = math.floor(mean + 0.5)
    return (
        HumanRating(competency_id=competency.id, name=competency.name, rating=rating, foyer=foyer),
        round((mean - 1) * 25, 1),
    )
