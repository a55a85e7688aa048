"""Running a program for its output or its exit code; calling a function with warnings silenced."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

from txloop._public import publish
from txloop.internet import protocol
from txloop.internet.defer import Deferred
from txloop.python.failure import Failure

__all__ = [
    "_EverythingGetter",
    "_UnexpectedErrorOutput",
    "getProcessOutput",
    "getProcessOutputAndValue",
    "getProcessValue",
    "runWithWarningsSuppressed",
    "suppressWarnings",
]

P = ParamSpec("P")
T = TypeVar("T")

# The arguments of one warnings.filterwarnings().
Filter = tuple[Sequence[Any], Mapping[str, Any]]


# ---- running a program -----------------------------------------------------------


class _UnexpectedErrorOutput(IOError):
    """A program wrote to its standard error, where nothing was expected.

    Attributes:
        processEnded: A Deferred that fails with how it ended, once it has.
    """

    def __init__(self, text: Any, processEnded: Deferred[Any]) -> None:
        super().__init__(f"got stderr: {text!r}")
        self.processEnded = processEnded


class _OutputGetter(protocol.ProcessProtocol):
    """Fires with all standard output; error output is added, or is a failure."""

    def __init__(self, deferred: Deferred[bytes], errortoo: bool) -> None:
        self._deferred: Deferred[bytes] | None = deferred
        self._error_too = errortoo
        self._pieces: list[bytes] = []
        self._ended: Deferred[Any] | None = None

    def outReceived(self, data: bytes) -> None:
        """Keep it."""
        self._pieces.append(data)

    def errReceived(self, data: bytes) -> None:
        """Keep it as well, or give up."""
        if self._error_too:
            self._pieces.append(data)
        elif self._deferred is not None:
            deferred, self._deferred = self._deferred, None
            self._ended = Deferred()
            deferred.errback(Failure(_UnexpectedErrorOutput(data, self._ended)))
            assert self.transport is not None
            self.transport.loseConnection()

    def processEnded(self, reason: Failure) -> None:
        """All there is."""
        if self._deferred is not None:
            self._deferred.callback(b"".join(self._pieces))
        elif self._ended is not None:
            self._ended.errback(reason)


class _ValueGetter(protocol.ProcessProtocol):
    """Fires with the exit code, None after a signal."""

    def __init__(self, deferred: Deferred[Any]) -> None:
        self._deferred = deferred

    def processEnded(self, reason: Failure) -> None:
        """It is known."""
        ended: Any = reason.value
        self._deferred.callback(ended.exitCode)


class _EverythingGetter(protocol.ProcessProtocol):
    """Fires with output, error output and exit code; fails with the signal in its place.

    Args:
        deferred: What to fire.
        stdinBytes: What the program reads.
    """

    def __init__(self, deferred: Deferred[tuple[bytes, bytes, int]], stdinBytes: bytes | None = None) -> None:
        self.deferred = deferred
        self._stdin = stdinBytes
        self._out: list[bytes] = []
        self._err: list[bytes] = []

    def outReceived(self, data: bytes) -> None:
        """Keep it."""
        self._out.append(data)

    def errReceived(self, data: bytes) -> None:
        """Keep it."""
        self._err.append(data)

    def connectionMade(self) -> None:
        """Write all of its input, and no more."""
        if self._stdin is not None:
            transport: Any = self.transport
            transport.writeToChild(0, self._stdin)
            transport.closeStdin()

    def processEnded(self, reason: Failure) -> None:
        """All there is."""
        out, err = b"".join(self._out), b"".join(self._err)
        ended: Any = reason.value
        if ended.signal is not None:
            self.deferred.errback((out, err, ended.signal))  # type: ignore[arg-type]  # Twisted's
        else:
            self.deferred.callback((out, err, ended.exitCode))


def getProcessOutput(
    executable: str | bytes,
    args: Sequence[str | bytes] = (),
    env: Mapping[Any, Any] | None = {},  # Twisted's, never changed
    path: str | bytes | None = None,
    reactor: Any = None,
    errortoo: Any = 0,
) -> Deferred[bytes]:
    """What a program writes to its standard output.

    Args:
        executable: The file to run.
        args: Its arguments, without its name.
        env: Its environment, empty by default; None means ours.
        path: The directory it starts in; None means ours.
        reactor: Who runs it; None means the one of here and now.
        errortoo: Add what it writes to its standard error, in the order it comes.
    Returns:
        A Deferred: the bytes, when it has ended, in whatever way; or a failure with
        IOError as soon as it writes to its standard error without *errortoo*, whose
        ``processEnded`` is a Deferred that fails with how it ended.
    Raises:
        OSError: There is no such executable, it may not run, …
    """
    deferred: Deferred[bytes] = Deferred()
    return _run(_OutputGetter(deferred, bool(errortoo)), deferred, executable, args, env, path, reactor)


def getProcessValue(
    executable: str | bytes,
    args: Sequence[str | bytes] = (),
    env: Mapping[Any, Any] | None = {},  # Twisted's, never changed
    path: str | bytes | None = None,
    reactor: Any = None,
) -> Deferred[int | None]:
    """The exit code of a program; None if a signal ended it.  Arguments as getProcessOutput()."""
    deferred: Deferred[int | None] = Deferred()
    return _run(_ValueGetter(deferred), deferred, executable, args, env, path, reactor)


def getProcessOutputAndValue(
    executable: str | bytes,
    args: Sequence[str | bytes] = (),
    env: Mapping[Any, Any] | None = {},  # Twisted's, never changed
    path: str | bytes | None = None,
    reactor: Any = None,
    stdinBytes: bytes | None = None,
) -> Deferred[tuple[bytes, bytes, int]]:
    """All that a program writes, and its exit code.  Arguments as getProcessOutput().

    Args:
        stdinBytes: What it reads; its standard input stays open without.
    Returns:
        A Deferred: ``(output, error output, exit code)``; or a failure whose value is
        ``(output, error output, signal)`` if a signal ended it.
    """
    deferred: Deferred[tuple[bytes, bytes, int]] = Deferred()
    return _run(_EverythingGetter(deferred, stdinBytes), deferred, executable, args, env, path, reactor)


def _run(
    getter: Any, deferred: Deferred[T], executable: Any, args: Any, env: Any, path: Any, reactor: Any
) -> Deferred[T]:
    if reactor is None:
        from txloop.internet import reactor  # which one that is is asked at the call, as everywhere
    reactor.spawnProcess(getter, executable, [executable, *args], env, path)
    return deferred


# ---- warnings ----------------------------------------------------------------------


def runWithWarningsSuppressed(
    suppressedWarnings: Sequence[Filter], f: Callable[..., Any], *a: Any, **kw: Any
) -> Any:
    """``f(*a, **kw)`` with warnings filters around it, until its Deferred fires if it returns one.

    The filters of the process are changed: other code that runs meanwhile meets them too.

    Args:
        suppressedWarnings: For each filter the arguments of `warnings.filterwarnings`, as
            ``(args, kwargs)``.
    """
    before = warnings.filters[:]
    for args, kwargs in suppressedWarnings:
        warnings.filterwarnings(*args, **kwargs)
    added = [each for each in warnings.filters if each not in before]

    def take_away(result: Any) -> Any:
        for each in added:
            if each in warnings.filters:
                warnings.filters.remove(each)  # type: ignore[attr-defined]  # a list, says its documentation
        warnings._filters_mutated()  # type: ignore[attr-defined]
        return result

    try:
        result = f(*a, **kw)
    except BaseException as raised:
        take_away(None)
        # By name, so that this frame stands in the traceback twice, as Twisted's does: trial's
        # reporter cuts tracebacks where it finds that.
        raise raised
    if isinstance(result, Deferred):
        return result.addBoth(take_away)
    return take_away(result)


def suppressWarnings(f: Callable[P, T], *suppressedWarnings: Filter) -> Callable[P, T]:
    """*f*, called by runWithWarningsSuppressed()."""

    @functools.wraps(f)
    def silenced(*args: P.args, **kwargs: P.kwargs) -> T:
        result: T = runWithWarningsSuppressed(suppressedWarnings, f, *args, **kwargs)
        return result

    return silenced


publish(__name__, __all__)
