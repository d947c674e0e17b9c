"""Links to reports: those an applicant tracking system keeps, and those a person hands on. Part of
`models.store.Store`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from models.errors import Conflict
from models.records import Interview, Personal, ReportLink
from models.store.base import Rows

MOST_LINKS = 200
"""Of one interview, dead ones counted."""


class Links(Rows):
    def ats_link(self, organisation_id: str, interview_id: str, *, now: datetime) -> ReportLink:
        """The one that results carry: it asks for a sign-in and does not expire. A new one where the last was
        revoked."""
        self._lock(Interview, organisation_id, interview_id)
        for link in self.report_links(organisation_id, interview_id):
            if link.kind == "ats" and link.revoked_at is None:
                return link
        return self._add(
            ReportLink(
                organisation_id=organisation_id,
                interview_id=interview_id,
                kind="ats",
                audio=True,
                made_by="Foyer",
                made_at=now,
            )
        )

    def share_report(
        self,
        organisation_id: str,
        interview_id: str,
        *,
        hash: str,
        audio: bool,
        note: str,
        by: str,
        now: datetime,
        expires: datetime,
    ) -> ReportLink:
        """A link that opens without a sign-in until it expires. `note`: whom it is for, in the words of who made it.
        Raises Conflict when there are too many."""
        self._lock(Interview, organisation_id, interview_id)
        if len(self.report_links(organisation_id, interview_id)) >= MOST_LINKS:
            raise Conflict("There are too many links to this report already.")
        about = self._whose(interview_id)
        link = self._add(
            ReportLink(
                organisation_id=organisation_id,
                interview_id=interview_id,
                kind="shared",
                hash=hash,
                audio=audio,
                note=Personal(note, subject=about),
                made_by=by,
                made_at=now,
                expires_at=expires,
            )
        )
        self._note(organisation_id, "report.shared", "link", link.id, about=about, interview=interview_id, note=note)
        return link

    def report_links(self, organisation_id: str, interview_id: str) -> list[ReportLink]:
        """Newest first, dead ones too."""
        self._own(Interview, organisation_id, interview_id)
        query = select(ReportLink).where(ReportLink.interview_id == interview_id)
        return list(self._session.scalars(query.order_by(ReportLink.made_at.desc(), ReportLink.id.desc())))

    def report_link(self, organisation_id: str, id: str) -> ReportLink:
        return self._own(ReportLink, organisation_id, id)

    def revoke_link(self, organisation_id: str, id: str, *, by: str, now: datetime) -> ReportLink:
        """From this commit on it opens nothing. Again changes nothing."""
        link = self._lock(ReportLink, organisation_id, id)
        if link.revoked_at is None:
            link.revoked_at, link.revoked_by = now, by
            self._note(organisation_id, "report.link_revoked", "link", id, about=self._whose(link.interview_id))
        self._session.flush()
        return link

    def link_used(self, organisation_id: str, id: str, now: datetime) -> None:
        link = self._lock(ReportLink, organisation_id, id)
        link.used_at, link.uses = now, link.uses + 1
        self._note(organisation_id, "report.link_opened", "link", id, about=self._whose(link.interview_id))
        self._session.flush()
