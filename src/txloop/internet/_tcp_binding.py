"""Where a TCP socket is bound, and numeric addresses as the system's tuples.  Opens no socket."""

from __future__ import annotations

import os
import socket
from typing import Any, cast

from txloop.internet._interfaces.address import Binding, _Binding
from txloop.internet._ip_text import isIPv6Address

# getaddrinfo shall look nothing up.
_NUMERIC_ONLY = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV

# On Windows this option lets two processes listen on one port at once.
REUSE_BY_DEFAULT = os.name == "posix"


def _resolveIPv6(ip: str, port: int) -> Any:
    """An IPv6 address in text as the four-tuple of the system, its scope looked up.

    Raises:
        socket.gaierror: It is no numeric address.
    """
    # It would take a number modulo 65536, and bind() and connect() say that there is no such port.
    name = socket.getaddrinfo(ip, 0 if isinstance(port, int) else port, 0, 0, 0, _NUMERIC_ONLY)[0][4]
    return (name[0], port, *name[2:])


def makeBinding(
    interface: str = "", port: int = 0, reuseAddress: bool = False, reusePort: bool = False
) -> Binding:
    """A local address and how to bind it: listenTCP's *port* or connectTCP's *bindAddress*.

    Args:
        interface: The address of a local interface; empty for any.
        port: The port number; 0 for any free one.
        reuseAddress: Set SO_REUSEADDR: a port whose last connections still linger may be taken.
        reusePort: Set SO_REUSEPORT: several sockets share one port, the system spreads connections.
    """
    return cast("Binding", _Binding(interface, port, reuseAddress, reusePort))


def binding_of(port: Any, interface: str) -> _Binding:
    """What listenTCP's two parameters say: *port* may be a Binding already.

    Raises:
        ValueError: It is, and *interface* says otherwise.
    """
    if isinstance(port, _Binding):
        if interface and interface != port._address:
            raise ValueError("Inconsistent interface vs Binding specifiers")
        return port
    if not isinstance(port, int):
        raise AssertionError(f"Binding is {port!r}: a port is a number, or what Binding() gives")
    return _Binding(interface, port, REUSE_BY_DEFAULT, False)


def bind(made: socket.socket, family: int, binding: _Binding) -> None:
    """Bind *made*, a socket of *family*, as *binding* says.

    Raises:
        OSError: The system refuses.
        OverflowError: The port number is none.
    """
    if binding._reuseAddress:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if binding._reusePort:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    address = binding._address or ""
    if family == socket.AF_INET6:
        made.bind(_resolveIPv6(address, binding._port))
    else:
        made.bind((address, binding._port))


def family_of(host: str) -> socket.AddressFamily:
    """The family a numeric address or interface needs."""
    return socket.AF_INET6 if isIPv6Address(host) else socket.AF_INET
