"""Checkers: whose credentials these are, or nobody's.

Source: names, files and errors as of Twisted 26.10's twisted.cred.checkers, by running it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

from zope.interface import implementer

from txloop._contract import Interface, checkable, contract
from txloop._public import publish
from txloop.cred import error
from txloop.cred.credentials import IAnonymous, IUsernameHashedPassword, IUsernamePassword
from txloop.internet import defer
from txloop.internet.defer import Deferred
from txloop.logger import Logger

__all__ = [
    "ANONYMOUS",
    "AllowAnonymousAccess",
    "FilePasswordDB",
    "ICredentialsChecker",
    "InMemoryUsernamePasswordDatabaseDontUse",
    "OnDiskUsernamePasswordDatabase",
]

# The avatar id of nobody in particular.
ANONYMOUS: tuple[()] = ()

_Hash: TypeAlias = "Callable[[bytes, bytes, bytes], bytes | None]"


@checkable
class ICredentialsChecker(Interface, metaclass=contract):
    """Checks some kinds of credentials."""

    @property
    def credentialInterfaces(self) -> Iterable[Any]:
        """The kinds, interfaces."""

    def requestAvatarId(self, credentials: Any) -> Any:
        """Whose *credentials* are.

        Returns:
            A Deferred of the avatar id, often bytes, or of ANONYMOUS; it fails with
            UnauthorizedLogin for wrong ones.
        """


@implementer(ICredentialsChecker)
class AllowAnonymousAccess:
    """Lets everybody in as nobody."""

    credentialInterfaces: Sequence[Any] = (IAnonymous,)

    def requestAvatarId(self, credentials: Any) -> Deferred[tuple[()]]:
        """A Deferred of ANONYMOUS."""
        return defer.succeed(ANONYMOUS)


def _name_if(matched: Any, name: Any) -> Any:
    """What becomes of a password's check."""
    if matched:
        return name
    raise error.UnauthorizedLogin()


@implementer(ICredentialsChecker)
class InMemoryUsernamePasswordDatabaseDontUse:
    """Passwords in a dict, as they are: for tests and examples, as its name says.

    Args:
        users: Names and passwords.
    Attributes:
        users: The same, the names bytes.
    """

    credentialInterfaces: Sequence[Any] = (IUsernamePassword, IUsernameHashedPassword)

    def __init__(self, **users: bytes) -> None:
        self.users: dict[bytes, bytes] = {name.encode("ascii"): password for name, password in users.items()}

    def addUser(self, username: bytes, password: bytes) -> None:
        """Add or change one."""
        self.users[username] = password

    def requestAvatarId(self, credentials: Any) -> Deferred[Any]:
        """A Deferred of the name, or of UnauthorizedLogin."""
        name = credentials.username
        if name not in self.users:
            return defer.fail(error.UnauthorizedLogin())
        checked = defer.maybeDeferred(credentials.checkPassword, self.users[name])
        return checked.addCallback(_name_if, name)


@implementer(ICredentialsChecker)
class FilePasswordDB:
    """Passwords in a text file, a line each: ``name:password``; further fields are ignored.

    Args:
        filename: Read at each check, or with *cache* when it has changed.
        delim: What stands between the fields.
        usernameField, passwordField: Which they are, counted from 0.
        caseSensitive: Do names in other case differ?
        hash: The file has hashes: called with the name, the password sent and the hash in the
            file, it returns the hash of the password sent.  Without it the file has passwords
            themselves, and clients may send hashes of theirs.
        cache: Keep what was read, in memory.
    """

    cache: bool = False
    _log = Logger()

    def __init__(
        self,
        filename: Any,
        delim: bytes = b":",
        usernameField: int = 0,
        passwordField: int = 1,
        caseSensitive: bool = True,
        hash: _Hash | None = None,
        cache: bool = False,
    ) -> None:
        self.filename = filename
        self.delim = delim
        self.ufield = usernameField
        self.pfield = passwordField
        self.caseSensitive = caseSensitive
        self.hash = hash
        self.cache = cache
        self._credCache: dict[bytes, bytes] | None = None
        self._cacheTimestamp: float = 0
        kinds = [IUsernamePassword] if hash else [IUsernamePassword, IUsernameHashedPassword]
        self.credentialInterfaces: tuple[Any, ...] = tuple(kinds)

    def __getstate__(self) -> dict[str, Any]:
        state = vars(self).copy()
        for remembered in ("_credCache", "_cacheTimestamp"):
            state.pop(remembered, None)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _credCache=None, _cacheTimestamp=0)

    def getUser(self, username: bytes) -> tuple[bytes, bytes]:
        """The name and the password, or hash, of a user.

        Raises:
            KeyError: There is none of that name.
            UnauthorizedLogin: The file cannot be read; the log says why.
        """
        name = username if self.caseSensitive else username.lower()
        if self.cache:
            return name, self._cached()[name]
        for each, password in self._loadCredentials():
            if each == name:
                return name, password
        raise KeyError(username)

    def requestAvatarId(self, credentials: Any) -> Deferred[Any]:
        """A Deferred of the name, or of UnauthorizedLogin.

        Raises:
            UnauthorizedLogin: The file cannot be read; the log says why.
        """
        try:
            name, password = self.getUser(credentials.username)
        except KeyError:
            return defer.fail(error.UnauthorizedLogin())
        if self.hash is None:
            return defer.maybeDeferred(credentials.checkPassword, password).addCallback(_name_if, name)
        hashed = self.hash(credentials.username, credentials.password, password)
        return defer.succeed(name) if hashed == password else defer.fail(error.UnauthorizedLogin())

    def _cached(self) -> dict[bytes, bytes]:
        changed = os.path.getmtime(self.filename)
        if self._credCache is None or changed > self._cacheTimestamp:
            self._cacheTimestamp = changed
            self._credCache = dict(self._loadCredentials())
        return self._credCache

    def _loadCredentials(self) -> Iterator[tuple[bytes, bytes]]:
        """Name and password of each line that has both."""
        try:
            with open(self.filename, "rb") as file:
                for line in file:
                    parts = line.rstrip().split(self.delim)
                    if len(parts) > max(self.ufield, self.pfield):
                        name = parts[self.ufield]
                        yield name if self.caseSensitive else name.lower(), parts[self.pfield]
        except OSError as why:
            self._log.error("Unable to load credentials db: {e!r}", e=why)
            raise error.UnauthorizedLogin() from why


# An old name.
OnDiskUsernamePasswordDatabase = FilePasswordDB


publish(__name__, __all__)
