"""The basic protocols: lines, netstrings and strings behind their length.

    LineReceiver                              _lines.py
    LineOnlyReceiver                          _line_only.py
    NetstringReceiver                         _netstrings.py
    Int8…, Int16…, Int32StringReceiver        _strings.py
    StatefulStringProtocol                    _strings.py
    FileSender                                _file_sender.py

Each takes the stream in any cut, one byte or a megabyte at a time, and costs the same
for each byte either way.
Source of the behaviour: Twisted 26.10, twisted.protocols.basic, by running it.
"""

from __future__ import annotations

from txloop._public import publish
from txloop.protocols._file_sender import FileSender
from txloop.protocols._line_only import LineOnlyReceiver
from txloop.protocols._lines import LineReceiver
from txloop.protocols._netstrings import (
    IncompleteNetstring,
    NetstringParseError,
    NetstringReceiver,
    _formatNetstring,
)
from txloop.protocols._pauseable import _PauseableMixin
from txloop.protocols._strings import (
    Int8StringReceiver,
    Int16StringReceiver,
    Int32StringReceiver,
    IntNStringReceiver,
    StatefulStringProtocol,
    StringTooLongError,
)

__all__ = [
    "DEBUG",
    "FileSender",
    "IncompleteNetstring",
    "Int8StringReceiver",
    "Int16StringReceiver",
    "Int32StringReceiver",
    "IntNStringReceiver",
    "LineOnlyReceiver",
    "LineReceiver",
    "NetstringParseError",
    "NetstringReceiver",
    "StatefulStringProtocol",
    "StringTooLongError",
    "_PauseableMixin",
    "_formatNetstring",
]

# Twisted has it, and nothing there reads it any more.
DEBUG = 0

publish(__name__, __all__)
