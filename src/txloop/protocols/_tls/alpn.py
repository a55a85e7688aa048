"""ALPN with pyOpenSSL, where a server's choice belongs to the context and not to the connection.

A context cannot be changed any more once it has a connection.  So options that make their
own contexts install `chooser` from the start; it asks the TLS protocol of each connection
what the factory inside speaks, and falls back on the options' own names.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from txloop import _pyopenssl


def chooser(own: Sequence[bytes] = ()) -> Callable[[Any, list[bytes]], Any]:
    """A server's choice among what a client offers: our best that it has too.

    Without names of ours nothing is agreed on; with names and none in common, the
    handshake fails, as RFC 7301 wants it.

    Args:
        own: What is spoken where the factory inside says nothing.
    """
    library, _ = _pyopenssl.require("ALPN on an OpenSSL.SSL.Connection")

    def choose(connection: Any, offered: list[bytes]) -> Any:
        names = names_of(connection.get_app_data()) or own
        if not names:
            return library.NO_OVERLAPPING_PROTOCOLS
        for name in names:
            if name in offered:
                return name
        # What is raised here, the handshake raises; the client is sent this alert.
        raise library.Error([("SSL routines", "", "no application protocol")])

    return choose


def names_of(protocol: Any) -> Sequence[bytes]:
    """What the factory inside a TLS protocol speaks; nothing if there is none that says."""
    factory = getattr(protocol, "factory", None)
    names: Sequence[bytes] = getattr(factory, "protocol_names", tuple)()
    return names


def choose_for_servers(context: Any) -> None:
    """Have a context choose; one in use already has its chooser, or its maker's own callback."""
    with contextlib.suppress(ValueError):
        context.set_alpn_select_callback(chooser())
