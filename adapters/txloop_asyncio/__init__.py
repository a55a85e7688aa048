"""asyncio and uvloop under txloop: the one place where an event loop is touched.

`HOST` is what src sees of this package: the table `txloop._host.Host`, filled from two rooms,

    futures.py    futures and tasks: what a Deferred needs to be awaited
    _table.py     the reactor: made, found, run

Nothing else here is imported by name from src.
"""

from __future__ import annotations

from txloop._host import Host
from txloop_asyncio import _table, futures

__all__ = ["HOST"]


class AsyncioHost:
    """The table, row by row.  Every row is a plain function, so that looking one up binds nothing."""

    CancelledError: type[BaseException] = futures.CancelledError
    InvalidStateError: type[Exception] = futures.InvalidStateError
    running_loop = staticmethod(futures.running_loop)
    new_future = staticmethod(futures.new_future)
    ensure_future = staticmethod(futures.ensure_future)
    current_task = staticmethod(futures.current_task)
    run_as_current = staticmethod(futures.run_as_current)
    register_task = staticmethod(futures.register_task)
    meet_loop = staticmethod(futures.meet_loop)
    report_unhandled = staticmethod(futures.report_unhandled)

    ambient_reactor = staticmethod(_table.ambient_reactor)
    reactor_for_threads = staticmethod(_table.reactor_for_threads)
    make_reactor = staticmethod(_table.make_reactor)
    install = staticmethod(_table.install)
    propose_loop = staticmethod(_table.propose_loop)
    install_reactor = staticmethod(_table.install_reactor)
    concrete = staticmethod(_table.concrete)
    run = staticmethod(_table.run)
    running = staticmethod(_table.running)

    asyncio_protocol = staticmethod(_table.asyncio_protocol)
    take_transport = staticmethod(_table.take_transport)
    take_streams = staticmethod(_table.take_streams)
    twisted_protocol = staticmethod(_table.twisted_protocol)
    stream_protocol = staticmethod(_table.stream_protocol)


HOST: Host = AsyncioHost()
