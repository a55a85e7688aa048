"""The rule that says which of Twisted's tests test an implementation module itself."""

from __future__ import annotations

import textwrap

from conformance.comparing import IMPLEMENTATION, read_white_box
from conformance.implementation import SourceFile


def chosen(source: str) -> list[str]:
    return list(SourceFile(textwrap.dedent(source)).ids())


def test_one_that_constructs_such_a_class_is_chosen_directly_through_a_helper_or_through_setup() -> None:
    assert chosen(
        """
        from twisted.internet import tcp, defer
        from twisted.internet.abstract import FileDescriptor
        class Fake(FileDescriptor): pass
        def make(): return Fake()
        class Tests:
            def helper(self): return tcp.Port(0, None)
            def test_directly(self): FileDescriptor(None)
            def test_by_function(self): make()
            def test_by_method(self): self.helper()
            def test_not(self): defer.succeed(1)
        class ByHand:
            def setUp(self): self.port = tcp.Port(0, None)
            def test_all(self): pass
        """
    ) == ["Tests.test_directly", "Tests.test_by_function", "Tests.test_by_method", "ByHand.test_all"]


def test_one_on_whatever_reactor_it_is_given_is_not() -> None:
    assert not chosen(
        """
        from twisted.internet.test.reactormixins import ReactorBuilder
        from twisted.internet import base
        class Tests(ReactorBuilder):
            def test_x(self): base.BasePort()
        class More(Tests):
            def test_y(self): base.BasePort()
        """
    )


def test_one_that_only_asks_for_the_class_is_not() -> None:
    assert not chosen(
        """
        from twisted.internet.tcp import Port
        class Tests:
            def test_x(self): self.assertIsInstance(listen(), Port)
            def test_y(self, port: Port) -> Port: return listen()
        """
    )


def test_the_list_is_apart_from_the_white_box_one() -> None:
    listed = read_white_box(IMPLEMENTATION)
    assert len(listed) > 50
    assert not listed & read_white_box()
