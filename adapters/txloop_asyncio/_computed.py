"""Attributes that Twisted's transports keep and ours work out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Computed:
    """A property that an instance may override: Twisted has plain attributes there, which programs set."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function
        self.__doc__ = function.__doc__

    def __get__(self, instance: Any, owner: type) -> Any:
        return self if instance is None else self._function(instance)
