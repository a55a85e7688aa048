"""The face: what users hold as `reactor`."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any

import pytest
from zope.interface.verify import verifyObject

import txloop
from txloop.internet import base, error, interfaces, reactor
from txloop.internet._reactor_face import AsyncioReactor

DECLARED = [
    interfaces.IReactorCore,
    interfaces.IReactorTime,
    interfaces.IReactorThreads,
    interfaces.IReactorFromThreads,
    interfaces.IReactorTCP,
    interfaces.IReactorFDSet,
    interfaces.IReactorPluggableResolver,
    interfaces.IReactorPluggableNameResolver,
]


@pytest.mark.parametrize("interface", DECLARED)
def test_what_it_declares_it_has(interface: Any) -> None:
    face = AsyncioReactor()
    verifyObject(interface, face)
    verifyObject(interface, face._target)
    assert interface.providedBy(reactor)


def test_unknown_names_are_refused_like_on_any_object() -> None:
    with pytest.raises(AttributeError, match="'AsyncioReactor' object has no attribute 'callLatr'"):
        reactor.callLatr  # noqa: B018


def test_programs_may_set_attributes_and_replace_methods() -> None:
    face = AsyncioReactor()
    face.tag = 1  # type: ignore[attr-defined]
    calls: list[str] = []
    face.stop = lambda: calls.append("mine")  # type: ignore[method-assign]
    face.stop()
    del face.stop
    assert calls == ["mine"]
    with pytest.raises(error.ReactorNotRunning):
        face.stop()


def test_a_replaced_method_is_what_the_reactor_itself_calls_and_may_call_the_old_one() -> None:
    face = AsyncioReactor()
    old = face.crash
    calls: list[str] = []

    def crash() -> None:
        calls.append("mine")
        old()

    face.crash = crash  # type: ignore[method-assign]
    face.callWhenRunning(face.stop)
    face.run()
    face.crash = old  # type: ignore[method-assign]
    face.callWhenRunning(face.crash)
    face.run()
    assert calls == ["mine"]


def test_a_replaced_clock_is_the_clock_of_new_calls() -> None:
    face = AsyncioReactor()
    face.seconds = lambda: 100.0  # type: ignore[method-assign]
    call = face.callLater(5, print)
    assert call.getTime() == 105
    call.cancel()


def test_two_faces_may_swap_what_they_are() -> None:
    """Twisted's ReactorBuilder makes the global reactor a twin of the one it built."""
    one, other = AsyncioReactor(), AsyncioReactor()
    one.__dict__ = other.__dict__
    one.__class__ = other.__class__
    call = one.callLater(1, print)
    assert other.getDelayedCalls() == [call]
    call.cancel()


def test_its_class_is_twisteds_asyncio_reactor_by_every_name() -> None:
    from txloop.internet.asyncioreactor import AsyncioSelectorReactor
    from txloop.internet.epollreactor import EPollReactor

    assert txloop.AsyncioReactor is AsyncioSelectorReactor is EPollReactor is base.ReactorBase
    assert isinstance(reactor, base.ReactorBase)


def test_the_module_it_names_can_install_it() -> None:
    """Programs start children that are told to ``import <reactor.__module__>`` and to install.

    Source: Twisted's own tests do.
    """
    assert reactor.__module__ == "txloop.internet.asyncioreactor"
    assert callable(importlib.import_module(reactor.__module__).install)


def test_each_name_of_the_short_list_is_there() -> None:
    for name in txloop.__all__:
        assert getattr(txloop, name) is not None
    assert set(txloop.__all__) <= set(dir(txloop))
    with pytest.raises(AttributeError, match="no attribute 'nonesuch'"):
        txloop.nonesuch  # noqa: B018


@pytest.mark.asyncio
async def test_a_face_of_a_loop_is_as_good_as_another() -> None:
    loop = asyncio.get_running_loop()
    assert AsyncioReactor(loop)._target is AsyncioReactor(eventloop=loop)._target
    call = AsyncioReactor(loop).callLater(1, print)
    assert reactor.getDelayedCalls() == [call]
    call.cancel()


@pytest.mark.asyncio
async def test_snapshot_tells_what_there_is() -> None:
    call = reactor.callLater(10, print)
    snapshot = reactor.snapshot()
    assert snapshot["life"] == "running"
    assert ["print" in each["text"] for each in snapshot["delayed_calls"]] == [True]
    assert [snapshot[kind] for kind in ("ports", "connections", "descriptors", "threads")] == [[], [], [], []]
    call.cancel()
