"""Ident (RFC 1413): whose is the connection between your port and mine?

    6191, 23                                   the client asks, by ports: the server's, the client's
    6191, 23 : USERID : UNIX : ann             the server knows, or
    6191, 23 : ERROR : NO-USER                 does not

IdentServer answers what its lookup() says; ProcServerMixin looks in Linux's table of
connections.  IdentClient's lookup() is a Deferred of the answer.

Names are text: on the wire UTF-8, and bytes that are none survive both ways.
Source: methods, results and errors as of Twisted 26.10's twisted.protocols.ident, by running it.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from typing import Any

from txloop._public import publish
from txloop.internet.defer import Deferred, maybeDeferred
from txloop.protocols import basic
from txloop.python import log
from txloop.python.failure import Failure

__all__ = [
    "HiddenUser",
    "IdentClient",
    "IdentError",
    "IdentServer",
    "InvalidPort",
    "NoUser",
    "ProcServerMixin",
]

_MIN_PORT = 1
_MAX_PORT = 65535

# A side of a connection: its host and its port.
_Address = tuple[str, int]


class IdentError(Exception):
    """Whose connection it is cannot be told, for a reason unknown."""

    identDescription = "UNKNOWN-ERROR"

    def __str__(self) -> str:
        return self.identDescription


class NoUser(IdentError):
    """There is no such connection, or it is nobody's."""

    identDescription = "NO-USER"


class InvalidPort(IdentError):
    """There is no such port."""

    identDescription = "INVALID-PORT"


class HiddenUser(IdentError):
    """Whose it is is known, but he wants to stay unknown."""

    identDescription = "HIDDEN-USER"


def _text(line: bytes | str) -> str:
    return line if isinstance(line, str) else line.decode("utf-8", "surrogateescape")


class _TextLines(basic.LineOnlyReceiver):
    """Lines that are sent as text."""

    transport: Any

    def sendLine(self, line: bytes | str) -> None:
        """Send *line*, text or bytes."""
        super().sendLine(line.encode("utf-8", "surrogateescape") if isinstance(line, str) else line)


class IdentServer(_TextLines):
    """Answers queries.  Override lookup(); as it stands nothing is known."""

    def lineReceived(self, line: bytes | str) -> None:
        """A query: two ports."""
        try:
            port_on_server, port_on_client = map(int, _text(line).split(","))
        except ValueError:  # not two, or no numbers
            self.invalidQuery()
        else:
            self._query(port_on_server, port_on_client)

    def _query(self, port_on_server: int, port_on_client: int) -> None:
        if all(_MIN_PORT <= port <= _MAX_PORT for port in (port_on_server, port_on_client)):
            self.validQuery(port_on_server, port_on_client)
        else:
            self._ebLookup(Failure(InvalidPort()), port_on_server, port_on_client)

    def invalidQuery(self) -> None:
        """It was no query at all: the connection is closed."""
        self.transport.loseConnection()

    def validQuery(self, portOnServer: int, portOnClient: int) -> None:
        """Look up whose connection it is, and answer."""
        here = self.transport.getHost().host, portOnServer
        there = self.transport.getPeer().host, portOnClient
        found: Deferred[Any] = maybeDeferred(self.lookup, here, there)
        found.addCallback(self._cbLookup, portOnServer, portOnClient)
        found.addErrback(self._ebLookup, portOnServer, portOnClient)

    def _cbLookup(self, result: tuple[str, str], sport: int, cport: int) -> None:
        system, user = result
        self.sendLine(f"{sport}, {cport} : USERID : {system} : {user}")

    def _ebLookup(self, failure: Failure, sport: int, cport: int) -> None:
        error = failure.value
        if not isinstance(error, IdentError):
            log.err(failure)
            error = IdentError()
        self.sendLine(f"{sport}, {cport} : ERROR : {error}")

    def lookup(self, serverAddress: _Address, clientAddress: _Address) -> Any:
        """Whose connection is it?

        Args:
            serverAddress: Our side of it: host and port.
            clientAddress: The side of whoever asks.
        Returns:
            The system's name and the user's; or a Deferred of them.
        Raises:
            IdentError: Or one of its subclasses: that is what is answered.
        """
        raise IdentError


class ProcServerMixin:
    """Looks in Linux's ``/proc/net/tcp``; put it before `IdentServer`."""

    SYSTEM_NAME = "LINUX"

    def entries(self) -> Iterator[str]:
        """The lines of the table, but for its head."""
        with open("/proc/net/tcp") as table:
            table.readline()
            for line in table:
                yield line.strip()

    def dottedQuadFromHexString(self, hexstr: str) -> str:
        """An address as the table writes it: in hexadecimal, in this machine's order."""
        return ".".join(map(str, struct.pack("=L", int(hexstr, 16))))

    def unpackAddress(self, packed: str) -> _Address:
        """A side of a connection as the table writes it."""
        host, port = packed.split(":")
        return self.dottedQuadFromHexString(host), int(port, 16)

    def parseLine(self, line: str) -> tuple[_Address, _Address, int]:
        """A line of the table: this side, the other one, and the owner's number."""
        fields = line.split()
        return self.unpackAddress(fields[1]), self.unpackAddress(fields[2]), int(fields[7])

    def getUsername(self, uid: int, getpwuid: Callable[[int], Any] | None = None) -> str:
        """The name of the user with this number; KeyError if there is none."""
        if getpwuid is None:
            import pwd  # not on Windows

            getpwuid = pwd.getpwuid
        name: str = getpwuid(uid)[0]
        return name

    def lookup(self, serverAddress: _Address, clientAddress: _Address) -> tuple[str, str]:
        """Whose connection it is.

        Raises:
            NoUser: It is not in the table.
        """
        for line in self.entries():
            here, there, uid = self.parseLine(line)
            # The host of our side is not compared: whoever asks may know us by another one.
            if there == clientAddress and here[1] == serverAddress[1]:
                return self.SYSTEM_NAME, self.getUsername(uid)
        raise NoUser


class IdentClient(_TextLines):
    """Asks, one query after the other is answered.

    Attributes:
        queries: What is asked, or waits to be: its Deferred and both ports.
    """

    errorTypes: tuple[type[IdentError], ...] = (IdentError, NoUser, InvalidPort, HiddenUser)

    def __init__(self) -> None:
        self.queries: list[tuple[Deferred[Any], int, int]] = []

    def lookup(self, portOnServer: int, portOnClient: int) -> Deferred[Any]:
        """Whose is the connection between these ports?

        Returns:
            A Deferred of ``("USERID", "system : user")``; it fails with an IdentError.
        """
        query: tuple[Deferred[Any], int, int] = Deferred(), portOnServer, portOnClient
        self.queries.append(query)
        if len(self.queries) == 1:
            self._ask()
        return query[0]

    def _ask(self) -> None:
        _, port_on_server, port_on_client = self.queries[0]
        self.sendLine(f"{port_on_server}, {port_on_client}")

    def lineReceived(self, line: bytes | str) -> None:
        """The answer; an answer to nothing is forgotten."""
        if not self.queries:
            log.msg("Unexpected server response: ", line)
            return
        answered, _, _ = self.queries.pop(0)
        self.parseResponse(answered, line)
        if self.queries:
            self._ask()

    def parseResponse(self, deferred: Deferred[Any], line: bytes | str) -> None:
        """Fire *deferred* with what *line* says."""
        text = _text(line)
        parts = [part.strip() for part in text.split(":", 2)]
        if len(parts) != 3:
            deferred.errback(IdentError(text))
        elif parts[1] == "ERROR":
            errors = {each.identDescription: each for each in self.errorTypes}
            deferred.errback(errors.get(parts[2], IdentError)(text))
        else:
            deferred.callback((parts[1], parts[2]))

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # Twisted's has no default
        """All that is not answered fails."""
        queries, self.queries = self.queries, []
        for asked, _, _ in queries:
            asked.errback(IdentError(reason))


publish(__name__, __all__)
