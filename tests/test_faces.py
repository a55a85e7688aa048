"""What is decided about asyncio-shaped faces without a loop."""

from __future__ import annotations

import ssl
from typing import Any

import pytest

import txloop
from txloop._faces import loss_for_asyncio
from txloop.internet import error
from txloop.internet.protocol import Factory, Protocol
from txloop.python.failure import Failure


def lost_by(cause: BaseException) -> error.ConnectionLost:
    reason = error.ConnectionLost()
    reason.__cause__ = cause
    return reason


@pytest.mark.parametrize(
    ("reason", "asked", "told"),
    [
        (error.ConnectionDone(), False, type(None)),
        (error.ConnectionDone(), True, type(None)),
        (error.ConnectionAborted(), True, type(None)),
        (error.ConnectionAborted(), False, ConnectionAbortedError),
        (error.ConnectionLost(), True, ConnectionResetError),
        (lost_by(BrokenPipeError()), False, BrokenPipeError),
        (ssl.SSLError("bad record"), False, ssl.SSLError),
        (ValueError("the program's own"), False, ConnectionResetError),
    ],
)
def test_reasons_are_what_asyncio_would_say(reason: Exception, asked: bool, told: type) -> None:
    """Source: asyncio's transports give connection_lost(None) for FIN, close() and abort()."""
    lost = loss_for_asyncio(Failure(reason), asked=asked)
    assert type(lost) is told
    assert lost is None or lost in (reason, reason.__cause__) or lost.__cause__ is reason  # nothing is lost


def test_an_endpoints_text_that_names_none_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="nowhere"):
        txloop.listening("nowhere:1", None)


def test_a_twisted_factory_makes_a_new_protocol_for_each_connection() -> None:
    import asyncio

    factory = txloop.as_twisted_factory(asyncio.Protocol)
    one, other = factory.buildProtocol(None), factory.buildProtocol(None)
    assert one is not other
    assert type(one.inner) is type(other.inner) is asyncio.Protocol


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            lambda: txloop.listening(5, None),
            r"an endpoint to listen on, or its text as in 'tcp:8007', is needed, not 5",
        ),
        (
            lambda: txloop.start_server("tcp:0", print),
            "a function of reader and writer is needed, not 'tcp:0'",
        ),
        (lambda: txloop.open_streams(5), "a Twisted transport is needed, not 5"),
        (lambda: txloop.as_asyncio_protocol(5), "a Protocol or Factory is needed, not 5"),
        (lambda: txloop.as_asyncio_protocol(Protocol), "not the class Protocol: call it"),
        (lambda: txloop.as_asyncio_protocol(Factory), "not the class Factory: call it"),
        (lambda: txloop.as_twisted_protocol(Protocol()), "an asyncio.Protocol is needed, not <"),
        (
            lambda: txloop.as_twisted_factory(Protocol()),
            "a function or class that makes an asyncio.Protocol is needed",
        ),
        (lambda: txloop.run(print), r"as in run\(main\(\)\)"),
    ],
)
def test_what_stands_in_the_wrong_place_is_refused_at_once(given: Any, said: str) -> None:
    with pytest.raises(TypeError, match=said):
        given()


@pytest.mark.asyncio
async def test_a_host_name_is_no_endpoint() -> None:
    with pytest.raises(
        TypeError, match=r"an endpoint to connect to, or its text as in 'tcp:example\.com:80', is needed"
    ):
        await txloop.open_connection(("localhost", 80))  # type: ignore[arg-type]
