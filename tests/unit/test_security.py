"""Links, cookies and origins."""

from __future__ import annotations

import pytest

from api import security
from api.security import Recruiter, Signer, digest, same_origin
from models.errors import BadRequest, NotFound
from models.records import account_key
from models.values import Person


def test_a_link_is_found_by_its_digest_alone() -> None:
    signer = Signer("secret")
    token = signer.link_token()
    assert signer.check_link(token) == digest(token)
    assert signer.link_token() != token


@pytest.mark.parametrize("forge", [lambda t: t[:-1], lambda t: t + "x", lambda t: "", lambda t: t.upper()])
def test_a_forged_link_is_refused_before_any_query(forge) -> None:
    signer = Signer("secret")
    with pytest.raises(NotFound):
        signer.check_link(forge(signer.link_token()))


def test_links_of_another_installation_are_forged() -> None:
    with pytest.raises(NotFound):
        Signer("ours").check_link(Signer("theirs").link_token())


def test_who_an_account_is_shows_beside_what_they_did() -> None:
    ann = Recruiter("org-1", "Ann Other", said="Ann Other", user_id="user-1")
    program = Recruiter("org-1", "import", "key-1", said="Ann Other")
    assert (ann.actor, program.actor) == ("Ann Other (account)", "Ann Other (key: import)")
    assert ann.person is not None
    assert program.person is not None
    assert account_key(ann.person) != account_key(program.person), "a stated name is no account's"
    assert account_key(ann.person) == account_key(Person(name="Ann Married", user_id="user-1"))


def test_a_state_is_for_one_connection_and_whoever_asked_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    signer, ann = Signer("secret"), Recruiter("org-1", "Ann", "key-1")
    state = signer.connect_state("connection-1", ann)
    signer.check_connect_state(state, "connection-1", Recruiter("org-1", "Ann", "key-1", "Ann Other", browser=True))
    for connection, who in (
        ("connection-2", ann),
        ("connection-1", Recruiter("org-2", "Ann", "key-1")),
        ("connection-1", Recruiter("org-1", "Ann", "key-2")),
        ("connection-1", Recruiter("org-1", "Ann", said="Ann", user_id="user-1")),
    ):
        with pytest.raises(BadRequest, match="somebody else"):
            signer.check_connect_state(state, connection, who)
    for forged in ("", state[:-1], Signer("other").connect_state("connection-1", ann), signer.link_token()):
        with pytest.raises(BadRequest, match="not begun here"):
            signer.check_connect_state(forged, "connection-1", ann)
    monkeypatch.setattr(security, "STATE_SECONDS", -1)
    with pytest.raises(BadRequest, match="expired"):
        signer.check_connect_state(state, "connection-1", ann)


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        (None, "foyer.example", True),
        ("https://foyer.example", "foyer.example", True),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", True),
        ("https://evil.example", "foyer.example", False),
        ("https://foyer.example.evil.example", "foyer.example", False),
        ("null", "foyer.example", False),
        ("http://[::1", "foyer.example", False),
    ],
)
def test_same_origin(origin: str | None, host: str, same: bool) -> None:
    assert same_origin(origin, host) is same
