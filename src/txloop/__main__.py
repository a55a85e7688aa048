"""``python -m txloop`` is the command ``txloop``."""

from __future__ import annotations

import sys

from txloop._command import main

if __name__ == "__main__":
    sys.exit(main())
