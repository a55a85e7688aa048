"""The older way to say how TLS is spoken: objects with ``getContext()``, which programs subclass.

With pyOpenSSL they give its contexts, as programs expect who go on to configure them;
without it, the standard library's.
"""

from __future__ import annotations

import ssl
from typing import Any

from zope.interface import implementer

from txloop import _pyopenssl
from txloop.internet._tls.options import ANY_VERSION
from txloop.internet.interfaces import IOpenSSLContextFactory

__all__ = ["ClientContextFactory", "ContextFactory", "DefaultOpenSSLContextFactory"]


@implementer(IOpenSSLContextFactory)
class ContextFactory:
    """To be subclassed by servers: getContext() gives the context."""

    isClient = 0

    def getContext(self) -> Any:
        """A context; may be the same one each time."""
        raise NotImplementedError(f"{type(self).__name__} needs a method getContext()")


class DefaultOpenSSLContextFactory(ContextFactory):
    """A server's context from two files, the same for all connections.

    Args:
        privateKeyFileName: PEM.
        certificateFileName: PEM.
        sslmethod: pyOpenSSL's number of one version; by default any.
    Raises:
        OpenSSL.SSL.Error, or without pyOpenSSL ssl.SSLError or OSError: The files are no good.
    """

    _context: Any = None

    def __init__(
        self,
        privateKeyFileName: str,
        certificateFileName: str,
        sslmethod: int = ANY_VERSION,
        _contextFactory: Any = None,
    ) -> None:
        self.privateKeyFileName = privateKeyFileName
        self.certificateFileName = certificateFileName
        self.sslmethod = sslmethod
        self._contextFactory = _contextFactory
        self.cacheContext()

    def cacheContext(self) -> None:
        """Make the context, unless it is made."""
        if self._context is not None:
            return
        if self._contextFactory is None and not _pyopenssl.installed():
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificateFileName, self.privateKeyFileName)
            self._context = context
            return
        library, _ = _pyopenssl.require("DefaultOpenSSLContextFactory with a context factory")
        made = (self._contextFactory or library.Context)(self.sslmethod)
        made.set_options(library.OP_NO_SSLv2 | library.OP_NO_SSLv3)
        made.use_certificate_file(self.certificateFileName)
        made.use_privatekey_file(self.privateKeyFileName)
        self._context = made

    def getContext(self) -> Any:
        """The context."""
        return self._context

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        del state["_context"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ = state
        self.cacheContext()


@implementer(IOpenSSLContextFactory)
class ClientContextFactory:
    """A client's context that verifies *nothing*: neither the certificate nor the name.

    `optionsForClientTLS` is what a program wants that does not override getContext().

    Attributes:
        method: pyOpenSSL's number of a version; any by default.
    """

    isClient = 1
    method = ANY_VERSION
    _contextFactory: Any = None

    def getContext(self) -> Any:
        """A new context."""
        if self._contextFactory is None and not _pyopenssl.installed():
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return context
        library, _ = _pyopenssl.require("ClientContextFactory with a context factory")
        made = (self._contextFactory or library.Context)(self.method)
        # Versions that nobody may speak any more.
        made.set_options(library.OP_NO_SSLv3 | library.OP_NO_TLSv1 | library.OP_NO_TLSv1_1)
        return made
