"""Databases in threads, with sqlite3.  Source of the claims: Twisted 26.10's adbapi, by running it."""

from __future__ import annotations

import asyncio
import pickle
import sqlite3
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from txloop.enterprise import adbapi

pytestmark = pytest.mark.asyncio

Flush = Callable[..., list[Any]]


@pytest_asyncio.fixture
async def pool(tmp_path: Path) -> AsyncIterator[adbapi.ConnectionPool]:
    made = adbapi.ConnectionPool("sqlite3", tmp_path / "test.db", check_same_thread=False, cp_min=1, cp_max=2)
    await made.runOperation("create table notes (text)")
    yield made
    if made.running:
        made.close()


async def texts(pool: adbapi.ConnectionPool) -> list[str]:
    return [text for (text,) in await pool.runQuery("select text from notes order by text")]


async def test_an_operation_is_committed_and_a_query_gives_its_rows(pool: adbapi.ConnectionPool) -> None:
    assert await pool.runOperation("insert into notes values (?)", ("a",)) is None
    assert await texts(pool) == ["a"]


async def test_an_interaction_that_raises_is_rolled_back(pool: adbapi.ConnectionPool) -> None:
    def half(cursor: Any, text: str, *, fails: bool) -> int:
        cursor.execute("insert into notes values (?)", (text,))
        if fails:
            raise ValueError("half way")
        return int(cursor.rowcount)

    with pytest.raises(ValueError, match="half way"):
        await pool.runInteraction(half, "lost", fails=True)
    assert await pool.runInteraction(half, "kept", fails=False) == 1
    assert await texts(pool) == ["kept"]


async def test_a_call_gets_its_threads_connection(pool: adbapi.ConnectionPool) -> None:
    def write(connection: Any) -> Any:
        connection.execute("insert into notes values ('c')")
        connection.close()  # nothing: the pool keeps it
        return connection.total_changes

    assert await pool.runWithConnection(write) >= 1
    assert await texts(pool) == ["c"]


async def test_an_error_of_the_database_is_the_deferreds(pool: adbapi.ConnectionPool) -> None:
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        await pool.runQuery("select * from missing")


async def test_many_calls_run_in_no_more_threads_than_was_said(pool: adbapi.ConnectionPool) -> None:
    await asyncio.gather(*(asyncio.ensure_future(texts(pool)) for _ in range(20)))
    assert 1 <= len(pool.connections) <= 2


async def test_close_joins_the_threads_and_closes_the_connections(pool: adbapi.ConnectionPool) -> None:
    (connection,) = pool.connections.values()
    pool.close()
    assert (pool.running, pool.connections) == (False, {})
    assert not any(thread.is_alive() for thread in pool.threadpool.threads)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        connection.execute("select 1")


async def test_a_pickled_pool_is_made_anew(pool: adbapi.ConnectionPool) -> None:
    copy = pickle.loads(pickle.dumps(pool))
    assert await copy.runQuery("select 1") == [(1,)]
    copy.close()


# ---- connections that break ------------------------------------------------------------------


class Breaking:
    """A database module whose connections break when they are told to."""

    apilevel, threadsafety = "2.0", 1

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.broken: set[str] = set()

    def connect(self, *arguments: object) -> Breaking:
        self.calls.append("connect")
        return self

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def call(*arguments: object) -> Any:
            self.calls.append(name)
            if name in self.broken:
                raise OSError(name)
            return self if name == "cursor" else []

        return call


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> Breaking:
    module: Any = Breaking()
    monkeypatch.setitem(sys.modules, "breaking_database", module)
    found: Breaking = module
    return found


@pytest.mark.parametrize("reconnect", [False, True])
async def test_a_cursor_that_cannot_be_made(
    breaking: Breaking, reconnect: bool, flush_logged_errors: Flush
) -> None:
    pool = adbapi.ConnectionPool("breaking_database", cp_reconnect=reconnect, cp_min=1, cp_max=1)
    breaking.broken = {"cursor"}
    with pytest.raises(OSError, match="cursor"):
        await pool.runQuery("select 1")
    once = ["connect", "cursor"]
    assert breaking.calls == ([*once, "close", *once] if reconnect else once)
    assert len(flush_logged_errors(OSError)) == reconnect
    pool.close()


@pytest.mark.parametrize("reconnect", [False, True])
async def test_a_rollback_that_fails_is_logged_and_the_first_error_is_the_callers(
    breaking: Breaking, reconnect: bool, flush_logged_errors: Flush
) -> None:
    pool = adbapi.ConnectionPool("breaking_database", cp_reconnect=reconnect, cp_min=1, cp_max=1)
    breaking.broken = {"execute", "rollback"}
    with pytest.raises(OSError, match="execute"):
        await pool.runOperation("select 1")
    logged = [failure.type for failure in flush_logged_errors()]
    assert logged == ([OSError, adbapi.ConnectionLost] if reconnect else [OSError])
    assert ("close" in breaking.calls) == reconnect
    pool.close()


async def test_the_open_function_gets_each_new_connection(breaking: Breaking) -> None:
    opened: list[Any] = []
    pool = adbapi.ConnectionPool("breaking_database", cp_openfun=opened.append, cp_min=1, cp_max=1)
    await pool.runOperation("a")
    await pool.runOperation("b")
    assert opened == [breaking]
    pool.close()


async def test_a_connection_of_another_thread_is_not_closed(pool: adbapi.ConnectionPool) -> None:
    with pytest.raises(Exception, match="wrong connection for thread"):
        pool.disconnect(object())
