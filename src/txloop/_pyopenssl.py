"""The one place that loads pyOpenSSL, which txloop can live without.

    the program has given us one of its objects    it is loaded then: `is_context`
    a name of Twisted's needs it (KeyPair, …)      `require("KeyPair.generate")`, which says what is missing
    something works better with it                 `installed()`

TLS itself does not need it: the standard library's ``ssl`` speaks as well.
"""

from __future__ import annotations

import functools
import importlib
import sys
from typing import Any


@functools.cache
def installed() -> bool:
    """True iff pyOpenSSL can be imported."""
    try:
        importlib.import_module("OpenSSL.SSL")
    except ImportError:
        return False
    return True


def require(what: str) -> tuple[Any, Any]:
    """pyOpenSSL's modules ``OpenSSL.SSL`` and ``OpenSSL.crypto``.

    Args:
        what: The name, as the program knows it, that cannot work without.
    Raises:
        ImportError: It is not installed; the text says what to do.
    """
    try:
        return importlib.import_module("OpenSSL.SSL"), importlib.import_module("OpenSSL.crypto")
    except ImportError as missing:
        raise ImportError(f"{what} needs pyOpenSSL: install txloop[pyopenssl]") from missing


def is_context(thing: object) -> bool:
    """True iff *thing* is an ``OpenSSL.SSL.Context``."""
    # Nobody can hold one of its objects before it is loaded.
    loaded = sys.modules.get("OpenSSL.SSL")
    return loaded is not None and isinstance(thing, loaded.Context)
