"""SIP (RFC 3261) over UDP: messages, proxies, registrations.

    reactor.listenUDP(5060, proxy)       proxy = RegisterProxy(host="10.0.0.1")
                                         proxy.registry = proxy.locator = InMemoryRegistry("example.com")

    _sip/texts.py      URLs, addresses, Via
    _sip/messages.py   Request, Response, and MessagesParser, which drops what is no message
    _sip/proxies.py    Base, Proxy, RegisterProxy: who answers and forwards

Source: methods, answers and errors as of Twisted 26.10's twisted.protocols.sip, by running it.
"""

from __future__ import annotations

from typing import Any

from zope.interface import implementer

from txloop._public import publish
from txloop.internet.defer import Deferred, fail, succeed
from txloop.protocols._sip.messages import (
    Message,
    MessagesParser,
    RegistrationError,
    Request,
    Response,
    SIPError,
    longHeaders,
    shortHeaders,
    statusCodes,
)
from txloop.protocols._sip.proxies import (
    Base,
    IAuthorizer,
    IContact,
    ILocator,
    IRegistry,
    Proxy,
    RegisterProxy,
)
from txloop.protocols._sip.texts import (
    PORT,
    URL,
    Via,
    cleanRequestURL,
    dashCapitalize,
    parseAddress,
    parseURL,
    parseViaHeader,
    specialCases,
    unq,
)
from txloop.python import log

__all__ = [
    "PORT",
    "URL",
    "Base",
    "IAuthorizer",
    "IContact",
    "ILocator",
    "IRegistry",
    "InMemoryRegistry",
    "Message",
    "MessagesParser",
    "Proxy",
    "RegisterProxy",
    "Registration",
    "RegistrationError",
    "Request",
    "Response",
    "SIPError",
    "Via",
    "cleanRequestURL",
    "dashCapitalize",
    "longHeaders",
    "parseAddress",
    "parseURL",
    "parseViaHeader",
    "shortHeaders",
    "specialCases",
    "statusCodes",
    "unq",
]

# How long a registration is kept without being renewed.
_KEPT_SECONDS = 3600


class Registration:
    """Where a user is.

    Args:
        secondsToExpiry: For how long that is kept.
        contactURL: Where.
    """

    def __init__(self, secondsToExpiry: int, contactURL: Any) -> None:
        self.secondsToExpiry = secondsToExpiry
        self.contactURL = contactURL


@implementer(IRegistry, ILocator)
class InMemoryRegistry:
    """Keeps where the users of one domain are, in memory and for an hour.

    Attributes:
        users: By name: the delayed call that forgets it, and the URL.
        reactor: Counts the hour; None: the current reactor.
    """

    reactor: Any = None

    def __init__(self, domain: str) -> None:
        self.domain = domain
        self.users: dict[Any, tuple[Any, Any]] = {}

    def _clock(self) -> Any:
        if self.reactor is None:
            from txloop.internet import reactor  # the reactor is asked for when it is needed

            return reactor
        return self.reactor

    def getAddress(self, userURI: Any) -> Deferred[Any]:
        """Where is he?"""
        if userURI.host != self.domain:
            return fail(LookupError("unknown domain"))
        if userURI.username not in self.users:
            return fail(LookupError("no such user"))
        return succeed(self.users[userURI.username][1])

    def getRegistrationInfo(self, userURI: Any) -> Deferred[Any]:
        """Where is he, and for how long is that kept?"""
        if userURI.host != self.domain:
            return fail(LookupError("unknown domain"))
        if userURI.username not in self.users:
            return fail(LookupError("no such user"))
        return succeed(self._registration(userURI.username))

    def _registration(self, username: Any) -> Registration:
        forgetting, url = self.users[username]
        return Registration(int(forgetting.getTime() - self._clock().seconds()), url)

    def _expireRegistration(self, username: Any) -> Deferred[Any]:
        if username not in self.users:
            return fail(LookupError("no such user"))
        forgetting, url = self.users.pop(username)
        if forgetting.active():
            forgetting.cancel()
        return succeed(Registration(0, url))

    def _refused(self, domainURL: Any, logicalURL: Any) -> Deferred[Any] | None:
        if domainURL.host == self.domain and logicalURL.host == self.domain:
            return None
        log.msg("Registration for domain we don't handle.")
        return fail(RegistrationError(404))

    def registerAddress(self, domainURL: Any, logicalURL: Any, physicalURL: Any) -> Deferred[Any]:
        """He is there now."""
        refused = self._refused(domainURL, logicalURL)
        if refused is not None:
            return refused
        name = logicalURL.username
        if name in self.users:
            forgetting, _ = self.users[name]
            forgetting.reset(_KEPT_SECONDS)
        else:
            forgetting = self._clock().callLater(_KEPT_SECONDS, self._expireRegistration, name)
        log.msg(f"Registered {logicalURL.toString()} at {physicalURL.toString()}")
        self.users[name] = forgetting, physicalURL
        return succeed(self._registration(name))

    def unregisterAddress(self, domainURL: Any, logicalURL: Any, physicalURL: Any) -> Deferred[Any]:
        """He is nowhere now."""
        refused = self._refused(domainURL, logicalURL)
        return refused if refused is not None else self._expireRegistration(logicalURL.username)


publish(__name__, [name for name in __all__ if name[0].isupper() or callable(globals()[name])])
