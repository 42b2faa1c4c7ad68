"""Which addresses are the open internet."""

from ipaddress import IPv4Address, ip_address

import pytest

from services.fetch.addresses import is_loopback, is_public, parse

PUBLIC = ("8.8.8.8", "93.184.216.34", "2606:4700::1111", "2001:4860:4860::8888", "2a00:1450:4002::200e")
NOT_PUBLIC = (
    "0.0.0.1", "10.1.2.3", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254",
    "168.63.129.16", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.0.1",
    "198.18.0.1", "198.19.255.255", "198.51.100.7", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1",
    "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "64:ff9b::808:808",
    "64:ff9b:1::1", "100::1", "2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "2002:7f00:1::",
    "3fff::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "5f00::1",
)  # fmt: skip


@pytest.mark.parametrize("text", PUBLIC)
def test_the_internet_is_open(text) -> None:
    """Addresses of well-known sites may be asked."""
    assert is_public(ip_address(text))


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_other_addresses_are_not(text) -> None:
    """Private, local, shared, reserved, metadata, multicast; IPv6 that carries an IPv4 address, even a public one."""
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", ["fe80::1%eth0", "2606:4700::1111%1"])
def test_a_zone_is_refused(text) -> None:
    """An address with a zone is one of this machine's networks."""
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", ["example.org", "127.1", "0177.0.0.1", "0x7f.0.0.1", "2130706433", "1.2.3.4.5", ""])
def test_only_the_usual_form_is_an_address(text) -> None:
    """What the C library would take for an address too is none here."""
    assert parse(text) is None


def test_no_address_at_all_is_none_of_the_internet() -> None:
    """Many systems take it for this machine."""
    assert not is_public(IPv4Address(0))


def test_loopback_is_loopback_only_undisguised() -> None:
    """The test setting lets 127.0.0.1 and ::1 in, not what carries them."""
    assert is_loopback(ip_address("127.8.0.1"))
    assert is_loopback(ip_address("::1"))
    assert not is_loopback(ip_address("::ffff:127.0.0.1"))
    assert not is_loopback(ip_address("10.0.0.1"))
