"""Names, disks, threads and signals: what fails outside is told once, and everybody else is served."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal
import socket
import threading
from pathlib import Path
from typing import Any

import pytest

from reliability.serving import Client, Echo, comes_true, serving
from txloop.internet import defer, endpoints, error, reactor, threads
from txloop.internet._resolver import GAIResolver
from txloop.logger import FileLogObserver, Logger, LogPublisher, formatEventAsClassicLogText
from txloop.python.logfile import LogFile

pytestmark = pytest.mark.asyncio


async def test_a_name_that_is_not_found_fails_the_attempt_once() -> None:
    def not_found(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    before = reactor.installNameResolver(GAIResolver(reactor, getaddrinfo=not_found))
    failing = Client()
    reactor.connectTCP("nowhere.invalid", 1, failing)
    await comes_true(lambda: failing.failed)
    assert [type(each) for each in failing.failed] == [error.DNSLookupError]
    endpoint = endpoints.HostnameEndpoint(reactor, "nowhere.invalid", 1)
    with pytest.raises(error.DNSLookupError):
        await endpoint.connect(Client())
    reactor.installNameResolver(before)


async def test_a_lookup_that_hangs_is_given_up_in_time_and_stops_nobody() -> None:
    released = threading.Event()

    def hangs(*args: Any, **kwargs: Any) -> Any:
        released.wait(20)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    before = reactor.installNameResolver(GAIResolver(reactor, getaddrinfo=hangs))
    try:
        async with serving(Echo) as served:
            failing = Client()
            reactor.connectTCP("slow.invalid", 1, failing, timeout=0.05)
            attempt = endpoints.HostnameEndpoint(reactor, "slow.invalid", 1).connect(Client())
            assert await served.answers()
            await comes_true(lambda: failing.failed)
            assert [type(each) for each in failing.failed] == [error.TimeoutError]
            attempt.cancel()
            with pytest.raises(error.DNSLookupError):
                await attempt
    finally:
        released.set()
        reactor.installNameResolver(before)
    await threads.deferToThread(int)
    await asyncio.sleep(0)
    assert len(failing.failed) == 1


# ---- a full disk --------------------------------------------------------


async def test_a_log_on_a_full_disk_loses_lines_and_nothing_else() -> None:
    events: list[Any] = []
    with open("/dev/full", "w") as full:
        publisher = LogPublisher(FileLogObserver(full, formatEventAsClassicLogText), events.append)
        log = Logger(observer=publisher)
        for number in range(5):
            log.info("event {number}", number=number)
        # What could not be written is still in the file object, which refuses to close.
        with contextlib.suppress(OSError):
            full.close()
    assert [event["number"] for event in events if "number" in event] == [0, 1, 2, 3, 4]
    assert any(event.get("log_failure") is not None for event in events)


async def test_a_log_file_that_may_not_grow_loses_lines_and_goes_on_later(tmp_path: Path) -> None:
    def too_large(number: int, frame: Any) -> None:
        pass

    before = signal.signal(signal.SIGXFSZ, too_large)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    file = LogFile("a.log", str(tmp_path), rotateLength=None)
    events: list[Any] = []
    log = Logger(observer=LogPublisher(FileLogObserver(file, formatEventAsClassicLogText), events.append))
    try:
        log.info("before")
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
        log.info("lost")
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        log.info("after")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
        file.close()
    text = (tmp_path / "a.log").read_text()
    assert "before" in text
    assert "after" in text
    assert {"before", "lost", "after"} <= {event.get("log_format") for event in events}


# ---- threads --------------------------------------------------------


async def test_a_full_thread_pool_delays_what_wants_a_thread_and_nothing_else() -> None:
    reactor.suggestThreadPoolSize(2)
    released = threading.Event()
    ran: list[int] = []
    async with serving(Echo) as served:
        blocked = [threads.deferToThread(released.wait, 20) for _ in range(2)]
        waiting = [threads.deferToThread(ran.append, number) for number in range(50)]
        assert await served.answers()
        assert ran == []
        released.set()
        await defer.gatherResults([*blocked, *waiting])
        assert sorted(ran) == list(range(50))
    reactor.suggestThreadPoolSize(10)
