"""A reactor inside somebody else's running loop."""

from __future__ import annotations

import asyncio
import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from zope.interface import implementer

import txloop
from txloop.internet import defer, error, interfaces, protocol, reactor, task
from txloop.internet.defer import Deferred
from txloop.internet.threads import deferToThread
from txloop.logger import Logger

Flush = Callable[..., list[Any]]
Connect = Callable[[Any], socket.socket]


class Recorder(protocol.Protocol):
    def connectionMade(self) -> None:
        self.seen: list[Any] = self.factory.seen  # type: ignore[attr-defined]
        self.seen.append("made")
        self.factory.connections.append(self)  # type: ignore[attr-defined]

    def connectionLost(self, reason: Any = None) -> None:
        self.seen.append(reason.type)


def recording_factory(seen: list[Any]) -> protocol.Factory:
    factory = protocol.Factory.forProtocol(Recorder)
    factory.seen = seen  # type: ignore[attr-defined]
    factory.connections = []  # type: ignore[attr-defined]
    factory.noisy = False
    return factory


def read_all(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65536), b""))


@pytest.fixture
def connect() -> Iterator[Callable[[Any], socket.socket]]:
    """Plain sockets that connect to a port; closed after the test."""
    clients: list[socket.socket] = []

    def connect(port: Any) -> socket.socket:
        clients.append(socket.create_connection(("127.0.0.1", port.getHost().port), timeout=5))
        return clients[-1]

    yield connect
    for client in clients:
        client.close()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0)


class TestTheEnd:
    def test_asyncio_run_ends_everything(
        self, new_loop: Callable[[], asyncio.AbstractEventLoop], connect: Connect
    ) -> None:
        """Triggers, port and connection, threads: nobody asked for it by `running`."""
        seen: list[Any] = []
        states: list[Any] = []

        async def main() -> None:
            waited_for: Deferred[None] = Deferred()
            reactor.addSystemEventTrigger("before", "shutdown", lambda: seen.append("before") or waited_for)
            reactor.addSystemEventTrigger("during", "shutdown", lambda: seen.append("during"))
            reactor.addSystemEventTrigger("after", "shutdown", lambda: seen.append("after"))
            reactor.addSystemEventTrigger(
                "before", "shutdown", lambda: reactor.callLater(0.01, waited_for.callback, None) and None
            )
            port = reactor.listenTCP(0, recording_factory(seen), interface="127.0.0.1")
            connect(port)
            await until(lambda: seen)
            await deferToThread(int)
            reactor.callLater(1000, print)
            states.append(reactor.snapshot())

        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(main())
            target = reactor_of(runner.get_loop())
        assert seen == ["made", "before", error.ConnectionLost, "during", "after"]
        snapshot = states[0]
        assert [len(snapshot[kind]) for kind in ("ports", "connections", "delayed_calls")] == [1, 1, 1]
        assert snapshot["threads"]
        assert not target.running
        assert target.snapshot()["ports"] == target.snapshot()["delayed_calls"] == []
        assert [thread for thread in threading.enumerate() if "PoolThread" in thread.name] == []

    def test_two_runs_after_each_other_have_two_reactors(
        self, new_loop: Callable[[], asyncio.AbstractEventLoop]
    ) -> None:
        loops: list[Any] = []

        async def main() -> None:
            loops.append(reactor._asyncioEventloop)
            await deferToThread(int)
            fired: Deferred[int] = Deferred()
            reactor.callLater(0, fired.callback, 1)
            assert await fired == 1

        for _ in range(2):
            with asyncio.Runner(loop_factory=new_loop) as runner:
                runner.run(main())
        assert loops[0] is not loops[1]

    def test_a_whole_process_ends_within_a_second_of_its_work(self, loop_name: str) -> None:
        program = """
import asyncio, sys, time
from txloop.internet import protocol, reactor
from txloop.internet.threads import deferToThread
from txloop_asyncio._reactor.loops import loop_factory
async def main():
    asyncio.get_running_loop().slow_callback_duration = 60  # a busy machine is no error
    reactor.listenTCP(0, protocol.Factory(), interface="127.0.0.1")
    reactor.addSystemEventTrigger("before", "shutdown", print, "before shutdown")
    await deferToThread(int)
    reactor.callInThread(time.sleep, 0.05)
with asyncio.Runner(loop_factory=loop_factory()) as runner:
    runner.run(main())
print("end")
"""
        begin = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-W", "error", "-c", program],
            capture_output=True,
            text=True,
            timeout=30,
        )
        assert (done.stdout, done.stderr, done.returncode) == ("before shutdown\nend\n", "", 0)
        assert time.monotonic() - begin < 5  # 10 s would be a timeout of ours; threads that hang, for ever

    def test_a_before_trigger_that_never_ends_is_cut_and_logged(
        self, new_loop: Callable[[], asyncio.AbstractEventLoop], caplog: pytest.LogCaptureFixture
    ) -> None:
        async def main() -> None:
            async with txloop.running(shutdown_timeout_seconds=0.05) as here:
                here.addSystemEventTrigger("before", "shutdown", lambda: Deferred())

        with asyncio.Runner(loop_factory=new_loop) as runner, caplog.at_level(logging.WARNING):
            runner.run(main())
        assert "not waited for any longer at shutdown: before-shutdown triggers" in caplog.text

    def test_a_thread_that_does_not_end_is_not_waited_for_for_ever(
        self, new_loop: Callable[[], asyncio.AbstractEventLoop], caplog: pytest.LogCaptureFixture
    ) -> None:
        go_on = threading.Event()

        async def main() -> None:
            async with txloop.running(shutdown_timeout_seconds=0.05) as here:
                here.callInThread(go_on.wait, 5)
                await asyncio.sleep(0.01)

        with asyncio.Runner(loop_factory=new_loop) as runner, caplog.at_level(logging.WARNING):
            runner.run(main())
            go_on.set()
        assert "1 calls in threads of twisted.internet.reactor" in caplog.text
        for thread in threading.enumerate():
            if "PoolThread" in thread.name or "joining" in thread.name:
                thread.join(5)

    @pytest.mark.parametrize("how", ["stop", "crash", "running"])
    def test_what_is_begun_after_the_end_works_and_ends_with_the_loop(
        self, how: str, new_loop: Callable[[], asyncio.AbstractEventLoop], connect: Connect
    ) -> None:
        """Ports, connections, delayed calls and threads; nobody who awaits one of them hangs."""
        seen: list[Any] = []

        async def main() -> None:
            if how == "running":
                async with txloop.running():
                    pass
            else:
                getattr(reactor, how)()
                await asyncio.sleep(0)
            assert not reactor.running
            connect(reactor.listenTCP(0, recording_factory(seen), interface="127.0.0.1"))
            await until(lambda: seen)
            async with asyncio.timeout(5):
                assert await deferToThread(int) == 0
                await task.deferLater(reactor, 0.001)  # type: ignore[arg-type]  # a face is a clock
            reactor.callLater(1000, print)

        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(main())
            target = reactor_of(runner.get_loop())
        assert seen == ["made", error.ConnectionLost]
        assert target.snapshot()["ports"] == target.snapshot()["delayed_calls"] == []
        assert [thread for thread in threading.enumerate() if "PoolThread" in thread.name] == []

    def test_a_shutdown_cancelled_in_its_midst_is_done_at_the_end_of_the_loop(
        self, new_loop: Callable[[], asyncio.AbstractEventLoop]
    ) -> None:
        seen: list[Any] = []

        async def work() -> None:
            async with txloop.running(shutdown_timeout_seconds=60) as here:
                here.listenTCP(0, recording_factory(seen), interface="127.0.0.1")
                here.addSystemEventTrigger("before", "shutdown", lambda: seen.append("before") or Deferred())
                here.addSystemEventTrigger("during", "shutdown", lambda: seen.append("during"))

        async def main() -> None:
            working = asyncio.ensure_future(work())
            await until(lambda: seen)
            working.cancel()

        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(main())
            target = reactor_of(runner.get_loop())
        assert seen == ["before", "during"]
        assert (target.snapshot()["life"], target.snapshot()["ports"]) == ("idle", [])


class Reconnecting(protocol.ClientFactory):
    """As much old code is: whatever happens, it connects again at once."""

    noisy = False
    protocol = protocol.Protocol

    def __init__(self) -> None:
        self.made = self.ended = 0

    def buildProtocol(self, addr: Any) -> Any:
        self.made += 1
        return super().buildProtocol(addr)

    def clientConnectionLost(self, connector: Any, reason: Any) -> None:
        self.ended += 1
        connector.connect()

    clientConnectionFailed = clientConnectionLost


class TestWhoConnectsAgain:
    """It would never let the loop go."""

    @pytest.mark.parametrize("how", ["loop", "running", "stop"])
    def test_is_told_and_then_dropped(
        self, how: str, new_loop: Callable[[], asyncio.AbstractEventLoop], caplog: pytest.LogCaptureFixture
    ) -> None:
        """Nothing of it is left, in a loop that goes on neither."""
        factory = Reconnecting()

        async def begin() -> None:
            port = reactor.listenTCP(0, recording_factory([]), interface="127.0.0.1")
            reactor.connectTCP("127.0.0.1", port.getHost().port, factory)
            await until(lambda: factory.made == 1)

        async def main() -> None:
            if how == "running":
                async with txloop.running():
                    await begin()
            else:
                await begin()
            if how == "stop":
                reactor.stop()
                await reactor.stopped()
                await asyncio.sleep(0)
            if how != "loop":
                told = factory.ended
                assert told >= 1
                await asyncio.sleep(0.01)
                assert (factory.made, factory.ended) == (1, told)
                assert reactor.snapshot()["connections"] == []

        with (
            caplog.at_level(logging.WARNING),
            asyncio.Runner(loop_factory=new_loop) as runner,
        ):
            runner.run(main())
        assert factory.made == 1
        assert "not begun, since everything ends here" in caplog.text

    @pytest.mark.asyncio
    async def test_an_attempt_whose_name_is_looked_up_is_given_up_too(self) -> None:
        """Its socket is there already; the resolver never answers."""
        told: list[Any] = []

        class Client(protocol.ClientFactory):
            noisy = False

            def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
                told.append(reason.type)

        @implementer(interfaces.IResolverSimple)
        class Silent:
            def getHostByName(self, name: str, timeout: Any = None) -> Deferred[str]:
                return Deferred()

        async with txloop.running() as here:
            before = here.installResolver(Silent())
            connector = here.connectTCP("nowhere.test", 1, Client())
            await asyncio.sleep(0.01)
            assert told == []
        here.installResolver(before)
        assert told == [error.ConnectError]
        assert connector.state == "disconnected"

    @pytest.mark.asyncio
    async def test_a_task_that_connects_in_the_meantime_gets_an_answer_and_may_try_again(self) -> None:
        """It awaits; an attempt that is never answered would hang it."""
        failed: list[Any] = []
        lost = asyncio.Event()

        class Client(protocol.Protocol):
            def connectionLost(self, reason: Any = None) -> None:
                lost.set()

        async def keep_connected(port: int) -> Any:
            creator = protocol.ClientCreator(reactor, Client)
            await creator.connectTCP("127.0.0.1", port)
            await lost.wait()
            while True:
                try:
                    return await creator.connectTCP("127.0.0.1", port)
                except error.ConnectError as refused:
                    failed.append(refused)
                    await asyncio.sleep(0)

        with socket.create_server(("127.0.0.1", 0)) as other:
            async with txloop.running() as here:
                working = asyncio.ensure_future(keep_connected(other.getsockname()[1]))
                await until(lambda: [each["state"] for each in here.snapshot()["connections"]] == ["open"])
            async with asyncio.timeout(5):
                again = await working
            again.transport.abortConnection()
            await asyncio.sleep(0.01)


def reactor_of(loop: asyncio.AbstractEventLoop) -> Any:
    from txloop_asyncio.ambient import reactor_of as found

    return found(loop)


class TestStop:
    @pytest.mark.asyncio
    async def test_stop_ends_txloops_work_and_not_the_loop(self, connect: Connect) -> None:
        seen: list[Any] = []
        reactor.addSystemEventTrigger("during", "shutdown", seen.append, "during")
        port = reactor.listenTCP(0, recording_factory(seen), interface="127.0.0.1")
        connect(port)
        await until(lambda: seen)
        reactor.stop()
        await reactor.stopped()
        assert not reactor.running
        assert seen == ["made", error.ConnectionLost, "during"]
        assert reactor.snapshot()["ports"] == []
        await asyncio.sleep(0)  # the loop is still there

    @pytest.mark.asyncio
    async def test_stop_cancels_no_task_and_a_second_one_is_refused(self) -> None:
        async def wait() -> str:
            await reactor.stopped()
            return "told"

        waiting = [asyncio.ensure_future(wait()) for _ in range(2)]
        await asyncio.sleep(0)
        reactor.stop()
        with pytest.raises(error.ReactorNotRunning):
            reactor.stop()
        assert await asyncio.gather(*waiting) == ["told", "told"]
        await reactor.stopped()  # at once: it has been

    @pytest.mark.asyncio
    async def test_crash_tells_who_waits(self) -> None:
        waiting = asyncio.ensure_future(reactor.stopped())
        await asyncio.sleep(0)
        reactor.crash()
        await waiting
        assert not reactor.running


class TestRunning:
    @pytest.mark.asyncio
    async def test_it_gives_the_reactor_of_the_loop(self) -> None:
        async with txloop.running() as here:
            assert isinstance(here, txloop.AsyncioReactor)
            assert here._asyncioEventloop is asyncio.get_running_loop()
            assert here.running
        assert not reactor.running

    @pytest.mark.asyncio
    async def test_connections_are_asked_to_close_and_their_bytes_arrive(self, connect: Connect) -> None:
        seen: list[Any] = []
        async with txloop.running() as here:
            factory: Any = recording_factory(seen)
            client = connect(here.listenTCP(0, factory, interface="127.0.0.1"))
            await until(lambda: seen)
            factory.connections[0].transport.write(b"x" * 10_000_000)
            reading = asyncio.ensure_future(asyncio.to_thread(read_all, client))
            await asyncio.sleep(0)
        assert len(await reading) == 10_000_000
        assert seen == ["made", error.ConnectionDone]

    @pytest.mark.asyncio
    async def test_a_connection_that_does_not_close_is_cut_and_logged(
        self, caplog: pytest.LogCaptureFixture, connect: Connect
    ) -> None:
        seen: list[Any] = []
        with caplog.at_level(logging.WARNING):
            async with txloop.running(shutdown_timeout_seconds=0.05) as here:
                factory: Any = recording_factory(seen)
                connect(here.listenTCP(0, factory, interface="127.0.0.1"))
                await until(lambda: seen)
                factory.connections[0].transport.write(b"x" * 50_000_000)
        assert "cut at shutdown" in caplog.text
        assert seen == ["made", error.ConnectionAborted]

    @pytest.mark.asyncio
    async def test_a_loss_that_is_told_by_call_later_zero_is_told(self, connect: Connect) -> None:
        """Delayed calls are cancelled, but not those that are due at once."""
        told: Deferred[Any] = Deferred()

        class Teller(protocol.Protocol):
            def connectionMade(self) -> None:
                here.callLater(1000, told.callback, "never")
                self.transport.write(b"x" * 50_000_000)  # type: ignore[union-attr]  # it is connected

            def connectionLost(self, reason: Any = None) -> None:
                here.callLater(0, told.callback, reason.type)

        factory = protocol.Factory.forProtocol(Teller)
        factory.noisy = False
        async with txloop.running(shutdown_timeout_seconds=0.05) as here:
            connect(here.listenTCP(0, factory, interface="127.0.0.1"))
            await until(lambda: here.snapshot()["connections"])
        assert await told is error.ConnectionAborted

    @pytest.mark.asyncio
    async def test_an_attempt_to_connect_is_given_up_at_once(self) -> None:
        """Nobody answers: the end waits for nothing, and the factory is told."""
        told: list[Any] = []

        class Client(protocol.ClientFactory):
            noisy = False

            def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
                told.append(reason.type)

        with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
            fillers = [socket.socket() for _ in range(4)]
            for each in fillers:
                each.setblocking(False)
                each.connect_ex(full.getsockname())
            async with asyncio.timeout(5), txloop.running(shutdown_timeout_seconds=60) as here:
                here.connectTCP(*full.getsockname(), Client())
                await asyncio.sleep(0.01)
                assert here.snapshot()["connections"][0]["state"] == "connecting"
            for each in fillers:
                each.close()
        assert told == [error.UserError]

    @pytest.mark.asyncio
    async def test_nested_the_outer_one_ends_it(self) -> None:
        async with txloop.running() as outer:
            async with txloop.running() as inner:
                assert inner._asyncioEventloop is outer._asyncioEventloop
            assert outer.running
        assert not reactor.running

    @pytest.mark.asyncio
    async def test_it_begins_again_after_the_end(self) -> None:
        seen: list[str] = []
        for name in ("first", "second"):
            async with txloop.running() as here:
                here.addSystemEventTrigger("before", "shutdown", seen.append, name)
                assert here.running
                assert await deferToThread(lambda: 1) == 1
        assert seen == ["first", "second"]

    @pytest.mark.asyncio
    async def test_waiting_for_stop_inside_it(self) -> None:
        seen: list[str] = []
        async with txloop.running() as here:
            here.addSystemEventTrigger("before", "shutdown", seen.append, "shutdown")
            here.callLater(0, here.stop)
            await here.stopped()
            seen.append("still here")
        assert seen == ["shutdown", "still here"]

    @pytest.mark.asyncio
    async def test_delayed_calls_are_cancelled(self) -> None:
        async with txloop.running() as here:
            call = here.callLater(1000, print)
        assert call.cancelled

    @pytest.mark.asyncio
    async def test_who_stops_waiting_afterwards_finds_nothing_wrong(self) -> None:
        """Their delayed calls are cancelled already: that is no AlreadyCancelled of theirs."""
        looping = task.LoopingCall(print)
        comes_again = protocol.ReconnectingClientFactory()
        comes_again.noisy = False
        async with txloop.running() as here:
            ended = looping.start(1000, now=False)
            waiting = task.deferLater(here, 1000)  # type: ignore[arg-type]  # a face is a clock
            here.connectTCP("127.0.0.1", 1, comes_again)
            await until(lambda: len(here.getDelayedCalls()) == 3)
        looping.stop()
        assert await ended is looping
        comes_again.stopTrying()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    @pytest.mark.asyncio
    async def test_what_the_body_raises_passes_and_the_end_is_orderly(self) -> None:
        seen: list[str] = []

        async def body() -> None:
            async with txloop.running() as here:
                here.addSystemEventTrigger("before", "shutdown", seen.append, "shutdown")
                raise ValueError("body")

        with pytest.raises(ValueError, match="body"):
            await body()
        assert seen == ["shutdown"]


class TestRun:
    def test_it_returns_what_main_returns_and_ends_in_order(self, loop_name: Any) -> None:
        seen: list[Any] = []

        async def main() -> str:
            reactor.addSystemEventTrigger("after", "shutdown", seen.append, "after")
            seen.append(type(asyncio.get_running_loop()).__module__.partition(".")[0])
            return await defer.succeed("result")

        assert txloop.run(main()) == "result"
        assert txloop.run(main(), loop=loop_name) == "result"
        assert seen == [loop_name, "after"] * 2

    def test_debug_reaches_the_loop(self) -> None:
        async def main() -> bool:
            return asyncio.get_running_loop().get_debug()

        assert txloop.run(main(), debug=True) is True


@pytest.mark.asyncio
async def test_log_events_reach_the_standard_logging_while_embedded(caplog: pytest.LogCaptureFixture) -> None:
    assert reactor.running
    with caplog.at_level(logging.INFO):
        Logger(namespace="my.server").info("hello {name}", name="ann")
    assert [(record.name, record.getMessage()) for record in caplog.records] == [("my.server", "hello ann")]
