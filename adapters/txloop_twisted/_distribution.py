"""What importlib.metadata answers for "Twisted" where txloop stands in for it.

pytest asks for Twisted's version as soon as ``twisted.trial.unittest`` is loaded and
dies without an answer; other programs ask to switch features on.
"""

from __future__ import annotations

from importlib.metadata import Distribution
from os import PathLike
from pathlib import Path

from txloop_twisted._twisted_names import TWISTED_VERSION

_METADATA = f"""\
Metadata-Version: 2.1
Name: Twisted
Version: {TWISTED_VERSION}
Summary: Served by txloop: Twisted's core on asyncio
"""


class StandInDistribution(Distribution):
    """A distribution that has a name, a version and no files."""

    def read_text(self, filename: str) -> str | None:
        """The metadata; None for any other file."""
        return _METADATA if filename == "METADATA" else None

    def locate_file(self, path: str | PathLike[str]) -> Path:
        """Where *path* would be: beside the overlay."""
        return Path(__file__).parent / path
