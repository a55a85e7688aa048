"""Cipher suites: which there are, and which of them may be used."""

from __future__ import annotations

import functools
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from zope.interface import implementer

from txloop.internet.interfaces import IAcceptableCiphers, ICipher

__all__ = ["AcceptableCiphers"]

# OpenSSL's own words: forward secrecy and authenticated encryption first, then what old peers
# have; nothing anonymous, export-grade or broken.
DEFAULT = (
    "TLS13-AES-256-GCM-SHA384:TLS13-CHACHA20-POLY1305-SHA256:TLS13-AES-128-GCM-SHA256:"
    "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:DHE+CHACHA20:ECDHE+AES256:DHE+AES256:ECDHE+AES128:"
    "DHE+AES128:RSA+AESGCM:RSA+AES:!aNULL:!MD5:!DSS:!PSK:!SRP:!ARIA:!CAMELLIA"
)


@implementer(ICipher)
@dataclass(frozen=True, order=True)
class OpenSSLCipher:
    """One suite.

    Attributes:
        fullName: Its name, as OpenSSL writes it.
    """

    fullName: str


@implementer(IAcceptableCiphers)
class AcceptableCiphers:
    """A choice of suites, the best first.

    Args:
        ciphers: ICipher objects.
    """

    def __init__(self, ciphers: Sequence[Any]) -> None:
        self._ciphers = tuple(ciphers)

    def selectCiphers(self, availableCiphers: Sequence[Any]) -> tuple[Any, ...]:
        """Those of ours that are available, in our order."""
        return tuple(cipher for cipher in self._ciphers if cipher in availableCiphers)

    @classmethod
    def fromOpenSSLCipherString(cls, cipherString: str) -> AcceptableCiphers:
        """What OpenSSL understands by a text such as ``"ECDHE+AESGCM:!aNULL"``; nothing if it is rubbish."""
        return cls(expand(cipherString))


@functools.cache
def expand(text: str) -> tuple[OpenSSLCipher, ...]:
    """The suites that OpenSSL has for its text."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.set_ciphers(text)
    except ssl.SSLError:
        return ()
    return tuple(OpenSSLCipher(cipher["name"]) for cipher in context.get_ciphers())


def cipher_text(acceptable: Any) -> str:
    """OpenSSL's text for what *acceptable* selects of all there is; None: the default choice.

    Raises:
        ValueError: That is nothing.
    """
    if acceptable is None:
        acceptable = AcceptableCiphers.fromOpenSSLCipherString(DEFAULT)
    chosen = acceptable.selectCiphers(expand("ALL"))
    text = ":".join(cipher.fullName for cipher in chosen)
    if not text:
        raise ValueError("Supplied IAcceptableCiphers yielded no usable ciphers on this platform.")
    return text
