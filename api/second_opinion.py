"""A second rater in the life of an interview (`FOYER_MODEL__TASKS`): which competencies it is asked about, each answer
kept as soon as it is there. `api.pipeline` makes a durable step of every call, so that nothing that was answered is
asked twice; `api.outcomes` puts the answers beside Foyer's ratings. Nothing here can keep a report from being written.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog

from api.languages import is_scored
from api.outcomes import as_asked, as_record, said
from interview.second_rater import second_rating
from models.errors import FoyerError, NotFound
from models.values import InterviewPlan, InterviewRecord, ParsedResume, SecondRating

if TYPE_CHECKING:
    from api.deps import App

log = structlog.get_logger("foyer.second_opinion")

SECONDS = 300.0
"""From the first call on, no further one is begun after so long; the report is written with what there is."""


class SecondOpinion:
    """The steps, over one running App. Thread-safe: workflows run in threads."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._until: dict[str, float] = {}

    def due(self, organisation_id: str, interview_id: str) -> list[str]:
        """Ids of the competencies to ask about, in the plan's order: none without a second rater, in a language that
        is not scored, where the candidate said nothing, or once there is a report."""
        if self._app.engines.second_rater is None:
            return []
        with self._app.database.reading() as store:
            plan = InterviewPlan.model_validate(store.interview(organisation_id, interview_id).plan)
            if not is_scored(plan.language) or store.report_of(organisation_id, interview_id) is not None:
                return []
        record, _ = record_of(self._app, organisation_id, interview_id)
        spoke = any(turn.role == "candidate" and any(map(str.isalnum, turn.text)) for turn in record.turns)
        return [one.id for one in plan.competencies] if spoke else []

    def ask(self, organisation_id: str, interview_id: str, competency_id: str) -> str:
        """One competency: its second rating, or why there is none, kept sealed: the file's sha256 and whose it is."""
        model = self._app.engines.second_rater
        if model is None:
            raise FoyerError("There is no second rater any more.")
        with self._app.database.reading() as store:
            interview = store.interview(organisation_id, interview_id)
            plan = as_asked(interview, store.held(interview))
        record, subject = record_of(self._app, organisation_id, interview_id)
        place, competency = next((n, one) for n, one in enumerate(plan.competencies) if one.id == competency_id)
        self._tell(organisation_id, interview_id, place, len(plan.competencies))
        until, began = self._until.setdefault(interview_id, time.monotonic() + SECONDS), time.monotonic()
        rating = second_rating(model, record, competency, plan.questions, until=until)
        took = round(time.monotonic() - began, 2)
        log.info(
            "second.rated", interview=interview_id, competency=competency_id, seconds=took, usable=not rating.absent
        )
        kept = {"interview": interview_id, "competency": competency_id, "second": rating.model_dump(mode="json")}
        return f"{self._app.files.put(json.dumps(kept, sort_keys=True).encode(), subject=subject)}:{subject}"

    def read(self, kept: Sequence[str]) -> dict[str, SecondRating]:
        """What `ask` has kept, by competency. What was dropped already is in the report."""
        found = {}
        for sha256, _, subject in (each.partition(":") for each in kept):
            with suppress(NotFound):
                one = json.loads(self._app.files.get(sha256, subject=subject))
                found[one["competency"]] = SecondRating.model_validate(one["second"])
        return found

    def drop(self, interview_id: str, kept: Sequence[str]) -> None:
        """The report holds it all now."""
        self._until.pop(interview_id, None)
        for sha256, _, subject in (each.partition(":") for each in kept):
            self._app.files.drop(sha256, subject=subject)

    def _tell(self, organisation_id: str, interview_id: str, done: int, of: int) -> None:
        """Why there is no report yet."""
        text = f"A second rater reads the answers: {done} of {of} competencies done. The report follows by itself."
        with self._app.database.store() as store:
            store.set_problem(organisation_id, interview_id, text)


def record_of(app: App, organisation_id: str, interview_id: str) -> tuple[InterviewRecord, str]:
    """The interview as raters read it, and the candidate's id."""
    with app.database.reading() as store:
        interview = store.interview(organisation_id, interview_id)
        application = store.application(organisation_id, interview.application_id)
        document = store.document(organisation_id, application.document_id)
        turns = said(store, interview)
    resume = ParsedResume.model_validate(document.parsed) if document.parsed is not None else None
    return as_record(interview_id, resume, turns), application.candidate_id
