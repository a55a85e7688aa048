"""What a reactor holds at one moment: for logs, debuggers, and tests that look for leaks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ReactorSnapshot:
    """What `reactor.snapshot()` returns.  The texts are the objects' reprs at that moment.

    Attributes:
        life: ``"idle"``, ``"starting"``, ``"running"`` or ``"stopping"``.
        ports: Listening ports, in the order they were opened.
        connections: Connections, and attempts to make one.
        descriptors: File descriptors watched for the program (IReactorFDSet).
        delayed_calls: Calls still to come, the next one first.
        threads: Threads of the pool and of name lookups.
    """

    life: str
    ports: tuple[str, ...]
    connections: tuple[str, ...]
    descriptors: tuple[str, ...]
    delayed_calls: tuple[str, ...]
    threads: int
