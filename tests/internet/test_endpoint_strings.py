"""Endpoints from text.  Source of the claims: Twisted 26.10, by running it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support import python
from txloop.internet import endpoints
from txloop.internet.testing import MemoryReactorClock


def server(description: str) -> tuple[str, dict[str, Any]]:
    """The kind of endpoint, and its arguments."""
    endpoint = endpoints.serverFromString(MemoryReactorClock(), description)
    fields = {name: value for name, value in vars(endpoint).items() if name != "_reactor"}
    return type(endpoint).__name__, fields


def client(description: Any) -> tuple[str, dict[str, Any]]:
    endpoint = endpoints.clientFromString(MemoryReactorClock(), description)
    fields = {name: value for name, value in vars(endpoint).items() if name != "_reactor"}
    return type(endpoint).__name__, fields


@pytest.mark.parametrize(
    ("description", "kind", "fields"),
    [
        ("tcp:80", "TCP4ServerEndpoint", {"_port": 80, "_backlog": 50, "_interface": ""}),
        ("tcp:80:", "TCP4ServerEndpoint", {"_port": 80, "_backlog": 50, "_interface": ""}),
        ("tcp:port=80:backlog=6", "TCP4ServerEndpoint", {"_port": 80, "_backlog": 6, "_interface": ""}),
        (r"tcp:80:interface=\:\:1", "TCP4ServerEndpoint", {"_port": 80, "_backlog": 50, "_interface": "::1"}),
        ("tcp6:80", "TCP6ServerEndpoint", {"_port": 80, "_backlog": 50, "_interface": "::"}),
        (
            "unix:/p:mode=660:lockfile=0:backlog=7",
            "UNIXServerEndpoint",
            {"_address": "/p", "_backlog": 7, "_mode": 0o660, "_wantPID": False},
        ),
        ("stdio:", "StandardIOEndpoint", {}),
    ],
)
def test_servers(description: str, kind: str, fields: dict[str, Any]) -> None:
    assert server(description) == (kind, fields)


TCP_CLIENT = {"_host": "h", "_port": 80, "_timeout": 30, "_bindAddress": None}


@pytest.mark.parametrize(
    ("description", "kind", "fields"),
    [
        ("tcp:h:80", "TCP4ClientEndpoint", TCP_CLIENT),
        ("TCP:h:80", "TCP4ClientEndpoint", TCP_CLIENT),
        ("tcp:port=80:host=h", "TCP4ClientEndpoint", TCP_CLIENT),
        ("tcp:80:host=h", "TCP4ClientEndpoint", TCP_CLIENT),
        (
            "tcp:h:80:timeout=7:bindAddress=10.0.0.3",
            "TCP4ClientEndpoint",
            TCP_CLIENT | {"_timeout": 7, "_bindAddress": ("10.0.0.3", 0)},
        ),
        ("unix:/x", "UNIXClientEndpoint", {"_path": "/x", "_timeout": 30, "_checkPID": 0}),
        (
            "unix:path=/x:lockfile=1:timeout=10",
            "UNIXClientEndpoint",
            {"_path": "/x", "_timeout": 10, "_checkPID": True},
        ),
    ],
)
def test_clients(description: str, kind: str, fields: dict[str, Any]) -> None:
    assert client(description) == (kind, fields)


@pytest.mark.parametrize("description", ["", "80", "foo:1", ":80", "tcp\\:80", "ftl"])
def test_an_unknown_type_is_named(description: str) -> None:
    kind = endpoints._parse(description)[0][0]
    for make in (server, client):
        with pytest.raises(ValueError, match="Unknown endpoint type") as refused:
            make(description)
        assert str(refused.value) == f"Unknown endpoint type: '{kind}'"


@pytest.mark.parametrize("description", ["tcp", "tcp:80:x=1", "tcp:80:a:b:c", "unix", "unix:/a:b=c"])
def test_too_few_and_too_many_parts_are_type_errors(description: str) -> None:
    with pytest.raises(TypeError):
        server(description)


@pytest.mark.parametrize("description", ["tcp:", "tcp:x", "tcp:80:backlog=x", "unix:/p:lockfile=x"])
def test_numbers_that_are_none_are_value_errors(description: str) -> None:
    with pytest.raises(ValueError, match=r"a number, not|invalid literal"):
        server(description)


def test_a_backslash_at_the_end_is_refused() -> None:
    """Twisted: RuntimeError, from inside its generator."""
    with pytest.raises(ValueError, match="ends in a backslash"):
        server("tcp:8\\")


@pytest.mark.parametrize("description", ["systemd:domain=INET", "systemd:domain=INET:index=0:name=a"])
def test_systemd_wants_an_index_or_a_name(description: str) -> None:
    with pytest.raises(ValueError, match="Specify exactly one of descriptor index or name"):
        server(description)


@given(st.text())
def test_a_quoted_argument_is_read_back_as_it_was(argument: str) -> None:
    quoted = endpoints.quoteStringArgument(argument)
    assert endpoints._parse(f"tcp:x={quoted}:y") == (["tcp", "y"], {"x": argument})


@given(st.text(alphabet="ab:=\\", max_size=12))
def test_any_text_is_parsed_or_refused_with_value_error(description: str) -> None:
    try:
        args, kw = endpoints._parse(description)
    except ValueError:
        assert (len(description) - len(description.rstrip("\\"))) % 2 == 1
    else:
        assert all(isinstance(part, str) for part in [*args, *kw, *kw.values()])
        assert endpoints._parse(description.encode()) == (
            [part.encode() for part in args],
            {name: value.encode() for name, value in kw.items()},
        )


def test_importing_endpoints_loads_neither_tls_nor_a_loop() -> None:
    unwanted = ["OpenSSL", "asyncio", "txloop.internet.ssl", "txloop.protocols.tls", "txloop.internet.stdio"]
    program = f"import sys, txloop.internet.endpoints; print([m for m in {unwanted} if m in sys.modules])"
    assert python("-c", program).stdout.strip() == "[]"
