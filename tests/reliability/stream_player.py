"""Play a script on two connected stream transports, on txloop or on real Twisted; write down what happens.

    script    [[end, [[what, argument], …]], …]     turns: what one end does inside one callback
    trace     [[what end 0 saw, what end 1 saw], …]    one pair a turn, taken when nothing happens any more

Both libraries are spoken to by the names they share; `Library("txloop")`, `Library("twisted")`.
The reactor is stepped by `iterate(0)`, so nothing waits for time, and "nothing happens
any more" is a number of passes without an event.

What an end saw in a turn: how many bytes came, what its producer was told, and what else
happened, the last two in order.  What an end sends is a fixed stream of its own, so a byte that is
lost, doubled or out of place is an event of its own.  Only one end acts in a turn: when both
do, TCP itself is a race (FIN or RST), and there is nothing to compare.

As a program (``python stream_player.py twisted``) it reads one script a line and writes one trace a line.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import random
import socket
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

Call = tuple[str, Any]
Script = list[tuple[int, list[Call]]]
Seen = dict[str, Any]  # {"data": bytes received, "producer": [told, …], "events": [event, …]}
Trace = list[list[Seen]]

KINDS = ("memory", "tcp", "unix", "tls", "starttls")
# Passes of the loop without an event after which we say that nothing happens any more.  A byte on loopback
# needs one or two, a TLS close a dozen.
QUIET_PASSES = 15
MOST_PASSES = 5_000

# Each end's bytes: a piece without end, here so often that a slice from anywhere in the first is long enough.
PIECE = 1 << 20
STREAMS = [random.Random(end).randbytes(PIECE) * 9 for end in (0, 1)]

# What the kernel keeps of a TCP connection whose peer does not read is a few of these, and not the
# megabytes that it would be by its own choice: so a script may go beyond.
KERNEL_BYTES = 64 * 1024

CERTIFICATE = str(Path(__file__).resolve().parents[1] / "data" / "tls" / "localhost.pem")


class Library:
    """One of the two, by its root name; `self.protocol` is its internet.protocol, and so on."""

    def __init__(self, root: str, reactor: Any) -> None:
        self.root = root
        self.reactor = reactor
        for name in ("interfaces", "protocol"):
            setattr(self, name, importlib.import_module(f"{root}.internet.{name}"))
        self.loopback = importlib.import_module(f"{root}.protocols.loopback")
        self.implementer = importlib.import_module("zope.interface").implementer

    protocol: Any
    interfaces: Any

    def context(self, is_server: bool) -> Any:
        """An old context factory, which both libraries take."""
        from OpenSSL import SSL as openssl  # noqa: N811  # a module

        @self.implementer(self.interfaces.IOpenSSLContextFactory)
        class Contexts:
            def getContext(self) -> Any:
                made = openssl.Context(openssl.TLS_METHOD)
                if is_server:
                    made.use_certificate_file(CERTIFICATE)
                    made.use_privatekey_file(CERTIFICATE)
                return made

        return Contexts()

    def ends(self, half_closeable: bool) -> list[Any]:
        """Two protocols that write everything down."""

        class End(Recording, self.protocol.Protocol):  # type: ignore[name-defined, misc]
            pass

        @self.implementer(self.interfaces.IHalfCloseableProtocol)
        class HalfCloseable(End):
            def readConnectionLost(self) -> None:
                self.note("read lost")

            def writeConnectionLost(self) -> None:
                self.note("write lost")

        return [(HalfCloseable if half_closeable else End)(self, number) for number in (0, 1)]


class Recording:
    """What both ends do, whichever library their base class is from."""

    transport: Any

    def __init__(self, library: Library, number: int) -> None:
        self.library = library
        self.number = number
        self.events: list[str] = []
        self.told: list[str] = []
        self.happened = 0
        self.sent = self.received = self.taken = 0
        self.is_lost = False
        self.starts_tls_at = -1

    def note(self, event: str) -> None:
        self.happened += 1
        self.events.append(event)

    def take(self) -> Seen:
        seen = {"data": self.received - self.taken, "producer": self.told, "events": self.events}
        self.taken, self.told, self.events = self.received, [], []
        return seen

    # ---- the library calls these ---------------------------------------------------

    def connectionMade(self) -> None:
        self.note("made")

    def dataReceived(self, data: bytes) -> None:
        if data != self.piece_of(1 - self.number, self.received, len(data)):
            self.note(f"WRONG BYTES at {self.received}")
        if self.is_lost:
            self.note("DATA AFTER THE END")
        self.received += len(data)
        self.happened += 1
        if self.received == self.starts_tls_at:
            self.start_tls()

    def connectionLost(self, reason: Any = None) -> None:
        self.note(f"lost: {reason.type.__name__}")
        if self.is_lost:
            self.note("LOST TWICE")
        self.is_lost = True

    # ---- the script calls these ----------------------------------------------------

    def next_bytes(self, count: int) -> bytes:
        data = self.piece_of(self.number, self.sent, count)
        self.sent += count
        return data

    def piece_of(self, number: int, at: int, count: int) -> bytes:
        return STREAMS[number][at % PIECE : at % PIECE + count]

    def write(self, count: int) -> None:
        self.transport.write(self.next_bytes(count))

    def write_sequence(self, counts: list[int]) -> None:
        self.transport.writeSequence([self.next_bytes(count) for count in counts])

    def start_tls(self) -> None:
        self.starts_tls_at = -1
        self.transport.startTLS(self.library.context(is_server=self.number == 1))

    def register(self, kind: str) -> None:
        self.transport.registerProducer(Producer(self, kind == "pull"), kind == "push")


class Producer:
    """Writes down what it is told.  A pull producer writes a piece each time it is asked, three in all."""

    def __init__(self, end: Recording, pulls: bool) -> None:
        self._end = end
        self._pieces = 3 if pulls else 0
        self._last = ""

    def _tell(self, what: str) -> None:
        self._end.happened += 1
        if what != "pause" or self._last != "pause":  # Twisted says it at each write
            self._end.told.append(what)
        self._last = what

    def pauseProducing(self) -> None:
        self._tell("pause")

    def resumeProducing(self) -> None:
        self._tell("resume")
        if self._pieces:
            self._pieces -= 1
            self._end.write(1000)
            if not self._pieces:
                self._end.transport.unregisterProducer()

    def stopProducing(self) -> None:
        self._tell("stop")


PLAIN_CALLS = {
    "pause": "pauseProducing",
    "resume": "resumeProducing",
    "unregister": "unregisterProducer",
    "half_close": "loseWriteConnection",
    "lose": "loseConnection",
    "abort": "abortConnection",
}


class Stage:
    """A connected pair, and the reactor that moves it.

    Args:
        kind: One of KINDS.
        half_closeable: Both protocols are told of half-closes.
    """

    def __init__(self, library: Library, kind: str, half_closeable: bool) -> None:
        self.library = library
        self.reactor = library.reactor
        self.kind = kind
        self.ends = library.ends(half_closeable)
        self._cleanups: list[Callable[[], object]] = []
        self.reactor.callLater(0, getattr(self, f"_connect_{kind}"))
        for _ in range(MOST_PASSES):
            if all(end.happened for end in self.ends):
                break
            self.reactor.iterate(0)
        if kind == "tls":
            self._shake_hands()
        self.settle()
        for end in self.ends:
            end.take()
            if kind in ("tcp", "tls", "starttls"):
                end.transport.setTcpNoDelay(True)  # or Nagle's algorithm brings time back in
                bare = getattr(end.transport, "transport", end.transport)  # below TLS
                for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                    bare.getHandle().setsockopt(socket.SOL_SOCKET, option, KERNEL_BYTES)

    def play_turn(self, number: int, calls: list[Call]) -> list[Seen]:
        """Let an end make these calls; what happened to each end until nothing happens any more."""
        self.reactor.callLater(0, self._make_all, self.ends[number], calls)
        self.settle()
        return [end.take() for end in self.ends]

    def settle(self) -> None:
        quiet = 0
        for _ in range(MOST_PASSES):
            before = [end.happened for end in self.ends]
            self.reactor.iterate(0)
            quiet = quiet + 1 if before == [end.happened for end in self.ends] else 0
            if quiet == QUIET_PASSES:
                return
        raise AssertionError("it does not come to rest")

    def end(self) -> list[Seen]:
        """Abort what is still there; the last events."""
        self.reactor.callLater(0, self._abort_what_is_left)
        self.settle()
        for cleanup in self._cleanups:
            cleanup()
        self.settle()
        return [end.take() for end in self.ends]

    # ---- ours ------------------------------------------------------------------------

    def _abort_what_is_left(self) -> None:
        for end in self.ends:
            if not end.is_lost:
                end.transport.abortConnection()

    def _make_all(self, end: Any, calls: list[Call]) -> None:
        for what, argument in calls:
            try:
                self._make(end, what, argument)
            except (RuntimeError, AssertionError):  # Twisted's loopback asserts what others raise
                end.note(f"{what} refused")
            except Exception as failed:
                end.note(f"{what} raised {type(failed).__name__}")

    def _make(self, end: Any, what: str, argument: Any) -> None:
        if what in PLAIN_CALLS:
            getattr(end.transport, PLAIN_CALLS[what])()
        elif what == "start_tls":
            peer = self.ends[1 - end.number]
            peer.starts_tls_at = end.sent
            end.start_tls()
            if peer.received == end.sent:
                peer.start_tls()
        else:
            getattr(end, what)(argument)

    def _shake_hands(self) -> None:
        # A first byte each way, so that scripts begin where both know that the handshake is done.
        for end in self.ends:
            end.write(1)
        for _ in range(MOST_PASSES):
            if all(end.received for end in self.ends):
                return
            self.reactor.iterate(0)

    def _factories(self) -> tuple[Any, Any]:
        protocol = self.library.protocol
        client, server = protocol.ClientFactory(), protocol.Factory()
        client.noisy = server.noisy = False
        client.buildProtocol = lambda addr: self.ends[0]
        server.buildProtocol = lambda addr: self.ends[1]
        return client, server

    def _connect_memory(self) -> None:
        client, server = self.ends
        self.library.loopback.loopbackAsync(server, client)

    def _connect_tcp(self) -> None:
        client, server = self._factories()
        port = self.reactor.listenTCP(0, server, interface="127.0.0.1")
        self._cleanups.append(port.stopListening)
        self.reactor.connectTCP("127.0.0.1", port.getHost().port, client)

    _connect_starttls = _connect_tcp

    def _connect_tls(self) -> None:
        client, server = self._factories()
        port = self.reactor.listenSSL(0, server, self.library.context(True), interface="127.0.0.1")
        self._cleanups.append(port.stopListening)
        self.reactor.connectSSL("127.0.0.1", port.getHost().port, client, self.library.context(False))

    def _connect_unix(self) -> None:
        client, server = self._factories()
        folder = tempfile.TemporaryDirectory()
        path = os.path.join(folder.name, "s")
        port = self.reactor.listenUNIX(path, server)
        self._cleanups += [port.stopListening, folder.cleanup]
        self.reactor.connectUNIX(path, client)


def play(library: Library, kind: str, half_closeable: bool, script: Script) -> Trace:
    """The whole script; the trace has one more turn, the end."""
    stage = Stage(library, kind, half_closeable)
    return [*(stage.play_turn(number, calls) for number, calls in script), stage.end()]


def serve(library: Library) -> None:
    """One script a line in, one trace a line out, until the input ends."""
    for line in sys.stdin:
        kind, half_closeable, script = json.loads(line)
        try:
            answer: Any = play(library, kind, half_closeable, script)
        except Exception as failed:
            answer = f"{type(failed).__name__}: {failed}"
        print(json.dumps(answer), flush=True)
        gc.collect()


if __name__ == "__main__":
    root = sys.argv[1]
    serve(Library(root, importlib.import_module(f"{root}.internet.reactor")))
