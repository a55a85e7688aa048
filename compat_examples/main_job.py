"""The main job: a legacy server and a legacy client talk to each other, over TCP, in one process.

    txloop run main_job.py        (or, on Twisted: python main_job.py)

The server is a till that adds up what is bought; the client is written with
inlineCallbacks and a Deferred for each answer.  What they say is printed; it ends by itself.
"""

from twisted.internet import defer, protocol, task
from twisted.protocols.basic import LineReceiver

PRICES = {"bread": 320, "milk": 145, "tea": 480}


class Till(LineReceiver):
    """The server's side: one customer."""

    def connectionMade(self):
        self.sum_in_cents = 0
        self.sendLine(b"Good morning.")

    def lineReceived(self, line):
        word, _, thing = line.decode().partition(" ")
        answer = getattr(self, "on_" + word, self.not_understood)(thing)
        self.sendLine(answer.encode())
        if word == "pay":
            self.transport.loseConnection()

    def on_buy(self, thing):
        if thing not in PRICES:
            return f"We have no {thing}."
        self.sum_in_cents += PRICES[thing]
        return f"{thing}, {PRICES[thing] / 100:.2f}"

    def on_pay(self, _):
        return f"That makes {self.sum_in_cents / 100:.2f}. Goodbye."

    def not_understood(self, _):
        return "Pardon?"


class Customer(LineReceiver):
    """The client's side: hear() and ask() give a Deferred of what the till says next."""

    def __init__(self, clock):
        self.clock = clock
        self.said = defer.DeferredQueue()
        self.gone = defer.Deferred()

    def hear(self):
        return self.said.get().addTimeout(5, self.clock)

    def ask(self, text):
        print("client:", text)
        self.sendLine(text.encode())
        return self.hear()

    def lineReceived(self, line):
        print("server:", line.decode())
        self.said.put(line.decode())

    def connectionLost(self, reason):
        self.gone.callback(reason.getErrorMessage())


@defer.inlineCallbacks
def shop(customer):
    """One visit, from greeting to goodbye."""
    yield customer.hear()
    for thing in ("bread", "caviar", "tea"):
        yield customer.ask(f"buy {thing}")
    yield customer.ask("haggle")
    yield customer.ask("pay")
    print("end:", (yield customer.gone))


@defer.inlineCallbacks
def main(reactor):
    """Open the shop, visit it, close it."""
    port = reactor.listenTCP(0, protocol.Factory.forProtocol(Till), interface="127.0.0.1")
    try:
        creator = protocol.ClientCreator(reactor, Customer, reactor)
        customer = yield creator.connectTCP("127.0.0.1", port.getHost().port)
        yield shop(customer)
    finally:
        yield port.stopListening()


if __name__ == "__main__":
    task.react(main)
