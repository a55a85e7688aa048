"""FileDescriptor, fdesc, BasePort, PosixReactorBase: what programs with descriptors of their own build on."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from zope.interface.verify import verifyObject

from txloop import AsyncioReactor
from txloop.internet import abstract, base, error, fdesc, interfaces, main, posixbase
from txloop.python.failure import Failure


class WatchList:
    """A reactor that only notes who wants what."""

    def __init__(self) -> None:
        self.readers: set[Any] = set()
        self.writers: set[Any] = set()
        self.later: list[Any] = []
        self.addReader, self.removeReader = self.readers.add, self.readers.discard
        self.addWriter, self.removeWriter = self.writers.add, self.writers.discard

    def callLater(self, delay: float, call: Callable[..., Any], *args: Any) -> None:
        self.later.append((delay, call, args))


class Memory(abstract.FileDescriptor):
    """Takes `room` bytes a time."""

    def __init__(self, room: int = 1_000_000) -> None:
        self.list = WatchList()
        super().__init__(self.list)
        self.connected = 1
        self.room = room
        self.taken: list[bytes] = []
        self.seen: list[str] = []

    def writeSomeData(self, data: bytes) -> int | BaseException:
        self.taken.append(data[: self.room])
        return len(self.taken[-1])

    def connectionLost(self, reason: Failure) -> None:
        super().connectionLost(reason)
        self.seen.append(reason.type.__name__)

    def _closeWriteConnection(self) -> None:
        self.seen.append("end of writing")

    @property
    def sent(self) -> bytes:
        return b"".join(self.taken)


class Producer:
    def __init__(self, on_resume: Callable[[], object] = lambda: None) -> None:
        self.seen: list[str] = []
        self.on_resume = on_resume

    def pauseProducing(self) -> None:
        self.seen.append("pause")

    def resumeProducing(self) -> None:
        self.seen.append("resume")
        self.on_resume()

    def stopProducing(self) -> None:
        self.seen.append("stop")


class TestFileDescriptor:
    def test_it_is_what_a_reactor_and_a_protocol_ask_for(self) -> None:
        descriptor = Memory()
        verifyObject(interfaces.IReadWriteDescriptor, descriptor)
        verifyObject(interfaces.ITransport, descriptor)
        verifyObject(interfaces.IConsumer, descriptor)
        verifyObject(interfaces.IPushProducer, descriptor)
        assert (descriptor.fileno(), descriptor.logPrefix()) == (-1, "-")
        for missing in (descriptor.doRead, descriptor.getHost, descriptor.getPeer):
            with pytest.raises(NotImplementedError):
                missing()

    def test_without_a_reactor_it_takes_the_installed_one(self) -> None:
        from txloop.internet import reactor

        assert abstract.FileDescriptor().reactor is reactor

    def test_what_is_written_leaves_as_there_is_room(self) -> None:
        descriptor = Memory(room=4)
        descriptor.write(b"abc")
        descriptor.writeSequence([b"de", b"", b"f"])
        assert descriptor.list.writers == {descriptor}
        assert descriptor.doWrite() is None
        assert (descriptor.sent, descriptor.list.writers) == (b"abcd", {descriptor})
        assert descriptor.doWrite() is None
        assert (descriptor.sent, descriptor.list.writers) == (b"abcdef", set())

    def test_at_most_send_limit_is_offered_at_once(self) -> None:
        descriptor = Memory()
        descriptor.SEND_LIMIT = 3
        descriptor.write(b"abcd")
        descriptor.doWrite()
        assert descriptor.taken == [b"abc"]

    @pytest.mark.parametrize("wrong", ["text", 7, None])
    def test_what_is_no_bytes_is_refused_in_the_call(self, wrong: Any) -> None:
        descriptor = Memory()
        with pytest.raises(TypeError):
            descriptor.write(wrong)
        with pytest.raises(TypeError):
            descriptor.writeSequence([b"good", wrong])
        descriptor.doWrite()
        assert descriptor.sent == b""

    def test_before_and_after_the_connection_nothing_is_queued(self) -> None:
        descriptor = Memory()
        descriptor.connected = 0
        descriptor.write(b"x")
        assert descriptor.list.writers == set()

    def test_an_error_of_writing_is_handed_to_the_reactor(self) -> None:
        descriptor = Memory()
        descriptor.writeSomeData = lambda data: main.CONNECTION_LOST  # type: ignore[method-assign]
        descriptor.write(b"x")
        assert descriptor.doWrite() is main.CONNECTION_LOST

    def test_lose_connection_sends_what_is_queued_first(self) -> None:
        descriptor = Memory(room=2)
        descriptor.startReading()
        descriptor.write(b"abc")
        descriptor.loseConnection()
        assert (descriptor.disconnecting, descriptor.list.readers) == (1, set())
        descriptor.resumeProducing()
        assert descriptor.list.readers == set()
        assert descriptor.doWrite() is None
        assert descriptor.doWrite() is main.CONNECTION_DONE
        assert descriptor.sent == b"abc"

    def test_the_writing_side_ends_once_all_has_left_and_then_the_whole_in_a_later_turn(self) -> None:
        descriptor = Memory(room=2)
        descriptor.write(b"abc")
        descriptor.loseWriteConnection()
        descriptor.doWrite()
        assert descriptor.seen == []
        descriptor.doWrite()
        assert (descriptor.seen, descriptor.sent) == (["end of writing"], b"abc")
        descriptor.write(b"late")
        descriptor.loseConnection()
        ((delay, call, args),) = descriptor.list.later
        call(*args)
        assert (delay, descriptor.sent) == (0, b"abc")
        assert descriptor.seen == ["end of writing", "ConnectionDone"]

    def test_at_the_end_it_is_watched_no_more_and_its_producer_stopped(self) -> None:
        descriptor, producer = Memory(), Producer()
        descriptor.startReading()
        descriptor.registerProducer(producer, True)
        descriptor.write(b"x")
        descriptor.readConnectionLost(Failure(main.CONNECTION_DONE))
        assert (descriptor.list.readers, descriptor.list.writers) == (set(), set())
        assert (descriptor.connected, descriptor.disconnected) == (0, 1)
        assert (producer.seen, descriptor.producer) == (["stop"], None)
        late = Producer()
        descriptor.registerProducer(late, True)
        assert late.seen == ["stop"]

    def test_a_push_producer_is_paused_above_the_limit_and_resumed_when_all_has_left(self) -> None:
        descriptor, producer = Memory(), Producer()
        descriptor.registerProducer(producer, True)
        with pytest.raises(RuntimeError):
            descriptor.registerProducer(Producer(), True)
        descriptor.write(b"x" * descriptor.bufferSize)
        assert producer.seen == []
        descriptor.write(b"x")
        assert (producer.seen, descriptor.producerPaused) == (["pause"], True)
        descriptor.doWrite()
        assert (producer.seen, descriptor.producerPaused) == (["pause", "resume"], False)

    def test_a_pull_producer_is_asked_each_time_all_has_left_until_it_unregisters(self) -> None:
        descriptor = Memory()
        pieces = [b"one", b"two"]

        def produce() -> None:
            if pieces:
                descriptor.write(pieces.pop(0))
            else:
                descriptor.unregisterProducer()

        producer = Producer(produce)
        descriptor.registerProducer(producer, False)
        descriptor.loseConnection()
        while (ended := descriptor.doWrite()) is None:
            pass
        assert (ended, descriptor.taken) == (main.CONNECTION_DONE, [b"one", b"two", b""])

    def test_stop_consuming_unregisters_and_loses(self) -> None:
        descriptor = Memory()
        descriptor.registerProducer(Producer(), True)
        descriptor.stopConsuming()
        assert (descriptor.producer, descriptor.disconnecting) == (None, 1)
        assert descriptor.doWrite() is main.CONNECTION_DONE

    def test_its_name_in_the_log_is_the_one_that_the_application_object_gives(self) -> None:
        class Named:
            def logPrefix(self) -> str:
                return "named"

        assert Memory()._getLogPrefix(Named()) == "Named"
        from zope.interface import directlyProvides

        named = Named()
        directlyProvides(named, interfaces.ILoggingContext)
        assert Memory()._getLogPrefix(named) == "named"


class Echo(abstract.FileDescriptor):
    """A whole one, on a socket, as a program would write it."""

    def __init__(self, end: socket.socket, reactor: Any) -> None:
        super().__init__(reactor)
        self.end = end
        self.connected = 1
        self.startReading()

    def fileno(self) -> int:
        return self.end.fileno()

    def doRead(self) -> Any:
        return fdesc.readFromFD(self.fileno(), self.write)

    def writeSomeData(self, data: bytes) -> Any:
        return fdesc.writeToFD(self.fileno(), data)

    def connectionLost(self, reason: Failure) -> None:
        super().connectionLost(reason)
        self.end.close()
        self.reason = reason.value
        self.reactor.callLater(0, self.reactor.stop)


def test_a_real_one_echoes_a_megabyte_and_ends_with_its_peer(loop_name: str) -> None:
    reactor = AsyncioReactor()
    ours, peer = socket.socketpair()
    ours.setblocking(False)
    content = os.urandom(1_000_000)
    answers: list[bytes] = []
    echo = Echo(ours, reactor)

    def converse() -> None:
        from threading import Thread

        sender = Thread(target=peer.sendall, args=(content,))
        sender.start()
        left = len(content)
        while left:
            answers.append(peer.recv(100_000))
            left -= len(answers[-1])
        sender.join()
        peer.close()

    reactor.callWhenRunning(reactor.callInThread, converse)
    reactor.run()
    assert b"".join(answers) == content
    assert echo.reason is main.CONNECTION_DONE


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    read_end, write_end = os.pipe()
    yield read_end, write_end
    for each in (read_end, write_end):
        with contextlib.suppress(OSError):  # the test has closed it
            os.close(each)


class TestFdesc:
    def test_flags(self, pipe: tuple[int, int]) -> None:
        fdesc.setNonBlocking(pipe[0])
        assert not os.get_blocking(pipe[0])
        fdesc.setBlocking(pipe[0])
        assert os.get_blocking(pipe[0])
        fdesc._unsetCloseOnExec(pipe[0])
        assert os.get_inheritable(pipe[0])
        fdesc._setCloseOnExec(pipe[0])
        assert not os.get_inheritable(pipe[0])

    def test_reading_says_go_on_done_or_lost(self, pipe: tuple[int, int]) -> None:
        seen: list[bytes] = []
        fdesc.setNonBlocking(pipe[0])
        assert fdesc.readFromFD(pipe[0], seen.append) is None
        os.write(pipe[1], b"data")
        assert fdesc.readFromFD(pipe[0], seen.append) is None
        assert seen == [b"data"]
        os.close(pipe[1])
        assert fdesc.readFromFD(pipe[0], seen.append) is main.CONNECTION_DONE
        os.close(pipe[0])
        assert fdesc.readFromFD(pipe[0], seen.append) is main.CONNECTION_LOST
        assert seen == [b"data"]

    def test_writing_says_how_much_or_lost(self, pipe: tuple[int, int]) -> None:
        fdesc.setNonBlocking(pipe[1])
        assert fdesc.writeToFD(pipe[1], b"data") == 4
        while fdesc.writeToFD(pipe[1], b"x" * 65536):
            pass
        os.close(pipe[0])
        assert fdesc.writeToFD(pipe[1], b"x") is main.CONNECTION_LOST


def test_a_base_port_makes_sockets_that_do_not_wait_and_are_not_inherited() -> None:
    class Port(base.BasePort):
        addressFamily = socket.AF_INET
        socketType = socket.SOCK_DGRAM

    port = Port(WatchList())
    with port.createInternetSocket() as made:
        assert (made.family, made.type) == (socket.AF_INET, socket.SOCK_DGRAM)
        assert (made.getblocking(), made.get_inheritable()) == (False, False)
    with pytest.raises(RuntimeError):
        port.doWrite()


def test_our_reactors_are_posix_reactors_and_a_subclass_of_that_is_refused_with_the_way_out() -> None:
    class QtReactor(posixbase.PosixReactorBase):
        pass

    assert isinstance(AsyncioReactor(), posixbase.PosixReactorBase)
    assert not isinstance(AsyncioReactor(), QtReactor)
    assert not isinstance(object(), posixbase.PosixReactorBase)
    with pytest.raises(NotImplementedError, match=r"QtReactor brings its own .*AsyncioReactor\(loop\)"):
        QtReactor()


def test_a_waker_is_readable_once_woken_until_it_is_read() -> None:
    import select

    waker = posixbase._Waker(WatchList())

    def readable() -> bool:
        return bool(select.select([waker], [], [], 0)[0])

    assert not readable()
    for _ in range(100_000):
        waker.wakeUp()
    assert readable()
    while readable():
        assert waker.doRead() is None
    waker.connectionLost(Failure(error.ConnectionDone()))
    assert waker.fileno() == -1
