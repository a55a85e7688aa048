"""Which packages, in which versions, and how their tests are run."""

from __future__ import annotations

from dataclasses import dataclass

from txloop_twisted._twisted_names import TWISTED_VERSION


@dataclass(frozen=True)
class Suite:
    """A package and its tests.

    Attributes:
        name: As the index knows it.
        version: The one that is tested.
        package: Where it lies in its source distribution.
        verdict: How ``txloop check`` of that must begin.
        tests: With trial, the package whose modules are run; with pytest, pytest's words.
        pytest: Is it pytest that runs them?  Else trial.
        from_source: Its tests are in the source distribution only.
        service: What must run meanwhile (services.py).
        without_twisted: Run it with no Twisted installed, too.
    """

    name: str
    version: str
    package: str
    verdict: str
    tests: tuple[str, ...]
    pytest: bool = False
    from_source: bool = False
    service: str = ""
    without_twisted: bool = False

    @property
    def requirement(self) -> str:
        """For pip."""
        return f"{self.name}=={self.version}"


_ALONE = "runs without Twisted"
_BESIDE = "runs with Twisted installed beside, for twisted."

SUITES = (
    Suite(
        "txaio", "26.6.1", "src/txaio", _ALONE, ("tests", "-p", "no:asyncio", "-p", "no:twisted"),
        pytest=True, from_source=True, without_twisted=True,
    ),
    Suite("Tubes", "0.2.1", "tubes", _ALONE, ("tubes.test",), without_twisted=True),
    Suite("treq", "26.7.0", "src/treq", _BESIDE, ("treq.test",)),
    Suite("klein", "24.8.0", "src/klein", _BESIDE, ("klein.test",)),
    Suite("crochet", "2.1.1", "crochet", _ALONE, ("crochet.tests",), without_twisted=True),
    Suite(
        "structlog", "26.1.0", "src/structlog", _ALONE, ("tests", "-p", "no:twisted"),
        pytest=True, from_source=True, without_twisted=True,
    ),
    Suite("txredisapi", "1.6.0", "txredisapi.py", _ALONE, ("tests",), from_source=True, service="redis"),
    # Some of its tests compare sys.stdout: -s.
    Suite("magic-wormhole", "0.24.0", "src/wormhole", _ALONE, ("-s", "--pyargs", "wormhole"), pytest=True),
)  # fmt: skip

# What those tests import besides, and Twisted.
FOR_SUITES = (
    f"Twisted[tls,test,http2]=={TWISTED_VERSION}", "uvloop", "magic-wormhole[dilate]==0.24.0",
    "magic-wormhole-mailbox-server", "magic-wormhole-transit-relay", "httpbin==0.10.2", "werkzeug==3.1.8",
    "hypothesis", "pytest>=8.4", "pytest-asyncio", "pytest-twisted", "simplejson", "time-machine",
)  # fmt: skip


@dataclass(frozen=True)
class Program:
    """A program in programs/ and what it needs.

    Attributes:
        name: The file's, without ``.py``.
        requirement: The package it works with.
        service: As `Suite.service`; its address is the program's argument.
    """

    name: str
    requirement: str
    service: str = ""


PROGRAMS = (
    Program("redis_commands", "txredisapi==1.6.0", "redis"),
    Program("futures", "txaio==26.6.1"),
    Program("calculator", "Tubes==0.2.1"),
    Program("messages", "twisted-mqtt==0.3.11", "mosquitto"),
    Program("bus", "txdbus==1.1.2", "dbus-daemon"),
    Program("sockets", "txZMQ==1.0.0"),
    Program("certificates", "pem==23.1.0"),
    Program("metrics", "prometheus-async==26.1.0"),
    Program("blocking", "crochet==2.1.1"),
    Program("structured", "structlog==26.1.0"),
)
# What those packages need besides Twisted; they themselves are installed without what they ask for.
FOR_PROGRAMS = (
    "zope.interface", "constantly", "incremental", "uvloop", "pyOpenSSL", "service_identity", "pyzmq", "six",
    "attrs", "characteristic", "greenlet", "prometheus_client", "wrapt",
    "pytest>=8.4", "pytest-asyncio", "simplejson", "time-machine",
)  # fmt: skip
