"""People prove who they are to their organisation's own system (OpenID Connect). Used by `api.routes.identity`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from itsdangerous import BadSignature, URLSafeTimedSerializer
from pydantic import BaseModel, ConfigDict, Field

from api import auditing
from api.accounts import sign_in_proven
from api.security import STATE_SECONDS, Recruiter
from integrations.openid import Attempt, OpenId, Proven, Provider, check
from models.errors import BadRequest, EngineError, FoyerError, NotFound, Unauthorized
from models.records import UserRole

if TYPE_CHECKING:
    from api.deps import App

COOKIE = "foyer_sign_in"
BACK = "/sign-in/openid/back"


class IdentityIn(BaseModel):
    """The organisation's OpenID Connect provider. `client_secret` left out: as it was; empty: a public client. `roles`:
    its groups -> our roles; with none, roles are given here, and who has no account is not let in."""

    model_config = ConfigDict(extra="forbid")

    issuer: str = Field(min_length=8, max_length=500)
    client_id: str = Field(min_length=1, max_length=500)
    client_secret: str | None = Field(None, max_length=2000)
    groups_claim: str = Field("groups", min_length=1, max_length=100)
    roles: dict[str, UserRole] = Field(default_factory=dict, max_length=200)
    trusts_email: bool = False
    enforced: bool = False


class IdentityOut(BaseModel):
    """`proven`: somebody came in through it since it was last changed. `callback`: to be registered there."""

    issuer: str
    client_id: str
    has_secret: bool
    groups_claim: str
    roles: dict[str, str]
    trusts_email: bool
    enforced: bool
    proven: bool
    callback: str


def callback(app: App) -> str:
    return app.settings.base_url.rstrip("/") + BACK


def shown(app: App, organisation_id: str) -> IdentityOut | None:
    with app.database.reading() as store:
        row = store.identity_provider(organisation_id)
    return (
        None
        if row is None
        else IdentityOut(
            issuer=row.issuer,
            client_id=row.client_id,
            has_secret=bool(row.client_secret),
            groups_claim=row.groups_claim,
            roles=row.roles,
            trusts_email=row.trusts_email,
            enforced=row.enforced,
            proven=row.proven_at is not None,
            callback=callback(app),
        )
    )


def save(app: App, organisation_id: str, said: IdentityIn) -> IdentityOut | None:
    """It is asked for its description first, so that a mistyped address is found now and not by the next who comes.
    Raises BadRequest, Conflict."""
    issuer, client_id, claim = (text.strip() for text in (said.issuer, said.client_id, said.groups_claim))
    provider = Provider(issuer, client_id, said.client_secret or "", claim)
    check(provider)
    try:
        OpenId(provider, allow_private=app.settings.webhook_private).discover()
    except EngineError as error:
        raise BadRequest(error.detail) from error
    return keep(app, organisation_id, said.model_copy(update={"issuer": issuer, "client_id": client_id}))


def keep(app: App, organisation_id: str, said: IdentityIn) -> IdentityOut | None:
    """As `save`, without asking anybody."""
    with app.database.store() as store:
        store.set_identity_provider(
            organisation_id,
            issuer=said.issuer,
            client_id=said.client_id,
            client_secret=said.client_secret,
            groups_claim=said.groups_claim.strip(),
            roles=dict(said.roles),
            trusts_email=said.trusts_email,
            enforced=said.enforced,
            now=app.now,
        )
    return shown(app, organisation_id)


def remove(app: App, organisation_id: str) -> None:
    with app.database.store() as store:
        store.drop_identity_provider(organisation_id)


# ---------------------------------------------------------------- signing in


def offered(app: App) -> list[tuple[str, str]]:
    """(organisation, its name) for each that has one: the buttons of the sign-in page."""
    with app.database.asking() as system:
        ours = {each.organisation_id for each in system.identity_providers()}
        return [(each.id, each.name) for each in system.organisations() if each.id in ours]


def begin(app: App, organisation_id: str, next: str) -> tuple[str, str]:
    """Where the browser goes, and the cookie that brings it back."""
    attempt = Attempt.new()
    address = _provider(app, organisation_id).address(attempt, callback(app))
    kept = _serializer(app).dumps([organisation_id, next, asdict(attempt)])
    return address, kept if isinstance(kept, str) else kept.decode()


def finish(app: App, cookie: str, state: str, code: str, error: str) -> tuple[Recruiter, str, str]:
    """Who came back, what their session's cookie carries, and where to go on to. Raises BadRequest, Unauthorized."""
    try:
        organisation_id, next, kept = _serializer(app).loads(cookie, max_age=STATE_SECONDS)
    except BadSignature:
        raise BadRequest("This sign-in has expired or was begun in another browser. Begin it again.") from None
    attempt = Attempt(**kept)
    if state != attempt.state:
        raise BadRequest("This sign-in was not begun here. Begin it again.")
    if not code:
        raise Unauthorized(f"You were not signed in: {error[:200] or 'no code came back'}. Begin again.")
    try:
        proven = _provider(app, organisation_id).redeem(attempt, code, callback(app), app.clock.now())
        who, session = _enter(app, organisation_id, proven)
    except FoyerError:
        auditing.refused_sign_in(app)
        raise
    with app.database.store() as store:
        store.prove_identity_provider(organisation_id, app.now)
    return who, session, str(next)


def _enter(app: App, organisation_id: str, proven: Proven) -> tuple[Recruiter, str]:
    with app.database.reading() as store:
        row = store.identity_provider(organisation_id)
    roles = None
    if row is not None and row.roles:
        roles = [row.roles[each] for each in proven.groups or () if each in row.roles]
        if not roles:
            raise Unauthorized("None of your groups opens Foyer. Ask your administrator for one that does.")
    return sign_in_proven(app, organisation_id, email=proven.email, name=proven.name, groups=roles)


def _provider(app: App, organisation_id: str) -> OpenId:
    with app.database.reading() as store:
        row = store.identity_provider(organisation_id)
    if row is None:
        raise NotFound("This organisation has no sign-in system of its own. Sign in with your password.")
    provider = Provider(row.issuer, row.client_id, row.client_secret or "", row.groups_claim, row.trusts_email)
    return OpenId(provider, allow_private=app.settings.webhook_private)


def _serializer(app: App) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(app.signer.key("sign-in elsewhere").hex(), salt="foyer.sign-in")
