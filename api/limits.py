"""How often somebody may ask: token buckets in this process's memory, by key or by network address. Used by `api.app`
before any route runs; the live room's socket is no request and is not counted.

A bucket holds `burst` requests and refills at `per_minute`. Several processes count each for itself. FOYER_HOME/
limits.toml changes the policy: a table for each kind below, with `per_minute` and `burst`."""

from __future__ import annotations

import hashlib
import ipaddress
import math
import re
import threading
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from api.security import RECRUITER_COOKIE
from models.engines import Clock
from models.errors import BadRequest

MOST_BUCKETS = 50_000
"""Then those that are full again are forgotten; they say nothing."""


@dataclass(frozen=True, slots=True)
class Policy:
    """`what` is counted, for the docs; `by` a key, a network address or an account."""

    what: str
    by: str
    per_minute: float
    burst: float


POLICIES = {
    "refused": Policy("wrong keys: sign-ins and requests answered 401", "address", 60, 120),
    "password": Policy("wrong passwords for one account from one address", "account and address", 6, 10),
    "account": Policy("wrong passwords for one account, from anywhere", "account", 5, 100),
    "reset": Policy("asking for a new password", "account", 0.1, 3),
    "link": Policy("opening a candidate's or reader's link", "address", 600, 1200),
    "code": Policy("asking for and entering a one-time code", "address", 300, 600),
    "upload": Policy("uploads of resumes", "key", 300, 600),
    "api": Policy("every other request to the API and the console", "key", 3000, 3000),
    "other": Policy("every other request without a key", "address", 3000, 3000),
}
"""Per process. Generous: an office shares an address, and a candidate who is shut out costs more than a request."""

_CODE = re.compile(r"/i/[^/]+/(code|code/check|start)")
_LINK = re.compile(r"/(i|shared|account|agency)/.*")
_UPLOAD = re.compile(r"/api/jobs/[^/]+/batches|/api/batches/[^/]+/files|/v1/candidates")
_SECRET = re.compile(r"/login|/setup|/account/.*")
_FREE = re.compile(r"/healthz?|/ready|/static/.*|/room/audio/.*")


def asks_a_secret(path: str) -> bool:
    """Whether a page of ours takes a key, a password or a code, which somebody may try to guess."""
    return _SECRET.fullmatch(path) is not None


def policies(home: Path) -> dict[str, Policy]:
    """As shipped, changed by FOYER_HOME/limits.toml. Raises BadRequest where the file makes no sense."""
    path = home / "limits.toml"
    if not path.is_file():
        return POLICIES
    found = dict(POLICIES)
    try:
        for kind, said in tomllib.loads(path.read_text()).items():
            changed = {name: float(said[name]) for name in said}
            if kind not in found or not set(changed) <= {"per_minute", "burst"} or min(changed.values()) <= 0:
                raise ValueError(f"{kind}: per_minute and burst, above zero, for one of {', '.join(POLICIES)}")
            old = found[kind]
            per_minute, burst = changed.get("per_minute", old.per_minute), changed.get("burst", old.burst)
            found[kind] = replace(old, per_minute=per_minute, burst=burst)
    except (ValueError, TypeError, AttributeError) as error:
        raise BadRequest(f"{path} cannot be used: {error}") from None
    return found


def caller(headers: Mapping[str, str], cookies: Mapping[str, str]) -> str:
    """Who asks, as a digest of what they show; empty: nobody we could tell."""
    shown = headers.get("authorization") or cookies.get(RECRUITER_COOKIE) or ""
    return hashlib.sha256(shown.encode()).hexdigest()[:16] if shown else ""


def place_of(address: str) -> str:
    """What is counted as one network address: of IPv6 the first half, since a household has as many of the second as it
    likes."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((int(found), 64), strict=False))


def kind_of(method: str, path: str, who: str) -> str:
    """The policy a request falls under; empty: none."""
    if _FREE.fullmatch(path):
        return ""
    if method == "POST" and _CODE.fullmatch(path):
        return "code"
    if _LINK.fullmatch(path):
        return "link"
    if method == "POST" and who and _UPLOAD.fullmatch(path):
        return "upload"
    return "api" if who else "other"


class Limits:
    """Thread-safe. Buckets are (tokens left, when)."""

    def __init__(self, policies: Mapping[str, Policy], clock: Clock) -> None:
        self._policies, self._clock = policies, clock
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}
        self._known: set[str] = set()
        self._lock = threading.Lock()

    def wait(self, method: str, path: str, who: str, address: str) -> int:
        """Whole seconds to wait; 0: come in, and it is counted."""
        if kind := kind_of(method, path, who):
            unknown = who not in self._known if who else asks_a_secret(path)
            if kind == "api" and unknown:  # a new key with every request is no way around
                kind = "other"
            if unknown and (left := self._left("refused", address)) < 1:
                return self._seconds("refused", left)
            return self._take(kind, who if self._policies[kind].by == "key" else address)
        return 0

    def refused(self, address: str) -> None:
        """A key was shown there that is none."""
        self._take("refused", address)

    def full(self, kind: str, whose: str) -> int:
        """Whole seconds until one more would be taken; 0: now. Nothing is counted."""
        left = self._left(kind, whose)
        return 0 if left >= 1 else self._seconds(kind, left)

    def spend(self, kind: str, whose: str) -> int:
        """Counted; whole seconds to wait where there was none left, else 0."""
        return self._take(kind, whose)

    def forgive(self, kind: str, whose: str) -> None:
        """They were right after all: what went before counts no more."""
        with self._lock:
            self._buckets.pop((kind, whose), None)

    def welcome(self, who: str) -> None:
        """They showed a live key: others who try wrong ones from the same address do not shut them out."""
        if len(self._known) >= MOST_BUCKETS:
            self._known.clear()
        self._known.add(who)

    def _left(self, kind: str, whose: str) -> float:
        policy, now = self._policies[kind], self._clock.now()
        left, since = self._buckets.get((kind, whose), (policy.burst, now))
        return min(policy.burst, left + max(0.0, now - since) * policy.per_minute / 60)

    def _seconds(self, kind: str, left: float) -> int:
        return max(1, math.ceil((1 - left) * 60 / self._policies[kind].per_minute))

    def _take(self, kind: str, whose: str) -> int:
        with self._lock:
            left = self._left(kind, whose)
            if left < 1:
                return self._seconds(kind, left)
            if len(self._buckets) >= MOST_BUCKETS:
                self._forget()
            self._buckets[kind, whose] = (left - 1, self._clock.now())
            return 0

    def _forget(self) -> None:
        full = [key for key in self._buckets if self._left(*key) >= self._policies[key[0]].burst]
        for key in full or list(self._buckets)[: MOST_BUCKETS // 10]:
            del self._buckets[key]
