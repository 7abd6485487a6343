"""Which addresses may be connected to."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brinkwatch.feeds.guard import allowed

PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"]
PRIVATE = [
    "10.0.0.1", "172.16.5.5", "192.168.1.1", "127.0.0.1", "127.8.8.8", "100.64.0.1", "::1", "fc00::1", "fec0::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2002:c0a8:101::",
    "::7f00:1", "2001::ffff:ffff:ffff",
]  # fmt: skip
NEVER = [
    "169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "100.100.100.200", "168.63.129.16", "fd00:ec2::254",
    "0.0.0.0", "::", "0.1.2.3", "224.0.0.1", "ff02::1", "240.0.0.1", "255.255.255.255", "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::", "::ffff:0.0.0.0", "192.88.99.1", "3fff::1",
]  # fmt: skip
NOT_ADDRESSES = ["", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "1.2.3.4.5", "example.org"]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    assert allowed(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_need_permission(address: str) -> None:
    assert not allowed(address)


@pytest.mark.parametrize("address", [a for a in PRIVATE if not a.startswith("2001")])
def test_permission_admits_private_addresses(address: str) -> None:
    assert allowed(address, allow_private=True)


@pytest.mark.parametrize("address", [*NEVER, *NOT_ADDRESSES])
def test_some_addresses_are_never_allowed(address: str) -> None:
    assert not allowed(address)
    assert not allowed(address, allow_private=True)


@given(st.ip_addresses(v=4))
def test_no_disguise_makes_an_address_allowed(ip: ipaddress.IPv4Address) -> None:
    number = int(ip)
    disguises = [
        f"::ffff:{ip}",
        str(ipaddress.IPv6Address((0x64FF9B << 96) | number)),
        str(ipaddress.IPv6Address((0x2002 << 112) | (number << 80) | 1)),
    ]
    for disguise in disguises:
        assert not allowed(disguise) or allowed(str(ip))


@given(st.text())
def test_what_is_no_address_is_not_allowed(text: str) -> None:
    assert isinstance(allowed(text, allow_private=True), bool)
