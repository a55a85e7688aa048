"""An FTP server's control connection: commands in, answers out, one after the other.

    UNAUTH    USER …                         nobody yet
    INAUTH    PASS …                         who is it?
    AUTHED    all commands                   what they do is the shell's business
    RENAMING  RNTO …                         after RNFR

A command is a method, ``ftp_SIZE(path)``; it returns an answer ``(code, parts of its text…)``,
or a Deferred of it, or raises an `FTPCmdError`.  No further command is read until then.

Not here: the shell (shell.py), data connections (dtp.py), texts (replies.py).
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from typing import Any

from txloop.cred import credentials
from txloop.cred.error import UnauthorizedLogin, UnhandledCredentials
from txloop.internet import error, interfaces
from txloop.internet.abstract import isIPv6Address
from txloop.internet.defer import Deferred, maybeDeferred, succeed
from txloop.protocols import policies
from txloop.protocols._ftp import replies as replies
from txloop.protocols._ftp.dtp import DTP, ASCIIConsumerWrapper, DTPFactory, _FromASCII, _listen, _Sending
from txloop.protocols._ftp.errors import PortConnectionError
from txloop.protocols._ftp.paths import InvalidPath, _isGlobbingExpression, toSegments
from txloop.protocols._ftp.shell import IFTPShell
from txloop.protocols._ftp.texts import decodeExtendedAddress, decodeHostPort, encodeHostPort
from txloop.protocols.basic import LineReceiver
from txloop.python import log
from txloop.python.failure import Failure

__all__ = ["FTP"]

_AFNUM_IP = 1
_AFNUM_IP6 = 2

_ALL_KEYS = ("size", "directory", "permissions", "hardlinks", "modified", "owner", "group")
# What ls would be told; a folder is listed in full anyway.
_LIST_OPTIONS = {"-a", "-l", "-la", "-al"}

# A code, and what its text wants to know.
Answer = tuple[Any, ...]
_CANNOT_OPEN: Answer = (replies.CANT_OPEN_DATA_CNX,)
_DONE: Answer = (replies.REQ_FILE_ACTN_COMPLETED_OK,)
_SENT: Answer = (replies.TXFR_COMPLETE_OK,)
_ABORTED: Answer = (replies.CNX_CLOSED_TXFR_ABORTED,)


class FTP(LineReceiver, policies.TimeoutMixin):
    """A control connection.

    Attributes:
        state: What is expected.
        shell: What the user can do, an IFTPShell; None before he is in.
        workingDirectory: Where he is, a list of names.
        binary: Are files sent as they are?  Else lines end as this machine's, or the wire's.
        dtpFactory, dtpPort, dtpInstance: The data connection: what waits for it, by which port or
            connector, and it.
        dtpTimeout: How long it is waited for, seconds.
        passivePortRange: The ports for passive connections.
        listenFactory: Listens as IReactorTCP.listenTCP does.
    """

    UNAUTH, INAUTH, AUTHED, RENAMING = range(4)

    transport: Any
    factory: Any
    disconnected: bool = False
    state: int = UNAUTH
    portal: Any = None
    shell: Any = None
    logout: Callable[[], Any] | None = None
    dtpFactory: Any = None
    dtpPort: Any = None
    dtpInstance: Any = None
    dtpTimeout: float = 10
    timeOut: float | None = None
    binary: Any = True
    passivePortRange: Iterable[int] = range(1)
    listenFactory: Any = staticmethod(_listen)
    PUBLIC_COMMANDS = ["FEAT", "QUIT"]  # noqa: RUF012 - a list in Twisted, too
    FEATURES = ["FEAT", "MDTM", "PASV", "SIZE", "TYPE A;I"]  # noqa: RUF012
    _encoding = "latin-1"
    _epsvAll = False
    _supportedNetworkProtocols = (_AFNUM_IP, _AFNUM_IP6)
    _from_name: str | None = None

    # ---- lines -----------------------------------------------------------------------------------

    def reply(self, key: str, *args: Any) -> None:
        """Answer."""
        self.sendLine(replies.RESPONSE[key] % args)

    def sendLine(self, line: str | bytes) -> None:
        """Send *line*, text or bytes."""
        super().sendLine(line if isinstance(line, bytes) else self._encode(line))

    def _encode(self, text: str) -> bytes:
        try:
            return text.encode(self._encoding)
        except UnicodeEncodeError:  # a file's name may have any character
            return text.encode("utf-8", "surrogateescape")

    def connectionMade(self) -> None:
        self.state = self.UNAUTH
        self.setTimeout(self.timeOut)
        self.reply(replies.WELCOME_MSG, self.factory.welcomeMessage)

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # Twisted's has no default
        """The user has gone: so does what he had."""
        self.cleanupDTP()
        self.setTimeout(None)
        self._log_out()
        self.transport = None

    def _log_out(self) -> None:
        logout, self.logout, self.shell = self.logout, None, None
        if logout is not None:
            logout()

    def timeoutConnection(self) -> None:
        """Nothing was asked for too long."""
        self.transport.loseConnection()

    def lineReceived(self, line: bytes) -> None:
        """A command."""
        self.resetTimeout()
        self.pauseProducing()
        name, space, argument = line.decode(self._encoding).partition(" ")
        answered: Deferred[Any] = maybeDeferred(self.processCommand, name, *([argument] if space else []))
        answered.addCallback(self._answer).addErrback(self._command_failed)
        answered.addErrback(lambda failure: log.err(failure))
        answered.addCallback(self._go_on)

    def _answer(self, answer: Answer | None) -> None:
        if isinstance(answer, tuple):
            self.reply(*answer)
        elif answer is not None:
            self.reply(answer)

    def _command_failed(self, failure: Failure) -> None:
        wrong: Any = failure.value
        if isinstance(wrong, replies.FTPCmdError):
            self.sendLine(wrong.response())
            return
        log.msg("Unexpected FTP error")
        log.err(failure)
        self.sendLine(replies.RESPONSE[replies.REQ_ACTN_NOT_TAKEN] % ("internal server error",))

    def _go_on(self, _: Any) -> None:
        if not self.disconnected and self.transport is not None:
            self.resumeProducing()

    def processCommand(self, cmd: str, *params: str) -> Any:
        """Do what *cmd* says: its answer, or a Deferred of it.

        Raises:
            replies.FTPCmdError: It cannot be done, or not now.
        """
        cmd = cmd.upper()
        if cmd in self.PUBLIC_COMMANDS:
            return self._call(cmd, params)
        if self.state == self.UNAUTH:
            if cmd == "USER":
                return self._call(cmd, params)
            if cmd == "PASS":
                return replies.BAD_CMD_SEQ, "USER required before PASS"
            return (replies.NOT_LOGGED_IN,)
        if self.state == self.INAUTH and cmd != "PASS":
            return replies.BAD_CMD_SEQ, "PASS required after USER"
        if self.state == self.RENAMING and cmd != "RNTO":
            return replies.BAD_CMD_SEQ, "RNTO required after RNFR"
        return self._call(cmd, params)

    def _call(self, cmd: str, params: tuple[str, ...]) -> Any:
        method = getattr(self, f"ftp_{cmd}", None)
        if method is None:
            raise replies.CmdNotImplementedError(cmd)
        try:
            inspect.signature(method).bind(*params)
        except TypeError:
            if params:
                raise replies.CmdArgSyntaxError(params[0]) from None
            raise replies.CmdSyntaxError(f"{cmd} requires an argument.") from None
        return method(*params)

    # ---- who it is -------------------------------------------------------------------------------

    def ftp_USER(self, username: str) -> Answer:
        """Who he says he is."""
        if not username:
            raise replies.CmdSyntaxError("USER requires an argument")
        self._user = username
        self.state = self.INAUTH
        if self.factory.allowAnonymous and username == self.factory.userAnonymous:
            return (replies.GUEST_NAME_OK_NEED_EMAIL,)
        return replies.USR_NAME_OK_NEED_PASS, username

    def ftp_PASS(self, password: str) -> Any:
        """How he shows it."""
        if self.state != self.INAUTH:
            raise replies.BadCmdSequenceError("USER required before PASS")
        said: Any
        if self.factory.allowAnonymous and self._user == self.factory.userAnonymous:
            said, answer = credentials.Anonymous(), replies.GUEST_LOGGED_IN_PROCEED
        else:
            make: Any = credentials.UsernamePassword  # of text here, in Twisted too
            said, answer = make(self._user, password), replies.USR_LOGGED_IN_PROCEED
        self._user = ""
        login: Deferred[Any] = self.portal.login(said, None, IFTPShell)
        return login.addCallbacks(self._logged_in, self._not_logged_in, callbackArgs=(answer,))

    def _logged_in(self, avatar: tuple[Any, Any, Any], answer: str) -> Answer:
        interface, shell, logout = avatar
        if interface is not IFTPShell:
            raise AssertionError(f"the realm gave a {interface!r} instead of an IFTPShell")
        self._log_out()
        self.shell, self.logout = shell, logout
        self.workingDirectory: list[str] = []
        self.state = self.AUTHED
        return (answer,)

    def _not_logged_in(self, failure: Failure) -> None:
        failure.trap(UnauthorizedLogin, UnhandledCredentials)
        self.state = self.UNAUTH
        raise replies.AuthorizationError

    # ---- data connections ------------------------------------------------------------------------

    def cleanupDTP(self) -> None:
        """There is no data connection any more, and none is waited for."""
        port, self.dtpPort = self.dtpPort, None
        factory, self.dtpFactory = self.dtpFactory, None
        instance, self.dtpInstance = self.dtpInstance, None
        if interfaces.IListeningPort.providedBy(port):
            port.stopListening()
        elif interfaces.IConnector.providedBy(port):
            port.disconnect()
        if factory is not None:
            factory.stopFactory()
        if isinstance(instance, DTP) and instance.isConnected:
            instance.transport.loseConnection()

    def getDTPPort(self, factory: Any, interface: str = "") -> Any:
        """Listen for a passive connection, on the first port of *passivePortRange* that is free.

        Raises:
            CannotListenError: None is.
        """
        for number in self.passivePortRange:
            try:
                return self.listenFactory(number, factory, interface=interface)
            except error.CannotListenError:
                continue
        raise error.CannotListenError("", None, f"No port available in range {self.passivePortRange}")

    def _refuse_after_epsv_all(self, cmd: str) -> None:
        if self._epsvAll:
            raise replies.BadCmdSequenceError(f"may not send {cmd} after EPSV ALL")

    def _new_data_connection(self) -> DTPFactory:
        self.cleanupDTP()
        self.dtpFactory = DTPFactory(pi=self, peerHost=self.transport.getPeer().host)
        self.dtpFactory.setTimeout(self.dtpTimeout)
        made: DTPFactory = self.dtpFactory
        return made

    def _wait_for_data_connection(self, factory: DTPFactory, answer: Answer | None) -> Deferred[Any]:
        def failed(failure: Failure) -> Answer:
            failure.trap(PortConnectionError)
            self.cleanupDTP()
            return _CANNOT_OPEN

        return factory.deferred.addCallbacks(lambda _: answer, failed)

    def ftp_PASV(self) -> Any:
        """Wait for the user's data connection, and tell where."""
        self._refuse_after_epsv_all("PASV")
        # A port of version 6 tells a client of version 4 like this.
        host = self.transport.getHost().host.removeprefix("::ffff:")
        if isIPv6Address(host):
            raise replies.PASVIPv6NotImplementedError
        factory = self._new_data_connection()
        self.dtpPort = self.getDTPPort(factory)
        self.reply(replies.ENTERING_PASV_MODE, encodeHostPort(host, self.dtpPort.getHost().port))
        return self._wait_for_data_connection(factory, None)

    def ftp_EPSV(self, protocol: str = "") -> Any:
        """Wait for the user's data connection, and tell where: the port alone."""
        if protocol == "ALL":
            self._epsvAll = True
            return (replies.EPSV_ALL_OK,)
        if protocol:
            self._validateNetworkProtocol(protocol)
        # Without a protocol either will do: a port of version 6 takes both.
        version_6 = not protocol or int(protocol) == _AFNUM_IP6
        factory = self._new_data_connection()
        self.dtpPort = self.getDTPPort(factory, interface="::" if version_6 else "")
        self.reply(replies.ENTERING_EPSV_MODE, self.dtpPort.getHost().port)
        return self._wait_for_data_connection(factory, None)

    def ftp_PORT(self, address: str) -> Any:
        """Connect to where the user waits."""
        self._refuse_after_epsv_all("PORT")
        try:
            host, port = decodeHostPort(address)
        except ValueError:
            raise replies.CmdArgSyntaxError(address) from None
        return self._connect(host, port)

    def ftp_EPRT(self, extendedAddress: str) -> Any:
        """Connect to where the user waits."""
        self._refuse_after_epsv_all("EPRT")
        try:
            protocol, host, port = decodeExtendedAddress(extendedAddress)
        except ValueError:
            raise replies.CmdArgSyntaxError(extendedAddress) from None
        self._validateNetworkProtocol(protocol)
        return self._connect(host, port)

    def _connect(self, host: str, port: int) -> Deferred[Any]:
        from txloop.internet import reactor  # the reactor is asked for when it is needed

        factory = self._new_data_connection()
        self.dtpPort = reactor.connectTCP(host, port, factory)
        return self._wait_for_data_connection(factory, (replies.ENTERING_PORT_MODE,))

    def _validateNetworkProtocol(self, protocol: str) -> None:
        """Is it a version of IP, by its number?"""
        try:
            number = int(protocol)
        except ValueError:
            raise replies.CmdArgSyntaxError(protocol) from None
        if number not in self._supportedNetworkProtocols:
            raise replies.UnsupportedNetworkProtocolError(",".join(map(str, self._supportedNetworkProtocols)))

    def _need_data_connection(self, asked: str) -> None:
        if self.dtpInstance is None:
            raise replies.BadCmdSequenceError(asked)

    # ---- listings --------------------------------------------------------------------------------

    def _segments(self, path: str) -> list[str]:
        """Where *path* is, from the root."""
        try:
            return toSegments(self.workingDirectory, path)
        except InvalidPath:
            raise replies.FileNotFoundError(path) from None

    def _encodeName(self, name: str | bytes) -> bytes:
        """A file's name for the wire."""
        return name if isinstance(name, bytes) else name.encode("utf-8", "surrogateescape")

    def ftp_LIST(self, path: str = "") -> Any:
        """Send what is in a folder, and about it."""
        if self.dtpInstance is None or not self.dtpInstance.isConnected:
            return replies.BAD_CMD_SEQ, "must send PORT or PASV before RETR"
        if path.lower() in _LIST_OPTIONS:
            path = ""

        def listed(found: Iterable[tuple[Any, Any]]) -> None:
            self.reply(replies.DATA_CNX_ALREADY_OPEN_START_XFR)
            for name, attributes in found:
                self.dtpInstance.sendListResponse(self._encodeName(name), attributes)
            self._end_listing()

        listing: Deferred[Any] = self.shell.list(self._segments(path), _ALL_KEYS)
        return listing.addCallback(listed)

    def ftp_NLST(self, path: str = "") -> Any:
        """Send the names of the files in a folder, or of those that a pattern stands for; perhaps none."""
        if self.dtpInstance is None or not self.dtpInstance.isConnected:
            return replies.BAD_CMD_SEQ, "must send PORT or PASV before RETR"
        segments = self._segments(path)
        pattern = segments.pop() if _isGlobbingExpression(segments) else None

        def listed(found: Iterable[tuple[Any, Any]]) -> None:
            self.reply(replies.DATA_CNX_ALREADY_OPEN_START_XFR)
            for name, _ in found:
                wire_name = self._encodeName(name)
                if pattern is None or fnmatchcase(wire_name.decode("latin-1"), pattern):
                    self.dtpInstance.sendLine(wire_name)
            self._end_listing()

        listing: Deferred[Any] = self.shell.list(segments)
        return listing.addCallbacks(listed, lambda _: self._end_listing())

    def _end_listing(self) -> None:
        # First the answer, then the connection's end: who sees that may go without the answer.
        self.reply(*_SENT)
        self.dtpInstance.transport.loseConnection()

    # ---- files -----------------------------------------------------------------------------------

    def ftp_RETR(self, path: str) -> Any:
        """Send a file."""
        return self._transfer("RETR", path, self.shell and self.shell.openForReading, self._send)

    def ftp_STOR(self, path: str) -> Any:
        """Receive a file."""
        return self._transfer("STOR", path, self.shell and self.shell.openForWriting, self._receive)

    def _transfer(
        self, name: str, path: str, open_file: Callable[[list[str]], Any], carry: Callable[[Any], Any]
    ) -> Deferred[Any]:
        if self.dtpInstance is None:
            raise replies.BadCmdSequenceError(f"PORT, PASV, EPRT, or EPSV required before {name}")
        segments = self._segments(path)
        patience = self.setTimeout(None)  # a transfer may take longer

        def cannot_open(failure: Failure) -> Answer:
            wrong: Any = failure.value
            if isinstance(wrong, replies.FTPCmdError):
                return wrong.errorCode, "/".join(segments)
            log.err(failure, "Unexpected error attempting to open a file:")
            return replies.FILE_NOT_FOUND, "/".join(segments)

        def end(result: Any) -> Any:
            self.cleanupDTP()
            if self.transport is not None:
                self.setTimeout(patience)
            return result

        opened: Deferred[Any] = maybeDeferred(open_file, segments)
        return opened.addCallbacks(carry, cannot_open).addBoth(end)

    def _begin_transfer(self) -> None:
        connected = self.dtpInstance.isConnected
        self.reply(
            replies.DATA_CNX_ALREADY_OPEN_START_XFR if connected else replies.FILE_STATUS_OK_OPEN_DATA_CNX
        )

    def _send(self, file: Any) -> Deferred[Any]:
        self._begin_transfer()
        if not self.dtpInstance.isConnected:
            return succeed(_ABORTED)  # and has been: nobody is there any more
        consumer = _Sending(self.dtpInstance)
        sent: Deferred[Any] = file.send(consumer if self.binary else ASCIIConsumerWrapper(consumer))
        return sent.addCallbacks(
            lambda _: self.reply(*_SENT),  # and then the connection ends, as with listings
            self._transfer_failed,
            errbackArgs=("Unexpected error attempting to transmit file to client:",),
        )

    def _receive(self, file: Any) -> Deferred[Any]:
        def take(consumer: Any) -> Any:
            if not self.binary:
                consumer = _FromASCII(consumer)
            self._begin_transfer()
            return self.dtpInstance.registerConsumer(consumer)

        received: Deferred[Any] = file.receive()
        received.addCallback(take).addBoth(
            lambda result: maybeDeferred(file.close).addCallback(lambda _: result)
        )
        return received.addCallbacks(
            lambda _: _SENT,
            self._transfer_failed,
            errbackArgs=("Unexpected error received during transfer:",),
        )

    def _transfer_failed(self, failure: Failure, what: str) -> Any:
        log.msg(what)
        log.err(failure)
        return failure if failure.check(replies.FTPCmdError) else _ABORTED

    # ---- folders and names -----------------------------------------------------------------------

    def ftp_CWD(self, path: str) -> Deferred[Any]:
        """Go to a folder."""
        segments = self._segments(path)

        def there(_: Any) -> Answer:
            self.workingDirectory = segments
            return _DONE

        accessed: Deferred[Any] = self.shell.access(segments)
        return accessed.addCallback(there)

    def ftp_CDUP(self) -> Deferred[Any]:
        """Go to the folder above."""
        return self.ftp_CWD("..")

    def ftp_PWD(self) -> Answer:
        """Where are we?"""
        return replies.PWD_REPLY, "/" + "/".join(self.workingDirectory)

    def ftp_DELE(self, path: str) -> Any:
        """Delete a file."""
        return self.shell.removeFile(self._segments(path)).addCallback(lambda _: _DONE)

    def ftp_MKD(self, path: str) -> Any:
        """Make a folder."""
        made: Deferred[Any] = self.shell.makeDirectory(self._segments(path))
        return made.addCallback(lambda _: (replies.MKD_REPLY, path))

    def ftp_RMD(self, path: str) -> Any:
        """Delete a folder."""
        return self.shell.removeDirectory(self._segments(path)).addCallback(lambda _: _DONE)

    def ftp_RNFR(self, fromName: str) -> Answer:
        """What is to be renamed; the other name follows."""
        self._from_name = fromName
        self.state = self.RENAMING
        return (replies.REQ_FILE_ACTN_PENDING_FURTHER_INFO,)

    def ftp_RNTO(self, toName: str) -> Any:
        """Its new name."""
        from_name, self._from_name = self._from_name, None
        self.state = self.AUTHED
        if from_name is None:
            raise replies.BadCmdSequenceError("RNFR required before RNTO")
        renamed = self.shell.rename(self._segments(from_name), self._segments(toName))
        return renamed.addCallback(lambda _: _DONE)

    def ftp_SIZE(self, path: str) -> Any:
        """How many bytes has it?"""
        asked: Deferred[Any] = self.shell.stat(self._segments(path), ("size",))
        return asked.addCallback(lambda found: (replies.FILE_STATUS, str(found[0])))

    def ftp_MDTM(self, path: str) -> Any:
        """When was it changed?"""

        def told(found: Any) -> Answer:
            return replies.FILE_STATUS, time.strftime("%Y%m%d%H%M%S", time.gmtime(found[0]))

        asked: Deferred[Any] = self.shell.stat(self._segments(path), ("modified",))
        return asked.addCallback(told)

    # ---- the rest --------------------------------------------------------------------------------

    def ftp_FEAT(self) -> None:
        """What can be done here?"""
        first, last = replies.RESPONSE[replies.FEAT_OK]
        for line in (first, *(f" {feature}" for feature in self.FEATURES), last):
            self.sendLine(line)

    def ftp_OPTS(self, option: str) -> Answer:
        """There are no options."""
        return replies.OPTS_NOT_IMPLEMENTED, option

    def ftp_NOOP(self) -> Answer:
        """Nothing."""
        return (replies.CMD_OK,)

    def ftp_SYST(self) -> Answer:
        """What system is it?"""
        return (replies.NAME_SYS_TYPE,)

    def ftp_STRU(self, structure: str) -> Answer:
        """Files have no structure."""
        return self._only("F", structure)

    def ftp_MODE(self, mode: str) -> Answer:
        """Files are streams."""
        return self._only("S", mode)

    def _only(self, known: str, said: str) -> Answer:
        if said.upper() != known:
            raise replies.CmdNotImplementedForArgError(said)
        return (replies.CMD_OK,)

    def ftp_TYPE(self, type: str) -> Answer:
        """As text, or as it is?"""
        kind = type.upper()
        for_kind = getattr(self, f"type_{kind[:1]}", None) if kind else None
        answer: Answer = for_kind(kind[1:]) if for_kind else self.type_UNKNOWN(kind)
        return answer

    def type_A(self, code: str) -> Answer:
        """As text."""
        if code.strip() not in ("", "N"):
            raise replies.CmdArgSyntaxError(code)
        self.binary = False
        return replies.TYPE_SET_OK, "A" + code

    def type_I(self, code: str) -> Answer:
        """As it is."""
        if code:
            raise replies.CmdArgSyntaxError(code)
        self.binary = True
        return replies.TYPE_SET_OK, "I"

    def type_UNKNOWN(self, code: str) -> Answer:
        """Otherwise: it is not known how."""
        raise replies.CmdNotImplementedForArgError(code)

    def ftp_QUIT(self) -> None:
        """Goodbye."""
        self.reply(replies.GOODBYE_MSG)
        self.transport.loseConnection()
        self.disconnected = True
