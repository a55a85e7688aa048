"""pem: a TLS server whose key and certificates come from PEM files; the standard library's client."""

import datetime
import pathlib
import ssl
import socket
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pem.twisted import certificateOptionsFromFiles
from twisted.internet import defer, endpoints, protocol, task, threads


def make_certificate(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


class Shout(protocol.Protocol):
    def dataReceived(self, data):
        self.transport.write(data.upper())
        self.transport.loseConnection()


def ask(port, authority):
    context = ssl.create_default_context(cafile=authority)
    with socket.create_connection(("127.0.0.1", port)) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as secure:
            secure.sendall(b"hello over tls")
            answer = b""
            while chunk := secure.recv(100):
                answer += chunk
            return answer, secure.version()


@defer.inlineCallbacks
def main(reactor):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_certificate(folder)
        options = certificateOptionsFromFiles(str(folder / "key.pem"), str(folder / "certificate.pem"))
        factory = protocol.Factory.forProtocol(Shout)
        port = yield endpoints.SSL4ServerEndpoint(reactor, 0, options, interface="127.0.0.1").listen(factory)
        print(*(yield threads.deferToThread(ask, port.getHost().port, str(folder / "certificate.pem"))))
        yield port.stopListening()


task.react(main)
