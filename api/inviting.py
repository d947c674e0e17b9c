"""Inviting many at once: who of a choice can be invited and who cannot and why, said before; then one confirmation by a
named person. Used by `api.routes.inviting`; `api.rounds` carries a confirmed round out, by the same rules."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from api import notices
from api.audits import audit_state
from api.reviewing import person_of
from api.security import Recruiter
from models.errors import BadRequest, Conflict
from models.records import Job, Round, new_id
from models.sentences import N_
from models.store import Store
from models.store.approvals import UNAPPROVED
from models.store.deciding import Invitee
from models.store.suspensions import said

if TYPE_CHECKING:
    from api.deps import App

MOST = 1_000
"""In one round; of everyone who passes the best so many."""
LISTED = 100
"""Names on the page before the confirmation."""
NOT_ALIVE = frozenset({"", "expired", "withdrawn"})
"""States of an interview, or none, from which somebody can be invited (anew)."""

Why = Literal[
    "reading",
    "rejected",
    "withdrawn",
    "invited",
    "over",
    "silent",
    "address",
    "copy",
    "cap",
    "closed",
    "audit",
    "aside",
    "approval",
]
WHY: Mapping[str, str] = {
    "reading": N_("The file is still being read. Try again in a moment."),
    "rejected": N_("Rejected. Undo the rejection on their page first."),
    "withdrawn": N_("They withdrew their application."),
    "invited": N_("Invited already. Remind them, or make a new link, among the interviews."),
    "over": N_("They had their interview. It can be opened once more on their page."),
    "silent": N_("They want to hear nothing more from you."),
    "address": N_("There is no usable e-mail address. Invite them on their page and hand the link on."),
    "copy": N_("The same address or number as somebody who is invited. Merge the two, or invite them on their page."),
    "cap": N_("The job's most interviews are reached. Raise the number in the job, or leave it."),
    "closed": N_("The job is closed. Open it again first."),
    "audit": N_("The rule on independent audits refuses use."),
    "aside": N_("Set aside: another application of theirs for this job stands for it."),
    "approval": UNAPPROVED,
}
"""Why somebody is not invited, and what to do."""


@dataclass(frozen=True, slots=True)
class Room:
    """What a job leaves. `places`: free under its cap, None without one; `shut`: why nobody can be invited, if so."""

    places: int | None = None
    shut: Why | None = None
    taken: frozenset[str] = frozenset()
    """Addresses and numbers of those who are invited."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Of those chosen: who can be invited, best first, and who cannot."""

    can: tuple[Invitee, ...]
    cannot: tuple[tuple[Invitee, Why], ...]


def sorted_out(chosen: Sequence[Invitee], room: Room) -> Choice:
    """Pure. Whoever comes first (the best) has the place, and of two with the same address the first is meant."""
    can: list[Invitee] = []
    cannot: list[tuple[Invitee, Why]] = []
    left, taken = room.places, set(room.taken)
    for one in chosen:
        again = one.interview != ""  # they had a place before, and may share an address with themselves
        why = room.shut or _stands_against(one)
        if why is None and not again and one.keys & taken:
            why = "copy"
        if why is None and not again and left is not None and left <= 0:
            why = "cap"
        if why is not None:
            cannot.append((one, why))
            continue
        can.append(one)
        taken |= one.keys
        left = left if left is None or again else left - 1
    return Choice(tuple(can), tuple(cannot))


def _stands_against(one: Invitee) -> Why | None:
    """In the person's own case."""
    if one.stage == "received":
        return "reading"
    if one.superseded:
        return "aside"
    if one.stage in ("rejected", "withdrawn"):
        return "rejected" if one.stage == "rejected" else "withdrawn"
    if one.interview not in NOT_ALIVE:
        return "over" if one.interview == "completed" else "invited"
    if one.silent:
        return "silent"
    return None if one.reachable else "address"


def room_of(app: App, store: Store, job: Job, chosen: Sequence[Invitee]) -> Room:
    organisation_id = job.organisation_id
    shut: Why | None = "closed" if job.state != "open" else None
    if audit_state(store, organisation_id, app.now).refused:
        shut = "audit"
    if store.unapproved(organisation_id, job.id):
        shut = "approval"
    places = None
    if job.max_interviews is not None:
        places = max(0, job.max_interviews - store.invited_count(organisation_id, job.id))
    taken = store.keys_invited(organisation_id, job.id, {one.candidate_id: one.keys for one in chosen})
    return Room(places, shut, taken)


# ---------------------------------------------------------------- before


@dataclass(frozen=True, slots=True)
class Before:
    """What the page before the confirmation shows. `names` of the first LISTED of each; `subject`, `text`: the message
    to the first; `waits`: from which day on the law lets it be used, or empty; `halted`: who suspended invitations, and
    why, or empty."""

    job: Job
    choice: Choice
    names: Mapping[str, str] = field(default_factory=dict)
    to: str = ""
    subject: str = ""
    text: str = ""
    waits: str = ""
    halted: str = ""

    @property
    def reasons(self) -> dict[str, int]:
        """Why -> how many."""
        found: dict[str, int] = {}
        for _, why in self.choice.cannot:
            found[why] = found.get(why, 0) + 1
        return found


def before(app: App, organisation_id: str, job_id: str, ids: Sequence[str] | None) -> Before:
    """`ids` None: everyone who passes. Raises NotFound, BadRequest."""
    with app.database.reading() as store:
        job = store.job(organisation_id, job_id)
        choice = _choice(app, store, job, ids)
        shown = [one.application_id for one in choice.can[:LISTED]]
        shown += [one.application_id for one, _ in choice.cannot[:LISTED]]
        names, standing = store.names_of(organisation_id, shown), store.halted_job(organisation_id, job_id)
        halted = said(standing) if standing is not None else ""
        if not choice.can:
            return Before(job, choice, names, halted=halted)
        first = store.application(organisation_id, choice.can[0].application_id)
        day = notices.first_day(app, store, first)
        try:
            letter = app.pipeline.stages.letter(store, job, first)
        except BadRequest:  # an odd address: the round finds it, and leaves them out
            return Before(job, choice, names, waits=str(day or ""), halted=halted)
    body = letter.get_body(("plain",))
    text = str(body.get_content()) if body is not None else ""
    return Before(job, choice, names, str(letter["To"]), str(letter["Subject"]), text, str(day or ""), halted)


def _choice(app: App, store: Store, job: Job, ids: Sequence[str] | None) -> Choice:
    chosen = None if ids is None else list(dict.fromkeys(ids))
    if chosen is not None and not 0 < len(chosen) <= MOST:
        raise BadRequest(f"Choose between 1 and {MOST:,} applications, or everyone who passes.")
    found = store.invitees(job.organisation_id, job.id, ids=chosen, limit=MOST)
    return sorted_out(found, room_of(app, store, job, found))


# ---------------------------------------------------------------- confirmed


def key_of(job_id: str, said: str) -> str:
    """Of a form that may be sent twice: the same of the same words; without any, one of its own."""
    return hashlib.sha256(f"{job_id}:{said}".encode()).hexdigest() if said else new_id()


def confirm(
    app: App, who: Recruiter, job_id: str, ids: Sequence[str] | None, *, reason: str = "", key: str = ""
) -> Round:
    """Kept, and begun. The same `key` again is the same round. Raises NotFound, Forbidden without a person, BadRequest,
    Suspended, Conflict where nobody of them can be invited."""
    with app.database.reading() as store:
        job = store.job(who.organisation_id, job_id)
        choice = _choice(app, store, job, ids)
    person = person_of(who)
    key = key_of(job_id, key)
    with app.database.store() as store:
        known = store.round_by_key(who.organisation_id, key)
        if known is not None:
            return known
        if choice.can:
            store.must_run(who.organisation_id, choice.can[0].application_id)
        else:
            whys = sorted({WHY[why] for _, why in choice.cannot}) or ["Nobody passes who is not invited yet."]
            raise Conflict(f"Nobody of them can be invited. {' '.join(whys)}")
        made, _ = store.add_round(
            who.organisation_id,
            job_id,
            key=key,
            applications=[one.application_id for one in choice.can],
            person=person,
            reason=reason.strip(),
            now=app.now,
        )
    app.pipeline.invite_many(who.organisation_id, made.id)
    return made
