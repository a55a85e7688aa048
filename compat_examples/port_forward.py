"""A proxy: every connection to our port becomes one to another host and port, bytes flow both ways.

    python port_forward.py 9000 localhost 8007

Neither side can flood us: while one does not read, the other is not read from.
"""

import sys

from twisted.internet import reactor
from twisted.protocols.portforward import ProxyFactory, ProxyServer


class CountingServer(ProxyServer):
    """The side of the guests; says how much went through when one is gone."""

    forwarded = 0

    def dataReceived(self, data):
        self.forwarded += len(data)
        super().dataReceived(data)

    def connectionLost(self, reason):
        print("forwarded", self.forwarded, "bytes")
        super().connectionLost(reason)


class CountingFactory(ProxyFactory):
    """Connects each guest to the other host."""

    protocol = CountingServer
    noisy = False


if __name__ == "__main__":
    here, host, there = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    port = reactor.listenTCP(here, CountingFactory(host, there))
    print("forwarding port", port.getHost().port)
    reactor.run()
