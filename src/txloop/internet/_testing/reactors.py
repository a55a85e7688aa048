"""Reactors that only note what was asked of them.

MemoryReactor          keeps every listen and connect, calls no one back
MemoryReactorClock     the same, with a Clock's time
RaisingMemoryReactor   refuses every listen and connect
SynchronousResolver    every name is 127.0.0.1, at once
"""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from zope.interface import implementer

from txloop.internet import interfaces
from txloop.internet._testing.transports import _FakeConnector, _FakePort
from txloop.internet.address import IPv4Address, IPv6Address, UNIXAddress
from txloop.internet.error import UnsupportedAddressFamily
from txloop.internet.task import Clock

__all__ = ["MemoryReactor", "MemoryReactorClock", "RaisingMemoryReactor", "SynchronousResolver"]

# The port that adopted descriptors are said to have.
_ADOPTED_PORT = 1234


@implementer(interfaces.IHostResolution)
@dataclasses.dataclass
class _SynchronousResolution:
    """A resolution that was over before anyone could cancel it."""

    name: str

    def cancel(self) -> None:
        raise Exception("already resolved")


@implementer(interfaces.IHostnameResolver)
class SynchronousResolver:
    """Resolves every name to 127.0.0.1, inside the call.

    Source: Twisted 26.10, twisted.internet.testing.SynchronousResolver, by running it.
    """

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[Any]] | None = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        """Tell *resolutionReceiver* all about it before returning."""
        resolution = _SynchronousResolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)
        resolutionReceiver.addressResolved(IPv4Address("TCP", "127.0.0.1", portNumber))
        resolutionReceiver.resolutionComplete()
        return resolution


@implementer(
    interfaces.IReactorCore,
    interfaces.IReactorTCP,
    interfaces.IReactorSSL,
    interfaces.IReactorUNIX,
    interfaces.IReactorSocket,
    interfaces.IReactorFDSet,
    interfaces.IReactorPluggableNameResolver,
)
class MemoryReactor:
    """Keeps what it is asked to do, for a test to look at and to go on from.

    Attributes:
        tcpServers: ``(port, factory, backlog, interface)`` of each listenTCP.
        tcpClients: ``(host, port, factory, timeout, bindAddress)`` of each connectTCP.
        sslServers: ``(port, factory, contextFactory, backlog, interface)``.
        sslClients: ``(host, port, factory, contextFactory, timeout, bindAddress)``.
        unixServers: ``(address, factory, backlog, mode, wantPID)``.
        unixClients: ``(address, factory, timeout, checkPID)``.
        adoptedPorts: The arguments of adoptStreamPort and adoptDatagramPort.
        adoptedStreamConnections: The arguments of adoptStreamConnection.
        connectors: What the connect methods returned, in order.
        triggers: ``{phase: {event type: [(callable, args, kw), …]}}``.
        whenRunningHooks: ``(callable, args, kw)`` of each callWhenRunning before `run`.
        running, hasInstalled, hasRun, hasStopped, hasCrashed: What was called.
        readers, writers: As addReader and addWriter set them.
    Source: Twisted 26.10, twisted.internet.testing.MemoryReactor, by running it.
    """

    def __init__(self) -> None:
        self.hasInstalled: bool = False
        self.running: bool = False
        self.hasRun: bool = False
        self.hasStopped: bool = False
        self.hasCrashed: bool = False
        self.whenRunningHooks: list[tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]] = []
        self.triggers: dict[str, dict[str, list[tuple[Callable[..., object], Any, Any]]]] = {}
        self.tcpClients: list[tuple[Any, ...]] = []
        self.tcpServers: list[tuple[Any, ...]] = []
        self.sslClients: list[tuple[Any, ...]] = []
        self.sslServers: list[tuple[Any, ...]] = []
        self.unixClients: list[tuple[Any, ...]] = []
        self.unixServers: list[tuple[Any, ...]] = []
        self.adoptedPorts: list[tuple[Any, ...]] = []
        self.adoptedStreamConnections: list[tuple[Any, ...]] = []
        self.connectors: list[_FakeConnector] = []
        self.readers: set[Any] = set()
        self.writers: set[Any] = set()
        self.nameResolver: Any = SynchronousResolver()

    def installNameResolver(self, resolver: Any) -> Any:
        """Use *resolver* from now on; returns the one before."""
        before, self.nameResolver = self.nameResolver, resolver
        return before

    def install(self) -> None:
        """Say that it was installed; nothing is."""
        self.hasInstalled = True

    # ---- IReactorCore ---------------------------------------------------------

    def resolve(self, name: str, timeout: Any = 10) -> NoReturn:
        """Not there: NotImplementedError."""
        raise NotImplementedError()

    def run(self) -> None:
        """Call what callWhenRunning kept, then stop."""
        self.hasRun = True
        self.running = True
        for function, args, kw in self.whenRunningHooks:
            function(*args, **kw)
        self.stop()

    def stop(self) -> None:
        """Say that it was stopped."""
        self.hasStopped = True
        self.running = False

    def crash(self) -> None:
        """Say that it has crashed; it goes on running."""
        self.hasCrashed = True

    def iterate(self, delay: float = 0) -> NoReturn:
        """Not there: NotImplementedError."""
        raise NotImplementedError()

    def fireSystemEvent(self, eventType: str) -> NoReturn:
        """Not there: NotImplementedError; call what `triggers` holds yourself."""
        raise NotImplementedError()

    def addSystemEventTrigger(
        self, phase: str, eventType: str, callable: Callable[..., object], *args: Any, **kw: Any
    ) -> None:
        """Keep it in `triggers`; nothing calls it."""
        self.triggers.setdefault(phase, {}).setdefault(eventType, []).append((callable, args, kw))

    def removeSystemEventTrigger(self, triggerID: Any) -> NoReturn:
        """Not there: NotImplementedError."""
        raise NotImplementedError()

    def callWhenRunning(self, callable: Callable[..., object], *args: Any, **kw: Any) -> None:
        """Call it in `run`; at once if that was called before."""
        if self.hasRun:
            callable(*args, **kw)
        else:
            self.whenRunningHooks.append((callable, args, kw))

    # ---- IReactorSocket -----------------------------------------------------

    def adoptStreamPort(self, fileno: int, addressFamily: int, factory: Any) -> Any:
        """A port that says it listens at port 1234 of every interface."""
        port = _FakePort(_any_address("TCP", addressFamily))
        self.adoptedPorts.append((fileno, addressFamily, factory))
        return port

    def adoptStreamConnection(self, fileDescriptor: int, addressFamily: int, factory: Any) -> None:
        """Keep the arguments in `adoptedStreamConnections`."""
        self.adoptedStreamConnections.append((fileDescriptor, addressFamily, factory))

    def adoptDatagramPort(
        self, fileno: int, addressFamily: int, protocol: Any, maxPacketSize: int = 8192
    ) -> Any:
        """A port that says it is bound to port 1234 of every interface."""
        port = _FakePort(_any_address("UDP", addressFamily))
        self.adoptedPorts.append((fileno, addressFamily, protocol, maxPacketSize))
        return port

    # ---- listening and connecting ---------------------------------------------

    def listenTCP(self, port: int, factory: Any, backlog: int = 50, interface: str = "") -> Any:
        """Keep the arguments in `tcpServers`; returns a port with the address asked for."""
        self.tcpServers.append((port, factory, backlog, interface))
        return _FakePort(_tcp_address(interface if _is_ipv6(interface) else "0.0.0.0", port))

    def connectTCP(
        self, host: str, port: int, factory: Any, timeout: float = 30, bindAddress: Any = None
    ) -> Any:
        """Keep the arguments in `tcpClients`; returns a connector, which connects nothing."""
        self.tcpClients.append((host, port, factory, timeout, bindAddress))
        return self._connect(factory, _tcp_address(host, port))

    def listenSSL(
        self, port: int, factory: Any, contextFactory: Any, backlog: int = 50, interface: str = ""
    ) -> Any:
        """Keep the arguments in `sslServers`; returns a port that says it listens at all interfaces."""
        self.sslServers.append((port, factory, contextFactory, backlog, interface))
        return _FakePort(IPv4Address("TCP", "0.0.0.0", port))

    def connectSSL(
        self,
        host: str,
        port: int,
        factory: Any,
        contextFactory: Any,
        timeout: float = 30,
        bindAddress: Any = None,
    ) -> Any:
        """Keep the arguments in `sslClients`; returns a connector, which connects nothing."""
        self.sslClients.append((host, port, factory, contextFactory, timeout, bindAddress))
        return self._connect(factory, IPv4Address("TCP", host, port))

    def listenUNIX(
        self, address: str, factory: Any, backlog: int = 50, mode: int = 0o666, wantPID: Any = 0
    ) -> Any:
        """Keep the arguments in `unixServers`; returns a port with that path for its address."""
        self.unixServers.append((address, factory, backlog, mode, wantPID))
        return _FakePort(UNIXAddress(address))

    def connectUNIX(self, address: str, factory: Any, timeout: float = 30, checkPID: Any = 0) -> Any:
        """Keep the arguments in `unixClients`; returns a connector, which connects nothing."""
        self.unixClients.append((address, factory, timeout, checkPID))
        return self._connect(factory, UNIXAddress(address))

    # ---- IReactorFDSet ----------------------------------------------------------

    def addReader(self, reader: Any) -> None:
        """Put it among `readers`; nothing is watched."""
        self.readers.add(reader)

    def removeReader(self, reader: Any) -> None:
        """Take it out of `readers`, if it is there."""
        self.readers.discard(reader)

    def addWriter(self, writer: Any) -> None:
        """Put it among `writers`; nothing is watched."""
        self.writers.add(writer)

    def removeWriter(self, writer: Any) -> None:
        """Take it out of `writers`, if it is there."""
        self.writers.discard(writer)

    def getReaders(self) -> list[Any]:
        """The `readers`, as a list."""
        return list(self.readers)

    def getWriters(self) -> list[Any]:
        """The `writers`, as a list."""
        return list(self.writers)

    def removeAll(self) -> list[Any]:
        """Forget all readers and writers; returns each of them once."""
        all_of_them = list(self.readers | self.writers)
        self.readers.clear()
        self.writers.clear()
        return all_of_them

    # ---- ours ---------------------------------------------------------------------

    def _connect(self, factory: Any, address: Any) -> _FakeConnector:
        connector = _FakeConnector(address)
        factory.startedConnecting(connector)
        self.connectors.append(connector)
        return connector


class MemoryReactorClock(MemoryReactor, Clock):
    """A MemoryReactor with a `task.Clock`'s time: callLater, advance, pump."""

    def __init__(self) -> None:
        MemoryReactor.__init__(self)
        Clock.__init__(self)


@implementer(
    interfaces.IReactorTCP,
    interfaces.IReactorSSL,
    interfaces.IReactorUNIX,
    interfaces.IReactorSocket,
    interfaces.IReactorPluggableNameResolver,
)
class RaisingMemoryReactor:
    """Raises one error at each attempt to listen, and one at each to connect.

    Args:
        listenException: Raised by the listen methods and adoptStreamPort.
        connectException: Raised by the connect methods and the other adopt methods.
    Source: Twisted 26.10, twisted.internet.testing.RaisingMemoryReactor, by running it.
    """

    def __init__(
        self, listenException: Exception | None = None, connectException: Exception | None = None
    ) -> None:
        self._listenException = listenException
        self._connectException = connectException
        self.nameResolver: Any = SynchronousResolver()

    def installNameResolver(self, nameResolver: Any) -> Any:
        """Use *nameResolver* from now on; returns the one before."""
        before, self.nameResolver = self.nameResolver, nameResolver
        return before

    def adoptStreamPort(self, fileno: int, addressFamily: int, factory: Any) -> NoReturn:
        """Raise the error for listening."""
        self._refuse(self._listenException)

    def listenTCP(self, port: int, factory: Any, backlog: int = 50, interface: str = "") -> NoReturn:
        """Raise the error for listening."""
        self._refuse(self._listenException)

    def connectTCP(
        self, host: str, port: int, factory: Any, timeout: float = 30, bindAddress: Any = None
    ) -> NoReturn:
        """Raise the error for connecting."""
        self._refuse(self._connectException)

    def listenSSL(
        self, port: int, factory: Any, contextFactory: Any, backlog: int = 50, interface: str = ""
    ) -> NoReturn:
        """Raise the error for listening."""
        self._refuse(self._listenException)

    def connectSSL(
        self,
        host: str,
        port: int,
        factory: Any,
        contextFactory: Any,
        timeout: float = 30,
        bindAddress: Any = None,
    ) -> NoReturn:
        """Raise the error for connecting."""
        self._refuse(self._connectException)

    def listenUNIX(
        self, address: str, factory: Any, backlog: int = 50, mode: int = 0o666, wantPID: Any = 0
    ) -> NoReturn:
        """Raise the error for listening."""
        self._refuse(self._listenException)

    def connectUNIX(self, address: str, factory: Any, timeout: float = 30, checkPID: Any = 0) -> NoReturn:
        """Raise the error for connecting."""
        self._refuse(self._connectException)

    def adoptDatagramPort(
        self, fileDescriptor: int, addressFamily: int, protocol: Any, maxPacketSize: int
    ) -> NoReturn:
        """Raise the error for connecting."""
        self._refuse(self._connectException)

    def adoptStreamConnection(self, fileDescriptor: int, addressFamily: int, factory: Any) -> NoReturn:
        """Raise the error for connecting."""
        self._refuse(self._connectException)

    @staticmethod
    def _refuse(error: Exception | None) -> NoReturn:
        if error is None:
            raise TypeError("this RaisingMemoryReactor was given no exception to raise here")
        raise error


def _is_ipv6(host: str) -> bool:
    try:
        socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
    except (OSError, ValueError):
        return False
    return True


def _tcp_address(host: str, port: int) -> IPv4Address | IPv6Address:
    return IPv6Address("TCP", host, port) if _is_ipv6(host) else IPv4Address("TCP", host, port)


def _any_address(kind: Any, family: int) -> IPv4Address | IPv6Address:
    if family == socket.AF_INET:
        return IPv4Address(kind, "0.0.0.0", _ADOPTED_PORT)
    if family == socket.AF_INET6:
        return IPv6Address(kind, "::", _ADOPTED_PORT)
    raise UnsupportedAddressFamily()
