"""twisted.internet.posixbase: where reactors of other event loops derive from; refused here.

    class QtReactor(PosixReactorBase): …     QtReactor() raises, and says what to do instead

Twisted's own module is a reactor's engine that subclasses complete (GUI toolkits' loops,
mostly).  Here the engine is asyncio: such a subclass would be built, run, and never be asked
for a turn.  Other loops come in as asyncio loops: qasync for Qt, and `AsyncioReactor(loop)`.
"""

from __future__ import annotations

import os
from typing import Any

from txloop._public import publish
from txloop.internet import error
from txloop.internet.abstract import FileDescriptor
from txloop.internet.base import ReactorBase
from txloop.internet.fdesc import readFromFD
from txloop.internet.main import CONNECTION_DONE, CONNECTION_LOST
from txloop.python.failure import Failure

__all__ = ["CONNECTION_DONE", "CONNECTION_LOST", "PosixReactorBase"]

# What a selectable is told whose fileno() has become -1; modules of Twisted's import it.
_NO_FILEDESC = error.ConnectionFdescWentAway("File descriptor lost")


class _Waker(FileDescriptor):
    """Makes a loop that waits for descriptors return: readable after wakeUp(), until it was read.

    For subclasses of Twisted's reactors; txloop's wakes its loop through asyncio.

    Args:
        reactor: Who watches it.
    """

    def __init__(self, reactor: Any = None) -> None:
        FileDescriptor.__init__(self, reactor)
        self.i, self.o = os.pipe()
        for each in (self.i, self.o):
            os.set_blocking(each, False)

    def fileno(self) -> int:
        """The end that is watched."""
        return self.i

    def wakeUp(self) -> None:
        """Make it readable."""
        try:
            os.write(self.o, b"x")
        except BlockingIOError:
            pass  # it is already

    def doRead(self) -> Any:
        """Make it unreadable."""
        return readFromFD(self.i, lambda data: None)

    def connectionLost(self, reason: Failure) -> None:
        """Close both ends."""
        if self.i >= 0:
            os.close(self.i)
            os.close(self.o)
        self.i = self.o = -1


class _EveryReactorIsOne(type):
    def __instancecheck__(cls, instance: object) -> bool:
        of = ReactorBase if cls.__dict__.get("_is_for_all") else cls
        return type.__instancecheck__(of, instance)


class PosixReactorBase(ReactorBase, metaclass=_EveryReactorIsOne):
    """The base of reactors on other event loops.  Every reactor of ours is an instance; it makes none.

    Raises:
        NotImplementedError: always, when one is made.
    """

    _is_for_all = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            f"{type(self).__name__} brings its own event loop; txloop's reactor runs on asyncio. Take an "
            "asyncio loop for that toolkit (qasync for Qt, for example) and txloop.AsyncioReactor(loop)"
        )


publish(__name__, ["PosixReactorBase", "_Waker"])
