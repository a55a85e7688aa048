"""``twistd`` on UNIX: daemons, pidfiles, users, log rotation.

    the parent                       the daemon
    preApplication    is another one running?
    createOrGet…      the application is loaded
    setupEnvironment  fork ----------> a session of its own, forks once more, writes the pidfile
    waits on a pipe                    privileged start, becomes another user, starts the services
    exits 0, or 1     <-- "0"/"1 why"  the reactor runs; at its end the pidfile is removed

So whoever started it learns whether the services did start.  The event loop comes into
being after the forks: a reactor has none before it runs.

Source: order, texts and files as of Twisted 26.10's twisted.scripts._twistd_unix, by running it.
"""

from __future__ import annotations

import errno
import os
import pwd
import signal
import sys
import traceback
from typing import Any, ClassVar

from txloop import copyright, logger
from txloop._contract import adapted
from txloop._public import publish
from txloop.application import app, service
from txloop.internet.interfaces import IReactorDaemonize
from txloop.python import log, logfile, usage
from txloop.python.runtime import platformType
from txloop.python.util import gidFromString, switchUID, uidFromString, untilConcludes
from txloop.scripts._pidfile import not_through_a_link

__all__ = [
    "IReactorDaemonize",
    "ServerOptions",
    "UnixAppLogger",
    "UnixApplicationRunner",
    "checkPID",
    "gidFromString",
    "launchWithName",
    "platformType",
    "switchUID",
    "uidFromString",
    "untilConcludes",
]

# What the daemon says over the pipe: this, or "1 " and why not.  Bounded, so that one write is whole.
_STARTED = b"0"
_NOT_STARTED = b"1 "
_MOST_BYTES_OF_STATUS = 100

_DAEMON_UMASK = 0o077


def _umask(value: str) -> int:
    return int(value, 8)


class ServerOptions(app.ServerOptions):
    """What `twistd` takes on UNIX."""

    synopsis = "Usage: twistd [options]"

    optFlags: ClassVar[Any] = [
        ["nodaemon", "n", "don't daemonize, don't use default umask of 0077"],
        ["originalname", None, "Don't try to change the process name"],
        ["syslog", None, "Log to syslog, not to file"],
        [
            "euid",
            "",
            "Set only effective user-id rather than real user-id. (This option has no effect unless the "
            "server is running as root, in which case it means not to shed all privileges after binding "
            "ports, retaining the option to regain privileges in cases such as spawning processes. "
            "Use with caution.)",
        ],
    ]

    optParameters: ClassVar[Any] = [
        ["prefix", None, "twisted", "use the given prefix when syslogging"],
        ["pidfile", "", "twistd.pid", "Name of the pidfile"],
        ["chroot", None, None, "Chroot to a supplied directory before running"],
        ["uid", "u", None, "The uid to run as.", uidFromString],
        [
            "gid",
            "g",
            None,
            "The gid to run as.  If not specified, the default gid associated with the specified "
            "--uid is used.",
            gidFromString,
        ],
        ["umask", None, None, "The (octal) file creation mask to apply.", _umask],
    ]

    compData = usage.Completions(
        optActions={
            "pidfile": usage.CompleteFiles("*.pid"),
            "chroot": usage.CompleteDirs(descr="chroot directory"),
            "gid": usage.CompleteGroups(descr="gid to run as"),
            "uid": usage.CompleteUsernames(descr="uid to run as"),
            "prefix": usage.Completer(descr="syslog prefix"),
        },
    )

    def opt_version(self) -> None:
        """
        Print version information and exit.
        """
        print(f"twistd (the Twisted daemon) {copyright.version}", file=self._stdout)
        print(copyright.copyright, file=self._stdout)
        sys.exit()

    def postOptions(self) -> None:
        """The pidfile's path is made absolute: a daemon changes its folder."""
        super().postOptions()
        if self["pidfile"]:
            self["pidfile"] = os.path.abspath(self["pidfile"])


def checkPID(pidfile: str | None) -> None:
    """See that no other process has *pidfile*; one whose process is gone is removed.

    Raises:
        SystemExit: One runs, or it cannot be said.
    """
    if not pidfile or not os.path.exists(pidfile):
        return
    try:
        with open(pidfile) as file:
            pid = int(file.read())
    except ValueError:
        sys.exit(f"Pidfile {pidfile} contains non-numeric value")
    try:
        os.kill(pid, 0)
    except OSError as why:
        if why.errno != errno.ESRCH:
            sys.exit(f"Can't check status of PID {pid} from pidfile {pidfile}: {why.strerror}")
        log.msg(f"Removing stale pidfile {pidfile}", isError=True)
        os.remove(pidfile)
    else:
        sys.exit(f"Another twistd server is running, PID {pid}\n{_ANOTHER_ONE}")


_ANOTHER_ONE = """
This could either be a previously started instance of your application or a
different application entirely. To start a new one, either run it in some other
directory, or use the --pidfile and --logfile parameters to avoid clashes.
"""


class UnixAppLogger(app.AppLogger):
    """An AppLogger that knows syslog, and rotates its file at SIGUSR1 unless the program handles that.

    Args:
        options: Those of AppLogger, with ``syslog``, ``prefix`` and ``nodaemon``.
    """

    def __init__(self, options: Any) -> None:
        super().__init__(options)
        self._syslog = options.get("syslog", False)
        self._syslogPrefix = options.get("prefix", "")
        self._nodaemon = options.get("nodaemon", False)

    def _getLogObserver(self) -> Any:
        """Syslog's, or a file's: a daemon's is twistd.log unless another is said.

        Raises:
            SystemExit: A daemon has no standard output.
        """
        if self._syslog:
            from txloop.python import syslog  # not on every UNIX

            return syslog.SyslogObserver(self._syslogPrefix).emit
        if self._logfilename == "-" and not self._nodaemon:
            sys.exit("Daemons cannot log to stdout, exiting!")
        if self._logfilename == "-" or (self._nodaemon and not self._logfilename):
            return logger.textFileLogObserver(sys.stdout)
        file: Any = logfile.LogFile.fromFullPath(self._logfilename or "twistd.log")
        if signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL:
            signal.signal(signal.SIGUSR1, lambda *args: _rotate_later(file))
        return logger.textFileLogObserver(file)


def _rotate_later(file: logfile.LogFile) -> None:
    # In a signal handler anything may be half done: from the reactor's turn then.
    from txloop.internet import reactor

    reactor.callFromThread(file.rotate)


def launchWithName(name: str | None) -> None:
    """Start this program once more in this process, under the process name *name*, if it has another."""
    if name and name != sys.argv[0]:
        executable = os.path.realpath(sys.executable)
        if sys.prefix != sys.base_prefix:
            # By that name the interpreter does not find its virtual environment (Twisted's fails there).
            os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
        log.msg("Changing process name to " + name)
        os.execv(executable, [name, sys.argv[0], "--originalname", *sys.argv[1:]])


class UnixApplicationRunner(app.ApplicationRunner):
    """Runs an application as a daemon or in the foreground."""

    loggerFactory = UnixAppLogger

    def preApplication(self) -> None:
        """See that no other one runs, and keep the standard files for later."""
        checkPID(self.config["pidfile"])
        self.config["nodaemon"] = self.config["nodaemon"] or self.config["debug"]
        self.oldstdout = sys.stdout
        self.oldstderr = sys.stderr

    def postApplication(self) -> None:
        """Start the services, say so to the waiting parent, run the reactor, remove the pidfile."""
        try:
            self.startApplication(self.application)
        except Exception as error:
            pipe = self.config.get("statusPipe", None)
            if pipe is not None:
                _tell(pipe, self._formatChildException(error))
            self.removePID(self.config["pidfile"])
            raise
        pipe = self.config.get("statusPipe", None)
        if pipe is not None:
            _tell(pipe, _STARTED)
        self.startReactor(None, self.oldstdout, self.oldstderr)
        self.removePID(self.config["pidfile"])

    def _formatChildException(self, exception: Exception) -> bytes:
        """*exception* as the daemon reports it: ASCII, and cut to what one write takes."""
        text = traceback.format_exception_only(type(exception), exception)[-1].strip()
        return _NOT_STARTED + text.encode("ascii", "backslashreplace")[: _MOST_BYTES_OF_STATUS - 2]

    def removePID(self, pidfile: str | None) -> None:
        """Remove *pidfile*; that it cannot be is logged and no more."""
        if not pidfile:
            return
        try:
            os.unlink(pidfile)
        except OSError as error:
            if error.errno in (errno.EACCES, errno.EPERM):
                log.msg("Warning: No permission to delete pid file")
            else:
                log.err(error, "Failed to unlink PID file:")
        except BaseException:
            log.err(None, "Failed to unlink PID file:")

    # ---- a daemon ------------------------------------------------------------------

    # Annotated in a comment: Twisted's tests compare its parameters with those of their stand-in.
    def setupEnvironment(self, chroot, rundir, nodaemon, umask, pidfile):
        # type: (str | None, str, Any, int | None, str | None) -> None
        """Change root, folder and mask, become a daemon, write the pidfile, as asked.

        Args:
            umask: None: 0077 for a daemon, else no change.
        """
        if chroot is not None:
            os.chroot(chroot)
            if rundir == ".":
                rundir = "/"
        os.chdir(rundir)
        if not nodaemon and umask is None:
            umask = _DAEMON_UMASK
        if umask is not None:
            os.umask(umask)
        if not nodaemon:
            from txloop.internet import reactor  # now is when it is chosen

            self.config["statusPipe"] = self.daemonize(reactor)
        if pidfile:
            with open(pidfile, "wb", opener=not_through_a_link) as file:
                file.write(str(os.getpid()).encode("ascii"))

    def daemonize(self, reactor: Any) -> int:
        """Go on as a daemon; the process that called waits for it to have started, and exits.

        Returns:
            The descriptor of the pipe on which to say whether it has started.
        """
        if IReactorDaemonize.providedBy(reactor):
            reactor.beforeDaemonize()
        read_end, write_end = os.pipe()
        if os.fork():
            code = self._waitForStart(read_end)
            os.close(read_end)
            os._exit(code)
        os.setsid()
        if os.fork():  # the leader of a session could get a terminal again: its child cannot
            os._exit(0)
        null = os.open("/dev/null", os.O_RDWR)
        for descriptor in range(3):
            try:
                os.dup2(null, descriptor)
            except OSError as error:
                if error.errno != errno.EBADF:
                    raise
        os.close(null)
        if IReactorDaemonize.providedBy(reactor):
            reactor.afterDaemonize()
        return write_end

    def _waitForStart(self, readPipe: int) -> int:
        """The parent's exit status, once the daemon has said how it went; why not is printed."""
        status: bytes = untilConcludes(os.read, readPipe, _MOST_BYTES_OF_STATUS)
        if status == _STARTED:
            return 0
        why = repr(status[len(_NOT_STARTED) :])
        print(
            f"An error has occurred: {why}\nPlease look at log file for more information.",
            file=sys.__stderr__,
        )
        return 1

    # ---- another user, and the start -------------------------------------------------

    def shedPrivileges(self, euid: Any, uid: int | None, gid: int | None) -> None:
        """Become the user *uid* and the group *gid*, where they are said.

        Args:
            euid: Only effectively, so that it can be undone.
        Raises:
            SystemExit: It is not allowed.
        """
        if uid is None and gid is None:
            return
        extra = "e" if euid else ""
        what = f"{extra}uid/{extra}gid {uid}/{gid}"
        try:
            switchUID(uid, gid, euid)
        except OSError as error:
            log.msg(f"failed to set {what} (are you root?) -- exiting.")
            log.msg(error)
            sys.exit(1)
        log.msg(f"set {what}")

    def startApplication(self, application: Any) -> None:
        """Become the process that was asked for, and start the services, the privileged part first."""
        config = self.config
        process = adapted(service.IProcess, application)
        if not config["originalname"]:
            launchWithName(process.processName)
        self.setupEnvironment(
            config["chroot"], config["rundir"], config["nodaemon"], config["umask"], config["pidfile"]
        )
        services = adapted(service.IService, application)
        services.privilegedStartService()
        uid = process.uid if config["uid"] is None else config["uid"]
        gid = process.gid if config["gid"] is None else config["gid"]
        if uid is not None and gid is None:
            gid = pwd.getpwuid(uid).pw_gid
        self.shedPrivileges(config["euid"], uid, gid)
        app.startApplication(application, not config["no_save"])


def _tell(pipe: int, status: bytes) -> None:
    """Say how the start went, once; nobody may be there any more to hear it."""
    try:
        untilConcludes(os.write, pipe, status)
    finally:
        untilConcludes(os.close, pipe)


publish(__name__, ["ServerOptions", "UnixAppLogger", "UnixApplicationRunner", "checkPID", "launchWithName"])
