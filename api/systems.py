"""What the console shows of connected systems: how each stands, how far a reading is, what a write would say, and what
an application is elsewhere. Called by `api.routes.systems` and `api.routes.console`; nothing here changes anything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from api import linking
from api.connections import known_as, lacking
from api.unexpected import UNEXPECTED, words
from integrations.http import without
from integrations.vendors import vendor
from models.errors import FoyerError
from models.exchange import About, Choice
from models.records import Application, CandidateSource, Connection, Delivery, Job, OutcomeEvent, Remote
from models.sentences import N_
from models.store import Store

if TYPE_CHECKING:
    from api.deps import App

MOST_CASES = 300
"""Applications to choose from for a dry run."""
OF_A_JOB = 50
LONGEST_TEXT = 2_000
"""Characters of one text in a shown body: notes fit, files do not."""
SHORT = "\N{HORIZONTAL ELLIPSIS}"
RESTING = "resting after failures"
WHAT = {
    "result": N_("Result"),
    "create": N_("Handed over"),
    "outcome": N_("What became of them"),
    "decision": N_("Decision"),
}
OUTCOMES = {
    "stage": N_("Moved on"),
    "hired": N_("Hired"),
    "rejected": N_("Rejected"),
    "withdrew": N_("Withdrew"),
    "undone": N_("Taken back"),
}
ORIGINS = {
    "application": N_("applied"),
    "referral": N_("was recommended"),
    "sourced": N_("was approached"),
    "pool": N_("came out of a pool"),
    "upload": N_("was uploaded"),
}


# ---------------------------------------------------------------- one connection


@dataclass(frozen=True, slots=True)
class Standing:
    """`lacking`: labels of settings without which it cannot be switched on. `unread`: messages that could not be used;
    `given_up`: deliveries."""

    row: Connection
    about: About
    word: str
    tone: Literal["good", "fair", "poor", ""]
    lacking: tuple[str, ...]
    unread: int
    given_up: int

    @property
    def resting(self) -> bool:
        return self.word == RESTING


def standing(store: Store, row: Connection, now: datetime) -> Standing:
    about = vendor(row.vendor).about
    word, tone = _state(row, now)
    return Standing(
        row=row,
        about=about,
        word=word,
        tone=tone,
        lacking=tuple(lacking(row)),
        unread=len(store.inbox(row, state="dead")),
        given_up=len(store.connected_deliveries(row, state="dead", limit=100)),
    )


def _state(row: Connection, now: datetime) -> tuple[str, Literal["good", "fair", "poor", ""]]:
    if not row.enabled:
        return "switched off", ""
    if row.closed_until is not None and row.closed_until > now:
        return RESTING, "fair"
    return ("needs you", "poor") if row.problem else ("switched on", "good")


@dataclass(frozen=True, slots=True)
class Progress:
    """How the reading under way, or the last one, stands. `going`: worth looking again in a moment."""

    text: str
    going: bool
    problem: bool = False


def progress_of(row: Connection) -> Progress:
    counts = {key: int(row.progress.get(key, 0)) for key in ("jobs", "people", "outcomes", "problems")}
    told = ", ".join(
        f"{counts[key]:,} {one if counts[key] == 1 else many}"
        for key, one, many in (
            ("jobs", "opening", "openings"),
            ("people", "person", "people"),
            ("outcomes", "outcome", "outcomes"),
        )
    )
    if counts["problems"]:
        told += f"; {counts['problems']:,} could not be used, see the log"
    if not row.enabled:
        return Progress("It is read while it is switched on.", going=False)
    if row.progress and "done" not in row.progress:
        return Progress(f"Reading: {told} so far.", going=True)
    if row.polled_at is None:
        return Progress("Reading begins in a moment.", going=True)
    if not row.progress.get("done"):
        return Progress(
            f"The last reading broke off after {told}. The next one goes on from there.", going=False, problem=True
        )
    return Progress(f"The last reading found {told}.", going=False)


def choices_of(app: App, row: Connection) -> tuple[Mapping[str, Sequence[Choice]], str]:
    """The live lists, and why there are none where there are none."""
    connector = app.connections.connector(row)
    if not any(each.choices for each in connector.about.mapped):
        return {}, ""
    try:
        return connector.choices(app.connections.service(row, seconds=linking.TEST_SECONDS)), ""
    except FoyerError as failure:
        return {}, failure.detail
    except UNEXPECTED as broken:
        return {}, f"{row.name} gave an answer that Foyer does not understand: {words(broken)}."


@dataclass(frozen=True, slots=True)
class Step:
    """Something to register on the other side. `addresses`: short name -> address, to be copied."""

    text: str
    addresses: Mapping[str, str]


def steps(about: About, address: str, callback: str = "") -> list[Step]:
    """Short names in the text, whole addresses beside it. `callback`: where a sign-in there leads back to."""
    found = []
    for line in about.register:
        tails = dict.fromkeys(re.findall(r"\{url\}((?:/[\w.~-]*\w)*)", line))
        short = {tail: SHORT + tail if tail else "our address" for tail in tails}
        text = line
        for tail in sorted(tails, key=len, reverse=True):
            text = text.replace("{url}" + tail, short[tail])
        addresses = {short[tail]: address + tail for tail in tails}
        if "{callback}" in text:
            text, addresses = text.replace("{callback}", "our callback"), {**addresses, "our callback": callback}
        found.append(Step(text, addresses))
    return found


# ---------------------------------------------------------------- what would be written


def cases(store: Store, row: Connection) -> list[tuple[Application, Job]]:
    """Whom a dry run may be about: everyone the system knows, and the first of each job that is linked to it."""
    own = row.organisation_id
    known = [each.local_id for kind in ("application", "order") for each in store.remotes(row, kind)]
    wanted = list(dict.fromkeys(id for id in known if id is not None))[:MOST_CASES]
    found = {id: store.application(own, id) for id in wanted}
    for opening in store.jobs_there(row):
        for each in store.applications(own, opening.local_id or "", limit=OF_A_JOB):
            found.setdefault(each.id, each)
    jobs = {job.id: job for job in store.jobs(own)}
    listed = [(each, jobs[each.job_id]) for each in list(found.values())[:MOST_CASES]]
    return sorted(listed, key=lambda pair: (pair[1].title, called(pair[0])))


def called(application: Application) -> str:
    return application.candidate.name or application.document.filename


def legible(row: Connection, body: Any) -> str:
    """A body for people: long texts and files by their size, keys of the connection hidden."""
    text = body if isinstance(body, str) else json.dumps(_shortened(body), ensure_ascii=False, indent=2)
    return hidden(row, text)


def hidden(row: Connection, text: str) -> str:
    """Without the connection's secrets, wherever they would stand."""
    secret = [each.key for each in vendor(row.vendor).about.settings if each.secret]
    return without(text, [str(row.settings.get(key) or "") for key in secret])


def _shortened(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shortened(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_shortened(each) for each in value]
    if isinstance(value, str) and len(value) > LONGEST_TEXT and " " not in value[:LONGEST_TEXT]:
        return f"({len(value):,} characters)"
    return value


def is_due(delivery: Delivery, now: datetime) -> bool:
    """Sent in a moment: worth looking again."""
    return delivery.state == "pending" and (delivery.next_at is None or delivery.next_at <= now)


def told_of(delivery: Delivery) -> str:
    """What a delivery to another system is, in words."""
    return WHAT.get(str(delivery.payload.get("what")), "Message")


# ---------------------------------------------------------------- one application, elsewhere


@dataclass(frozen=True, slots=True)
class Place:
    """One system that knows an application. `sent_at`: when it last took something of ours."""

    row: Connection
    remote: Remote
    url: str
    stage: str
    sent_at: datetime | None
    decides: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """A system to which somebody could be handed over. `why_not`: what stands in the way; `last`: how it went, where it
    was tried."""

    row: Connection
    why_not: str
    last: Delivery | None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """`home`: the system that keeps the case; None: Foyer alone does."""

    sources: tuple[CandidateSource, ...]
    outcomes: tuple[tuple[OutcomeEvent, str], ...]
    places: tuple[Place, ...]
    home: Place | None
    offers: tuple[Offer, ...]

    @property
    def deciding(self) -> tuple[Place, ...]:
        return tuple(each for each in self.places if each.decides)


def elsewhere(store: Store, application: Application) -> Elsewhere:
    own = application.organisation_id
    rows = {each.id: each for each in store.connections(own)}
    sources = tuple(store.sources(own, application.candidate_id))
    places: dict[str, Place] = {}
    for remote in known_as(store, application):
        if remote.connection_id not in places:
            places[remote.connection_id] = _place(store, rows[remote.connection_id], remote, application)
    outcomes = [
        (each, rows[each.connection_id].name if each.connection_id in rows else "a system that was removed")
        for each in store.outcomes(own, application.id)
    ]
    return Elsewhere(
        sources=sources,
        outcomes=tuple(outcomes),
        places=tuple(places.values()),
        home=_home(sources, places, application),
        offers=tuple(_offers(store, rows.values(), places, application)),
    )


def _place(store: Store, row: Connection, remote: Remote, application: Application) -> Place:
    data = remote.data or {}
    sent = [each for each in store.connected_deliveries(row, application_id=application.id) if each.done]
    return Place(
        row=row,
        remote=remote,
        url=_web_address(str(data.get("url") or "")),
        stage=str(data.get("stage_name") or ""),
        sent_at=(sent[0].delivered_at or sent[0].created_at) if sent else None,
        decides=row.enabled
        and row.may_decide
        and remote.kind == "application"
        and vendor(row.vendor).about.can.decide is not None,
    )


def _web_address(url: str) -> str:
    """Another system's word for an address is not to become a script here."""
    return url if url.startswith(("https://", "http://")) else ""


def _home(sources: Iterable[CandidateSource], places: Mapping[str, Place], application: Application) -> Place | None:
    """Where they applied first; else whichever system knows the case."""
    for source in sources:
        place = places.get(source.connection_id or "")
        if place is not None and source.application_id == application.id:
            return place
    return next(iter(places.values()), None)


def _offers(
    store: Store, rows: Iterable[Connection], places: Mapping[str, Place], application: Application
) -> Iterable[Offer]:
    linked = {each.connection_id for each in store.remotes_of(application.organisation_id, "job", application.job_id)}
    for row in rows:
        if vendor(row.vendor).about.can.create is None or row.id in places:
            continue
        tried = store.connected_deliveries(row, application_id=application.id)
        last = next((each for each in tried if each.payload.get("what") == "create"), None)
        why_not = ""
        if not row.enabled:
            why_not = "It is switched off."
        elif row.id not in linked:
            why_not = "This job is linked to no opening there."
        yield Offer(row, why_not, last)
