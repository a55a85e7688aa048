"""``twistd`` on Windows: no daemons, no users; the log goes where ``--logfile`` says."""

from __future__ import annotations

import os
import sys
from typing import Any, ClassVar

from txloop import copyright
from txloop._contract import adapted
from txloop.application import app, service

__all__ = ["ServerOptions", "WindowsApplicationRunner"]


class ServerOptions(app.ServerOptions):
    """The options that every platform has."""

    synopsis = "Usage: twistd [options]"

    optFlags: ClassVar[Any] = [["nodaemon", "n", "(for backwards compatibility)."]]

    def opt_version(self) -> None:
        """
        Print version information and exit.
        """
        print(f"twistd (the Twisted Windows runner) {copyright.version}")
        print(copyright.copyright)
        sys.exit()


class WindowsApplicationRunner(app.ApplicationRunner):
    """Runs an application in the foreground."""

    def preApplication(self) -> None:
        """Go to the folder to run in."""
        os.chdir(self.config["rundir"])

    def postApplication(self) -> None:
        """Start the services and run the reactor."""
        services = adapted(service.IService, self.application)
        services.privilegedStartService()
        app.startApplication(self.application, not self.config["no_save"])
        self.startReactor(None, sys.stdout, sys.stderr)
