"""Attempts to connect that the system knows nothing of yet, and those that come at a bad time.

    begin(attempt)     its address is being looked up, or its first turn is still to come
    settled(attempt)   it connects now, so the reactor keeps it; or it has failed

While a reactor shuts down, new attempts are held: much old code connects again whenever it
loses a connection (``clientConnectionLost: connector.connect()``), and would never let a
loop go.  A held attempt opens no socket.

    a guest's end       it is told that it has failed, once everything else has ended: who
                        waits for it gets an answer.  What is begun in answer to that is
                        dropped, and logged
    reactor.run()'s     it is dropped: after stop() nobody hears anything, as in Twisted
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
        self._begun: dict[int, Any] = {}
        self._held: dict[int, Any] = {}
        self._holders = 0

    def begin(self, attempt: Any) -> bool:
        """Remember it; False if it is held and must do nothing."""
        of_its_kind = self._held if self._holders else self._begun
        of_its_kind[id(attempt)] = attempt
        return not self._holders

    def settled(self, attempt: Any) -> None:
        """It is kept by the reactor now, or over."""
        self._begun.pop(id(attempt), None)
        self._held.pop(id(attempt), None)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold what begins meanwhile, and drop at the end what is still held."""
        self._holders += 1
        try:
            yield
        finally:
            self._holders -= 1
            if not self._holders:
                self._held.clear()

    @contextlib.contextmanager
    def held_and_told(self) -> Iterator[None]:
        """As `held`; at the end every attempt is told first, and what is dropped after that is logged."""
        with self.held():
            try:
                yield
            finally:
                self.give_up()
                if self._holders == 1:
                    for attempt in self._held.values():
                        _log.warn("not begun, since everything ends here: {attempt}", attempt=attempt)

    def give_up(self) -> None:
        """Tell each of those there are now that it has failed."""
        for attempt in [*self._begun.values(), *self._held.values()]:
            call_logged((attempt.connectionLost, (Failure(CONNECTION_LOST),), {}))
