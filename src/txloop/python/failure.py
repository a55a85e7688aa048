"""An exception as a value: what travels down a Deferred's errbacks.

    except SomeError:                      a callback chain instead says
        failure = Failure()            ->  d.addErrback(lambda failure: failure.trap(SomeError))

A Failure keeps the exception, its class and its traceback.  It is made on every
failing Deferred, so making one only stores references; everything made for readers
(frames, names of the classes, texts) is worked out when somebody asks.

What holds what: a live Failure holds a traceback, a traceback holds frames, frames
hold local variables, often the Failure itself among them.  `cleanFailure` cuts that
knot: it keeps the frames' names and numbers and lets the frames go.  The methods that
raise here forget their own `self` on the way out for the same reason.

Not here: the texts (_failure_text.py), the stand-in tracebacks (_fake_traceback.py).
"""

from __future__ import annotations

import builtins
import functools
import io
import itertools
import sys
import warnings
from collections.abc import Callable, Generator, Sequence
from types import TracebackType
from typing import IO, Any, NoReturn, TypeVar, cast

from txloop._public import publish
from txloop.python import _failure_text
from txloop.python._failure_text import format_frames
from txloop.python._fake_traceback import FrameRecord, _Traceback
from txloop.python._fake_traceback import _Code as _Code
from txloop.python._fake_traceback import _Frame as _Frame
from txloop.python._fake_traceback import _TracebackFrame as _TracebackFrame
from txloop.python.reflect import qual, safe_repr, safe_str

__all__ = [
    "DO_POST_MORTEM",
    "EXCEPTION_CAUGHT_HERE",
    "DefaultException",
    "Failure",
    "NoCurrentExceptionError",
    "format_frames",
    "startDebugMode",
]

_Yielded = TypeVar("_Yielded")
_ErrorType = TypeVar("_ErrorType", bound="type[BaseException] | str")

# Numbers the Failures of the process; unlike ``count += 1`` it is one step for all threads.
_next_number = itertools.count(1).__next__

# Twisted's separator between the stack above an `except` and the traceback below it.
# Failures no longer record the stack above, so it is not printed; tools look for it.
traceupLength = 4  # how many lines of that stack there were
EXCEPTION_CAUGHT_HERE = "--- <exception caught here> ---"


class DefaultException(Exception):
    """Kept for programs that name it; nothing raises it."""


class NoCurrentExceptionError(Exception):
    """``Failure()`` was asked for the exception being handled, and there is none."""


class Failure(BaseException):
    """An exception that occurred, kept to be handled later or elsewhere.

    Args:
        exc_value: The exception.  None: the one being handled now, with its traceback.
            A Failure: this one becomes a copy of it.
        exc_type: Its class, if it is to be reported as another than ``type(exc_value)``.
        exc_tb: Its traceback, if not the exception's own.
        captureVars: Keep each frame's variables for ``getTraceback(detail="verbose")``.
    Raises:
        NoCurrentExceptionError: no *exc_value*, and no exception is being handled.
    Attributes:
        value: The exception.
        type: Its class.
        tb: Its traceback, None if it was never raised or the Failure was cleaned.
        count: The serial number of this Failure in the process.
    Source: Twisted 26.10, twisted.python.failure.Failure.
    """

    value: BaseException
    tb: TracebackType | None

    # Not there yet in those of `failure_of_caught`: worked out and kept when somebody asks.
    @functools.cached_property
    def type(self) -> builtins.type[BaseException]:
        return type(self.value)

    @functools.cached_property
    def count(self) -> int:
        return _next_number()

    # Class-level defaults: most Failures never need an own value.
    captureVars: bool = False
    pickled: int = 0
    _parents: list[str] | None = None
    _frames: list[FrameRecord] | None = None

    def __init__(
        self,
        exc_value: BaseException | None = None,
        exc_type: builtins.type[BaseException] | None = None,
        exc_tb: TracebackType | None = None,
        captureVars: bool = False,
    ) -> None:
        self.count = _next_number()
        if exc_value is None:
            exc_value = sys.exception()
            if exc_value is None:
                raise NoCurrentExceptionError(
                    "Failure() outside of an except block: pass the exception, Failure(exc)"
                )
            exc_type = None
            exc_tb = None
        if isinstance(exc_value, Failure):
            self.__dict__ = exc_value.__dict__.copy()
            return
        self.value = exc_value
        self.type = type(exc_value) if exc_type is None else exc_type
        if exc_tb is None:
            try:
                exc_tb = exc_value.__traceback__
            except AttributeError:  # programs do make Failures of strings
                pass
        self.tb = exc_tb
        if captureVars:
            self.captureVars = True

    @staticmethod
    def _withoutTraceback(value: BaseException) -> Failure:
        """A Failure of *value* that records no traceback, not even one that *value* has.

        For errors made to be reported, never raised; twisted.web uses it.
        """
        failure = Failure.__new__(Failure)
        failure.count = _next_number()
        failure.value = value
        failure.type = type(value)
        failure.tb = None
        return failure

    # ---- which error is it? ----------------------------------------------

    def check(self, *errorTypes: _ErrorType) -> _ErrorType | None:
        """The first of *errorTypes* that this error is an instance of, or None.

        Args:
            errorTypes: Exception classes, or their dotted names
                (``"twisted.internet.error.ConnectionDone"``).  Classes also match by
                name, since a Failure from another process brings only names.
        """
        bases = getattr(self.type, "__mro__", ())
        for error in errorTypes:
            if error in bases or (isinstance(error, str) and error in self.parents):
                return error
        for error in errorTypes:  # no such class; maybe another of the same name
            if isinstance(error, type) and qual(error) in self.parents:
                return error
        return None

    def trap(self, *errorTypes: _ErrorType) -> _ErrorType:
        """As `check`, but an error of none of these is raised again.

        In an errback: say which errors are handled below, let the others pass on.

        Returns:
            The one of *errorTypes* that matched.
        Raises:
            BaseException: the error itself, when none matches.
        """
        matched = self.check(*errorTypes)
        if matched is None:
            try:
                self.raiseException()
            finally:
                del self  # this frame is in the error's traceback now
        return matched

    @property
    def parents(self) -> list[str]:
        """Dotted names of the error's class and all its bases, nearest first."""
        names = self._parents
        if names is None:
            if isinstance(self.type, type) and issubclass(self.type, BaseException):
                names = [qual(base) for base in self.type.__mro__]
            else:
                names = [self.type]
            self._parents = names
        return names

    @parents.setter
    def parents(self, names: list[str]) -> None:
        self._parents = names

    # ---- raise it again --------------------------------------------------

    def raiseException(self) -> NoReturn:
        """Raise the error with its original traceback, this frame added to it."""
        try:
            raise self.value.with_traceback(self.tb)
        finally:
            del self

    def throwExceptionIntoGenerator(self, g: Generator[_Yielded, Any, Any]) -> _Yielded:
        """Throw the error, with its original traceback, into *g* where it waits.

        Returns:
            What *g* yields next.
        Raises:
            StopIteration: *g* caught the error and returned.
            BaseException: what *g* raised; the error itself if it caught nothing.
        """
        try:
            return g.throw(self.value.with_traceback(self.tb))
        finally:
            del self, g

    # ---- where did it happen? --------------------------------------------

    @property
    def frames(self) -> list[FrameRecord]:
        """(function name, file name, line number, locals' items, globals' items), outermost first.

        Worked out at the first question.  The items are empty without captureVars.
        """
        frames = self._frames
        if frames is None:
            self._frames = frames = _record_frames(self.tb, self.captureVars)
        return frames

    @frames.setter
    def frames(self, frames: list[FrameRecord]) -> None:
        self._frames = frames

    @property
    def stack(self) -> list[FrameRecord]:
        """Always empty: the stack above the ``except`` is not recorded.  Deprecated."""
        _warn_of_stack(self)
        return []

    @stack.setter
    def stack(self, frames: list[FrameRecord]) -> None:
        _warn_of_stack(self)

    def getTracebackObject(self) -> TracebackType | None:
        """A traceback for `traceback`, `pdb` and the like.

        Returns:
            The real one while the Failure is live; afterwards an object that reads like
            one, made of the recorded frames; None when there are no frames.
        """
        if self.tb is not None:
            return self.tb
        if self.frames:
            return cast(TracebackType, _Traceback(self.frames))
        return None

    # ---- let go of the frames --------------------------------------------

    def cleanFailure(self) -> None:
        """Let go of traceback and variables; names, numbers and texts stay.

        The exception loses its ``__traceback__`` too, so that no frame is kept alive
        and no reference cycle goes through this Failure.
        """
        self._frames = self._settled_frames()
        self.tb = None
        self.pickled = 1
        if getattr(self.value, "__traceback__", None) is not None:
            self.value.__traceback__ = None

    def _settled_frames(self) -> list[FrameRecord]:
        """The frames, with the text of each variable in place of the variable."""
        if not self.captureVars or self.pickled:
            return self.frames
        return [
            [name, filename, line, _texts_of(local_items), _texts_of(global_items)]
            for name, filename, line, local_items, global_items in self.frames
        ]

    def __getstate__(self) -> dict[str, Any]:
        """The attributes to pickle: no traceback, variables as text."""
        state = {
            **self.__dict__,
            "type": self.type,
            "count": self.count,
            "captureVars": self.captureVars,  # Twisted's reader has no default for it
            "tb": None,
            "parents": self.parents,
            "stack": [],
            "frames": self._settled_frames(),
            "pickled": 1,
        }
        state.pop("_parents", None)
        state.pop("_frames", None)
        return state

    def __setstate__(self, state: dict[str, Any] | None) -> None:
        for name, value in (state or {}).items():
            if name == "parents" or name == "frames":
                self.__dict__["_" + name] = value
            elif name != "stack" and (value or name != "captureVars"):
                self.__dict__[name] = value

    def __reduce__(self) -> tuple[Any, ...]:
        # Written out, since an exception's own pickle would call __init__ with `args`.
        return (functools.partial(Failure.__new__, Failure), (), self.__getstate__())

    # ---- as text ---------------------------------------------------------

    def getErrorMessage(self) -> str:
        """The error's ``str()``; one that raises is described instead."""
        if isinstance(self.value, Failure):
            return self.value.getErrorMessage()
        return safe_str(self.value)

    def getTraceback(self, elideFrameworkCode: int = 0, detail: str = "default") -> str:
        """The text that `printTraceback` prints, with the same arguments."""
        out = io.StringIO()
        self.printTraceback(out, elideFrameworkCode, detail)
        return out.getvalue()

    def getBriefTraceback(self) -> str:
        """One line for the error and one for each frame."""
        return self.getTraceback(detail="brief")

    def printTraceback(
        self,
        file: IO[str] | None = None,
        elideFrameworkCode: bool | int = False,
        detail: str = "default",
    ) -> None:
        """Write the error and where it happened.

        Args:
            file: Where to; None is the log, at level error.
            elideFrameworkCode: Accepted for Twisted's callers; nothing is left out.
            detail: ``"default"`` (like Python's), ``"brief"`` or ``"verbose"``.
        Raises:
            ValueError: *detail* is none of these.
        """
        if file is None:
            # Imported at need: the log formats Failures, so it imports this module.
            from txloop.python import log

            file = cast("IO[str]", log.logerr)
        _failure_text.write_traceback(self, file.write, detail)

    def printBriefTraceback(self, file: IO[str] | None = None, elideFrameworkCode: int = 0) -> None:
        """`printTraceback` with ``detail="brief"``."""
        self.printTraceback(file, elideFrameworkCode, detail="brief")

    def printDetailedTraceback(self, file: IO[str] | None = None, elideFrameworkCode: int = 0) -> None:
        """`printTraceback` with ``detail="verbose"``."""
        self.printTraceback(file, elideFrameworkCode, detail="verbose")

    def __repr__(self) -> str:
        return f"<{qual(self.__class__)} {_failure_text.type_name(self)}: {self.getErrorMessage()}>"

    def __str__(self) -> str:
        return f"[Failure instance: {self.getBriefTraceback()}]"


_new = Failure.__new__


def failure_of_caught(error: BaseException) -> Failure:
    """What ``Failure()`` makes where *error* is being handled, at half the cost: for Deferreds."""
    if _debug_mode or isinstance(error, Failure):
        return Failure()
    failure = _new(Failure)
    failure.value = error
    failure.tb = error.__traceback__
    return failure


def _record_frames(tb: TracebackType | None, with_variables: bool) -> list[FrameRecord]:
    frames: list[FrameRecord] = []
    while tb is not None:
        frame = tb.tb_frame
        code = frame.f_code
        local_items: Sequence[object] = ()
        global_items: Sequence[object] = ()
        if with_variables:
            local_items = list(frame.f_locals.items())
            global_items = list(frame.f_globals.items())
        frames.append((code.co_name, code.co_filename, tb.tb_lineno, local_items, global_items))
        tb = tb.tb_next
    return frames


def _texts_of(items: Sequence[tuple[str, object]]) -> list[tuple[str, str]]:
    return [(name, safe_repr(value)) for name, value in items]


def _warn_of_stack(failure: Failure) -> None:
    where = f"{qual(Failure)}.stack"
    warnings.warn(f"{where} was deprecated in Twisted 24.10.0", DeprecationWarning, stacklevel=3)


# ---- debug mode: stop in the debugger where a Failure is made ---------------

# True once Failure has _debuginit for its constructor.
_debug_mode = False

# Programs set it to False to pass Failures by once debug mode is on.
DO_POST_MORTEM = True


def _debuginit(
    self: Failure,
    exc_value: BaseException | None = None,
    exc_type: type[BaseException] | None = None,
    exc_tb: TracebackType | None = None,
    captureVars: bool = False,
    Failure__init__: Callable[..., None] = Failure.__init__,
) -> None:
    """Failure's constructor in debug mode: first look at the exception being handled."""
    if exc_value is None and exc_type is None and exc_tb is None and DO_POST_MORTEM:
        current = sys.exception()
        print(f"Jumping into debugger for post-mortem of exception '{current}':")
        import pdb  # a debugger is loaded by those who ask for it

        pdb.post_mortem(current.__traceback__ if current is not None else None)
    Failure__init__(self, exc_value, exc_type, exc_tb, captureVars)


def startDebugMode() -> None:
    """From now on a Failure made of the exception being handled opens `pdb` there."""
    global _debug_mode
    _debug_mode = True
    Failure.__init__ = _debuginit  # type: ignore[method-assign]  # what debug mode is


publish(__name__, __all__)
