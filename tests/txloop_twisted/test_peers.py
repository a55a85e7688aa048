"""What goes over the overlay's borders, pickles and Perspective Broker, is read by a stock Twisted.

Source: both name classes by module; a peer without txloop knows Twisted's names only.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from support import CHILD_TIMEOUT_SECONDS, child_environment, twisted_python

pytestmark = pytest.mark.needs_twisted

INSTALL = "import txloop_twisted; txloop_twisted.install()\n"


def on_twisted(program: str, *, overlay: bool, arguments: tuple[str, ...] = ()) -> str:
    """What *program* prints in the interpreter that has a real Twisted."""
    done = subprocess.run(
        [str(twisted_python()), "-P", "-c", (INSTALL if overlay else "") + program, *arguments],
        env=environment(overlay), capture_output=True, text=True, timeout=CHILD_TIMEOUT_SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def environment(overlay: bool) -> dict[str, str]:
    variables = child_environment()
    if not overlay:
        del variables["PYTHONPATH"]
    return variables


MAKE = """
import pickle, sys
from twisted.internet import address, error
from twisted.python import failure
from twisted.application import service, internet
from twisted.internet.protocol import Factory
def caught(error):
    try: raise error
    except Exception: return failure.Failure()
application = service.Application("app")
internet.TCPServer(0, Factory()).setServiceParent(application)
things = [caught(error.ConnectionDone("bye")), error.ConnectionLost("gone"),
          address.IPv4Address("TCP", "h", 1), failure.Failure(error.TimeoutError()), application]
with open(sys.argv[1], "wb") as file:
    pickle.dump(things, file, 2)
"""
READ = """
import pickle, sys
from twisted.internet import address, error
from twisted.application import service
with open(sys.argv[1], "rb") as file:
    done, lost, where, late, application = pickle.load(file)
print(done.check("twisted.internet.error.ConnectionDone"), done.getErrorMessage())
print(type(lost) is error.ConnectionLost, lost)
print(where == address.IPv4Address("TCP", "h", 1), late.check(error.TimeoutError))
collection = service.IServiceCollection(application)
print(service.IService(application).name, [type(each).__module__ for each in collection])
print("txloop" in repr(vars(done)))
"""


@pytest.mark.parametrize(("writer", "reader"), [(True, False), (False, True), (True, True), (False, False)])
def test_pickles_are_read_on_the_other_side(tmp_path: Path, writer: bool, reader: bool) -> None:
    """overlay -> stock, stock -> overlay; the last, stock alone, says that the claim is Twisted's."""
    path = str(tmp_path / "things")
    on_twisted(MAKE, overlay=writer, arguments=(path,))
    assert b"txloop" not in Path(path).read_bytes()
    assert on_twisted(READ, overlay=reader, arguments=(path,)).splitlines() == [
        "twisted.internet.error.ConnectionDone Connection was closed cleanly: bye.",
        "True Connection to the other side was lost in a non-clean fashion: gone.",
        "True <class 'twisted.internet.error.TimeoutError'>",
        "app ['twisted.application.internet']",
        "False",
    ]


SERVER = """
from twisted.internet import endpoints, error, reactor
from twisted.spread import pb
class Root(pb.Root):
    def remote_add(self, a, b): return a + b
    def remote_fail(self): raise error.ConnectionDone("as asked")
    def remote_call_back(self, client): return client.callRemote("say", [1, "two", {"three": 4.0}])
def listening(port): print(port.getHost().port, flush=True)
endpoint = endpoints.serverFromString(reactor, "tcp:0:interface=127.0.0.1")
endpoint.listen(pb.PBServerFactory(Root())).addCallback(listening)
reactor.run()
"""
CLIENT = """
import sys
from twisted.internet import defer, endpoints, error, task
from twisted.spread import pb
class Listener(pb.Referenceable):
    def remote_say(self, what): print(what); return "heard"
@defer.inlineCallbacks
def main(reactor, port):
    factory = pb.PBClientFactory()
    endpoints.clientFromString(reactor, "tcp:127.0.0.1:" + port).connect(factory)
    root = yield factory.getRootObject()
    print((yield root.callRemote("add", 2, 3)))
    print((yield root.callRemote("call_back", Listener())))
    try: yield root.callRemote("fail")
    except pb.RemoteError as failed: print("remote", failed.remoteType)
    except Exception as failed: print(type(failed).__name__, failed)
    d = root.callRemote("fail")
    d.addErrback(lambda failure: print(failure.trap(error.ConnectionDone)))
    yield d
    factory.disconnect()
task.react(main, sys.argv[1:])
"""


@pytest.mark.parametrize(("server", "client"), [(True, False), (False, True), (True, True), (False, False)])
def test_perspective_broker_talks_to_a_stock_peer_and_errors_arrive_by_name(
    server: bool, client: bool, tmp_path: Path
) -> None:
    """The last, stock on both sides, says that the claim is Twisted's."""
    process = subprocess.Popen(
        [str(twisted_python()), "-P", "-c", (INSTALL if server else "") + SERVER],
        env=environment(server), stdout=subprocess.PIPE, text=True, cwd=tmp_path,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        port = process.stdout.readline().strip()
        lines = on_twisted(CLIENT, overlay=client, arguments=(port,)).splitlines()
    finally:
        process.terminate()
        process.wait(CHILD_TIMEOUT_SECONDS)
        assert process.stdout is not None
        process.stdout.close()
    assert lines == [
        "5",
        "[1, 'two', {'three': 4.0}]",
        "heard",
        "remote b'twisted.internet.error.ConnectionDone'",
        "<class 'twisted.internet.error.ConnectionDone'>",
    ]
