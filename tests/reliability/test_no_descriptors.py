"""A process that may open nothing more, or little: it is told once, and nothing is leaked."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reliability.serving import Client, Echo, comes_true, no_descriptors, open_descriptors, serving
from txloop.internet import error, protocol, reactor

Flush = Callable[..., list[Any]]
pytestmark = pytest.mark.asyncio


async def test_connecting_without_descriptors_fails_once_and_works_again_later() -> None:
    async with serving(Echo) as served:
        failing = Client()
        with no_descriptors():
            reactor.connectTCP(*served.where, failing)
            await comes_true(lambda: failing.failed)
        (reason,) = failing.failed
        assert reason.osError == errno.EMFILE
        assert await served.answers()


class Child(protocol.ProcessProtocol):
    """Its end is waited for."""

    has_ended = False

    def processEnded(self, reason: Any) -> None:
        self.has_ended = True


class Datagrams(protocol.DatagramProtocol):
    """Never told anything."""


def opening(what: str, path: str) -> Any:
    """Begin it; what is to be closed."""
    factory = protocol.Factory()
    factory.noisy = False
    if what == "listenTCP":
        return reactor.listenTCP(0, factory, interface="127.0.0.1")
    if what == "listenUDP":
        return reactor.listenUDP(0, Datagrams(), interface="127.0.0.1")
    if what == "listenUNIX":
        return reactor.listenUNIX(path, factory)
    if what == "listenUNIXDatagram":
        return reactor.listenUNIXDatagram(path, Datagrams())
    child = Child()
    reactor.spawnProcess(child, "/bin/true", ["true"], usePTY=what == "spawn with a terminal")
    return child


OPENINGS = (
    "listenTCP", "listenUDP", "listenUNIX", "listenUNIXDatagram", "spawn", "spawn with a terminal",
)  # fmt: skip


@pytest.mark.parametrize("what", OPENINGS)
async def test_with_few_descriptors_left_it_works_or_raises_what_is_documented_and_leaks_none(
    what: str, tmp_path: Path, flush_logged_errors: Flush
) -> None:
    async def close(opened: Any) -> None:
        if isinstance(opened, Child):
            await comes_true(lambda: opened.has_ended)
        else:
            await opened.stopListening()

    await close(opening(what, str(tmp_path / "first")))  # what is imported when it is first needed, is now
    gc.collect()  # what other tests have left to it
    before = open_descriptors()
    expected = error.CannotListenError if "listen" in what else OSError
    worked = 0
    for left in range(14):
        opened = None
        with no_descriptors(but=left):
            with contextlib.suppress(expected):
                opened = opening(what, str(tmp_path / str(left)))
            await asyncio.sleep(0.01)
        if opened is not None:
            worked += 1
            await close(opened)
        for _ in range(5):
            await asyncio.sleep(0)
        assert open_descriptors() == before, f"{left} were left"
    assert 0 < worked < 14
    # A port that has found no descriptor to keep in reserve says so.
    assert {failure.value.errno for failure in flush_logged_errors(OSError)} <= {errno.EMFILE}


async def test_a_unix_port_without_even_a_reserve_waits_instead_of_asking_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flush_logged_errors: Flush
) -> None:
    """Its socket stays readable: it would log at each turn of the loop."""
    monkeypatch.setattr("txloop_asyncio._streams.unix_port.PAUSE_SECONDS", 0.05)
    path = str(tmp_path / "s")
    factory = protocol.Factory.forProtocol(Echo)
    factory.noisy = False
    port = reactor.listenUNIX(path, factory)
    port.socket._reserve.release()
    with socket.socket(socket.AF_UNIX) as client:
        client.setblocking(False)
        with no_descriptors():
            client.connect(path)
            client.send(b"x")
            for _ in range(50):
                await asyncio.sleep(0)
        async with asyncio.timeout(5):
            assert await asyncio.get_running_loop().sock_recv(client, 1) == b"x"
    assert len(flush_logged_errors(OSError)) == 1
    await port.stopListening()
    await asyncio.sleep(0.01)


async def test_a_unix_port_without_descriptors_closes_the_peer_and_goes_on(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    factory = protocol.Factory.forProtocol(Echo)
    factory.noisy = False
    port = reactor.listenUNIX(path, factory)
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX) as client:
        client.setblocking(False)
        with no_descriptors():
            client.connect(path)
            async with asyncio.timeout(5):
                with contextlib.suppress(ConnectionResetError):
                    assert await loop.sock_recv(client, 1) == b""
    with socket.socket(socket.AF_UNIX) as client:
        client.setblocking(False)
        client.connect(path)
        client.send(b"x")
        async with asyncio.timeout(5):
            assert await loop.sock_recv(client, 1) == b"x"
    await port.stopListening()
    await asyncio.sleep(0.01)
