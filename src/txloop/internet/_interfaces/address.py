"""Who is at the other end: addresses, the resolution of names to them, bindings."""

# mypy-zope would have no ``self`` in an interface that extends another (code "misc").
# mypy: disable-error-code=misc

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NewType

from txloop._contract import Interface, checkable, contract

if TYPE_CHECKING:
    from txloop.internet.defer import Deferred

    # Three lists of resource records: answers, authority, additional.
    Records = Deferred[tuple[Sequence[Any], Sequence[Any], Sequence[Any]]]


@checkable
class IAddress(Interface, metaclass=contract):
    """One end of a connection, in any family of addresses.

    Asks for nothing; each family has its own attributes (`txloop.internet.address`).
    """


@dataclasses.dataclass(frozen=True, order=True)
class _Binding:
    """A local address with the options to bind it by; made by `tcp.makeBinding`."""

    _address: str | None = None
    _port: int = 0
    _reuseAddress: bool = False
    _reusePort: bool = False

    def __init__(
        self,
        address: str | None = None,
        port: int = 0,
        reuseAddress: bool = False,
        reusePort: bool = False,
    ) -> None:
        for field, value in zip(
            ("_address", "_port", "_reuseAddress", "_reusePort"),
            (address, port, reuseAddress, reusePort),
            strict=True,
        ):
            object.__setattr__(self, field, value)  # frozen: only here


Binding = NewType("Binding", _Binding)


@checkable
class IResolverSimple(Interface, metaclass=contract):
    """Finds one IPv4 address of a host."""

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:
        """The host's address in dotted form.

        Args:
            name: A host name.
            timeout: Seconds to wait at each try; empty leaves it to the resolver.
        Returns:
            A Deferred of the address; it fails with DNSLookupError.
        """


@checkable
class IHostResolution(Interface, metaclass=contract):
    """A search for a host's addresses that is under way."""

    @property
    def name(self) -> str:
        """The host name asked for."""

    def cancel(self) -> None:
        """Stop searching."""


@checkable
class IResolutionReceiver(Interface, metaclass=contract):
    """Is told what a search for addresses finds, as it finds it."""

    def resolutionBegan(self, resolutionInProgress: IHostResolution) -> None:
        """The search has begun; called first."""

    def addressResolved(self, address: IAddress) -> None:
        """An address was found; called once for each."""

    def resolutionComplete(self) -> None:
        """No more addresses will be found; called last.  None at all means there is no such host."""


@checkable
class IHostnameResolver(Interface, metaclass=contract):
    """Finds all addresses of a host, of both IP families."""

    def resolveHostName(
        self,
        resolutionReceiver: IResolutionReceiver,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Sequence[type[IAddress]] | None = None,
        transportSemantics: str = "TCP",
    ) -> IHostResolution:
        """Begin to search; *resolutionReceiver* is told what is found.

        Args:
            resolutionReceiver: Who is told.
            hostName: The host to look for.
            portNumber: The port that the found addresses shall carry.
            addressTypes: The address classes wanted, in no order; None means any.
            transportSemantics: ``"TCP"`` or ``"UDP"``.
        Returns:
            The search, which can be cancelled.
        """


@checkable
class IResolver(IResolverSimple, Interface, metaclass=contract):
    """Asks the domain name system for records.

    Each lookup gives a Deferred of three lists of records: answers, authority,
    additional.  *timeout* is the seconds to wait at each try.
    """

    def query(self, query: Any, timeout: Sequence[int] | None) -> Records:
        """The records that answer *query* (a names.dns.Query)."""

    def lookupAddress(self, name: str, timeout: Sequence[int] | None) -> Records:
        """A: IPv4 addresses."""

    def lookupAddress6(self, name: str, timeout: Sequence[int] | None) -> Records:
        """A6: IPv6 addresses, the withdrawn form."""

    def lookupIPV6Address(self, name: str, timeout: Sequence[int] | None) -> Records:
        """AAAA: IPv6 addresses."""

    def lookupMailExchange(self, name: str, timeout: Sequence[int] | None) -> Records:
        """MX: who takes mail."""

    def lookupNameservers(self, name: str, timeout: Sequence[int] | None) -> Records:
        """NS: who answers for the zone."""

    def lookupCanonicalName(self, name: str, timeout: Sequence[int] | None) -> Records:
        """CNAME: the real name of an alias."""

    def lookupMailBox(self, name: str, timeout: Sequence[int] | None) -> Records:
        """MB: where a mailbox lives."""

    def lookupMailGroup(self, name: str, timeout: Sequence[int] | None) -> Records:
        """MG: members of a mail group."""

    def lookupMailRename(self, name: str, timeout: Sequence[int] | None) -> Records:
        """MR: the new name of a mailbox."""

    def lookupPointer(self, name: str, timeout: Sequence[int] | None) -> Records:
        """PTR: the name behind an address."""

    def lookupAuthority(self, name: str, timeout: Sequence[int] | None) -> Records:
        """SOA: the start of a zone."""

    def lookupNull(self, name: str, timeout: Sequence[int] | None) -> Records:
        """NULL: free-form data."""

    def lookupWellKnownServices(self, name: str, timeout: Sequence[int] | None) -> Records:
        """WKS: services of a host."""

    def lookupHostInfo(self, name: str, timeout: Sequence[int] | None) -> Records:
        """HINFO: a host's hardware and system."""

    def lookupMailboxInfo(self, name: str, timeout: Sequence[int] | None) -> Records:
        """MINFO: who answers for a mailbox."""

    def lookupText(self, name: str, timeout: Sequence[int] | None) -> Records:
        """TXT: texts."""

    def lookupResponsibility(self, name: str, timeout: Sequence[int] | None) -> Records:
        """RP: the person to ask."""

    def lookupAFSDatabase(self, name: str, timeout: Sequence[int] | None) -> Records:
        """AFSDB: AFS cells."""

    def lookupService(self, name: str, timeout: Sequence[int] | None) -> Records:
        """SRV: hosts and ports of a service."""

    def lookupAllRecords(self, name: str, timeout: Sequence[int] | None) -> Records:
        """ALL: whatever there is."""

    def lookupSenderPolicy(self, name: str, timeout: Sequence[int] | None) -> Records:
        """SPF: who may send mail in this name."""

    def lookupNamingAuthorityPointer(self, name: str, timeout: Sequence[int] | None) -> Records:
        """NAPTR: rules to rewrite a name."""

    def lookupZone(self, name: str, timeout: Sequence[int] | None) -> Records:
        """AXFR: a whole zone."""
