"""The resolvers.  Source of the claims: Twisted 26.10, twisted.internet._resolver, by running it."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from zope.interface import implementer
from zope.interface.verify import verifyObject

from txloop.internet import _resolver, defer, error, interfaces
from txloop.internet.address import IPv4Address, IPv6Address
from txloop.internet.base import BlockingResolver, ThreadedResolver
from txloop.internet.defer import Deferred
from txloop.internet.task import Clock
from txloop.python.failure import Failure

Flush = Callable[..., list[Any]]


@implementer(interfaces.IResolutionReceiver)
class Receiver:
    def __init__(self) -> None:
        self.addresses: list[Any] = []
        self.completed = 0

    def resolutionBegan(self, resolutionInProgress: Any) -> None:
        self.resolution = resolutionInProgress

    def addressResolved(self, address: Any) -> None:
        assert self.resolution is not None
        assert not self.completed
        self.addresses.append(address)

    def resolutionComplete(self) -> None:
        self.completed += 1


class AtOnce:
    """Both a reactor for threads and a pool: everything runs now, here."""

    def callFromThread(self, function: Callable[..., Any], *args: Any) -> None:
        function(*args)

    def callInThreadWithCallback(self, tell: Callable[[bool, Any], Any], function: Callable[[], Any]) -> None:
        try:
            result = function()
        except BaseException:
            tell(False, Failure())
        else:
            tell(True, result)

    def getThreadPool(self) -> AtOnce:
        return self


V4 = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("1.2.3.4", 80))
V6 = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", 80, 1, 2))


def gai_resolver(answer: Sequence[Any] | Exception, asked: list[Any] | None = None) -> _resolver.GAIResolver:
    def getaddrinfo(*args: Any) -> Sequence[Any]:
        if asked is not None:
            asked.append(args)
        if isinstance(answer, Exception):
            raise answer
        return answer

    here: Any = AtOnce()
    return _resolver.GAIResolver(here, None, getaddrinfo)


@implementer(interfaces.IResolverSimple)
class Simple:
    def __init__(self, answer: Deferred[str]) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:
        self.asked.append(name)
        return self.answer


def test_each_class_provides_its_interface() -> None:
    simple = Simple(defer.succeed("1.2.3.4"))
    verifyObject(interfaces.IHostnameResolver, gai_resolver([]))
    verifyObject(interfaces.IHostnameResolver, _resolver.SimpleResolverComplexifier(simple))
    verifyObject(interfaces.IResolverSimple, _resolver.ComplexResolverSimplifier(gai_resolver([])))
    verifyObject(interfaces.IHostResolution, _resolver.HostResolution("x"))
    verifyObject(interfaces.IResolutionReceiver, _resolver.FirstOneWins(Deferred()))


def test_every_address_of_the_system_is_told_in_its_order() -> None:
    receiver = Receiver()
    resolution = gai_resolver([V6, V4]).resolveHostName(receiver, "example.com", 80)
    assert resolution is receiver.resolution
    assert resolution.name == "example.com"
    assert receiver.addresses == [IPv6Address("TCP", "::1", 80, 1, 2), IPv4Address("TCP", "1.2.3.4", 80)]
    assert receiver.completed == 1


@pytest.mark.parametrize(
    ("types", "family"),
    [
        (None, socket.AF_UNSPEC),
        ([IPv4Address, IPv6Address], socket.AF_UNSPEC),
        ([IPv4Address], socket.AF_INET),
        ([IPv6Address], socket.AF_INET6),
    ],
)
def test_address_types_choose_the_family(types: Any, family: int) -> None:
    asked: list[Any] = []
    gai_resolver([], asked).resolveHostName(Receiver(), "h", 80, types, "UDP")
    assert asked == [("h", 80, family, socket.SOCK_DGRAM)]


def test_an_unknown_name_completes_without_an_address() -> None:
    receiver = Receiver()
    gai_resolver(socket.gaierror(-2, "unknown")).resolveHostName(receiver, "h")
    assert (receiver.addresses, receiver.completed) == ([], 1)


def test_an_unexpected_error_is_logged_and_completes(flush_logged_errors: Flush) -> None:
    """In Twisted it never completes."""
    receiver = Receiver()
    gai_resolver(UnicodeError("label too long")).resolveHostName(receiver, "h")
    assert receiver.completed == 1
    assert [failure.type for failure in flush_logged_errors()] == [UnicodeError]


@pytest.mark.parametrize("bad", [{"addressTypes": []}, {"transportSemantics": "UNIX"}])
def test_what_cannot_be_resolved_is_a_key_error(bad: dict[str, Any]) -> None:
    with pytest.raises(KeyError):
        gai_resolver([]).resolveHostName(Receiver(), "h", 80, **bad)


def test_a_resolution_cannot_be_cancelled() -> None:
    with pytest.raises(NotImplementedError):
        _resolver.HostResolution("h").cancel()


def test_a_simple_resolver_gives_one_ipv4_address() -> None:
    receiver = Receiver()
    _resolver.SimpleResolverComplexifier(Simple(defer.succeed("1.2.3.4"))).resolveHostName(receiver, "h", 80)
    assert receiver.addresses == [IPv4Address("TCP", "1.2.3.4", 80)]
    assert receiver.completed == 1


def test_a_simple_resolver_is_asked_in_idna() -> None:
    simple = Simple(defer.succeed("1.2.3.4"))
    resolution = _resolver.SimpleResolverComplexifier(simple).resolveHostName(Receiver(), "ex\xe4mple.com")
    assert simple.asked == ["xn--exmple-cua.com"]
    assert resolution.name == "xn--exmple-cua.com"


def test_a_failed_simple_lookup_completes_silently_and_another_error_is_logged(
    flush_logged_errors: Flush,
) -> None:
    receiver = Receiver()
    for failed in (error.DNSLookupError("h"), ValueError("bug")):
        simple = Simple(defer.fail(failed))
        _resolver.SimpleResolverComplexifier(simple).resolveHostName(receiver, "h")
    assert (receiver.addresses, receiver.completed) == ([], 2)
    assert [failure.type for failure in flush_logged_errors()] == [ValueError]


def test_simplified_the_first_ipv4_address_wins() -> None:
    asked: list[Any] = []
    other = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("5.6.7.8", 0))
    found = _resolver.ComplexResolverSimplifier(gai_resolver([V4, other], asked)).getHostByName("h")
    assert found.result == "1.2.3.4"
    assert asked == [("h", 0, socket.AF_INET, socket.SOCK_STREAM)]


def test_simplified_no_address_is_a_dns_lookup_error_that_names_the_host() -> None:
    found = _resolver.ComplexResolverSimplifier(gai_resolver([])).getHostByName("nobody")
    errors: list[Any] = []
    found.addErrback(lambda failure: errors.append(failure.value))
    assert [type(each) for each in errors] == [error.DNSLookupError]
    assert str(errors[0]) == "DNS lookup failed: nobody."


def test_the_blocking_resolver_fires_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def gethostbyname(name: str) -> str:
        if name == "nobody":
            raise socket.gaierror(-2, "unknown")
        return "1.2.3.4"

    monkeypatch.setattr(socket, "gethostbyname", gethostbyname)
    assert BlockingResolver().getHostByName("somebody").result == "1.2.3.4"
    errors: list[str] = []
    BlockingResolver().getHostByName("nobody").addErrback(lambda failure: errors.append(str(failure.value)))
    assert errors == ["DNS lookup failed: address 'nobody' not found."]


class ReactorWithClock(AtOnce):
    """What ThreadedResolver asks of a reactor; the "thread" answers only when told to."""

    def __init__(self) -> None:
        clock = Clock()
        self.callLater = clock.callLater
        self.advance = clock.advance
        self.work: list[Callable[[], None]] = []

    def callInThreadWithCallback(self, tell: Any, function: Any, *args: Any) -> None:
        here = super()
        self.work.append(lambda: here.callInThreadWithCallback(tell, lambda: function(*args)))


def test_the_threaded_resolver_gives_up_after_its_timeouts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostbyname", lambda name: "1.2.3.4")
    reactor = ReactorWithClock()
    resolver = ThreadedResolver(reactor)
    in_time = resolver.getHostByName("h", (1, 2))
    reactor.advance(2.9)
    reactor.work.pop()()
    assert in_time.result == "1.2.3.4"
    errors: list[Any] = []
    late = resolver.getHostByName("h", (1, 2)).addErrback(lambda failure: errors.append(failure.value))
    reactor.advance(3.1)
    reactor.work.pop()()
    assert [type(each) for each in errors] == [error.DNSLookupError]
    assert late.result is None
