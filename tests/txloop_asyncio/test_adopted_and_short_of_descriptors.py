"""Adopted TCP sockets, the handle of a connection, and a process without descriptors."""

from __future__ import annotations

import asyncio
import os
import resource
import select
import socket
from typing import Any

import pytest

from transport_suite.parts import Recorder
from txloop.internet import error, protocol, reactor
from txloop.logger import globalLogPublisher

pytestmark = pytest.mark.asyncio


def quiet() -> Any:
    """A factory of recorders that keeps them."""

    class Keeping(protocol.Factory):
        noisy = False

        def __init__(self) -> None:
            self.made: list[Recorder] = []

        def buildProtocol(self, addr: Any) -> Recorder:
            self.made.append(Recorder())
            return self.made[-1]

    return Keeping()


def take_all_descriptors(taken: list[int]) -> None:
    """Open until there are none; what was opened is in *taken*."""
    with pytest.raises(OSError, match="Too many open files"):  # noqa: PT012  # which of them, nobody knows
        while True:
            taken.append(os.open(os.devnull, os.O_RDONLY))


async def test_an_adopted_port_and_connection_serve_on_copies() -> None:
    factory = quiet()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = reactor.adoptStreamPort(listening.fileno(), socket.AF_INET, factory)
        where = listening.getsockname()
    with socket.create_connection(where) as client:
        async with asyncio.timeout(10):
            while not (factory.made and factory.made[0].events):
                await asyncio.sleep(0)
        other = quiet()
        server = reactor.adoptStreamConnection(client.fileno(), socket.AF_INET, other)
        (adopted,) = other.made
    await adopted.until(lambda: adopted.events)
    assert server.getPeer() == port.getHost()
    factory.made[0].transport.write(b"hello")
    await adopted.until(lambda: adopted.data == b"hello")
    adopted.transport.loseConnection()
    await adopted.lost()
    await factory.made[0].lost()
    await port.stopListening()


async def test_adopting_refuses_in_the_call_what_is_no_connection() -> None:
    with socket.socket() as unconnected:
        with pytest.raises(OSError, match="not connected"):
            reactor.adoptStreamConnection(unconnected.fileno(), socket.AF_INET, quiet())
        with pytest.raises(error.UnsupportedAddressFamily):
            reactor.adoptStreamConnection(unconnected.fileno(), 12345, quiet())


async def test_the_handle_sends_past_the_transport_and_refuses_after_the_end() -> None:
    factory = quiet()
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    client = socket.create_connection(("127.0.0.1", port.getHost().port))
    async with asyncio.timeout(10):
        while not (factory.made and factory.made[0].events):
            await asyncio.sleep(0)
    handle = factory.made[0].transport.getHandle()
    assert handle.send(b"x") == 1
    assert client.recv(1) == b"x"
    factory.made[0].transport.loseConnection()
    await factory.made[0].lost()
    with pytest.raises(OSError, match="Bad file descriptor"):
        handle.send(b"x")
    client.close()
    await port.stopListening()


async def test_the_handle_sends_receives_and_peeks_in_each_of_a_sockets_ways() -> None:
    """Source: Twisted 26.10, whose handle is the socket."""
    factory = quiet()
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    client = socket.create_connection(("127.0.0.1", port.getHost().port))
    async with asyncio.timeout(10):
        while not (factory.made and factory.made[0].events):
            await asyncio.sleep(0)
    factory.made[0].transport.pauseProducing()
    handle = factory.made[0].transport.getHandle()
    assert (handle.getblocking(), handle.gettimeout()) == (False, 0.0)
    with pytest.raises(BlockingIOError):
        handle.recv(1, socket.MSG_PEEK)
    handle.sendall(b"s")
    assert handle.sendmsg([b"m", b"s"]) == 2
    client.settimeout(10)
    assert client.recv(3, socket.MSG_WAITALL) == b"sms"
    client.sendall(b"abcd")
    select.select([handle], [], [], 10)
    into = bytearray(2)
    assert (handle.recv_into(into, 2, socket.MSG_PEEK), into) == (2, b"ab")
    assert handle.recvfrom(1)[0] == b"a"
    assert handle.recvmsg(1)[0] == b"b"
    assert handle.recv(2) == b"cd"
    client.close()
    factory.made[0].transport.abortConnection()
    await factory.made[0].lost()
    await port.stopListening()


async def test_without_descriptors_a_peer_is_closed_at_once_and_the_port_goes_on() -> None:
    """asyncio alone would let the peer wait for a second; Twisted and libuv close it."""
    factory = quiet()
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    client = socket.socket()
    client.setblocking(False)
    told: list[Any] = []
    globalLogPublisher.addObserver(told.append)
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[int] = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (client.fileno() + 20, limits[1]))
    loop = asyncio.get_running_loop()
    try:
        take_all_descriptors(taken)
        async with asyncio.timeout(0.9):
            await loop.sock_connect(client, ("127.0.0.1", port.getHost().port))
            assert await loop.sock_recv(client, 1) == b""
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        globalLogPublisher.removeObserver(told.append)
    assert factory.made == []
    client.close()
    with socket.create_connection(("127.0.0.1", port.getHost().port)):
        async with asyncio.timeout(10):
            while not factory.made:
                await asyncio.sleep(0)
        if "uvloop" not in type(loop).__module__:
            assert [event for event in told if "Could not accept" in event.get("log_format", "")]
    await factory.made[0].lost()
    await port.stopListening()
