"""Protocols joined in memory.  Source of the claims: Twisted 26.10's twisted.test.iosim, by running it."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any

import pytest

from tls_material import client_context, server_context
from txloop.internet import error, interfaces
from txloop.internet.protocol import Factory, Protocol
from txloop.internet.task import Clock
from txloop.protocols.tls import TLSMemoryBIOFactory
from txloop.test import iosim


class Noting(Protocol):
    """Notes what happens to it."""

    def __init__(self) -> None:
        self.notes: list[Any] = []

    def connectionMade(self) -> None:
        self.notes.append("made")

    def dataReceived(self, data: bytes) -> None:
        self.notes.append(data)

    def connectionLost(self, reason: Any = None) -> None:
        self.notes.append(reason.type)


@pytest.fixture
def joined() -> tuple[Any, Any, iosim.IOPump]:
    """A client, a server and their pump."""
    return iosim.connectedServerAndClient(Noting, Noting)


def test_the_pump_carries_what_both_write(joined: tuple[Any, Any, iosim.IOPump]) -> None:
    client, server, pump = joined
    client.transport.write(b"a")
    client.transport.writeSequence([b"b", b"c"])
    server.transport.write(b"d")
    assert (pump.pump(), pump.pump()) == (True, False)
    assert (client.notes, server.notes) == (["made", b"d"], ["made", b"abc"])


@pytest.mark.parametrize("how", ["loseConnection", "abortConnection", "stopProducing"])
def test_a_close_comes_after_what_was_written(joined: tuple[Any, Any, iosim.IOPump], how: str) -> None:
    client, server, pump = joined
    client.transport.write(b"before")
    getattr(client.transport, how)()
    client.transport.write(b"after")
    assert pump.flush()
    assert server.notes == ["made", b"before", error.ConnectionDone]
    assert client.notes == ["made", error.ConnectionDone]
    assert client.transport.disconnected
    assert server.transport.disconnected


def test_nothing_is_carried_before_it_is_asked_for() -> None:
    class Greeting(Noting):
        def connectionMade(self) -> None:
            self.transport.write(b"hello")  # type: ignore[union-attr]

    client, _, pump = iosim.connectedServerAndClient(Greeting, Noting, greet=False)
    assert client.notes == ["made"]
    pump.flush()
    assert client.notes == ["made", b"hello"]


def test_what_is_due_on_the_clock_runs_with_the_pump() -> None:
    clock = Clock()
    client, server, pump = iosim.connectedServerAndClient(Noting, Noting, clock=clock)
    clock.callLater(0, client.transport.write, b"due")
    pump.flush()
    assert server.notes == ["made", b"due"]


def test_a_pull_producer_is_asked_at_each_turn(joined: tuple[Any, Any, iosim.IOPump]) -> None:
    client, server, pump = joined

    class Counting:
        left = 3

        def resumeProducing(self) -> None:
            self.left -= 1
            client.transport.write(b"%d" % self.left)
            if not self.left:
                client.transport.unregisterProducer()

    client.transport.registerProducer(Counting(), False)
    pump.flush()
    assert b"".join(server.notes[1:]) == b"210"


class Verifying:
    def __init__(self, accepts: bool) -> None:
        self.accepts = accepts

    def iosimVerify(self, other: object) -> bool:  # noqa: N802  # iosim calls it
        return self.accepts


def test_a_pretended_handshake_comes_before_what_was_written(joined: tuple[Any, Any, iosim.IOPump]) -> None:
    client, server, pump = joined
    for each in (client, server):
        each.transport.startTLS(Verifying(True))
    client.transport.write(b"secret")
    assert pump.pump()
    assert server.notes == ["made"]
    pump.flush()
    assert server.notes == ["made", b"secret"]
    assert interfaces.ISSLTransport.providedBy(client.transport)


def test_a_side_that_refuses_loses_the_connection_with_tlss_error(
    joined: tuple[Any, Any, iosim.IOPump],
) -> None:
    client, server, pump = joined
    client.transport.startTLS(Verifying(True))
    server.transport.startTLS(Verifying(False))
    server.transport.write(b"never")
    pump.flush()
    assert {client.notes[-1], server.notes[-1]} == {error.ConnectionDone, iosim.NativeOpenSSLError}


def over_tls(context: ssl.SSLContext, is_client: bool) -> Callable[[], Any]:
    factory = TLSMemoryBIOFactory(context, is_client, Factory.forProtocol(Noting))
    factory.noisy = factory.wrappedFactory.noisy = False
    return lambda: factory.buildProtocol(None)


def test_real_tls_runs_over_the_same_transports() -> None:
    client, server, pump = iosim.connectedServerAndClient(
        over_tls(server_context(), False), over_tls(client_context(checks=False), True)
    )
    client.write(b"x" * 100_000)
    pump.flush()
    assert b"".join(server.wrappedProtocol.notes[1:]) == b"x" * 100_000
    inside = client.wrappedProtocol
    server.loseConnection()
    pump.flush()
    assert inside.notes == ["made", error.ConnectionDone]


def test_a_memory_reactors_connection_succeeds_or_fails_when_the_test_says() -> None:
    endpoint, completer = iosim.connectableEndpoint()
    factory = Factory.forProtocol(Noting)
    connected: list[Any] = []
    endpoint.connect(factory).addCallback(connected.append)
    pump = completer.succeedOnce()
    assert pump is not None
    assert connected[0].notes == ["made"]
    pump.clock.callLater(0, connected[0].transport.write, b"due")
    assert pump.pump()
    failed: list[Any] = []
    endpoint.connect(factory).addErrback(failed.append)
    completer.failOnce()
    assert failed[0].check(error.ConnectionRefusedError)
    assert completer.succeedOnce() is None
