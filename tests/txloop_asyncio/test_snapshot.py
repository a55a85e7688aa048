"""What reactor.snapshot() tells, and what log lines and slow calls say of the same things."""

from __future__ import annotations

import asyncio
import functools
import json
import logging
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio

from tls_material import client_context, server_context
from transport_suite.parts import Producer, Recorder
from txloop._naming import function_name
from txloop.internet import defer, protocol, reactor
from txloop.internet.defer import Deferred
from txloop.internet.threads import deferToThread
from txloop.protocols.basic import LineReceiver
from txloop.python import log

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts a socket's bytes for us")


def factory_of(protocol_class: Callable[[], Any], made: list[Any]) -> protocol.Factory:
    class Made(protocol.Factory):
        noisy = False

        def buildProtocol(self, addr: Any) -> Any:
            made.append(protocol_class())
            return made[-1]

    return Made()


@asynccontextmanager
async def connected(
    server: Callable[[], Any] = Recorder, client: Callable[[], Any] = Recorder
) -> AsyncIterator[tuple[Any, Any]]:
    """A server's and a client's protocol, connected over TCP."""
    servers: list[Any] = []
    port = reactor.listenTCP(0, factory_of(server, servers), interface="127.0.0.1")
    creator = protocol.ClientCreator(reactor, client)
    ours = await creator.connectTCP("127.0.0.1", port.getHost().port)
    await until(lambda: servers and servers[0].transport)
    try:
        yield servers[0], ours
    finally:
        await port.stopListening()
        for each in (ours, servers[0]):
            each.transport.abortConnection()
        await until(lambda: not reactor.snapshot()["connections"])


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.001)


def snapshot_of(transport: Any) -> Any:
    (found,) = [each for each in reactor.snapshot()["connections"] if each["text"] == repr(transport)]
    return found


class TestSnapshot:
    @pytest.mark.asyncio
    async def test_it_is_plain_data(self) -> None:
        """json.dumps takes it, and gives the same back."""
        call = reactor.callLater(10, print)
        async with connected():
            await deferToThread(int)
            taken = reactor.snapshot()
            assert json.loads(json.dumps(taken)) == taken
            assert [len(taken[kind]) for kind in ("ports", "connections", "delayed_calls")] == [1, 2, 1]  # type: ignore[literal-required]
        call.cancel()

    @pytest.mark.asyncio
    async def test_a_port_says_where_and_what_it_serves(self) -> None:
        async with connected() as (server, _):
            (port,) = reactor.snapshot()["ports"]
            assert port["address"] == str(server.transport.getHost())
            assert port["serves"].endswith("Made")

    @pytest.mark.asyncio
    async def test_both_ends_of_a_connection_name_each_other(self) -> None:
        async with connected() as (server, client):
            here, there = snapshot_of(client.transport), snapshot_of(server.transport)
            assert (here["host"], here["peer"]) == (there["peer"], there["host"])
            assert here["state"] == there["state"] == "open"
            assert here["protocol"] == "transport_suite.parts.Recorder"
            assert here["reading"]
            client.transport.pauseProducing()
            assert not snapshot_of(client.transport)["reading"]

    @on_linux
    @pytest.mark.asyncio
    async def test_the_system_counts_the_bytes(self) -> None:
        async with connected() as (server, client):
            client.transport.write(b"x" * 1000)
            server.transport.write(b"y" * 7)
            await until(lambda: len(server.data) == 1000 and len(client.data) == 7)
            here, there = snapshot_of(client.transport), snapshot_of(server.transport)
            assert (here["bytes_in"], here["bytes_out"]) == (7, 1000)
            assert (there["bytes_in"], there["bytes_out"]) == (1000, 7)

    @on_linux
    @pytest.mark.asyncio
    async def test_what_the_system_has_not_taken_is_queued(self) -> None:
        """Sent and queued are together what was written, less what lies in the system's own queue."""
        async with connected() as (server, client):
            server.transport.pauseProducing()
            client.transport.write(b"x" * 50_000_000)
            assert snapshot_of(client.transport)["queued_bytes"] == 50_000_000
            await until(lambda: 0 < snapshot_of(client.transport)["queued_bytes"] < 50_000_000)
            now = snapshot_of(client.transport)
            assert 0 < now["bytes_out"] <= 50_000_000 - now["queued_bytes"]

    @pytest.mark.asyncio
    async def test_a_producer_is_shown_with_its_state(self) -> None:
        async with connected() as (server, client):
            assert snapshot_of(client.transport)["producer"] is None
            server.transport.pauseProducing()
            producer = Producer()
            client.transport.registerProducer(producer, True)
            client.transport.write(b"x" * 50_000_000)
            assert snapshot_of(client.transport)["producer"] == {
                "text": repr(producer),
                "streaming": True,
                "paused": True,
            }
            client.transport.unregisterProducer()

    @pytest.mark.asyncio
    async def test_a_close_that_waits_is_seen(self) -> None:
        async with connected() as (server, client):
            server.transport.pauseProducing()
            client.transport.write(b"x" * 50_000_000)
            client.transport.loseConnection()
            assert snapshot_of(client.transport)["state"] == "closing"

    @pytest.mark.asyncio
    async def test_an_attempt_is_connecting(self) -> None:
        with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
            fillers = [socket.socket() for _ in range(4)]
            for each in fillers:
                each.setblocking(False)
                each.connect_ex(full.getsockname())
            made = protocol.ClientFactory.forProtocol(Recorder)
            made.noisy = False
            connector = reactor.connectTCP(*full.getsockname(), made)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            (attempt,) = reactor.snapshot()["connections"]
            assert (attempt["state"], attempt["peer"] is None) == ("connecting", False)
            connector.stopConnecting()
            for each in fillers:
                each.close()

    @pytest.mark.asyncio
    async def test_under_tls_the_programs_protocol_is_named_and_the_wires_bytes_counted(self) -> None:
        async with connected() as (server, client):
            server.transport.startTLS(server_context())
            client.transport.startTLS(client_context())
            client.transport.write(b"secret")
            await until(lambda: server.data == b"secret")
            (one, other) = reactor.snapshot()["connections"]
            assert one["tls"] is other["tls"] is True
            assert one["protocol"] == other["protocol"] == "transport_suite.parts.Recorder"
            assert sys.platform != "linux" or one["bytes_in"] > 100  # type: ignore[operator]  # handshake and record

    @pytest.mark.asyncio
    async def test_delayed_calls_come_in_order_with_function_and_time(self) -> None:
        calls = [
            reactor.callLater(20, functools.partial(asyncio.sleep, 1)),
            reactor.callLater(10, until, None),
        ]
        first, second = reactor.snapshot()["delayed_calls"]
        assert first["function"].startswith("until at test_snapshot.py:")
        assert second["function"].startswith("sleep at tasks.py:")
        assert 9 < first["due_in_seconds"] <= 10
        for call in calls:
            call.cancel()

    @pytest.mark.asyncio
    async def test_threads_are_named_and_busy_ones_counted(self) -> None:
        go_on = threading.Event()
        waiting = deferToThread(go_on.wait, 5)
        await until(lambda: reactor.snapshot()["busy_threads"] == 1)
        assert {each["pool"] for each in reactor.snapshot()["threads"]} == {"twisted.internet.reactor"}
        assert {each["name"] for each in reactor.snapshot()["threads"]} <= {
            each.name for each in threading.enumerate()
        }
        go_on.set()
        assert await waiting

    @pytest.mark.asyncio
    async def test_in_debug_mode_unfired_deferreds_are_told_with_their_place_of_birth(self) -> None:
        assert reactor.snapshot()["deferreds"] is None
        defer.setDebugging(True)
        try:
            queue: defer.DeferredQueue[int] = defer.DeferredQueue()
            waiting, fired = queue.get(), defer.succeed(None)
            mine: Deferred[int] = Deferred()
            assert made_here() == [repr(waiting), repr(mine)]
            (its_birth,) = [
                each["created"]
                for each in reactor.snapshot()["deferreds"] or ()
                if each["text"] == repr(waiting)
            ]
            assert its_birth.startswith("test_in_debug_mode")  # not the queue's own line
            waiting.callback(1)
            mine.callback(1)
            assert made_here() == []
            del fired
        finally:
            defer.setDebugging(False)


def made_here() -> list[str]:
    """The unfired Deferreds that lines of this file have made: others may be alive."""
    told = reactor.snapshot()["deferreds"]
    assert told is not None
    return [each["text"] for each in told if "test_snapshot.py" in each["created"]]


def test_a_loop_in_debug_mode_is_enough_for_unfired_deferreds(new_loop: Callable[[], Any]) -> None:
    async def main() -> None:
        assert reactor.running
        mine: Deferred[int] = Deferred()
        assert made_here() == [repr(mine)]
        mine.callback(1)
        assert made_here() == []

    with asyncio.Runner(loop_factory=new_loop, debug=True) as runner:
        runner.run(main())


class TestLogLines:
    @pytest.mark.asyncio
    async def test_what_a_connection_logs_carries_the_id_that_the_snapshot_shows(
        self, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Talker(Recorder):
            def dataReceived(self, data: bytes) -> None:
                log.msg("heard")
                super().dataReceived(data)

        events: list[Any] = []
        log.addObserver(events.append)
        try:
            with caplog.at_level(logging.INFO):
                async with connected(server=Talker) as (server, client):
                    client.transport.write(b"x")
                    await until(lambda: server.data)
                    shown = snapshot_of(server.transport)
                    log.msg("outside")
        finally:
            log.removeObserver(events.append)
        (heard,) = [event for event in events if event["message"] == ("heard",)]
        assert (heard["system"], heard["owner_id"]) == (shown["name"], shown["id"])
        records = {record.getMessage(): record for record in caplog.records}
        assert (records["heard"].owner, records["heard"].owner_id) == (shown["name"], shown["id"])  # type: ignore[attr-defined]
        assert (records["outside"].owner, records["outside"].owner_id) == ("-", None)  # type: ignore[attr-defined]

    @pytest.mark.asyncio
    async def test_ids_are_unique_and_stay(self) -> None:
        async with connected():
            ids = [each["id"] for each in reactor.snapshot()["connections"] + reactor.snapshot()["ports"]]  # type: ignore[operator]
            again = [each["id"] for each in reactor.snapshot()["connections"] + reactor.snapshot()["ports"]]  # type: ignore[operator]
        assert len(set(ids)) == 3
        assert ids == again


class Sleepy(LineReceiver):
    def lineReceived(self, line: bytes) -> None:
        time.sleep(0.02)


class TestSlowCalls:
    """A loop in debug mode names Twisted's callbacks, not its own alone."""

    @pytest.fixture
    def slow(self, caplog: pytest.LogCaptureFixture) -> Callable[[], list[str]]:
        caplog.set_level(logging.WARNING)
        return lambda: [text for text in map(str, caplog.messages) if text.startswith("slow: ")]

    @pytest_asyncio.fixture
    async def debugging(self) -> AsyncIterator[None]:
        loop = asyncio.get_running_loop()
        loop.set_debug(True)
        loop.slow_callback_duration = 0.015
        yield
        loop.set_debug(False)

    @pytest.mark.asyncio
    async def test_a_slow_protocol_is_named_by_its_own_class(self, debugging: Any, slow: Any) -> None:
        async with connected(server=Sleepy) as (_, client):
            client.transport.write(b"line\r\n")
            await until(slow)
        assert slow()[0].startswith("slow: Sleepy.dataReceived at test_snapshot.py took 0.0")

    @pytest.mark.asyncio
    async def test_a_slow_delayed_call_is_named(self, debugging: Any, slow: Any) -> None:
        reactor.callLater(0, time.sleep, 0.02)

        def tick() -> None:
            time.sleep(0.02)

        reactor.callLater(0.001, tick)
        await until(lambda: len(slow()) == 2)
        assert [text.partition(" took ")[0].partition(" at ")[0] for text in slow()] == [
            "slow: sleep",
            "slow: TestSlowCalls.test_a_slow_delayed_call_is_named.<locals>.tick",
        ]

    @pytest.mark.asyncio
    async def test_a_slow_call_from_a_thread_is_named(self, debugging: Any, slow: Any) -> None:
        reactor.callFromThread(time.sleep, 0.02)
        await until(slow)
        assert slow()[0].startswith("slow: sleep took")

    @pytest.mark.asyncio
    async def test_slow_callbacks_of_a_deferred_are_named_with_what_waits_for_it(
        self, debugging: Any, slow: Any
    ) -> None:
        def parse(result: Any) -> None:
            time.sleep(0.02)

        @defer.inlineCallbacks
        def handle() -> Any:
            yield waited_for
            time.sleep(0.02)

        async def render() -> None:
            await chained

        waited_for: Deferred[None] = Deferred()
        chained: Deferred[None] = Deferred()
        handled, rendered = handle(), defer.ensureDeferred(render())
        waited_for.addCallback(parse).chainDeferred(chained)
        reactor.callFromThread(waited_for.callback, None)
        await until(slow)
        here = "TestSlowCalls.test_slow_callbacks_of_a_deferred_are_named_with_what_waits_for_it.<locals>"
        for name in ("handle", "parse", "render"):
            assert f"{here}.{name} at test_snapshot.py:" in slow()[0]
        await handled
        await rendered

    @pytest.mark.asyncio
    async def test_fast_ones_are_not_and_without_debugging_nobody_looks(self, slow: Any) -> None:
        async with connected() as (server, client):
            client.transport.write(b"x")
            await until(lambda: server.data)
            assert type(server.transport._context).__name__ == "Context"
        reactor.callLater(0, time.sleep, 0.02)
        await asyncio.sleep(0.03)
        assert slow() == []

    @pytest.mark.asyncio
    async def test_in_debug_mode_connections_end_inside_their_own_callbacks_too(self, debugging: Any) -> None:
        """disconnectAll() from dataReceived enters a context that is entered already."""
        asyncio.get_running_loop().slow_callback_duration = 60

        class Ender(Recorder):
            def dataReceived(self, data: bytes) -> None:
                reactor.disconnectAll()

        servers: list[Any] = []
        port = reactor.listenTCP(0, factory_of(Ender, servers), interface="127.0.0.1")
        creator = protocol.ClientCreator(reactor, Recorder)
        client = await creator.connectTCP("127.0.0.1", port.getHost().port)
        client.transport.write(b"x")
        await client.lost()
        assert servers[0].reason is not None


def test_function_names_look_through_what_wraps_them() -> None:
    def wrapped() -> None: ...

    assert function_name(functools.partial(wrapped)).startswith(f"{wrapped.__qualname__} at test_snap")
    assert function_name(print) == "print"
    assert function_name(Sleepy.lineReceived).startswith("Sleepy.lineReceived at test_snapshot.py:")
