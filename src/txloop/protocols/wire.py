"""The small old services: echo, discard, chargen, quote of the day, who, daytime, time.

Source of the behaviour: Twisted 26.10, twisted.protocols.wire, by running it.
"""

from __future__ import annotations

import struct
import time
from typing import Any

from zope.interface import implementer

from txloop.internet import interfaces, protocol

__all__ = ["QOTD", "Chargen", "Daytime", "Discard", "Echo", "Time", "Who"]


class Echo(protocol.Protocol):
    """Sends back what it gets (RFC 862)."""

    transport: Any

    def dataReceived(self, data: bytes) -> None:
        self.transport.write(data)


class Discard(protocol.Protocol):
    """Reads and forgets (RFC 863)."""

    def dataReceived(self, data: bytes) -> None:
        """Nothing."""


@implementer(interfaces.IProducer)
class Chargen(protocol.Protocol):
    """Sends characters for as long as the peer takes them (RFC 864)."""

    transport: Any
    noise = rb"@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_`abcdefghijklmnopqrstuvwxyz{|}~ !" + b'"#$%&?'

    def connectionMade(self) -> None:
        self.transport.registerProducer(self, False)

    def resumeProducing(self) -> None:
        """Send them once more."""
        self.transport.write(self.noise)

    def pauseProducing(self) -> None:
        """Nothing: a pull producer writes only when it is asked."""

    def stopProducing(self) -> None:
        """Nothing: there is nothing to clean up."""


class QOTD(protocol.Protocol):
    """Sends a quote and closes (RFC 865)."""

    transport: Any

    def connectionMade(self) -> None:
        self.transport.write(self.getQuote())
        self.transport.loseConnection()

    def getQuote(self) -> bytes:
        """The quote, with its line end.  Override it."""
        return b"An apple a day keeps the doctor away.\r\n"


class Who(protocol.Protocol):
    """Sends who is logged in and closes (RFC 866)."""

    transport: Any

    def connectionMade(self) -> None:
        self.transport.write(self.getUsers())
        self.transport.loseConnection()

    def getUsers(self) -> bytes:
        """The users, a line each.  Override it."""
        return b"root\r\n"


class Daytime(protocol.Protocol):
    """Sends the time of day as text and closes (RFC 867).

    (Twisted 26.10's raises a TypeError instead.)
    """

    transport: Any

    def connectionMade(self) -> None:
        self.transport.write(time.asctime(time.gmtime()).encode("ascii") + b"\r\n")
        self.transport.loseConnection()


class Time(protocol.Protocol):
    """Sends the seconds since 1970 as 4 bytes, big-endian, and closes.

    RFC 868 counts from 1900; Twisted does not, and so neither do we.
    """

    transport: Any

    def connectionMade(self) -> None:
        seconds: Any = int(time.time()) & 0xFFFFFFFF
        self.transport.write(struct.pack("!I", seconds))
        self.transport.loseConnection()
