"""System events: what runs before, during and after "startup" and "shutdown".

    fireEvent()  ->  every `before` trigger; if any gave a Deferred, wait for all of them
                 ->  every `during` trigger, then every `after` trigger, in one go

A trigger is forgotten as it is called, so an event fired twice calls nobody twice.
What a trigger raises is logged; the others still run.

Not here: the triggers a reactor has of its own (adapters/txloop_asyncio/reactor.py).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from txloop.internet.defer import Deferred
from txloop.logger import Logger

# One trigger: its phase, what to call, and with what.  This tuple is also its handle.
Trigger = tuple[str, Callable[..., Any], tuple[Any, ...], dict[str, Any]]

_log = Logger(namespace="txloop.internet.base")


class _ThreePhaseEvent:
    """One event and its triggers.

    Attributes:
        before, during, after: The triggers not called yet, in the order they were added.
        finishedBefore: The `before` triggers called in the firing that goes on now.
        state: ``"BASE"``, or ``"BEFORE"`` while `before` triggers are called or waited for.
    Source: Twisted 26.10, twisted.internet.base, by running it.  The name is Twisted's;
        programs and tests construct it.
    """

    def __init__(self) -> None:
        self.before: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = []
        self.during: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = []
        self.after: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = []
        self.finishedBefore: list[tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]] = []
        self.state = "BASE"

    def addTrigger(self, phase: str, callable: Callable[..., Any], *args: Any, **kwargs: Any) -> Trigger:
        """Have ``callable(*args, **kwargs)`` called in *phase*.

        Returns:
            The handle that `removeTrigger` takes.
        Raises:
            KeyError: *phase* is none of "before", "during" and "after".
        """
        if phase not in ("before", "during", "after"):
            raise KeyError(f"invalid phase {phase!r}: before, during or after")
        getattr(self, phase).append((callable, args, kwargs))
        return phase, callable, args, kwargs

    def removeTrigger(self, handle: Trigger) -> None:
        """Have it called no more.

        A `before` trigger that this very firing has called already is let pass with a
        DeprecationWarning.

        Raises:
            ValueError: there is no such trigger, or no longer; or *handle* is no handle.
            KeyError: its phase is none.
        """
        try:
            phase, callable, args, kwargs = handle
        except (TypeError, ValueError):
            raise ValueError(f"invalid trigger handle {handle!r}: it is what addTrigger returned") from None
        if phase not in ("before", "during", "after"):
            raise KeyError(f"invalid phase {phase!r}: before, during or after")
        trigger = (callable, args, kwargs)
        if self.state == "BEFORE" and phase == "before" and trigger in self.finishedBefore:
            warnings.warn(
                "Removing already-fired system event triggers will raise an "
                "exception in a future version of Twisted.",
                category=DeprecationWarning,
                stacklevel=2,
            )
            return
        getattr(self, phase).remove(trigger)

    def fireEvent(self) -> None:
        """Call the triggers, phase by phase; returns early if a `before` trigger has to be waited for."""
        self.state = "BEFORE"
        self.finishedBefore = []
        waiting_for: list[Deferred[Any]] = []
        while self.before:
            trigger = self.before.pop(0)
            self.finishedBefore.append(trigger)
            result = call_logged(trigger)
            if isinstance(result, Deferred):
                waiting_for.append(result)
        self._go_on_after(waiting_for)

    # ---- ours ----------------------------------------------------------------

    def _go_on_after(self, waiting_for: list[Deferred[Any]]) -> None:
        still_waiting = len(waiting_for)
        if not still_waiting:
            self._continueFiring(None)

        def one_finished(result: Any) -> Any:
            nonlocal still_waiting
            still_waiting -= 1
            if not still_waiting:
                self._continueFiring(None)
            return result  # a failure stays the trigger's own: unhandled, and reported as such

        for deferred in waiting_for:
            deferred.addBoth(one_finished)

    def _continueFiring(self, ignored: object) -> None:
        """The second half: `during`, then `after`.  Does nothing if it has been done."""
        if self.state != "BEFORE":
            return
        self.state = "BASE"
        self.finishedBefore = []
        for phase in (self.during, self.after):
            while phase:
                call_logged(phase.pop(0))


def call_logged(trigger: tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]) -> Any:
    callable, args, kwargs = trigger
    try:
        return callable(*args, **kwargs)
    except BaseException:  # as Twisted: not even SystemExit in a trigger stops the others
        _log.failure("While calling system event trigger handler")
        return None
