"""A table of figures: every peer, round by round, and what is aimed at."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

# The peer that is no library (_bare.py).
BARE = "bare/epoll"


class Aim(NamedTuple):
    """*peer* shall be at least *ratio* times as good as *against*."""

    peer: str
    against: str
    ratio: float


class Spread(NamedTuple):
    """A ratio of medians, with the least and the most of the rounds' own."""

    median: float
    least: float
    most: float


@dataclass(frozen=True)
class Table:
    """What one workload cost each peer.

    Attributes:
        group: The part of the benchmark it belongs to.
        title: The workload.
        unit: Of the figures.
        rounds: By peer, one figure a round; the rounds of all peers were interleaved.
        more_is_better: As with requests a second.
        remarks: By peer, what else was seen.
        aims: What is hoped for.
    """

    group: str
    title: str
    unit: str
    rounds: Mapping[str, Sequence[float]]
    more_is_better: bool = False
    remarks: Mapping[str, str] = field(default_factory=dict)
    aims: Sequence[Aim] = ()

    def median(self, peer: str) -> float:
        """The figure to quote."""
        return statistics.median(self.rounds[peer])

    def advantage(self, peer: str, against: str) -> Spread:
        """How many times as good as *against* the *peer* is: above 1 is better, whatever the unit."""
        pairs = list(zip(self.rounds[peer], self.rounds[against], strict=True))
        ratios = [self._ratio(ours, theirs) for ours, theirs in pairs]
        return Spread(self._ratio(self.median(peer), self.median(against)), min(ratios), max(ratios))

    def _ratio(self, ours: float, theirs: float) -> float:
        return ours / theirs if self.more_is_better else theirs / ours

    def judged(self) -> list[tuple[Aim, Spread]]:
        """Each aim whose two peers ran, with what was reached."""
        return [
            (aim, self.advantage(aim.peer, aim.against))
            for aim in self.aims
            if aim.peer in self.rounds and aim.against in self.rounds
        ]

    def text(self) -> str:
        """For a terminal."""
        width = max(map(len, self.rounds))
        lines = [f"{self.group}: {self.title} ({self.unit})"]
        for peer, figures in self.rounds.items():
            spread = f"({min(figures):,.2f} - {max(figures):,.2f})"
            remark = self.remarks.get(peer, "")
            lines.append(f"  {peer:{width}} {self.median(peer):12,.2f}  {spread:26} {remark}".rstrip())
        for aim, reached in self.judged():
            verdict = "holds" if reached.median >= aim.ratio else "MISSED"
            if verdict == "MISSED" and BARE in self.rounds:
                verdict += f" (the bare system is {self.advantage(BARE, aim.against).median:.2f} x)"
            lines.append(
                f"    {aim.peer} is {reached.median:.2f} x {aim.against}"
                f" ({reached.least:.2f} - {reached.most:.2f}); aim {aim.ratio:.3g}: {verdict}"
            )
        return "\n".join(lines)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Table:
        """What `as_json` gave."""
        aims = [Aim(aim["peer"], aim["against"], aim["ratio"]) for aim in data["aims"]]
        return cls(**{**data, "aims": aims})

    def as_json(self) -> dict[str, Any]:
        """For a file: the figures of each round, and the aims with what was reached."""
        return {
            "group": self.group,
            "title": self.title,
            "unit": self.unit,
            "more_is_better": self.more_is_better,
            "rounds": {peer: list(figures) for peer, figures in self.rounds.items()},
            "remarks": dict(self.remarks),
            "aims": [{**aim._asdict(), "reached": reached._asdict()} for aim, reached in self.judged()],
        }
