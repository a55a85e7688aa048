"""All that this project's tests need of txloop: the old modules' imports served, and both loops.

Run ``pytest`` in this folder.  Three generations of tests stand beside each other:

    test_auction_trial.py      trial-style: TestCase classes whose methods return Deferreds
    test_auction_pytest.py     pytest functions with @inlineCallbacks, a clock, a connection in memory
    test_auction_asyncio.py    coroutine tests of pytest-asyncio; the old client is awaited as it is
"""

import txloop_pytest
import txloop_twisted

txloop_twisted.install()  # before auction.py imports twisted


def pytest_asyncio_loop_factories(config, item):
    """Every asyncio test once on asyncio and, where it is installed, on uvloop."""
    return txloop_pytest.loop_factories()
