"""``tls:folder:port``: certificates by the client's name, from a folder that may change."""

from __future__ import annotations

import asyncio
import shutil
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

pytest.importorskip("OpenSSL", reason="names are read with cryptography, which comes with pyOpenSSL")

from tls_material import AUTHORITY, pem
from txloop.internet import protocol, reactor
from txloop.internet.endpoints import serverFromString

pytestmark = pytest.mark.asyncio


class Greeting(protocol.Protocol):
    """Says hello and closes."""

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(b"hello")
        self.transport.loseConnection()


@pytest_asyncio.fixture
async def folder(tmp_path: Path) -> Path:
    shutil.copy(pem("localhost"), tmp_path / "one.pem")
    return tmp_path


@pytest_asyncio.fixture
async def port(folder: Path) -> AsyncIterator[Any]:
    factory = protocol.Factory.forProtocol(Greeting)
    factory.noisy = False
    listening = await serverFromString(reactor, f"tls:{folder}:0:interface=127.0.0.1").listen(factory)
    yield listening
    await listening.stopListening()


async def ask(port: Any, name: str) -> list[str]:
    """The DNS names of the certificate that is shown for *name*."""
    context = ssl.create_default_context(cafile=AUTHORITY)
    context.check_hostname = False
    number = port.getHost().port
    reader, writer = await asyncio.open_connection(
        "127.0.0.1", number, ssl=context, server_hostname=name or ""
    )
    assert await reader.read() == b"hello"
    certificate = writer.get_extra_info("peercert")
    writer.close()
    await writer.wait_closed()
    return [value for kind, value in certificate["subjectAltName"] if kind == "DNS"]


async def test_the_certificate_is_the_one_that_has_the_name(port: Any) -> None:
    assert "localhost" in await ask(port, "localhost")
    assert "localhost" in await ask(port, "LOCALHOST"), "names have no case"


async def test_an_unknown_name_is_refused_and_the_port_goes_on(port: Any) -> None:
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        await ask(port, "elsewhere.test")
    assert "localhost" in await ask(port, "localhost")


async def test_a_certificate_that_is_put_there_later_is_found(port: Any, folder: Path) -> None:
    with pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        await ask(port, "elsewhere.test")
    shutil.copy(pem("wildcard"), folder / "another.pem")
    from cryptography import x509

    shown = x509.load_pem_x509_certificate(Path(pem("wildcard")).read_bytes())
    wildcard = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    (pattern,) = wildcard.get_values_for_type(x509.DNSName)
    assert pattern.startswith("*.")
    assert await ask(port, "any" + pattern[1:]) == [pattern]


async def test_a_folder_that_is_not_there_is_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        serverFromString(reactor, f"tls:{tmp_path / 'nowhere'}:0")


async def test_a_key_may_stand_in_another_file_and_a_broken_one_is_logged(
    folder: Path, flush_logged_errors: Any
) -> None:
    text = (folder / "one.pem").read_text()
    begin = text.index("-----BEGIN CERTIFICATE")
    end = text.rindex("CERTIFICATE-----") + len("CERTIFICATE-----")
    (folder / "one.pem").write_text(text[begin:end] + "\n")
    (folder / "key.pem").write_text(text[:begin] + text[end:])
    (folder / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    factory = protocol.Factory.forProtocol(Greeting)
    factory.noisy = False
    listening = await serverFromString(reactor, f"tls:{folder}:0:interface=127.0.0.1").listen(factory)
    assert len(flush_logged_errors(ValueError)) == 1
    assert "localhost" in await ask(listening, "localhost")
    await listening.stopListening()
