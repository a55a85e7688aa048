"""startTLS on real sockets: plain stays plain, TLS's is TLS's, whatever comes in one segment."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from tls_material import ENGINES, contexts, server_context
from tls_peer import Dial, Peer, giving
from transport_suite.parts import Producer, Recorder
from txloop.internet import error, interfaces, protocol, reactor
from txloop.protocols.basic import LineReceiver

pytestmark = pytest.mark.asyncio


class Upgradable(LineReceiver):
    """A server with STARTTLS, written as such servers are: lines, and one of them upgrades.

    Args:
        context: To upgrade with.
    """

    def __init__(self, context: Any) -> None:
        self._context = context
        self.lines: list[tuple[str, bytes]] = []
        self.is_secure = False
        self.lost = asyncio.Event()

    def lineReceived(self, line: bytes) -> None:
        self.lines.append(("secure" if self.is_secure else "plain", line))
        if line == b"STARTTLS":
            self.sendLine(b"go")
            self.transport.startTLS(self._context)
            self.is_secure = True
            # What RFC 2595 and 3207 want of a protocol: whatever came with the command is void.
            self.clearLineBuffer()
        else:
            self.sendLine(b"heard " + line)

    def connectionLost(self, reason: Any = None) -> None:
        self.reason = reason.value
        self.lost.set()


async def plain_port(served: Any) -> Any:
    return reactor.listenTCP(0, giving(served), interface="127.0.0.1")


async def read_line(peer: Peer) -> bytes:
    line = b""
    while not line.endswith(b"\r\n"):
        line += await asyncio.get_running_loop().sock_recv(peer.socket, 1)
    return line


async def test_start_tls_upgrades_a_server(server_side: Any, dial: Dial) -> None:
    served = Upgradable(server_side)
    port = await plain_port(served)
    peer = await dial(port.getHost().port)
    await peer.send(b"STARTTLS\r\n")
    assert await read_line(peer) == b"go\r\n"
    await peer.do(peer.tls.do_handshake)
    await peer.write(b"secret\r\n")
    assert await peer.read(14) == b"heard secret\r\n"
    assert served.lines == [("plain", b"STARTTLS"), ("secure", b"secret")]
    served.transport.abortConnection()
    await served.lost.wait()
    await port.stopListening()


async def test_commands_injected_behind_starttls_are_not_taken_for_encrypted_ones(
    server_side: Any, dial: Dial
) -> None:
    """CVE-2011-0411: what a man in the middle appends to the plain command must not count as secure.

    What was handed to dataReceived belongs to the protocol, which clears it; nothing
    plain that comes after the upgrade is delivered: it breaks the handshake.
    """
    served = Upgradable(server_side)
    port = await plain_port(served)
    peer = await dial(port.getHost().port)
    await peer.send(b"STARTTLS\r\nDELETE EVERYTHING\r\n")
    assert await read_line(peer) == b"go\r\n"
    await peer.do(peer.tls.do_handshake)
    await peer.write(b"harmless\r\n")
    assert await peer.read(16) == b"heard harmless\r\n"
    assert served.lines == [("plain", b"STARTTLS"), ("secure", b"harmless")]
    served.transport.abortConnection()
    await served.lost.wait()
    await port.stopListening()


async def test_plaintext_after_the_upgrade_breaks_the_handshake(server_side: Any, dial: Dial) -> None:
    served = Upgradable(server_side)
    port = await plain_port(served)
    peer = await dial(port.getHost().port)
    await peer.send(b"STARTTLS\r\n")
    assert await read_line(peer) == b"go\r\n"
    await peer.send(b"DELETE EVERYTHING\r\n")
    await served.lost.wait()
    assert served.lines == [("plain", b"STARTTLS")]
    assert type(served.reason).__name__ in ("SSLError", "Error")
    await port.stopListening()


class Framed(Recorder):
    """A protocol of four-byte commands, which knows what of a chunk is TLS's.

    It does as the protocols with a known boundary do: what lies behind the command in the same
    chunk is not its own, and goes to the transport's TLS by ``dataReceived`` of it.
    """

    def __init__(self, context: Any) -> None:
        super().__init__()
        self._context = context
        self._command = b""

    def dataReceived(self, data: bytes) -> None:
        if self._context is None:
            super().dataReceived(data)
            return
        self._command += data[:4]
        context, self._context = self._context, None
        self.transport.startTLS(context)
        if data[4:]:
            self.transport.protocol.dataReceived(data[4:])


async def test_a_client_hello_in_one_segment_with_the_command_is_not_lost(
    server_side: Any, dial: Dial
) -> None:
    """A protocol that knows the boundary hands the rest of the chunk to TLS: transport.protocol."""
    served = Framed(server_side)
    port = await plain_port(served)
    peer = await dial(port.getHost().port)
    await peer.do(peer.tls.do_handshake, before=b"TLS!")
    await peer.write(b"secret")
    await served.until(lambda: served.data == b"secret")
    served.transport.abortConnection()
    await served.lost()
    await port.stopListening()


async def test_a_client_hello_that_came_while_paused_before_the_upgrade_belongs_to_tls(
    server_side: Any, dial: Dial
) -> None:
    served = Recorder()
    port = await plain_port(served)
    peer = await dial(port.getHost().port)
    await peer.send(b"command")
    await served.until(lambda: served.data == b"command")
    served.transport.pauseProducing()
    await peer.say_hello()
    served.transport.startTLS(server_side)
    served.transport.resumeProducing()
    await peer.do(peer.tls.do_handshake)
    await peer.write(b" secret")
    await served.until(lambda: served.data == b"command secret")
    served.transport.abortConnection()
    await served.lost()
    await port.stopListening()


@pytest.mark.parametrize("engine", ENGINES)
async def test_start_tls_sends_what_was_written_before_as_plaintext_and_in_order(engine: str) -> None:
    for_server, for_client = contexts(engine)

    class Server(LineReceiver):
        def lineReceived(self, line: bytes) -> None:
            self.sendLine(b"go")
            self.transport.startTLS(for_server)
            assert interfaces.ISSLTransport.providedBy(self.transport)
            self.sendLine(b"welcome")

    class Client(LineReceiver):
        def __init__(self) -> None:
            self.lines: list[bytes] = []
            self.done = asyncio.Event()

        def connectionMade(self) -> None:
            self.sendLine(b"STARTTLS")

        def lineReceived(self, line: bytes) -> None:
            self.lines.append(line)
            if line == b"go":
                self.transport.startTLS(for_client)
            else:
                self.transport.loseConnection()

        def connectionLost(self, reason: Any = None) -> None:
            self.reason = reason.value
            self.done.set()

    client = Client()
    factory: Any = protocol.ClientFactory()
    factory.noisy = False
    factory.buildProtocol = lambda addr: client
    served: Any = protocol.Factory.forProtocol(Server)
    served.noisy = False
    port = reactor.listenTCP(0, served, interface="127.0.0.1")
    connector = reactor.connectTCP("127.0.0.1", port.getHost().port, factory)
    transport = connector.transport
    async with asyncio.timeout(10):
        await client.done.wait()
    assert client.lines == [b"go", b"welcome"]
    assert type(client.reason) is error.ConnectionDone
    assert client.transport is transport
    await port.stopListening()


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_client_upgrades_and_the_server_speaks_at_once(engine: str) -> None:
    """The client's side: plaintext written before its startTLS leaves before its ClientHello, in one segment
    with it, as the loop likes; the server's answer, and its handshake, are each who they belong to."""

    class Client(Recorder):
        def connectionMade(self) -> None:
            super().connectionMade()
            self.transport.write(b"TLS!")
            self.transport.startTLS(contexts(engine)[1])
            self.transport.write(b"secret")

    client = Client()
    listening = socket.socket()
    listening.setblocking(False)
    listening.bind(("127.0.0.1", 0))
    listening.listen()
    factory: Any = protocol.ClientFactory()
    factory.noisy = False
    factory.buildProtocol = lambda addr: client
    reactor.connectTCP("127.0.0.1", listening.getsockname()[1], factory)
    accepted, _ = await asyncio.get_running_loop().sock_accept(listening)
    accepted.setblocking(False)
    peer = Peer(accepted, server_context())
    first = await peer.receive()
    assert first.startswith(b"TLS!")
    peer._incoming.write(first[4:])
    await peer.do(peer.tls.do_handshake)
    assert await peer.read(6) == b"secret"
    await peer.write(b"welcome")
    await client.until(lambda: client.data == b"welcome")
    client.transport.abortConnection()
    await client.lost()
    accepted.close()
    listening.close()


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_secured_connection_keeps_its_sockets_options_and_its_names(engine: str) -> None:
    """getHandle() is the TLS library's then; setTcpNoDelay(), fileno(), socket are the socket's all the same.

    Source: Twisted 26.10, by running it.
    """

    class Side(Recorder):
        def __init__(self, context: Any) -> None:
            super().__init__()
            self._context = context

        def connectionMade(self) -> None:
            super().connectionMade()
            self.transport.startTLS(self._context)
            self.transport.write(b"x")

    sides = [Side(context) for context in contexts(engine)]
    port = await plain_port(sides[0])
    factory: Any = protocol.ClientFactory()
    factory.noisy = False
    factory.buildProtocol = lambda addr: sides[1]
    reactor.connectTCP("127.0.0.1", port.getHost().port, factory)
    for side in sides:
        await side.until(lambda side=side: side.data)
        transport = side.transport
        assert transport.getHandle() is transport._tls.getHandle()
        for enabled in (False, True):
            transport.setTcpNoDelay(enabled)
            transport.setTcpKeepAlive(enabled)
            assert (transport.getTcpNoDelay(), transport.getTcpKeepAlive()) == (enabled, enabled)
        assert transport.socket.getsockname()[1] == transport.getHost().port
        assert transport.socket.fileno() == transport.fileno() > 0
    assert sides[0].transport.logPrefix() == "Side,0,127.0.0.1"
    assert sides[1].transport.logPrefix() == "Side,client"
    assert repr(sides[0].transport) == f"<Side #0 on {port.getHost().port}>"
    for side in sides:
        side.transport.abortConnection()
        await side.lost()
        assert side.transport.fileno() == -1
    await port.stopListening()


async def test_what_is_written_behind_start_tls_is_no_plaintext_though_the_connection_is_closing() -> None:
    """loseConnection(), startTLS(), write(): what the program takes for encrypted must not be seen.

    The connection ends before the handshake does: ConnectionLost, as of any TLS that is cut.

    Source: Twisted 26.10, by running it.
    """

    class Server(Recorder):
        def connectionMade(self) -> None:
            super().connectionMade()
            self.transport.write(b"last plain ")
            self.transport.loseConnection()
            self.transport.startTLS(server_context())
            self.transport.write(b"secret")

    served = Server()
    port = await plain_port(served)
    reader, writer = await asyncio.open_connection("127.0.0.1", port.getHost().port)
    assert await reader.read() == b"last plain "
    writer.close()
    await writer.wait_closed()
    assert type(await served.lost()) is error.ConnectionLost
    assert interfaces.ISSLTransport.providedBy(served.transport)
    await port.stopListening()


# ---- producers ------------------------------------------------------------------------------


async def test_a_producer_registered_before_the_upgrade_goes_on_through_tls(
    server_side: Any, dial: Dial
) -> None:
    """It is paused while the handshake lasts, resumed after it; every byte it writes then is encrypted."""
    left = [b"%07d " % number * 1000 for number in range(60)]  # 480 KB

    class Served(Recorder):
        def connectionMade(self) -> None:
            super().connectionMade()
            self.producer = Producer(self.more)
            self.transport.registerProducer(self.producer, True)

        def more(self) -> None:
            while left and self.producer.told[-1] == "resume":
                self.transport.write(left.pop(0))
            if not left:
                self.transport.unregisterProducer()

        def dataReceived(self, data: bytes) -> None:
            super().dataReceived(data)
            self.transport.startTLS(server_side)
            self.transport.write(b"begin ")

    wanted = b"begin " + b"".join(left)
    served = Served()
    port = await plain_port(served)
    peer = await dial(port.getHost().port)
    await peer.send(b"STARTTLS")
    await served.until(lambda: served.data)
    await peer.do(peer.tls.do_handshake)
    assert await peer.read(len(wanted)) == wanted
    assert served.producer.told.count("pause") >= 2  # by the handshake, and by the wire
    served.transport.abortConnection()
    await served.lost()
    await port.stopListening()
