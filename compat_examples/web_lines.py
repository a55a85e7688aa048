"""A shopping list with two doors: an old line server inside an aiohttp application.

    python web_lines.py [port for lines] [port for the page]
    then:  printf 'milk\\r\\n' | nc -N localhost 8109; curl http://127.0.0.1:8110/

The line server begins and ends with the application, in its cleanup_ctx; both work on one list.
"""

import sys

from aiohttp import web

import txloop
from txloop.internet import protocol
from txloop.protocols.basic import LineReceiver


class Shopper(LineReceiver):
    """One connection: each line is something to buy."""

    def lineReceived(self, line):
        self.factory.items.append(line.decode("utf-8", "replace"))
        self.sendLine(b"noted: " + line)


class Shoppers(protocol.Factory):
    """All of them, and their list."""

    protocol = Shopper

    def __init__(self):
        self.items = []


def application(lines_port):
    shoppers = Shoppers()

    async def line_server(app):
        endpoint = f"tcp:{lines_port}:interface=127.0.0.1"
        async with txloop.running(), txloop.listening(endpoint, shoppers) as port:
            print("lines on port", port.getHost().port, flush=True)
            yield  # the application serves; connections are asked to close when it ends

    async def show(request):
        return web.Response(text="".join(f"{item}\n" for item in shoppers.items))

    app = web.Application()
    app.cleanup_ctx.append(line_server)
    app.router.add_get("/", show)
    return app


if __name__ == "__main__":
    lines_port, page_port = [*map(int, sys.argv[1:]), *(8109, 8110)[len(sys.argv) - 1 :]]
    web.run_app(
        application(lines_port),
        host="127.0.0.1",
        port=page_port,
        access_log=None,
        print=lambda text: print(*(word for word in text.split() if word.startswith("http")), flush=True),
    )
