"""An asyncio application with an old chat in it: the factory of line_chat.py, unchanged, on asyncio's loop.

    python embedded_chat.py            asyncio.run
    python embedded_chat.py uvloop     uvloop.run

Ann is an old client, a Protocol whose lines are Deferreds; the application awaits them.
Bob is a new one, on asyncio's streams.  Nothing is started for any of it: the reactor is
the loop that runs.
"""

import asyncio
import sys

import txloop_twisted

txloop_twisted.install()  # from here on the imports of old modules work

from line_chat import ChatFactory  # noqa: E402 - that is such a module

from txloop.internet import defer, protocol, reactor  # noqa: E402
from txloop.protocols.basic import LineReceiver  # noqa: E402


class ChatClient(LineReceiver):
    """An old client: hear() gives a Deferred of the next line."""

    delimiter = b"\n"

    def __init__(self):
        self.lines = defer.DeferredQueue()
        self.hear = self.lines.get

    def lineReceived(self, line):
        self.lines.put(line.decode())

    def say(self, text):
        self.sendLine(text.encode())


async def ann_joins(port):
    """Ann's connection, once she has been let in."""
    ann = await protocol.ClientCreator(reactor, ChatClient).connectTCP("127.0.0.1", port)
    print("ann hears:", await ann.hear())
    ann.say("ann")
    print("ann hears:", await ann.hear())
    return ann


async def bob_joins(port):
    """Bob's streams, once he has been let in."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await reader.readline()
    writer.write(b"bob\n")
    print("bob hears:", (await reader.readline()).decode().strip())
    return reader, writer


async def main():
    port = reactor.listenTCP(0, ChatFactory(), interface="127.0.0.1")
    number = port.getHost().port

    ann = await ann_joins(number)
    reader, writer = await bob_joins(number)
    print("ann hears:", await ann.hear())

    async with asyncio.TaskGroup() as tasks:
        heard = [tasks.create_task(reader.readline()), asyncio.ensure_future(ann.hear())]
        ann.say("hello from the old world")
        writer.write(b"hello from the new one\n")
    print("bob hears:", heard[0].result().decode().strip())
    print("ann hears:", await heard[1])

    try:
        async with asyncio.timeout(0.05):
            await ann.hear()  # the timeout cancels this Deferred
    except TimeoutError:
        print("ann hears nothing more")

    writer.close()
    print("ann hears:", await ann.hear())
    ann.transport.loseConnection()
    await port.stopListening()


if __name__ == "__main__":
    if "uvloop" in sys.argv:
        import uvloop

        uvloop.run(main())
    else:
        asyncio.run(main())
