"""Which of Twisted's modules txloop replaces where Twisted is installed too.

A module stands here once it has every public name of Twisted 26.10's module of that
name, the private ones that Twisted's upper layers import, and tests for both.  Until
then the installed Twisted's own module is used (and without Twisted, ours as far as
it goes).

One line a module, without the leading ``twisted.``; ``internet.reactor`` is the
ambient reactor itself.
"""

from __future__ import annotations

# These refer to each other's classes: served one without the others, a program would meet two
# classes of one name, and isinstance, zope adapters and except clauses would miss silently.
TOGETHER = (
    "internet.address",
    "internet.defer",
    "internet.error",
    "internet.interfaces",
    "internet.protocol",
    "internet.task",
    "logger",
    "python.failure",
    "python.log",
)

_READY = (
    # ---- internet ------------------------------------------------------------
    "internet._resolver",
    "internet.address",
    "internet.asyncioreactor",
    "internet.default",
    "internet.defer",
    "internet.epollreactor",
    "internet.error",
    "internet.interfaces",
    "internet.main",
    "internet.pollreactor",
    "internet.protocol",
    "internet.reactor",
    "internet.selectreactor",
    "internet.task",
    "internet.testing",
    "internet.threads",
    # ---- python --------------------------------------------------------------
    "_threads._convenience",
    "_threads._ithreads",
    "_threads._memory",
    "_threads._pool",
    "_threads._team",
    "_threads._threadworker",
    "python.compat",
    "python.components",
    "python.context",
    "python.deprecate",
    "python.failure",
    "python.lockfile",
    "python.log",
    "python.reflect",
    "python.procutils",
    "python.randbytes",
    "python.runtime",
    "python.threadable",
    "python.threadpool",
    "python.util",
    "python.versions",
    # ---- protocols -----------------------------------------------------------
    "protocols.basic",
    "protocols.htb",
    "protocols.loopback",
    "protocols.pcp",
    "protocols.policies",
    "protocols.portforward",
    "protocols.stateful",
    "protocols.wire",
    # ---- logger, application, the rest -----------------------------------------
    "test.proto_helpers",
    "logger",
)

# What is written upon those above is served only with them.
_UPON = ("_threads.", "internet.testing", "internet.threads", "protocols.", "python.threadpool", "test.")

COMPLETE = frozenset(
    name
    for name in _READY
    if set(TOGETHER) <= set(_READY) or not (name in TOGETHER or name.startswith(_UPON))
)
