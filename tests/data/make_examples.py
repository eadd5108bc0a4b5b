"""Write the ratings, references and predictions of the examples in this folder.

    python tests/data/make_examples.py

The numbers are synthetic: a pair has a quality on the scale, a listener rates it with noise, and a
system predicts it with noise. They contain no data of any data set. The challenge files are
written by hand. The same seed gives the same files.
"""

import zipfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
SEED = 2026
WORDS = (
    "a dog barks",
    "rain falls on a roof",
    "an engine idles, then stops",
    "people talk in a hall",
)


def write(path: Path, lines: list[str]) -> None:
    """Write lines with LF on every system."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(("\n".join(lines) + "\n").encode())


def rating(rng: np.random.Generator, quality: float, low: int, high: int) -> int:
    """Return a rating: the quality with noise, as a whole number on the scale."""
    return int(np.clip(np.rint(quality + rng.normal(0, 1.6)), low, high))


def example(rng: np.random.Generator) -> None:
    """24 pairs, four listeners each, three systems of two teams."""
    ids = [f"{number:03d}.wav" for number in range(1, 25)]
    quality = rng.uniform(1, 10, len(ids))
    rows = [
        f"{pair},{WORDS[n % 2]},{rating(rng, quality[n], 0, 10)},listener_{listener:02d}"
        for n, pair in enumerate(ids)
        for listener in rng.choice(12, 4, replace=False)
    ]
    write(HERE / "example/ratings.csv", ["wav_file_name,text,score,listener_id", *rows])
    for system, noise in (("Hibari_01", 1.2), ("Hibari_02", 2.0), ("Suzume_01", 2.8)):
        predictions = np.clip(quality + rng.normal(0, noise, len(ids)), 0, 10)
        rows = [f"{pair},{value:.2f}" for pair, value in zip(ids, predictions, strict=True)]
        write(HERE / f"example/submissions/{system}.csv", ["wav_file_name,pred_score", *rows])


def packages() -> None:
    """A valid package of Hibari's two systems, and one of Kumo with mistakes; not deflated."""
    team = {
        f"{label}.{ending}": data
        for label in ("Hibari_01", "Hibari_02")
        for ending, data in (
            ("csv", (HERE / f"example/submissions/{label}.csv").read_text()),
            ("yaml", description(label)),
        )
    }
    write_zip(HERE / "example/packages/Hibari.zip", team)
    faulty = description("Kumo_01").replace("name: RoBERTa-large", "name: RoBERTo-large")
    faulty = faulty.replace("ensemble: false", "ensemble: true").replace(
        "      trained_on: [AudioSet]\n", ""
    )
    rows = (HERE / "example/submissions/Suzume_01.csv").read_text()
    files = {
        "Kumo_01.csv": rows,
        "Kumo_01.yaml": faulty,
        "Kumo_02.csv": rows,
        "notes.txt": "to do: description",
    }
    write_zip(
        HERE / "example/packages/Kumo.zip", {f"Kumo/{name}": data for name, data in files.items()}
    )


def description(label: str) -> str:
    """Return a system description, shorter than the template."""
    team = label.partition("_")[0]
    return f"""\
submission:
  label: {label}
  name: {team} system {int(label[-2:])}
  abbreviation: {team}{int(label[-2:])}
  authors:
    - lastname: {team}
      firstname: Aoi
      email: {team.lower()}@example.org
      corresponding: true
      affiliation: {{ institute: University of Examples }}
system:
  description:
    audio_encoder: BYOL-A
    text_encoder: RoBERTa-large
  pretrained_models:
    - name: BYOL-A
      trained_on: [AudioSet]
    - name: RoBERTa-large
      trained_on: [BookCorpus, English Wikipedia, CC-News, OpenWebText, Stories]
  external_data: []
  training_data: [XACLE train]
  complexity: {{ total_parameters: 371000000 }}
  ensemble: false
  mixture_of_experts: false
  collected_data: {{ audio: false, texts: false, ratings: false }}
"""


def write_zip(path: Path, files: dict[str, str]) -> None:
    """Write a reproducible ZIP."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            archive.writestr(entry, data)


def relate(rng: np.random.Generator) -> None:
    """Twelve kept pairs with one to five ratings, two more whose ratings are all excluded."""
    folder = HERE / "challenges/relate"
    kinds = ("audiocaps/train", "tango/test", "audioldm2/train")
    ids = [f"/{kinds[n % 3]}/{900_000 + 37 * n}.wav" for n in range(14)]
    quality = rng.uniform(2, 10, len(ids))
    header = "wavname,text,score,listener_id,audio type,anchor label,in RELATE dataset,in AudioCaps"
    rows = []
    for n, pair in enumerate(ids):
        kind = ("natural", "tango", "audioldm")[n % 3]
        for listener in range(1 + n % 5):
            kept = n < 12 and (listener == 0 or listener != n % 4)
            split = ("train", "validation", "test")[n % 3] if kept else "excluded"
            fields = (
                pair,
                f'"{WORDS[n % 4]}"',
                rating(rng, quality[n], 0, 10),
                f"{9000 + listener + n}",
                kind,
            )
            rows.append(",".join(map(str, (*fields, n % 5 == 4, split, "test"))))
    write(folder / "ratings.csv", [header, *rows])
    write(folder / "manifest.txt", ["# the pairs with a kept rating", *ids[:12]])
    better, worse = (
        np.clip(quality[:12] + rng.normal(0, noise, 12), 0, 10) for noise in (1.0, 4.0)
    )
    write(folder / "submissions/Kiri_01.csv", ["wavname,prediction", *table(ids, better)])
    write(folder / "submissions/Kiri_02.csv", [row.lstrip("/") for row in table(ids, better - 0.5)])
    write(folder / "submissions/Nami_01.csv", ["wavname,prediction", *table(ids, worse)])


def voicemos(rng: np.random.Generator) -> None:
    """Six synthesis systems with five utterances each, shuffled; three teams."""
    folder = HERE / "challenges/voicemos"
    ids = [f"sys{system}-utt{number:04d}" for system in "ABCDEF" for number in range(5)]
    rng.shuffle(ids)
    level = {system: 1.5 + 0.55 * n for n, system in enumerate("ABCDEF")}
    quality = np.array([level[pair[3]] for pair in ids]) + rng.normal(0, 0.3, len(ids))
    means = np.clip(np.rint(quality * 8) / 8, 1, 5)
    write(folder / "test.scp", ids)
    write(
        folder / "references.csv",
        ["utterance,mos", *(f"{p},{m:g}" for p, m in zip(ids, means, strict=True))],
    )
    for team, noise in (("T01", 0.3), ("T02", 0.9), ("B01", 1.5)):
        write(
            folder / f"submissions/{team}/answer.txt",
            table(ids, quality + rng.normal(0, noise, len(ids))),
        )


def wmt(rng: np.random.Generator) -> None:
    """Segments of six translation systems in three languages and two domains; three metrics.

    The rows of each file are in another order. The ratings are by three of six raters.
    """
    folder = HERE / "challenges/wmt"
    languages, domains = ("de", "ja", "zh"), ("news", "speech")
    ids, rows = [], []
    for segment in range(24):
        for number in range(6):
            ids.append(f"sys{'ABCDEF'[number]}#seg{segment:02d}")
            rows.append((languages[segment % 3], domains[segment // 12]))
    rng.shuffle(order := np.arange(len(ids)))
    ids, rows = [ids[n] for n in order], [rows[n] for n in order]
    level = {system: 55 + 7 * n for n, system in enumerate("ABCDEF")}
    hard = {"de": 0, "ja": -8, "zh": -4}
    quality = np.array([level[pair[3]] + hard[row[0]] for pair, row in zip(ids, rows, strict=True)])
    quality = quality + rng.normal(0, 9, len(ids))
    write(folder / "segments.txt", ids)
    by_id = sorted(zip(ids, rows, strict=True))
    write(
        folder / "pairs.csv",
        ["segment,source_language,domain", *(f"{p},{row[0]},{row[1]}" for p, row in by_id)],
    )
    rated = [
        f"{pair}\trater{rater}\t{int(np.clip(np.rint(q + rng.normal(0, 12)), 0, 100))}"
        for pair, q in zip(ids, quality, strict=True)
        for rater in rng.choice(6, 3, replace=False)
    ]
    write(folder / "ratings.tsv", ["segment\trater\tscore", *rated])
    for metric, noise in (("Akane_01", 4), ("Akane_02", 15), ("Midori_01", 25)):
        values = np.clip(quality + rng.normal(0, noise, len(ids)), 0, 100)
        lines = [f"{pair}\t{value:.4f}" for pair, value in zip(ids, values, strict=True)]
        rng.shuffle(lines)
        write(folder / f"submissions/{metric}.tsv", ["segment\tscore", *lines])


def audiomos(rng: np.random.Generator) -> None:
    """Five music generators with six clips each, two ratings of each clip, no header."""
    folder = HERE / "challenges/audiomos2025_track1"
    ids = [f"audiomos2025-track1-S{s:03d}_P{p:04d}.wav" for s in range(1, 6) for p in range(6)]
    level = np.repeat(rng.permutation(np.linspace(1.8, 4.2, 5)), 6)
    impression = np.clip(level + rng.normal(0, 0.4, len(ids)), 1, 5)
    alignment = np.clip(0.6 * impression + 0.4 * level[::-1] + rng.normal(0, 0.5, len(ids)), 1, 5)
    qualities = np.stack([impression, alignment])
    write(folder / "test.scp", ids)
    write(folder / "references.csv", rows_of(ids, np.rint(qualities * 5) / 5, "g"))
    noises = {"T01": (0.3, 0.7), "T02": (0.6, 0.4), "T03": (1.0, 1.0), "Baseline": (0.8, 0.6)}
    for team, noise in noises.items():
        predictions = qualities + rng.normal(0, 1, qualities.shape) * np.array(noise)[:, None]
        stems = [pair.removesuffix(".wav") for pair in ids]
        write(folder / f"submissions/{team}.txt", rows_of(stems, predictions, ".3f"))


def speech(rng: np.random.Generator) -> None:
    """Four systems with five clips each, three ratings by each of three to five listeners."""
    folder = HERE / "challenges/voicemos2024_track3"
    ids = [f"sys{system}-clip{number:02d}" for system in "ABCD" for number in range(5)]
    qualities = np.clip(
        np.repeat(np.linspace(2.0, 4.2, 4), 5) + rng.normal(0, 0.5, (3, len(ids))), 1, 5
    )
    names = ("SIG", "BAK", "OVRL")
    rows = [
        f"{pair},L{listener:02d},{','.join(str(rating(rng, q, 1, 5)) for q in qualities[:, n])}"
        for n, pair in enumerate(ids)
        for listener in rng.choice(8, 3 + n % 3, replace=False)
    ]
    write(folder / "test.scp", ids)
    write(folder / "ratings.csv", [f"file_id,listener_id,{','.join(names)}", *rows])
    for team, noise in (("Sora", 0.4), ("Kaze", 0.9), ("Umi", 1.4)):
        predictions = qualities + rng.normal(0, noise, qualities.shape)
        # Umi leaves out the optional target.
        kept = [0, 2] if team == "Umi" else [0, 1, 2]
        header = ",".join(("file_id", *(names[n] for n in kept)))
        rows = rows_of(ids, predictions[kept], ".3f")
        write(folder / f"submissions/{team}.csv", [header, *rows])


def rows_of(ids: list[str], values: np.ndarray, form: str) -> list[str]:
    """Return rows of id and one value for each row of an array."""
    return [
        ",".join((pair, *(f"{value:{form}}" for value in values[:, n])))
        for n, pair in enumerate(ids)
    ]


def table(ids: list[str], values: np.ndarray) -> list[str]:
    """Return rows of id and value with three decimals."""
    return [f"{pair},{value:.3f}" for pair, value in zip(ids, values, strict=False)]


if __name__ == "__main__":
    for make, seed in zip(
        (example, relate, voicemos, wmt, audiomos, speech),
        np.random.SeedSequence(SEED).spawn(6),
        strict=True,
    ):
        make(np.random.default_rng(seed))
    packages()
