"""The errors of Deferreds.

    a second callback()            AlreadyCalledError
    cancel()                       CancelledError      (an Exception, as in Twisted;
                                                        asyncio's is not)
    addTimeout() ran out           TimeoutError
    ensureDeferred(5)              NotACoroutineError

Not here: FirstError and the queues' errors, which live with what raises them.
"""

from __future__ import annotations

FIRED_TWICE = (
    "this Deferred already has its result: callback() and errback() are for one caller, once "
    "(defer.setDebugging(True) records who was first)"
)


class AlreadyCalledError(Exception):
    """`callback` or `errback` of a Deferred that has fired already.

    In debug mode its argument tells where the Deferred was made and first fired; else it
    has none, as in Twisted, and a text that says what to do.
    """

    def __str__(self) -> str:
        return super().__str__() or FIRED_TWICE


class CancelledError(Exception):
    """The default result of a Deferred that was cancelled."""


class TimeoutError(Exception):
    """The result of a Deferred whose `addTimeout` ran out.  Its arguments: seconds, ``"Deferred"``."""


class NotACoroutineError(TypeError):
    """Something that is no coroutine was given where one is needed."""


class _DefGen_Return(BaseException):
    """How `returnValue` leaves a generator; no error, and not for user code to catch."""

    def __init__(self, value: object) -> None:
        self.value = value
