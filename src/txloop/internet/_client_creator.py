"""ClientCreator: one connection, one protocol, one Deferred; no factory to write."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from txloop.internet import defer
from txloop.internet._factories import ClientFactory

if TYPE_CHECKING:
    from txloop.internet.defer import Deferred
    from txloop.internet.interfaces import IConnector, IDelayedCall
    from txloop.python.failure import Failure


class ClientCreator:
    """Makes connections, each with a new protocol, and gives a Deferred for each.

    The Deferred fires with the protocol once it is connected, after connectionMade(); it
    fails with the reason of the failed attempt.  Cancelling it stops the attempt.

    Args:
        reactor: Who connects.
        protocolClass: Called with the rest of the arguments for each connection.
    """

    def __init__(self, reactor: Any, protocolClass: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
        self.reactor = reactor
        self.protocolClass = protocolClass
        self.args = args
        self.kwargs = kwargs

    def connectTCP(
        self, host: str, port: int, timeout: float = 30, bindAddress: tuple[str, int] | None = None
    ) -> Deferred[Any]:
        """Connect as IReactorTCP.connectTCP does."""
        return self._connect(self.reactor.connectTCP, host, port, timeout=timeout, bindAddress=bindAddress)

    def connectUNIX(self, address: str, timeout: float = 30, checkPID: bool = False) -> Deferred[Any]:
        """Connect as IReactorUNIX.connectUNIX does."""
        return self._connect(self.reactor.connectUNIX, address, timeout=timeout, checkPID=checkPID)

    def connectSSL(
        self,
        host: str,
        port: int,
        contextFactory: Any,
        timeout: float = 30,
        bindAddress: tuple[str, int] | None = None,
    ) -> Deferred[Any]:
        """Connect as IReactorSSL.connectSSL does."""
        return self._connect(
            self.reactor.connectSSL,
            host,
            port,
            contextFactory=contextFactory,
            timeout=timeout,
            bindAddress=bindAddress,
        )

    def _connect(self, method: Callable[..., IConnector], *args: Any, **kwargs: Any) -> Deferred[Any]:
        def cancel_connect(_: Deferred[Any]) -> None:
            if factory.pending is not None:
                factory.pending.cancel()
            factory.deferred = None  # that fires by itself now; the attempt's end is nobody's news
            connector.disconnect()

        done: Deferred[Any] = defer.Deferred(cancel_connect)
        protocol = self.protocolClass(*self.args, **self.kwargs)
        factory = _InstanceFactory(self.reactor, protocol, done)
        connector = method(*args, factory=factory, **kwargs)
        return done


class _InstanceFactory(ClientFactory[Any]):
    """The factory of one connection.

    Attributes:
        instance: The one protocol.
        deferred: Who wants to know; None once the outcome is known, or nobody wants it any more.
        pending: The call that will tell, if the outcome is known.
    """

    noisy = False
    pending: IDelayedCall | None = None

    def __init__(self, reactor: Any, instance: Any, deferred: Deferred[Any]) -> None:
        self.reactor = reactor
        self.instance = instance
        self.deferred: Deferred[Any] | None = deferred

    def __repr__(self) -> str:
        return f"<ClientCreator factory: {self.instance!r}>"

    def buildProtocol(self, addr: object) -> Any:
        """The protocol; the Deferred fires in a later turn, when it is connected."""
        self._settle("callback", self.instance)
        return self.instance

    def clientConnectionFailed(self, connector: IConnector, reason: Failure) -> None:
        """The Deferred fails in a later turn, when the attempt is cleared away."""
        self._settle("errback", reason)

    def _settle(self, method: str, value: Any) -> None:
        done, self.deferred = self.deferred, None
        if done is None:
            return
        self.pending = self.reactor.callLater(0, self.fire, getattr(done, method), value)

    def fire(self, func: Callable[[Any], None], value: Any) -> None:
        """Settle the Deferred by its method *func*."""
        self.pending = None
        func(value)
