"""What a reactor holds at one moment: for logs, debuggers, and tests that look for leaks.

`reactor.snapshot()` is plain data, dictionaries and lists of texts and numbers: print it,
send it as JSON, compare two of them.  The shapes are below; nothing in one refers to
anything alive, and asking costs those nothing who do not ask:

    ids            given when they are first asked for, by a snapshot or a log line (_ids.py)
    bytes          counted by the system: we count nothing (None where it does not tell)
    Deferreds      known in debug mode only, where each remembers its place of birth anyway

Not here: what only the loop's side knows (txloop_asyncio/_reactor/observing.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict

from txloop._ids import id_of
from txloop._naming import class_name, function_name, place_in
from txloop.internet._deferred import debug_info
from txloop.internet.interfaces import INegotiated


class PortSnapshot(TypedDict):
    """Something that listens, streams or datagrams."""

    id: int
    text: str  # its repr
    address: str  # where it listens, `IPv4Address(type='TCP', host='127.0.0.1', port=8007)`
    serves: str  # the class of its factory or protocol


class ProducerSnapshot(TypedDict):
    """What writes into a connection as fast as that takes it."""

    text: str
    streaming: bool  # a push producer
    paused: bool


class ConnectionSnapshot(TypedDict):
    """A connection, or the attempt to make one."""

    id: int  # what it logs carries this as `owner_id`
    name: str  # what stands in front of its lines in the log, `Echo,0,127.0.0.1`
    text: str
    state: str  # "connecting", "open", "closing", "aborting", "closed" (and still sending)
    host: str | None  # our end; None while there is none
    peer: str | None
    protocol: str | None  # the program's class, under any TLS
    tls: bool
    reading: bool  # False while paused
    bytes_in: int | None  # received by the system; None where it does not count (only Linux does, for TCP)
    bytes_out: int | None  # sent by the system, each byte once; on the wire, so after encryption
    queued_bytes: int  # written, not yet taken by the system
    producer: ProducerSnapshot | None


class DelayedCallSnapshot(TypedDict):
    """A call still to come."""

    text: str
    function: str  # its name and place, `tick at clock.py:12`
    due_in_seconds: float  # negative: late
    created: str | None  # by whom, with DelayedCall.debug


class ThreadSnapshot(TypedDict):
    """A thread of the pool, or of name lookups."""

    name: str
    pool: str


class DeferredSnapshot(TypedDict):
    """A Deferred that has not fired; debug mode only."""

    text: str
    created: str  # the innermost place outside txloop, `login at client.py:40`


class ReactorSnapshot(TypedDict):
    """What `reactor.snapshot()` returns: ``json.dumps`` takes it as it is."""

    life: str  # "idle", "starting", "running" or "stopping"
    seconds: float  # when it was taken, as reactor.seconds()
    ports: list[PortSnapshot]  # in the order they were opened
    connections: list[ConnectionSnapshot]  # likewise
    descriptors: list[str]  # watched for the program (IReactorFDSet)
    delayed_calls: list[DelayedCallSnapshot]  # the next one first
    threads: list[ThreadSnapshot]
    busy_threads: int
    deferreds: list[DeferredSnapshot] | None  # of the whole process, oldest first; None unless debugging


def port_snapshot(port: Any) -> PortSnapshot:
    """A port that listens."""
    serves = getattr(port, "factory", None) or getattr(port, "protocol", None)
    return {
        "id": id_of(port),
        "text": repr(port),
        "address": str(port.getHost()),
        "serves": class_name(serves),
    }


def producer_snapshot(connection: Any) -> ProducerSnapshot | None:
    """Its producer, if one is registered."""
    producer = getattr(connection, "producer", None)
    if producer is None:
        return None
    return {
        "text": repr(producer),
        "streaming": bool(connection.streamingProducer),
        "paused": bool(connection.producerPaused),
    }


def call_snapshot(call: Any, now: float) -> DelayedCallSnapshot:
    """A DelayedCall; *now* on its clock."""
    return {
        "text": repr(call),
        "function": function_name(call.func),
        "due_in_seconds": call.time - now,
        "created": place_in(call.creator) if call.creator else None,
    }


def deferred_snapshots() -> list[DeferredSnapshot] | None:
    """Every Deferred that waits to be fired, None unless in debug mode."""
    alive = debug_info.remembered()
    if alive is None:
        return None
    return [
        {"text": repr(each), "created": place_in(each._debugInfo.creator)}
        for each in alive
        if not each.called and each._debugInfo is not None
    ]


def layers_of(protocol: Any) -> list[Any]:
    """*protocol* and what it wraps, the program's own last."""
    layers = [protocol]
    while True:
        outer = layers[-1]
        # The second is what endpoints wrap a protocol in.
        inner = getattr(outer, "wrappedProtocol", None) or getattr(outer, "_wrappedProtocol", None)
        if inner is None:
            return layers
        layers.append(inner)


def speaks_tls(layers: Sequence[Any]) -> bool:
    """One of them is TLS."""
    return any(INegotiated.providedBy(layer) for layer in layers[:-1])
