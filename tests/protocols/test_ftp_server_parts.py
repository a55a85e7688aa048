"""The parts of an FTP server, without a network.

Source of the claims: RFC 959 and 2428, and Twisted 26.10's twisted.protocols.ftp, by running it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.ftp_home import FILE, LONG_AGO_SECONDS, home_of_ann, serving  # noqa: F401 - a fixture
from txloop.cred.checkers import ANONYMOUS
from txloop.cred.error import UnauthorizedLogin
from txloop.internet import defer
from txloop.internet.task import Clock
from txloop.internet.testing import StringTransport
from txloop.protocols import ftp
from txloop.python.failure import Failure
from txloop.python.filepath import FilePath, InsecurePath


class Told(ftp.FTP):
    timeOut = 600


def in_memory(home: Path) -> tuple[Any, StringTransport, Clock]:
    protocol, transport, clock = Told(), StringTransport(), Clock()
    protocol.factory, protocol.callLater = serving(home), clock.callLater  # type: ignore[method-assign]
    protocol.portal = protocol.factory.portal
    protocol.makeConnection(transport)
    transport.clear()
    return protocol, transport, clock


def test_a_silent_client_is_closed(home: Path) -> None:
    protocol, transport, clock = in_memory(home)
    clock.advance(599)
    protocol.dataReceived(b"NOOP\r\n")
    clock.advance(599)
    assert not transport.disconnecting
    clock.advance(1)
    assert transport.disconnecting


@given(st.lists(st.binary(max_size=40) | st.sampled_from([b"USER ", b"PASS x\r\n", b"FEAT\r\n", b"\r\n"])))
def test_any_bytes_get_answers(tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes]) -> None:
    protocol, transport, _ = in_memory(tmp_path_factory.getbasetemp())
    for chunk in chunks:
        protocol.dataReceived(chunk)
    assert all(re.match(rb"\d{3}[ -]| ", line) for line in transport.value().split(b"\r\n")[:-1])


@given(st.lists(st.sampled_from(["..", ".", "", "a", "b"])), st.lists(st.sampled_from(["c", "d"])))
def test_no_path_ever_leads_out(names: list[str], here: list[str]) -> None:
    try:
        segments = ftp.toSegments(here, "/".join(names))
    except ftp.InvalidPath:
        assert names.count("..") > 0
    else:
        assert not {"..", ".", ""} & set(segments)


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("|1|1.2.3.4|5|", ("1", "1.2.3.4", 5)),
        ("|2|::1|6446|", ("2", "::1", 6446)),
        ("!1!h!5!", ("1", "h", 5)),
    ],
)
def test_an_extended_address(address: str, parts: Any) -> None:
    assert ftp.decodeExtendedAddress(address) == parts


def test_a_data_connection_is_waited_for_so_long() -> None:
    clock = Clock()
    failed: list[Any] = []
    factory = ftp.DTPFactory(None, reactor=clock)
    factory.deferred.addErrback(lambda failure: failed.append(failure.value))
    factory.setTimeout(10)
    clock.advance(10)
    assert isinstance(failed[0], ftp.PortConnectionError)
    assert factory.buildProtocol(None) is None


def test_only_one_data_connection_is_taken_and_if_wanted_only_the_peer_s() -> None:
    class Interpreter:
        dtpInstance = None

    class Address:
        def __init__(self, host: str) -> None:
            self.host = host

    factory = ftp.DTPFactory(Interpreter(), "10.0.0.1", reactor=Clock())
    factory.peerCheck = True
    assert factory.buildProtocol(Address("10.0.0.2")) is None
    assert factory.buildProtocol(Address("10.0.0.1")) is not None
    assert factory.buildProtocol(Address("10.0.0.1")) is None


@pytest.mark.parametrize(
    ("error", "args", "line"),
    [
        (ftp.FileNotFoundError, ("x",), "550 x: No such file or directory."),
        (ftp.AnonUserDeniedError, (), "550 Anonymous users are forbidden to change the filesystem"),
        (ftp.PASVIPv6NotImplementedError, (), "502 PASV available only for IPv4 (use EPSV instead)"),
        (ftp.BadCmdSequenceError, ("no",), "503 Incorrect sequence of commands: no"),
    ],
)
def test_an_error_is_an_answer(error: Any, args: Any, line: str) -> None:
    assert error(*args).response() == line


def result(deferred: defer.Deferred[Any]) -> Any:
    results: list[Any] = []
    deferred.addBoth(results.append)
    return results[0].value if isinstance(results[0], Failure) else results[0]


def test_files_are_read_and_written_once(home: Path) -> None:
    shell = ftp.FTPShell(FilePath(str(home / "ann")))
    writing = result(shell.openForWriting(["new"]))
    consumer = result(writing.receive())
    consumer.registerProducer(object(), True)
    with pytest.raises(AssertionError):
        consumer.registerProducer(object(), True)
    consumer.write(b"x")
    consumer.unregisterProducer()
    assert (home / "ann" / "new").read_bytes() == b"x"
    with pytest.raises(AssertionError, match="once"):
        writing.receive()
    reading = result(shell.openForReading(["file"]))
    transport = StringTransport()
    sent = reading.send(transport)
    while transport.producer is not None:
        transport.producer.resumeProducing()
    assert (transport.value(), result(sent)) == (FILE, b"\n")
    with pytest.raises(AssertionError, match="once"):
        reading.send(transport)


def test_the_shell_goes_where_its_folder_is_only(home: Path) -> None:
    shell = ftp.FTPShell(FilePath(str(home / "ann")))
    with pytest.raises(InsecurePath):
        shell.list([".."])
    assert isinstance(result(shell.openForReading(["sub"])), ftp.IsADirectoryError)
    assert isinstance(result(shell.removeDirectory([])), OSError)
    size, directory, modified = result(shell.stat(["file"], ("size", "directory", "modified")))
    assert (size, directory, modified) == (12, False, LONG_AGO_SECONDS)
    assert result(shell.list(["file"])) == [("file", [])]


def test_realms_know_the_users_folders(home: Path) -> None:
    realm = ftp.FTPRealm("/srv/public", "/srv/users")
    for who, folder in ((ANONYMOUS, "/srv/public"), ("ann", "/srv/users/ann")):
        interface, shell, logout = realm.requestAvatar(who, None, ftp.IFTPShell)
        assert (interface, shell.filesystemRoot.path, logout()) == (ftp.IFTPShell, folder, None)
    with pytest.raises(InsecurePath):
        realm.getHomeDirectory("../root")
    with pytest.raises(NotImplementedError, match="Only IFTPShell interface is supported by this realm"):
        realm.requestAvatar("ann", None, object)
    with pytest.raises(NotImplementedError, match="did not override getHomeDirectory"):
        ftp.BaseFTPRealm("/").getHomeDirectory("ann")
    assert ftp.SystemFTPRealm("/").getHomeDirectory("root").path == os.path.expanduser("~root")
    with pytest.raises(UnauthorizedLogin):
        ftp.SystemFTPRealm("/").getHomeDirectory("no such user")
