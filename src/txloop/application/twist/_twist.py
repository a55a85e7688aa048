"""The command ``twist``.

Source: order, texts and statuses as of Twisted 26.10's twisted.application.twist, by running it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from txloop._contract import adapted
from txloop.application.app import _exitWithSignal
from txloop.application.runner._exit import ExitStatus, exit
from txloop.application.runner._runner import Runner
from txloop.application.service import Application, IService
from txloop.application.twist._options import TwistOptions
from txloop.python.usage import UsageError

__all__ = ["Twist"]


class Twist:
    """Runs a plugin's service."""

    @staticmethod
    def options(argv: Sequence[str]) -> TwistOptions:
        """What the command line *argv* says; SystemExit if it makes no sense."""
        options = TwistOptions()
        try:
            options.parseOptions(argv[1:])
        except UsageError as error:
            exit(ExitStatus.EX_USAGE, f"Error: {error}\n\n{options}")
        return options

    @staticmethod
    def service(plugin: Any, options: Any) -> Any:
        """The service of an application that has what *plugin* makes."""
        made = plugin.makeService(options)
        application = Application(plugin.tapname)
        made.setServiceParent(application)
        return adapted(IService, application)

    @staticmethod
    def startService(reactor: Any, service: Any) -> None:
        """Start *service*; it is stopped when *reactor* ends."""
        service.startService()
        reactor.addSystemEventTrigger("before", "shutdown", service.stopService)

    @staticmethod
    def run(twistOptions: TwistOptions) -> None:
        """Run the reactor; ended by a signal, the process ends as that signal ends processes."""
        reactor = twistOptions["reactor"]
        Runner(
            reactor=reactor,
            defaultLogLevel=twistOptions["logLevel"],
            logFile=twistOptions["logFile"],
            fileLogObserverFactory=twistOptions["fileLogObserverFactory"],
        ).run()
        number = getattr(reactor, "_exitSignal", None)
        if number is not None:
            _exitWithSignal(number)

    @classmethod
    def main(cls, argv: Sequence[str] | None = None) -> None:
        """The command: what *argv* says, by default sys.argv."""
        options = cls.options(sys.argv if argv is None else argv)
        plugin = options.plugins[str(options.subCommand)]
        service = cls.service(plugin=plugin, options=options.subOptions)
        cls.startService(options["reactor"], service)
        cls.run(options)
