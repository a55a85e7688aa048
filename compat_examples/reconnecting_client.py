"""A client that comes back: its server hangs up twice before it answers.

python reconnecting_client.py
"""

from twisted.internet import protocol, reactor
from twisted.protocols.basic import LineReceiver


class MoodyServer(LineReceiver):
    """Hangs up on the first two visitors."""

    def connectionMade(self):
        self.factory.visits += 1
        if self.factory.visits <= 2:
            self.transport.loseConnection()
        else:
            self.sendLine(b"All right then. What is it?")


class PatientClient(LineReceiver):
    """Wants one line."""

    def connectionMade(self):
        print("connected")

    def lineReceived(self, line):
        print("the server says:", line.decode())
        self.factory.stopTrying()
        self.transport.loseConnection()


class PatientFactory(protocol.ReconnectingClientFactory):
    """Waits a little longer each time; without jitter, so that the waits can be read off."""

    protocol = PatientClient
    initialDelay = delay = 0.05
    factor = 2
    jitter = 0

    def clientConnectionLost(self, connector, reason):
        print("lost:", reason.getErrorMessage())
        super().clientConnectionLost(connector, reason)
        if self.continueTrying:
            print(f"again in {self.delay:.2f} seconds")
        else:
            reactor.stop()


def main():
    server = protocol.ServerFactory.forProtocol(MoodyServer)
    server.visits = 0
    port = reactor.listenTCP(0, server, interface="127.0.0.1")
    reactor.connectTCP("127.0.0.1", port.getHost().port, PatientFactory())
    reactor.run()
    print("visits:", server.visits)


if __name__ == "__main__":
    main()
