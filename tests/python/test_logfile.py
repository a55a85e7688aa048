"""Log files that rotate by length or day.

Source of the behaviour: Twisted 26.10, twisted.python.logfile, by running it.
"""

from __future__ import annotations

import os
import pickle
import threading
import time
from pathlib import Path

import pytest

from txloop.python.logfile import BaseLogFile, DailyLogFile, LogFile

DAY = 24 * 60 * 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def test_what_is_written_is_in_the_file_at_once_text_as_utf8(folder: Path) -> None:
    log = LogFile("a.log", str(folder))
    log.write("é\n")
    log.write(b"bytes\n")
    assert (folder / "a.log").read_bytes() == b"\xc3\xa9\nbytes\n"
    assert log.size == 9
    log.close()


def test_a_file_of_the_full_length_is_rotated_before_the_next_write(folder: Path) -> None:
    log = LogFile("a.log", str(folder), rotateLength=3)
    for text in ("123", "4", "567", "8"):
        log.write(text)
    log.close()
    contents = {path.name: path.read_text() for path in folder.iterdir()}
    assert contents == {"a.log": "8", "a.log.1": "4567", "a.log.2": "123"}


def test_only_so_many_older_files_are_kept(folder: Path) -> None:
    log = LogFile("a.log", str(folder), maxRotatedFiles=2)
    for number in range(5):
        log.write(str(number))
        log.rotate()
    log.close()
    assert log.listLogs() == [1, 2]
    assert [(folder / f"a.log.{number}").read_text() for number in (1, 2)] == ["4", "3"]


def test_other_files_that_begin_alike_are_no_logs(folder: Path) -> None:
    for name in ("a.log.1", "a.log.10", "a.log.2", "a.log.x", "a.log.07", "a.log.0", "a.log.-3", "xa.log.3"):
        (folder / name).touch()
    log = LogFile("a.log", str(folder))
    log.close()
    assert log.listLogs() == [1, 2, 10]


def test_an_older_file_is_read_by_its_number(folder: Path) -> None:
    log = LogFile.fromFullPath(str(folder / "a.log"))
    log.write("one\ntwo\nthree")
    log.rotate()
    log.close()
    reader = log.getLog(1)
    assert (reader.readLines(2), reader.readLines(), reader.readLines()) == (
        ["one\n", "two\n"],
        ["three"],
        [],
    )
    reader.close()
    with pytest.raises(ValueError, match="no such logfile exists"):
        log.getLog(2)


def test_a_file_that_is_there_is_continued(folder: Path) -> None:
    (folder / "a.log").write_text("old ")
    log = LogFile("a.log", str(folder))
    log.write("new")
    log.close()
    assert (folder / "a.log").read_text() == "old new"
    assert log.size == 7


def test_new_files_have_the_permissions_asked_for_or_those_of_the_first(folder: Path) -> None:
    log = LogFile("a.log", str(folder), defaultMode=0o600)
    assert os.stat(log.path).st_mode & 0o777 == 0o600
    log.close()
    again = LogFile("a.log", str(folder))
    again.rotate()
    assert os.stat(log.path).st_mode & 0o777 == 0o600
    again.close()


def test_a_file_moved_away_is_opened_anew(folder: Path) -> None:
    log = LogFile("a.log", str(folder))
    log.write("old")
    os.rename(log.path, folder / "moved")
    log.reopen()
    log.write("new")
    log.close()
    log.close()
    assert ((folder / "moved").read_text(), (folder / "a.log").read_text()) == ("old", "new")
    with pytest.raises(ValueError, match="closed file"):
        log.write("x")


def test_threads_write_one_after_the_other_through_rotations(folder: Path) -> None:
    log = LogFile("a.log", str(folder), rotateLength=1000)

    def write_lines(letter: str) -> None:
        for _ in range(200):
            log.write(letter * 9 + "\n")

    threads = [threading.Thread(target=write_lines, args=(letter,)) for letter in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.close()
    lines = "".join(path.read_text() for path in folder.iterdir()).splitlines()
    assert len(lines) == 800
    assert all(len(set(line)) == 1 and len(line) == 9 for line in lines)


def test_a_pickled_log_file_goes_on_in_the_same_file(folder: Path) -> None:
    log = LogFile("a.log", str(folder), rotateLength=99)
    log.write("a")
    again = pickle.loads(pickle.dumps(log))
    again.write("b")
    again.close()
    log.close()
    assert (folder / "a.log").read_text() == "ab"
    assert (again.size, again.rotateLength) == (2, 99)


def test_a_daily_file_gets_its_date_when_another_day_begins(folder: Path) -> None:
    log = DailyLogFile("a.log", str(folder))
    log.write("yesterday")
    log.lastDate = log.toDate(time.time() - DAY)
    assert log.shouldRotate()
    suffix = log.suffix(log.lastDate)
    log.write("today")
    assert not log.shouldRotate()
    log.close()
    contents = {path.name: path.read_text() for path in folder.iterdir()}
    assert contents == {"a.log": "today", f"a.log.{suffix}": "yesterday"}
    reader = log.getLog(time.time() - DAY)
    assert reader.readLines() == ["yesterday"]
    reader.close()


def test_a_day_that_has_its_file_keeps_it(folder: Path) -> None:
    log = DailyLogFile("a.log", str(folder))
    (folder / "a.log.2001_1_2").write_text("that day's")
    log.lastDate = (2001, 1, 2)
    log.write("more")
    log.close()
    assert (folder / "a.log.2001_1_2").read_text() == "that day's"
    assert (folder / "a.log").read_text() == "more"


def test_a_daily_file_found_is_of_the_day_it_was_written(folder: Path) -> None:
    (folder / "a.log").touch()
    os.utime(folder / "a.log", (0, DAY))
    log = DailyLogFile("a.log", str(folder))
    assert log.lastDate == log.toDate(DAY)
    assert log.shouldRotate()
    log.close()


def test_dates_are_written_by_their_numbers(folder: Path) -> None:
    log = DailyLogFile("a.log", str(folder))
    log.close()
    assert log.suffix((2001, 2, 3)) == "2001_2_3"
    assert log.suffix(time.mktime((2001, 2, 3, 12, 0, 0, 0, 0, -1))) == "2001_2_3"
    with pytest.raises(ValueError, match="no such logfile exists"):
        log.getLog(0)


def test_a_directory_that_is_not_there_is_the_systems_error(folder: Path) -> None:
    with pytest.raises(FileNotFoundError):
        BaseLogFile("a.log", str(folder / "gone"))
