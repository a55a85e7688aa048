"""listenTCP and connectTCP: ports, connectors, and the exact order of what they call."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest
from zope.interface import implementer

from transport_suite.parts import Recorder, turns
from txloop.internet import defer, error, interfaces, protocol, reactor
from txloop.internet.address import IPv4Address, IPv6Address
from txloop.internet.tcp import makeBinding

pytestmark = pytest.mark.asyncio


class Told(protocol.ClientFactory):
    """A factory that writes down what it and its protocols are told."""

    noisy = False
    again = 0

    def __init__(self, answer: Any = Recorder) -> None:
        self.events: list[str] = []
        self.reasons: list[BaseException] = []
        self.ended = asyncio.Event()
        self.made: list[Any] = []
        self._answer = answer

    def doStart(self) -> None:
        self.events.append("doStart")

    def doStop(self) -> None:
        self.events.append("doStop")
        self.ended.set()

    def startedConnecting(self, connector: Any) -> None:
        self.events.append(f"started {connector.state}")

    def buildProtocol(self, addr: Any) -> Any:
        self.events.append("build")
        if self._answer is None:
            return None
        factory = self

        class Tells(self._answer):  # type: ignore[misc, name-defined]
            def connectionMade(self) -> None:
                factory.events.append("made")
                super().connectionMade()

            def connectionLost(self, reason: Any = None) -> None:
                factory.events.append("lost")
                super().connectionLost(reason)

        self.made.append(Tells())
        return self.made[-1]

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        self.events.append(f"failed {connector.state}")
        self.reasons.append(reason.value)
        self._perhaps_again(connector)

    def clientConnectionLost(self, connector: Any, reason: Any) -> None:
        self.events.append(f"client lost {connector.state}")
        self.reasons.append(reason.value)
        self._perhaps_again(connector)

    def _perhaps_again(self, connector: Any) -> None:
        if self.again:
            self.again -= 1
            connector.connect()

    async def end(self) -> None:
        async with asyncio.timeout(10):
            await self.ended.wait()


def listen(factory: Any = None, **options: Any) -> Any:
    """A port on loopback."""
    if factory is None:
        factory = Told()
    return reactor.listenTCP(0, factory, **{"interface": "127.0.0.1", **options})


def free_port() -> int:
    """A number nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


# ---- ports ------------------------------------------------------------------------------


async def test_a_port_in_use_is_refused_in_the_call_with_interface_and_port() -> None:
    port = listen()
    number = port.getHost().port
    with pytest.raises(error.CannotListenError) as refused:
        reactor.listenTCP(number, Told(), interface="127.0.0.1")
    assert (refused.value.interface, refused.value.port) == ("127.0.0.1", number)
    assert str(refused.value).startswith(f"Couldn't listen on 127.0.0.1:{number}: [Errno")
    await port.stopListening()


async def test_an_interface_that_is_not_ours_is_refused_in_the_call() -> None:
    for interface in ("192.0.2.1", "300.1.1.1", "::2"):
        with pytest.raises(error.CannotListenError):
            listen(interface=interface)


@pytest.mark.parametrize("interface", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("number", [70_000, -1])
async def test_a_port_number_that_is_none_is_refused_in_the_call(number: int, interface: str) -> None:
    """Not taken modulo 65536, as getaddrinfo() takes it."""
    for open_port, of_what in (
        (reactor.listenTCP, Told()),
        (reactor.listenUDP, protocol.DatagramProtocol()),
    ):
        with pytest.raises(OverflowError, match="0-65535"):
            open_port(number, of_what, interface=interface)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("host", "number", "expected"),
    [
        ("127.0.0.1", 70_000, OverflowError),
        ("127.0.0.1", -1, OverflowError),
        ("::1", 70_000, OverflowError),
        ("::1", -1, socket.gaierror),
    ],
)
async def test_a_port_number_that_is_none_fails_the_attempt(
    host: str, number: int, expected: type[Exception]
) -> None:
    factory = Told()
    reactor.connectTCP(host, number, factory)
    await factory.end()
    assert [type(reason) for reason in factory.reasons] == [expected]


async def test_stop_listening_fires_after_the_factory_has_stopped_and_then_returns_none() -> None:
    factory = Told()
    port = listen(factory)
    first, second = port.stopListening(), port.stopListening()
    assert factory.events == ["doStart"]
    assert await first is None
    assert await second is None
    assert factory.events == ["doStart", "doStop"]
    assert port.stopListening() is None
    assert repr(port).endswith("(not listening)>")
    with pytest.raises(AttributeError):
        port.getHost()


async def test_listen_and_stop_in_one_turn_accepts_nothing_and_leaves_no_task() -> None:
    factory = Told()
    tasks = asyncio.all_tasks()
    port = listen(factory)
    client = socket.create_connection(("127.0.0.1", port.getHost().port))
    stopped = port.stopListening()
    assert asyncio.all_tasks() == tasks
    await stopped
    await turns(10)
    client.close()
    assert "build" not in factory.events


async def test_a_stopped_port_listens_again() -> None:
    factory = Told()
    port = listen(factory)
    await port.stopListening()
    port.startListening()
    with socket.create_connection(("127.0.0.1", port.getHost().port)):
        async with asyncio.timeout(10):
            while "made" not in factory.events:
                await asyncio.sleep(0)
    await factory.made[0].lost()
    await port.stopListening()
    assert factory.events == ["doStart", "doStop", "doStart", "build", "made", "lost", "doStop"]


async def test_the_number_is_free_when_the_deferred_fires() -> None:
    """In the callback itself: txredisapi's tests listen there again."""
    first = listen(Told())
    number = first.getHost().port
    again: defer.Deferred[Any] = first.stopListening()
    again.addCallback(lambda _: reactor.listenTCP(number, Told(), interface="127.0.0.1"))
    second = await again
    assert second.getHost().port == number
    await second.stopListening()


async def test_a_paused_port_lets_connections_wait_and_accepts_them_when_resumed() -> None:
    """Source: Twisted 26.10; tubes pauses ports so."""
    factory = Told()
    port = listen(factory)
    number = port.getHost().port
    _, first = await asyncio.open_connection("127.0.0.1", number)
    async with asyncio.timeout(10):
        while not factory.made:
            await asyncio.sleep(0)
    for _ in range(2):  # again after a resume
        made = len(factory.made)
        port.pauseProducing()
        port.pauseProducing()
        assert port not in reactor.getReaders()
        _, waiting = await asyncio.open_connection("127.0.0.1", number)
        await turns(50)
        assert len(factory.made) == made
        assert port.getHost().port == number
        port.resumeProducing()
        async with asyncio.timeout(10):
            while len(factory.made) == made:
                await asyncio.sleep(0)
        waiting.close()
    assert port in reactor.getReaders()
    first.close()
    await port.stopListening()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", number)


async def test_a_port_paused_before_it_accepts_and_stopped_while_paused_leaves_nothing() -> None:
    port = listen(Told())
    port.pauseProducing()
    await turns(5)
    await port.stopListening()
    assert port.resumeProducing() is None  # type: ignore[func-returns-value]


async def test_what_do_stop_raises_fails_the_deferred() -> None:
    class Bad(Told):
        def doStop(self) -> None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await listen(Bad()).stopListening()


async def test_a_factory_that_builds_none_closes_the_connection() -> None:
    factory = Told(answer=None)
    port = listen(factory)
    reader, writer = await asyncio.open_connection("127.0.0.1", port.getHost().port)
    assert await reader.read() == b""
    assert port.sessionno == 0
    writer.close()
    await port.stopListening()


async def test_the_backlog_is_kept() -> None:
    """create_server listens again, with 100, if it is not told."""
    port = listen(backlog=1)
    clients = []
    for _ in range(10):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(("127.0.0.1", port.getHost().port))
        clients.append(client)
    # The queue of the system holds backlog + 1: TCP_INFO's tcpi_state says who is connected.
    established = [c.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == 1 for c in clients]
    assert sum(established) == 2
    for client in clients:
        client.close()
    await port.stopListening()


async def test_ipv6_is_chosen_by_the_interface() -> None:
    port = listen(interface="::1")
    host = port.getHost()
    assert isinstance(host, IPv6Address)
    factory = Told()
    connector = reactor.connectTCP("::1", host.port, factory)
    assert connector.getDestination() == IPv6Address("TCP", "::1", host.port)
    await turns(3)
    async with asyncio.timeout(10):
        while not factory.made:
            await asyncio.sleep(0)
    assert factory.made[0].transport.getPeer().host == "::1"
    assert factory.made[0].transport.getTcpNoDelay() is True, "clients wait for no acknowledgement either"
    connector.disconnect()
    await factory.end()
    await port.factory.made[0].lost()
    await port.stopListening()


async def test_a_binding_may_be_given_for_a_port() -> None:
    binding = makeBinding(interface="127.0.0.1", port=0, reusePort=True)
    first = reactor.listenTCP(binding, Told())
    second = reactor.listenTCP(
        makeBinding(interface="127.0.0.1", port=first.getHost().port, reusePort=True), Told()
    )
    assert first.getHost() == second.getHost()
    with pytest.raises(ValueError, match="Inconsistent interface"):
        reactor.listenTCP(binding, Told(), interface="127.0.0.2")
    await first.stopListening()
    await second.stopListening()


# ---- connectors ---------------------------------------------------------------------------


async def test_the_order_of_calls_of_a_connection_that_comes_and_goes() -> None:
    port, factory = listen(), Told()
    connector = reactor.connectTCP("127.0.0.1", port.getHost().port, factory)
    assert (connector.state, factory.events) == ("connecting", ["doStart", "started connecting"])
    async with asyncio.timeout(10):
        while not factory.made:
            await asyncio.sleep(0)
    assert connector.state == "connected"
    assert connector.transport is factory.made[0].transport
    with pytest.raises(RuntimeError, match="can't connect in this state"):
        connector.connect()
    with pytest.raises(error.NotConnectingError):
        connector.stopConnecting()
    connector.disconnect()
    await factory.end()
    assert factory.events[2:] == ["build", "made", "lost", "client lost disconnected", "doStop"]
    assert type(factory.reasons[0]) is error.ConnectionDone
    await port.factory.made[0].lost()
    await port.stopListening()


async def test_refused() -> None:
    factory = Told()
    reactor.connectTCP("127.0.0.1", free_port(), factory)
    await factory.end()
    assert factory.events == ["doStart", "started connecting", "failed disconnected", "doStop"]
    assert type(factory.reasons[0]) is error.ConnectionRefusedError
    assert "111: Connection refused" in str(factory.reasons[0])


async def test_stop_connecting_tells_the_factory_before_it_returns() -> None:
    port, factory = listen(), Told()
    connector = reactor.connectTCP("127.0.0.1", port.getHost().port, factory)
    connector.stopConnecting()
    assert factory.events == ["doStart", "started connecting", "failed disconnected", "doStop"]
    assert type(factory.reasons[0]) is error.UserError
    await turns(20)
    assert len(factory.events) == 4
    for late in port.factory.made:
        await late.lost()
    await port.stopListening()


async def test_the_timeout_covers_the_name_and_fails_the_attempt() -> None:
    @implementer(interfaces.IResolverSimple)
    class Never:
        asked: list[str] = []  # noqa: RUF012

        def getHostByName(self, name: str, timeout: Any = None) -> Any:
            self.asked.append(name)
            return defer.Deferred()

    old = reactor.installResolver(Never())
    try:
        factory = Told()
        reactor.connectTCP("slow.example", 80, factory, timeout=0.01)
        await factory.end()
    finally:
        reactor.installResolver(old)
    assert Never.asked == ["slow.example"]
    assert type(factory.reasons[0]) is error.TimeoutError


async def test_an_unknown_host_is_a_dns_lookup_error() -> None:
    @implementer(interfaces.IResolverSimple)
    class Unknown:
        def getHostByName(self, name: str, timeout: Any = None) -> Any:
            return defer.fail(error.DNSLookupError(f"no {name}"))

    old = reactor.installResolver(Unknown())
    try:
        factory = Told()
        reactor.connectTCP("unknown.example", 80, factory)
        await factory.end()
    finally:
        reactor.installResolver(old)
    assert type(factory.reasons[0]) is error.DNSLookupError


async def test_connecting_again_from_either_callback_keeps_the_factory_started() -> None:
    class Hangs(Recorder):
        def connectionMade(self) -> None:
            super().connectionMade()
            self.transport.loseConnection()

    port, factory = listen(Told(Hangs)), Told()
    factory.again = 2
    reactor.connectTCP("127.0.0.1", port.getHost().port, factory)
    await factory.end()
    one = ["started connecting", "build", "made", "lost", "client lost disconnected"]
    assert factory.events == ["doStart", *one, *one, *one, "doStop"]
    failing = Told()
    failing.again = 1
    reactor.connectTCP("127.0.0.1", free_port(), failing)
    await failing.end()
    assert failing.events == ["doStart", *["started connecting", "failed disconnected"] * 2, "doStop"]
    for served in port.factory.made:
        await served.lost()
    await port.stopListening()


async def test_bind_address_is_used_and_a_bad_one_is_told() -> None:
    port, factory = listen(), Told()
    reactor.connectTCP("127.0.0.1", port.getHost().port, factory, bindAddress=("127.0.0.2", 0))
    async with asyncio.timeout(10):
        while not port.factory.made or not factory.made:
            await asyncio.sleep(0)
    assert port.factory.made[0].transport.getPeer().host == "127.0.0.2"
    factory.made[0].transport.loseConnection()
    await factory.end()
    await port.factory.made[0].lost()
    bad = Told()
    reactor.connectTCP("127.0.0.1", port.getHost().port, bad, bindAddress=("192.0.2.1", 0))
    assert bad.reasons == []
    await bad.end()
    assert type(bad.reasons[0]) is error.ConnectBindError
    await port.stopListening()


async def test_a_client_factory_that_builds_none_has_lost_its_connection() -> None:
    port, factory = listen(), Told(answer=None)
    reactor.connectTCP("127.0.0.1", port.getHost().port, factory)
    await factory.end()
    assert factory.events[2:] == ["build", "client lost disconnected", "doStop"]
    async with asyncio.timeout(10):
        while not port.factory.made:
            await asyncio.sleep(0)
    await port.factory.made[0].lost()
    await port.stopListening()


async def test_a_client_factory_that_raises_has_failed_to_connect(flush_logged_errors: Any) -> None:
    class Bad(Told):
        def buildProtocol(self, addr: Any) -> Any:
            raise ZeroDivisionError

    port, factory = listen(), Bad()
    reactor.connectTCP("127.0.0.1", port.getHost().port, factory)
    await factory.end()
    assert factory.events[2:] == ["failed disconnected", "doStop"]
    assert len(flush_logged_errors(ZeroDivisionError)) == 1
    async with asyncio.timeout(10):
        while not port.factory.made:
            await asyncio.sleep(0)
    await port.factory.made[0].lost()
    await port.stopListening()


async def test_a_service_name_is_a_port_and_an_unknown_one_is_refused_in_the_call() -> None:
    factory = Told()
    connector = reactor.connectTCP("127.0.0.1", "http", factory)
    assert connector.getDestination() == IPv4Address("TCP", "127.0.0.1", 80)
    connector.stopConnecting()
    with pytest.raises(error.ServiceNameUnknownError):
        reactor.connectTCP("127.0.0.1", "no-such-service", factory)


async def test_out_of_descriptors_the_port_goes_on_afterwards() -> None:
    """asyncio pauses for a second and tells the loop's handler; libuv closes such connections."""
    import resource

    loop = asyncio.get_running_loop()
    told: list[Any] = []
    loop.set_exception_handler(lambda loop, context: told.append(context))
    port = listen()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    waiting = socket.socket()
    number = port.getHost().port
    await turns(3)
    resource.setrlimit(resource.RLIMIT_NOFILE, (waiting.fileno() + 1, hard))
    try:
        filled = []
        try:
            while True:
                filled.append(socket.socket())
        except OSError:
            pass
        waiting.connect(("127.0.0.1", number))
        await asyncio.sleep(0.05)
    finally:
        for one in filled:
            one.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    waiting.close()
    with socket.create_connection(("127.0.0.1", number)):
        async with asyncio.timeout(10):
            while not any("made" in recorder.events for recorder in port.factory.made):
                await asyncio.sleep(0.01)
    for served in port.factory.made:
        await served.lost()
    await port.stopListening()
