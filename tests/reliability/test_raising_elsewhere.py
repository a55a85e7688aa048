"""User code that raises where raising_player.py has no scene: factories, descriptors, pools, triggers."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from zope.interface import implementer

from reliability.serving import Client, Echo, comes_true, open_descriptors, serving
from support import python
from transport_suite.parts import Recorder
from txloop.internet import interfaces, protocol, reactor, threads
from txloop.internet.defer import gatherResults
from txloop.logger import LogLevel
from txloop.python.failure import Failure
from txloop_pytest._leaks import LoggedErrors

Flush = Callable[..., list[Any]]


class Users(ZeroDivisionError):
    """What the user's code raises."""


class Raising(protocol.Factory):
    """Raises when it is started, or stopped.

    Args:
        place: Where.
    """

    noisy = False
    protocol = Echo

    def __init__(self, place: str) -> None:
        self.place = place

    def startFactory(self) -> None:
        if self.place == "startFactory":
            raise Users(self.place)

    def stopFactory(self) -> None:
        if self.place == "stopFactory":
            raise Users(self.place)


LISTENERS: dict[str, Callable[[Any, Path], Any]] = {
    "TCP": lambda factory, folder: reactor.listenTCP(0, factory, interface="127.0.0.1"),
    "UNIX": lambda factory, folder: reactor.listenUNIX(str(folder / "s"), factory),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", LISTENERS)
async def test_a_factory_that_raises_when_it_is_started_leaves_no_port(kind: str, tmp_path: Path) -> None:
    listen = LISTENERS[kind]
    good = Raising("")
    await listen(good, tmp_path).stopListening()
    gc.collect()
    before = open_descriptors()
    with pytest.raises(Users):
        listen(Raising("startFactory"), tmp_path)
    for _ in range(3):
        await asyncio.sleep(0)
    gc.collect()
    assert open_descriptors() == before
    await listen(good, tmp_path).stopListening()


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", LISTENERS)
async def test_a_factory_that_raises_when_it_is_stopped_has_no_port_any_more(
    kind: str, tmp_path: Path, flush_logged_errors: Flush
) -> None:
    """Told by stopListening()'s Deferred, or logged: once."""
    await LISTENERS[kind](Raising(""), tmp_path).stopListening()  # what the loop opens once, is open now
    await asyncio.sleep(0.01)
    gc.collect()
    before = open_descriptors()
    stopping = LISTENERS[kind](Raising("stopFactory"), tmp_path).stopListening()
    told: list[Any] = []
    if stopping is not None:
        stopping.addErrback(lambda failure: told.append(failure.value))
    await comes_true(lambda: told or told.extend(each.value for each in flush_logged_errors(Users)))
    assert [type(each) for each in told] == [Users]
    for _ in range(3):
        await asyncio.sleep(0)
    assert open_descriptors() <= before


@implementer(interfaces.IFileDescriptorReceiver)
class Receiver(Recorder):
    """Raises when it is given a descriptor."""

    def fileDescriptorReceived(self, descriptor: int) -> None:
        os.close(descriptor)
        raise Users("fileDescriptorReceived")


@pytest.mark.asyncio
async def test_a_protocol_that_raises_at_a_descriptor_loses_its_connection_alone(
    tmp_path: Path, flush_logged_errors: Flush
) -> None:
    path = str(tmp_path / "s")
    async with serving(Receiver, lambda factory: reactor.listenUNIX(path, factory)) as served:
        with socket.socket(socket.AF_UNIX) as witness, socket.socket(socket.AF_UNIX) as client:
            witness.connect(path)
            client.connect(path)
            await comes_true(lambda: len(served.made) == 2)
            socket.send_fds(client, [b"x"], [0])
            victim = served.made[1]
            assert isinstance(await victim.lost(), Users)
            assert len(flush_logged_errors(Users)) == 1
            assert served.made[0].reason is None
            witness.send(b"still")
            await comes_true(lambda: served.made[0].data == b"still")


@pytest.mark.asyncio
@pytest.mark.parametrize("place", ["connectionMade", "dataReceived", "connectionLost"])
async def test_a_client_over_unix_that_raises_is_lost_and_the_port_goes_on(
    place: str, tmp_path: Path, flush_logged_errors: Flush
) -> None:
    class Victim(Recorder):
        def connectionMade(self) -> None:
            super().connectionMade()
            self.transport.write(b"x")
            self.raises("connectionMade")

        def dataReceived(self, data: bytes) -> None:
            self.raises("dataReceived")
            self.transport.loseConnection()

        def connectionLost(self, reason: Any = None) -> None:
            super().connectionLost(reason)
            self.raises("connectionLost")

        def raises(self, here: str) -> None:
            if here == place:
                raise Users(place)

    path = str(tmp_path / "s")
    async with serving(Echo, lambda factory: reactor.listenUNIX(path, factory)):
        connecting = Client()
        connecting.protocol = Victim  # type: ignore[assignment]
        reactor.connectUNIX(path, connecting)
        await comes_true(lambda: connecting.lost)
        assert len(connecting.lost) == 1
        assert len(flush_logged_errors(Users)) == 1
        with socket.socket(socket.AF_UNIX) as other:
            other.setblocking(False)
            other.connect(path)
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(other, b"still")
            async with asyncio.timeout(10):
                assert await loop.sock_recv(other, 5) == b"still"


@pytest.mark.asyncio
async def test_a_pool_survives_what_its_calls_and_their_listeners_raise(flush_logged_errors: Flush) -> None:
    def raises(*args: Any) -> None:
        raise Users("in a thread")

    for _ in range(30):  # more than it has threads
        reactor.callInThread(raises)
        reactor.getThreadPool().callInThreadWithCallback(raises, int)
    assert await threads.deferToThread(int) == 0
    seen: list[Any] = []

    def all_are_told() -> bool:
        seen.extend(flush_logged_errors(Users))
        return len(seen) == 60

    await comes_true(all_are_told)
    assert await gatherResults([threads.deferToThread(int) for _ in range(30)]) == [0] * 30


def test_what_a_thread_logs_while_errors_are_taken_is_kept() -> None:
    """The watch of the tests, txloop_pytest's, must not lose what it is there to see."""
    errors = LoggedErrors()
    late = Failure(Users("late"))

    class Slow(Failure):
        def check(self, *types: Any) -> Any:
            worker = threading.Thread(target=log, args=(late,))
            worker.start()
            worker.join()
            return super().check(*types)

    def log(failure: Failure) -> None:
        errors._saw({"isError": 1, "failure": failure, "log_level": LogLevel.critical})

    log(Slow(Users("first")))
    assert len(errors.flush(Users)) == 1
    assert errors.flush(Users) == [late]


TRIGGERS = """
from txloop.internet import reactor
from txloop.python import log

ran, told = [], []
log.addObserver(lambda event: told.append(event["failure"].type.__name__) if event.get("isError") else None)

def raises(place):
    ran.append(place)
    raise ZeroDivisionError(place)

for phase in ("before", "during", "after"):
    for event in ("startup", "shutdown"):
        reactor.addSystemEventTrigger(phase, event, raises, phase + " " + event)
        reactor.addSystemEventTrigger(phase, event, ran.append, "ok")
reactor.callWhenRunning(raises, "callWhenRunning")
reactor.callLater(0.01, reactor.stop)
reactor.run()
print(len(ran), ran.count("ok"), told)
"""


def test_triggers_that_raise_keep_none_of_the_others_from_running(loop_name: str, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(TRIGGERS)
    done = python(program)
    assert done.stdout == f"13 6 {['ZeroDivisionError'] * 7}\n", done.stderr
    assert done.returncode == 0
