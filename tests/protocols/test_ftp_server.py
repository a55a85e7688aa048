"""An FTP server, over real connections.

Source of the claims: RFC 959, 2428 and 3659, and Twisted 26.10's twisted.protocols.ftp, by running it.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import struct
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from protocols.ftp_home import FILE, home_of_ann, serving  # noqa: F401 - a fixture
from txloop.internet import reactor
from txloop.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from txloop.internet.protocol import Protocol
from txloop.protocols import ftp

PATIENCE_SECONDS = 10


class Session:
    """A client: sends lines, and gets the lines of the answers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.data: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def answer(self) -> str:
        lines = ""
        while True:
            line = await asyncio.wait_for(self.reader.readline(), PATIENCE_SECONDS)
            lines += line.decode()
            if not line or re.match(rb"\d{3} ", line):
                return lines.replace("\r\n", "\n").rstrip("\n")

    async def say(self, line: str) -> str:
        self.writer.write(line.encode() + b"\r\n")
        return await self.answer()

    async def log_in(self, name: str = "ann", password: str = "pw") -> str:
        await self.say(f"USER {name}")
        return await self.say(f"PASS {password}")

    async def passive(self, command: str = "PASV") -> str:
        answer = await self.say(command)
        numbers = [int(each) for each in re.findall(r"\d+", answer)]
        port = numbers[-2] * 256 + numbers[-1] if command == "PASV" else numbers[-1]
        host = "::1" if command == "EPSV 2" else "127.0.0.1"
        self.data = await asyncio.open_connection(host, port)
        return answer

    async def download(self, command: str) -> tuple[bytes, str]:
        begin = await self.say(command)
        assert self.data is not None
        assert begin.startswith("125"), begin
        got = await asyncio.wait_for(self.data[0].read(), PATIENCE_SECONDS)
        await self.hang_up()
        return got, await self.answer()

    async def upload(self, command: str, *pieces: bytes) -> str:
        assert (await self.say(command)).startswith("125")
        assert self.data is not None
        for piece in pieces:
            self.data[1].write(piece)
            await self.data[1].drain()
        await self.hang_up()
        return await self.answer()

    async def hang_up(self) -> None:
        assert self.data is not None
        self.data[1].close()
        await self.data[1].wait_closed()
        self.data = None


Connect = Callable[[], Any]


@pytest_asyncio.fixture
async def factory(home: Path) -> ftp.FTPFactory:
    return serving(home)


@pytest_asyncio.fixture
async def connect(factory: ftp.FTPFactory) -> AsyncIterator[Connect]:
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    async with contextlib.AsyncExitStack() as sessions:

        async def open_session() -> Session:
            session = Session(*await asyncio.open_connection("127.0.0.1", port.getHost().port))
            sessions.push_async_callback(session.writer.wait_closed)
            sessions.callback(session.writer.close)
            await session.answer()
            return session

        yield open_session
    await port.stopListening()


@pytest_asyncio.fixture
async def session(connect: Connect) -> Session:
    made: Session = await connect()
    await made.log_in()
    return made


async def transcript(session: Session, *lines: str) -> list[str]:
    return [await session.say(line) for line in lines]


pytestmark = pytest.mark.filterwarnings("error")

LOGGED_OUT = "530 Please login with USER and PASS."


@pytest.mark.asyncio
async def test_nothing_but_the_public_commands_before_login(connect: Connect) -> None:
    session = await connect()
    assert await transcript(session, "PWD", "", "NONSENSE", "PASS x", "USER", "FEAT") == [
        LOGGED_OUT,
        LOGGED_OUT,
        LOGGED_OUT,
        "503 Incorrect sequence of commands: USER required before PASS",
        "500 Syntax error: USER requires an argument.",
        "211-Features:\n FEAT\n MDTM\n PASV\n SIZE\n TYPE A;I\n211 End",
    ]


@pytest.mark.asyncio
async def test_who_does_not_show_it_stays_outside(connect: Connect) -> None:
    session = await connect()
    assert await transcript(session, "USER ann", "NOOP", "PASS no", "PWD", "USER ann", "PASS pw", "pwd") == [
        "331 Password required for ann.",
        "503 Incorrect sequence of commands: PASS required after USER",
        "530 Sorry, Authentication failed.",
        LOGGED_OUT,
        "331 Password required for ann.",
        "230 User logged in, proceed",
        '257 "/"',
    ]


@pytest.mark.asyncio
async def test_who_does_not_say_his_name_changes_nothing(connect: Connect) -> None:
    session = await connect()
    assert await transcript(session, "USER anonymous", "PASS a@b") == [
        "331 Guest login ok, type your email address as password.",
        "230 Anonymous login ok, access restrictions apply.",
    ]
    denied = "550 Anonymous users are forbidden to change the filesystem"
    lines = ["MKD x", "RMD x", "DELE notes", "RNFR notes", "RNTO x", "SIZE notes"]
    assert await transcript(session, *lines) == [
        *([denied] * 3),
        "350 Requested file action pending further information.",
        denied,
        "213 6",
    ]
    await session.passive()
    assert await session.say("STOR notes") == "550 notes: Permission denied."
    await session.hang_up()


@pytest.mark.asyncio
async def test_folders_and_names(session: Session, home: Path) -> None:
    ok = "250 Requested File Action Completed OK"
    lines = [
        "CWD sub",
        "PWD",
        "CDUP",
        "CDUP",
        "CWD nope",
        "CWD file",
        "MKD new",
        "MKD new",
        "RMD new",
        "RMD file",
    ]
    assert await transcript(session, *lines) == [
        ok,
        '257 "/sub"',
        ok,
        "550 ..: No such file or directory.",
        "550 ['nope']: No such file or directory.",
        "550 Cannot rmd, ['file'] is not a directory",
        '257 "new" created',
        "550 ['new']: File exists",
        ok,
        "550 Cannot rmd, ['file'] is not a directory",
    ]
    lines = [
        "RNTO x",
        "RNFR file",
        "PWD",
        "RNTO sub/moved",
        "SIZE sub/moved",
        "MDTM sub/moved",
        "DELE sub",
        "DELE sub/moved",
    ]
    assert await transcript(session, *lines) == [
        "503 Incorrect sequence of commands: RNFR required before RNTO",
        "350 Requested file action pending further information.",
        "503 Incorrect sequence of commands: RNTO required after RNFR",
        ok,
        "213 12",
        "213 20010909014640",
        "550 ['sub']: is a directory",
        ok,
    ]
    assert list((home / "ann" / "sub").iterdir()) == []


@pytest.mark.asyncio
@pytest.mark.parametrize("path", ["..", "../public/notes", "sub/../../public", "/..", "a\0b"])
async def test_no_path_leads_out(session: Session, path: str) -> None:
    refused = f"550 {path}: No such file or directory."
    await session.passive()
    for command in ("CWD", "RETR", "STOR", "DELE", "MKD", "RMD", "SIZE", "MDTM", "LIST", "NLST"):
        assert await session.say(f"{command} {path}") == refused, command
    await session.hang_up()


@pytest.mark.asyncio
async def test_modes_and_what_is_not_there(session: Session) -> None:
    lines = [
        "SYST",
        "NOOP",
        "NOOP x",
        "STRU F",
        "STRU R",
        "MODE S",
        "MODE B",
        "TYPE A N",
        "TYPE I",
        "TYPE I 8",
        "TYPE E",
    ]
    assert await transcript(session, *lines, "TYPE", "OPTS UTF8 ON", "SITE x") == [
        "215 UNIX Type: L8",
        "200 Command OK",
        "501 syntax error in argument(s) x.",
        "200 Command OK",
        "504 Not implemented for parameter 'R'.",
        "200 Command OK",
        "504 Not implemented for parameter 'B'.",
        "200 Type set to A N.",
        "200 Type set to I.",
        "501 syntax error in argument(s)  8.",
        "504 Not implemented for parameter 'E'.",
        "500 Syntax error: TYPE requires an argument.",
        "502 Option 'UTF8 ON' not implemented.",
        "502 Command 'SITE' not implemented",
    ]


@pytest.mark.asyncio
@pytest.mark.parametrize("command", ["PASV", "EPSV", "EPSV 1", "EPSV 2"])
async def test_a_file_is_sent_and_received(session: Session, home: Path, command: str) -> None:
    await session.passive(command)
    assert await session.download("RETR file") == (FILE, "226 Transfer Complete.")
    await session.passive(command)
    piece = bytes(range(256)) * 512
    assert await session.upload("STOR new", *[piece] * 10) == "226 Transfer Complete."
    assert (home / "ann" / "new").read_bytes() == piece * 10


@pytest.mark.asyncio
async def test_text_has_the_line_ends_of_the_wire(session: Session, home: Path) -> None:
    """(Twisted fails to send text, and to receive it.)"""
    await session.say("TYPE A")
    await session.passive()
    assert await session.download("RETR file") == (b"hello\r\nworld\r\n", "226 Transfer Complete.")
    await session.passive()
    await session.upload("STOR text", b"a\r\nb\r", b"\nc\rd\r\n\r")
    assert (home / "ann" / "text").read_bytes() == b"a\nb\nc\rd\n\r"


LISTED = rb"-rw-r--r--   1 \S+ +\S+ +12 Sep 09  2001 file\r\n"
LISTED_FOLDER = rb"drwxr-xr-x   2 \S+ +\S+ +\d+ Sep 09  2001 sub\r\n"


@pytest.mark.asyncio
async def test_listings(session: Session, home: Path) -> None:
    (home / "ann" / "file").chmod(0o644)
    (home / "ann" / "sub").chmod(0o755)
    for command, expected in [
        ("LIST", LISTED + LISTED_FOLDER),
        ("LIST -la", LISTED + LISTED_FOLDER),
        ("LIST file", LISTED),
        ("LIST sub", b""),
        ("NLST", b"file\r\nsub\r\n"),
        ("NLST f*", b"file\r\n"),
        ("NLST file", b"file\r\n"),
    ]:
        await session.passive()
        listed, end = await session.download(command)
        assert re.fullmatch(expected, listed), command
        assert end == "226 Transfer Complete."
    await session.passive()
    assert await session.say("LIST nope") == "550 ['nope']: No such file or directory."
    assert await session.say("NLST nope") == "226 Transfer Complete."
    await session.hang_up()


@pytest.mark.asyncio
async def test_what_was_changed_lately_is_listed_with_its_time_and_a_strange_name_as_it_is(
    session: Session, home: Path
) -> None:
    name = "\u20ac.txt"
    (home / "ann" / "sub" / name).write_bytes(b"")
    (home / "ann" / "sub" / "dangling").symlink_to("nowhere")
    await session.passive()
    listed, _ = await session.download("LIST sub")
    assert re.search(rb" \w{3} \d\d \d\d:\d\d \xe2\x82\xac.txt\r\n$", listed)


@pytest.mark.asyncio
async def test_a_transfer_needs_a_data_connection(session: Session) -> None:
    needed = "503 Incorrect sequence of commands: PORT, PASV, EPRT, or EPSV required before"
    listing = "503 Incorrect sequence of commands: must send PORT or PASV before RETR"
    lines = ["RETR file", "STOR x", "LIST", "NLST"]
    assert await transcript(session, *lines) == [f"{needed} RETR", f"{needed} STOR", listing, listing]
    await session.passive()
    assert (await session.download("RETR file"))[0] == FILE
    assert await session.say("RETR file") == f"{needed} RETR"  # each serves one transfer
    await session.passive()
    assert await session.say("RETR nope") == "550 nope: No such file or directory."
    await session.hang_up()


@pytest.mark.asyncio
@pytest.mark.parametrize("command", ["PORT 127,0,0,1,{high},{low}", "EPRT |1|127.0.0.1|{port}|"])
async def test_the_server_connects_to_where_the_client_waits(session: Session, command: str) -> None:
    accepted = asyncio.get_running_loop().create_future()
    waiting = await asyncio.start_server(lambda *streams: accepted.set_result(streams), "127.0.0.1", 0)
    port = waiting.sockets[0].getsockname()[1]
    line = command.format(port=port, high=port >> 8, low=port & 255)
    assert await session.say(line) == "200 PORT OK"
    session.data = await accepted
    assert await session.download("RETR file") == (FILE, "226 Transfer Complete.")
    waiting.close()
    assert await session.say(line) == "425 Can't open data connection."


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("PORT 1,2,3", "501 syntax error in argument(s) 1,2,3."),
        ("PORT 127,0,0,1,256,1", "501 syntax error in argument(s) 127,0,0,1,256,1."),
        ("PORT x", "501 syntax error in argument(s) x."),
        ("PORT", "500 Syntax error: PORT requires an argument."),
        ("EPRT x", "501 syntax error in argument(s) x."),
        ("EPRT |1|h|x|", "501 syntax error in argument(s) |1|h|x|."),
        ("EPRT |1|h|5|x", "501 syntax error in argument(s) |1|h|5|x."),
        ("EPRT |3|h|5|", "522 Network protocol not supported, use (1,2)"),
        ("EPSV 3", "522 Network protocol not supported, use (1,2)"),
        ("EPSV x", "501 syntax error in argument(s) x."),
    ],
)
async def test_what_is_no_address(session: Session, line: str, answer: str) -> None:
    assert await session.say(line) == answer


@pytest.mark.asyncio
async def test_after_epsv_all_nothing_else_will_do(session: Session) -> None:
    lines = ["EPSV ALL", "PASV", "PORT 1,2,3,4,5,6", "EPRT |1|1.2.3.4|5|"]
    assert await transcript(session, *lines) == [
        "200 EPSV ALL OK",
        *(
            f"503 Incorrect sequence of commands: may not send {cmd} after EPSV ALL"
            for cmd in ("PASV", "PORT", "EPRT")
        ),
    ]
    await session.passive("EPSV")
    assert (await session.download("RETR file"))[0] == FILE


@pytest.mark.asyncio
async def test_commands_wait_for_the_one_before(session: Session) -> None:
    await session.passive()
    session.writer.write(b"RETR file\r\nPWD\r\nNOOP\r\n")
    answers = [await session.answer() for _ in range(4)]
    assert [answer[:3] for answer in answers] == ["125", "226", "257", "200"]
    await session.hang_up()


@pytest.mark.asyncio
async def test_an_upload_that_is_cut_is_not_complete(session: Session, flush_logged_errors: Any) -> None:
    """(Twisted calls it complete.)"""
    await session.passive()
    await session.say("STOR cut")
    assert session.data is not None
    session.data[1].write(b"half")
    # Closing it resets the connection.
    raw = session.data[1].get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    session.data[1].transport.abort()
    assert await session.answer() == "426 Transfer aborted.  Data connection closed."
    session.data = None
    assert flush_logged_errors()


@pytest.mark.asyncio
async def test_too_many_users_are_told_so(connect: Connect, factory: ftp.FTPFactory, home: Path) -> None:
    factory.connectionLimit = 1
    first = await connect()
    port = first.writer.get_extra_info("peername")[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await reader.read() == b"421 Too many users right now, try again in a few minutes.\r\n"
    writer.close()
    await writer.wait_closed()


@pytest.mark.asyncio
async def test_goodbye(session: Session) -> None:
    assert await session.say("QUIT") == "221 Goodbye."
    assert await session.reader.read() == b""


@pytest.mark.asyncio
async def test_our_client_understands_our_server(connect: Connect, home: Path) -> None:
    class Gathering(Protocol):
        got = b""

        def dataReceived(self, data: bytes) -> None:
            self.got += data

    port = (await connect()).writer.get_extra_info("peername")[1]
    client: Any = await connectProtocol(
        TCP4ClientEndpoint(reactor, "127.0.0.1", port), ftp.FTPClient("ann", "pw")
    )
    await client.makeDirectory("made")
    consumer, done = client.storeFile("made/file")
    (await consumer).write(b"stored")
    (await consumer).finish()
    await done
    got, listing = Gathering(), ftp.FTPFileListProtocol()
    await client.retrieveFile("made/file", got)
    await client.list("made", listing)
    assert (got.got, [each["size"] for each in listing.files]) == (b"stored", [6])
    await client.quit()
    client.transport.loseConnection()


@pytest.mark.asyncio
@pytest.mark.needs_tool("curl")
@pytest.mark.parametrize("options", [(), ("--disable-epsv",), ("-P", "-"), ("-P", "-", "--disable-eprt")])
async def test_curl_understands_our_server(connect: Connect, options: tuple[str, ...]) -> None:
    port = (await connect()).writer.get_extra_info("peername")[1]
    url = f"ftp://ann:pw@127.0.0.1:{port}/file"
    curl = await asyncio.create_subprocess_exec("curl", "-s", *options, url, stdout=asyncio.subprocess.PIPE)
    got, _ = await asyncio.wait_for(curl.communicate(), 20)
    assert got == FILE
