"""Connections as they run: a row becomes a Connector and a Service. Used by `api.carrying` (out), `api.reading` (in),
`api.order_desk` (served) and the routes.

Whoever calls a Service is in no transaction: an exchange can take half a minute and may have to keep new tokens.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from api.mailing import address_of
from integrations.auth import OAuth2
from integrations.files import SCHEME, FileService, place
from integrations.http import Caller, Pace
from integrations.vendor import Vendor
from integrations.vendors import vendor
from models.engines import Service
from models.errors import Conflict, NotFound, PushRejected
from models.records import Application, Connection, Remote
from models.store import Store

if TYPE_CHECKING:
    from api.deps import App

PATH = "/connect"
"""What other systems call begins so: /connect/CONNECTION/..."""
CALLBACK = "/connect-callback"
TOKEN_SECONDS = 60.0


class Connections:
    """Over one running App. Thread-safe."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._paces: dict[str, Pace] = {}
        self.seconds = 30.0
        """How long an answer is waited for."""

    def connector(self, row: Connection) -> Vendor:
        return vendor(row.vendor)({str(key): str(value) for key, value in row.settings.items()}, row.mapping)

    def service(self, row: Connection, *, seconds: float | None = None) -> Service:
        made = self.connector(row)
        tokens = KeptTokens(self._app, row.organisation_id, row.id)
        private = self._app.settings.webhook_private
        if made.base_url.startswith(SCHEME):
            home = self._app.settings.home / "exchange" / row.organisation_id
            return FileService(row.name, place(made.base_url, home, allow_private=private), alone=tokens.alone)
        return Caller(
            row.name,
            made.base_url,
            made.auth(),
            tokens,
            allow_private=private,
            seconds=seconds or self.seconds,
            pace=self._pace(row.id, made.about.per_second),
            judge=made.judge,
            secrets=[made.settings[each.key] for each in made.about.settings if each.secret],
        )

    def authorise_url(self, row: Connection, state: str) -> str:
        """Where a person lets us in there. Raises Conflict where this connection signs in another way, or lacks what is
        needed for it."""
        required(row)
        url = self.connector(row).authorise_url(state, self.callback(row))
        if url is None:
            raise Conflict(f"{row.name} needs nobody to sign in there with these settings.")
        return url

    def signs_in(self, row: Connection) -> bool:
        """Whether a person has to let us in there, in their browser."""
        return self.connector(row).authorise_url("", self.callback(row)) is not None

    def callback(self, row: Connection) -> str:
        """Where the other system leads a person back to: it has to be registered there."""
        return address_of(self._app, f"{CALLBACK}/{row.id}")

    def redeem(self, row: Connection, code: str) -> None:
        """The code that came back for the first tokens. Raises Conflict where this connection signs in another way,
        PushRejected."""
        auth = self.connector(row).auth()
        if not isinstance(auth, OAuth2) or auth.grant != "refresh_token":
            raise Conflict(f"{row.name} needs nobody to sign in there with these settings.")
        tokens = KeptTokens(self._app, row.organisation_id, row.id)
        auth.redeem(code, self.callback(row), tokens, self.service(row).send)
        self.went(row, None)

    def address(self, row: Connection) -> str:
        """Where the other system calls us."""
        return address_of(self._app, f"{PATH}/{row.id}")

    def called(self, id: str) -> Connection:
        """The connection whose address was called. Raises NotFound, also where it is switched off."""
        with self._app.database.asking() as system:
            row = system.connection(id)
        if row is None or not row.enabled:
            raise NotFound("There is no connection at this address, or it is switched off in Foyer.")
        return row

    def went(self, row: Connection, failure: PushRejected | None, *, show: bool = False) -> None:
        """Counts for the breaker, unless the other side has refused this one message and is well otherwise. `show`: a
        person sees it at once, as they see refused credentials."""
        trouble = failure is not None and (failure.retry or failure.scope)
        with self._app.database.store() as store:
            store.went(
                row.organisation_id,
                row.id,
                failure=failure.detail if failure is not None and trouble else None,
                mend=failure is not None and (failure.scope or show),
                now=self._app.now,
            )

    def _pace(self, id: str, per_second: float | None) -> Pace:
        with self._lock:
            return self._paces.setdefault(id, Pace(per_second))


class KeptTokens:
    """`integrations.auth.Tokens` in the connection's row; exchanged by one process at a time."""

    def __init__(self, app: App, organisation_id: str, connection_id: str) -> None:
        self._app, self._organisation_id, self._id = app, organisation_id, connection_id

    def read(self) -> Mapping[str, str]:
        with self._app.database.reading() as store:
            return store.connection(self._organisation_id, self._id).tokens or {}

    def write(self, tokens: Mapping[str, str]) -> None:
        with self._app.database.store() as store:
            store.keep_tokens(self._organisation_id, self._id, tokens)

    @contextmanager
    def alone(self) -> Iterator[None]:
        name, holder = f"tokens:{self._id}", f"{os.getpid()}:{threading.get_ident()}"
        until = time.monotonic() + TOKEN_SECONDS
        while not self._taken(name, holder):
            if time.monotonic() > until:
                raise PushRejected("Another process has been exchanging this connection's tokens for long.", retry=True)
            time.sleep(0.2)
        try:
            yield
        finally:
            with self._app.database.system() as system:
                system.release_lease(name, holder)

    def _taken(self, name: str, holder: str) -> bool:
        with self._app.database.system() as system:
            return system.acquire_lease(name, holder, self._app.now, TOKEN_SECONDS)


def required(row: Connection, *, to_test: bool = False) -> None:
    """Raises Conflict where something to type in is missing. `to_test`: what the test itself lists may be."""
    if missing := lacking(row, to_test=to_test):
        raise Conflict(f"{row.name} lacks: {', '.join(missing)}. Enter it under Settings on the connection's page.")


def lacking(row: Connection, *, to_test: bool = False) -> list[str]:
    """Labels of what has to be typed in before it can be switched on, or tested."""
    return [
        each.label
        for each in vendor(row.vendor).about.settings
        if each.required and not row.settings.get(each.key, each.default) and not (to_test and each.listed)
    ]


def known_as(store: Store, application: Application) -> list[Remote]:
    """What an application is in other systems: one of theirs, an order, or its person, who came out of a pool there."""
    own = application.organisation_id
    return [
        *store.remotes_of(own, "application", application.id),
        *store.remotes_of(own, "order", application.id),
        *store.pools_of(own, application),
    ]


def knowing(store: Store, application: Application) -> set[str]:
    """Ids of the connections whose systems know an application."""
    return {each.connection_id for each in known_as(store, application)}


def connected_to(store: Store, application: Application) -> list[Connection]:
    """The enabled systems that know an application: they get its results."""
    organisation_id, ids = application.organisation_id, knowing(store, application)
    return [each for each in store.connections(organisation_id, enabled_only=True) if each.id in ids]
