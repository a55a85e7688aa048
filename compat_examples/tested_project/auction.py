"""An auction house, written for Twisted years ago.

    server: now on sale: a violin
    client: bid ann 10
    server: ann leads with 10
    client: bid bob 5
    server: too low, ann leads with 10
            … half a minute later
    server: sold to ann for 10

Everybody connected hears of every bid and of the sale.
"""

from twisted.internet import defer, protocol, reactor
from twisted.protocols.basic import LineReceiver

QUIET_SECONDS = 30


class TooLow(Exception):
    """Somebody has offered more already."""


class Auctioneer(LineReceiver):
    """Serves one visitor."""

    delimiter = b"\n"

    def connectionMade(self):
        self.factory.visitors.append(self)
        self.sendLine(b"now on sale: " + self.factory.lot)

    def connectionLost(self, reason):
        self.factory.visitors.remove(self)

    def lineReceived(self, line):
        words = line.split()
        if len(words) == 3 and words[0] == b"bid" and words[2].isdigit():
            self.factory.bid(self, words[1], int(words[2]))
        else:
            self.sendLine(b"what?")


class Auction(protocol.Factory):
    """One lot on sale.

    Attributes:
        sold: A Deferred that fires with ``(name, amount)``, or None if nobody wanted it.
    """

    protocol = Auctioneer

    def __init__(self, lot, clock=reactor):
        self.lot = lot
        self.visitors = []
        self.leader = None
        self.highest = 0
        self.sold = defer.Deferred()
        self._hammer = clock.callLater(QUIET_SECONDS, self._sell)

    def bid(self, visitor, name, amount):
        if amount <= self.highest:
            visitor.sendLine(b"too low, %s leads with %d" % (self.leader or b"nobody", self.highest))
            return
        self.leader, self.highest = name, amount
        self._hammer.reset(QUIET_SECONDS)
        self._tell(b"%s leads with %d" % (name, amount))

    def close(self):
        """End it before it is sold."""
        if self._hammer.active():
            self._hammer.cancel()
        for visitor in self.visitors:
            visitor.transport.loseConnection()

    def _sell(self):
        if self.leader is None:
            self._tell(b"not sold")
            self.sold.callback(None)
            return
        self._tell(b"sold to %s for %d" % (self.leader, self.highest))
        self.sold.callback((self.leader, self.highest))

    def _tell(self, line):
        for visitor in self.visitors:
            visitor.sendLine(line)


class Bidder(LineReceiver):
    """A visitor.

    Attributes:
        lot: What is on sale, once the auctioneer has said so.
    """

    delimiter = b"\n"
    lot = None

    def __init__(self, name):
        self.name = name
        self.heard = []
        self._answers = []
        self._waiting = []

    def bid(self, amount):
        """A Deferred that fires when we lead with *amount*, or fails with TooLow."""
        answer = defer.Deferred()
        self._answers.append(answer)
        self.sendLine(b"bid %s %d" % (self.name, amount))
        return answer

    def until_sold(self):
        """A Deferred that fires with the auctioneer's last words."""
        waiting = defer.Deferred()
        self._waiting.append(waiting)
        return waiting

    def leave(self):
        self.transport.loseConnection()

    def lineReceived(self, line):
        self.heard.append(line)
        if line.startswith(b"now on sale: "):
            self.lot = line[13:]
        elif line.startswith(self.name + b" leads") and self._answers:
            self._answers.pop(0).callback(line)
        elif line.startswith(b"too low"):
            self._answers.pop(0).errback(TooLow(line.decode()))
        elif line.startswith((b"sold", b"not sold")):
            waiting, self._waiting = self._waiting, []
            for each in waiting:
                each.callback(line)
