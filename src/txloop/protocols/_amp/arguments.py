"""The types of AMP's arguments: each turns a value into bytes and back.

    Integer  Float  Decimal  Boolean    as people write them, in ASCII
    String  Unicode  Path               bytes as they are, and UTF-8
    DateTime                            2012-01-23T12:34:56.054321-01:23
    ListOf(type)                        each behind its length, in two bytes
    AmpList([(name, type), …])          boxes, one after the other
    Descriptor                          an open file, over UNIX sockets

Write another by subclassing `Argument`: give it `fromString` and `toString`, or, when it
needs the connection, `fromStringProto` and `toStringProto`, or, when it is not one key
of the box, `fromBox` and `toBox`.
"""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Sequence
from struct import pack
from typing import Any, ClassVar

from zope.interface import implementer

from txloop.protocols._amp.boxes import AmpBox, parseString
from txloop.protocols._amp.interfaces import IArgumentType
from txloop.python import filepath
from txloop.python._tzhelper import UTC, FixedOffsetTimeZone
from txloop.python.compat import nativeString

__all__ = [
    "PYTHON_KEYWORDS",
    "AmpList",
    "Argument",
    "Boolean",
    "DateTime",
    "Decimal",
    "Descriptor",
    "Float",
    "Integer",
    "ListOf",
    "Path",
    "String",
    "Unicode",
    "_objectsToStrings",
    "_stringsToObjects",
    "_wireNameToPythonIdentifier",
    "utc",
]

# Keywords of the Python that AMP was made for.  The list decides how an argument is called
# by programs (`print` is `Print`), so it never changes; later keywords keep their names.
PYTHON_KEYWORDS = [
    "and",
    "del",
    "for",
    "is",
    "raise",
    "assert",
    "elif",
    "from",
    "lambda",
    "return",
    "break",
    "else",
    "global",
    "not",
    "try",
    "class",
    "except",
    "if",
    "or",
    "while",
    "continue",
    "exec",
    "import",
    "pass",
    "yield",
    "def",
    "finally",
    "in",
    "print",
]

utc = UTC


# ---- between boxes and keyword arguments ------------------------------------


def _wireNameToPythonIdentifier(key: bytes) -> str:
    """How a program writes the argument that travels as *key*."""
    name = key.replace(b"-", b"_").decode("ascii")
    return name.title() if name in PYTHON_KEYWORDS else name


def _objectsToStrings(
    objects: dict[str, Any], arglist: Sequence[tuple[bytes, Argument]], strings: Any, proto: Any
) -> Any:
    """Put the bytes of *objects*, as *arglist* says, into *strings*, and return that."""
    values = objects.copy()
    for name, argument in arglist:
        argument.toBox(name, strings, values, proto)
    return strings


def _stringsToObjects(
    strings: dict[bytes, bytes], arglist: Sequence[tuple[bytes, Argument]], proto: Any
) -> dict[str, Any]:
    """The values, by Python names, that *arglist* finds in *strings*."""
    objects: dict[str, Any] = {}
    rest = strings.copy()
    for name, argument in arglist:
        argument.fromBox(name, rest, objects, proto)
    return objects


# ---- the base ---------------------------------------------------------------


@implementer(IArgumentType)
class Argument:
    """One argument of a command: its type.  Subclass it.

    Args:
        optional: A call may leave it out, or give None; then it is not sent, and
            the other side gets None.
    Source: Twisted 26.10, twisted.protocols.amp.Argument, by running it.
    """

    optional: bool = False

    def __init__(self, optional: bool = False) -> None:
        self.optional = optional

    def retrieve(self, d: dict[Any, Any], name: Any, proto: Any) -> Any:
        """Take *name* out of *d*; None if it is optional and not there.

        Raises:
            KeyError: It is required and not there.
        """
        return d.pop(name, None) if self.optional else d.pop(name)

    def fromBox(self, name: bytes, strings: dict[bytes, bytes], objects: dict[str, Any], proto: Any) -> None:
        """Read the value from *strings* into *objects*; raises what `fromStringProto` does, or KeyError."""
        string = self.retrieve(strings, name, proto)
        python_name = _wireNameToPythonIdentifier(name)
        if self.optional and string is None:
            objects[python_name] = None
        else:
            objects[python_name] = self.fromStringProto(string, proto)

    def toBox(self, name: bytes, strings: dict[bytes, bytes], objects: dict[str, Any], proto: Any) -> None:
        """Write the value from *objects* into *strings*; raises what `toStringProto` does, or KeyError."""
        value = self.retrieve(objects, _wireNameToPythonIdentifier(name), proto)
        if not (self.optional and value is None):
            strings[name] = self.toStringProto(value, proto)

    def fromStringProto(self, inString: bytes, proto: Any) -> Any:
        """The value of *inString*, which came by the connection *proto*."""
        return self.fromString(inString)

    def toStringProto(self, inObject: Any, proto: Any) -> bytes:
        """The bytes of *inObject*, which leave by the connection *proto*."""
        encoded: bytes = self.toString(inObject)
        return encoded

    # A type overrides these two, or the four above.

    def fromString(self, inString: bytes) -> Any:
        """The value of *inString*."""

    def toString(self, inObject: Any) -> Any:
        """The bytes of *inObject*."""


# ---- numbers and truth ------------------------------------------------------


class Integer(Argument):
    """A whole number of any size, in decimal digits: ``b"-123"``."""

    def fromString(self, inString: bytes) -> int:
        """The number; ValueError if it is none."""
        return int(inString)

    def toString(self, inObject: Any) -> bytes:
        """Its digits; what is behind the point of another number is cut off.  TypeError if it is none."""
        return b"%d" % (inObject,)


class Float(Argument):
    """A float, so that it comes back exactly: ``b"1.5"``, ``b"nan"``."""

    def fromString(self, inString: bytes) -> float:
        """The number; ValueError if it is none."""
        return float(inString)

    def toString(self, inString: float) -> bytes:  # Twisted's name of it
        """Its digits; ValueError if it is not a float."""
        if not isinstance(inString, float):
            raise ValueError(f"Bad float value {inString!r}")
        return repr(inString).encode("ascii")


class Decimal(Argument):
    """A `decimal.Decimal`, with its exact digits: ``b"1.20"``, ``b"1E+5"``, ``b"NaN"``."""

    def fromString(self, inString: bytes) -> decimal.Decimal:
        """The number; decimal.InvalidOperation if it is none."""
        return decimal.Decimal(nativeString(inString))

    def toString(self, inObject: decimal.Decimal) -> bytes:
        """Its digits; ValueError if it is not a Decimal."""
        if not isinstance(inObject, decimal.Decimal):
            raise ValueError("amp.Decimal can only encode instances of decimal.Decimal")
        return str(inObject).encode("ascii")


class Boolean(Argument):
    """True or False, as ``b"True"`` or ``b"False"``."""

    def fromString(self, inString: bytes) -> bool:
        """True or False; TypeError for any other text."""
        if inString == b"True":
            return True
        if inString == b"False":
            return False
        raise TypeError(f"Bad boolean value: {inString!r}")

    def toString(self, inObject: object) -> bytes:
        """Whether *inObject* is true."""
        return b"True" if inObject else b"False"


# ---- text and paths ---------------------------------------------------------


class String(Argument):
    """Bytes, as they are; up to 65,535 of them."""

    def fromString(self, inString: bytes) -> Any:
        """The same bytes."""
        return inString

    def toString(self, inObject: Any) -> Any:
        """The same bytes."""
        return inObject


class Unicode(String):
    """Text, as UTF-8."""

    def fromString(self, inString: bytes) -> Any:
        """The text; UnicodeDecodeError if it is not UTF-8."""
        return inString.decode("utf-8")

    def toString(self, inObject: Any) -> bytes:
        """The text's bytes."""
        encoded: bytes = inObject.encode("utf-8")
        return encoded


class Path(Unicode):
    """A `FilePath`: its path, made absolute on either side."""

    def fromString(self, inString: bytes) -> filepath.FilePath[str]:
        """The path; UnicodeDecodeError if it is not UTF-8."""
        return filepath.FilePath(inString.decode("utf-8"))

    def toString(self, inObject: filepath.FilePath[Any]) -> bytes:
        """The path's text."""
        return super().toString(inObject.asTextMode().path)


# ---- points in time ---------------------------------------------------------


class DateTime(Argument):
    """A `datetime.datetime` that knows its distance from UTC: ``b"2012-01-23T12:34:56.054321-01:23"``."""

    # Where the numbers stand: year, month, day, hour, minute, second, microsecond, and the
    # distance in hours and minutes.  What stands between them is not looked at; the sign is.
    _positions: ClassVar[list[slice]] = [
        slice(0, 4),
        slice(5, 7),
        slice(8, 10),
        slice(11, 13),
        slice(14, 16),
        slice(17, 19),
        slice(20, 26),
        slice(27, 29),
        slice(30, 32),
    ]

    def fromString(self, s: bytes) -> datetime.datetime:  # Twisted's name of it
        """The point in time; ValueError if the text does not say one."""
        text = nativeString(s)
        if len(text) != 32:
            raise ValueError(f"invalid date format {text!r}")
        *moment, hours, minutes = [int(text[position]) for position in self._positions]
        zone = FixedOffsetTimeZone.fromSignHoursMinutes(text[26], hours, minutes)
        year, month, day, hour, minute, second, microsecond = moment
        return datetime.datetime(year, month, day, hour, minute, second, microsecond, zone)

    def toString(self, i: datetime.datetime) -> bytes:  # Twisted's name of it
        """Its text, the distance from UTC in whole minutes; ValueError if it has none."""
        offset = i.utcoffset()
        if offset is None:
            raise ValueError(
                "amp.DateTime cannot serialize naive datetime instances.  You may find amp.utc useful."
            )
        minutes = offset // datetime.timedelta(minutes=1)
        hours, minutes_left = divmod(abs(minutes), 60)
        sign = "+" if minutes > 0 else "-"  # UTC itself is -00:00
        moment = i.replace(tzinfo=None).isoformat(timespec="microseconds")
        return f"{moment}{sign}{hours:02d}:{minutes_left:02d}".encode("ascii")


# ---- several in one ---------------------------------------------------------


class ListOf(Argument):
    """A list of values of one type; all of them together up to 65,535 bytes.

    Args:
        elementType: The type of each; one that needs nothing but its own bytes.
        optional: As for any argument.
    """

    def __init__(self, elementType: Argument, optional: bool = False) -> None:
        self.elementType = elementType
        super().__init__(optional)

    def fromString(self, inString: bytes) -> list[Any]:
        """The values; whatever the type's `fromString` raises.  An incomplete last one is dropped."""
        values = []
        at, size = 0, len(inString)
        while size - at >= 2:
            end = at + 2 + int.from_bytes(inString[at : at + 2], "big")
            if end > size:
                break
            values.append(self.elementType.fromString(inString[at + 2 : end]))
            at = end
        return values

    def toString(self, inObject: Any) -> bytes:
        """Each value behind its length; struct.error for one above 65,535 bytes."""
        pieces: list[bytes] = []
        for value in inObject:
            encoded = self.elementType.toString(value)
            pieces += (pack("!H", len(encoded)), encoded)
        return b"".join(pieces)


class AmpList(Argument):
    """A list of dicts that all have the same arguments; all together up to 65,535 bytes.

    Args:
        subargs: The arguments of each, as in a command: names as bytes, and types.
        optional: As for any argument.
    Raises:
        AssertionError: A name is not bytes.
    """

    def __init__(self, subargs: Sequence[tuple[bytes, Argument]], optional: bool = False) -> None:
        if not all(isinstance(name, bytes) for name, _ in subargs):
            raise AssertionError(
                "AmpList should be defined with a list of (name, argument) tuples where "
                f"`name' is a byte string, got: {subargs!r}"
            )
        self.subargs = subargs
        super().__init__(optional)

    def fromStringProto(self, inString: bytes, proto: Any) -> list[dict[str, Any]]:
        """The dicts, by Python names; KeyError for a missing argument, and what the types raise.

        An incomplete last one is dropped.
        """
        return [_stringsToObjects(box, self.subargs, proto) for box in parseString(inString)]

    def toStringProto(self, inObject: Sequence[dict[str, Any]], proto: Any) -> bytes:
        """The dicts as boxes; KeyError for a missing argument, and what the types raise."""
        boxes = (_objectsToStrings(each, self.subargs, AmpBox(), proto) for each in inObject)
        return b"".join([box.serialize() for box in boxes])


class Descriptor(Integer):
    """An open file descriptor; only over UNIX sockets.

    The other side gets a descriptor of its own for the same file.  Ours may be closed
    once the box has left.
    """

    def fromStringProto(self, inString: bytes, proto: Any) -> int:
        """The descriptor that came with that number; KeyError if none did."""
        descriptor: int = proto._getDescriptor(super().fromStringProto(inString, proto))
        return descriptor

    def toStringProto(self, inObject: int, proto: Any) -> bytes:
        """The number by which the other side finds the descriptor, which is sent here."""
        return super().toStringProto(proto._sendFileDescriptor(inObject), proto)
