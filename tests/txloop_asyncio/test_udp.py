"""UDP ports: real datagrams over the loopback interface."""

from __future__ import annotations

import asyncio
import contextvars
import socket
import sys
from collections.abc import Callable
from typing import Any

import pytest

from txloop import AsyncioReactor
from txloop.internet import error, interfaces, protocol, reactor, udp
from txloop.internet.address import IPv4Address, IPv6Address
from txloop.logger import globalLogPublisher

Flush = Callable[..., list[Any]]

LOCALHOST = {"IPv4": "127.0.0.1", "IPv6": "::1"}


class Recorder(protocol.DatagramProtocol):
    """Notes what happens; a bytes answer is sent back."""

    noisy = False
    answer: bytes | None = None

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.arrived = asyncio.Event()

    def startProtocol(self) -> None:
        self.seen.append("start")

    def stopProtocol(self) -> None:
        self.seen.append("stop")

    def datagramReceived(self, datagram: bytes, addr: tuple[str, int]) -> None:
        self.seen.append((datagram, addr))
        if self.answer is not None:
            self.transport.write(self.answer, addr)
        self.arrived.set()

    def connectionRefused(self) -> None:
        self.seen.append("refused")
        self.arrived.set()

    async def next_one(self) -> Any:
        async with asyncio.timeout(5):
            await self.arrived.wait()
        self.arrived.clear()
        return self.seen[-1]


def address_of(port: Any) -> tuple[str, int]:
    return port.getHost().host, port.getHost().port


class TestOpening:
    @pytest.mark.asyncio
    async def test_start_protocol_runs_inside_listen_udp_and_may_write(self) -> None:
        class Eager(Recorder):
            def startProtocol(self) -> None:
                self.transport.write(b"to myself", address_of(self.transport))

        eager = Eager()
        port = reactor.listenUDP(0, eager, interface="127.0.0.1")
        assert eager.transport is port
        assert await eager.next_one() == (b"to myself", address_of(port))
        await port.stopListening()

    def test_one_opened_before_the_loop_runs_gets_what_came_meanwhile(self, loop_name: str) -> None:
        own = AsyncioReactor()
        recorder = Recorder()
        port = own.listenUDP(0, recorder, interface="127.0.0.1")
        port.write(b"early", address_of(port))
        recorder.datagramReceived = lambda *datagram: own.stop()  # type: ignore[method-assign]
        own.callLater(5, own.crash)
        own.run()
        assert recorder.seen == ["start", "stop"]
        own.getDelayedCalls()[0].cancel()

    @pytest.mark.asyncio
    @pytest.mark.parametrize("family", LOCALHOST)
    async def test_it_says_where_it_listens_and_provides_twisteds_interfaces(self, family: str) -> None:
        port = reactor.listenUDP(0, Recorder(), interface=LOCALHOST[family])
        host = port.getHost()
        assert isinstance(host, {"IPv4": IPv4Address, "IPv6": IPv6Address}[family])
        assert (host.type, host.host) == ("UDP", LOCALHOST[family])
        assert isinstance(port, udp.Port)
        assert interfaces.IListeningPort.providedBy(port)
        assert interfaces.IUDPTransport.providedBy(port)
        assert repr(port) == f"<{Recorder} on {host.port}>"
        assert port.logPrefix() == "Recorder (UDP)"
        await port.stopListening()
        assert repr(port) == f"<{Recorder} not connected>"
        assert port.fileno() == -1

    @pytest.mark.asyncio
    async def test_a_taken_port_is_refused_in_the_call_and_the_first_goes_on(self) -> None:
        recorder = Recorder()
        port = reactor.listenUDP(0, recorder, interface="127.0.0.1")
        await asyncio.sleep(0)  # libuv would have let others in by now
        with pytest.raises(error.CannotListenError, match="Address already in use") as caught:
            reactor.listenUDP(port.port or port.getHost().port, Recorder(), interface="127.0.0.1")
        assert isinstance(caught.value.__cause__, OSError)
        rival = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        rival.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with rival, pytest.raises(OSError, match="in use"):
            rival.bind(address_of(port))
        port.write(b"x", address_of(port))
        await recorder.next_one()
        await port.stopListening()

    @pytest.mark.asyncio
    async def test_an_interface_that_is_no_ip_address_is_refused(self) -> None:
        with pytest.raises(error.InvalidAddressError, match="not an IPv4 or IPv6 address"):
            reactor.listenUDP(0, Recorder(), interface="localhost")

    @pytest.mark.asyncio
    async def test_a_start_protocol_that_raises_leaves_no_port(self) -> None:
        class Broken(Recorder):
            def startProtocol(self) -> None:
                raise KeyError("start")

        with pytest.raises(KeyError):
            reactor.listenUDP(0, Broken())
        assert reactor.snapshot()["ports"] == []

    @pytest.mark.asyncio
    async def test_the_log_says_what_twisted_says(self) -> None:
        texts: list[str] = []

        def observer(event: Any) -> None:
            texts.append(event.get("log_text") or event.get("log_format"))

        recorder = Recorder()
        recorder.noisy = True  # type: ignore[misc]
        globalLogPublisher.addObserver(observer)
        try:
            port = reactor.listenUDP(0, recorder)
            number = port.getHost().port
            await port.stopListening()
        finally:
            globalLogPublisher.removeObserver(observer)
        assert texts == [
            f"Recorder starting on {number}",
            f"Starting protocol {recorder!r}",
            f"(UDP Port {number} Closed)",
            f"Stopping protocol {recorder!r}",
        ]


class TestReceiving:
    @pytest.mark.asyncio
    @pytest.mark.parametrize("family", LOCALHOST)
    async def test_the_address_that_comes_with_a_datagram_can_be_answered(self, family: str) -> None:
        server, client = Recorder(), Recorder()
        server.answer = b"pong"
        one = reactor.listenUDP(0, server, interface=LOCALHOST[family])
        other = reactor.listenUDP(0, client, interface=LOCALHOST[family])
        other.write(b"ping", address_of(one))
        assert await client.next_one() == (b"pong", address_of(one))
        assert server.seen[-1] == (b"ping", address_of(other))
        await one.stopListening()
        await other.stopListening()

    @pytest.mark.asyncio
    async def test_a_plain_socket_is_a_peer_and_an_empty_datagram_is_one(self) -> None:
        recorder = Recorder()
        recorder.answer = b"answer"
        port = reactor.listenUDP(0, recorder, interface="127.0.0.1")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(5)
            client.sendto(b"", address_of(port))
            assert (await recorder.next_one())[0] == b""
            assert client.recvfrom(100) == (b"answer", address_of(port))
        await port.stopListening()

    @pytest.mark.asyncio
    async def test_of_a_datagram_longer_than_max_packet_size_the_rest_is_dropped(self) -> None:
        recorder = Recorder()
        port = reactor.listenUDP(0, recorder, interface="127.0.0.1", maxPacketSize=4)
        port.write(b"123456", address_of(port))
        assert (await recorder.next_one())[0] == b"1234"
        await port.stopListening()

    @pytest.mark.asyncio
    async def test_a_protocol_that_raises_is_logged_and_the_port_goes_on(
        self, flush_logged_errors: Flush
    ) -> None:
        class Broken(Recorder):
            def datagramReceived(self, datagram: bytes, addr: Any) -> None:
                super().datagramReceived(datagram, addr)
                raise ValueError("bug")

        broken = Broken()
        port = reactor.listenUDP(0, broken, interface="127.0.0.1")
        for _ in range(2):
            port.write(b"x", address_of(port))
            await broken.next_one()
        assert [failure.type for failure in flush_logged_errors()] == [ValueError, ValueError]
        await port.stopListening()

    @pytest.mark.asyncio
    async def test_paused_means_silent_and_nothing_is_lost_meanwhile(self) -> None:
        recorder = Recorder()
        port = reactor.listenUDP(0, recorder, interface="127.0.0.1")
        await asyncio.sleep(0)
        port.pauseProducing()
        port.write(b"held", address_of(port))
        for _ in range(5):
            await asyncio.sleep(0)
        assert recorder.seen == ["start"]
        assert port not in reactor.getReaders()
        port.resumeProducing()
        assert port in reactor.getReaders()
        assert (await recorder.next_one())[0] == b"held"
        await port.stopListening()

    @pytest.mark.asyncio
    async def test_datagrams_arrive_in_the_context_of_listen_udp(self) -> None:
        who: contextvars.ContextVar[str] = contextvars.ContextVar("who", default="nobody")
        seen: list[str] = []

        class Asks(Recorder):
            def datagramReceived(self, datagram: bytes, addr: Any) -> None:
                seen.append(who.get())
                super().datagramReceived(datagram, addr)

        asks = Asks()
        who.set("listener")
        port = reactor.listenUDP(0, asks, interface="127.0.0.1")
        who.set("writer")
        port.write(b"x", address_of(port))
        await asks.next_one()
        assert seen == ["listener"]
        await port.stopListening()


class TestWriting:
    @pytest.mark.asyncio
    async def test_write_itself_raises_what_is_wrong(self) -> None:
        port = reactor.listenUDP(0, Recorder(), interface="127.0.0.1")
        here = address_of(port)
        with pytest.raises(error.MessageLengthError):
            port.write(b"x" * 100_000, here)
        with pytest.raises(error.InvalidAddressError, match="not hostnames"):
            port.write(b"x", ("localhost", here[1]))
        with pytest.raises(error.InvalidAddressError, match="IPv4 port"):
            port.write(b"x", ("::1", here[1]))
        with pytest.raises(AssertionError):
            port.write(b"x")
        with pytest.raises(TypeError, match="bytes-like"):
            port.write("x", here)
        with pytest.raises(PermissionError):
            port.write(b"x", ("<broadcast>", here[1]))
        with pytest.raises(OverflowError):
            port.write(b"x", ("127.0.0.1", 70_000))
        await port.stopListening()

    @pytest.mark.asyncio
    async def test_an_ipv6_port_refuses_ipv4(self) -> None:
        port = reactor.listenUDP(0, Recorder(), interface="::1")
        for host in ("127.0.0.1", "<broadcast>"):
            with pytest.raises(error.InvalidAddressError, match="IPv6 port"):
                port.write(b"x", (host, 1))
        await port.stopListening()

    @pytest.mark.asyncio
    async def test_a_sequence_is_one_datagram(self) -> None:
        recorder = Recorder()
        port = reactor.listenUDP(0, recorder, interface="127.0.0.1")
        port.writeSequence([b"a", b"b"], address_of(port))
        assert (await recorder.next_one())[0] == b"ab"
        await port.stopListening()

    @pytest.mark.asyncio
    async def test_broadcast_is_allowed_on_request(self) -> None:
        port = reactor.listenUDP(0, Recorder())
        assert not port.getBroadcastAllowed()
        port.setBroadcastAllowed(True)
        assert port.getBroadcastAllowed()
        await port.stopListening()


class TestConnected:
    @pytest.mark.asyncio
    async def test_it_needs_no_address_and_hears_nobody_else(self) -> None:
        server, client, stranger = Recorder(), Recorder(), Recorder()
        server.answer = b"pong"
        ports = [reactor.listenUDP(0, each, interface="127.0.0.1") for each in (server, client, stranger)]
        ports[1].connect(*address_of(ports[0]))
        ports[2].write(b"psst", address_of(ports[1]))
        ports[1].write(b"ping")
        assert await client.next_one() == (b"pong", address_of(ports[0]))
        assert client.seen == ["start", (b"pong", address_of(ports[0]))]
        ports[1].write(b"ping", address_of(ports[0]))
        with pytest.raises(AssertionError):
            ports[1].write(b"x", address_of(ports[2]))
        with pytest.raises(RuntimeError, match="already connected"):
            ports[1].connect("127.0.0.1", 1)
        await client.next_one()
        for port in ports:
            await port.stopListening()

    @pytest.mark.asyncio
    async def test_a_peer_that_does_not_listen_is_told_by_connection_refused(self) -> None:
        recorder = Recorder()
        port = reactor.listenUDP(0, recorder, interface="127.0.0.1")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed:
            closed.bind(("127.0.0.1", 0))
            nobody = closed.getsockname()
        port.connect(*nobody)
        port.write(b"anybody?")
        assert await recorder.next_one() == "refused"
        await port.stopListening()

    @pytest.mark.asyncio
    async def test_connect_takes_no_names(self) -> None:
        port = reactor.listenUDP(0, Recorder(), interface="127.0.0.1")
        with pytest.raises(error.InvalidAddressError):
            port.connect("localhost", 1)
        await port.stopListening()


class TestStopping:
    @pytest.mark.asyncio
    async def test_every_deferred_fires_once_the_number_is_free_again(self) -> None:
        recorder = Recorder()
        port = reactor.listenUDP(0, recorder, interface="127.0.0.1")
        host, number = address_of(port)
        first, second = port.stopListening(), port.stopListening()
        assert recorder.seen == ["start"]
        await first
        assert recorder.seen == ["start", "stop"]
        again = reactor.listenUDP(number, Recorder(), interface=host)
        await second
        assert port.stopListening() is None
        await again.stopListening()

    @pytest.mark.asyncio
    async def test_it_may_listen_again(self) -> None:
        recorder = Recorder()
        port = reactor.listenUDP(0, recorder, interface="127.0.0.1")
        await port.stopListening()
        port.startListening()
        port.write(b"again", address_of(port))
        assert (await recorder.next_one())[0] == b"again"
        await port.stopListening()

    @pytest.mark.asyncio
    async def test_what_stop_protocol_raises_is_the_deferreds(self) -> None:
        class Broken(Recorder):
            def stopProtocol(self) -> None:
                raise KeyError("stop")

        port = reactor.listenUDP(0, Broken())
        with pytest.raises(KeyError):
            await port.stopListening()
        assert not port.connected

    @pytest.mark.asyncio
    async def test_lose_connection_is_deprecated(self) -> None:
        recorder = Recorder()
        port = reactor.listenUDP(0, recorder)
        with pytest.warns(DeprecationWarning, match="stopListening"):
            port.loseConnection()
        await port.stopListening()

    def test_the_reactors_end_stops_it(self, loop_name: str) -> None:
        own = AsyncioReactor()
        recorder = Recorder()
        own.listenUDP(0, recorder)
        own.callWhenRunning(own.stop)
        own.run()
        assert recorder.seen == ["start", "stop"]


GROUPS = {"IPv4": "224.0.0.250", "IPv6": "ff02::1:5"}


class TestMulticast:
    @pytest.mark.asyncio
    @pytest.mark.parametrize("family", GROUPS)
    async def test_options_are_read_back(self, family: str) -> None:
        port = reactor.listenMulticast(0, Recorder(), interface={"IPv4": "", "IPv6": "::"}[family])
        assert interfaces.IMulticastTransport.providedBy(port)
        assert (port.getLoopbackMode(), port.getTTL()) == (True, 1)
        port.setLoopbackMode(0)
        port.setTTL(5)
        assert (port.getLoopbackMode(), port.getTTL()) == (False, 5)
        if family == "IPv4":
            assert port.getOutgoingInterface() == "0.0.0.0"
            assert await port.setOutgoingInterface("127.0.0.1") == 1
            assert port.getOutgoingInterface() == "127.0.0.1"
        else:
            assert port.getOutgoingInterface() == 0
            await port.setOutgoingInterface(1)
            assert port.getOutgoingInterface() == 1
        await port.stopListening()

    @pytest.mark.asyncio
    async def test_members_hear_the_group_until_they_leave_it(self) -> None:
        member, sender = Recorder(), Recorder()
        ports = [reactor.listenMulticast(0, each) for each in (member, sender)]
        group = (GROUPS["IPv4"], ports[0].getHost().port)
        await ports[0].joinGroup(group[0], "127.0.0.1")
        await ports[1].setOutgoingInterface("127.0.0.1")
        ports[1].write(b"all", group)
        assert (await member.next_one())[0] == b"all"
        await ports[0].leaveGroup(group[0], "127.0.0.1")
        ports[1].write(b"nobody", group)
        ports[1].write(b"you", ("127.0.0.1", group[1]))
        assert (await member.next_one())[0] == b"you"
        for port in ports:
            await port.stopListening()

    @pytest.mark.asyncio
    @pytest.mark.parametrize("family", GROUPS)
    async def test_what_is_no_group_or_of_the_other_family_fails(self, family: str) -> None:
        port = reactor.listenMulticast(0, Recorder(), interface={"IPv4": "", "IPv6": "::"}[family])
        other = GROUPS["IPv6" if family == "IPv4" else "IPv4"]
        for group, interface in ((LOCALHOST[family], ""), (other, ""), (GROUPS[family], other)):
            with pytest.raises(error.MulticastJoinError):
                await port.joinGroup(group, interface)
        with pytest.raises(error.MulticastJoinError):
            await port.leaveGroup(GROUPS[family])  # never joined
        await port.stopListening()

    @pytest.mark.asyncio
    async def test_listen_multiple_shares_a_port_and_plain_ones_do_not(self) -> None:
        first = reactor.listenMulticast(0, Recorder(), listenMultiple=True)
        second = reactor.listenMulticast(first.getHost().port, Recorder(), listenMultiple=True)
        with pytest.raises(error.CannotListenError):
            reactor.listenMulticast(first.getHost().port, Recorder())
        await first.stopListening()
        await second.stopListening()


class TestAdopting:
    @pytest.mark.asyncio
    @pytest.mark.parametrize("family", LOCALHOST)
    async def test_a_bound_socket_is_served_from_a_copy(self, family: str) -> None:
        kind = {"IPv4": socket.AF_INET, "IPv6": socket.AF_INET6}[family]
        recorder = Recorder()
        with socket.socket(kind, socket.SOCK_DGRAM) as bound:
            bound.bind((LOCALHOST[family], 0))
            here = bound.getsockname()[:2]
            port = reactor.adoptDatagramPort(bound.fileno(), kind, recorder)
        assert address_of(port) == here
        port.write(b"x", here)
        assert await recorder.next_one() == (b"x", here)
        await port.stopListening()

    @pytest.mark.asyncio
    async def test_what_is_no_datagram_socket_of_the_internet_is_refused(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stream:
            with pytest.raises(error.UnsupportedSocketType):
                reactor.adoptDatagramPort(stream.fileno(), socket.AF_INET, Recorder())
            with pytest.raises(error.UnsupportedAddressFamily):
                reactor.adoptDatagramPort(stream.fileno(), socket.AF_UNIX, Recorder())


def test_one_made_by_hand_takes_the_users_reactor(loop_name: str) -> None:
    own = AsyncioReactor()
    recorder = Recorder()
    port = udp.Port(0, recorder, reactor=own)
    assert port.stopListening() is None
    with pytest.raises(AttributeError):
        port.getHost()
    port.startListening()
    assert [each["text"] for each in own.snapshot()["ports"]] == [repr(port)]
    own.callWhenRunning(own.stop)
    own.run()


def test_the_door_loads_no_event_loop() -> None:
    from support import python

    done = python("-c", "import sys, txloop.internet.udp; print('asyncio' in sys.modules)")
    assert done.stdout == "False\n", (done.stderr, sys.path)


@pytest.mark.asyncio
async def test_a_port_that_is_being_stopped_is_no_selectable() -> None:
    """Source: trial fails a test that leaves one two turns after its end, as Twisted's DNS tests do."""
    port = reactor.listenUDP(0, protocol.DatagramProtocol(), interface="127.0.0.1")
    stopped = port.stopListening()
    assert reactor.removeAll() == []
    await stopped
