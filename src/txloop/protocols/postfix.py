"""A server of postfix's TCP tables (tcp_table(5)): keys are asked, values answered.

    factory = PostfixTCPMapDictServerFactory({b"ann@example.com": b"ann"})
    reactor.listenTCP(4242, factory)            $ postmap -q ann@example.com tcp:localhost:4242

    get KEY     200 VALUE, or 500 if there is none, or 400 and what went wrong
    put …       500: it is not written to

Any factory with a get() will do; what it returns may be a Deferred.
Source: methods and answers as of Twisted 26.10's twisted.protocols.postfix, by running it.
"""

from __future__ import annotations

from collections import UserDict
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote as _quote
from urllib.parse import unquote_to_bytes

from txloop._public import publish
from txloop.internet import protocol
from txloop.internet.defer import Deferred, maybeDeferred
from txloop.protocols import basic, policies
from txloop.python import log
from txloop.python.failure import Failure

__all__ = [
    "PostfixTCPMapDeferringDictServerFactory",
    "PostfixTCPMapDictServerFactory",
    "PostfixTCPMapServer",
    "quote",
    "unquote",
]


def quote(s: bytes | str) -> bytes:
    """*s* for an answer: what would break a line, and more, is written ``%XX``."""
    return _quote(s).encode("ascii")


def unquote(s: bytes) -> bytes:
    """What quote() was given."""
    return unquote_to_bytes(s)


class PostfixTCPMapServer(basic.LineReceiver, policies.TimeoutMixin):
    """Asks its factory's get() for the value of each key; None: there is none."""

    transport: Any
    factory: Any
    # Seconds without a question until the connection is closed.
    timeout: Any = 600
    delimiter = b"\n"

    def connectionMade(self) -> None:
        self.setTimeout(self.timeout)

    def sendCode(self, code: int, message: bytes = b"") -> None:
        """Answer."""
        self.sendLine(b"%d %s" % (code, message))

    def lineReceived(self, line: bytes) -> None:
        """A question."""
        self.resetTimeout()
        request, *rest = line.split(None, 1) or [b""]
        handle = getattr(self, f"do_{request.decode('latin-1')}", None)
        if handle is None or line.isspace():
            self.sendCode(400, b"unknown command")
            return
        try:
            handle(rest[0] if rest else None)
        except Exception as error:
            self.sendCode(400, b"Command " + request + b" failed: " + _one_line(str(error)))

    def do_get(self, key: bytes | None) -> None:
        """What is the value of *key*?"""
        if key is None:
            self.sendCode(400, b"Command 'get' takes 1 parameters.")
            return
        found: Deferred[Any] = maybeDeferred(self.factory.get, key)
        found.addCallback(self._cbGot).addErrback(self._cbNot)

    def _cbNot(self, fail: Failure) -> None:
        self.sendCode(400, _one_line(fail.getErrorMessage()))

    def _cbGot(self, value: bytes | str | None) -> None:
        if value is None:
            self.sendCode(500)
        elif isinstance(value, bytes | str):
            self.sendCode(200, quote(value))
        else:
            error = TypeError(f"a value must be bytes or text, not {type(value).__name__}")
            log.err(error)
            raise error

    def do_put(self, keyAndValue: bytes | None) -> None:
        """It is not written to."""
        if keyAndValue is None or len(keyAndValue.split(None, 1)) < 2:
            self.sendCode(400, b"Command 'put' takes 2 parameters.")
        else:
            self.sendCode(500, b"put is not implemented yet.")


def _one_line(message: str) -> bytes:
    # What an error says comes from anywhere; a line's end in it would be another answer.
    return message.encode("utf-8", "backslashreplace").replace(b"\r", b"%0D").replace(b"\n", b"%0A")


class PostfixTCPMapDictServerFactory(UserDict[bytes, "str | bytes"], protocol.ServerFactory):
    """A dict in memory."""

    protocol: Any = PostfixTCPMapServer


class PostfixTCPMapDeferringDictServerFactory(protocol.ServerFactory):
    """A dict in memory that answers with Deferreds, as an example."""

    protocol: Any = PostfixTCPMapServer

    def __init__(self, data: Mapping[bytes, str | bytes] | None = None) -> None:
        self.data: dict[bytes, str | bytes] = dict(data or {})

    def get(self, key: bytes) -> Deferred[Any]:
        """A Deferred of the value of *key*, or of None."""
        return maybeDeferred(self.data.get, key)


publish(__name__, __all__)
