"""Two protocols joined in memory, with a pump in the place of a network.

    client, server, pump = connectedServerAndClient(MyServer, MyClient)
    client.sendLine(b"hello")
    pump.flush()                 carries bytes to and fro until there are none

`FakeTransport.startTLS` only pretends: the two contexts see each other and may refuse
(``iosimVerify``).  Real TLS runs over these transports too: give connect() protocols of a
TLSMemoryBIOFactory.

Source: names, order and results as of Twisted 26.10's twisted.test.iosim, by running it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, TypeVar

from zope.interface import directlyProvides, implementer

from txloop._public import publish
from txloop.internet import error, interfaces
from txloop.internet._stepped_transport import SteppedTransport
from txloop.internet.endpoints import TCP4ClientEndpoint, TCP4ServerEndpoint
from txloop.internet.protocol import Factory, Protocol
from txloop.internet.testing import MemoryReactorClock
from txloop.python.failure import Failure

try:
    from OpenSSL.SSL import Error as NativeOpenSSLError
except ImportError:
    from ssl import SSLError as NativeOpenSSLError  # type: ignore[assignment]  # either is TLS's own

__all__ = [
    "ConnectionCompleter",
    "FakeAddress",
    "FakeTransport",
    "IOPump",
    "TLSNegotiation",
    "connect",
    "connectableEndpoint",
    "connectedServerAndClient",
    "makeFakeClient",
    "makeFakeServer",
]

_TServer = TypeVar("_TServer")
_TClient = TypeVar("_TClient")


class TLSNegotiation:
    """One side's part of a handshake that is only pretended.

    Args:
        obj: The context that startTLS() was given; its ``iosimVerify(other)`` says whether the
            other side's will do.
        connectState: Does this side begin?
    Attributes:
        sent: Has it been given to the other side?
        readyToSend: May it be?  The side that does not begin waits for the other's.
    """

    def __init__(self, obj: Any, connectState: bool) -> None:
        self.obj = obj
        self.connectState = connectState
        self.sent = False
        self.readyToSend = connectState

    def __repr__(self) -> str:
        return f"TLSNegotiation({self.obj!r})"

    def pretendToVerify(self, other: TLSNegotiation, tpt: FakeTransport) -> None:
        """Look at the *other* side's; if it will not do, *tpt* closes, with TLS's error as its reason."""
        if not self.obj.iosimVerify(other.obj):
            tpt.disconnectReason = NativeOpenSSLError()
            tpt.loseConnection()


@implementer(interfaces.IAddress)
class FakeAddress:
    """An address that equals no other."""


@implementer(interfaces.ITransport, interfaces.ITLSTransport, interfaces.IConsumer)
class FakeTransport(SteppedTransport):
    """One end of a connection in memory; an `IOPump` carries what is written.

    Args:
        protocol: Gets what the other end writes.
        isServer: Which end it is.
        hostAddress, peerAddress: What getHost() and getPeer() say; FakeAddresses by default.
    Attributes:
        stream: What is written and not carried yet.
        disconnecting: True once it closes; what was written before is still carried.
        disconnected: True once the other end knows.
        disconnectReason: What the protocol is told then.
        tls: While a handshake runs, this side's part of it.
    """

    _nextserial = staticmethod(itertools.count().__next__)
    closed = 0
    disconnecting: bool = False
    disconnected = False
    disconnectReason: BaseException = error.ConnectionDone("Connection done")
    tls: TLSNegotiation | None = None

    def __init__(
        self, protocol: Any, isServer: bool, hostAddress: Any = None, peerAddress: Any = None
    ) -> None:
        self.protocol = protocol
        self.isServer = isServer
        self.stream: list[bytes] = []
        self.tlsbuf: list[bytes] = []
        self.serial: int = self._nextserial()
        self.hostAddress: Any = FakeAddress() if hostAddress is None else hostAddress
        self.peerAddress: Any = FakeAddress() if peerAddress is None else peerAddress

    def __repr__(self) -> str:
        side = "S" if self.isServer else "C"
        return f"FakeTransport<{side},{self.serial},{self.protocol.__class__.__name__}>"

    # ---- ITransport ------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """Keep *data* for the pump; during a handshake until that is done, after a close not at all."""
        if self.disconnecting:
            return
        (self.stream if self.tls is None else self.tlsbuf).append(data)

    def writeSequence(self, iovec: Any) -> None:
        """As one write()."""
        if joined := b"".join(iovec):
            self.write(joined)

    def loseConnection(self) -> None:
        """Close when the pump has carried what was written."""
        self.disconnecting = True

    def abortConnection(self) -> None:
        """The same: there is no network to lose anything."""
        self.loseConnection()

    def getPeer(self) -> Any:
        """The other end's address."""
        return self.peerAddress

    def getHost(self) -> Any:
        """This end's address."""
        return self.hostAddress

    # ---- ITCPTransport: taken and forgotten ----------------------------------------------

    def getTcpKeepAlive(self) -> Any:
        """None."""

    def getTcpNoDelay(self) -> Any:
        """None."""

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Nothing."""

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Nothing."""

    def loseWriteConnection(self) -> None:
        """Nothing."""

    # ---- producers -------------------------------------------------------------------------

    def _checkProducer(self) -> None:
        """Ask a pull producer for more."""
        if self.producer is not None and not self.streamingProducer:
            self.producer.resumeProducing()

    # ---- TLS -------------------------------------------------------------------------------

    def startTLS(self, contextFactory: Any, beNormal: bool = True) -> None:
        """Pretend a handshake; what is written meanwhile is kept until the other side's has come.

        Args:
            contextFactory: What the other side's is shown.
            beNormal: False: the server begins.
        """
        self.tls = TLSNegotiation(contextFactory, connectState=bool(self.isServer) != bool(beNormal))
        self.tlsbuf = []

    # ---- what the pump calls -----------------------------------------------------------------

    def logPrefix(self) -> str:
        """Its name in the log."""
        return "iosim"

    def getOutBuffer(self) -> bytes | TLSNegotiation | None:
        """What to carry now: all that was written, or this side's part of a handshake, or nothing."""
        if self.stream:
            written, self.stream = self.stream, []
            return b"".join(written)
        tls = self.tls
        if tls is None or not tls.readyToSend or tls.sent:
            return None
        tls.sent = True
        if not tls.connectState:  # it is the answer: the other side's part was here already
            self._end_handshake()
        return tls

    def bufferReceived(self, buf: bytes | TLSNegotiation) -> None:
        """Take what the other end's getOutBuffer() gave."""
        if isinstance(buf, TLSNegotiation):
            self._take_handshake(buf)
        else:
            self.protocol.dataReceived(buf)

    def _take_handshake(self, theirs: TLSNegotiation) -> None:
        ours = self.tls
        if ours is None:
            raise AssertionError("a handshake has come, and startTLS() was not called at this end")
        ours.pretendToVerify(theirs, self)
        if ours.sent:
            self._end_handshake()
        else:
            ours.readyToSend = True

    def _end_handshake(self) -> None:
        directlyProvides(self, interfaces.ISSLTransport)
        self.tls = None
        kept, self.tlsbuf = self.tlsbuf, []
        self.writeSequence(kept)

    def reportDisconnect(self) -> None:
        """Tell the protocol that the connection is lost."""
        reason = NativeOpenSSLError() if self.tls is not None else self.disconnectReason
        self.protocol.connectionLost(Failure(reason))


# ---- joining two ---------------------------------------------------------------------------


def makeFakeClient(clientProtocol: Any) -> FakeTransport:
    """The client's end for *clientProtocol*."""
    return FakeTransport(clientProtocol, isServer=False)


def makeFakeServer(serverProtocol: Any) -> FakeTransport:
    """The server's end for *serverProtocol*."""
    return FakeTransport(serverProtocol, isServer=True)


class IOPump:
    """Carries what two ends write to the other one.

    Args:
        client, server: The protocols.
        clientIO, serverIO: Their transports.
        debug: Print what is carried.
        clock: A Clock, advanced by nothing at each turn, so that what is due runs.
    """

    def __init__(
        self, client: Any, server: Any, clientIO: Any, serverIO: Any, debug: bool, clock: Any = None
    ) -> None:
        self.client = client
        self.server = server
        self.clientIO = clientIO
        self.serverIO = serverIO
        self.debug = debug
        self.clock = clock

    def flush(self, debug: bool = False, advanceClock: bool = True) -> bool:
        """Pump until nothing moves.

        Returns:
            Did anything?
        """
        moved = False
        while self.pump(debug=debug, advanceClock=advanceClock):
            moved = True
        return moved

    def pump(self, debug: bool = False, advanceClock: bool = True) -> bool:
        """Carry once what both have written; when there is nothing, carry the news of a close.

        Returns:
            Was there anything to carry?
        """
        talk = print if self.debug or debug else _say_nothing
        talk("-- GLUG --")
        if advanceClock and self.clock is not None:
            self.clock.advance(0)
        from_server, from_client = self.serverIO.getOutBuffer(), self.clientIO.getOutBuffer()
        self.clientIO._checkProducer()
        self.serverIO._checkProducer()
        talk(".")
        if from_client:
            talk(f"C: {from_client!r}")
            self.serverIO.bufferReceived(from_client)
        if from_server:
            talk(f"S: {from_server!r}")
            self.clientIO.bufferReceived(from_server)
        if from_client or from_server:
            return True
        return self._close(self.serverIO, self.clientIO, "* C", talk) or self._close(
            self.clientIO, self.serverIO, "* S", talk
        )

    def _close(self, closing: Any, other: Any, news: str, talk: Callable[[str], object]) -> bool:
        """If *closing* does and it is not known yet, tell the *other* end, which closes then, too."""
        if not closing.disconnecting or closing.disconnected:
            return False
        talk(news)
        closing.disconnected = True
        other.disconnecting = True
        other.reportDisconnect()
        return True


def _say_nothing(text: str) -> None:
    pass


def connect(
    serverProtocol: Any,
    serverTransport: Any,
    clientProtocol: Any,
    clientTransport: Any,
    debug: bool = False,
    greet: bool = True,
    clock: Any = None,
) -> IOPump:
    """Join two protocols.

    Args:
        greet: Carry at once what they write when they are connected.
        debug, clock: As for IOPump.
    """
    serverProtocol.makeConnection(serverTransport)
    clientProtocol.makeConnection(clientTransport)
    pump = IOPump(clientProtocol, serverProtocol, clientTransport, serverTransport, debug, clock=clock)
    if greet:
        pump.flush()
    return pump


def connectedServerAndClient(
    ServerClass: Callable[[], _TServer],  # noqa: N803  # Twisted's
    ClientClass: Callable[[], _TClient],  # noqa: N803  # Twisted's
    clientTransportFactory: Callable[[Any], Any] = makeFakeClient,
    serverTransportFactory: Callable[[Any], Any] = makeFakeServer,
    debug: bool = False,
    greet: bool = True,
    clock: Any = None,
) -> tuple[_TClient, _TServer, IOPump]:
    """Make a client and a server, and join them.

    Returns:
        The client, the server and their pump, in this order.
    """
    client, server = ClientClass(), ServerClass()
    pump = connect(
        server,
        serverTransportFactory(server),
        client,
        clientTransportFactory(client),
        debug,
        greet,
        clock=clock,
    )
    return client, server, pump


# ---- joining what a MemoryReactor was asked for ------------------------------------------------


class ConnectionCompleter:
    """Lets the TCP connections that a MemoryReactor was asked for succeed or fail.

    Args:
        memoryReactor: A client gets a server there that listens at its port.
    """

    def __init__(self, memoryReactor: Any) -> None:
        self._reactor = memoryReactor

    def succeedOnce(self, debug: bool = False, greet: bool = True) -> IOPump | None:
        """Join the first client that has a server.

        Returns:
            Their pump; None if there is no such pair.
        """
        for number, client in enumerate(self._reactor.tcpClients):
            for server in self._reactor.tcpServers:
                if client[1] == server[0]:  # their ports
                    del self._reactor.tcpClients[number]
                    del self._reactor.connectors[number]
                    return self._joined(client[2], server[1], debug, greet)
        return None

    def _joined(self, client_factory: Any, server_factory: Any, debug: bool, greet: bool) -> IOPump:
        server, client = server_factory.buildProtocol(None), client_factory.buildProtocol(None)
        # What is due on a MemoryReactorClock runs with the pump.
        clock = self._reactor if hasattr(self._reactor, "advance") else None
        return connect(server, makeFakeServer(server), client, makeFakeClient(client), debug, greet, clock)

    def failOnce(self, reason: Failure = Failure(error.ConnectionRefusedError())) -> None:  # noqa: B008
        """Let the first client's connection fail, with *reason*."""
        factory = self._reactor.tcpClients.pop(0)[2]
        factory.clientConnectionFailed(self._reactor.connectors.pop(0), reason)


def connectableEndpoint(debug: bool = False) -> tuple[TCP4ClientEndpoint, ConnectionCompleter]:
    """A client's endpoint, and what lets its connections succeed or fail."""
    reactor: Any = MemoryReactorClock()
    TCP4ServerEndpoint(reactor, _PORT).listen(Factory.forProtocol(Protocol))
    return TCP4ClientEndpoint(reactor, "0.0.0.0", _PORT), ConnectionCompleter(reactor)


# Any will do.
_PORT = 4321


publish(__name__, __all__)
