"""The other end of the daemon: a build master, small, that keeps one worker busy.  Run on stock Twisted.

    python master.py SECONDS FOLDER     prints its port; at the end, as JSON, what it saw

It logs the worker in, gives it the same few jobs once a second (a command, files, an upload), hangs
up once in the midst, and at the end touches the file by which the worker is told to go.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

from twisted.cred import checkers, portal
from twisted.internet import defer, reactor, task
from twisted.spread import pb
from zope.interface import implementer

NAME, PASSWORD, BUILDER = "oldtimer", "secret", "one"
# The worker looks at that file every ten seconds, and takes a while to go.
GOING_SECONDS = 14


class Step(pb.Referenceable):
    """What a job's messages come to.

    Attributes:
        done: Fires with the status that the job told last.
    """

    def __init__(self) -> None:
        self.done: Any = defer.Deferred()
        self._status: Any = None
        self.output = ""

    def remote_update(self, updates: Any) -> int:
        for update, _ in updates:
            self._status = update.get("rc", self._status)
            self.output += update.get("stdout", "")
        return max(number for _, number in updates)

    def remote_complete(self, failure: Any = None) -> None:
        self.done.callback(self._status if failure is None else str(failure))


class Upload(pb.Referenceable):
    """Takes a file in pieces."""

    def __init__(self) -> None:
        self.content = b""

    def remote_write(self, data: Any) -> None:
        self.content += data if isinstance(data, bytes) else data.encode()

    def remote_close(self) -> None:
        pass


class WorkerSeen(pb.Avatar):
    """One login of the worker.

    Attributes:
        here: Until it is gone.
    """

    def __init__(self, master: Master, mind: Any) -> None:
        self._master = master
        self.mind = mind
        self.here = True

    def perspective_keepalive(self) -> None:
        self._master.seen["keepalives"] += 1

    def perspective_shutdown(self) -> None:
        self._master.seen["asked to go"] += 1


@implementer(portal.IRealm)
class Master:
    """Who logs in, and what is to be done."""

    def __init__(self, seconds: float, folder: Path) -> None:
        self.seen: Counter[str] = Counter()
        self._began = time.monotonic()
        self._seconds = seconds
        self._folder = folder
        self._has_hung_up = False

    def requestAvatar(self, name: bytes, mind: Any, *interfaces: Any) -> Any:
        self.seen["logins"] += 1
        worker = WorkerSeen(self, mind)
        defer.ensureDeferred(self._work(worker)).addErrback(self._broken, worker)
        return pb.IPerspective, worker, lambda: self._gone(worker)

    def _gone(self, worker: WorkerSeen) -> None:
        worker.here = False
        if self.seen["asked to go"]:
            reactor.callLater(0.5, reactor.stop)

    def _broken(self, failure: Any, worker: WorkerSeen) -> None:
        if worker.here or not failure.check(pb.DeadReferenceError, pb.PBConnectionLost):
            print(failure.getTraceback(), file=sys.stderr)

    def schedule(self) -> None:
        """What comes when."""
        reactor.callLater(self._seconds - GOING_SECONDS, (self._folder / "shutdown.stamp").touch)
        reactor.callLater(self._seconds + 60, reactor.stop)  # it does not go

    async def _work(self, worker: WorkerSeen) -> None:
        await task.deferLater(reactor, 0.1, lambda: None)
        await worker.mind.callRemote("print", "hello, worker")
        assert "admin" in await worker.mind.callRemote("getWorkerInfo")
        assert "shell" in await worker.mind.callRemote("getCommands")
        builders = await worker.mind.callRemote("setBuilderList", [(BUILDER, BUILDER)])
        await builders[BUILDER].callRemote("startBuild")
        while not await self._is_over(worker):
            await self._round(builders[BUILDER])
            self.seen["rounds"] += 1
            # At whole seconds: however long one takes, there are as many of them.
            await task.deferLater(reactor, 1 - (time.monotonic() - self._began) % 1, lambda: None)

    async def _is_over(self, worker: WorkerSeen) -> bool:
        """Between two rounds: is it time to let the worker go, or to hang up in the midst?"""
        if self.seen["asked to go"]:
            await worker.mind.callRemote("shutdown")
            return True
        if not self._has_hung_up and time.monotonic() - self._began > self._seconds * 0.4:
            self._has_hung_up = True
            worker.mind.broker.transport.loseConnection()
            return True
        return not worker.here

    async def _round(self, builder: Any) -> None:
        where = {"workdir": "work", "logEnviron": 0, "want_stdout": 1, "want_stderr": 1}
        await self._step(builder, "mkdir", dir="work")
        shell = await self._step(builder, "shell", command="seq 1 500 | tee numbers", **where)
        assert shell.output.split()[-1:] == ["500"], shell.output
        upload = Upload()
        sizes = {"maxsize": None, "blocksize": 512, "keepstamp": False}
        await self._step(builder, "uploadFile", workersrc="numbers", writer=upload, workdir="work", **sizes)
        assert upload.content.split()[-1:] == [b"500"], upload.content
        await self._step(builder, "stat", file="work/numbers")
        await self._step(builder, "shell", command="exit 3", **where)
        await self._step(builder, "rmdir", dir="work")

    async def _step(self, builder: Any, kind: str, **arguments: Any) -> Step:
        step = Step()
        await builder.callRemote("startCommand", step, "1", kind, arguments)
        self.seen[f"{kind}: {await step.done}"] += 1
        return step


if __name__ == "__main__":
    master = Master(float(sys.argv[1]), Path(sys.argv[2]))
    checker = checkers.InMemoryUsernamePasswordDatabaseDontUse(**{NAME: PASSWORD.encode()})
    port = reactor.listenTCP(0, pb.PBServerFactory(portal.Portal(master, [checker])), interface="127.0.0.1")
    print(port.getHost().port, flush=True)
    master.schedule()
    reactor.run()
    print(json.dumps(master.seen))
