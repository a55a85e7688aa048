# pyright: reportUnnecessaryTypeIgnoreComment=true
"""What a type checker must infer of asyncio-shaped faces.  Never run: test_inference.py hands it over."""

from __future__ import annotations

import asyncio
import json
from typing import assert_type

import txloop
from txloop.internet import reactor
from txloop.internet.endpoints import clientFromString
from txloop.internet.interfaces import IListeningPort, IProtocol
from txloop.internet.protocol import Factory, Protocol


class Echo(Protocol):
    def dataReceived(self, data: bytes) -> None: ...


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None: ...


async def program() -> None:
    async with txloop.running(shutdown_timeout_seconds=5) as here:
        assert_type(here, txloop.AsyncioReactor)
        async with txloop.listening("tcp:0", Factory.forProtocol(Echo)) as port:
            assert_type(port, IListeningPort)
        assert_type(await txloop.listening("tcp:0", Factory.forProtocol(Echo)), IListeningPort)
        async with txloop.start_server(talk, "tcp:0"):
            pass

    both = await txloop.open_connection(clientFromString(reactor, "tcp:localhost:80"))
    assert_type(both, tuple[asyncio.StreamReader, asyncio.StreamWriter])
    assert_type(txloop.take_streams(*both, Echo()), IProtocol)

    loop = asyncio.get_running_loop()
    await loop.create_connection(lambda: txloop.as_asyncio_protocol(Echo()), "localhost", 80)
    await clientFromString(reactor, "tcp:localhost:80").connect(txloop.as_twisted_factory(asyncio.Protocol))
    assert_type(txloop.as_twisted_protocol(asyncio.Protocol()), IProtocol)

    snapshot = reactor.snapshot()
    assert_type(snapshot["connections"][0]["bytes_in"], int | None)
    print(json.dumps(snapshot))
