"""Which of Twisted's modules txloop replaces where Twisted is installed too.

A module stands here once it has every public name of Twisted 26.10's module of that
name, the private ones that Twisted's upper layers import, and tests for both.  Until
then the installed Twisted's own module is used (and without Twisted, ours as far as
it goes).

One line a module, without the leading ``twisted.``; ``internet.reactor`` is the
ambient reactor itself.
"""

from __future__ import annotations

COMPLETE = frozenset(
    (
        # ---- internet ------------------------------------------------------------
        "internet._resolver",
        "internet.abstract",
        "internet.base",
        "internet.fdesc",
        "internet.posixbase",
        "internet.stdio",
        "internet._sslverify",
        "internet.address",
        "internet.asyncioreactor",
        "internet.default",
        "internet.defer",
        "internet.epollreactor",
        "internet._idna",
        "internet.endpoints",
        "internet.error",
        "internet.inotify",
        "internet.interfaces",
        "internet.main",
        "internet.pollreactor",
        "internet.process",
        "internet.protocol",
        "internet.reactor",
        "internet.selectreactor",
        "internet.ssl",
        "internet.task",
        "internet.testing",
        "internet.threads",
        "internet.serialport",
        "internet.tcp",
        "internet.udp",
        "internet.unix",
        "internet.utils",
        # ---- python --------------------------------------------------------------
        "python._inotify",
        "python._tzhelper",
        "python.compat",
        "python.components",
        "python.constants",
        "python.context",
        "python.deprecate",
        "python.failure",
        "python.filepath",
        "python.lockfile",
        "python.log",
        "python.logfile",
        "python.modules",
        "python.monkey",
        "python.procutils",
        "python.randbytes",
        "python.rebuild",
        "python.reflect",
        "python.runtime",
        "python.systemd",
        "python.syslog",
        "python.text",
        "python.threadable",
        "python.threadpool",
        "python.usage",
        "python.urlpath",
        "python.util",
        "python.versions",
        "python.win32",
        "python.zippath",
        # ---- protocols -----------------------------------------------------------
        "protocols.amp",
        "protocols.basic",
        "protocols.htb",
        "protocols.loopback",
        "protocols.memcache",
        "protocols.pcp",
        "protocols.policies",
        "protocols.portforward",
        "protocols.stateful",
        "protocols._tls_legacy",
        "protocols.tls",
        "protocols.wire",
        # ---- logger, the helpers of tests, threads -------------------------------
        "_threads._convenience",
        "_threads._ithreads",
        "_threads._memory",
        "_threads._pool",
        "_threads._team",
        "_threads._threadworker",
        "application._client_service",
        "application.app",
        "application.internet",
        "application.reactors",
        "application.service",
        "application.strports",
        "copyright",
        "cred._digest",
        "cred.checkers",
        "cred.credentials",
        "cred.error",
        "cred.portal",
        "cred.strcred",
        "enterprise.adbapi",
        "logger",
        "persisted.sob",
        "plugin",
        "scripts._twistd_unix",
        "scripts.twistd",
        "test.iosim",
        "test.proto_helpers",
    )
)

# These refer to each other's classes: served one without the others, a program would meet two
# classes of one name, and isinstance, zope adapters and except clauses would miss silently.
TOGETHER = frozenset(
    (
        "internet.address",
        "internet.defer",
        "internet.error",
        "internet.inotify",
        "internet.interfaces",
        "internet.protocol",
        "internet.task",
        "enterprise.adbapi",
        "logger",
        "python.failure",
        "python.log",
    )
)
