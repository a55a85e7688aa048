"""IReactorFDSet: the program's own descriptors."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from zope.interface import implementer

from txloop import AsyncioReactor
from txloop.internet import error, interfaces

Flush = Callable[..., list[Any]]


@pytest.fixture
def reactor(loop_name: str) -> AsyncioReactor:
    return AsyncioReactor()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    yield one, other
    one.close()
    other.close()


@implementer(interfaces.IReadDescriptor, interfaces.IWriteDescriptor)
class Descriptor:
    """Watches a socket and stops the reactor when something happened."""

    def __init__(self, reactor: AsyncioReactor, file: Any) -> None:
        self.reactor, self.file = reactor, file
        self.seen: list[Any] = []
        self.answer: Any = None

    def fileno(self) -> int:
        number: int = self.file.fileno()
        return number

    def logPrefix(self) -> str:
        return "Descriptor"

    def doRead(self) -> Any:
        self.seen.append("read")
        self.reactor.callLater(0, self.reactor.crash)
        if isinstance(self.answer, Exception) and not isinstance(self.answer, error.ConnectionClosed):
            raise self.answer
        return self.answer

    def doWrite(self) -> Any:
        self.seen.append("write")
        self.reactor.callLater(0, self.reactor.crash)

    def connectionLost(self, reason: Any) -> None:
        self.seen.append(reason.value)


@implementer(interfaces.IHalfCloseableDescriptor)
class HalfCloseable(Descriptor):
    def readConnectionLost(self, reason: Any) -> None:
        self.seen.append(("half", reason.type))


def test_a_reader_is_called_when_there_is_something_to_read(reactor: AsyncioReactor, pair: Any) -> None:
    reader = Descriptor(reactor, pair[0])
    reactor.addReader(reader)
    reactor.addReader(reader)  # twice is once
    assert reactor.getReaders() == [reader]
    pair[1].send(b"x")
    reactor.run()
    assert reader.seen[0] == "read"
    reactor.removeReader(reader)
    reactor.removeReader(reader)
    assert reactor.getReaders() == []


def test_a_writer_is_called_when_there_is_room(reactor: AsyncioReactor, pair: Any) -> None:
    writer = Descriptor(reactor, pair[0])
    reactor.addWriter(writer)
    assert reactor.getWriters() == [writer]
    reactor.run()
    assert writer.seen[0] == "write"
    reactor.removeWriter(writer)


def test_one_added_while_it_runs_and_removed_is_not_called_again(reactor: AsyncioReactor, pair: Any) -> None:
    reader = Descriptor(reactor, pair[0])
    pair[1].send(b"x")
    reactor.callWhenRunning(reactor.addReader, reader)
    reactor.callWhenRunning(reactor.removeReader, reader)
    reactor.callLater(0.01, reactor.crash)
    reactor.run()
    assert reader.seen == []


@pytest.mark.parametrize("answer", [error.ConnectionLost("x"), error.ConnectionDone("x")])
def test_a_reason_that_do_read_returns_ends_it(answer: Exception, reactor: AsyncioReactor, pair: Any) -> None:
    reader = Descriptor(reactor, pair[0])
    reader.answer = answer
    reactor.addReader(reader)
    reactor.addWriter(reader)
    pair[1].send(b"x")
    reactor.run()
    assert reader.seen[-1] is answer
    assert reactor.getReaders() == reactor.getWriters() == []


def test_at_its_end_while_reading_a_half_closeable_one_goes_on_writing(
    reactor: AsyncioReactor, pair: Any
) -> None:
    reader = HalfCloseable(reactor, pair[0])
    reader.answer = error.ConnectionDone("x")
    reactor.addReader(reader)
    pair[1].send(b"x")
    reactor.callLater(0, reactor.addWriter, reader)
    reactor.run()
    assert ("half", error.ConnectionDone) in reader.seen
    assert reactor.getReaders() == []
    assert reactor.getWriters() == [reader]
    reactor.removeAll()


def test_one_that_raises_is_logged_and_lost(
    reactor: AsyncioReactor, pair: Any, flush_logged_errors: Flush
) -> None:
    reader = Descriptor(reactor, pair[0])
    reader.answer = ValueError("bug")
    reactor.addReader(reader)
    pair[1].send(b"x")
    reactor.run()
    assert reader.seen == ["read", reader.answer]
    assert [failure.type for failure in flush_logged_errors()] == [ValueError]


def test_stop_loses_every_descriptor(reactor: AsyncioReactor, pair: Any) -> None:
    reader = Descriptor(reactor, pair[0])
    reactor.addReader(reader)
    reactor.addWriter(reader)
    reactor.removeWriter(reader)
    reactor.callWhenRunning(reactor.stop)
    reactor.run()
    assert [type(each) for each in reader.seen] == [error.ConnectionLost]


def test_a_descriptor_is_still_watched_after_an_error_of_its_socket(reactor: AsyncioReactor) -> None:
    """uvloop forgets a reader at the socket's error if that call finds bytes that came before it."""
    one, other = socket.socketpair()

    class Reads(Descriptor):
        def doRead(self) -> Any:
            try:
                self.seen.append(self.file.recv(100))
            except OSError as broken:
                self.seen.append(broken.errno)
            if len(self.seen) == 2:
                self.reactor.stop()

    reader = Reads(reactor, one)
    reactor.callWhenRunning(reactor.addReader, reader)
    one.send(b"never read")
    other.send(b"x")
    other.close()
    reactor.callLater(10, reactor.crash)
    reactor.run()
    one.close()
    assert reader.seen[:2] == [b"x", errno.ECONNRESET]


def test_remove_all_names_each_once_and_closes_none(reactor: AsyncioReactor, pair: Any) -> None:
    both = Descriptor(reactor, pair[0])
    reactor.addReader(both)
    reactor.addWriter(both)
    assert reactor.removeAll() == [both]
    assert reactor.removeAll() == []
    assert both.seen == []
    assert pair[0].fileno() != -1


def test_a_regular_file_is_always_ready(reactor: AsyncioReactor, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    with path.open("rb") as file:
        reader = Descriptor(reactor, file)
        reactor.callWhenRunning(reactor.addReader, reader)
        reactor.run()
        assert reader.seen[0] == "read"
        reactor.removeReader(reader)
        reactor.iterate(0)


def test_a_regular_file_that_is_removed_and_added_in_its_turn_has_one_turn_at_a_time(
    reactor: AsyncioReactor, tmp_path: Path
) -> None:
    """As by a protocol that pauses and resumes in dataReceived; its turns doubled each time."""

    turn = 0

    def next_turn() -> None:
        nonlocal turn
        turn += 1
        reactor.callLater(0, next_turn)

    class PausingAndResuming(Descriptor):
        def doRead(self) -> Any:
            self.seen.append(turn)
            reactor.removeReader(self)
            if len(self.seen) == 20:
                reactor.crash()
            reactor.addReader(self)

    path = tmp_path / "file"
    path.write_bytes(b"x")
    with path.open("rb") as file:
        reader = PausingAndResuming(reactor, file)
        reactor.addReader(reader)
        next_turn()
        reactor.run()
        reactor.removeReader(reader)
    assert len(set(reader.seen)) == len(reader.seen)
    for call in reactor.getDelayedCalls():
        call.cancel()
