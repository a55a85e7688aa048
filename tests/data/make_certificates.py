"""Made the test certificates in tests/data/tls; needs the package ``cryptography``.

    python tests/data/make_certificates.py

localhost, elsewhere, expired (a server's) and client, each signed by the test authority.
They are valid from 2020 for a hundred years, but for the expired one.  Each file holds
the certificate and, where it is one's own, the key before it.
"""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = Path(__file__).parent / "tls"
BEGIN = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
CENTURY = datetime.timedelta(days=36500)


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def begin(
    subject: str, public: ec.EllipticCurvePublicKey, lasts: datetime.timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name("txloop test authority"))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(BEGIN)
        .not_valid_after(BEGIN + lasts)
    )


def save(file: str, certificate: x509.Certificate, private: ec.EllipticCurvePrivateKey | None) -> None:
    text = certificate.public_bytes(serialization.Encoding.PEM)
    if private is not None:
        text = (
            private.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            + text
        )
    (HERE / f"{file}.pem").write_bytes(text)


HERE.mkdir(exist_ok=True)
authority_key = key()
signer = x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key())
save(
    "authority",
    begin("txloop test authority", authority_key.public_key(), CENTURY)
    .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True)
    .add_extension(signer, critical=False)
    .sign(authority_key, hashes.SHA256()),
    None,
)
LOOPBACK = [x509.IPAddress(ipaddress.ip_address(address)) for address in ("127.0.0.1", "::1")]
for file, subject, more, lasts in (
    ("localhost", "localhost", LOOPBACK, CENTURY),
    ("elsewhere", "elsewhere.example", [], CENTURY),
    ("expired", "localhost", LOOPBACK, datetime.timedelta(days=1)),
    ("client", "client.example", [], CENTURY),
):
    own = key()
    save(
        file,
        begin(subject, own.public_key(), lasts)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(subject), *more]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(signer), critical=False)
        .sign(authority_key, hashes.SHA256()),
        own,
    )
