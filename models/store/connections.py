"""Other people's systems: connections, what things are called there, what they sent, how people came, what became of
them. Part of `models.store.Store`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.exc import IntegrityError

from models.errors import NotFound
from models.records import (
    Application,
    Candidate,
    CandidateSource,
    Connection,
    Delivery,
    DeliveryState,
    InboxEvent,
    InboxState,
    Job,
    OutcomeEvent,
    Personal,
    PersonalJson,
    Remote,
    RemoteKind,
    secrets_of,
)
from models.store.base import Rows

BREAKER = 10
"""Failures in a row after which a connection rests."""
REST = timedelta(minutes=2)
LONGEST_REST = timedelta(hours=1)
ENDS: Mapping[str, str | None] = {"hired": "hired", "rejected": "rejected", "withdrew": "withdrew", "undone": None}
"""Kinds of outcomes that say how it ended -> what `Application.outcome` is then."""


class Connections(Rows):
    # ------------------------------------------------------------ connections

    def add_connection(
        self, organisation_id: str, *, vendor: str, name: str, settings: Mapping[str, str], now: datetime
    ) -> Connection:
        """Switched off, until a person has tested it."""
        row = self._add(
            Connection(
                organisation_id=organisation_id,
                vendor=vendor,
                name=name,
                settings=PersonalJson(settings, subject=secrets_of(organisation_id)),
                mapping={},
                progress={},
                reading=0,
                asked=0,
                enabled=False,
                may_decide=False,
                failures=0,
                created_at=now,
            )
        )
        self._note(organisation_id, "connection.added", "connection", row.id, vendor=vendor)
        return row

    def connections(self, organisation_id: str, *, enabled_only: bool = False) -> list[Connection]:
        """Oldest first."""
        query = select(Connection).where(Connection.organisation_id == organisation_id)
        if enabled_only:
            query = query.where(Connection.enabled)
        return list(self._session.scalars(query.order_by(Connection.created_at, Connection.id)))

    def connection(self, organisation_id: str, id: str) -> Connection:
        return self._own(Connection, organisation_id, id)

    def change_connection(
        self,
        organisation_id: str,
        id: str,
        *,
        name: str | None = None,
        settings: Mapping[str, str] | None = None,
        mapping: Mapping[str, str] | None = None,
        enabled: bool | None = None,
        may_decide: bool | None = None,
    ) -> Connection:
        """What is None stays. Other settings end what was exchanged for the old ones, and what was wrong with them."""
        row = self._lock(Connection, organisation_id, id)
        row.name = name if name is not None else row.name
        if settings is not None:
            row.settings, row.tokens = PersonalJson(settings, subject=secrets_of(organisation_id)), None
            row.problem, row.failures, row.closed_until = None, 0, None
        if mapping is not None:
            row.mapping = dict(mapping)
        if enabled is not None:
            row.enabled, row.problem, row.failures, row.closed_until = enabled, None, 0, None
        row.may_decide = may_decide if may_decide is not None else row.may_decide
        self._note(
            organisation_id,
            "connection.changed",
            "connection",
            id,
            settings=sorted(settings) if settings is not None else None,
            mapping=dict(mapping) if mapping is not None else None,
            enabled=enabled,
            may_decide=may_decide,
        )
        self._session.flush()
        return row

    def remove_connection(self, organisation_id: str, id: str) -> None:
        """Forgets keys, names of things there and what was heard; people, their sources and outcomes stay. What was
        still on its way there is given up."""
        row = self._lock(Connection, organisation_id, id)
        for delivery in self._session.scalars(select(Delivery).where(Delivery.connection_id == id)):
            delivery.connection_id = None
            if delivery.state != "delivered":
                delivery.state, delivery.next_at = "dead", None
                delivery.last_error = Personal("The connection was removed.", subject=delivery.subject)
        for table in (Remote, InboxEvent):
            self._session.execute(delete(table).where(table.connection_id == id))
        self._note(organisation_id, "connection.removed", "connection", id, vendor=row.vendor)
        self._session.flush()
        self._session.delete(row)
        self._session.flush()

    def keep_tokens(self, organisation_id: str, id: str, tokens: Mapping[str, str]) -> None:
        row = self._lock(Connection, organisation_id, id)
        if row.tokens is None:  # a person let us in; later ones are the same leave, renewed
            self._note(organisation_id, "connection.authorised", "connection", id)
        row.tokens = PersonalJson(tokens, subject=secrets_of(organisation_id))
        self._session.flush()

    def polled(
        self, connection: Connection, *, cursor: str | None, progress: Mapping[str, Any], now: datetime | None
    ) -> None:
        """Read as far as `cursor` (None: nothing new to go on from). `now`: when the reading was over, None: it goes
        on. `connection` is as it was when it began: another reading that was asked for meanwhile is still due, and
        begins where this one ended, or at the beginning where that was asked for."""
        row = self._lock(Connection, connection.organisation_id, connection.id)
        row.progress = dict(progress)
        if row.reading == connection.reading:
            row.cursor = cursor if cursor is not None else row.cursor
            row.polled_at = now if now is not None and row.asked == connection.asked else row.polled_at
        self._session.flush()

    def read_anew(self, organisation_id: str, id: str) -> None:
        """From the beginning, at the next reading, which is due at once: what is there already is known again."""
        row = self._lock(Connection, organisation_id, id)
        row.cursor, row.polled_at, row.reading = None, None, row.reading + 1
        self._session.flush()

    def read_soon(self, organisation_id: str, id: str) -> None:
        """The next reading is due at once."""
        row = self._lock(Connection, organisation_id, id)
        row.polled_at, row.asked = None, row.asked + 1
        self._session.flush()

    def went(self, organisation_id: str, id: str, *, failure: str | None, mend: bool, now: datetime) -> Connection:
        """How an exchange went. After BREAKER failures in a row nothing is sent for a while, longer each time; `mend`:
        a person has to do something, so it is shown until the next success."""
        row = self._lock(Connection, organisation_id, id)
        if failure is None:
            row.failures, row.closed_until, row.problem = 0, None, None
        else:
            row.failures += 1
            row.problem = failure[:500] if mend or row.failures >= BREAKER else row.problem
            if row.failures >= BREAKER:
                row.closed_until = now + min(REST * 2 ** (row.failures - BREAKER), LONGEST_REST)
        self._session.flush()
        return row

    # ------------------------------------------------------------ what things are called there

    def remember(
        self,
        connection: Connection,
        kind: RemoteKind,
        remote_id: str,
        *,
        local_id: str | None = None,
        title: str | None = None,
        data: Mapping[str, Any] | None = None,
        subject: str | None = None,
        now: datetime,
    ) -> Remote:
        """What is None stays as it was known. `subject`: whose `data` is; None: nobody's, so the organisation's."""
        row = self.remote(connection, kind, remote_id)
        if row is None:
            row = Remote(
                organisation_id=connection.organisation_id,
                connection_id=connection.id,
                kind=kind,
                remote_id=remote_id,
                title="",
                seen_at=now,
            )
            try:
                with self._session.begin_nested():
                    self._session.add(row)
            except IntegrityError:  # another process heard of it a moment ago
                row = self._session.scalars(self._named(connection, kind, remote_id)).one()
        row.local_id = local_id if local_id is not None else row.local_id
        row.title = title if title is not None else row.title
        if data is not None:
            known = row.data or {}
            row.data = PersonalJson({**known, **data}, subject=subject or connection.organisation_id)
        row.seen_at = now
        self._session.flush()
        return row

    def remote(self, connection: Connection, kind: RemoteKind, remote_id: str) -> Remote | None:
        return self._session.scalar(self._named(connection, kind, remote_id))

    @staticmethod
    def _named(connection: Connection, kind: RemoteKind, remote_id: str) -> Select[Remote]:
        return select(Remote).where(
            Remote.connection_id == connection.id, Remote.kind == kind, Remote.remote_id == remote_id
        )

    def remotes(self, connection: Connection, kind: RemoteKind) -> list[Remote]:
        """By title."""
        query = select(Remote).where(Remote.connection_id == connection.id, Remote.kind == kind)
        return list(self._session.scalars(query.order_by(Remote.title, Remote.remote_id)))

    def openings(self, organisation_id: str, limit: int) -> list[Remote]:
        """What connected systems have open and no job here is linked to, the newest first."""
        query = (
            select(Remote)
            .join(Connection, Connection.id == Remote.connection_id)
            .where(Remote.organisation_id == organisation_id, Remote.kind == "job", Remote.local_id.is_(None))
            .where(Connection.enabled)
            .order_by(Remote.seen_at.desc(), Remote.id.desc())
            .limit(limit)
        )
        return [each for each in self._session.scalars(query) if (each.data or {}).get("open", True)]

    def remotes_of(self, organisation_id: str, kind: RemoteKind, local: str) -> list[Remote]:
        """What something of ours is called in every system, newest first."""
        query = select(Remote).where(
            Remote.organisation_id == organisation_id, Remote.kind == kind, Remote.local_id == local
        )
        return list(self._session.scalars(query.order_by(Remote.seen_at.desc(), Remote.id.desc())))

    def came_from_pool(
        self, connection: Connection, remote_id: str, pool: str, application: Application, *, now: datetime
    ) -> None:
        """A person who has no application there, only a place in a pool: the application here came out of it. The
        first pool stays."""
        known = self.remote(connection, "candidate", remote_id)
        if known is None or application.id not in (known.data or {}):
            data, subject = {application.id: pool}, application.candidate_id
            self.remember(
                connection,
                "candidate",
                remote_id,
                local_id=application.candidate_id,
                data=data,
                subject=subject,
                now=now,
            )

    def pools_of(self, organisation_id: str, application: Application) -> list[Remote]:
        """As whom other systems know the person of an application that came out of a pool of theirs."""
        people = self.remotes_of(organisation_id, "candidate", application.candidate_id)
        return [each for each in people if application.id in (each.data or {})]

    def remote_by_id(self, organisation_id: str, id: str) -> Remote:
        """By our own id of it. Raises NotFound."""
        return self._own(Remote, organisation_id, id)

    def unlink(self, connection: Connection, kind: RemoteKind, remote_id: str) -> None:
        row = self.remote(connection, kind, remote_id)
        if row is None:
            raise NotFound(f"Nothing is called {remote_id!r} in {connection.name}.")
        row.local_id = None
        self._session.flush()

    # ------------------------------------------------------------ what they sent

    def keep_event(self, connection: Connection, key: str, event: Mapping[str, Any], now: datetime) -> bool:
        """False: a message with this key is kept already."""
        row = InboxEvent(
            organisation_id=connection.organisation_id,
            connection_id=connection.id,
            key=key[:200],
            event=PersonalJson(event, subject=connection.organisation_id),
            state="waiting",
            attempts=0,
            next_at=now,
            received_at=now,
        )
        try:
            with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError:
            return False
        connection = self._lock(Connection, connection.organisation_id, connection.id)
        connection.heard_at = now
        self._session.flush()
        return True

    def keep_problem(
        self, connection: Connection, key: str, event: Mapping[str, Any], problem: str, now: datetime
    ) -> None:
        """Something that could not be used, for a person to see; once a `key`, also when it fails again later."""
        self.keep_event(connection, key, event, now)
        query = select(InboxEvent).where(InboxEvent.connection_id == connection.id, InboxEvent.key == key[:200])
        row = self._session.scalars(query).one()
        row.event = PersonalJson(event, subject=connection.organisation_id)
        row.received_at, row.read_at = now, None
        self.event_read(connection.organisation_id, row.id, problem=problem, next_at=None, now=now)

    def waiting_events(self, connection: Connection, now: datetime, limit: int = 50) -> list[InboxEvent]:
        """In the order they came; none where the first one is not due yet, so that the order is kept."""
        query = select(InboxEvent).where(InboxEvent.connection_id == connection.id, InboxEvent.state == "waiting")
        found = list(self._session.scalars(query.order_by(InboxEvent.received_at, InboxEvent.id).limit(limit)))
        return found if found and (found[0].next_at is None or found[0].next_at <= now) else []

    def first_waiting(self, connection: Connection) -> InboxEvent | None:
        """The one that is read next, due or not."""
        query = select(InboxEvent).where(InboxEvent.connection_id == connection.id, InboxEvent.state == "waiting")
        return self._session.scalar(query.order_by(InboxEvent.received_at, InboxEvent.id).limit(1))

    def event(self, organisation_id: str, id: str) -> InboxEvent:
        return self._own(InboxEvent, organisation_id, id)

    def inbox(self, connection: Connection, *, state: InboxState | None = None, limit: int = 100) -> list[InboxEvent]:
        """Newest first."""
        query = select(InboxEvent).where(InboxEvent.connection_id == connection.id)
        if state is not None:
            query = query.where(InboxEvent.state == state)
        return list(self._session.scalars(query.order_by(InboxEvent.received_at.desc()).limit(limit)))

    def event_read(
        self, organisation_id: str, id: str, *, problem: str | None, next_at: datetime | None, now: datetime
    ) -> None:
        """`problem` None: read, and what it said is forgotten. Else it waits for `next_at`, or for a person."""
        row = self._lock(InboxEvent, organisation_id, id)
        row.attempts += 1
        row.next_at = next_at
        row.problem = None if problem is None else Personal(problem, subject=organisation_id)
        if problem is None:
            row.state, row.read_at = "read", now
            row.event = PersonalJson({}, subject=organisation_id)
        else:
            row.state = "waiting" if next_at is not None else "dead"
        self._session.flush()

    def reread(self, organisation_id: str, id: str, now: datetime) -> None:
        """One that waits for a person, or for its next try, is due now."""
        row = self._lock(InboxEvent, organisation_id, id)
        if row.state in ("dead", "waiting"):
            row.state, row.next_at = "waiting", now
        self._session.flush()

    def set_aside(self, organisation_id: str, id: str, now: datetime) -> None:
        """One that is tried again, and holds up those behind it, waits for a person instead. One that has not been
        tried, or was read meanwhile, stays as it is. Those behind it are due from now: by that `due_events` tells the
        reading which can read them from the one before, which could not."""
        row = self._lock(InboxEvent, organisation_id, id)
        if row.state == "waiting" and row.problem is not None:
            row.state, row.next_at = "dead", None
            behind = (InboxEvent.connection_id == row.connection_id, InboxEvent.state == "waiting")
            self._session.execute(update(InboxEvent).where(*behind, InboxEvent.next_at < now).values(next_at=now))
        self._session.flush()

    # ------------------------------------------------------------ people

    def application_for(self, organisation_id: str, candidate_id: str, job_id: str) -> Application | None:
        """The candidate's newest case with a job."""
        self._own(Candidate, organisation_id, candidate_id)
        self._own(Job, organisation_id, job_id)
        query = select(Application).where(
            Application.organisation_id == organisation_id,
            Application.candidate_id == candidate_id,
            Application.job_id == job_id,
        )
        return self._session.scalar(query.order_by(Application.id.desc()).limit(1))

    def note_source(
        self,
        organisation_id: str,
        candidate_id: str,
        *,
        key: str,
        source: str,
        origin: str,
        connection_id: str | None,
        application_id: str | None,
        at: datetime,
        now: datetime,
    ) -> None:
        """Once a `key`; `seen_at` moves."""
        self._own(Candidate, organisation_id, candidate_id)
        if connection_id is not None:
            self._own(Connection, organisation_id, connection_id)
        if application_id is not None:
            self._own(Application, organisation_id, application_id)
        known = self._session.scalar(
            select(CandidateSource).where(
                CandidateSource.candidate_id == candidate_id, CandidateSource.key == key[:200]
            )
        )
        if known is not None:
            known.seen_at = now
            known.application_id = application_id or known.application_id
            self._session.flush()
            return
        self._add(
            CandidateSource(
                organisation_id=organisation_id,
                candidate_id=candidate_id,
                key=key[:200],
                source=source,
                origin=origin,
                connection_id=connection_id,
                application_id=application_id,
                at=at,
                seen_at=now,
            )
        )

    def sources(self, organisation_id: str, candidate_id: str) -> list[CandidateSource]:
        """Oldest first."""
        self._own(Candidate, organisation_id, candidate_id)
        query = select(CandidateSource).where(
            CandidateSource.organisation_id == organisation_id, CandidateSource.candidate_id == candidate_id
        )
        return list(self._session.scalars(query.order_by(CandidateSource.at, CandidateSource.id)))

    def add_outcome(
        self,
        application: Application,
        *,
        key: str,
        kind: str,
        stage: str,
        reason: str,
        at: datetime,
        connection_id: str | None,
        now: datetime,
    ) -> bool:
        """False: known already."""
        row = OutcomeEvent(
            organisation_id=application.organisation_id,
            application_id=application.id,
            connection_id=connection_id,
            key=key[:200],
            kind=kind,
            stage=stage,
            reason=reason,
            at=at,
            received_at=now,
        )
        try:
            with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError:
            return False
        later = application.outcome_at is None or at >= application.outcome_at  # messages may come in another order
        if kind in ENDS and later:
            application.outcome, application.outcome_at = ENDS[kind], at
            self._session.flush()
        return True

    def outcomes(self, organisation_id: str, application_id: str) -> list[OutcomeEvent]:
        """Oldest first, by when they happened: messages may come in another order."""
        self._own(Application, organisation_id, application_id)
        query = select(OutcomeEvent).where(OutcomeEvent.application_id == application_id)
        return list(self._session.scalars(query.order_by(OutcomeEvent.at, OutcomeEvent.id)))

    def jobs_there(self, connection: Connection) -> Sequence[Remote]:
        """The openings and pools whose people are wanted here."""
        query = select(Remote).where(
            Remote.connection_id == connection.id, Remote.kind == "job", Remote.local_id.is_not(None)
        )
        return list(self._session.scalars(query.order_by(Remote.remote_id)))

    def connected_deliveries(
        self,
        connection: Connection,
        *,
        application_id: str | None = None,
        state: DeliveryState | None = None,
        limit: int = 50,
    ) -> list[Delivery]:
        """Newest first."""
        query = select(Delivery).where(
            Delivery.connection_id == connection.id, Delivery.organisation_id == connection.organisation_id
        )
        if application_id is not None:
            query = query.where(Delivery.application_id == application_id)
        if state is not None:
            query = query.where(Delivery.state == state)
        return list(self._session.scalars(query.order_by(Delivery.created_at.desc(), Delivery.id.desc()).limit(limit)))
