"""What every connector does: the attempt's state, its factory, its timeout.

    connect()              startedConnecting(connector)
    the wire is made       buildProtocol(addr)                    "connected"
    it could not be        clientConnectionFailed(connector, why) "disconnected"
    it is gone             clientConnectionLost(connector, why)   "disconnected"
    and nobody connected   doStop(), the counterpart of the doStart() before the first attempt
    again in there

Not here: making the wire.  A subclass's `_makeTransport` begins that, and the client it
returns reports back by buildProtocol, connectionFailed and connectionLost.

Source: the order of calls was read off Twisted 26.10 by running it.
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from txloop.internet import error
from txloop.internet._factories import start
from txloop.internet.interfaces import IConnector
from txloop.python.failure import Failure
from txloop.python.reflect import qual


@implementer(IConnector)
class BaseConnector:
    """One place to connect to, again and again if the factory asks for it.

    Args:
        factory: The ClientFactory that is told everything.
        timeout: Seconds of the reactor's clock until an attempt is given up; None for never.
        reactor: Whose callLater the timeout uses.

    Attributes:
        state: ``"disconnected"``, ``"connecting"`` or ``"connected"``.
        transport: The client of the current or last attempt; None after a failed one.
    """

    timeoutID: Any = None
    factoryStarted: int = 0

    def __init__(self, factory: Any, timeout: float | None, reactor: Any) -> None:
        self.state: str = "disconnected"
        self.reactor = reactor
        self.factory = factory
        self.timeout = timeout
        self.transport: Any = None

    # ---- the program asks ---------------------------------------------------------

    def connect(self) -> None:
        """Begin an attempt.

        Raises:
            RuntimeError: One is under way, or it is connected.
        """
        if self.state != "disconnected":
            raise RuntimeError(f"can't connect in this state: {self.state} already")
        self.state = "connecting"
        if not self.factoryStarted:
            start(self.factory)
            self.factoryStarted = 1
        self.transport = transport = self._makeTransport()
        if self.timeout is not None:
            self.timeoutID = self.reactor.callLater(
                self.timeout, transport.failIfNotConnected, error.TimeoutError()
            )
        self.factory.startedConnecting(self)

    def stopConnecting(self) -> None:
        """Give the attempt up: clientConnectionFailed(UserError) is called from in here.

        Raises:
            NotConnectingError: There is none.
        """
        if self.state != "connecting":
            raise error.NotConnectingError("we're not trying to connect")
        self.state = "disconnected"
        if self.transport is not None:
            self.transport.failIfNotConnected(error.UserError())

    def disconnect(self) -> None:
        """Lose the connection, or stop connecting."""
        if self.state == "connecting":
            self.stopConnecting()
        elif self.state == "connected":
            self.transport.loseConnection()

    def getDestination(self) -> Any:
        """Where it connects to: an address; its host may be a name."""
        raise NotImplementedError(f"{qual(type(self))} does not say where it connects to")

    # ---- its client reports --------------------------------------------------------

    def cancelTimeout(self) -> None:
        """The attempt is decided."""
        timeout, self.timeoutID = self.timeoutID, None
        if timeout is not None and timeout.active():
            timeout.cancel()

    def buildProtocol(self, addr: Any) -> Any:
        """It is connected to *addr*: the factory's protocol for that, or None to refuse."""
        self.state = "connected"
        self.cancelTimeout()
        return self.factory.buildProtocol(addr)

    def connectionFailed(self, reason: Failure) -> None:
        """The attempt has failed."""
        self.cancelTimeout()
        self.transport = None
        self.state = "disconnected"
        self.factory.clientConnectionFailed(self, reason)
        self._stop_factory()

    def connectionLost(self, reason: Failure) -> None:
        """The connection is gone."""
        self.state = "disconnected"
        self.factory.clientConnectionLost(self, reason)
        self._stop_factory()

    # ---- ours ---------------------------------------------------------------------------

    def _makeTransport(self) -> Any:
        """A client that has begun to connect."""
        raise NotImplementedError(f"{qual(type(self))} makes no transports")

    def _stop_factory(self) -> None:
        # Unless the factory has connected again from inside its callback.
        if self.state == "disconnected" and self.factoryStarted:
            self.factoryStarted = 0
            self.factory.doStop()

    def __repr__(self) -> str:
        return f"<{qual(type(self))} instance at 0x{id(self):x} {self.state} {self.getDestination()}>"
