"""Endpoints, over a pretended reactor and over loopback sockets.

Source of the claims: Twisted 26.10, twisted.internet.endpoints, by running it.
"""

from __future__ import annotations

import asyncio
import os
import socket
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from zope.interface import implementer

from txloop.internet import endpoints, error, interfaces, reactor
from txloop.internet.address import HostnameAddress, IPv4Address, IPv6Address, UNIXAddress
from txloop.internet.defer import Deferred, succeed
from txloop.internet.protocol import Factory, Protocol
from txloop.internet.testing import MemoryReactorClock, RaisingMemoryReactor, StringTransport
from txloop.python.failure import Failure

Flush = Callable[..., list[Any]]


class Quiet(Factory[Any]):
    noisy = False
    protocol = Protocol


def results_of(deferred: Deferred[Any]) -> list[Any]:
    """What it fires with, a failure as its exception, in a list that is filled when it does."""
    results: list[Any] = []
    deferred.addCallbacks(results.append, lambda failure: results.append(failure.value))
    return results


def answer(clock: MemoryReactorClock, number: int) -> tuple[Any, StringTransport]:
    """Let the connection attempt of that number succeed."""
    transport = StringTransport()
    protocol = clock.tcpClients[number][2].buildProtocol(None)
    protocol.makeConnection(transport)
    return protocol, transport


def refuse(clock: MemoryReactorClock, number: int, reason: Exception) -> None:
    clock.tcpClients[number][2].clientConnectionFailed(None, Failure(reason))


CLIENTS: list[Any] = [
    lambda r: endpoints.TCP4ClientEndpoint(r, "10.0.0.1", 80),
    lambda r: endpoints.TCP6ClientEndpoint(r, "::1", 80),
    lambda r: endpoints.SSL4ClientEndpoint(r, "10.0.0.1", 80, object()),
    lambda r: endpoints.UNIXClientEndpoint(r, "/a"),
]
SERVERS: list[Any] = [
    lambda r: endpoints.TCP4ServerEndpoint(r, 80),
    lambda r: endpoints.TCP6ServerEndpoint(r, 80),
    lambda r: endpoints.SSL4ServerEndpoint(r, 80, object()),
    lambda r: endpoints.UNIXServerEndpoint(r, "/a"),
]


class TestOneCallOfTheReactor:
    @pytest.mark.parametrize("make", SERVERS)
    def test_what_listening_raises_is_the_deferreds_failure(self, make: Any) -> None:
        refusal = error.CannotListenError("", 80, OSError("taken"))
        listening = make(RaisingMemoryReactor(listenException=refusal)).listen(Quiet())
        assert results_of(listening) == [refusal]

    @pytest.mark.parametrize("make", CLIENTS)
    def test_what_connecting_raises_is_the_deferreds_failure(self, make: Any) -> None:
        refusal = error.ConnectBindError("no")
        connecting = make(RaisingMemoryReactor(connectException=refusal)).connect(Quiet())
        assert results_of(connecting) == [refusal]

    @pytest.mark.parametrize("make", CLIENTS)
    def test_cancelling_stops_the_attempt(self, make: Any) -> None:
        memory = MemoryReactorClock()
        connecting = make(memory).connect(Quiet())
        results = results_of(connecting)
        connecting.cancel()
        assert memory.connectors[0].stoppedConnecting
        [failure] = results
        assert type(failure) is error.ConnectingCancelledError
        assert failure.address == memory.connectors[0].getDestination()

    def test_every_argument_reaches_the_reactor(self) -> None:
        memory = MemoryReactorClock()
        factory, context = Quiet(), object()
        endpoints.TCP4ServerEndpoint(memory, 1, 2, "10.0.0.1").listen(factory)
        endpoints.TCP6ServerEndpoint(memory, 1).listen(factory)
        endpoints.SSL4ServerEndpoint(memory, 1, context, 2, "10.0.0.1").listen(factory)
        endpoints.UNIXServerEndpoint(memory, "/a", 2, 0o600, 1).listen(factory)
        assert memory.tcpServers == [(1, factory, 2, "10.0.0.1"), (1, factory, 50, "::")]
        assert memory.sslServers == [(1, factory, context, 2, "10.0.0.1")]
        assert memory.unixServers == [("/a", factory, 2, 0o600, 1)]
        endpoints.TCP4ClientEndpoint(memory, "h", 1, 2, ("b", 3)).connect(factory)
        endpoints.SSL4ClientEndpoint(memory, "h", 1, context, 2, ("b", 3)).connect(factory)
        endpoints.UNIXClientEndpoint(memory, "/a", 2, 1).connect(factory)
        assert [(c[0], c[1], *c[3:]) for c in memory.tcpClients] == [("h", 1, 2, ("b", 3))]
        assert [(c[0], c[1], *c[3:]) for c in memory.sslClients] == [("h", 1, context, 2, ("b", 3))]
        assert [(c[0], *c[2:]) for c in memory.unixClients] == [("/a", 2, 1)]

    def test_a_tcp6_client_looks_a_name_up_in_a_thread(self) -> None:
        memory = MemoryReactorClock()
        endpoint = endpoints.TCP6ClientEndpoint(memory, "example.com", 80)
        asked: list[Any] = []

        def in_thread(function: Any, *args: Any) -> Deferred[Any]:
            asked.append((function, args))
            return succeed([(socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::7", 0, 0, 0))])

        endpoint._deferToThread = in_thread
        endpoint.connect(Quiet())
        assert asked == [(socket.getaddrinfo, ("example.com", 0, socket.AF_INET6))]
        assert memory.tcpClients[0][:2] == ("::7", 80)


class TestTheWrappingFactory:
    def test_the_deferred_fires_with_the_users_protocol_once_that_is_connected(self) -> None:
        memory = MemoryReactorClock()
        results = results_of(CLIENTS[0](memory).connect(Quiet()))
        outer, transport = answer(memory, 0)
        [protocol] = results
        assert type(protocol) is Protocol
        assert protocol.transport is transport
        assert outer is not protocol

    def test_a_factory_that_refuses_fails_it_with_no_protocol(self) -> None:
        class Refusing(Quiet):
            def buildProtocol(self, addr: object) -> None:
                return None

        memory = MemoryReactorClock()
        results = results_of(CLIENTS[0](memory).connect(Refusing()))
        assert memory.tcpClients[0][2].buildProtocol(None) is None
        assert [type(result) for result in results] == [error.NoProtocol]

    def test_what_build_protocol_raises_fails_it(self) -> None:
        class Raising(Quiet):
            def buildProtocol(self, addr: object) -> None:
                raise LookupError("no")

        memory = MemoryReactorClock()
        results = results_of(CLIENTS[0](memory).connect(Raising()))
        assert memory.tcpClients[0][2].buildProtocol(None) is None
        assert [type(result) for result in results] == [LookupError]

    def test_a_connection_made_after_the_cancellation_is_closed_unseen(self) -> None:
        """Twisted raises AlreadyCalledError there and leaves it open."""
        memory = MemoryReactorClock()
        connecting = CLIENTS[0](memory).connect(Quiet())
        results_of(connecting)
        outer = memory.tcpClients[0][2].buildProtocol(None)
        inner = outer._wrappedProtocol
        connecting.cancel()
        transport = StringTransport()
        outer.makeConnection(transport)
        assert transport.disconnecting
        assert inner.transport is None

    def test_it_provides_what_the_protocol_inside_provides(self) -> None:
        @implementer(interfaces.IHalfCloseableProtocol, interfaces.IFileDescriptorReceiver)
        class Able(Protocol):
            def __init__(self) -> None:
                self.seen: list[object] = []

            def readConnectionLost(self) -> None:
                self.seen.append("read")

            def writeConnectionLost(self) -> None:
                self.seen.append("write")

            def fileDescriptorReceived(self, descriptor: int) -> None:
                self.seen.append(descriptor)

        outer: Any = endpoints._WrappingFactory(Quiet.forProtocol(Able)).buildProtocol(None)
        for interface in (interfaces.IHalfCloseableProtocol, interfaces.IFileDescriptorReceiver):
            assert interface.providedBy(outer)
        assert not interfaces.IHandshakeListener.providedBy(outer)
        outer.readConnectionLost()
        outer.writeConnectionLost()
        outer.fileDescriptorReceived(7)
        assert outer._wrappedProtocol.seen == ["read", "write", 7]
        assert outer.logPrefix() == "Able"


class Answers:
    """A resolver that gives these addresses; None: it never comes to an end."""

    def __init__(self, addresses: list[Any] | None) -> None:
        self.addresses = addresses
        self.asked: list[tuple[str, int]] = []

    def resolveHostName(self, receiver: Any, hostName: str, portNumber: int = 0, **_: Any) -> None:
        self.asked.append((hostName, portNumber))
        receiver.resolutionBegan(None)
        for address in self.addresses or ():
            receiver.addressResolved(address)
        if self.addresses is not None:
            receiver.resolutionComplete()


V4 = IPv4Address("TCP", "10.0.0.1", 80)
V6 = IPv6Address("TCP", "::1", 80)


def hostname(addresses: list[Any] | None, **options: Any) -> tuple[MemoryReactorClock, Any]:
    memory = MemoryReactorClock()
    memory.nameResolver = Answers(addresses)
    return memory, endpoints.HostnameEndpoint(memory, "example.com", 80, **options)


def hosts(memory: MemoryReactorClock) -> list[str]:
    return [client[0] for client in memory.tcpClients]


class TestHostnames:
    def test_the_next_address_is_tried_after_the_delay(self) -> None:
        memory, endpoint = hostname([V6, V4])
        endpoint.connect(Quiet())
        assert hosts(memory) == ["::1"]
        memory.advance(0.29)
        assert hosts(memory) == ["::1"]
        memory.advance(0.02)
        assert hosts(memory) == ["::1", "10.0.0.1"]

    def test_the_first_to_answer_is_taken_and_the_others_are_cancelled(self) -> None:
        memory, endpoint = hostname([V6, V4, V4])
        results = results_of(endpoint.connect(Quiet()))
        memory.advance(0.3)
        answer(memory, 1)
        assert [type(result) for result in results] == [Protocol]
        assert [connector.stoppedConnecting for connector in memory.connectors] == [True, False]
        assert memory.getDelayedCalls() == []

    def test_the_last_attempts_error_is_the_error(self) -> None:
        memory, endpoint = hostname([V6, V4])
        results = results_of(endpoint.connect(Quiet()))
        memory.advance(0.3)
        last = error.ConnectionRefusedError("last")
        refuse(memory, 1, error.ConnectionRefusedError("first"))
        assert results == []
        refuse(memory, 0, last)
        assert results == [last]
        assert memory.getDelayedCalls() == []

    def test_a_refused_attempt_does_not_hurry_the_next(self) -> None:
        memory, endpoint = hostname([V6, V4])
        results = results_of(endpoint.connect(Quiet()))
        refuse(memory, 0, error.ConnectionRefusedError("first"))
        assert (hosts(memory), results) == (["::1"], [])
        memory.advance(0.3)
        assert hosts(memory) == ["::1", "10.0.0.1"]

    def test_cancelling_stops_everything(self) -> None:
        memory, endpoint = hostname([V6, V4, V4])
        connecting = endpoint.connect(Quiet())
        results = results_of(connecting)
        memory.advance(0.3)
        connecting.cancel()
        [failure] = results
        assert type(failure) is error.ConnectingCancelledError
        assert failure.address == HostnameAddress(b"example.com", 80)
        assert [connector.stoppedConnecting for connector in memory.connectors] == [True, True]
        assert memory.getDelayedCalls() == []

    def test_cancelled_while_it_looks_the_name_up_it_fails_with_a_lookup_error(self) -> None:
        _memory, endpoint = hostname(None)
        connecting = endpoint.connect(Quiet())
        results = results_of(connecting)
        connecting.cancel()
        assert [str(result) for result in results] == [
            "DNS lookup failed: Couldn't find the hostname 'example.com'."
        ]

    @pytest.mark.parametrize("addresses", [[], [UNIXAddress("/a")]])
    def test_a_name_without_addresses_is_a_lookup_error(self, addresses: list[Any]) -> None:
        _memory, endpoint = hostname(addresses)
        results = results_of(endpoint.connect(Quiet()))
        assert [str(result) for result in results] == [
            "DNS lookup failed: no results for hostname lookup: example.com."
        ]

    def test_a_link_local_address_keeps_its_interface(self) -> None:
        memory, endpoint = hostname([IPv6Address("TCP", "fe80::1", 80, 0, 2)])
        endpoint.connect(Quiet())
        assert hosts(memory) == ["fe80::1%2"]

    @pytest.mark.parametrize("bind", ["10.0.0.2", b"10.0.0.2", ("10.0.0.2", 0), (b"10.0.0.2", 0)])
    def test_our_own_end_may_be_a_host_or_host_and_port(self, bind: Any) -> None:
        memory, endpoint = hostname([V4], bindAddress=bind, timeout=9)
        endpoint.connect(Quiet())
        assert memory.tcpClients[0][3:] == (9, ("10.0.0.2", 0))

    @pytest.mark.parametrize(
        ("host", "shown"),
        [
            ("example.com", "example.com:80"),
            (b"example.com", "example.com:80"),
            ("b\N{LATIN SMALL LETTER U WITH DIAERESIS}cher.ch", "xn--bcher-kva.ch:80"),
            ("bu\N{COMBINING DIAERESIS}cher.ch", "xn--bcher-kva.ch:80"),
            ("::1", "[::1]:80"),
            ("10.0.0.1", "10.0.0.1:80"),
            (b"\xff", "\\xff:80"),
        ],
    )
    def test_its_repr_has_the_name_as_on_the_wire(self, host: str | bytes, shown: str) -> None:
        endpoint = endpoints.HostnameEndpoint(MemoryReactorClock(), host, 80)
        assert repr(endpoint) == f"<HostnameEndpoint {shown}>"

    @pytest.mark.parametrize("host", [b"\xff", "", "a..b", "x" * 64 + "\N{LATIN SMALL LETTER SHARP S}"])
    def test_an_impossible_name_is_an_error_of_connect_not_of_making_it(self, host: str | bytes) -> None:
        [failure] = results_of(endpoints.HostnameEndpoint(MemoryReactorClock(), host, 80).connect(Quiet()))
        assert type(failure) is ValueError
        assert str(failure).startswith("invalid hostname: ")

    def test_a_reactor_without_resolver_is_warned_of_and_getaddrinfo_asked(self) -> None:
        class Old:
            seconds = MemoryReactorClock().seconds

        with pytest.warns(DeprecationWarning, match="IReactorPluggableNameResolver") as seen:
            endpoint = endpoints.HostnameEndpoint(Old(), "h", 80)
        assert seen[0].filename == __file__
        endpoint._deferToThread = lambda f, *args: succeed([])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns again as it connects
            [failure] = results_of(endpoint.connect(Quiet()))
        assert type(failure) is error.DNSLookupError


class TestAroundOthers:
    def test_connect_protocol_connects_the_protocol_given(self) -> None:
        memory = MemoryReactorClock()
        protocol = Protocol()
        results = results_of(endpoints.connectProtocol(CLIENTS[0](memory), protocol))
        answer(memory, 0)
        assert results == [protocol]

    def test_a_descriptor_is_adopted_once_and_closed(self) -> None:
        memory = MemoryReactorClock()
        read_end, write_end = os.pipe()
        try:
            endpoint = endpoints.AdoptedStreamServerEndpoint(memory, write_end, socket.AF_INET)
            factory = Quiet()
            endpoint.listen(factory)
            assert memory.adoptedPorts == [(write_end, socket.AF_INET, factory)]
            with pytest.raises(OSError, match="Bad file descriptor"):
                os.fstat(write_end)
            [failure] = results_of(endpoint.listen(factory))
            assert type(failure) is error.AlreadyListened
        finally:
            os.close(read_end)


class FakeProcesses:
    """A reactor that notes which children it should start."""

    def __init__(self) -> None:
        self.spawned: list[Any] = []

    def spawnProcess(self, *args: Any) -> None:
        self.spawned.append(args)


class TestProcesses:
    def test_the_child_is_started_with_every_argument(self) -> None:
        processes = FakeProcesses()
        endpoint = endpoints.ProcessEndpoint(processes, "/bin/x", ("x",), {"A": "b"}, "/", 1, 2, 3, {1: "r"})
        [protocol] = results_of(endpoint.connect(Quiet()))
        [(child, *rest)] = processes.spawned
        assert child.protocol is protocol
        assert rest == ["/bin/x", ("x",), {"A": "b"}, "/", 1, 2, 3, {1: "r"}]

    def test_output_is_data_and_the_end_is_the_connections(self) -> None:
        processes = FakeProcesses()
        [protocol] = results_of(endpoints.ProcessEndpoint(processes, "/bin/x").connect(Quiet()))
        seen: list[Any] = []
        protocol.dataReceived = seen.append
        protocol.connectionLost = lambda reason: seen.append(reason.type)
        child = processes.spawned[0][0]
        child.makeConnection(StringTransport())
        child.childDataReceived(1, b"out")
        child.childDataReceived(3, b"dropped")
        child.processEnded(Failure(error.ProcessDone(0)))
        child.processEnded(Failure(error.ProcessTerminated(1)))
        assert seen == [b"out", error.ConnectionDone, error.ProcessTerminated]

    def test_no_child_is_started_for_a_factory_that_refuses(self) -> None:
        class Refusing(Quiet):
            def buildProtocol(self, addr: object) -> None:
                return None

        processes = FakeProcesses()
        [failure] = results_of(endpoints.ProcessEndpoint(processes, "/bin/x").connect(Refusing()))
        assert (type(failure), processes.spawned) == (error.NoProtocol, [])


class TestLoopback:
    @pytest.mark.asyncio
    async def test_endpoints_are_awaited_by_tasks_and_connect_for_real(self) -> None:
        heard: Deferred[bytes] = Deferred()

        class Hearing(Protocol):
            def dataReceived(self, data: bytes) -> None:
                heard.callback(data)
                self.transport.loseConnection()

        server = endpoints.serverFromString(reactor, "tcp:0:interface=127.0.0.1")
        port = await server.listen(Quiet.forProtocol(Hearing))
        try:
            number = port.getHost().port
            client = endpoints.HostnameEndpoint(reactor, "127.0.0.1", number)
            lost: Deferred[None] = Deferred()
            protocol = Protocol()
            protocol.connectionLost = lambda reason=None: lost.callback(None)  # type: ignore[method-assign]
            async with asyncio.timeout(10):
                connected = await endpoints.connectProtocol(client, protocol)
                connected.transport.write(b"hello")
                assert await heard == b"hello"
                await lost
        finally:
            await port.stopListening()

    @pytest.mark.asyncio
    async def test_a_refused_connection_raises_in_the_task(self) -> None:
        with socket.socket() as bound:
            bound.bind(("127.0.0.1", 0))  # bound, and not listening: whoever connects is refused
            endpoint = endpoints.clientFromString(reactor, f"tcp:127.0.0.1:{bound.getsockname()[1]}")
            with pytest.raises(error.ConnectionRefusedError):
                await endpoint.connect(Quiet())

    @pytest.mark.asyncio
    async def test_a_timeout_of_the_task_cancels_the_attempt(self) -> None:
        _memory, endpoint = hostname(None)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await endpoint.connect(Quiet())
