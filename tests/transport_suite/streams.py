"""What every stream transport must do.  A transport joins by a subclass with `pair`.

    class TestTCP(StreamSuite):
        pair = staticmethod(my_async_context_manager)

``async with self.pair(Left(), Right()) as (left, right)`` gives two protocols connected to
each other.  Source of each claim, unless it says otherwise: Twisted 26.10, seen by
running the same calls on its epoll reactor.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from transport_suite.parts import HalfCloseable, Producer, Recorder, turns
from txloop.internet import error, reactor

MEBIBYTE = 1024 * 1024

# What may be called at any time; after the end none of it does anything.
AFTER_THE_END = (
    "loseConnection",
    "abortConnection",
    "loseWriteConnection",
    "pauseProducing",
    "resumeProducing",
    "stopProducing",
    "stopConsuming",
    "unregisterProducer",
    "startReading",
    "stopReading",
)


@pytest.mark.asyncio
class StreamSuite:
    """The claims; not collected by itself."""

    pair: Callable[..., AbstractAsyncContextManager[tuple[Any, Any]]]
    peer_sees_an_abort = True  # UNIX sockets know no reset

    # ---- writing ---------------------------------------------------------------

    async def test_what_is_written_arrives_in_order(self) -> None:
        async with self.pair(Recorder(), Recorder()) as (left, right):
            pieces = [bytes([number % 256]) * number for number in range(200)]
            for piece in pieces[:100]:
                left.transport.write(piece)
            left.transport.writeSequence(pieces[100:])
            expected = b"".join(pieces)
            await right.until(lambda: len(right.data) >= len(expected))
            assert right.data == expected

    async def test_small_writes_of_one_callback_arrive_together(self) -> None:
        """Twisted joins them; loops send each (16 segments)."""

        class Answers(Recorder):
            def dataReceived(self, data: bytes) -> None:
                for _ in range(16):
                    self.transport.write(b"x" * 64)

        async with self.pair(Recorder(), Answers()) as (left, _):
            left.transport.write(b"?")
            await left.until(lambda: len(left.data) == 1024)
            assert left.events.count("data") == 1

    async def test_write_refuses_text_and_names_bytes(self) -> None:
        async with self.pair(Recorder(), Recorder()) as (left, right):
            for bad in ("text", 3, None):
                with pytest.raises(TypeError, match="Data must be bytes"):
                    left.transport.write(bad)
            with pytest.raises(TypeError, match="Data must be bytes"):
                left.transport.writeSequence([b"a", "b"])
            left.transport.write(b"good")
            await right.until(lambda: right.data)
            assert right.data == b"good"

    async def test_an_empty_write_does_nothing(self) -> None:
        async with self.pair(Recorder(), Recorder()) as (left, right):
            left.transport.write(b"")
            left.transport.writeSequence([])
            left.transport.writeSequence([b"", b""])
            left.transport.write(b"x")
            left.transport.write(b"")
            await right.until(lambda: right.data)
            assert right.data == b"x"

    async def test_a_written_bytearray_may_be_changed_afterwards(self) -> None:
        async with self.pair(Recorder(), Recorder()) as (left, right):
            mutable = bytearray(b"before")
            left.transport.write(mutable)
            mutable[:] = b"after!"
            await right.until(lambda: right.data)
            assert right.data == b"before"

    # ---- ending ------------------------------------------------------------------

    async def test_lose_connection_sends_what_was_written_and_both_are_done(self) -> None:
        async with self.pair(Recorder(), Recorder()) as (left, right):
            left.transport.write(b"z" * MEBIBYTE)
            left.transport.loseConnection()
            left.transport.loseConnection()
            assert left.transport.disconnecting
            assert type(await right.lost()) is error.ConnectionDone
            assert type(await left.lost()) is error.ConnectionDone
            assert len(right.data) == MEBIBYTE
            assert left.events == ["made", "lost"]
            assert right.events.count("lost") == 1
            transport = left.transport
            assert (transport.connected, transport.disconnecting, transport.disconnected) == (0, 0, 1)

    async def test_write_after_lose_connection_in_the_same_turn_is_sent(self) -> None:
        async with self.pair(Recorder(), Recorder()) as (left, right):
            left.transport.loseConnection()
            left.transport.write(b"still")
            await right.lost()
            assert right.data == b"still"

    async def test_write_after_lose_connection_turns_later_is_sent_while_the_queue_is_not_empty(
        self,
    ) -> None:
        async with self.pair(Recorder(), Recorder()) as (left, right):
            right.transport.pauseProducing()
            left.transport.write(b"z" * (16 * MEBIBYTE))
            left.transport.loseConnection()
            await turns(20)
            assert left.reason is None
            left.transport.write(b"tail")
            right.transport.resumeProducing()
            await right.lost()
            assert right.data[-4:] == b"tail"
            assert len(right.data) == 16 * MEBIBYTE + 4

    async def test_nothing_is_delivered_after_lose_connection(self) -> None:
        class Losing(Recorder):
            def dataReceived(self, data: bytes) -> None:
                super().dataReceived(data)
                self.transport.loseConnection()

        async with self.pair(Recorder(), Losing()) as (left, right):
            left.transport.write(b"1")
            await right.until(lambda: right.data)
            left.transport.write(b"2")
            await right.lost()
            assert right.data == b"1"

    async def test_abort_comes_a_turn_later_and_the_peer_is_not_told_it_was_clean(self) -> None:
        async with self.pair(Recorder(), Recorder()) as (left, right):
            left.transport.write(b"never")
            left.transport.abortConnection()
            left.transport.abortConnection()
            assert left.reason is None
            left.transport.loseConnection()
            assert type(await left.lost()) is error.ConnectionAborted
            expected = error.ConnectionLost if self.peer_sees_an_abort else error.ConnectionDone
            assert type(await right.lost()) is expected
            assert right.data == b""
            assert left.events.count("lost") == 1

    async def test_after_the_end_every_call_is_silent(self) -> None:
        async with self.pair(Recorder(), Recorder()) as (left, right):
            peer, transport = left.transport.getPeer(), left.transport
            transport.loseConnection()
            await left.lost()
            await right.lost()
            transport.write(b"x")
            transport.writeSequence([b"x"])
            for name in AFTER_THE_END:
                getattr(transport, name)()
            producer = Producer()
            transport.registerProducer(producer, True)
            assert producer.told == ["stop"]
            assert transport.getPeer() == peer
            await turns()
            assert left.events == ["made", "lost"]

    # ---- user code that raises --------------------------------------------------------

    @pytest.mark.parametrize("method", ["dataReceived", "connectionLost"])
    async def test_what_a_protocol_raises_is_logged_and_loses_that_connection_only(
        self, method: str, flush_logged_errors: Any
    ) -> None:
        class Buggy(Recorder):
            pass

        def raises(self: Any, *args: Any) -> None:
            if method == "connectionLost":
                Recorder.connectionLost(self, *args)
            raise ZeroDivisionError("the user's")

        setattr(Buggy, method, raises)
        async with self.pair(Recorder(), Buggy()) as (left, right):
            left.transport.write(b"?")
            if method == "connectionLost":
                left.transport.loseConnection()
                assert type(await right.lost()) is error.ConnectionDone
            else:
                assert type(await right.lost()) is ZeroDivisionError
            await left.lost()
            assert [failure.type for failure in flush_logged_errors(ZeroDivisionError)] == [ZeroDivisionError]

    # ---- reading ------------------------------------------------------------------------

    async def test_paused_means_silent_until_resumed(self) -> None:
        class Reluctant(Recorder):
            def connectionMade(self) -> None:
                super().connectionMade()
                self.transport.pauseProducing()

        async with self.pair(Recorder(), Reluctant()) as (left, right):
            left.transport.write(b"1")
            await turns(20)
            left.transport.write(b"2")
            await turns(20)
            assert right.data == b""
            right.transport.resumeProducing()
            await right.until(lambda: right.data == b"12")
            assert right.events[0] == "made"

    async def test_a_pause_in_the_turn_of_a_resume_counts(self) -> None:
        class Reluctant(Recorder):
            def connectionMade(self) -> None:
                super().connectionMade()
                self.transport.pauseProducing()

        async with self.pair(Recorder(), Reluctant()) as (left, right):
            left.transport.write(b"1")
            await turns(20)
            right.transport.resumeProducing()
            right.transport.pauseProducing()
            await turns(20)
            assert right.data == b""
            right.transport.resumeProducing()
            await right.until(lambda: right.data == b"1")

    @pytest.mark.parametrize("first", ["left", "right"])
    async def test_what_connection_made_puts_off_comes_before_the_first_bytes(self, first: str) -> None:
        """ClientCreator hands its protocol out by callLater(0): a peer that speaks first must find it so."""

        class PutsOff(Recorder):
            def connectionMade(self) -> None:
                super().connectionMade()
                reactor.callLater(0, self.note, "put off")
                self.transport.write(b"220 ready")

        async with self.pair(PutsOff(), PutsOff()) as pair:
            one = pair[first == "right"]
            await one.until(lambda: one.data)
            assert one.events == ["made", "put off", "data"]

    async def test_a_pause_or_resume_by_what_connection_made_puts_off_holds(self) -> None:
        class PutsOff(Recorder):
            def connectionMade(self) -> None:
                super().connectionMade()
                reactor.callLater(0, self.transport.pauseProducing)

        async with self.pair(Recorder(), PutsOff()) as (left, right):
            left.transport.write(b"1")
            await turns(20)
            assert right.data == b""
            right.transport.resumeProducing()
            await right.until(lambda: right.data == b"1")

    async def test_a_method_replaced_in_mid_stream_gets_the_next_chunk(self) -> None:
        async with self.pair(Recorder(), Recorder()) as (left, right):
            got: list[bytes] = []
            left.transport.write(b"1")
            await right.until(lambda: right.data)
            right.dataReceived = lambda data: (got.append(data), right.note("other"))
            left.transport.write(b"2")
            await right.until(lambda: got)
            assert (right.data, got) == (b"1", [b"2"])

    async def test_a_protocol_replaced_in_mid_stream_gets_the_next_chunk(self) -> None:
        async with self.pair(Recorder(), Recorder()) as (left, right):
            other = Recorder()
            other.transport = right.transport
            right.transport.protocol = other
            right.transport.tag = "users set attributes"
            left.transport.write(b"2")
            await other.until(lambda: other.data)
            assert right.data == b""
            left.transport.loseConnection()
            await other.lost()
            right.reason = other.reason

    # ---- producers ---------------------------------------------------------------------------

    async def test_a_push_producer_is_paused_above_its_limit_and_resumed_in_a_later_turn(self) -> None:
        async with self.pair(Recorder(), Recorder()) as (left, right):
            producer = Producer()
            left.transport.registerProducer(producer, True)
            left.transport.write(b"x" * 65_536)
            assert producer.told == []
            left.transport.write(b"x")
            assert producer.told == ["pause"]
            await right.until(lambda: len(right.data) == 65_537)
            await turns(20)
            assert producer.told == ["pause", "resume"]
            left.transport.unregisterProducer()

    async def test_a_greedy_producer_lets_the_loop_turn_between_its_pauses(self) -> None:
        """Toward a fast reader the wire's buffer never fills: 262 MB left in one callback without a gate."""
        async with self.pair(Recorder(), Recorder()) as (left, right):
            total, most = 3 * MEBIBYTE, [0]
            sent = 0

            def write_until_paused() -> None:
                nonlocal sent
                before, pauses = sent, producer.told.count("pause")
                while sent < total and producer.told.count("pause") == pauses:
                    left.transport.write(b"x" * 1024)
                    sent += 1024
                most[0] = max(most[0], sent - before)
                if sent >= total:
                    left.transport.unregisterProducer()

            producer = Producer(write_until_paused)
            left.transport.registerProducer(producer, True)
            write_until_paused()
            await right.until(lambda: len(right.data) == total)
            assert most[0] == 66_560  # 64 KiB and one chunk more, as measured on Twisted
            assert producer.told.count("pause") >= 40

    async def test_a_pull_producer_is_asked_at_once_and_each_time_all_has_left(self) -> None:
        async with self.pair(Recorder(), Recorder()) as (left, right):
            left_to_write = [b"one", b"two", b"three"]

            def write_one() -> None:
                if left_to_write:
                    left.transport.write(left_to_write.pop(0))
                else:
                    left.transport.unregisterProducer()
                    left.transport.loseConnection()

            producer = Producer(write_one)
            left.transport.registerProducer(producer, False)
            assert producer.told == ["resume"]
            await right.lost()
            assert right.data == b"onetwothree"
            assert producer.told == ["resume"] * 4

    async def test_an_idle_pull_producer_is_asked_no_more_until_somebody_writes(self) -> None:
        async with self.pair(Recorder(), Recorder()) as (left, right):
            producer = Producer()
            left.transport.registerProducer(producer, False)
            await turns(20)
            assert producer.told == ["resume"]
            left.transport.write(b"x")
            await right.until(lambda: right.data)
            await turns(20)
            assert producer.told == ["resume"] * 2
            left.transport.unregisterProducer()

    async def test_a_second_producer_is_refused(self) -> None:
        async with self.pair(Recorder(), Recorder()) as (left, _):
            left.transport.registerProducer(Producer(), True)
            with pytest.raises(RuntimeError, match="was never unregistered"):
                left.transport.registerProducer(Producer(), True)
            left.transport.unregisterProducer()

    async def test_a_paused_producer_delays_the_close_until_it_unregisters(self) -> None:
        async with self.pair(Recorder(), Recorder()) as (left, right):
            producer = Producer()
            left.transport.registerProducer(producer, True)
            left.transport.write(b"x" * 70_000)
            left.transport.loseConnection()
            await right.until(lambda: len(right.data) == 70_000)
            await turns(20)
            assert (left.reason, producer.told) == (None, ["pause", "resume"])
            left.transport.write(b"tail")
            left.transport.unregisterProducer()
            await right.lost()
            assert right.data[-4:] == b"tail"

    async def test_an_unpaused_push_producer_is_stopped_by_the_close(self) -> None:
        async with self.pair(Recorder(), Recorder()) as (left, right):
            producer = Producer()
            left.transport.registerProducer(producer, True)
            left.transport.loseConnection()
            await left.lost()
            await right.lost()
            assert producer.told == ["stop"]

    async def test_a_producer_is_stopped_when_the_peer_goes(self) -> None:
        async with self.pair(Recorder(), Recorder()) as (left, right):
            producer = Producer()
            left.transport.registerProducer(producer, True)
            right.transport.loseConnection()
            await left.lost()
            assert producer.told == ["stop"]
            assert left.events[-1] == "lost"

    # ---- half close -----------------------------------------------------------------------------

    async def test_half_close_tells_each_side_and_keeps_the_other_direction(self) -> None:
        async with self.pair(HalfCloseable(), HalfCloseable()) as (left, right):
            left.transport.write(b"request")
            left.transport.loseWriteConnection()
            await left.until(lambda: "write lost" in left.events)
            await right.until(lambda: "read lost" in right.events)
            left.transport.write(b"dropped")
            right.transport.write(b"answer")
            await left.until(lambda: left.data == b"answer")
            assert (left.reason, right.reason) == (None, None)
            assert right.data == b"request"
            right.transport.loseConnection()
            await right.lost()
            await left.until(lambda: "read lost" in left.events)
            left.transport.loseConnection()
            assert type(await left.lost()) is error.ConnectionDone

    async def test_without_the_interface_a_half_close_ends_the_connection_though_bytes_are_unsent(
        self,
    ) -> None:
        """Loops wait for ever while the peer does not read; Twisted ends at once."""
        async with self.pair(Recorder(), Recorder()) as (left, right):
            left.transport.pauseProducing()
            right.transport.write(b"x" * (20 * MEBIBYTE))
            await turns(20)
            left.transport.loseWriteConnection()
            assert type(await right.lost()) is error.ConnectionDone
            left.transport.abortConnection()
            await left.lost()
