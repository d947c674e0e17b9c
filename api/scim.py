"""Another system keeps people's accounts here: who joins, changes role or leaves (SCIM 2.0, RFC 7643 and 7644). Used by
`api.routes.scim` alone. scim2-models knows the protocol; here is what it means for `models.store.accounts`.

What is kept of a user is their address (`userName`), `displayName`, `active` and one role; whatever else is sent is
taken and dropped. Whoever is deactivated or deleted is signed out at once and stays in the history of decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, get_args

from pydantic import Field, ValidationError
from scim2_models import (
    URN,
    AuthenticationScheme,
    Bulk,
    ChangePassword,
    ComplexAttribute,
    Context,
    EnterpriseUser,
    ETag,
    Filter,
    InvalidValueException,
    ListResponse,
    Meta,
    Patch,
    PatchOp,
    Required,
    Resource,
    ResourceType,
    Role,
    ScimFilter,
    ScimPolicy,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)
from scim2_models import User as ScimUser

from api.security import person_named
from models.errors import NotFound
from models.records import User, UserRole

if TYPE_CHECKING:
    from api.deps import App

Full = ScimUser[EnterpriseUser]
"""What directories send."""
TOLERANT = ScimPolicy(
    unknown=ScimPolicy.Unknown.ignore,
    remove_value_as_filter=ScimPolicy.RemoveValue.apply,
    unmatched_path_filter=ScimPolicy.UnmatchedPathFilter.create,
)
"""Entra and Okta depart from the standard in these."""
LEAST: UserRole = "hiring_manager"
"""Of an account that comes without a role: sees the jobs alone that somebody gives them."""
MOST = 200
"""Users in one answer."""


class KeptRole(ComplexAttribute):
    value: str | None = Field(None, examples=list(get_args(UserRole)))


class Kept(Resource[Any]):
    """The schema that is published: what is kept of a user, and never empty. Who sends less gets what is usual."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    display_name: Annotated[str | None, Required.true] = None
    active: Annotated[bool | None, Required.true] = None
    roles: Annotated[list[KeptRole] | None, Required.true] = None


class Directory:
    """One organisation's accounts, as a directory sees them. `base`: the address of /scim/v2."""

    def __init__(self, app: App, organisation_id: str, base: str) -> None:
        self._app, self._organisation, self._base = app, organisation_id, base

    def config(self) -> dict[str, Any]:
        token = AuthenticationScheme(
            type="oauthbearertoken", name="API key", description="A Foyer API key with the scope people:write."
        )
        made = ServiceProviderConfig(
            patch=Patch(supported=True),
            bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
            filter=Filter(supported=True, max_results=MOST),
            change_password=ChangePassword(supported=False),
            sort=Sort(supported=False),
            etag=ETag(supported=False),
            authentication_schemes=[token],
            meta=Meta(resource_type="ServiceProviderConfig", location=f"{self._base}/ServiceProviderConfig"),
        )
        return made.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)

    def kinds(self) -> list[Any]:
        """ResourceTypes."""
        found = ResourceType.from_resource(Kept)
        found.id = found.name = "User"
        found.meta = Meta(resource_type="ResourceType", location=f"{self._base}/ResourceTypes/User")
        return [found]

    def schemas(self) -> list[Any]:
        found = Kept.to_schema()
        found.name, found.description = "User", "An account of Foyer"
        found.meta = Meta(resource_type="Schema", location=f"{self._base}/Schemas/{found.id}")
        return [found]

    # ------------------------------------------------------------ people

    def users(self, filter: str = "", start: int = 1, count: int = MOST) -> dict[str, Any]:
        """One page, `start` from 1. Raises scim2_models' InvalidFilterException."""
        with self._app.database.reading() as store:
            found = [self._seen(user) for user in store.users(self._organisation) if user.left_at is None]
        if filter:
            wanted = ScimFilter[Full](filter)
            found = [each for each in found if wanted.match(each)]
        first = max(start, 1)
        return listed(found, first=first, count=min(max(count, 0), MOST))

    def user(self, user_id: str) -> dict[str, Any]:
        return self._out(self._seen(self._of(user_id)), Context.RESOURCE_QUERY_RESPONSE)

    def add(self, said: Any) -> dict[str, Any]:
        """Who had left comes back to the account they had. Raises Conflict for an address that has one."""
        wanted = _read(said, Context.RESOURCE_CREATION_REQUEST)
        email, role = _address(wanted), _role(wanted) or LEAST
        name = person_named(_name(wanted) or email.split("@")[0])
        with self._app.database.store() as store:
            former = store.user_called(self._organisation, email)
            if former is not None and former.left_at is not None:
                store.come_back(self._organisation, former.id)
                store.set_role(self._organisation, former.id, role)
                user = store.name_user(self._organisation, former.id, name)
            else:
                user = store.add_user(self._organisation, name=name, email=email, role=role, now=self._app.now)
            if wanted.external_id:
                user = store.call_user(self._organisation, user.id, wanted.external_id[:500])
            if wanted.active is False:
                user = store.disable_user(self._organisation, user.id, self._app.now)
        return self._out(self._seen(user), Context.RESOURCE_CREATION_RESPONSE)

    def replace(self, user_id: str, said: Any) -> dict[str, Any]:
        self._of(user_id)
        return self._take(user_id, _read(said, Context.RESOURCE_REPLACEMENT_REQUEST))

    def patch(self, user_id: str, said: Any) -> dict[str, Any]:
        seen = self._seen(self._of(user_id))
        orders = PatchOp[Full].model_validate(said, scim_ctx=Context.RESOURCE_PATCH_REQUEST, scim_policy=TOLERANT)
        orders.patch(seen, scim_policy=TOLERANT)
        return self._take(user_id, seen)

    def remove(self, user_id: str) -> None:
        """They are gone for the directory, and cannot come in. Their name stays beside what they did."""
        self._of(user_id)
        with self._app.database.store() as store:
            store.user_left(self._organisation, user_id, self._app.now)

    def _of(self, user_id: str) -> User:
        with self._app.database.reading() as store:
            user = store.user(self._organisation, user_id)
        if user.left_at is not None:
            raise NotFound("There is no such user.")
        return user

    def _take(self, user_id: str, wanted: Any) -> dict[str, Any]:
        email, role, name = _address(wanted), _role(wanted), person_named(_name(wanted))
        with self._app.database.store() as store:
            user = store.user(self._organisation, user_id)
            if email != user.email:
                user = store.set_user_email(self._organisation, user_id, email)
            if name and name != user.name:
                user = store.name_user(self._organisation, user_id, name)
            if role is not None:
                user = store.set_role(self._organisation, user_id, role)
            user = store.call_user(self._organisation, user_id, (wanted.external_id or "")[:500])
            if wanted.active is False:
                user = store.disable_user(self._organisation, user_id, self._app.now)
            elif wanted.active and user.state == "disabled":
                user = store.come_back(self._organisation, user_id)
        return self._out(self._seen(user), Context.RESOURCE_REPLACEMENT_RESPONSE)

    def _seen(self, user: User) -> Any:
        where = f"{self._base}/Users/{user.id}"
        return Full(
            id=user.id,
            external_id=user.external_id,
            user_name=user.email,
            display_name=user.name,
            active=user.state != "disabled",
            roles=[Role(value=user.role)],
            meta=Meta(resource_type="User", location=where, created=user.created_at),
        )

    @staticmethod
    def _out(seen: Any, context: Context) -> dict[str, Any]:
        made: dict[str, Any] = seen.model_dump(scim_ctx=context)
        return made


def listed(found: list[Any], *, first: int = 1, count: int = MOST) -> dict[str, Any]:
    """A page of a list, `first` from 1."""
    page = found[first - 1 : first - 1 + count]
    kind = type(found[0]) if found else Full
    answer = ListResponse[kind](  # type: ignore[valid-type]
        total_results=len(found), start_index=first, items_per_page=len(page), resources=page
    )
    made: dict[str, Any] = answer.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)
    return made


def _read(said: Any, context: Context) -> Any:
    return Full.model_validate(said, scim_ctx=context, scim_policy=TOLERANT)


def _address(wanted: Any) -> str:
    name = (wanted.user_name or "").strip()
    if "@" not in name or len(name) > 320:
        raise InvalidValueException(detail="userName must be the person's e-mail address: map it so in the directory.")
    return str(name)


def _name(wanted: Any) -> str:
    said = wanted.name
    parts = [said.given_name, said.family_name] if said is not None else []
    return wanted.display_name or (said.formatted if said is not None else "") or " ".join(filter(None, parts))


def _role(wanted: Any) -> UserRole | None:
    """The primary one; of several that are none, the one that came last. None: the account's stays."""
    said = sorted(wanted.roles or (), key=lambda each: bool(each.primary))
    named = [str(each.value).strip().lower().replace(" ", "_") for each in said if each.value]
    known: dict[str, UserRole] = {role: role for role in get_args(UserRole)}
    found = [known[each] for each in named if each in known]
    if named and not found:
        raise InvalidValueException(detail=f"roles: one of {', '.join(known)}.")
    return found[-1] if found else None


def explained(error: ValidationError) -> str:
    """What is wrong with a body, without repeating it."""
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}"
