"""Addresses are values: repr, equality, hash, pickling as Twisted's."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from txloop.internet.address import HostnameAddress, IPv4Address, IPv6Address, UNIXAddress, _ProcessAddress
from txloop.internet.interfaces import IAddress

REPRS: list[tuple[Any, str]] = [
    (IPv4Address("TCP", "127.0.0.1", 80), "IPv4Address(type='TCP', host='127.0.0.1', port=80)"),
    (
        IPv6Address("UDP", "::1", 80, 1, "eth0"),
        "IPv6Address(type='UDP', host='::1', port=80, flowInfo=1, scopeID='eth0')",
    ),
    (IPv6Address("TCP", "::1", 80), "IPv6Address(type='TCP', host='::1', port=80, flowInfo=0, scopeID=0)"),
    (HostnameAddress(b"example.org", 80), "HostnameAddress(hostname=b'example.org', port=80)"),
    (UNIXAddress("/run/x"), "UNIXAddress('/run/x')"),
    (UNIXAddress(b"/run/\xff"), "UNIXAddress('/run/\\udcff')"),
    (UNIXAddress("\0abstract"), "UNIXAddress('\\x00abstract')"),
    (UNIXAddress(None), "UNIXAddress(None)"),
]


@pytest.mark.parametrize(("address", "text"), REPRS, ids=[text for _, text in REPRS])
def test_an_address_is_a_value(address: Any, text: str) -> None:
    assert repr(address) == text
    copy = pickle.loads(pickle.dumps(address))
    assert copy == address
    assert hash(copy) == hash(address)
    assert verifyObject(IAddress, address)


def test_addresses_differ_by_transport_family_and_class() -> None:
    address = IPv4Address("TCP", "1.2.3.4", 80)
    assert address != IPv4Address("UDP", "1.2.3.4", 80)
    assert address != IPv6Address("TCP", "1.2.3.4", 80)
    assert address != ("TCP", "1.2.3.4", 80)
    assert UNIXAddress("/a") != IPv4Address("TCP", "/a", 0)


@pytest.mark.parametrize("family", [IPv4Address, IPv6Address])
def test_another_transport_is_refused(family: Any) -> None:
    with pytest.raises(ValueError, match=r"'type' must be in \['TCP', 'UDP'\] \(got 'SCTP'\)"):
        family("SCTP", "::1", 80)


def test_a_unix_address_keeps_its_path_as_bytes() -> None:
    assert UNIXAddress("/run/é").name == os.fsencode("/run/é")
    assert UNIXAddress(b"/run/x").name == b"/run/x"
    with pytest.raises(TypeError, match="name must be str, bytes or None, not int"):
        UNIXAddress(5)  # type: ignore[arg-type]


def test_two_paths_to_one_file_are_one_unix_address(tmp_path: Path) -> None:
    real, linked, other = (tmp_path / name for name in ("real", "linked", "other"))
    real.touch()
    linked.symlink_to(real)
    assert UNIXAddress(str(real)) == UNIXAddress(str(linked))
    assert hash(UNIXAddress(str(real))) == hash(UNIXAddress(str(linked)))
    assert UNIXAddress(str(real)) != UNIXAddress(str(other))
    assert UNIXAddress(None) != UNIXAddress(str(real))


def test_process_addresses_are_only_equal_to_themselves() -> None:
    assert _ProcessAddress() != _ProcessAddress()
