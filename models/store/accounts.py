"""People's accounts, the browsers in which somebody is signed in, and the links that open an account. Part of
`models.store.Store`; who comes in before an organisation is known is found by `models.store.system`."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from models.errors import Conflict, NotFound
from models.records import (
    AccountLink,
    AccountLinkKind,
    ApiKey,
    BrowserSession,
    Organisation,
    Personal,
    User,
    UserRole,
    UserState,
)
from models.store.base import Rows

SEEN_EVERY = timedelta(minutes=5)


class Accounts(Rows):
    # ------------------------------------------------------------ people

    def add_user(
        self,
        organisation_id: str,
        *,
        name: str,
        email: str,
        role: UserRole,
        now: datetime,
        password_hash: str | None = None,
        state: UserState = "active",
    ) -> User:
        """Raises Conflict where the address has an account already."""
        self._lock(Organisation, organisation_id, organisation_id)
        if self.user_called(organisation_id, email) is not None:
            raise Conflict("There is an account with this e-mail address already. See the list of people.")
        user = User(
            organisation_id=organisation_id,
            name=Personal(name, subject=organisation_id),
            email=Personal(email, subject=organisation_id),
            email_key=self._email_key(organisation_id, email),
            role=role,
            state=state,
            password_hash=password_hash,
            password_at=now if password_hash else None,
            created_at=now,
        )
        self._add(user)
        self._note(organisation_id, "user.added", "user", user.id, role=role, state=state)
        return user

    def user(self, organisation_id: str, user_id: str) -> User:
        return self._own(User, organisation_id, user_id)

    def user_called(self, organisation_id: str, email: str) -> User | None:
        """Whose address this is, however it was typed."""
        key = self._email_key(organisation_id, email)
        return self._session.scalar(select(User).where(User.organisation_id == organisation_id, User.email_key == key))

    def users(self, organisation_id: str) -> list[User]:
        """Oldest first, disabled ones too."""
        query = select(User).where(User.organisation_id == organisation_id)
        return list(self._session.scalars(query.order_by(User.created_at, User.id)))

    def name_user(self, organisation_id: str, user_id: str, name: str) -> User:
        user = self._lock(User, organisation_id, user_id)
        user.name = Personal(name, subject=organisation_id)
        self._note(organisation_id, "user.changed", "user", user_id, what="name")
        self._session.flush()
        return user

    def set_role(self, organisation_id: str, user_id: str, role: UserRole) -> User:
        """Counts from the next request on. Raises Conflict for the last administrator."""
        user = self._change(organisation_id, user_id)
        if user.role != role:
            self._not_the_last(user)
            self._note(organisation_id, "user.changed", "user", user_id, what="role", role=role, before=user.role)
            user.role = role
            self._session.flush()
        return user

    def disable_user(self, organisation_id: str, user_id: str, now: datetime) -> User:
        """From this commit on nobody is signed in as them. Raises Conflict for the last administrator."""
        user = self._change(organisation_id, user_id)
        if user.state != "disabled":
            self._not_the_last(user)
            self._note(organisation_id, "user.disabled", "user", user_id)
            user.state = "disabled"
            self._end_links(user_id, now)
            self.end_sessions(organisation_id, user_id, now)
        return user

    def enable_user(self, organisation_id: str, user_id: str) -> User:
        user = self._change(organisation_id, user_id)
        if user.state == "disabled":
            self._note(organisation_id, "user.enabled", "user", user_id)
            user.state = "active" if user.password_at or user.seen_at else "invited"
            self._session.flush()
        return user

    def set_password(self, organisation_id: str, user_id: str, password_hash: str, now: datetime) -> User:
        """Every browser in which they are signed in has to sign in again. An account that is disabled stays so."""
        user = self._lock(User, organisation_id, user_id)
        user.password_hash, user.password_at = password_hash, now
        if user.state == "invited":
            user.state = "active"
        self._note(organisation_id, "user.password_changed", "user", user_id)
        self._end_links(user_id, now)
        self.end_sessions(organisation_id, user_id, now)
        return user

    def accept_invitation(
        self, organisation_id: str, user_id: str, *, name: str, now: datetime, password_hash: str | None = None
    ) -> User:
        """Whoever was invited has come; without a password they sign in elsewhere. Raises Conflict for any other."""
        user = self._lock(User, organisation_id, user_id)
        if user.state != "invited":
            raise Conflict("This invitation was accepted already. Sign in.")
        user.name, user.state = Personal(name, subject=organisation_id), "active"
        user.password_hash, user.password_at = password_hash, now if password_hash else None
        self._note(organisation_id, "user.accepted", "user", user_id)
        self._end_links(user_id, now)
        self._session.flush()
        return user

    def rehash_password(self, organisation_id: str, user_id: str, password_hash: str) -> None:
        """The same password, hashed as it is done now."""
        self._lock(User, organisation_id, user_id).password_hash = password_hash
        self._session.flush()

    def _change(self, organisation_id: str, user_id: str) -> User:
        """Locked, and nobody else changes who is an administrator meanwhile."""
        self._lock(Organisation, organisation_id, organisation_id)
        return self._lock(User, organisation_id, user_id)

    def _not_the_last(self, user: User) -> None:
        if user.role != "admin" or user.state != "active":
            return
        query = select(func.count()).select_from(User)
        query = query.where(User.organisation_id == user.organisation_id, User.role == "admin", User.state == "active")
        if (self._session.scalar(query) or 0) < 2:
            raise Conflict("This is the last administrator. Make somebody else one first.")

    # ------------------------------------------------------------ who is signed in

    def add_session(
        self,
        organisation_id: str,
        *,
        hash: str,
        expires: datetime,
        now: datetime,
        user_id: str | None = None,
        api_key_id: str | None = None,
        name: str = "",
    ) -> BrowserSession:
        """Somebody signed in, with an account, or with a key and under a `name`. `hash`: of what their cookie carries.
        Sessions that expired go."""
        if user_id is not None:
            self._lock(User, organisation_id, user_id).seen_at = now
        if api_key_id is not None:
            self._own(ApiKey, organisation_id, api_key_id)
        expired = (BrowserSession.organisation_id == organisation_id) & (BrowserSession.expires_at <= now)
        self._session.execute(delete(BrowserSession).where(expired))
        return self._add(
            BrowserSession(
                organisation_id=organisation_id,
                hash=hash,
                user_id=user_id,
                key_id=api_key_id,
                said=Personal(name, subject=organisation_id) if name else None,
                created_at=now,
                expires_at=expires,
            )
        )

    def say_name(self, organisation_id: str, session_id: str, name: str) -> None:
        """Who is at a browser that was signed in with a key."""
        self._lock(BrowserSession, organisation_id, session_id).said = Personal(name, subject=organisation_id)
        self._session.flush()

    def end_session(self, organisation_id: str, session_id: str, now: datetime) -> None:
        row = self._lock(BrowserSession, organisation_id, session_id)
        row.ended_at = row.ended_at or now
        self._session.flush()

    def end_sessions(self, organisation_id: str, user_id: str, now: datetime, *, but: str = "") -> int:
        """Of one account, everywhere, but for the session `but`. Returns how many there were."""
        self._own(User, organisation_id, user_id)
        live = (BrowserSession.user_id == user_id) & BrowserSession.ended_at.is_(None) & (BrowserSession.id != but)
        query = update(BrowserSession).where(live, BrowserSession.expires_at > now).values(ended_at=now)
        return len(self._session.execute(query.returning(BrowserSession.id)).all())

    def seen(self, organisation_id: str, user_id: str, now: datetime) -> None:
        user = self._lock(User, organisation_id, user_id)
        user.seen_at = max(now, user.seen_at or now)
        self._session.flush()

    # ------------------------------------------------------------ links that open an account

    def add_account_link(
        self, organisation_id: str, user_id: str, kind: AccountLinkKind, *, hash: str, expires: datetime, now: datetime
    ) -> AccountLink:
        """The ones before it open nothing any more. Raises Conflict for an account that is disabled."""
        user = self._lock(User, organisation_id, user_id)
        if user.state == "disabled":
            raise Conflict("This account is disabled. Enable it first.")
        self._end_links(user_id, now)
        action = "user.invited" if kind == "invitation" else "user.reset_link_made"
        self._note(organisation_id, action, "user", user_id)  # type: ignore[arg-type]
        return self._add(
            AccountLink(
                organisation_id=organisation_id,
                user_id=user_id,
                kind=kind,
                hash=hash,
                created_at=now,
                expires_at=expires,
            )
        )

    def use_account_link(self, organisation_id: str, account_link_id: str, now: datetime) -> None:
        """Raises NotFound where somebody used it a moment ago."""
        link = self._lock(AccountLink, organisation_id, account_link_id)
        if link.used_at is not None:
            raise NotFound("This link was used already. Sign in, or ask for another.")
        link.used_at = now
        self._session.flush()

    def account_links(self, organisation_id: str, now: datetime) -> list[AccountLink]:
        """Those that still open an account."""
        query = select(AccountLink).where(AccountLink.organisation_id == organisation_id)
        return list(self._session.scalars(query.where(AccountLink.used_at.is_(None), AccountLink.expires_at > now)))

    def end_invitation(self, organisation_id: str, user_id: str) -> None:
        """The link opens nothing, and whoever never accepted it has no account. Raises Conflict where they have."""
        user = self._lock(User, organisation_id, user_id)
        if user.state != "invited":
            raise Conflict("The invitation was accepted already. Disable the account instead.")
        self._session.execute(delete(AccountLink).where(AccountLink.user_id == user_id))
        self._note(organisation_id, "user.invitation_withdrawn", "user", user_id)
        self._session.delete(user)
        self._session.flush()

    def _end_links(self, user_id: str, now: datetime) -> None:
        open_ = (AccountLink.user_id == user_id) & AccountLink.used_at.is_(None)
        self._session.execute(update(AccountLink).where(open_).values(used_at=now))
