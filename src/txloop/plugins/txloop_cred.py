"""The checkers that ``--auth`` knows: ``anonymous``, ``file:NAME``, ``memory:USER:PASSWORD:…``."""

from __future__ import annotations

import os
import sys
from typing import Any

from zope.interface import implementer

from txloop.cred import checkers, strcred
from txloop.cred.credentials import IAnonymous, IUsernameHashedPassword, IUsernamePassword
from txloop.plugin import IPlugin


@implementer(strcred.ICheckerFactory, IPlugin)
class AnonymousCheckerFactory:
    """``anonymous``."""

    authType = "anonymous"
    authHelp = "Lets everybody in, as nobody in particular, where the server knows such a thing."
    argStringFormat = "No argstring required."
    credentialInterfaces: tuple[Any, ...] = (IAnonymous,)

    def generateChecker(self, argstring: str = "") -> checkers.AllowAnonymousAccess:
        """See ICheckerFactory."""
        return checkers.AllowAnonymousAccess()


@implementer(strcred.ICheckerFactory, IPlugin)
class FileCheckerFactory:
    """``file:NAME``."""

    authType = "file"
    authHelp = "Reads the names and passwords from a text file, a line each: name:password."
    argStringFormat = "Location of a FilePasswordDB-formatted file."
    credentialInterfaces: tuple[Any, ...] = (IUsernamePassword, IUsernameHashedPassword)
    errorOutput: Any = sys.stderr

    def generateChecker(self, argstring: str) -> checkers.FilePasswordDB:
        """See ICheckerFactory.

        Raises:
            ValueError: No file is named.  One that does not exist is only warned of.
        """
        if not argstring.strip():
            raise ValueError("'file' requires a filename")
        if not os.path.isfile(argstring):
            self.errorOutput.write(f"Warning: not a valid file: {argstring}\n")
        return checkers.FilePasswordDB(argstring)


@implementer(strcred.ICheckerFactory, IPlugin)
class InMemoryCheckerFactory:
    """``memory:USER:PASSWORD:…``."""

    authType = "memory"
    authHelp = "Knows the names and passwords on the command line; for trying things out and nothing else."
    argStringFormat = "A colon-separated list (name:password:...)"
    credentialInterfaces: tuple[Any, ...] = (IUsernamePassword, IUsernameHashedPassword)

    def generateChecker(self, argstring: str = "") -> checkers.InMemoryUsernamePasswordDatabaseDontUse:
        """See ICheckerFactory.

        Raises:
            InvalidAuthArgumentString: A name has no password.
        """
        checker = checkers.InMemoryUsernamePasswordDatabaseDontUse()
        words = argstring.split(":") if argstring else []
        if len(words) % 2:
            raise strcred.InvalidAuthArgumentString("argstring must be in format U:P:...")
        for name, password in zip(words[::2], words[1::2], strict=True):
            checker.addUser(name.encode(), password.encode())
        return checker


anonymous: AnonymousCheckerFactory = AnonymousCheckerFactory()
file: FileCheckerFactory = FileCheckerFactory()
memory: InMemoryCheckerFactory = InMemoryCheckerFactory()
