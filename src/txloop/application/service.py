"""Services: parts of a program that are started and stopped together, in a tree.

    application = Application("web")              a MultiService, a Process, and who saves them
    strports.service("tcp:8080", site).setServiceParent(application)
    # `twistd -y` calls privilegedStartService(), then startService(), and stopService() at the end

Children start in the order in which they were added and stop in the other.

Source: order, names and texts as of Twisted 26.10's twisted.application.service, by running it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from zope.interface import implementer

from txloop._contract import Interface, adapt, checkable, contract
from txloop._public import publish
from txloop.internet import defer
from txloop.persisted import sob
from txloop.plugin import IPlugin
from txloop.python import components
from txloop.python.reflect import namedAny

if TYPE_CHECKING:
    from txloop.internet.defer import Deferred

__all__ = [
    "Application",
    "IProcess",
    "IService",
    "IServiceCollection",
    "IServiceMaker",
    "MultiService",
    "Process",
    "Service",
    "loadApplication",
]

# ---- the interfaces --------------------------------------------------------------------


@checkable
class IServiceMaker(Interface, metaclass=contract):
    """A plugin that makes a service from a command line: ``twistd tapname options``."""

    @property
    def tapname(self) -> str:
        """The word on the command line."""

    @property
    def description(self) -> str:
        """One line for the help."""

    @property
    def options(self) -> Any:
        """A usage.Options class."""

    def makeService(self, options: Any) -> Any:
        """The service, an IService, for parsed *options*."""


@checkable
class IService(Interface, metaclass=contract):
    """A part of a program that can be started and stopped."""

    @property
    def name(self) -> str | None:
        """Its name, or None."""

    @property
    def running(self) -> Any:
        """True while it runs."""

    @property
    def parent(self) -> Any:
        """The collection it is in, or None."""

    def setName(self, name: str) -> None:
        """Name it.

        Raises:
            RuntimeError: It has a parent already.
        """

    def setServiceParent(self, parent: Any) -> None:
        """Put it into *parent*, an IServiceCollection or what can be adapted to it.

        Raises:
            RuntimeError: Another of that name is there.
        """

    def disownServiceParent(self) -> Deferred[Any] | None:
        """Take it out of its parent, which stops it if it runs.

        Returns:
            A Deferred that fires when it has stopped, or None.
        """

    def startService(self) -> None:
        """Start."""

    def stopService(self) -> Deferred[Any] | None:
        """Stop.

        Returns:
            A Deferred that fires when it has stopped, or None if it has.
        """

    def privilegedStartService(self) -> None:
        """Do what needs privileges (ports below 1024), before startService()."""


@checkable
class IServiceCollection(Interface, metaclass=contract):
    """What has services in it."""

    def getServiceNamed(self, name: str) -> Any:
        """The service of that name.

        Raises:
            KeyError: There is none.
        """

    def __iter__(self) -> Iterator[Any]:
        """The services, in order."""

    def addService(self, service: Any) -> None:
        """Add *service*; for setServiceParent() to call.

        Raises:
            RuntimeError: One of its name is there.
        """

    def removeService(self, service: Any) -> Deferred[Any] | None:
        """Take *service* out; for disownServiceParent() to call.

        Returns:
            A Deferred that fires when it has stopped, or None.
        """


@checkable
class IProcess(Interface, metaclass=contract):
    """How the process is to look."""

    @property
    def processName(self) -> str | None:
        """The name it shows, or None."""

    @property
    def uid(self) -> int | None:
        """The user to run as, or None."""

    @property
    def gid(self) -> int | None:
        """The group to run as, or None."""


# ---- services --------------------------------------------------------------------------


@implementer(IServiceMaker, IPlugin)
class ServiceMaker:
    """An IServiceMaker whose module is loaded only when it is used.

    Args:
        name: For people.
        module: The full name of a module with ``Options`` and ``makeService``.
        description: One line for the help.
        tapname: The word on the command line.
    """

    def __init__(self, name: str, module: str, description: str, tapname: str) -> None:
        self.name = name
        self.module = module
        self.description = description
        self.tapname = tapname

    @property
    def options(self) -> Any:
        """The module's ``Options``."""
        return namedAny(self.module).Options

    @property
    def makeService(self) -> Any:
        """The module's ``makeService``."""
        return namedAny(self.module).makeService


@implementer(IService)
class Service:
    """A service that only knows whether it runs: derive from it, and call its methods.

    Attributes:
        running: 1 between startService() and stopService(); not kept in pickles.
        name: For its parent to find it by.
        parent: The collection it is in.
    """

    running: Any = 0
    name: str | None = None
    parent: Any = None

    def __getstate__(self) -> dict[str, Any]:
        state = self.__dict__.copy()
        state.pop("running", None)
        return state

    def setName(self, name: str) -> None:
        """Name it.

        Raises:
            RuntimeError: It has a parent, which knows it by its old name.
        """
        if self.parent is not None:
            raise RuntimeError("cannot change name when parent exists")
        self.name = name

    def setServiceParent(self, parent: Any) -> None:
        """Put it into *parent*, out of the one it is in.

        If that runs, this is started.
        """
        if self.parent is not None:
            self.disownServiceParent()
        collection = adapt(IServiceCollection, parent)
        if collection is None:
            raise TypeError("Could not adapt", parent, IServiceCollection)
        self.parent = collection
        collection.addService(self)

    def disownServiceParent(self) -> Deferred[Any] | None:
        """Take it out of its parent; if that runs, this is stopped."""
        stopping: Deferred[Any] | None = self.parent.removeService(self)
        self.parent = None
        return stopping

    def privilegedStartService(self) -> None:
        """Nothing, to be overridden."""

    def startService(self) -> None:
        """It runs."""
        self.running = 1

    def stopService(self) -> Deferred[Any] | None:
        """It no longer runs."""
        self.running = 0
        return None


@implementer(IServiceCollection)
class MultiService(Service):
    """A service made of services.

    Attributes:
        services: In the order in which they start.
        namedServices: Those with names.
    """

    def __init__(self) -> None:
        self.services: list[Any] = []
        self.namedServices: dict[str, Any] = {}
        self.parent: Any = None

    def privilegedStartService(self) -> None:
        """Let each do what needs privileges."""
        super().privilegedStartService()
        for service in self:
            service.privilegedStartService()

    def startService(self) -> None:
        """Start each, in order."""
        super().startService()
        for service in self:
            service.startService()

    def stopService(self) -> Deferred[Any]:
        """Stop each, the last first.

        Returns:
            A Deferred that fires when all have stopped; the failure of one stays with it and
            holds up no other.
        """
        super().stopService()
        return defer.DeferredList([defer.maybeDeferred(each.stopService) for each in reversed(self.services)])

    def getServiceNamed(self, name: str) -> Any:
        """The service of that name.

        Raises:
            KeyError: There is none.
        """
        return self.namedServices[name]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.services)

    def addService(self, service: Any) -> None:
        """Add *service*, which calls this from setServiceParent(); it is started if this runs.

        Raises:
            RuntimeError: One of its name is there.
        """
        if service.name is not None:
            if service.name in self.namedServices:
                raise RuntimeError(f"cannot have two services with same name '{service.name}'")
            self.namedServices[service.name] = service
        self.services.append(service)
        if self.running:
            # Privileges may be gone by now; then this raises what the system says.
            service.privilegedStartService()
            service.startService()

    def removeService(self, service: Any) -> Deferred[Any] | None:
        """Take *service* out, which calls this from disownServiceParent(); it is stopped if this runs."""
        if service.name:
            del self.namedServices[service.name]
        self.services.remove(service)
        if not self.running:
            return None
        stopping: Deferred[Any] | None = service.stopService()
        return stopping


@implementer(IProcess)
class Process:
    """How the process is to look.

    Args:
        uid, gid: Whom to run as after the privileged start; None changes nothing.
    """

    processName: str | None = None

    def __init__(self, uid: int | None = None, gid: int | None = None) -> None:
        self.uid = uid
        self.gid = gid


# ---- applications ------------------------------------------------------------------------


def Application(name: str, uid: int | None = None, gid: int | None = None) -> Any:
    """The root of a program's services.

    It is no service itself: adapt it, ``IServiceCollection(application)``, ``IService``,
    ``IProcess``, ``sob.IPersistable``.

    Args:
        name: Of the service, and of the files it is saved to.
        uid, gid: Whom to run as after the privileged start.
    """
    application = components.Componentized()
    services = MultiService()
    services.setName(name)
    for part in (services, Process(uid, gid), sob.Persistent(application, name)):
        application.addComponent(part, ignoreClass=True)
    return application


def loadApplication(filename: str, kind: str, passphrase: Any = None) -> Any:
    """The application in a file.

    Args:
        kind: ``"python"``: the file's ``application``; else as `sob.load` takes it.
        passphrase: Ignored; files were once encrypted.
    Raises:
        KeyError: The Python file has no ``application``.
    """
    if kind == "python":
        return sob.loadValueFromFile(filename, "application")
    return sob.load(filename, kind)


publish(__name__, [*__all__, "ServiceMaker"])
