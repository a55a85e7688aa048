"""The AMP command that is called, and who answers it."""

from __future__ import annotations

import importlib
from typing import Any


def add_command() -> Any:
    """Two numbers in, their sum out."""
    amp = importlib.import_module("twisted.protocols.amp")

    class Add(amp.Command):  # type: ignore[misc]
        arguments = [(b"left", amp.Integer()), (b"right", amp.Integer())]  # noqa: RUF012  # AMP's way
        response = [(b"total", amp.Integer())]  # noqa: RUF012

    return Add


def responder() -> Any:
    """The protocol of a server that answers it."""
    amp = importlib.import_module("twisted.protocols.amp")
    command = add_command()

    class Adder(amp.AMP):  # type: ignore[misc]
        @command.responder  # type: ignore[untyped-decorator]
        def add(self, left: int, right: int) -> dict[str, int]:
            return {"total": left + right}

    return Adder
