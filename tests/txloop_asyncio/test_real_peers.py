"""Programs from the system as peers: children, a terminal, socat, curl; each has a twin without the tool."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from txloop.internet import error, protocol, reactor
from txloop.internet.defer import Deferred
from txloop.internet.utils import getProcessOutput, getProcessOutputAndValue, getProcessValue
from txloop.protocols.basic import LineReceiver

pytestmark = pytest.mark.asyncio

TIMEOUT = 30

# ---- children ------------------------------------------------------------------------------


class Collecting(protocol.ProcessProtocol):
    """Feeds a child and fires with its output, its errors and its end."""

    def __init__(self, given: bytes) -> None:
        self.given = given
        self.out: list[bytes] = []
        self.err: list[bytes] = []
        self.done: Deferred[Any] = Deferred()

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(self.given)
        self.transport.closeStdin()

    def outReceived(self, data: bytes) -> None:
        self.out.append(data)

    def errReceived(self, data: bytes) -> None:
        self.err.append(data)

    def processEnded(self, reason: Any) -> None:
        self.done.callback((b"".join(self.out), b"".join(self.err), reason.value))


async def converse(given: bytes, *command: str) -> Any:
    collecting = Collecting(given)
    reactor.spawnProcess(collecting, command[0], command, env=None)
    async with asyncio.timeout(TIMEOUT):
        return await collecting.done


# The twins: the same child in Python.
COPY = "import sys, shutil; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)"
SORT = "import sys; sys.stdout.writelines(sorted(sys.stdin))"


@pytest.mark.parametrize(
    "command",
    [pytest.param(("cat",), marks=pytest.mark.needs_tool("cat")), (sys.executable, "-c", COPY)],
    ids=["cat", "plain"],
)
async def test_megabytes_go_through_a_child_whole(command: tuple[str, ...]) -> None:
    content = os.urandom(4_000_000)
    out, err, reason = await converse(content, *command)
    assert (out == content, err, type(reason)) == (True, b"", error.ProcessDone)


@pytest.mark.parametrize(
    "command",
    [pytest.param(("sort",), marks=pytest.mark.needs_tool("sort")), (sys.executable, "-c", SORT)],
    ids=["sort", "plain"],
)
async def test_one_that_answers_only_at_the_end_of_its_input(command: tuple[str, ...]) -> None:
    lines = [b"%06d\n" % (n * 7919 % 100_003) for n in range(20_000)]
    out, err, _ = await converse(b"".join(lines), *command)
    assert (out.splitlines(keepends=True) == sorted(lines), err) == (True, b"")


async def test_utils_say_output_value_and_signal() -> None:
    assert await getProcessOutput("/bin/sh", ["-c", "echo out"], env=None) == b"out\n"
    assert await getProcessValue("/bin/sh", ["-c", "exit 3"]) == 3
    both = await getProcessOutputAndValue("/bin/sh", ["-c", "echo o; echo e >&2; exit 4"])
    assert both == (b"o\n", b"e\n", 4)
    with pytest.raises(OSError, match="got stderr") as told:
        await getProcessOutput("/bin/sh", ["-c", "echo e >&2"])
    with pytest.raises(error.ProcessDone):
        await told.value.processEnded  # type: ignore[attr-defined]


class Terminal(protocol.ProcessProtocol):
    """What a terminal shows; `until` waits for a text."""

    def __init__(self) -> None:
        self.shown = b""
        self.ended: Deferred[Any] = Deferred()

    def outReceived(self, data: bytes) -> None:
        self.shown += data

    def processEnded(self, reason: Any) -> None:
        self.ended.callback(reason.value)

    async def until(self, text: bytes) -> None:
        async with asyncio.timeout(TIMEOUT):
            while text not in self.shown:
                await asyncio.sleep(0.001)


async def test_an_interactive_shell_on_a_terminal_is_interrupted_by_its_key() -> None:
    terminal = Terminal()
    environment = {**os.environ, "PS1": "> ", "ENV": ""}
    child = reactor.spawnProcess(terminal, "/bin/sh", ["sh", "-i"], env=environment, usePTY=True)
    child.write(b"test -t 0 && echo t''erminal\n")
    await terminal.until(b"terminal\r\n")
    # It says so itself: by then it, not the shell, is in the terminal's foreground.
    child.write(b"sh -c 'echo slee\"\"ping; exec sleep 30'; echo n''ot reached\n")
    await terminal.until(b"sleeping\r\n")
    child.write(b"\x03")
    await terminal.until(b"^C")
    child.write(b"echo st''ill here\n")
    await terminal.until(b"still here\r\n")
    assert b"not reached" not in terminal.shown
    child.write(b"exit 5\n")
    async with asyncio.timeout(TIMEOUT):
        assert (await terminal.ended).exitCode == 5


# ---- socat -----------------------------------------------------------------------------------


class Shout(protocol.Protocol):
    """Answers in capitals."""

    def dataReceived(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data.upper())


class ShoutDatagrams(protocol.DatagramProtocol):
    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        assert self.transport is not None
        self.transport.write(datagram.upper(), addr)


@pytest.fixture
def path() -> Iterator[str]:
    """A short one, that nobody has."""
    with tempfile.TemporaryDirectory() as directory:
        yield f"{directory}/s"


def quiet(kind: type[protocol.Protocol]) -> Any:
    factory = protocol.Factory.forProtocol(kind)
    factory.noisy = False
    return factory


@asynccontextmanager
async def serving(port: Any) -> AsyncIterator[Any]:
    yield port
    await port.stopListening()


async def through_socat(address: str, given: bytes) -> bytes:
    run = await asyncio.create_subprocess_exec(
        *("socat", "-t", "0.1", "-", address), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert run.stdin is not None
    assert run.stdout is not None
    run.stdin.write(given)
    async with asyncio.timeout(TIMEOUT):
        answer = await run.stdout.readexactly(len(given))
        run.stdin.close()
        await run.wait()
    return answer


async def through_socket(made: socket.socket, address: Any, given: bytes) -> bytes:
    loop = asyncio.get_running_loop()
    with made:
        made.setblocking(False)
        async with asyncio.timeout(TIMEOUT):
            await loop.sock_connect(made, address)
            await loop.sock_sendall(made, given)
            return await loop.sock_recv(made, 1000)


@pytest.mark.needs_tool("socat")
async def test_socat_over_a_unix_socket(path: str) -> None:
    async with serving(reactor.listenUNIX(path, quiet(Shout))):
        assert await through_socat(f"UNIX-CONNECT:{path}", b"hello") == b"HELLO"


async def test_plain_over_a_unix_socket(path: str) -> None:
    async with serving(reactor.listenUNIX(path, quiet(Shout))):
        assert await through_socket(socket.socket(socket.AF_UNIX), path, b"hello") == b"HELLO"


@pytest.mark.needs_tool("socat")
async def test_socat_over_udp() -> None:
    async with serving(reactor.listenUDP(0, ShoutDatagrams(), interface="127.0.0.1")) as port:
        assert await through_socat(f"UDP:127.0.0.1:{port.getHost().port}", b"hello") == b"HELLO"


async def test_plain_over_udp() -> None:
    async with serving(reactor.listenUDP(0, ShoutDatagrams(), interface="127.0.0.1")) as port:
        made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        assert await through_socket(made, ("127.0.0.1", port.getHost().port), b"hello") == b"HELLO"


@pytest.mark.needs_tool("socat")
async def test_a_socat_server_is_connected_to(path: str) -> None:
    run = await asyncio.create_subprocess_exec("socat", f"UNIX-LISTEN:{path}", "EXEC:cat")
    async with asyncio.timeout(TIMEOUT):
        while not os.path.exists(path):
            await asyncio.sleep(0.001)
    await says_hello_to(path)
    async with asyncio.timeout(TIMEOUT):
        await run.wait()


async def test_a_plain_server_is_connected_to(path: str) -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(5))
        await reader.read()
        writer.close()

    async with await asyncio.start_unix_server(echo, path):
        await says_hello_to(path)


async def says_hello_to(path: str) -> None:
    answered: Deferred[bytes] = Deferred()
    lost: Deferred[Any] = Deferred()

    class Hello(protocol.Protocol):
        def connectionMade(self) -> None:
            assert self.transport is not None
            self.transport.write(b"hello")

        def dataReceived(self, data: bytes) -> None:
            answered.callback(data)
            assert self.transport is not None
            self.transport.loseConnection()

        def connectionLost(self, reason: Any = None) -> None:
            lost.callback(reason.type)

    class Patient(protocol.ClientFactory):
        """Its path is there a moment before socat listens."""

        noisy = False
        protocol = Hello

        def clientConnectionFailed(self, connector: Any, reason: Any) -> None:
            connector.connect()

    reactor.connectUNIX(path, Patient())
    async with asyncio.timeout(TIMEOUT):
        assert await answered == b"hello"
        assert await lost is error.ConnectionDone


# ---- curl -------------------------------------------------------------------------------------


class TinyHTTP(LineReceiver):
    """As much of HTTP as a GET and a POST need."""

    def connectionMade(self) -> None:
        self.head: list[bytes] = []

    def lineReceived(self, line: bytes) -> None:
        if line:
            self.head.append(line)
            return
        length = [line for line in self.head if line.lower().startswith(b"content-length:")]
        self.left = int(length[0].partition(b":")[2]) if length else 0
        self.body: list[bytes] = []
        if self.left:
            self.setRawMode()
        else:
            self.answer()

    def rawDataReceived(self, data: bytes) -> None:
        self.body.append(data)
        self.left -= len(data)
        if not self.left:
            self.answer()

    def answer(self) -> None:
        assert self.transport is not None
        said = self.head[0] + b" " + b"".join(self.body).upper()
        self.transport.write(
            b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(said)
        )
        self.transport.write(said)
        self.transport.loseConnection()


@pytest.mark.needs_tool("curl")
async def test_curl_over_a_unix_socket(path: str) -> None:
    async with serving(reactor.listenUNIX(path, quiet(TinyHTTP))):
        for more, said in (
            ([], b"GET /x HTTP/1.1 "),
            (["--data-binary", "b" * 100_000], b"POST /x HTTP/1.1 " + b"B" * 100_000),
        ):
            run = await asyncio.create_subprocess_exec(
                *("curl", "-sS", "--max-time", str(TIMEOUT), "-H", "Expect:", "--unix-socket", path),
                *("http://localhost/x", *more),
                stdout=subprocess.PIPE,
            )
            out, _ = await run.communicate()
            assert (run.returncode, out) == (0, said)


async def test_plain_http_over_a_unix_socket(path: str) -> None:
    async with serving(reactor.listenUNIX(path, quiet(TinyHTTP))):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"POST /x HTTP/1.1\r\nContent-Length: 100000\r\n\r\n" + b"b" * 100_000)
        async with asyncio.timeout(TIMEOUT):
            said = await reader.read()
        writer.close()
        await writer.wait_closed()
        assert said.endswith(b"\r\n\r\nPOST /x HTTP/1.1 " + b"B" * 100_000)


# ---- a name server, asked as `dig` asks one ----------------------------------------------------


def question(number: int, name: bytes) -> bytes:
    """A DNS query for the A record of *name*."""
    labels = b"".join(bytes([len(label)]) + label for label in name.split(b"."))
    return struct.pack("!6H", number, 0x0100, 1, 0, 0, 0) + labels + struct.pack("!BHH", 0, 1, 1)


class OneAddress(protocol.DatagramProtocol):
    """Answers every question with 192.0.2.7; what is no question is left alone."""

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:
        assert self.transport is not None
        if len(datagram) < 17:
            return
        (number,) = struct.unpack_from("!H", datagram)
        head = struct.pack("!6H", number, 0x8180, 1, 1, 0, 0)
        record = struct.pack("!HHHIH", 0xC00C, 1, 1, 60, 4) + socket.inet_aton("192.0.2.7")
        self.transport.write(head + datagram[12:] + record, addr)


async def test_questions_and_answers_over_udp_with_rubbish_between() -> None:
    async with serving(reactor.listenUDP(0, OneAddress(), interface="127.0.0.1")) as port:
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.setblocking(False)
            await loop.sock_connect(asking, ("127.0.0.1", port.getHost().port))
            for number in range(100):
                await loop.sock_sendall(asking, b"rubbish")
                await loop.sock_sendall(asking, question(number, b"host%d.example" % number))
                async with asyncio.timeout(TIMEOUT):
                    answer = await loop.sock_recv(asking, 512)
                assert struct.unpack_from("!H", answer) == (number,)
                assert socket.inet_ntoa(answer[-4:]) == "192.0.2.7"
