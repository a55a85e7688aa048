"""Several regular intervals as one sequence of waits."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


class IntervalDifferential:
    """Several intervals that run beside each other, as one sequence of waits.

    Iterating gives, without end, ``(wait, index)``: how long after the event before, and
    which of the intervals is due.  Of those due together the shortest comes first.

    Args:
        intervals: Their lengths, in whatever unit.
        default: How long to wait where there is no interval.
    """

    def __init__(self, intervals: Iterable[int], default: int = 60) -> None:
        self.intervals: list[int] = list(intervals)
        self.default = default

    def __iter__(self) -> _IntervalDifferentialIterator:
        return _IntervalDifferentialIterator(self.intervals, self.default)


class _IntervalDifferentialIterator:
    """Where one iteration stands; intervals can come and go meanwhile."""

    def __init__(self, i: Iterable[int], d: int) -> None:
        # Each as [when it is due, its length, its index]; compared in that order.
        self.intervals: list[list[int]] = [[length, length, index] for index, length in enumerate(i)]
        self.default = d
        self.last: int = 0

    def __iter__(self) -> Iterator[tuple[int, int | None]]:
        return self

    def __next__(self) -> tuple[int, int | None]:
        if not self.intervals:
            return self.default, None
        first = min(self.intervals)
        due, length, index = first
        first[0] += length
        wait, self.last = due - self.last, due
        return wait, index

    def next(self) -> tuple[int, int | None]:
        """The next wait, and which interval it is for."""
        return self.__next__()

    def addInterval(self, i: int) -> None:
        """Begin an interval of length *i* now; its index is the highest."""
        self.intervals.append([self.last + i, i, len(self.intervals)])

    def removeInterval(self, interval: int) -> None:
        """End the first interval of this length; the indexes above it move down.

        Raises:
            ValueError: There is none.
        """
        found = next((entry for entry in self.intervals if entry[1] == interval), None)
        if found is None:
            raise ValueError("Specified interval not in IntervalDifferential")
        self.intervals.remove(found)
        for entry in self.intervals:
            if entry[2] > found[2]:
                entry[2] -= 1
