"""Being told that a child has exited: no signal handler, nothing process-wide, any thread's loop.

    Linux      a pidfd, which the loop finds readable when the child has exited
    elsewhere  a thread that waits for that child

Only *told*: whoever watches collects the status himself, so that signals are never sent
to a number that belongs to somebody else by then.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable


class ChildWatch:
    """Calls once, in the loop's thread, when the child has exited.

    Args:
        loop: Where to call.
        pid: The child; nobody has waited for it yet.
        exited: What to call.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, pid: int, exited: Callable[[], object]) -> None:
        self._loop = loop
        self._exited: Callable[[], object] | None = exited
        self._descriptor = -1
        if hasattr(os, "pidfd_open"):
            try:
                self._descriptor = os.pidfd_open(pid)
            except OSError:  # an old kernel, or a sandbox that forbids it
                pass
        if self._descriptor >= 0:
            loop.add_reader(self._descriptor, self._tell)
        else:
            # A daemon: a child that never ends shall not keep the program.
            threading.Thread(target=self._wait, args=(pid,), name=f"txloop-wait-{pid}", daemon=True).start()

    def stop(self) -> None:
        """Watch no more.  Stopping twice does no harm."""
        self._exited = None
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            if not self._loop.is_closed():
                self._loop.remove_reader(descriptor)
            os.close(descriptor)

    def __del__(self) -> None:
        # The loop was closed before the child exited.
        if self._descriptor >= 0:
            os.close(self._descriptor)

    def _tell(self) -> None:
        exited = self._exited
        self.stop()
        if exited is not None:
            exited()

    def _wait(self, pid: int) -> None:
        try:
            os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        except ChildProcessError:
            pass  # somebody else has waited for it
        try:
            self._loop.call_soon_threadsafe(self._tell)
        except RuntimeError:
            pass  # the loop was closed meanwhile
