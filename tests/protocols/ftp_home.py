"""A server of FTP and the folder it serves, for tests: `home_of_ann`, the fixture ``home``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from txloop.cred.checkers import AllowAnonymousAccess, InMemoryUsernamePasswordDatabaseDontUse
from txloop.cred.portal import Portal
from txloop.protocols import ftp

# 2001-09-09 01:46:40, long enough ago for a year in the listing.
LONG_AGO_SECONDS = 1_000_000_000
FILE = b"hello\nworld\n"


@pytest.fixture(name="home")
def home_of_ann(tmp_path: Path) -> Path:
    (tmp_path / "ann" / "sub").mkdir(parents=True)
    (tmp_path / "public").mkdir()
    (tmp_path / "ann" / "file").write_bytes(FILE)
    (tmp_path / "public" / "notes").write_bytes(b"public")
    for path in ("ann/file", "ann/sub", "public/notes"):
        os.utime(tmp_path / path, (LONG_AGO_SECONDS, LONG_AGO_SECONDS))
    return tmp_path


def serving(home: Path) -> ftp.FTPFactory:
    known: Any = InMemoryUsernamePasswordDatabaseDontUse()
    known.users = {"ann": "pw"}
    realm = ftp.FTPRealm(str(home / "public"), userHome=str(home))
    return ftp.FTPFactory(Portal(realm, [known, AllowAnonymousAccess()]))
