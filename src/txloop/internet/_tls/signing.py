"""Signing certificates, by the package cryptography, which pyOpenSSL brings."""

from __future__ import annotations

import datetime
import importlib
from collections.abc import Iterable
from typing import Any

from txloop import _pyopenssl

# pyOpenSSL's numbers of the two formats.
PEM, DER = 1, 2


def signed(request: Any, issuer: Any, key: Any, serial_number: int, seconds: int, digest: str) -> bytes:
    """A certificate for what *request* asks, valid from now on, in DER.

    Args:
        request: cryptography's object; so are *issuer*, a Name, and *key*, the issuer's.
        serial_number: May be 0, as old programs have it.
        seconds: So long is it valid.
        digest: A name, ``"sha256"``.
    """
    x509 = cryptography_module("KeyPair.signRequestObject", "x509")
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder(serial_number=serial_number)  # its method of that name refuses 0
        .subject_name(request.subject)
        .issuer_name(issuer)
        .public_key(request.public_key())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(seconds=seconds))
    )
    for extension in _extensions(x509, request.public_key(), key.public_key()):
        critical = isinstance(extension, (x509.BasicConstraints, x509.KeyUsage))
        builder = builder.add_extension(extension, critical=critical)
    return bytes(builder.sign(key, hash_of(digest)).public_bytes(encoding(DER)))


def _extensions(x509: Any, of: Any, by: Any) -> Iterable[Any]:
    """What a certificate says about the key *of*, signed with the key *by*.

    Who signs for himself may sign for others: Twisted's are of version 1, where that goes unsaid.
    """
    yield x509.AuthorityKeyIdentifier.from_issuer_public_key(by)
    if of == by:
        yield x509.BasicConstraints(ca=True, path_length=None)
        yield x509.KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=True,  # he may be the server himself, too
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        yield x509.SubjectKeyIdentifier.from_public_key(of)


def cryptography_module(what: str, name: str) -> Any:
    """A module of the package cryptography, which *what* needs."""
    _pyopenssl.require(what)  # which brings it
    return importlib.import_module(_PLACES[name])


_PLACES = {
    "dsa": "cryptography.hazmat.primitives.asymmetric.dsa",
    "rsa": "cryptography.hazmat.primitives.asymmetric.rsa",
    "serialization": "cryptography.hazmat.primitives.serialization",
    "x509": "cryptography.x509",
}


def encoding(format: int) -> Any:
    """cryptography's name for one of the two formats.

    Raises:
        ValueError: It is another.
    """
    encodings = cryptography_module("DER and PEM", "serialization").Encoding
    if format not in (PEM, DER):
        raise ValueError(f"Unsupported format: {format}")
    return encodings.PEM if format == PEM else encodings.DER


def hash_of(name: str) -> Any:
    """cryptography's object for a digest, ``"sha256"``."""
    return getattr(importlib.import_module("cryptography.hazmat.primitives.hashes"), name.upper())()
