"""A reactor that runs the loop itself: run, stop, crash, iterate, signals."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
import weakref
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

from txloop import AsyncioReactor
from txloop.internet import error
from txloop.internet.defer import Deferred, ensureDeferred
from txloop.internet.protocol import ClientFactory, Factory, Protocol
from txloop.internet.task import LoopingCall
from txloop.logger import capturedLogs
from txloop.python import log

Flush = Callable[..., list[Any]]


@pytest.fixture
def reactor(loop_name: str) -> AsyncioReactor:
    return AsyncioReactor()


def run_for(reactor: AsyncioReactor, seconds: float) -> None:
    reactor.callLater(seconds, reactor.stop)
    reactor.run()


def test_events_come_in_twisteds_order_with_twisteds_states(reactor: AsyncioReactor) -> None:
    """Source: Twisted 26.10, by running the same program."""
    seen: list[Any] = []

    def mark(text: str) -> None:
        seen.append((text, reactor.running, reactor._started, reactor._stopped))

    for phase in ("after", "before", "during"):
        for event in ("startup", "shutdown"):
            reactor.addSystemEventTrigger(phase, event, mark, f"{phase} {event}")
    reactor.callWhenRunning(reactor.stop)
    reactor.run()
    assert seen == [
        ("before startup", False, True, False),
        ("during startup", True, True, False),
        ("after startup", True, True, False),
        ("before shutdown", True, True, True),
        ("during shutdown", False, False, True),
        ("after shutdown", False, False, True),
    ]


def test_startup_triggers_and_call_when_running_are_inside_the_loop(reactor: AsyncioReactor) -> None:
    seen: list[Any] = []

    async def work() -> None:
        seen.append(asyncio.get_running_loop())
        reactor.stop()

    for phase in ("before", "during", "after"):
        reactor.addSystemEventTrigger(phase, "startup", lambda: seen.append(asyncio.get_running_loop()))
    reactor.callWhenRunning(lambda: seen.append(asyncio.get_running_loop().create_task(work())))
    reactor.run()
    task = seen.pop(3)
    assert task.done()
    assert seen == [reactor._asyncioEventloop] * 4


def test_before_shutdown_deferreds_are_waited_for(reactor: AsyncioReactor) -> None:
    waited_for: Deferred[None] = Deferred()
    reactor.addSystemEventTrigger("before", "shutdown", lambda: waited_for)
    reactor.addSystemEventTrigger("during", "shutdown", lambda: seen.append(waited_for.called))
    seen: list[Any] = []
    reactor.callWhenRunning(reactor.stop)
    reactor.callLater(0.03, waited_for.callback, None)
    reactor.run()
    assert seen == [True]


def test_it_runs_a_hundred_times_and_leaves_nothing(reactor: AsyncioReactor) -> None:
    seen: list[int] = []
    descriptors: list[int] = []
    gc.collect()
    for number in range(100):
        reactor.addSystemEventTrigger("after", "shutdown", seen.append, number)
        reactor.callWhenRunning(reactor.callInThread, int)
        reactor.callWhenRunning(reactor.stop)
        reactor.run()
        descriptors.append(len(os.listdir("/proc/self/fd")) if sys.platform == "linux" else 0)
    assert seen == list(range(100))
    assert descriptors[-1] <= descriptors[1]
    assert reactor.threadpool is None
    assert [thread for thread in threading.enumerate() if "PoolThread" in thread.name] == []
    assert reactor.getDelayedCalls() == []


def test_the_loop_is_kept_from_run_to_crash_to_run(reactor: AsyncioReactor) -> None:
    loops: list[Any] = []
    for end in (reactor.crash, reactor.stop, reactor.crash):
        reactor.callWhenRunning(lambda: loops.append(asyncio.get_running_loop()))
        reactor.callWhenRunning(end)
        reactor.run()
    assert len({id(loop) for loop in loops}) == 1


def test_a_connection_that_outlives_a_crash_speaks_for_itself_in_the_next_runs_thread(
    reactor: AsyncioReactor,
) -> None:
    class Talks(Protocol):
        def connectionMade(self) -> None:
            self.transport.write(b"first")

        def dataReceived(self, data: bytes) -> None:
            log.msg(data.decode())
            if data == b"first":
                reactor.crash()
                self.transport.write(b"second")
            else:
                reactor.stop()

    systems: list[str] = []

    def observe(event: dict[str, Any]) -> None:
        if event["message"] in (("first",), ("second",)):
            systems.append(event["system"])

    echoing = Factory.forProtocol(type("Echo", (Protocol,), {"dataReceived": _echo}))
    port = reactor.listenTCP(0, echoing, interface="127.0.0.1")
    talking = ClientFactory()
    talking.protocol = Talks
    reactor.connectTCP("127.0.0.1", port.getHost().port, talking)
    log.addObserver(observe)
    try:
        reactor.run()
        second = threading.Thread(target=reactor.run, args=(False,))
        second.start()
        second.join()
    finally:
        log.removeObserver(observe)
    assert systems == ["Talks,client", "Talks,client"]


def _echo(protocol: Any, data: bytes) -> None:
    protocol.transport.write(data)


def test_crash_fires_no_triggers_and_keeps_them(reactor: AsyncioReactor) -> None:
    seen: list[str] = []
    reactor.addSystemEventTrigger("before", "shutdown", seen.append, "shutdown")
    reactor.callWhenRunning(reactor.crash)
    reactor.run()
    assert seen == []
    assert not reactor.running
    reactor.callWhenRunning(reactor.stop)
    reactor.run()
    assert seen == ["shutdown"]


def test_delayed_calls_stay_pending_over_stop_and_run_in_the_next_run(reactor: AsyncioReactor) -> None:
    seen: list[str] = []
    call = reactor.callLater(0.02, seen.append, "x")
    reactor.callWhenRunning(reactor.stop)
    reactor.run()
    assert reactor.getDelayedCalls() == [call]
    run_for(reactor, 0.03)
    assert seen == ["x"]


def test_stop_when_not_running_and_twice_and_run_twice_are_errors(reactor: AsyncioReactor) -> None:
    seen: list[Any] = []

    def twice() -> None:
        with pytest.raises(error.ReactorAlreadyRunning):
            reactor.run()
        reactor.stop()
        with pytest.raises(error.ReactorNotRunning, match=r"Can't stop reactor that isn't running\."):
            reactor.stop()
        seen.append("checked")

    with pytest.raises(error.ReactorNotRunning):
        reactor.stop()
    reactor.callWhenRunning(twice)
    reactor.run()
    assert seen == ["checked"]
    with pytest.raises(error.ReactorNotRunning):
        reactor.stop()


def test_a_startup_trigger_may_stop_it(reactor: AsyncioReactor) -> None:
    seen: list[str] = []
    reactor.addSystemEventTrigger("before", "startup", reactor.stop)
    reactor.addSystemEventTrigger("during", "shutdown", seen.append, "shutdown")
    reactor.run()
    assert seen == ["shutdown"]


def test_call_when_running_calls_at_once_while_it_runs_and_returns_none(reactor: AsyncioReactor) -> None:
    seen: list[Any] = []

    def check() -> None:
        seen.append(reactor.callWhenRunning(seen.append, "at once"))
        reactor.stop()

    assert reactor.callWhenRunning(check) is not None
    reactor.run()
    assert seen == ["at once", None]


@pytest.mark.parametrize("failure", [ValueError, SystemExit, KeyboardInterrupt])
@pytest.mark.parametrize("how", ["callLater", "callFromThread", "trigger"])
def test_whatever_a_call_raises_is_logged_and_the_program_goes_on(
    how: str, failure: type[BaseException], reactor: AsyncioReactor, flush_logged_errors: Flush
) -> None:
    """sys.exit() in a callback does not end a Twisted program.  Source: Twisted 26.10, by running it."""

    def fail() -> None:
        raise failure("x")

    if how == "callLater":
        reactor.callLater(0, fail)
    elif how == "callFromThread":
        reactor.callFromThread(fail)
    else:
        reactor.callWhenRunning(fail)
    run_for(reactor, 0.02)
    assert [logged.type for logged in flush_logged_errors()] == [failure]


def test_bad_arguments_are_refused_at_the_call(reactor: AsyncioReactor) -> None:
    nothing: Any = None
    with pytest.raises(AssertionError, match="-1 is not greater than or equal to 0 seconds"):
        reactor.callLater(-1, print)
    with pytest.raises(AssertionError, match="None is not callable"):
        reactor.callFromThread(nothing)
    with pytest.raises(AssertionError, match="None is not callable"):
        reactor.addSystemEventTrigger("before", "shutdown", nothing)
    with pytest.raises(KeyError, match="invalid phase"):
        reactor.addSystemEventTrigger("sometimes", "shutdown", print)
    assert reactor.getDelayedCalls() == []


def test_seconds_is_like_time_time(reactor: AsyncioReactor) -> None:
    assert abs(reactor.seconds() - time.time()) < 1
    call = reactor.callLater(100, print)
    assert abs(call.getTime() - (time.time() + 100)) < 1
    call.cancel()


def test_two_calls_half_a_millisecond_apart_run_by_their_times(reactor: AsyncioReactor) -> None:
    seen: list[str] = []
    for _ in range(20):
        reactor.callLater(0.00149, seen.append, "later")
        reactor.callLater(0.00101, seen.append, "sooner")
        run_for(reactor, 0.004)
    assert seen == ["sooner", "later"] * 20


def test_calls_are_never_early(reactor: AsyncioReactor) -> None:
    late: list[float] = []
    for number in range(50):
        delay = 0.0003 + number * 0.00037
        reactor.callLater(delay, lambda due: late.append(time.monotonic() - due), time.monotonic() + delay)
    run_for(reactor, 0.04)
    assert len(late) == 50
    assert min(late) >= 0


def test_a_fast_looping_call_runs_as_often_as_it_says(reactor: AsyncioReactor) -> None:
    count = 0

    def tick() -> None:
        nonlocal count
        count += 1

    looping = LoopingCall(tick)
    looping.clock = reactor
    looping.start(0.0104)
    reactor.callLater(0.52, looping.stop)
    run_for(reactor, 0.53)
    assert 45 <= count <= 51


def test_iterate_is_one_turn_and_needs_no_run(reactor: AsyncioReactor) -> None:
    """Calls from threads, then delayed calls, then descriptors; what these calls add is the next turn's."""
    seen: list[str] = []

    def again() -> None:
        seen.append("delayed")
        reactor.callLater(0, again)

    again()
    reactor.callFromThread(seen.append, "thread")
    start = time.monotonic()
    reactor.iterate(0)
    assert seen == ["delayed", "thread", "delayed"]
    for turns in range(2, 20):
        reactor.iterate(0)
        assert seen.count("delayed") == 1 + turns
    assert time.monotonic() - start < 0.1  # not a sleep; Twisted's asyncio reactor takes 10 ms a pass


def test_what_iterate_calls_is_inside_the_loop(reactor: AsyncioReactor) -> None:
    """So it may use asyncio; a task goes on in the next ones."""
    seen: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0)
        seen.append("done")

    tasks: list[asyncio.Task[None]] = []

    def begin() -> None:
        tasks.append(asyncio.get_running_loop().create_task(work()))

    reactor.callLater(0, begin)
    reactor.callFromThread(begin)
    for _ in range(3):
        reactor.iterate(0)
    assert seen == ["done", "done"]
    assert all(task.done() for task in tasks)


def test_iterate_with_a_delay_waits_for_timed_calls(reactor: AsyncioReactor) -> None:
    seen: list[str] = []
    reactor.callLater(0.01, seen.append, "timed")
    reactor.iterate(0.03)
    assert seen == ["timed"]


def test_iterate_inside_a_loop_says_that_loops_do_not_nest(reactor: AsyncioReactor) -> None:
    seen: list[Any] = []

    def nest() -> None:
        try:
            reactor.iterate(0)
        except RuntimeError as refused:
            seen.append(str(refused))
        reactor.stop()

    reactor.callWhenRunning(nest)
    reactor.run()
    assert "inside a running event loop" in seen[0]


def test_async_generators_are_closed_at_stop_and_later_ones_do_not_warn(reactor: AsyncioReactor) -> None:
    seen: list[str] = []
    generators: list[Any] = []

    async def numbers() -> AsyncGenerator[int, None]:
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0)
            seen.append("closed")

    async def begin() -> None:
        generators.append(numbers())
        await generators[-1].__anext__()
        reactor.stop()

    tasks: list[Any] = []
    for _ in range(2):
        reactor.callWhenRunning(lambda: tasks.append(asyncio.get_running_loop().create_task(begin())))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            reactor.run()
    assert seen == ["closed", "closed"]


def test_what_is_suspended_at_stop_stays_so_and_goes_on_in_the_next_run(
    reactor: AsyncioReactor,
) -> None:
    """A Deferred's coroutine, in the midst of an asynchronous generator's step.

    Source: Twisted 26.10 for the coroutine: stop() cancels none.
    """
    seen: list[Any] = []
    go_on: Deferred[None] = Deferred()

    async def numbers() -> AsyncGenerator[int, None]:
        yield 1
        await go_on
        yield 2

    async def work() -> None:
        async for number in numbers():
            seen.append(number)
        reactor.stop()

    reactor.callWhenRunning(lambda: ensureDeferred(work()))
    reactor.callWhenRunning(reactor.stop)
    with capturedLogs() as events:
        reactor.run()
    assert seen == [1]
    assert [event for event in events if event["log_level"].name != "info"] == []
    reactor.callWhenRunning(go_on.callback, None)
    reactor.run()
    assert seen == [1, 2]


def test_a_forgotten_reactor_is_freed_and_its_loop_closed(loop_name: str) -> None:
    reactor = AsyncioReactor()
    reactor.callLater(1000, print)
    reactor.callWhenRunning(reactor.stop)
    reactor.run()
    loop = reactor._asyncioEventloop
    gone = weakref.ref(reactor._target)
    del reactor
    gc.collect()
    assert gone() is None
    assert loop.is_closed()


def test_signal_handlers_stand_while_it_runs_and_the_old_ones_come_back(reactor: AsyncioReactor) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    during: list[Any] = []
    reactor.callWhenRunning(
        lambda: during.extend(signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM))
    )
    run_for(reactor, 0.01)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    assert [handler.__name__ for handler in during] == ["sigInt", "sigTerm"]


def test_a_sigint_handler_of_the_program_stays(reactor: AsyncioReactor) -> None:
    def mine(number: int, frame: Any) -> None:
        raise AssertionError("not sent")

    before = signal.signal(signal.SIGINT, mine)
    try:
        reactor.callWhenRunning(lambda: during.append(signal.getsignal(signal.SIGINT)))
        during: list[Any] = []
        run_for(reactor, 0.01)
    finally:
        signal.signal(signal.SIGINT, before)
    assert during == [mine]


def test_a_signal_wakes_the_loop_though_no_wait_was_interrupted(reactor: AsyncioReactor) -> None:
    """One that comes just before the wait would be heard an hour later: hence the wake-up descriptor."""
    descriptors: list[int] = []

    def look() -> None:
        descriptors.append(signal.set_wakeup_fd(-1))
        signal.set_wakeup_fd(descriptors[0])

    reactor.callWhenRunning(look)
    run_for(reactor, 0.01)
    assert descriptors[0] != -1
    assert signal.set_wakeup_fd(-1) == -1


def test_without_signal_handlers_it_touches_none(reactor: AsyncioReactor) -> None:
    before = signal.getsignal(signal.SIGTERM)
    during: list[Any] = []
    reactor.callWhenRunning(lambda: during.append(signal.getsignal(signal.SIGTERM)))
    reactor.callWhenRunning(reactor.stop)
    reactor.run(installSignalHandlers=False)
    assert during == [before]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_in_order_and_is_remembered(
    number: signal.Signals, reactor: AsyncioReactor
) -> None:
    seen: list[str] = []
    reactor.addSystemEventTrigger("before", "shutdown", seen.append, "shutdown")
    reactor.callWhenRunning(os.kill, os.getpid(), number)
    with capturedLogs() as events:
        reactor.run()
    assert seen == ["shutdown"]
    assert reactor._exitSignal == number
    said = f"Received {number.name}, shutting down."
    assert any(said in str(event) for event in events)


def test_a_program_that_runs_and_ends_leaves_nothing_open_under_dev_mode(loop_name: str) -> None:
    program = """
from txloop.internet import reactor
from txloop.internet.threads import deferToThread
def go():
    d = deferToThread(str, 1)
    d.addCallback(print)
    d.addCallback(lambda _: reactor.stop())
reactor.callWhenRunning(go)
reactor.run()
reactor.callWhenRunning(reactor.crash)
reactor.run()
"""
    command = [sys.executable, "-X", "dev", "-W", "error", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (done.stdout, done.stderr, done.returncode) == ("1\n", "", 0)


def test_stopped_is_over_when_the_shutdown_is(reactor: AsyncioReactor) -> None:
    seen: list[str] = []
    reactor.addSystemEventTrigger("before", "shutdown", seen.append, "before")

    async def wait() -> None:
        await reactor.stopped()
        seen.append("stopped")

    reactor.callWhenRunning(lambda: tasks.append(asyncio.get_running_loop().create_task(wait())))
    tasks: list[Any] = []
    run_for(reactor, 0.01)
    assert seen == ["before", "stopped"]


def test_an_unknown_kind_of_loop_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TXLOOP_LOOP", "fast")
    with pytest.raises(ValueError, match="no such kind of event loop: 'fast'"):
        AsyncioReactor().run()
