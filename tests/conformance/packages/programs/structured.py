"""structlog: structured events through Twisted's log, failures with them."""

import io
import json

import structlog
from structlog.twisted import JSONRenderer, LoggerFactory, PlainFileLogObserver
from twisted.internet import reactor, task
from twisted.python import failure, log

written = io.StringIO()
log.startLoggingWithObserver(PlainFileLogObserver(written), setStdout=False)
structlog.configure(
    processors=[structlog.processors.add_log_level, JSONRenderer(sort_keys=True)],
    logger_factory=LoggerFactory(),
    wrapper_class=structlog.twisted.BoundLogger,
)
logger = structlog.get_logger().bind(request=7)


def main(reactor):
    logger.msg("begun", user="ann")

    def ends():
        try:
            1 / 0
        except ZeroDivisionError:
            logger.err("went wrong", _stuff=failure.Failure())
        logger.msg("over")

    return task.deferLater(reactor, 0.01, ends)


def show():
    for line in written.getvalue().splitlines():
        if line.startswith("{"):
            event = json.loads(line)
            print({name: event[name] for name in sorted(event) if name != "exception"}, "exception" in event)


reactor.addSystemEventTrigger("after", "shutdown", show)
task.react(main)
