"""A SOCKS proxy, version 4 and 4a.

    client  <->  SOCKSv4  <->  SOCKSv4Outgoing  <->  the host the client named      (CONNECT)
    client  <->  SOCKSv4  <->  SOCKSv4Incoming  <->  the host the client waits for  (BIND)

    version 4, command, port, address, user, NUL [, name, NUL]     the request; the name is 4a's
    0, 90 (granted) or 91, port, address                           the answer

Once the request is granted bytes go both ways, and each side pauses the other.  What is
wrong, not authorized or cannot be reached is answered with 91, and the client is closed.

Source: methods, order and answers as of Twisted 26.10's twisted.protocols.socks, by running it.
"""

from __future__ import annotations

import socket
import struct
import time
from typing import Any

from txloop._public import publish
from txloop.internet import protocol
from txloop.internet.defer import Deferred, succeed
from txloop.python import log

__all__ = ["SOCKSv4", "SOCKSv4Factory", "SOCKSv4Incoming", "SOCKSv4IncomingFactory", "SOCKSv4Outgoing"]

_GRANTED, _REFUSED = 90, 91
_CONNECT, _BIND = 1, 2
_VERSION = 4
_HEAD = struct.Struct("!BBH4s")
# A request without its end is refused above this; users and names are far shorter.
_LONGEST_REQUEST_BYTES = 8 + 2 * 512
_BYTES_A_LOG_LINE = 16


class _Broken(Exception):
    """It is no request."""


class _FarSide(protocol.Protocol):
    """The other side of a client's connection: what comes here goes to the client."""

    transport: Any

    def __init__(self, socks: SOCKSv4) -> None:
        self.socks = socks

    def dataReceived(self, data: bytes) -> None:
        self.socks.write(data)

    def write(self, data: bytes) -> None:
        """Send what the client has sent."""
        self.socks.log(self, data)
        self.transport.write(data)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # Twisted's has no default
        """Close the client's side, too, when it has got everything."""
        _close(self.socks.transport)


class SOCKSv4Outgoing(_FarSide):
    """Connects to the host that the client named."""

    def connectionMade(self) -> None:
        """Tell the client."""
        peer = self.transport.getPeer()
        self.socks.makeReply(_GRANTED, 0, port=peer.port, ip=peer.host)
        self.socks._relay_to(self)


class SOCKSv4Incoming(_FarSide):
    """Connected by the host that the client waits for."""

    def __init__(self, socks: SOCKSv4) -> None:
        super().__init__(socks)
        socks.otherConn = self

    def connectionMade(self) -> None:
        self.socks._relay_to(self)


def _close(transport: Any) -> None:
    # Its producer is gone; with one registered it would wait for more.
    transport.unregisterProducer()
    transport.loseConnection()


class SOCKSv4(protocol.Protocol):
    """A client's connection.  Override authorize().

    Args:
        logging: The name of a file to log what is sent to; None: nothing is logged.
        reactor: What connects, listens and resolves; None: the current reactor.
    Attributes:
        buf: What has come of the request, and then what came behind it.
        otherConn: The other side, once there is one.
    """

    transport: Any

    def __init__(self, logging: str | None = None, reactor: Any = None) -> None:
        if reactor is None:
            from txloop.internet import reactor  # the reactor is asked for when it is needed
        self.logging = logging
        self.reactor = reactor

    def connectionMade(self) -> None:
        self.buf: bytes = b""
        self.otherConn: Any = None
        self._asked = False
        self._port: Any = None
        self._waits_for: Deferred[Any] = succeed(None)

    def dataReceived(self, data: bytes) -> None:
        if self.otherConn is not None and self.otherConn.transport is not None:
            self.otherConn.write(data)
            return
        self.buf += data
        if not self._asked:
            self._read_request()

    def _read_request(self) -> None:
        try:
            request = _read_request(self.buf)
        except _Broken as broken:
            log.msg(f"SOCKSv4: {broken}")
            self._asked, self.buf = True, b""
            self.makeReply(_REFUSED)
            return
        if request is None:
            return
        self._asked = True
        code, port, server, user, name, self.buf = request
        self.transport.pauseProducing()  # there is nobody yet to give more to
        if name is None:
            self._dataReceived2(server, user, _VERSION, code, port)
            return
        resolving = self._waits_for = self.reactor.resolve(name)
        resolving.addCallback(self._dataReceived2, user, _VERSION, code, port)
        resolving.addErrback(self._refuse)

    def _dataReceived2(self, server: str, user: bytes, version: int, code: int, port: int) -> None:
        """The request is understood, and the host's address known."""
        if code not in (_CONNECT, _BIND):
            log.msg(f"SOCKSv4: Bad Connect Code: {code}")
            self.makeReply(_REFUSED)
        elif not self.authorize(code, server, port, user):
            self.makeReply(_REFUSED)
        elif code == _CONNECT:
            self._waits_for = self.connectClass(server, port, SOCKSv4Outgoing, self)
            self._waits_for.addErrback(self._refuse)
        else:
            listening = self.listenClass(0, SOCKSv4IncomingFactory, self, server)
            listening.addCallback(self._listens).addErrback(self._refuse)

    def _listens(self, address: tuple[str, int]) -> None:
        host, port = address
        self.makeReply(_GRANTED, 0, port, host)

    def _refuse(self, failure: Any) -> None:
        log.msg(f"SOCKSv4: {failure.getErrorMessage()}")
        self.makeReply(_REFUSED)

    # ---- what is done for the client ---------------------------------------------------------

    def authorize(self, code: int, server: str, port: int, user: bytes) -> bool | int:
        """May *user* have this?  Here everybody may everything.

        Args:
            code: 1: connect to *server*; 2: wait for its connection.
        """
        log.msg(f"code {code} connection to {server}:{port} (user {user!r}) authorized")
        return 1

    def connectClass(self, host: str, port: int, klass: Any, *args: Any) -> Deferred[Any]:
        """Connect a *klass*: a Deferred of it."""
        return protocol.ClientCreator(self.reactor, klass, *args).connectTCP(host, port)

    def listenClass(self, port: int, klass: Any, *args: Any) -> Deferred[Any]:
        """Listen with a factory, a *klass*: a Deferred of host and port.

        One connection is taken; then, or when the client has gone, it is listened no more.
        """
        self._port = self.reactor.listenTCP(port, klass(*args))
        here = self._port.getHost()
        return succeed((here.host, here.port))

    def _stop_listening(self) -> None:
        port, self._port = self._port, None
        if port is not None:
            port.stopListening()

    def makeReply(self, reply: int, version: int = 0, port: int = 0, ip: str = "0.0.0.0") -> None:
        """Answer the client; all but 90 close the connection."""
        try:
            address = socket.inet_aton(ip)
        except OSError:
            address = bytes(4)  # it has no version 4 address
        self.transport.write(struct.pack("!BBH", version, reply, port) + address)
        if reply != _GRANTED:
            self.transport.loseConnection()

    def _relay_to(self, other: _FarSide) -> None:
        """From now on bytes go both ways, neither faster than the other side takes them."""
        self.otherConn = other
        self._stop_listening()
        self.transport.registerProducer(other.transport, True)
        other.transport.registerProducer(self.transport, True)
        rest, self.buf = self.buf, b""
        if rest:
            other.write(rest)
        self.transport.resumeProducing()

    def write(self, data: bytes) -> None:
        """Send the client what came from the other side."""
        self.log(self, data)
        self.transport.write(data)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # Twisted's has no default
        """Close the other side, too, when it has got everything; or wait for it no more."""
        self._stop_listening()
        self._waits_for.cancel()
        if self.otherConn is not None and self.otherConn.transport is not None:
            _close(self.otherConn.transport)

    def log(self, proto: Any, data: bytes) -> None:
        """Log that *data* goes to *proto*'s peer, in hexadecimal and in ASCII."""
        if not self.logging:
            return
        ours, theirs = self.transport.getPeer(), self.otherConn.transport.getPeer()
        arrow = "<" if proto is self else ">"
        with open(self.logging, "a") as file:
            file.write(f"{time.ctime()}\t{ours.host}:{ours.port} {arrow} {theirs.host}:{theirs.port}\n")
            for at in range(0, len(data), _BYTES_A_LOG_LINE):
                part = data[at : at + _BYTES_A_LOG_LINE]
                readable = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
                file.write(f"{part.hex(' ').upper():<{3 * _BYTES_A_LOG_LINE}} {readable}\n")
            file.write("\n")


def _read_request(data: bytes) -> tuple[int, int, str, bytes, bytes | None, bytes] | None:
    """A request: command, port, address, user, name if it is 4a's, and what follows; None: not whole yet.

    Raises:
        _Broken: It will never be one.
    """
    if data and data[0] != _VERSION:
        raise _Broken(f"Bad version code: {data[0]}")
    if len(data) < _HEAD.size:
        return None
    _, code, port, address = _HEAD.unpack_from(data)
    # 4a: an address that cannot be says that a name follows the user.
    has_name = address[:3] == b"\0\0\0" and address[3] != 0
    texts = data[_HEAD.size :].split(b"\0", 1 + has_name)
    if len(texts) < 2 + has_name:
        if len(data) > _LONGEST_REQUEST_BYTES:
            raise _Broken("a request without an end")
        return None
    return code, port, socket.inet_ntoa(address), texts[0], texts[1] if has_name else None, texts[-1]


class SOCKSv4Factory(protocol.Factory[Any]):
    """Makes a proxy of each connection.

    Args:
        log: The name of a file to log what is sent to, or None.
    """

    def __init__(self, log: str | None) -> None:
        self.logging = log

    def buildProtocol(self, addr: Any) -> Any:
        from txloop.internet import reactor  # the reactor is asked for when it is needed

        return SOCKSv4(self.logging, reactor)


class SOCKSv4IncomingFactory(protocol.Factory[Any]):
    """Takes a connection from one host, and tells the client whether it came from there."""

    def __init__(self, socks: SOCKSv4, ip: str) -> None:
        self.socks = socks
        self.ip = ip

    def buildProtocol(self, addr: Any) -> Any:
        host = addr[0] if isinstance(addr, tuple) else addr.host
        if host == self.ip:
            self.socks.makeReply(_GRANTED, 0)
            return SOCKSv4Incoming(self.socks)
        self.socks.makeReply(_REFUSED, 0)
        return None


publish(__name__, __all__)
