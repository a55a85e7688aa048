"""The old chat with a web page: browsers, nc and plain sockets in one room."""

from __future__ import annotations

import asyncio
import os
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from browser import browser
from example_programs import Application, Guest

LINES = "[...document.querySelectorAll('#lines li')].map(each => each.textContent)"


@pytest.fixture
def chat(loop_name: str) -> Iterator[Application]:
    with Application("web_chat.py", 0, 0, loop_name) as started:
        yield started


def enter(chat: Application, name: str) -> Guest:
    guest = chat.connect()
    assert guest.hear() == "What is your name?"
    guest.say(name)
    assert guest.hear() == f"Welcome, {name}!"
    return guest


def test_a_web_socket_and_a_plain_socket_talk_to_each_other(chat: Application) -> None:
    """The browser's part of it, by aiohttp's client."""
    nora = enter(chat, "nora")

    async def bob() -> None:
        async with aiohttp.ClientSession() as session, session.ws_connect(chat.url + "/chat") as socket:
            assert await socket.receive_str(timeout=20) == "What is your name?"
            await socket.send_str("bob")
            assert await socket.receive_str(timeout=20) == "Welcome, bob!"
            assert await asyncio.to_thread(nora.hear) == "bob came in."
            nora.say("grüß dich")
            assert await socket.receive_str(timeout=20) == "<nora> grüß dich"
            await socket.send_str("two\nlines")  # one message is one line, whatever is in it
            assert await asyncio.to_thread(nora.hear) == "<bob> two lines"

    asyncio.run(bob())
    assert nora.hear() == "bob went away."


def test_who_quits_the_chat_loses_the_web_socket(chat: Application) -> None:
    async def bob() -> None:
        async with aiohttp.ClientSession() as session, session.ws_connect(chat.url + "/chat") as socket:
            await socket.send_str("bob")
            await socket.send_str("/quit")
            heard = [message.data async for message in socket]
            assert heard == ["What is your name?", "Welcome, bob!"]

    asyncio.run(bob())


def test_when_the_server_ends_everybody_is_sent_home(loop_name: str) -> None:
    """A web socket gets its close, a plain one its end; the process ends in time, in silence."""

    async def bob(chat: Application, is_in: asyncio.Event, left: list[object]) -> None:
        async with aiohttp.ClientSession() as session, session.ws_connect(chat.url + "/chat") as socket:
            assert await socket.receive_str(timeout=20) == "What is your name?"
            is_in.set()
            left.append((await socket.receive(timeout=20)).type)

    async def main() -> None:
        left: list[object] = []
        with Application("web_chat.py", 0, 0, loop_name) as chat:
            nora, is_in = enter(chat, "nora"), asyncio.Event()
            visit = asyncio.ensure_future(bob(chat, is_in, left))
            await is_in.wait()
            chat.interrupt()
            await visit
            assert await asyncio.to_thread(nora.hear_all) == b""
        assert left == [aiohttp.WSMsgType.CLOSE]

    asyncio.run(main())


@pytest.mark.needs_tool("nc")
@pytest.mark.needs_tool("chromium")
def test_people_in_chromium_and_people_with_nc_talk_to_each_other(chat: Application, tmp_path: Path) -> None:
    """What nc sends is text, never markup.  The screenshot goes to $TXLOOP_SCREENSHOTS, if that is set."""
    nora = subprocess.Popen(
        ["nc", "127.0.0.1", str(chat.port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    )

    def say(text: str) -> None:
        assert nora.stdin is not None
        nora.stdin.write(text + "\n")

    def hear() -> str:
        assert nora.stdout is not None
        return nora.stdout.readline().rstrip("\n")

    async def bob() -> None:
        async with browser(tmp_path) as page:
            await page.open(chat.url + "/")
            await page.until(f"{LINES}.includes('What is your name?')")
            await page.type("bob")
            await page.until(f"{LINES}.includes('Welcome, bob!')")
            assert await asyncio.to_thread(hear) == "bob came in."
            say("hello, is this <b>bold</b>?")
            await page.until("document.querySelector('#lines li.said') !== null")
            await page.type("it is not; good evening, nora")
            assert await asyncio.to_thread(hear) == "<bob> it is not; good evening, nora"
            say("good evening")
            await page.until("document.querySelectorAll('#lines li.said').length == 2")
            assert await page.value(LINES) == [
                "What is your name?",
                "Welcome, bob!",
                "norahello, is this <b>bold</b>?",
                "it is not; good evening, nora",
                "noragood evening",
            ]
            assert await page.value("document.querySelector('#state').textContent") == "connected"
            assert await page.value("document.documentElement.scrollWidth <= innerWidth")
            picture = Path(os.environ.get("TXLOOP_SCREENSHOTS", tmp_path)) / "web_chat.png"
            await page.screenshot(picture)
            assert png_size(picture) == await page.value("[innerWidth, innerHeight]")
            assert picture.stat().st_size > 5_000  # an empty page is less

    with nora:
        assert hear() == "What is your name?"
        say("nora")
        assert hear() == "Welcome, nora!"
        asyncio.run(bob())
        assert hear() == "bob went away."
        say("/quit")
        assert nora.stdin is not None
        nora.stdin.close()
        assert hear() == ""
        assert nora.wait(20) == 0


def png_size(picture: Path) -> list[int]:
    """Width and height, which stand in the first chunk."""
    return list(struct.unpack_from(">II", picture.read_bytes(), 16))
