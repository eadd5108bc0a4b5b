"""Draw the picture of the README: the leaderboard of the sample submissions with intervals.

    python docs/pictures.py

It needs matplotlib, of the extra ``[test]``, and writes ``docs/images/leaderboard.svg``.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import xacle_eval as xe

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "leaderboard.svg"
RESAMPLES = 1000
# Text stays text, so that it can be searched and selected; the ids of elements do not change.
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "xacle-eval", "font.family": "sans-serif"}
BLUE, GREY = "#0072b2", "#767676"


def sample_board() -> xe.Leaderboard:
    """Return the ranking of the bundled sample submissions against the demo ratings."""
    board = xe.leaderboard(ROOT / "sample_submissions", bootstrap=RESAMPLES)
    assert isinstance(board, xe.Leaderboard)
    return board


def draw(board: xe.Leaderboard) -> str:
    """Return the SVG: a row for each system, its SRCC with the interval, and the noise ceiling."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    with mpl.rc_context(STYLE):
        figure, axes = pyplot.subplots(figsize=(8.4, 0.36 * len(board.entries) + 1.5))
        for row, entry in enumerate(board.entries):
            _draw_row(axes, row, entry)
        _draw_ceiling(axes, board)
        _label(figure, axes, board)
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        pyplot.close(figure)
    # matplotlib ends some lines with a space.
    return "\n".join(line.rstrip() for line in buffer.getvalue().splitlines()) + "\n"


def _draw_row(axes: Any, row: int, entry: xe.Entry) -> None:
    """Draw the point and the interval of a system, with its numbers at the right."""
    score = entry.metrics["SRCC"]
    interval = entry.uncertainty.intervals.get("SRCC") if entry.uncertainty else None
    low, high = (interval["low"], interval["high"]) if interval else (None, None)
    said = f"{score:.3f}"
    if low is None or high is None:
        axes.plot([score], [row], "o", color=GREY, markersize=5)
    else:
        axes.plot([low, high], [row, row], color=BLUE, linewidth=3)
        axes.plot([score], [row], "o", color=BLUE, markersize=6)
        said += f"  [{low:.3f}, {high:.3f}]"
    axes.text(1.02, row, said, va="center", fontsize=9, transform=axes.get_yaxis_transform())


def _draw_ceiling(axes: Any, board: xe.Leaderboard) -> None:
    """Draw the line of the noise ceiling."""
    assert board.resampling is not None
    assert board.resampling.ceilings is not None
    ceiling = board.resampling.ceilings.ceiling["SRCC"]
    axes.axvline(ceiling, color=GREY, linestyle="--", linewidth=1.2)
    axes.text(
        ceiling - 0.01, -0.42, f"noise ceiling {ceiling:.3f}", ha="right", fontsize=8, color=GREY
    )


def _label(figure: Any, axes: Any, board: xe.Leaderboard) -> None:
    """Write the names of the systems, the title and the axis."""
    axes.set_yticks(
        range(len(board.entries)), [f"{each.rank}  {each.system}" for each in board.entries]
    )
    axes.invert_yaxis()
    axes.set_xlim(-0.08, 1.0)
    axes.grid(axis="x", color="#e4e4e4", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.set_xlabel(f"SRCC with its 95 % interval ({RESAMPLES:,} resamples of pairs)", fontsize=9)
    axes.set_title("Sample submissions, DEMO ratings (synthetic)", fontsize=11, loc="left", pad=20)
    figure.tight_layout()


if __name__ == "__main__":
    from xacle_eval.io.outputs import write_text

    write_text(PICTURE, draw(sample_board()))
