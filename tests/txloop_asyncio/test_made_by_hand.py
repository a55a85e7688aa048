"""Ports, connectors and children that a program makes itself, with the reactor it holds or with none."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from txloop import AsyncioReactor
from txloop.internet import protocol, reactor, tcp
from txloop.internet.defer import Deferred


class Greeter(protocol.Protocol):
    def connectionMade(self) -> None:
        self.transport.write(b"hello")
        self.transport.loseConnection()


class Collector(protocol.Protocol):
    def __init__(self, done: Deferred[bytes]) -> None:
        self.done, self.data = done, b""

    def dataReceived(self, data: bytes) -> None:
        self.data += data

    def connectionLost(self, reason: Any = None) -> None:
        self.done.callback(self.data)


def greet(given: Any) -> Deferred[bytes]:
    """Over a port and a connector made by hand."""
    done: Deferred[bytes] = Deferred()
    port = tcp.Port(0, protocol.Factory.forProtocol(Greeter), interface="127.0.0.1", reactor=given)
    port.startListening()
    collector = protocol.ClientFactory()
    collector.protocol = lambda: Collector(done)  # type: ignore[assignment]
    tcp.Connector("127.0.0.1", port.getHost().port, collector, 10, None, given).connect()

    def close(data: bytes) -> Any:
        return port.stopListening().addCallback(lambda _: data)

    return done.addCallback(close)


@pytest.mark.asyncio
@pytest.mark.parametrize("given", [reactor, None], ids=["the reactor", "none"])
async def test_they_take_the_reactor_that_users_hold_or_the_ambient_one(given: Any) -> None:
    assert await greet(given) == b"hello"


def test_they_take_a_reactor_of_ones_own(loop_name: str) -> None:
    own = AsyncioReactor()
    seen: list[bytes] = []

    def note(data: bytes) -> None:
        seen.append(data)
        own.stop()

    own.callWhenRunning(lambda: greet(own).addCallback(note))
    own.run()
    assert seen == [b"hello"]


@pytest.mark.asyncio
@pytest.mark.parametrize("given", [reactor, None], ids=["the reactor", "none"])
async def test_so_does_a_connection_made_of_a_connected_socket(given: Any) -> None:
    """``tcp.Server(skt, …)``: who made it calls makeConnection.  Source: Twisted 26.10, by running it."""
    ours, theirs = socket.socketpair()
    done: Deferred[bytes] = Deferred()
    collector: Any = Collector(done)
    connection = tcp.Server(ours, collector, ("127.0.0.1", 1), None, 0, given)
    collector.makeConnection(connection)
    with theirs:
        theirs.sendall(b"hello")
    assert await done == b"hello"
