"""One stream of bytes in every kind of cut, and what long ones cost."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator


def cuts(stream: bytes) -> Iterator[list[bytes]]:
    """*stream* whole, byte by byte, cut in two at each place, and cut at random."""
    yield [stream]
    yield [stream[at : at + 1] for at in range(len(stream))]
    for at in range(1, len(stream)):
        yield [stream[:at], stream[at:]]
    chance = random.Random(len(stream))  # the same cuts in each run
    for _ in range(200):
        places = sorted(chance.sample(range(len(stream) + 1), chance.randrange(min(12, len(stream)))))
        yield [stream[a:b] for a, b in zip([0, *places], [*places, len(stream)], strict=True)]


def grows_linearly(seconds_for: Callable[[int], float], small: int) -> bool:
    """Whether eight times the work takes about eight times as long, and not 64 times.

    The limit is half-way, 24, and a machine that is busy elsewhere gets five tries.
    """
    return any(seconds_for(8 * small) < 24 * seconds_for(small) for _ in range(5))
