"""Both libraries' receivers in this process: CPU nanoseconds a message.

Each receiver gets the same stream in chunks of one message, of 1,460 bytes (a segment on
Ethernet) and of 65,536 (a full read).
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks._run import print_as_json
from benchmarks._table import Aim, Table

MESSAGE_BYTES = (20, 62)
AIMS = {1460: 2.0, 65_536: 4.0}  # a chunk of so many bytes: times as fast as Twisted's
STREAM_BYTES = 200_000


def line(size: int) -> bytes:
    """A line of *size* bytes with its end."""
    return b"x" * (size - 2) + b"\r\n"


def int32_string(size: int) -> bytes:
    """A string of *size* bytes with its length."""
    return (size - 4).to_bytes(4, "big") + b"x" * (size - 4)


def netstring(size: int) -> bytes:
    """The length of a two-digit one is two digits, a colon and a comma more than its string."""
    return b"%d:%b," % (size - 4, b"x" * (size - 4))


RECEIVERS: dict[str, Callable[[int], bytes]] = {
    "LineReceiver": line,
    "LineOnlyReceiver": line,
    "Int32StringReceiver": int32_string,
    "NetstringReceiver": netstring,
}


class Transport:
    """As little of a transport as the receivers ask for."""

    disconnecting = False
    disconnected = False


def counting(receiver: type[Any]) -> type[Any]:
    """A subclass that only counts what it receives."""

    class Counting(receiver):  # type: ignore[misc]  # its class is not known here
        def __init__(self) -> None:
            self.count = 0

        def lineReceived(self, line: bytes) -> None:
            self.count += 1

        stringReceived = lineReceived

    return Counting


def nanoseconds_a_message(receiver: type[Any], chunks: list[bytes], messages: int) -> float:
    """One stream, timed by this thread's own clock."""
    protocol = receiver()
    protocol.makeConnection(Transport())
    began = time.thread_time_ns()
    for chunk in chunks:
        protocol.dataReceived(chunk)
    spent = time.thread_time_ns() - began
    if protocol.count != messages:
        raise AssertionError(f"{receiver.__mro__[1]} received {protocol.count} of {messages} messages")
    return spent / messages


def peers() -> dict[str, Any]:
    """The modules to compare, by name."""
    found = {"txloop": importlib.import_module("txloop.protocols.basic")}
    try:
        found["twisted"] = importlib.import_module("twisted.protocols.basic")
    except ImportError:
        pass
    return found


def tables(rounds: int, share: float) -> Iterator[Table]:
    """Every receiver, message and chunk."""
    modules = peers()
    for name, make in RECEIVERS.items():
        for message_bytes in MESSAGE_BYTES:
            messages = int(STREAM_BYTES * share) // message_bytes
            stream = make(message_bytes) * messages
            for chunk_bytes in (message_bytes, *AIMS):
                chunks = [stream[at : at + chunk_bytes] for at in range(0, len(stream), chunk_bytes)]
                receivers = {peer: counting(getattr(module, name)) for peer, module in modules.items()}
                figures: dict[str, list[float]] = {peer: [] for peer in receivers}
                for _ in range(rounds):
                    for peer, receiver in receivers.items():
                        figures[peer].append(nanoseconds_a_message(receiver, chunks, messages))
                aim = [Aim("txloop", "twisted", AIMS[chunk_bytes])] if chunk_bytes in AIMS else []
                title = f"{name}, messages of {message_bytes} B in chunks of {chunk_bytes:,} B"
                yield Table("lines", title, "ns a message", figures, aims=aim)


if __name__ == "__main__":
    print_as_json(tables)
