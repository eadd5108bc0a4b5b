"""``python -m reference``: see `reference.cli`."""

from __future__ import annotations

import os
import sys

# Work is spread over processes (--jobs), so each does its linear algebra in one thread: more
# threads than cores make it several times slower. Must be set before numpy is imported.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

from reference.cli import run  # noqa: E402 - the threads must be settled first

if __name__ == "__main__":
    sys.exit(run())
