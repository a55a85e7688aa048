r"""Endpoints from text: ``"tcp:8080:interface=127.0.0.1"``.

    description = part ":" part ":" …          the first part is the type
    part        = value | name "=" value
    backslash     takes the next character as it is: r"unix:C\:/socket"

``tcp``, ``unix`` and ``ssl`` are known here; every other type is a plugin's (`getPlugins`
of IStreamServerEndpointStringParser and IStreamClientEndpointStringParserWithReactor):
``tcp6``, ``stdio``, ``systemd``, ``tls`` are our own plugins, in plugins.py.

What a description lacks or has too much of is a TypeError, as of a call with such
arguments; a number that is none, or a type nobody knows, a ValueError.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, AnyStr

from txloop.internet._endpoints.sockets import (
    SSL4ClientEndpoint,
    SSL4ServerEndpoint,
    TCP4ClientEndpoint,
    TCP4ServerEndpoint,
    UNIXClientEndpoint,
    UNIXServerEndpoint,
)
from txloop.internet._endpoints.tls import (
    _parseTrustRootPath,
    _privateCertFromPaths,
    options_for_client,
    options_for_server,
)
from txloop.internet.interfaces import (
    IStreamClientEndpoint,
    IStreamClientEndpointStringParserWithReactor,
    IStreamServerEndpoint,
    IStreamServerEndpointStringParser,
)
from txloop.plugin import getPlugins
from txloop.python.compat import _matchingString, nativeString

# What a token is.
_STRING = 1
_OP = 0

# ---- taking a description apart ---------------------------------------------------


def _tokenize(description: AnyStr) -> Iterator[tuple[int, AnyStr]]:
    """*description* as (_STRING, text) and (_OP, ":" or "=") in turn.

    Raises:
        ValueError: It ends in a backslash, which takes nothing.
    """
    characters = (description[i : i + 1] for i in range(len(description)))
    backslash, colon, equals = (_matchingString(mark, description) for mark in ("\\", ":", "="))
    current = nothing = description[:0]
    named = False  # behind "name=" a further "=" is the value's
    for character in characters:
        if character == backslash:
            escaped = next(characters, nothing)
            if not escaped:
                raise ValueError(f"Endpoint description ends in a backslash: {description!r}")
            current += escaped
        elif character == colon or (character == equals and not named):
            yield _STRING, current
            yield _OP, character
            current, named = nothing, character == equals
        else:
            current += character
    yield _STRING, current


def _parse(description: AnyStr) -> tuple[list[AnyStr], dict[str, AnyStr]]:
    """*description* as the arguments of a call: the plain parts, and those with names."""
    args: list[AnyStr] = []
    kw: dict[str, AnyStr] = {}
    part: list[AnyStr] = []

    def end_part() -> None:
        if len(part) == 1:
            args.append(part[0])
        else:
            kw[nativeString(part[0])] = part[1]
        part.clear()

    for kind, value in _tokenize(description):
        if kind == _STRING:
            part.append(value)
        elif value == _matchingString(":", description):
            end_part()
    end_part()
    return args, kw


def quoteStringArgument(argument: str) -> str:
    r"""*argument* so that it may stand in a description: ``a:b`` as ``a\:b``.

    An ``=`` is left: behind ``name=`` it means itself.
    Source: Twisted 26.10, twisted.internet.endpoints.quoteStringArgument.
    """
    return argument.replace("\\", "\\\\").replace(":", "\\:")


# ---- servers: the types known here -------------------------------------------------
# Each gives the positional arguments that follow the reactor, and those with names.

_Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def _parseTCP(factory: Any, port: str, interface: str = "", backlog: str | int = 50) -> _Arguments:
    """``tcp:port:interface:backlog``"""
    return (_number("port", port), factory), {"interface": interface, "backlog": _number("backlog", backlog)}


def _parseUNIX(
    factory: Any, address: str, mode: str = "666", backlog: str | int = 50, lockfile: str | bool = True
) -> _Arguments:
    """``unix:address:mode:backlog:lockfile``; the mode is octal, lockfile 0 or 1."""
    return (
        (address, factory),
        {"mode": int(mode, 8), "backlog": int(backlog), "wantPID": bool(int(lockfile))},
    )


def _parseSSL(
    factory: Any,
    port: str,
    privateKey: str = "server.pem",
    certKey: str | None = None,
    sslmethod: str | None = None,
    interface: str = "",
    backlog: str | int = 50,
    extraCertChain: str | None = None,
    dhParameters: str | None = None,
) -> _Arguments:
    """``ssl:port:privateKey:certKey:…``; the files are in PEM, and one file may hold both."""
    options = options_for_server(privateKey, certKey or privateKey, sslmethod, extraCertChain, dhParameters)
    numbers = {"backlog": _number("backlog", backlog)}
    return (_number("port", port), factory, options), {"interface": interface, **numbers}


_serverParsers: dict[str, Callable[..., _Arguments]] = {
    "tcp": _parseTCP,
    "unix": _parseUNIX,
    "ssl": _parseSSL,
}
_endpointServerFactories: dict[str, Callable[..., IStreamServerEndpoint]] = {
    "TCP": TCP4ServerEndpoint,
    "SSL": SSL4ServerEndpoint,
    "UNIX": UNIXServerEndpoint,
}


def _parseServer(description: str, factory: Any) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    """The type of *description*, in capitals, and the arguments of the reactor's listen method.

    Raises:
        ValueError: It is of no type known here; plugins are not asked.
    """
    args, kw = _parse(description)
    parser = _serverParsers.get(args[0])
    if parser is None:
        raise _unknown_type(args[0])
    return (args[0].upper(), *parser(factory, *args[1:], **kw))


def serverFromString(reactor: Any, description: str) -> IStreamServerEndpoint:
    r"""The endpoint that *description* means.

    ``tcp:80``, ``tcp:80:interface=127.0.0.1``, ``tcp6:80``, ``unix:/var/run/finger``,
    ``unix:/var/run/finger:mode=660``, ``ssl:443:privateKey=key.pem:certKey=crt.pem``,
    ``tls:certificates:443``, ``systemd:domain=INET:index=0``, ``stdio:``, and whatever plugins add.

    Raises:
        ValueError: Nobody knows its type, or a number is none.
        TypeError: A part is missing, or there is one too many.
    Source: Twisted 26.10, twisted.internet.endpoints.serverFromString, by running it.
    """
    args, kw = _parse(description)
    if args[0] not in _serverParsers:
        plugin = _matchPluginToPrefix(getPlugins(IStreamServerEndpointStringParser), args[0])
        endpoint: IStreamServerEndpoint = plugin.parseStreamServer(reactor, *args[1:], **kw)
        return endpoint
    kind, before, after = _parseServer(description, None)
    # The factory is listen()'s argument, not the endpoint's.
    return _endpointServerFactories[kind](reactor, before[0], *before[2:], **after)


# ---- clients: the types known here -------------------------------------------------
# Each gives the endpoint's arguments by name.


def _parseClientTCP(*args: str, **kwargs: Any) -> dict[str, Any]:
    """``tcp:host:port:timeout=…:bindAddress=…``"""
    names = [name for name in ("host", "port") if name not in kwargs]
    kwargs |= zip(names, args, strict=False) if len(args) <= len(names) else ()
    for number in ("port", "timeout"):
        if number in kwargs:
            kwargs[number] = _number(number, kwargs[number])
    if "bindAddress" in kwargs:
        kwargs["bindAddress"] = (kwargs["bindAddress"], 0)
    return kwargs


def _parseClientUNIX(*args: str, **kwargs: Any) -> dict[str, Any]:
    """``unix:path:timeout=…:lockfile=…``"""
    kwargs |= zip(("path",), args, strict=False) if len(args) <= 1 else ()
    if "lockfile" in kwargs:
        kwargs["checkPID"] = bool(int(kwargs.pop("lockfile")))
    if "timeout" in kwargs:
        kwargs["timeout"] = int(kwargs["timeout"])
    return kwargs


def _parseClientSSL(*args: str, **kwargs: Any) -> dict[str, Any]:
    """``ssl:host:port:certKey=…:privateKey=…:caCertsDir=…:hostname=…``"""
    kwargs = _parseClientTCP(*args, **kwargs)
    return _parseClientSSLOptions(kwargs)


def _parseClientSSLOptions(kwargs: dict[str, Any]) -> dict[str, Any]:
    certificate = _privateCertFromPaths(kwargs.pop("certKey", None), kwargs.pop("privateKey", None))
    trust_root = _parseTrustRootPath(kwargs.pop("caCertsDir", None))
    hostname = kwargs.pop("hostname", None)
    kwargs["sslContextFactory"] = options_for_client(hostname, trust_root, certificate)
    return kwargs


_clientParsers: dict[str, Callable[..., dict[str, Any]]] = {
    "TCP": _parseClientTCP,
    "SSL": _parseClientSSL,
    "UNIX": _parseClientUNIX,
}
_endpointClientFactories: dict[str, Callable[..., IStreamClientEndpoint]] = {
    "TCP": TCP4ClientEndpoint,
    "SSL": SSL4ClientEndpoint,
    "UNIX": UNIXClientEndpoint,
}


def clientFromString(reactor: Any, description: str) -> IStreamClientEndpoint:
    """The endpoint that *description* means.

    ``tcp:example.com:80``, ``tcp:host=example.com:port=80:timeout=15``, ``unix:/var/foo/bar``,
    ``tls:example.com:443``, ``ssl:web.example.net:443:caCertsDir=/etc/ssl/certs``, and whatever
    plugins add.  The type may be in capitals.

    Raises:
        ValueError: Nobody knows its type, or a number is none.
        TypeError: A part is missing, or there is one too many.
    Source: Twisted 26.10, twisted.internet.endpoints.clientFromString, by running it.
    """
    args, kw = _parse(description)
    name = args.pop(0)
    kind = nativeString(name).upper()
    if kind not in _clientParsers:
        plugin = _matchPluginToPrefix(getPlugins(IStreamClientEndpointStringParserWithReactor), name)
        endpoint: IStreamClientEndpoint = plugin.parseStreamClient(reactor, *args, **kw)
        return endpoint
    return _endpointClientFactories[kind](reactor, **_clientParsers[kind](*args, **kw))


# ---- other types: plugins ------------------------------------------------------------


def _matchPluginToPrefix(plugins: Iterable[Any], endpointType: str) -> Any:
    """The plugin whose prefix *endpointType* is, in whatever case.

    Raises:
        ValueError: There is none.
    """
    known = list(plugins)
    for plugin in known:
        if plugin.prefix.lower() == nativeString(endpointType).lower():
            return plugin
    raise _unknown_type(endpointType, sorted({plugin.prefix for plugin in known}))


def _unknown_type(kind: str, plugins: Iterable[str] = ()) -> ValueError:
    known = ", ".join([*(each.lower() for each in _clientParsers), *plugins])
    error = ValueError(f"Unknown endpoint type: '{kind}'")  # programs compare this text
    error.add_note(f"There are {known}; a description begins with one of them, as in tcp:8007.")
    return error


def _number(name: str, value: str | int) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError(f"the {name} of an endpoint is a number, not {value!r}") from None
