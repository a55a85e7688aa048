"""Quote of the day: whoever connects is told one sentence and sent home.

python quote_of_the_day.py [port]        then:  nc localhost 8017
"""

import sys

from twisted.internet import protocol, reactor

QUOTES = [
    "The best time to close a socket is after you have read it.",
    "A callback is a promise that somebody else keeps.",
    "Slow is smooth, until the buffer is full.",
]


class QuoteProtocol(protocol.Protocol):
    """One visitor."""

    def connectionMade(self):
        self.transport.write(self.factory.next_quote().encode() + b"\r\n")
        self.transport.loseConnection()


class QuoteFactory(protocol.ServerFactory):
    """Hands out the quotes in turn."""

    protocol = QuoteProtocol

    def __init__(self, quotes):
        self.quotes = quotes
        self.told = 0

    def next_quote(self):
        quote = self.quotes[self.told % len(self.quotes)]
        self.told += 1
        return quote


if __name__ == "__main__":
    port = reactor.listenTCP(int(sys.argv[1]) if len(sys.argv) > 1 else 8017, QuoteFactory(QUOTES))
    print("quotes on port", port.getHost().port)
    reactor.run()
    print("told", port.factory.told, "quotes")
