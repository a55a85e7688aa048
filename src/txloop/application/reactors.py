"""Reactors by short name, ``twistd --reactor=epoll``: plugins that install one.

Source: names, texts and order as of Twisted 26.10's twisted.application.reactors, by running it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from txloop._contract import Interface, checkable, contract
from txloop._public import publish
from txloop.plugin import IPlugin, getPlugins
from txloop.python.reflect import namedAny

if TYPE_CHECKING:
    from txloop.internet.interfaces import IReactorCore

__all__ = ["IReactorInstaller", "NoSuchReactor", "Reactor", "getReactorTypes", "installReactor"]


@checkable
class IReactorInstaller(Interface, metaclass=contract):
    """A plugin that can install one kind of reactor."""

    @property
    def shortName(self) -> str:
        """The word for it on a command line."""

    @property
    def description(self) -> str:
        """One line for the help."""

    def install(self) -> None:
        """Make it the reactor."""


class NoSuchReactor(KeyError):
    """There is no reactor of that short name."""


@implementer(IPlugin, IReactorInstaller)
class Reactor:
    """A reactor whose module has a function ``install``.

    Args:
        shortName: The word for it on a command line.
        moduleName: The module's full name; it is loaded by install().
        description: One line for the help.
    """

    def __init__(self, shortName: str, moduleName: str, description: str) -> None:
        self.shortName = shortName
        self.moduleName = moduleName
        self.description = description

    def install(self) -> None:
        """Load the module and call its ``install``."""
        namedAny(self.moduleName).install()


def getReactorTypes() -> Iterable[IReactorInstaller]:
    """The installers of all reactors that there are plugins for."""
    installer: Any = IReactorInstaller  # an interface is a value here
    plugins: Iterable[IReactorInstaller] = getPlugins(installer)
    return plugins


def installReactor(shortName: str) -> IReactorCore:
    """Install the reactor of that name.

    Returns:
        The reactor.
    Raises:
        NoSuchReactor: No plugin has that name.
        ReactorAlreadyInstalledError: Another one is there already.
    """
    for installer in getReactorTypes():
        if installer.shortName == shortName:
            installer.install()
            from txloop.internet import reactor  # now it is the one that was installed

            installed: Any = reactor
            core: IReactorCore = installed
            return core
    raise NoSuchReactor(shortName)


publish(__name__, __all__)
