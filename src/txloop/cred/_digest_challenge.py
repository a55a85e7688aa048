"""Digest authentication's challenges and responses, without keeping either.

    the server sends   nonce=N, opaque=H(N,address,time + key)-base64(N,address,time)
    the client returns both; the server sees by the hash that it has made them, and when

Source: fields, order of checks and texts as of Twisted 26.10's
twisted.cred.credentials, by running it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import time
from hashlib import md5
from typing import Any

from zope.interface import implementer

from txloop.cred import error
from txloop.cred._digest import calcHA1, calcHA2, calcResponse
from txloop.cred._interfaces import IUsernameDigestHash, IUsernameHashedPassword
from txloop.python.compat import networkString
from txloop.python.randbytes import secureRandom

__all__ = ["DigestCredentialFactory", "DigestedCredentials"]

_NONCE_BYTES = _KEY_BYTES = 12

# name="quoted value" or name=value, with commas between them.
_FIELD = re.compile(rb'([^=\s,]+)\s*=\s*(?:"([^"]*)"|([^,]*))')


@implementer(IUsernameHashedPassword, IUsernameDigestHash)
class DigestedCredentials:
    """A digest response, to be checked against a password or a hash.

    Args:
        username: Who it claims to be.
        method: The request's, ``b"GET"``.
        realm: Where.
        fields: What the client has sent, by name.
    """

    def __init__(self, username: bytes, method: bytes, realm: bytes, fields: dict[str, bytes]) -> None:
        self.username = username
        self.method = method
        self.realm = realm
        self.fields = fields

    def checkPassword(self, password: bytes) -> bool:
        """Was the response made with *password*?"""
        return self._is_made_with((self.username, self.realm, password), None)

    def checkHash(self, digestHash: bytes) -> bool:
        """Was the response made with the password of *digestHash*, H(user:realm:password) in hexadecimal?"""
        return self._is_made_with((None, None, None), digestHash)

    def _is_made_with(self, who: tuple[Any, Any, Any], known_hash: bytes | None) -> bool:
        get: Any = self.fields.get
        algorithm = get("algorithm", b"md5").lower()
        nonce, client_nonce = get("nonce"), get("cnonce")
        quality = get("qop", b"auth")
        expected = calcResponse(
            calcHA1(algorithm, *who, nonce, client_nonce, preHA1=known_hash),
            calcHA2(algorithm, self.method, get("uri"), quality, None),
            algorithm,
            nonce,
            get("nc"),
            client_nonce,
            quality,
        )
        return hmac.compare_digest(expected, get("response") or b"")


class DigestCredentialFactory:
    """Makes challenges, and credentials out of the answers to them.

    Args:
        algorithm: ``b"md5"``, ``b"md5-sess"`` or ``b"sha"``.
        authenticationRealm: What is asked for the password of.
    Attributes:
        CHALLENGE_LIFETIME_SECS: How long a challenge may be answered.
        privateKey: Random; a challenge made with another one is not ours.
    """

    CHALLENGE_LIFETIME_SECS = 15 * 60

    scheme = b"digest"

    def __init__(self, algorithm: bytes, authenticationRealm: bytes) -> None:
        self.algorithm = algorithm
        self.authenticationRealm = authenticationRealm
        self.privateKey: bytes = secureRandom(_KEY_BYTES)

    def getChallenge(self, address: str | bytes) -> dict[str, bytes]:
        """The fields of a new challenge for the client at *address*."""
        nonce = self._generateNonce()
        return {
            "nonce": nonce,
            "opaque": self._generateOpaque(nonce, address),
            "qop": b"auth",
            "algorithm": self.algorithm,
            "realm": self.authenticationRealm,
        }

    def decode(self, response: bytes, method: bytes, host: str | bytes | None) -> DigestedCredentials:
        """The credentials in a client's *response*, the value of its header behind ``Digest``.

        Args:
            method: The request's.
            host: The client's address.
        Raises:
            LoginFailed: Something is missing, or it answers no challenge of ours, or too late.
        """
        joined = b" ".join(response.splitlines())
        fields = {
            name.decode("latin-1"): quoted or plain.strip() for name, quoted, plain in _FIELD.findall(joined)
        }
        for name in ("username", "opaque", "nonce"):
            if not fields.get(name):
                raise error.LoginFailed(f"Invalid response, no {name} given.")
        self._verifyOpaque(fields["opaque"], fields["nonce"], host)
        return DigestedCredentials(fields["username"], method, self.authenticationRealm, fields)

    # ---- what tests replace --------------------------------------------------------

    def _generateNonce(self) -> bytes:
        return binascii.hexlify(secureRandom(_NONCE_BYTES))

    def _getTime(self) -> float:
        return time.time()

    # ---- the opaque value ------------------------------------------------------------

    def _generateOpaque(self, nonce: bytes, clientip: str | bytes | None) -> bytes:
        key = b",".join((nonce, _as_bytes(clientip), b"%d" % int(self._getTime())))
        return self._signature(key) + b"-" + base64.b64encode(key)

    def _verifyOpaque(self, opaque: bytes, nonce: bytes, clientip: str | bytes | None) -> bool:
        """True; or a LoginFailed that says what is wrong."""
        signature, _, encoded = opaque.partition(b"-")
        try:
            key = base64.b64decode(encoded)
        except binascii.Error:
            key = b""
        parts = key.split(b",")
        if len(parts) != 3:
            raise error.LoginFailed("Invalid response, invalid opaque value")
        its_nonce, its_client, its_time = parts
        if its_nonce != nonce:
            raise error.LoginFailed("Invalid response, incompatible opaque/nonce values")
        if its_client != _as_bytes(clientip):
            raise error.LoginFailed("Invalid response, incompatible opaque/client values")
        if not its_time.isdigit():
            raise error.LoginFailed("Invalid response, invalid opaque/time values")
        if int(self._getTime()) - int(its_time) > self.CHALLENGE_LIFETIME_SECS:
            raise error.LoginFailed("Invalid response, incompatible opaque/nonce too old")
        if not hmac.compare_digest(signature, self._signature(key)):
            raise error.LoginFailed("Invalid response, invalid opaque value")
        return True

    def _signature(self, key: bytes) -> bytes:
        return binascii.hexlify(md5(key + self.privateKey).digest())


def _as_bytes(address: str | bytes | None) -> bytes:
    return networkString(address) if isinstance(address, str) else address or b""
