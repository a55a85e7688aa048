"""Factories: they make a protocol for each connection and know when they are in use.

A factory counts the ports and connectors that use it (`numPorts`): the first doStart()
calls startFactory(), the last doStop() stopFactory().
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING, Any, Generic, cast

from zope.interface import implementer

from txloop.internet import interfaces
from txloop.logger import Logger
from txloop.python.reflect import qual

if TYPE_CHECKING:
    from typing import Self

    from typing_extensions import TypeVar

    from txloop.internet.interfaces import IAddress, IConnector
    from txloop.python.failure import Failure

    # ``class ChatFactory(Factory)`` says nothing of its protocol, and need not.
    P = TypeVar("P", bound=interfaces.IProtocol, default=Any)
else:
    from typing import TypeVar

    P = TypeVar("P")


@implementer(interfaces.IProtocolFactory, interfaces.ILoggingContext)
class Factory(Generic[P]):
    """Makes a protocol for each connection.

    Set `protocol`, or override buildProtocol().

    Attributes:
        protocol: Called without arguments for each connection.
        numPorts: How many ports and connectors use this factory.
        noisy: Whether starting and stopping it is logged.
    """

    protocol: Callable[[], P] | None = None
    numPorts: int = 0
    noisy: Any = True

    @classmethod
    def forProtocol(cls, protocol: Callable[[], P], *args: Any, **kwargs: Any) -> Self:
        """A factory of this class for *protocol*, made with the rest of the arguments."""
        factory = cls(*args, **kwargs)
        factory.protocol = protocol
        return factory

    def logPrefix(self) -> str:
        """The name of the class, for log lines."""
        return self.__class__.__name__

    def doStart(self) -> None:
        """A port or connector begins to use this factory; the first calls startFactory()."""
        if self.numPorts == 0:
            if self.noisy:
                _logger_of(self).info("Starting factory {factory!r}", factory=self)
            self.startFactory()
        self.numPorts += 1

    def doStop(self) -> None:
        """A port or connector no longer uses this factory; the last calls stopFactory().

        Does nothing when none uses it.
        """
        if self.numPorts == 0:
            return
        self.numPorts -= 1
        if self.numPorts == 0:
            if self.noisy:
                _logger_of(self).info("Stopping factory {factory!r}", factory=self)
            self.stopFactory()

    def startFactory(self) -> None:
        """It comes into use, and will be connected; for the program to override."""

    def stopFactory(self) -> None:
        """Nothing uses it any more; for the program to override."""

    def buildProtocol(self, addr: IAddress | None) -> P | None:
        """A new `protocol` that knows this factory; for the program to override.

        Args:
            addr: The address of the peer.
        Returns:
            The protocol, or None (from an override) to close the connection.
        """
        if self.protocol is None:
            raise AssertionError(f"{self!r} has no protocol: set the attribute, or override buildProtocol()")
        protocol: Any = self.protocol()
        protocol.factory = self
        return cast(P, protocol)


def start(factory: Any) -> None:
    """Tell *factory* that one more port or connector uses it.

    Raises:
        TypeError: It is none, but the class of one, or a protocol; it says what to pass instead.
    """
    do_start = getattr(factory, "doStart", None)
    if do_start is None or (isinstance(factory, type) and isinstance(do_start, FunctionType)):
        raise TypeError(_no_factory(factory, is_protocol=hasattr(factory, "makeConnection")))
    do_start()


def _no_factory(found: Any, *, is_protocol: bool) -> str:
    name = (found if isinstance(found, type) else type(found)).__name__
    if is_protocol:
        return f"a factory is needed, not the protocol {name}: pass Factory.forProtocol({name})"
    if isinstance(found, type):
        return f"a factory is needed, not the class {name}: pass {name}()"
    return f"a factory is needed, not {found!r}: it has no doStart()"


def _logger_of(factory: Factory[Any]) -> Logger:
    # No attribute: subclasses (conch's) have a ``_log`` of their own.
    return Logger(namespace=qual(type(factory)), source=factory)


class ServerFactory(Factory[P]):
    """A factory for listening ports; kept so that programs can say what they mean."""


class ClientFactory(Factory[P]):
    """A factory for connections that this side makes; is told how they went."""

    def startedConnecting(self, connector: IConnector) -> None:
        """An attempt begins; for the program to override.

        Args:
            connector: Can stop it.
        """

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:
        """An attempt failed; for the program to override.

        Args:
            connector: Its connect() tries again.
            reason: A Failure of ConnectError or one of its kin.
        """

    def clientConnectionLost(self, connector: IConnector, reason: Failure) -> None:
        """A connection ended, after its protocol was told; for the program to override.

        Args:
            connector: Its connect() connects again.
            reason: As the protocol's connectionLost() was told.
        """
