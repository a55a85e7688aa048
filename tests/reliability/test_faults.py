"""What goes wrong outside: descriptors, peers, names, disks and threads that fail.

The claim is always the same: it is told once, to the one whom it concerns, and everybody else is served.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from reliability.serving import Echo, comes_true, no_descriptors, open_descriptors, serving
from support import child_environment
from transport_suite.parts import Recorder
from txloop.internet import defer, endpoints, error, protocol, reactor, threads
from txloop.internet._resolver import GAIResolver
from txloop.logger import FileLogObserver, Logger, LogPublisher, formatEventAsClassicLogText
from txloop.protocols.basic import LineReceiver
from txloop.protocols.policies import TimeoutMixin
from txloop.python.logfile import LogFile

Flush = Callable[..., list[Any]]
pytestmark = pytest.mark.asyncio

RESET = struct.pack("ii", 1, 0)


class Client(protocol.ClientFactory):
    """Notes how an attempt goes."""

    noisy = False
    protocol = Recorder

    def __init__(self) -> None:
        self.failed: list[Any] = []
        self.lost: list[Any] = []

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        self.failed.append(reason.value)

    def clientConnectionLost(self, connector: Any, reason: Any) -> None:
        self.lost.append(reason.value)


# ---- no descriptors ----------------------------------------------------------------------


async def test_connecting_without_descriptors_fails_once_and_works_again_later() -> None:
    async with serving(Echo) as served:
        failing = Client()
        with no_descriptors():
            reactor.connectTCP(*served.where, failing)
            await comes_true(lambda: failing.failed)
        (reason,) = failing.failed
        assert reason.osError == errno.EMFILE
        assert await served.answers()


class Child(protocol.ProcessProtocol):
    """Its end is waited for."""

    has_ended = False

    def processEnded(self, reason: Any) -> None:
        self.has_ended = True


class Datagrams(protocol.DatagramProtocol):
    """Never told anything."""


def opening(what: str, path: str) -> Any:
    """Begin it; what is to be closed."""
    factory = protocol.Factory()
    factory.noisy = False
    if what == "listenTCP":
        return reactor.listenTCP(0, factory, interface="127.0.0.1")
    if what == "listenUDP":
        return reactor.listenUDP(0, Datagrams(), interface="127.0.0.1")
    if what == "listenUNIX":
        return reactor.listenUNIX(path, factory)
    if what == "listenUNIXDatagram":
        return reactor.listenUNIXDatagram(path, Datagrams())
    child = Child()
    reactor.spawnProcess(child, "/bin/true", ["true"], usePTY=what == "spawn with a terminal")
    return child


OPENINGS = (
    "listenTCP", "listenUDP", "listenUNIX", "listenUNIXDatagram", "spawn", "spawn with a terminal",
)  # fmt: skip


@pytest.mark.parametrize("what", OPENINGS)
async def test_with_few_descriptors_left_it_works_or_raises_what_is_documented_and_leaks_none(
    what: str, tmp_path: Path, flush_logged_errors: Flush
) -> None:
    async def close(opened: Any) -> None:
        if isinstance(opened, Child):
            await comes_true(lambda: opened.has_ended)
        else:
            await opened.stopListening()

    await close(opening(what, str(tmp_path / "first")))  # what is imported when it is first needed, is now
    gc.collect()  # what other tests have left to it
    before = open_descriptors()
    expected = error.CannotListenError if "listen" in what else OSError
    worked = 0
    for left in range(14):
        opened = None
        with no_descriptors(but=left):
            with contextlib.suppress(expected):
                opened = opening(what, str(tmp_path / str(left)))
            await asyncio.sleep(0.01)
        if opened is not None:
            worked += 1
            await close(opened)
        for _ in range(5):
            await asyncio.sleep(0)
        assert open_descriptors() == before, f"{left} were left"
    assert 0 < worked < 14
    # A port that has found no descriptor to keep in reserve says so.
    assert {failure.value.errno for failure in flush_logged_errors(OSError)} <= {errno.EMFILE}


async def test_a_unix_port_without_even_a_reserve_waits_instead_of_asking_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flush_logged_errors: Flush
) -> None:
    """Its socket stays readable: it would log at each turn of the loop."""
    monkeypatch.setattr("txloop_asyncio._unix_port.PAUSE_SECONDS", 0.05)
    path = str(tmp_path / "s")
    factory = protocol.Factory.forProtocol(Echo)
    factory.noisy = False
    port = reactor.listenUNIX(path, factory)
    port.socket._reserve.release()
    with socket.socket(socket.AF_UNIX) as client:
        client.setblocking(False)
        with no_descriptors():
            client.connect(path)
            client.send(b"x")
            for _ in range(50):
                await asyncio.sleep(0)
        async with asyncio.timeout(5):
            assert await asyncio.get_running_loop().sock_recv(client, 1) == b"x"
    assert len(flush_logged_errors(OSError)) == 1
    await port.stopListening()
    await asyncio.sleep(0.01)


async def test_a_unix_port_without_descriptors_closes_the_peer_and_goes_on(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    factory = protocol.Factory.forProtocol(Echo)
    factory.noisy = False
    port = reactor.listenUNIX(path, factory)
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX) as client:
        client.setblocking(False)
        with no_descriptors():
            client.connect(path)
            async with asyncio.timeout(5):
                with contextlib.suppress(ConnectionResetError):
                    assert await loop.sock_recv(client, 1) == b""
    with socket.socket(socket.AF_UNIX) as client:
        client.setblocking(False)
        client.connect(path)
        client.send(b"x")
        async with asyncio.timeout(5):
            assert await loop.sock_recv(client, 1) == b"x"
    await port.stopListening()
    await asyncio.sleep(0.01)


# ---- peers -------------------------------------------------------------------------------


async def test_a_reset_at_any_time_is_the_end_of_that_connection_alone() -> None:
    async with serving(Recorder) as served:
        for said in (b"", b"half a req", b"x" * 200_000):
            client, server = await served.connect()
            with contextlib.suppress(BlockingIOError):
                client.send(said)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.close()
            assert type(await server.lost()) is error.ConnectionLost
            assert server.events.count("lost") == 1


async def test_a_request_that_trickles_in_byte_by_byte_is_the_same_request() -> None:
    class Lines(LineReceiver):
        def lineReceived(self, line: bytes) -> None:
            self.sendLine(b"<" + line + b">")

    async with serving(Lines) as served:
        client, _ = await served.connect()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        for number in b"hello\r\nworld\r\n":
            client.send(bytes([number]))
            await asyncio.sleep(0)
        got = b""
        async with asyncio.timeout(10):
            while got.count(b"\n") < 2:
                got += await asyncio.get_running_loop().sock_recv(client, 100)
        assert got == b"<hello>\r\n<world>\r\n"


async def test_a_peer_that_never_reads_pauses_its_producer_and_stops_nobody_else() -> None:
    class Greedy(Recorder):
        sent = 0
        paused = False

        def connectionMade(self) -> None:
            super().connectionMade()
            self.transport.registerProducer(self, True)
            self.resumeProducing()

        def resumeProducing(self) -> None:
            self.paused = False
            while not self.paused and self.sent < 64 << 20:
                self.transport.write(b"x" * 65_536)
                self.sent += 65_536

        def pauseProducing(self) -> None:
            self.paused = True

        def stopProducing(self) -> None:
            self.note("stopped")

    async with serving(Greedy) as greedy, serving(Echo) as polite:
        client, server = await greedy.connect()
        sent = -1
        while sent != server.sent:  # until the kernel takes no more
            sent = server.sent
            assert await polite.answers()
        assert server.paused
        assert sent < 32 << 20
        client.close()
        await server.lost()
        assert server.events[-2:] == ["stopped", "lost"]


async def test_a_peer_that_never_reads_does_not_delay_an_abort() -> None:
    async with serving(Recorder) as served:
        _, server = await served.connect()
        server.transport.write(b"x" * (16 << 20))
        server.transport.loseConnection()
        await asyncio.sleep(0)
        assert server.reason is None
        server.transport.abortConnection()
        assert type(await server.lost()) is error.ConnectionAborted


async def test_a_peer_that_stalls_is_cut_off_by_its_protocols_timeout() -> None:
    class Impatient(TimeoutMixin, Recorder):
        def connectionMade(self) -> None:
            super().connectionMade()
            self.setTimeout(0.05)

    async with serving(Impatient) as served:
        _, server = await served.connect()
        assert type(await server.lost()) is error.ConnectionDone


# ---- names -----------------------------------------------------------------------------------


async def test_a_name_that_is_not_found_fails_the_attempt_once() -> None:
    def not_found(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    before = reactor.installNameResolver(GAIResolver(reactor, getaddrinfo=not_found))
    failing = Client()
    reactor.connectTCP("nowhere.invalid", 1, failing)
    await comes_true(lambda: failing.failed)
    assert [type(each) for each in failing.failed] == [error.DNSLookupError]
    endpoint = endpoints.HostnameEndpoint(reactor, "nowhere.invalid", 1)
    with pytest.raises(error.DNSLookupError):
        await endpoint.connect(Client())
    reactor.installNameResolver(before)


async def test_a_lookup_that_hangs_is_given_up_in_time_and_stops_nobody() -> None:
    released = threading.Event()

    def hangs(*args: Any, **kwargs: Any) -> Any:
        released.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    before = reactor.installNameResolver(GAIResolver(reactor, getaddrinfo=hangs))
    try:
        async with serving(Echo) as served:
            failing = Client()
            reactor.connectTCP("slow.invalid", 1, failing, timeout=0.05)
            attempt = endpoints.HostnameEndpoint(reactor, "slow.invalid", 1).connect(Client())
            assert await served.answers()
            await comes_true(lambda: failing.failed)
            assert [type(each) for each in failing.failed] == [error.TimeoutError]
            attempt.cancel()
            with pytest.raises(error.DNSLookupError):
                await attempt
    finally:
        released.set()
        reactor.installNameResolver(before)
    await threads.deferToThread(int)
    await asyncio.sleep(0)
    assert len(failing.failed) == 1


# ---- a full disk -------------------------------------------------------------------------------


async def test_a_log_on_a_full_disk_loses_lines_and_nothing_else() -> None:
    events: list[Any] = []
    with open("/dev/full", "w") as full:
        publisher = LogPublisher(FileLogObserver(full, formatEventAsClassicLogText), events.append)
        log = Logger(observer=publisher)
        for number in range(5):
            log.info("event {number}", number=number)
        # What could not be written is still in the file object, which refuses to close.
        with contextlib.suppress(OSError):
            full.close()
    assert [event["number"] for event in events if "number" in event] == [0, 1, 2, 3, 4]
    assert any(event.get("log_failure") is not None for event in events)


async def test_a_log_file_that_may_not_grow_loses_lines_and_goes_on_later(tmp_path: Path) -> None:
    def too_large(number: int, frame: Any) -> None:
        pass

    before = signal.signal(signal.SIGXFSZ, too_large)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    file = LogFile("a.log", str(tmp_path), rotateLength=None)
    events: list[Any] = []
    log = Logger(observer=LogPublisher(FileLogObserver(file, formatEventAsClassicLogText), events.append))
    try:
        log.info("before")
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
        log.info("lost")
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        log.info("after")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
        file.close()
    text = (tmp_path / "a.log").read_text()
    assert "before" in text
    assert "after" in text
    assert {"before", "lost", "after"} <= {event.get("log_format") for event in events}


# ---- threads -----------------------------------------------------------------------------------------


async def test_a_full_thread_pool_delays_what_wants_a_thread_and_nothing_else() -> None:
    reactor.suggestThreadPoolSize(2)
    released = threading.Event()
    ran: list[int] = []
    async with serving(Echo) as served:
        blocked = [threads.deferToThread(released.wait, 20) for _ in range(2)]
        waiting = [threads.deferToThread(ran.append, number) for number in range(50)]
        assert await served.answers()
        assert ran == []
        released.set()
        await defer.gatherResults([*blocked, *waiting])
        assert sorted(ran) == list(range(50))
    reactor.suggestThreadPoolSize(10)


# ---- SIGTERM ---------------------------------------------------------------------------------------------

BUSY = """
import sys, threading, time
from txloop.internet import reactor, protocol, task, threads
from txloop.python import log

told = {"made": 0, "lost": 0, "triggers": []}

class Echo(protocol.Protocol):
    def connectionMade(self):
        told["made"] += 1
    def dataReceived(self, data):
        threads.deferToThread(len, data).addCallback(lambda length: self.transport.write(b"%d\\n" % length))
    def connectionLost(self, reason):
        told["lost"] += 1

factory = protocol.Factory.forProtocol(Echo)
factory.noisy = False
port = reactor.listenTCP(0, factory, interface="127.0.0.1")
task.LoopingCall(lambda: None).start(0.001)
class Child(protocol.ProcessProtocol):
    def connectionMade(self):
        told["child"] = self.transport.pid
reactor.spawnProcess(Child(), "/bin/cat", ["cat"])
for phase in ("before", "during", "after"):
    reactor.addSystemEventTrigger(phase, "shutdown", told["triggers"].append, phase)
reactor.callWhenRunning(lambda: print(port.getHost().port, flush=True))
reactor.run()
print(told["made"] == told["lost"], told["triggers"], reactor._exitSignal, flush=True)
"""


async def test_sigterm_in_the_midst_ends_in_time_and_every_loss_is_told_once() -> None:
    loop_name = type(asyncio.get_running_loop()).__module__.partition(".")[0]
    child = subprocess.Popen(
        [sys.executable, "-c", BUSY],
        env=child_environment(TXLOOP_LOOP=loop_name),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    number = int(await asyncio.to_thread(child.stdout.readline))
    with _connected(number, 50) as clients:
        for round_ in range(4):
            for client in clients:
                client.send(b"x" * (round_ + 1))
        assert await asyncio.to_thread(clients[0].recv, 10)
        child.send_signal(signal.SIGTERM)
        output, errors = await asyncio.to_thread(child.communicate, None, 15)
        # Each answer is whole or was never begun; then the connection is at its end.
        for client in clients:
            client.settimeout(10)
            with contextlib.suppress(ConnectionResetError):
                rest = b"".join(iter(lambda client=client: client.recv(100), b""))
                assert rest == b"" or rest.endswith(b"\n")
    assert errors == ""
    assert output == f"True ['before', 'during', 'after'] {int(signal.SIGTERM)}\n"
    assert child.returncode == 0


@contextlib.contextmanager
def _connected(number: int, count: int) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        yield [
            stack.enter_context(socket.create_connection(("127.0.0.1", number), timeout=20))
            for _ in range(count)
        ]
