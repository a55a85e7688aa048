"""The fixture memory_pair: two protocols connected in memory."""

from __future__ import annotations

from typing import Any

import pytest
from zope.interface.verify import verifyObject

from txloop.internet import interfaces, protocol
from txloop.protocols.basic import LineReceiver
from txloop_pytest._memory_pair import MemoryPair


class Talker(LineReceiver):
    """Writes down what happens to it."""

    def __init__(self, answers: dict[bytes, bytes] | None = None) -> None:
        self.answers = answers or {}
        self.heard: list[bytes] = []
        self.end: str | None = None

    def lineReceived(self, line: bytes) -> None:
        self.heard.append(line)
        if line in self.answers:
            self.sendLine(self.answers[line])

    def connectionLost(self, reason: Any = None) -> None:
        self.end = reason.type.__name__


def test_bytes_wait_for_pump_which_goes_on_until_all_is_said(memory_pair: MemoryPair) -> None:
    client, server = memory_pair(Talker({b"2": b"3"}), Talker({b"1": b"2", b"3": b"4"}))
    client.sendLine(b"1")
    assert server.heard == []
    assert memory_pair.pump() == 4
    assert (server.heard, client.heard) == ([b"1", b"3"], [b"2", b"4"])
    assert memory_pair.pump() == 0


def test_what_was_written_before_the_end_arrives_and_both_hear_connection_done(
    memory_pair: MemoryPair,
) -> None:
    client, server = memory_pair(Talker(), Talker())
    client.sendLine(b"bye")
    client.transport.loseConnection()
    assert client.transport.disconnecting
    assert (client.end, server.end) == (None, None)
    memory_pair.pump()
    assert server.heard == [b"bye"]
    assert (client.end, server.end) == ("ConnectionDone", "ConnectionDone")
    client.transport.write(b"nobody")  # as on a network: silently nothing
    assert memory_pair.pump() == 0


def test_an_abort_takes_what_is_under_way(memory_pair: MemoryPair) -> None:
    client, server = memory_pair(Talker(), Talker())
    client.sendLine(b"lost")
    client.transport.abortConnection()
    memory_pair.pump()
    assert server.heard == []
    assert (client.end, server.end) == ("ConnectionAborted", "ConnectionLost")


def test_a_paused_side_gets_nothing_until_it_resumes(memory_pair: MemoryPair) -> None:
    client, server = memory_pair(Talker(), Talker())
    server.transport.pauseProducing()
    client.sendLine(b"later")
    memory_pair.pump()
    assert server.heard == []
    server.transport.resumeProducing()
    memory_pair.pump()
    assert server.heard == [b"later"]


def test_a_pull_producer_is_asked_until_it_is_done_and_then_the_end_comes(memory_pair: MemoryPair) -> None:
    client, server = memory_pair(Talker(), Talker())

    class Countdown:
        left = 3

        def resumeProducing(self) -> None:
            self.left -= 1
            client.sendLine(b"%d" % self.left)
            if not self.left:
                client.transport.unregisterProducer()

        def stopProducing(self) -> None:
            raise AssertionError("it was not done")

    client.transport.registerProducer(Countdown(), False)
    client.transport.loseConnection()
    memory_pair.pump()
    assert server.heard == [b"2", b"1", b"0"]
    assert server.end == "ConnectionDone"


def test_it_is_a_transport(memory_pair: MemoryPair) -> None:
    client, server = memory_pair(protocol.Protocol(), protocol.Protocol())
    for interface in (interfaces.ITransport, interfaces.IConsumer, interfaces.IPushProducer):
        assert verifyObject(interface, client.transport)
    assert client.transport is not None
    assert server.transport is not None
    assert client.transport.getPeer() == server.transport.getHost()
    with pytest.raises(TypeError, match="data must be bytes, not str"):
        client.transport.write("text")  # type: ignore[arg-type]


def test_a_conversation_without_an_end_is_an_error(
    memory_pair: MemoryPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("txloop_pytest._memory_pair.MOST_DELIVERIES", 50)
    client, _ = memory_pair(Talker({b"x": b"x"}), Talker({b"x": b"x"}))
    client.sendLine(b"x")
    with pytest.raises(RuntimeError, match="not over after"):
        memory_pair.pump()
