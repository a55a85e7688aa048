r"""Events as JSON, and back.

    one record of a file:  \x1e {"log_format": "…", "log_flattened": {…}, …} \n

An event is flattened first, so that its text can be made again where its objects no
longer exist.  Log levels and failures come back as what they were, by a UUID in the
JSON that says who loads it; bytes come back as text, one character a byte; any other
object as ``{"unpersistable": true}``.  Twisted reads and writes the same files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from json import dumps, loads
from typing import IO, Any, Final, TypeAlias
from uuid import UUID

from txloop.logger._file import FileLogObserver
from txloop.logger._flatten import flattenEvent
from txloop.logger._interfaces import LogEvent
from txloop.logger._levels import LEVELS, LogLevel, NamedConstant
from txloop.logger._logger import Logger
from txloop.python.failure import Failure

__all__ = ["eventAsJSON", "eventFromJSON", "eventsFromJSONLogFile", "jsonFileLogObserver"]

JSONDict: TypeAlias = dict[str, Any]

RECORD_SEPARATOR: Final = "\x1e"  # RFC 7464

log = Logger()


# ---- objects that come back --------------------------------------------------


def failureAsJSON(failure: Failure) -> JSONDict:
    """What is kept of *failure*: all but its traceback's frames' variables; its class by name."""
    return dict(
        failure.__getstate__(),
        type={"__module__": failure.type.__module__, "__name__": failure.type.__name__},
    )


def failureFromJSON(failureDict: JSONDict) -> Failure:
    """A Failure with the texts, frames and class names of the one that was saved.

    Its ``type`` is a class of that name made here: who needs to know uses `Failure.check`.
    """
    kind = failureDict["type"]
    failureDict["type"] = type(kind["__name__"], (), {"__module__": kind["__module__"]})
    failure = Failure.__new__(Failure)
    failure.__setstate__(failureDict)
    return failure


def _level_as_json(level: Any) -> JSONDict:
    return {"name": level.name}


def _level_from_json(saved: JSONDict) -> object:
    try:
        return LogLevel.lookupByName(saved["name"])
    except ValueError:
        return None  # a level we do not know; the record is worth reading all the same


# (is it one?, who loads it, how it is saved, how it is loaded)
classInfo: Final[
    list[tuple[Callable[[object], bool], UUID, Callable[[Any], JSONDict], Callable[[JSONDict], object]]]
] = [
    (
        lambda thing: isinstance(thing, NamedConstant) and thing in LEVELS,
        UUID("02E59486-F24D-46AD-8224-3ACDF2A5732A"),
        _level_as_json,
        _level_from_json,
    ),
    (
        lambda thing: isinstance(thing, Failure),
        UUID("E76887E2-20ED-49BF-A8F8-BA25CC586F2D"),
        failureAsJSON,
        failureFromJSON,
    ),
]

uuidToLoader: Final = {uuid: load for _is_one, uuid, _save, load in classInfo}


def objectSaveHook(pythonObject: object) -> JSONDict:
    """JSON for an object that JSON has no notion of."""
    for is_one, uuid, save, _load in classInfo:
        if is_one(pythonObject):
            return {**save(pythonObject), "__class_uuid__": str(uuid)}
    return {"unpersistable": True}


def objectLoadHook(aDict: JSONDict) -> object:
    """The object that `objectSaveHook` saved as *aDict*; any other dict as it is.

    Raises:
        KeyError: It was saved by something that we do not know.
    """
    if "__class_uuid__" in aDict:
        return uuidToLoader[UUID(aDict["__class_uuid__"])](aDict)
    return aDict


# ---- events ------------------------------------------------------------------


def eventAsJSON(event: LogEvent) -> str:
    """*event* as one line of JSON.  It is flattened: ``log_flattened`` is added to it.

    Keys that are no strings, numbers or the like are left out.
    """

    def default(unencodable: object) -> object:
        if isinstance(unencodable, bytes):
            return unencodable.decode("latin-1")
        return objectSaveHook(unencodable)

    flattenEvent(event)
    return dumps(event, default=default, skipkeys=True)


def eventFromJSON(eventText: str) -> JSONDict:
    """The event that `eventAsJSON` made *eventText* of.

    Raises:
        ValueError: *eventText* is not JSON.
    """
    loaded: JSONDict = loads(eventText, object_hook=objectLoadHook)
    return loaded


def jsonFileLogObserver(outFile: IO[Any], recordSeparator: str = RECORD_SEPARATOR) -> FileLogObserver:
    """Writes events to *outFile*, a record each: *recordSeparator*, the JSON, a newline.

    Args:
        recordSeparator: "" gives a file of plain JSON lines.
    """
    return FileLogObserver(outFile, lambda event: f"{recordSeparator}{eventAsJSON(event)}\n")


def eventsFromJSONLogFile(
    inFile: IO[Any], recordSeparator: str | None = None, bufferSize: int = 4096
) -> Iterable[LogEvent]:
    """The events of a file that `jsonFileLogObserver` wrote, read as you iterate.

    A record that cannot be read is logged as an error and left out.

    Args:
        inFile: A file of text, or of UTF-8 bytes.
        recordSeparator: What begins each record; "" if records are lines.  By default
            the file's first character tells.
        bufferSize: How many characters or bytes to read at a time.
    """
    start = _as_bytes(inFile.read(1))
    if recordSeparator is None:
        recordSeparator = RECORD_SEPARATOR if start == RECORD_SEPARATOR.encode() else ""
    is_framed = bool(recordSeparator)
    delimiter = recordSeparator.encode("utf-8") or b"\n"

    for record in _records(inFile, start, delimiter, bufferSize):
        if not record:
            continue
        # The newline ends a framed record: without it, who wrote it was interrupted.
        if is_framed and not record.endswith(b"\n"):
            log.error("Unable to read truncated JSON record: {record!r}", record=record)
            continue
        event = _event_from_record(record)
        if event is not None:
            yield event


def _records(inFile: IO[Any], start: bytes, delimiter: bytes, size: int) -> Iterator[bytes]:
    """What stands between delimiters."""
    pending = start
    while chunk := _as_bytes(inFile.read(size)):
        *complete, pending = (pending + chunk).split(delimiter)
        yield from complete
    yield from pending.split(delimiter)  # a file of one character comes here unsplit


def _event_from_record(record: bytes) -> LogEvent | None:
    try:
        text = record.decode("utf-8")
    except UnicodeDecodeError:
        log.error("Unable to decode UTF-8 for JSON record: {record!r}", record=record)
        return None
    try:
        return eventFromJSON(text)
    except Exception:  # not JSON, or not what one of our loaders saved
        log.error("Unable to read JSON record: {record!r}", record=record)
        return None


def _as_bytes(data: str | bytes) -> bytes:
    return data.encode("utf-8") if isinstance(data, str) else data
