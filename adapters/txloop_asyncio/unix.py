"""UNIX sockets on the loop: the classes that `txloop.internet.unix` shows.

_streams/unix_wire.py          a connected stream socket: bytes and descriptors
_streams/unix_connection.py    the transport, on what all stream connections share (_streams/stream.py)
_streams/unix_port.py          listening and accepting; paths and locks
_streams/unix_client.py        connecting
_datagrams/unix_datagrams.py   datagrams, on what all datagram ports share (udp.py)
"""

from __future__ import annotations

from txloop_asyncio._datagrams.unix_datagrams import ConnectedDatagramPort, DatagramPort
from txloop_asyncio._streams.unix_client import Client, Connector
from txloop_asyncio._streams.unix_connection import Server, _SendmsgMixin
from txloop_asyncio._streams.unix_port import Port

__all__ = ["Client", "ConnectedDatagramPort", "Connector", "DatagramPort", "Port", "Server", "_SendmsgMixin"]
