"""Other people's packages over txloop, beside stock Twisted.

    cd tests && python -m conformance.packages [--only txaio,treq] [--loop asyncio|uvloop]

Each on stock Twisted and on txloop, and each difference is printed:

    suites      a package's own tests, over the overlay with Twisted beside it; of packages
                that need no more of Twisted than txloop has, also with no Twisted installed
    programs    small programs of ours (programs/) that do real work with such packages,
                with no Twisted installed
    verdicts    what `txloop check` says of each package, and how long that takes

Packages are downloaded by name from the package index, in the versions of catalogue.py, and
kept in the cache folder; a package whose wheel has no tests comes as its source distribution.
Nothing of them is in this repository.

A difference that is right is a line of expected.txt; any other, and a line that is no longer
true, make the command fail.
"""
