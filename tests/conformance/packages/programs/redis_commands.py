"""txredisapi against a redis-server: values, pipelines, transactions, messages.  argv: the port."""

import sys

import txredisapi
from twisted.internet import defer, endpoints, task

heard = defer.DeferredQueue()


class Listener(txredisapi.SubscriberProtocol):
    def connectionMade(self):
        self.subscribe("news")

    def messageReceived(self, pattern, channel, message):
        heard.put((channel, message))


class ListenerFactory(txredisapi.SubscriberFactory):
    protocol = Listener
    continueTrying = False


@defer.inlineCallbacks
def main(reactor, port):
    redis = yield txredisapi.Connection("127.0.0.1", int(port), reconnect=False)
    yield redis.flushall()
    yield redis.set("greeting", "hello")
    print((yield redis.get("greeting")))
    yield redis.hmset("person", {"name": "Ann", "age": 30})
    print(sorted((yield redis.hgetall("person")).items()))

    pipeline = yield redis.pipeline()
    for number in range(1000):
        pipeline.incr("counter")
    print((yield pipeline.execute_pipeline())[-1])

    transaction = yield redis.multi()
    yield transaction.rpush("list", "a")
    yield transaction.rpush("list", "b")
    print((yield transaction.commit()))

    try:
        yield redis.incr("greeting")
    except txredisapi.ResponseError as failed:
        print("refused:", failed)

    listening = yield endpoints.TCP4ClientEndpoint(reactor, "127.0.0.1", int(port)).connect(ListenerFactory())
    while not (yield redis.publish("news", "first")):
        yield task.deferLater(reactor, 0.01)
    print((yield heard.get()))
    listening.transport.loseConnection()

    pool = yield txredisapi.ConnectionPool("127.0.0.1", int(port), poolsize=3, reconnect=False)
    counted = yield defer.gatherResults([pool.incr("counter") for _ in range(50)])
    print(len(counted), (yield pool.get("counter")))
    yield pool.disconnect()
    yield redis.disconnect()


task.react(main, sys.argv[1:])
