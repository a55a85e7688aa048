"""International host names: ``bücher.example`` is ``xn--bcher-kva.example`` on the wire.

By the `idna` package (IDNA 2008) where it is installed, else by Python's own codec
(IDNA 2003, which knows fewer characters and refuses less).
"""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["_idnaBytes", "_idnaText"]


def _encode_by_codec(text: str) -> bytes:
    return text.encode("idna")


def _decode_by_codec(octets: bytes) -> str:
    return octets.decode("idna")


_encode: Callable[[str], bytes]
_decode: Callable[[bytes], str]

try:
    from idna import decode as _decode
    from idna import encode as _encode
except ImportError:
    _encode, _decode = _encode_by_codec, _decode_by_codec


def _idnaBytes(text: str) -> bytes:
    """The name as it goes into certificates and DNS messages.

    Raises:
        UnicodeError: It cannot be a host name: a label too long, a character not allowed.
    """
    return _encode(text)


def _idnaText(octets: bytes) -> str:
    """The name as people read it.

    Raises:
        UnicodeError: It is no host name.
    """
    return _decode(octets)
