"""Endpoints that are no sockets: this process's standard streams, and a child process.

A child's standard output is the connection's data, what is written goes to its standard
input, and its end is the connection's.
"""

from __future__ import annotations

import importlib
from typing import Any

from zope.interface import implementer

from txloop._constants import NamedConstant, Names
from txloop._contract import Interface, checkable, contract
from txloop._public import neighbour
from txloop.internet import defer
from txloop.internet.address import _ProcessAddress
from txloop.internet.defer import Deferred
from txloop.internet.error import ConnectionDone, NoProtocol, ProcessDone
from txloop.internet.interfaces import (
    IConsumer,
    IProcessTransport,
    IPushProducer,
    IStreamClientEndpoint,
    IStreamServerEndpoint,
)
from txloop.internet.protocol import ProcessProtocol
from txloop.python import log
from txloop.python.components import proxyForInterface
from txloop.python.failure import Failure


def _stdio_module() -> Any:
    # Loaded only when one is wanted.
    return importlib.import_module(neighbour("txloop.internet.endpoints", "internet.stdio"))


class _StandardIOClass:
    """An attribute that is the class StandardIO, loaded when it is looked at."""

    def __get__(self, instance: object, owner: type[Any]) -> Any:
        return _stdio_module().StandardIO


@implementer(IStreamServerEndpoint)
class StandardIOEndpoint:
    """Connects one protocol to the standard input and output of this process.

    Source: Twisted 26.10, twisted.internet.endpoints.StandardIOEndpoint, by running it.
    """

    _stdio: Any = _StandardIOClass()  # tests replace it on an instance

    def __init__(self, reactor: Any) -> None:
        self._reactor = reactor

    def listen(self, stdioProtocolFactory: Any) -> Deferred[Any]:
        """Build a protocol and connect it now.

        Returns:
            A Deferred of the StandardIO transport, which has fired already.
        """
        return defer.maybeDeferred(self._connect_now, stdioProtocolFactory)

    def _connect_now(self, factory: Any) -> Any:
        protocol = factory.buildProtocol(_stdio_module().PipeAddress())
        return self._stdio(protocol, reactor=self._reactor)


class StandardErrorBehavior(Names):
    """What becomes of a child's standard error.

    Attributes:
        LOG: It is logged.
        DROP: It is read and forgotten.
    """

    LOG: NamedConstant = NamedConstant()
    DROP: NamedConstant = NamedConstant()


@checkable
class _IProcessTransportWithConsumerAndProducer(
    IProcessTransport, IConsumer, IPushProducer, Interface, metaclass=contract
):
    """What the transport of a child process can do, taken together."""


class _ProcessEndpointTransport(proxyForInterface(_IProcessTransportWithConsumerAndProducer, "_process")):  # type: ignore[misc]  # made at run time
    """A child process as the transport of a protocol: everything is the process transport's."""


class _WrapIProtocol(ProcessProtocol):
    """A stream protocol, worn as the protocol of a child process.

    Attributes:
        protocol: It gets what comes from descriptor 1.
        executable: The program, for the log.
        errFlag: What becomes of descriptor 2.
    """

    def __init__(self, proto: Any, executable: str, errFlag: NamedConstant) -> None:
        self.protocol = proto
        self.errFlag = errFlag
        self.executable = executable

    def makeConnection(self, process: Any) -> None:
        """Connect the protocol inside to the child."""
        self.transport = _ProcessEndpointTransport(process)
        self.protocol.makeConnection(self.transport)

    def childDataReceived(self, childFD: int, data: bytes) -> None:
        """1 is the stream; 2 is logged if that is wanted; others are dropped."""
        if childFD == 1:
            self.protocol.dataReceived(data)
        elif childFD == 2 and self.errFlag == StandardErrorBehavior.LOG:
            log.msg(
                format="Process %(executable)r wrote stderr unhandled by %(protocol)s: %(data)s",
                executable=self.executable,
                protocol=self.protocol,
                data=data,
            )

    def processEnded(self, reason: Any) -> None:
        """The connection is lost: by ConnectionDone if the child ended well, else by its own error."""
        if reason.check(ProcessDone) == ProcessDone and reason.value.status == 0:
            reason = Failure(ConnectionDone())
        self.protocol.connectionLost(reason)


@implementer(IStreamClientEndpoint)
class ProcessEndpoint:
    """Starts a child process and connects a protocol to its standard input and output.

    Args:
        executable, args, env, path, uid, gid, usePTY, childFDs: As IReactorProcess.spawnProcess takes them.
        errFlag: What becomes of the child's standard error; it is logged if nothing is said.
    Source: Twisted 26.10, twisted.internet.endpoints.ProcessEndpoint, by running it.
    """

    def __init__(
        self,
        reactor: Any,
        executable: str,
        args: Any = (),
        env: Any = {},  # noqa: B006  # Twisted's default: an empty environment, and nobody changes it
        path: Any = None,
        uid: int | None = None,
        gid: int | None = None,
        usePTY: Any = 0,
        childFDs: Any = None,
        errFlag: NamedConstant = StandardErrorBehavior.LOG,
    ) -> None:
        self._reactor = reactor
        self._executable = executable
        self._args = args
        self._env = env
        self._path = path
        self._uid = uid
        self._gid = gid
        self._usePTY = usePTY
        self._childFDs = childFDs
        self._errFlag = errFlag
        self._spawnProcess = reactor.spawnProcess

    def connect(self, protocolFactory: Any) -> Deferred[Any]:
        """Start the child.

        Returns:
            A Deferred of the protocol, which has fired already.  It fails with what
            spawnProcess() raised, or with NoProtocol (Twisted: None, and a child that nobody hears).
        """
        return defer.maybeDeferred(self._start, protocolFactory)

    def _start(self, factory: Any) -> Any:
        protocol = factory.buildProtocol(_ProcessAddress())
        if protocol is None:
            raise NoProtocol()
        self._spawnProcess(
            _WrapIProtocol(protocol, self._executable, self._errFlag),
            self._executable,
            self._args,
            self._env,
            self._path,
            self._uid,
            self._gid,
            self._usePTY,
            self._childFDs,
        )
        return protocol
