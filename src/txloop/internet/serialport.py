"""Serial ports as transports: ``SerialPort(MyProtocol(), "/dev/ttyUSB0", reactor, baudrate=115200)``.

Needs the extra ``txloop[serial]``: the package pyserial opens the device and sets it up.
On UNIX only; Twisted's own is used on Windows.

Source: names, defaults and order of calls as of Twisted 26.10's twisted.internet.serialport, by
running it.
"""

from __future__ import annotations

from typing import Any

import serial  # type: ignore[import-untyped]  # it has no types
from serial import (
    EIGHTBITS,
    FIVEBITS,
    PARITY_EVEN,
    PARITY_NONE,
    PARITY_ODD,
    SEVENBITS,
    SIXBITS,
    STOPBITS_ONE,
    STOPBITS_TWO,
)

from txloop._public import publish
from txloop.internet import fdesc
from txloop.internet.abstract import FileDescriptor

__all__ = [
    "EIGHTBITS",
    "FIVEBITS",
    "PARITY_EVEN",
    "PARITY_NONE",
    "PARITY_ODD",
    "SEVENBITS",
    "SIXBITS",
    "STOPBITS_ONE",
    "STOPBITS_TWO",
    "SerialPort",
    "serial",
]


class BaseSerialPort:
    """What pyserial can do with an open port, by Twisted's names.

    Attributes:
        _serialFactory: Opens it.
    """

    _serialFactory: Any = serial.Serial
    _serial: Any

    def setBaudRate(self, baudrate: int) -> None:
        """Change the speed, in bits a second."""
        self._serial.baudrate = baudrate

    def inWaiting(self) -> int:
        """How many bytes have come and are not read yet."""
        return int(self._serial.in_waiting)

    def flushInput(self) -> None:
        """Forget what has come and is not read yet."""
        self._serial.reset_input_buffer()

    def flushOutput(self) -> None:
        """Forget what is written and not sent yet."""
        self._serial.reset_output_buffer()

    def sendBreak(self) -> None:
        """Send a break."""
        self._serial.send_break()

    def getDSR(self) -> bool:
        """Is the line "data set ready" on?"""
        return bool(self._serial.dsr)

    def getCD(self) -> bool:
        """Is the line "carrier detect" on?"""
        return bool(self._serial.cd)

    def getRI(self) -> bool:
        """Is the line "ring indicator" on?"""
        return bool(self._serial.ri)

    def getCTS(self) -> bool:
        """Is the line "clear to send" on?"""
        return bool(self._serial.cts)

    def setDTR(self, on: Any = 1) -> None:
        """Switch the line "data terminal ready"."""
        self._serial.dtr = bool(on)

    def setRTS(self, on: Any = 1) -> None:
        """Switch the line "request to send"."""
        self._serial.rts = bool(on)


class SerialPort(BaseSerialPort, FileDescriptor):
    """An open serial port, the transport of *protocol*.

    Args:
        protocol: Connected when the port is open.
        deviceNameOrPortNumber: As pyserial takes it: ``"/dev/ttyS0"``.
        reactor: Reads and writes it.
        baudrate, bytesize, parity, stopbits, xonxoff, rtscts: How the line works.
        timeout: Ignored but by pyserial: nothing here waits.
    Raises:
        serial.SerialException: It cannot be opened.
    """

    connected = 1

    def __init__(
        self,
        protocol: Any,
        deviceNameOrPortNumber: Any,
        reactor: Any,
        baudrate: int = 9600,
        bytesize: int = EIGHTBITS,
        parity: str = PARITY_NONE,
        stopbits: float = STOPBITS_ONE,
        timeout: float | None = 0,
        xonxoff: Any = 0,
        rtscts: Any = 0,
    ) -> None:
        FileDescriptor.__init__(self, reactor)
        self._serial = self._serialFactory(
            deviceNameOrPortNumber,
            baudrate=baudrate,
            bytesize=bytesize,
            parity=parity,
            stopbits=stopbits,
            timeout=timeout,
            xonxoff=xonxoff,
            rtscts=rtscts,
        )
        self.reactor = reactor
        self.flushInput()
        self.flushOutput()
        self.protocol = protocol
        self.protocol.makeConnection(self)
        self.startReading()

    def fileno(self) -> int:
        """The device's descriptor."""
        return int(self._serial.fd)

    def writeSomeData(self, data: bytes) -> Any:
        """Write what the device takes now; how much that was."""
        return fdesc.writeToFD(self.fileno(), data)

    def doRead(self) -> Any:
        """Give the protocol what has come."""
        return fdesc.readFromFD(self.fileno(), self.protocol.dataReceived)

    def connectionLost(self, reason: Any) -> None:
        """The port is closed; the protocol is told."""
        super().connectionLost(reason)
        self._serial.close()
        self.protocol.connectionLost(reason)


publish(__name__, ["BaseSerialPort", "SerialPort"])
