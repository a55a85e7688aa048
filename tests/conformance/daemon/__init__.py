"""A daemon of early 2017 from the package index, run for a minute on stock Twisted and over the overlay.

    cd tests; python -m conformance.daemon [--seconds 60]

buildbot-worker 0.9.4 is a `.tac` application that logs in to its master by PB through a
ReconnectingClientFactory, looks at a file by a LoopingCall, starts child processes and writes its own
rotated log.  Three of it run at once: on stock Twisted's epoll, over the overlay on asyncio and on
uvloop, each with a master of its own (master.py, always on stock Twisted).  What the masters saw, the
daemons' logs, CPU time and exit statuses are printed side by side; a difference makes the run fail.
"""
