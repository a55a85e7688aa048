"""TCP on the loop: the classes that `txloop.internet.tcp` shows.

_streams/stream.py            reading, writing and ending: what all stream connections share
_streams/gated_writes.py      … while a producer or a close waits for the queue to empty
_streams/tcp_connection.py    addresses, socket options, the log's names
_streams/tcp_port.py          listening and accepting
_streams/tcp_client.py        connecting
_streams/reasons.py           the loop's errors as Twisted's reasons
_reactor/stepping.py          the loop's coroutines without a task
"""

from __future__ import annotations

from txloop_asyncio._streams.tcp_client import BaseClient, Client, Connector
from txloop_asyncio._streams.tcp_connection import Connection, Server
from txloop_asyncio._streams.tcp_port import Port

__all__ = ["BaseClient", "Client", "Connection", "Connector", "Port", "Server"]
