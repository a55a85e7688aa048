"""A finger client (RFC 1288): ask each host for its user, all at once, print the answers in order.

python finger_client.py ada@localhost grace@localhost:8079
"""

import sys

from twisted.internet import defer, protocol, reactor
from twisted.protocols.basic import LineOnlyReceiver


class FingerQuestion(LineOnlyReceiver):
    """Asks when connected, collects until the other side has said it all."""

    def __init__(self, user, answered):
        self.user = user
        self.answered = answered
        self.lines = []

    def connectionMade(self):
        self.sendLine(self.user.encode())

    def lineReceived(self, line):
        self.lines.append(line.decode())

    def connectionLost(self, reason):
        self.answered.callback("\n".join(self.lines))


class FingerClientFactory(protocol.ClientFactory):
    """One question to one host."""

    noisy = False

    def __init__(self, user):
        self.user = user
        self.answered = defer.Deferred()

    def buildProtocol(self, address):
        return FingerQuestion(self.user, self.answered)

    def clientConnectionFailed(self, connector, reason):
        self.answered.errback(reason)


def finger(address):
    """What the host in "user@host[:port]" says about that user: a Deferred."""
    user, _, place = address.partition("@")
    host, _, port = place.partition(":")
    factory = FingerClientFactory(user)
    reactor.connectTCP(host or "localhost", int(port or 79), factory, timeout=10)
    return factory.answered


def report(results, addresses):
    for address, (went_well, result) in zip(addresses, results, strict=True):
        print(address.partition(":")[0], "->", result if went_well else result.type.__name__)


if __name__ == "__main__":
    addresses = sys.argv[1:]
    d = defer.DeferredList([finger(address) for address in addresses], consumeErrors=True)
    d.addCallback(report, addresses)
    d.addBoth(lambda _: reactor.stop())
    reactor.run()
