"""`service_running`: an application's services inside an asyncio program, started and stopped in order."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from txloop._contract import adapt
from txloop._run import running
from txloop.application.service import IService
from txloop.internet._reactor_face import AsyncioReactor
from txloop.internet.defer import Deferred, TimeoutError, maybeDeferred
from txloop.logger import Logger

_log = Logger()


@asynccontextmanager
async def service_running(
    application: Any, *, shutdown_timeout_seconds: float = 10
) -> AsyncIterator[AsyncioReactor]:
    """The reactor, with *application* started: what twistd does, in a running loop.

    privilegedStartService(), then startService(); at the end of the block stopService(), and what
    it returns is waited for; then all that `running` ends.  reactor.stop() inside stops the
    services, too; ``await reactor.stopped()`` waits for it.  No signal is handled, no privilege
    shed, nothing saved: the process is the host's.

    Args:
        application: An Application, or any service.
        shutdown_timeout_seconds: How long the services may take to stop; then as for `running`.
    Raises:
        TypeError: It is no service and has no adapter to one.
        Exception: What its start raised; what had started is stopped then.  Or what its stop
            raised or failed with.
    """
    service = adapt(IService, application)
    if service is None:
        raise TypeError(f"service_running() takes an Application or a service, not {application!r}")
    async with running(shutdown_timeout_seconds=shutdown_timeout_seconds) as reactor:
        started = _Started(service, reactor, shutdown_timeout_seconds)
        try:
            service.privilegedStartService()
            service.startService()
            yield reactor
        finally:
            await started.stop()


class _Started:
    """Stops a service once: at reactor.stop(), or when it is asked to."""

    def __init__(self, service: Any, reactor: Any, timeout_seconds: float) -> None:
        self._service = service
        self._reactor = reactor
        self._timeout_seconds = timeout_seconds
        self._stopping: Deferred[Any] | None = None
        self._trigger = reactor.addSystemEventTrigger("before", "shutdown", self._stop_at_shutdown)

    async def stop(self) -> None:
        """Stop it; one that is stopping already is waited for."""
        if self._stopping is None:
            self._reactor.removeSystemEventTrigger(self._trigger)
            self._begin()
        try:
            await self._done()
        except TimeoutError:
            _log.warn(
                "{service} has not stopped after {seconds} seconds: its stop was cancelled",
                service=self._service,
                seconds=self._timeout_seconds,
            )

    def _stop_at_shutdown(self) -> Deferred[Any]:
        self._begin()
        return self._done()

    def _begin(self) -> None:
        self._stopping = maybeDeferred(self._service.stopService)
        self._stopping.addTimeout(self._timeout_seconds, self._reactor)

    def _done(self) -> Deferred[Any]:
        """Fires as the stop does; each who waits has a Deferred of its own."""
        stopping = self._stopping
        assert stopping is not None
        waiting: Deferred[Any] = Deferred()

        def tell(result: Any) -> None:
            waiting.callback(result)

        stopping.addBoth(tell)
        return waiting
