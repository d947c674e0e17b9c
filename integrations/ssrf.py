"""HTTP to addresses other people chose, without letting them choose our insides. Called by `integrations.webhook` and
by every later client of a customer-given address.

A name is resolved once, every address it has is judged, and the connection goes to a judged address (never to the name
again, which could by then mean something else), with the original Host header and TLS server name. Redirects are not
followed, environment proxies are ignored, and one deadline covers the whole exchange, however slowly it drips.
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import httpcore2
import httpx2
from httpcore2 import NetworkBackend, NetworkStream, SyncBackend

from models.errors import BadRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Sequence[str]]
"""Name and port to textual addresses; raises OSError when the name is unknown."""

# The IANA special-purpose registries (RFC 6890 and its updates), and what RFC 5735, 3879, 4291 reserved before them.
_OWN_NETWORK = {
    "10.0.0.0/8": "private",
    "172.16.0.0/12": "private",
    "192.168.0.0/16": "private",
    "100.64.0.0/10": "carrier-grade NAT",
    "127.0.0.0/8": "loopback",
    "::1/128": "loopback",
    "fc00::/7": "unique local",
}
_NEVER = {
    "0.0.0.0/8": "this network",
    "169.254.0.0/16": "link-local",
    "192.0.0.0/24": "protocol assignments",
    "192.0.2.0/24": "documentation",
    "192.88.99.0/24": "6to4 relay",
    "198.18.0.0/15": "benchmarking",
    "198.51.100.0/24": "documentation",
    "203.0.113.0/24": "documentation",
    "224.0.0.0/4": "multicast",
    "240.0.0.0/4": "reserved",
    "64:ff9b::/96": "NAT64",
    "64:ff9b:1::/48": "NAT64",
    "100::/64": "discard",
    "2001::/23": "protocol assignments",
    "2001:db8::/32": "documentation",
    "2002::/16": "6to4",
    "3fff::/20": "documentation",
    "5f00::/16": "segment routing",
    "fe80::/10": "link-local",
    "fec0::/10": "site-local",
    "ff00::/8": "multicast",
    "::/96": "unspecified or IPv4-compatible",
}
_OWN_NETWORKS = [(ipaddress.ip_network(net), why) for net, why in _OWN_NETWORK.items()]
_NEVER_NETWORKS = [(ipaddress.ip_network(net), why) for net, why in _NEVER.items()]
_GLOBAL_V6 = ipaddress.ip_network("2000::/3")


def judge(address: str, *, allow_private: bool) -> str | None:
    """Why this address must not be called; None when it may be.

    `allow_private` opens private, loopback, carrier-grade and unique local ranges. Link-local (cloud metadata lives
    there), multicast, documentation and the IPv4-in-IPv6 tunnels stay shut."""
    ip: Address = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip.scope_id is not None:
            return "link-local"
    for network, why in _OWN_NETWORKS:
        if ip in network:
            return None if allow_private else why
    for network, why in _NEVER_NETWORKS:
        if ip in network:
            return why
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _GLOBAL_V6:
        return "not global unicast"
    return None


def check_url(url: str, *, allow_private: bool) -> None:
    """Judge what can be judged without asking the network: scheme, credentials, literal addresses. Raises BadRequest.
    For the moment an endpoint is registered; every connection is judged again, with the resolved addresses."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError as broken:
        raise BadRequest(
            f"'{url}' is not a web address ({broken}). Give one like https://ats.example.com/foyer."
        ) from (broken)
    if parts.scheme not in ("https", "http") or not host:
        raise BadRequest(f"'{url}' is not a web address. Give one like https://ats.example.com/foyer.")
    if parts.scheme == "http" and not allow_private:
        raise BadRequest(f"'{url}' is not encrypted. Use https.")
    if parts.username is not None or parts.password is not None:
        raise BadRequest("Leave user name and password out of the address: messages are signed instead.")
    try:
        why = judge(host, allow_private=allow_private)
    except ValueError:
        return
    if why is not None:
        raise BadRequest(_refusal(host, host, why))


def _refusal(host: str, address: str, why: str) -> str:
    return (
        f"'{host}' leads to {address} ({why}), which Foyer does not call. Use a public address, "
        "or set FOYER_WEBHOOK_PRIVATE=true if the receiver is on your own network."
    )


def resolve(host: str, port: int) -> list[str]:
    """Every address the system's resolver knows, in its order."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


class GuardedBackend(NetworkBackend):
    """Connects only to judged addresses, and gives every connection one deadline, `seconds` from its start."""

    def __init__(self, *, allow_private: bool, seconds: float, resolver: Resolver = resolve) -> None:
        self._allow_private, self._seconds, self._resolver = allow_private, seconds, resolver
        self._inner = SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> NetworkStream:
        deadline = time.monotonic() + self._seconds
        addresses = self._judged(host, port)
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in addresses:
            left = deadline - time.monotonic()
            if left <= 0:
                raise httpcore2.ConnectTimeout(f"{host} did not answer within {self._seconds:g} s")
            try:
                stream = self._inner.connect_tcp(
                    address, port, min(left, timeout or left), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
                continue
            return _Deadline(stream, deadline)
        raise failure

    def _judged(self, host: str, port: int) -> Sequence[str]:
        """All of them must pass: a name with one public and one private address is a trap, not a choice."""
        try:
            addresses = self._resolver(host, port)
        except (OSError, UnicodeError) as unknown:
            raise httpcore2.ConnectError(f"the name {host} could not be resolved ({unknown})") from unknown
        for address in addresses:
            why = judge(address, allow_private=self._allow_private)
            if why is not None:
                raise BadRequest(_refusal(host, address, why))
        return addresses


class _Deadline(NetworkStream):
    """A stream whose reads and writes all end by one moment: a receiver that sends a byte now and then would
    otherwise hold a worker for as long as it likes."""

    def __init__(self, inner: NetworkStream, deadline: float) -> None:
        self._inner, self._deadline = inner, deadline

    def _left(self, timeout: float | None, late: type[Exception]) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise late("the exchange took too long")
        return left if timeout is None else min(left, timeout)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._left(timeout, httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._left(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        left = self._left(timeout, httpcore2.ConnectTimeout)
        return _Deadline(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


@cache
def _trusted() -> ssl.SSLContext:
    """The system's certificates: reading them takes longer than a whole exchange."""
    return ssl.create_default_context()


class GuardedTransport(httpx2.HTTPTransport):
    """httpx2's own transport over a pool that connects through GuardedBackend. One connection a request: a kept
    connection would outlive the judgement of its address, and its deadline."""

    def __init__(
        self,
        *,
        allow_private: bool,
        seconds: float,
        resolver: Resolver = resolve,
        verify: ssl.SSLContext | None = None,
    ) -> None:
        context = verify or _trusted()
        super().__init__(verify=context, trust_env=False)
        # httpx2 offers no parameter for the backend; tests/unit/test_ssrf.py fails if this attribute ever moves.
        self._pool = httpcore2.ConnectionPool(
            ssl_context=context,
            max_keepalive_connections=0,
            network_backend=GuardedBackend(allow_private=allow_private, seconds=seconds, resolver=resolver),
        )


def guarded_client(
    *, allow_private: bool, seconds: float, resolver: Resolver = resolve, verify: ssl.SSLContext | None = None
) -> httpx2.Client:
    """A client for addresses we do not trust. A refused address raises BadRequest; other failures are httpx2's."""
    transport = GuardedTransport(allow_private=allow_private, seconds=seconds, resolver=resolver, verify=verify)
    return httpx2.Client(transport=transport, follow_redirects=False, trust_env=False, timeout=seconds)
