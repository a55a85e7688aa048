"""Inside a running loop the reactor works as it is: no set-up call."""

from __future__ import annotations

import asyncio
import contextvars
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

from txloop.internet import error, reactor, task
from txloop.internet.defer import Deferred
from txloop.internet.threads import deferToThread

Flush = Callable[..., list[Any]]


class TestZeroSetUp:
    @pytest.mark.asyncio
    async def test_it_runs_from_the_first_use(self) -> None:
        assert reactor.running
        seen: list[str] = []
        assert reactor.callWhenRunning(seen.append, "at once") is None
        assert seen == ["at once"]

    @pytest.mark.asyncio
    async def test_threads_and_names_work_without_any_start(self) -> None:
        assert await deferToThread(threading.current_thread) is not threading.current_thread()
        assert await reactor.resolve("localhost") == "127.0.0.1"

    @pytest.mark.asyncio
    async def test_signal_handlers_are_left_alone(self) -> None:
        before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
        assert reactor.running
        assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before

    @pytest.mark.asyncio
    async def test_run_is_refused_and_the_way_out_named(self) -> None:
        with pytest.raises(error.ReactorAlreadyRunning, match=r"await reactor.stopped\(\).*txloop.running"):
            reactor.run()

    @pytest.mark.asyncio
    async def test_iterate_is_refused_and_the_way_out_named(self) -> None:
        with pytest.raises(RuntimeError, match=r"cannot be run from within.*await deferLater\(reactor, 0\)"):
            reactor.iterate()
        await task.deferLater(reactor, 0)  # as it says

    @pytest.mark.asyncio
    async def test_start_running_of_old_recipes_does_nothing(self) -> None:
        reactor.startRunning(installSignalHandlers=False)
        assert reactor.running

    @pytest.mark.asyncio
    async def test_an_error_in_a_delayed_call_is_logged(self, flush_logged_errors: Flush) -> None:
        reactor.callLater(0, lambda: 1 / 0)
        await asyncio.sleep(0.01)
        assert [failure.type for failure in flush_logged_errors()] == [ZeroDivisionError]

    @pytest.mark.asyncio
    async def test_three_requests_never_see_each_others_context(self) -> None:
        request: contextvars.ContextVar[str] = contextvars.ContextVar("request")
        seen: list[tuple[str, str]] = []

        async def serve(name: str) -> None:
            request.set(name)
            fired: Deferred[None] = Deferred()

            def later() -> None:
                seen.append((name, request.get()))
                fired.callback(None)

            reactor.callLater(0.01, later)
            await fired
            assert request.get() == name

        await asyncio.gather(*(serve(name) for name in "abc"))
        assert sorted(seen) == [("a", "a"), ("b", "b"), ("c", "c")]


@pytest.mark.parametrize("leave", [SystemExit, KeyboardInterrupt])
@pytest.mark.parametrize("how", ["callLater", "callFromThread"])
def test_leaving_the_program_from_a_callback_goes_to_the_host(
    leave: type[BaseException], how: str, new_loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def main() -> None:
        def go() -> None:
            raise leave

        if how == "callLater":
            reactor.callLater(0, go)
        else:
            reactor.callFromThread(go)
        await asyncio.sleep(5)

    with asyncio.Runner(loop_factory=new_loop) as runner, pytest.raises(leave):
        runner.run(main())
