"""An FTP client: a queue of commands, and transfers.

commands      FTPClientBasic: a queue; each command's Deferred gets the lines of its answer
transfers     FTPClient: PASV or PORT, then the commands; done when these and the data are
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from txloop.internet import defer
from txloop.internet.defer import Deferred, DeferredList
from txloop.logger import Logger
from txloop.protocols._ftp.data import (
    FTPDataPortFactory,
    ProtocolWrapper,
    SenderProtocol,
    _PassiveConnectionFactory,
)
from txloop.protocols._ftp.errors import (
    BadResponse,
    CommandFailed,
    ConnectionLost,
    UnexpectedResponse,
)
from txloop.protocols._ftp.texts import (
    decodeHostPort,
    encodeHostPort,
    parsePWDResponse,
)
from txloop.protocols.basic import LineReceiver
from txloop.python.failure import Failure

__all__ = ["FTPClient", "FTPClientBasic", "FTPCommand"]

_log = Logger()

_LAST_LINE = re.compile(r"\d{3} ")
# An answer longer than that has no end; a listing by STAT may have some thousand lines.
_LONGEST_ANSWER_BYTES = 1024 * 1024
# How long a command that is not ready yet waits at the head of the queue, seconds.
_NOT_READY_SECONDS = 1.0


class FTPCommand:
    """A command in the queue.

    Args:
        text: Its line.
        public: Does somebody wait for it?  Else its failure is nobody's.
    Attributes:
        deferred: Fires with the lines of the answer.
        ready: False keeps it, and all behind it, in the queue.
    """

    def __init__(self, text: str | None = None, public: Any = 0) -> None:
        self.text = text
        self.deferred: Deferred[Any] = Deferred()
        self.ready = 1
        self.public = public
        self.transferDeferred: Any = None
        self.protocol: Any = None

    def fail(self, failure: Failure) -> None:
        """There will be no answer."""
        if self.public:
            self.deferred.errback(failure)


# ---- commands --------------------------------------------------------------------------------


class FTPClientBasic(LineReceiver):
    """Sends commands, each when the one before it is answered.

    Attributes:
        greeting: The lines the server has begun with; None before.
        actionQueue: What is not sent yet.
    """

    debug = False
    transport: Any
    _encoding = "latin-1"

    def __init__(self) -> None:
        self.actionQueue: list[FTPCommand] = []
        self.greeting: list[str] | None = None
        self.nextDeferred: Deferred[Any] | None = Deferred().addCallback(self._cb_greeting)
        self.nextDeferred.addErrback(self.fail).addErrback(lambda _: None)
        self.response: list[str] = []
        self._answer_bytes = 0
        self._failed = 0

    def fail(self, error: Any) -> Any:
        """It cannot go on: all that waits fails.  Override it to do more."""
        return self._fail(error)

    def _fail(self, error: Any) -> Any:
        if self._failed:
            return error
        self._failed = 1
        lost = Failure(ConnectionLost("FTP connection lost", error))
        waiting = self.nextDeferred
        if waiting is not None and not waiting.called:
            waiting.errback(lost)
        queue, self.actionQueue = self.actionQueue, []
        for command in queue:
            command.fail(lost)
        return error

    def _cb_greeting(self, greeting: list[str]) -> None:
        self.greeting = greeting

    def sendLine(self, line: str | None) -> None:  # type: ignore[override]  # Twisted's takes text here
        """Send a command's line."""
        if line is not None:
            super().sendLine(line.encode(self._encoding))

    def sendNextCommand(self) -> None:
        """Send the next command, if there is one that is ready."""
        command = self.popCommandQueue()
        if command is None:
            self.nextDeferred = None
            return
        if not command.ready:
            from txloop.internet import reactor  # the reactor is asked for when it is needed

            self.actionQueue.insert(0, command)
            reactor.callLater(_NOT_READY_SECONDS, self.sendNextCommand)
            self.nextDeferred = None
            return
        if command.text == "PORT":
            self.generatePortCommand(command)
        if self.debug:
            _log.debug("<-- {text}", text=command.text)
        self.nextDeferred = command.deferred
        self.sendLine(command.text)

    def generatePortCommand(self, portCmd: FTPCommand) -> None:
        """Complete ``PORT``; only FTPClient opens data connections."""
        raise NotImplementedError("PORT needs an FTPClient")

    def queueCommand(self, ftpCommand: FTPCommand) -> None:
        """Send *ftpCommand* when it is its turn."""
        self.actionQueue.append(ftpCommand)
        if len(self.actionQueue) == 1 and self.transport is not None and self.nextDeferred is None:
            self.sendNextCommand()

    def queueStringCommand(self, command: str, public: Any = 1) -> Deferred[Any]:
        """Send *command* when it is its turn.

        Returns:
            A Deferred of the answer's lines; it fails with CommandFailed or ConnectionLost.
        """
        queued = FTPCommand(command, public)
        self.queueCommand(queued)
        return queued.deferred

    def popCommandQueue(self) -> FTPCommand | None:
        """Take the next command out of the queue."""
        return self.actionQueue.pop(0) if self.actionQueue else None

    def queueLogin(self, username: str, password: str | None) -> None:
        """Log in, before what is queued later; if it fails everything does.

        Args:
            password: None: none is sent.  It is not sent either if the server does not ask.
        """
        user = FTPCommand(f"USER {username}")
        commands = [user] if password is None else [user, FTPCommand(f"PASS {password}")]

        def forget_password(response: list[str]) -> list[str]:
            if response[0].startswith("230") and len(commands) == 2:
                self.actionQueue.remove(commands[1])
            return response

        user.deferred.addCallback(forget_password)
        for command in commands:
            command.deferred.addErrback(self.fail)
            command.deferred.addErrback(lambda _: None)
            self.queueCommand(command)

    def lineReceived(self, line: bytes) -> None:
        """A line of an answer; the last one begins with a code and a space."""
        text = line.decode(self._encoding)
        if self.debug:
            _log.debug("--> {text}", text=text)
        self.response.append(text)
        self._answer_bytes += len(line)
        if self._answer_bytes > _LONGEST_ANSWER_BYTES:
            self.response, self._answer_bytes = [], 0
            self.fail(Failure(BadResponse(["an answer without an end"])))
            return
        if not _LAST_LINE.match(text) or text[0] == "1":
            return  # there is more to come
        response, self.response, self._answer_bytes = self.response, [], 0
        waiting = self.nextDeferred
        if waiting is None or waiting.called:
            self.fail(UnexpectedResponse(response))
            return
        if text[0] in "23":
            waiting.callback(response)
        elif text[0] in "45":
            waiting.errback(Failure(CommandFailed(response)))
        else:
            _log.info("Server sent invalid response code {code}", code=text[:3])
            waiting.errback(Failure(BadResponse(response)))
        if not self._failed:
            self.sendNextCommand()

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # Twisted's has no default
        """All that waits fails."""
        self._fail(reason)


# ---- transfers ----------------------------------------------------------------------------------


def _unwrapFirstError(failure: Any) -> Any:
    failure.trap(defer.FirstError)
    return failure.value.subFailure


class FTPClient(FTPClientBasic):
    """Logs in, and transfers files.

    Args:
        username, password: By default anonymous; a password of None is not sent.
        passive: Whether the server listens for data connections, as firewalls want it; else we do.
        trustPasvAddr: Connect to the address that the server says, which may be anybody's; else
            to the server's own.
    """

    def __init__(
        self,
        username: str = "anonymous",
        password: str | None = "twisted@twistedmatrix.com",
        passive: Any = 1,
        trustPasvAddr: bool = False,
    ) -> None:
        super().__init__()
        self._trustPasvAddr = trustPasvAddr
        self.queueLogin(username, password)
        self.passive = passive

    @staticmethod
    def connectFactory(
        host: str, port: int, factory: Any, timeout: float = 30.0, bindAddress: Any = None
    ) -> Any:
        """How data connections are made: connectTCP of the current reactor."""
        from txloop.internet import reactor  # the reactor is asked for when it is needed

        return reactor.connectTCP(host, port, factory, timeout=timeout, bindAddress=bindAddress)

    def fail(self, error: Any) -> None:
        """It cannot go on: all that waits fails, and the connection is closed."""
        self.transport.loseConnection()
        self._fail(error)

    def queueLogin(self, username: str, password: str | None) -> None:
        """Log in, and have files sent as they are."""
        super().queueLogin(username, password)
        kind = self.queueStringCommand("TYPE I", public=0)
        kind.addErrback(self.fail)

    def receiveFromConnection(self, commands: Iterable[str], protocol: Any) -> Deferred[Any]:
        """Send *commands*, and give *protocol* the bytes that come.

        Returns:
            A Deferred that fires when the server has done and all has come.
        """
        return self._openDataConnection(commands, ProtocolWrapper(protocol, Deferred()))

    def sendToConnection(self, commands: Iterable[str]) -> tuple[Deferred[Any], Deferred[Any]]:
        """Send *commands*, and then bytes.

        Returns:
            A Deferred of the consumer to write them to, which has a finish(); and one that fires
            when the server has done.
        """
        sender = SenderProtocol()
        return sender.connectedDeferred, self._openDataConnection(commands, sender)

    def _openDataConnection(self, commands: Iterable[str], protocol: Any) -> Deferred[Any]:
        queued = [FTPCommand(command, public=1) for command in commands]
        answers = _all(each.deferred for each in queued)
        opening = self._passive(protocol) if self.passive else self._active(protocol)
        done: Deferred[Any] = _all([answers, opening, protocol.deferred])
        done.addBoth(lambda result: (protocol.hang_up(), result)[1])
        for command in queued:
            self.queueCommand(command)
        return done

    def _passive(self, protocol: Any) -> Deferred[Any]:
        """The server listens: connect where it says, when it has."""
        command = FTPCommand("PASV")
        connectors: list[Any] = []

        def connect(response: list[str]) -> None:
            host, port = decodeHostPort(response[-1][4:])
            if not self._trustPasvAddr:
                host = self.transport.getPeer().host
            connectors.append(self.connectFactory(host, port, _PassiveConnectionFactory(protocol)))

        def hang_up() -> None:
            for connector in connectors:
                if connector is not None:  # a connectFactory of the program's own may give none
                    connector.disconnect()

        command.deferred.addCallback(connect).addErrback(self.fail)
        self.queueCommand(command)
        protocol.hang_up = hang_up
        return command.deferred

    def _active(self, protocol: Any) -> Deferred[Any]:
        """We listen, and say where when it is the command's turn."""
        command = FTPCommand("PORT")
        command.transferDeferred = protocol.deferred
        command.protocol = protocol
        command.deferred.addErrback(_said_by(protocol))
        protocol.hang_up = lambda: None
        self.queueCommand(command)
        return command.deferred

    def generatePortCommand(self, portCmd: FTPCommand) -> None:
        """Listen, and make *portCmd* say where."""
        from txloop.internet import reactor  # the reactor is asked for when it is needed

        factory = FTPDataPortFactory()
        factory.protocol = portCmd.protocol
        host = self.transport.getHost().host
        listener: Any = reactor.listenTCP(0, factory, interface=host)
        factory.port = listener
        portCmd.protocol.hang_up = listener.stopListening
        portCmd.text = "PORT " + encodeHostPort(host, listener.getHost().port)

    # ---- what programs call ------------------------------------------------------------------

    def escapePath(self, path: str) -> str:
        """*path* for a command: its line ends are NULs there."""
        return path.replace("\n", "\0")

    def retrieveFile(self, path: str, protocol: Any, offset: int = 0) -> Deferred[Any]:
        """Give *protocol* the bytes of a file, from *offset* on."""
        return self.receiveFromConnection(self._transfer("RETR", path, offset), protocol)

    def storeFile(self, path: str, offset: int = 0) -> tuple[Deferred[Any], Deferred[Any]]:
        """Write a file, from *offset* on; see sendToConnection()."""
        return self.sendToConnection(self._transfer("STOR", path, offset))

    retr = retrieveFile
    stor = storeFile

    def _transfer(self, name: str, path: str, offset: int) -> list[str]:
        command = f"{name} {self.escapePath(path)}"
        return [f"REST {offset}", command] if offset else [command]

    def list(self, path: str | None, protocol: Any) -> Deferred[Any]:
        """Give *protocol* a folder's listing; `FTPFileListProtocol` understands most."""
        return self.receiveFromConnection([f"LIST {self.escapePath(path or '')}"], protocol)

    def nlst(self, path: str | None, protocol: Any) -> Deferred[Any]:
        """Give *protocol* the names in a folder, a line each."""
        return self.receiveFromConnection([f"NLST {self.escapePath(path or '')}"], protocol)

    def rename(self, pathFrom: str, pathTo: str) -> Deferred[Any]:
        """Rename a file: a Deferred of both answers."""
        source = self.queueStringCommand(f"RNFR {self.escapePath(pathFrom)}")
        target = FTPCommand(f"RNTO {self.escapePath(pathTo)}", public=1)
        self.queueCommand(target)
        answers: list[Any] = []

        def without_source(failure: Any) -> None:
            if target in self.actionQueue:
                self.actionQueue.remove(target)  # there is nothing to rename
                target.fail(failure)

        source.addCallbacks(answers.append, without_source)
        return target.deferred.addCallback(lambda answer: (*answers, answer))

    def cwd(self, path: str) -> Deferred[Any]:
        """Go to a folder."""
        return self.queueStringCommand(f"CWD {self.escapePath(path)}")

    def makeDirectory(self, path: str) -> Deferred[Any]:
        """Make a folder."""
        return self.queueStringCommand(f"MKD {self.escapePath(path)}")

    def removeFile(self, path: str) -> Deferred[Any]:
        """Delete a file."""
        return self.queueStringCommand(f"DELE {self.escapePath(path)}")

    def removeDirectory(self, path: str) -> Deferred[Any]:
        """Delete a folder."""
        return self.queueStringCommand(f"RMD {self.escapePath(path)}")

    def cdup(self) -> Deferred[Any]:
        """Go to the folder above."""
        return self.queueStringCommand("CDUP")

    def pwd(self) -> Deferred[Any]:
        """Where we are: a Deferred of the answer's lines."""
        return self.queueStringCommand("PWD")

    def getDirectory(self) -> Deferred[Any]:
        """Where we are: a Deferred of the folder's name; CommandFailed if the answer has none."""

        def name_in(answer: list[str]) -> str:
            name = parsePWDResponse(answer[0])
            if name is None:
                raise CommandFailed(answer)
            return name

        return self.pwd().addCallback(name_in)

    def quit(self) -> Deferred[Any]:
        """Say goodbye: a Deferred of the answer's lines."""
        return self.queueStringCommand("QUIT")


def _all(deferreds: Iterable[Deferred[Any]]) -> Any:
    """Fires when all have, or with the first one's failure itself."""
    together: Any = DeferredList(list(deferreds), fireOnOneErrback=True, consumeErrors=True)
    return together.addErrback(_unwrapFirstError)


def _said_by(protocol: Any) -> Callable[[Any], None]:
    def tell(failure: Any) -> None:
        if not protocol.deferred.called:
            protocol.deferred.errback(failure)

    return tell
