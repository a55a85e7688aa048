"""Blocking work in threads: the reactor goes on while three sums are done, and one fails.

python work_in_threads.py
"""

import threading

from twisted.internet import defer, reactor, task, threads


def add_up(limit):
    """Slow arithmetic, the kind one must not do in the reactor's thread."""
    if limit < 0:
        raise ValueError("a negative limit")
    reactor.callFromThread(note_thread, threading.current_thread())
    return sum(range(limit + 1))


def note_thread(worker):
    # Called by the reactor, in its own thread, on the worker's behalf.
    workers.add(worker)
    assert threading.current_thread() is reactor_thread


@defer.inlineCallbacks
def main(reactor):
    heartbeat = task.LoopingCall(beats.append, "beat")
    heartbeat.start(0.005)
    results = yield defer.gatherResults([threads.deferToThread(add_up, limit) for limit in (10, 100, 1000)])
    print("sums:", results)
    try:
        yield threads.deferToThread(add_up, -1)
    except ValueError as error:
        print("in a thread:", error)
    answer = yield threads.deferToThread(threads.blockingCallFromThread, reactor, defer.succeed, "asked back")
    print("a thread", answer)
    yield task.deferLater(reactor, 0.02, lambda: None)
    heartbeat.stop()
    print(
        "the heart went on:", len(beats) > 2, "- workers were other threads:", reactor_thread not in workers
    )


if __name__ == "__main__":
    reactor_thread, workers, beats = threading.current_thread(), set(), []
    task.react(main)
