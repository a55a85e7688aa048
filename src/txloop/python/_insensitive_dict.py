"""A dict whose keys are found in upper or lower case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any


class InsensitiveDict(MutableMapping[Any, Any]):
    """A dict that takes ``"Host"``, ``"HOST"`` and ``"host"`` for one key.

    Keys that are neither str nor bytes are compared as they are.

    Args:
        dict: What to begin with.
        preserve: Whether the keys are kept as they were written; else in lower case.
    """

    def __init__(self, dict: Mapping[Any, Any] | None = None, preserve: Any = 1) -> None:
        # By the key in lower case: the key to show, and the value.
        self.data: Any = {}
        self.preserve = preserve
        if dict:
            self.update(dict)

    def _lowerOrReturn(self, key: Any) -> Any:
        return key.lower() if isinstance(key, (str, bytes)) else key

    def __getitem__(self, key: Any) -> Any:
        return self.data[self._lowerOrReturn(key)][1]

    def __setitem__(self, key: Any, value: Any) -> None:
        lower = self._lowerOrReturn(key)
        self.data[lower] = (key if self.preserve else lower, value)

    def __delitem__(self, key: Any) -> None:
        del self.data[self._lowerOrReturn(key)]

    def __contains__(self, key: object) -> bool:
        return self._lowerOrReturn(key) in self.data

    def __iter__(self) -> Iterator[Any]:
        for shown, _ in self.data.values():
            yield shown

    def __len__(self) -> int:
        return len(self.data)

    def __eq__(self, other: object) -> bool:
        """Equal to a mapping of the same values under the same keys, case aside."""
        if not isinstance(other, Mapping):
            return NotImplemented
        theirs = {self._lowerOrReturn(key): value for key, value in other.items()}
        return theirs == {lower: value for lower, (_, value) in self.data.items()}

    __hash__ = None  # type: ignore[assignment]  # it can change

    def __repr__(self) -> str:
        return f"InsensitiveDict({dict(self.items())!r})"

    def copy(self) -> InsensitiveDict:
        """A copy that preserves as this one does."""
        return InsensitiveDict(self, self.preserve)

    def update(self, dict: Mapping[Any, Any]) -> None:  # type: ignore[override]  # as Twisted has it
        """Set each item of *dict*."""
        for key, value in dict.items():
            self[key] = value

    def setdefault(self, key: Any, default: Any) -> Any:  # type: ignore[override]  # as Twisted has it
        """The value of *key*, which is set to *default* first if there is none."""
        return super().setdefault(key, default)

    def keys(self) -> list[Any]:  # type: ignore[override]  # lists, as Twisted's
        """The keys, as a list."""
        return list(self)

    def values(self) -> list[Any]:  # type: ignore[override]
        """The values, as a list."""
        return [value for _, value in self.data.values()]

    def items(self) -> list[tuple[Any, Any]]:  # type: ignore[override]
        """The items, as a list."""
        return list(self.data.values())

    def has_key(self, key: object) -> bool:
        """Whether there is *key*."""
        return key in self

    # ---- Python 2's spellings -----------------------------------------------

    def iterkeys(self) -> Iterator[Any]:
        """The keys."""
        return iter(self.keys())

    def itervalues(self) -> Iterator[Any]:
        """The values."""
        return iter(self.values())

    def iteritems(self) -> Iterator[tuple[Any, Any]]:
        """The items."""
        return iter(self.items())
