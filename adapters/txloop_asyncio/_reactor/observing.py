"""What the loop's side knows of a connection, for `reactor.snapshot()`.

Bytes are not counted by us: a counter in each chunk's way would cost everybody for what few
ask.  Linux counts them for every TCP socket and tells by ``TCP_INFO`` (4.19 and later); for
other sockets and systems the answer is None.

    bytes_in    what the kernel has received, read by us or not
    bytes_out   what it has sent, each byte once: not what was sent again
"""

from __future__ import annotations

import contextlib
import socket
import struct
import sys
from typing import TYPE_CHECKING, Any

from txloop import _snapshot
from txloop._ids import id_of
from txloop._life import Life
from txloop._naming import class_name
from txloop._snapshot import ConnectionSnapshot, ReactorSnapshot, ThreadSnapshot

if TYPE_CHECKING:
    from txloop_asyncio.reactor import LoopReactor

# struct tcp_info of linux/tcp.h: tcpi_bytes_received, tcpi_bytes_sent and tcpi_bytes_retrans.
_RECEIVED_AT, _SENT_AT, _RETRANSMITTED_AT = 128, 200, 208
_INFO_BYTES = 216
_NUMBER = struct.Struct("=Q")

_STATES = {Life.NEW: "connecting"}


def snapshot_of(reactor: LoopReactor) -> ReactorSnapshot:
    """What *reactor* holds now."""
    kept = reactor.kept()
    now = reactor.seconds()
    pools = [pool for pool in (reactor.threads.pool, reactor.names.pool) if pool is not None]
    watched = dict.fromkeys([*reactor.fds.readers.descriptors, *reactor.fds.writers.descriptors])
    return {
        "life": reactor.life.value,
        "seconds": now,
        "ports": [_snapshot.port_snapshot(thing) for thing in kept if hasattr(thing, "stopListening")],
        "connections": [_connection(thing) for thing in kept if not hasattr(thing, "stopListening")],
        "descriptors": list(map(repr, watched)),
        "delayed_calls": [
            _snapshot.call_snapshot(call, now)
            for call in sorted(reactor.calls.pending(), key=lambda call: call.time)
        ],
        "threads": [thread for pool in pools for thread in _threads(pool)],
        "busy_threads": sum(len(pool.working) for pool in pools),
        "deferreds": _snapshot.deferred_snapshots(),
    }


def queued_bytes(connection: Any) -> int:
    """Written and not yet taken by the system: what we hold, and what the loop's transport holds."""
    ours = len(connection.dataBuffer)
    wire = connection._wire
    if wire is None or connection._life is Life.NEW:
        return ours
    return ours + int(wire.get_write_buffer_size())


def counted_bytes(wire: Any) -> tuple[int | None, int | None]:
    """Bytes in and out as the kernel counts them; None where it does not."""
    connected = None if wire is None or sys.platform != "linux" else wire.get_extra_info("socket")
    if connected is None:
        return None, None
    try:
        told = connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    except OSError:  # no TCP socket, or closed
        return None, None
    if len(told) < _INFO_BYTES:
        return None, None

    def number_at(place: int) -> int:
        number: int = _NUMBER.unpack_from(told, place)[0]
        return number

    return number_at(_RECEIVED_AT), number_at(_SENT_AT) - number_at(_RETRANSMITTED_AT)


def _connection(thing: Any) -> ConnectionSnapshot:
    layers = _snapshot.layers_of(thing.protocol)
    bytes_in, bytes_out = counted_bytes(thing._wire)
    return {
        "id": id_of(thing),
        "name": thing.logPrefix(),
        "text": repr(thing),
        "state": _STATES.get(thing._life, thing._life.value),
        "host": _address(thing.getHost),
        "peer": _address(thing.getPeer),
        "protocol": None if layers[-1] is None else class_name(layers[-1]),
        "tls": _snapshot.speaks_tls(layers),
        "reading": bool(thing.is_reading),
        "bytes_in": bytes_in,
        "bytes_out": bytes_out,
        "queued_bytes": queued_bytes(thing),
        "producer": _snapshot.producer_snapshot(thing),
    }


def _address(ask: Any) -> str | None:
    # An attempt that is still being resolved has no socket name yet.
    with contextlib.suppress(OSError, AttributeError, TypeError):
        address = ask()
        return None if address is None else str(address)
    return None


def _threads(pool: Any) -> list[ThreadSnapshot]:
    return [
        {"name": thread.name, "pool": str(pool.name)} for thread in list(pool.threads) if thread.is_alive()
    ]
