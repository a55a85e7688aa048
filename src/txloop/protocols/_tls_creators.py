"""From what a program gives as "context factory" to an engine.

    an ssl.SSLContext                            the standard library's engine, for either side
    IOpenSSLClientConnectionCreator              clientConnectionForTLS(tlsProtocol)
    IOpenSSLServerConnectionCreator              serverConnectionForTLS(tlsProtocol)
    IOpenSSLContextFactory, or just getContext   a connection of that context

The three methods may give objects of either library: an ``OpenSSL.SSL.Connection``, a
`StandardConnection`, and getContext() an ``OpenSSL.SSL.Context`` or an ``ssl.SSLContext``.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from typing import Any, Union
from warnings import warn

from txloop import _pyopenssl
from txloop.internet import interfaces
from txloop.protocols._tls_engine import Engine, StandardConnection, StandardEngine
from txloop.protocols._tls_openssl import OpenSSLEngine

__all__ = ["LegacyContextFactoryWarning", "SomeConnectionCreator", "_convertToAppropriateFactory"]

Creator = Callable[[Any], Any]

# What may be given as a context factory, for annotations.  (An ssl.SSLContext too.)
SomeConnectionCreator = Union[  # noqa: UP007  # zope interfaces know no |
    interfaces.IOpenSSLContextFactory,
    interfaces.IOpenSSLClientConnectionCreator,
    interfaces.IOpenSSLServerConnectionCreator,
]


class LegacyContextFactoryWarning(Warning):
    """An object was given as context factory that declares none of the interfaces."""


def _convertToAppropriateFactory(isClient: bool, creator: Any) -> Creator:
    """A function of the TLS protocol that makes its connection, on our side.

    Args:
        isClient: Which side we are.
        creator: One of the things listed at the head of this file.
    Raises:
        TypeError: It is none of them.
    """
    if isinstance(creator, ssl.SSLContext):
        return lambda protocol: creator
    wanted = (
        interfaces.IOpenSSLClientConnectionCreator if isClient else interfaces.IOpenSSLServerConnectionCreator
    )
    method = "clientConnectionForTLS" if isClient else "serverConnectionForTLS"
    if wanted.providedBy(creator):
        return lambda protocol: getattr(creator, method)(protocol)
    if not interfaces.IOpenSSLContextFactory.providedBy(creator):
        warn(
            f"{creator!r} does not explicitly provide any OpenSSL connection-creator "
            f"{'Client' if isClient else 'Server'} interface; neither {wanted.__name__}, "
            "nor IOpenSSLContextFactory.",
            LegacyContextFactoryWarning,
            stacklevel=3,
        )
        if not hasattr(creator, "getContext"):
            raise TypeError(f"{creator!r} does not even have a `getContext` method")
    creator.getContext()  # a bad one is found out where it is given, not at the first connection
    return lambda protocol: _connection_of(creator.getContext(), isClient)


def make_engine(made: Any, is_client: bool, transport: Any, protocol_names: Iterable[bytes]) -> Engine:
    """The engine for what a creator has made.

    Args:
        made: An ``ssl.SSLContext``, a StandardConnection or an ``OpenSSL.SSL.Connection``.
        is_client: Which side we are.
        transport: Under the TLS: knows whom a client has connected to.
        protocol_names: What the factory inside speaks, for ALPN; the best first; may be empty.
    Raises:
        TypeError: It is something else.
    """
    names = list(protocol_names)
    if isinstance(made, ssl.SSLContext):
        made = StandardConnection(made, _host_connected_to(transport) if is_client else None)
    if isinstance(made, StandardConnection):
        if names:
            made.context.set_alpn_protocols([name.decode("ascii") for name in names])
        return StandardEngine(made.context, server_side=not is_client, server_hostname=made.server_hostname)
    if hasattr(made, "bio_write"):  # a Connection, or what a program has put around one
        if names:
            _offer(made, names)
        return OpenSSLEngine(made)
    raise TypeError(f"a context factory gave {made!r}, which is neither ssl.SSLContext nor pyOpenSSL's")


def _connection_of(context: Any, is_client: bool) -> Any:
    """What an older context factory means: a connection of its context."""
    if isinstance(context, ssl.SSLContext):
        return context
    if _pyopenssl.is_context(context):
        library, _ = _pyopenssl.require("an OpenSSL.SSL.Context")
        connection = library.Connection(context, None)
        if is_client:
            connection.set_connect_state()
        else:
            connection.set_accept_state()
        return connection
    raise TypeError(f"getContext() gave {context!r}, which is neither ssl.SSLContext nor pyOpenSSL's")


def _host_connected_to(transport: Any) -> str | None:
    """The name a client was told to connect to: what a context that checks names checks.

    Without one, an ``ssl.SSLContext`` that checks names refuses to begin.
    """
    address = getattr(transport, "addr", None)
    return address[0] if isinstance(address, tuple) and address and isinstance(address[0], str) else None


def _offer(connection: Any, names: list[bytes]) -> None:
    """ALPN on both sides of a pyOpenSSL connection."""
    library, _ = _pyopenssl.require("ALPN on an OpenSSL.SSL.Connection")
    connection.set_alpn_protos(names)

    def select(_: Any, offered: list[bytes]) -> Any:
        return next((name for name in names if name in offered), library.NO_OVERLAPPING_PROTOCOLS)

    connection.get_context().set_alpn_select_callback(select)
