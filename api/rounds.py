"""A confirmed round of invitations, carried out one person after the other. `api.pipeline` makes it durable: each
transaction invites one person and says so in the round, so that whoever is killed between two goes on with the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.inviting import Why, room_of, sorted_out
from api.security import person_kept
from models.errors import BadRequest, NotFound
from models.records import Round
from models.store import Store

if TYPE_CHECKING:
    from api.deps import App
    from api.stages import Stages

AT_ONCE = 20
"""Invited in one step."""


class Rounds:
    """Over one running App. Thread-safe: workflows run in threads."""

    def __init__(self, app: App, stages: Stages) -> None:
        self._app, self._stages = app, stages

    def invite_some(self, organisation_id: str, round_id: str) -> int:
        """Invite some of those who wait in a round; returns how many were looked at. Raises Suspended."""
        with self._app.database.reading() as store:
            waiting = store.waiting_members(organisation_id, round_id, AT_ONCE)
        for application_id in waiting:
            try:
                with self._app.database.store() as store:
                    self._invite(store, store.round(organisation_id, round_id), application_id)
            except NotFound:  # erased meanwhile
                continue
        return len(waiting)

    def _invite(self, store: Store, confirmed: Round, application_id: str) -> None:
        organisation_id = confirmed.organisation_id
        job = store.job(organisation_id, confirmed.job_id, lock=True)  # of two who take the last place, one is first
        found = store.invitees(organisation_id, job.id, ids=[application_id])
        choice = sorted_out(found, room_of(self._app, store, job, found))
        why: Why | None = choice.cannot[0][1] if choice.cannot else None
        application = store.application(organisation_id, application_id)
        if why is None:
            try:
                self._stages.letter(store, job, application)
            except BadRequest:
                why = "address"
        if not store.settle_member(
            organisation_id, confirmed.id, application_id, "left" if why else "invited", why or ""
        ):
            return
        if why is not None:
            return
        person = person_kept(confirmed.person, confirmed.via, confirmed.user_id)
        store.record_decision(
            organisation_id,
            application_id,
            action="advance",
            actor=person.signature,
            reason=confirmed.reason,
            now=self._app.now,
            person=person,
        )
        store.add_review_event(
            organisation_id, application_id, "decided", "invite_many", person=person, now=self._app.now
        )
        self._stages.invite(store, job, application)
