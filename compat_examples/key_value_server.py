"""A key-value store that speaks RESP, the protocol of Redis, well enough for redis-cli.

    python key_value_server.py [port]        then:  redis-cli -p 6390 set greeting hello

A command is an array of byte strings, `*2 $3 GET $8 greeting`: lines that announce a
length, then raw bytes of that length, which may hold anything.  So the protocol changes
between line mode and raw mode for each word.
"""

import sys

from twisted.internet import protocol, reactor
from twisted.protocols.basic import LineReceiver

LONGEST_WORD = 1024 * 1024


class CommandError(Exception):
    """The client asked for something we cannot do; the text is for it."""


class RespProtocol(LineReceiver):
    """One client: puts commands together, sends the store's answers."""

    def connectionMade(self):
        self.words = []
        self.words_missing = 0
        self.word = b""
        self.bytes_missing = 0

    def lineReceived(self, line):
        try:
            if self.words_missing:
                self.expect_word(line)
            elif line.startswith(b"*"):
                self.words, self.words_missing = [], int(line[1:])
            elif line:
                self.words = line.split()  # the spelling for people with telnet
                self.do_command()
        except ValueError:
            self.sendLine(b"-ERR Protocol error")
            self.transport.loseConnection()

    def expect_word(self, line):
        length = int(line[1:])
        if not line.startswith(b"$") or not 0 <= length <= LONGEST_WORD:
            raise ValueError(line)
        self.word = b""
        self.bytes_missing = length + len(b"\r\n")
        self.setRawMode()

    def rawDataReceived(self, data):
        piece, rest = data[: self.bytes_missing], data[self.bytes_missing :]
        self.word += piece
        self.bytes_missing -= len(piece)
        if not self.bytes_missing:
            self.words.append(self.word[: -len(b"\r\n")])
            self.words_missing -= 1
            if not self.words_missing:
                self.do_command()
            self.setLineMode(rest)

    def do_command(self):
        try:
            answer = self.factory.store.do(*self.words)
        except CommandError as error:
            self.sendLine(b"-ERR " + str(error).encode())
        else:
            self.transport.write(encode(answer))


class Store:
    """The keys and values, and what can be done with them."""

    def __init__(self):
        self.values = {}
        self.commands = {
            b"PING": lambda word=None: "PONG" if word is None else word,
            b"GET": self.values.get,
            b"SET": self.put,
            b"DEL": lambda *keys: sum(self.values.pop(key, None) is not None for key in keys),
            b"INCR": self.increment,
            b"KEYS": lambda pattern: sorted(self.values),
            b"COMMAND": lambda *words: [],  # redis-cli asks at its start what we can do
        }

    def do(self, name, *words):
        command = self.commands.get(name.upper())
        if command is None:
            raise CommandError(f"unknown command '{name.decode('ascii', 'replace')}'")
        try:
            return command(*words)
        except TypeError:
            raise CommandError(f"wrong number of arguments for '{name.decode().lower()}'") from None

    def put(self, key, value):
        self.values[key] = value
        return "OK"

    def increment(self, key):
        try:
            number = int(self.values.get(key, b"0")) + 1
        except ValueError:
            raise CommandError("value is not an integer or out of range") from None
        self.values[key] = b"%d" % number
        return number


def encode(answer):
    """An answer as RESP: a word, bytes, a number, a list of these, or None for "nothing there"."""
    if answer is None:
        return b"$-1\r\n"
    if isinstance(answer, str):
        return b"+%s\r\n" % answer.encode()
    if isinstance(answer, int):
        return b":%d\r\n" % answer
    if isinstance(answer, bytes):
        return b"$%d\r\n%s\r\n" % (len(answer), answer)
    return b"*%d\r\n%s" % (len(answer), b"".join(map(encode, answer)))


class StoreFactory(protocol.ServerFactory):
    """One store for all clients."""

    protocol = RespProtocol

    def __init__(self):
        self.store = Store()


if __name__ == "__main__":
    port = reactor.listenTCP(int(sys.argv[1]) if len(sys.argv) > 1 else 6390, StoreFactory())
    print("store on port", port.getHost().port)
    reactor.run()
