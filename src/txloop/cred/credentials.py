"""Credentials: what a client shows, each kind an interface.

    UsernamePassword, Anonymous, SSHPrivateKey                 here
    CramMD5Credentials                                         here
    DigestCredentialFactory, DigestedCredentials               _digest_challenge.py

Source: names, fields and texts as of Twisted 26.10's twisted.cred.credentials, by running it.
"""

from __future__ import annotations

import hmac
import random
import time
import warnings
from typing import Any

from incremental import Version, getVersionString
from zope.interface import implementer

from txloop._public import public_address, publish
from txloop.cred._digest import calcHA1, calcHA2, calcResponse  # noqa: F401  # programs take them from here
from txloop.cred._digest_challenge import DigestCredentialFactory, DigestedCredentials
from txloop.cred._interfaces import (
    IAnonymous,
    ICredentials,
    ISSHPrivateKey,
    IUsernameDigestHash,
    IUsernameHashedPassword,
    IUsernamePassword,
)
from txloop.python.compat import networkString

__all__ = [
    "Anonymous",
    "CramMD5Credentials",
    "DigestCredentialFactory",
    "DigestedCredentials",
    "IAnonymous",
    "ICredentials",
    "ISSHPrivateKey",
    "IUsernameDigestHash",
    "IUsernameHashedPassword",
    "IUsernamePassword",
    "SSHPrivateKey",
    "UsernamePassword",
]


@implementer(IUsernamePassword)
class UsernamePassword:
    """A name and a password as they are."""

    def __init__(self, username: bytes, password: bytes) -> None:
        self.username = username
        self.password = password

    def checkPassword(self, password: bytes) -> bool:
        """Is it *password*?"""
        return self.password == password


@implementer(IAnonymous)
class Anonymous:
    """Nobody in particular."""


@implementer(ISSHPrivateKey)
class SSHPrivateKey:
    """Something signed with a private key.

    Args:
        algName: The kind of key.
        blob: The public key.
        sigData: What was signed.
        signature: None asks only whether the key is known.
    """

    def __init__(
        self, username: bytes, algName: bytes, blob: bytes, sigData: bytes | None, signature: bytes | None
    ) -> None:
        self.username = username
        self.algName = algName
        self.blob = blob
        self.sigData = sigData
        self.signature = signature


@implementer(IUsernameHashedPassword)
class CramMD5Credentials:
    """A challenge and its answer, made with the password (RFC 2195).

    Args:
        host: This host's name, which stands in the challenge.
    Attributes:
        challenge, username, response: Known once they are.
    """

    username: bytes | None = None
    challenge: bytes = b""
    response: bytes = b""

    def __init__(self, host: str | bytes | None = None) -> None:
        self.host = host

    def getChallenge(self) -> bytes:
        """The challenge, made at the first call: ``<random.time@host>``."""
        if not self.challenge:
            host = self.host if isinstance(self.host, bytes) else networkString(str(self.host))
            number = random.SystemRandom().randrange(0x7FFFFFFF)
            self.challenge = b"<%d.%d@%s>" % (number, int(time.time()), host)
        return self.challenge

    def setResponse(self, response: bytes) -> None:
        """Take the client's answer, ``name digest``.

        Raises:
            ValueError: It is only one word.
        """
        self.username, self.response = response.split(None, 1)

    def moreChallenges(self) -> bool:
        """False: it is one challenge."""
        return False

    def checkPassword(self, password: bytes) -> bool:
        """Was the answer made with *password*?"""
        expected = hmac.new(password, self.challenge, "md5").hexdigest().encode("ascii")
        return hmac.compare_digest(expected, self.response)


@implementer(IUsernameHashedPassword)
class _UsernameHashedPassword:
    """A name and a password that was hashed, and is compared as it is."""

    def __init__(self, username: bytes, hashed: bytes) -> None:
        self.username = username
        self.hashed = hashed

    def checkPassword(self, password: bytes) -> bool:
        """Is the hashed one *password*?"""
        return self.hashed == password


_UsernameHashedPassword.__name__ = _UsernameHashedPassword.__qualname__ = "UsernameHashedPassword"


def __getattr__(name: str) -> Any:
    if name != "UsernameHashedPassword":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    here, since = public_address(__name__), getVersionString(Version("Twisted", 21, 2, 0))
    warnings.warn(
        f"{here}.{name} was deprecated in {since}: Use {here}.UsernamePassword instead.",
        DeprecationWarning,
        stacklevel=2,
    )
    return _UsernameHashedPassword


publish(__name__, [*__all__, "_UsernameHashedPassword"])
