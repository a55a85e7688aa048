"""``python -m txloop_twisted prog.py [args]``: run a Twisted program on txloop.

The same as ``txloop run``, for those who have the overlay's name at hand.
"""

from __future__ import annotations

import sys

from txloop._command import main

if __name__ == "__main__":
    sys.exit(main(["run", *sys.argv[1:]]))
