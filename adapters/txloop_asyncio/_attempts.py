"""Attempts to connect that the system knows nothing of yet, and those that come at a bad time.

    begin(attempt)     its address is being looked up, or its first turn is still to come
    settled(attempt)   it connects now, so the reactor keeps it; or it has failed

While a guest ends, attempts are held: much old code connects again whenever it loses a
connection (``clientConnectionLost: connector.connect()``), and would never let a loop go.
A held attempt opens no socket.  It is told that it has failed when everything else has
ended; what is begun in answer to that is dropped, and logged.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from txloop.internet._system_events import call_logged
from txloop.internet.main import CONNECTION_LOST
from txloop.logger import Logger
from txloop.python.failure import Failure

_log = Logger(namespace="txloop.internet.base")


class Attempts:
    """A reactor's attempts before they are connecting."""

    def __init__(self) -> None:
        self._of: dict[int, Any] = {}
        self._holders = 0

    def begin(self, attempt: Any) -> bool:
        """Remember it; False if it is held and must do nothing."""
        self._of[id(attempt)] = attempt
        return not self._holders

    def settled(self, attempt: Any) -> None:
        """It is kept by the reactor now, or over."""
        self._of.pop(id(attempt), None)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold what begins meanwhile; at the end it is told, and the rest dropped."""
        self._holders += 1
        try:
            yield
        finally:
            self.give_up()
            self._holders -= 1
            if not self._holders:
                self._drop()

    def give_up(self) -> None:
        """Tell each of those there are now that it has failed."""
        for attempt in list(self._of.values()):
            call_logged((attempt.connectionLost, (Failure(CONNECTION_LOST),), {}))

    def _drop(self) -> None:
        dropped, self._of = self._of, {}
        for attempt in dropped.values():
            _log.warn("not begun, since everything ends here: {attempt}", attempt=attempt)
