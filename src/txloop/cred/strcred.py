"""Checkers from a command line: ``--auth=memory:ann:secret``, ``--auth=file:/etc/passwords``.

    class Options(usage.Options, strcred.AuthOptionMixin): …
    options["credCheckers"]      the checkers;  options["credInterfaces"]  the same by kind

Source: texts, order and errors as of Twisted 26.10's twisted.cred.strcred, by running it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any

from txloop._contract import Interface, checkable, contract
from txloop._public import publish
from txloop.plugin import getPlugins
from txloop.python import usage

__all__ = [
    "AuthOptionMixin",
    "ICheckerFactory",
    "InvalidAuthArgumentString",
    "InvalidAuthType",
    "StrcredException",
    "UnsupportedInterfaces",
    "findCheckerFactories",
    "findCheckerFactory",
    "makeChecker",
    "notSupportedWarning",
]

notSupportedWarning = "WARNING: This authType is not supported by this application."


@checkable
class ICheckerFactory(Interface, metaclass=contract):
    """A plugin that makes a checker out of a text."""

    @property
    def authType(self) -> str:
        """The word before the first colon."""

    @property
    def authHelp(self) -> str:
        """The help, some lines."""

    @property
    def argStringFormat(self) -> str:
        """One line on what comes after the colon."""

    @property
    def credentialInterfaces(self) -> Iterable[Any]:
        """The kinds of credentials that its checkers check."""

    def generateChecker(self, argstring: str) -> Any:
        """The checker.

        Args:
            argstring: What comes after the colon; empty if there is none.
        Raises:
            InvalidAuthArgumentString: It makes no sense.
        """


class StrcredException(Exception):
    """No checker can be made of a text."""


class InvalidAuthType(StrcredException):
    """There is no such kind of checker."""


class InvalidAuthArgumentString(StrcredException):
    """What comes after the colon makes no sense."""


class UnsupportedInterfaces(StrcredException):
    """The program has no use for the kinds of credentials that it checks."""


def findCheckerFactories() -> Iterator[Any]:
    """The plugins that make checkers."""
    interface: Any = ICheckerFactory  # an interface is a value here
    yield from getPlugins(interface)


def findCheckerFactory(authType: str) -> Any:
    """The plugin for *authType*.

    Raises:
        InvalidAuthType: There is none.
    """
    for factory in findCheckerFactories():
        if factory.authType == authType:
            return factory
    raise InvalidAuthType(authType)


def makeChecker(description: str) -> Any:
    """The checker that *description* says: ``type`` or ``type:arguments``.

    Raises:
        InvalidAuthType, InvalidAuthArgumentString: It makes no sense.
    """
    kind, _, arguments = description.partition(":")
    return findCheckerFactory(kind).generateChecker(arguments)


class AuthOptionMixin:
    """The options ``--auth``, ``--help-auth`` and ``--help-auth-type``, for usage.Options to mix in.

    Attributes:
        supportedInterfaces: The kinds of credentials that the program can use; None: all.
        authOutput: Where help is printed.
    """

    supportedInterfaces: Iterable[Any] | None = None
    authOutput: Any = sys.stdout

    def supportsInterface(self, interface: Any) -> bool:
        """Can the program use this kind of credentials?"""
        return self.supportedInterfaces is None or interface in self.supportedInterfaces

    def supportsCheckerFactory(self, factory: Any) -> bool:
        """Can it use any that *factory*'s checkers check?"""
        return any(map(self.supportsInterface, factory.credentialInterfaces))

    def addChecker(self, checker: Any) -> None:
        """Add *checker* for those of its kinds that the program can use.

        Raises:
            UnsupportedInterfaces: It can use none.
        """
        options: Any = self  # it is mixed into a dict
        usable = [kind for kind in checker.credentialInterfaces if self.supportsInterface(kind)]
        if not usable:
            raise UnsupportedInterfaces(checker.credentialInterfaces)
        for kind in usable:
            options.setdefault("credInterfaces", {}).setdefault(kind, []).append(checker)
        options.setdefault("credCheckers", []).append(checker)

    def opt_auth(self, description: str) -> None:
        """
        Specify an authentication method for the server.
        """
        try:
            self.addChecker(makeChecker(description))
        except UnsupportedInterfaces as e:
            raise usage.UsageError(f"Auth plugin not supported: {e.args[0]}") from e
        except InvalidAuthType as e:
            raise usage.UsageError(f"Auth plugin not recognized: {e.args[0]}") from e
        except Exception as e:
            raise usage.UsageError(f"Unexpected error: {e}") from e

    def _checkerFactoriesForOptHelpAuth(self) -> Iterator[Any]:
        """The plugins worth naming."""
        return filter(self.supportsCheckerFactory, findCheckerFactories())

    def opt_help_auth(self) -> None:
        """
        Show all authentication methods available.
        """
        rows = [("AuthType", "ArgString format"), ("========", "================")]
        rows += sorted(
            (each.authType, each.argStringFormat) for each in self._checkerFactoriesForOptHelpAuth()
        )
        width = max(len(word) for word, _ in rows)
        self._say("Usage: --auth AuthType[:ArgString]")
        self._say("For detailed help: --help-auth-type AuthType")
        self._say("")
        for word, text in rows:
            self._say(f"  {word:<{width}}\t{text}")
        self._say("")
        raise SystemExit(0)

    def opt_help_auth_type(self, authType: str) -> None:
        """
        Show help for a particular authentication type.
        """
        try:
            factory = findCheckerFactory(authType)
        except InvalidAuthType as e:
            raise usage.UsageError(f"Invalid auth type: {authType}") from e
        self._say(f"Usage: --auth {authType}[:ArgString]")
        self._say(f"ArgString format: {factory.argStringFormat}")
        self._say("")
        for line in factory.authHelp.strip().splitlines():
            self._say(f"  {line.rstrip()}")
        self._say("")
        if not self.supportsCheckerFactory(factory):
            self._say(f"  {notSupportedWarning}")
            self._say("")
        raise SystemExit(0)

    def _say(self, line: str) -> None:
        self.authOutput.write(f"{line}\n")


publish(__name__, __all__)
