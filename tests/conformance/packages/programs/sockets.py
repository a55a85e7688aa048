"""txZMQ with a plain pyzmq peer in a thread: requests and answers, and a publisher heard by two."""

import os

import zmq
from twisted.internet import defer, task
from twisted.internet.threads import deferToThread
from txzmq import ZmqEndpoint, ZmqFactory
from txzmq import ZmqPubConnection, ZmqREPConnection, ZmqREQConnection, ZmqSubConnection


class Doubler(ZmqREPConnection):
    def gotMessage(self, number, *parts):
        self.reply(number, *[part * 2 for part in parts])


class Subscriber(ZmqSubConnection):
    def gotMessage(self, message, tag):
        if not self.heard.called:
            self.heard.callback((tag, message))


def plain_request(address):
    context = zmq.Context()
    with context.socket(zmq.REQ) as request:
        request.connect(address)
        request.send_multipart([b"ab", b"cd"])
        return request.recv_multipart()


@defer.inlineCallbacks
def main(reactor):
    factory = ZmqFactory()
    address, news = (f"ipc://@txloop-{os.getpid()}-{name}" for name in ("requests", "news"))
    Doubler(factory, ZmqEndpoint("bind", address))
    print("plain peer", (yield deferToThread(plain_request, address)))
    asking = ZmqREQConnection(factory, ZmqEndpoint("connect", address))
    answers = yield defer.gatherResults([asking.sendMsg(b"%d" % number) for number in range(100)])
    print(len(answers), answers[0], answers[-1])

    publisher = ZmqPubConnection(factory, ZmqEndpoint("bind", news))
    listeners = [Subscriber(factory, ZmqEndpoint("connect", news)) for _ in range(2)]
    for listener in listeners:
        listener.heard = defer.Deferred()
        listener.subscribe(b"weather")
    # A subscription takes its time to arrive, and nobody is told.
    shouting = task.LoopingCall(publisher.publish, b"rain", b"weather")
    shouting.start(0.02)
    print((yield defer.gatherResults([listener.heard for listener in listeners])))
    shouting.stop()
    factory.shutdown()
    print("ended")


task.react(main)
