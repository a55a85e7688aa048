"""Long work in small steps, between other events: `task.Cooperator`.

    def work():                     one step a `yield`
        for row in rows:
            write(row)
            yield                   others may run here
            yield self.drained()    or: not before this Deferred has fired

    cooperate(work())  ->  CooperativeTask: pause, resume, stop, whenDone
    coiterate(work())  ->  only its Deferred

A Cooperator goes round its tasks, one step each, until its time slice (10 ms) is over,
and goes on in the reactor's next turn, where it stopped.  A task that is paused or waits
for a Deferred is not among those it goes round; with none left nothing is scheduled.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Generic, Protocol, TypeVar, cast

from txloop import _host
from txloop.internet.defer import Deferred, fail, succeed
from txloop.python.failure import Failure

_TaskIteratorT = TypeVar("_TaskIteratorT", bound=Iterator[Any])


class SchedulerError(Exception):
    """What a Cooperator or a CooperativeTask was asked cannot be done now."""


class SchedulerStopped(SchedulerError):
    """The Cooperator of this task was stopped, so it will make no step any more."""


class TaskFinished(SchedulerError):
    """The task has ended; the subclasses say how."""


class TaskDone(TaskFinished):
    """The task has ended by itself."""


class TaskStopped(TaskFinished):
    """The task was stopped by its `stop`."""


class TaskFailed(TaskFinished):
    """The task has ended by an exception of its iterator, or a Deferred that failed."""


class NotPaused(SchedulerError):
    """`resume` without a `pause` before it."""


class CooperativeTask(Generic[_TaskIteratorT]):
    """One iterator that a Cooperator works through; made by `Cooperator.cooperate`.

    Source: Twisted 26.10, internet.task.CooperativeTask.
    """

    _pauseCount = 0
    # The error that asking a finished task gets; None while it is not finished.
    _end: SchedulerError | None = None
    _outcome: Any = None

    def __init__(self, iterator: _TaskIteratorT, cooperator: Cooperator) -> None:
        self._iterator = iterator
        self._cooperator = cooperator
        self._waiting: list[Deferred[_TaskIteratorT]] = []
        cooperator._add(self)

    def whenDone(self) -> Deferred[_TaskIteratorT]:
        """A new Deferred that fires with the iterator when it is exhausted.

        It fails with the iterator's exception, with TaskStopped after `stop`, and with
        SchedulerStopped when the Cooperator is stopped.  Cancelling it does not stop the task.
        """
        if self._end is None:
            d: Deferred[_TaskIteratorT] = Deferred()
            self._waiting.append(d)
            return d
        if isinstance(self._outcome, Failure):
            return fail(self._outcome)
        return succeed(cast(_TaskIteratorT, self._outcome))

    def pause(self) -> None:
        """Make no steps until `resume` was called as often as `pause`.

        Raises:
            TaskFinished: the task has ended (TaskDone, TaskStopped, TaskFailed).
            SchedulerStopped: its Cooperator was stopped.
        """
        self._check_not_ended()
        self._pauseCount += 1
        if self._pauseCount == 1:
            self._cooperator._remove(self)

    def resume(self) -> None:
        """Take back one `pause`.

        Raises:
            NotPaused: there is none.
        """
        if self._pauseCount == 0:
            raise NotPaused("resume() without a pause() before it")
        self._pauseCount -= 1
        if self._pauseCount == 0 and self._end is None:
            self._cooperator._add(self)

    def stop(self) -> None:
        """Make no step any more; the Deferreds of `whenDone` fail with TaskStopped.

        Raises:
            TaskFinished, SchedulerStopped: as `pause`.
        """
        self._check_not_ended()
        self._finish(TaskStopped(), Failure(TaskStopped()))

    # ---- ours: the Cooperator calls these ------------------------------------

    def _step(self) -> None:
        """One `next`."""
        try:
            result = next(self._iterator)
        except StopIteration:
            self._finish(TaskDone(), self._iterator)
        except BaseException:
            self._finish(TaskFailed(), Failure())
        else:
            # (It may have been stopped in its own step, and then yielded a Deferred.)
            if isinstance(result, Deferred) and self._end is None:
                self.pause()
                result.addCallbacks(self._go_on, self._fail)

    def _go_on(self, result: object) -> None:
        self.resume()

    def _fail(self, failure: Failure) -> None:
        if self._end is None:
            self._finish(TaskFailed(), failure)

    def _finish(self, end: SchedulerError, outcome: _TaskIteratorT | Failure) -> None:
        self._end = end
        self._outcome = outcome
        if self._pauseCount == 0:
            self._cooperator._remove(self)
        waiting, self._waiting = self._waiting, []
        for d in waiting:
            if isinstance(outcome, Failure):
                d.errback(outcome)
            else:
                d.callback(outcome)

    def _check_not_ended(self) -> None:
        if self._end is not None:
            raise self._end


class _Timer:
    """Tells when a time slice is over: True from *MAX_SLICE* seconds after it was made."""

    MAX_SLICE = 0.01  # short enough not to be felt, as in Twisted

    def __init__(self) -> None:
        self._end = time.monotonic() + self.MAX_SLICE

    def __call__(self) -> bool:
        return time.monotonic() >= self._end


class ScheduledCall(Protocol):
    """What a Cooperator's scheduler returns: an IDelayedCall, of which only this is used."""

    def cancel(self) -> object: ...


def _defaultScheduler(callable: Callable[[], None]) -> ScheduledCall:
    """Call in the next turn of the reactor that is meant here."""
    from txloop.internet import reactor  # asked for when it is needed, never at import

    return reactor.callLater(0, callable)


class Cooperator:
    """Goes round its tasks, one step each.

    Args:
        terminationPredicateFactory: Called at the start of each slice; what it returns is
            called after each step and says, by true, that the slice is over.
        scheduler: Called with a function when there is work to do; calls it later, and
            returns something with a `cancel`.
        started: False: make no steps until `start`.
    Source: Twisted 26.10, internet.task.Cooperator.
    """

    _stopped = False
    _delayedCall: ScheduledCall | None = None

    def __init__(
        self,
        terminationPredicateFactory: Callable[[], Callable[[], bool]] = _Timer,
        scheduler: Callable[[Callable[[], None]], ScheduledCall] = _defaultScheduler,
        started: bool = True,
    ) -> None:
        self._tasks: list[CooperativeTask[Any]] = []
        self._round: Iterator[CooperativeTask[Any]] = iter(())
        self._new_predicate = terminationPredicateFactory
        self._scheduler = scheduler
        self._started = started

    def coiterate(
        self, iterator: _TaskIteratorT, doneDeferred: Deferred[_TaskIteratorT] | None = None
    ) -> Deferred[_TaskIteratorT]:
        """Work through *iterator*.

        Args:
            doneDeferred: What to fire and return instead of a new Deferred.
        Returns:
            As `CooperativeTask.whenDone`.
        """
        done = self.cooperate(iterator).whenDone()
        if doneDeferred is None:
            return done
        done.chainDeferred(doneDeferred)
        return doneDeferred

    def cooperate(self, iterator: _TaskIteratorT) -> CooperativeTask[_TaskIteratorT]:
        """Work through *iterator*; the task can be paused, resumed and stopped."""
        return CooperativeTask(iterator, self)

    def start(self) -> None:
        """Begin, or begin again after `stop`."""
        self._stopped = False
        self._started = True
        self._schedule()

    def stop(self) -> None:
        """End: every task, and each one added from now on, fails with SchedulerStopped."""
        self._stopped = True
        for task in list(self._tasks):
            task._finish(SchedulerStopped(), Failure(SchedulerStopped()))

    @property
    def running(self) -> bool:
        """True between `start` and `stop`."""
        return self._started and not self._stopped

    # ---- ours: tasks call these ------------------------------------------------

    def _add(self, task: CooperativeTask[Any]) -> None:
        """Go round *task* too, until it is removed."""
        self._tasks.append(task)
        if self._stopped:
            task._finish(SchedulerStopped(), Failure(SchedulerStopped()))
        else:
            self._schedule()

    def _remove(self, task: CooperativeTask[Any]) -> None:
        self._tasks.remove(task)
        if not self._tasks:
            self._unschedule()

    def _schedule(self) -> None:
        if self._tasks and self._started and self._delayedCall is None:
            self._delayedCall = self._scheduler(self._tick)

    def _unschedule(self) -> None:
        scheduled, self._delayedCall = self._delayedCall, None
        if scheduled is not None:
            scheduled.cancel()

    def _tick(self) -> None:
        """One slice: go round until it is over or no task is left."""
        self._delayedCall = None
        is_over = self._new_predicate()
        while self._tasks:
            # The list's own iterator: a round goes on where the last slice has left it, by position.
            # Who is paused or resumed meanwhile moves the others, as in Twisted; programs count on the order.
            task = next(self._round, None)
            if task is None:
                self._round = iter(self._tasks)
                continue
            task._step()
            if is_over():
                break
        self._schedule()


# ---- the reactor's own ---------------------------------------------------------------

# Under this name a reactor keeps its Cooperator: one a reactor, since it must not outlive
# the loop in which its next slice is scheduled.
OF_REACTOR = "_txloop_cooperator"


def cooperator_of_the_reactor() -> Cooperator:
    """The Cooperator of the reactor that is meant here."""
    reactor = _host.host().ambient_reactor()
    cooperator: Cooperator | None = getattr(reactor, OF_REACTOR, None)
    if cooperator is None:
        cooperator = Cooperator(scheduler=lambda slice_: reactor.callLater(0, slice_))
        setattr(reactor, OF_REACTOR, cooperator)
    return cooperator


def coiterate(iterator: _TaskIteratorT) -> Deferred[_TaskIteratorT]:
    """Work through *iterator* in the reactor's idle time; see `Cooperator.coiterate`."""
    return cooperator_of_the_reactor().coiterate(iterator)


def cooperate(iterator: _TaskIteratorT) -> CooperativeTask[_TaskIteratorT]:
    """Work through *iterator* in the reactor's idle time; see `Cooperator.cooperate`."""
    return cooperator_of_the_reactor().cooperate(iterator)
