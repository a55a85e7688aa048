"""The door for browsers: one page, a stream of events to it, and what it says.

    GET  /              page.html
    GET  /events?Ann    text/event-stream: Ann comes in, and hears until she closes the page
    POST /say?Ann       the body is what Ann says

HTTP/1.1 as far as that needs it: a request a connection, and no more memory than the limits
below for any of them.
"""

from __future__ import annotations

from importlib.resources import files
from urllib.parse import unquote

from txloop._demo.room import NameRefused, Room
from txloop.internet import protocol
from txloop.protocols.basic import LineReceiver
from txloop.python.failure import Failure

HEADERS = 100
BODY_BYTES = 500


class WebProtocol(LineReceiver):
    """One request.

    Args:
        room: Where people come in.
    """

    MAX_LENGTH = 4096
    sees_own_lines = False

    def __init__(self, room: Room) -> None:
        self._room = room
        self._request = ""
        self._lines = 0
        self._body_bytes = 0
        self._body = b""
        self._name: str | None = None  # whose stream this is

    # ---- the request ------------------------------------------------------------

    def lineReceived(self, line: bytes) -> None:
        """The request's line, its headers, an empty one."""
        self._lines += 1
        if self._lines > HEADERS:
            self._answer("431 Request Header Fields Too Large")
        elif self._lines == 1:
            self._request = line.decode("latin-1")
        elif line:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length" and value.strip().isdigit():
                self._body_bytes = int(value)
        elif self._body_bytes > BODY_BYTES:
            self._answer("413 Content Too Large")
        elif self._body_bytes:
            self.setRawMode()
        else:
            self._do()

    def rawDataReceived(self, data: bytes) -> None:
        """The body, in any pieces."""
        self._body += data
        if len(self._body) >= self._body_bytes:
            self._do()

    def _do(self) -> None:
        method, _, rest = self._request.partition(" ")
        path, _, name = rest.partition(" ")[0].partition("?")
        if (method, path) == ("GET", "/"):
            self._answer("200 OK", "text/html; charset=utf-8", page())
        elif (method, path) == ("GET", "/events"):
            self._begin_stream(unquote(name))
        elif (method, path) == ("POST", "/say"):
            said = self._body[: self._body_bytes].decode("utf-8", "replace")
            self._room.say(unquote(name), said)
            self._answer("204 No Content")
        else:
            self._answer("404 Not Found")

    # ---- the answer ---------------------------------------------------------------

    def _answer(self, status: str, kind: str = "text/plain", body: bytes = b"") -> None:
        self._send_head(status, kind, f"Content-Length: {len(body)}\r\n")
        self.transport.write(body)
        self.transport.loseConnection()

    def _begin_stream(self, name: str) -> None:
        try:
            self._room.enter(name, self)
        except NameRefused as refused:
            self._answer("409 Conflict", "text/plain; charset=utf-8", str(refused).encode())
            return
        self._name = name
        self._send_head("200 OK", "text/event-stream", "Cache-Control: no-store\r\n")
        self.hear(f"Here are: {', '.join(self._room.names())}")

    def _send_head(self, status: str, kind: str, more: str) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\n{more}\r\n"
        self.transport.write(head.encode("latin-1"))

    def hear(self, text: str) -> None:
        """One event."""
        if self._name is not None:  # not before the stream has begun
            self.transport.write(f"data: {text}\n\n".encode())

    def connectionLost(self, reason: Failure = protocol.connectionDone) -> None:
        """The page was closed."""
        if self._name is not None:
            self._room.leave(self._name)


def page() -> bytes:
    """The page, as it lies beside this file."""
    return files("txloop._demo").joinpath("page.html").read_bytes()
