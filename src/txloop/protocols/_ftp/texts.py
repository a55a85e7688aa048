"""What FTP writes as text: addresses, names, listings."""

from __future__ import annotations

import re
from typing import Any

from txloop.protocols.basic import LineReceiver

__all__ = [
    "FTPFileListProtocol",
    "decodeExtendedAddress",
    "decodeHostPort",
    "encodeHostPort",
    "parsePWDResponse",
]

_NOT_OF_AN_ADDRESS = re.compile(r"[^0-9, ]")
_QUOTED = re.compile(r'"(.*)"')


def decodeHostPort(line: str) -> tuple[str, int]:
    """Host and port of ``h1,h2,h3,h4,p1,p2``, whatever stands around it.

    Raises:
        ValueError: There are no six numbers from 0 to 255.
    """
    numbers = [int(each) for each in _NOT_OF_AN_ADDRESS.sub("", line).split(",")]
    for number in numbers:
        if not 0 <= number <= 255:
            raise ValueError("Out of range", line, number)
    a, b, c, d, high, low = numbers
    return f"{a}.{b}.{c}.{d}", (high << 8) + low


def decodeExtendedAddress(address: str) -> tuple[str, str, int]:
    """Protocol, host and port of ``|2|::1|6446|``, between whatever characters (RFC 2428).

    Raises:
        ValueError: There are not three parts, or the last one is no number.
    """
    if not address:
        raise ValueError("no address")
    _, protocol, host, port, rest = address.split(address[0])
    if rest:
        raise ValueError("something behind the address", address)
    return protocol, host, int(port)


def encodeHostPort(host: str, port: int) -> str:
    """*host*, four numbers, and *port* with commas between them."""
    return ",".join([*host.split("."), str(port >> 8), str(port & 0xFF)])


def parsePWDResponse(response: str) -> str | None:
    """What stands between quotes in *response*; None if nothing does."""
    found = _QUOTED.search(response)
    return found[1] if found else None


class FTPFileListProtocol(LineReceiver):
    """Gathers a listing as most servers write it, that of ``ls -l``.

    Attributes:
        files: A dict each: ``filetype``, ``perms``, ``nlinks``, ``owner``, ``group``, ``size``,
            ``date``, ``filename``, ``linktarget``.
    """

    # Bounded by MAX_LENGTH; no part can match in two ways, so that a hostile line costs no more.
    fileLinePattern: re.Pattern[str] = re.compile(
        r"(?P<filetype>.)(?P<perms>.{9})\s+(?P<nlinks>\d+)\s+(?P<owner>\S+)\s+(?P<group>\S+)\s+(?P<size>\d+)"
        r"\s+(?P<date>\S{3}\s+\d+\s+[\d:]+)\s(?P<rest>.+)"
    )
    delimiter = b"\n"
    _encoding = "latin-1"

    def __init__(self) -> None:
        self.files: list[dict[str, Any]] = []

    def lineReceived(self, line: bytes) -> None:
        """A line of the listing."""
        text = line.decode(self._encoding)
        info = self.parseDirectoryLine(text)
        if info is None:
            self.unknownLine(text)
        else:
            self.addFile(info)

    def parseDirectoryLine(self, line: str) -> dict[str, Any] | None:
        """What *line* says of a file; None if it is no such line.  Override it for other servers."""
        found = self.fileLinePattern.match(line.removesuffix("\r"))
        if found is None:
            return None
        info: dict[str, Any] = found.groupdict()
        name, arrow, target = info.pop("rest").partition(" -> ")
        info["filename"] = name.replace(r"\ ", " ")
        info["linktarget"] = target.replace(r"\ ", " ") if arrow else None
        info["nlinks"], info["size"] = int(info["nlinks"]), int(info["size"])
        return info

    def addFile(self, info: dict[str, Any]) -> None:
        """A file.  Override it to do something else than to gather them."""
        self.files.append(info)

    def unknownLine(self, line: str) -> None:
        """A line that is not understood.  Override it."""
