"""``txloop twistd`` as a file: what `twistd` starts again to have another process name."""

from __future__ import annotations

import sys

from txloop._command import main

if __name__ == "__main__":
    sys.exit(main(["twistd", *sys.argv[1:]]))
