"""Host names become addresses: the resolvers, and adapters between their two interfaces.

    IHostnameResolver   resolveHostName(receiver, "example.com", 80)   any number of addresses
    IResolverSimple     getHostByName("example.com")                   one IPv4 address, as a Deferred

    GAIResolver                 the system's getaddrinfo(), in a thread pool
    SimpleResolverComplexifier  an IResolverSimple, worn as an IHostnameResolver
    ComplexResolverSimplifier   the other way round, by FirstOneWins

Not here: which resolver a reactor asks (adapters/txloop_asyncio/names.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from socket import AF_INET, AF_INET6, AF_UNSPEC, SOCK_DGRAM, SOCK_STREAM, gaierror, getaddrinfo
from typing import Any

from zope.interface import implementer

from txloop.internet.address import IPv4Address, IPv6Address
from txloop.internet.defer import Deferred
from txloop.internet.error import DNSLookupError
from txloop.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IReactorThreads,
    IResolutionReceiver,
    IResolverSimple,
)
from txloop.internet.threads import deferToThreadPool
from txloop.logger import Logger
from txloop.python.failure import Failure
from txloop.python.threadpool import ThreadPool

_FAMILY_OF_TYPES = {
    frozenset([IPv4Address]): AF_INET,
    frozenset([IPv6Address]): AF_INET6,
    frozenset([IPv4Address, IPv6Address]): AF_UNSPEC,
}
_ADDRESS_OF_FAMILY: dict[int, Callable[..., Any]] = {AF_INET: IPv4Address, AF_INET6: IPv6Address}
_SOCKET_OF_TRANSPORT = {"TCP": SOCK_STREAM, "UDP": SOCK_DGRAM}
_TRANSPORT_OF_SOCKET: dict[int, str] = {SOCK_STREAM: "TCP", SOCK_DGRAM: "UDP"}


@implementer(IHostResolution)
class HostResolution:
    """A resolution that goes on.

    Attributes:
        name: The host name, as it was asked for.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """Always raises NotImplementedError, as Twisted's: a thread in getaddrinfo() cannot be stopped."""
        raise NotImplementedError(
            "a resolution in the system's resolver cannot be stopped; ignore its answers"
        )


@implementer(IHostnameResolver)
class GAIResolver:
    """Ask the system, by `getaddrinfo` in a thread.

    Args:
        reactor: In whose thread the receiver is called.
        getThreadPool: Gives the pool to ask in; the reactor's own by default.
        getaddrinfo: What is called there; for tests.
    Source: Twisted 26.10, twisted.internet._resolver, by running it.
    """

    def __init__(
        self,
        reactor: IReactorThreads,
        getThreadPool: Callable[[], ThreadPool] | None = None,
        getaddrinfo: Callable[..., Any] = getaddrinfo,
    ) -> None:
        self._reactor = reactor
        self._getThreadPool: Callable[[], ThreadPool] = getThreadPool or reactor.getThreadPool
        self._getaddrinfo = getaddrinfo

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """Tell *resolutionReceiver* each address of *hostName*, in the system's order, in a later turn.

        A name the system does not know is complete without an address.

        Args:
            addressTypes: IPv4Address, IPv6Address, or both; None is both.
            transportSemantics: ``"TCP"`` or ``"UDP"``.
        Raises:
            KeyError: another address type or transport.
        """
        types = frozenset([IPv4Address, IPv6Address] if addressTypes is None else addressTypes)
        family = _FAMILY_OF_TYPES[types]
        socket_type = _SOCKET_OF_TRANSPORT[transportSemantics]

        def ask_system() -> list[Any]:
            try:
                return list(self._getaddrinfo(hostName, portNumber, family, socket_type))
            except gaierror:
                return []

        def tell(answers: list[Any]) -> None:
            for answer_family, answer_type, _protocol, _canonical, sockaddr in answers:
                make = _ADDRESS_OF_FAMILY[answer_family]
                resolutionReceiver.addressResolved(make(_TRANSPORT_OF_SOCKET[answer_type], *sockaddr))

        def complete(failure: Failure | None) -> None:
            # Twisted never completes after an unexpected error (a name that cannot be
            # encoded, say), and whoever asked waits for ever.
            if failure is not None:
                _log.failure("while looking up {name}", failure=failure, name=hostName)
            resolutionReceiver.resolutionComplete()

        resolution = HostResolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        asked = deferToThreadPool(self._reactor, self._getThreadPool(), ask_system)
        asked.addCallback(tell).addBoth(complete)
        return resolution


@implementer(IHostnameResolver)
class SimpleResolverComplexifier:
    """Wear an IResolverSimple as an IHostnameResolver: one address, or none.

    Source: Twisted 26.10, twisted.internet._resolver, by running it.
    """

    def __init__(self, simpleResolver: IResolverSimple) -> None:
        self._simpleResolver = simpleResolver

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """Tell *resolutionReceiver* the one IPv4 address that the simple resolver gives.

        *hostName* reaches it in its IDNA form.  A failed lookup completes without an
        address; any other error is logged.  The last two arguments change nothing.
        """
        try:
            hostName.encode("ascii")
        except UnicodeEncodeError:
            hostName = hostName.encode("idna").decode("ascii")
        resolution = HostResolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)

        def tell(address: str) -> None:
            resolutionReceiver.addressResolved(IPv4Address("TCP", address, portNumber))

        def note(failure: Failure) -> None:
            if not failure.check(DNSLookupError):
                _simple_log.failure(
                    "while looking up {name} with {resolver}",
                    failure=failure,
                    name=hostName,
                    resolver=self._simpleResolver,
                )

        def complete(_: object) -> None:
            resolutionReceiver.resolutionComplete()

        asked = self._simpleResolver.getHostByName(hostName)
        asked.addCallback(tell).addErrback(note).addCallback(complete)
        return resolution


@implementer(IResolutionReceiver)
class FirstOneWins:
    """Fire *deferred* with the host of the first address, or DNSLookupError if there is none."""

    def __init__(self, deferred: Deferred[str]) -> None:
        self._deferred = deferred
        self._resolved = False

    def resolutionBegan(self, resolution: IHostResolution) -> None:
        """Remember whom the error will name."""
        self._resolution = resolution

    def addressResolved(self, address: Any) -> None:
        """Fire with the first; further ones are dropped."""
        if not self._resolved:
            self._resolved = True
            self._deferred.callback(address.host)

    def resolutionComplete(self) -> None:
        """Fail unless there was an address."""
        if not self._resolved:
            self._deferred.errback(DNSLookupError(self._resolution.name))


@implementer(IResolverSimple)
class ComplexResolverSimplifier:
    """Wear an IHostnameResolver as an IResolverSimple: its first IPv4 address."""

    def __init__(self, nameResolver: IHostnameResolver) -> None:
        self._nameResolver = nameResolver

    def getHostByName(self, name: str, timeouts: Sequence[int] = ()) -> Deferred[str]:
        """The address, dotted, or DNSLookupError.  *timeouts* are the resolver's own affair."""
        result: Deferred[str] = Deferred()
        self._nameResolver.resolveHostName(FirstOneWins(result), name, 0, [IPv4Address])
        return result


_log = Logger()
_simple_log = Logger(namespace=f"{__name__}.SimpleResolverComplexifier")
