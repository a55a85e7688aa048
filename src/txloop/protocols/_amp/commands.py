"""Commands: what one side of an AMP connection may ask of the other.

    class Divide(amp.Command):
        arguments = [(b"numerator", amp.Integer()), (b"denominator", amp.Integer())]
        response = [(b"result", amp.Float())]
        errors = {ZeroDivisionError: b"ZERO_DIVISION"}

A command is described by its class; an instance is one call of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from txloop.internet.defer import Deferred
from txloop.protocols._amp.arguments import (
    Argument,
    _objectsToStrings,
    _stringsToObjects,
    _wireNameToPythonIdentifier,
)
from txloop.protocols._amp.boxes import AmpBox
from txloop.protocols._amp.errors import InvalidSignature, RemoteAmpError, UnknownRemoteError
from txloop.python import reflect
from txloop.python.failure import Failure

__all__ = ["Command", "pending_responders"]

AnyCallable = TypeVar("AnyCallable", bound=Callable[..., Any])

# What `Command.responder` decorated since the last class of responders was made: a function
# in a class body cannot know its class, so that class collects them when it is made.
pending_responders: list[tuple[type[Command], Callable[..., Any]]] = []


class _CommandMeta(type):
    """Checks a command's description when its class is made, and completes it."""

    def __new__(mcs, name: str, bases: tuple[type, ...], attrs: dict[str, Any]) -> Any:
        attrs.setdefault("commandName", name.encode("ascii"))
        new = type.__new__(mcs, name, bases, attrs)
        command: Any = new
        if not isinstance(command.commandName, bytes):
            raise TypeError(f"Command names must be byte strings, got: {command.commandName!r}")
        _check_names("Argument", [name for name, _ in command.arguments])
        _check_names("Response", [name for name, _ in command.response])
        _complete_errors(command, attrs)
        return new


def _check_names(kind: str, names: list[Any]) -> None:
    for name in names:
        if not isinstance(name, bytes):
            raise TypeError(f"{kind} names must be byte strings, got: {name!r}")


def _complete_errors(command: Any, attrs: dict[str, Any]) -> None:
    """Join *command*'s errors with its bases', and make the maps from class to code and back."""
    command.reverseErrors = {}
    command.allErrors = {}
    for attribute, kind in (("errors", "Error"), ("fatalErrors", "Fatal error")):
        own = attrs.get(attribute)
        if own is None:
            errors: dict[type[Exception], bytes] = {}
            reflect.accumulateClassDict(command, attribute, errors)
        else:
            errors = {}
            for base in command.__bases__:
                errors.update(getattr(base, attribute, {}))
            errors.update(own)
            setattr(command, attribute, errors)
        _check_names(kind, list(errors.values()))
        for error, code in errors.items():
            command.reverseErrors[code] = error
            command.allErrors[error] = code


class Command(metaclass=_CommandMeta):
    """A question with named, typed arguments, its answer's, and its errors.  Subclass it.

    Args:
        kw: The arguments of this call, by Python names (``-`` is ``_``, and a keyword of
            Python 2 begins with a capital letter).
    Raises:
        InvalidSignature: An argument that is not optional is missing.
    Attributes:
        commandName: How it is called in boxes; the class's name if not given.
        arguments, response: The names, as bytes, and types of what is asked and answered.
        errors: The exceptions that its responders may raise, and their codes as bytes.
        fatalErrors: Those after which the responder's side closes the connection.
        requiresAnswer: False: it is sent, and that is all.
        extra: Not used by AMP.
        commandType, responseType: The boxes it is made of.
        reverseErrors, allErrors: All errors, own and inherited: by code and by class.
    Source: Twisted 26.10, twisted.protocols.amp.Command, by running it.
    """

    commandName: ClassVar[bytes]
    arguments: ClassVar[list[tuple[bytes, Argument]]] = []
    response: ClassVar[list[tuple[bytes, Argument]]] = []
    extra: ClassVar[list[Any]] = []
    errors: ClassVar[dict[type[Exception], bytes]] = {}
    fatalErrors: ClassVar[dict[type[Exception], bytes]] = {}
    reverseErrors: ClassVar[dict[bytes, type[Exception]]]
    allErrors: ClassVar[dict[type[Exception], bytes]]
    commandType: ClassVar[Callable[[], Any]] = AmpBox
    responseType: ClassVar[Callable[[], Any]] = AmpBox
    requiresAnswer: ClassVar[bool] = True

    def __init__(self, **kw: Any) -> None:
        needed = [_wireNameToPythonIdentifier(name) for name, type_ in self.arguments if not type_.optional]
        if forgotten := [name for name in needed if name not in kw]:
            raise InvalidSignature(f"forgot {', '.join(forgotten)} for {self.commandName!r}")
        self.structured = kw

    @classmethod
    def makeResponse(cls, objects: dict[str, Any], proto: Any) -> AmpBox:
        """The box that answers with *objects*; what the types raise, and KeyError for a missing one."""
        box: AmpBox = _objectsToStrings(objects, cls.response, cls.responseType(), proto)
        return box

    @classmethod
    def makeArguments(cls, objects: dict[str, Any], proto: Any) -> AmpBox:
        """The box that asks with *objects*; what the types raise.

        Raises:
            InvalidSignature: One of them is not an argument of this command.
        """
        allowed = {_wireNameToPythonIdentifier(name) for name, _ in cls.arguments}
        for name in objects:
            if name not in allowed:
                raise InvalidSignature(f"{name} is not a valid argument")
        box: AmpBox = _objectsToStrings(objects, cls.arguments, cls.commandType(), proto)
        return box

    @classmethod
    def parseResponse(cls, box: AmpBox, protocol: Any) -> dict[str, Any]:
        """What the answering *box* says; what the types raise, and KeyError for a missing one."""
        return _stringsToObjects(box, cls.response, protocol)

    @classmethod
    def parseArguments(cls, box: AmpBox, protocol: Any) -> dict[str, Any]:
        """What the asking *box* says; what the types raise, and KeyError for a missing one."""
        return _stringsToObjects(box, cls.arguments, protocol)

    @classmethod
    def responder(cls, methodfunc: AnyCallable) -> AnyCallable:
        """Decorates the method, of a `CommandLocator` subclass, that answers this command.

        It gets the arguments by name and returns a dict of the response, or a Deferred of one.
        """
        pending_responders.append((cls, methodfunc))
        return methodfunc

    def _doCommand(self, proto: Any) -> Deferred[Any] | None:
        """Ask; the Deferred fires with the parsed answer, or with the command's error."""
        arguments = self.makeArguments(self.structured, proto)
        answer: Deferred[Any] | None = proto._sendBoxCommand(self.commandName, arguments, self.requiresAnswer)
        if answer is None or not self.requiresAnswer:
            return None
        answer.addCallback(self.parseResponse, proto)
        answer.addErrback(self._declared_error)
        return answer

    def _declared_error(self, failure: Failure) -> Failure:
        """The failure of this command's own class, if a remote error's code names one."""
        failure.trap(RemoteAmpError)
        remote: Any = failure.value
        error: Any = self.reverseErrors.get(remote.errorCode, UnknownRemoteError)
        return Failure(error(remote.description))
