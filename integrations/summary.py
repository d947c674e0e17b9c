"""A result in the few forms that other systems take: a note, flat fields, a number. Called by the connectors.

What it says is what the report says: "no decision" is never a number, an unrated competency never a low one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from models.exchange import Outcome
from models.values import AssessmentResult

WORDS: Mapping[str, str] = {
    "strong_yes": "strong yes",
    "yes": "yes",
    "mixed": "mixed",
    "no": "no",
    "definitely_not": "definitely not",
    "no_decision": "no decision",
}
BECAME: Mapping[str, str] = {
    "hired": "was hired",
    "rejected": "was not selected",
    "withdrew": "withdrew",
    "undone": "is in process again",
}
PROPOSES = "Foyer proposes, a person decides."


def marker(result: AssessmentResult) -> str:
    """What makes a note or file of ours findable: it is in every one, and in no other."""
    return f"[{result.id}]"


def recommendation(result: AssessmentResult) -> str:
    """A person's where there is one; "no_decision" without a scorecard."""
    if result.human is not None:
        return result.human.recommendation
    return result.scorecard.recommendation if result.scorecard is not None else "no_decision"


def overall(result: AssessmentResult) -> float | None:
    """0..100; None where there is no decision."""
    if recommendation(result) == "no_decision":
        return None
    if result.human is not None:
        return result.human.overall
    return result.scorecard.overall if result.scorecard is not None else None


def passed(result: AssessmentResult) -> bool | None:
    """For systems that know pass and fail: a proposal of yes or better; None where there is no decision."""
    word = recommendation(result)
    return None if word == "no_decision" else word in ("yes", "strong_yes")


def filename(result: AssessmentResult) -> str:
    """Of the PDF: ASCII, with the result's id, so that it is found again."""
    return f"Foyer report {result.id}.pdf"


def inert(text: str) -> str:
    """Somebody's words, for a field that another system may show as HTML or Markdown: no tag, no link, no mention. What
    was said can still be read."""
    plain = text.replace("<", "\u2039").replace(">", "\u203a").replace("://", ": //")
    return re.sub(r"[\]#@!](?=[(\[])", lambda found: found[0] + " ", plain)


def fields(result: AssessmentResult) -> dict[str, str | float]:
    """Label -> value, flat: what an ATS shows beside a score."""
    found: dict[str, str | float] = {"Recommendation": WORDS[recommendation(result)]}
    number = overall(result)
    if number is not None:
        found["Overall, of 100"] = number
    for rating in result.scorecard.competencies if result.scorecard is not None else ():
        rated = f"{rating.rating} of 5" if rating.rating is not None else "not assessed"
        found[rating.name] = f"{rated} ({rating.confidence} confidence)" if rating.rating is not None else rated
    for number_, check in enumerate(result.scorecard.must_haves if result.scorecard is not None else (), start=1):
        said = f' ("{inert(check.quote)}")' if check.quote else ""
        found[f"Must-have check {number_}"] = f"{check.status.replace('_', ' ')}{said}"[:200]
    return found


def note(result: AssessmentResult, longest: int = 4_000) -> str:
    """Plain text with the report's address and `marker`, cut in the middle where it is too long."""
    if result.type == "assessment.withdrawn":
        return f"The candidate withdrew from the interview in Foyer. {marker(result)}"
    reviewed = "after a person's review" if result.human is not None else "not reviewed by a person yet"
    title = inert(result.job.get("title", "the job"))
    head = [f"Foyer interview for {title}: {WORDS[recommendation(result)]} ({reviewed})."]
    if result.scorecard is not None and result.human is None:
        head.append(result.scorecard.reason)
    body = [f"{label}: {value}" for label, value in fields(result).items()]
    tail = [f"{PROPOSES} Quotes and recording: {result.report_url}", marker(result)]
    room = longest - sum(len(line) + 1 for line in (*head, *tail))
    kept: list[str] = []
    for line in body:
        if len(line) + 1 > room:
            kept.append("...")
            break
        kept.append(line)
        room -= len(line) + 1
    return "\n".join([*head, *kept, *tail])[-longest:]


def outcome_mark(outcome: Outcome) -> str:
    """As `marker`, of what became of somebody: the same message again has the same."""
    told = f"{outcome.kind} {outcome.at.isoformat()} {outcome.remote_application_id} {outcome.title}"
    return f"[outcome_{hashlib.sha256(told.encode()).hexdigest()[:16]}]"


def outcome_note(outcome: Outcome) -> str:
    """For the system that somebody came from: plain text with `outcome_mark`."""
    title = f" for {inert(outcome.title)}" if outcome.title else ""
    by = inert(outcome.said_by) or "the ATS"
    head = f"The candidate {BECAME[outcome.kind]}{title}, {by} says ({outcome.at:%Y-%m-%d})."
    details = [
        f"Stage: {inert(outcome.stage)}." if outcome.stage else "",
        f"Reason: {inert(outcome.reason)}." if outcome.reason else "",
    ]
    return "\n".join([head, *filter(None, details), outcome_mark(outcome)])
