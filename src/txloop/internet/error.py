"""Every error of Twisted's network layer: same names, same bases, same texts.

    ConnectionClosed    the reason of connectionLost     ConnectionDone, ConnectionLost, …
    ConnectError        a connection was not made        ConnectionRefusedError, TimeoutError, …
    BindError           a port was not opened            CannotListenError

A reason's text is one sentence: what happened, a colon, the details given, a full
stop: ``Connection was refused by other side: 111: Connection refused.``  It is
built by `_sentence`, here and nowhere else; `MESSAGE` on each class is its first half.

`ConnectionRefusedError` and `TimeoutError` are Twisted's classes, not the builtins of
these names; neither is derived from the other.

Source: names, bases, texts and signatures were read off Twisted 26.10 by running it.
"""

from __future__ import annotations

import errno
import socket
from typing import Any

from txloop._public import publish

__all__ = [
    "AlreadyCalled",
    "AlreadyCancelled",
    "AlreadyListened",
    "BadFileError",
    "BindError",
    "CannotListenError",
    "CertificateError",
    "ConnectBindError",
    "ConnectError",
    "ConnectInProgressError",
    "ConnectingCancelledError",
    "ConnectionAborted",
    "ConnectionClosed",
    "ConnectionDone",
    "ConnectionFdescWentAway",
    "ConnectionLost",
    "ConnectionRefusedError",
    "DNSLookupError",
    "FileDescriptorOverrun",
    "InvalidAddressError",
    "MessageLengthError",
    "MulticastJoinError",
    "NoProtocol",
    "NoRouteError",
    "NotConnectingError",
    "NotListeningError",
    "PeerVerifyError",
    "ProcessDone",
    "ProcessExitedAlready",
    "ProcessTerminated",
    "ReactorAlreadyInstalledError",
    "ReactorAlreadyRunning",
    "ReactorNotRestartable",
    "ReactorNotRunning",
    "SSLError",
    "ServiceNameUnknownError",
    "TCPTimedOutError",
    "TimeoutError",
    "UnknownHostError",
    "UnsupportedAddressFamily",
    "UnsupportedSocketType",
    "UserError",
    "VerifyError",
    "errnoMapping",
    "getConnectError",
]


def _sentence(message: str, *details: object) -> str:
    """*message*, then each detail after a colon, then a full stop."""
    return ": ".join([message, *map(str, details)]) + "."


def _joined(error: BaseException) -> tuple[str, ...]:
    """The arguments of *error* as one detail, or none.

    Twisted's own joining fails on an argument that is not a string; a text that
    cannot be printed hides the error it is about, so ours prints it.
    """
    return (" ".join(map(str, error.args)),) if error.args else ()


# ---- opening a port -------------------------------------------------------


class BindError(Exception):
    """A local address could not be taken."""

    MESSAGE = "An error occurred binding to an interface"

    def __str__(self) -> str:
        return _sentence(self.MESSAGE, *_joined(self))


class CannotListenError(BindError):
    """listenTCP, listenUDP, … did not get their port; raised at the call.

    Attributes:
        interface: The local address asked for; empty or None means any.
        port: The port number asked for, or the path of a UNIX socket.
        socketError: The OSError that the system gave.
    """

    def __init__(self, interface: Any, port: Any, socketError: Any) -> None:
        super().__init__(interface, port, socketError)
        self.interface = interface
        self.port = port
        self.socketError = socketError

    def __str__(self) -> str:
        where = self.interface or "any"
        return f"Couldn't listen on {where}:{self.port}: {self.socketError}."


class AlreadyListened(Exception):
    """This port listens already and can do so only once."""


class NotListeningError(RuntimeError):
    """A port was asked to stop listening, and was not listening."""

    MESSAGE = "The Port was not listening when it was asked to stop listening"

    def __str__(self) -> str:
        return _sentence(self.MESSAGE, *_joined(self))


# ---- datagrams ------------------------------------------------------------


class MulticastJoinError(Exception):
    """A multicast group could not be joined or left."""


class MessageLengthError(Exception):
    """A datagram is longer than the system sends in one piece."""

    MESSAGE = "Message is too long to send"

    def __str__(self) -> str:
        return _sentence(self.MESSAGE, *_joined(self))


class InvalidAddressError(ValueError):
    """A datagram was addressed to something that is not an address of its socket's family.

    Attributes:
        address: What was given.
        message: What is wrong with it.
    """

    def __init__(self, address: Any, message: str) -> None:
        super().__init__(address, message)
        self.address = address
        self.message = message


# ---- connecting -----------------------------------------------------------


class DNSLookupError(OSError):
    """A host name has no address, or nobody answered for it."""

    MESSAGE = "DNS lookup failed"

    def __str__(self) -> str:
        return _sentence(self.MESSAGE, *_joined(self))


class ConnectInProgressError(Exception):
    """A connection is being made already."""


class ConnectError(Exception):
    """A connection was not made; the reason of clientConnectionFailed.

    Args:
        osError: The system's error number, where there is one.
        string: The system's text for it, or any detail.
    Attributes:
        osError: As given.
    """

    MESSAGE = "An error occurred while connecting"

    def __init__(self, osError: Any = None, string: Any = "") -> None:
        self.osError = osError
        super().__init__(string)

    def __str__(self) -> str:
        return _sentence(self.MESSAGE, *filter(None, (self.osError, self.args[0])))


class ConnectBindError(ConnectError):
    """The local address asked for (``bindAddress``) could not be taken."""

    MESSAGE = "Couldn't bind"


class UnknownHostError(ConnectError):
    """The system knows no such host."""

    MESSAGE = "Hostname couldn't be looked up"


class NoRouteError(ConnectError):
    """The network is out of reach."""

    MESSAGE = "No route to host"


class ConnectionRefusedError(ConnectError):
    """Nobody listens at that address, or a firewall says so."""

    MESSAGE = "Connection was refused by other side"


class TCPTimedOutError(ConnectError):
    """The system gave up waiting for the peer."""

    MESSAGE = "TCP connection timed out"


class BadFileError(ConnectError):
    """The path given for a UNIX socket is not one that can be used."""

    MESSAGE = "File used for UNIX socket is no good"


class ServiceNameUnknownError(ConnectError):
    """A port was given by a service name that the system does not know."""

    MESSAGE = "Service name given as port is unknown"


class UserError(ConnectError):
    """The program itself called stopConnecting()."""

    MESSAGE = "User aborted connection"


class TimeoutError(UserError):
    """The ``timeout`` given to connectTCP, connectSSL or connectUNIX is over."""

    MESSAGE = "User timeout caused connection failure"


class SSLError(ConnectError):
    """TLS could not be set up."""

    MESSAGE = "An SSL error occurred"


class VerifyError(Exception):
    """Something that ought to be signed could not be verified."""

    MESSAGE = "Could not verify something that was supposed to be signed."


class PeerVerifyError(VerifyError):
    """The peer refused our proof."""

    MESSAGE = "The peer rejected our verify error."


class CertificateError(Exception):
    """A certificate is missing where one was expected."""

    MESSAGE = "We did not find a certificate where we expected to find one."


class NotConnectingError(RuntimeError):
    """A connector was asked to stop connecting, and was not connecting."""

    MESSAGE = "The Connector was not connecting when it was asked to stop connecting"

    def __str__(self) -> str:
        return _sentence(self.MESSAGE, *_joined(self))


class ConnectingCancelledError(Exception):
    """The Deferred of an endpoint's connect() was cancelled before it fired.

    Attributes:
        address: The address that was being connected to.
    """

    def __init__(self, address: Any) -> None:
        super().__init__(address)
        self.address = address


class NoProtocol(Exception):
    """An endpoint's factory returned None for a protocol."""


class UnsupportedAddressFamily(Exception):
    """A descriptor to adopt, or an address, is of a family that is not served here."""


class UnsupportedSocketType(Exception):
    """A descriptor to adopt is of a socket type that is not served here."""


errnoMapping: dict[int, type[ConnectError]] = {
    errno.ENETUNREACH: NoRouteError,
    errno.ECONNREFUSED: ConnectionRefusedError,
    errno.ETIMEDOUT: TCPTimedOutError,
}
# Windows numbers the same errors a second time.
for _name, _class in (
    ("WSAENETUNREACH", NoRouteError),
    ("WSAECONNREFUSED", ConnectionRefusedError),
    ("WSAETIMEDOUT", TCPTimedOutError),
):
    if hasattr(errno, _name):
        errnoMapping[getattr(errno, _name)] = _class
del _name, _class


def getConnectError(e: Any) -> ConnectError:
    """The ConnectError for what went wrong in a connect call.

    Args:
        e: An exception whose two arguments are number and text (OSError, gaierror),
            or such a pair.  With anything else the whole of it becomes the text.
    Returns:
        UnknownHostError for a gaierror, else the class that `errnoMapping` names for
        the number, else a plain ConnectError.
    """
    details = e.args if isinstance(e, Exception) else e
    try:
        number, text = details
    except ValueError:
        return ConnectError(string=e)
    if isinstance(e, socket.gaierror):
        return UnknownHostError(number, text)
    return errnoMapping.get(number, ConnectError)(number, text)


# ---- a connection has ended: the reasons of connectionLost ------------------


class ConnectionClosed(Exception):
    """A connection has ended, cleanly or not."""


class ConnectionLost(ConnectionClosed):
    """A connection broke: reset, timed out, cut off, aborted."""

    MESSAGE = "Connection to the other side was lost in a non-clean fashion"

    def __str__(self) -> str:
        # Subclasses give whole paragraphs here; their first line is the message.
        return _sentence(self.MESSAGE.strip().splitlines()[0], *_joined(self))


class ConnectionAborted(ConnectionLost):
    """This side called abortConnection()."""

    MESSAGE = "Connection was aborted locally using ITCPTransport.abortConnection"


class ConnectionDone(ConnectionClosed):
    """A connection was closed, by either side, the way it should be."""

    MESSAGE = "Connection was closed cleanly"

    def __str__(self) -> str:
        return _sentence(self.MESSAGE, *_joined(self))


class FileDescriptorOverrun(ConnectionLost):
    """More descriptors were queued by sendFileDescriptor than bytes to carry them."""

    # The full stop is Twisted's, so its sentence ends with two.
    MESSAGE = "A mis-use of IUNIXTransport.sendFileDescriptor caused the connection to be closed."


class ConnectionFdescWentAway(ConnectionLost):
    """The descriptor of a connection was closed behind its back."""

    MESSAGE = "Uh"


# ---- delayed calls ----------------------------------------------------------


class AlreadyCalled(ValueError):
    """A delayed call that has run can be neither cancelled nor put off."""

    MESSAGE = "Tried to cancel an already-called event"

    def __str__(self) -> str:
        return _sentence(self.MESSAGE, *_joined(self))


class AlreadyCancelled(ValueError):
    """A delayed call that was cancelled can be neither cancelled again nor put off."""

    MESSAGE = "Tried to cancel an already-cancelled event"

    def __str__(self) -> str:
        return _sentence(self.MESSAGE, *_joined(self))


# ---- processes ----------------------------------------------------------------


class ProcessDone(ConnectionDone):
    """A child process ended with exit code 0.

    Args:
        status: The raw wait status, as os.waitpid gives it.
    Attributes:
        exitCode: 0.
        signal: None.
        status: As given.
    """

    MESSAGE = "A process has ended without apparent errors"

    def __init__(self, status: Any) -> None:
        super().__init__("process finished with exit code 0")
        self.exitCode = 0
        self.signal: int | None = None
        self.status = status


class ProcessTerminated(ConnectionLost):
    """A child process ended with another exit code, or by a signal.

    Attributes:
        exitCode: The exit code, or None when a signal ended the process.
        signal: The number of that signal, or None.
        status: The raw wait status, as os.waitpid gives it.
    """

    MESSAGE = "A process has ended with a probable error condition"

    def __init__(self, exitCode: Any = None, signal: Any = None, status: Any = None) -> None:
        self.exitCode = exitCode
        self.signal = signal
        self.status = status
        how = "process ended"
        if exitCode is not None:
            how += f" with exit code {exitCode}"
        if signal is not None:
            how += f" by signal {signal}"
        super().__init__(how)


class ProcessExitedAlready(Exception):
    """A signal was sent to a process that has ended."""


# ---- the reactor ------------------------------------------------------------------


class ReactorNotRunning(RuntimeError):
    """stop() was called on a reactor that does not run."""


class ReactorNotRestartable(RuntimeError):
    """A reactor that cannot run twice was asked to."""


class ReactorAlreadyRunning(RuntimeError):
    """run() was called on a reactor that runs."""


class ReactorAlreadyInstalledError(AssertionError):
    """Another reactor holds the place already."""


publish(__name__, __all__)
