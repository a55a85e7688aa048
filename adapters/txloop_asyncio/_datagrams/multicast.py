"""UDP to groups: the socket options of IP multicast as Twisted's IMulticastTransport.

IPv4    an interface is one of its addresses; names are looked up by the reactor
IPv6    an interface is its index; where text is taken, also its name or a ``%scope``
"""

from __future__ import annotations

import socket
import struct
from typing import Any

from zope.interface import implementer

from txloop._public import lives_at
from txloop.internet import error, interfaces
from txloop.internet._ip_text import isIPAddress, isIPv6Address
from txloop.internet.defer import Deferred, fail, maybeDeferred, succeed
from txloop_asyncio.udp import Port


@lives_at("txloop.internet.udp")
class MulticastMixin:
    """What a datagram port needs to speak to groups; it has `socket`, `addressFamily`, `reactor`."""

    socket: Any
    addressFamily: int
    reactor: Any

    # ---- Twisted's names: what is sent ---------------------------------------------

    def getOutgoingInterface(self) -> str | int:
        """Where datagrams to groups leave: IPv4 an address, IPv6 an index; zero if the system chooses."""
        if self._is_v6():
            return int(self.socket.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF))
        packed = self.socket.getsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, 4)
        return socket.inet_ntoa(packed)

    def setOutgoingInterface(self, addr: str | int) -> Deferred[Any]:
        """Have datagrams to groups leave there.

        Args:
            addr: IPv4: one of the interface's addresses, or a name of it; IPv6: its index.
        Returns:
            A Deferred: 1 for IPv4, None for IPv6, or what was wrong.
        """
        return maybeDeferred(self._set_outgoing_v6 if self._is_v6() else self._set_outgoing_v4, addr)

    def getLoopbackMode(self) -> bool:
        """True iff members on this host get what we send."""
        return bool(self.socket.getsockopt(*self._option("MULTICAST_LOOP")))

    def setLoopbackMode(self, mode: Any) -> None:
        """Let members on this host, ourselves too, get what we send, or not."""
        self.socket.setsockopt(*self._option("MULTICAST_LOOP"), bool(mode))

    def getTTL(self) -> int:
        """How many routers a datagram to a group may pass, and one more."""
        return int(self.socket.getsockopt(*self._option("MULTICAST_TTL")))

    def setTTL(self, ttl: int) -> None:
        """As getTTL().

        Raises:
            struct.error: It is not within 0 to 255.
        """
        struct.pack("B", ttl)
        self.socket.setsockopt(*self._option("MULTICAST_TTL"), ttl)

    # ---- Twisted's names: membership --------------------------------------------------

    def joinGroup(self, addr: str, interface: str | int = "") -> Deferred[None]:
        """Receive what is sent to a group.

        Args:
            addr: The group's address, or a name of it.
            interface: Where to listen for it: IPv4 an address of the interface, IPv6 its
                index, its name or an address with a ``%scope``; empty for the system's choice.
        Returns:
            A Deferred that fires when it is joined, or fails with MulticastJoinError or
            DNSLookupError.
        """
        return maybeDeferred(self._change, addr, interface, True)

    def leaveGroup(self, addr: str, interface: str | int = "") -> Deferred[None]:
        """Undo joinGroup(); likewise."""
        return maybeDeferred(self._change, addr, interface, False)

    # ---- ours ----------------------------------------------------------------------------

    def _is_v6(self) -> bool:
        return self.addressFamily == socket.AF_INET6

    def _option(self, name: str) -> tuple[int, int]:
        if not self._is_v6():
            return socket.IPPROTO_IP, getattr(socket, f"IP_{name}")
        return socket.IPPROTO_IPV6, getattr(socket, f"IPV6_{name.replace('TTL', 'HOPS')}")

    def _set_outgoing_v6(self, index: str | int) -> None:
        if not isinstance(index, int):
            raise AssertionError("IPv6 interfaces are specified as integers")
        self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, index)

    def _set_outgoing_v4(self, addr: Any) -> Deferred[int]:
        def resolved(numeric: str) -> int:
            self.socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(numeric))
            return 1

        found: Deferred[str] = self.reactor.resolve(addr)
        return found.addCallback(resolved)

    def _change(self, group: str, interface: Any, join: bool) -> Deferred[None]:
        self._refuse_other_family(group, interface)
        if self._is_v6():
            return self._change_v6(group, interface or "::", join)
        return self._change_v4(group, interface or "0.0.0.0", join)

    def _refuse_other_family(self, *addresses: Any) -> None:
        family = socket.AF_INET6 if self._is_v6() else socket.AF_INET
        other = socket.AF_INET if self._is_v6() else socket.AF_INET6
        for each in addresses:
            if isinstance(each, str) and isIPAddress(each, other):
                raise error.MulticastJoinError(f"invalid address literal for {family.name}: {each!r}")

    def _change_v4(self, group: str, interface: str, join: bool) -> Deferred[None]:
        def group_found(number: str) -> Deferred[tuple[str, str]]:
            where: Deferred[str] = self.reactor.resolve(interface)
            return where.addCallback(lambda its_number: (number, its_number))

        def both_found(numbers: tuple[str, str]) -> None:
            membership = socket.inet_aton(numbers[0]) + socket.inet_aton(numbers[1])
            option = socket.IP_ADD_MEMBERSHIP if join else socket.IP_DROP_MEMBERSHIP
            self._set_membership(socket.IPPROTO_IP, option, membership, group, interface)

        found: Deferred[str] = self.reactor.resolve(group)
        return found.addCallback(group_found).addCallback(both_found)

    def _change_v6(self, group: str, interface: Any, join: bool) -> Deferred[None]:
        try:
            index = _index_of(interface)
        except OSError:
            return fail(error.DNSLookupError(interface))
        if not isIPv6Address(group):
            return fail(error.DNSLookupError(group))  # groups have no names in IPv6
        membership = socket.inet_pton(socket.AF_INET6, group.partition("%")[0]) + struct.pack("@I", index)
        option = socket.IPV6_JOIN_GROUP if join else socket.IPV6_LEAVE_GROUP
        self._set_membership(socket.IPPROTO_IPV6, option, membership, group, interface)
        return succeed(None)

    def _set_membership(self, level: int, option: int, membership: bytes, group: str, interface: Any) -> None:
        try:
            self.socket.setsockopt(level, option, membership)
        except OSError as refused:
            raise error.MulticastJoinError(group, interface, *refused.args) from refused


def _index_of(interface: Any) -> int:
    """An IPv6 interface's index, from what joinGroup takes; 0 is the system's choice.

    Raises:
        OSError: There is no such interface.
    """
    if isinstance(interface, int):
        return interface
    address, _, scope = interface.partition("%")
    name = scope if scope else ("" if isIPv6Address(address) else address)
    return int(name) if name.isdigit() else (socket.if_nametoindex(name) if name else 0)


@lives_at("txloop.internet.udp")
@implementer(interfaces.IMulticastTransport)
class MulticastPort(MulticastMixin, Port):  # type: ignore[override]  # write(), as in Port
    """A UDP port that speaks to groups.

    Args:
        port: The number, 0 for any free one.
        proto: Gets the datagrams.
        interface: The local IP address; empty for all of IPv4, ``"::"`` for all of IPv6.
        maxPacketSize: Of a longer datagram, only so many bytes are delivered.
        reactor: Whose loop reads.
        listenMultiple: Others on this host may use the same port.
    """

    def __init__(
        self,
        port: int,
        proto: Any,
        interface: str = "",
        maxPacketSize: int = 8192,
        reactor: Any = None,
        listenMultiple: bool = False,
    ) -> None:
        Port.__init__(self, port, proto, interface, maxPacketSize, reactor)
        self.listenMultiple = listenMultiple

    def createInternetSocket(self) -> Any:
        """As Port's; shared with others if `listenMultiple`."""
        made = Port.createInternetSocket(self)
        if self.listenMultiple:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if hasattr(socket, "SO_REUSEPORT"):
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        return made
