"""What descriptors and addresses have in common.

    FileDescriptor    a base for descriptors of a program's own: subclass it, give it a fileno()
    isIPAddress       is a text a numeric address?
    isIPv6Address     … of that family?

FileDescriptor lives in _file_descriptor.py.  txloop's own transports are not made of it: the
event loop reads and writes for them.
"""

from __future__ import annotations

from txloop._public import publish
from txloop.internet._file_descriptor import FileDescriptor
from txloop.internet._ip_text import isIPAddress, isIPv6Address

__all__ = ["FileDescriptor", "isIPAddress", "isIPv6Address"]

publish(__name__, __all__)
