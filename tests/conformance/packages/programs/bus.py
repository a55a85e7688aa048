"""txdbus over a bus of its own: an object exported by one connection, called and heard by another.

argv: the bus's address.
"""

import sys

from twisted.internet import defer, task
from txdbus import client, error, objects
from txdbus.interface import DBusInterface, Method, Signal


class Counter(objects.DBusObject):
    dbusInterfaces = [
        DBusInterface(
            "org.example.Counter", Method("add", arguments="i", returns="i"), Signal("changed", "i")
        )
    ]

    def __init__(self, path):
        super().__init__(path)
        self.value = 0

    def dbus_add(self, amount):
        if not amount:
            raise ValueError("nothing to add")
        self.value += amount
        self.emitSignal("changed", self.value)
        return self.value


@defer.inlineCallbacks
def main(reactor, address):
    server = yield client.connect(reactor, address)
    server.exportObject(Counter("/counter"))
    yield server.requestBusName("org.example.Counter")

    asking = yield client.connect(reactor, address)
    print(
        "org.example.Counter"
        in (
            yield asking.callRemote(
                "/org/freedesktop/DBus",
                "ListNames",
                interface="org.freedesktop.DBus",
                destination="org.freedesktop.DBus",
            )
        )
    )
    counter = yield asking.getRemoteObject("org.example.Counter", "/counter")
    heard = defer.DeferredQueue()
    yield counter.notifyOnSignal("changed", heard.put)
    for amount in (3, 4):
        print("answer", (yield counter.callRemote("add", amount)), "signal", (yield heard.get()))
    try:
        yield counter.callRemote("add", 0)
    except error.RemoteError as failed:
        print("refused", failed)
    asking.disconnect()
    server.disconnect()


task.react(main, sys.argv[1:])
