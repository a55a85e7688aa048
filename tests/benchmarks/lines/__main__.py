"""Receivers of lines and strings, txloop's beside Twisted's in one process.

    cd tests && python -m benchmarks.lines [--rounds 15] [--bytes 200000]

Each receiver gets the same stream in chunks of one message, of 1,460 bytes (a segment on
Ethernet) and of 65,536 (a full read).  Printed are CPU nanoseconds a message, the best
round of each, rounds interleaved; and the ratio, above 1 where txloop is faster.  Where
Twisted is not installed only txloop's figures are printed.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
sys.path[:0] = [str(ROOT / "src"), str(ROOT / "adapters")]

MESSAGE_BYTES = (20, 62)
CHUNK_BYTES = (1460, 65_536)


def line(size: int) -> bytes:
    return b"x" * (size - 2) + b"\r\n"


def int32_string(size: int) -> bytes:
    return (size - 4).to_bytes(4, "big") + b"x" * (size - 4)


def netstring(size: int) -> bytes:
    return b"%d:%b," % (size - 4, b"x" * (size - 4))


# The length of a two-digit netstring is two digits, a colon and a comma more than its string.
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
        count = 0

        def lineReceived(self, line: bytes) -> None:
            self.count += 1

        stringReceived = lineReceived

    return Counting


def nanoseconds_a_message(receiver: type[Any], chunks: list[bytes], messages: int) -> float:
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
        found["Twisted"] = importlib.import_module("twisted.protocols.basic")
    except ImportError:
        pass
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--bytes", type=int, default=200_000, help="length of the stream")
    options = parser.parse_args()
    modules = peers()
    print(
        f"{'receiver':20} {'message':>8} {'chunk':>8}"
        + "".join(f" {name:>9}" for name in modules)
        + "    ratio"
    )
    for name, make in RECEIVERS.items():
        for message_bytes in MESSAGE_BYTES:
            messages = options.bytes // message_bytes
            stream = make(message_bytes) * messages
            for chunk_bytes in (message_bytes, *CHUNK_BYTES):
                chunks = [stream[at : at + chunk_bytes] for at in range(0, len(stream), chunk_bytes)]
                receivers = {peer: counting(getattr(module, name)) for peer, module in modules.items()}
                best = dict.fromkeys(receivers, float("inf"))
                for _ in range(options.rounds):
                    for peer, receiver in receivers.items():
                        best[peer] = min(best[peer], nanoseconds_a_message(receiver, chunks, messages))
                ratio = f"{best['Twisted'] / best['txloop']:9.2f}" if "Twisted" in best else "        -"
                figures = "".join(f" {best[peer]:6.0f} ns" for peer in best)
                print(f"{name:20} {message_bytes:8} {chunk_bytes:8}{figures}{ratio}")


if __name__ == "__main__":
    main()
