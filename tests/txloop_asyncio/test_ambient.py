"""Which reactor `txloop.internet.reactor` is."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from txloop import AsyncioReactor
from txloop.internet import asyncioreactor, error, protocol, reactor
from txloop.internet.main import installReactor
from txloop.internet.threads import blockingCallFromThread, deferToThread
from txloop_asyncio import ambient
from txloop_asyncio._reactor import whereabouts

NewLoop = Callable[[], asyncio.AbstractEventLoop]


@pytest.fixture(autouse=True)
def no_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ambient, "_default", None)
    monkeypatch.setattr(ambient, "_foreign", None)


def in_thread(function: Callable[[], Any]) -> Any:
    """What *function* returns in a bare thread."""
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()
    thread.join(5)
    return results[0]


def test_in_a_running_loop_it_is_that_loops(new_loop: NewLoop) -> None:
    async def main() -> None:
        here = asyncio.get_running_loop()
        assert reactor._asyncioEventloop is here
        assert AsyncioReactor(here)._target is ambient.ambient_reactor()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())


def test_looking_at_it_makes_nothing() -> None:
    assert "running loop" in repr(reactor)
    assert not hasattr(reactor, "no_such_name")
    assert type(reactor) is asyncioreactor.AsyncioSelectorReactor is AsyncioReactor
    assert ambient._default is None


def test_without_a_loop_it_is_one_default_that_has_no_loop_yet() -> None:
    call = reactor.callLater(1, print)
    assert reactor.getDelayedCalls() == [call]
    assert reactor._asyncioEventloop is None
    assert in_thread(ambient.ambient_reactor) is ambient.ambient_reactor()
    call.cancel()


def test_what_was_collected_at_import_is_adopted_by_the_first_run(new_loop: NewLoop) -> None:
    seen: list[Any] = []
    reactor.callLater(0, seen.append, "delayed call")
    reactor.callWhenRunning(seen.append, "startup")
    reactor.addSystemEventTrigger("before", "shutdown", seen.append, "shutdown")
    reactor.callFromThread(seen.append, "from thread")
    served = asyncio.Event()

    class Served(protocol.Protocol):
        def connectionMade(self) -> None:
            served.set()

    port = reactor.listenTCP(0, protocol.Factory.forProtocol(Served), interface="127.0.0.1")

    async def main() -> None:
        assert [each["text"] for each in reactor.snapshot()["ports"]] == [repr(port)]
        with socket.create_connection(("127.0.0.1", port.getHost().port), timeout=5):
            await asyncio.wait_for(served.wait(), 5)

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())
    assert sorted(seen) == ["delayed call", "from thread", "shutdown", "startup"]
    assert ambient._default is None


def test_another_threads_loop_adopts_nothing_of_ours(new_loop: NewLoop) -> None:
    call = reactor.callLater(1, print)

    async def main() -> Any:
        return reactor.getDelayedCalls()

    def run() -> Any:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(main())

    assert in_thread(run) == []
    call.cancel()


def test_a_default_that_has_run_is_adopted_by_nobody(new_loop: NewLoop) -> None:
    reactor.callWhenRunning(reactor.stop)
    reactor.run()
    ran = ambient.ambient_reactor()

    async def main() -> None:
        assert ambient.ambient_reactor() is not ran

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())
    assert ambient.ambient_reactor() is ran


def test_calls_from_the_main_thread_reach_a_reactor_run_in_another(loop_name: str) -> None:
    """crochet's way.  The first call may come before that thread is running."""
    seen: list[Any] = []
    arrived = threading.Event()
    thread = threading.Thread(target=lambda: reactor.run(installSignalHandlers=False))
    reactor.callFromThread(seen.append, "early")
    thread.start()
    reactor.callFromThread(lambda: (seen.append(threading.current_thread()), arrived.set()))
    assert arrived.wait(5)
    assert blockingCallFromThread(reactor, lambda: "answer") == "answer"
    reactor.callFromThread(reactor.stop)
    thread.join(5)
    assert not thread.is_alive()
    assert seen == ["early", thread]


@pytest.mark.asyncio
async def test_every_kind_of_thread_finds_the_reactor_of_its_loop() -> None:
    mine = ambient.ambient_reactor()
    assert await deferToThread(ambient.ambient_reactor) is mine
    assert await asyncio.to_thread(ambient.ambient_reactor) is mine
    found = await asyncio.get_running_loop().run_in_executor(None, in_thread, ambient.ambient_reactor)
    assert found is mine


@pytest.mark.asyncio
async def test_calls_from_a_worker_and_from_a_bare_thread_arrive_in_order() -> None:
    seen: list[Any] = []
    here = threading.current_thread()

    def work() -> None:
        for number in range(100):
            reactor.callFromThread(lambda number=number: seen.append((number, threading.current_thread())))

    await deferToThread(work)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    await asyncio.sleep(0.01)
    assert seen == [(number, here) for number in range(100)] * 2


def test_two_loops_in_two_threads_do_not_mix(new_loop: NewLoop) -> None:
    both = threading.Barrier(2, timeout=5)
    found: dict[str, Any] = {}

    async def main(name: str) -> None:
        mine = ambient.ambient_reactor()
        await asyncio.to_thread(both.wait)
        found[name] = (
            mine,
            await deferToThread(ambient.ambient_reactor),
            await asyncio.to_thread(ambient.ambient_reactor),
        )
        await asyncio.to_thread(both.wait)

    def run(name: str) -> None:
        loop = new_loop()
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(main(name))

    threads = [threading.Thread(target=run, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert found["a"][0] is found["a"][1] is found["a"][2]
    assert found["b"][0] is found["b"][1] is found["b"][2]
    assert found["a"][0] is not found["b"][0]


def test_several_running_and_no_owner_is_an_error_that_names_the_way_out(new_loop: NewLoop) -> None:
    stop = threading.Event()
    ready = threading.Barrier(3, timeout=5)

    async def main() -> None:
        assert reactor.running
        await asyncio.to_thread(ready.wait)
        await asyncio.to_thread(stop.wait, 5)

    def run() -> None:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(main())

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    ready.wait()
    try:
        with pytest.raises(RuntimeError, match="2 reactors run in this process"):
            reactor.callFromThread(print)
    finally:
        stop.set()
        for thread in threads:
            thread.join(10)


def test_a_call_from_a_thread_makes_no_reactor_beside_a_running_one(
    new_loop: NewLoop, loop_name: str
) -> None:
    """An asyncio program whose Twisted part runs in another thread."""
    other = AsyncioReactor()
    started = threading.Event()
    other.callWhenRunning(started.set)
    thread = threading.Thread(target=lambda: other.run(installSignalHandlers=False))
    thread.start()
    assert started.wait(5)
    seen: list[Any] = []

    async def main() -> None:
        arrived = threading.Event()
        reactor.callFromThread(lambda: (seen.append(threading.current_thread()), arrived.set()))
        assert await asyncio.to_thread(arrived.wait, 5)
        assert ambient.reactor_of(asyncio.get_running_loop()) is None

    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            runner.run(main())
    finally:
        other.callFromThread(other.stop)
        thread.join(5)
    assert seen == [thread]


def test_after_the_loop_closed_calls_from_threads_are_dropped_silently(new_loop: NewLoop) -> None:
    held: list[Any] = []

    async def main() -> None:
        held.append(ambient.ambient_reactor())

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())
    in_thread(lambda: held[0].callFromThread(held.append, "never"))
    assert len(held) == 1
    assert held[0] not in whereabouts.running()


def test_install_binds_the_default_to_a_loop(new_loop: NewLoop) -> None:
    loop = new_loop()
    seen: list[Any] = []
    asyncioreactor.install(loop)
    asyncioreactor.install(loop)  # again is harmless
    asyncioreactor.install()
    assert reactor._asyncioEventloop is loop
    with pytest.raises(error.ReactorAlreadyInstalledError):
        asyncioreactor.install(new_loop())
    reactor.callWhenRunning(lambda: seen.append(asyncio.get_running_loop()))
    reactor.callWhenRunning(reactor.stop)
    reactor.run()
    assert seen == [loop]


def test_an_installed_loop_may_be_run_by_its_owner(new_loop: NewLoop) -> None:
    loop = new_loop()
    asyncioreactor.install(loop)
    seen: list[Any] = []
    reactor.callWhenRunning(seen.append, "started")
    face = AsyncioReactor(eventloop=loop)

    async def main() -> None:
        await asyncio.sleep(0)
        assert face.running
        assert face._target is ambient.ambient_reactor()

    loop.run_until_complete(main())
    loop.run_until_complete(loop.shutdown_asyncgens())
    assert seen == ["started"]


def test_install_without_a_loop_gives_code_before_run_the_loop_that_will_run(loop_name: str) -> None:
    """Source: Twisted 26.10's asyncioreactor sets the loop it makes as the current one."""
    asyncioreactor.install()
    try:
        loop = asyncio.get_event_loop()  # the one that was set
        assert reactor._asyncioEventloop is loop
        before = loop.create_task(asyncio.sleep(0, "done"))
        before.add_done_callback(lambda _: reactor.stop())
        reactor.run()
        assert before.result() == "done"
    finally:
        asyncio.set_event_loop(None)


def test_a_proposed_loop_does_not_keep_a_running_one_from_adopting(new_loop: NewLoop) -> None:
    asyncioreactor.install()
    asyncio.set_event_loop(None)
    seen: list[str] = []
    reactor.callWhenRunning(seen.append, "adopted")

    async def main() -> None:
        assert reactor._asyncioEventloop is asyncio.get_running_loop()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(main())
    assert seen == ["adopted"]


@pytest.mark.parametrize("name", ["epoll", "poll", "select", "kq"])
def test_other_reactors_installs_mean_the_default(name: str) -> None:
    module = __import__(f"txloop.internet.{name}reactor", fromlist=["install"])
    module.install()
    module.install()
    assert ambient._default is None or ambient._default.loop is None


class ForeignReactor:
    def __init__(self) -> None:
        self.calls: list[Any] = []

    def callLater(self, *call: Any) -> None:
        self.calls.append(call)


def test_a_foreign_reactor_is_honoured_also_by_those_who_imported_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import txloop.internet

    monkeypatch.setitem(sys.modules, "txloop.internet.reactor", reactor)
    monkeypatch.setattr(txloop.internet, "reactor", reactor)
    foreign = ForeignReactor()
    installReactor(foreign)
    reactor.callLater(1, print)
    assert foreign.calls == [(1, print)]
    assert txloop.internet.reactor is sys.modules["txloop.internet.reactor"] is foreign
    with pytest.raises(error.ReactorAlreadyInstalledError):
        installReactor(ForeignReactor())


def test_a_foreign_reactor_is_refused_once_ours_is_in_use() -> None:
    call = reactor.callLater(1, print)
    with pytest.raises(error.ReactorAlreadyInstalledError):
        installReactor(ForeignReactor())
    call.cancel()


def run_program(text: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", text], capture_output=True, text=True, timeout=30
    )
    assert done.stderr == ""
    return done.stdout


def test_importing_shapes_and_the_reactor_loads_no_event_loop() -> None:
    assert (
        run_program(
            "import sys, txloop\n"
            "assert 'zope.interface' not in sys.modules\n"
            "import txloop.internet.defer, txloop.internet.task, txloop.internet.tcp\n"
            "from txloop.internet import reactor\n"
            "repr(reactor); hasattr(reactor, 'x')\n"
            "print('asyncio' in sys.modules, 'uvloop' in sys.modules)"
        )
        == "False False\n"
    )


def test_awaiting_a_deferred_may_be_the_first_act_of_a_program() -> None:
    assert (
        run_program(
            "from txloop.internet.defer import Deferred\n"
            "import asyncio\n"
            "async def main():\n"
            "    d = Deferred()\n"
            "    asyncio.get_running_loop().call_soon(d.callback, 3)\n"
            "    print(await d)\n"
            "asyncio.run(main())"
        )
        == "3\n"
    )
