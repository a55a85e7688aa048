"""An FTP server's factory, and the realms that know its users' folders."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from zope.interface import implementer

from txloop import copyright
from txloop.cred.checkers import ANONYMOUS
from txloop.cred.error import UnauthorizedLogin
from txloop.cred.portal import IRealm
from txloop.protocols import policies
from txloop.protocols._ftp import replies as replies
from txloop.protocols._ftp.server import FTP
from txloop.protocols._ftp.shell import FTPAnonymousShell, FTPShell, IFTPShell
from txloop.protocols.basic import LineReceiver
from txloop.python import filepath

__all__ = ["BaseFTPRealm", "FTPFactory", "FTPOverflowProtocol", "FTPRealm", "SystemFTPRealm"]


class FTPOverflowProtocol(LineReceiver):
    """Says that there are too many users."""

    transport: Any
    _encoding = "latin-1"

    def connectionMade(self) -> None:
        self.sendLine(replies.RESPONSE[replies.TOO_MANY_CONNECTIONS].encode(self._encoding))
        self.transport.loseConnection()


class FTPFactory(policies.LimitTotalConnectionsFactory):
    """Makes an `FTP` of each connection.

    Args:
        portal: Lets the users in; its realm gives IFTPShells.
        userAnonymous: The name of who does not say it.
    Attributes:
        allowAnonymous: May he come in?
        timeOut: Seconds without a command until the connection is closed.
        passivePortRange: The ports for passive connections.
        welcomeMessage: What is said first.
    """

    protocol: Any = FTP
    overflowProtocol: Any = FTPOverflowProtocol
    allowAnonymous: Any = True
    userAnonymous: str = "anonymous"
    timeOut: float = 600
    welcomeMessage: str = f"Twisted {copyright.version} FTP Server"
    passivePortRange: Iterable[int] = range(1)

    def __init__(self, portal: Any = None, userAnonymous: str = "anonymous") -> None:
        self.portal = portal
        self.userAnonymous = userAnonymous
        self.instances: list[Any] = []

    def buildProtocol(self, addr: Any) -> Any:
        wrapper = super().buildProtocol(addr)
        if wrapper is not None:
            made = wrapper.wrappedProtocol
            made.portal = self.portal
            made.timeOut = self.timeOut
            made.passivePortRange = self.passivePortRange
        return wrapper

    def stopFactory(self) -> None:
        """No connection waits for a timeout any more."""
        for instance in self.instances:
            instance.setTimeout(None)
        super().stopFactory()


@implementer(IRealm)
class BaseFTPRealm:
    """Gives each user a shell over his folder, which subclasses know.

    Args:
        anonymousRoot: The folder of who does not say his name, for reading.
    """

    def __init__(self, anonymousRoot: str) -> None:
        self.anonymousRoot: filepath.FilePath[str] = filepath.FilePath(anonymousRoot)

    def getHomeDirectory(self, avatarId: Any) -> Any:
        """The user's folder, a FilePath."""
        raise NotImplementedError(f"{type(self)!r} did not override getHomeDirectory")

    def requestAvatar(self, avatarId: Any, mind: Any, *interfaces: Any) -> tuple[Any, Any, Any]:
        """The user's shell."""
        if IFTPShell not in interfaces:
            raise NotImplementedError("Only IFTPShell interface is supported by this realm")
        shell = (
            FTPAnonymousShell(self.anonymousRoot)
            if avatarId is ANONYMOUS
            else FTPShell(self.getHomeDirectory(avatarId))
        )
        return IFTPShell, shell, getattr(shell, "logout", lambda: None)


class FTPRealm(BaseFTPRealm):
    """The users' folders are all in one, by their names."""

    def __init__(self, anonymousRoot: str, userHome: str = "/home") -> None:
        super().__init__(anonymousRoot)
        self.userHome: filepath.FilePath[str] = filepath.FilePath(userHome)

    def getHomeDirectory(self, avatarId: Any) -> Any:
        """The user's folder; InsecurePath for a name that leads elsewhere."""
        return self.userHome.child(avatarId)


class SystemFTPRealm(BaseFTPRealm):
    """The users' folders are those that the system says."""

    def getHomeDirectory(self, avatarId: Any) -> Any:
        """The user's folder.

        Raises:
            UnauthorizedLogin: The system has no such user.
        """
        import os  # not on Windows
        import pwd

        try:
            home = pwd.getpwnam(os.fsdecode(avatarId)).pw_dir
        except KeyError:
            raise UnauthorizedLogin from None
        return filepath.FilePath(home)
