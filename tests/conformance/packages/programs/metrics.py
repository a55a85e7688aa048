"""prometheus-async: Deferreds and inlineCallbacks functions, timed and counted."""

from prometheus_async import tx
from prometheus_client import Counter, Gauge, Histogram
from twisted.internet import defer, reactor, task

seconds = Histogram("seconds", "how long", buckets=(0.02, 10))
errors = Counter("errors", "how many")
under_way = Gauge("under_way", "how many now")


@tx.time(seconds)
@tx.track_inprogress(under_way)
@defer.inlineCallbacks
def slow():
    yield task.deferLater(reactor, 0.05)
    print("under way", under_way._value.get())


@tx.count_exceptions(errors, exc=ZeroDivisionError)
def failing():
    return task.deferLater(reactor, 0.01, lambda: 1 / 0)


@defer.inlineCallbacks
def main(reactor):
    yield defer.gatherResults([slow(), slow()])
    for _ in range(3):
        yield failing().addErrback(lambda failure: failure.trap(ZeroDivisionError))
    print("errors", errors._value.get(), "under way", under_way._value.get())
    counted = {sample.labels.get("le", sample.name): sample.value for sample in seconds.collect()[0].samples}
    print("quick", counted["0.02"], "all", counted["+Inf"])


task.react(main)
