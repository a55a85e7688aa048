"""Who answers a command, and which answer belongs to which question.

BoxDispatcher         numbers the questions it sends; boxes that come are answers to
                      them, or questions for the locator
CommandLocator        answers by the methods that `Command.responder` decorated
SimpleStringLocator   answers by methods called amp_<NAME>, box in and box out
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from types import MethodType
from typing import Any, ClassVar

from zope.interface import implementer

from txloop.internet.defer import Deferred, fail, maybeDeferred
from txloop.internet.error import ConnectionLost
from txloop.logger import Logger
from txloop.protocols._amp.boxes import (
    ANSWER,
    ASK,
    COMMAND,
    ERROR,
    ERROR_CODE,
    ERROR_DESCRIPTION,
    AmpBox,
    QuitBox,
)
from txloop.protocols._amp.commands import Command, pending_responders
from txloop.protocols._amp.errors import (
    PROTOCOL_ERRORS,
    UNHANDLED_ERROR_CODE,
    UNKNOWN_ERROR_CODE,
    BadLocalReturn,
    NoEmptyBoxes,
    ProtocolSwitched,
    RemoteAmpError,
    UnhandledCommand,
)
from txloop.protocols._amp.interfaces import IBoxReceiver, IBoxSender, IResponderLocator
from txloop.python.failure import Failure

__all__ = ["BoxDispatcher", "CommandLocator", "SimpleStringLocator", "log"]

Responder = Callable[[AmpBox], Deferred[Any]]

log = Logger("txloop.protocols.amp")


# ---- questions and answers --------------------------------------------------


@implementer(IBoxReceiver)
class BoxDispatcher:
    """Sends questions, gives each its answer, and has the other side's answered.

    Args:
        locator: Finds what answers a command.
    Attributes:
        boxSender: Sends our boxes; None before `startReceivingBoxes`.
    Source: Twisted 26.10, twisted.protocols.amp.BoxDispatcher, by running it.
    """

    _failAllReason: Failure | None = None
    # Our questions by their tags, while the answers have not come; None once none will.
    _outstandingRequests: dict[bytes, Deferred[AmpBox]] | None = None
    _counter = 0
    boxSender: Any = None

    def __init__(self, locator: Any) -> None:
        self._outstandingRequests = {}
        self.locator = locator

    def startReceivingBoxes(self, boxSender: IBoxSender) -> None:
        """Questions may be asked from now on; they leave by *boxSender*."""
        self.boxSender = boxSender

    def stopReceivingBoxes(self, reason: Failure) -> None:
        """No answer will come: every open question fails with *reason*, and every later one."""
        self.failAllOutgoing(reason)

    def failAllOutgoing(self, reason: Failure) -> None:
        """Fail every open question with *reason*, and every later one; a second call changes nothing."""
        if self._outstandingRequests is None:
            return
        self._failAllReason = reason
        open_questions, self._outstandingRequests = self._outstandingRequests, None
        for answer in open_questions.values():
            answer.errback(reason)

    # ---- asking ----------------------------------------------------------

    def callRemote(self, commandType: type[Command], *a: Any, **kw: Any) -> Deferred[Any] | None:
        """Ask the other side.

        Args:
            commandType: What to ask.
            kw: The command's arguments, by their Python names.
        Returns:
            A Deferred of the answer, a dict by Python names; None if the command has none.
            It fails with the command's errors, `UnknownRemoteError` for others,
            `UnhandledCommand` if nothing answers there, `InvalidSignature` for a missing
            argument, and the connection's reason if that ends before.  A failure that you
            do not handle closes the connection.
        Raises:
            InvalidSignature, TooLong, ProtocolSwitched, or what the argument types raise:
                the arguments cannot be sent; nothing was.
        """
        try:
            call = commandType(*a, **kw)
        except BaseException:
            return fail()
        return call._doCommand(self)

    def callRemoteString(
        self, command: bytes, requiresAnswer: bool = True, **kw: bytes
    ) -> Deferred[AmpBox] | None:
        """Ask with a box made by hand.

        Args:
            command: The command's name.
            requiresAnswer: Whether the other side shall answer.
            kw: The box's keys and values.
        Returns:
            A Deferred of the answering box, or None.
        """
        return self._sendBoxCommand(command, AmpBox(**kw), requiresAnswer)

    def _sendBoxCommand(
        self, command: bytes, box: AmpBox, requiresAnswer: bool = True
    ) -> Deferred[AmpBox] | None:
        if self._failAllReason is not None:
            return fail(self._failAllReason) if requiresAnswer else None
        box[COMMAND] = command
        tag = self._nextTag()
        if requiresAnswer:
            box[ASK] = tag
        box._sendTo(self.boxSender)
        if not requiresAnswer or self._outstandingRequests is None:
            return None
        answer: Deferred[AmpBox] = Deferred()
        self._outstandingRequests[tag] = answer
        return answer

    def _nextTag(self) -> bytes:
        self._counter += 1
        return b"%x" % (self._counter,)

    # ---- boxes that come -------------------------------------------------

    def ampBoxReceived(self, box: AmpBox) -> None:
        """A box came: an answer, an error, or a question.

        Raises:
            NoEmptyBoxes: It is none of these.
            KeyError: It answers no open question, or lacks its error's code.
        """
        if ANSWER in box:
            self._answerReceived(box)
        elif ERROR in box:
            self._errorReceived(box)
        elif COMMAND in box:
            self._commandReceived(box)
        else:
            raise NoEmptyBoxes(box)

    def _take_question(self, tag: bytes) -> Deferred[AmpBox]:
        if self._outstandingRequests is None:
            raise KeyError(tag)
        question = self._outstandingRequests.pop(tag)
        # Behind whatever the program added by now, so it gets what the program left.
        question.addErrback(self.unhandledError)
        return question

    def _answerReceived(self, box: AmpBox) -> None:
        self._take_question(box[ANSWER]).callback(box)

    def _errorReceived(self, box: AmpBox) -> None:
        code, description = box[ERROR_CODE], box[ERROR_DESCRIPTION]
        if isinstance(description, bytes):
            description = description.decode("utf-8", "replace")
        make_error: Any = PROTOCOL_ERRORS.get(code, RemoteAmpError)
        self._take_question(box[ERROR]).errback(Failure(make_error(code, description)))

    def _commandReceived(self, box: AmpBox) -> None:
        answer = self.dispatchCommand(box)
        if ASK in box:
            tag = box[ASK]
            answer.addCallbacks(_answering, _answering_error, callbackArgs=(tag,), errbackArgs=(tag,))
            answer.addCallback(self._safeEmit)
        answer.addErrback(self.unhandledError)

    def _safeEmit(self, aBox: AmpBox) -> None:
        """Send an answer, if there still is somebody to send it to."""
        try:
            aBox._sendTo(self.boxSender)
        except (ProtocolSwitched, ConnectionLost):
            pass

    def dispatchCommand(self, box: AmpBox) -> Deferred[AmpBox]:
        """A Deferred of the box that answers the question *box*; `RemoteAmpError` if nothing does."""
        name = box[COMMAND]
        responder = self.locator.locateResponder(name)
        if responder is None:
            return fail(
                RemoteAmpError(
                    UNHANDLED_ERROR_CODE,
                    f"Unhandled Command: {name!r}",
                    False,
                    local=Failure(UnhandledCommand()),
                )
            )
        return maybeDeferred(responder, box)

    def unhandledError(self, failure: Failure) -> None:
        """Nobody handled *failure*: the sender reports it and ends the connection."""
        self.boxSender.unhandledError(failure)


def _answering(box: AmpBox, tag: bytes) -> AmpBox:
    """*box*, marked as the answer to the question *tag*."""
    box[ANSWER] = tag
    return box


def _answering_error(failure: Failure, tag: bytes) -> AmpBox:
    """The box that answers the question *tag* with *failure*.

    Of an error that the command does not declare the other side learns nothing, and the
    connection ends: ours is the bug, and ours the log that tells it.
    """
    error: Any = failure.value
    box: AmpBox
    if failure.check(RemoteAmpError):
        code, description = error.errorCode, error.description
        box = QuitBox() if error.fatal else AmpBox()
    else:
        log.failure("while receiving response to command", failure=failure)
        code, description = UNKNOWN_ERROR_CODE, "Unknown Error"
        box = QuitBox()
    if isinstance(description, str):
        description = description.encode("utf-8", "replace")
    box[ERROR], box[ERROR_CODE], box[ERROR_DESCRIPTION] = tag, code, description
    return box


# ---- finding who answers ----------------------------------------------------


class _CommandLocatorMeta(type):
    """Collects the decorated methods of a class body, and those of the class's bases."""

    def __new__(mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> Any:
        own, pending_responders[:] = pending_responders[:], []
        found: dict[bytes, tuple[type[Command], Callable[..., Any]]] = {}
        attrs["_commandDispatch"] = found
        new = type.__new__(mcs, name, bases, attrs)
        for ancestor in reversed(new.__mro__[1:]):
            found.update(getattr(ancestor, "_commandDispatch", {}))
        found.update((command.commandName, (command, function)) for command, function in own)
        return new


@implementer(IResponderLocator)
class CommandLocator(metaclass=_CommandLocatorMeta):
    """Answers commands by its methods that `Command.responder` decorated.  Subclass it.

    Source: Twisted 26.10, twisted.protocols.amp.CommandLocator, by running it.
    """

    _commandDispatch: ClassVar[dict[bytes, tuple[type[Command], Callable[..., Any]]]]

    def locateResponder(self, name: bytes) -> Responder | None:
        """What answers the command *name*: takes the asking box, gives a Deferred of the answering one."""
        return self._decorated_responder(name)

    def _decorated_responder(self, name: bytes) -> Responder | None:
        """`locateResponder`'s work, called by it alone: a warning names whoever called that."""
        if type(self).lookupFunction is not CommandLocator.lookupFunction:
            warnings.warn(
                "Override locateResponder, not lookupFunction.", PendingDeprecationWarning, stacklevel=3
            )
            return self.lookupFunction(name)
        return self._responder(name)

    def lookupFunction(self, name: bytes) -> Responder | None:
        """The older name of `locateResponder`."""
        if type(self).lookupFunction is CommandLocator.lookupFunction:
            warnings.warn(
                "Call locateResponder, not lookupFunction.", PendingDeprecationWarning, stacklevel=2
            )
        return self._responder(name)

    def _responder(self, name: bytes) -> Responder | None:
        if name not in self._commandDispatch:
            return None
        command, function = self._commandDispatch[name]
        return self._wrapWithSerialization(MethodType(function, self), command)

    def _wrapWithSerialization(self, aCallable: Callable[..., Any], command: type[Command]) -> Responder:
        """*aCallable*, which takes and returns *command*'s values, as one that takes and gives boxes."""

        def make_response(objects: Any) -> AmpBox:
            try:
                return command.makeResponse(objects, self)
            except RemoteAmpError:
                raise
            except BaseException:
                why = Failure()
                raise BadLocalReturn(
                    f"{aCallable!r} returned {objects!r} and {command!r} could not serialize it", why
                )

        def declared_error(failure: Failure) -> Failure:
            known: Any = failure.trap(*command.allErrors)
            return Failure(
                RemoteAmpError(
                    command.allErrors[known], str(failure.value), known in command.fatalErrors, local=failure
                )
            )

        def answer(box: AmpBox) -> Deferred[Any]:
            values = command.parseArguments(box, self)
            return maybeDeferred(aCallable, **values).addCallback(make_response).addErrback(declared_error)

        return answer


@implementer(IResponderLocator)
class SimpleStringLocator:
    """Answers the command ``name`` by the method ``amp_NAME``, which takes and returns a box.

    Source: Twisted 26.10, twisted.protocols.amp.SimpleStringLocator, by running it.
    """

    baseDispatchPrefix = b"amp_"

    def locateResponder(self, name: bytes) -> Callable[[AmpBox], Any] | None:
        """The method for the command *name*; UnicodeDecodeError if that is not ASCII."""
        method: Callable[[AmpBox], Any] | None = getattr(
            self, (self.baseDispatchPrefix + name.upper()).decode("ascii"), None
        )
        return method
