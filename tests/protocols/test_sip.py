"""SIP.  Source of the claims: RFC 3261 and 3581, and Twisted 26.10's twisted.protocols.sip, by running it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.streams import cuts
from txloop.cred.error import UnauthorizedLogin
from txloop.internet import defer, reactor
from txloop.internet.protocol import DatagramProtocol
from txloop.internet.task import Clock
from txloop.protocols import sip
from txloop.python.failure import Failure


def said(thing: Any) -> dict[str, Any]:
    """The attributes that say something."""
    return {name: value for name, value in vars(thing).items() if value not in (None, False, "", [], {})}


# ---- texts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("sip:foo@bar", {"username": "foo", "host": "bar"}),
        ("sip:bar", {"host": "bar"}),
        ("sip:joe:pw@h:5060", {"username": "joe", "password": "pw", "host": "h", "port": 5060}),
        ("sip:h;user=phone;transport=udp", {"host": "h", "usertype": "phone", "transport": "udp"}),
        (
            "sip:h;ttl=3;maddr=m;method=x;tag=t",
            {"host": "h", "ttl": 3, "maddr": "m", "method": "x", "tag": "t"},
        ),
        ("sip:h;lr;x=y", {"host": "h", "other": ["lr", "x=y"]}),
        ("sip:h;tag=a?subject=b&to=c", {"host": "h", "tag": "a", "headers": {"subject": "b", "to": "c"}}),
        ("sip:h?subject=b", {"host": "h", "headers": {"subject": "b"}}),
    ],
)
def test_a_url_is_read_and_written(text: str, parts: dict[str, Any]) -> None:
    url = sip.parseURL(text)
    assert said(url) == parts
    assert url.toString() == str(url) == text


@pytest.mark.parametrize("text", ["", "tel:1", "sips:a@b", "SIP:a", "sip:a:b", "sip:h;ttl=x"])
def test_what_is_no_url(text: str) -> None:
    with pytest.raises(ValueError, match=r"unsupported scheme|invalid literal"):
        sip.parseURL(text)


@pytest.mark.parametrize(
    ("text", "name", "url", "params"),
    [
        ("sip:a@b;tag=5", "", "sip:a@b;tag=5", {}),
        ("<sip:a@b>", "", "sip:a@b", {}),
        ("A B <sip:a@b>", "A B", "sip:a@b", {}),
        ('"A. B" <sip:a@b>;tag=1;x', "A. B", "sip:a@b", {"tag": "1", "x": ""}),
        (r'"A \"q\" <x>" <sip:a@b>', r"A \"q\" <x>", "sip:a@b", {}),
    ],
)
def test_an_address(text: str, name: str, url: str, params: dict[str, str]) -> None:
    """(Twisted refuses a parameter without a value, and a ``<`` in the name.)"""
    found = sip.parseAddress(text)
    assert (found[0], found[1].toString(), found[2]) == (name, url, params)


@pytest.mark.parametrize("text", ["", "<", "a", '"x" sip:a', "<sip:a", '"', "<tel:1>"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"no address|unsupported scheme"):
        sip.parseAddress(text)


def test_an_address_may_be_moved_and_cleaned() -> None:
    _, url, _ = sip.parseAddress(
        "<sip:a@b:1;transport=udp;ttl=1;maddr=m;tag=t?x=y>", host="h", port=2, clean=1
    )
    assert url.toString() == "sip:a@h:2;tag=t"


@pytest.mark.parametrize(
    ("text", "written", "parts"),
    [
        ("SIP/2.0/UDP h", "SIP/2.0/UDP h:5060", {"host": "h"}),
        (
            "SIP/2.0/TCP h:5;rport",
            "SIP/2.0/TCP h:5;rport",
            {"port": 5, "rportRequested": True, "rport": True},
        ),
        (
            "SIP/2.0/UDP h;rport=9;received=r",
            "SIP/2.0/UDP h:5060;received=r;rport=9",
            {"rportValue": 9, "rport": 9},
        ),
        ("SIP/2.0/UDP h;maddr=q (comment)", "SIP/2.0/UDP h:5060;maddr=q", {"maddr": "q"}),
        (
            "SIP/2.0/UDP h;ttl=4 ; hidden;x;y=z",
            "SIP/2.0/UDP h:5060;hidden;ttl=4;x;y=z",
            {"ttl": 4, "hidden": True},
        ),
    ],
)
def test_a_via(text: str, written: str, parts: dict[str, Any]) -> None:
    via = sip.parseViaHeader(text)
    assert {name: getattr(via, name) for name in parts} == parts
    assert via.toString() == written


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "SIP/2.0/UDP",
        "SIP/1.0/UDP h",
        "SIP/2.0/UDP h:x",
        "SIP/2.0/UDP h;ttl=x",
        "SIP/2.0/UDP h;host=x",
    ],
)
def test_what_is_no_via(text: str) -> None:
    with pytest.raises(ValueError, match=r"no Via header|wrong protocol|invalid literal|multiple values"):
        sip.parseViaHeader(text)


def test_rport_true_is_deprecated() -> None:
    with pytest.warns(DeprecationWarning, match="rport=True is deprecated since Twisted 9.0"):
        assert sip.Via("h", rport=True).toString() == "SIP/2.0/UDP h:5060;rport"
    assert sip.Via("h", rport=None).rportRequested


TEXT = st.text('sip:@;<>"\\=?&/2.0UDP hx,1', max_size=30)


@given(TEXT)
def test_any_text_is_read_or_refused_with_a_value_error(text: str) -> None:
    for parse, begin in (
        (sip.parseURL, "sip:"),
        (sip.parseAddress, ""),
        (sip.parseViaHeader, "SIP/2.0/UDP "),
    ):
        try:
            parse(begin + text)
        except ValueError:
            continue


# ---- messages -------------------------------------------------------------------------------------


def parsed(*chunks: bytes) -> list[Any]:
    found: list[Any] = []
    parser = sip.MessagesParser(found.append)
    for chunk in chunks:
        parser.dataReceived(chunk)
    parser.dataDone()
    return found


REQUEST = b"INVITE sip:foo SIP/2.0\r\nFrom: mo\r\nt: joe\r\nSubject: a\r\n b\r\nContent-Length: 4\r\n\r\nabcd"


def test_messages_are_read_in_any_cut() -> None:
    for chunks in cuts(b"\r\n" + REQUEST):
        (message,) = parsed(*chunks)
        assert (message.method, str(message.uri), message.body) == ("INVITE", "sip:foo", "abcd")
        assert dict(message.headers) == {
            "from": ["mo"],
            "to": ["joe"],
            "subject": ["ab"],
            "content-length": ["4"],
        }
        assert message.finished
    assert [message.body for message in parsed(REQUEST + REQUEST, REQUEST)] == ["abcd"] * 3


@pytest.mark.parametrize(
    ("text", "body"),
    [
        (b"SIP/2.0 200 OK\r\nx: y\r\n\r\n", ""),
        (b"SIP/2.0 200 OK\r\n\r\nall the rest", "all the rest"),
        (b"SIP/2.0 200 OK\r\nl: 2\r\n\r\nabc", "ab"),
        (b"SIP/2.0 200 OK\r\nl: 2\r\n\r\n\xc3\xa9", "\u00e9"),
    ],
)
def test_how_long_a_body_is(text: bytes, body: str) -> None:
    (message,) = parsed(text)
    assert message.body == body


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"junk\r\n\r\n",
        b"\xff\xfe\r\n\r\n",
        b"INVITE sip:a\r\n\r\n",
        b"INVITE sip:a SIP/1.0\r\n\r\n",
        b"INVITE tel:1 SIP/2.0\r\n\r\n",
        b"SIP/2.0 x OK\r\n\r\n",
        b"SIP/2.0 200 OK\r\nno header\r\n\r\n",
        b"SIP/2.0 200 OK\r\nl: x\r\n\r\n",
        b"SIP/2.0 200 OK\r\nl: -1\r\n\r\nabc",
        b"SIP/2.0 200 OK\r\nl: 4\r\n\r\nabc",
        b"SIP/2.0 200 OK\r\nx: \xff\r\n\r\n",
        b"SIP/2.0 200 OK\r\nx: y\r\n",
        b"SIP/2.0 200 OK\r\nx: " + b"y" * 20_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_message_is_dropped_and_the_next_datagram_read(text: bytes) -> None:
    """(For some of these Twisted logs an error or raises one.)"""
    found: list[Any] = []
    parser = sip.MessagesParser(found.append)
    for datagram in (text, REQUEST):
        parser.dataReceived(datagram)
        parser.dataDone()
    assert [message.method for message in found] == ["INVITE"]


@given(
    st.lists(
        st.binary(max_size=20) | st.sampled_from([REQUEST, b"l: 3\r\n", b"\r\n\r\n", b"SIP/2.0 200 OK\r\n"])
    )
)
def test_any_datagrams_leave_the_parser_whole(datagrams: list[bytes]) -> None:
    found: list[Any] = []
    parser = sip.MessagesParser(found.append)
    for datagram in [*datagrams, REQUEST]:
        parser.dataReceived(datagram)
        parser.dataDone()
    assert found[-1].body == "abcd"


def test_a_body_that_never_ends_is_no_message() -> None:
    received: list[Any] = []
    parser = sip.MessagesParser(received.append)
    parser.dataReceived(b"MESSAGE sip:a@b SIP/2.0\r\n\r\n")
    for _ in range(100):
        parser.dataReceived(b"x" * 1000)
    assert parser.state == "invalid"
    assert not parser._body
    parser.dataDone()
    parser.dataReceived(b"MESSAGE sip:a@b SIP/2.0\r\n\r\n")
    parser.dataDone()
    assert [message.body for message in received] == [""]


def test_a_body_whose_length_is_told_may_be_longer_than_a_datagram_and_come_in_pieces() -> None:
    """SIP over TCP; the bound is for what has no other end."""
    received: list[Any] = []
    parser = sip.MessagesParser(received.append)
    parser.dataReceived(b"MESSAGE sip:a@b SIP/2.0\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(100):
        parser.dataReceived(b"x" * 1000)
    assert [len(message.body) for message in received] == [100_000]


def test_messages_are_written() -> None:
    request = sip.Request("REGISTER", "sip:x;transport=udp")
    request.addHeader("f", "a")
    request.addHeader("cseq", "1")
    request.addHeader("max-forwards", "2")
    request.bodyDataReceived("body")
    assert request.toString() == "REGISTER sip:x SIP/2.0\r\nFrom: a\r\nCSeq: 1\r\nMax-Forwards: 2\r\n\r\nbody"
    assert sip.Response(404).toString() == "SIP/2.0 404 Not Found\r\n\r\n"
    assert sip.Response(200, "fine").toString() == "SIP/2.0 200 fine\r\n\r\n"
    assert str(sip.SIPError(404)) == "SIP error (404): Not Found"
    request.addHeader("content-length", "5")
    with pytest.raises(ValueError, match="wrong body length"):
        request.creationFinished()


# ---- proxies -----------------------------------------------------------------------------------------


class Wire:
    """A transport that notes what is sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[list[str], Any]] = []

    def write(self, data: bytes, address: Any) -> None:
        self.sent.append((data.decode().split("\r\n"), address))


HERE = ("1.2.3.4", 5061)


def request(method: str = "INVITE", uri: str = "sip:joe@there", **headers: str) -> bytes:
    headers = {"Via": "SIP/2.0/UDP 1.2.3.4:5061", "To": "sip:joe@there", **headers}
    lines = [f"{name}: {value}" for name, value in headers.items() if value]
    return "\r\n".join([f"{method} {uri} SIP/2.0", *lines, "", ""]).encode()


def proxied(proxy: Any, datagram: bytes, peer: Any = HERE) -> list[tuple[list[str], Any]]:
    proxy.transport = Wire()
    proxy.datagramReceived(datagram, peer)
    return list(proxy.transport.sent)


@pytest.mark.parametrize(
    ("via", "noted"),
    [
        ("SIP/2.0/UDP 1.2.3.4:5061", ""),
        ("SIP/2.0/UDP 9.9.9.9:5061", ";received=1.2.3.4"),
        ("SIP/2.0/UDP 1.2.3.4:9", ";rport=5061"),
        ("SIP/2.0/UDP 1.2.3.4:5061;rport", ";received=1.2.3.4;rport=5061"),
    ],
)
def test_where_a_message_came_from_is_noted_if_it_is_not_where_it_says(via: str, noted: str) -> None:
    seen: list[Any] = []

    class Server(sip.Base):
        def handle_request(self, message: Any, addr: Any) -> None:
            seen.append(message.headers["via"][0])

    proxied(Server(), request(Via=via))
    assert seen == [via.removesuffix(";rport") + noted]


def proxy(where: Any = None) -> Any:
    made = sip.Proxy("127.0.0.1")
    found = defer.succeed(sip.parseURL("sip:joe@5.6.7.8:99")) if where is None else defer.fail(where)
    made.locator = SimpleNamespace(getAddress=lambda url: found)
    return made


OURS = "Via: SIP/2.0/UDP 127.0.0.1:5060"
THEIRS = "Via: SIP/2.0/UDP 1.2.3.4:5061"


def test_a_request_goes_to_where_the_user_is() -> None:
    ((lines, address),) = proxied(proxy(), request())
    assert address == ("5.6.7.8", 99)
    assert lines[:3] == ["INVITE sip:joe@there SIP/2.0", OURS, THEIRS]


@pytest.mark.parametrize(
    ("wrong", "code"), [(LookupError(), "404 Not Found"), (sip.SIPError(480), "480 Temporarily Unavailable")]
)
def test_a_request_that_goes_nowhere_is_answered(wrong: Exception, code: str) -> None:
    ((lines, address),) = proxied(proxy(wrong), request())
    assert (lines[:2], address) == ([f"SIP/2.0 {code}", THEIRS], HERE)


@pytest.mark.parametrize("to", ["", "junk", "<sip:a"])
def test_a_request_for_nobody_is_a_bad_one(to: str) -> None:
    """(Twisted answers 500, and itself.)"""
    ((lines, address),) = proxied(proxy(), request(To=to))
    assert (lines[:2], address) == (["SIP/2.0 400 Bad Request", THEIRS], HERE)


def test_what_goes_wrong_here_is_logged_and_answered(flush_logged_errors: Any) -> None:
    ((lines, _),) = proxied(proxy(KeyError()), request())
    assert lines[0] == "SIP/2.0 404 Not Found"  # a KeyError is a LookupError
    ((lines, _),) = proxied(proxy(ZeroDivisionError()), request())
    assert lines[0] == "SIP/2.0 500 Internal Server Error"
    broken = proxy()
    broken.handle_INVITE_request = lambda message, peer: 1 / 0
    ((lines, _),) = proxied(broken, request())
    assert lines[0] == "SIP/2.0 500 Internal Server Error"
    assert len(flush_logged_errors(ZeroDivisionError)) == 2


@pytest.mark.parametrize("via", ["", "junk", "SIP/2.0/UDP h:x"])
def test_a_message_of_nowhere_is_dropped(via: str) -> None:
    """(Twisted raises KeyError or ValueError.)"""
    assert proxied(proxy(), request(Via=via)) == []
    assert (
        proxied(proxy(), b"SIP/2.0 200 OK\r\n" + (f"Via: {via}\r\n".encode() if via else b"") + b"\r\n") == []
    )


def test_a_request_that_was_here_before_is_dropped() -> None:
    assert proxied(proxy(), request(Via=OURS[5:])) == []


@pytest.mark.parametrize(
    ("vias", "sent"),
    [
        ([OURS, "Via: SIP/2.0/UDP 9.9.9.9:7;received=8.8.8.8"], [("8.8.8.8", 7)]),
        ([OURS, "Via: SIP/2.0/UDP 9.9.9.9:7;rport=6"], [("9.9.9.9", 6)]),
        ([OURS], []),
        ([THEIRS, OURS], []),
    ],
)
def test_a_response_goes_back_the_way_the_request_came(vias: list[str], sent: Any) -> None:
    datagram = "\r\n".join(["SIP/2.0 200 OK", *vias, "", ""]).encode()
    out = proxied(proxy(), datagram, ("127.0.0.1", 5060))
    assert [address for _, address in out] == sent
    assert all(OURS not in lines for lines, _ in out)


def test_only_udp_is_spoken() -> None:
    with pytest.raises(RuntimeError, match="only UDP currently supported"):
        proxy().sendMessage(sip.parseURL("sip:h;transport=tcp"), sip.Response(200))


class Registrar:
    def __init__(self) -> None:
        self.clock = Clock()
        self.registry = sip.InMemoryRegistry("there")
        self.registry.reactor = self.clock
        self.proxy = sip.RegisterProxy("127.0.0.1")
        self.proxy.registry = self.proxy.locator = self.registry

    def say(self, **headers: str) -> list[str]:
        sent = proxied(self.proxy, request("REGISTER", "sip:there", **headers))
        return sent[0][0] if sent else []

    def where(self) -> Any:
        places: list[Any] = []
        self.registry.getAddress(sip.parseURL("sip:joe@there")).addBoth(places.append)
        return places[0].type if isinstance(places[0], Failure) else str(places[0])


def test_a_user_is_registered_where_he_is_heard_from_for_an_hour() -> None:
    registrar = Registrar()
    assert registrar.where() is LookupError
    lines = registrar.say(Contact="<sip:joe@10.0.0.1:5>")
    assert lines[0] == "SIP/2.0 200 OK"
    assert lines[-5:-2] == ["Contact: sip:joe@1.2.3.4:5061", "Expires: 3600", "Content-Length: 0"]
    assert registrar.where() == "sip:joe@1.2.3.4:5061"
    registrar.clock.advance(3599)
    assert "Expires: 1" in registrar.say()
    registrar.say(Contact="<sip:joe@10.0.0.1:5>")
    registrar.clock.advance(3600)
    assert registrar.where() is LookupError


@pytest.mark.parametrize("contact", ["*", "<sip:joe@10.0.0.1:5>"])
def test_a_user_leaves(contact: str) -> None:
    registrar = Registrar()
    registrar.say(Contact="<sip:joe@10.0.0.1:5>")
    assert "Expires: 0" in registrar.say(Contact=contact, Expires="0")
    assert registrar.where() is LookupError
    assert registrar.clock.getDelayedCalls() == []
    assert registrar.say(Contact=contact, Expires="0") == []


def test_who_is_not_of_the_domain_is_not_registered() -> None:
    registrar = Registrar()
    assert registrar.say(To="sip:joe@elsewhere", Contact="sip:joe@h") == []
    assert registrar.registry.users == {}


@pytest.mark.parametrize("headers", [{"To": ""}, {"To": "junk"}, {"Contact": "junk"}])
def test_a_registration_that_makes_no_sense_is_a_bad_request(headers: dict[str, str]) -> None:
    assert Registrar().say(**headers)[0] == "SIP/2.0 400 Bad Request"


class Basic:
    def __init__(self, challenge: str | None) -> None:
        self.challenge = challenge

    def getChallenge(self, peer: Any) -> str | None:
        return self.challenge

    def decode(self, response: str) -> Any:
        if response == "junk":
            raise sip.SIPError(400)
        return SimpleNamespace(username=response)


class Portal:
    def login(self, credentials: Any, mind: Any, interface: Any) -> defer.Deferred[Any]:
        if credentials.username == "joe@127.0.0.1" and interface is sip.IContact:
            return defer.succeed((interface, None, lambda: None))
        return defer.fail(UnauthorizedLogin())


@pytest.mark.parametrize(
    ("authorization", "first"),
    [
        ("", "SIP/2.0 401 Unauthorized"),
        ("basic bob", "SIP/2.0 401 Unauthorized"),
        ("Basic joe", "SIP/2.0 200 OK"),
        ("basic junk", "SIP/2.0 400 Bad Request"),
        ("other joe", "SIP/2.0 501 Not Implemented"),
    ],
)
def test_with_a_portal_users_have_to_log_in(authorization: str, first: str) -> None:
    registrar = Registrar()
    registrar.proxy.portal = Portal()
    registrar.proxy.authorizers = {"basic": Basic("nonce=x")}
    lines = registrar.say(Contact="sip:joe@h", Authorization=authorization)
    assert lines[0] == first
    assert ('WWW-Authenticate: Basic nonce=x,realm="127.0.0.1"' in lines) is ("401" in first)


@pytest.mark.asyncio
async def test_over_udp() -> None:
    answers = defer.DeferredQueue[bytes]()

    class Client(DatagramProtocol):
        def datagramReceived(self, data: bytes, addr: Any) -> None:
            answers.put(data)

    registrar = Registrar()
    del registrar.registry.reactor
    server = reactor.listenUDP(0, registrar.proxy, interface="127.0.0.1")
    client = reactor.listenUDP(0, Client(), interface="127.0.0.1")
    via = f"SIP/2.0/UDP 127.0.0.1:{client.getHost().port}"
    client.write(
        request("REGISTER", "sip:there", Via=via, Contact="sip:joe@h"), ("127.0.0.1", server.getHost().port)
    )
    assert (await answers.get()).startswith(b"SIP/2.0 200 OK\r\n")
    registrar.registry._expireRegistration("joe")
    await client.stopListening()
    await server.stopListening()
