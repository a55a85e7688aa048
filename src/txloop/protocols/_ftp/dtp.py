"""An FTP server's data connections: each for one transfer, made by either side.

DTPFactory   waits for the connection, or makes it; for so long
DTP          carries one listing or file, in one direction
"""

from __future__ import annotations

import os
import time
from typing import Any

from zope.interface import implementer

from txloop.internet import interfaces
from txloop.internet.defer import Deferred, TimeoutError, succeed
from txloop.internet.error import ConnectionDone
from txloop.internet.protocol import ClientFactory, Protocol
from txloop.protocols._ftp.errors import PortConnectionError
from txloop.python.failure import Failure

__all__ = ["DTP", "ASCIIConsumerWrapper", "DTPFactory"]

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
# What is older is listed with its year instead of its time, as ls does.
_HALF_A_YEAR_SECONDS = 180 * 24 * 60 * 60


@implementer(interfaces.IConsumer)
class DTP(Protocol):
    """A data connection.

    Attributes:
        isConnected: Is it?
        pi: The control connection, an `FTP`.
    """

    isConnected: bool = False
    transport: Any
    pi: Any
    _encoding = "latin-1"
    _consumer: Any = None
    _all_came: Deferred[Any] | None = None
    _early: list[bytes] | None = None  # what came before there is a consumer for it

    def connectionMade(self) -> None:
        self.isConnected = True
        self._early = []
        self.factory.deferred.callback(None)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # Twisted's has no default
        self.isConnected = False
        if self._all_came is None:
            return
        if isinstance(reason, Failure) and not reason.check(ConnectionDone):
            self._all_came.errback(reason)  # cut: what came is not the whole file
        else:
            self._all_came.callback(None)

    def sendLine(self, line: bytes) -> None:
        """Send a line of a listing."""
        self.transport.write(line + b"\r\n")

    def _as_ls_writes(
        self,
        name: bytes,
        size: int,
        directory: Any,
        permissions: Any,
        hardlinks: int,
        modified: float,
        owner: str,
        group: str,
    ) -> bytes:
        """A line of a listing, as ``ls -l`` writes it."""
        then = time.gmtime(modified)
        old = time.time() - modified > _HALF_A_YEAR_SECONDS
        when = f" {then.tm_year}" if old else time.strftime("%H:%M", then)
        date = f"{_MONTHS[then.tm_mon - 1]} {then.tm_mday:02} {when}"
        kind = "d" if directory else "-"
        text = (
            f"{kind}{permissions.shorthand()}{hardlinks:>4} {owner[:8]:<9} {group[:8]:<9} {size:>15} {date} "
        )
        return text.encode(self._encoding, "replace") + name

    def sendListResponse(self, name: bytes, response: Any) -> None:
        """Send the line of the file *name*, of which *response* has what a listing tells."""
        self.sendLine(self._as_ls_writes(name, *response))

    # ---- sending ------------------------------------------------------------------------------

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        """Have *producer* write a file."""
        self.transport.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        """That was all: close when it is sent."""
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def write(self, data: bytes) -> None:
        """Send *data*."""
        if self.isConnected:
            self.transport.write(data)
        else:
            raise ConnectionError("the data connection is lost")

    # ---- receiving -----------------------------------------------------------------------------

    def registerConsumer(self, cons: Any) -> Deferred[Any]:
        """Write to *cons* what comes and has come.

        Returns:
            A Deferred that fires when that was all; it fails if the connection was cut.
        """
        if self._consumer is not None:
            raise AssertionError("it has a consumer")
        self._consumer = cons
        cons.registerProducer(self, True)
        chunks, self._early = self._early or [], None
        if not self.isConnected:
            for chunk in chunks:
                cons.write(chunk)
            self._give_consumer_back(None)
            return succeed(None)
        done = self._all_came = Deferred()
        done.addBoth(self._give_consumer_back)
        for chunk in chunks:
            self._pass_on(chunk)
        if chunks:
            self.transport.resumeProducing()
        return done

    def _give_consumer_back(self, ignored: Any) -> Any:
        cons, self._consumer = self._consumer, None
        cons.unregisterProducer()
        return ignored

    def dataReceived(self, bytes: bytes) -> None:
        if self._consumer is not None:
            self._pass_on(bytes)
        elif self._early is not None:
            self._early.append(bytes)
            self.transport.pauseProducing()  # until we know what to do with it

    def _pass_on(self, bytes: bytes) -> None:
        try:
            self._consumer.write(bytes)
        except Exception:
            lost, self._all_came = self._all_came, None
            if lost is not None:
                lost.errback()

    def pauseProducing(self) -> None:
        """Its consumer has enough."""
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """Its consumer wants more."""
        self.transport.resumeProducing()

    def stopProducing(self) -> None:
        """Its consumer wants no more."""
        self.transport.stopProducing()


class DTPFactory(ClientFactory[Any]):
    """Gets one data connection.

    Args:
        pi: The control connection.
        peerHost: Its other side; with *peerCheck* nobody else's connection is taken.
    Attributes:
        deferred: Fires when it is connected; fails with PortConnectionError.
    """

    peerCheck = False
    _is_awaited = True  # neither connected nor given up

    def __init__(self, pi: Any, peerHost: Any = None, reactor: Any = None) -> None:
        if reactor is None:
            from txloop.internet import reactor  # the reactor is asked for when it is needed
        self.pi = pi
        self.peerHost = peerHost
        self.deferred: Deferred[Any] = Deferred()
        self.delayedCall: Any = None
        self._reactor = reactor

    def buildProtocol(self, addr: Any) -> DTP | None:
        if not self._is_awaited:
            return None
        if self.peerCheck and self.peerHost is not None and addr.host != self.peerHost:
            return None
        self._is_awaited = False
        self.cancelTimeout()
        made = DTP()
        made.factory = self
        made.pi = self.pi
        self.pi.dtpInstance = made
        return made

    def stopFactory(self) -> None:
        """It is waited for no more."""
        self.cancelTimeout()

    def setTimeout(self, seconds: float) -> None:
        """Wait for so long."""
        self.delayedCall = self._reactor.callLater(seconds, self.timeoutFactory)

    def cancelTimeout(self) -> None:
        """Wait for as long as it takes."""
        if self.delayedCall is not None and self.delayedCall.active():
            self.delayedCall.cancel()
        self.delayedCall = None

    def timeoutFactory(self) -> None:
        """The time is up."""
        self._fail(TimeoutError("DTPFactory timeout"))

    def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
        self._fail(reason)

    def _fail(self, why: Any) -> None:
        if self._is_awaited:
            self._is_awaited = False
            self.cancelTimeout()
            self.deferred.errback(PortConnectionError(why))


class ASCIIConsumerWrapper:
    """Makes this machine's line ends those of the wire, on the way to *cons*."""

    def __init__(self, cons: Any) -> None:
        self.cons = cons
        self.registerProducer: Any = cons.registerProducer
        self.unregisterProducer: Any = cons.unregisterProducer

    def write(self, bytes: bytes) -> None:
        """Write *bytes*, whose lines end as this machine's do."""
        self.cons.write(bytes.replace(os.linesep.encode(), b"\r\n"))


@implementer(interfaces.IConsumer)
class _FromASCII:
    """Makes the wire's line ends this machine's, on the way to *consumer*."""

    def __init__(self, consumer: Any) -> None:
        self._consumer = consumer
        self._held = b""  # the first half of a line's end, perhaps

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        self._consumer.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        if self._held:
            self._consumer.write(self._held)
        self._consumer.unregisterProducer()

    def write(self, data: bytes) -> None:
        data = self._held + data
        whole = data.removesuffix(b"\r")
        self._held = data[len(whole) :]
        self._consumer.write(whole.replace(b"\r\n", os.linesep.encode()))


@implementer(interfaces.IConsumer)
class _Sending:
    """A data connection that takes a file, and is not closed with the file's end."""

    def __init__(self, connection: DTP) -> None:
        self._connection = connection
        self.registerProducer = connection.registerProducer
        self.write = connection.write

    def unregisterProducer(self) -> None:
        self._connection.transport.unregisterProducer()


def _listen(port: int, factory: Any, backlog: int = 50, interface: str = "") -> Any:
    from txloop.internet import reactor  # the reactor is asked for when it is needed

    return reactor.listenTCP(port, factory, backlog, interface)
