"""How an organisation's people sign in elsewhere, and what that system changes about their accounts. Part of
`models.store.Store`; whose provider a sign-in is for, before anybody is known, is found by `models.store.system`."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from models.columns import secrets_of
from models.errors import Conflict
from models.records import IdentityProvider, Organisation, Personal, User
from models.store.accounts import Accounts


class Identity(Accounts):
    def identity_provider(self, organisation_id: str) -> IdentityProvider | None:
        query = select(IdentityProvider).where(IdentityProvider.organisation_id == organisation_id)
        return self._session.scalar(query)

    def set_identity_provider(
        self,
        organisation_id: str,
        *,
        issuer: str,
        client_id: str,
        client_secret: str | None,
        groups_claim: str,
        roles: dict[str, str],
        trusts_email: bool,
        enforced: bool,
        now: datetime,
    ) -> IdentityProvider:
        """`client_secret` None: as before. Whoever changes who is asked has to come in through it once more before it
        can be enforced: raises Conflict."""
        self._lock(Organisation, organisation_id, organisation_id)
        row = self.identity_provider(organisation_id)
        if row is None:
            row = IdentityProvider(organisation_id=organisation_id)
        asked = (issuer, client_id, trusts_email)
        if (row.issuer, row.client_id, row.trusts_email) != asked or client_secret is not None:
            row.proven_at = None
        if enforced and row.proven_at is None:
            raise Conflict("Sign in through it once before it is the only way in: save, sign out, and come back by it.")
        row.issuer, row.client_id, row.trusts_email = asked
        if client_secret is not None:
            sealed = Personal(client_secret, subject=secrets_of(organisation_id))
            row.client_secret = sealed if client_secret else None
        row.groups_claim, row.roles, row.enforced, row.changed_at = groups_claim, roles, enforced, now
        of = organisation_id
        self._note(organisation_id, "identity.changed", "organisation", of, issuer=issuer, enforced=enforced)
        return self._add(row)

    def prove_identity_provider(self, organisation_id: str, now: datetime) -> None:
        """Somebody came in through it."""
        row = self.identity_provider(organisation_id)
        if row is not None and row.proven_at is None:
            row.proven_at = now
            self._session.flush()

    def drop_identity_provider(self, organisation_id: str) -> None:
        """If there is one. People with a password sign in with it again."""
        self._lock(Organisation, organisation_id, organisation_id)
        row = self.identity_provider(organisation_id)
        if row is None:
            return
        self._note(organisation_id, "identity.removed", "organisation", organisation_id, issuer=row.issuer)
        self._session.delete(row)
        self._session.flush()

    def set_user_email(self, organisation_id: str, user_id: str, email: str) -> User:
        """Raises Conflict where the address has another account."""
        self._lock(Organisation, organisation_id, organisation_id)
        user = self._lock(User, organisation_id, user_id)
        key = self._email_key(organisation_id, email)
        same = select(User.id).where(User.organisation_id == organisation_id, User.email_key == key)
        if self._session.scalar(same.where(User.id != user_id)) is not None:
            raise Conflict("There is another account with this e-mail address.")
        user.email, user.email_key = Personal(email, subject=organisation_id), key
        self._note(organisation_id, "user.changed", "user", user_id, what="email")
        self._session.flush()
        return user

    def call_user(self, organisation_id: str, user_id: str, external_id: str) -> User:
        """As their directory does."""
        user = self._lock(User, organisation_id, user_id)
        if (user.external_id or "") != external_id:
            user.external_id = Personal(external_id, subject=organisation_id) if external_id else None
            self._session.flush()
        return user

    def user_left(self, organisation_id: str, user_id: str, now: datetime) -> User:
        """Disabled, and gone for the system that keeps the accounts. Raises Conflict for the last administrator."""
        user = self.disable_user(organisation_id, user_id, now)
        user.left_at = user.left_at or now
        self._session.flush()
        return user

    def come_back(self, organisation_id: str, user_id: str) -> User:
        """Enabled; who keeps the accounts elsewhere vouches for them, so there is no invitation to accept."""
        user = self.enable_user(organisation_id, user_id)
        user.left_at, user.state = None, "active"
        self._session.flush()
        return user
