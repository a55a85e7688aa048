"""What is given in the place of a factory and is none: told at once, with what to pass instead."""

from __future__ import annotations

import re
from typing import Any

import pytest

from txloop.internet import protocol
from txloop.internet._factories import start
from txloop.internet.endpoints import serverFromString
from txloop.protocols.basic import LineReceiver


class Chat(protocol.Factory[Any]):
    """A factory, for its name."""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Chat, "a factory is needed, not the class Chat: pass Chat()"),
        (LineReceiver, "not the protocol LineReceiver: pass Factory.forProtocol(LineReceiver)"),
        (LineReceiver(), "not the protocol LineReceiver: pass Factory.forProtocol(LineReceiver)"),
        (None, "a factory is needed, not None: it has no doStart()"),
    ],
    ids=["its class", "a protocol's class", "a protocol", "nothing"],
)
def test_what_is_no_factory_is_refused_and_the_way_out_told(given: Any, said: str) -> None:
    with pytest.raises(TypeError) as refused:
        start(given)
    assert str(refused.value).endswith(said)


def test_a_class_that_is_a_factory_itself_is_one() -> None:
    class Registry:
        started = 0

        @classmethod
        def doStart(cls) -> None:
            cls.started += 1

    start(Registry)
    assert Registry.started == 1


@pytest.mark.asyncio
async def test_ports_and_endpoints_say_so(reactor: Any) -> None:
    with pytest.raises(TypeError, match=r"pass Chat\(\)"):
        reactor.listenTCP(0, Chat, interface="127.0.0.1")
    with pytest.raises(TypeError, match=r"pass Chat\(\)"):
        await serverFromString(reactor, "tcp:0:interface=127.0.0.1").listen(Chat)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"pass Factory\.forProtocol"):
        reactor.connectTCP("127.0.0.1", 1, LineReceiver)


@pytest.mark.parametrize("description", ["tpc:8007", "tcp8007"])
def test_an_unknown_kind_of_endpoint_is_told_with_those_there_are(reactor: Any, description: str) -> None:
    with pytest.raises(ValueError, match="Unknown endpoint type") as refused:
        serverFromString(reactor, description)
    assert re.search(r"There are tcp, ssl, unix, .*tls.*, as in tcp:8007", refused.value.__notes__[0])


def test_a_port_that_is_no_number_is_told_by_its_name(reactor: Any) -> None:
    with pytest.raises(ValueError, match="the port of an endpoint is a number, not 'http'"):
        serverFromString(reactor, "tcp:http")
