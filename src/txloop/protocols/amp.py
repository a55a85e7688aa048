"""AMP, the Asynchronous Messaging Protocol: questions with typed arguments, and their answers.

    Command                             what can be asked                   _amp/commands.py
    Integer, Unicode, ListOf …          what its arguments are              _amp/arguments.py
    AMP                                 a connection: it asks and answers   here
    BoxDispatcher, CommandLocator …     who answers, and what is an answer  _amp/dispatch.py
    BinaryBoxProtocol                   boxes on a stream                   _amp/wire.py
    AmpBox, parse, parseString          a box, and its bytes                _amp/boxes.py
    StartTLS, ProtocolSwitchCommand     what changes the connection         _amp/switching.py
    AmpError …                          what can go wrong                   _amp/errors.py

Each side may ask at any time; answers come in any order.
Source of the behaviour: Twisted 26.10, twisted.protocols.amp, by running it.
"""

from __future__ import annotations

from typing import Any

from txloop._public import publish
from txloop.protocols._amp.arguments import (
    PYTHON_KEYWORDS,
    AmpList,
    Argument,
    Boolean,
    DateTime,
    Decimal,
    Descriptor,
    Float,
    Integer,
    ListOf,
    Path,
    String,
    Unicode,
    _objectsToStrings,
    _stringsToObjects,
    _wireNameToPythonIdentifier,
    utc,
)
from txloop.protocols._amp.boxes import (
    ANSWER,
    ASK,
    COMMAND,
    ERROR,
    ERROR_CODE,
    ERROR_DESCRIPTION,
    MAX_KEY_LENGTH,
    MAX_VALUE_LENGTH,
    AmpBox,
    QuitBox,
    parse,
    parseString,
)
from txloop.protocols._amp.commands import Command
from txloop.protocols._amp.dispatch import BoxDispatcher, CommandLocator, SimpleStringLocator, log
from txloop.protocols._amp.errors import (
    PROTOCOL_ERRORS,
    UNHANDLED_ERROR_CODE,
    UNKNOWN_ERROR_CODE,
    AmpError,
    BadLocalReturn,
    IncompatibleVersions,
    InvalidSignature,
    MalformedAmpBox,
    NoEmptyBoxes,
    OnlyOneTLS,
    ProtocolSwitched,
    RemoteAmpError,
    TooLong,
    UnhandledCommand,
    UnknownRemoteError,
)
from txloop.protocols._amp.interfaces import IArgumentType, IBoxReceiver, IBoxSender, IResponderLocator
from txloop.protocols._amp.switching import (
    ProtocolSwitchCommand,
    StartTLS,
    _LocalArgument,
    _SwitchBox,
    _TLSBox,
)
from txloop.protocols._amp.tls import _NoCertificate, load_ssl
from txloop.protocols._amp.wire import BinaryBoxProtocol, _DescriptorExchanger
from txloop.python._tzhelper import FixedOffsetTimeZone as _FixedOffsetTZInfo
from txloop.python.failure import Failure

__all__ = [
    "AMP",
    "ANSWER",
    "ASK",
    "COMMAND",
    "ERROR",
    "ERROR_CODE",
    "ERROR_DESCRIPTION",
    "MAX_KEY_LENGTH",
    "MAX_VALUE_LENGTH",
    "PROTOCOL_ERRORS",
    "PYTHON_KEYWORDS",
    "UNHANDLED_ERROR_CODE",
    "UNKNOWN_ERROR_CODE",
    "AmpBox",
    "AmpError",
    "AmpList",
    "Argument",
    "BadLocalReturn",
    "BinaryBoxProtocol",
    "Boolean",
    "Box",
    "BoxDispatcher",
    "Command",
    "CommandLocator",
    "DateTime",
    "Decimal",
    "Descriptor",
    "Float",
    "IArgumentType",
    "IBoxReceiver",
    "IBoxSender",
    "IResponderLocator",
    "IncompatibleVersions",
    "Integer",
    "InvalidSignature",
    "ListOf",
    "MalformedAmpBox",
    "NoEmptyBoxes",
    "OnlyOneTLS",
    "Path",
    "ProtocolSwitchCommand",
    "ProtocolSwitched",
    "QuitBox",
    "RemoteAmpError",
    "SimpleStringLocator",
    "StartTLS",
    "String",
    "TooLong",
    "UnhandledCommand",
    "Unicode",
    "UnknownRemoteError",
    "_DescriptorExchanger",
    "_FixedOffsetTZInfo",
    "_LocalArgument",
    "_NoCertificate",
    "_SwitchBox",
    "_TLSBox",
    "_objectsToStrings",
    "_stringsToObjects",
    "_wireNameToPythonIdentifier",
    "parse",
    "parseString",
    "utc",
]

# The older name.
Box = AmpBox


class AMP(BinaryBoxProtocol, BoxDispatcher, CommandLocator, SimpleStringLocator):
    """One side of an AMP connection.  Subclass it and decorate methods by `Command.responder`.

    Args:
        boxReceiver: Gets the boxes that come; None: this object.
        locator: Finds what answers a command; None: this object, by its decorated methods
            and those called amp_<NAME>.
    Source: Twisted 26.10, twisted.protocols.amp.AMP, by running it.
    """

    transport: Any  # None after the end
    # Subclasses have always forgotten to call our __init__; makeConnection does it then.
    _ampInitialized = False
    _peer_address: Any = None
    _host_address: Any = None

    def __init__(self, boxReceiver: Any = None, locator: Any = None) -> None:
        self._ampInitialized = True
        BoxDispatcher.__init__(self, self if locator is None else locator)
        BinaryBoxProtocol.__init__(self, self if boxReceiver is None else boxReceiver)

    def makeConnection(self, transport: Any) -> None:
        """The connection is there: ask and be asked."""
        if not self._ampInitialized:
            AMP.__init__(self)
        # Kept: a transport may know them no more when the connection is lost.
        self._peer_address = transport.getPeer()
        self._host_address = transport.getHost()
        self._log_life("established")
        super().makeConnection(transport)

    def connectionLost(self, reason: Failure) -> None:  # type: ignore[override]  # no default here
        """The connection ended: open questions fail."""
        self._log_life("lost")
        super().connectionLost(reason)
        self.transport = None

    def _log_life(self, what: str) -> None:
        log.info(
            "{cls} connection " + what + " (HOST:{host} PEER:{peer})",
            cls=type(self).__name__,
            host=self._host_address,
            peer=self._peer_address,
        )

    def locateResponder(self, name: bytes) -> Any:
        """What answers the command *name*: a decorated method, or the one called amp_<NAME>."""
        responder = self._decorated_responder(name)
        return SimpleStringLocator.locateResponder(self, name) if responder is None else responder

    @StartTLS.responder
    def _defaultStartTLSResponder(self) -> dict[str, Any]:
        return {}

    def __repr__(self) -> str:
        inner = "" if self.innerProtocol is None else f" inner {self.innerProtocol!r}"
        return f"<{type(self).__name__}{inner} at 0x{id(self):x}>"


def __getattr__(name: str) -> Any:
    # Certificates are loaded when they are asked for.
    if name == "ssl":
        return load_ssl()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


publish(__name__, __all__)
