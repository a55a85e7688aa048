"""twisted-mqtt against a broker: subscribe, publish with each quality of service.  argv: the port."""

import sys

from mqtt.client.factory import MQTTFactory
from twisted.internet import defer, endpoints, task


@defer.inlineCallbacks
def main(reactor, port):
    factory = MQTTFactory(profile=MQTTFactory.PUBLISHER | MQTTFactory.SUBSCRIBER)
    client = yield endpoints.clientFromString(reactor, f"tcp:127.0.0.1:{port}").connect(factory)
    heard, lost = defer.DeferredQueue(), defer.Deferred()
    client.onDisconnection = lambda reason: lost.callback(None)
    yield client.connect("txloop-test", keepalive=0)
    client.setWindowSize(4)
    client.onPublish = lambda topic, payload, qos, dup, retain, number: heard.put(
        (topic, bytes(payload), qos)
    )
    print("granted", (yield client.subscribe([("rooms/+", 2)])))
    for qos in (0, 1, 2):
        yield client.publish(topic="rooms/kitchen", message=f"{20 + qos} degrees", qos=qos)
        print((yield heard.get()))
    yield client.unsubscribe("rooms/+")
    client.disconnect()
    yield lost
    print("gone")


task.react(main, sys.argv[1:])
