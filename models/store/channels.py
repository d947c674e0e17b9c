"""Ways out besides mail, and what recruiters are told by them. Part of `models.store.Store`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from models.records import (
    Application,
    Batch,
    CandidateRequest,
    Channel,
    ChannelKind,
    Delivery,
    DeliveryAttempt,
    Interview,
    Job,
    Personal,
    PersonalJson,
    Report,
    Subscription,
    secrets_of,
)
from models.store.base import Rows

KEPT = timedelta(days=4)
"""How long a delivery is tried, and a batch is read, at most."""
MOST = 200
"""Of one kind of news that are told at once."""


class Channels(Rows):
    def channels(self, organisation_id: str) -> list[Channel]:
        query = select(Channel).where(Channel.organisation_id == organisation_id)
        return list(self._session.scalars(query.order_by(Channel.kind, Channel.id)))

    def channel(self, organisation_id: str, id: str) -> Channel:
        return self._own(Channel, organisation_id, id)

    def texting(self, organisation_id: str) -> Channel | None:
        """The one for text messages that is switched on."""
        on = (Channel.organisation_id == organisation_id) & (Channel.kind == "sms") & Channel.enabled
        return self._session.scalar(select(Channel).where(on).order_by(Channel.id).limit(1))

    def add_channel(
        self,
        organisation_id: str,
        kind: ChannelKind,
        *,
        name: str,
        config: Mapping[str, Any],
        uses: Sequence[str],
        by: str,
        now: datetime,
    ) -> Channel:
        row = self._add(
            Channel(
                organisation_id=organisation_id,
                kind=kind,
                name=name,
                config=PersonalJson(config, subject=secrets_of(organisation_id)),
                uses=list(uses),
                enabled=True,
                changed_by=by,
                changed_at=now,
            )
        )
        self._note(organisation_id, "channel.added", "channel", row.id, way=kind)
        return row

    def switch_channel(
        self, organisation_id: str, channel_id: str, *, enabled: bool, by: str, now: datetime
    ) -> Channel:
        row = self._lock(Channel, organisation_id, channel_id)
        row.enabled, row.changed_by, row.changed_at = enabled, by, now
        self._note(organisation_id, "channel.changed", "channel", channel_id, enabled=enabled)
        self._session.flush()
        return row

    def remove_channel(self, organisation_id: str, channel_id: str) -> None:
        """Its secrets go, and what was told through it."""
        row = self._lock(Channel, organisation_id, channel_id)
        for told in self.subscriptions(organisation_id):
            if told.channel_id == channel_id:
                self._session.delete(told)
        self._note(organisation_id, "channel.removed", "channel", channel_id)
        self._session.flush()
        self._session.delete(row)
        self._session.flush()

    # ------------------------------------------------------------ what recruiters are told

    def subscriptions(self, organisation_id: str) -> list[Subscription]:
        query = select(Subscription).where(Subscription.organisation_id == organisation_id)
        return list(self._session.scalars(query.order_by(Subscription.id)))

    def subscription(self, organisation_id: str, id: str, *, lock: bool = False) -> Subscription:
        found = self._lock if lock else self._own
        return found(Subscription, organisation_id, id)

    def add_subscription(
        self,
        organisation_id: str,
        *,
        email: str | None,
        channel_id: str | None,
        news: Sequence[str],
        daily: bool,
        undecided_days: int,
        by: str,
        now: datetime,
    ) -> Subscription:
        """From now on. Raises NotFound for a channel that is not there."""
        if channel_id is not None:
            self._own(Channel, organisation_id, channel_id)
        row = self._add(
            Subscription(
                organisation_id=organisation_id,
                email=None if email is None else Personal(email, subject=organisation_id),
                channel_id=channel_id,
                news=list(news),
                daily=daily,
                undecided_days=undecided_days,
                enabled=True,
                told_until=now,
                changed_by=by,
                changed_at=now,
            )
        )
        self._note(organisation_id, "subscription.changed", "subscription", row.id, news=list(news))
        return row

    def switch_subscription(
        self, organisation_id: str, subscription_id: str, *, enabled: bool, by: str, now: datetime
    ) -> Subscription:
        """What happened while it was off is not told later."""
        row = self._lock(Subscription, organisation_id, subscription_id)
        if enabled and not row.enabled:
            row.told_until = now
        row.enabled, row.changed_by, row.changed_at = enabled, by, now
        self._note(organisation_id, "subscription.changed", "subscription", subscription_id, enabled=enabled)
        self._session.flush()
        return row

    def remove_subscription(self, organisation_id: str, subscription_id: str) -> None:
        row = self._lock(Subscription, organisation_id, subscription_id)
        self._note(organisation_id, "subscription.removed", "subscription", subscription_id)
        self._session.flush()
        self._session.delete(row)
        self._session.flush()

    # ------------------------------------------------------------ what happened; (id, what it leads to, job's title)

    def new_reports(self, organisation_id: str, since: datetime, until: datetime) -> list[tuple[str, str, str]]:
        query = (
            select(Report.id, Report.application_id, Job.title)
            .join(Application, Application.id == Report.application_id)
            .join(Job, Job.id == Application.job_id)
            .where(Report.organisation_id == organisation_id, Report.version == 1)
            .where(Report.created_at > since, Report.created_at <= until)
        )
        return self._happened(query.order_by(Report.created_at))

    def new_requests(self, organisation_id: str, since: datetime, until: datetime) -> list[tuple[str, str, str]]:
        query = (
            select(CandidateRequest.id, Interview.application_id, Job.title)
            .join(Interview, Interview.id == CandidateRequest.interview_id)
            .join(Application, Application.id == Interview.application_id)
            .join(Job, Job.id == Application.job_id)
            .where(CandidateRequest.organisation_id == organisation_id)
            .where(CandidateRequest.made_at > since, CandidateRequest.made_at <= until)
        )
        return self._happened(query.order_by(CandidateRequest.made_at))

    def finished_batches(self, organisation_id: str, since: datetime, until: datetime) -> list[tuple[str, str, str]]:
        """Batches of which every file has been read, the last one in that time."""
        read = func.max(Application.updated_at)
        other = aliased(Application)
        waiting = select(other.id).where(other.batch_id == Batch.id, other.stage == "received").exists()
        query = (
            select(Batch.id, Batch.job_id, Job.title)
            .join(Application, Application.batch_id == Batch.id)
            .join(Job, Job.id == Batch.job_id)
            .where(Batch.organisation_id == organisation_id, ~waiting, Batch.created_at > since - KEPT)
            .group_by(Batch.id, Batch.job_id, Job.title)
            .having(read > since, read <= until)
        )
        return self._happened(query.order_by(Batch.id))

    def given_up(self, organisation_id: str, since: datetime, until: datetime) -> list[tuple[str, str, str]]:
        """Deliveries that failed for good, or came back; but for news, which would be news of news."""
        tried = (
            (DeliveryAttempt.delivery_id == Delivery.id) & (DeliveryAttempt.at > since) & (DeliveryAttempt.at <= until)
        )
        query = select(Delivery.id, Delivery.kind, Delivery.key).where(
            Delivery.organisation_id == organisation_id,
            Delivery.state.in_(("dead", "bounced")),
            select(DeliveryAttempt.id).where(tried).exists(),
        )
        found = self._session.execute(query.order_by(Delivery.created_at.desc()).limit(MOST))
        return [(id, kind, "") for id, kind, key in found if not key.startswith(("news:", "digest:"))]

    def left_undecided(self, organisation_id: str, before: datetime, since: datetime) -> list[tuple[str, str, str]]:
        """Applications whose report has lain since `before` and not before `since`, and on which nobody has decided."""
        query = (
            select(Application.id, Application.id, Job.title)
            .join(Report, Report.application_id == Application.id)
            .join(Job, Job.id == Application.job_id)
            .where(Application.organisation_id == organisation_id, Application.stage == "reported")
            .where(Report.version == 1, Report.created_at <= before, Report.created_at > since)
        )
        return self._happened(query.order_by(Report.created_at))

    def _happened(self, query: Select[str, str, str]) -> list[tuple[str, str, str]]:
        return [(id, leads_to, title) for id, leads_to, title in self._session.execute(query.limit(MOST))]
