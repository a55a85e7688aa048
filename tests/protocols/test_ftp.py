"""A client of FTP.  Source of the claims: Twisted 26.10's twisted.protocols.ftp, by running it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from txloop.internet import address, error, reactor
from txloop.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from txloop.internet.protocol import Protocol
from txloop.internet.testing import StringTransportWithDisconnection
from txloop.protocols import ftp
from txloop.python.failure import Failure


class Wire:
    """A client, logged in if *greets*, over a transport in memory."""

    def __init__(self, greets: bool = True) -> None:
        self.client = ftp.FTPClient()
        self.transport: Any = StringTransportWithDisconnection(
            peerAddress=address.IPv4Address("TCP", "192.0.2.1", 21)
        )
        self.transport.protocol = self.client
        self.client.makeConnection(self.transport)
        if greets:
            self.hear("220-hi\r\n220 there", "331 password", "230 in", "200 binary")
            self.transport.clear()

    def hear(self, *answers: str) -> None:
        for answer in answers:
            self.client.dataReceived(answer.encode() + b"\r\n")

    def said(self) -> list[str]:
        lines = self.transport.value().decode().splitlines()
        self.transport.clear()
        return list(lines)


def outcome(deferred: Any) -> list[Any]:
    """The list gets its result, or its error."""
    results: list[Any] = []
    deferred.addBoth(lambda r: results.append(r.value if isinstance(r, Failure) else r))
    return results


@pytest.fixture
def wire() -> Wire:
    return Wire()


def test_it_logs_in_first() -> None:
    wire = Wire(greets=False)
    assert wire.said() == []
    wire.hear("220-hi", "220 there", "331 password", "230 in", "200 binary")
    assert wire.client.greeting == ["220-hi", "220 there"]
    assert wire.said() == ["USER anonymous", "PASS twisted@twistedmatrix.com", "TYPE I"]


def test_a_password_that_is_not_asked_for_is_not_sent() -> None:
    wire = Wire(greets=False)
    wire.hear("220 hi", "230 in")
    assert wire.said() == ["USER anonymous", "TYPE I"]


def test_a_login_that_is_refused_closes_the_connection_and_fails_all_that_waits() -> None:
    wire = Wire(greets=False)
    waiting = outcome(wire.client.pwd())
    wire.hear("220 hi", "530 no")
    assert [type(each) for each in waiting] == [ftp.ConnectionLost]
    assert not wire.transport.connected


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda c: c.cwd("a\nb"), "CWD a\0b"),
        (lambda c: c.cdup(), "CDUP"),
        (lambda c: c.makeDirectory("d"), "MKD d"),
        (lambda c: c.removeFile("f"), "DELE f"),
        (lambda c: c.removeDirectory("d"), "RMD d"),
        (lambda c: c.pwd(), "PWD"),
        (lambda c: c.quit(), "QUIT"),
    ],
)
def test_a_command_gives_its_answer_or_fails_with_it(
    wire: Wire, call: Callable[[Any], Any], line: str
) -> None:
    good, bad = outcome(call(wire.client)), outcome(call(wire.client))
    wire.hear("250-a", "250 b", "550 no")
    assert wire.said() == [line, line]
    assert good == [["250-a", "250 b"]]
    assert [(type(each), each.args) for each in bad] == [(ftp.CommandFailed, (["550 no"],))]


def test_where_we_are_stands_between_quotes(wire: Wire) -> None:
    there, nowhere = outcome(wire.client.getDirectory()), outcome(wire.client.getDirectory())
    wire.hear('257 "/a b" is current', "257 somewhere")
    assert there == ["/a b"]
    assert [type(each) for each in nowhere] == [ftp.CommandFailed]


def test_a_file_that_is_not_there_is_not_renamed(wire: Wire) -> None:
    renamed, failed = outcome(wire.client.rename("a", "b")), outcome(wire.client.rename("x", "y"))
    wire.hear("350 to?", "250 done", "550 none")
    assert wire.said() == ["RNFR a", "RNTO b", "RNFR x"]
    assert renamed == [(["350 to?"], ["250 done"])]
    assert [each.args for each in failed] == [(["550 none"],)]


@pytest.mark.parametrize("answer", ["999 what", "200 nobody asked"])
def test_answers_that_make_no_sense(wire: Wire, answer: str) -> None:
    if answer.startswith("9"):
        failed = outcome(wire.client.pwd())
        wire.hear(answer)
        assert [type(each) for each in failed] == [ftp.BadResponse]
    else:
        wire.hear(answer)
        assert not wire.transport.connected


def test_an_answer_without_an_end_is_not_kept(wire: Wire) -> None:
    """(Twisted keeps it.)"""
    failed = outcome(wire.client.pwd())
    for _ in range(1100):
        wire.hear("211-" + "x" * 1000)
    assert [type(each) for each in failed] == [ftp.ConnectionLost]
    assert not wire.transport.connected
    assert sum(map(len, wire.client.response)) < 1024 * 1024


def test_a_lost_connection_fails_all_that_waits(wire: Wire) -> None:
    failed = outcome(wire.client.pwd()) + outcome(wire.client.cdup())
    results = [outcome(wire.client.pwd()), outcome(wire.client.retrieveFile("f", Protocol()))]
    wire.transport.loseConnection()
    assert failed == []
    assert [type(result[0]) for result in results] == [ftp.ConnectionLost] * 2


@given(
    st.lists(
        st.sampled_from([b"220 a\r\n", b"227 x (1,2,3\r\n", b"550 no\r\n", b"1"]) | st.binary(max_size=20)
    )
)
def test_any_answer_leaves_the_client_whole(pieces: list[bytes]) -> None:
    wire = Wire()
    results = [outcome(wire.client.retrieveFile("f", Protocol())), outcome(wire.client.pwd())]
    for piece in pieces:
        wire.client.dataReceived(piece)
    wire.client.connectionLost(Failure(error.ConnectionDone()))
    assert all(len(result) == 1 for result in results)


# ---- texts --------------------------------------------------------------------------------------


@given(st.tuples(*[st.integers(0, 255)] * 4), st.integers(0, 65535))
def test_an_address_comes_back_as_it_was(numbers: tuple[int, ...], port: int) -> None:
    host = ".".join(map(str, numbers))
    assert ftp.decodeHostPort(f"Entering ({ftp.encodeHostPort(host, port)})") == (host, port)


@pytest.mark.parametrize("text", ["", "a", "1,2,3", "1,2,3,4,5,256", "1,2,3,4,5,6,7"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"Out of range|invalid literal|values to unpack"):
        ftp.decodeHostPort(text)


def test_listings() -> None:
    listing = ftp.FTPFileListProtocol()
    unknown: list[str] = []
    listing.unknownLine = unknown.append  # type: ignore[method-assign]
    for line in (
        b"total 5",
        b"drwxr-xr-x   2 root     other        531 Jan  9  2003 A\r",
        b"lrwxrwxrwx 1 me you 7 Jan 1 12:30 a\\ b -> c d",
        b"-" * 10_000 + b" 1",
    ):
        listing.lineReceived(line)
    assert [(each["filetype"], each["filename"], each["linktarget"]) for each in listing.files] == [
        ("d", "A", None),
        ("l", "a b", "c d"),
    ]
    assert (listing.files[0]["size"], listing.files[0]["date"]) == (531, "Jan  9  2003")
    assert len(unknown) == 2


# ---- transfers, over real connections ------------------------------------------------------------


class Server:
    """Enough of a server: one file, ``notes``, and a place to store."""

    def __init__(self) -> None:
        self.stored = b""
        self.commands: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 hi\r\n")
        offset = 0
        while line := (await reader.readline()).decode().strip():
            self.commands.append(line)
            word, _, rest = line.partition(" ")
            if word == "PASV":
                data = await self._listen()
                port = data.sockets[0].getsockname()[1]
                writer.write(f"227 here ({ftp.encodeHostPort('10.9.8.7', port)})\r\n".encode())
            elif word == "PORT":
                self._connected = asyncio.ensure_future(asyncio.open_connection(*ftp.decodeHostPort(rest)))
                writer.write(b"200 ok\r\n")
            elif word == "REST":
                offset = int(rest)
                writer.write(b"350 ok\r\n")
            elif word == "RETR" and rest == "notes":
                await self._transfer(writer, NOTES[offset:])
            elif word == "STOR":
                await self._transfer(writer, None)
            elif word == "RETR":
                _, unused = await self._connected
                unused.close()
                writer.write(b"550 no\r\n")
            elif word == "QUIT":
                writer.write(b"221 bye\r\n")
            else:
                writer.write(b"230 fine\r\n")
        writer.close()
        await writer.wait_closed()

    async def _listen(self) -> asyncio.Server:
        connected = self._connected = asyncio.get_running_loop().create_future()
        data = await asyncio.start_server(
            lambda reader, writer: (data.close(), connected.set_result((reader, writer)))[0], "127.0.0.1", 0
        )
        return data

    async def _transfer(self, control: asyncio.StreamWriter, data: bytes | None) -> None:
        control.write(b"150 here it comes\r\n")
        reader, writer = await self._connected
        if data is None:
            self.stored = await reader.read()
        else:
            writer.write(data)
        writer.close()
        await writer.wait_closed()
        control.write(b"226 done\r\n")


NOTES = bytes(range(256)) * 1000


class Gathering(Protocol):
    def __init__(self) -> None:
        self.data = b""

    def dataReceived(self, data: bytes) -> None:
        self.data += data


@pytest_asyncio.fixture
async def served() -> AsyncIterator[tuple[Server, int]]:
    server = Server()
    tasks: set[Any] = set()

    def accepted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tasks.add(asyncio.ensure_future(server.serve(reader, writer)))

    listening = await asyncio.start_server(accepted, "127.0.0.1", 0)
    yield server, listening.sockets[0].getsockname()[1]
    listening.close()
    await asyncio.wait_for(asyncio.gather(*tasks), 5)


@pytest.mark.asyncio
@pytest.mark.parametrize("passive", [True, False])
async def test_files_are_transferred(served: tuple[Server, int], passive: bool) -> None:
    """The server says another host for its data than its own: it is not believed."""
    server, port = served
    client: Any = await connectProtocol(
        TCP4ClientEndpoint(reactor, "127.0.0.1", port), ftp.FTPClient(passive=passive)
    )
    whole, rest = Gathering(), Gathering()
    await client.retrieveFile("notes", whole)
    assert whole.data == NOTES
    await client.retrieveFile("notes", rest, offset=1000)
    assert rest.data == NOTES[1000:]
    with pytest.raises(ftp.CommandFailed):
        await client.retrieveFile("other", Gathering())
    connected, done = client.storeFile("new")
    consumer = await connected
    consumer.write(b"hello")
    consumer.finish()
    await done
    assert server.stored == b"hello"
    assert await client.quit() == ["221 bye"]
    client.transport.loseConnection()
    kinds = {re.split(r"\W", command)[0] for command in server.commands}
    assert ("PASV" in kinds, "PORT" in kinds) == (passive, not passive)
