"""URLs as paths to walk: ``URLPath.fromString("http://e/a/b").sibling(b"c")``.  All parts are bytes.

Needs the extra ``txloop[url]``: a URL's grammar is the package hyperlink's.
Source: names and results as of Twisted 26.10's twisted.python.urlpath, by running it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit, urlunsplit

from hyperlink import URL

from txloop._public import publish
from txloop.python.compat import nativeString

__all__ = ["URLPath"]


class URLPath:
    """A URL.

    Args:
        scheme, netloc, path, query, fragment: Its parts, as they stand in it; they are
            attributes, too, and may be set.
    """

    def __init__(
        self,
        scheme: bytes = b"",
        netloc: bytes = b"localhost",
        path: bytes = b"",
        query: bytes = b"",
        fragment: bytes = b"",
    ) -> None:
        self._parts = [scheme or b"http", netloc, path or b"/", query, fragment]
        self._url = self._parsed()

    scheme: property = property(lambda self: self._parts[0], lambda self, value: self._set(0, value))
    netloc: property = property(lambda self: self._parts[1], lambda self, value: self._set(1, value))
    path: property = property(lambda self: self._parts[2], lambda self, value: self._set(2, value))
    query: property = property(lambda self: self._parts[3], lambda self, value: self._set(3, value))
    fragment: property = property(lambda self: self._parts[4], lambda self, value: self._set(4, value))

    @classmethod
    def fromString(cls, url: str) -> URLPath:
        """The URL in a str.

        Raises:
            ValueError: It is no str.
        """
        if not isinstance(url, str):
            raise ValueError("'url' must be a str")
        return cls._fromURL(URL.from_text(url))

    @classmethod
    def fromBytes(cls, url: bytes) -> URLPath:
        """The URL in bytes; those that are not ASCII stand for themselves.

        Raises:
            ValueError: They are no bytes.
        """
        if not isinstance(url, bytes):
            raise ValueError("'url' must be bytes")
        quoted = b"".join(b"%%%02X" % byte if byte > 0x7F else bytes((byte,)) for byte in url)
        return cls.fromString(nativeString(quoted))

    @classmethod
    def fromRequest(cls, request: Any) -> URLPath:
        """Where a web request is: its ``prePathURL()``."""
        return cls.fromBytes(request.prePathURL())

    @classmethod
    def _fromURL(cls, urlInstance: URL) -> URLPath:
        made = cls.__new__(cls)
        made._url = urlInstance.replace(path=urlInstance.path or [""])
        made._parts = [part.encode("ascii") for part in urlsplit(str(made))]
        return made

    # ---- walking -----------------------------------------------------------------------

    def pathList(self, unquote: bool = False, copy: bool = True) -> list[bytes]:
        """The path's segments; the first is empty.

        Args:
            unquote: Undo their percent encoding.
            copy: Nothing: the list is always a new one.
        """
        segments: list[bytes] = self.path.split(b"/")
        return [unquote_to_bytes(each) for each in segments] if unquote else segments

    def sibling(self, path: bytes, keepQuery: bool = False) -> URLPath:
        """The URL with *path*, one segment, in the place of the last one."""
        return self._mod(self._url.sibling(_segment(path)), keepQuery)

    def child(self, path: bytes, keepQuery: bool = False) -> URLPath:
        """The URL with *path*, one segment, below it."""
        return self._mod(self._url.child(_segment(path)), keepQuery)

    def parent(self, keepQuery: bool = False) -> URLPath:
        """The URL of the folder above: ``/a/b`` and ``/a/`` are in ``/``."""
        return self._mod(self._url.click(".."), keepQuery)

    def here(self, keepQuery: bool = False) -> URLPath:
        """The URL of the folder it is in: ``/a/b`` is in ``/a/``."""
        return self._mod(self._url.click("."), keepQuery)

    def click(self, st: bytes) -> URLPath:
        """The URL that a link to *st* on this page leads to."""
        return self._fromURL(self._url.click(st.decode("ascii")))

    # A password is left out, as hyperlink leaves it out: URLs end up in logs.
    def __str__(self) -> str:
        return self._url.to_uri().to_text()

    def __repr__(self) -> str:
        names = ("scheme", "netloc", "path", "query", "fragment")
        parts = ", ".join(f"{name}={part!r}" for name, part in zip(names, self._parts, strict=True))
        return f"URLPath({parts})"

    # ---- ours ----------------------------------------------------------------------------

    def _mod(self, newURL: URL, keepQuery: bool) -> URLPath:
        query = self._url.query if keepQuery else ()
        return self._fromURL(newURL.replace(fragment="", query=query))

    def _set(self, index: int, value: bytes) -> None:
        self._parts[index] = value
        self._url = self._parsed()

    def _parsed(self) -> URL:
        text = urlunsplit([nativeString(part) for part in self._parts])
        url: URL = URL.from_text(text)
        return url


def _segment(path: bytes) -> str:
    """*path* as one segment: what would end it is encoded; what is encoded already stays."""
    return path.decode("ascii").replace("/", "%2F").replace("?", "%3F").replace("#", "%23")


publish(__name__, __all__)
