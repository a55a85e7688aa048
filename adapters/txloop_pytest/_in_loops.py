"""What `reactor` and `clock` need of the loop that a test will run in, for each scope of pytest-asyncio's.

pytest-asyncio makes a test's loop when the first fixture asks for it, and ends it after
the fixtures that came later.  So a fixture that uses `reactor` or `clock` has a loop from
its beginning to its end, though it is no coroutine itself.

Registered only where pytest-asyncio takes part: it puts each of these fixtures into a loop
of that scope.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Literal

import pytest_asyncio

from txloop_pytest._fixtures import name_in_loop

if TYPE_CHECKING:
    from txloop_asyncio.virtual_time import VirtualTime

Scope = Literal["function", "class", "module", "package", "session"]


def _clock_of(loop_scope: Scope) -> Any:
    async def clock() -> AsyncIterator[VirtualTime]:
        from txloop_asyncio.virtual_time import VirtualTime

        with VirtualTime().installed() as time:
            yield time

    return pytest_asyncio.fixture(clock, loop_scope=loop_scope, name=name_in_loop("clock", loop_scope))


def _reactor_of(loop_scope: Scope) -> Any:
    async def reactor() -> Any:
        from txloop_asyncio.ambient import ambient_reactor

        return ambient_reactor()

    return pytest_asyncio.fixture(reactor, loop_scope=loop_scope, name=name_in_loop("reactor", loop_scope))


clock_of_function = _clock_of("function")
clock_of_class = _clock_of("class")
clock_of_module = _clock_of("module")
clock_of_package = _clock_of("package")
clock_of_session = _clock_of("session")

reactor_of_function = _reactor_of("function")
reactor_of_class = _reactor_of("class")
reactor_of_module = _reactor_of("module")
reactor_of_package = _reactor_of("package")
reactor_of_session = _reactor_of("session")
