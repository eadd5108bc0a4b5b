"""``python -m reference``: see `reference.cli`."""

from __future__ import annotations

import os
import sys

# The work is distributed over processes (--jobs), so each process uses one thread for linear
# algebra: more threads than cores are several times slower. Set before numpy is imported.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

from reference.cli import run  # noqa: E402 - set the number of threads first

if __name__ == "__main__":
    sys.exit(run())
