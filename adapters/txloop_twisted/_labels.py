"""Under which names txloop's objects are known while the overlay is in place.

A class, function or interface of txloop.internet.error says ``__module__ =
"twisted.internet.error"``: pickles and PB peers then name what every Twisted can
read, ``failure.check("twisted.internet.error.ConnectionDone")`` works, and log
filters on ``twisted.`` keep matching.  Objects of modules that the installed Twisted
serves itself keep txloop's name; they are not Twisted's.

Not here: the rule's keeper (txloop/_public.py), which is asked again for each module
that loads later.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

from txloop._public import as_it_is, readdress

Serves = Callable[[str], bool]


# No class lives there, and programs take it out of sys.modules to install another.
_SET_ASIDE = {"twisted.internet.reactor"}


def label_as_twisted(serves: Serves) -> None:
    """Let everything public of the modules for which *serves* is true carry Twisted's name."""

    def address(module_name: str) -> str:
        public = "twisted" + module_name.removeprefix("txloop")
        if not module_name.startswith("txloop.") or not serves(public):
            return module_name
        if public not in sys.modules and public not in _SET_ASIDE:
            # inspect and typing look for a class's home there, and import nothing.  (An installed Twisted
            # of another version may lack the package around it.)
            with contextlib.suppress(ModuleNotFoundError):
                importlib.import_module(public)
        return public

    readdress(address)
    for logger in _module_loggers():
        logger.namespace = address(logger.namespace)


def label_as_txloop() -> None:
    """Take all that back."""
    readdress(as_it_is)
    for logger in _module_loggers():
        if logger.namespace.startswith("twisted."):
            logger.namespace = "txloop" + logger.namespace.removeprefix("twisted")


def _module_loggers() -> Iterator[Any]:
    """The Loggers that txloop's loaded modules keep; those of classes ask their class for its name."""
    door = sys.modules.get("txloop.logger")
    logger_class = getattr(door, "Logger", None)
    if logger_class is not None:
        for name, module in list(sys.modules.items()):
            if name.startswith("txloop."):
                yield from [thing for thing in list(vars(module).values()) if type(thing) is logger_class]
