"""An ASGI application with an old server in it, under uvicorn: `python -m embedding.asgi_app asyncio`.

The environment says how it ends: EMBEDDED_END is "running", in the lifespan, or "loop", by itself.
What happens is printed, a word each; a GET tells the old server's port.
"""

from __future__ import annotations

import os
import sys
from contextlib import AsyncExitStack
from typing import Any

import txloop
from embedding.work import ShouterFactory
from txloop.internet import reactor


class Events(list[str]):
    """Printed as they come."""

    def append(self, event: str) -> None:
        print(event, flush=True)
        super().append(event)


events = Events()
factory = ShouterFactory(events)
stack = AsyncExitStack()


async def start_up() -> int:
    if os.environ["EMBEDDED_END"] == "running":
        await stack.enter_async_context(txloop.running(shutdown_timeout_seconds=0.5))
    for phase in ("before", "during", "after"):
        reactor.addSystemEventTrigger(phase, "shutdown", events.append, phase)
    port: int = reactor.listenTCP(0, factory, interface="127.0.0.1").getHost().port
    return port


async def lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            print("port", await start_up(), flush=True)
        else:
            events.append("lifespan ends")
            await stack.aclose()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def app(scope: Any, receive: Any, send: Any) -> None:
    """The page has as many bytes queued in each old connection as its path says; /exit ends the server."""
    if scope["type"] == "lifespan":
        await lifespan(receive, send)
        return
    if scope["path"] == "/exit":
        server.should_exit = True
    size = 0 if scope["path"] == "/exit" else int(scope["path"][1:])
    for connection in factory.connections:
        assert connection.transport is not None
        connection.transport.write(b"x" * size)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": f"{len(factory.connections)} guests".encode()})


if __name__ == "__main__":
    import uvicorn

    server = uvicorn.Server(uvicorn.Config(app, port=0, loop=sys.argv[1], access_log=False))  # type: ignore[arg-type]
    server.run()
