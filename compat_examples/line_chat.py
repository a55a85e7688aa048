"""A chat for people with telnet or nc: give a name, then every line goes to everybody else.

python line_chat.py [port]        then, several times:  nc localhost 8123
"""

import sys

from twisted.internet import protocol, reactor
from twisted.protocols.basic import LineReceiver


class ChatProtocol(LineReceiver):
    """One person, nameless at first."""

    delimiter = b"\n"
    name = None

    def connectionMade(self):
        self.tell("What is your name?")

    def lineReceived(self, line):
        text = line.decode("utf-8", "replace").strip()
        if self.name is None:
            self.enter(text)
        elif text == "/quit":
            self.transport.loseConnection()
        elif text == "/who":
            self.tell("Here are: " + ", ".join(sorted(self.factory.people)))
        elif text:
            self.factory.tell_all(f"<{self.name}> {text}", but=self)

    def enter(self, name):
        if not name or " " in name or name.startswith("/"):
            self.tell("One word, please. What is your name?")
        elif name in self.factory.people:
            self.tell(f"{name} is here already. What is your name?")
        else:
            self.name = name
            self.factory.people[name] = self
            self.tell(f"Welcome, {name}!")
            self.factory.tell_all(f"{name} came in.", but=self)

    def connectionLost(self, reason):
        if self.name is not None:
            del self.factory.people[self.name]
            self.factory.tell_all(f"{self.name} went away.", but=self)

    def lineLengthExceeded(self, line):
        self.tell("That is too long for a chat. Goodbye.")
        return super().lineLengthExceeded(line)

    def tell(self, text):
        self.sendLine(text.encode())


class ChatFactory(protocol.ServerFactory):
    """The room: who is in it, by name."""

    protocol = ChatProtocol

    def __init__(self):
        self.people = {}

    def tell_all(self, text, but=None):
        for person in list(self.people.values()):
            if person is not but:
                person.tell(text)


if __name__ == "__main__":
    port = reactor.listenTCP(int(sys.argv[1]) if len(sys.argv) > 1 else 8123, ChatFactory())
    print("chat on port", port.getHost().port)
    reactor.run()
