"""The few questions asked before an organisation is known: who is calling, and what is left to do. Used by
`api.security` and by the sweep in `api.pipeline`, through `Database.system`."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, func, literal_column, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, aliased

from models.columns import seal_of
from models.engines import Seal
from models.records import (
    SYSTEM,
    AccountLink,
    AgencyLink,
    ApiKey,
    Application,
    AuditHead,
    Batch,
    Booking,
    BrowserSession,
    Candidate,
    CandidateRequest,
    Channel,
    Connection,
    Delivery,
    Endpoint,
    EntryCode,
    Erasure,
    IdentityProvider,
    InboxEvent,
    Interview,
    InterviewEvent,
    Job,
    JobMember,
    Lease,
    Organisation,
    Place,
    Remote,
    Report,
    ReportLink,
    Reuse,
    Round,
    RoundMember,
    Screening,
    Subscription,
    Suspension,
    User,
    email_key,
    new_id,
)
from models.store.access import key_hash
from models.store.applications import due_for_invitation, outdated
from models.store.approvals import approved
from models.store.base import clock
from models.store.batches import batch_runs, has_unread
from models.store.deliveries import INVITING
from models.store.holding import HeldRooms
from models.store.interviews import CANCELLED
from models.store.suspensions import case_runs, job_runs, job_runs_of

IDLE = timedelta(hours=1)


def _resting(now: datetime) -> ColumnElement[bool]:
    """After failures in a row nothing is sent for a while."""
    return Connection.closed_until.is_not(None) & (Connection.closed_until > now)


def _inviting() -> ColumnElement[bool]:
    return or_(*(Delivery.key.startswith(key) for key in INVITING))


def _in_queue(queue: str) -> ColumnElement[bool]:
    """Of an application: it waits to be read, or for its scan to be recognised. As literals, so that the index that
    holds nothing else is used."""
    if queue == "ocr":
        return and_(Application.stage == "unreadable", Application.problem_reason == "scan")
    return Application.stage == literal_column("'received'")


def _reported() -> ColumnElement[bool]:
    return select(Report.id).where(Report.interview_id == Interview.id).exists()


def _lacks_report() -> ColumnElement[bool]:
    """Of an interview that is over. Reports are asked too: one that a process of an older release wrote is not noted
    with the interview."""
    state = Interview.state == literal_column("'completed'")
    return and_(state, Interview.reported_at.is_(None), ~_reported())


class System(HeldRooms):
    """Answers across organisations; what it returns says whose it is."""

    # ------------------------------------------------------------ who is calling

    def add_organisation(self, name: str, now: datetime) -> Organisation:
        id = new_id()
        organisation = Organisation(id=id, organisation_id=id, name=name, created_at=now)
        self._session.add(organisation)
        self._session.flush()
        return organisation

    def unfinished_erasures(self) -> list[tuple[str, str]]:
        """(organisation, candidate) whose rows went and whose key perhaps did not."""
        query = select(Erasure.organisation_id, Erasure.unfinished).where(Erasure.unfinished.is_not(None))
        return [(organisation, whose) for organisation, whose in self._session.execute(query) if whose]

    def everybody(self) -> list[tuple[str, str]]:
        """(organisation, candidate)"""
        return [(whose, id) for whose, id in self._session.execute(select(Candidate.organisation_id, Candidate.id))]

    def unknown(self, ids: Collection[str]) -> set[str]:
        """Those of these that are the id of no candidate and of no organisation."""
        known = [select(kind.id).where(kind.id.in_(ids)) for kind in (Candidate, Organisation)]
        return set(ids).difference(*(self._session.scalars(query) for query in known))

    def without_brief(self, after: str, limit: int) -> list[tuple[str, str, str]]:
        """(screening, organisation, application) of screenings that were made before there were briefs, in the order
        of the first, from `after` on."""
        query = select(Screening.id, Screening.organisation_id, Screening.application_id)
        query = query.where(Screening.brief.is_(None), Screening.id > after).order_by(Screening.id).limit(limit)
        return [(id, whose, application) for id, whose, application in self._session.execute(query)]

    def organisations(self) -> list[Organisation]:
        """Oldest first."""
        return list(self._session.scalars(select(Organisation).order_by(Organisation.created_at, Organisation.id)))

    def api_key(self, clear: str) -> ApiKey | None:
        """The key a caller shows, None when it is unknown or revoked."""
        return self._session.scalar(select(ApiKey).where(ApiKey.hash == key_hash(clear), ApiKey.revoked_at.is_(None)))

    def session(self, hash: str, now: datetime) -> BrowserSession | None:
        """Of a browser, by what its cookie carries; None when it ended."""
        live = BrowserSession.ended_at.is_(None) & (BrowserSession.expires_at > now)
        return self._session.scalar(select(BrowserSession).where(BrowserSession.hash == hash, live))

    def user_signed_in(self, session: BrowserSession) -> User | None:
        """None unless they may come in."""
        return self._session.scalar(select(User).where(User.id == session.user_id, User.state == "active"))

    def key_signed_in(self, session: BrowserSession) -> ApiKey | None:
        """None when it was revoked."""
        return self._session.scalar(select(ApiKey).where(ApiKey.id == session.key_id, ApiKey.revoked_at.is_(None)))

    def users_called(self, email: str) -> list[User]:
        """Everybody with this address, one an organisation at most; oldest first."""
        seal: Seal = seal_of(self._session.get_bind().dialect)
        mine = email_key(email)
        keys = [seal.blind(mine, organisation_id=each.id) for each in self.organisations()]
        query = select(User).where(User.email_key.in_(keys))
        return list(self._session.scalars(query.order_by(User.created_at, User.id)))

    def identity_providers(self) -> list[IdentityProvider]:
        """Of every organisation, oldest first."""
        return list(self._session.scalars(select(IdentityProvider).order_by(IdentityProvider.id)))

    def enforcing(self) -> set[str]:
        """Organisations whose people sign in elsewhere alone."""
        return set(self._session.scalars(select(IdentityProvider.organisation_id).where(IdentityProvider.enforced)))

    def has_users(self) -> bool:
        """Whether anybody has an account, whatever its state."""
        return self._session.scalar(select(User.id).limit(1)) is not None

    def account_link(self, hash: str, now: datetime) -> AccountLink | None:
        """None when it was used, replaced or is too old."""
        live = AccountLink.used_at.is_(None) & (AccountLink.expires_at > now)
        return self._session.scalar(select(AccountLink).where(AccountLink.hash == hash, live))

    def agency_link(self, hash: str, now: datetime) -> AgencyLink | None:
        """None when it was revoked or is too old."""
        live = AgencyLink.revoked_at.is_(None) & (AgencyLink.expires_at > now)
        return self._session.scalar(select(AgencyLink).where(AgencyLink.hash == hash, live))

    def jobs_of(self, user: User) -> frozenset[str]:
        """Ids of the jobs that a hiring manager was given."""
        return frozenset(self._session.scalars(select(JobMember.job_id).where(JobMember.user_id == user.id)))

    def interview_by_link(self, link_hash: str) -> Interview | None:
        return self._session.scalar(select(Interview).where(Interview.link_hash == link_hash))

    def interview_by_session(self, session_hash: str) -> Interview | None:
        return self._session.scalar(select(Interview).where(Interview.session_hash == session_hash))

    def report_link_by_hash(self, hash: str) -> ReportLink | None:
        return self._session.scalar(select(ReportLink).where(ReportLink.hash == hash))

    def media_channel(self, id: str) -> Channel | None:
        """A LiveKit server that is switched on: its webhooks name no organisation."""
        on = (Channel.id == id) & (Channel.kind == "livekit") & Channel.enabled
        return self._session.scalar(select(Channel).where(on))

    def is_first(self, webhook: str, now: datetime, seconds: float) -> bool:
        """Whether this webhook (its hash) comes for the first time within so many seconds, on any node."""
        past = Lease.name.startswith("webhook:") & (Lease.expires_at <= now)
        self._session.execute(delete(Lease).where(past))
        return self.acquire_lease(f"webhook:{webhook}", new_id(), now, seconds)

    def order(self, id: str) -> Remote | None:
        """What another system has ordered, by our own id of it, which candidates are shown."""
        return self._session.scalar(select(Remote).where(Remote.id == id, Remote.kind == "order"))

    # ------------------------------------------------------------ how much there is

    def tally(self, now: datetime) -> dict[str, dict[str, int]]:
        """Of everybody's: rows by what they stand at, and work that is due and not done."""
        wanted = {
            "applications": Application.stage,
            "screenings": Application.decision,
            "interviews": Interview.state,
            "deliveries": Delivery.state,
        }
        return {name: self._by(column) for name, column in wanted.items()} | {"waiting": self._waiting(now)}

    def waiting(self, now: datetime) -> dict[str, int]:
        """Of everybody's: work that is due and not done."""
        return self._waiting(now)

    def _by(self, column: InstrumentedAttribute[Any]) -> dict[str, int]:
        query = select(column, func.count()).where(column.is_not(None)).group_by(column).order_by(column)
        return {str(value): count for value, count in self._session.execute(query)}

    def _waiting(self, now: datetime) -> dict[str, int]:
        due = Delivery.state.in_(["pending", "failed"]) & (Delivery.next_at <= now)
        queries = {
            "screening": select(func.count()).where(Application.stage == "received"),
            "scan": select(func.count()).where(Application.stage == "unreadable", Application.problem_reason == "scan"),
            "report": select(func.count()).select_from(Interview).where(_lacks_report()),
            "delivery": select(func.count()).select_from(Delivery).where(due),
            "inbox": select(func.count()).select_from(InboxEvent).where(InboxEvent.state == "waiting"),
        }
        return {name: self._session.scalar(query) or 0 for name, query in queries.items()}

    # ------------------------------------------------------------ what is left to do: (organisation_id, id)

    def suspended(self) -> frozenset[str]:
        """Ids of the suspensions that stand: what they concern is left out below."""
        return frozenset(self._session.scalars(select(Suspension.id).where(Suspension.resumed_at.is_(None))))

    def lines(self, queue: str) -> list[tuple[str, str, str | None, int]]:
        """(organisation, job, batch, how many) of those who wait to be read (`screen`) or recognised (`ocr`) and whom
        nobody has suspended or paused; whose first waits longest first."""
        line = (Application.organisation_id, Application.job_id, Application.batch_id)
        query = select(*line, func.count().label("number"), func.min(Application.id).label("first"))
        found = query.where(_in_queue(queue)).group_by(*line).subquery().c
        runs = job_runs_of(found.organisation_id, found.job_id)
        resting = select(Batch.id).where(Batch.id == found.batch_id, Batch.state != "running").exists()
        wanted = select(found.organisation_id, found.job_id, found.batch_id, found.number).where(runs, ~resting)
        return [(own, job, batch, n) for own, job, batch, n in self._session.execute(wanted.order_by(found.first))]

    def next_in_line(
        self, queue: str, organisation_id: str, job_id: str, batch_id: str | None, *, after: str, limit: int
    ) -> list[str]:
        """Applications of one line, from the one behind `after` on."""
        batch = Application.batch_id.is_(None) if batch_id is None else Application.batch_id == batch_id
        mine = (Application.organisation_id == organisation_id, Application.job_id == job_id, batch)
        query = select(Application.id).where(_in_queue(queue), *mine, Application.id > after)
        return list(self._session.scalars(query.order_by(Application.id).limit(limit)))

    def lines_of(self, ids: Collection[str]) -> list[tuple[str, str, str | None]]:
        """(organisation, job, batch) of each of these applications that is there."""
        line = (Application.organisation_id, Application.job_id, Application.batch_id)
        found = self._session.execute(select(*line).where(Application.id.in_(ids)))
        return [(organisation, job, batch) for organisation, job, batch in found]

    def resting(self) -> tuple[frozenset[str], list[tuple[str, str]]]:
        """Ids of the batches that are paused; and those that are cancelled and have files left that nobody read."""
        paused = select(Batch.id).where(Batch.state == "paused")
        query = select(Batch.organisation_id, Batch.id).where(Batch.state == "cancelled", has_unread())
        return frozenset(self._session.scalars(paused)), [(own, id) for own, id in self._session.execute(query)]

    def held(self, before: datetime) -> list[tuple[str, str]]:
        """Applications whose file waits since `before` for a virus scanner that gave no verdict."""
        held = (Application.stage == "unreadable") & (Application.problem_reason == "held")
        query = select(Application.organisation_id, Application.id)
        query = query.where(held, Application.updated_at < before, case_runs(Application.id), batch_runs())
        return [(organisation, id) for organisation, id in self._session.execute(query.order_by(Application.id))]

    def outdated(self) -> list[tuple[str, str]]:
        """Jobs with somebody to judge anew, since what they ask has changed."""
        waiting = select(Application.id).where(Application.job_id == Job.id, outdated()).exists()
        query = select(Job.organisation_id, Job.id).where(Job.state == "open", waiting, job_runs())
        return [(organisation, id) for organisation, id in self._session.execute(query.order_by(Job.id))]

    def uninvited(self) -> list[tuple[str, str]]:
        """Open jobs that invite at once, have somebody to invite and room for them."""
        given_out = (
            select(func.count(Interview.id))
            .join(Application, Interview.application_id == Application.id)
            .where(Application.job_id == Job.id, Interview.attempt == 1)
            .correlate(Job)
            .scalar_subquery()
        )
        waiting = select(Application.id).where(Application.job_id == Job.id, due_for_invitation()).exists()
        query = select(Job.organisation_id, Job.id).where(
            Job.state == "open",
            Job.invite_policy == "at_once",
            approved(),
            waiting,
            job_runs(),
            or_(Job.max_interviews.is_(None), given_out < Job.max_interviews),
        )
        return [(organisation, id) for organisation, id in self._session.execute(query.order_by(Job.id))]

    def unfinished_rounds(self) -> list[tuple[str, str]]:
        """Rounds of invitations with somebody left to invite."""
        left = select(RoundMember.round_id).where(RoundMember.state == "waiting")
        query = select(Round.organisation_id, Round.id).join(Job, Job.id == Round.job_id)
        query = query.where(Round.id.in_(left), job_runs())
        return [(organisation, id) for organisation, id in self._session.execute(query.order_by(Round.id))]

    def to_remind(self, now: datetime, ahead: timedelta) -> list[tuple[str, str]]:
        """Invitations that end within `ahead`, were sent longer ago than that, and of which nobody was reminded that
        late: nobody has come, booked a time or agreed to use an earlier interview."""
        came = select(EntryCode.id).where(EntryCode.interview_id == Interview.id, EntryCode.used_at.is_not(None))
        booked = select(Booking.id).where(Booking.interview_id == Interview.id, Booking.state == "booked")
        agreed = select(Reuse.id).where(Reuse.interview_id == Interview.id, Reuse.withdrawn_at.is_(None))
        query = (
            select(Interview.organisation_id, Interview.id)
            .join(Application, Interview.application_id == Application.id)
            .join(Candidate, Application.candidate_id == Candidate.id)
            .where(Interview.state == "invited", Interview.expires_at > now, Interview.expires_at <= now + ahead)
            .where(Interview.invited_at <= now - ahead, Interview.link_used_at.is_(None))
            .where(or_(Interview.reminded_at.is_(None), Interview.reminded_at <= now - ahead))
            .where(Candidate.opted_out_at.is_(None), Candidate.email_key.is_not(None), Candidate.bounced_at.is_(None))
            .where(Application.stage == "invited", case_runs(Interview.application_id))
            .where(~came.exists(), ~booked.exists(), ~agreed.exists())
        )
        return [(organisation, id) for organisation, id in self._session.execute(query.order_by(Interview.id))]

    def recordings_unwanted(self) -> list[tuple[str, str]]:
        """Interviews whose candidate asks that the recording be deleted, none of that application's under way."""
        other = aliased(Interview)
        live = select(other.id).where(
            other.application_id == Interview.application_id, other.state.in_(["in_progress", "paused"])
        )
        query = (
            select(CandidateRequest.organisation_id, CandidateRequest.interview_id)
            .join(Interview, Interview.id == CandidateRequest.interview_id)
            .where(CandidateRequest.kind == "recording", CandidateRequest.answered_at.is_(None), ~live.exists())
        )
        return [(organisation, id) for organisation, id in self._session.execute(query.distinct())]

    def unreported(self) -> list[tuple[str, str]]:
        """Interviews completed without a report."""
        query = select(Interview.organisation_id, Interview.id)
        query = query.where(_lacks_report(), case_runs(Interview.application_id))
        return [(organisation, id) for organisation, id in self._session.execute(query.order_by(Interview.id))]

    def notice_unreported(self) -> int:
        """Interviews said to have a report that is not there, as a process of an older release leaves one when a report
        was taken back: from now on `unreported` finds them. Returns how many. Looks through all: for once an hour."""
        said = (Interview.state == "completed", Interview.reported_at.is_not(None))
        wrong = update(Interview).where(*said, ~_reported())
        done = self._session.execute(wrong.values(reported_at=None), execution_options={"synchronize_session": False})
        return int(done.rowcount)  # type: ignore[attr-defined]

    def reported(self, interview_id: str) -> str | None:
        """Whose interview this is, if it is over and has its report."""
        query = select(Report.organisation_id).where(Report.interview_id == interview_id)
        return self._session.scalar(query.limit(1))

    def unkept(self) -> list[tuple[str, str]]:
        """Reported interviews that were recorded by several nodes' leave, and of which nothing is kept."""
        query = select(Report.organisation_id, Report.interview_id).join(Interview, Interview.id == Report.interview_id)
        none = Interview.recording_sha256.is_(None) & Interview.recording_missing.is_(None)
        return [(own, id) for own, id in self._session.execute(query.where(none, Interview.captured > 0).distinct())]

    def partly_kept(self) -> list[str]:
        """Ids of interviews whose microphone lies in pieces, or on a machine that is away."""
        lacking = Interview.recording_sha256.is_(None) | Interview.recording_missing.is_not(None)
        return list(self._session.scalars(select(Interview.id).where(Interview.captured > 0, lacking)))

    def is_interview(self, id: str) -> bool:
        return self._session.scalar(select(Interview.id).where(Interview.id == id)) is not None

    def overdue(self, now: datetime) -> list[tuple[str, str]]:
        """Past their `expires_at`: invitations nobody opened, and opened interviews in which nothing happened for IDLE
        (whoever began in the last minute is let finish)."""
        last = select(func.max(InterviewEvent.at)).where(InterviewEvent.interview_id == Interview.id).scalar_subquery()
        abandoned = (
            Interview.state.in_(["in_progress", "paused"])
            & (Interview.started_at <= now - IDLE)
            & (func.coalesce(last, 0.0) <= (now - IDLE).timestamp())
        )
        query = select(Interview.organisation_id, Interview.id).where(
            Interview.expires_at <= now,
            (Interview.state == "invited") | abandoned,
            case_runs(Interview.application_id),
        )
        return [(organisation, id) for organisation, id in self._session.execute(query.order_by(Interview.id))]

    def due_reuses(self, now: datetime) -> list[tuple[str, str]]:
        """Invited interviews for which an earlier one is to be used now, by consent."""
        query = (
            select(Interview.organisation_id, Interview.id)
            .join(Reuse, Reuse.interview_id == Interview.id)
            .where(Interview.state == "invited", Reuse.due_at <= now)
            .where(Reuse.used_at.is_(None), Reuse.withdrawn_at.is_(None), case_runs(Interview.application_id))
        )
        return [(organisation, id) for organisation, id in self._session.execute(query.order_by(Interview.id))]

    def idle_places(self, now: datetime, since: datetime) -> list[tuple[str, str]]:
        """Interviews whose candidate was not seen since `since`: booked and did not come, or left and holds a place."""
        last = select(func.max(InterviewEvent.at)).where(InterviewEvent.interview_id == Interview.id).scalar_subquery()
        missed = (Interview.state == "invited") & (Booking.state == "booked") & (Booking.starts_at <= since)
        left = (
            Interview.state.in_(["in_progress", "paused"])
            & (Interview.link_used_at <= since)
            & (func.coalesce(last, 0.0) <= since.timestamp())
        )
        holding = select(Place.id).where(Place.interview_id == Interview.id, Place.at > now).exists()
        query = select(Interview.organisation_id, Interview.id)
        query = query.outerjoin(Booking, Booking.interview_id == Interview.id).where(missed | (left & holding))
        return [(organisation, id) for organisation, id in self._session.execute(query.order_by(Interview.id))]

    def due_deliveries(self, now: datetime, each: int) -> list[tuple[str, str, int, str, bool]]:
        """(organisation_id, id, attempts so far, receiver, does it invite) of deliveries whose next attempt is due: in
        turns of organisations and receivers, of each the longest due first. Those of a disabled endpoint wait, and so
        do invitations while they are suspended. `receiver`: the endpoint or connection, "" for mail. At most `each` of
        one organisation's to a receiver, invitations counted by themselves, so that one that is slow, or has thousands,
        keeps nobody else's waiting; of one application one result to a receiver, so that what is newer never overtakes
        what is under way: that one is due until its attempt is recorded."""
        beside = case((Delivery.kind.in_(["sms", "chat"]), Delivery.kind), else_="")  # one that hangs holds up no mail
        receiver = func.coalesce(Delivery.endpoint_id, Delivery.connection_id, beside)
        order = (Delivery.next_at, Delivery.id)
        place = func.row_number().over(partition_by=(Delivery.organisation_id, receiver, _inviting()), order_by=order)
        whose = func.coalesce(Delivery.application_id, Delivery.id)
        messages = ["email", "sms", "chat"]  # two of them may arrive in any order
        alone = case((Delivery.kind.in_(messages), Delivery.id), else_=whose)
        turn = func.row_number().over(partition_by=(receiver, alone), order_by=order)
        waiting = (
            select(
                *(Delivery.organisation_id, Delivery.id, Delivery.attempts, Delivery.next_at),
                receiver.label("receiver"),
                *(place.label("place"), turn.label("turn"), _inviting().label("inviting")),
            )
            .outerjoin(Endpoint, Delivery.endpoint_id == Endpoint.id)
            .outerjoin(Connection, Delivery.connection_id == Connection.id)
            .where(
                Delivery.state.in_(["pending", "failed"]),
                Delivery.next_at <= now,
                or_(Endpoint.id.is_(None), Endpoint.enabled),
                or_(Connection.id.is_(None), Connection.enabled & ~_resting(now)),
                or_(~_inviting(), case_runs(Delivery.application_id)),
            )
            .subquery()
        )
        query = select(*(waiting.c[name] for name in ("organisation_id", "id", "attempts", "receiver", "inviting")))
        query = query.where(waiting.c.place <= each, waiting.c.turn == 1)
        found = self._session.execute(query.order_by(waiting.c.place, waiting.c.next_at, waiting.c.id))
        return [(organisation, id, attempts, to, bool(invites)) for organisation, id, attempts, to, invites in found]

    def channel_kinds(self) -> dict[str, int]:
        """Kind -> how many of it are switched on, of all organisations. Nothing sealed is read."""
        query = select(Channel.kind, func.count()).where(Channel.enabled).group_by(Channel.kind)
        return {str(kind): count for kind, count in self._session.execute(query)}

    def told(self) -> list[str]:
        """Organisations in which somebody wants to be told something."""
        return list(self._session.scalars(select(Subscription.organisation_id).where(Subscription.enabled).distinct()))

    def message_called(self, reference: str) -> tuple[str, str] | None:
        """(organisation_id, id) of what went out under this id."""
        query = select(Delivery.organisation_id, Delivery.id).where(Delivery.reference == reference)
        found = self._session.execute(query.order_by(Delivery.created_at.desc()).limit(1)).first()
        return (found[0], found[1]) if found is not None else None

    def due_polls(self, since: datetime, now: datetime) -> list[tuple[str, str, str]]:
        """(organisation_id, connection_id, mark) of connections that were not read since `since`. `mark` is another one
        after each reading."""
        asked = Connection.reading + Connection.asked
        query = select(Connection.organisation_id, Connection.id, Connection.polled_at, asked).where(
            Connection.enabled,
            or_(Connection.polled_at.is_(None), Connection.polled_at <= since),
            ~_resting(now),
        )
        found = self._session.execute(query.order_by(Connection.polled_at))
        return [(organisation, id, f"{count}:{at or 0}") for organisation, id, at, count in found]

    def due_events(self, now: datetime, limit: int) -> list[tuple[str, str, str]]:
        """(organisation_id, connection_id, mark) of enabled connections that have something to be read. `mark` is
        another one after each reading."""
        query = (
            select(
                InboxEvent.organisation_id,
                InboxEvent.connection_id,
                func.min(InboxEvent.id),
                func.sum(InboxEvent.attempts),
                func.max(InboxEvent.next_at),
            )
            .join(Connection, Connection.id == InboxEvent.connection_id)
            .where(InboxEvent.state == "waiting", InboxEvent.next_at <= now, Connection.enabled)
            .group_by(InboxEvent.organisation_id, InboxEvent.connection_id)
            .limit(limit)
        )
        found = self._session.execute(query)
        return [(organisation, id, f"{first}:{tried}:{last}") for organisation, id, first, tried, last in found]

    def ordered(self) -> list[tuple[str, str]]:
        """Applications that another system ordered an interview for, read, and not invited yet; who was and whose order
        was cancelled can be ordered anew."""
        stands = or_(
            *(Interview.state != "withdrawn", Interview.finish_reason.is_(None), Interview.finish_reason != CANCELLED)
        )
        invited = select(Interview.id).where(Interview.application_id == Application.id, stands).exists()
        open_to = select(Job.id).where(Job.id == Application.job_id, approved()).correlate(Application).exists()
        query = select(Application.organisation_id, Application.id).where(
            *(Application.ordered, Application.stage.in_(["screened", "unreadable"]), ~invited, open_to),
            case_runs(Application.id),
        )
        return [(organisation, id) for organisation, id in self._session.execute(query.order_by(Application.id))]

    def connection(self, id: str) -> Connection | None:
        """Whose address was called: what follows proves itself to the connector."""
        return self._session.get(Connection, id)

    # ------------------------------------------------------------ the audit log

    def audited(self) -> list[str]:
        """Whose audit log has ever had an entry; SYSTEM among them."""
        return list(self._session.scalars(select(AuditHead.organisation_id).order_by(AuditHead.organisation_id)))

    def due_checkpoints(self, since: datetime, events: int) -> list[str]:
        """Whose log has so many entries more than at its last checkpoint, or any, if that was before `since`."""
        query = select(AuditHead.organisation_id).where(
            (AuditHead.seq >= AuditHead.checkpoint_seq + events)
            | ((AuditHead.seq > AuditHead.checkpoint_seq) & (AuditHead.checkpoint_at <= since))
        )
        return list(self._session.scalars(query))

    # ------------------------------------------------------------ leases

    def leases(self, prefix: str = "") -> list[Lease]:
        """Leases whose name begins so, expired ones too, by name."""
        query = select(Lease).where(Lease.name.startswith(prefix, autoescape=True)).order_by(Lease.name)
        return list(self._session.scalars(query))

    def acquire_lease(self, name: str, holder: str, now: datetime, seconds: float) -> bool:
        """Take it, or keep it longer. False: another holder has it and it has not expired."""
        until = now + timedelta(seconds=seconds)
        mine = or_(Lease.holder == holder, Lease.expires_at <= now)
        taken = self._session.execute(
            update(Lease).where(Lease.name == name, mine).values(holder=holder, expires_at=until).returning(Lease.id)
        ).first()
        if taken is not None:
            return True
        try:
            with self._session.begin_nested():
                self._session.add(Lease(organisation_id=SYSTEM, name=name, holder=holder, expires_at=until))
        except IntegrityError:
            return False
        return True

    def keep_lease(self, name: str, holder: str, now: datetime, seconds: float) -> bool:
        """Keep it longer, even if it has run out. False: it is no longer there, or another's."""
        mine = update(Lease).where(Lease.name == name, Lease.holder == holder)
        until = now + timedelta(seconds=seconds)
        return self._session.execute(mine.values(expires_at=until).returning(Lease.id)).first() is not None

    def clock(self, now: datetime) -> datetime:
        """What leases go by: see `models.store.base.clock`."""
        return clock(self._session, now)

    def release_lease(self, name: str, holder: str) -> None:
        """Only the holder lets go; anything else changes nothing."""
        self._session.execute(delete(Lease).where(Lease.name == name, Lease.holder == holder))
