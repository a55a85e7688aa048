"""Calls from threads, calls from within calls, starting again, and children."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from reliability.serving import open_descriptors
from support import CHILD_TIMEOUT_SECONDS, child_environment
from txloop import AsyncioReactor
from txloop.internet import defer, error, protocol, task, threads

# asyncio's server forgets a connection that it has accepted in the turn in which it is closed: the peer
# is closed at once, but by the collector, with a ResourceWarning.  (CPython 3.11-3.13, Server._attach.)
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

EXAMPLES = int(os.environ.get("TXLOOP_RELIABILITY_EXAMPLES", "12"))
IS_LONG = EXAMPLES > 50
THREADS = 64
CALLS = 2_000 if IS_LONG else 100
RESTARTS = 1_000 if IS_LONG else 100
CHILDREN = 50 if IS_LONG else 15


@pytest.fixture
def reactor(loop_name: str) -> AsyncioReactor:
    return AsyncioReactor()


def quiet(kind: Any) -> Any:
    factory = protocol.ClientFactory.forProtocol(kind)
    factory.noisy = False
    return factory


# ---- threads -----------------------------------------------------------------------------------


def test_calls_from_64_threads_come_in_each_threads_order_and_none_is_lost(reactor: AsyncioReactor) -> None:
    seen: list[tuple[int, int]] = []
    ready = threading.Barrier(THREADS)

    def call(number: int) -> None:
        ready.wait()
        for count in range(CALLS):
            reactor.callFromThread(seen.append, (number, count))
        reactor.callFromThread(one_is_done)

    left = THREADS

    def one_is_done() -> None:
        nonlocal left
        left -= 1
        if not left:
            reactor.stop()

    workers = [threading.Thread(target=call, args=(number,)) for number in range(THREADS)]

    def start() -> None:
        for worker in workers:
            worker.start()

    reactor.callWhenRunning(start)
    reactor.run(installSignalHandlers=False)
    for worker in workers:
        worker.join()
    assert len(seen) == THREADS * CALLS
    for number in range(THREADS):
        assert [count for each, count in seen if each == number] == list(range(CALLS))


def test_blocking_calls_from_many_threads_each_get_their_own_answer(reactor: AsyncioReactor) -> None:
    answers: dict[int, list[int]] = {}

    def later(number: int) -> defer.Deferred[int]:
        return task.deferLater(reactor, 0, lambda: number)

    def ask(number: int) -> None:
        answers[number] = [
            threads.blockingCallFromThread(reactor, later, number * 1000 + count) for count in range(10)
        ]

    reactor.suggestThreadPoolSize(THREADS)
    asked = [threads.deferToThreadPool(reactor, reactor.getThreadPool(), ask, n) for n in range(THREADS)]
    defer.gatherResults(asked).addCallback(lambda _: reactor.stop())
    reactor.run(installSignalHandlers=False)
    assert answers == {n: [n * 1000 + count for count in range(10)] for n in range(THREADS)}


def test_a_second_thread_cannot_run_it_too(reactor: AsyncioReactor) -> None:
    refused: list[BaseException] = []

    def try_to_run() -> None:
        try:
            reactor.run(installSignalHandlers=False)
        except BaseException as raised:
            refused.append(raised)
        reactor.callFromThread(reactor.stop)

    reactor.callWhenRunning(reactor.callInThread, try_to_run)
    reactor.run(installSignalHandlers=False)
    assert [type(each) for each in refused] == [error.ReactorAlreadyRunning]


# ---- from within --------------------------------------------------------------------------------------

PLACES = (
    "callLater", "callFromThread", "callWhenRunning", "LoopingCall", "Deferred", "thread's answer",
    "startup trigger", "buildProtocol", "connectionMade", "dataReceived", "connectionLost",
    "clientConnectionLost", "clientConnectionFailed", "resumeProducing", "datagramReceived",
    "processEnded", "doRead",
)  # fmt: skip


class Stage:
    """Servers, clients, timers, threads and a child; at *place* `act` is called, once."""

    def __init__(self, reactor: AsyncioReactor, place: str, act: Callable[[], object]) -> None:
        self.reactor, self.place, self.act = reactor, place, act
        self.reached = 0
        self.made = self.lost = 0

    def at(self, place: str) -> None:
        if place == self.place:
            self.reached += 1
            if self.reached == 1:
                self.act()

    def set(self) -> None:
        """Everything that leads to every place."""
        reactor, at = self.reactor, self.at
        reactor.callLater(0.01, at, "callLater")
        reactor.callFromThread(at, "callFromThread")
        reactor.callWhenRunning(at, "callWhenRunning")
        reactor.addSystemEventTrigger("during", "startup", at, "startup trigger")
        looping = task.LoopingCall(at, "LoopingCall")
        looping.clock = reactor
        reactor.callWhenRunning(looping.start, 0.005)
        task.deferLater(reactor, 0.01, lambda: None).addCallback(lambda _: at("Deferred"))
        answered = threads.deferToThreadPool(reactor, reactor.getThreadPool(), int)
        answered.addBoth(lambda _: at("thread's answer"))
        self._connect()
        self._send_a_datagram()
        self._spawn()
        self._watch()

    def _connect(self) -> None:
        stage = self

        class End(protocol.Protocol):
            def connectionMade(self) -> None:
                stage.made += 1
                stage.at("connectionMade")

            def connectionLost(self, reason: Any = None) -> None:
                stage.lost += 1
                stage.at("connectionLost")

        class Server(End):
            def dataReceived(self, data: bytes) -> None:
                stage.at("dataReceived")
                self.transport.registerProducer(self, False)

            def resumeProducing(self) -> None:
                stage.at("resumeProducing")
                self.transport.unregisterProducer()
                self.transport.loseConnection()

            def stopProducing(self) -> None:
                pass

        class Client(End):
            def connectionMade(self) -> None:
                super().connectionMade()
                self.transport.write(b"x")

        served, connecting = quiet(Server), quiet(Client)
        served.buildProtocol = lambda addr: (self.at("buildProtocol"), Server())[1]
        connecting.clientConnectionLost = lambda *_: self.at("clientConnectionLost")
        connecting.clientConnectionFailed = lambda *_: self.at("clientConnectionFailed")
        port = self.reactor.listenTCP(0, served, interface="127.0.0.1")
        number = port.getHost().port
        self.reactor.connectTCP("127.0.0.1", number, connecting)
        idle = quiet(End)
        self.reactor.connectTCP("127.0.0.1", number, idle)
        with socket.create_server(("127.0.0.1", 0)) as closed:
            nowhere = closed.getsockname()
        self.reactor.connectTCP(*nowhere, connecting)

    def _send_a_datagram(self) -> None:
        stage = self

        class Datagrams(protocol.DatagramProtocol):
            def startProtocol(self) -> None:
                self.transport.write(b"x", ("127.0.0.1", self.transport.getHost().port))

            def datagramReceived(self, data: bytes, addr: Any) -> None:
                stage.at("datagramReceived")

        self.reactor.listenUDP(0, Datagrams(), interface="127.0.0.1")

    def _spawn(self) -> None:
        child = protocol.ProcessProtocol()
        child.processEnded = lambda reason: self.at("processEnded")  # type: ignore[method-assign]
        self.reactor.spawnProcess(child, "/bin/true", ["true"])

    def _watch(self) -> None:
        one, other = socket.socketpair()
        other.send(b"x")
        stage = self

        class Descriptor:
            def fileno(self) -> int:
                return one.fileno()

            def logPrefix(self) -> str:
                return "Descriptor"

            def doRead(self) -> None:
                one.recv(1)
                stage.at("doRead")

            def connectionLost(self, reason: Any) -> None:
                one.close()
                other.close()

        self.reactor.addReader(Descriptor())


@pytest.mark.parametrize("place", PLACES)
def test_stop_from_any_callback_ends_everything_once(place: str, reactor: AsyncioReactor) -> None:
    stage = Stage(reactor, place, reactor.stop)
    stage.set()
    too_late = reactor.callLater(20, reactor.crash)
    reactor.run(installSignalHandlers=False)
    assert stage.reached
    assert stage.made == stage.lost
    assert too_late.active(), "nobody ever came there"
    for call in reactor.getDelayedCalls():
        call.cancel()
    assert not reactor.snapshot()["connections"]
    assert not reactor.snapshot()["ports"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("call", ["run", "iterate"])
def test_run_and_iterate_from_any_callback_are_refused_and_say_so(
    call: str, place: str, reactor: AsyncioReactor
) -> None:
    refused: list[BaseException] = []

    def act() -> None:
        try:
            getattr(reactor, call)()
        except (error.ReactorAlreadyRunning, RuntimeError) as raised:
            refused.append(raised)
        reactor.callLater(0, reactor.stop)

    stage = Stage(reactor, place, act)
    stage.set()
    too_late = reactor.callLater(20, reactor.crash)
    reactor.run(installSignalHandlers=False)
    (raised,) = refused
    assert isinstance(raised, error.ReactorAlreadyRunning if call == "run" else RuntimeError)
    assert str(raised)
    assert too_late.active()
    for delayed in reactor.getDelayedCalls():
        delayed.cancel()


# ---- again and again -------------------------------------------------------------------------------


def test_it_starts_and_stops_many_times_with_ports_threads_and_children(reactor: AsyncioReactor) -> None:
    def once() -> None:
        stage = Stage(reactor, "clientConnectionLost", reactor.stop)
        stage.set()
        reactor.run(installSignalHandlers=False)
        assert stage.made == stage.lost
        for call in reactor.getDelayedCalls():
            call.cancel()

    for _ in range(3):
        once()
    gc.collect()  # loops of other tests
    descriptors, running = open_descriptors(), threading.active_count()
    for _ in range(RESTARTS):
        once()
    assert open_descriptors() <= descriptors + 2  # the pidfd of a child that was not told yet
    assert threading.active_count() <= running + 1


def test_a_thousand_loops_one_after_the_other_leave_nothing(new_loop: Any) -> None:
    async def once() -> None:
        from txloop.internet import reactor

        answer: defer.Deferred[int] = task.deferLater(reactor, 0, lambda: 7)
        port = reactor.listenTCP(0, quiet(protocol.Protocol), interface="127.0.0.1")
        assert await answer == 7
        await port.stopListening()

    def run_one() -> None:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(once())

    run_one()
    gc.collect()  # loops of other tests
    descriptors, running = open_descriptors(), threading.active_count()
    for _ in range(RESTARTS):
        run_one()
    assert open_descriptors() == descriptors
    assert threading.active_count() == running


# ---- children -----------------------------------------------------------------------------------------


def test_many_children_at_once_all_end_and_say_how(reactor: AsyncioReactor) -> None:
    ended: dict[int, int | None] = {}

    class Child(protocol.ProcessProtocol):
        def __init__(self, number: int) -> None:
            self.number = number
            self.said = b""

        def outReceived(self, data: bytes) -> None:
            self.said += data

        def processEnded(self, reason: Any) -> None:
            assert self.said == b"%d\n" % self.number
            ended[self.number] = reason.value.exitCode
            if len(ended) == CHILDREN:
                reactor.stop()

    def spawn() -> None:
        for number in range(CHILDREN):
            script = f"echo {number}; exit {number % 5}"
            reactor.spawnProcess(Child(number), "/bin/sh", ["sh", "-c", script], env=None)

    before = open_descriptors()
    reactor.callWhenRunning(spawn)
    reactor.callLater(30, reactor.crash)
    reactor.run(installSignalHandlers=False)
    for call in reactor.getDelayedCalls():
        call.cancel()
    assert ended == {number: number % 5 for number in range(CHILDREN)}
    assert open_descriptors() <= before + 8  # the loop's own, made when it ran


PREFORK = """
import os, socket
from txloop.internet import reactor, protocol

class Who(protocol.Protocol):
    def connectionMade(self):
        self.transport.write(b"%d" % os.getpid())
        self.transport.loseConnection()

factory = protocol.Factory.forProtocol(Who)
factory.noisy = False
port = reactor.listenTCP(0, factory, interface="127.0.0.1")
number = port.getHost().port
children = []
ready, told = os.pipe()
for _ in range(2):
    child = os.fork()
    if not child:
        reactor.callWhenRunning(os.write, told, b"x")
        reactor.run()
        os._exit(0)
    children.append(child)
for _ in children:  # a signal before that would just kill them
    os.read(ready, 1)
said = set()
for _ in range(200):
    with socket.create_connection(("127.0.0.1", number)) as client:
        client.settimeout(10)
        said.add(int(client.recv(100)))
import signal
for child in children:
    os.kill(child, signal.SIGTERM)
print(said <= set(children), bool(said), [os.waitstatus_to_exitcode(os.waitpid(c, 0)[1]) for c in children])
"""

FORK_WHILE_IT_RUNS = """
import os, warnings
warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads: that is what is tried
from txloop.internet import reactor, protocol, task, threads

ends = []
def fork():
    child = os.fork()
    if not child:
        os._exit(7)
    ends.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
def end():
    # The parent's reactor is whole: timers, threads and sockets go on.
    threads.deferToThread(lambda: 5).addCallback(ends.append).addCallback(lambda _: reactor.stop())
reactor.callWhenRunning(threads.deferToThread, int)
for moment in (0.01, 0.02, 0.03):
    reactor.callLater(moment, fork)
reactor.callLater(0.05, end)
reactor.run()
print(ends)
"""

MULTIPROCESSING = """
import multiprocessing, sys
from txloop.internet import reactor, task

def work(number):
    from txloop.internet import reactor, task
    answers = []
    task.deferLater(reactor, 0.01, lambda: number * 2).addCallback(answers.append)
    reactor.callLater(0.02, reactor.stop)
    reactor.run()
    return answers[0]

if __name__ == "__main__":
    for method in ("spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            print(pool.map(work, [1, 2, 3]))
    reactor.callLater(0, reactor.stop)
    reactor.run()
"""


@pytest.mark.parametrize(
    ("program", "output"),
    [
        (PREFORK, "True True [0, 0]\n"),
        (FORK_WHILE_IT_RUNS, "[7, 7, 7, 5]\n"),
        (MULTIPROCESSING, "[2, 4, 6]\n[2, 4, 6]\n"),
    ],
    ids=["prefork", "fork while it runs", "multiprocessing"],
)
def test_programs_that_fork(program: str, output: str, loop_name: str, tmp_path: Any) -> None:
    script = tmp_path / "program.py"
    script.write_text(program)
    done = subprocess.run(
        [sys.executable, str(script)],
        env=child_environment(TXLOOP_LOOP=loop_name),
        capture_output=True,
        text=True,
        timeout=CHILD_TIMEOUT_SECONDS,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == (output, "", 0)
