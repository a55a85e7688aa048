"""Certificates by the name that the client asks for (SNI), out of a folder of PEM files.

    tls:/etc/certificates:443        what `serverFromString` makes of it

    a folder         every ``*.pem`` in and below it: certificates, each with those that signed
                     it behind it, and private keys, in the same file or another
    a client's name  the certificate that has it among its DNS names, else one with ``*.`` in
                     place of the first label
    an unknown name  the folder is looked at again if anything in it has changed; then the
                     handshake ends with the alert ``unrecognized_name``

Reading names out of certificates needs the package cryptography, which comes with pyOpenSSL.
"""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from txloop import _pyopenssl
from txloop.logger import Logger

__all__ = ["SNIConnectionCreator", "autoReloadingDirectoryOfPEMs"]

# A name as the client sent it, or None if it sent none; the context to go on with, or None.
Lookup = Callable[[bytes | None], ssl.SSLContext | None]

_log = Logger(namespace="txloop.protocols._sni")
_PRIVATE_KEY = re.compile(rb"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.*?-----END \1PRIVATE KEY-----", re.DOTALL)


class SNIConnectionCreator(ssl.SSLContext):
    """A server's context that has no certificate and takes on that of the context looked up.

    Args:
        lookup: Gives the context for a name.
    """

    def __new__(cls, lookup: Lookup) -> SNIConnectionCreator:
        """A TLS server's, with the standard library's defaults."""
        self = super().__new__(cls, ssl.PROTOCOL_TLS_SERVER)

        def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
            context = lookup(None if name is None else name.encode("ascii"))
            if context is None:
                return int(ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME)
            connection.context = context
            return None

        self.sni_callback = choose
        return self


def autoReloadingDirectoryOfPEMs(path: Any) -> Lookup:
    """A lookup in the folder *path*, a FilePath.

    A client that sends no name gets the certificate if there is only one.

    Raises:
        ImportError: cryptography is missing: install ``txloop[pyopenssl]``.
        FileNotFoundError, NotADirectoryError: There is no such folder.
    """
    _pyopenssl.require("the certificates of a folder")
    folder = Path(path.path)
    os.scandir(folder).close()
    return _Folder(folder).look_up


class _Folder:
    """The contexts of a folder, by name."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = _state_of(path)
        self._contexts = _contexts_in(path)

    def look_up(self, name: bytes | None) -> ssl.SSLContext | None:
        """The context for *name*."""
        found = self._find(name)
        if found is None and (state := _state_of(self._path)) != self._seen:
            self._seen, self._contexts = state, _contexts_in(self._path)
            found = self._find(name)
        return found

    def _find(self, name: bytes | None) -> ssl.SSLContext | None:
        if name is None:
            different = set(self._contexts.values())
            return different.pop() if len(different) == 1 else None
        text = name.decode("ascii").lower()
        return self._contexts.get(text) or self._contexts.get("*." + text.partition(".")[2])


def _files_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.pem"))


def _state_of(folder: Path) -> list[tuple[Path, int, int]]:
    """Equal as long as nothing has changed."""
    return [(file, (seen := file.stat()).st_mtime_ns, seen.st_size) for file in _files_in(folder)]


def _contexts_in(folder: Path) -> Mapping[str, ssl.SSLContext]:
    keys = {public: file for file in _files_in(folder) for public in _keys_in(file)}
    contexts: dict[str, ssl.SSLContext] = {}
    for file in _files_in(folder):
        for public, names in _certificate_in(file):
            if public in keys:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(file, keys[public])
                contexts |= dict.fromkeys(names, context)
    return contexts


def _keys_in(file: Path) -> Iterator[bytes]:
    """The public half of each private key in *file*."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    for block in _PRIVATE_KEY.finditer(file.read_bytes()):
        try:
            yield _public_bytes(load_pem_private_key(block[0], password=None).public_key())
        except (ValueError, TypeError):  # broken, or it has a password
            _log.failure("no private key could be read from {file}", file=str(file))


def _certificate_in(file: Path) -> Iterator[tuple[bytes, list[str]]]:
    """The first certificate in *file*, if there is one: its public key and its DNS names."""
    from cryptography import x509

    data = file.read_bytes()
    if b"-----BEGIN CERTIFICATE-----" not in data:
        return
    try:
        certificate = x509.load_pem_x509_certificates(data)[0]
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, x509.ExtensionNotFound):
        _log.failure("no certificate with a DNS name could be read from {file}", file=str(file))
        return
    yield (
        _public_bytes(certificate.public_key()),
        [name.lower() for name in names.get_values_for_type(x509.DNSName)],
    )


def _public_bytes(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded
