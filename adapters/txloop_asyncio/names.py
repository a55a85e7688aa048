"""How a reactor resolves host names.

    reactor.nameResolver    any number of addresses (IHostnameResolver): what connectTCP asks
    reactor.resolver        one IPv4 address (IResolverSimple): what reactor.resolve() asks

The two are views of one resolver (_pluggable_resolver.py).  By default it is the
system's getaddrinfo(), in threads of its own, so that slow lookups and the
program's own blocking calls never wait for each other.

Not here: the resolvers themselves (txloop/internet/_resolver.py).
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from txloop.internet import defer
from txloop.internet._pluggable_resolver import PluggableResolverMixin
from txloop.internet._resolver import GAIResolver
from txloop.internet.defer import Deferred
from txloop.internet.interfaces import IReactorThreads
from txloop.python.threadpool import ThreadPool
from txloop_asyncio.threads import make_pool

if TYPE_CHECKING:
    from txloop_asyncio.reactor import LoopReactor

# As many lookups go on at once; more wait.  Twisted gives 10 threads to lookups and all
# other work together; arbitrary, not tuned.
LOOKUP_THREADS = 10


class Names(PluggableResolverMixin):
    """A reactor's resolver, in both views, and its threads."""

    def __init__(self, reactor: LoopReactor) -> None:
        self._reference = reactor.reference
        self.pool: ThreadPool | None = None
        self.installNameResolver(GAIResolver(cast(IReactorThreads, _Late(reactor)), self._started_pool))

    def resolve(self, name: str, timeout: Sequence[int]) -> Deferred[str]:
        """The IPv4 address of *name*; an address is its own, and no name at all is every interface."""
        if not name:
            return defer.succeed("0.0.0.0")
        if _is_ipv4(name):
            return defer.succeed(name)
        found: Deferred[str] = self.resolver.getHostByName(name, timeout)
        return found

    def take_pool(self) -> ThreadPool | None:
        """The lookups' threads, for whoever ends them; the next lookup makes new ones."""
        pool, self.pool = self.pool, None
        return pool

    def _started_pool(self) -> ThreadPool:
        if self.pool is None:
            reactor = self._reference()
            assert reactor is not None  # it is the reactor that asks
            self.pool = make_pool(reactor, LOOKUP_THREADS, "txloop.names")
            self.pool.start()
        return self.pool


class _Late:
    """The reactor as the default resolver sees it.

    Held weakly, lest reactor and resolver be a cycle.  No pool: Names gives its own.
    """

    def __init__(self, reactor: LoopReactor) -> None:
        self._reference = reactor.reference

    def callFromThread(self, callable: Callable[..., Any], *args: object, **kwargs: object) -> None:
        """The reactor's; after it is gone nobody waits for the answer."""
        reactor = self._reference()
        if reactor is not None:
            reactor.callFromThread(callable, *args, **kwargs)


def _is_ipv4(name: str | bytes) -> bool:
    text = name.decode("ascii", "replace") if isinstance(name, bytes) else name
    try:
        socket.inet_pton(socket.AF_INET, text)
    except (OSError, ValueError, UnicodeError):
        return False
    return True
