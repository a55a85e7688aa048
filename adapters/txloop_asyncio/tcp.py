"""TCP on the loop: the classes that `txloop.internet.tcp` shows.

_stream.py            reading, writing and ending: what all stream connections share
_gated_writes.py      … while a producer or a close waits for the queue to empty
_tcp_connection.py    addresses, socket options, the log's names
_tcp_port.py          listening and accepting
_tcp_client.py        connecting
_reasons.py           the loop's errors as Twisted's reasons
_stepping.py          the loop's coroutines without a task
"""

from __future__ import annotations

from txloop_asyncio._tcp_client import BaseClient, Client, Connector
from txloop_asyncio._tcp_connection import Connection, Server
from txloop_asyncio._tcp_port import Port

__all__ = ["BaseClient", "Client", "Connection", "Connector", "Port", "Server"]
