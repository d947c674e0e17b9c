"""Who of a choice is invited, reminded, drawn: the rules, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from api.inviting import WHY, Room, sorted_out
from api.nudging import sorted_out as nudged
from api.sampling import drawn, fingerprint
from models.store.deciding import Invitee
from models.store.listing import Listed

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ANN = Invitee(
    *("a", "ann", "screened", 0.9, "advance"), silent=False, reachable=True, keys=frozenset({"k"}), interview=""
)
LISTED = Listed(
    *("i", "a", "ann", "j", "Nurse", "Ann", "invited", "invited"),
    opened=False,
    invited_at=NOW - timedelta(days=5),
    expires_at=NOW + timedelta(days=2),
    started_at=None,
    completed_at=None,
    finish_reason=None,
    reminded_at=None,
    booked_for=None,
    silent=False,
    reachable=True,
    newest=True,
)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"stage": "received"}, "reading"),
        ({"stage": "rejected"}, "rejected"),
        ({"stage": "withdrawn"}, "withdrawn"),
        ({"interview": "invited"}, "invited"),
        ({"interview": "completed"}, "over"),
        ({"silent": True}, "silent"),
        ({"reachable": False}, "address"),
        ({"interview": "expired"}, None),
        ({"stage": "unreadable"}, None),
    ],
)
def test_what_stands_against_somebody(changed: dict[str, object], why: str | None) -> None:
    found = sorted_out([replace(ANN, **changed)], Room())  # type: ignore[arg-type]
    assert [reason for _, reason in found.cannot] == ([why] if why else [])
    assert why is None or WHY[why]


def test_the_best_have_the_places_and_an_invitation_made_anew_needs_none() -> None:
    people = [replace(ANN, application_id=str(n), keys=frozenset({str(n)})) for n in range(3)]
    anew = replace(ANN, application_id="anew", interview="expired", keys=frozenset({"0"}))
    found = sorted_out([*people, anew], Room(places=2))
    assert [one.application_id for one in found.can] == ["0", "1", "anew"]
    assert [why for _, why in found.cannot] == ["cap"]


def test_of_two_with_one_address_the_first_is_meant() -> None:
    found = sorted_out([ANN, replace(ANN, application_id="b")], Room())
    assert ([one.application_id for one in found.can], found.cannot[0][1]) == (["a"], "copy")
    assert sorted_out([ANN], Room(taken=frozenset({"k"}))).cannot[0][1] == "copy"
    assert sorted_out([ANN], Room(shut="closed")).cannot[0][1] == "closed"


@pytest.mark.parametrize(
    ("act", "changed", "why"),
    [
        ("remind", {}, None),
        ("remind", {"reminded_at": NOW - timedelta(hours=23)}, "today"),
        ("remind", {"reminded_at": NOW - timedelta(hours=25)}, None),
        ("remind", {"silent": True}, "silent"),
        ("remind", {"reachable": False}, "address"),
        ("remind", {"state": "paused"}, "begun"),
        ("remind", {"state": "expired"}, "over"),
        ("remind", {"newest": False}, "replaced"),
        ("extend", {"state": "paused"}, None),
        ("extend", {"expires_at": NOW + timedelta(days=8)}, "longer"),
        ("extend", {"state": "completed"}, "over"),
    ],
)
def test_who_is_reminded_and_whose_link_lives_longer(act: str, changed: dict[str, object], why: str | None) -> None:
    found = nudged(act, [replace(LISTED, **changed)], NOW)  # type: ignore[arg-type]
    assert [reason for _, reason in found.cannot] == ([why] if why else [])


def test_one_person_is_reminded_once_however_many_invitations_they_have() -> None:
    found = nudged("remind", [LISTED, replace(LISTED, id="other", job_id="k")], NOW)
    assert ([one.id for one in found.can], found.cannot[0][1]) == (["i"], "today")


def test_a_draw_follows_from_seed_and_pool_alone() -> None:
    pool = [f"id-{n}" for n in range(100)]
    assert drawn(pool, 10, "seed") == drawn(pool[::-1], 10, "seed")
    assert set(drawn(pool, 10, "seed")) != set(drawn(pool, 10, "another"))
    assert fingerprint(pool) == fingerprint(pool[::-1])
    often = [id for seed in range(400) for id in drawn(pool, 10, str(seed))]
    assert 10 <= min(often.count(id) for id in pool) <= max(often.count(id) for id in pool) <= 75
