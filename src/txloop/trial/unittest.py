"""Trial's test cases: ``from txloop.trial import unittest``.

    class TestLogin(unittest.TestCase):
        def setUp(self): …                      may return a Deferred, as everything here
        def test_it(self):
            self.addCleanup(port.stopListening)
            return client.login("ann").addCallback(self.assertEqual, "welcome")

They run under pytest, and under ``python -m unittest``.  Where no Twisted is installed,
``twisted.trial.unittest`` is this module (txloop_twisted).

Here are the names; the rooms: _assertions.py, _synctest.py, _asynctest.py, _todo.py.
"""

from __future__ import annotations

import unittest

from txloop._public import publish
from txloop.trial._assertions import FailTest
from txloop.trial._asynctest import TestCase
from txloop.trial._synctest import SynchronousTestCase, _LogObserver  # noqa: F401  # others reach for the last
from txloop.trial._todo import Todo, makeTodo

__all__ = [
    "FailTest",
    "SkipTest",
    "SynchronousTestCase",
    "TestCase",
    "TestSuite",
    "Todo",
    "makeTodo",
]

SkipTest = unittest.SkipTest


class TestSuite(unittest.TestSuite):
    """Several tests, run one after the other; unittest's own."""


publish(__name__, __all__)
