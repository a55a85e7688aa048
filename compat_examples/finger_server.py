"""A finger server (RFC 1288): one line with a name comes in, what is known about it goes out.

    python finger_server.py [port]        then:  finger ada@localhost   (it asks port 79)

Looking somebody up takes a moment, as a database would, so it is a Deferred.
"""

import sys

from twisted.internet import defer, protocol, reactor, task
from twisted.protocols import basic

PEOPLE = {
    "ada": "Ada: at the engine, do not disturb.",
    "grace": "Grace: gone to look for a moth.",
}


class FingerProtocol(basic.LineReceiver):
    """One question."""

    def lineReceived(self, line):
        # "/W" asks for more words; we have none to add.
        name = line.decode("ascii", "replace").removeprefix("/W").strip()
        d = self.factory.look_up(name)
        d.addErrback(self.explain, name)
        d.addCallback(self.answer)

    def explain(self, failure, name):
        failure.trap(KeyError)
        return f"{name or 'nobody'}: no such person here."

    def answer(self, text):
        self.sendLine(text.encode())
        self.transport.loseConnection()


class FingerFactory(protocol.ServerFactory):
    """Knows everybody."""

    protocol = FingerProtocol

    def __init__(self, people):
        self.people = people

    def look_up(self, name):
        if not name:
            return defer.succeed("Here are: " + ", ".join(sorted(self.people)))
        return task.deferLater(reactor, 0.01, self.people.__getitem__, name)


if __name__ == "__main__":
    port = reactor.listenTCP(int(sys.argv[1]) if len(sys.argv) > 1 else 79, FingerFactory(PEOPLE))
    print("finger on port", port.getHost().port)
    reactor.run()
