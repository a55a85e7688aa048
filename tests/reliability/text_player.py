"""Texts that people and programs write, random ones: what each becomes, on txloop or on real Twisted.

    python text_player.py twisted SEED COUNT    one line of JSON a case: [kind, text, outcome]

The outcome is a short text: what was made, or the name of the error.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import random
import sys
from collections.abc import Callable, Iterator
from typing import Any

ENDPOINT_TOKENS = (
    "tcp:", "tcp6:", "ssl:", "tls:", "unix:", "systemd:", "haproxy:", "nonsense:", "tcp", "",
    "80", "8080", "-1", "99999999", "http", "localhost", "127.0.0.1", "::1", ":", "::", "=", "\\:",
    "\\=", "\\\\", "\\",
    "port=", "host=", "interface=", "backlog=", "timeout=", "mode=", "660", "lockfile=", "0", "1", "address=",
    "privateKey=", "certKey=", "bindAddress=", "domain=INET", "index=0", "ü", "\x00", " ", "nobody=1",
)  # fmt: skip
FORMAT_TOKENS = (
    "{", "}", "{{", "}}", "{number}", "{text!r}", "{text!s}", "{number:05d}", "{number:%Y}", "{missing}",
    "{call()}",
    "{call().real}", "{items[0]}", "{items[9]}", "{items[key]}", "{}", "{0}", "{number!x}", "{number:",
    "{raises}",
    "{raises!r}", "{text.upper()}", "{nested:{number}}", "%", "%(number)s", "a", "\n", "é",
    "{log_level}", "{log_failure}",
)  # fmt: skip
USAGE_TOKENS = (
    "--flag", "-f", "--no-flag", "--number", "--number=3", "-n", "-n3", "3", "x", "--number=", "--text",
    "--text=", "-t",
    "--", "-", "--help=x", "--unknown", "-u", "sub", "other", "--flag=1", "--num", "--te", "é", "-fn4", "",
)  # fmt: skip


class Texts:
    """The functions of one library.

    Args:
        root: "txloop" or "twisted".
    """

    def __init__(self, root: str) -> None:
        def module(name: str) -> Any:
            return importlib.import_module(f"{root}.{name}")

        self.endpoints = module("internet.endpoints")
        self.reactor = module("internet.testing").MemoryReactor()
        self.logger = module("logger")
        self.usage = module("python.usage")
        self.options = self._options()

    def _options(self) -> type:
        usage = self.usage

        class Sub(usage.Options):  # type: ignore[name-defined, misc]
            optFlags = [["deep", "d", "A flag."]]  # noqa: RUF012  # as programs write it

            def parseArgs(self, *rest: str) -> None:
                self["rest"] = rest

        class Main(usage.Options):  # type: ignore[name-defined, misc]
            optFlags = [["flag", "f", "A flag."]]  # noqa: RUF012
            optParameters = [["number", "n", 1, "A number.", int], ["text", "t", "none", "A text."]]  # noqa: RUF012
            subCommands = [["sub", "s", Sub, "A command."]]  # noqa: RUF012

        return Main

    def server(self, text: str) -> str:
        """An endpoint string of a server."""
        return type(self.endpoints.serverFromString(self.reactor, text)).__name__.lstrip("_")

    def client(self, text: str) -> str:
        """An endpoint string of a client."""
        return type(self.endpoints.clientFromString(self.reactor, text)).__name__

    def format(self, text: str) -> str:
        """A log event's format."""
        formatted: str = self.logger.formatEvent(event_of(text))
        return formatted if "Unable to format" not in formatted else "Unable to format"

    def classic(self, text: str) -> str:
        """The line that a log file gets."""
        line = self.logger.formatEventAsClassicLogText(event_of(text), formatTime=lambda when: "now")
        return line if line is None or "Unable to format" not in line else "Unable to format"

    def flattened(self, text: str) -> str:
        """What a JSON log file keeps of it."""
        from_json = self.logger.eventFromJSON(self.logger.eventAsJSON(event_of(text)))
        formatted: str = self.logger.formatEvent(from_json)
        return formatted if "Unable to format" not in formatted else "Unable to format"

    def options_of(self, text: str) -> str:
        """A command line."""
        parsed = self.options()
        parsed.parseOptions(text.split("\x1f"))
        return repr(sorted(dict(parsed).items())) + repr(parsed.subCommand)


class Raises:
    """Nothing can be made of it."""

    def __repr__(self) -> str:
        raise ZeroDivisionError("the user's")

    __str__ = __repr__


def event_of(text: str) -> dict[str, Any]:
    """An event with that format and values of all kinds."""
    return {
        "log_format": text,
        "log_time": 0.0,
        "log_system": "system",
        "number": 7,
        "text": "téxt",
        "items": [1, 2],
        "call": lambda: 5,
        "raises": Raises(),
        "nested": 3,
    }


KINDS: dict[str, tuple[str, tuple[str, ...], str]] = {
    "server": ("server", ENDPOINT_TOKENS, ""),
    "client": ("client", ENDPOINT_TOKENS, ""),
    "format": ("format", FORMAT_TOKENS, ""),
    "classic": ("classic", FORMAT_TOKENS, ""),
    "flattened": ("flattened", FORMAT_TOKENS, ""),
    "usage": ("options_of", USAGE_TOKENS, "\x1f"),
}


def cases(seed: int, count: int) -> Iterator[tuple[str, str]]:
    """The same ones for a seed, *count* of each kind."""
    chance = random.Random(seed)
    for kind, (_, tokens, glue) in KINDS.items():
        for _ in range(count):
            yield kind, glue.join(chance.choices(tokens, k=chance.randrange(1, 8)))


def outcome(texts: Texts, kind: str, text: str) -> str:
    """What becomes of it."""
    call: Callable[[str], Any] = getattr(texts, KINDS[kind][0])
    silence = io.StringIO()
    try:
        with contextlib.redirect_stdout(silence), contextlib.redirect_stderr(silence):
            return f"{call(text)}"
    except (Exception, SystemExit) as refused:
        return type(refused).__name__


if __name__ == "__main__":
    texts = Texts(sys.argv[1])
    for kind, text in cases(int(sys.argv[2]), int(sys.argv[3])):
        print(json.dumps([kind, text, outcome(texts, kind, text)]))
