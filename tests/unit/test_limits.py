"""How often somebody may ask: buckets on a fake clock."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from api.limits import POLICIES, Limits, Policy, caller, kind_of, place_of, policies
from models.errors import BadRequest
from models.settings import ROOT


class Clock:
    def __init__(self) -> None:
        self.time = 1000.0

    def now(self) -> float:
        return self.time


def test_a_bucket_empties_says_how_long_and_refills() -> None:
    clock = Clock()
    limits = Limits(POLICIES | {"api": Policy("", "key", 60, 3)}, clock)
    limits.welcome("ann")
    limits.welcome("bob")
    assert [limits.wait("GET", "/api/jobs", "ann", "1.1.1.1") for _ in range(4)] == [0, 0, 0, 1]
    assert limits.wait("GET", "/api/jobs", "bob", "1.1.1.1") == 0, "each key has its own"
    clock.time += 1
    assert limits.wait("GET", "/api/jobs", "ann", "2.2.2.2") == 0
    assert limits.wait("GET", "/api/jobs", "ann", "2.2.2.2") == 1
    clock.time -= 500
    assert limits.wait("GET", "/api/jobs", "ann", "2.2.2.2") == 1, "a clock set back gives and takes nothing"
    clock.time += 10_000
    assert [limits.wait("GET", "/api/jobs", "ann", "") for _ in range(4)] == [0, 0, 0, 1], "no more than a burst"


def test_wrong_keys_shut_out_who_tries_them_and_not_who_is_known() -> None:
    limits = Limits(POLICIES | {"refused": Policy("", "address", 6, 2)}, Clock())
    limits.welcome("ann")
    for guess in ("a", "b"):
        assert limits.wait("GET", "/api/jobs", guess, "9.9.9.9") == 0
        limits.refused("9.9.9.9")
    assert limits.wait("GET", "/api/jobs", "c", "9.9.9.9") == 10
    assert limits.wait("POST", "/login", "", "9.9.9.9") == 10
    assert limits.wait("GET", "/api/jobs", "ann", "9.9.9.9") == 0
    assert limits.wait("GET", "/i/token", "", "9.9.9.9") == 0
    assert limits.wait("GET", "/api/jobs", "c", "8.8.8.8") == 0


@pytest.mark.parametrize(
    ("method", "path", "who", "kind"),
    [
        ("POST", "/i/x/code/check", "", "code"),
        ("POST", "/i/x/start", "", "code"),
        ("GET", "/i/x", "", "link"),
        ("GET", "/shared/x", "ann", "link"),
        ("POST", "/v1/candidates", "ann", "upload"),
        ("POST", "/v1/candidates", "", "other"),
        ("GET", "/api/jobs", "ann", "api"),
        ("GET", "/static/app.css", "", ""),
        ("GET", "/ready", "", ""),
        ("GET", "/healthz", "", ""),
    ],
)
def test_what_is_counted_as_what(method: str, path: str, who: str, kind: str) -> None:
    assert kind_of(method, path, who) == kind


def test_neither_another_key_each_time_nor_another_address_of_ones_own_is_a_way_around() -> None:
    policies = POLICIES | {"other": replace(POLICIES["other"], burst=3)}
    limits = Limits(policies, Clock())
    limits.welcome("ann")
    places = [place_of(f"2001:db8:1:2:{host:x}::1") for host in range(9)]
    waits = [limits.wait("GET", "/openapi.json", f"guess {n}", place) for n, place in enumerate(places)]
    assert (waits[:3], all(waits[3:])) == ([0, 0, 0], True)
    assert limits.wait("GET", "/api/jobs", "ann", places[0]) == 0
    assert place_of("2001:db8:1:3::1") not in places
    assert [place_of(one) for one in ("10.0.0.1", "::ffff:10.0.0.1", "testclient")] == ["10.0.0.1"] * 2 + ["testclient"]


def test_a_caller_is_told_by_what_they_show_and_it_is_not_kept() -> None:
    assert caller({}, {}) == ""
    assert caller({"authorization": "Bearer a"}, {}) != caller({"authorization": "Bearer b"}, {})
    assert "secret" not in caller({"authorization": "Bearer secret"}, {})


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.limits.MOST_BUCKETS", 100)
    limits = Limits(POLICIES, Clock())
    for number in range(1000):
        limits.wait("GET", "/i/x", "", str(number))
        limits.welcome(str(number))
    assert len(limits._buckets) <= 100
    assert len(limits._known) <= 100


def test_the_file_changes_the_policy_or_says_what_is_wrong(tmp_path: Path) -> None:
    assert policies(tmp_path) == POLICIES
    (tmp_path / "limits.toml").write_text("[api]\nburst = 7\n")
    assert (policies(tmp_path)["api"].burst, policies(tmp_path)["api"].per_minute) == (7, POLICIES["api"].per_minute)
    for wrong in ("[api]\nburst = 0\n", "[nobody]\nburst = 1\n", "[api]\nspeed = 1\n", "api = 3", "[", "[api]\n"):
        (tmp_path / "limits.toml").write_text(wrong)
        with pytest.raises(BadRequest, match=r"limits\.toml"):
            policies(tmp_path)


def test_the_limits_are_documented() -> None:
    page = (ROOT / "docs" / "operating.md").read_text()
    for kind, policy in POLICIES.items():
        assert f"| `{kind}` | {policy.what} | {policy.by} | {policy.per_minute:g} | {policy.burst:g} |" in page
