"""Print the camelCase names of the Twisted that runs this: modules' globals, attributes, parameters.

    python tests/data/record_twisted_names.py > tests/data/twisted_names.txt

Run it with the Twisted version we follow, with all its extras installed.  It looks at
live objects only; names that exist inside functions are not part of anybody's API.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import io
import pkgutil
import re
import warnings
from collections.abc import Iterator

import twisted

# In the folder of the tests, and part of what programs import.
HELPERS = {"twisted.test.iosim", "twisted.test.proto_helpers"}


def modules() -> Iterator[object]:
    """All importable modules of Twisted but its tests; their helpers count."""
    for found in pkgutil.walk_packages(twisted.__path__, "twisted.", onerror=lambda name: None):
        parts = found.name.split(".")
        if found.name in HELPERS:
            yield importlib.import_module(found.name)
        if "test" in parts or parts[-1].startswith("test_") or parts[-1] in ("__main__", "reactor"):
            continue
        try:
            yield importlib.import_module(found.name)
        except BaseException:  # another platform's
            continue


def names_of(thing: object, depth: int = 0) -> Iterator[str]:
    """The names visible on *thing*: attributes, parameters, those of its classes too."""
    thing = getattr(thing, "__func__", thing)  # of class and static methods
    if inspect.isroutine(thing):
        try:
            yield from inspect.signature(thing).parameters
        except (ValueError, TypeError):
            pass
    elif hasattr(thing, "names") and hasattr(thing, "getTaggedValue"):  # an interface
        for name in thing.names(all=True):
            yield name
            yield from getattr(thing[name], "positional", None) or ()
    elif inspect.isclass(thing) or depth == 0:
        for name, value in list(vars(thing).items()):
            yield name
            if depth < 2 and str(getattr(value, "__module__", "twisted")).startswith("twisted"):
                yield from names_of(value, depth + 1)


def names_of_instances() -> Iterator[str]:
    """Attributes that only live objects have: some of each kind, caught in the act."""
    from twisted.enterprise import adbapi
    from twisted.internet import asyncioreactor, protocol, reactor, task
    from twisted.protocols import basic, policies
    from twisted.python import failure, log, threadpool

    reading = basic.NetstringReceiver()
    reading.makeConnection(protocol.FileWrapper(io.BytesIO()))
    reading.dataReceived(b"12")
    calls = task.LoopingCall(print)
    cooperator = task.Cooperator(started=False)
    factory = protocol.ServerFactory.forProtocol(policies.TimeoutMixin)
    port = reactor.listenTCP(0, protocol.ServerFactory.forProtocol(protocol.Protocol), interface="127.0.0.1")
    client = protocol.ClientFactory.forProtocol(protocol.Protocol)
    connector = reactor.connectTCP("127.0.0.1", port.getHost().port, client)
    things = [reading, calls, cooperator, cooperator.cooperate(iter([])), factory, port, client, connector]
    things += [asyncioreactor.AsyncioSelectorReactor(asyncio.new_event_loop())]
    things += [adbapi.ConnectionPool("sqlite3", ":memory:")]
    things += [reactor, failure.Failure(KeyError()), log.theLogPublisher, threadpool.ThreadPool()]

    def look_at_connections() -> None:
        things.extend(reactor.getReaders())
        reactor.stop()

    reactor.callLater(0.1, look_at_connections)
    things.append(reactor.callLater(60, print))
    reactor.run()
    for thing in things:
        yield from vars(thing)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    found = {name for module in modules() for name in names_of(module)} | set(names_of_instances())
    # What the compiler makes of a class's private ``__name``, put back.
    found |= {name[name.index("__") :] for name in found if re.match(r"_[A-Za-z]+__\w*[a-z]$", name)}
    camel = {name for name in found if name.isidentifier() and name != name.lower() and not name.isupper()}
    print("\n".join(sorted(camel)))
