"""The arithmetic of HTTP digest authentication (RFC 2617, also SIP's).

All values are bytes; results are hexadecimal, in lower case.
Source: parameters, errors and values as of Twisted 26.10's twisted.cred._digest, by running it.
"""

from __future__ import annotations

from hashlib import md5, sha1
from typing import Any

__all__ = ["algorithms", "calcHA1", "calcHA2", "calcResponse"]

algorithms: dict[bytes, Any] = {b"md5": md5, b"md5-sess": md5, b"sha": sha1}


def _hash(algorithm: bytes, *parts: bytes) -> bytes:
    """The digest of *parts* with colons between them, in hexadecimal."""
    text: str = algorithms[algorithm](b":".join(parts)).hexdigest()
    return text.encode("ascii")


def calcHA1(
    pszAlg: bytes,
    pszUserName: bytes | None,
    pszRealm: bytes | None,
    pszPassword: bytes | None,
    pszNonce: bytes,
    pszCNonce: bytes,
    preHA1: bytes | None = None,
) -> bytes:
    """H(A1): who it is.

    Args:
        preHA1: H(user:realm:password) in hexadecimal, in the place of these three.
    Raises:
        TypeError: Both are given.
    """
    who = (pszUserName, pszRealm, pszPassword)
    if preHA1 is None:
        digest = _hash(pszAlg, *who)  # type: ignore[arg-type]  # given, since preHA1 is not
    elif any(who):
        raise TypeError("preHA1 is incompatible with the pszUserName, pszRealm, and pszPassword arguments")
    else:
        digest = preHA1
    if pszAlg == b"md5-sess":
        digest = _hash(pszAlg, digest, pszNonce, pszCNonce)
    return digest


def calcHA2(
    algo: bytes, pszMethod: bytes, pszDigestUri: bytes, pszQop: bytes | None, pszHEntity: bytes | None
) -> bytes:
    """H(A2): what is asked for; with ``auth-int`` the hash of its body counts, too."""
    parts = [pszMethod, pszDigestUri]
    if pszQop == b"auth-int":
        parts.append(pszHEntity)  # type: ignore[arg-type]  # given with this quality
    return _hash(algo, *parts)


def calcResponse(
    HA1: bytes,  # noqa: N803  # Twisted's
    HA2: bytes,  # noqa: N803  # Twisted's
    algo: bytes,
    pszNonce: bytes,
    pszNonceCount: bytes | None,
    pszCNonce: bytes | None,
    pszQop: bytes | None,
) -> bytes:
    """The response that a client is to send; without count and client nonce, RFC 2069's."""
    parts = [HA1, pszNonce]
    if pszNonceCount and pszCNonce:
        parts += [pszNonceCount, pszCNonce, pszQop]  # type: ignore[list-item]  # given with these
    return _hash(algo, *parts, HA2)
