"""A server of finger (RFC 1288): who is here, and what does he do?

    class Finger(finger.Finger):
        def getUser(self, slash_w, user):
            self.transport.write(PLANS[user])
            self.transport.loseConnection()

One line is asked, one text answered; then the connection is closed.  As it stands the
server refuses all that is asked.

Source: methods and answers as of Twisted 26.10's twisted.protocols.finger, by running it.
"""

from __future__ import annotations

from typing import Any

from txloop._public import publish
from txloop.protocols import basic

__all__ = ["Finger"]


class Finger(basic.LineReceiver):
    """Answers one query.  Override what it should not refuse."""

    transport: Any

    def getUser(self, slash_w: int, user: bytes) -> None:
        """Somebody asks about *user*.

        Args:
            slash_w: 1 if he wants to know more.
        """
        self.transport.write(b"Login: " + user + b"\n")
        self._refuseMessage(b"No such user")

    def getDomain(self, slash_w: int) -> None:
        """Somebody asks who is here."""
        self._refuseMessage(b"Finger online list denied")

    def forwardQuery(self, slash_w: int, user: bytes, host: bytes) -> None:
        """Somebody wants us to ask *host* about *user*."""
        self._refuseMessage(b"Finger forwarding service denied")

    def lineReceived(self, line: bytes) -> None:
        """The query: ``[/W] [user][@host]``."""
        words = line.split() or [b""]
        slash_w = int(len(words) > 1)
        user, at, host = words[-1].rpartition(b"@")
        if at:
            self.forwardQuery(slash_w, user, host)
        elif host:
            self.getUser(slash_w, host)
        else:
            self.getDomain(slash_w)

    def _refuseMessage(self, message: bytes) -> None:
        self.transport.write(message + b"\n")
        self.transport.loseConnection()


publish(__name__, __all__)
