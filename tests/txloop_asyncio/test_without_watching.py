"""On a loop that watches no descriptors (Windows' proactor is one): what is refused, and how.

What works there is shown by the files that conftest.ON_STAND_IN names: their tests run on it.
"""

from __future__ import annotations

import asyncio
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from conftest import ProactorStandIn
from txloop.internet import process, protocol, reactor
from txloop.internet.abstract import FileDescriptor


def run(main: Any) -> None:
    with asyncio.Runner(loop_factory=ProactorStandIn) as runner:
        runner.run(main())


def test_a_descriptor_of_the_programs_own_is_refused_by_name_in_the_call_and_not_kept() -> None:
    async def main() -> None:
        ours, peer = socket.socketpair()

        class Own(FileDescriptor):
            def fileno(self) -> int:
                return ours.fileno()

        with ours, peer:
            own = Own(reactor)
            with pytest.raises(NotImplementedError):
                own.startReading()
            with pytest.raises(NotImplementedError):
                own.startWriting()
            assert reactor.getReaders() == reactor.getWriters() == []

    run(main)


def test_time_and_threads_need_no_watching() -> None:
    async def main() -> None:
        from txloop.internet.task import deferLater
        from txloop.internet.threads import deferToThread

        assert await deferLater(reactor, 0.001, lambda: "later") == "later"
        assert await deferToThread(lambda: "thread") == "thread"

    run(main)


def children() -> str:
    """This process's, dead ones too; multiprocessing keeps a server of its own from an earlier test."""
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text()


@pytest.mark.parametrize("use_pty", [False, True])
def test_a_child_is_refused_in_the_call_and_neither_it_nor_a_descriptor_is_left(use_pty: bool) -> None:
    async def main() -> None:
        before = os.listdir("/dev/fd"), children()
        with pytest.raises(NotImplementedError):
            reactor.spawnProcess(protocol.ProcessProtocol(), "/bin/cat", ["cat"], usePTY=use_pty)
        assert process.reapProcessHandlers == {}
        assert (os.listdir("/dev/fd"), children()) == before

    run(main)
