"""A client of memcached, with its text protocol.

    client = await ClientCreator(reactor, MemCacheProtocol).connectTCP("localhost", DEFAULT_PORT)
    await client.set(b"key", b"value")
    flags, value = await client.get(b"key")

Keys and values are bytes.  Commands may be sent one after the other without waiting;
the answers come in their order.

Source: methods, results and errors as of Twisted 26.10's twisted.protocols.memcache, by running it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable
from typing import Any

from txloop._public import publish
from txloop.internet.defer import Deferred, TimeoutError, fail
from txloop.protocols.basic import LineReceiver
from txloop.protocols.policies import TimeoutMixin
from txloop.python import log

__all__ = ["DEFAULT_PORT", "ClientError", "MemCacheProtocol", "NoSuchCommand", "ServerError"]

DEFAULT_PORT = 11211


# What would end a key or a line in the protocol's text.
_NOT_IN_A_KEY = re.compile(rb"[\x00-\x20\x7f]")


class NoSuchCommand(Exception):
    """The server does not know this command."""


class ClientError(Exception):
    """What was sent makes no sense: to the server, or already here."""


class ServerError(Exception):
    """The server cannot do it."""


class Command:
    """A command that was sent and not answered yet.

    Args:
        command: Its name.
        kwargs: What its answer is compared with or gathered in; they become attributes.
    """

    # Of the value that is being read: its key, its flags and its identifier.
    reading_key = b""
    reading: tuple[int, bytes] = (0, b"")

    def __init__(self, command: bytes, **kwargs: Any) -> None:
        self.command = command
        self._deferred: Deferred[Any] = Deferred()
        vars(self).update(kwargs)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"{self.command!r} has no {name}")

    def success(self, value: Any) -> None:
        """It is answered."""
        self._deferred.callback(value)

    def fail(self, error: Any) -> None:
        """It has failed."""
        self._deferred.errback(error)


class MemCacheProtocol(LineReceiver, TimeoutMixin):
    """One connection to a memcached.

    Args:
        timeOut: Seconds in which an answer must come while commands wait for one; then the
            connection is lost and they all fail with TimeoutError.
    """

    MAX_KEY_LENGTH = 250

    transport: Any
    _disconnected = False

    def __init__(self, timeOut: float | None = 60) -> None:
        self._current: deque[Command] = deque()
        # Of the value that is being read: its length, and the pieces so far.
        self._lenExpected: int | None = None
        self._getBuffer: list[bytes] = []
        self._bufferLength = 0
        self.persistentTimeOut: float | None = timeOut
        self.timeOut: float | None = timeOut

    # ---- what programs call -------------------------------------------------------------

    def get(self, key: bytes, withIdentifier: bool = False) -> Deferred[Any]:
        """The value of *key*.

        Args:
            withIdentifier: Also what checkAndSet() wants.
        Returns:
            A Deferred of ``(flags, value)``, or ``(flags, identifier, value)``; the value is None
            if there is none.
        """
        return self._get([key], withIdentifier, False)

    def getMultiple(self, keys: Iterable[bytes], withIdentifier: bool = False) -> Deferred[Any]:
        """The values of *keys*: a Deferred of a dict, by key, of what get() gives."""
        return self._get(list(keys), withIdentifier, True)

    def set(self, key: bytes, val: bytes, flags: int = 0, expireTime: int = 0) -> Deferred[Any]:
        """Store *val*.

        Args:
            flags: Kept with it.
            expireTime: Seconds, or a time of the epoch; 0: never.
        Returns:
            A Deferred of True if it is stored.
        """
        return self._set(b"set", key, val, flags, expireTime, b"")

    def add(self, key: bytes, val: bytes, flags: int = 0, expireTime: int = 0) -> Deferred[Any]:
        """As set(), if *key* has no value yet."""
        return self._set(b"add", key, val, flags, expireTime, b"")

    def replace(self, key: bytes, val: bytes, flags: int = 0, expireTime: int = 0) -> Deferred[Any]:
        """As set(), if *key* has a value."""
        return self._set(b"replace", key, val, flags, expireTime, b"")

    def checkAndSet(
        self, key: bytes, val: bytes, cas: bytes, flags: int = 0, expireTime: int = 0
    ) -> Deferred[Any]:
        """As set(), if nobody has changed it since get() gave the identifier *cas*."""
        return self._set(b"cas", key, val, flags, expireTime, cas)

    def append(self, key: bytes, val: bytes) -> Deferred[Any]:
        """Put *val* behind the value of *key*; a Deferred of True if there was one."""
        return self._set(b"append", key, val, 0, 0, b"")

    def prepend(self, key: bytes, val: bytes) -> Deferred[Any]:
        """Put *val* before the value of *key*; a Deferred of True if there was one."""
        return self._set(b"prepend", key, val, 0, 0, b"")

    def increment(self, key: bytes, val: int = 1) -> Deferred[Any]:
        """Add *val* to the number that *key*'s value is: a Deferred of the sum, or of False."""
        return self._incrdecr(b"incr", key, val)

    def decrement(self, key: bytes, val: int = 1) -> Deferred[Any]:
        """Take *val* from the number that *key*'s value is, down to 0: a Deferred of it, or of False."""
        return self._incrdecr(b"decr", key, val)

    def delete(self, key: bytes) -> Deferred[Any]:
        """A Deferred of True if *key* had a value; now it has none."""
        if wrong := self._wrong_key(key):
            return fail(ClientError(wrong))
        return self._ask(b"delete %s" % key, Command(b"delete", key=key))

    def stats(self, arg: bytes | None = None) -> Deferred[Any]:
        """The server's statistics, all or those named *arg*: a Deferred of a dict of bytes."""
        line = b"stats" if arg is None else b"stats " + arg
        return self._ask(line, Command(b"stats", values={}))

    def version(self) -> Deferred[Any]:
        """A Deferred of the server's version, bytes."""
        return self._ask(b"version", Command(b"version"))

    def flushAll(self) -> Deferred[Any]:
        """A Deferred of True when all values are gone."""
        return self._ask(b"flush_all", Command(b"flush_all"))

    # ---- sending --------------------------------------------------------------------------

    def _get(self, keys: list[bytes], withIdentifier: bool, multiple: bool) -> Deferred[Any]:
        for key in keys:
            if wrong := self._wrong_key(key):
                return fail(ClientError(wrong))
        name = b"gets" if withIdentifier else b"get"
        nothing = (0, b"", None) if withIdentifier else (0, None)
        command = Command(name, keys=keys, multiple=multiple, values=dict.fromkeys(keys, nothing))
        return self._ask(b" ".join([name, *keys]), command)

    def _set(
        self, cmd: bytes, key: bytes, val: bytes, flags: int, expireTime: int, cas: bytes
    ) -> Deferred[Any]:
        wrong = self._wrong_key(key)
        if not wrong and not isinstance(val, bytes):
            wrong = f"Invalid type for value: {type(val)}, expecting bytes"
        if wrong:
            return fail(ClientError(wrong))
        identifier = b" " + cas if cas else b""
        line = b"%s %s %d %d %d%s\r\n%s" % (cmd, key, flags, expireTime, len(val), identifier, val)
        return self._ask(line, Command(cmd, key=key, flags=flags, length=len(val)))

    def _incrdecr(self, cmd: bytes, key: bytes, val: int) -> Deferred[Any]:
        if wrong := self._wrong_key(key):
            return fail(ClientError(wrong))
        return self._ask(b"%s %s %d" % (cmd, key, int(val)), Command(cmd, key=key))

    def _wrong_key(self, key: object) -> str:
        """What is wrong with *key*, or nothing."""
        if not isinstance(key, bytes):
            return f"Invalid type for key: {type(key)}, expecting bytes"
        if len(key) > self.MAX_KEY_LENGTH:
            return "Key too long"
        if not key or _NOT_IN_A_KEY.search(key):
            return "Key with white space or control characters, or empty"
        return ""

    def _ask(self, line: bytes, command: Command) -> Deferred[Any]:
        if self._disconnected:
            return fail(RuntimeError("not connected"))
        self.sendLine(line)
        self._current.append(command)
        return command._deferred

    def sendLine(self, line: bytes) -> None:
        """Send a command's line; the answer must come in time from now on."""
        if not self._current:
            self.setTimeout(self.persistentTimeOut)
        super().sendLine(line)

    # ---- answers ------------------------------------------------------------------------------

    def lineReceived(self, line: bytes) -> None:
        """An answer, or a part of one.

        Raises:
            RuntimeError: It answers nothing that was asked; so it cannot be known what the next
                one answers.
        """
        self.resetTimeout()
        word, _, rest = line.partition(b" ")
        # Some servers answer "NOT STORED".
        whole = self._handler(line.replace(b" ", b"_"))
        if whole is not None:
            whole()
        elif (handle := self._handler(word)) is not None:
            handle(rest)
        elif word.isdigit() and self._current and self._current[0].command in (b"incr", b"decr"):
            self._next().success(int(word))
        else:
            raise RuntimeError("Unexpected commands answer.")
        if not self._current:
            self.setTimeout(None)

    def _handler(self, name: bytes) -> Any:
        """The method for answers that begin with *name*, or None."""
        return getattr(self, f"cmd_{name.decode('latin-1')}", None)

    def rawDataReceived(self, data: bytes) -> None:
        """A part of a value, which is followed by a line's end."""
        self.resetTimeout()
        expected: Any = self._lenExpected
        self._getBuffer.append(data)
        self._bufferLength += len(data)
        if self._bufferLength < expected + len(self.delimiter):
            return
        everything = b"".join(self._getBuffer)
        value, rest = everything[:expected], everything[expected + len(self.delimiter) :]
        self._lenExpected, self._getBuffer, self._bufferLength = None, [], 0
        command = self._current[0]
        flags, identifier = command.reading
        command.values[command.reading_key] = (flags, identifier, value) if identifier else (flags, value)
        self.setLineMode(rest)

    def cmd_STORED(self) -> None:
        """It is stored."""
        self._next().success(True)

    def cmd_NOT_STORED(self) -> None:
        """The condition is not met."""
        self._next().success(False)

    def cmd_EXISTS(self) -> None:
        """Somebody has changed it."""
        self._next().success(False)

    def cmd_NOT_FOUND(self) -> None:
        """There is no such key."""
        self._next().success(False)

    def cmd_DELETED(self) -> None:
        """It is deleted."""
        self._next().success(True)

    def cmd_OK(self) -> None:
        """It is done."""
        self._next().success(True)

    def cmd_VERSION(self, versionData: bytes = b"") -> None:
        """The version."""
        self._next().success(versionData)

    def cmd_STAT(self, line: bytes) -> None:
        """One of the statistics."""
        name, _, value = line.partition(b" ")
        self._asked(b"stats").values[name] = value

    def cmd_VALUE(self, line: bytes) -> None:
        """A value follows: ``key flags length [identifier]``."""
        command = self._asked(b"get", b"gets")
        parts = line.split(b" ")
        expected = 4 if command.command == b"gets" else 3
        if len(parts) < expected or parts[0] not in command.values or not parts[2].isdigit():
            raise RuntimeError("Unexpected commands answer.")
        command.reading_key = parts[0]
        command.reading = int(parts[1]), parts[3] if expected == 4 else b""
        self._lenExpected = int(parts[2])
        self.setRawMode()

    def cmd_END(self) -> None:
        """All values, or all statistics, have come."""
        command = self._asked(b"get", b"gets", b"stats")
        self._next()
        if command.command == b"stats" or command.multiple:
            command.success(command.values)
        else:
            command.success(command.values[command.keys[0]])

    def cmd_ERROR(self) -> None:
        """The server does not know the command."""
        log.err("Non-existent command sent.")
        self._next().fail(NoSuchCommand())

    def cmd_CLIENT_ERROR(self, errText: bytes = b"") -> None:
        """The server cannot read what was sent."""
        text = repr(errText)
        log.err(f"Invalid input: {text}")
        self._next().fail(ClientError(text))

    def cmd_SERVER_ERROR(self, errText: bytes = b"") -> None:
        """The server cannot do it."""
        text = repr(errText)
        log.err(f"Server error: {text}")
        self._next().fail(ServerError(text))

    def _asked(self, *names: bytes) -> Command:
        """The command that is answered, one of these."""
        if not self._current or self._current[0].command not in names:
            raise RuntimeError("Unexpected commands answer.")
        return self._current[0]

    def _next(self) -> Command:
        """The command that is answered now; it is the next one's turn."""
        if not self._current:
            raise RuntimeError("Unexpected commands answer.")
        return self._current.popleft()

    # ---- the end ---------------------------------------------------------------------------------

    def timeoutConnection(self) -> None:
        """No answer came in time: all that wait for one fail, and the connection is lost."""
        self._cancelCommands(TimeoutError("Connection timeout"))
        self.transport.loseConnection()

    def connectionLost(self, reason: Any) -> None:  # type: ignore[override]  # Twisted's has no default
        """All that wait for an answer fail."""
        self._disconnected = True
        self._cancelCommands(reason)
        self.setTimeout(None)
        super().connectionLost(reason)

    def _cancelCommands(self, reason: Any) -> None:
        while self._current:
            self._current.popleft().fail(reason)


publish(__name__, [*__all__, "Command"])
