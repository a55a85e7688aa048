"""The types of endpoints that are plugins of our own: ``tcp6``, ``stdio``, ``systemd``, ``tls``.

A plugin is an instance of one of these in a plugins package (txloop/plugins/txloop_core.py).
"""

from __future__ import annotations

import importlib
import socket
from typing import Any

from zope.interface import implementer

from txloop._public import neighbour
from txloop.internet._endpoints.hostname import HostnameEndpoint
from txloop.internet._endpoints.process import StandardIOEndpoint
from txloop.internet._endpoints.sockets import AdoptedStreamServerEndpoint, TCP6ServerEndpoint
from txloop.internet._endpoints.strings import clientFromString
from txloop.internet._endpoints.tls import (
    _parseTrustRootPath,
    _privateCertFromPaths,
    options_for_client,
    wrapClientTLS,
    wrapServerTLS,
)
from txloop.internet.interfaces import (
    IStreamClientEndpoint,
    IStreamClientEndpointStringParserWithReactor,
    IStreamServerEndpoint,
    IStreamServerEndpointStringParser,
)
from txloop.plugin import IPlugin
from txloop.python.compat import nativeString
from txloop.python.systemd import ListenFDs


@implementer(IPlugin, IStreamServerEndpointStringParser)
class _StandardIOParser:
    """``stdio:``"""

    prefix = "stdio"

    def _parseServer(self, reactor: Any) -> StandardIOEndpoint:
        return StandardIOEndpoint(reactor)

    def parseStreamServer(self, reactor: Any, *args: Any, **kwargs: Any) -> StandardIOEndpoint:
        """The endpoint; further parts mean nothing (``stdio:`` has an empty one)."""
        return self._parseServer(reactor)


@implementer(IPlugin, IStreamServerEndpointStringParser)
class _SystemdParser:
    """``systemd:domain=INET:index=0`` or ``systemd:domain=UNIX:name=web``"""

    prefix = "systemd"

    # Read when this module is loaded, so that nobody else takes the descriptors for his own.
    _sddaemon = ListenFDs.fromEnvironment()

    def _parseServer(
        self, reactor: Any, domain: str, index: str | None = None, name: str | None = None
    ) -> AdoptedStreamServerEndpoint:
        if (index is None) == (name is None):
            raise ValueError("Specify exactly one of descriptor index or name")
        descriptor = self._by_index(int(index)) if index is not None else self._by_name(str(name))
        return AdoptedStreamServerEndpoint(reactor, descriptor, getattr(socket, "AF_" + domain))

    def _by_index(self, index: int) -> int:
        passed = self._sddaemon.inheritedDescriptors()
        if index >= len(passed):
            raise IndexError(
                f"systemd has passed {len(passed)} descriptors (LISTEN_FDS), none of index {index}"
            )
        return passed[index]

    def _by_name(self, name: str) -> int:
        passed = self._sddaemon.inheritedNamedDescriptors()
        if name not in passed:
            raise KeyError(
                f"systemd has passed no descriptor {name!r} (LISTEN_FDNAMES), but {sorted(passed)}"
            )
        return passed[name]

    def parseStreamServer(self, reactor: Any, *args: Any, **kwargs: Any) -> AdoptedStreamServerEndpoint:
        """The endpoint.

        Raises:
            ValueError: Both an index and a name, or neither.
            IndexError, KeyError: systemd has passed no such descriptor.
        """
        return self._parseServer(reactor, *args, **kwargs)


@implementer(IPlugin, IStreamServerEndpointStringParser)
class _TCP6ServerParser:
    r"""``tcp6:port:backlog:interface=\:\:1``"""

    prefix = "tcp6"

    def _parseServer(
        self, reactor: Any, port: str, backlog: str | int = 50, interface: str = "::"
    ) -> TCP6ServerEndpoint:
        return TCP6ServerEndpoint(reactor, int(port), int(backlog), interface)

    def parseStreamServer(self, reactor: Any, *args: Any, **kwargs: Any) -> TCP6ServerEndpoint:
        """The endpoint."""
        return self._parseServer(reactor, *args, **kwargs)


@implementer(IPlugin, IStreamServerEndpointStringParser)
class _TLSServerEndpointParser:
    """``tls:directory:port``: certificates by the name that the client asks for, read as they change."""

    prefix = "tls"

    def _actualParseStreamServer(
        self, reactor: Any, path: str, port: str = "443", backlog: str = "50", interface: str = "::"
    ) -> IStreamServerEndpoint:
        sni = importlib.import_module(neighbour("txloop.internet.endpoints", "protocols._sni"))
        certificates = sni.autoReloadingDirectoryOfPEMs(_file_path(path))
        return wrapServerTLS(
            sni.SNIConnectionCreator(certificates),
            TCP6ServerEndpoint(reactor, int(port), int(backlog), interface),
        )

    def parseStreamServer(self, reactor: Any, *args: Any, **kwargs: Any) -> IStreamServerEndpoint:
        """The endpoint."""
        return self._actualParseStreamServer(reactor, *args, **kwargs)


def _file_path(path: str) -> Any:
    return importlib.import_module(neighbour("txloop.internet.endpoints", "python.filepath")).FilePath(path)


@implementer(IPlugin, IStreamClientEndpointStringParserWithReactor)
class _TLSClientEndpointParser:
    """``tls:host:port:timeout=…:trustRoots=…``"""

    prefix = "tls"

    @staticmethod
    def parseStreamClient(reactor: Any, *args: Any, **kwargs: Any) -> IStreamClientEndpoint:
        """The endpoint."""
        return _parseClientTLS(reactor, *args, **kwargs)


def _parseClientTLS(
    reactor: Any,
    host: str | bytes,
    port: str | bytes,
    timeout: str | bytes = b"30",
    bindAddress: str | bytes | None = None,
    certificate: str | bytes | None = None,
    privateKey: str | bytes | None = None,
    trustRoots: str | bytes | None = None,
    endpoint: str | bytes | None = None,
    **kwargs: object,
) -> IStreamClientEndpoint:
    """TLS to *host*, over TCP or over whatever *endpoint* describes.

    Args:
        certificate, privateKey: Files in PEM, to show who we are.
        trustRoots: A directory of certificates, instead of the system's.
    Raises:
        TypeError: A name that means nothing here.
    """
    if kwargs:
        raise TypeError("unrecognized keyword arguments present", list(kwargs))
    name = host if isinstance(host, str) else host.decode("utf-8")
    if endpoint is not None:
        below = clientFromString(reactor, nativeString(endpoint))
    else:
        own_end = None if bindAddress is None else nativeString(bindAddress)
        below = HostnameEndpoint(reactor, name, int(port), int(timeout), own_end)
    options = options_for_client(
        name,
        _parseTrustRootPath(_native(trustRoots)),
        _privateCertFromPaths(_native(certificate), _native(privateKey)),
    )
    return wrapClientTLS(options, below)


def _native(text: str | bytes | None) -> str | None:
    return None if text is None else nativeString(text)
