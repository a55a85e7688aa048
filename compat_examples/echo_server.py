"""Echo: what comes in goes out again, and the server says who came and went.

python echo_server.py [port]        then:  nc localhost 8007
"""

import sys

from twisted.internet import protocol, reactor


class Echo(protocol.Protocol):
    """One conversation with oneself."""

    def connectionMade(self):
        self.received = 0
        self.factory.guests += 1
        print("guest", self.factory.guests, "came from", self.transport.getPeer().host)

    def dataReceived(self, data):
        self.received += len(data)
        self.transport.write(data)

    def connectionLost(self, reason):
        print("a guest left after", self.received, "bytes:", reason.getErrorMessage())


class EchoFactory(protocol.Factory):
    """Counts the guests."""

    protocol = Echo
    guests = 0


if __name__ == "__main__":
    port = reactor.listenTCP(int(sys.argv[1]) if len(sys.argv) > 1 else 8007, EchoFactory())
    print("echo on port", port.getHost().port)
    reactor.run()
