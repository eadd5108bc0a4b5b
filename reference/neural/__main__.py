"""``python -m reference.neural``: see `reference.neural.cli`."""

import sys

from reference.neural.cli import run

if __name__ == "__main__":
    sys.exit(run())
