"""The load that clients make: connections that each ask again as soon as they have their answer.

A client is a process of its own.  What it saw is printed as JSON: requests; reads, the calls
that brought bytes (with TCP over loopback and a reader that is always ready, about the
segments of the answers); seconds; idle, the share of them it was off the processor.  Then the
latencies of single requests, one under way at a time, in nanoseconds, if it measures them.
"""

from __future__ import annotations

import json
import resource
import select
import sys
import time
from collections.abc import Callable, Sequence
from typing import Protocol

# What comes is read into the same place: new memory for each read costs more than the read.
SPACE = bytearray(262_144)

# As many as a server of Twisted's or the loops' own takes from the kernel at once, and more.
EVENTS = 64


class Asking(Protocol):
    """One connection of a client."""

    def fileno(self) -> int:
        """Its descriptor."""

    def ask(self) -> None:
        """Send a whole request."""

    def read(self) -> int:
        """Some of the answer has come: read what there is; how many bytes."""


def ask_again_at_once(
    connections: Sequence[Asking], requests: int, answer_bytes: int, patience_seconds: float | None = None
) -> tuple[int, int]:
    """At most one request is under way on each connection; returns requests and reads.

    Args:
        connections: Who asks.
        requests: So many in all.
        answer_bytes: The length of an answer.
        patience_seconds: If nothing comes for so long, what is under way is taken for lost and
            asked again (datagrams).
    """
    asking = {each.fileno(): each for each in connections[:requests]}
    missing = dict.fromkeys(asking, answer_bytes)
    poll = select.epoll()
    for number, each in asking.items():
        poll.register(number, select.EPOLLIN)
        each.ask()
    done, sent, reads = 0, len(asking), 0
    while done < requests:
        ready = poll.poll(patience_seconds, EVENTS)
        if not ready:
            for number in missing:
                asking[number].ask()
        for number, _ in ready:
            reads += 1
            rest = missing[number] - asking[number].read()
            if rest:
                missing[number] = rest
                continue
            done += 1
            if sent < requests:
                sent += 1
                missing[number] = answer_bytes
                asking[number].ask()
            else:
                del missing[number]
    poll.close()
    return done, reads


def tell(load: Callable[[], tuple[int, int]], latencies_ns: Callable[[], list[int]] = list) -> None:
    """Do what a client does: say that it is ready, then a step for each line that comes.

    Args:
        load: The first step; what was seen is printed.
        latencies_ns: The second; they are printed.
    """
    print("ready", flush=True)
    sys.stdin.readline()
    began, busy = time.perf_counter(), time.process_time()
    requests, reads = load()
    seconds = time.perf_counter() - began
    idle = 1 - (time.process_time() - busy) / seconds
    print(json.dumps({"requests": requests, "reads": reads, "seconds": seconds, "idle": idle}), flush=True)
    sys.stdin.readline()
    print(json.dumps(latencies_ns()), flush=True)


def hold() -> None:
    """Do what a client does that only holds its connections: until stdin ends."""
    print("ready", flush=True)
    sys.stdin.read()


def allow_many_descriptors() -> None:
    """As many as the system lets this process have."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
