"""Serial ports, over pseudo-terminals.  Source of the claims: running Twisted 26.10's serialport."""

from __future__ import annotations

import asyncio
import os
import tty
from collections.abc import Iterator
from typing import Any

import pytest

from txloop.internet import error, reactor
from txloop.internet.protocol import Protocol

serialport = pytest.importorskip("txloop.internet.serialport", reason="pyserial is not installed")

pytestmark = pytest.mark.asyncio


class Noting(Protocol):
    def __init__(self) -> None:
        self.notes: list[Any] = []
        self.changed = asyncio.Event()

    def connectionMade(self) -> None:
        self.note("made")

    def dataReceived(self, data: bytes) -> None:
        self.note(data)

    def connectionLost(self, reason: Any = None) -> None:
        self.note(reason.type)

    def note(self, what: object) -> None:
        self.notes.append(what)
        self.changed.set()

    async def until(self, what: object) -> None:
        async with asyncio.timeout(5):
            while what not in self.notes:
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture
def device() -> Iterator[tuple[int, str]]:
    """The far end's descriptor, and the near end's name."""
    far, near = os.openpty()
    tty.setraw(near)
    yield far, os.ttyname(near)
    os.close(far)
    os.close(near)


async def test_bytes_go_both_ways(device: tuple[int, str]) -> None:
    far, name = device
    protocol = Noting()
    port = serialport.SerialPort(protocol, name, reactor, baudrate=115200)
    assert (protocol.notes, port._serial.baudrate) == (["made"], 115200)
    os.write(far, b"from the device")
    await protocol.until(b"from the device")
    port.write(b"to the device")
    port.loseConnection()
    await protocol.until(error.ConnectionDone)
    assert os.read(far, 100) == b"to the device"
    assert not port._serial.is_open


async def test_the_line_can_be_asked_and_changed(device: tuple[int, str]) -> None:
    far, name = device
    protocol = Noting()
    port = serialport.SerialPort(protocol, name, reactor)
    port.setBaudRate(19200)
    port.pauseProducing()
    os.write(far, b"unread")
    async with asyncio.timeout(5):
        while port.inWaiting() != 6:
            await asyncio.sleep(0)
    port.flushInput()
    assert (port._serial.baudrate, port.inWaiting(), protocol.notes) == (19200, 0, ["made"])
    port.loseConnection()
    await protocol.until(error.ConnectionDone)


async def test_a_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(serialport.serial.SerialException):
        serialport.SerialPort(Noting(), "/dev/no-such-device", reactor)
