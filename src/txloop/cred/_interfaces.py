"""What kinds of credentials there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from txloop._contract import Interface, checkable, contract

if TYPE_CHECKING:
    from txloop.internet.defer import Deferred

__all__ = [
    "IAnonymous",
    "ICredentials",
    "ISSHPrivateKey",
    "IUsernameDigestHash",
    "IUsernameHashedPassword",
    "IUsernamePassword",
]


@checkable
class ICredentials(Interface, metaclass=contract):
    """Something that shows who somebody is; the base of all kinds."""


@checkable
class IUsernameDigestHash(ICredentials, Interface, metaclass=contract):
    """A name and something that was made with the hash of a password.

    ``username`` is the name.
    """

    def checkHash(self, digestHash: bytes) -> bool | Deferred[bool]:  # type: ignore[misc]  # mypy-zope
        """Was it made with *digestHash*, H(user:realm:password)?"""


@checkable
class IUsernameHashedPassword(ICredentials, Interface, metaclass=contract):
    """A name and something that was made with a password, which must be known to check it."""

    @property
    def username(self) -> bytes:
        """Who it claims to be."""

    def checkPassword(self, password: bytes) -> bool | Deferred[bool]:  # type: ignore[misc]  # mypy-zope
        """Was it made with *password*?"""


@checkable
class IUsernamePassword(ICredentials, Interface, metaclass=contract):
    """A name and a password, in ``username`` and ``password``.

    A checker that keeps hashes only needs the password itself.
    """

    def checkPassword(self, password: bytes) -> bool | Deferred[bool]:  # type: ignore[misc]  # mypy-zope
        """Is it *password*?"""


@checkable
class IAnonymous(ICredentials, Interface, metaclass=contract):
    """Nobody in particular."""


@checkable
class ISSHPrivateKey(ICredentials, Interface, metaclass=contract):
    """Something signed with a private key: ``username``, ``algName``, ``blob`` (the public key),
    ``sigData`` (what was signed) and ``signature``; the last is None to ask only whether the key is known.
    """
