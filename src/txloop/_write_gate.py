"""When may a producer write, and what happens once everything has left?

Two questions, answered without a loop; the transport asks and obeys.

**How much is too much?**  A push producer writes until it is told to pause.  What it has
written is in our queue, in the loop's, or in the kernel's buffer; the kernel takes
megabytes toward a fast reader, so "the wire's buffer is empty" bounds nothing (262 MB
went out of one callback on asyncio).  So count what is *accepted*, from the last moment
at which our queue and the wire were both empty: above `ACCEPT_BYTES` the producer is
paused, and others get their turn.

**What now?**  Each time both are empty, `when_drained` says what that moment is good for.
The order is Twisted's: a producer that waits is asked before a close that waits, and an
unpaused push producer does not delay the close.  (Twisted's manual says that any
registered producer does.  Its transports stop an unpaused one, and its own port
forwarder, which never unregisters, would not end otherwise.)

Source: Twisted 26.10, seen by running push and pull producers on its epoll reactor.
"""

from __future__ import annotations

import enum
from typing import Final

# Twisted's FileDescriptor.bufferSize: producers were written against it.
ACCEPT_BYTES: Final = 64 * 1024


class Drained(enum.Enum):
    """What is due when our queue and the wire are both empty."""

    RESUME_PRODUCER = "resume producer"
    END = "end"  # the connection: loseConnection() was asked
    END_WRITING = "end writing"  # the write side: loseWriteConnection() was asked
    WAIT = "wait"  # for the producer's next write, or its unregistering
    NOTHING = "nothing"  # no gate is needed any more


def too_much(accepted_bytes: int, limit_bytes: int = ACCEPT_BYTES) -> bool:
    """True iff a push producer must pause.

    Args:
        accepted_bytes: Written since our queue and the wire were last both empty.
        limit_bytes: The transport's ``bufferSize``, which programs may set.
    """
    return accepted_bytes > limit_bytes


def when_drained(
    *, producer: bool, streaming: bool, paused: bool, lose_asked: bool, end_of_writing_asked: bool
) -> Drained:
    """What to do now that our queue and the wire are both empty.

    Args:
        producer: One is registered.
        streaming: It is a push producer.
        paused: It was told to pause and has not been resumed.
        lose_asked: loseConnection() was called.
        end_of_writing_asked: loseWriteConnection() was called and not done yet.
    """
    if producer and (paused or not streaming):
        return Drained.RESUME_PRODUCER
    if lose_asked:
        return Drained.END
    if end_of_writing_asked:
        return Drained.END_WRITING
    if producer:
        return Drained.WAIT
    return Drained.NOTHING
