"""Made the test certificates in tests/data/tls; needs the package ``cryptography``.

    python tests/data/make_certificates.py

Signed by the test authority: localhost, client; and what a client must refuse, at least
under some name: elsewhere, expired, future, wildcard (*.wild.example), star (*), and
address_as_name, whose 127.0.0.1 is a DNS name.  Stranger is signed by an authority that
nobody knows, selfsigned by itself.  A second authority, revoking, has signed revoked and
unrevoked; its file holds the list of what it has revoked, too.  They are valid from 2020 for
a hundred years, but for two.  Each file holds the certificate and, where it is one's own, the
key before it.
"""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HERE = Path(__file__).parent / "tls"
AUTHORITY = "txloop test authority"
BEGIN = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
CENTURY = datetime.timedelta(days=36500)


def name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def begin(
    subject: str,
    public: ec.EllipticCurvePublicKey,
    begins: datetime.datetime = BEGIN,
    lasts: datetime.timedelta = CENTURY,
    issuer: str = AUTHORITY,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + lasts)
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


def save_signed(
    file: str,
    subject: str,
    more: list[x509.GeneralName],
    signing_key: ec.EllipticCurvePrivateKey | None,
    **how: Any,
) -> None:
    """A certificate for *subject*, signed with that key, or with its own."""
    own = key()
    signing_key = signing_key or own
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(signing_key.public_key())
    save(
        file,
        begin(subject, own.public_key(), **how)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(subject), *more]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(signer, critical=False)
        .sign(signing_key, hashes.SHA256()),
        own,
    )


def save_authority(file: str, subject: str) -> ec.EllipticCurvePrivateKey:
    """A certificate that may sign others; its key."""
    own = key()
    save(
        file,
        begin(subject, own.public_key(), issuer=subject)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .sign(own, hashes.SHA256()),
        None,
    )
    return own


def revoke(signing_key: ec.EllipticCurvePrivateKey, issuer: str, file: str) -> bytes:
    """The issuer's list of revoked certificates, with that one of *file*."""
    revoked = x509.load_pem_x509_certificate((HERE / f"{file}.pem").read_bytes())
    entry = x509.RevokedCertificateBuilder(revoked.serial_number, BEGIN)
    made = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(name(issuer))
        .last_update(BEGIN)
        .next_update(BEGIN + CENTURY)
        .add_revoked_certificate(entry.build())
        .sign(signing_key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


HERE.mkdir(exist_ok=True)
authority_key = save_authority("authority", AUTHORITY)
LOOPBACK = [x509.IPAddress(ipaddress.ip_address(address)) for address in ("127.0.0.1", "::1")]
save_signed("localhost", "localhost", LOOPBACK, authority_key)
save_signed("elsewhere", "elsewhere.example", [], authority_key)
save_signed("expired", "localhost", LOOPBACK, authority_key, lasts=datetime.timedelta(days=1))
save_signed(
    "future", "localhost", LOOPBACK, authority_key, begins=BEGIN + CENTURY - datetime.timedelta(days=1)
)
save_signed("client", "client.example", [], authority_key)
save_signed("wildcard", "*.wild.example", [], authority_key)
save_signed("star", "*", [], authority_key)
save_signed("address_as_name", "127.0.0.1", [], authority_key)
save_signed("stranger", "localhost", LOOPBACK, key())
save_signed("selfsigned", "localhost", LOOPBACK, None, issuer="localhost")

REVOKING = "txloop test authority that revokes"
revoking_key = save_authority("revoking", REVOKING)
for each in ("revoked", "unrevoked"):
    save_signed(each, "localhost", LOOPBACK, revoking_key, issuer=REVOKING)
with open(HERE / "revoking.pem", "ab") as revoking:
    revoking.write(revoke(revoking_key, REVOKING, "revoked"))
