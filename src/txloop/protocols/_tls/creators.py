"""From what a creator of connections has made to an engine.

    an ssl.SSLContext, a StandardConnection    the standard library's engine
    an OpenSSL.SSL.Connection                  pyOpenSSL's

Here the connection learns its side, its TLS protocol, and what the factory inside
speaks (ALPN).

Not here: what may be given as context factory (_tls_legacy.py).
"""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import Any

from txloop.protocols._tls.engine import Engine, StandardConnection, StandardEngine
from txloop.protocols._tls.openssl import OpenSSLEngine


def make_engine(
    made: Any, is_client: bool, protocol: Any, transport: Any, protocol_names: Sequence[bytes]
) -> Engine:
    """The engine for what a creator has made.

    Args:
        made: An ``ssl.SSLContext``, a StandardConnection or an ``OpenSSL.SSL.Connection``.
        is_client: Which side we are.
        protocol: The TLS protocol; a pyOpenSSL connection has it as its app data.
        transport: Under the TLS: knows whom a client has connected to.
        protocol_names: What the factory inside speaks, for ALPN; the best first; may be empty.
    Raises:
        TypeError: It is something else.
    """
    if isinstance(made, ssl.SSLContext):
        made = StandardConnection(made, _host_connected_to(transport) if is_client else None)
    if isinstance(made, StandardConnection):
        if protocol_names:
            made.context.set_alpn_protocols([name.decode("ascii") for name in protocol_names])
        return StandardEngine(made.context, server_side=not is_client, server_hostname=made.server_hostname)
    if hasattr(made, "do_handshake"):  # a Connection, or what a program has put around one
        if is_client:
            made.set_connect_state()
        else:
            made.set_accept_state()
        # Programs' own callbacks ask it for the TLS protocol, to call failVerification.
        made.set_app_data(protocol)
        if protocol_names:
            made.set_alpn_protos(list(protocol_names))
        return OpenSSLEngine(made)
    raise TypeError(f"a context factory gave {made!r}, which is neither ssl.SSLContext nor pyOpenSSL's")


def _host_connected_to(transport: Any) -> str | None:
    """The name a client was told to connect to: what a context that checks names checks.

    Without one, an ``ssl.SSLContext`` that checks names refuses to begin.
    """
    address = getattr(transport, "addr", None)
    return address[0] if isinstance(address, tuple) and address and isinstance(address[0], str) else None
