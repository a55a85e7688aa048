"""Why somebody was not let in.

Source: names and bases as of Twisted 26.10's twisted.cred.error, by running it.
"""

from __future__ import annotations

from txloop._public import publish

__all__ = ["LoginDenied", "LoginFailed", "Unauthorized", "UnauthorizedLogin", "UnhandledCredentials"]


class Unauthorized(Exception):
    """That is not allowed."""


class LoginFailed(Exception):
    """A login did not succeed, for whatever reason."""


class UnauthorizedLogin(LoginFailed, Unauthorized):
    """Whoever it is, the credentials are wrong: no such user, or another password."""


class UnhandledCredentials(LoginFailed):
    """Nobody can check this kind of credentials."""


class LoginDenied(LoginFailed):
    """The credentials are right, and still there is no way in (the realm says so)."""


publish(__name__, __all__)
