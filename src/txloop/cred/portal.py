"""The portal: asks a checker whose credentials these are, and a realm what they open.

Source: order and texts as of Twisted 26.10's twisted.cred.portal, by running it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from zope.interface import providedBy

from txloop._contract import Interface, checkable, contract
from txloop._public import publish
from txloop.cred import error
from txloop.internet import defer
from txloop.internet.defer import Deferred, maybeDeferred
from txloop.python import reflect

__all__ = ["IRealm", "Portal"]


@checkable
class IRealm(Interface, metaclass=contract):
    """Knows the avatars: what somebody can do here."""

    def requestAvatar(self, avatarId: Any, mind: Any, *interfaces: Any) -> Any:
        """The avatar of *avatarId*.

        Args:
            avatarId: What the checker has said, often bytes; checkers.ANONYMOUS is ``()``.
            mind: The client's side, whatever the protocol makes of it; may be None.
            interfaces: One of these the avatar is to provide, by preference in this order.
        Returns:
            ``(interface, avatar, logout)``, or a Deferred of it; *logout* is called without
            arguments when the client has gone.
        Raises:
            NotImplementedError: It has none of these interfaces.
        """


class Portal:
    """Lets in whom a checker knows.

    Args:
        realm: Gives the avatars.
        checkers: Registered, each for all kinds that it says.
    Attributes:
        checkers: By kind of credentials, an interface.
    """

    def __init__(self, realm: Any, checkers: Iterable[Any] = ()) -> None:
        self.realm = realm
        self.checkers: dict[Any, Any] = {}
        for checker in checkers:
            self.registerChecker(checker)

    def listCredentialsInterfaces(self) -> list[Any]:
        """The kinds of credentials that can be checked."""
        return list(self.checkers)

    def registerChecker(self, checker: Any, *credentialInterfaces: Any) -> None:
        """Have *checker* check these kinds of credentials; by default all that it says it can."""
        for interface in credentialInterfaces or checker.credentialInterfaces:
            self.checkers[interface] = checker

    def login(self, credentials: Any, mind: Any, *interfaces: Any) -> Deferred[Any]:
        """Let somebody in.

        Returns:
            A Deferred of ``(interface, avatar, logout)``; it fails with UnhandledCredentials,
            with UnauthorizedLogin, or with what checker and realm raise.
        """
        for kind, checker in self.checkers.items():
            if kind.providedBy(credentials):
                ask: Callable[..., Any] = checker.requestAvatarId
                return maybeDeferred(ask, credentials).addCallback(
                    self.realm.requestAvatar, mind, *interfaces
                )
        kinds = ", ".join(map(reflect.qual, providedBy(credentials)))
        return defer.fail(error.UnhandledCredentials(f"No checker for {kinds}"))


publish(__name__, __all__)
