"""What may be given as context factory, and what an older one means.

    an ssl.SSLContext                            the standard library's engine, for either side
    IOpenSSLClientConnectionCreator              clientConnectionForTLS(tlsProtocol)
    IOpenSSLServerConnectionCreator              serverConnectionForTLS(tlsProtocol)
    IOpenSSLContextFactory, or just getContext   a connection of that context

The methods may give objects of either library: an ``OpenSSL.SSL.Connection``, a
`StandardConnection`, and getContext() an ``OpenSSL.SSL.Context`` or an ``ssl.SSLContext``.

Not here: from what they give to an engine (_tls/creators.py).
"""

from __future__ import annotations

import ssl
from collections.abc import Callable
from typing import Any, Union
from warnings import warn

from txloop import _pyopenssl
from txloop._public import publish
from txloop.internet import interfaces
from txloop.protocols._tls.alpn import choose_for_servers, names_of

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
        _warn_of(creator, isClient, wanted)
    # A bad one is found out where it is given, not at the first connection.
    _checked(creator.getContext(), creator)
    return lambda protocol: _connection_of(_checked(creator.getContext(), creator), protocol)


def _warn_of(creator: Any, is_client: bool, wanted: Any) -> None:
    warn(
        f"{creator!r} does not explicitly provide any OpenSSL connection-creator "
        f"{'Client' if is_client else 'Server'} interface; neither {wanted.__name__}, "
        "nor IOpenSSLContextFactory.",
        LegacyContextFactoryWarning,
        stacklevel=4,
    )
    if not hasattr(creator, "getContext"):
        raise TypeError(f"{creator!r} does not even have a `getContext` method")


def _checked(context: Any, creator: Any) -> Any:
    if isinstance(context, ssl.SSLContext) or _pyopenssl.is_context(context):
        return context
    raise TypeError(f"{creator!r}'s `getContext` method doesn't return a `Context`")


def _connection_of(context: Any, protocol: Any) -> Any:
    """What an older context factory means: a connection of its context."""
    if isinstance(context, ssl.SSLContext):
        return context
    library, _ = _pyopenssl.require("an OpenSSL.SSL.Context")
    if names_of(protocol):
        choose_for_servers(context)
    return library.Connection(context, None)


publish(__name__, ["LegacyContextFactoryWarning", "_convertToAppropriateFactory"])
