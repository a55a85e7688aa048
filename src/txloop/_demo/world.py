"""The demo itself: open the doors, say where they are, run."""

from __future__ import annotations

import sys

from txloop._demo.chat import ChatProtocol
from txloop._demo.room import Door, Room
from txloop._demo.terminal import Terminal
from txloop._demo.web import WebProtocol
from txloop.internet import reactor
from txloop.internet.error import CannotListenError
from txloop.internet.stdio import StandardIO

# Only this machine may come in: it is a demo.
HOST = "127.0.0.1"

TEXT = """\
txloop demo: one room, three doors, one event loop ({loop}).

  in a browser            http://{host}:{web}/
  in another terminal     nc {host} {chat}
  here                    {here}

What is typed at one door is heard at all three.
"""


def run_demo(chat_port: int, web_port: int) -> int:
    """Run until the terminal's input ends or somebody presses Ctrl-C; the exit status.

    Args:
        chat_port, web_port: Where to listen; 0 is any free one.
    """
    room = Room()
    try:
        chat = reactor.listenTCP(chat_port, Door(room, ChatProtocol), interface=HOST)
        web = reactor.listenTCP(web_port, Door(room, WebProtocol), interface=HOST)
    except CannotListenError as refused:
        print(f"txloop: {refused}; choose others with --chat-port and --web-port", file=sys.stderr)
        return 1
    interactive = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()

    def begin() -> None:
        here = "type a line; Ctrl-D or Ctrl-C ends the demo" if interactive else "nobody: no terminal"
        ports = {"chat": chat.getHost().port, "web": web.getHost().port}
        print(TEXT.format(loop=loop_name(), host=HOST, here=here, **ports), flush=True)
        if interactive:
            StandardIO(Terminal(room, stop))

    def stop() -> None:
        if reactor.running:
            reactor.stop()

    reactor.callWhenRunning(begin)
    reactor.run()
    return 0


def loop_name() -> str:
    """``uvloop`` or ``asyncio``: whose loop this is."""
    return type(reactor._asyncioEventloop).__module__.partition(".")[0]
