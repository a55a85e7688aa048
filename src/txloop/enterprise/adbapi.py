"""Any DB-API 2.0 database, its blocking calls in threads.

    pool = ConnectionPool("sqlite3", "web.db", check_same_thread=False)
    rows = await pool.runQuery("select name from users where age > ?", (17,))
    await pool.runInteraction(transfer, from_, to)    # transfer(cursor, from_, to): one transaction

Each thread of the pool has a connection of its own; a transaction is one call in one
thread, committed when it returns and rolled back when it raises.

Source: order of calls, names, texts as of Twisted 26.10's twisted.enterprise.adbapi, by running it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from txloop._public import publish
from txloop.internet import threads
from txloop.internet.defer import Deferred
from txloop.python import log, reflect, threadpool
from txloop.python.threadable import getThreadID

__all__ = ["ConnectionPool", "Transaction"]

_T = TypeVar("_T")


class ConnectionLost(Exception):
    """A rollback has failed, and the connection answers no longer: it was closed.

    The next transaction has a new one.  Only pools with ``cp_reconnect`` raise this.
    """


class Connection:
    """A thread's database connection; all that is not here is the database module's own.

    Args:
        pool: Opens it.
    """

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool
        self._connection: Any = None
        self.reconnect()

    def close(self) -> None:
        """Nothing: it is used again, and the pool closes it."""

    def rollback(self) -> None:
        """Roll back; with ``cp_reconnect`` also see that the connection still answers.

        Raises:
            ConnectionLost: It does not.
        """
        pool = self._pool
        if not pool.reconnect:
            self._connection.rollback()
            return
        try:
            self._connection.rollback()
            cursor = self._connection.cursor()
            cursor.execute(pool.good_sql)
            cursor.close()
            self._connection.commit()
        except BaseException:
            log.err(None, "Rollback failed")
            pool.disconnect(self._connection)
            if pool.noisy:
                log.msg("Connection lost.")
            raise ConnectionLost() from None

    def reconnect(self) -> None:
        """Close the connection, if there is one, and open another."""
        if self._connection is not None:
            self._pool.disconnect(self._connection)
        self._connection = self._pool.connect()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)


class Transaction:
    """A cursor; all that is not here is the database module's own.

    Args:
        pool: Says whether to reconnect.
        connection: A `Connection`.
    """

    _cursor: Any = None

    def __init__(self, pool: ConnectionPool, connection: Connection) -> None:
        self._pool = pool
        self._connection = connection
        self.reopen()

    def close(self) -> None:
        """Close the cursor."""
        cursor, self._cursor = self._cursor, None
        cursor.close()

    def reopen(self) -> None:
        """Open another cursor; with ``cp_reconnect``, if need be on a new connection."""
        if self._cursor is not None:
            self.close()
        try:
            self._cursor = self._connection.cursor()
            return
        except BaseException:
            if not self._pool.reconnect:
                raise
            log.err(None, "Cursor creation failed")
        if self._pool.noisy:
            log.msg("Connection lost, reconnecting")
        self.reconnect()
        self._cursor = self._connection.cursor()

    def reconnect(self) -> None:
        """Close the connection and open another."""
        self._connection.reconnect()
        self._cursor = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cursor, name)


class ConnectionPool:
    """Runs database calls in threads, each with a connection of its own.

    It starts with the reactor and closes at its shutdown.

    Args:
        dbapiName: The database module's name.
        connargs, connkw: For its ``connect``; but these are the pool's:
        cp_min, cp_max: How many threads; 3 and 5.
        cp_name: For the threads.
        cp_noisy: Log each connecting and closing.
        cp_openfun: Called with each new connection, in its thread.
        cp_reconnect: Replace connections that no longer answer.
        cp_good_sql: What shows that one answers; ``select 1``.
        cp_reactor: Whose threads; the current one by default.
    Attributes:
        connections: By thread.
        running: From start() to close().
    """

    CP_ARGS = ("min", "max", "name", "noisy", "openfun", "reconnect", "good_sql")

    noisy = False
    min: int = 3
    max: int = 5
    name: str | None = None
    openfun: Callable[[Any], object] | None = None
    reconnect = False
    good_sql = "select 1"
    running: bool = False
    # Replace them by subclasses of the same.
    connectionFactory: Callable[..., Any] = Connection
    transactionFactory: Callable[..., Any] = Transaction
    # The triggers at the reactor's start and shutdown.
    startID: Any = None
    shutdownID: Any = None

    def __init__(self, dbapiName: str, *connargs: Any, **connkw: Any) -> None:
        self.dbapiName = dbapiName
        self.dbapi: Any = reflect.namedModule(dbapiName)
        if getattr(self.dbapi, "apilevel", None) != "2.0":
            log.msg("DB API module not DB API 2.0 compliant.")
        if getattr(self.dbapi, "threadsafety", 0) < 1:
            log.msg("DB API module not sufficiently thread-safe.")
        reactor = connkw.pop("cp_reactor", None)
        if reactor is None:
            from txloop.internet import reactor  # the reactor is asked for when it is needed
        self._reactor: Any = reactor
        for name in self.CP_ARGS:
            if f"cp_{name}" in connkw:
                setattr(self, name, connkw.pop(f"cp_{name}"))
        self.connargs = connargs
        self.connkw = connkw
        self.min = min(self.min, self.max)
        self.max = max(self.min, self.max)
        # Changed by the threads, each at its own key.
        self.connections: dict[Any, Any] = {}
        self.threadID = getThreadID
        self.threadpool: threadpool.ThreadPool = threadpool.ThreadPool(self.min, self.max)
        self.startID = self._reactor.callWhenRunning(self._start)

    def __getstate__(self) -> dict[str, Any]:
        kept = ("dbapiName", "min", "max", "noisy", "reconnect", "good_sql", "connargs", "connkw")
        return {name: getattr(self, name) for name in kept}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.__init__(self.dbapiName, *self.connargs, **self.connkw)  # type: ignore[misc]  # made anew

    # ---- its life ---------------------------------------------------------------------

    def _start(self) -> None:
        self.startID = None
        self.start()

    def start(self) -> None:
        """Start the threads; at the reactor's shutdown they are joined.  A second call does nothing."""
        if self.running:
            return
        self.threadpool.start()
        self.shutdownID = self._reactor.addSystemEventTrigger("during", "shutdown", self.finalClose)
        self.running = True

    def close(self) -> None:
        """Join the threads, which waits for their calls, and close the connections."""
        if self.shutdownID:
            self._reactor.removeSystemEventTrigger(self.shutdownID)
            self.shutdownID = None
        if self.startID:
            self._reactor.removeSystemEventTrigger(self.startID)
            self.startID = None
        self.finalClose()

    def finalClose(self) -> None:
        """As close(), for the trigger at shutdown."""
        self.shutdownID = None
        self.threadpool.stop()
        self.running = False
        for connection in self.connections.values():
            self._close(connection)
        self.connections.clear()

    # ---- what programs call: it runs in a thread -----------------------------------------

    def runWithConnection(self, func: Callable[..., _T], *args: Any, **kw: Any) -> Deferred[_T]:
        """Call *func* with a `Connection`; committed when it returns, rolled back when it raises.

        Returns:
            A Deferred of what it returns or raises.
        """
        return self._in_thread(self._runWithConnection, func, *args, **kw)

    def runInteraction(self, interaction: Callable[..., _T], *args: Any, **kw: Any) -> Deferred[_T]:
        """Call *interaction* with a `Transaction`; committed when it returns, rolled back when it raises.

        Returns:
            A Deferred of what it returns or raises.
        """
        return self._in_thread(self._runInteraction, interaction, *args, **kw)

    def runQuery(self, *args: Any, **kw: Any) -> Deferred[Any]:
        """A Deferred of the rows: the cursor's ``execute(*args, **kw)``, then ``fetchall()``."""
        return self.runInteraction(self._runQuery, *args, **kw)

    def runOperation(self, *args: Any, **kw: Any) -> Deferred[None]:
        """A Deferred of None when the cursor's ``execute(*args, **kw)`` is done and committed."""
        return self.runInteraction(self._runOperation, *args, **kw)

    def _in_thread(self, function: Callable[..., _T], *args: Any, **kw: Any) -> Deferred[_T]:
        return threads.deferToThreadPool(self._reactor, self.threadpool, function, *args, **kw)

    # ---- in a thread ------------------------------------------------------------------------

    def _runWithConnection(self, func: Callable[..., _T], *args: Any, **kw: Any) -> _T:
        connection = self.connectionFactory(self)
        try:
            result = func(connection, *args, **kw)
            connection.commit()
        except BaseException:
            _roll_back(connection)
            raise
        return result

    def _runInteraction(self, interaction: Callable[..., _T], *args: Any, **kw: Any) -> _T:
        connection = self.connectionFactory(self)
        transaction = self.transactionFactory(self, connection)
        try:
            result = interaction(transaction, *args, **kw)
            transaction.close()
            connection.commit()
        except BaseException:
            _roll_back(connection)
            raise
        return result

    def _runQuery(self, trans: Any, *args: Any, **kw: Any) -> Any:
        trans.execute(*args, **kw)
        return trans.fetchall()

    def _runOperation(self, trans: Any, *args: Any, **kw: Any) -> None:
        trans.execute(*args, **kw)

    # ---- connections ---------------------------------------------------------------------------

    def connect(self) -> Any:
        """This thread's database connection, opened at the first call; for the pool's threads."""
        thread = self.threadID()
        connection = self.connections.get(thread)
        if connection is None:
            if self.noisy:
                log.msg(f"adbapi connecting: {self.dbapiName}")
            connection = self.dbapi.connect(*self.connargs, **self.connkw)
            if self.openfun is not None:
                self.openfun(connection)
            self.connections[thread] = connection
        return connection

    def disconnect(self, conn: Any) -> None:
        """Close *conn*, this thread's connection; for the pool's threads.

        Raises:
            Exception: It is another thread's.
        """
        thread = self.threadID()
        if conn is not self.connections.get(thread):
            raise Exception("wrong connection for thread")
        if conn is not None:
            self._close(conn)
            del self.connections[thread]

    def _close(self, conn: Any) -> None:
        if self.noisy:
            log.msg(f"adbapi closing: {self.dbapiName}")
        try:
            conn.close()
        except BaseException:
            log.err(None, "Connection close failed")


def _roll_back(connection: Any) -> None:
    """Undo; if that fails, it is logged: the error that led here is the one to raise."""
    try:
        connection.rollback()
    except BaseException:
        log.err(None, "Rollback failed")


publish(__name__, [*__all__, "Connection", "ConnectionLost"])
