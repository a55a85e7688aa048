"""A listening socket that still answers when the process has run out of descriptors.

accept() fails then, and the connection would stay in the queue: asyncio tries again after
a second, the peer waits.  Twisted keeps a descriptor in reserve for this: give it up, accept,
close at once, take it back.  So does libuv.  Here accept() itself does that, wherever Python
code calls it: asyncio's loop for TCP, ours for UNIX.
"""

from __future__ import annotations

import errno
import os
import socket
from typing import Any

from txloop.internet._reserved_descriptor import _BuffersLogs, _FileDescriptorReservation
from txloop.logger import globalLogPublisher

_OUT_OF_DESCRIPTORS = frozenset({errno.EMFILE, errno.ENFILE})


class ListeningSocket(socket.socket):
    """A socket with a descriptor in reserve from listen() to close()."""

    _reserve: _FileDescriptorReservation | None = None

    def listen(self, backlog: int = 50, /) -> None:
        """As socket's; the reserve is taken."""
        super().listen(backlog)
        self.reserve()

    def reserve(self) -> None:
        """Take the reserve, for a socket that listens already."""
        if self._reserve is None:
            self._reserve = _FileDescriptorReservation(lambda: open(os.devnull, "rb"))  # noqa: SIM115  # to be kept  # noqa: SIM115  # kept open
        self._reserve.reserve()

    def accept(self) -> tuple[socket.socket, Any]:
        """As socket's; but connections for which there is no descriptor are closed, and it is logged."""
        while True:
            try:
                return super().accept()
            except OSError as failed:
                if (
                    failed.errno not in _OUT_OF_DESCRIPTORS
                    or not self._reserve
                    or not self._reserve.available()
                ):
                    raise
                self._turn_one_away(failed)

    def close(self) -> None:
        """As socket's; the reserve is let go."""
        super().close()
        reserve, self._reserve = self._reserve, None
        if reserve is not None:
            reserve.release()

    def _turn_one_away(self, why: OSError) -> None:
        assert self._reserve is not None
        # Logging may itself want a descriptor (a file that rotates): after the reserve is back.
        with _BuffersLogs("txloop.internet.tcp", globalLogPublisher) as log, self._reserve:
            name = errno.errorcode.get(why.errno or 0, "")
            log.error("Could not accept new connection: {error}; closing it.", error=name or why)
            made, peer = super().accept()
            made.close()
            log.info("Closed connection from {peer}: out of file descriptors.", peer=peer)
