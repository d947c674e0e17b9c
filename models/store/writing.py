"""The organisation's own words and its branding. Part of `models.store.Store`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select

from models.deeds import content_hash
from models.errors import Conflict
from models.records import Branding, Interview, Personal, Template
from models.store.base import Rows

BRANDING_SEALED = ("contact_name", "contact", "reply_to")
BRANDING_CLEAR = ("name", "address", "accent", "zone")


class Writing(Rows):
    # ------------------------------------------------------------ words

    def templates(self, organisation_id: str, language: str | None = None) -> list[Template]:
        """The newest version of each, those that are the standard words again left out."""
        mine = Template.organisation_id == organisation_id
        newest = (
            select(Template.kind, Template.language, func.max(Template.version).label("version"))
            .where(mine)
            .group_by(Template.kind, Template.language)
            .subquery()
        )
        query = select(Template).join(
            newest,
            (Template.kind == newest.c.kind)
            & (Template.language == newest.c.language)
            & (Template.version == newest.c.version),
        )
        if language is not None:
            query = query.where(Template.language == language)
        return list(self._session.scalars(query.where(mine, Template.body != "")))

    def template_versions(self, organisation_id: str, kind: str, language: str, limit: int = 50) -> list[Template]:
        """Newest first."""
        query = select(Template).where(
            Template.organisation_id == organisation_id, Template.kind == kind, Template.language == language
        )
        return list(self._session.scalars(query.order_by(Template.version.desc()).limit(limit)))

    def add_template(
        self,
        organisation_id: str,
        kind: str,
        language: str,
        *,
        subject: str,
        body: str,
        author: str,
        based_on: int | None,
        now: datetime,
    ) -> Template:
        """Another version; the same words again are none. Empty words: the standard ones. `based_on`: the version that
        whoever writes has seen, 0 for none. Raises Conflict where there is a newer one."""
        known = self.template_versions(organisation_id, kind, language, 1)
        version = known[0].version if known else 0
        if based_on is not None and based_on != version:
            said = f" by {known[0].author}" if known else ""
            raise Conflict(f"This message was changed meanwhile{said}. Copy your words, reload, and save again.")
        if known and (known[0].subject, known[0].body) == (subject, body):
            return known[0]
        row = self._add(
            Template(
                organisation_id=organisation_id,
                kind=kind,
                language=language,
                version=version + 1,
                subject=subject,
                body=body,
                author=author,
                at=now,
            )
        )
        words = content_hash({"subject": subject, "body": body})
        self._note(organisation_id, "template.changed", "template", row.id, what=kind, language=language, words=words)
        return row

    # ------------------------------------------------------------ the branding

    def branding(self, organisation_id: str) -> Branding | None:
        return self._session.scalar(select(Branding).where(Branding.organisation_id == organisation_id))

    def set_branding(self, organisation_id: str, said: Mapping[str, str], *, by: str, now: datetime) -> Branding:
        """`said`: what changes, by the columns' names; the others stay."""
        row = self._branding(organisation_id, by, now)
        for name in BRANDING_CLEAR:
            if name in said:
                setattr(row, name, said[name])
        for name in BRANDING_SEALED:
            if name in said:
                setattr(row, name, Personal(said[name], subject=organisation_id) if said[name] else None)
        self._session.flush()
        self._note(organisation_id, "branding.changed", "branding", row.id, changed=sorted(said))
        return row

    def set_sends(self, organisation_id: str, kinds: Sequence[str], *, by: str, now: datetime) -> Branding:
        """Which messages go out by themselves, of those that need not."""
        row = self._branding(organisation_id, by, now)
        row.sends = list(kinds)
        self._session.flush()
        self._note(organisation_id, "branding.changed", "branding", row.id, changed=["sends"], sends=list(kinds))
        return row

    def set_logo(
        self, organisation_id: str, logo: bytes | None, sha256: str | None, *, by: str, now: datetime
    ) -> Branding:
        row = self._branding(organisation_id, by, now)
        row.logo, row.logo_sha256 = logo, sha256
        self._session.flush()
        self._note(organisation_id, "branding.changed", "branding", row.id, changed=["logo"], logo=sha256)
        return row

    def logo(self, organisation_id: str) -> bytes | None:
        return self._session.scalar(select(Branding.logo).where(Branding.organisation_id == organisation_id))

    def _branding(self, organisation_id: str, by: str, now: datetime) -> Branding:
        row = self.branding(organisation_id)
        if row is None:
            row = Branding(organisation_id=organisation_id, name="", address="", accent="", zone="UTC")
            self._session.add(row)
        row.changed_by, row.changed_at = by, now
        return row

    # ------------------------------------------------------------ the candidate's clock

    def set_zone(self, organisation_id: str, interview_id: str, zone: str, *, surely: bool) -> None:
        """The browser's, at the first opening of the link; a later one counts where it is `surely` the candidate's."""
        interview = self._lock(Interview, organisation_id, interview_id)
        if interview.zone is None or surely:
            interview.zone = zone
            self._session.flush()
