"""The annotations accept every kind of predictions and references, for pyright and mypy.

mypy checks ``accepted.py`` with the package. pyright comes from npm: run ``npm install --prefix DIR
pyright`` and set XACLE_EVAL_NODE to DIR.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.helpers import REPOSITORY

ACCEPTED = Path(__file__).with_name("accepted.py")
PYRIGHT = Path(os.environ.get("XACLE_EVAL_NODE", "nowhere")) / "node_modules" / ".bin" / "pyright"


@pytest.mark.skipif(not PYRIGHT.exists(), reason="XACLE_EVAL_NODE is not a folder with pyright")
@pytest.mark.skipif(find_spec("pandas-stubs") is None, reason="pandas-stubs is not installed")
def test_pyright_accepts_and_refuses_the_same():
    """pyright finds no error, and an error in each line that is to be refused."""
    run = subprocess.run(
        [PYRIGHT, "--pythonpath", sys.executable, ACCEPTED],
        capture_output=True, text=True, cwd=REPOSITORY, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr


def test_mypy_checks_the_typing_file():
    """The file is among those that mypy checks, and the package's own names are resolved."""
    settings = (REPOSITORY / "pyproject.toml").read_text(encoding="utf-8")
    assert '"tests/typing/accepted.py"]' in settings
    assert "warn_unused_ignores = true" in settings or "strict = true" in settings
    assert ACCEPTED.read_text(encoding="utf-8").count("# type: ignore[") == 8
