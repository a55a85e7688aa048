"""What is decided about asyncio-shaped faces without a loop."""

from __future__ import annotations

import ssl

import pytest

import txloop
from txloop._faces import loss_for_asyncio
from txloop.internet import error
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
