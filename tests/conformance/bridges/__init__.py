"""README's comparison with other bridges, tried: each claim is a small program and what it prints.

    cd tests; python -m conformance.bridges

The bridges are installed from the package index into an environment of their own.  claims.py has the
programs; one that prints anything else makes the run fail, and README's table is to be corrected.
"""
