"""What every reactor module's install() comes to: the one reactor is the reactor."""

from __future__ import annotations

import importlib

from txloop import _host
from txloop._public import public_address


def install_default() -> None:
    """Make the process's default reactor the reactor; it is.

    Raises:
        ReactorAlreadyInstalledError: A foreign one has been installed.
    """
    _host.host().install()
    importlib.import_module(public_address("txloop.internet.reactor"))  # now it is there, by that name
