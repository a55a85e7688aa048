"""`txloop.service_running`: an application inside an asyncio program."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from txloop import service_running
from txloop.application import internet, service
from txloop.internet import defer
from txloop.internet.protocol import Factory
from txloop.protocols.wire import Echo

pytestmark = pytest.mark.asyncio


class Noted(service.Service):
    """Notes what happens to it."""

    def __init__(self, notes: list[str], name: str) -> None:
        self.notes = notes
        self.setName(name)

    def privilegedStartService(self) -> None:
        self.notes.append(f"privileged {self.name}")

    def startService(self) -> None:
        super().startService()
        self.notes.append(f"start {self.name}")

    def stopService(self) -> Any:
        super().stopService()
        self.notes.append(f"stop {self.name}")


def application_of(*services: service.Service) -> Any:
    application = service.Application("test")
    for each in services:
        each.setServiceParent(application)
    return application


ORDER = ["privileged a", "privileged b", "start a", "start b", "stop b", "stop a"]


async def test_services_start_with_the_block_and_stop_at_its_end() -> None:
    notes: list[str] = []
    async with service_running(application_of(Noted(notes, "a"), Noted(notes, "b"))):
        assert notes == ORDER[:4]
    assert notes == ORDER


async def test_reactor_stop_inside_stops_them_once() -> None:
    notes: list[str] = []
    async with service_running(application_of(Noted(notes, "a"), Noted(notes, "b"))) as reactor:
        reactor.callLater(0, reactor.stop)
        await reactor.stopped()
        assert notes == ORDER
    assert notes == ORDER


async def test_a_server_serves_meanwhile_and_nothing_listens_afterwards() -> None:
    factory = Factory.forProtocol(Echo)
    server: Any = internet.TCPServer(0, factory, interface="127.0.0.1")
    async with service_running(application_of(server)):
        port = server._port.getHost().port
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"hello")
        assert await reader.readexactly(5) == b"hello"
        writer.close()
        await writer.wait_closed()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", port)


async def test_what_a_stop_returns_is_waited_for() -> None:
    class Slow(Noted):
        def stopService(self) -> Any:
            stopped: defer.Deferred[None] = defer.Deferred()
            stopped.addCallback(lambda _: self.notes.append("stopped"))
            asyncio.get_running_loop().call_later(0.01, stopped.callback, None)
            return stopped

    notes: list[str] = []
    async with service_running(Slow(notes, "a")):
        pass
    assert notes[-1] == "stopped"


async def test_a_stop_that_never_ends_is_cut_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Endless(Noted):
        def stopService(self) -> Any:
            return defer.Deferred()

    async with service_running(Endless([], "a"), shutdown_timeout_seconds=0.01):
        pass
    assert "has not stopped after 0.01 seconds" in caplog.text


async def test_a_start_that_raises_stops_what_had_started() -> None:
    class Broken(Noted):
        def startService(self) -> None:
            raise ValueError("no port")

    notes: list[str] = []
    with pytest.raises(ValueError, match="no port"):
        async with service_running(application_of(Noted(notes, "a"), Broken(notes, "b"))):
            notes.append("not reached")
    assert notes == [*ORDER[:3], "stop b", "stop a"]


async def test_an_error_of_the_block_stops_them_and_goes_on() -> None:
    notes: list[str] = []
    with pytest.raises(ZeroDivisionError):
        async with service_running(Noted(notes, "a")):
            _ = 1 / 0
    assert notes[-1] == "stop a"


async def test_a_stop_that_fails_is_the_blocks_error() -> None:
    class Broken(Noted):
        def stopService(self) -> Any:
            return defer.fail(ValueError("it hangs on"))

    with pytest.raises(ValueError, match="it hangs on"):
        async with service_running(Broken([], "a")):
            pass


async def test_what_is_no_service_is_refused() -> None:
    with pytest.raises(TypeError, match="takes an Application or a service, not "):
        async with service_running(object()):
            pass
