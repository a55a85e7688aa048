"""SIP over UDP: the base of clients and servers, and proxies that keep no state.

Base            reads messages, sends them, answers to where they came from
Proxy           forwards requests to where a locator says, responses the way the requests came
RegisterProxy   takes registrations, too
"""

from __future__ import annotations

import socket
from typing import Any

from txloop._contract import Interface, checkable, contract
from txloop.cred.error import UnauthorizedLogin
from txloop.internet import protocol
from txloop.internet.defer import Deferred
from txloop.protocols._sip.messages import (
    Message,
    MessagesParser,
    RegistrationError,
    Request,
    Response,
    SIPError,
)
from txloop.protocols._sip.texts import PORT, URL, Via, parseAddress, parseViaHeader
from txloop.python import log

__all__ = ["Base", "IAuthorizer", "IContact", "ILocator", "IRegistry", "Proxy", "RegisterProxy"]

# Where a message came from: host and port.
Peer = tuple[str, int]

# What a response tells of its request.
_TOLD_BACK = ("via", "to", "from", "call-id", "cseq")


@checkable
class IContact(Interface, metaclass=contract):
    """A user who may register: what a portal's realm gives."""


@checkable
class ILocator(Interface, metaclass=contract):
    """Knows where users are."""

    def getAddress(self, logicalURL: Any) -> Any:
        """A Deferred of the URL where the user *logicalURL* is; it fails with LookupError."""


@checkable
class IRegistry(Interface, metaclass=contract):
    """Keeps where users are."""

    def registerAddress(self, domainURL: Any, logicalURL: Any, physicalURL: Any) -> Any:
        """A Deferred of the Registration; it fails with RegistrationError."""

    def unregisterAddress(self, domainURL: Any, logicalURL: Any, physicalURL: Any) -> Any:
        """A Deferred of the Registration that there was; it fails with RegistrationError."""

    def getRegistrationInfo(self, logicalURL: Any) -> Any:
        """A Deferred of the Registration; it fails with LookupError."""


@checkable
class IAuthorizer(Interface, metaclass=contract):
    """Knows a way for users to show who they are."""

    def getChallenge(self, peer: Peer) -> Any:
        """What the user at *peer* has to respond to, text; None: just a response."""

    def decode(self, response: str) -> Any:
        """The credentials in his response; SIPError if there are none."""


def _address(text: str, **how: Any) -> URL:
    """The URL in a From, To or Contact that somebody has sent; SIPError if there is none."""
    try:
        return parseAddress(text, **how)[1]
    except ValueError:
        raise SIPError(400) from None


def _user_in(message: Request) -> URL:
    """Whom *message* is for."""
    return _address(message.headers.get("to", [""])[0], clean=1)


class Base(protocol.DatagramProtocol):
    """Reads and sends messages.  Override handle_request() and handle_response()."""

    PORT = PORT
    debug = False
    transport: Any

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.parser: MessagesParser = MessagesParser(self.addMessage)

    def addMessage(self, msg: Message) -> None:
        """A message is whole."""
        self.messages.append(msg)

    def datagramReceived(self, data: bytes, addr: Peer) -> None:
        """A datagram: one message, or several, or none."""
        self.parser.dataReceived(data)
        self.parser.dataDone()
        messages, self.messages = self.messages, []
        for message in messages:
            try:
                self._fixupNAT(message, addr)
            except (IndexError, KeyError, ValueError):
                log.msg(f"SIP: from {addr}, a message without a Via that makes sense is dropped")
                continue
            if self.debug:
                log.msg(f"Received {message.toString()!r} from {addr!r}")
            if isinstance(message, Request):
                self.handle_request(message, addr)
            else:
                self.handle_response(message, addr)

    def _fixupNAT(self, message: Message, sourcePeer: Peer) -> None:
        """Note where the message came from, if that is not where it says (RFC 3581)."""
        host, port = sourcePeer
        via = parseViaHeader(message.headers["via"][0])
        moved = via.host != host
        if moved or via.rport is True:
            via.received = host
        if via.port != port or via.rport is True:
            via.rport = port
            moved = True
        if moved:
            message.headers["via"][0] = via.toString()

    def deliverResponse(self, responseMessage: Message) -> None:
        """Send it to where its topmost Via says."""
        via = parseViaHeader(responseMessage.headers["via"][0])
        port = via.rportValue or via.port or self.PORT
        self.sendMessage(URL(host=via.received or via.host, port=port), responseMessage)

    def responseFromRequest(self, code: int, request: Request) -> Response:
        """A response to *request*."""
        response = Response(code)
        for name in _TOLD_BACK:
            if name in request.headers:
                response.headers[name] = request.headers[name][:]
        return response

    def sendMessage(self, destURL: URL, message: Message) -> None:
        """Send it.

        Args:
            destURL: Where to; host and port, not a user whose place is still to be found.
        Raises:
            RuntimeError: That does not take UDP.
        """
        if destURL.transport not in ("udp", None):
            raise RuntimeError("only UDP currently supported")
        text = message.toString()
        if self.debug:
            log.msg(f"Sending {text!r} to {destURL}")
        self.transport.write(text.encode(), (destURL.host, destURL.port or self.PORT))

    def handle_request(self, message: Request, addr: Peer) -> None:
        """A request has come."""
        raise NotImplementedError

    def handle_response(self, message: Response, addr: Peer) -> None:
        """A response has come."""
        raise NotImplementedError


class Proxy(Base):
    """Forwards.

    Args:
        host, port: What is said to be ours in Via.
    Attributes:
        locator: An ILocator.
    """

    PORT = PORT
    locator: Any = None

    def __init__(self, host: str | None = None, port: int = PORT) -> None:
        self.host: str = host or socket.getfqdn()
        self.port = port
        super().__init__()

    def getVia(self) -> Via:
        """The step that we are."""
        return Via(host=self.host, port=self.port)

    def _is_us(self, via: str) -> bool:
        try:
            step = parseViaHeader(via)
        except ValueError:
            return False
        return (step.host, step.port) == (self.host, self.port)

    # ---- requests ------------------------------------------------------------------------------

    def handle_request(self, message: Request, addr: Peer) -> None:
        """Handle a request with ``handle_METHOD_request``, if there is one, or forward it."""
        handle = getattr(self, f"handle_{message.method}_request", self.handle_request_default)
        try:
            handled = handle(message, addr)
        except SIPError as error:
            self.deliverResponse(self.responseFromRequest(error.code, message))
        except Exception:
            log.err()
            self.deliverResponse(self.responseFromRequest(500, message))
        else:
            if handled is not None:
                handled.addErrback(lambda failure: log.err(failure))

    def handle_request_default(self, message: Request, sourcePeer: Peer) -> Any:
        """Forward *message* to where the user is that it is for."""
        if any(self._is_us(via) for via in message.headers["via"]):
            log.msg("Dropping looped message.")
            return None
        user = _user_in(message)
        message.headers["via"].insert(0, self.getVia().toString())
        located: Deferred[Any] = self.locator.getAddress(user)
        located.addCallback(self.sendMessage, message)
        return located.addErrback(self._cantForwardRequest, message)

    def _cantForwardRequest(self, error: Any, message: Request) -> None:
        if error.check(SIPError):
            code = error.value.code
        elif error.check(LookupError):
            code = 404
        else:
            log.err(error)
            code = 500
        self.deliverResponse(self.responseFromRequest(code, message))

    def responseFromRequest(self, code: int, request: Request) -> Response:
        """A response to *request*, which goes back and not to us."""
        response = super().responseFromRequest(code, request)
        steps = response.headers["via"]
        if len(steps) > 1 and self._is_us(steps[0]):
            del steps[0]
        return response

    # ---- responses -------------------------------------------------------------------------------

    def handle_response(self, message: Response, addr: Peer) -> None:
        """Send a response back one step more; drop it if it did not come our way."""
        if not self._is_us(message.headers["via"][0]):
            log.msg("Dropping incorrectly addressed message")
            return
        del message.headers["via"][0]
        if message.headers["via"]:
            self.deliverResponse(message)
        else:
            self.gotResponse(message, addr)

    def gotResponse(self, message: Response, addr: Peer) -> None:
        """A response that goes no further."""


class RegisterProxy(Proxy):
    """Takes registrations for a domain, from everybody or from who can log in.

    Attributes:
        portal: Lets users in; None: everybody may register.
        registry: An IRegistry.
        authorizers: IAuthorizers, by the name of their scheme in small letters.
    """

    portal: Any = None
    registry: Any = None
    authorizers: dict[str, Any] = {}  # noqa: RUF012 - a dict in Twisted, too

    def __init__(self, *args: Any, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.liveChallenges: dict[Any, Any] = {}

    def handle_ACK_request(self, message: Request, host_port: Peer) -> None:
        """Nothing: it is for whoever responded."""

    def handle_REGISTER_request(self, message: Request, host_port: Peer) -> Any:
        """Register a user; this is not forwarded."""
        host, port = host_port
        if self.portal is None:
            return self.register(message, host, port)
        if "authorization" not in message.headers:
            return self.unauthorized(message, host, port)
        return self.login(message, host, port)

    def unauthorized(self, message: Request, host: str, port: int) -> None:
        """Tell how to show who he is."""
        response = self.responseFromRequest(401, message)
        for scheme, authorizer in self.authorizers.items():
            challenge = authorizer.getChallenge((host, port))
            details = f'realm="{self.host}"' if challenge is None else f'{challenge},realm="{self.host}"'
            response.headers.setdefault("www-authenticate", []).append(f"{scheme.title()} {details}")
        self.deliverResponse(response)

    def login(self, message: Request, host: str, port: int) -> Any:
        """Let the user in that his request says, and register him."""
        scheme, _, rest = message.headers["authorization"][0].strip().partition(" ")
        authorizer = self.authorizers.get(scheme.lower())
        if authorizer is None:
            raise SIPError(501)
        credentials = authorizer.decode(rest.strip())
        credentials.username += "@" + self.host
        entered: Deferred[Any] = self.portal.login(credentials, None, IContact)
        entered.addCallback(self._cbLogin, message, host, port)
        return entered.addErrback(self._ebLogin, message, host, port)

    def _cbLogin(self, i_a_l: Any, message: Request, host: str, port: int) -> Any:
        return self.register(message, host, port)

    def _ebLogin(self, failure: Any, message: Request, host: str, port: int) -> None:
        failure.trap(UnauthorizedLogin)
        self.unauthorized(message, host, port)

    def register(self, message: Request, host: str, port: int) -> Any:
        """Register a user at the host and port that he is heard from, or tell where he is."""
        user = _user_in(message)
        contact = message.headers.get("contact", [None])[0]
        if message.headers.get("expires", [""])[0] == "0":
            return self.unregister(message, user, contact)
        if contact is None:
            asked = self.registry.getRegistrationInfo(user)
        else:
            place = _address(contact, host=host, port=port)
            asked = self.registry.registerAddress(message.uri, user, place)
        return asked.addCallbacks(
            self._cbRegister, self._ebRegister, callbackArgs=(message,), errbackArgs=(message,)
        )

    def _cbRegister(self, registration: Any, message: Request) -> None:
        response = self.responseFromRequest(200, message)
        if registration.contactURL is not None:
            response.addHeader("contact", registration.contactURL.toString())
            response.addHeader("expires", f"{registration.secondsToExpiry}")
        response.addHeader("content-length", "0")
        self.deliverResponse(response)

    def _ebRegister(self, error: Any, message: Request) -> None:
        # As in Twisted nobody is told: it was not for us.
        error.trap(RegistrationError, LookupError)

    def unregister(self, message: Request, toURL: URL, contact: str | None) -> Any:
        """He is nowhere any more."""
        place: Any = "*"
        if contact is not None and contact != "*":
            place = _address(contact)
        asked = self.registry.unregisterAddress(message.uri, toURL, place)
        return asked.addCallback(self._cbUnregister, message).addErrback(self._ebUnregister, message)

    def _cbUnregister(self, registration: Any, message: Request) -> None:
        response = self.responseFromRequest(200, message)
        if registration.contactURL is not None:
            response.addHeader("contact", registration.contactURL.toString())
        response.addHeader("expires", "0")
        self.deliverResponse(response)

    def _ebUnregister(self, registration: Any, message: Request) -> None:
        registration.trap(RegistrationError, LookupError)
