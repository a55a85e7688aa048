"""python/failure.py: an exception as a value.

Every test states something real Twisted does too; `Source:` is Twisted 26.10, run and watched.
"""

from __future__ import annotations

import copy
import gc
import io
import pdb
import pickle
import sys
import traceback
import weakref
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from txloop.python import failure
from txloop.python.failure import Failure, NoCurrentExceptionError, format_frames


class Worm(Exception):
    pass


class Wriggler(Worm):
    pass


def dig(depth: int) -> None:
    treasure = "gold" * depth
    raise Wriggler(treasure)


def a_failure(**how: Any) -> Failure:
    try:
        dig(2)
    except Wriggler:
        return Failure(**how)
    raise AssertionError


def line_of(function: Any, text: str) -> int:
    """The number of the line of *function* that contains *text*."""
    start = function.__code__.co_firstlineno
    with open(__file__, encoding="utf-8") as source:
        for number, line in enumerate(source, 1):
            if number >= start and text in line:
                return number
    raise AssertionError(text)


# ---- making one -----------------------------------------------------------------


def test_without_arguments_it_takes_the_exception_being_handled_with_its_traceback() -> None:
    error = Wriggler("deep")
    try:
        raise error
    except Wriggler:
        f = Failure()
    assert (f.value, f.type) == (error, Wriggler)
    assert f.tb is error.__traceback__ is not None


def test_without_arguments_and_without_an_exception_it_says_what_to_do() -> None:
    with pytest.raises(NoCurrentExceptionError, match="pass the exception"):
        Failure()
    with pytest.raises(NoCurrentExceptionError):
        Failure(None, Worm)


def test_the_given_exception_wins_over_the_one_being_handled() -> None:
    given = Worm("given")
    try:
        dig(1)
    except Wriggler:
        f = Failure(given)
    assert (f.value, f.type, f.tb) == (given, Worm, None)


def test_type_and_traceback_can_be_given_beside_the_exception() -> None:
    tb = a_failure().tb
    f = Failure(Wriggler("x"), Worm, tb)
    assert f.type is Worm
    assert f.tb is tb


def test_a_failure_of_a_failure_is_a_copy() -> None:
    f = a_failure()
    for again in (Failure(f), _failure_of_raised(f)):
        assert again is not f
        assert (again.value, again.type, again.tb) == (f.value, f.type, f.tb)


def _failure_of_raised(error: BaseException) -> Failure:
    try:
        raise error
    except BaseException:
        return Failure()


def test_a_string_can_be_a_failure_as_old_programs_have_it() -> None:
    f = Failure("oops")  # type: ignore[arg-type]
    assert f.type is str
    assert f.getErrorMessage() == "oops"
    assert f.check(Worm) is None
    assert "oops" in str(f)


def test_without_traceback_forgets_even_the_exceptions_own() -> None:
    error = a_failure().value
    f = Failure._withoutTraceback(error)
    assert f.tb is None
    assert f.frames == []
    assert f.value is error
    assert f.getTraceback() == f"Traceback (most recent call last):\nFailure: {__name__}.Wriggler: goldgold\n"


def test_each_failure_has_the_next_number_and_its_copies_have_the_same() -> None:
    f, g = Failure(Worm()), Failure(Worm())
    assert f.count + 1 == g.count
    assert Failure(f).count == f.count


def test_users_may_hang_attributes_on_it_and_it_equals_only_itself() -> None:
    f = a_failure()
    f.tag = 1  # type: ignore[attr-defined]
    assert f == f
    assert f != Failure(f)
    assert len({f, Failure(f)}) == 2


# ---- check and trap ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ((Wriggler,), Wriggler),
        ((Worm,), Worm),
        ((KeyError, Worm, Wriggler), Worm),
        ((KeyError, OSError), None),
        ((), None),
        ((f"{__name__}.Worm",), f"{__name__}.Worm"),
        (("Worm",), None),
        (("builtins.Exception", Worm), "builtins.Exception"),
        ((KeyError, "builtins.BaseException"), "builtins.BaseException"),
        ((5, None, (Worm, Wriggler)), None),
    ],
)
def test_check_gives_the_first_match_as_it_was_asked(asked: tuple[Any, ...], answer: object) -> None:
    assert a_failure().check(*asked) == answer


def test_check_matches_another_class_of_the_same_name() -> None:
    twin = type("Wriggler", (Exception,), {"__module__": __name__})
    assert a_failure().check(twin) is twin


def test_trap_gives_the_match_or_raises_the_error_itself() -> None:
    f = a_failure()
    assert f.trap(KeyError, Worm) is Worm
    with pytest.raises(Wriggler) as raised:
        f.trap(KeyError)
    assert raised.value is f.value
    with pytest.raises(Wriggler):
        f.trap()


def test_parents_are_dotted_names_nearest_first() -> None:
    names = [f"{__name__}.Wriggler", f"{__name__}.Worm", "builtins.Exception", "builtins.BaseException"]
    assert a_failure().parents == [*names, "builtins.object"]


# ---- raising it again ---------------------------------------------------------------


def test_raise_exception_keeps_the_original_traceback() -> None:
    f = a_failure()
    with pytest.raises(Wriggler) as raised:
        f.raiseException()
    names = [entry.name for entry in traceback.extract_tb(raised.value.__traceback__)]
    assert names[-3:] == ["raiseException", "a_failure", "dig"]


def test_thrown_into_a_generator_it_has_both_tracebacks_and_gives_the_next_yield() -> None:
    def waiting() -> Generator[object, None, None]:
        try:
            yield "before"
        except Wriggler:
            yield Failure()

    g = waiting()
    next(g)
    f = a_failure()
    inside = f.throwExceptionIntoGenerator(g)
    assert isinstance(inside, Failure)
    assert inside.value is f.value
    assert [frame[0] for frame in inside.frames] == ["waiting", "a_failure", "dig"]
    assert [frame[0] for frame in f.frames] == ["a_failure", "dig"]


def test_thrown_into_a_generator_that_does_not_catch_it_comes_back() -> None:
    def waiting() -> Iterator[int]:
        yield 1

    g = waiting()
    next(g)
    with pytest.raises(Wriggler):
        a_failure().throwExceptionIntoGenerator(g)  # type: ignore[arg-type]


def test_the_cause_stays_chained() -> None:
    try:
        try:
            dig(1)
        except Wriggler as first:
            raise KeyError("second") from first
    except KeyError:
        f = Failure()
    f.cleanFailure()
    assert isinstance(f.value.__cause__, Wriggler)


# ---- texts ----------------------------------------------------------------------------


def test_default_text_reads_like_pythons() -> None:
    f = a_failure()
    assert f.getTraceback() == (
        "Traceback (most recent call last):\n"
        f'  File "{__file__}", line {line_of(a_failure, "dig(2)")}, in a_failure\n'
        "    dig(2)\n"
        f'  File "{__file__}", line {line_of(dig, "raise Wriggler")}, in dig\n'
        "    raise Wriggler(treasure)\n"
        f"{__name__}.Wriggler: goldgold\n"
    )
    assert f.getTraceback(elideFrameworkCode=1) == f.getTraceback()


def test_brief_text_has_one_line_for_each_frame() -> None:
    f = a_failure()
    brief = (
        f"Traceback: {Wriggler}: goldgold\n"
        f"{__file__}:{line_of(a_failure, 'dig(2)')}:a_failure\n"
        f"{__file__}:{line_of(dig, 'raise Wriggler')}:dig\n"
    )
    assert f.getBriefTraceback() == f.getTraceback(detail="brief") == brief
    assert str(f) == f"[Failure instance: {brief}]"
    assert Failure(Worm("x")).getBriefTraceback() == f"Traceback (failure with no frames): {Worm}: x\n"


def test_verbose_text_names_the_failure_and_says_that_variables_were_not_captured() -> None:
    f = a_failure()
    assert f.getTraceback(detail="verbose") == (
        f"*--- Failure #{f.count} ---\n"
        f"{__file__}:{line_of(a_failure, 'dig(2)')}: a_failure(...)\n"
        f"{__file__}:{line_of(dig, 'raise Wriggler')}: dig(...)\n"
        " [Capture of Locals and Globals disabled (use captureVars=True)]\n"
        f"{__name__}.Wriggler: goldgold\n"
        f"*--- End of Failure #{f.count} ---\n"
    )


def test_verbose_text_lists_captured_variables() -> None:
    text = a_failure(captureVars=True).getTraceback(detail="verbose")
    assert " [ Locals ]\n  depth : 2\n  treasure : 'goldgold'\n ( Globals )\n" in text
    assert f"  __name__ : '{__name__}'\n" in text


def test_a_variable_whose_repr_raises_does_not_hide_the_report() -> None:
    class Mute:
        def __repr__(self) -> str:
            raise ValueError("no words")

    text: list[str] = []
    format_frames([("f", "g.py", 1, [("mute", Mute()), ("after", 1)], ())], text.append, "verbose")
    assert "  mute : <Mute instance at 0x" in "".join(text)
    assert "  after : 1\n" in text


def test_an_unknown_detail_is_refused_and_nothing_is_written() -> None:
    out = io.StringIO()
    with pytest.raises(ValueError, match="default, brief, verbose"):
        a_failure().printTraceback(out, detail="chatty")
    assert out.getvalue() == ""


def test_the_three_printers_print_what_the_getters_give() -> None:
    f = a_failure()
    for printer, text in [
        (f.printTraceback, f.getTraceback()),
        (f.printBriefTraceback, f.getTraceback(detail="brief")),
        (f.printDetailedTraceback, f.getTraceback(detail="verbose")),
    ]:
        out = io.StringIO()
        printer(out)
        assert out.getvalue() == text


def test_an_error_that_cannot_say_what_it_is_still_has_a_text() -> None:
    class Speechless(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    f = Failure(Speechless())
    for text in (f.getErrorMessage(), str(f), repr(f), f.getTraceback()):
        assert "no words" in text


def test_repr_names_class_error_and_message() -> None:
    assert repr(a_failure()) == f"<{Failure.__module__}.Failure {__name__}.Wriggler: goldgold>"


def test_an_error_known_only_by_its_name_reads_the_same() -> None:
    """PB sends a Failure's class as a dotted name."""
    f = Failure(Worm("far away"))
    f.type = "elsewhere.Snake"  # type: ignore[assignment]
    assert f.getTraceback() == "Traceback (most recent call last):\nFailure: elsewhere.Snake: far away\n"


def test_stack_is_empty_and_deprecated() -> None:
    f = a_failure()
    with pytest.warns(
        DeprecationWarning, match=r"Failure\.stack was deprecated in Twisted 24\.10\.0"
    ) as seen:
        assert f.stack == []
    assert seen[0].filename == __file__
    with pytest.warns(DeprecationWarning, match="stack was deprecated"):
        f.stack = [1]  # type: ignore[list-item]


# ---- frames, cleaning, pickles ------------------------------------------------------------


def test_frames_are_not_looked_at_until_somebody_asks() -> None:
    f = a_failure()
    assert set(vars(f)) == {"value", "type", "tb", "count"}
    assert f.frames is f.frames


def test_captured_frames_hold_the_variables() -> None:
    name, filename, line, local_items, global_items = a_failure(captureVars=True).frames[1]
    assert (name, filename, line) == ("dig", __file__, line_of(dig, "raise Wriggler"))
    assert local_items == [("depth", 2), ("treasure", "goldgold")]
    assert ("__name__", __name__) in global_items


def test_a_cleaned_failure_lets_go_of_the_frames_and_reads_as_before() -> None:
    f = a_failure()
    before = f.getTraceback()
    f.cleanFailure()
    assert f.tb is None
    assert f.value.__traceback__ is None
    assert f.getTraceback() == before
    f.cleanFailure()
    assert f.getTraceback() == before


def test_cleaning_turns_variables_into_text_once() -> None:
    f = a_failure(captureVars=True)
    f.cleanFailure()
    f.cleanFailure()
    f = pickle.loads(pickle.dumps(f))
    assert f.frames[1][3] == [("depth", "2"), ("treasure", "'goldgold'")]


@pytest.mark.parametrize(
    "again", [copy.copy, lambda f: pickle.loads(pickle.dumps(f))], ids=["copy", "pickle"]
)
@pytest.mark.parametrize("cleaned", [False, True])
def test_a_pickled_failure_reads_as_before_and_can_be_raised(again: Any, cleaned: bool) -> None:
    f = a_failure()
    f.note = "mine"  # type: ignore[attr-defined]
    before = f.getTraceback()
    if cleaned:
        f.cleanFailure()
    g = again(f)
    assert (g.getTraceback(), g.parents, g.count, g.note) == (before, f.parents, f.count, "mine")
    assert g.getTraceback(detail="verbose").startswith(f"*--- Failure #{f.count} (pickled) ---\n")
    with pytest.raises(Wriggler):
        g.raiseException()
    assert bool(f.pickled) is cleaned


def test_the_state_is_the_one_that_twisteds_reader_wants() -> None:
    """Source: Twisted 26.10's __setstate__ needs parents, frames and stack; spread.pb reads parents."""
    state = a_failure().__getstate__()
    keys = {"type", "value", "tb", "count", "captureVars", "parents", "stack", "frames", "pickled"}
    assert set(state) == keys
    assert (state["tb"], state["stack"], state["pickled"]) == (None, [], 1)
    f = Failure(Worm())
    f.__setstate__({**state, "extra": 1})
    assert f._parents == state["parents"]
    assert f.extra == 1  # type: ignore[attr-defined]


def test_the_traceback_object_is_real_while_live_and_reads_like_one_afterwards() -> None:
    f = a_failure(captureVars=True)
    assert f.getTracebackObject() is f.tb
    real = [(e.filename, e.lineno, e.name, e.line) for e in traceback.extract_tb(f.tb)]
    f.cleanFailure()
    fake = f.getTracebackObject()
    assert fake is not None
    assert [(e.filename, e.lineno, e.name, e.line) for e in traceback.extract_tb(fake)] == real
    assert fake.tb_next is not None
    assert fake.tb_next.tb_frame.f_locals == {"depth": "2", "treasure": "'goldgold'"}
    assert fake.tb_next.tb_frame.f_back is fake.tb_frame
    assert Failure(Worm()).getTracebackObject() is None


# ---- debug mode ------------------------------------------------------------------------


@pytest.fixture
def debug_mode(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    opened: list[object] = []
    monkeypatch.setattr(pdb, "post_mortem", opened.append)
    monkeypatch.setattr(Failure, "__init__", Failure.__init__)  # put back afterwards
    failure.startDebugMode()
    return opened


def test_debug_mode_opens_the_debugger_at_the_exception_being_handled(
    debug_mode: list[object], capsys: pytest.CaptureFixture[str]
) -> None:
    f = a_failure()
    assert debug_mode == [f.tb]
    assert capsys.readouterr().out == "Jumping into debugger for post-mortem of exception 'goldgold':\n"
    assert f.type is Wriggler


def test_debug_mode_passes_by_given_exceptions_and_can_be_muted(
    debug_mode: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    Failure(Worm("given"))
    monkeypatch.setattr(failure, "DO_POST_MORTEM", False)
    a_failure()
    assert debug_mode == []


# ---- nothing is kept alive --------------------------------------------------------------


class Heavy:
    """Stands for what a frame's locals keep alive."""


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def trapped() -> tuple[Failure, weakref.ref[Heavy]]:
    heavy = Heavy()
    there = weakref.ref(heavy)
    try:
        raise Worm(heavy)
    except Worm:
        return Failure(), there


@pytest.mark.usefixtures("no_collector")
def test_a_cleaned_failure_dies_with_its_last_reference() -> None:
    f, there = trapped()
    f.cleanFailure()
    f.value.args = ()
    assert there() is None


@pytest.mark.parametrize("way", ["raise", "trap", "throw"])
def test_raising_it_again_leaves_no_frame_of_ours_holding_it(way: str) -> None:
    """Else the error's own traceback would hold the Failure that holds the error: a cycle."""
    f = Failure(Worm())
    raise_again: dict[str, Callable[[], object]] = {
        "raise": f.raiseException,
        "trap": f.trap,
        "throw": lambda: f.throwExceptionIntoGenerator(iter_once()),
    }
    with pytest.raises(Worm):
        raise_again[way]()
    ours = [
        frame
        for frame, _ in traceback.walk_tb(f.value.__traceback__)
        if frame.f_code.co_filename == failure.__file__
    ]
    assert ours, "the claim is about frames of failure.py"
    assert all(f not in frame.f_locals.values() for frame in ours)


def iter_once() -> Generator[int, None, None]:
    def waiting() -> Generator[int, None, None]:
        yield 1

    g = waiting()
    next(g)
    return g


def test_the_module_offers_twisteds_names() -> None:
    assert failure.EXCEPTION_CAUGHT_HERE == "--- <exception caught here> ---"
    assert issubclass(failure.DefaultException, Exception)
    assert issubclass(NoCurrentExceptionError, Exception)
    assert sys.modules[Failure.__module__] is failure
