"""What can go wrong in AMP, and the codes by which errors travel."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from txloop.python.failure import Failure

__all__ = [
    "PROTOCOL_ERRORS",
    "UNHANDLED_ERROR_CODE",
    "UNKNOWN_ERROR_CODE",
    "AmpError",
    "BadLocalReturn",
    "IncompatibleVersions",
    "InvalidSignature",
    "MalformedAmpBox",
    "NoEmptyBoxes",
    "OnlyOneTLS",
    "ProtocolSwitched",
    "RemoteAmpError",
    "TooLong",
    "UnhandledCommand",
    "UnknownRemoteError",
]

UNKNOWN_ERROR_CODE = b"UNKNOWN"
UNHANDLED_ERROR_CODE = b"UNHANDLED"


class AmpError(Exception):
    """The base of AMP's errors."""


class ProtocolSwitched(Exception):
    """This connection speaks another protocol now: no box can be sent."""


class OnlyOneTLS(AmpError):
    """TLS was asked for on a connection that has it already."""


class NoEmptyBoxes(AmpError):
    """A box came that is no command, no answer and no error."""


class InvalidSignature(AmpError):
    """A command was called without one of its arguments, or with one it does not have."""


class MalformedAmpBox(AmpError):
    """The bytes that came are not a box."""


class UnhandledCommand(AmpError):
    """The other side has nothing that answers this command."""


class IncompatibleVersions(AmpError):
    """The two sides have no version of the protocol in common."""


class TooLong(AmpError):
    """A key or a value does not fit into a box.

    Attributes:
        isKey: True for a key, which has up to 255 bytes; False for a value, up to 65,535.
        isLocal: Whether it is ours; False: the other side sent it.
        value: The key or value; None if it came and was not read.
        keyName: Under which key the value is, if it is one.
    """

    def __init__(self, isKey: bool, isLocal: bool, value: bytes | None, keyName: bytes | None = None) -> None:
        super().__init__()
        self.isKey = isKey
        self.isLocal = isLocal
        self.value = value
        self.keyName = keyName

    def __repr__(self) -> str:
        what = "key" if self.isKey else f"value {self.keyName!r}"
        length = "" if self.value is None else f": {len(self.value)}"
        return f"{'local' if self.isLocal else 'remote'} {what} too long{length}"


class BadLocalReturn(AmpError):
    """A responder returned something that does not fit its command's response.

    Attributes:
        message: Who returned what.
        enclosed: Why it does not fit.
    """

    def __init__(self, message: str, enclosed: Failure) -> None:
        super().__init__()
        self.message = message
        self.enclosed = enclosed

    def __repr__(self) -> str:
        return f"{self.message} {self.enclosed.getBriefTraceback()}"

    __str__ = __repr__


class RemoteAmpError(AmpError):
    """The other side answered with an error; or raised by a responder: answer with this one.

    Attributes:
        errorCode: The error's name, as it travels.
        description: A text for people.
        fatal: Whether the connection ends with it.
        local: Where it is from, if that is here; only for our own log.
    """

    def __init__(
        self, errorCode: bytes, description: str | bytes, fatal: bool = False, local: Failure | None = None
    ) -> None:
        origin = "" if local is None else " (local)"
        traceback = "" if local is None else f"\n{local.getBriefTraceback()}"
        code = errorCode.decode("ascii", "backslashreplace")
        super().__init__(f"Code<{code}>{origin}: {description!s}{traceback}")
        self.local = local
        self.errorCode = errorCode
        self.description = description
        self.fatal = fatal


class UnknownRemoteError(RemoteAmpError):
    """The other side answered with an error that the command does not declare."""

    def __init__(self, description: str | bytes) -> None:
        super().__init__(UNKNOWN_ERROR_CODE, description)


# The errors that are AMP's own, and so part of no command.
PROTOCOL_ERRORS = {UNHANDLED_ERROR_CODE: UnhandledCommand}
