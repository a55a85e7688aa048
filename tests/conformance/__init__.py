"""Twisted's own test suite, run over the overlay and compared with the same run on stock Twisted.

    cd tests; python -m conformance --tier T1,T2,T3,T4 [--loop asyncio|uvloop] [--jobs N]

Nothing of Twisted's is kept here: its tests are those of the Twisted that is installed
in an interpreter of their own (environment.py).  Each test module is run there by
worker.py, in one process or, if a test kills it, several (running.py), once on stock
and once over the overlay; what stock does is remembered (stock.py).  comparing.py says
what was lost and whether that was expected, report.py prints it.

    tiers.txt        which test modules there are
    white_box.txt    tests that look into private names of Twisted's core: shown, not counted
    implementation.txt
                     tests of one of Twisted's implementation modules itself: likewise; the rule that
                     chose them is implementation.py
    expected.txt     tests that rightly differ, one line each, with the reason
    figures.txt      how many passed at the last run of everything, written by `--record`; README's figures
    canary/          tests whose names say how they must end: is what runs them to be trusted?
"""
