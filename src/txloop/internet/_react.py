"""A program that is one Deferred long: `task.react`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, NoReturn

from txloop.internet.defer import Deferred, ensureDeferred
from txloop.internet.error import ReactorNotRunning
from txloop.python import log
from txloop.python.failure import Failure


def react(
    main: Callable[..., Deferred[Any] | Coroutine[Any, Any, Any]],
    argv: Iterable[object] = (),
    _reactor: Any = None,
) -> NoReturn:
    """Run the reactor until *main*'s result is there, then exit.

    *main* is called at once, before the reactor runs.  ``reactor.stop()`` and SIGINT,
    SIGTERM end the program as well; its result is then still waited for during shutdown
    (``"during"`` triggers may fire it), but no longer than that.

    Args:
        main: Called with the reactor and *argv*; returns a Deferred or a coroutine.
        argv: Its further arguments.
        _reactor: The reactor to run; None is `txloop.internet.reactor`.
    Raises:
        SystemExit: always, at the end.  With 0; with the code of a SystemExit that *main*
            failed with; with 1 if it failed otherwise, which is logged.
        NotACoroutineError: *main* returned neither a Deferred nor a coroutine.
        BaseException: what *main* raised when it was called; the reactor did not run.
    Source: Twisted 26.10, internet.task.react.
    """
    if _reactor is None:
        from txloop.internet import reactor  # asked for when it is needed, never at import

        _reactor = reactor
    program = _Program(_reactor)
    ensureDeferred(main(_reactor, *argv)).addBoth(program.finished)
    _reactor.run()
    sys.exit(program.exit_code)


class _Program:
    """What is known of the program that runs: how it will exit, and whether it stops already."""

    exit_code: Any = 0
    _stopping = False

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor
        reactor.addSystemEventTrigger("before", "shutdown", self._shutdown_began)

    def _shutdown_began(self) -> None:
        self._stopping = True

    def finished(self, result: object) -> None:
        """*main*'s result is there."""
        if isinstance(result, Failure):
            self.exit_code = _exit_code_for(result)
        if not self._stopping:
            # It may be there before the reactor runs; then this waits for it.
            self._reactor.callWhenRunning(self._stop)

    def _stop(self) -> None:
        try:
            self._reactor.stop()
        except ReactorNotRunning:  # something else stopped it in the same turn
            pass


def _exit_code_for(failure: Failure) -> Any:
    if failure.check(SystemExit):
        return failure.value.code  # type: ignore[attr-defined]  # check() says it is a SystemExit
    log.err(failure, "main function encountered error")
    return 1
