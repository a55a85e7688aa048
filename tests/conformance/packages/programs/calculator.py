"""tubes: a calculator behind a TCP port, lines in, lines out; the client speaks plain sockets' language."""

from tubes.framing import bytesToLines, linesToBytes
from tubes.listening import Listener
from tubes.protocol import flowFountFromEndpoint
from tubes.tube import series, tube
from twisted.internet import defer, endpoints, protocol, task


@tube
class Calculator:
    def received(self, line):
        left, operator, right = line.split()
        value = int(left) + int(right) if operator == b"+" else int(left) * int(right)
        yield b"%d" % value


class Asker(protocol.Protocol):
    def __init__(self):
        self.answers = b""
        self.done = defer.Deferred()

    def connectionMade(self):
        self.transport.write(b"".join(b"%d * 3\r\n" % number for number in range(2000)))
        self.transport.write(b"40 + 2\r")
        self.transport.write(b"\n")

    def dataReceived(self, data):
        self.answers += data
        if self.answers.endswith(b"\r\n42\r\n"):
            self.done.callback(self.answers.split())


@defer.inlineCallbacks
def main(reactor):
    fount = yield flowFountFromEndpoint(endpoints.TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1"))
    fount.flowTo(
        Listener(
            lambda flow: flow.fount.flowTo(series(bytesToLines(), Calculator(), linesToBytes(), flow.drain))
        )
    )
    port = listening_port(reactor)
    asker = yield endpoints.connectProtocol(endpoints.TCP4ClientEndpoint(reactor, "127.0.0.1", port), Asker())
    answers = yield asker.done
    print(len(answers), sum(map(int, answers)), answers[-1])
    asker.transport.loseConnection()


def listening_port(reactor):
    (port,) = [each for each in reactor.getReaders() if hasattr(each, "getHost")]
    return port.getHost().port


task.react(main)
