"""The example servers, talked to by plain sockets and by the tools people have.

Each transcript is written down once; Twisted (26.10, its epoll reactor) is the
platform that says what is right.
"""

from __future__ import annotations

import socket
import subprocess

import pytest

from example_programs import Guest, Program, run, tool

LONG_LINE = "x" * 20_000  # LineReceiver.MAX_LENGTH is 16,384


def test_quote_of_the_day_tells_each_visitor_the_next_one(platform: str) -> None:
    with Program("quote_of_the_day.py", 0, platform=platform) as quotes:
        heard = [quotes.connect().hear_all() for _ in range(4)]
    assert heard[0] == b"The best time to close a socket is after you have read it.\r\n"
    assert heard[3] == heard[0] != heard[1]
    assert quotes.transcript == "quotes on port PORT\ntold 4 quotes\n"


def test_echo_answers_after_the_guests_last_word(platform: str) -> None:
    """A half-closed connection still gets what was sent before."""
    with Program("echo_server.py", 0, platform=platform) as echo:
        guest = echo.connect()
        guest.say("hello")
        assert guest.hear() == "hello"
        guest.say_no_more()
        assert guest.hear_all() == b""
    assert echo.transcript == (
        "echo on port PORT\n"
        "guest 1 came from 127.0.0.1\n"
        "a guest left after 6 bytes: Connection was closed cleanly.\n"
    )


def test_echo_returns_a_megabyte_unchanged(platform: str) -> None:
    data = bytes(range(256)) * 4096
    with Program("echo_server.py", 0, platform=platform) as echo:
        guest = echo.connect()
        received = b""
        for start in range(0, len(data), 65_536):
            guest.send(data[start : start + 65_536])
            received += guest.read(65_536)
        assert received == data
        guest.leave()
        echo.wait_for("a guest left after 1048576 bytes")


@pytest.mark.needs_tool("nc")
def test_echo_answers_nc(platform: str) -> None:
    with (
        Program("echo_server.py", 0, platform=platform) as echo,
        subprocess.Popen(
            ["nc", "127.0.0.1", str(echo.port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as nc,
    ):
        assert nc.stdin is not None
        assert nc.stdout is not None
        nc.stdin.write("hello\n")
        nc.stdin.flush()
        assert nc.stdout.readline() == "hello\n"
        nc.terminate()


def enter(chat: Program, name: str) -> Guest:
    guest = chat.connect()
    assert guest.hear() == "What is your name?"
    guest.say(name)
    assert guest.hear() == f"Welcome, {name}!"
    return guest


def test_chat_carries_lines_between_people_and_not_back(platform: str) -> None:
    with Program("line_chat.py", 0, platform=platform) as chat:
        ann, bob = enter(chat, "ann"), enter(chat, "bob")
        assert ann.hear() == "bob came in."
        ann.say("hello, bob")
        assert bob.hear() == "<ann> hello, bob"
        bob.say("/who")
        assert bob.hear() == "Here are: ann, bob"
        bob.say("/quit")
        assert bob.hear_all() == b""
        assert ann.hear() == "bob went away."


def test_chat_names_are_taken_once_and_free_again(platform: str) -> None:
    with Program("line_chat.py", 0, platform=platform) as chat:
        ann, other = enter(chat, "ann"), chat.connect()
        other.hear()
        other.say("two words")
        assert other.hear() == "One word, please. What is your name?"
        other.say("ann")
        assert other.hear() == "ann is here already. What is your name?"
        ann.say("/quit")
        ann.hear_all()
        other.say("ann")
        assert other.hear() == "Welcome, ann!"


def test_chat_lines_may_arrive_in_any_pieces(platform: str) -> None:
    with Program("line_chat.py", 0, platform=platform) as chat:
        ann, bob = enter(chat, "ann"), enter(chat, "bob")
        ann.hear()
        for byte in "füße\nund\n".encode():
            ann.send(bytes([byte]))
        assert [bob.hear(), bob.hear()] == ["<ann> füße", "<ann> und"]


def test_a_line_that_is_too_long_ends_that_persons_visit_only(platform: str) -> None:
    with Program("line_chat.py", 0, platform=platform) as chat:
        ann, bob = enter(chat, "ann"), enter(chat, "bob")
        ann.hear()
        bob.send(LONG_LINE.encode())
        assert bob.hear() == "That is too long for a chat. Goodbye."
        assert ann.hear() == "bob went away."
        ann.say("/who")
        assert ann.hear() == "Here are: ann"


@pytest.mark.needs_tool("nc")
def test_chat_hears_nc(platform: str) -> None:
    with Program("line_chat.py", 0, platform=platform) as chat:
        # -q 1: stay for the answers when the input has ended.
        heard = tool("nc", "-q", 1, "127.0.0.1", chat.port, said="nora\n/who\n/quit\n")
    assert heard == "What is your name?\nWelcome, nora!\nHere are: nora\n"


def test_finger_knows_some_and_says_so_of_others(platform: str) -> None:
    with Program("finger_server.py", 0, platform=platform) as finger:
        answers = []
        for name in ("ada", "/W grace", "", "bob"):
            guest = finger.connect()
            guest.say(name, end="\r\n")
            answers.append(guest.hear_all().decode())
    assert answers == [
        "Ada: at the engine, do not disturb.\r\n",
        "Grace: gone to look for a moth.\r\n",
        "Here are: ada, grace\r\n",
        "bob: no such person here.\r\n",
    ]


@pytest.mark.needs_tool("finger")
def test_finger_answers_finger(platform: str) -> None:
    """The tool knows one port only, 79, so this needs the right to serve it."""
    try:
        socket.create_server(("127.0.0.1", 79)).close()
    except OSError as error:
        pytest.skip(f"port 79 cannot be served: {error}")
    with Program("finger_server.py", 79, platform=platform):
        heard = tool("finger", "ada@127.0.0.1", "bob@127.0.0.1")
    assert "Ada: at the engine, do not disturb." in heard
    assert "bob: no such person here." in heard


def test_finger_client_asks_all_at_once_and_reports_in_order(platform: str) -> None:
    with Program("finger_server.py", 0, platform=platform) as finger:
        here = f"127.0.0.1:{finger.port}"
        # Port 1 of loopback: nobody serves it.
        asked = (f"grace@{here}", f"bob@{here}", "ada@127.0.0.1:1", f"ada@{here}")
        output, errors, status = run("finger_client.py", *asked, platform=platform)
    assert (errors, status) == ("", 0)
    assert output == (
        "grace@127.0.0.1 -> Grace: gone to look for a moth.\n"
        "bob@127.0.0.1 -> bob: no such person here.\n"
        "ada@127.0.0.1 -> ConnectionRefusedError\n"
        "ada@127.0.0.1 -> Ada: at the engine, do not disturb.\n"
    )


def test_the_proxy_forwards_both_ways_and_both_ends(platform: str) -> None:
    with (
        Program("echo_server.py", 0, platform=platform) as echo,
        Program("port_forward.py", 0, "127.0.0.1", echo.port, platform=platform) as proxy,
    ):
        guest = proxy.connect()
        guest.say("through the wall")
        assert guest.hear() == "through the wall"
        guest.leave()
        echo.wait_for("a guest left")
    assert proxy.transcript == "forwarding port PORT\nforwarded 17 bytes\n"
    assert "a guest left after 17 bytes" in echo.transcript


def test_the_proxy_hangs_up_when_nobody_is_behind_it(platform: str) -> None:
    with Program("port_forward.py", 0, "127.0.0.1", 1, platform=platform) as proxy:
        assert proxy.connect().hear_all() == b""


def test_the_store_keeps_bytes_of_any_kind(platform: str) -> None:
    value = b"\r\n$3\r\n\0" * 1000
    with Program("key_value_server.py", 0, platform=platform) as store:
        guest = store.connect()
        guest.send(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$%d\r\n%s\r\n" % (len(value), value))
        assert guest.hear() == "+OK"
        guest.send(b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n")
        assert guest.hear() == f"${len(value)}"
        assert guest.read(len(value)) == value


def test_the_store_takes_commands_in_any_pieces_and_in_one(platform: str) -> None:
    ping, get = b"*1\r\n$4\r\nPING\r\n", b"*2\r\n$3\r\nGET\r\n$5\r\nthere\r\n"
    with Program("key_value_server.py", 0, platform=platform) as store:
        guest = store.connect()
        guest.send(ping + get + ping)
        assert [guest.hear(), guest.hear(), guest.hear()] == ["+PONG", "$-1", "+PONG"]
        for byte in get + ping:
            guest.send(bytes([byte]))
        assert [guest.hear(), guest.hear()] == ["$-1", "+PONG"]


def test_the_store_hangs_up_on_what_is_no_command(platform: str) -> None:
    with Program("key_value_server.py", 0, platform=platform) as store:
        guest = store.connect()
        guest.send(b"*1\r\nwhat\r\n")
        assert guest.hear_all() == b"-ERR Protocol error\r\n"


@pytest.mark.needs_tool("redis-cli")
def test_the_store_talks_to_redis_cli(platform: str) -> None:
    with Program("key_value_server.py", 0, platform=platform) as store:
        said = (
            "SET greeting 'hello world'",
            "GET greeting",
            "GET nothing",
            "INCR n",
            "INCR n",
            "KEYS *",
            "DEL n x",
            "INCR greeting",
            "FLY",
            "GET",
        )
        heard = tool("redis-cli", "-p", store.port, said="\n".join(said) + "\n")
    assert heard.splitlines() == [
        "OK",
        "hello world",
        "",
        "1",
        "2",
        "greeting",
        "n",
        "1",
        "ERR value is not an integer or out of range",
        "",
        "ERR unknown command 'FLY'",
        "",
        "ERR wrong number of arguments for 'get'",
        "",
    ]
