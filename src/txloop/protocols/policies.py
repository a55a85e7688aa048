"""Policies: factories that wrap other factories, to limit, watch or end their connections.

    ProtocolWrapper, WrappingFactory, Spewing…, TrafficLogging…         _wrapping.py
    Throttling…, LimitTotalConnectionsFactory, LimitConnectionsByPeer   _limits.py
    TimeoutFactory, TimeoutProtocol, TimeoutMixin                       _timeouts.py

Source of the behaviour: Twisted 26.10, twisted.protocols.policies, by running it.
"""

from __future__ import annotations

from txloop._public import publish
from txloop.protocols._limits import (
    LimitConnectionsByPeer,
    LimitTotalConnectionsFactory,
    ThrottlingFactory,
    ThrottlingProtocol,
)
from txloop.protocols._timeouts import TimeoutFactory, TimeoutMixin, TimeoutProtocol
from txloop.protocols._wrapping import (
    ProtocolWrapper,
    SpewingFactory,
    SpewingProtocol,
    TrafficLoggingFactory,
    TrafficLoggingProtocol,
    WrappingFactory,
    _wrappedLogPrefix,
)

__all__ = [
    "LimitConnectionsByPeer",
    "LimitTotalConnectionsFactory",
    "ProtocolWrapper",
    "SpewingFactory",
    "SpewingProtocol",
    "ThrottlingFactory",
    "ThrottlingProtocol",
    "TimeoutFactory",
    "TimeoutMixin",
    "TimeoutProtocol",
    "TrafficLoggingFactory",
    "TrafficLoggingProtocol",
    "WrappingFactory",
    "_wrappedLogPrefix",
]

publish(__name__, __all__)
