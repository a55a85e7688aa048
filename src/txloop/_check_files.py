"""Reading many files for ``txloop check``: the uses of each, or why it cannot be read.

Parsing takes nearly all of the time, so many files are shared out among processes.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import re
import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from txloop._check_uses import IMPORTING_FUNCTIONS, Use, uses_in

# Up to so many are read sooner than a process has started.  Arbitrary, not tuned.
FEW_FILES = 600
CHUNK_FILES = 25
# Files without any of this use nothing of Twisted: they need not be parsed.
_MAY_USE = re.compile(rb"\btwisted\b")
_MAY_IMPORT = re.compile(rb"\b(?:import|from)\s+twisted\b|" + "|".join(sorted(IMPORTING_FUNCTIONS)).encode())

# The uses, or the text of what went wrong.
Read = list[Use] | str


def read_files(paths: Iterable[Path], modules: frozenset[str]) -> Iterator[tuple[Path, Read]]:
    """What each of *paths* uses, in their order.

    Args:
        modules: As `uses_in` takes them.
    """
    files = list(paths)
    chunks = [files[at : at + CHUNK_FILES] for at in range(0, len(files), CHUNK_FILES)]
    if len(files) <= FEW_FILES:
        found = (_read_chunk(chunk, modules) for chunk in chunks)
        yield from zip(files, (read for reads in found for read in reads), strict=True)
        return
    # Spawned, not forked: the caller may have threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=context, initializer=_leave_interrupts) as pool:
        shared = pool.map(_read_chunk, chunks, [modules] * len(chunks))
        try:
            yield from zip(files, (read for reads in shared for read in reads), strict=True)
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)  # else all that is waiting is read first
            raise


def _leave_interrupts() -> None:
    """Ctrl-C is for the process that shares out the work; it ends the others."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _read_chunk(paths: list[Path], modules: frozenset[str]) -> list[Read]:
    with _no_collector():
        return [_read(path, modules) for path in paths]


def _read(path: Path, modules: frozenset[str]) -> Read:
    try:
        source = path.read_bytes()
        if not _MAY_USE.search(source) or not _MAY_IMPORT.search(source):
            return []
        return uses_in(source, modules)
    except (SyntaxError, ValueError, OSError) as error:
        return f"{type(error).__name__}: {error}"


@contextmanager
def _no_collector() -> Iterator[None]:
    """Syntax trees are hundreds of thousands of objects without a cycle: looking for one costs a third."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
