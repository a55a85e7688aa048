"""Portals, checkers and credentials.  Source of the claims: Twisted 26.10's twisted.cred, by running it."""

from __future__ import annotations

import hashlib
import hmac
import io
import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zope.interface import implementer
from zope.interface.verify import verifyObject

from txloop.cred import checkers, credentials, error, portal, strcred
from txloop.internet.defer import Deferred, succeed
from txloop.python import usage
from txloop.python.failure import Failure


def result_of(deferred: Deferred[Any]) -> Any:
    """What it has fired with; a failure's exception."""
    results: list[Any] = []
    deferred.addBoth(results.append)
    (result,) = results
    return result.value if isinstance(result, Failure) else result


# ---- portals ------------------------------------------------------------------------------


@implementer(portal.IRealm)
class Realm:
    def requestAvatar(self, avatarId: Any, mind: Any, *interfaces: Any) -> Any:
        return interfaces[0], (avatarId, mind), None


def test_the_portal_asks_the_checker_then_the_realm() -> None:
    asked = portal.Portal(Realm(), [checkers.InMemoryUsernamePasswordDatabaseDontUse(ann=b"secret")])
    login = asked.login(credentials.UsernamePassword(b"ann", b"secret"), "mind", "IMailbox")
    assert result_of(login) == ("IMailbox", (b"ann", "mind"), None)


@pytest.mark.parametrize("shown", [(b"ann", b"other"), (b"bob", b"secret"), (b"", b"")])
def test_wrong_credentials_open_nothing(shown: tuple[bytes, bytes]) -> None:
    asked = portal.Portal(Realm(), [checkers.InMemoryUsernamePasswordDatabaseDontUse(ann=b"secret")])
    login = asked.login(credentials.UsernamePassword(*shown), None, "IMailbox")
    assert isinstance(result_of(login), error.UnauthorizedLogin)


def test_credentials_that_nobody_checks_are_told_by_their_kind() -> None:
    refused = result_of(portal.Portal(Realm()).login(credentials.Anonymous(), None, "IMailbox"))
    assert isinstance(refused, error.UnhandledCredentials)
    assert str(refused) == "No checker for txloop.cred.credentials.IAnonymous"


def test_a_checker_can_be_registered_for_some_of_its_kinds() -> None:
    asked = portal.Portal(Realm())
    checker = checkers.InMemoryUsernamePasswordDatabaseDontUse()
    asked.registerChecker(checker, credentials.IUsernamePassword)
    assert asked.listCredentialsInterfaces() == [credentials.IUsernamePassword]
    asked.registerChecker(checker)
    assert credentials.IUsernameHashedPassword in asked.listCredentialsInterfaces()


def test_a_checker_may_answer_at_once() -> None:
    class Plain:
        credentialInterfaces = (credentials.IAnonymous,)

        def requestAvatarId(self, credentials: Any) -> str:
            return "plain"

    login = portal.Portal(Realm(), [Plain()]).login(credentials.Anonymous(), None, "I")
    assert result_of(login) == ("I", ("plain", None), None)


# ---- checkers -------------------------------------------------------------------------------


@pytest.fixture
def passwords(tmp_path: Path) -> str:
    path = tmp_path / "passwords"
    path.write_bytes(b"ann:secret:more\nBob:two words\n\nbroken\ncrlf:x\r\n")
    return str(path)


@pytest.mark.parametrize("cache", [False, True])
@pytest.mark.parametrize(
    ("name", "user"),
    [
        (b"ann", (b"ann", b"secret")),
        (b"Bob", (b"Bob", b"two words")),
        (b"crlf", (b"crlf", b"x")),
        (b"bob", None),
        (b"broken", None),
        (b"", None),
    ],
)
def test_a_password_file(passwords: str, name: bytes, user: object, cache: bool) -> None:
    checker = checkers.FilePasswordDB(passwords, cache=cache)
    if user is None:
        with pytest.raises(KeyError):
            checker.getUser(name)
    else:
        assert checker.getUser(name) == user


def test_names_may_differ_in_case_only_where_it_is_said(passwords: str) -> None:
    checker = checkers.FilePasswordDB(passwords, caseSensitive=False)
    assert checker.getUser(b"BOB") == (b"bob", b"two words")


def test_fields_may_stand_elsewhere(passwords: str) -> None:
    checker = checkers.FilePasswordDB(passwords, usernameField=1, passwordField=2)
    assert checker.getUser(b"secret") == (b"secret", b"more")


def test_a_file_of_hashes_is_compared_with_the_hash_of_what_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "hashes"
    path.write_bytes(b"ann:" + hashlib.sha256(b"secret").hexdigest().encode() + b"\n")

    def hashed(name: bytes, password: bytes, stored: bytes) -> bytes:
        return hashlib.sha256(password).hexdigest().encode()

    checker = checkers.FilePasswordDB(path, hash=hashed)
    assert checker.credentialInterfaces == (credentials.IUsernamePassword,)
    shown = [credentials.UsernamePassword(b"ann", password) for password in (b"secret", b"other")]
    right, wrong = (result_of(checker.requestAvatarId(each)) for each in shown)
    assert (right, type(wrong)) == (b"ann", error.UnauthorizedLogin)


def test_a_file_that_cannot_be_read_lets_nobody_in(tmp_path: Path) -> None:
    checker = checkers.FilePasswordDB(tmp_path / "none")
    with pytest.raises(error.UnauthorizedLogin):
        checker.requestAvatarId(credentials.UsernamePassword(b"ann", b"secret"))


def test_a_cached_file_is_read_again_when_it_has_changed(passwords: str) -> None:
    checker = checkers.FilePasswordDB(passwords, cache=True)
    checker.getUser(b"ann")
    Path(passwords).write_bytes(b"ann:new\n")
    os.utime(passwords, (2_000_000_000, 2_000_000_000))
    assert checker.getUser(b"ann") == (b"ann", b"new")


def test_what_was_cached_is_not_pickled(passwords: str) -> None:
    checker = checkers.FilePasswordDB(passwords, cache=True)
    checker.getUser(b"ann")
    assert b"secret" not in pickle.dumps(checker)
    assert pickle.loads(pickle.dumps(checker)).getUser(b"ann") == (b"ann", b"secret")


@pytest.mark.parametrize("matched", [True, False])
def test_credentials_may_answer_later(matched: bool, passwords: str) -> None:
    class Later(credentials.UsernamePassword):
        def checkPassword(self, password: bytes) -> Any:
            return succeed(matched)

    checker = checkers.FilePasswordDB(passwords)
    answer = result_of(checker.requestAvatarId(Later(b"ann", b"")))
    assert answer == b"ann" if matched else isinstance(answer, error.UnauthorizedLogin)


@pytest.mark.parametrize(
    "checker", [checkers.AllowAnonymousAccess(), checkers.InMemoryUsernamePasswordDatabaseDontUse()]
)
def test_checkers_provide_their_interface(checker: Any) -> None:
    assert verifyObject(checkers.ICredentialsChecker, checker)


# ---- challenges -----------------------------------------------------------------------------


def test_a_cram_md5_answer_is_checked_against_the_password() -> None:
    made = credentials.CramMD5Credentials("host.example")
    challenge = made.getChallenge()
    assert challenge.startswith(b"<")
    assert challenge.endswith(b"@host.example>")
    assert made.getChallenge() == challenge
    made.setResponse(b"ann " + hmac.new(b"secret", challenge, "md5").hexdigest().encode())
    assert (made.username, made.checkPassword(b"secret"), made.checkPassword(b"x")) == (b"ann", True, False)


@pytest.mark.parametrize("answer", [b"", b"ann"])
def test_half_a_cram_md5_answer_is_none(answer: bytes) -> None:
    with pytest.raises(ValueError, match="not enough values"):
        credentials.CramMD5Credentials().setResponse(answer)


RFC_2617 = {
    "username": b"Mufasa",
    "realm": b"testrealm@host.com",
    "nonce": b"dcd98b7102dd2f0e8b11d0f600bfb0c093",
    "uri": b"/dir/index.html",
    "qop": b"auth",
    "nc": b"00000001",
    "cnonce": b"0a4f113b",
    "response": b"6629fae49393a05397450978507c4ef1",
}


def test_the_example_of_rfc_2617() -> None:
    shown = credentials.DigestedCredentials(b"Mufasa", b"GET", b"testrealm@host.com", RFC_2617)
    assert shown.checkPassword(b"Circle Of Life")
    assert not shown.checkPassword(b"circle of life")
    assert shown.checkHash(hashlib.md5(b"Mufasa:testrealm@host.com:Circle Of Life").hexdigest().encode())


ADDRESS = "10.2.3.4"


class Fixed(credentials.DigestCredentialFactory):
    """One with a clock of its own."""

    now = 1000

    def _getTime(self) -> float:
        return self.now


def answer(challenge: dict[str, bytes], **changed: bytes | None) -> bytes:
    fields = {**RFC_2617, "nonce": challenge["nonce"], "opaque": challenge["opaque"], **changed}
    return b", ".join(
        b'%s="%s"' % (name.encode(), value) for name, value in fields.items() if value is not None
    )


def test_an_answer_to_our_own_challenge_is_taken() -> None:
    factory = Fixed(b"md5", b"testrealm@host.com")
    challenge = factory.getChallenge(ADDRESS)
    assert challenge["realm"] == b"testrealm@host.com"
    decoded = factory.decode(answer(challenge), b"GET", ADDRESS)
    assert (decoded.username, decoded.fields["uri"]) == (b"Mufasa", b"/dir/index.html")


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"username": None}, "Invalid response, no username given."),
        ({"username": b""}, "Invalid response, no username given."),
        ({"opaque": None}, "Invalid response, no opaque given."),
        ({"nonce": None}, "Invalid response, no nonce given."),
        ({"opaque": b"x"}, "Invalid response, invalid opaque value"),
        ({"opaque": b"x-y"}, "Invalid response, invalid opaque value"),
        ({"opaque": b"x-bixhLDE="}, "Invalid response, incompatible opaque/nonce values"),
        ({"nonce": b"other"}, "Invalid response, incompatible opaque/nonce values"),
    ],
)
def test_an_answer_that_was_changed_is_refused(changed: dict[str, bytes | None], text: str) -> None:
    factory = Fixed(b"md5", b"realm")
    with pytest.raises(error.LoginFailed) as refused:
        factory.decode(answer(factory.getChallenge(ADDRESS), **changed), b"GET", ADDRESS)
    assert str(refused.value) == text


def test_another_clients_and_a_late_answer_are_refused() -> None:
    factory = Fixed(b"md5", b"realm")
    response = answer(factory.getChallenge(ADDRESS))
    with pytest.raises(error.LoginFailed, match="incompatible opaque/client values"):
        factory.decode(response, b"GET", "10.2.3.5")
    factory.now += factory.CHALLENGE_LIFETIME_SECS + 1
    with pytest.raises(error.LoginFailed, match="incompatible opaque/nonce too old"):
        factory.decode(response, b"GET", ADDRESS)


def test_another_servers_challenge_is_refused() -> None:
    response = answer(Fixed(b"md5", b"realm").getChallenge(ADDRESS))
    with pytest.raises(error.LoginFailed, match="invalid opaque value"):
        Fixed(b"md5", b"realm").decode(response, b"GET", ADDRESS)


@given(st.binary(max_size=200), st.lists(st.sampled_from([b'username="a",', b"opaque=", b"nonce=", b"-"])))
def test_any_bytes_are_refused_in_order(noise: bytes, words: list[bytes]) -> None:
    with pytest.raises(error.LoginFailed):
        Fixed(b"md5", b"realm").decode(b"".join(words) + noise, b"GET", ADDRESS)


# ---- the command line -------------------------------------------------------------------------


class AuthOptions(usage.Options, strcred.AuthOptionMixin):
    pass


def test_checkers_from_a_command_line(passwords: str) -> None:
    options = AuthOptions()
    options.parseOptions(
        ["--auth", "memory:ann:secret", "--auth", f"file:{passwords}", "--auth", "anonymous"]
    )
    memory, file, anonymous = options["credCheckers"]
    assert options["credInterfaces"][credentials.IUsernamePassword] == [memory, file]
    assert options["credInterfaces"][credentials.IAnonymous] == [anonymous]
    assert memory.users == {b"ann": b"secret"}


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--auth", "zork"], "Auth plugin not recognized: zork"),
        (["--auth", "memory:ann"], "Unexpected error: argstring must be in format U:P:..."),
        (["--auth", "file"], "Unexpected error: 'file' requires a filename"),
        (["--help-auth-type", "zork"], "Invalid auth type: zork"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(words: list[str], text: str) -> None:
    with pytest.raises(usage.UsageError) as refused:
        AuthOptions().parseOptions(words)
    assert str(refused.value) == text


def test_a_checker_that_the_program_cannot_use_is_refused() -> None:
    class OnlyAnonymous(AuthOptions):
        supportedInterfaces = (credentials.IAnonymous,)
        authOutput = io.StringIO()

    with pytest.raises(usage.UsageError, match=r"Auth plugin not supported: "):
        OnlyAnonymous().parseOptions(["--auth", "memory:ann:secret"])
    with pytest.raises(SystemExit):
        OnlyAnonymous().parseOptions(["--help-auth-type", "memory"])
    assert strcred.notSupportedWarning in OnlyAnonymous.authOutput.getvalue()
    with pytest.raises(SystemExit):
        OnlyAnonymous().parseOptions(["--help-auth"])
    assert "  anonymous\tNo argstring required.\n" in OnlyAnonymous.authOutput.getvalue()


def test_the_old_hashed_password_warns() -> None:
    with pytest.warns(DeprecationWarning, match="Use .*UsernamePassword instead"):
        old = credentials.UsernameHashedPassword
    assert old(b"ann", b"x").checkPassword(b"x")
