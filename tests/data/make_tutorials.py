"""Write the files of the tutorials: ratings, predictions and labels in docs/tutorials/files.

    python tests/data/make_tutorials.py

The numbers are synthetic: a pair has a quality, a listener rates it with noise, and a system
predicts it with noise. They contain no data of any data set. The challenge file of the organiser's
tutorial is written by hand. The same seed gives the same files.
"""

import sys
from collections.abc import Iterable
from pathlib import Path
from random import Random

FILES = Path(__file__).resolve().parents[2] / "docs" / "tutorials" / "files"
SEED = 2026
PAIRS = 300
LISTENERS = 60
# The noise of each system in points of the scale, from 0 to 10.
SYSTEMS = {
    "Hibari_01": 2.0,
    "Hibari_02": 2.6,
    "Kumo_01": 2.1,
    "Kumo_02": 5.5,
    "Tsubame_01": 4.2,
    "Baseline_01": 8.0,
}
SPEAKERS = "ABCDEF"
UTTERANCES = 15


def write(path: Path, lines: Iterable[str]) -> None:
    """Write lines with LF on every system."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(("\n".join(lines) + "\n").encode())


def rating(random: Random, quality: float, low: int, high: int, noise: float) -> int:
    """Return a rating: the quality with noise, as a whole number on the scale."""
    return min(high, max(low, round(quality + random.gauss(0, noise))))


def prediction(random: Random, quality: float, noise: float) -> str:
    """Return a prediction on the scale from 0 to 10, with two decimals."""
    return f"{min(10, max(0, quality + random.gauss(0, noise))):.2f}"


def organiser(folder: Path) -> None:
    """300 pairs with four ratings each, and seven systems, one with mistakes and corrected."""
    random = Random(SEED)  # noqa: S311 -- synthetic data
    quality = {f"{number:03d}.wav": random.uniform(1, 9.5) for number in range(1, PAIRS + 1)}
    rows = [
        f"{pair},{rating(random, value, 0, 10, 1.7)},L{listener:02d}"
        for pair, value in quality.items()
        for listener in sorted(random.sample(range(1, LISTENERS + 1), 4))
    ]
    write(folder / "ratings.csv", ["wav_file_name,score,listener_id", *rows])
    for system, noise in SYSTEMS.items():
        rows = [f"{pair},{prediction(random, value, noise)}" for pair, value in quality.items()]
        write(folder / f"submissions/{system}.csv", ["wav_file_name,pred_score", *rows])
    rows = [f"{pair},{prediction(random, value, 2.3)}" for pair, value in quality.items()]
    write(folder / "corrected/Suzume_01.csv", ["wav_file_name,pred_score", *rows])
    rows[41] = rows[41].replace(",", ',"').replace(".", ",").replace(",wav", ".wav") + '"'
    write(
        folder / "submissions/Suzume_01.csv",
        ["wav_file_name,pred_score", *rows[:120], *rows[122:]],
    )


def another(folder: Path) -> None:
    """90 utterances of six speakers, rated from 1 to 5, and three systems."""
    random = Random(SEED)  # noqa: S311 -- synthetic data
    quality = {}
    for speaker in SPEAKERS:
        mean = random.uniform(2, 4.2)
        for number in range(1, UTTERANCES + 1):
            quality[f"spk{speaker}-utt{number:02d}"] = random.gauss(mean, 0.7)
    rows = [
        f"{pair},{listener},{rating(random, value, 1, 5, 0.8)}"
        for pair, value in quality.items()
        for listener in random.sample(("ami", "ben", "chie", "dai", "eri", "fumi"), 3)
    ]
    write(folder / "labels.csv", ["utterance,rater,mos", *rows])
    for system, noise in (("Akane_01", 0.5), ("Akane_02", 0.8), ("Midori_01", 1.0)):
        rows = [
            f"{pair},{min(5, max(1, value + random.gauss(0, noise))):.3f}"
            for pair, value in quality.items()
        ]
        write(folder / f"submissions/{system}.csv", ["utterance,prediction", *rows])


def main(folder: Path = FILES) -> None:
    """Write the files of both tutorials that have their own."""
    organiser(folder / "organiser")
    another(folder / "another-challenge")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
