"""Whose address it is, as far as a trusted proxy tells."""

import pytest

from edge.collector.http.address import Proxies
from edge.config import ConfigError


def request(peer, *forwarded):
    headers = [(b"x-forwarded-for", text.encode()) for text in forwarded]
    return {"type": "http", "client": (peer, 1), "headers": headers}


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.1", ("203.0.113.7",), "192.0.2.1"),
        ("10.0.0.1", ("203.0.113.7",), "203.0.113.7"),
        ("10.0.0.1", ("1.2.3.4, 203.0.113.7",), "203.0.113.7"),
        ("10.0.0.1", ("1.2.3.4", "203.0.113.7, 10.1.1.1"), "203.0.113.7"),
        ("fd00::1", ("2001:db8::5",), "2001:db8::5"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("",), "10.0.0.1"),
    ],
)
def test_only_trusted_proxies_are_believed_hop_by_hop(peer, forwarded, address):
    """From the nearest on; what stands before an untrusted hop is anybody's word."""
    assert Proxies("10.0.0.0/8, fd00::1").address(request(peer, *forwarded)) == address


def test_without_a_proxy_nobody_is_told_apart():
    """No header is believed and no address is used."""
    assert Proxies("").sender(request("192.0.2.1", "203.0.113.7")) is None
    assert Proxies("").address(request("192.0.2.1", "203.0.113.7")) == "192.0.2.1"


def test_one_customers_ipv6_addresses_are_one():
    """A /64 is one; the next one is another; words are told apart too."""
    sender = Proxies("10.0.0.1").sender
    first, same, other = (
        sender(request("10.0.0.1", text))
        for text in ("2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1")
    )
    assert first == same != other
    assert sender(request("10.0.0.1", "unknown")) != sender(request("10.0.0.1", "203.0.113.7"))


def test_a_proxy_that_is_none_names_its_key():
    """A setting that is wrong says so at the start."""
    with pytest.raises(ConfigError, match="has host bits set"):
        Proxies("10.0.0.1/8")
