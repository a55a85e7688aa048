"""What a shell may complete after an option: descriptions that zsh understands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

__all__ = [
    "CompleteDirs",
    "CompleteFiles",
    "CompleteGroups",
    "CompleteHostnames",
    "CompleteList",
    "CompleteMultiList",
    "CompleteNetInterfaces",
    "CompleteUserAtHost",
    "CompleteUsernames",
    "Completer",
    "Completions",
]

_ZSH = "zsh"
_BASH = "bash"


class Completions:
    """Further knowledge for the completion of a command's options.

    Args:
        descriptions: Option names to descriptions, in the place of the options' own.
        multiUse: Names of options that may be given several times.
        mutuallyExclusive: Sequences of names of which only one may be given.
        optActions: Option names to `Completer`s for their arguments.
        extraActions: `Completer`s for the arguments of the command itself, in order.
    """

    def __init__(
        self,
        descriptions: Mapping[str, str] = {},  # Twisted's defaults; nobody changes them
        multiUse: Sequence[str] = [],
        mutuallyExclusive: Sequence[Sequence[str]] = [],
        optActions: Mapping[str, Any] = {},
        extraActions: Sequence[Any] = [],
    ) -> None:
        self.descriptions = descriptions
        self.multiUse = multiUse
        self.mutuallyExclusive = mutuallyExclusive
        self.optActions = optActions
        self.extraActions = extraActions


class Completer:
    """Completes nothing: says only what is expected.

    Args:
        descr: What is expected; by default the option's name.
        repeat: It may come several times.
    """

    _descr: str | None = None

    def __init__(self, descr: str | None = None, repeat: bool = False) -> None:
        if descr is not None:
            self._descr = descr
        self._repeat = repeat

    @property
    def _repeatFlag(self) -> str:
        return "*" if self._repeat else ""

    def _description(self, optName: str) -> str:
        return optName if self._descr is None else self._descr

    def _shellCode(self, optName: str, shellType: str) -> str:
        """What stands after the option in a shell's description of it.

        Raises:
            NotImplementedError: That shell is not known; zsh is.
        """
        if shellType != _ZSH:
            raise NotImplementedError(f"Unknown shellType {shellType!r}")
        return f"{self._repeatFlag}:{self._description(optName)}:{self._action(optName)}"

    def _action(self, optName: str) -> str:
        return ""


class CompleteFiles(Completer):
    """Completes file names.

    Args:
        globPattern: Only those that match.
    """

    def __init__(self, globPattern: str = "*", **kw: Any) -> None:
        super().__init__(**kw)
        self._globPattern = globPattern

    def _description(self, optName: str) -> str:
        return f"{super()._description(optName)} ({self._globPattern})"

    def _action(self, optName: str) -> str:
        return f'_files -g "{self._globPattern}"'


class CompleteDirs(Completer):
    """Completes names of folders."""

    def _action(self, optName: str) -> str:
        return "_directories"


class CompleteList(Completer):
    """Completes one of *items*."""

    def __init__(self, items: Sequence[str], **kw: Any) -> None:
        super().__init__(**kw)
        self._items = items

    def _action(self, optName: str) -> str:
        return f"({' '.join(self._items)})"


class CompleteMultiList(CompleteList):
    """Completes several of *items*, with commas between."""

    def _action(self, optName: str) -> str:
        return f"_values -s , '{self._description(optName)}' {' '.join(self._items)}"


class CompleteUsernames(Completer):
    """Completes names of users."""

    def _action(self, optName: str) -> str:
        return "_users"


class CompleteGroups(Completer):
    """Completes names of groups."""

    _descr = "group"

    def _action(self, optName: str) -> str:
        return "_groups"


class CompleteHostnames(Completer):
    """Completes names of hosts."""

    def _action(self, optName: str) -> str:
        return "_hosts"


class CompleteUserAtHost(Completer):
    """Completes ``host`` or ``user@host``."""

    _descr = "host | user@host"

    def _action(self, optName: str) -> str:
        return "_user_at_host"


class CompleteNetInterfaces(Completer):
    """Completes names of network interfaces."""

    def _action(self, optName: str) -> str:
        return "_net_interfaces"
