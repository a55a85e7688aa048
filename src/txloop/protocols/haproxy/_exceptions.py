"""What may be wrong with a header."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class InvalidProxyHeader(Exception):
    """It is no header of the PROXY protocol."""


class InvalidNetworkProtocol(InvalidProxyHeader):
    """It names no known kind of connection."""


class MissingAddressData(InvalidProxyHeader):
    """It says too little about the connection."""


@contextmanager
def convertError(sourceType: type[BaseException], targetType: Callable[[], BaseException]) -> Iterator[None]:
    """Inside, a *sourceType* becomes a *targetType*."""
    try:
        yield
    except sourceType as error:
        raise targetType() from error
