"""CSV files: predictions, ratings, averages, tables of results and lists of resources."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.fuzzing.cases import chance, hostile_text, mutate, number, some

__all__ = [
    "IDS",
    "approved",
    "averages",
    "codabench_export",
    "evalai_page",
    "plain_predictions",
    "plain_ratings",
    "predictions",
    "ratings",
    "results",
    "valid_predictions",
]

IDS = tuple(f"{pair:03d}.wav" for pair in range(1, 25))
Rows = list[list[str]]


# --- ids and headers -----------------------------------------------------------------------------
def _near_id(rng: random.Random, pair: str) -> str:
    """Return a spelling that is similar to an id."""
    stem = pair.removesuffix(".wav")
    return some(
        rng,
        [
            (2, stem), (1, stem + ".WAV"), (1, stem.lstrip("0") + ".wav"), (1, pair + " "),
            (1, "wav/" + pair), (1, "./" + pair), (1, "C:\\wav\\" + pair), (1, "\u00a0" + pair),
            (1, pair.replace("0", "\uff10")), (1, pair + ".wav"), (1, stem + ".mp3"),
            (1, pair.replace("0", "O")), (1, pair + "\u200b"), (1, "025.wav"), (1, "000.wav"),
            (1, rng.choice(IDS)), (1, ""), (3, hostile_text(rng)), (0.5, "./" * 300 + pair),
            (0.2, "a/" * 20_000 + pair), (1, stem + ".wav/.."), (0.5, pair * 40),
        ],
    )  # fmt: skip


_HEADERS = {
    "id": ("WAV_FILE_NAME", "wav file name", "wav_file_name ", "\ufeffwav_file_name", "filename",
           "wav_filename", "id", "wav_file_nam", "pred_score", ""),
    "value": ("Pred_Score", "prediction_score", "prediction", "pred score", "score", "pred_scor",
              "average_score", "wav_file_name", ""),
}  # fmt: skip


def _change_header(rng: random.Random, rows: Rows) -> None:
    at = rng.randrange(len(rows[0]))
    names = _HEADERS["id"] if at == 0 else _HEADERS["value"]
    rows[0][at] = hostile_text(rng) if chance(rng, 0.3) else rng.choice(names)


# --- changes of rows -----------------------------------------------------------------------------
def _any_row(rng: random.Random, rows: Rows) -> int:
    return rng.randrange(1, len(rows)) if len(rows) > 1 else 0


def _change_id(rng: random.Random, rows: Rows) -> None:
    row = rows[_any_row(rng, rows)]
    row[0] = _near_id(rng, row[0])


def _change_number(rng: random.Random, rows: Rows) -> None:
    row = rows[_any_row(rng, rows)]
    row[rng.randrange(1, len(row)) if len(row) > 1 else 0] = number(rng)


def _change_field(rng: random.Random, rows: Rows) -> None:
    row = rows[_any_row(rng, rows)]
    row[rng.randrange(len(row))] = hostile_text(rng)


def _spell_all(rng: random.Random, rows: Rows) -> None:
    """Change every number of a column in the same way: a scale, an offset, a spelling."""
    at = rng.randrange(1, len(rows[0])) if len(rows[0]) > 1 else 0
    spell: Callable[[float], str] = rng.choice(
        (
            lambda x: f"{x * 1e-90!r}",
            lambda x: f"{x * 10:g}",
            lambda x: f"{x / 10:g}",
            lambda x: f"{x:e}",
            lambda x: f"{-x:g}",
            lambda _: "5",
            lambda x: f"{round(x)}",
            lambda x: f"{x:.30f}",
            lambda x: f"{x!r}".replace(".", ","),
            lambda x: f" {x!r} ",
            lambda x: f"{40 * 81 ** (int(x) % 5)}",
            lambda x: f"{x * 1e70!r}",
            lambda x: f"{5 + x * 1e-14!r}",
        )
    )
    for row in rows[1:]:
        if at < len(row):
            try:
                row[at] = spell(float(row[at]))
            except (ValueError, OverflowError):
                continue


def _drop_row(rng: random.Random, rows: Rows) -> None:
    if len(rows) > 2:
        del rows[_any_row(rng, rows)]


def _repeat_row(rng: random.Random, rows: Rows) -> None:
    rows.insert(rng.randrange(1, len(rows) + 1), list(rows[_any_row(rng, rows)]))


def _shuffle(rng: random.Random, rows: Rows) -> None:
    body = rows[1:]
    rng.shuffle(body)
    rows[1:] = body


def _add_field(rng: random.Random, rows: Rows) -> None:
    rows[_any_row(rng, rows)].append(hostile_text(rng))


def _add_column(rng: random.Random, rows: Rows) -> None:
    rows[0].append(some(rng, [(3, "note"), (2, hostile_text(rng)), (1, rows[0][0])]))
    for row in rows[1:]:
        row.append(some(rng, [(5, "x"), (1, number(rng)), (0.2, hostile_text(rng))]))


def _move_column(_rng: random.Random, rows: Rows) -> None:
    for row in rows:
        row.append(row.pop(0))


def _add_row(rng: random.Random, rows: Rows) -> None:
    row: list[str] = rng.choice(([], [""], ["", ""], ["# x"], [hostile_text(rng), number(rng)]))
    rows.insert(rng.randrange(len(rows) + 1), list(row) or [""])


def _make_wide(rng: random.Random, rows: Rows) -> None:
    rows[rng.randrange(len(rows))] += ["x"] * rng.choice((50, 1_000, 20_000))


def _make_long(rng: random.Random, rows: Rows) -> None:
    times = rng.choice((2, 5, 200))
    rows += [list(row) for row in rows[1:] for _ in range(times)][:5_000]


_CHANGES = [
    (5.0, _change_id), (8.0, _change_number), (3.0, _change_field), (3.0, _change_header),
    (4.0, _spell_all), (2.0, _drop_row), (2.0, _repeat_row), (4.0, _shuffle), (1.0, _add_field),
    (3.0, _add_column), (2.0, _move_column), (2.0, _add_row), (0.1, _make_wide), (0.1, _make_long),
]  # fmt: skip


# --- writing -------------------------------------------------------------------------------------
def _quote(rng: random.Random, text: str, delimiter: str, style: int) -> str:
    special = any(mark in text for mark in (delimiter, '"', "\n", "\r"))
    if style == 2 or (special and style != 3) or (style == 1 and chance(rng, 0.3)):
        return '"' + text.replace('"', '""') + '"'
    return text


_ENCODINGS = ("utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "utf-7")


def _write(rng: random.Random, rows: Rows, *, calm: float) -> bytes:
    """Return the rows as bytes; with probability `calm` as a plain file."""
    delimiter, ending, style, encoding = ",", "\n", 0, "utf-8"
    if not chance(rng, calm):
        delimiter = some(rng, [(8, ","), (1, ";"), (1, "\t"), (1, "|"), (0.5, ", "), (0.5, " ")])
        ending = some(rng, [(6, "\n"), (4, "\r\n"), (1, "\r"), (1, "\n\n"), (0.5, "\x85")])
        style = some(rng, [(4, 0), (3, 1), (3, 2), (1, 3)])
        encoding = some(rng, [(9, "utf-8"), (3, rng.choice(_ENCODINGS))])
    lines = (delimiter.join(_quote(rng, text, delimiter, style) for text in row) for row in rows)
    text = ending.join(lines) + some(rng, [(8, ending), (1, ""), (1, ending * 3)])
    return text.encode(encoding, "surrogatepass" if encoding[:3] == "utf" else "replace")


def _finish(rng: random.Random, rows: Rows, packed: float = 0.05) -> tuple[bytes, bool]:
    """Return the file, and whether it is compressed."""
    for _ in range(some(rng, [(5, 0), (5, 1), (2, 2), (1, 4)])):
        some(rng, _CHANGES)(rng, rows)
    data = _write(rng, rows, calm=0.85)
    if chance(rng, 0.06):
        data = mutate(rng, data)
    if chance(rng, packed):
        data = gzip.compress(data, mtime=0)
        return (mutate(rng, data) if chance(rng, 0.3) else data), True
    return data, False


def _value(rng: random.Random) -> str:
    return f"{rng.uniform(0, 10):.2f}"


def predictions(rng: random.Random, ids: Sequence[str] = IDS) -> tuple[bytes, bool]:
    """Return a file of predictions, and whether it is compressed."""
    rows = [["wav_file_name", "pred_score"], *([pair, _value(rng)] for pair in ids)]
    return _finish(rng, rows)


def plain_predictions() -> bytes:
    """Return a valid file of predictions."""
    rows = (f"{pair},{at * 7 % 10}.{at % 10}\n" for at, pair in enumerate(IDS))
    return ("wav_file_name,pred_score\n" + "".join(rows)).encode()


def valid_predictions(rng: random.Random) -> bytes:
    """Return a valid file of random predictions."""
    rows = (f"{pair},{_value(rng)}\n" for pair in IDS)
    return ("wav_file_name,pred_score\n" + "".join(rows)).encode()


def plain_ratings() -> bytes:
    """Return a valid file of ratings."""
    rows = (
        f"{pair},a dog barks,{(at * 7 + listener) % 11},listener_{listener}\n"
        for at, pair in enumerate(IDS)
        for listener in range(4)
    )
    return ("wav_file_name,text,score,listener_id\n" + "".join(rows)).encode()


def averages(rng: random.Random, ids: Sequence[str] = IDS) -> tuple[bytes, bool]:
    """Return a file with the mean rating of each pair."""
    rows = [["wav_file_name", "average_score"], *([pair, _value(rng)] for pair in ids)]
    return _finish(rng, rows, 0.1)


def ratings(rng: random.Random, ids: Sequence[str] = IDS) -> tuple[bytes, bool]:
    """Return a file with one row per rating."""
    rows = [["wav_file_name", "text", "score", "listener_id"]]
    listeners = [f"listener_{number:02d}" for number in range(1, 7)]
    for pair in ids:
        middle = rng.uniform(1, 9)
        for listener in rng.sample(listeners, rng.choice((3, 4))):
            value = min(10, max(0, round(rng.gauss(middle, 1.5))))
            rows.append([pair, "a dog barks", str(value), listener])
    if chance(rng, 0.1):
        name = hostile_text(rng)
        for row in rows[1:]:
            row[3] = name if row[3] == listeners[0] else row[3]
    return _finish(rng, rows, 0.1)


def results(rng: random.Random) -> tuple[bytes, bool]:
    """Return a table of published results, as `rank` reads it."""
    teams = rng.choice((True, False))
    rows = [[*(["team"] if teams else []), "system", "SRCC", "LCC", "KTAU", "MSE"]]
    for team in ("Kumo", "Hibari", "Suzume", hostile_text(rng)):
        for system in range(1, rng.randrange(2, 4)):
            values = [f"{rng.uniform(-0.2, 0.9):.3f}" for _ in range(3)]
            label = f"{team}_{system:02d}"
            rows.append([*([team] if teams else []), label, *values, f"{rng.uniform(0, 9):.3f}"])
    return _finish(rng, rows)


def codabench_export(rng: random.Random) -> tuple[bytes, bool]:
    """Return a leaderboard as Codabench exports it, with names that participants wrote."""
    sheet = ["fact_sheet_answers"] * rng.choice((1, 2))
    rows = [["Username", *sheet, *(f"Test(7)-{name}" for name in ("SRCC", "LCC", "KTAU", "MSE"))]]
    for user, team in enumerate(("Kumo", "Hibari", hostile_text(rng)), 1):
        answers = rng.choice((repr({"team": team, "system": f"{team}_01"}), "", team))
        values = [f"{rng.uniform(-0.2, 0.9):.10f}" for _ in range(3)]
        missing = rng.choice(("", "n/a", f"{rng.uniform(0, 9):.10f}"))
        rows.append([f"user-{user}", *([answers] * len(sheet)), *values, missing])
    return _finish(rng, rows)


def evalai_page(rng: random.Random) -> tuple[bytes, bool]:
    """Return a page of EvalAI's leaderboard, sometimes with one part of another type."""
    labels = ["SRCC", "LCC", "KTAU", "MSE"]
    results = [
        {
            "id": item,
            "submission__participant_team": item,
            "submission__participant_team__team_name": team,
            "submission__is_baseline": rng.choice((True, False)),
            "challenge_phase_split": 31,
            "result": [rng.uniform(0, 0.9) for _ in labels],
            "error": [0.01] * len(labels),
            "leaderboard__schema": {"labels": labels, "default_order_by": "SRCC"},
            "submission__method_name": rng.choice(("", "baseline", hostile_text(rng))),
        }
        for item, team in enumerate(("Kumo", "Hibari", hostile_text(rng)), 1)
    ]
    page: dict[str, Any] = {"count": 3, "next": None, "previous": None, "results": results}
    changed = rng.random() < 0.5
    if changed:
        part = rng.choice((page, results[0]))
        part[rng.choice(list(part))] = rng.choice((None, [], {}, "x", -1, True, 1e300, [None] * 4))
    return json.dumps(page).encode(), changed


def approved(rng: random.Random) -> bytes:
    """Return a list of approved resources."""
    rows = [
        ["name", "type", "added", "link"],
        ["RoBERTa-large", "pre-trained model", "2025-09-14", "https://example.org/roberta-large"],
        ["BYOL-A", "pre-trained model", "2025-09-14", "https://example.org/byol-a"],
        ["AudioCaps", "data set", "2025-09-20", "https://example.org/audiocaps"],
    ]
    return _finish(rng, rows, 0)[0]
