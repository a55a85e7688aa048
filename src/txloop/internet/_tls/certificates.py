"""Certificates, keys and requests, as Twisted programs handle them.

    Certificate           somebody's;  peerFromTransport(transport), loadPEM(text)
    PrivateCertificate    our own, with its KeyPair;  options() is what listenSSL needs
    KeyPair               generate(), selfSignedCert(serial, CN="…"), sign requests
    CertificateRequest

``original`` is pyOpenSSL's object where that is installed.  Without it, certificates are
kept as DER and keys as PEM bytes: they can be loaded, dumped, compared and used to speak
TLS; what looks inside or signs says that it needs pyOpenSSL.
"""

from __future__ import annotations

import hashlib
import ssl
from binascii import hexlify
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, TypeVar

from incremental import Version

from txloop import _pyopenssl
from txloop.internet._tls import names
from txloop.internet._tls.names import DistinguishedName
from txloop.internet._tls.options import CertificateOptions, key_of
from txloop.internet._tls.signing import DER, PEM, cryptography_module, encoding, hash_of, signed
from txloop.internet._tls.trust import (
    IOpenSSLTrustRoot,
    OpenSSLCertificateAuthorities,
    der_of,
    x509_of,
)
from txloop.internet.error import CertificateError, VerifyError
from txloop.python.compat import nativeString
from txloop.python.deprecate import deprecated

__all__ = [
    "Certificate",
    "CertificateRequest",
    "KeyPair",
    "PrivateCertificate",
    "trustRootFromCertificates",
]

# pyOpenSSL's numbers of kinds of keys.
RSA, DSA = 6, 116
YEAR_SECONDS = 365 * 24 * 60 * 60

C = TypeVar("C", bound="CertBase")


class CertBase:
    """Anything signed.

    Attributes:
        original: The library's object, or DER bytes.
    """

    def __init__(self, original: Any) -> None:
        self.original = original

    def getSubject(self) -> DistinguishedName:
        """Whom it is about."""
        return names.from_cryptography(self._parsed().subject)

    def _parsed(self) -> Any:
        return x509_of(self.original).to_cryptography()

    def __conform__(self, interface: Any) -> Any:
        """A certificate given as trustRoot means itself."""
        return OpenSSLCertificateAuthorities([self.original]) if interface is IOpenSSLTrustRoot else None


class Certificate(CertBase):
    """An X.509 certificate."""

    # ---- reading and writing -----------------------------------------------------

    @classmethod
    def load(cls: type[C], requestData: bytes, format: int = DER, args: tuple[Any, ...] = ()) -> C:
        """From DER, or with *format* 1 from PEM."""
        if format == PEM:
            requestData = _der_of_pem(requestData)
        return cls(x509_of(requestData) if _pyopenssl.installed() else requestData, *args)

    _load = load

    @classmethod
    def loadPEM(cls, data: bytes | str) -> Any:
        """From PEM; what stands around it is ignored."""
        return cls.load(_octets(data), PEM)

    @classmethod
    def peerFromTransport(cls, transport: Any) -> Any:
        """The peer's, of a TLS connection.

        Raises:
            CertificateError: It has shown none.
        """
        return cls._shown(transport, "peer", ("get_peer_certificate",), ("getPeerCertificate",))

    @classmethod
    def hostFromTransport(cls, transport: Any) -> Any:
        """Ours, of a TLS connection.

        Raises:
            CertificateError: We show none, or the standard library speaks (which does not tell).
        """
        return cls._shown(transport, "host", ("get_host_certificate", "get_certificate"), ())

    @classmethod
    def _shown(
        cls, transport: Any, whose: str, of_handle: tuple[str, ...], of_transport: tuple[str, ...]
    ) -> Any:
        """Ask the first of the methods that there is: pyOpenSSL's, else our transport's."""
        handle = transport.getHandle()
        asked = [getattr(handle, name, None) for name in of_handle]
        if isinstance(handle, ssl.SSLObject):
            asked += [getattr(transport, name, None) for name in of_transport]
        found = [method for method in asked if method is not None]
        certificate = found[0]() if found else None
        if certificate is None:
            kind = "TLS" if found or isinstance(handle, ssl.SSLObject) else "non-TLS"
            raise CertificateError(f"{kind} transport {transport!r} did not have {whose} certificate")
        return cls(certificate)

    def dump(self, format: int = DER) -> bytes:
        """As DER, or with *format* 1 as PEM."""
        der = der_of(self.original)
        return ssl.DER_cert_to_PEM_cert(der).encode("ascii") if format == PEM else der

    def dumpPEM(self) -> bytes:
        """As PEM."""
        return self.dump(PEM)

    # ---- looking inside --------------------------------------------------------------

    def getIssuer(self) -> DistinguishedName:
        """Who has signed it."""
        return names.from_cryptography(self._parsed().issuer)

    def serialNumber(self) -> int:
        """Its number at the issuer's."""
        return int(self._parsed().serial_number)

    def digest(self, method: str = "md5") -> bytes:
        """Its fingerprint: pairs of capital hexadecimal digits and colons."""
        return hexlify(hashlib.new(method, der_of(self.original)).digest(), ":").upper()

    def getPublicKey(self) -> PublicKey:
        """The key it is about."""
        return PublicKey(x509_of(self.original).get_pubkey())

    def inspect(self) -> str:
        """All of it, to be read by people."""
        return "\n".join((*self._inspect(), self.getPublicKey().inspect()))

    def _inspect(self) -> Iterable[str]:
        return (
            "Certificate For Subject:",
            self.getSubject().inspect(),
            "",
            "Issuer:",
            self.getIssuer().inspect(),
            "",
            f"Serial Number: {self.serialNumber()}",
            f"Digest: {nativeString(self.digest())}",
        )

    def options(self, *authorities: Certificate) -> Any:
        """A certificate without a key cannot be shown."""
        raise NotImplementedError("Possible, but doubtful we need this yet")

    def __eq__(self, other: object) -> bool:
        return self.dump() == other.dump() if isinstance(other, Certificate) else NotImplemented

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # as Twisted's

    def __repr__(self) -> str:
        if isinstance(self.original, bytes):
            return f"<{type(self).__name__} {nativeString(self.digest())}>"
        subject, issuer = _common_name(self.getSubject()), _common_name(self.getIssuer())
        return f"<{type(self).__name__} Subject={subject} Issuer={issuer}>"


class CertificateRequest(CertBase):
    """A request to be signed."""

    @classmethod
    def load(cls, requestData: bytes, requestFormat: int = DER) -> CertificateRequest:
        """From DER, or with *requestFormat* 1 from PEM.

        Raises:
            VerifyError: Its signature is not its key's.
        """
        x509 = cryptography_module("CertificateRequest.load", "x509")
        read = {PEM: x509.load_pem_x509_csr, DER: x509.load_der_x509_csr}.get(requestFormat)
        if read is None:
            raise ValueError(f"Unsupported format: {requestFormat}")
        request = read(requestData)
        if not request.is_signature_valid:
            raise VerifyError(f"Can't verify that request for {request.subject!r} is self-signed.")
        return cls(request)

    def dump(self, format: int = DER) -> bytes:
        """As DER, or with *format* 1 as PEM."""
        return bytes(self.original.public_bytes(encoding(format)))

    def getSubject(self) -> DistinguishedName:
        """Whom it is about.

        Raises:
            ValueError: It has a field that a DistinguishedName has not, and would lose.
        """
        return names.from_cryptography(self.original.subject, strict=True)

    def _parsed(self) -> Any:
        return self.original


class PrivateCertificate(Certificate):
    """Our own certificate.

    Attributes:
        privateKey: Its KeyPair.
    """

    privateKey: KeyPair

    @classmethod
    def load(  # type: ignore[override]  # Twisted's has the key where the other has the format
        cls, data: bytes, privateKey: KeyPair, format: int = DER
    ) -> PrivateCertificate:
        """From DER (or PEM), with its key."""
        return cls.fromCertificateAndKeyPair(Certificate.load(data, format), privateKey)

    @classmethod
    def loadPEM(cls, data: bytes | str) -> PrivateCertificate:
        """From one text with both PEM blocks."""
        octets = _octets(data)
        return cls.load(octets, KeyPair.load(octets, PEM), PEM)

    @classmethod
    def fromCertificateAndKeyPair(
        cls, certificateInstance: Certificate, privateKey: KeyPair
    ) -> PrivateCertificate:
        """Both together.

        Raises:
            VerifyError: They do not belong together.
        """
        return cls(certificateInstance.original)._setPrivateKey(privateKey)

    def _setPrivateKey(self, privateKey: KeyPair) -> PrivateCertificate:
        if _pyopenssl.installed() and not privateKey.matches(self.getPublicKey()):
            raise VerifyError("Certificate public and private keys do not match.")
        self.privateKey = privateKey
        return self

    def newCertificate(self, newCertData: bytes, format: int = DER) -> PrivateCertificate:
        """Another certificate for the same key."""
        return PrivateCertificate.load(newCertData, self.privateKey, format)

    def dumpPEM(self) -> bytes:
        """Key and certificate, as PEM."""
        return self.dump(PEM) + self.privateKey.dump(PEM)

    def inspect(self) -> str:
        """All of it but the key's secret, to be read by people."""
        return "\n".join((*self._inspect(), self.privateKey.inspect()))

    def options(self, *authorities: Certificate) -> CertificateOptions:
        """What a server needs; with *authorities*, clients must show a certificate of theirs."""
        more: dict[str, Any] = {}
        if authorities:
            more["trustRoot"] = OpenSSLCertificateAuthorities([each.original for each in authorities])
        return CertificateOptions(privateKey=self.privateKey.original, certificate=self.original, **more)

    def certificateRequest(self, format: int = DER, digestAlgorithm: str = "sha256") -> bytes:
        """A request for our name and key."""
        return self.privateKey.certificateRequest(self.getSubject(), format, digestAlgorithm)

    def signCertificateRequest(
        self,
        requestData: bytes,
        verifyDNCallback: Callable[[DistinguishedName], Any],
        serialNumber: int,
        requestFormat: int = DER,
        certificateFormat: int = DER,
    ) -> Any:
        """As KeyPair.signCertificateRequest, with us as issuer."""
        return self.privateKey.signCertificateRequest(
            self.getSubject(), requestData, verifyDNCallback, serialNumber, requestFormat, certificateFormat
        )

    def signRequestObject(
        self,
        certificateRequest: CertificateRequest,
        serialNumber: int,
        secondsToExpiry: int = YEAR_SECONDS,
        digestAlgorithm: str = "sha256",
    ) -> Certificate:
        """As KeyPair.signRequestObject, with us as issuer."""
        return self.privateKey.signRequestObject(
            self.getSubject(), certificateRequest, serialNumber, secondsToExpiry, digestAlgorithm
        )

    def __repr__(self) -> str:
        return f"{super().__repr__()} with {self.privateKey!r}"


class PublicKey:
    """The public half of a key.

    Attributes:
        original: A pyOpenSSL PKey, or a private key's PEM bytes.
    """

    def __init__(self, osslpkey: Any) -> None:
        self.original = osslpkey

    def matches(self, otherKey: PublicKey) -> bool:
        """True iff both are the same key."""
        return self.keyHash() == otherKey.keyHash()

    def keyHash(self) -> str:
        """Its fingerprint."""
        serialization = cryptography_module("PublicKey.keyHash", "serialization")
        key = self.original.to_cryptography_key()
        public = key.public_key() if hasattr(key, "public_key") else key
        der = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return hashlib.md5(der, usedforsecurity=False).hexdigest()

    def inspect(self) -> str:
        """A line to be read by people."""
        return f"Public Key with Hash: {self.keyHash()}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__}{'' if isinstance(self.original, bytes) else f' {self.keyHash()}'}>"


class KeyPair(PublicKey):
    """A private key, and with it the public one."""

    @classmethod
    def load(cls, data: bytes, format: int = DER) -> KeyPair:
        """From DER, or with *format* 1 from PEM."""
        if _pyopenssl.installed():
            _, crypto = _pyopenssl.require("KeyPair.load")
            return cls(crypto.load_privatekey(format, data))
        if format != PEM:
            _pyopenssl.require("KeyPair.load of DER")
        return cls(_pem_block(data, b"PRIVATE KEY"))

    @classmethod
    def generate(cls, kind: int = 6, size: int = 2048) -> KeyPair:
        """A new one of *size* bits.

        Args:
            kind: pyOpenSSL's number: 6 for RSA, 116 for DSA.
        Raises:
            ValueError: It is another.
        """
        _, crypto = _pyopenssl.require("KeyPair.generate")
        made: Any
        if kind == RSA:
            made = cryptography_module("KeyPair.generate", "rsa").generate_private_key(65537, size)
        elif kind == DSA:
            made = cryptography_module("KeyPair.generate", "dsa").generate_private_key(size)
        else:
            raise ValueError(f"keys are of kind {RSA} (RSA) or {DSA} (DSA), not {kind}")
        return cls(crypto.PKey.from_cryptography_key(made))

    def dump(self, format: int = DER) -> bytes:
        """As DER, or with *format* 1 as PEM.  It is secret."""
        if isinstance(self.original, bytes) and format == PEM:
            return self.original
        serialization = cryptography_module("KeyPair.dump of DER", "serialization")
        forms = serialization.PrivateFormat
        return bytes(
            key_of(self.original)
            .to_cryptography_key()
            .private_bytes(
                encoding(format),
                # As OpenSSL's tools and Twisted have them.
                forms.PKCS8 if format == PEM else forms.TraditionalOpenSSL,
                serialization.NoEncryption(),
            )
        )

    def inspect(self) -> str:
        """A line to be read by people, without the secret."""
        _, crypto = _pyopenssl.require("KeyPair.inspect")
        kinds = {crypto.TYPE_RSA: "RSA", crypto.TYPE_DSA: "DSA"}
        kind = kinds.get(self.original.type(), "(Unknown Type!)")
        return f"{self.original.bits()}-bit {kind} Key Pair with Hash: {self.keyHash()}"

    def newCertificate(self, newCertData: bytes, format: int = DER) -> PrivateCertificate:
        """A certificate for this key."""
        return PrivateCertificate.load(newCertData, self, format)

    def requestObject(
        self, distinguishedName: DistinguishedName, digestAlgorithm: str = "sha256"
    ) -> CertificateRequest:
        """A request for that name and this key."""
        x509 = cryptography_module("KeyPair.requestObject", "x509")
        builder = x509.CertificateSigningRequestBuilder(names.to_cryptography(distinguishedName))
        return CertificateRequest(builder.sign(self._signing_key(), hash_of(digestAlgorithm)))

    def certificateRequest(
        self, distinguishedName: DistinguishedName, format: int = DER, digestAlgorithm: str = "sha256"
    ) -> bytes:
        """A request for that name and this key, dumped."""
        return self.requestObject(distinguishedName, digestAlgorithm).dump(format)

    def signCertificateRequest(
        self,
        issuerDistinguishedName: DistinguishedName,
        requestData: bytes,
        verifyDNCallback: Callable[[DistinguishedName], Any],
        serialNumber: int,
        requestFormat: int = DER,
        certificateFormat: int = DER,
        secondsToExpiry: int = YEAR_SECONDS,
        digestAlgorithm: str = "sha256",
    ) -> Any:
        """Sign a dumped request, if *verifyDNCallback* says yes to its name.

        Returns:
            The certificate dumped; or a Deferred of it, if the callback returned one.
        Raises:
            VerifyError: The callback said no.
        """
        request = CertificateRequest.load(requestData, requestFormat)
        name = request.getSubject()

        def sign(accepted: Any) -> bytes:
            if not accepted:
                raise VerifyError(f"DN callback {verifyDNCallback!r} rejected request DN {name!r}")
            return self.signRequestObject(
                issuerDistinguishedName, request, serialNumber, secondsToExpiry, digestAlgorithm
            ).dump(certificateFormat)

        answer = verifyDNCallback(name)
        return answer.addCallback(sign) if hasattr(answer, "addCallback") else sign(answer)

    def signRequestObject(
        self,
        issuerDistinguishedName: DistinguishedName,
        requestObject: CertificateRequest,
        serialNumber: int,
        secondsToExpiry: int = YEAR_SECONDS,
        digestAlgorithm: str = "sha256",
    ) -> Certificate:
        """A certificate for what *requestObject* asks, valid from now on."""
        der = signed(
            requestObject.original,
            names.to_cryptography(issuerDistinguishedName),
            self._signing_key(),
            serialNumber,
            secondsToExpiry,
            digestAlgorithm,
        )
        return Certificate.load(der)

    def selfSignedCert(self, serialNumber: int, **kw: Any) -> PrivateCertificate:
        """A certificate for this key, by this key; *kw* is its name."""
        name = DistinguishedName(**kw)
        signed = self.signRequestObject(name, self.requestObject(name), serialNumber)
        return PrivateCertificate.fromCertificateAndKeyPair(signed, self)

    def _signing_key(self) -> Any:
        return self.original.to_cryptography_key()

    @deprecated(Version("Twisted", 15, 0, 0), "a real persistence system")
    def __getstate__(self) -> bytes:
        return self.dump()

    @deprecated(Version("Twisted", 15, 0, 0), "a real persistence system")
    def __setstate__(self, state: bytes) -> None:
        self.original: Any = KeyPair.load(state).original


def trustRootFromCertificates(certificates: Iterable[CertBase]) -> OpenSSLCertificateAuthorities:
    """Trust those certificates, and nobody else.

    Raises:
        TypeError: One of them is something else.
    """
    originals = []
    for certificate in certificates:
        if not isinstance(certificate, CertBase):
            raise TypeError("certificates items must be twisted.internet.ssl.CertBase instances")
        originals.append(certificate.original)
    return OpenSSLCertificateAuthorities(originals)


def _common_name(name: DistinguishedName) -> str:
    """As it is printed; nothing if there is none."""
    return repr(name["commonName"]) if "commonName" in name else ""


def _octets(data: bytes | str) -> bytes:
    return data.encode("ascii") if isinstance(data, str) else data


def _der_of_pem(data: bytes) -> bytes:
    if _pyopenssl.installed():
        _, crypto = _pyopenssl.require("a certificate")  # which has programs' errors for bad ones
        return der_of(crypto.load_certificate(PEM, data))
    return ssl.PEM_cert_to_DER_cert(_pem_block(data, b"CERTIFICATE").decode("ascii"))


def _pem_block(data: bytes, ending: bytes) -> bytes:
    """The first block whose title ends so."""
    title: bytes | None = None
    block: list[bytes] = []
    for line in data.splitlines():
        if title is None and line.startswith(b"-----BEGIN ") and line.rstrip().endswith(ending + b"-----"):
            title = line.rstrip()
        if title is not None:
            block.append(line.rstrip())
            if line.startswith(b"-----END "):
                return b"\n".join([*block, b""])
    raise ValueError(f"there is no PEM block {nativeString(ending)}")
