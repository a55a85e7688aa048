"""A page that asks an old server by an old client: finger_client.py's Deferreds, awaited in Starlette.

    python web_finger.py [port] [host:port of a finger server] [seconds to wait]
    then:  curl http://127.0.0.1:8000/finger/ada

The timeout is asyncio's: it cancels the task's wait, and that cancels the Deferred.
"""

import asyncio
import sys
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

import txloop_twisted

txloop_twisted.install()  # from here on the imports of old modules work

from finger_client import finger  # noqa: E402 - that is such a module

import txloop  # noqa: E402
from txloop.internet import error  # noqa: E402


async def ask(request):
    """What the server knows about somebody; 502 if it is not there, 504 if it takes too long."""
    try:
        async with asyncio.timeout(request.app.state.timeout_seconds):
            answer = await finger(f"{request.path_params['user']}@{request.app.state.server}")
    except TimeoutError:
        return PlainTextResponse("The finger server takes too long.\n", 504)
    except error.ConnectError as failed:
        return PlainTextResponse(f"The finger server is not there: {failed}\n", 502)
    return PlainTextResponse(answer + "\n", 404 if "no such person" in answer else 200)


@asynccontextmanager
async def lifespan(app):
    """What is still open at the end gets a second to close."""
    async with txloop.running(shutdown_timeout_seconds=1):
        yield


def application(server="localhost:79", timeout_seconds=2.0):
    app = Starlette(routes=[Route("/finger/{user}", ask)], lifespan=lifespan)
    app.state.server = server
    app.state.timeout_seconds = timeout_seconds
    return app


if __name__ == "__main__":
    import uvicorn

    port, server, seconds = [*sys.argv[1:], *("8000", "localhost:79", "2")[len(sys.argv) - 1 :]][:3]
    uvicorn.run(application(server, float(seconds)), port=int(port), access_log=False)
