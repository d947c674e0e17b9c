"""Signatures of what other systems send, against vectors. Those of Standard Webhooks and SmartRecruiters are the
publishers' own; the others were computed once from the documented formula, so that they hold our code to the formula.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from integrations.signatures import TOLERANCE, check_hex, check_key, check_moment, hex_hmac
from models.errors import Unauthorized

TOKEN = "a" * 48
RECRUITED = (
    '1574080897.{"job_id":"jid","candidate_id":"cid"}.123.application.created.v201910.'
    "<http://smartrecruiters.com/endpoint>; rel=self"
)
VECTORS: dict[str, tuple[str, bytes, str]] = {
    "greenhouse": (
        "gh-secret",
        rb'{"action":"ping","payload":{"n":"\u003cp\u003e"}}',
        "9805b49cd57c72ea9339ce23afb7bea0eec5b288a2540cd89e2c61ba77c99ddd",
    ),
    "lever": (
        "lever-signing-token",
        f"{TOKEN}1700000000000".encode(),
        "8493cddccfaabf04e4d863b8af0885c22b0796312930b21cabfe849a41103a2f",
    ),
    "ashby": (
        "ashby-secret",
        b'{"action":"ping"}',
        "fa86cdc0b43da82775e35321472a04c5a144b28acb3c4f0fb9f14141326c9a96",
    ),
    "jazzhr": (
        "jazz-secret",
        b'{"data": "JazzHR Verify Event"}',
        "84c7fc76e4d095004663ddfdbfb4aa1ff66e06e8ff5409804bcb82b237da3067",
    ),
    "bamboohr": (
        "bhr-private-key",
        b'{"employees":[]}1700000000',
        "48d3377751d2b99cedaa8711a51c50864c3199d98e84a74d30182d9a97ec3a24",
    ),
    "smartrecruiters": (
        "HeBVky2bccvvkcXPimH8c",
        RECRUITED.encode(),
        "2e9291f10d44ca10204a4cd81b05d73b6a316b2b605d4e2e0e0b37b40198ce1f",
    ),
}


@pytest.mark.parametrize("system", VECTORS)
def test_what_was_signed_is_taken_and_nothing_else(system: str) -> None:
    secret, message, signature = VECTORS[system]
    assert hex_hmac(secret, message) == signature
    check_hex(signature, secret, message)
    check_hex(f" {signature.upper()} ", secret, message)
    for given, key, said in (
        (signature[:-1] + ("0" if signature[-1] != "0" else "1"), secret, message),
        (signature[:-1], secret, message),
        (signature, secret + "x", message),
        (signature, secret, message + b" "),
        ("", secret, message),
        ("é" * 64, secret, message),
    ):
        with pytest.raises(Unauthorized):
            check_hex(given, key, said)


def test_without_a_secret_nobody_is_believed() -> None:
    """The signature under an empty key is one that anybody can compute."""
    with pytest.raises(Unauthorized):
        check_hex(hex_hmac("", b"{}"), "", b"{}")
    with pytest.raises(Unauthorized):
        check_key("", "")


def test_a_shared_key_has_to_be_the_whole_one() -> None:
    check_key("Basic a2V5Og==", "Basic a2V5Og==")
    for given in ("", "Basic a2V5Og=", "basic a2V5Og==", "Basic a2V5Og== ", "schlüssel"):
        with pytest.raises(Unauthorized):
            check_key(given, "Basic a2V5Og==")


@pytest.mark.parametrize(
    ("off", "near"),
    [(0, True), (TOLERANCE, True), (-TOLERANCE, True), (TOLERANCE + 1, False), (math.nan, False)],
)
def test_a_message_that_somebody_kept_is_too_old(off: float, near: bool) -> None:
    now = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    if near:
        check_moment(now.timestamp() - off, now)
        return
    for moment in (now.timestamp() - off, now.timestamp() + off):
        with pytest.raises(Unauthorized, match="too far"):
            check_moment(moment, now)


@pytest.mark.proves(51)
def test_what_we_send_is_signed_as_the_specification_shows() -> None:
    """Standard Webhooks' published vector, by the library that signs what `integrations.webhook` sends."""
    signer = Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = signer.sign(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", datetime.fromtimestamp(1614265330, UTC), '{"test": 2432232314}'
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
