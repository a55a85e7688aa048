"""internet/_delayed_call.py: IDelayedCall on a clock of our own.  Source: Twisted 26.10, run and watched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from zope.interface.verify import verifyObject

from txloop.internet._delayed_call import DelayedCall
from txloop.internet.error import AlreadyCalled, AlreadyCancelled
from txloop.internet.interfaces import IDelayedCall


def greet(*names: str, politely: bool = True) -> None:
    pass


class Keeper:
    """The clock's side: notes what it hears."""

    def __init__(self) -> None:
        self.now = 100.0
        self.cancels: list[DelayedCall] = []
        self.resets: list[float] = []

    def make(self, due: float = 105.0) -> DelayedCall:
        return DelayedCall(
            due,
            greet,
            ("ann",),
            {"politely": False},
            self.cancels.append,
            lambda call: self.resets.append(call.time),
            lambda: self.now,
        )


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


def test_it_provides_idelayedcall(keeper: Keeper) -> None:
    assert verifyObject(IDelayedCall, keeper.make())


def test_moving_it_later_is_not_told_to_the_clock(keeper: Keeper) -> None:
    call = keeper.make()
    call.delay(3)
    assert call.getTime() == 108
    call.reset(60)
    assert call.getTime() == 160
    assert keeper.resets == []


def test_moving_it_earlier_is_told_with_the_new_time_set(keeper: Keeper) -> None:
    call = keeper.make()
    call.reset(1)
    call.delay(-0.5)
    assert keeper.resets == [101, 100.5]
    call.delay(10)
    call.delay(-1)  # earlier than it stands now, though later than once
    assert keeper.resets == [101, 100.5, 109.5]


def test_cancel_is_told_once_and_lets_go_of_the_function(keeper: Keeper) -> None:
    call = keeper.make()
    call.cancel()
    assert keeper.cancels == [call]
    assert not call.active()
    assert call.func is None
    assert call.args is None


@pytest.mark.parametrize("ask", [DelayedCall.cancel, lambda c: c.reset(1), lambda c: c.delay(1)])
def test_asking_anything_of_a_finished_call_is_an_error(keeper: Keeper, ask: object) -> None:
    assert callable(ask)
    cancelled, called = keeper.make(), keeper.make()
    cancelled.cancel()
    called.called = 1
    with pytest.raises(AlreadyCancelled):
        ask(cancelled)
    with pytest.raises(AlreadyCalled):
        ask(called)
    assert keeper.resets == []
    assert keeper.cancels == [cancelled]
    assert not called.active()


def test_calls_are_ordered_by_the_time_they_are_due(keeper: Keeper) -> None:
    early, late = keeper.make(1), keeper.make(2)
    assert early < late
    assert early <= late
    late.reset(-100)
    assert late < early
    assert early != keeper.make(1)


def test_repr_says_when_what_and_how_it_stands(keeper: Keeper) -> None:
    call = keeper.make()
    assert repr(call) == (
        f"<DelayedCall {id(call):#x} [5.0s] called=0 cancelled=0 greet('ann', politely=False)>"
    )
    keeper.now += 1
    call.cancel()
    assert str(call) == f"<DelayedCall {id(call):#x} [4.0s] called=0 cancelled=1>"


def test_repr_names_a_callable_without_a_name_by_its_repr(keeper: Keeper) -> None:
    call = keeper.make()
    call.func = keeper  # type: ignore[assignment]
    assert repr(keeper) in repr(call)
    call.func = Keeper.make
    assert "Keeper.make(" in repr(call)


@pytest.fixture
def debugging() -> Iterator[None]:
    DelayedCall.debug = True
    yield
    DelayedCall.debug = False


@pytest.mark.usefixtures("debugging")
def test_debugging_says_where_the_call_was_made_even_after_cancel(keeper: Keeper) -> None:
    call = keeper.make()
    where = "test_debugging_says_where_the_call_was_made_even_after_cancel\n    call = keeper.make()\n>"
    assert "\n\ntraceback at creation: \n\n" in repr(call)
    assert repr(call).endswith(where)
    call.cancel()
    assert "cancelled=1 greet('ann', politely=False)\n\ntraceback" in repr(call)


def test_without_debugging_nothing_is_remembered(keeper: Keeper) -> None:
    assert keeper.make().creator is None


def test_programs_may_hang_attributes_on_it(keeper: Keeper) -> None:
    call = keeper.make()
    call.tag = 1  # type: ignore[attr-defined]
    assert call.tag == 1  # type: ignore[attr-defined]
