"""A reactor's resolver, in its two views: whoever replaces one replaces both.

    installResolver(r)        r is an IResolverSimple      nameResolver wears it
    installNameResolver(r)    r is an IHostnameResolver    resolver wears it

Not here: the resolvers and the clothes (_resolver.py), the default one (base.py).
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import Any

from zope.interface import implementer

from txloop.internet import defer
from txloop.internet._resolver import ComplexResolverSimplifier, SimpleResolverComplexifier
from txloop.internet.defer import Deferred
from txloop.internet.error import DNSLookupError
from txloop.internet.interfaces import (
    IReactorPluggableNameResolver,
    IReactorPluggableResolver,
    IResolverSimple,
)


@implementer(IResolverSimple)
class BlockingResolver:
    """Look names up here and now; the whole loop waits."""

    def getHostByName(self, name: str, timeout: Sequence[int] = (1, 3, 11, 45)) -> Deferred[str]:
        """The IPv4 address, fired already, or DNSLookupError.  *timeout* is not looked at."""
        try:
            return defer.succeed(socket.gethostbyname(name))
        except OSError:
            return defer.fail(DNSLookupError(f"address {name!r} not found"))


@implementer(IReactorPluggableResolver, IReactorPluggableNameResolver)
class PluggableResolverMixin:
    """What a reactor needs to have its resolver replaced.

    Attributes:
        resolver: The IResolverSimple in use.
    Source: Twisted 26.10, twisted.internet.base, by running it.
    """

    resolver: Any = BlockingResolver()
    _nameResolver: Any = SimpleResolverComplexifier(resolver)

    @property
    def nameResolver(self) -> Any:
        """The IHostnameResolver in use."""
        return self._nameResolver

    def installResolver(self, resolver: Any) -> Any:
        """Resolve by *resolver* from now on.

        Returns:
            The IResolverSimple before.
        Raises:
            AssertionError: *resolver* is none.
        """
        if not IResolverSimple.providedBy(resolver):
            raise AssertionError(f"{resolver!r} does not provide IResolverSimple")
        before, self.resolver = self.resolver, resolver
        self._nameResolver = SimpleResolverComplexifier(resolver)
        return before

    def installNameResolver(self, resolver: Any) -> Any:
        """Resolve by *resolver*, an IHostnameResolver, from now on.  Returns the one before."""
        before, self._nameResolver = self._nameResolver, resolver
        self.resolver = ComplexResolverSimplifier(resolver)
        return before
