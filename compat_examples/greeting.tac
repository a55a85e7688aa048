"""An application for twistd: a server, and a service that counts how long it has been up.

    twistd -n -y greeting.tac           in the foreground; without -n as a daemon
    GREETING=tcp:8018 twistd …          where to listen
"""

import os

from twisted.application import internet, service, strports
from twisted.internet import protocol
from twisted.protocols import basic


class Greeting(basic.LineReceiver):
    """Says hello to each name."""

    def lineReceived(self, line):
        self.sendLine(b"Hello, " + line + b"!")


class Uptime(service.Service):
    """Counts, from its start to its stop."""

    minutes = 0

    def __init__(self):
        self.counter = internet.TimerService(60, self.count)

    def count(self):
        self.minutes += 1

    def startService(self):
        service.Service.startService(self)
        self.counter.startService()
        print("open")

    def stopService(self):
        print("closed in minute", self.minutes)
        service.Service.stopService(self)
        return self.counter.stopService()


application = service.Application("greeting")
where = os.environ.get("GREETING", "tcp:8018")
strports.service(where, protocol.ServerFactory.forProtocol(Greeting)).setServiceParent(application)
Uptime().setServiceParent(application)
