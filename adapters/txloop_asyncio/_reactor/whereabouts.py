"""Which reactors run, and which threads are theirs.

    a pool worker            belongs to its pool's reactor          (thread-local)
    asyncio.to_thread(f)     belongs to the reactor of its caller   (context variable)
    the thread in run()      belongs to the reactor that it runs    (thread-local)

What a context or a thread keeps is weak: it may outlive its reactor.
"""

from __future__ import annotations

import threading
import weakref
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from txloop_asyncio.reactor import LoopReactor

    Reference = weakref.ref[LoopReactor]

_lock = threading.Lock()
_running: list[Reference] = []  # guarded by _lock


class _OfThread(threading.local):
    """What is known of each thread.

    Attributes:
        reference: Whose it is.
        runs: The reactor that is in run() or iterate() here: whatever code runs in this thread
            meanwhile runs in that one's loop.  (Strong, until then.)
    """

    reference: Reference | None = None
    runs: LoopReactor | None = None


of_thread = _OfThread()
_of_context: ContextVar[Reference | None] = ContextVar("txloop_reactor", default=None)


def began(reactor: LoopReactor) -> None:
    """*reactor* runs from now on."""
    with _lock:
        _running.append(reactor.reference)


def ended(reactor: LoopReactor) -> None:
    """*reactor* does not run any more.  Saying it twice does no harm."""
    with _lock:
        if reactor.reference in _running:
            _running.remove(reactor.reference)


def running() -> list[LoopReactor]:
    """The reactors that run now, in any thread."""
    with _lock:
        # A loop that was closed without shutdown_asyncgens() took its reactor with it unheard.
        _running[:] = [reference for reference in _running if _is_alive(reference)]
        return [reactor for reference in _running if (reactor := reference()) is not None]


def own_this_thread(reactor: LoopReactor | None) -> LoopReactor | None:
    """From now on the calling thread is *reactor*'s.  Returns whose it was."""
    before = owner_by_thread()
    of_thread.reference = None if reactor is None else reactor.reference
    return before


def owner_by_thread() -> LoopReactor | None:
    """The reactor whose pool the calling thread is in, or that it runs."""
    reference = of_thread.reference
    return None if reference is None else reference()


def note_in_context(reactor: LoopReactor) -> None:
    """Let what is started from this context (asyncio.to_thread) find *reactor*."""
    if _of_context.get() is not reactor.reference:
        _of_context.set(reactor.reference)


def owner_by_context() -> LoopReactor | None:
    """The reactor that this context last used inside its loop."""
    reference = _of_context.get()
    return None if reference is None else reference()


def _is_alive(reference: Reference) -> bool:
    reactor = reference()
    return reactor is not None and not (reactor.loop is not None and reactor.loop.is_closed())
