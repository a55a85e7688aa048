"""An old line server inside an aiohttp application: one life, one list."""

from __future__ import annotations

import urllib.request

from example_programs import Application


def test_lines_are_noted_on_the_page_and_both_doors_close_together() -> None:
    with Application("web_lines.py", 0, 0) as started:
        one, two = started.connect(), started.connect()
        one.say("milk", end="\r\n")
        assert one.hear() == "noted: milk"
        two.send(b"br")
        two.send(b"ead\r\n")
        assert two.hear() == "noted: bread"
        with urllib.request.urlopen(started.url, timeout=20) as page:
            assert page.read() == b"milk\nbread\n"
        started.interrupt()
        assert one.hear() == ""
    assert started.transcript == "lines on port PORT\n"
