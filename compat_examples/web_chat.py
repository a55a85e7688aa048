"""The old chat with a web page beside it: people in browsers and people with nc in one room.

    python web_chat.py [page's port] [chat's port] [uvloop]
    then a browser at http://127.0.0.1:8080/, and:  nc localhost 8123

The chat is line_chat.py's, unchanged; the page is aiohttp's; both live on one loop.  Each
browser's WebSocket is a guest of the chat as any other, over asyncio's streams.
"""

import asyncio
import sys
import weakref
from pathlib import Path

from aiohttp import WSMsgType, web

import txloop_twisted

txloop_twisted.install()  # from here on the imports of old modules work

from line_chat import ChatFactory  # noqa: E402 - that is such a module

import txloop  # noqa: E402

CHAT_PORT = web.AppKey("CHAT_PORT", int)
BROWSERS = web.AppKey("BROWSERS", weakref.WeakSet)
PAGE = Path(__file__).with_name("web_chat.html")


async def page(request):
    return web.FileResponse(PAGE)


async def browser(request):
    """One person in a browser: a message is a line, there and back."""
    socket = web.WebSocketResponse(heartbeat=20)
    await socket.prepare(request)
    request.app[BROWSERS].add(socket)
    reader, writer = await txloop.open_connection(f"tcp:127.0.0.1:{request.app[CHAT_PORT]}")
    hearing = asyncio.create_task(hear(reader, socket))
    try:
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                writer.write(" ".join(message.data.split()).encode() + b"\n")
                await writer.drain()
    finally:
        writer.close()
        await hearing
    return socket


async def hear(reader, socket):
    """Until the chat or the browser goes."""
    async for line in reader:
        if socket.closed:
            return
        await socket.send_str(line.decode("utf-8", "replace").rstrip("\n"))
    await socket.close()


async def chat(app):
    """The old server, from the application's start to its end."""
    endpoint = f"tcp:{app[CHAT_PORT]}:interface=127.0.0.1"
    async with txloop.running(shutdown_timeout_seconds=2), txloop.listening(endpoint, ChatFactory()) as port:
        app[CHAT_PORT] = port.getHost().port
        print("chat on port", app[CHAT_PORT], flush=True)
        yield


async def send_browsers_home(app):
    for socket in set(app[BROWSERS]):
        await socket.close(message=b"the chat closes")


def application(chat_port=8123):
    app = web.Application()
    app[CHAT_PORT] = chat_port
    app[BROWSERS] = weakref.WeakSet()
    app.router.add_get("/", page)
    app.router.add_get("/chat", browser)
    app.cleanup_ctx.append(chat)
    app.on_shutdown.append(send_browsers_home)
    return app


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    page_port, chat_port = [*numbers, *(8080, 8123)[len(numbers) :]]
    loop = None
    if "uvloop" in sys.argv:
        import uvloop

        loop = uvloop.new_event_loop()
    web.run_app(
        application(chat_port),
        host="127.0.0.1",
        port=page_port,
        loop=loop,
        access_log=None,
        print=lambda text: print(*(word for word in text.split() if word.startswith("http")), flush=True),
    )
