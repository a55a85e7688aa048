"""crochet: blocking code that uses a server and clients which live in a thread of their own."""

import crochet

crochet.setup()

from twisted.internet import defer, endpoints, protocol, reactor, task


class Echo(protocol.Protocol):
    def dataReceived(self, data):
        self.transport.write(data[::-1])


class Ask(protocol.Protocol):
    def __init__(self, question):
        self.question = question
        self.answer = defer.Deferred()

    def connectionMade(self):
        self.transport.write(self.question)

    def dataReceived(self, data):
        self.transport.loseConnection()
        self.answer.callback(data)


@crochet.wait_for(timeout=10)
def serve():
    endpoint = endpoints.TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1")
    return endpoint.listen(protocol.Factory.forProtocol(Echo))


@crochet.wait_for(timeout=10)
@defer.inlineCallbacks
def ask(port, question):
    endpoint = endpoints.TCP4ClientEndpoint(reactor, "127.0.0.1", port)
    asking = yield endpoints.connectProtocol(endpoint, Ask(question))
    return (yield asking.answer)


@crochet.run_in_reactor
def fail():
    return task.deferLater(reactor, 0.01, lambda: 1 / 0)


@crochet.wait_for(timeout=0.05)
def never():
    return defer.Deferred(lambda _: cancelled.append("cancelled"))


cancelled = []
port = serve()
print(ask(port.getHost().port, b"hello"))
try:
    fail().wait(timeout=10)
except ZeroDivisionError as failed:
    print("failed:", failed)
try:
    never()
except crochet.TimeoutError:
    print("too late")
print(ask(port.getHost().port, b"once more"), cancelled)
