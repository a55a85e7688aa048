"""Module attributes that warn when they are read.

The module in ``sys.modules`` gives way to a proxy (`_ModuleProxy`), which passes every
access on to it and warns where it was told to.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, cast
from warnings import warn

from incremental import Version, getVersionString

from txloop._public import public_address

__all__ = ["deprecatedModuleAttribute"]


def deprecatedModuleAttribute(version: Version, message: str, moduleName: str, name: str) -> None:
    """Let each reading of a module's attribute warn.

    Call it while the module is being imported: who imported it before keeps the module
    itself, which does not warn.

    Args:
        version: Since when.
        message: What to do instead.
        moduleName: The module's full name.
        name: The attribute; in a package this may be a module.
    """
    module: Any = sys.modules[moduleName]
    if not isinstance(module, _ModuleProxy):
        module = _ModuleProxy(module)
        sys.modules[moduleName] = cast(ModuleType, module)
    _deprecateAttribute(module, name, version, message)


def _deprecateAttribute(proxy: _ModuleProxy, name: str, version: Version, message: str) -> None:
    """Let each reading of *name* through *proxy* warn."""
    state = _InternalState(proxy)
    state._deprecatedAttributes[name] = _DeprecatedAttribute(state._module, name, version, message)


class _DeprecatedAttribute:
    """One attribute of a module, with its warning."""

    def __init__(self, module: ModuleType, name: str, version: Version, message: str) -> None:
        self.module = module
        self.__name__ = name
        self.version = version
        self.message = message

    def get(self) -> Any:
        """Its value; warns at the line that reads it."""
        value = getattr(self.module, self.__name__)
        name = f"{public_address(self.module.__name__)}.{self.__name__}"
        text = f"{name} was deprecated in {getVersionString(self.version)}: {self.message}"
        warn(text, DeprecationWarning, stacklevel=3)
        return value


class _InternalState:
    """A proxy's own attributes, past what the proxy makes of attribute access."""

    def __init__(self, proxy: _ModuleProxy) -> None:
        object.__setattr__(self, "proxy", proxy)

    def __getattribute__(self, name: str) -> Any:
        return object.__getattribute__(object.__getattribute__(self, "proxy"), name)

    def __setattr__(self, name: str, value: object) -> None:
        object.__setattr__(object.__getattribute__(self, "proxy"), name, value)


class _ModuleProxy:
    """A module some of whose attributes warn; everything else is the module's.

    ``from package import part`` reads ``__path__``, then asks twice for ``part``: only
    the second time shall warn.
    """

    def __init__(self, module: ModuleType) -> None:
        state = _InternalState(self)
        state._module = module
        state._deprecatedAttributes = {}
        state._lastWasPath = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} module={_InternalState(self)._module!r}>"

    def __setattr__(self, name: str, value: object) -> None:
        setattr(_InternalState(self)._module, name, value)

    def __getattribute__(self, name: str) -> Any:
        state = _InternalState(self)
        deprecated = None if state._lastWasPath else state._deprecatedAttributes.get(name)
        state._lastWasPath = False
        value = getattr(state._module, name) if deprecated is None else deprecated.get()
        state._lastWasPath = name == "__path__"  # only a package gets here with it
        return value
