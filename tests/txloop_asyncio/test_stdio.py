"""Standard input and output: over pipes here, as a real process's own in children, on both loops."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from zope.interface import implementer
from zope.interface.verify import verifyObject

from support import CHILD_TIMEOUT_SECONDS, child_environment, python
from txloop import AsyncioReactor
from txloop.internet import error, interfaces, protocol, reactor, stdio
from txloop.protocols.basic import FileSender

Flush = Callable[..., list[Any]]


class Recorder(protocol.Protocol):
    """Notes what happens, in order; `lost` is set at the end."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.data = b""
        self.lost = asyncio.Event()
        self.more = asyncio.Event()

    def connectionMade(self) -> None:
        self.seen.append("made")

    def dataReceived(self, data: bytes) -> None:
        self.data += data
        self.more.set()

    def connectionLost(self, reason: Any = None) -> None:
        self.seen.append(reason.type)
        self.lost.set()

    async def until(self, data: bytes) -> None:
        async with asyncio.timeout(20):
            while data not in self.data:
                self.more.clear()
                await self.more.wait()

    async def ended(self) -> list[Any]:
        async with asyncio.timeout(20):
            await self.lost.wait()
        return self.seen


@implementer(interfaces.IHalfCloseableProtocol)
class HalfCloseable(Recorder):
    def __init__(self) -> None:
        super().__init__()
        self.half = asyncio.Event()

    def readConnectionLost(self) -> None:
        self.seen.append("read lost")
        self.half.set()

    def writeConnectionLost(self) -> None:
        self.seen.append("write lost")
        self.half.set()


class Pipes:
    """Two pipes: `stdin` and `stdout` are the transport's ends, `into` and `out` the world's."""

    def __init__(self) -> None:
        self.stdin, self.into = os.pipe()
        self.out, self.stdout = os.pipe()

    def end(self, which: str) -> None:
        os.close(getattr(self, which))
        setattr(self, which, -1)


@pytest.fixture
def pipes() -> Iterator[Pipes]:
    made = Pipes()
    yield made
    for each in (made.stdin, made.into, made.out, made.stdout):
        if each >= 0:
            os.close(each)


def standard_io(recorder: Recorder, pipes: Pipes) -> Any:
    return stdio.StandardIO(recorder, pipes.stdin, pipes.stdout, reactor)


@pytest.mark.asyncio
async def test_bytes_come_in_and_go_out_and_the_descriptors_stay_open(pipes: Pipes) -> None:
    recorder = Recorder()
    transport = standard_io(recorder, pipes)
    assert recorder.transport is transport
    verifyObject(interfaces.ITransport, transport)
    verifyObject(interfaces.IConsumer, transport)
    os.write(pipes.into, b"in")
    await recorder.until(b"in")
    transport.write(b"o")
    transport.writeSequence([b"u", b"t"])
    transport.loseConnection()
    transport.loseConnection()
    assert await recorder.ended() == ["made", error.ConnectionDone]
    assert os.read(pipes.out, 10) == b"out"
    assert (os.get_blocking(pipes.stdin), os.get_blocking(pipes.stdout)) == (True, True)
    transport.write(b"late")
    assert (transport.disconnected, transport.disconnecting) == (True, True)


@pytest.mark.asyncio
async def test_its_address_says_that_it_is_a_pipe(pipes: Pipes) -> None:
    recorder = Recorder()
    transport = standard_io(recorder, pipes)
    assert isinstance(transport.getHost(), stdio.PipeAddress)
    assert interfaces.IAddress.providedBy(transport.getPeer())
    transport.loseConnection()
    await recorder.ended()


@pytest.mark.asyncio
async def test_the_end_of_input_is_the_end_and_what_was_written_still_leaves(pipes: Pipes) -> None:
    """Twisted drops it: `echo x | program` that echoes prints nothing (compat_examples/differences.md)."""

    class Echo(Recorder):
        def dataReceived(self, data: bytes) -> None:
            self.transport.write(data)

    recorder = Echo()
    standard_io(recorder, pipes)
    os.write(pipes.into, b"last words")
    pipes.end("into")
    assert await recorder.ended() == ["made", error.ConnectionDone]
    assert os.read(pipes.out, 100) == b"last words"


@pytest.mark.asyncio
async def test_half_close_input_ends_and_output_goes_on(pipes: Pipes) -> None:
    recorder = HalfCloseable()
    transport = standard_io(recorder, pipes)
    pipes.end("into")
    await recorder.half.wait()
    transport.write(b"still here")
    transport.loseConnection()
    assert await recorder.ended() == ["made", "read lost", error.ConnectionDone]
    assert os.read(pipes.out, 100) == b"still here"


@pytest.mark.asyncio
async def test_half_close_output_ends_and_input_goes_on(pipes: Pipes) -> None:
    recorder = HalfCloseable()
    transport = standard_io(recorder, pipes)
    transport.write(b"all")
    transport.loseWriteConnection()
    await recorder.half.wait()
    assert os.read(pipes.out, 100) == b"all"
    os.write(pipes.into, b"more")
    await recorder.until(b"more")
    transport.loseConnection()
    assert await recorder.ended() == ["made", "write lost", error.ConnectionDone]


@pytest.mark.asyncio
async def test_when_nobody_reads_the_output_input_goes_on(pipes: Pipes) -> None:
    told, plain = HalfCloseable(), Recorder()
    transport = standard_io(told, pipes)
    pipes.end("out")
    await told.half.wait()
    transport.loseConnection()
    assert await told.ended() == ["made", "write lost", error.ConnectionDone]
    transport = standard_io(plain, pipes)
    os.write(pipes.into, b"x")
    await plain.until(b"x")
    transport.write(b"into nothing")
    transport.loseConnection()
    assert await plain.ended() == ["made", error.ConnectionDone]


@pytest.mark.asyncio
@pytest.mark.parametrize("which", ["read", "write"])
async def test_a_protocol_that_raises_when_told_of_a_half_loses_all(
    pipes: Pipes, which: str, flush_logged_errors: Flush
) -> None:
    class Buggy(HalfCloseable):
        def readConnectionLost(self) -> None:
            raise ValueError("read")

        def writeConnectionLost(self) -> None:
            raise ValueError("write")

    recorder = Buggy()
    standard_io(recorder, pipes)
    pipes.end("into" if which == "read" else "out")
    assert await recorder.ended() == ["made", ValueError]
    assert [str(each.value) for each in flush_logged_errors(ValueError)] == [which]


@pytest.mark.asyncio
async def test_paused_means_silent_also_from_connection_made(pipes: Pipes) -> None:
    class Paused(Recorder):
        def connectionMade(self) -> None:
            self.transport.pauseProducing()

    recorder = Paused()
    os.write(pipes.into, b"early")
    transport = standard_io(recorder, pipes)
    for _ in range(5):
        await asyncio.sleep(0)
    assert recorder.data == b""
    transport.resumeProducing()
    await recorder.until(b"early")
    transport.stopProducing()
    await recorder.ended()


@pytest.mark.asyncio
async def test_a_regular_file_comes_a_piece_a_turn_and_not_while_paused(pipes: Pipes, tmp_path: Path) -> None:
    class PausesOnce(Recorder):
        def dataReceived(self, data: bytes) -> None:
            super().dataReceived(data)
            self.seen.append(turn)
            if self.data == data:
                self.transport.pauseProducing()

    turn = 0

    async def count_turns() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    content = os.urandom(1024 * 1024)
    (tmp_path / "file").write_bytes(content)
    recorder = PausesOnce()
    with (tmp_path / "file").open("rb") as file:
        counting = asyncio.ensure_future(count_turns())
        transport = stdio.StandardIO(recorder, file.fileno(), pipes.stdout, reactor)
        await recorder.until(content[:1000])
        paused_at = len(recorder.data)
        while turn < 20:
            await asyncio.sleep(0)
        assert len(recorder.data) == paused_at < len(content)
        transport.resumeProducing()
        made, *turns, lost = await recorder.ended()
        counting.cancel()
    assert (made, lost, recorder.data == content) == ("made", error.ConnectionDone, True)
    assert len(turns) == len(set(turns)) >= 16


class Push:
    """A push producer: writes a file until it is paused."""

    def __init__(self, file: Any, transport: Any) -> None:
        self.file, self.transport = file, transport
        self.paused = False
        self.pauses = 0

    def resumeProducing(self) -> None:
        self.paused = False
        while not self.paused and (piece := self.file.read(10_000)):
            self.transport.write(piece)
        if not self.paused:
            self.transport.unregisterProducer()
            self.transport.loseConnection()

    def pauseProducing(self) -> None:
        self.paused = True
        self.pauses += 1

    def stopProducing(self) -> None:
        raise AssertionError("not in this test")


async def read_all(descriptor: int) -> bytes:
    """In a thread: the other side must be able to write meanwhile."""

    def read() -> bytes:
        pieces = []
        while piece := os.read(descriptor, 100_000):
            pieces.append(piece)
        return b"".join(pieces)

    async with asyncio.timeout(20):
        return await asyncio.to_thread(read)


@pytest.mark.asyncio
@pytest.mark.parametrize("streaming", [True, False])
async def test_a_producer_writes_as_the_output_is_read(pipes: Pipes, streaming: bool, tmp_path: Path) -> None:
    path = tmp_path / "content"
    path.write_bytes(os.urandom(1_000_000))
    recorder = Recorder()
    transport = standard_io(recorder, pipes)
    reading = asyncio.ensure_future(read_all(pipes.out))
    with path.open("rb") as file:
        if streaming:
            producer = Push(file, transport)
            transport.registerProducer(producer, True)
            producer.resumeProducing()
        else:
            FileSender().beginFileTransfer(file, transport).addCallback(lambda _: transport.loseConnection())
        await recorder.ended()
    pipes.end("stdout")
    assert await reading == path.read_bytes()
    if streaming:
        assert producer.pauses > 10


@pytest.mark.asyncio
async def test_one_socket_for_both_tells_its_peer_the_end_of_writing() -> None:
    ours, peer = socket.socketpair()
    with ours, peer:
        recorder = HalfCloseable()
        transport = stdio.StandardIO(recorder, ours.fileno(), ours.fileno())
        transport.write(b"bye")
        transport.loseWriteConnection()
        await recorder.half.wait()
        peer.setblocking(True)
        assert (peer.recv(10), peer.recv(10)) == (b"bye", b"")
        peer.send(b"answer")
        await recorder.until(b"answer")
        transport.loseConnection()
        await recorder.ended()
        assert ours.fileno() >= 0


def test_the_reactors_end_ends_it_and_gives_the_descriptors_back(loop_name: str, pipes: Pipes) -> None:
    own = AsyncioReactor()
    seen: list[Any] = []

    class Noting(protocol.Protocol):
        def connectionLost(self, reason: Any = None) -> None:
            seen.append(reason.type)

    transport = stdio.StandardIO(Noting(), pipes.stdin, pipes.stdout, own)
    transport.write(b"farewell")
    own.callWhenRunning(own.stop)
    own.run()
    assert seen == [error.ConnectionLost]
    assert os.read(pipes.out, 10) == b"farewell"
    assert (os.get_blocking(pipes.stdin), os.get_blocking(pipes.stdout)) == (True, True)
    assert own.getReaders() == own.getWriters() == []


def test_the_door_loads_no_event_loop() -> None:
    code = (
        "import sys, txloop.internet.stdio as s; s.PipeAddress; assert 'asyncio' not in sys.modules; "
        "assert s.StandardIO.__module__ == 'txloop.internet.stdio'"
    )
    assert python("-c", code).returncode == 0


# ---- as a real process's standard input and output --------------------------------------

ECHO = """\
import sys
from txloop.internet import protocol, reactor, stdio
class Echo(protocol.Protocol):
    def dataReceived(self, data):
        self.transport.write(data.upper())
    def connectionLost(self, reason):
        print(type(reason.value).__name__, file=sys.stderr)
        reactor.stop()
stdio.StandardIO(Echo())
reactor.run()
"""


def run_echo(loop_name: str, stdin: Any, stdout: Any, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-c", ECHO],
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env=child_environment(TXLOOP_LOOP=loop_name),
        timeout=CHILD_TIMEOUT_SECONDS,
        check=False,
        **options,
    )


def test_a_regular_file_is_read_to_its_end_and_another_written(loop_name: str, tmp_path: Path) -> None:
    given, written = tmp_path / "given", tmp_path / "written"
    given.write_bytes(b"line\n" * 30_000)
    with given.open("rb") as stdin, written.open("wb") as stdout:
        ended = run_echo(loop_name, stdin, stdout)
    assert (ended.returncode, ended.stderr) == (0, b"ConnectionDone\n")
    assert written.read_bytes() == b"LINE\n" * 30_000


def test_the_null_device_is_at_its_end(loop_name: str) -> None:
    ended = run_echo(loop_name, subprocess.DEVNULL, subprocess.DEVNULL)
    assert (ended.returncode, ended.stderr) == (0, b"ConnectionDone\n")


def test_a_terminal_is_read_line_by_line_until_its_end_and_blocks_again_after(loop_name: str) -> None:
    master, slave = os.openpty()
    child = subprocess.Popen(
        [sys.executable, "-c", ECHO],
        stdin=slave,
        stdout=slave,
        stderr=subprocess.PIPE,
        env=child_environment(TXLOOP_LOOP=loop_name),
    )
    try:
        assert child.stderr is not None
        os.write(master, b"hello\n")
        seen = b""
        while b"HELLO" not in seen:
            seen += os.read(master, 1000)
        assert seen == b"hello\r\nHELLO\r\n"
        os.write(master, b"\x04")
        assert child.stderr.read() == b"ConnectionDone\n"
        assert child.wait(CHILD_TIMEOUT_SECONDS) == 0
        assert os.get_blocking(slave)
    finally:
        child.kill()
        child.communicate()
        os.close(slave)
        os.close(master)


def test_a_shell_pipeline_prints_what_went_in(loop_name: str) -> None:
    command = f'printf abc | "{sys.executable}" -c "$ECHO" | cat'
    ended = subprocess.run(
        ["/bin/sh", "-c", command],
        env=child_environment(TXLOOP_LOOP=loop_name, ECHO=ECHO),
        capture_output=True,
        timeout=CHILD_TIMEOUT_SECONDS,
        check=False,
    )
    assert (ended.stdout, ended.stderr) == (b"ABC", b"ConnectionDone\n")
