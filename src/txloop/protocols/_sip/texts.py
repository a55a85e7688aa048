"""What SIP writes as text: URLs, addresses, and the steps a message has taken (Via)."""

from __future__ import annotations

import warnings
from typing import Any

__all__ = [
    "URL",
    "Via",
    "cleanRequestURL",
    "dashCapitalize",
    "parseAddress",
    "parseURL",
    "parseViaHeader",
    "unq",
]

PORT = 5060

specialCases: dict[str, str] = {"cseq": "CSeq", "call-id": "Call-ID", "www-authenticate": "WWW-Authenticate"}

# Via's rport: nothing was said about it.
_absent: Any = object()


def unq(s: str) -> str:
    """*s* without the quotes around it, if there are any."""
    return s[1:-1] if len(s) > 1 and s[0] == s[-1] == '"' else s


def dashCapitalize(s: str) -> str:
    """The name of a header as it is usually written: ``max-forwards`` is ``Max-Forwards``."""
    return "-".join(part.capitalize() for part in s.split("-"))


def written(name: str) -> str:
    """The name of a header as it is written."""
    return specialCases.get(name) or dashCapitalize(name)


# ---- Via ---------------------------------------------------------------------------------------


class Via:
    """A step that a message has taken (RFC 3261, 20.42).

    Args:
        rport: None: the answer should come to the port that the message came from (RFC 3581).  A
            number: that port.
        kw: Further parameters.
    Attributes:
        rportRequested, rportValue: What *rport* says.
        otherParams: *kw*.
    """

    def __init__(
        self,
        host: str,
        port: int | None = PORT,
        transport: str = "UDP",
        ttl: int | None = None,
        hidden: Any = False,
        received: str | None = None,
        rport: Any = _absent,
        branch: str | None = None,
        maddr: str | None = None,
        **kw: Any,
    ) -> None:
        self.transport = transport
        self.host = host
        self.port = port
        self.ttl = ttl
        self.hidden = hidden
        self.received = received
        self.branch = branch
        self.maddr = maddr
        self.otherParams: dict[str, Any] = kw
        if rport is True:
            warnings.warn(
                "rport=True is deprecated since Twisted 9.0.", category=DeprecationWarning, stacklevel=2
            )
        self.rportRequested: bool = rport is None or rport is True
        self.rportValue: int | None = None if self.rportRequested or rport is _absent else rport

    @property
    def rport(self) -> Any:
        """True if it was asked for, else the port or None."""
        return True if self.rportRequested else self.rportValue

    @rport.setter
    def rport(self, asked: Any) -> None:
        self.rportRequested = asked is True
        self.rportValue = None if asked is True else asked

    def toString(self) -> str:
        """The header's value."""
        fields = [
            ("ttl", self.ttl),
            ("branch", self.branch),
            ("maddr", self.maddr),
            ("received", self.received),
        ]
        params = ["hidden"] if self.hidden else []
        params += [f"{name}={value}" for name, value in fields if value is not None]
        if self.rportRequested:
            params.append("rport")
        elif self.rportValue is not None:
            params.append(f"rport={self.rportValue}")
        for name, value in self.otherParams.items():
            params.append(name if value is None else f"{name}={value}")
        return ";".join([f"SIP/2.0/{self.transport} {self.host}:{self.port}", *params])


def parseViaHeader(value: str) -> Via:
    """The step that *value* tells.

    Raises:
        ValueError: It tells none.
    """
    sent, *params = value.split(";")
    protocol, _, by = sent.strip().partition(" ")
    if protocol.count("/") != 2 or not by.strip():
        raise ValueError(f"no Via header: {value!r}")
    name, version, transport = protocol.split("/")
    if (name, version) != ("SIP", "2.0"):
        raise ValueError(f"wrong protocol or version: {value!r}")
    host, _, port = by.strip().partition(":")
    known: dict[str, Any] = {"port": int(port)} if port else {}
    for param in params:
        name, equals, text = param.partition("(")[0].strip().partition("=")  # a comment may follow
        name, text = name.strip(), text.strip()
        if name == "hidden":
            known[name] = True
        elif not equals:
            known[name] = None
        else:
            known[name] = int(text) if name in ("ttl", "rport") else text
    try:
        return Via(host, transport=transport, **known)
    except TypeError as error:  # host, or transport, once more among the parameters
        raise ValueError(str(error)) from None


# ---- URLs ---------------------------------------------------------------------------------------


class URL:
    """A SIP URL.

    Attributes:
        other: Further parameters, as they are written.
        headers: By name.
    """

    def __init__(
        self,
        host: str,
        username: str | None = None,
        password: str | None = None,
        port: int | None = None,
        transport: str | None = None,
        usertype: str | None = None,
        method: str | None = None,
        ttl: int | None = None,
        maddr: str | None = None,
        tag: str | None = None,
        other: list[str] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.username = username
        self.host = host
        self.password = password
        self.port = port
        self.transport = transport
        self.usertype = usertype
        self.method = method
        self.tag = tag
        self.ttl = ttl
        self.maddr = maddr
        self.other: list[str] = [] if other is None else other
        self.headers: dict[str, str] = {} if headers is None else headers

    def toString(self) -> str:
        """The URL as it is written."""
        user = "" if self.username is None else self.username
        if self.username is not None:
            user += "@" if self.password is None else f":{self.password}@"
        place = self.host if self.port is None else f"{self.host}:{self.port}"
        fields = [
            ("user", self.usertype),
            ("transport", self.transport),
            ("ttl", self.ttl),
            ("maddr", self.maddr),
            ("method", self.method),
            ("tag", self.tag),
        ]
        params = [f"{name}={value}" for name, value in fields if value is not None]
        headers = "&".join(f"{name}={value}" for name, value in self.headers.items())
        return "sip:" + ";".join([user + place, *params, *self.other]) + (f"?{headers}" if headers else "")

    def __str__(self) -> str:
        return self.toString()

    def __repr__(self) -> str:
        return f"<URL {self.username}:{self.password}@{self.host}:{self.port!r}/{self.transport!r}>"


_OF_PARAMS = {
    "user": "usertype",
    "transport": "transport",
    "ttl": "ttl",
    "maddr": "maddr",
    "method": "method",
    "tag": "tag",
}


def parseURL(url: str, host: str | None = None, port: int | None = None) -> URL:
    """The URL that *url* writes.

    Args:
        host, port: Taken instead of those in it.
    Raises:
        ValueError: It is none.
    """
    if not url.startswith("sip:"):
        raise ValueError("unsupported scheme: " + url[:4])
    user, at, rest = url[4:].partition("@")
    if not at:
        user, rest = "", user
    rest, _, headers = rest.partition("?")
    place, *params = rest.split(";")
    found = URL("")
    if at:
        found.username, colon, password = user.partition(":")
        found.password = password if colon else None
    found.host, _, number = place.partition(":")
    found.port = int(number) if number else None
    for param in params:
        name, equals, value = param.partition("=")
        if not equals or name not in _OF_PARAMS:
            found.other.append(param)
        else:
            setattr(found, _OF_PARAMS[name], int(value) if name == "ttl" else value)
    for header in headers.split("&") if headers else ():
        name, _, value = header.partition("=")
        found.headers[name] = value
    if host is not None:
        found.host = host
    if port is not None:
        found.port = port
    return found


def cleanRequestURL(url: URL) -> None:
    """Take off what a request's URL must not have."""
    url.transport = None
    url.maddr = None
    url.ttl = None
    url.headers = {}


def parseAddress(
    address: str, host: str | None = None, port: int | None = None, clean: Any = 0
) -> tuple[str, URL, dict[str, str]]:
    """Name, URL and parameters of a From, To or Contact.

    Args:
        host, port: Taken instead of the URL's.
        clean: Take off the URL what does not say who it is.
    Raises:
        ValueError: It is no address.
    """
    address = address.strip()
    if address.startswith("sip:"):
        return "", parseURL(address, host=host, port=port), {}
    name, rest = _name_and_rest(address)
    text, closed, tail = rest.partition(">")
    if not closed:
        raise ValueError(f"no address: {address!r}")
    url = parseURL(text, host=host, port=port)
    params: dict[str, str] = {}
    for param in filter(None, (part.strip() for part in tail.split(";"))):
        key, _, value = param.partition("=")
        params[key] = value
    if clean:
        cleanRequestURL(url)
    return name, url, params


def _name_and_rest(address: str) -> tuple[str, str]:
    """The name, without quotes, and what follows the ``<``; one in the quoted name does not count."""
    behind = 0
    if address.startswith('"'):
        behind = 1
        while behind < len(address) and address[behind] != '"':
            behind += 2 if address[behind] == "\\" else 1
    at = address.find("<", behind)
    if at < 0:
        raise ValueError(f"no address: {address!r}")
    return unq(address[:at].strip()), address[at + 1 :]
