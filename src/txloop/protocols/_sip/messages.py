"""SIP's messages: requests and responses, and the parser that reads them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from txloop.protocols import basic
from txloop.protocols._sip.texts import cleanRequestURL, parseURL, written
from txloop.python import log

__all__ = ["Message", "MessagesParser", "RegistrationError", "Request", "Response", "SIPError"]

VERSION = "SIP/2.0"

shortHeaders: dict[str, str] = {
    "call-id": "i",
    "contact": "m",
    "content-encoding": "e",
    "content-length": "l",
    "content-type": "c",
    "from": "f",
    "subject": "s",
    "to": "t",
    "via": "v",
}

longHeaders: dict[str, str] = {short: long for long, short in shortHeaders.items()}

statusCodes: dict[int, str] = {
    100: "Trying",
    180: "Ringing",
    181: "Call Is Being Forwarded",
    182: "Queued",
    183: "Session Progress",
    200: "OK",
    300: "Multiple Choices",
    301: "Moved Permanently",
    302: "Moved Temporarily",
    303: "See Other",
    305: "Use Proxy",
    380: "Alternative Service",
    400: "Bad Request",
    401: "Unauthorized",
    402: "Payment Required",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    409: "Conflict",
    410: "Gone",
    411: "Length Required",
    413: "Request Entity Too Large",
    414: "Request-URI Too Large",
    415: "Unsupported Media Type",
    416: "Unsupported URI Scheme",
    420: "Bad Extension",
    421: "Extension Required",
    423: "Interval Too Brief",
    480: "Temporarily Unavailable",
    481: "Call/Transaction Does Not Exist",
    482: "Loop Detected",
    483: "Too Many Hops",
    484: "Address Incomplete",
    485: "Ambiguous",
    486: "Busy Here",
    487: "Request Terminated",
    488: "Not Acceptable Here",
    491: "Request Pending",
    493: "Undecipherable",
    500: "Internal Server Error",
    501: "Not Implemented",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Server Time-out",
    505: "SIP Version not supported",
    513: "Message Too Large",
    600: "Busy Everywhere",
    603: "Decline",
    604: "Does not exist anywhere",
    606: "Not Acceptable",
}


class SIPError(Exception):
    """A request is refused, with this code."""

    def __init__(self, code: int, phrase: str | None = None) -> None:
        if phrase is None:
            phrase = statusCodes[code]
        super().__init__(f"SIP error ({code}): {phrase}")
        self.code = code
        self.phrase = phrase


class RegistrationError(SIPError):
    """It cannot be registered."""


# Of a body whose length is not told: no datagram holds more.
LONGEST_BODY_BYTES = 65_535


class Message:
    """A request or a response.

    Attributes:
        headers: Lists of values by name, in small letters and in full.
        body: Text.
        length: How long it should be, in bytes; None if that is not told.
        finished: 1 when it is whole.
    """

    length: int | None = None

    def __init__(self) -> None:
        self.headers: OrderedDict[str, list[str]] = OrderedDict()
        self.body: str = ""
        self.finished: int = 0

    def addHeader(self, name: str, value: str) -> None:
        """Add a header; its name may be the short one.

        Raises:
            ValueError: A Content-Length that is no length.
        """
        name = name.lower()
        name = longHeaders.get(name, name)
        if name == "content-length":
            self.length = int(value)
            if self.length < 0:
                raise ValueError(f"no length: {value!r}")
        self.headers.setdefault(name, []).append(value)

    def bodyDataReceived(self, data: str) -> None:
        """A part of the body."""
        self.body += data

    def creationFinished(self) -> None:
        """That was all; ValueError if it is not as long as it should be."""
        if self.length is not None and self.length not in (len(self.body), len(self.body.encode())):
            raise ValueError("wrong body length")
        self.finished = 1

    def toString(self) -> str:
        """The message as it is sent."""
        lines = [f"{written(name)}: {value}" for name, values in self.headers.items() for value in values]
        return "\r\n".join([self._getHeaderLine(), *lines, "", self.body])

    def _getHeaderLine(self) -> str:
        raise NotImplementedError


class Request(Message):
    """A request: *method* of *uri*, a URL or its text."""

    def __init__(self, method: str, uri: Any, version: str = VERSION) -> None:
        super().__init__()
        self.method = method
        if isinstance(uri, str):
            uri = parseURL(uri)
            cleanRequestURL(uri)
        self.uri = uri

    def __repr__(self) -> str:
        return f"<SIP Request {id(self)}:{self.method} {self.uri.toString()}>"

    def _getHeaderLine(self) -> str:
        return f"{self.method} {self.uri.toString()} {VERSION}"


class Response(Message):
    """A response; its *phrase* is by default the usual one of its *code*."""

    def __init__(self, code: int, phrase: str | None = None, version: str = VERSION) -> None:
        super().__init__()
        self.code = code
        self.phrase: str = statusCodes[code] if phrase is None else phrase

    def __repr__(self) -> str:
        return f"<SIP Response {id(self)}:{self.code}>"

    def _getHeaderLine(self) -> str:
        return f"{VERSION} {self.code} {self.phrase}"


class MessagesParser(basic.LineReceiver):
    """Reads messages out of datagrams: dataReceived() with one, then dataDone().

    What is no message is dropped.

    Args:
        messageReceivedCallback: Called with each message that is whole.
    """

    version = VERSION
    acceptResponses = 1
    acceptRequests = 1
    state: str = "firstline"  # then "header", "body"; or "invalid"
    debug = 0

    def __init__(self, messageReceivedCallback: Callable[[Any], Any]) -> None:
        self.messageReceived = messageReceivedCallback
        self.reset()

    def reset(self, remainingData: bytes | str = b"") -> None:
        """The next message begins, with *remainingData*."""
        self.state = "firstline"
        self.message: Any = None
        self._header: tuple[str, str] | None = None  # the last one: the next line may go on with it
        self._body = b""
        rest = remainingData.encode() if isinstance(remainingData, str) else remainingData
        self.setLineMode(rest)

    def invalidMessage(self) -> None:
        """It is no message: nothing more is read of it."""
        self.state = "invalid"
        self._body = b""
        self.setRawMode()

    def dataDone(self) -> None:
        """That was a datagram: what is not whole now never will be."""
        self.clearLineBuffer()
        if self.state == "body" and self.message.length is None:
            try:
                self.messageDone()
            except Exception:
                log.err()
        self.reset()

    def dataReceived(self, data: bytes | str) -> None:
        """A datagram, or a part of it."""
        try:
            super().dataReceived(data.encode() if isinstance(data, str) else data)
        except Exception:
            log.err()
            self.invalidMessage()

    def lineLengthExceeded(self, line: bytes) -> None:
        """No message has such lines."""
        self.invalidMessage()

    def lineReceived(self, line: bytes | str) -> None:
        """A line of a message's head."""
        try:
            text = line if isinstance(line, str) else line.decode("utf-8")
            if self.state == "firstline":
                if text.strip():
                    self.handleFirstLine(text.lstrip())
                    self._check_first_line()
            elif text[:1] in (" ", "\t") and self._header is not None:
                name, value = self._header
                self._header = name, value + text.lstrip()
            else:
                self._header_ended()
                self._next_header(text)
        except ValueError:  # UnicodeDecodeError is one
            self.invalidMessage()

    def handleFirstLine(self, line: str) -> None:
        """Make the message that *line* begins.  Override it for other messages.

        Raises:
            ValueError: It begins none.
        """
        first, second, third = line.split(" ", 2)
        if first == VERSION and self.acceptResponses:
            self.message = Response(int(second), third)
        elif third.strip() == VERSION and self.acceptRequests:
            self.message = Request(first, second)
        else:
            raise ValueError(f"no message begins so: {line!r}")

    def _check_first_line(self) -> None:
        if self.state == "firstline":  # it may have found it invalid
            if self.message is None:
                raise ValueError("no message")
            self.state = "header"

    def _header_ended(self) -> None:
        header, self._header = self._header, None
        if header is not None:
            self.message.addHeader(*header)

    def _next_header(self, line: str) -> None:
        if line:
            name, colon, value = line.partition(":")
            if not colon:
                raise ValueError(f"no header: {line!r}")
            self._header = name.strip(), value.lstrip()
            return
        self.state = "body"
        if self.message.length == 0:
            self.messageDone()
        else:
            self.setRawMode()

    def messageDone(self, remainingData: bytes | str = b"") -> None:
        """The message is whole; the next one begins with *remainingData*."""
        if self.state != "body":
            raise AssertionError(f"no message is whole in the state {self.state}")
        self.message.bodyDataReceived(self._body.decode("utf-8"))
        self.message.creationFinished()
        self.messageReceived(self.message)
        self.reset(remainingData)

    def rawDataReceived(self, data: bytes | str) -> None:
        """A part of a body, and perhaps of what follows."""
        if self.state != "body":
            return
        self._body += data.encode() if isinstance(data, str) else data
        size = self.message.length
        if size is None:
            if len(self._body) > LONGEST_BODY_BYTES:
                self.invalidMessage()
        elif len(self._body) >= size:
            self._body, behind = self._body[:size], self._body[size:]
            self.messageDone(behind)
