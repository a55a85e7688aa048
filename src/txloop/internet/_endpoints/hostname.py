"""HostnameEndpoint: look a name up and connect to the first of its addresses that answers.

    t = 0       the resolver has given ::1, 10.0.0.1, 10.0.0.2; connect to ::1
    t = 0.3     it has not answered: connect to 10.0.0.1 too
    t = 0.35    10.0.0.1 answers: it is taken, the attempt at ::1 is cancelled

("Happy eyeballs", RFC 8305.  As in Twisted the next address waits for its turn even when
the one before has failed already.)
"""

from __future__ import annotations

import socket
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, cast
from unicodedata import normalize

from zope.interface import implementer

from txloop.internet import defer, threads
from txloop.internet._endpoints.sockets import TCP4ClientEndpoint, TCP6ClientEndpoint
from txloop.internet._idna import _idnaBytes, _idnaText
from txloop.internet._ip_text import isIPAddress, isIPv6Address
from txloop.internet._resolver import HostResolution
from txloop.internet.address import HostnameAddress, IPv4Address, IPv6Address
from txloop.internet.defer import Deferred
from txloop.internet.error import ConnectingCancelledError, DNSLookupError
from txloop.internet.interfaces import (
    IAddress,
    IHostnameResolver,
    IHostResolution,
    IReactorPluggableNameResolver,
    IResolutionReceiver,
    IStreamClientEndpoint,
)
from txloop.internet.task import LoopingCall
from txloop.logger import Logger
from txloop.python.failure import Failure
from txloop.python.reflect import fullyQualifiedName


@implementer(IStreamClientEndpoint)
class HostnameEndpoint:
    """Connects by TCP to a name with whatever addresses it has, IPv6 and IPv4.

    Args:
        reactor: Provides IReactorTCP, IReactorTime and IReactorPluggableNameResolver.
        host: A name, in text (international ones too) or in bytes as on the wire; or an address.
        port: The port number.
        timeout: Seconds until an attempt at one address is given up.
        bindAddress: ``host`` or ``(host, port)`` of our own end; None lets the system choose.
        attemptDelay: Seconds from one attempt to the next; None is 0.3.
    Source: Twisted 26.10, twisted.internet.endpoints.HostnameEndpoint, by running it.
    """

    # Tests replace these two on an instance.
    _getaddrinfo = staticmethod(socket.getaddrinfo)
    _deferToThread: Any = staticmethod(cast(Any, threads.deferToThread))
    _DEFAULT_ATTEMPT_DELAY: ClassVar[float] = 0.3

    def __init__(
        self,
        reactor: Any,
        host: str | bytes,
        port: int,
        timeout: float = 30,
        bindAddress: Any = None,
        attemptDelay: float | None = None,
    ) -> None:
        self._reactor = reactor
        self._getNameResolverAndMaybeWarn(reactor)
        self._badHostname, self._hostBytes, self._hostText = self._hostAsBytesAndText(host)
        self._port = port
        self._timeout = timeout
        self._bindAddress = _host_and_port(bindAddress)
        self._attemptDelay = self._DEFAULT_ATTEMPT_DELAY if attemptDelay is None else attemptDelay

    def __repr__(self) -> str:
        """``<HostnameEndpoint example.com:80>``, with an IPv6 address in brackets."""
        host = self._hostBytes.decode("ascii")
        if isIPv6Address(self._hostText):
            host = f"[{host}]"
        return f"<HostnameEndpoint {host}:{self._port}>"

    def connect(self, protocolFactory: Any) -> Deferred[Any]:
        """Connect.

        Returns:
            A Deferred of the protocol connected first.  It fails with ValueError if the name
            cannot be one, DNSLookupError if it has no address, the last attempt's error
            if none answers, and, cancelled while connecting, with ConnectingCancelledError.
        """
        if self._badHostname:
            return defer.fail(ValueError(f"invalid hostname: {self._hostText}"))
        lookup = _Lookup(self._hostText)
        self._getNameResolverAndMaybeWarn(self._reactor).resolveHostName(
            lookup, self._hostText, portNumber=self._port
        )
        return lookup.answered.addCallback(self._connect_to_one, protocolFactory)

    def _connect_to_one(self, addresses: list[Any], factory: Any) -> Deferred[Any]:
        endpoints = [endpoint for address in addresses if (endpoint := self._endpoint_for(address))]
        if not endpoints:
            raise DNSLookupError(f"no results for hostname lookup: {self._hostText}")
        whom = HostnameAddress(self._hostBytes, self._port)
        return _Eyeballs(self._reactor, endpoints, factory, whom).start(self._attemptDelay)

    def _endpoint_for(self, address: Any) -> TCP4ClientEndpoint | TCP6ClientEndpoint | None:
        """How to connect to *address*; None: it is of no kind that we know."""
        if isinstance(address, IPv6Address):
            host = _with_scope(address)
            return TCP6ClientEndpoint(self._reactor, host, address.port, self._timeout, self._bindAddress)
        if isinstance(address, IPv4Address):
            return TCP4ClientEndpoint(
                self._reactor, address.host, address.port, self._timeout, self._bindAddress
            )
        return None

    @staticmethod
    def _hostAsBytesAndText(host: bytes | str) -> tuple[bool, bytes, str]:
        """Is *host* no host name?  And it as bytes on the wire, and as text for people."""
        try:
            return (False, *_both_forms(host))
        except UnicodeError:
            # Said in an error later, when connect() is called; so in plain ASCII.
            text = host.decode("ascii", "backslashreplace") if isinstance(host, bytes) else host
            octets = text.encode("ascii", "backslashreplace")
            return True, octets, octets.decode("ascii")

    # ---- reactors without a resolver -----------------------------------------

    def _getNameResolverAndMaybeWarn(self, reactor: Any) -> Any:
        """The reactor's resolver; of an old reactor, getaddrinfo() in a thread, with a warning."""
        if IReactorPluggableNameResolver.providedBy(reactor):
            return reactor.nameResolver
        warnings.warn(
            "Passing HostnameEndpoint a reactor that does not provide IReactorPluggableNameResolver "
            f"({fullyQualifiedName(type(reactor))}) was deprecated in Twisted 17.5.0; please use a reactor "
            "that provides IReactorPluggableNameResolver instead",
            DeprecationWarning,
            stacklevel=3,
        )
        return _SimpleHostnameResolver(self._fallbackNameResolution)

    def _fallbackNameResolution(self, host: str, port: int) -> Deferred[Any]:
        resolving: Deferred[Any] = self._deferToThread(self._getaddrinfo, host, port, 0, socket.SOCK_STREAM)
        return resolving


# ---- looking up ------------------------------------------------------------------


@implementer(IResolutionReceiver)
class _Lookup:
    """Collects a resolver's answers; `answered` fires with the list."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._addresses: list[Any] = []
        self.answered: Deferred[list[Any]] = Deferred(self._cancelled)

    def _cancelled(self, answered: Deferred[list[Any]]) -> None:
        # The resolver is left to itself: few can be stopped, and the system's says so by raising.
        answered.errback(DNSLookupError(f"Couldn't find the hostname '{self._name}'"))

    def resolutionBegan(self, resolution: IHostResolution) -> None:
        """Nothing to note."""

    def addressResolved(self, address: IAddress) -> None:
        """One more address."""
        self._addresses.append(address)

    def resolutionComplete(self) -> None:
        """That was all; nobody waits after a cancellation."""
        if not self.answered.called:
            self.answered.callback(self._addresses)


@implementer(IHostnameResolver)
class _SimpleHostnameResolver:
    """Wear a getaddrinfo() as an IHostnameResolver.

    Args:
        nameResolution: Called with host and port, gives a Deferred of getaddrinfo()'s answer.
    """

    _log = Logger()

    def __init__(self, nameResolution: Callable[[str, int], Deferred[Any]]) -> None:
        self._nameResolution = nameResolution

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """Tell *resolutionReceiver* each IPv4 and IPv6 address; an error is logged and ends the answer."""
        resolution = HostResolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)

        def tell(answers: Iterable[Any]) -> None:
            for family, _type, _protocol, _canonical, sockaddr in answers:
                if family == socket.AF_INET6:
                    resolutionReceiver.addressResolved(IPv6Address("TCP", *sockaddr))
                elif family == socket.AF_INET:
                    resolutionReceiver.addressResolved(IPv4Address("TCP", *sockaddr))

        def note(failure: Failure) -> None:
            self._log.failure(
                "while looking up {name} with {callable}",
                failure=failure,
                name=hostName,
                callable=self._nameResolution,
            )

        asked = self._nameResolution(hostName, portNumber)
        asked.addCallback(tell).addErrback(note)
        asked.addBoth(lambda _: resolutionReceiver.resolutionComplete())
        return resolution


# ---- connecting ------------------------------------------------------------------


class _Eyeballs:
    """One attempt after the other, until one is answered.

    Attributes:
        _waiting: Endpoints not tried yet.
        _trying: The attempts that go on.
        _won: Fires with the protocol connected first, or the last error.
    """

    def __init__(self, clock: Any, endpoints: list[Any], factory: Any, whom: HostnameAddress) -> None:
        self._waiting = endpoints[::-1]
        self._factory = factory
        self._whom = whom
        self._trying: list[Deferred[Any]] = []
        self._won: Deferred[Any] = Deferred(self._cancelled)
        self._each = LoopingCall(self._try_next)
        self._each.clock = clock

    def start(self, delay_seconds: float) -> Deferred[Any]:
        """Begin with the first address now."""
        self._each.start(delay_seconds).addErrback(self._give_up)
        return self._won

    def _try_next(self) -> None:
        if not self._waiting:
            self._each.stop()
            return
        attempt = self._waiting.pop().connect(self._factory)
        self._trying.append(attempt)
        attempt.addCallbacks(self._answered, self._failed, [attempt], None, [attempt])

    def _answered(self, protocol: Any, attempt: Deferred[Any]) -> None:
        self._trying.remove(attempt)
        self._stop()
        self._won.callback(protocol)

    def _failed(self, failure: Failure, attempt: Deferred[Any]) -> None:
        if attempt not in self._trying:  # we cancelled it ourselves, in _stop()
            return
        self._trying.remove(attempt)
        if not self._trying and not self._waiting:
            self._give_up(failure)

    def _give_up(self, failure: Failure) -> None:
        self._stop()
        self._won.errback(failure)

    def _cancelled(self, won: Deferred[Any]) -> None:
        won.errback(ConnectingCancelledError(self._whom))
        self._stop()

    def _stop(self) -> None:
        self._waiting.clear()
        if self._each.running:
            self._each.stop()
        others, self._trying = self._trying, []
        for attempt in others:
            attempt.cancel()


# ---- names and addresses as text ------------------------------------------------


def _both_forms(host: bytes | str) -> tuple[bytes, str]:
    """*host* as bytes on the wire, and as text for people.

    Raises:
        UnicodeError: It is neither a host name nor an address.
    """
    if isinstance(host, bytes):
        is_address = isIPAddress(host) or isIPAddress(host, socket.AF_INET6)
        return host, host.decode("ascii") if is_address else _idnaText(host)
    text = normalize("NFC", host)
    if isIPAddress(text) or isIPv6Address(text):
        return text.encode("ascii"), text
    if not text:
        raise UnicodeError("an empty host name")  # idna says so, Python's codec does not
    octets = _idnaBytes(text)
    return octets, text if not text.isascii() else _idnaText(octets)


def _host_and_port(bind_address: Any) -> Any:
    """``(host, port)``, as connectTCP wants it."""
    if not isinstance(bind_address, (str, bytes, tuple)):
        return bind_address  # None, or a Binding, which connectTCP takes too
    host, port = bind_address if isinstance(bind_address, tuple) else (bind_address, 0)
    return (host.decode("ascii") if isinstance(host, bytes) else host, port)


def _with_scope(address: IPv6Address) -> str:
    """``fe80::1%2``: a link-local address means nothing without its interface.  (Twisted drops it.)"""
    if address.scopeID and "%" not in address.host:
        return f"{address.host}%{address.scopeID}"
    return address.host
