"""UNIX sockets on the loop: the classes that `txloop.internet.unix` shows.

_unix_wire.py          a connected stream socket: bytes and descriptors
_unix_connection.py    the transport, on what all stream connections share (_stream.py)
_unix_port.py          listening and accepting; paths and locks
_unix_client.py        connecting
_unix_datagrams.py     datagrams, on what all datagram ports share (udp.py)
"""

from __future__ import annotations

from txloop_asyncio._unix_client import Client, Connector
from txloop_asyncio._unix_connection import Server, _SendmsgMixin
from txloop_asyncio._unix_datagrams import ConnectedDatagramPort, DatagramPort
from txloop_asyncio._unix_port import Port

__all__ = ["Client", "ConnectedDatagramPort", "Connector", "DatagramPort", "Port", "Server", "_SendmsgMixin"]
