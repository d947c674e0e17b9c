"""Which addresses may be called, and that nothing but a judged address is ever connected to."""

from __future__ import annotations

import httpcore2
import pytest

from integrations.ssrf import GuardedBackend, GuardedTransport, check_url, guarded_client, judge
from models.errors import BadRequest

REFUSED = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.9.9.9", "169.254.169.254", "172.16.0.1",
    "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.51.100.7",
    "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b:1::1", "100::1",
    "2001::1", "2001:db8::1", "2002:7f00:1::", "3fff::1", "5f00::1", "fc00::1", "fd12:3456::1", "fe80::1",
    "fe80::1%eth0", "fec0::1", "ff02::1", "4000::1",
]  # fmt: skip
PUBLIC = [
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "192.0.1.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
]
OWN = ["10.1.2.3", "127.0.0.1", "192.168.1.1", "172.20.0.2", "100.64.0.1", "::1", "fd12::1", "::ffff:127.0.0.1"]


@pytest.mark.proves(53)
@pytest.mark.parametrize("address", REFUSED)
def test_special_addresses_are_refused(address: str) -> None:
    assert judge(address, allow_private=False) is not None


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address: str) -> None:
    assert judge(address, allow_private=False) is None


@pytest.mark.parametrize("address", OWN)
def test_the_own_network_can_be_opened(address: str) -> None:
    assert judge(address, allow_private=True) is None


@pytest.mark.proves(53)
@pytest.mark.parametrize(
    "address", ["169.254.169.254", "fe80::1", "224.0.0.1", "0.0.0.0", "64:ff9b::7f00:1", "::ffff:169.254.169.254"]
)
def test_metadata_and_multicast_stay_shut_even_then(address: str) -> None:
    assert judge(address, allow_private=True) is not None


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/x", "file:///etc/passwd", "https://", "nonsense", "http://example.com/x",
        "https://user:pw@example.com/", "https://127.0.0.1/x", "https://[::1]:8443/x", "https://169.254.169.254/latest",
        "https://example.com:99999/", "https://[::1/x",
    ],
)  # fmt: skip
def test_an_address_is_judged_when_it_is_registered(url: str) -> None:
    with pytest.raises(BadRequest):
        check_url(url, allow_private=False)


def test_names_and_own_networks_register() -> None:
    check_url("https://ats.example.com/hook", allow_private=False)
    check_url("http://127.0.0.1:9000/hook", allow_private=True)


@pytest.mark.proves(53)
def test_one_private_address_among_public_ones_is_a_trap() -> None:
    backend = GuardedBackend(allow_private=False, seconds=1, resolver=lambda host, port: ["8.8.8.8", "10.0.0.1"])
    with pytest.raises(BadRequest, match=r"10\.0\.0\.1 \(private\)"):
        backend.connect_tcp("rebind.example", 443)


def test_an_unknown_name_is_a_connection_error() -> None:
    def resolver(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    with pytest.raises(httpcore2.ConnectError, match="could not be resolved"):
        GuardedBackend(allow_private=False, seconds=1, resolver=resolver).connect_tcp("x.example", 443)


@pytest.mark.proves(53)
def test_the_transport_really_uses_the_guard() -> None:
    """httpx2 offers no parameter for it, so this fails if an upgrade ignores ours."""
    with (
        GuardedTransport(allow_private=False, seconds=1) as transport,
        guarded_client(allow_private=False, seconds=1) as client,
    ):
        assert isinstance(transport._pool._network_backend, GuardedBackend)
        with pytest.raises(BadRequest, match="loopback"):
            client.get("http://127.0.0.1:9/")
