"""The examples that end by themselves: the same transcript on every platform."""

from __future__ import annotations

from pathlib import Path

import pytest

from example_programs import EXAMPLES, run
from support import python

TRANSCRIPTS = {
    "main_job.py": """\
server: Good morning.
client: buy bread
server: bread, 3.20
client: buy caviar
server: We have no caviar.
client: buy tea
server: tea, 4.80
client: haggle
server: Pardon?
client: pay
server: That makes 8.00. Goodbye.
end: Connection was closed cleanly.
""",
    "reconnecting_client.py": """\
connected
lost: Connection was closed cleanly.
again in 0.10 seconds
connected
lost: Connection was closed cleanly.
again in 0.20 seconds
connected
the server says: All right then. What is it?
lost: Connection was closed cleanly.
visits: 3
""",
    "periodic_task.py": """\
the kettle is at 45
watching
the kettle is at 70
the kettle is at 95
the kettle is at 100
boiling; stopped looking: True
tea is ready
""",
    "sort_by_mail.py": """\
-d pear apple fig -> apple fig pear
-n 10 9 8 -> 8 9 10
-r a c b -> c b a
--no-such-option x -> sort ended with 2
""",
    "work_in_threads.py": """\
sums: [55, 5050, 500500]
in a thread: a negative limit
a thread asked back
the heart went on: True - workers were other threads: True
""",
}


@pytest.mark.parametrize("script", TRANSCRIPTS)
def test_the_transcript_is_twisteds(script: str, platform: str) -> None:
    """Source: Twisted 26.10 prints these lines."""
    assert run(script, platform=platform) == (TRANSCRIPTS[script], "", 0)


EMBEDDED_CHAT = """\
ann hears: What is your name?
ann hears: Welcome, ann!
bob hears: Welcome, bob!
ann hears: bob came in.
bob hears: <ann> hello from the old world
ann hears: <bob> hello from the new one
ann hears nothing more
ann hears: bob went away.
"""


def test_the_chat_runs_inside_an_asyncio_application(loop_name: str) -> None:
    """asyncio.run and uvloop.run, no set-up call: listenTCP in main() is enough."""
    done = python(EXAMPLES / "embedded_chat.py", loop_name)
    assert (done.stdout, done.stderr, done.returncode) == (EMBEDDED_CHAT, "", 0)


def test_every_example_is_run_by_some_test() -> None:
    """By ``txloop run``, in the environment of the tests, which need no Twisted."""
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert [path.name for path in EXAMPLES.glob("*.py") if f'"{path.name}"' not in tests] == []
