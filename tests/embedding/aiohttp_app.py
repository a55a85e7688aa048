"""An aiohttp application with an old server and an old client: `python -m embedding.aiohttp_app LOOP END`.

END is "running", by aiohttp's cleanup_ctx, or "loop", by itself.  A GET asks the old
server by the old client; what happens is printed.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

from aiohttp import web

import txloop
from conftest import LOOPS
from embedding.asgi_app import Events
from embedding.work import Asker, ShouterFactory
from txloop.internet import endpoints, protocol, reactor

PORT = web.AppKey("PORT", int)


async def old_server(app: web.Application) -> AsyncIterator[None]:
    events = Events()
    for phase in ("before", "during", "after"):
        reactor.addSystemEventTrigger(phase, "shutdown", events.append, phase)
    if sys.argv[2] == "running":
        async with txloop.running():
            app[PORT] = reactor.listenTCP(0, ShouterFactory(events), interface="127.0.0.1").getHost().port
            yield
        events.append("cleaned up")
    else:
        app[PORT] = reactor.listenTCP(0, ShouterFactory(events), interface="127.0.0.1").getHost().port
        yield


async def shout(request: web.Request) -> web.Response:
    """The path in capitals; a Deferred is awaited, with a timeout."""
    endpoint = endpoints.TCP4ClientEndpoint(reactor, "127.0.0.1", request.app[PORT])
    async with asyncio.timeout(5):
        client: Asker = await endpoint.connect(protocol.Factory.forProtocol(Asker))  # type: ignore[assignment]
        answer = await client.ask(request.path.encode())
    return web.Response(text=answer.decode())  # the connection stays, for the end


async def tell(app: web.Application) -> None:
    print("old", app[PORT], flush=True)


def main() -> None:
    app = web.Application()
    app.cleanup_ctx.append(old_server)
    app.on_startup.append(tell)
    app.router.add_get("/{rest:.*}", shout)
    loop = LOOPS[sys.argv[1]]()
    loop.slow_callback_duration = 60  # a busy machine is no error

    def told(text: str) -> None:
        print(*[word for word in text.split() if word.startswith("http")], flush=True)

    web.run_app(app, host="127.0.0.1", port=0, loop=loop, print=told, access_log=None)
    print("the end", flush=True)


if __name__ == "__main__":
    main()
