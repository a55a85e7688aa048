"""What each bridge does and does not, as programs; none waits longer than a second."""

from __future__ import annotations

from dataclasses import dataclass

INSTALLED = (
    "crochet==2.1.1",
    "txaio==26.6.1",
    "tornado==6.6.1",
    "pytest-twisted==1.14.3",
    "pytest-asyncio",
    "pytest",
)


@dataclass(frozen=True)
class Claim:
    """One cell of the table, or a part of one.

    Attributes:
        bridge: Whose.
        says: What is claimed.
        program: Python; or with *pytest*, a file of tests.
        prints: Its last line; of tests, "passed" or "failed".
        pytest: Options of pytest's.
    """

    bridge: str
    says: str
    program: str
    prints: str
    pytest: tuple[str, ...] | None = None


TOLD = """
import asyncio
async def told(awaitable):
    try:
        print(await asyncio.wait_for(awaitable, 1), flush=True)
    except BaseException as failed:
        print(type(failed).__name__, flush=True)
"""

# Twisted's asyncio reactor, run as its manual says.
INSTALL = f"""{TOLD}
from twisted.internet import asyncioreactor
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
asyncioreactor.install(loop)
from twisted.internet import defer, reactor, task
def go(main):
    reactor.callWhenRunning(lambda: asyncio.ensure_future(main()).add_done_callback(lambda _: reactor.stop()))
    reactor.run()
async def of_deferred_code(coroutine):
    return await defer.ensureDeferred(coroutine).asFuture(loop)
"""
AWAIT_FIRED = (
    "async def main():\n    async def f(): return await defer.succeed(5)\n    await told(f())\ngo(main)"
)
AWAIT_PENDING = """
async def main():
    async def f(): return await task.deferLater(reactor, 0.05, lambda: 6)
    await told(f())
go(main)"""
AS_FUTURE = (
    "async def main():\n    await told(task.deferLater(reactor, 0.05, lambda: 7).asFuture(loop))\ngo(main)"
)
COROUTINE = "async def main():\n    await told(of_deferred_code(asyncio.sleep(0.01, 8)))\ngo(main)"
FROM_FUTURE = """
async def old():
    return await defer.Deferred.fromFuture(asyncio.ensure_future(asyncio.sleep(0.01, 9)))
async def main():
    await told(of_deferred_code(old()))
go(main)"""
AGAIN = """
async def main(): pass
go(main)
try:
    go(main)
    print("again")
except Exception as failed:
    print(type(failed).__name__)"""

# The same inside a loop that somebody else runs.
INSIDE = f"""{TOLD}
import os
async def main():
    {{begin}}
    from twisted.internet import protocol, reactor, threads
    from twisted.protocols.wire import Echo
    port = reactor.listenTCP(0, protocol.Factory.forProtocol(Echo), interface="127.0.0.1")
    reader, writer = await asyncio.open_connection("127.0.0.1", port.getHost().port)
    writer.write(b"x")
    sockets = await asyncio.wait_for(reader.read(1), 1)
    print(sockets, end=" and ", flush=True)
    await told(threads.deferToThread(lambda: "a thread").asFuture(asyncio.get_running_loop()))
    os._exit(0)
asyncio.run(main())
"""
INSTALL_INSIDE = (
    "from twisted.internet import asyncioreactor; asyncioreactor.install(asyncio.get_running_loop())"
)
START = "; from twisted.internet import reactor; reactor.startRunning(installSignalHandlers=False)"
TORNADO_INSIDE = "from tornado.platform.twisted import install; install()"

CROCHET = f"""{TOLD}
import os
import crochet
crochet.setup()
from twisted.internet import defer, reactor, task
@crochet.run_in_reactor
def later(): return task.deferLater(reactor, 0.05, lambda: 2)
@crochet.run_in_reactor
def old(): return defer.ensureDeferred(asyncio.sleep(0.01, 3))
"""
TXAIO = """
import asyncio, sys
sys.modules["twisted"] = None
import txaio
txaio.use_asyncio()
async def main():
    txaio.config.loop = asyncio.get_running_loop()
    future = txaio.create_future()
    txaio.resolve(future, 3)
    print(await future, type(txaio.config.loop).__module__.partition(".")[0])
"""
TORNADO = f"""{TOLD}
from tornado import gen
from tornado.platform.twisted import install
@gen.coroutine
def yields():
    from twisted.internet import reactor, task
    answer = yield task.deferLater(reactor, 0.01, lambda: 4)
    return answer
async def awaits():
    from twisted.internet import reactor, task
    return await task.deferLater(reactor, 0.01, lambda: 4)
async def main():
    install()
    await told({{what}}())
asyncio.run(main())
"""
TESTS = """
import asyncio, pytest, pytest_twisted
from twisted.internet import defer, reactor, task
"""
IN_DEFERRED_TEST = f"""{TESTS}
@pytest_twisted.ensureDeferred
async def test_it():
    await """
IN_ASYNCIO_TEST = f"""{TESTS}
@pytest_twisted.ensureDeferred
async def test_first(): pass
@pytest.mark.asyncio
async def test_it():
    await asyncio.wait_for(task.deferLater(reactor, 0.01, int).asFuture(asyncio.get_running_loop()), 1)"""
ON_ASYNCIO = ("--reactor=asyncio", "-o", "asyncio_default_fixture_loop_scope=function")

ASYNCIOREACTOR = "Twisted's asyncio reactor"
CLAIMS = (
    Claim(ASYNCIOREACTOR, "awaits a Deferred that has fired", INSTALL + AWAIT_FIRED, "5"),
    Claim(ASYNCIOREACTOR, "not one that has not", INSTALL + AWAIT_PENDING, "RuntimeError"),
    Claim(ASYNCIOREACTOR, "by asFuture it does", INSTALL + AS_FUTURE, "7"),
    Claim(ASYNCIOREACTOR, "no coroutine of asyncio's in Deferred code", INSTALL + COROUTINE, "RuntimeError"),
    Claim(ASYNCIOREACTOR, "after fromFuture it goes", INSTALL + FROM_FUTURE, "9"),
    Claim(ASYNCIOREACTOR, "does not run again", INSTALL + AGAIN, "ReactorNotRestartable"),
    Claim(
        ASYNCIOREACTOR,
        "inside a loop, sockets only",
        INSIDE.format(begin=INSTALL_INSIDE),
        "b'x' and TimeoutError",
    ),
    Claim(
        ASYNCIOREACTOR,
        "threads after startRunning()",
        INSIDE.format(begin=INSTALL_INSIDE + START),
        "b'x' and a thread",
    ),
    Claim("crochet", "waits, and blocks", CROCHET + "print(later().wait(1), flush=True)\nos._exit(0)", "2"),
    Claim("crochet", "awaits nothing", CROCHET + "asyncio.run(told(later()))\nos._exit(0)", "TypeError"),
    Claim(
        "crochet",
        "no coroutine of asyncio's in Deferred code",
        CROCHET + "try: old().wait(1)\nexcept RuntimeError as e: print(e, flush=True)\nos._exit(0)",
        "no running event loop",
    ),
    Claim("txaio", "needs no Twisted", TXAIO + "asyncio.run(main())", "3 asyncio"),
    Claim("txaio", "goes on uvloop", TXAIO + "import uvloop\nuvloop.run(main())", "3 uvloop"),
    Claim(
        "txaio",
        "is for one world a process",
        "import txaio\ntxaio.use_twisted()\ntry: txaio.use_asyncio()\nexcept RuntimeError: print('one')",
        "one",
    ),
    Claim("tornado's bridge", "a Deferred may be yielded", TORNADO.format(what="yields"), "4"),
    Claim("tornado's bridge", "but not awaited", TORNADO.format(what="awaits"), "RuntimeError"),
    Claim(
        "tornado's bridge",
        "inside a loop, sockets only",
        INSIDE.format(begin=TORNADO_INSIDE),
        "b'x' and TimeoutError",
    ),
    Claim(
        "pytest-twisted",
        "awaits Deferreds",
        IN_DEFERRED_TEST + "task.deferLater(reactor, 0, int)",
        "passed",
        (),
    ),
    Claim(
        "pytest-twisted",
        "no coroutine of asyncio's",
        IN_DEFERRED_TEST + "asyncio.sleep(0.01)",
        "failed",
        ON_ASYNCIO,
    ),
    Claim(
        "pytest-twisted",
        "after fromFuture it goes, with --reactor=asyncio",
        IN_DEFERRED_TEST + "defer.Deferred.fromFuture(asyncio.ensure_future(asyncio.sleep(0.01)))",
        "passed",
        ON_ASYNCIO,
    ),
    Claim("pytest-twisted", "does not stand beside pytest-asyncio", IN_ASYNCIO_TEST, "failed", ON_ASYNCIO),
    Claim("txloop", "awaits a Deferred", INSTALL + AWAIT_PENDING, "6"),
    Claim("txloop", "coroutines of asyncio's in Deferred code", INSTALL + COROUTINE, "8"),
    Claim("txloop", "runs again", INSTALL + AGAIN, "again"),
    Claim("txloop", "inside a loop, without any set-up", INSIDE.format(begin="pass"), "b'x' and a thread"),
)
