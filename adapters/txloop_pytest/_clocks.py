"""One clock for each scope that pytest-asyncio's loops may have; `clock` takes the test's.

Registered only where pytest-asyncio takes part: it puts each of these fixtures into a loop
of that scope.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Literal

import pytest_asyncio

if TYPE_CHECKING:
    from txloop_asyncio.virtual_time import VirtualTime

Scope = Literal["function", "class", "module", "package", "session"]


def _clock_of(loop_scope: Scope) -> Any:
    async def clock() -> AsyncIterator[VirtualTime]:
        from txloop_asyncio.virtual_time import VirtualTime

        with VirtualTime().installed() as time:
            yield time

    return pytest_asyncio.fixture(clock, loop_scope=loop_scope, name=f"_txloop_clock_of_{loop_scope}_loop")


of_function_loop = _clock_of("function")
of_class_loop = _clock_of("class")
of_module_loop = _clock_of("module")
of_package_loop = _clock_of("package")
of_session_loop = _clock_of("session")
