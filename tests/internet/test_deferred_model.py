"""Deferred against a slow, obvious model of it, on random programs; and Twisted's own where it is installed.

A program is a list of steps on a few Deferreds: add callbacks (which return, raise, hand
back another Deferred, fire or cancel one) in each of the ways there are, some of them twice,
wait in a generator, fire, fail, pause, unpause, cancel.  Each callback writes down what it
got.  Model and real thing must write the same.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from txloop.internet import defer

COUNT = 4  # Deferreds in a program; callbacks of one return only later ones, so that none waits for itself


# ---- the model -----------------------------------------------------------------------


Link = Callable[[Any], Any]


class Failed(NamedTuple):
    """A failure, by the name of its exception."""

    name: str


class AlreadyCalled(Exception):
    pass


TWISTEDS_ALREADY_CALLED: list[type[Exception]] = []  # filled where Twisted runs too


class Boom(Exception):
    """What callbacks raise."""


class Model:
    """A Deferred as one would explain it, by recursion and without a thought for speed."""

    # Set when a result is handed to a Deferred that somebody has paused besides.  Twisted's
    # then leaves the remaining callbacks of the giver undone until something else runs them.
    # (A known difference: txloop's does them.)
    twisted_would_stall = False

    def __init__(self, canceller: Callable[[Model], object] | None = None) -> None:
        self.canceller = canceller
        self.links: list[Any] = []  # (callback, errback), or a Model that waits for this one
        self.called = False
        self.result: Any = None
        self.paused = 0
        self.waits_for: Model | None = None
        self.one_more_result_is_ignored = False
        self.is_running = False

    def callback(self, result: Any) -> None:
        if self.called:
            if not self.one_more_result_is_ignored:
                raise AlreadyCalled
            self.one_more_result_is_ignored = False
            return
        self.called = True
        self.result = result
        self.run()

    def errback(self, error: BaseException) -> None:
        self.callback(Failed(type(error).__name__))

    def add(self, callback: Link | None, errback: Link | None) -> None:
        self.links.append((callback, errback))
        if self.called:
            self.run()

    def pause(self) -> None:
        self.paused += 1

    def unpause(self) -> None:
        self.paused -= 1
        if self.paused == 0 and self.called:
            self.run()

    def cancel(self) -> None:
        if self.waits_for is not None:
            self.waits_for.cancel()
        elif not self.called:
            if self.canceller is not None:
                self.canceller(self)
            else:
                self.one_more_result_is_ignored = True
            if not self.called:
                self.callback(Failed("CancelledError"))

    def run(self) -> None:
        if self.is_running:
            return  # the loop below, further up the stack, comes to the new links
        self.is_running = True
        while self.links and not self.paused:
            link = self.links.pop(0)
            if isinstance(link, Model):
                self.hand_over_to(link)
                continue
            callback, errback = link
            function = errback if isinstance(self.result, Failed) else callback
            if function is None:
                continue
            try:
                result = function(self.result)
            except Exception as error:
                result = Failed(type(error).__name__)
            if isinstance(result, Model):
                self.take_over(result)
            else:
                self.result = result
        self.is_running = False

    def take_over(self, other: Model) -> None:
        """A callback returned *other*: go on with its result, now or when it is there."""
        if other.called and not other.paused:
            self.result, other.result = other.result, None
        else:
            self.result = None
            self.paused += 1
            self.waits_for = other
            other.links.append(self)

    def hand_over_to(self, waiting: Model) -> None:
        waiting.result, self.result = self.result, None
        waiting.waits_for = None
        if waiting.paused > 1:
            Model.twisted_would_stall = True
        waiting.unpause()


# ---- the three that run programs -------------------------------------------------------


class Kit(NamedTuple):
    """How a program makes and reads its Deferreds."""

    make: Callable[[Callable[[Any], object] | None], Any]
    add: Callable[[Any, Link | None, Link | None], object]
    wait: Callable[[Any, Callable[[Any], object]], object]
    read: Callable[[Any], object]


def _read(result: Any) -> object:
    """A result as the model has it."""
    return Failed(result.type.__name__) if hasattr(result, "getErrorMessage") else result


def _add(d: Any, callback: Link | None, errback: Link | None) -> object:
    """By the method that is made for it."""
    if errback is None:
        return d.addCallback(callback)
    if callback is None:
        return d.addErrback(errback)
    return d.addBoth(callback) if callback is errback else d.addCallbacks(callback, errback)


def _wait_with(module: Any) -> Callable[[Any, Callable[[Any], object]], object]:
    """Wait in a generator; it takes the result, be it a failure."""

    def wait(d: Any, write: Callable[[Any], object]) -> Any:
        try:
            result = yield d
        except Exception as error:
            result = Failed(type(error).__name__)
        write(result)

    generator: Callable[..., object] = module.inlineCallbacks(wait)
    return generator


def _model_waits(d: Model, write: Callable[[Any], object]) -> None:
    d.add(*[lambda result: (write(result), None)[1]] * 2)


MODEL = Kit(Model, lambda d, callback, errback: d.add(callback, errback), _model_waits, lambda result: result)
TXLOOP = Kit(defer.Deferred, _add, _wait_with(defer), _read)


# ---- programs --------------------------------------------------------------------------

numbers = st.integers(0, COUNT - 1)
values = st.integers(10, 19)
# What a callback does after it has written down what it got.
acts = st.one_of(
    st.tuples(st.just("return"), values),
    st.tuples(st.just("pass on"), st.just(0)),
    st.tuples(st.just("raise"), st.just(0)),
    st.tuples(st.just("wait for"), numbers),
    st.tuples(st.just("wait for, the second time"), numbers),
    st.tuples(st.just("fire"), numbers),
    st.tuples(st.just("cancel"), numbers),
    st.tuples(st.just("add to myself"), values),
)
steps = st.one_of(
    st.tuples(st.just("add"), numbers, acts, acts),
    st.tuples(
        st.sampled_from(["add callback", "add callback twice", "add errback", "add both"]), numbers, acts
    ),
    st.tuples(st.just("wait"), numbers),
    st.tuples(st.sampled_from(["fire", "fail", "cancel", "pause", "unpause"]), numbers),
)
cancellers = st.lists(st.sampled_from([None, "nothing", "fire", "fail"]), min_size=COUNT, max_size=COUNT)
programs = st.tuples(cancellers, st.lists(steps, max_size=25))


def transcript(kit: Kit, program: Any) -> list[object]:
    """All that happens when *program* runs, in order."""
    written: list[object] = []
    cancellers, steps = program
    deferreds = [kit.make(_canceller(how)) for how in cancellers]

    def attempt(number: int, do: Callable[[], object]) -> None:
        try:
            do()
        except (AlreadyCalled, defer.AlreadyCalledError, *TWISTEDS_ALREADY_CALLED):
            written.append((number, "already called"))

    def acting(number: int, act: tuple[str, int], label: str) -> Callable[[Any], Any]:
        kind, argument = act
        runs = 0

        def link(result: Any) -> Any:
            nonlocal runs
            runs += 1
            written.append((number, label, kit.read(result)))
            if kind == "return":
                return argument
            if kind == "raise":
                raise Boom
            if argument > number and kind == ("wait for" if runs == 1 else "wait for, the second time"):
                return deferreds[argument]
            if kind == "fire":
                attempt(argument, lambda: deferreds[argument].callback(1))
            elif kind == "cancel":
                deferreds[argument].cancel()
            elif kind == "add to myself":
                after = acting(number, ("pass on", 0), f"added by {label}")
                kit.add(deferreds[number], after, after)
            return result

        return link

    pauses = [0] * COUNT
    for place, (kind, number, *acts) in enumerate(steps):
        d = deferreds[number]
        links = [acting(number, act, f"{place} {side}") for act, side in zip(acts, "ce", strict=False)]
        if kind == "add":
            kit.add(d, *links)
        elif kind.startswith("add callback"):
            for _ in range(2 if kind.endswith("twice") else 1):
                kit.add(d, links[0], None)
        elif kind == "add errback":
            kit.add(d, None, links[0])
        elif kind == "add both":
            kit.add(d, links[0], links[0])
        elif kind == "wait":
            kit.wait(d, lambda result, place=place: written.append((place, "waited", result)))
        elif kind == "fire":
            attempt(number, lambda d=d, place=place: d.callback(place))
        elif kind == "fail":
            attempt(number, lambda d=d: d.errback(Boom()))
        elif kind == "cancel":
            d.cancel()
        elif kind == "pause":
            pauses[number] += 1
            d.pause()
        elif pauses[number]:
            pauses[number] -= 1
            d.unpause()
    # At the end all that is held up goes on, and every result is read (and handled).
    for number, d in enumerate(deferreds):
        for _ in range(pauses[number]):
            d.unpause()
    for number, d in enumerate(deferreds):
        end = acting(number, ("return", 0), "end")
        kit.add(d, end, end)
    for number, d in enumerate(deferreds):
        attempt(number, lambda d=d: d.callback("late"))
    return written


def _canceller(how: str | None) -> Callable[[Any], object] | None:
    if how is None:
        return None
    return {
        "nothing": lambda d: None,
        "fire": lambda d: d.callback("instead"),
        "fail": lambda d: d.errback(Boom()),
    }[how]


@given(programs)
@settings(max_examples=400, deadline=None)
def test_deferred_does_what_the_model_does(program: Any) -> None:
    assert transcript(TXLOOP, program) == transcript(MODEL, program)


@pytest.mark.skipif(importlib.util.find_spec("twisted") is None, reason="not run: Twisted is not installed")
@given(programs)
@settings(max_examples=400, deadline=None)
def test_twisteds_deferred_does_what_the_model_does(program: Any) -> None:
    from twisted.internet import defer

    TWISTEDS_ALREADY_CALLED[:] = [defer.AlreadyCalledError]
    twisted = Kit(defer.Deferred, _add, _wait_with(defer), _read)
    Model.twisted_would_stall = False
    expected = transcript(MODEL, program)
    assume(not Model.twisted_would_stall)
    assert transcript(twisted, program) == expected
