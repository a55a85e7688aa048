"""UNIX connections: what every stream does (transport_suite), and what only UNIX has."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pathlib
import socket
import stat
import tempfile
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from zope.interface import implementer

from transport_suite.parts import HalfCloseable, Recorder, turns
from transport_suite.streams import StreamSuite
from txloop.internet import error, interfaces, protocol, reactor
from txloop.internet.address import UNIXAddress


@contextlib.asynccontextmanager
async def unix_pair(left: Any, right: Any) -> AsyncIterator[tuple[Any, Any]]:
    """*left* as the client and *right* as the server of one connection on the ambient reactor."""
    served, connected = protocol.Factory(), protocol.ClientFactory()
    served.noisy = connected.noisy = False
    served.buildProtocol = lambda addr: right  # type: ignore[method-assign]
    connected.buildProtocol = lambda addr: left  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as directory:
        path = f"{directory}/s"
        port = reactor.listenUNIX(path, served)
        reactor.connectUNIX(path, connected)
        await left.until(lambda: "made" in left.events)
        await right.until(lambda: "made" in right.events)
        try:
            yield left, right
        finally:
            await port.stopListening()
            for end in (left, right):
                if end.reason is None:
                    end.transport.abortConnection()
            for end in (left, right):
                await end.lost()


class TestUNIX(StreamSuite):
    """The suite over UNIX sockets."""

    pair = staticmethod(unix_pair)
    peer_sees_an_abort = False


pytestmark = pytest.mark.asyncio


@pytest.fixture
def path() -> Iterator[str]:
    """A short path that nobody has."""
    with tempfile.TemporaryDirectory() as directory:
        yield f"{directory}/s"


def quiet() -> Any:
    """A factory of recorders."""
    factory = protocol.ClientFactory()
    factory.noisy = False
    factory.protocol = Recorder
    return factory


@implementer(interfaces.IFileDescriptorReceiver)
class Receiver(HalfCloseable):
    """Reads what the descriptors it is given hold."""

    def fileDescriptorReceived(self, descriptor: int) -> None:
        with os.fdopen(descriptor, "rb") as passed:
            self.note(f"descriptor {passed.read().decode()} before {self.data!r}")


def holding(text: bytes) -> int:
    """A descriptor that *text* can be read from."""
    reading, writing = os.pipe()
    os.write(writing, text)
    os.close(writing)
    return reading


async def test_descriptors_arrive_in_their_order_among_the_bytes() -> None:
    async with unix_pair(Recorder(), Receiver()) as (left, right):
        for number in range(3):
            left.transport.write(b"<%d>" % number)
            await right.until(lambda number=number: right.data.endswith(b"<%d>" % number))
            passed = holding(b"%d" % number)
            left.transport.sendFileDescriptor(passed)
            os.close(passed)  # a copy travels
            left.transport.write(b"+")
            await right.until(lambda number=number: len(right.data) == 4 * (number + 1))
        told = [event for event in right.events if event.startswith("descriptor")]
        assert told == [
            "descriptor 0 before b'<0>'",
            "descriptor 1 before b'<0>+<1>'",
            "descriptor 2 before b'<0>+<1>+<2>'",
        ]


async def test_more_descriptors_than_bytes_end_the_connection() -> None:
    async with unix_pair(Recorder(), Receiver()) as (left, _):
        for _ in range(2):
            passed = holding(b"x")
            left.transport.sendFileDescriptor(passed)
            os.close(passed)
        left.transport.write(b"1")
        assert type(await left.lost()) is error.FileDescriptorOverrun


async def test_a_descriptor_nobody_wants_is_closed() -> None:
    async with unix_pair(Recorder(), Recorder()) as (left, right):
        reading, writing = os.pipe()
        left.transport.sendFileDescriptor(writing)
        os.close(writing)
        left.transport.write(b"1")
        await right.until(lambda: right.data == b"1")
        await turns()
        os.set_blocking(reading, False)
        assert os.read(reading, 1) == b""  # nobody holds the other end: not even a queue
        os.close(reading)


async def test_what_is_no_descriptor_is_refused_in_the_call() -> None:
    async with unix_pair(Recorder(), Recorder()) as (left, _):
        with pytest.raises(OSError, match="Bad file descriptor"):
            left.transport.sendFileDescriptor(-1)


async def test_the_mode_the_path_and_its_end(path: str) -> None:
    port = reactor.listenUNIX(path, quiet(), mode=0o600)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert port.getHost() == UNIXAddress(path)
    with pytest.raises(error.CannotListenError):
        reactor.listenUNIX(path, quiet())
    await port.stopListening()
    assert not os.path.exists(path)


async def test_a_successors_path_is_left_alone(path: str) -> None:
    port = reactor.listenUNIX(path, quiet())
    os.unlink(path)
    successor = reactor.listenUNIX(path, quiet())
    await port.stopListening()
    assert os.path.exists(path)
    await successor.stopListening()
    assert not os.path.exists(path)


async def test_the_lock_of_a_living_owner_refuses_and_a_dead_ones_path_is_taken_over(path: str) -> None:
    port = reactor.listenUNIX(path, quiet(), wantPID=True)
    with pytest.raises(error.CannotListenError, match="Cannot acquire lock"):
        reactor.listenUNIX(path, quiet(), wantPID=True)
    await port.stopListening()
    assert list(pathlib.Path(path).parent.iterdir()) == []
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(path)
    os.symlink(str(2**22 + 1), f"{path}.lock")  # no process has that number
    port = reactor.listenUNIX(path, quiet(), wantPID=True)
    await port.stopListening()
    assert list(pathlib.Path(path).parent.iterdir()) == []


async def test_a_failed_listen_leaves_no_lock(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(path)
        with pytest.raises(error.CannotListenError):
            reactor.listenUNIX(path, quiet(), wantPID=True)
    assert not os.path.lexists(f"{path}.lock")


async def test_a_path_where_nothing_may_be_made_is_refused_in_the_call_and_named(path: str) -> None:
    """CannotListenError names the path, and the system's error is its cause."""
    for impossible in (f"{path}/missing/s", f"{path}{'x' * 200}"):
        for listen, of_what in (
            (reactor.listenUNIX, quiet()),
            (reactor.listenUNIXDatagram, protocol.DatagramProtocol()),
        ):
            with pytest.raises(error.CannotListenError, match=impossible) as refused:
                listen(impossible, of_what)  # type: ignore[operator]
            assert isinstance(refused.value.__cause__, OSError)


async def test_an_abstract_name_is_no_file(path: str) -> None:
    """Linux's: a name that begins with a NUL.  Nothing stands in the file system, its mode is nobody's."""
    name, client = "\0" + path, quiet()
    made = Recorder()
    client.buildProtocol = lambda addr: made
    port = reactor.listenUNIX(name, quiet(), mode=0o600)
    assert port.getHost() == UNIXAddress(name)
    reactor.connectUNIX(name, client)
    await made.until(lambda: "made" in made.events)
    assert made.transport.getPeer() == UNIXAddress(name)
    assert list(pathlib.Path(path).parent.iterdir()) == []
    made.transport.loseConnection()
    assert type(await made.lost()) is error.ConnectionDone
    await port.stopListening()
    again = reactor.listenUNIX(name, quiet())
    await again.stopListening()


async def test_connecting_fails_with_the_reason_twisted_gives(path: str) -> None:
    class Fails(protocol.ClientFactory):
        noisy = False

        def __init__(self) -> None:
            self.failed = asyncio.get_running_loop().create_future()

        def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
            self.failed.set_result(reason.value)

    for options, expected in (({}, error.ConnectError), ({"checkPID": True}, error.BadFileError)):
        factory = Fails()
        reactor.connectUNIX(path, factory, **options)
        assert type(await factory.failed) is expected


async def test_a_full_queue_is_waited_for(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(0)
        factory = quiet()
        made: list[Recorder] = []
        factory.buildProtocol = lambda addr: made.append(Recorder()) or made[-1]
        for _ in range(3):
            reactor.connectUNIX(path, factory)
        await turns(20)
        assert len(made) < 3
        served = []
        listening.setblocking(False)
        async with asyncio.timeout(10):
            while len(made) < 3:
                with contextlib.suppress(BlockingIOError):
                    served.append(listening.accept()[0])
                await asyncio.sleep(0.001)
        for recorder in made:
            recorder.transport.abortConnection()
            await recorder.lost()
        for accepted in served:
            accepted.close()


async def test_datagrams_are_exchanged_by_path(path: str) -> None:
    class Datagrams(protocol.ConnectedDatagramProtocol):
        def __init__(self) -> None:
            self.got: asyncio.Queue[Any] = asyncio.Queue()

        def datagramReceived(self, *what: Any) -> None:
            self.got.put_nowait(what)

    server, client = Datagrams(), Datagrams()
    listening = reactor.listenUNIXDatagram(path, server, maxPacketSize=5)
    connected = reactor.connectUNIXDatagram(path, client, bindAddress=f"{path}.client")
    assert connected.getPeer() == listening.getHost()
    assert client.transport.write(b"hello world") == 11
    async with asyncio.timeout(10):
        assert await server.got.get() == (b"hello", f"{path}.client")
        server.transport.write(b"back", f"{path}.client")
        assert await client.got.get() == (b"back",)
    with pytest.raises(error.MessageLengthError):
        client.transport.write(b"x" * 10_000_000)
    await listening.stopListening()
    await connected.stopListening()


async def test_a_reset_that_comes_together_with_bytes_is_told() -> None:
    """uvloop forgets a reader at the socket's error; nobody would ever know that the peer is gone."""
    ours, theirs = socket.socketpair()
    server = reactor.adoptStreamConnection(theirs.fileno(), socket.AF_UNIX, quiet())
    theirs.close()
    recorder = server.protocol
    await recorder.until(lambda: recorder.events)
    server.write(b"never read")
    await turns()
    ours.send(b"x")
    ours.close()
    assert type(await recorder.lost()) is error.ConnectionLost
    assert recorder.data == b"x"


async def test_adopted_sockets_are_served_on_a_copy(path: str) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen()
        port = reactor.adoptStreamPort(listening.fileno(), socket.AF_UNIX, quiet())
    ours, theirs = socket.socketpair()
    server = reactor.adoptStreamConnection(theirs.fileno(), socket.AF_UNIX, quiet())
    theirs.close()
    ours.send(b"hello")
    await server.protocol.until(lambda: server.protocol.data == b"hello")
    recorder = server.protocol
    ours.close()
    assert type(await recorder.lost()) is error.ConnectionDone
    await port.stopListening()
    assert os.path.exists(path)  # its owner's
    with pytest.raises(error.UnsupportedAddressFamily):
        reactor.adoptStreamPort(0, 12345, quiet())
    with pytest.raises(OSError, match="Bad file descriptor"):
        reactor.adoptStreamPort(-1, socket.AF_INET, quiet())
