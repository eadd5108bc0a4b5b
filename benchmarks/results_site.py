"""Measure the results site of many systems: its time beside that of the board, its sizes, sorting.

    python -m benchmarks.results_site [SYSTEMS] [RESAMPLES] [JOBS]

The systems have 3,000 random predictions for the bundled challenge. The times are of whole
processes, one after the other; sorting is measured in Chromium, if Playwright finds it.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import xacle_eval as xe

SORT = """() => [...document.querySelectorAll('.panel:not([hidden]) thead button')].map(head => {
  const begin = performance.now(); head.click(); document.body.offsetHeight;
  return performance.now() - begin })"""


def make_submissions(folder: Path, systems: int) -> None:
    """Write systems of different quality, three for each team."""
    rng = np.random.default_rng(0)
    ids = xe.load_challenge("xacle2026").manifest.ids
    truth = xe.load_references(challenge="xacle2026").values
    for number in range(systems):
        noise = rng.normal(size=truth.size) * (0.5 + 3.0 * number / systems)
        values = np.clip(truth + noise, 0, 10)
        rows = "".join(f"{pair},{value:.4f}\n" for pair, value in zip(ids, values, strict=True))
        name = f"Team{number // 3:03d}_{number % 3 + 1:02d}.csv"
        (folder / name).write_text(f"wav_file_name,pred_score\n{rows}", encoding="utf-8")


def seconds(*arguments: str) -> float:
    """Run the command, and return the seconds that it took."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-m", "xacle_eval", *arguments, "-q"], check=True)
    return time.perf_counter() - begin


def sorting(page: Path) -> list[float]:
    """Return the milliseconds that a click on each heading takes, with the layout; may be empty."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return []
    if chromium is None:
        return []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        opened = browser.new_page()
        opened.goto(page.resolve().as_uri())
        found: list[float] = opened.evaluate(SORT)
        browser.close()
    return found


def main() -> None:
    """Print the table."""
    systems, resamples, jobs = (*map(int, sys.argv[1:]), *(100, 10_000, 2)[len(sys.argv) - 1 :])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").mkdir()
        make_submissions(folder / "in", systems)
        plan = ("--bootstrap", str(resamples), "--jobs", str(jobs))
        source, site = str(folder / "in"), folder / "site"
        board = seconds("leaderboard", source, *plan, "-o", str(folder / "board.json"))
        whole = seconds("report", source, *plan, "-o", str(site))
        print(f"{systems} systems, {resamples:,} resamples, {jobs} processes")
        print(f"leaderboard: {board:.1f} s")
        print(f"report: {whole:.1f} s, {whole / board:.2f} times the leaderboard")
        for page in ("index.html", "uncertainty.html", "listeners.html"):
            print(f"{page}: {(site / page).stat().st_size / 1000:,.0f} kB")
        sizes = [page.stat().st_size / 1000 for page in (site / "systems").iterdir()]
        print(f"pages of systems: {statistics.median(sizes):,.0f} kB each (median)")
        times = sorting(site / "index.html")
        if times:
            print(
                f"sorting: {statistics.median(times):.0f} ms (median), {max(times):.0f} ms (most)"
            )


if __name__ == "__main__":
    main()
