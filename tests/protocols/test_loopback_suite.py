"""Connections in memory do what streams do (transport_suite), as far as Twisted's loopback does."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from transport_suite.streams import StreamSuite
from txloop.protocols.loopback import collapsingPumpPolicy, loopbackAsync


@contextlib.asynccontextmanager
async def memory_pair(left: Any, right: Any) -> AsyncIterator[tuple[Any, Any]]:
    """*left* and *right*, joined by loopbackAsync."""
    over = loopbackAsync(right, left, collapsingPumpPolicy)
    try:
        yield left, right
    finally:
        if left.reason is None:
            left.transport.loseConnection()
        async with asyncio.timeout(10):
            await over


# Two queues and a pump, as Twisted's loopback is: no pausing, no half, no push producer, no abort, no
# life of its own; what a protocol raises goes to whoever pumps; text is refused in other words.
NOT_IN_MEMORY = (
    "test_write_refuses_text_and_names_bytes",
    "test_a_written_bytearray_may_be_changed_afterwards",
    "test_lose_connection_sends_what_was_written_and_both_are_done",
    "test_write_after_lose_connection_turns_later_is_sent_while_the_queue_is_not_empty",
    "test_abort_comes_a_turn_later_and_the_peer_is_not_told_it_was_clean",
    "test_after_the_end_every_call_is_silent",
    "test_what_a_protocol_raises_is_logged_and_loses_that_connection_only",
    "test_paused_means_silent_until_resumed",
    "test_a_pause_in_the_turn_of_a_resume_counts",
    "test_what_connection_made_puts_off_comes_before_the_first_bytes",
    "test_a_pause_or_resume_by_what_connection_made_puts_off_holds",
    "test_a_protocol_replaced_in_mid_stream_gets_the_next_chunk",
    "test_a_push_producer_is_paused_above_its_limit_and_resumed_in_a_later_turn",
    "test_a_greedy_producer_lets_the_loop_turn_between_its_pauses",
    "test_a_second_producer_is_refused",
    "test_a_paused_producer_delays_the_close_until_it_unregisters",
    "test_an_unpaused_push_producer_is_stopped_by_the_close",
    "test_a_producer_is_stopped_when_the_peer_goes",
    "test_half_close_tells_each_side_and_keeps_the_other_direction",
    "test_without_the_interface_a_half_close_ends_the_connection_though_bytes_are_unsent",
)


class TestMemory(StreamSuite):
    """The suite in memory."""

    pair = staticmethod(memory_pair)


for _name in NOT_IN_MEMORY:
    assert hasattr(StreamSuite, _name)
    setattr(TestMemory, _name, None)
