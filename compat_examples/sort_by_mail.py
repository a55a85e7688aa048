"""Datagrams and children: words sent over UDP come back in order, put there by the system's `sort`.

python sort_by_mail.py
"""

from twisted.internet import defer, error, protocol, reactor, task


class Sorting(protocol.ProcessProtocol):
    """Gives `sort` its input, and fires with what it wrote, or why it failed."""

    def __init__(self, words):
        self.words = words
        self.sorted = []
        self.done = defer.Deferred()

    def connectionMade(self):
        self.transport.writeSequence([word + b"\n" for word in self.words])
        self.transport.closeStdin()

    def outReceived(self, data):
        self.sorted.append(data)

    def processEnded(self, reason):
        if reason.check(error.ProcessDone):
            self.done.callback(b"".join(self.sorted).split())
        else:
            self.done.errback(reason)


class SortService(protocol.DatagramProtocol):
    """Each datagram is an option of sort's and some words; the answer is the words in order."""

    def datagramReceived(self, datagram, address):
        option, *words = datagram.split()
        sorting = Sorting(words)
        reactor.spawnProcess(sorting, "sort", [b"sort", option], env={"LC_ALL": "C", "PATH": "/bin:/usr/bin"})
        sorting.done.addCallback(b" ".join)
        sorting.done.addErrback(lambda failure: b"sort ended with %d" % failure.value.exitCode)
        sorting.done.addCallback(self.transport.write, address)


class Asking(protocol.DatagramProtocol):
    """Asks one at a time."""

    def __init__(self, port):
        self.port = port

    def startProtocol(self):
        self.transport.connect("127.0.0.1", self.port)

    def ask(self, question):
        self.answered = defer.Deferred()
        self.transport.write(question)
        return self.answered

    def datagramReceived(self, datagram, address):
        self.answered.callback(datagram)


@defer.inlineCallbacks
def main(reactor):
    service = reactor.listenUDP(0, SortService(), interface="127.0.0.1")
    asking = Asking(service.getHost().port)
    client = reactor.listenUDP(0, asking, interface="127.0.0.1")
    for question in (b"-d pear apple fig", b"-n 10 9 8", b"-r a c b", b"--no-such-option x"):
        answer = yield asking.ask(question)
        print(question.decode(), "->", answer.decode())
    yield client.stopListening()
    yield service.stopListening()


if __name__ == "__main__":
    task.react(main)
