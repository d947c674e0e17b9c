"""What pages say of a connection: its state, its reading, the addresses to register, a body without keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from api.systems import _state, _web_address, hidden, legible, progress_of, steps
from integrations.greenhouse import Greenhouse
from integrations.http import HIDDEN
from models.records import Connection

NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def row(**changes: Any) -> Connection:
    fields: dict[str, Any] = {
        "vendor": "greenhouse",
        "name": "Leeds",
        "settings": {"assessment_key": "spoken softly", "webhook_secret": "abc", "client_id": "visible"},
        "enabled": True,
        "problem": None,
        "progress": {},
        "polled_at": NOW,
        "closed_until": None,
    }
    return Connection(**(fields | changes))


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "switched on"),
        ({"enabled": False, "problem": "old"}, "switched off"),
        ({"problem": "refused"}, "needs you"),
        ({"problem": "refused", "closed_until": NOW + timedelta(minutes=2)}, "resting after failures"),
        ({"closed_until": NOW - timedelta(minutes=2)}, "switched on"),
    ],
)
def test_a_state_is_one_word(changes: dict[str, Any], word: str) -> None:
    assert _state(row(**changes), NOW)[0] == word


@pytest.mark.parametrize(
    ("changes", "text", "going"),
    [
        ({"enabled": False}, "It is read while it is switched on.", False),
        ({"polled_at": None}, "Reading begins in a moment.", True),
        ({"polled_at": None, "progress": {"jobs": 2, "done": 1}}, "Reading begins in a moment.", True),
        ({"progress": {"jobs": 1, "people": 1_200}}, "Reading: 1 opening, 1,200 people, 0 outcomes so far.", True),
        ({"progress": {"people": 1, "done": 1}}, "The last reading found 0 openings, 1 person, 0 outcomes.", False),
        ({"progress": {"problems": 2, "done": 1}}, "2 could not be used, see the log", False),
        ({"progress": {"people": 3, "done": 0}}, "broke off after 0 openings, 3 people, 0 outcomes.", False),
    ],
)
def test_a_reading_says_how_far_it_is(changes: dict[str, Any], text: str, going: bool) -> None:
    found = progress_of(row(**changes))
    assert text in found.text
    assert found.going is going
    assert found.problem == ("broke off" in found.text)


def test_steps_name_addresses_shortly_and_give_them_whole() -> None:
    first, second, third = steps(Greenhouse.about, "https://foyer.example/connect/1")
    assert "{url}" not in first.text + second.text + third.text
    assert "\N{HORIZONTAL ELLIPSIS}/list_tests" in first.text
    assert list(first.addresses.values()) == [
        f"https://foyer.example/connect/1/{path}"
        for path in ("list_tests", "send_test", "test_status", "response_error")
    ]
    assert list(second.addresses.values()) == ["https://foyer.example/connect/1/webhook"]
    assert third.addresses == {}


def test_no_secret_of_a_connection_stands_in_what_is_shown() -> None:
    text = hidden(row(), "https://h.example/?key=spoken softly&c=visible&s=abc")
    assert text == f"https://h.example/?key={HIDDEN}&c=visible&s=abc", "three letters stand in many words"


def test_a_body_is_legible() -> None:
    body = {"note": "Words. " * 500, "file": "QUJD" * 1000, "list": [{"key": "spoken softly"}], "n": 7, "name": "Zoë"}
    shown = legible(row(), body)
    assert "Words. " * 500 in shown
    assert "(4,000 characters)" in shown
    assert "QUJD" not in shown
    assert "spoken softly" not in shown
    assert "Zoë" in shown
    assert legible(row(), "12 bytes") == "12 bytes"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "", "x"])
def test_an_address_that_another_system_gives_is_no_script(url: str) -> None:
    assert _web_address(url) == ""
    assert _web_address("https://app.greenhouse.io/people/1") != ""
