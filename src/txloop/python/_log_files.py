"""A file that swallows."""

from __future__ import annotations

__all__ = ["NullFile"]


class NullFile:
    """A file that takes everything, keeps nothing and is empty."""

    softspace = 0

    def read(self) -> None:
        """Nothing."""

    def write(self, bytes: object) -> None:
        """Take *bytes* and forget them."""

    def flush(self) -> None:
        """Nothing."""

    def close(self) -> None:
        """Nothing; it can be used on."""
