"""What is remembered about a Deferred for the reader of a log.

Two things hang on this small object instead of on the Deferred itself:

    the places where it was made and first fired     (in debug mode only)
    the failure nobody has handled so far            (always)

It is made at need, and dies with its Deferred.  Its ``__del__`` is the moment when it
is certain that nobody will handle the failure any more, so there it is logged, once.
A ``__del__`` of Deferred's own would cost every Deferred what only failed ones need.
"""

from __future__ import annotations

import itertools
import os
import sys
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from weakref import WeakValueDictionary

from txloop import _host
from txloop.logger import Logger
from txloop.python.failure import Failure, failure_of_caught

if TYPE_CHECKING:
    from txloop.internet._deferred.defer import Deferred

log: Logger = Logger(namespace="txloop.internet.defer")


# Says whether the places are wanted, here and now; None is no, without a call.
recording: Callable[[], object] | None = None

# Called with whether `recording` is there when that changes.  What makes Deferreds is another then:
# to ask each time costs a coroutine over fired Deferreds 4 to 8 % (benchmarks.deferred).
when_recording_changes: list[Callable[[bool], object]] = []

# asyncio and uvloop turn this on in the thread where a loop with set_debug(True) runs.
_a_debugging_loop_runs_here: Callable[[], object] = sys.get_coroutine_origin_tracking_depth
_has_met_debugging = False


def met_loop() -> None:
    """A loop is running here, for the first time as far as we know: follow its debug mode.

    Called where a loop first has to do with us: its reactor begins, a task awaits a Deferred in it,
    a Deferred coroutine has to wait in it.  Each Deferred's constructor would have to ask
    otherwise, for a third of what it costs.
    """
    global _has_met_debugging
    if not _has_met_debugging and _a_debugging_loop_runs_here():
        _has_met_debugging = True
        record_if(recording)


def record_if(asked: Callable[[], object] | None) -> None:
    """Record when *asked* says so; None leaves it to the loops."""
    global recording
    recording = asked or (_a_debugging_loop_runs_here if _has_met_debugging else None)
    for tell in when_recording_changes:
        tell(recording is not None)


# The Deferreds made while somebody debugs, oldest first, for reactor.snapshot().  A thread that
# makes one while another looks is harmless: single dictionary operations.
_serials = itertools.count()
_remembered: WeakValueDictionary[int, Deferred[Any]] = WeakValueDictionary()


def note_creation(d: Deferred[Any]) -> None:
    """Called by *d*'s constructor while somebody debugs, be it in another thread."""
    if recording is not None and recording():
        d._debugInfo = DebugInfo()
        d._debugInfo.creator = stack_of_caller(2)
        _remembered[next(_serials)] = d


def remembered() -> list[Deferred[Any]] | None:
    """The Deferreds made in debug mode that live, oldest first; None while nobody debugs."""
    if recording is None or not recording():
        return None
    return [d for _, d in sorted(_remembered.items())]


class DebugInfo:
    """Where a Deferred comes from, and its failure as long as nobody has handled it.

    Attributes:
        failResult: The failure that is logged when this object dies; None if there is none.
        creator: The stack at the Deferred's creation, formatted lines; debug mode only.
        invoker: The stack where it was first fired, likewise.
    """

    failResult: Failure | None = None
    creator: list[str]
    invoker: list[str]

    def _getDebugTracebacks(self) -> str:
        """Both places as one indented text; empty when none was recorded."""
        text = ""
        if hasattr(self, "creator"):
            text += " C: Deferred was created:\n C:" + _indented(self.creator, " C:")
        if hasattr(self, "invoker"):
            text += " I: First Invoker was:\n I:" + _indented(self.invoker, " I:")
        return text

    def __del__(self) -> None:
        """Log the failure that nobody handled."""
        failure = self.failResult
        if failure is None:
            return
        places = self._getDebugTracebacks()
        log.critical("Unhandled error in Deferred:", isError=True)
        log.failure("(debug: {debugInfo})" if places else "", failure, debugInfo=places)
        if _host.running_loop() is not None:
            _host.host().report_unhandled(
                {
                    "message": "Unhandled error in Deferred" + (f":\n{places}" if places else ""),
                    "exception": failure.value,
                }
            )


def settle(d: Deferred[Any]) -> None:
    """*d*'s list is empty: remember a failure, to be logged if nobody comes for it."""
    result = d.result
    if isinstance(result, Failure) and result is not d._answered:
        if d._debugInfo is None:
            d._debugInfo = DebugInfo()
        if d.debug and not hasattr(d._debugInfo, "invoker"):  # turned on for *d* alone, or late
            result.captureVars = True
            d._debugInfo.invoker = stack_of_caller(3)
        d._debugInfo.failResult = result
    elif d._debugInfo is not None:
        d._debugInfo.failResult = None


def caught_while_recording(d: Deferred[Any], error: BaseException) -> Failure:
    """The Failure of *error*, which a callback of *d* has raised, with all that debug mode keeps."""
    if not d.debug:  # it is a loop that is in debug mode
        return failure_of_caught(error)
    if d._debugInfo is None:  # debugging was turned on after *d* was made
        d._debugInfo = DebugInfo()
        d._debugInfo.invoker = stack_of_caller(3)
    return Failure(captureVars=True)


def _indented(stack: list[str], mark: str) -> str:
    """*stack* with *mark* before each of its lines but the first."""
    lines = "".join(stack).strip("\n").split("\n")
    return ("\n" + mark).join(lines) + "\n"


def stack_of_caller(skip: int) -> list[str]:
    """The stack, formatted, without this function's frame and the *skip* innermost below it."""
    return traceback.format_stack(sys._getframe(skip + 1))


def asked_for_by_the_environment() -> bool:
    """True when the process is to be debugged from its start, by asyncio's own switches.

    These are ``PYTHONASYNCIODEBUG`` and ``-X dev``.
    """
    return sys.flags.dev_mode or (
        not sys.flags.ignore_environment and bool(os.environ.get("PYTHONASYNCIODEBUG"))
    )
