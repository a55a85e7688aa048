"""Hierarchical token buckets: limits for the rate at which connections may write.

    Bucket                     fills with what is written, drips at its rate
    HierarchicalBucketFilter   gives each connection a bucket, by a key of its own
    ShapedConsumer             writes only as much as its bucket takes
    ShapedProtocolFactory      makes protocols whose transports are shaped so

A bucket with a parent takes no more than the parent does: one limit for all
connections, and a smaller one for each host, for instance.
Source of the behaviour: Twisted 26.10, twisted.protocols.htb, by running it.
"""

from __future__ import annotations

from time import time
from typing import Any

from zope.interface import implementer

from txloop._contract import Interface, checkable, contract
from txloop.protocols import pcp

__all__ = [
    "Bucket",
    "FilterByHost",
    "FilterByServer",
    "HierarchicalBucketFilter",
    "IBucketFilter",
    "ShapedConsumer",
    "ShapedProtocolFactory",
    "ShapedTransport",
]


class Bucket:
    """A leaky bucket.

    Args:
        parentBucket: Takes at least what this one takes.
    Attributes:
        maxburst: How much fits in; None: anything.
        rate: How much drips out a second; None: all, at once.
        content: How much is in it now.
        lastDrip: When that was so, on `time`'s clock.
    """

    maxburst: float | None = None
    rate: float | None = None

    # How many consumers write through it: while there are some it is kept, even when empty.
    _refcount = 0

    def __init__(self, parentBucket: Bucket | None = None) -> None:
        self.content: float = 0
        self.parentBucket = parentBucket
        self.lastDrip: float = time()

    def add(self, amount: Any) -> Any:
        """Pour in up to *amount*; how much did fit."""
        self.drip()
        allowable = amount if self.maxburst is None else min(amount, self.maxburst - self.content)
        if self.parentBucket is not None:
            allowable = self.parentBucket.add(allowable)
        self.content += allowable
        return allowable

    def drip(self) -> bool:
        """Let drip what had the time to; whether the bucket is empty now."""
        if self.parentBucket is not None:
            self.parentBucket.drip()
        if self.rate is None:
            self.content = 0
        else:
            now = time()
            # int(): what is left is a number of bytes, and add() hands such out.
            dripped = int((now - self.lastDrip) * self.rate)
            if dripped >= self.content:
                self.content = 0
                self.lastDrip = now
            elif dripped > 0:
                self.content -= dripped
                self.lastDrip += dripped / self.rate
        return self.content == 0


@checkable
class IBucketFilter(Interface, metaclass=contract):
    """Finds the bucket for a connection."""

    def getBucketFor(self, *somethings: Any, **some_kw: Any) -> Any:
        """The bucket for something: for a transport, as `ShapedProtocolFactory` asks."""


@implementer(IBucketFilter)
class HierarchicalBucketFilter:
    """Keeps a bucket for each key, and makes it when the key is first seen.

    Args:
        parentFilter: Finds the parent of each of our buckets.
    Attributes:
        bucketFactory: Makes a bucket, given its parent.
        sweepInterval: After so many seconds, empty buckets that nobody uses are dropped;
            None: never by itself.
        buckets: The buckets by key.
    """

    bucketFactory: Any = Bucket
    sweepInterval: float | None = None

    def __init__(self, parentFilter: Any = None) -> None:
        self.buckets: dict[Any, Any] = {}
        self.parentFilter = parentFilter
        self.lastSweep: float = time()

    def getBucketFor(self, *a: Any, **kw: Any) -> Any:
        """The bucket for these arguments' key."""
        if self.sweepInterval is not None and time() - self.lastSweep > self.sweepInterval:
            self.sweep()
        parent = None
        if self.parentFilter is not None:
            parent = self.parentFilter.getBucketFor(self, *a, **kw)
        key = self.getBucketKey(*a, **kw)
        bucket = self.buckets.get(key)
        if bucket is None:
            bucket = self.buckets[key] = self.bucketFactory(parent)
        return bucket

    def getBucketKey(self, *a: Any, **kw: Any) -> Any:
        """What decides which bucket it is.  Override it."""
        raise NotImplementedError(f"{type(self).__name__} needs a method getBucketKey()")

    def sweep(self) -> None:
        """Drop the buckets that are empty and not in use."""
        for key, bucket in list(self.buckets.items()):
            if bucket.drip() and bucket._refcount == 0:
                del self.buckets[key]
        self.lastSweep = time()


class FilterByHost(HierarchicalBucketFilter):
    """A bucket for each peer's host, dropped after twenty minutes without use."""

    sweepInterval: float | None = 60 * 20

    def getBucketKey(self, transport: Any) -> Any:
        peer = transport.getPeer()
        return peer[1] if isinstance(peer, tuple) else peer.host


class FilterByServer(HierarchicalBucketFilter):
    """A bucket for each of our ports."""

    sweepInterval: float | None = None

    def getBucketKey(self, transport: Any) -> Any:
        host = transport.getHost()
        return host[2] if isinstance(host, tuple) else host.port


class ShapedConsumer(pcp.ProducerConsumerProxy):
    """Writes to *consumer* only what fits into *bucket*, and keeps the rest."""

    iAmStreaming = False

    def __init__(self, consumer: Any, bucket: Bucket) -> None:
        super().__init__(consumer)
        self.bucket = bucket
        bucket._refcount += 1

    def stopProducing(self) -> None:
        """Stop the producer; one user less for the bucket."""
        super().stopProducing()
        self.bucket._refcount -= 1

    def _writeSomeData(self, data: Any) -> int:
        if self.consumer is None:
            return 0
        amount: int = self.bucket.add(len(data))
        if amount:
            self.consumer.write(data[:amount])
        return amount


class ShapedTransport(ShapedConsumer):
    """A ShapedConsumer around a transport, with all of that transport's other attributes."""

    iAmStreaming = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.consumer, name)


class ShapedProtocolFactory:
    """Makes protocols whose transports are shaped; put it where a factory has its `protocol`.

    Args:
        protoClass: Makes the protocol.
        bucketFilter: Finds the bucket for its transport.
    """

    def __init__(self, protoClass: Any, bucketFilter: Any) -> None:
        self.protocol = protoClass
        self.bucketFilter = bucketFilter

    def __call__(self, *a: Any, **kw: Any) -> Any:
        """A new protocol, connected through a `ShapedTransport` when it is connected."""
        proto = self.protocol(*a, **kw)
        connect = proto.makeConnection

        def make_shaped_connection(transport: Any) -> Any:
            return connect(ShapedTransport(transport, self.bucketFilter.getBucketFor(transport)))

        proto.makeConnection = make_shaped_connection
        return proto
