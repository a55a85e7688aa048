"""Random bytes: for secrets, and for everything else."""

from __future__ import annotations

import os
import random
import warnings
from collections.abc import Callable
from typing import Any

from txloop._public import publish

__all__ = [
    "RandomFactory",
    "SecureRandomNotAvailable",
    "SourceNotAvailable",
    "insecureRandom",
    "secureRandom",
]


class SecureRandomNotAvailable(RuntimeError):
    """There is no source of randomness that secrets may come from."""


class SourceNotAvailable(RuntimeError):
    """One source of randomness is not there; there may be others."""


class RandomFactory:
    """Makes random bytes."""

    #: Further sources; there are none.
    randomSources: tuple[Any, ...] = ()

    def secureRandom(self, nbytes: int, fallback: bool = False) -> bytes:
        """*nbytes* bytes that nobody can guess.

        Args:
            fallback: Rather guessable bytes, with a RuntimeWarning, than none.
        Raises:
            SecureRandomNotAvailable: The system has none, and *fallback* is False.
        """
        try:
            return self._osUrandom(nbytes)
        except SourceNotAvailable:
            pass
        if not fallback:
            raise SecureRandomNotAvailable("No secure random source available")
        warnings.warn(
            "urandom unavailable - proceeding with non-cryptographically secure random source",
            category=RuntimeWarning,
            stacklevel=2,
        )
        return self.insecureRandom(nbytes)

    def insecureRandom(self, nbytes: int) -> bytes:
        """*nbytes* bytes that look random, and that can be guessed by who has seen enough of them."""
        return random.randbytes(nbytes)

    def _osUrandom(self, nbytes: int) -> bytes:
        try:
            return os.urandom(nbytes)
        except NotImplementedError as error:
            raise SourceNotAvailable(error) from error


_factory = RandomFactory()
secureRandom: Callable[..., bytes] = _factory.secureRandom
insecureRandom: Callable[[int], bytes] = _factory.insecureRandom

publish(__name__, __all__)
