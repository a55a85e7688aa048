"""Errors: Twisted's names, bases and sentences."""

from __future__ import annotations

import errno
import json
import pickle
import socket
from pathlib import Path
from typing import Any

import pytest

from txloop.internet import error, main

RECORD = Path(__file__).parents[1] / "data" / "twisted_contracts.json"  # record_twisted_contracts.py
TWISTED: dict[str, Any] = json.loads(RECORD.read_text())["errors"]


@pytest.mark.parametrize("name", TWISTED)
def test_each_error_has_twisteds_bases_and_texts(name: str) -> None:
    ours = getattr(error, name)
    assert [base.__name__ for base in ours.__bases__] == TWISTED[name]["bases"]
    assert ours.__module__ == "txloop.internet.error"
    for args, text in TWISTED[name]["texts"]:
        assert str(ours(*args)) == text


def test_there_is_no_error_that_twisted_has_not() -> None:
    ours = {name for name, thing in vars(error).items() if isinstance(thing, type)}
    assert ours - {"Any"} == set(TWISTED)


def test_an_argument_that_is_no_text_is_shown_too() -> None:
    """Twisted's str() raises TypeError here, which hides the error it is about."""
    assert str(error.DNSLookupError(-2, "unknown")) == "DNS lookup failed: -2 unknown."


@pytest.mark.parametrize(
    ("cause", "expected", "text"),
    [
        (OSError(errno.ECONNREFUSED, "no"), error.ConnectionRefusedError, "other side: {0}: no."),
        (OSError(errno.ENETUNREACH, "no"), error.NoRouteError, "No route to host: {0}: no."),
        (OSError(errno.ETIMEDOUT, "no"), error.TCPTimedOutError, "timed out: {0}: no."),
        (OSError(errno.EHOSTUNREACH, "no"), error.ConnectError, "connecting: {0}: no."),
        (socket.gaierror(-2, "no"), error.UnknownHostError, "looked up: -2: no."),
        ((errno.ECONNREFUSED, "no"), error.ConnectionRefusedError, "other side: {0}: no."),
        (Exception("three", "is", "many"), error.ConnectError, "connecting: ('three', 'is', 'many')."),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_get_connect_error_gives_the_class_for_what_went_wrong(
    cause: Any, expected: type[error.ConnectError], text: str
) -> None:
    found = error.getConnectError(cause)
    number = cause[0] if isinstance(cause, tuple) else cause.args[0]
    assert type(found) is expected
    assert str(found).endswith(text.format(number))


def test_a_plain_text_becomes_the_whole_detail_of_a_connect_error() -> None:
    assert str(error.getConnectError(OSError("odd"))) == "An error occurred while connecting: odd."


def test_cannot_listen_error_names_interface_and_port() -> None:
    cause = OSError(errno.EADDRINUSE, "in use")
    raised = error.CannotListenError("", 80, cause)
    assert str(raised) == f"Couldn't listen on any:80: {cause}."
    assert (raised.interface, raised.port, raised.socketError) == ("", 80, cause)


def test_process_errors_tell_code_signal_and_status() -> None:
    killed = error.ProcessTerminated(signal=9, status=9)
    assert str(killed).endswith("process ended by signal 9.")
    assert (killed.exitCode, killed.signal, killed.status) == (None, 9, 9)
    done = error.ProcessDone(0)
    assert (done.exitCode, done.signal, done.status) == (0, None, 0)


def test_an_error_of_ones_own_gets_the_sentence_of_its_message() -> None:
    class Late(error.ConnectionLost):
        MESSAGE = """
        The peer was late
        (it often is)
        """

    assert str(Late()) == "The peer was late."
    assert str(Late("by 3 s")) == "The peer was late: by 3 s."


def test_reasons_can_be_pickled() -> None:
    copy = pickle.loads(pickle.dumps(error.ConnectionLost("reset")))
    assert type(copy) is error.ConnectionLost
    assert copy.args == ("reset",)


def test_the_two_plain_reasons_are_single_objects_of_their_classes() -> None:
    assert isinstance(main.CONNECTION_DONE, error.ConnectionDone)
    assert isinstance(main.CONNECTION_LOST, error.ConnectionLost)
    assert main.CONNECTION_LOST.args == ("Connection lost",)
