"""The four parts of an AMP connection, as interfaces.

IBoxSender          writes boxes              BinaryBoxProtocol
IBoxReceiver        gets them                 BoxDispatcher
IResponderLocator   finds who answers         CommandLocator, SimpleStringLocator
IArgumentType       a value <-> its bytes     Integer, Unicode, ListOf …
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from txloop._contract import Interface, checkable, contract

if TYPE_CHECKING:
    from txloop.internet.defer import Deferred
    from txloop.protocols._amp.boxes import AmpBox
    from txloop.python.failure import Failure

__all__ = ["IArgumentType", "IBoxReceiver", "IBoxSender", "IResponderLocator"]


@checkable
class IBoxSender(Interface, metaclass=contract):
    """Takes boxes and sends them to the other side."""

    def sendBox(self, box: AmpBox) -> None:
        """Send *box*.

        Raises:
            ProtocolSwitched: The connection speaks another protocol now.
            ConnectionLost: There is no connection (any more).
        """

    def unhandledError(self, failure: Failure) -> None:
        """Nobody handled *failure*: report it and end the connection."""


@checkable
class IBoxReceiver(Interface, metaclass=contract):
    """Gets the boxes of one connection."""

    def startReceivingBoxes(self, boxSender: IBoxSender) -> None:
        """Boxes will come; answer through *boxSender*.  Called once, before the first box."""

    def ampBoxReceived(self, box: AmpBox) -> None:
        """*box* came."""

    def stopReceivingBoxes(self, reason: Failure) -> None:
        """No further box will come, because of *reason*.  Called once."""


@checkable
class IResponderLocator(Interface, metaclass=contract):
    """Finds the code that answers a command."""

    def locateResponder(self, name: bytes) -> Callable[[AmpBox], Deferred[AmpBox]] | None:
        """What answers the command *name*: it takes the box that asks and gives the answering one.

        Returns:
            None if nothing does.
        """


@checkable
class IArgumentType(Interface, metaclass=contract):
    """Turns one argument of a command into what travels in a box, and back."""

    def fromBox(self, name: bytes, strings: dict[bytes, bytes], objects: dict[str, Any], proto: Any) -> None:
        """Take what belongs to *name* out of *strings* and put the value into *objects*.

        Args:
            name: The argument's name as it travels.
            strings: What the box holds; read and changed.
            objects: By Python names; the value goes in here.
            proto: The connection that the box came by.
        """

    def toBox(self, name: bytes, strings: dict[bytes, bytes], objects: dict[str, Any], proto: Any) -> None:
        """Take the value of *name* out of *objects* and put its bytes into *strings*.

        Args:
            name: The argument's name as it travels.
            strings: What the box will hold; the bytes go in here.
            objects: By Python names; read and changed.
            proto: The connection that the box will leave by.
        """
