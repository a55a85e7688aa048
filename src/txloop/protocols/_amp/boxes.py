"""Boxes: what AMP sends.  A dict of short bytes to bytes.

key length (2 bytes), key, value length (2 bytes), value, …, and 2 zero bytes at the end
"""

from __future__ import annotations

from struct import pack
from typing import IO, Any, TypeVar

from txloop.protocols._amp.errors import TooLong

__all__ = [
    "ANSWER",
    "ASK",
    "COMMAND",
    "ERROR",
    "ERROR_CODE",
    "ERROR_DESCRIPTION",
    "MAX_KEY_LENGTH",
    "MAX_VALUE_LENGTH",
    "AmpBox",
    "QuitBox",
    "parse",
    "parseString",
]

# The keys that mean something to AMP itself.
ASK = b"_ask"
ANSWER = b"_answer"
COMMAND = b"_command"
ERROR = b"_error"
ERROR_CODE = b"_error_code"
ERROR_DESCRIPTION = b"_error_description"

# A key's length has two bytes, of which the first must be zero: so a peer that
# speaks no AMP is noticed at once.
MAX_KEY_LENGTH = 0xFF
MAX_VALUE_LENGTH = 0xFFFF

Self = TypeVar("Self", bound="AmpBox")


class AmpBox(dict[bytes, Any]):
    """A message: a dict of bytes to bytes.  Keys given as text become ASCII bytes.

    Source: Twisted 26.10, twisted.protocols.amp.AmpBox, by running it.
    """

    # It is a dict and nothing more: attributes set on it would not travel.
    __slots__: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        texts: list[Any] = [key for key in self if not isinstance(key, bytes)]
        for name in texts:
            self[name.encode("ascii")] = self.pop(name)

    def copy(self: Self) -> Self:
        """Another box of this class with the same content."""
        return self.__class__(self)

    def serialize(self) -> bytes:
        """The bytes of this box, keys in sorted order.

        Raises:
            TypeError: A key or value is text.
            TooLong: A key is above 255 bytes, or a value above 65,535.
        """
        pieces: list[bytes] = []
        key: Any
        for key, value in sorted(self.items()):
            if type(key) is str:
                raise TypeError(f"Unicode key not allowed: {key!r}")
            if type(value) is str:
                raise TypeError(f"Unicode value for key {key!r} not allowed: {value!r}")
            if len(key) > MAX_KEY_LENGTH:
                raise TooLong(True, True, key, None)
            if len(value) > MAX_VALUE_LENGTH:
                raise TooLong(False, True, value, key)
            pieces += (pack("!H", len(key)), key, pack("!H", len(value)), value)
        pieces.append(b"\x00\x00")
        return b"".join(pieces)

    def _sendTo(self, proto: Any) -> None:
        """Leave by *proto*.  Boxes that do more than being sent override it."""
        proto.sendBox(self)

    def __repr__(self) -> str:
        return f"AmpBox({dict.__repr__(self)})"


class QuitBox(AmpBox):
    """A box after which the connection ends."""

    __slots__: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"QuitBox(**{super().__repr__()})"

    def _sendTo(self, proto: Any) -> None:
        super()._sendTo(proto)
        proto.transport.loseConnection()


# ---- boxes that are all there -----------------------------------------------


def parseString(data: bytes) -> list[AmpBox]:
    """The boxes that *data* holds; an incomplete last one is dropped.

    Raises:
        TooLong: A key's length is above 255: these are no boxes.
    Source: Twisted 26.10, twisted.protocols.amp.parseString, by running it (for a long key it
        ends in an AttributeError).
    """
    boxes = []
    box = AmpBox()
    at = 0
    while (key := _string_at(data, at)) is not None:
        if len(key) > MAX_KEY_LENGTH:
            raise TooLong(True, False, key, None)
        at += 2 + len(key)
        if not key:
            boxes.append(box)
            box = AmpBox()
            continue
        value = _string_at(data, at)
        if value is None:
            break
        at += 2 + len(value)
        box[key] = value
    return boxes


def _string_at(data: bytes, at: int) -> bytes | None:
    """The string whose length stands at *at*; None if not all of it is there."""
    start = at + 2
    if start > len(data):
        return None
    end = start + int.from_bytes(data[at:start], "big")
    return data[start:end] if end <= len(data) else None


def parse(fileObj: IO[bytes]) -> list[AmpBox]:
    """The boxes that stand in *fileObj*, from where it is to its end; as `parseString`."""
    return parseString(fileObj.read())
