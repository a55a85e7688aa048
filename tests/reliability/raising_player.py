"""User code that raises, in each callback there is, one by one; on txloop or on real Twisted.

    python raising_player.py twisted      one line of JSON: {place: what was seen}

Beside the one that raises, a witness is always connected to the same factory and nothing may happen to it: at
the end it is still answered, and a newcomer is too.  The peers are plain sockets.
What was seen of the one that raises: what was logged, what its protocol was told, and
what its peer sees: "open", "closed" or "reset".
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from reliability.stream_player import Library

PASSES = 3_000
QUIET_SECONDS = 0.02


class Users(ZeroDivisionError):
    """What the user's code raises."""


class Scene:
    """A reactor stepped by hand, its log, and helpers."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.reactor = library.reactor
        self.logged: list[str] = []
        self.told: list[str] = []
        self.log = importlib.import_module(f"{library.root}.python.log")

    def observe(self, event: dict[str, Any]) -> None:
        if event.get("isError"):
            failure = event.get("failure")
            self.logged.append("text" if failure is None else failure.type.__name__)

    def until(self, condition: Callable[[], object]) -> bool:
        """Step until *condition* holds; False if it does not come to that."""
        for _ in range(PASSES):
            if condition():
                return True
            self.reactor.iterate(0.001)
        return False

    def rest(self) -> None:
        """Let everything happen that is on its way."""
        self.reactor.iterate(QUIET_SECONDS)
        for _ in range(10):
            self.reactor.iterate(0)

    def raises(self, place: str, wanted: str, value: Any = None) -> Any:
        """Told of *place*; raise if that is the one."""
        self.told.append(place)
        if place == wanted:
            raise Users(place)
        return value


def peer_sees(client: socket.socket) -> str:
    """How the connection looks from the other side."""
    try:
        while True:
            if not client.recv(65536):
                return "closed"
    except BlockingIOError:
        return "open"
    except ConnectionError:
        return "reset"


# ---- servers: TCP, TLS, UNIX ---------------------------------------------------------------

SERVER_PLACES = (
    "buildProtocol",
    "logPrefix",
    "makeConnection",
    "connectionMade",
    "dataReceived",
    "readConnectionLost",
    "writeConnectionLost",
    "connectionLost",
    "push pauseProducing",
    "push resumeProducing",
    "pull resumeProducing",
    "stopProducing",
)


def server_protocol(scene: Scene, place: str) -> Any:
    """A protocol that echoes, and raises at *place* once it has been made the victim's."""
    library = scene.library
    interfaces = library.interfaces

    class Echo(library.protocol.Protocol):  # type: ignore[name-defined, misc]
        def dataReceived(self, data: bytes) -> None:
            self.transport.write(data)

    class Victim(Echo):
        def makeConnection(self, transport: Any) -> None:
            scene.raises("makeConnection", place)
            super().makeConnection(transport)

        def connectionMade(self) -> None:
            scene.raises("connectionMade", place)

        def dataReceived(self, data: bytes) -> None:
            scene.raises("dataReceived", place)
            super().dataReceived(data)
            if "Producing" in place:
                self.produce()
            elif place == "writeConnectionLost":
                self.transport.loseWriteConnection()

        def produce(self) -> None:
            producer = Producer()
            self.transport.registerProducer(producer, not place.startswith("pull"))
            if place.startswith("push"):
                self.transport.write(b"x" * 70_000)

        def connectionLost(self, reason: Any) -> None:
            scene.told.append(f"reason {reason.type.__name__}")
            scene.raises("connectionLost", place)

    @library.implementer(interfaces.ILoggingContext)
    class Named(Victim):
        def logPrefix(self) -> Any:
            return scene.raises("logPrefix", place, "Named")

    @library.implementer(interfaces.IHalfCloseableProtocol)
    class HalfCloseable(Victim):
        def readConnectionLost(self) -> None:
            scene.raises("readConnectionLost", place)

        def writeConnectionLost(self) -> None:
            scene.raises("writeConnectionLost", place)

    class Producer:
        def pauseProducing(self) -> None:
            scene.raises("push pauseProducing", place)

        def resumeProducing(self) -> None:
            kind = "pull" if place.startswith("pull") else "push"
            scene.raises(f"{kind} resumeProducing", place)

        def stopProducing(self) -> None:
            scene.raises("stopProducing", place)

    victims = {
        "logPrefix": Named,
        "readConnectionLost": HalfCloseable,
        "writeConnectionLost": HalfCloseable,
    }
    return Echo, victims.get(place, Victim)


def server_scene(scene: Scene, kind: str, place: str) -> dict[str, Any]:
    """One victim and one witness on a port."""
    Echo, Victim = server_protocol(scene, place)  # noqa: N806  # classes
    factory = scene.library.protocol.Factory()
    factory.noisy = False
    made: list[Any] = []
    expected = [Echo]

    def build(addr: Any) -> Any:
        kind = expected[0]
        if kind is Victim:
            scene.raises("buildProtocol", place)
        protocol = kind()
        protocol.factory = factory
        made.append(protocol)
        return protocol

    factory.buildProtocol = build
    with tempfile.TemporaryDirectory() as folder:
        if kind == "unix":
            where: Any = os.path.join(folder, "s")
            port = scene.reactor.listenUNIX(where, factory)
        else:
            port = scene.reactor.listenTCP(0, factory, interface="127.0.0.1")
            where = ("127.0.0.1", port.getHost().port)
        sockets = contextlib.ExitStack()

        def connect() -> socket.socket:
            client = socket.socket(socket.AF_UNIX if kind == "unix" else socket.AF_INET)
            sockets.enter_context(client)
            client.connect(where)
            client.setblocking(False)
            return client

        def is_served(client: socket.socket) -> bool:
            client.send(b"hello")
            answer = b""

            def answered() -> bool:
                nonlocal answer
                with contextlib.suppress(BlockingIOError):
                    answer += client.recv(100)
                return answer == b"hello"

            return scene.until(answered)

        with sockets:
            witness = connect()
            before = is_served(witness)
            expected[0] = Victim
            scene.reactor.iterate(0)
            client = connect()
            scene.rest()
            with contextlib.suppress(OSError):
                client.send(b"x")
            scene.rest()
            if place in ("readConnectionLost", "connectionLost", "stopProducing"):
                client.shutdown(socket.SHUT_WR)
                scene.rest()
            seen = {"peer": peer_sees(client), "told": list(scene.told), "logged": list(scene.logged)}
            client.close()
            scene.rest()
            expected[0] = Echo
            seen["others"] = before and is_served(witness) and is_served(connect())
        scene.rest()
        port.stopListening()
        scene.rest()
    return seen


# ---- clients ---------------------------------------------------------------------------------

CLIENT_PLACES = (
    "startedConnecting",
    "buildProtocol",
    "connectionMade",
    "dataReceived",
    "connectionLost",
    "clientConnectionFailed",
    "clientConnectionLost",
)


def client_scene(scene: Scene, place: str) -> dict[str, Any]:
    """A client that raises, and one that does not, connect to a plain socket."""
    library = scene.library

    class Client(library.protocol.Protocol):  # type: ignore[name-defined, misc]
        def connectionMade(self) -> None:
            scene.raises("connectionMade", place)

        def dataReceived(self, data: bytes) -> None:
            scene.raises("dataReceived", place)

        def connectionLost(self, reason: Any) -> None:
            scene.told.append(f"reason {reason.type.__name__}")
            scene.raises("connectionLost", place)

    class Connects(library.protocol.ClientFactory):  # type: ignore[name-defined, misc]
        noisy = False

        def startedConnecting(self, connector: Any) -> None:
            scene.raises("startedConnecting", place)

        def buildProtocol(self, addr: Any) -> Any:
            return scene.raises("buildProtocol", place, Client())

        def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
            scene.told.append(f"failed {reason.type.__name__}")
            scene.raises("clientConnectionFailed", place)

        def clientConnectionLost(self, connector: Any, reason: Any) -> None:
            scene.told.append(f"lost {reason.type.__name__}")
            scene.raises("clientConnectionLost", place)

    witness = library.protocol.Protocol()
    got: list[bytes] = []
    witness.dataReceived = got.append
    healthy = library.protocol.ClientFactory()
    healthy.noisy = False
    healthy.buildProtocol = lambda addr: witness
    with contextlib.ExitStack() as sockets:
        listening = sockets.enter_context(socket.create_server(("127.0.0.1", 0)))
        where = listening.getsockname()
        scene.reactor.connectTCP(*where, healthy)
        scene.rest()
        listening.settimeout(0.5)
        other, _ = listening.accept()
        sockets.enter_context(other)
        scene.until(lambda: witness.connected)
        refused = ""
        if place == "clientConnectionFailed":
            with socket.create_server(("127.0.0.1", 0)) as closing:
                nowhere = closing.getsockname()
            scene.reactor.connectTCP(*nowhere, Connects())
            scene.rest()
            peer = ""
        else:
            try:
                scene.reactor.connectTCP(*where, Connects())
            except Users:
                refused = "raised to the caller"
            scene.rest()
            try:
                client, _ = listening.accept()
            except TimeoutError:
                peer = "nobody came"
            else:
                sockets.enter_context(client)
                with contextlib.suppress(OSError):
                    client.send(b"x")
                scene.rest()
                if "Lost" in place:
                    client.shutdown(socket.SHUT_WR)
                    scene.rest()
                client.setblocking(False)
                peer = peer_sees(client)
        seen = {"peer": peer, "call": refused, "told": list(scene.told), "logged": list(scene.logged)}
        other.send(b"hello")
        seen["others"] = scene.until(lambda: got)
    scene.rest()
    return seen


# ---- datagrams, children, calls ------------------------------------------------------------------

UDP_PLACES = ("startProtocol", "datagramReceived", "connectionRefused", "stopProtocol")


def udp_scene(scene: Scene, place: str) -> dict[str, Any]:
    """A datagram port goes on after its protocol has raised."""

    class Datagrams(scene.library.protocol.DatagramProtocol):  # type: ignore[name-defined, misc]
        got = 0

        def startProtocol(self) -> None:
            scene.raises("startProtocol", place)

        def datagramReceived(self, data: bytes, addr: Any) -> None:
            self.got += 1
            if self.got == 1:
                scene.raises("datagramReceived", place)

        def connectionRefused(self) -> None:
            scene.raises("connectionRefused", place)

        def stopProtocol(self) -> None:
            scene.raises("stopProtocol", place)

    protocol = Datagrams()
    call = ""
    try:
        port = scene.reactor.listenUDP(0, protocol, interface="127.0.0.1")
    except Users:
        return {"call": "raised to the caller", "others": True, "told": scene.told, "logged": scene.logged}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        if place == "connectionRefused":
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
                gone.bind(("127.0.0.1", 0))
                nowhere = gone.getsockname()
            port.connect(*nowhere)
            port.write(b"x")
            scene.rest()
            others: object = port.connected
        else:
            for _ in range(3):
                peer.sendto(b"x", ("127.0.0.1", port.getHost().port))
            others = scene.until(lambda: protocol.got == 3)
    scene.rest()
    stopped = port.stopListening()
    failed: list[str] = []
    if stopped is not None:
        stopped.addErrback(lambda failure: failed.append(failure.type.__name__))
    scene.rest()
    told = sorted(set(scene.told))
    return {"call": call, "others": bool(others), "told": told, "logged": scene.logged, "stopped": failed}


PROCESS_PLACES = ("connectionMade", "outReceived", "outConnectionLost", "processExited", "processEnded")


def process_scene(scene: Scene, place: str) -> dict[str, Any]:
    """A child whose protocol raises, and one whose does not."""

    class Child(scene.library.protocol.ProcessProtocol):  # type: ignore[name-defined, misc]
        def connectionMade(self) -> None:
            scene.raises("connectionMade", place)

        def outReceived(self, data: bytes) -> None:
            scene.raises("outReceived", place)

        def outConnectionLost(self) -> None:
            scene.raises("outConnectionLost", place)

        def processExited(self, reason: Any) -> None:
            scene.raises("processExited", place)

        def processEnded(self, reason: Any) -> None:
            scene.raises("processEnded", place)

    ended: list[Any] = []
    witness = scene.library.protocol.ProcessProtocol()
    witness.processEnded = ended.append
    scene.reactor.spawnProcess(witness, "/bin/cat", ["cat"], env=None)
    call = ""
    try:
        scene.reactor.spawnProcess(Child(), "/bin/sh", ["sh", "-c", "echo hello"], env=None)
    except Users:
        call = "raised to the caller"
    scene.until(lambda: "processEnded" in scene.told)
    scene.rest()
    witness.transport.closeStdin()
    others = scene.until(lambda: ended)
    told = sorted(set(scene.told))
    return {"call": call, "others": others, "told": told, "logged": scene.logged}


CALL_PLACES = ("callLater", "callFromThread", "doRead", "doWrite", "observer", "resolver")


def call_scene(scene: Scene, place: str) -> dict[str, Any]:
    """What the reactor calls for the program: the call after the one that raised is made."""
    reactor = scene.reactor
    done: list[int] = []
    if place == "callLater":
        reactor.callLater(0, scene.raises, place, place)
        reactor.callLater(0, done.append, 1)
    elif place == "callFromThread":
        reactor.callFromThread(scene.raises, place, place)
        reactor.callFromThread(done.append, 1)
    elif place == "observer":

        def bad_observer(event: Any) -> None:
            scene.raises(place, place)

        scene.log.addObserver(bad_observer)
        scene.log.msg("a message")
        scene.log.removeObserver(bad_observer)
        done.append(1)
        scene.told[:] = scene.told[:1]
    elif place == "resolver":
        _resolve_with_one_that_raises(scene, done)
    else:
        _watch_a_descriptor_that_raises(scene, place, done)
    others = scene.until(lambda: done)
    scene.rest()
    return {"others": others, "told": scene.told, "logged": scene.logged}


def _resolve_with_one_that_raises(scene: Scene, done: list[int]) -> None:
    interfaces = scene.library.interfaces

    @scene.library.implementer(interfaces.IResolverSimple)
    class Raises:
        def getHostByName(self, name: str, timeout: Any = ()) -> Any:
            return scene.raises("resolver", "resolver")

    factory = scene.library.protocol.ClientFactory()
    factory.noisy = False

    def failed(connector: Any, reason: Any) -> None:
        scene.told.append(f"failed {reason.type.__name__}")
        done.append(1)

    factory.clientConnectionFailed = failed
    before = scene.reactor.installResolver(Raises())
    scene.reactor.connectTCP("a.name.invalid", 1, factory)
    scene.rest()
    scene.reactor.installResolver(before)
    done.append(1)


def _watch_a_descriptor_that_raises(scene: Scene, place: str, done: list[int]) -> None:
    interfaces = scene.library.interfaces
    one, other = socket.socketpair()
    other.send(b"x")

    @scene.library.implementer(interfaces.IReadDescriptor, interfaces.IWriteDescriptor)
    class Descriptor:
        def fileno(self) -> int:
            return one.fileno()

        def logPrefix(self) -> str:
            return "Descriptor"

        def doRead(self) -> None:
            scene.raises("doRead", place)

        def doWrite(self) -> None:
            scene.raises("doWrite", place)

        def connectionLost(self, reason: Any) -> None:
            scene.told.append(f"reason {reason.type.__name__}")
            scene.reactor.removeReader(self)
            scene.reactor.removeWriter(self)
            one.close()
            other.close()
            done.append(1)

    watched = Descriptor()
    (scene.reactor.addReader if place == "doRead" else scene.reactor.addWriter)(watched)


SCENES: dict[str, tuple[tuple[str, ...], Callable[[Scene, str], dict[str, Any]]]] = {
    "tcp server": (SERVER_PLACES, lambda scene, place: server_scene(scene, "tcp", place)),
    "unix server": (SERVER_PLACES, lambda scene, place: server_scene(scene, "unix", place)),
    "tcp client": (CLIENT_PLACES, client_scene),
    "udp": (UDP_PLACES, udp_scene),
    "process": (PROCESS_PLACES, process_scene),
    "reactor": (CALL_PLACES, call_scene),
}
PLACES = [f"{name}: {place}" for name, (places, _) in SCENES.items() for place in places]


def play(library: Library, name: str) -> dict[str, Any]:
    """The scene of one of PLACES."""
    kind, _, place = name.partition(": ")
    scene = Scene(library)
    scene.log.addObserver(scene.observe)
    try:
        return SCENES[kind][1](scene, place)
    finally:
        scene.log.removeObserver(scene.observe)


def all_places(library: Library) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in PLACES:
        yield name, play(library, name)


if __name__ == "__main__":
    root = sys.argv[1]
    reactor = importlib.import_module(f"{root}.internet.reactor")
    if root == "twisted":
        reactor.startRunning()  # which watches SIGCHLD: else no child is ever reaped
    print(json.dumps(dict(all_places(Library(root, reactor)))))
