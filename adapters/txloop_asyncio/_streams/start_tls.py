"""startTLS: a TCP connection that begins to speak TLS in the middle.

    before    user's protocol  <->  connection (plain)
    after     user's protocol  <->  connection (secured)  <->  TLS  <->  the same connection's plain side

The object that the program holds as ``transport`` stays the same one, as in Twisted; it
changes its class: to one, made from its own, whose writing and ending go to the TLS
protocol.  What TLS itself writes goes to the methods of the class it had before, by way of
`PlainSide`.  So what was written before leaves before, as plaintext and in order, and each
byte that the loop delivers from now on, held back ones too, is TLS's.  What was handed to
dataReceived before belongs to the protocol.

A producer moves: it is TLS's now.
"""

from __future__ import annotations

import functools
from collections.abc import Hashable
from typing import Any, cast

from zope.interface import classImplements, directlyProvides

from txloop._life import Life
from txloop.internet import interfaces
from txloop.internet.protocol import Factory
from txloop.protocols.tls import TLSMemoryBIOFactory


class Secured:
    """What a connection does when it speaks TLS, in place of what the class it had does.

    Copied, not inherited: objects may change only to a class that adds no base to theirs.
    """

    _tls: Any

    def write(self, data: bytes) -> None:
        self._tls.write(data)

    def writeSequence(self, iovec: Any) -> None:
        self._tls.writeSequence(iovec)

    def loseConnection(self) -> None:
        self._tls.loseConnection()

    def loseWriteConnection(self) -> None:
        """TLS has no half-closed connections, as Twisted has it: the whole one is lost."""
        self._tls.loseConnection()

    def abortConnection(self) -> None:
        self._tls.abortConnection()

    def stopConsuming(self) -> None:
        self._tls.unregisterProducer()
        self._tls.loseConnection()

    def registerProducer(self, producer: Any, streaming: bool) -> None:
        self._tls.registerProducer(producer, streaming)

    def unregisterProducer(self) -> None:
        self._tls.unregisterProducer()

    def getHandle(self) -> Any:
        """The TLS library's connection."""
        return self._tls.getHandle()

    def getPeerCertificate(self) -> Any:
        """As TLSMemoryBIOProtocol's."""
        return self._tls.getPeerCertificate()

    @property
    def negotiatedProtocol(self) -> bytes | None:
        """As TLSMemoryBIOProtocol's."""
        name: bytes | None = self._tls.negotiatedProtocol
        return name


ABOVE = frozenset(name for name in vars(Secured) if not name.startswith("_"))


class PlainSide:
    """The connection as TLS sees it: everything as before it began.

    Args:
        connection: The secured one.
    """

    def __init__(self, connection: Any) -> None:
        self._plain: Any = super(type(connection), connection)
        directlyProvides(self, interfaces.ITCPTransport, interfaces.IConsumer, interfaces.IPushProducer)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._plain, name)


@functools.cache
def _secured(kind: Any) -> type:
    """The class of secured connections that were *kind*."""
    methods = {name: value for name, value in vars(Secured).items() if name in ABOVE}
    made = type(kind.__name__, (kind,), {**methods, "TLS": True, "__module__": kind.__module__})
    classImplements(made, interfaces.ISSLTransport, interfaces.INegotiated)  # type: ignore[misc]  # made here
    return made


def start_tls(connection: Any, creator: Any, is_client: bool) -> None:
    """Speak TLS from now on.

    Also on a connection that is being closed: it ends before the handshake does, but what is
    written behind this call must not leave as plaintext.

    Args:
        connection: A TCP connection; one that is aborted or over is left alone.
        creator: As TLSMemoryBIOFactory's contextFactory.
        is_client: Which side of the handshake is ours.
    """
    if connection._life not in (Life.OPEN, Life.CLOSING):
        return
    factory = TLSMemoryBIOFactory(creator, is_client, Factory(), connection.reactor)
    factory.wrappedFactory.noisy = False
    producer, streaming = connection.producer, connection.streamingProducer
    if connection.TLS:
        # Inside the TLS that is spoken already.
        outer = connection._tls
        tls = factory.protocol(factory, outer.wrappedProtocol, False)
        outer.wrappedProtocol = tls
        connection._tls = tls
        tls.makeConnection(outer)
        return
    if producer is not None:
        connection.unregisterProducer()
    # A server's names, made when first asked for, are its protocol's and not TLS's.
    connection.logPrefix(), repr(connection)
    tls = factory.protocol(factory, connection.protocol, False)
    connection.__class__ = _secured(cast(Hashable, type(connection)))
    connection._tls = connection.protocol = tls
    tls.makeConnection(PlainSide(connection))
    if producer is not None:
        tls.registerProducer(producer, streaming)
