"""The single file: its size, and the CPU time to write, start, check and score 3,000 pairs.

Run it as ``python -m benchmarks.single_file`` (five minutes). It uses the Pythons on PATH or in
pyenv, without site-packages. Times are medians of `ROUNDS` processes.
"""

from __future__ import annotations

import json
import random
import resource
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.hosting.programs import python
from xacle_eval.challenge.loading import load_challenge
from xacle_eval.challenge.model import Challenge
from xacle_eval.hosting.scoring.data import scorer_data
from xacle_eval.hosting.scoring.labels import labels_text
from xacle_eval.hosting.single_file import single_file, single_file_modules

ROUNDS = 3
VERSIONS = ("3.7", "3.9", "3.11", "3.13")


def cpu_seconds(action: Callable[[], object], who: int = resource.RUSAGE_CHILDREN) -> float:
    """Return the CPU time of an action in this process or in those that it starts."""
    before = resource.getrusage(who)
    action()
    after = resource.getrusage(who)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def write_files(folder: Path, challenge: Challenge) -> None:
    """Write the program, predictions and labels of a challenge."""
    rng = random.Random(0)  # noqa: S311 -- not for secrets
    ids = challenge.manifest.ids
    (folder / "single_file.py").write_text(single_file(challenge), encoding="utf-8")
    rows = (f"{pair},{rng.uniform(0, 10):.4f}\n" for pair in ids)
    text = "wav_file_name,pred_score\n" + "".join(rows)
    (folder / "Kumo_01.csv").write_text(text, encoding="utf-8")
    labels = labels_text(ids, {"": [rng.randrange(41) / 4 for _ in ids]})
    (folder / "labels.csv").write_text(labels, encoding="utf-8")


def commands(challenge: Challenge) -> dict[str, list[str]]:
    """Return the command lines that are measured, by what they do."""
    phase = next(iter(scorer_data(challenge)["phases"]))
    score = ["Kumo_01.csv", "labels.csv"]
    evaluate = f"import single_file; single_file.evaluate({score[1]!r}, {score[0]!r}, {phase!r})"
    return {
        "import": ["-c", "import single_file"],
        "validate": ["single_file.py", "validate", "Kumo_01.csv"],
        "score": ["single_file.py", "score", *score, "--phase", phase],
        "evaluate, with error bars": ["-c", evaluate],
    }


def measure(folder: Path, challenge: Challenge) -> Iterator[str]:
    """Yield the times of each Python that is here."""
    for version in VERSIONS:
        program = python(version)
        for name, arguments in commands(challenge).items() if program else ():
            command = [program, "-S", *arguments]

            def run(command: list[str] = command) -> None:
                subprocess.run(command, cwd=folder, check=True, capture_output=True)

            took = statistics.median(cpu_seconds(run) for _ in range(ROUNDS))
            yield f"Python {version}, {name}: {took:.2f} s"


def main() -> None:
    """Print all measurements."""
    challenge = load_challenge("xacle2026")
    write = cpu_seconds(lambda: single_file(challenge), resource.RUSAGE_SELF)
    modules = single_file_modules()
    print(f"single file: {len(single_file(challenge).encode()) / 1e6:.2f} MB in {write:.1f} s")
    parts = {"PyYAML": "yaml", "pypdf": "pypdf"}
    for name, start in parts.items():
        size = sum(len(text) for each, (text, _) in modules.items() if each.startswith(start))
        print(f"of these, {name}: {size / 1e6:.2f} MB")
    print(f"the challenge: {len(json.dumps(scorer_data(challenge))) / 1e6:.2f} MB")
    with tempfile.TemporaryDirectory() as made:
        write_files(Path(made), challenge)
        for line in measure(Path(made), challenge):
            print(line)


if __name__ == "__main__":
    main()
