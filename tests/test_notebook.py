"""The notebook of the docs runs, and its results are those of the command."""

from __future__ import annotations

import ast
import base64
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import xacle_eval as xe
from tests.cli.helpers import environment

nbformat = pytest.importorskip("nbformat", reason="nbformat reads the notebook")
nbclient = pytest.importorskip("nbclient", reason="nbclient runs the notebook")
pytest.importorskip("ipykernel", reason="ipykernel is the Python that runs the notebook")
pytest.importorskip("matplotlib", reason="the notebook draws with matplotlib")

NOTEBOOK = Path(__file__).resolve().parents[1] / "docs" / "notebooks" / "evaluation.ipynb"
# A folder of a machine, such as /tmp/x or C:\Users; an end tag such as </td> is none.
ABSOLUTE = re.compile(r"(?<![\w<.])/(?:\w[\w.-]*/)+|[A-Z]:\\")
PNG_START = b"\x89PNG\r\n\x1a\n"


def _run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return the code cells of the notebook after a run in a folder."""
    # Not the user's kernels and profile, and the same package as here, wherever it is installed.
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "1")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.setenv("IPYTHONDIR", str(folder / ".ipython"))
    monkeypatch.setenv("PYTHONPATH", str(Path(xe.__file__).resolve().parents[1]))
    monkeypatch.delenv("MPLBACKEND", raising=False)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    where = {"metadata": {"path": str(folder)}}
    client = nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3", resources=where)
    try:
        client.execute()
    except OSError as error:
        pytest.skip(f"no kernel can be started here: {error}")
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _outputs(cells: list[Any], kind: str) -> list[Any]:
    """Return the data of one kind, in the order of the notebook."""
    return [
        output["data"][kind]
        for cell in cells
        for output in cell.outputs
        if kind in output.get("data", {})
    ]


def _command(folder: Path, *words: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "xacle_eval", *words],
        cwd=folder,
        env=environment(PYTHONPATH=str(Path(xe.__file__).resolve().parents[1])),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_notebook_is_stored_without_outputs():
    """The file is a valid notebook, and no cell has an output or the number of a run."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(cells) >= 8
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)
    assert notebook.metadata.kernelspec.name == "python3"


@pytest.mark.filterwarnings("default")  # of the packages that start and end the kernel
def test_the_notebook_runs_and_agrees_with_the_command(tmp_path, monkeypatch):
    """Every cell runs; scores and board are those of the command for the same files."""
    cells = _run(tmp_path, monkeypatch)
    kinds = [output.output_type for cell in cells for output in cell.outputs]
    assert set(kinds) == {"execute_result", "display_data"}  # no error, and nothing on stderr
    texts, tables = _outputs(cells, "text/plain"), _outputs(cells, "text/html")
    assert [found for text in texts + tables for found in ABSOLUTE.findall(text)] == []

    # A data frame, a score, two arrays, a comparison and a board are shown as tables.
    starts = ["", "<ScoreCard MyTeam_01", "<Evaluation", "<SystemComparison 2", "<Leaderboard"]
    assert len(tables) == len(starts)
    assert all("<table" in table and "</table>" in table for table in tables)
    for start in starts:
        assert sum(text.startswith(start) for text in texts) == (1 if start else len(texts))
    assert "DEMO RATINGS" in tables[-1]

    images = [base64.b64decode(image) for image in _outputs(cells, "image/png")]
    images += [(tmp_path / name).read_bytes() for name in ("board.png", "predictions.png")]
    assert len(images) == 4
    assert all(image.startswith(PNG_START) and len(image) > 5_000 for image in images)

    ranking = ["leaderboard", "submissions", "--bootstrap", "100", "--quiet", "-o", "again.csv"]
    _command(tmp_path, *ranking)
    board = (tmp_path / "board.csv").read_bytes()
    assert board == (tmp_path / "again.csv").read_bytes()
    latex = (tmp_path / "board.tex").read_text(encoding="utf-8")
    assert "DEMO" in latex
    for line in board.decode().splitlines()[1:]:
        assert line.split(",")[3] in latex
    with pytest.warns(xe.DemoReferencesWarning):
        card = xe.score(tmp_path / "submissions" / "MyTeam_01.csv")
    (scores,) = [ast.literal_eval(text) for text in texts if text.startswith("{'SRCC'")]
    assert scores == {name: round(value, 4) for name, value in card.metrics.items()}
    for value in card.metrics.values():  # the same for two arrays, in the third table
        assert f"{value:.3f}</td>" in tables[2]
    assert ast.literal_eval(texts[-1]) == [
        "board.csv",
        "board.png",
        "board.tex",
        *(f"submissions/{name}_0{n}.csv" for name in ("MyTeam", "Other") for n in (1, 2)),
    ]
