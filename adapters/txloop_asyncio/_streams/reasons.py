"""One map from what loops say to what Twisted code is told.

    the loop says                            the user's protocol or factory sees
    connection_lost(None)                    ConnectionDone
    connection_lost(ConnectionResetError)    ConnectionLost, the cause chained
    sock_connect() raises OSError(errno)     ConnectionRefusedError, TimeoutError, NoRouteError, …
    bind() raises OSError                    ConnectBindError

ConnectionAborted, UserError and the timeout's TimeoutError never come from the loop:
the transport knows by itself when it has asked for them.
"""

from __future__ import annotations

import os

from txloop.internet import error


def lost_reason(exception: BaseException | None) -> Exception:
    """Why a connection that was made is gone.

    Args:
        exception: What ``connection_lost`` got: None for FIN, close and abort alike.
    """
    if exception is None:
        return error.ConnectionDone()
    if isinstance(exception, error.ConnectionLost):
        return exception  # a wire of ours knows better: FileDescriptorOverrun
    reason = error.ConnectionLost()
    reason.__cause__ = exception
    return reason


def connect_reason(exception: BaseException) -> Exception:
    """Why a connection was not made.

    The text is the system's for that number; loops put one of their own there.
    """
    reason: Exception
    if isinstance(exception, OSError) and exception.errno is not None and exception.errno > 0:
        reason = error.getConnectError((exception.errno, os.strerror(exception.errno)))
    else:
        reason = error.ConnectError(string=exception)
    reason.__cause__ = exception
    return reason


def bind_reason(exception: OSError) -> Exception:
    """Why a client's ``bindAddress`` was not taken."""
    reason = error.ConnectBindError(exception.errno, os.strerror(exception.errno or 0))
    reason.__cause__ = exception
    return reason
