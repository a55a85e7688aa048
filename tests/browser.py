"""A headless Chromium, driven over its DevTools WebSocket: `async with browser(folder) as page`."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp

# Starting a browser on a busy machine takes its time; an answer of the page does not.
START_SECONDS = 60
ANSWER_SECONDS = 20

OPTIONS = (
    "--headless",
    "--no-sandbox",  # as root it refuses otherwise; the pages are our own
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=900,600",
    "--remote-debugging-port=0",
)


class Page:
    """The one tab.

    Args:
        socket: To the DevTools of that tab.
    """

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)

    async def do(self, method: str, **params: Any) -> Any:
        """Call a method of the DevTools protocol; its result."""
        number = next(self._numbers)
        await self._socket.send_json({"id": number, "method": method, "params": params})
        async with asyncio.timeout(ANSWER_SECONDS):
            while (answer := await self._socket.receive_json()).get("id") != number:
                pass  # an event
        assert "error" not in answer, answer
        return answer["result"]

    async def open(self, url: str) -> None:
        """Go there, and wait until it is loaded."""
        await self.do("Page.navigate", url=url)
        await self.until("document.readyState === 'complete'")

    async def value(self, expression: str) -> Any:
        """What a JavaScript expression is."""
        told = await self.do("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in told, told
        return told["result"].get("value")

    async def until(self, expression: str) -> None:
        """Wait until it is true."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while not await self.value(expression):
                await asyncio.sleep(0.02)

    async def type(self, text: str) -> None:
        """Into what has the focus, and Enter, as a keyboard does."""
        # A page's own focus comes with its first frame, which a busy machine may draw late.
        await self.until("document.activeElement !== document.body")
        await self.do("Input.insertText", text=text)
        for kind in ("keyDown", "keyUp"):
            await self.do(
                "Input.dispatchKeyEvent", type=kind, key="Enter", windowsVirtualKeyCode=13, text="\r"
            )

    async def screenshot(self, path: Path) -> None:
        """As a PNG."""
        path.write_bytes(base64.b64decode((await self.do("Page.captureScreenshot"))["data"]))


@contextlib.asynccontextmanager
async def browser(folder: Path) -> AsyncIterator[Page]:
    """A fresh one, its profile in *folder*; gone at the end of the block."""
    program = shutil.which("chromium")
    assert program is not None, "the test lacks the mark needs_tool('chromium')"
    process = await asyncio.create_subprocess_exec(
        program,
        *OPTIONS,
        f"--user-data-dir={folder / 'profile'}",
        "about:blank",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        port = await _port_of(folder / "profile" / "DevToolsActivePort")
        async with aiohttp.ClientSession() as session:
            async with session.get(f"http://127.0.0.1:{port}/json/list") as answer:
                tabs = json.loads(await answer.text())
            (url,) = [tab["webSocketDebuggerUrl"] for tab in tabs if tab["type"] == "page"]
            async with session.ws_connect(url, max_msg_size=0) as socket:
                yield Page(socket)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        async with asyncio.timeout(ANSWER_SECONDS):
            await process.wait()


async def _port_of(told: Path) -> int:
    async with asyncio.timeout(START_SECONDS):
        while not (told.exists() and len(lines := told.read_text().splitlines()) == 2):
            await asyncio.sleep(0.05)
    return int(lines[0])
