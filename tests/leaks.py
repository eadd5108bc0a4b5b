"""A challenge whose every value can be recognised, and a search for these values in anything.

The search is for what the default policy of publishing does not show: ids of pairs, predictions as
they are written, references, single ratings, listeners and texts.
"""

import gzip
import html
import io
import json
import re
import zipfile
from pathlib import Path

import numpy as np

from tests.helpers import make_submission
from tests.submissions.descriptions import description, zipped
from xacle_eval.results.details import LargeErrorDetail
from xacle_eval.results.profile import Band, LargeError
from xacle_eval.submissions.rules import rule

PAIRS, LISTENERS, EACH = 90, 12, 4
LOW, HIGH = 1000, 2000  # no other number of a report has as many digits as values of this scale
UNVARIED = 10  # pairs that a listener rated with the same number; screening removes it
UNVARIED_RATING = 1234.5678
GENRES = ("Allegro", "Bolero", "Cantata")
_LEAST_DECIMALS = 3  # with them, a number of this scale is recognisable
_LIST = 5  # so many values of one list, each with one or two decimals, are no coincidence

CHALLENGE = """\
name = "leak-check"
title = "Leak check"
default_split = "test"
metrics = ["SRCC", "LCC", "KTAU", "MSE", "CCC"]

[ids]
column = "clip"
ending = ".wav"
text = {{ column = "caption" }}

[predictions]
column = "prediction"

[references]
column = "mean_score"

[ratings]
column = "score"
listener = {{ column = "listener_id" }}

[scores]
minimum = 1000
maximum = 2000

[splits.test]
list = "clips.txt"
pairs = "pairs.csv"
references = "ratings.csv"

[splits.extra]
list = "extra.txt"

[packages]
description = "optional"

[publish]
{publish}
"""


class Secrets:
    """What must not appear: texts, and numbers of pairs, each with its kind."""

    def __init__(self, ids, listeners, texts, references, ratings):
        self.ids, self.listeners, self.texts = ids, listeners, texts
        self.references, self.ratings = references, ratings
        self.predictions: set[str] = set()
        self.lists = [references, ratings]

    def add(self, values):
        """Add predictions and return them as they are written."""
        written = [f"{value:.6f}" for value in values]
        self.predictions.update(written)
        self.lists.append(values)
        return written

    def of_kind(self):
        """Return the secret texts by kind."""
        return {
            "id of a pair": self.ids,
            "listener": self.listeners,
            "text of a pair": self.texts,
            "prediction": _spellings(map(float, self.predictions)),
            "reference": _spellings(self.references[1:]),  # the first one is that rating
            "rating": _spellings(self.ratings),
        }


def _spellings(values):
    """Return numbers as they can be written: with all digits, or rounded to 3 decimals or more."""
    texts = {repr(abs(float(value))) for value in values}
    return texts | {
        f"{float(text):.{decimals}f}" for text in texts for decimals in range(_LEAST_DECIMALS, 12)
    }


def find_leaks(data: bytes, secrets: Secrets) -> set[tuple[str, str]]:
    """Return the kinds of secrets in a file, each with an example; also inside an archive."""
    if data[:2] == b"\x1f\x8b":
        return find_leaks(gzip.decompress(data), secrets)
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = [archive.read(name) for name in archive.namelist()]
        return {leak for part in parts for leak in find_leaks(part, secrets)}
    text = data.decode("utf-8", "replace")
    text = f"{text}\n{html.unescape(text)}"
    if text.lstrip().startswith("{"):
        text += json.dumps(json.loads(data), ensure_ascii=False)
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", text)  # a thousand may have a comma
    numbers = set(re.findall(r"\d+\.\d+", f"{text}\n{plain}"))
    found = set()
    for kind, values in secrets.of_kind().items():
        if kind in ("prediction", "reference", "rating"):
            hits = numbers & values
        else:
            hits = {value for value in values if value in text}
        found |= {(kind, sorted(hits)[0])} if hits else set()
    for values in secrets.lists:
        for decimals in (1, 2):
            hits = numbers & {f"{abs(value):.{decimals}f}" for value in values}
            found |= {("list of values", ", ".join(sorted(hits)))} if len(hits) >= _LIST else set()
    return found


def write_challenge(folder: Path, publish: str = "") -> Secrets:
    """Write a challenge with ratings and submissions, valid and invalid, and return its secrets."""
    rng = np.random.default_rng(20_261)
    ids = [f"zqclip-{number:04d}.wav" for number in rng.permutation(9_000)[:PAIRS]]
    texts = [f"wxcaption {number} of a quokka" for number in range(PAIRS)]
    names = [f"vzlistener-{number:02d}" for number in range(LISTENERS)]
    quality = rng.uniform(1050, 1950, PAIRS)
    rows, ratings = [], quality[:, None] + rng.normal(0, 40, (PAIRS, EACH))
    ratings = np.round(ratings, 4)
    for place, pair in enumerate(ids):
        who = rng.permutation(LISTENERS - 1)[:EACH]
        if place < UNVARIED:
            who[0], ratings[place, 0] = LISTENERS - 1, UNVARIED_RATING
        if place == 0:
            who, ratings[0] = np.full(EACH, LISTENERS - 1), UNVARIED_RATING
        rows += [
            f"{pair},{names[one]},{value!r}"
            for one, value in zip(who, ratings[place].tolist(), strict=True)
        ]
    genres = [GENRES[place % 2] if place > 1 else GENRES[2] for place in range(PAIRS)]
    (folder / "challenge.toml").write_text(CHALLENGE.format(publish=publish))
    (folder / "clips.txt").write_text("\n".join(ids) + "\n")
    (folder / "extra.txt").write_text("zqextra-1.wav\nzqextra-2.wav\n")
    (folder / "ratings.csv").write_text("clip,listener_id,score\n" + "\n".join(rows) + "\n")
    pairs = [f"{i},{t},{g}" for i, t, g in zip(ids, texts, genres, strict=True)]
    (folder / "pairs.csv").write_text("clip,caption,genre\n" + "\n".join(pairs) + "\n")
    secrets = Secrets(ids, names, texts, ratings.mean(axis=1), ratings[ratings != UNVARIED_RATING])
    _write_submissions(folder / "submissions", ids, quality, secrets, rng)
    return secrets


def _write_submissions(folder, ids, quality, secrets, rng):
    """Write valid systems of three teams, a package, and a file for each kind of finding."""

    def predictions(noise):
        return secrets.add(quality + rng.normal(0, noise, PAIRS))

    def write(name, values, given=ids):
        rows = zip(given, values, strict=False)
        make_submission(folder / name, rows, header=("clip", "prediction"))

    for number, team in enumerate(("Kumo", "Hibari", "Suzume"), start=1):
        for system in (1, 2):
            write(f"{team}_{system:02d}.csv", predictions(20.0 * number + 5.0 * system))
    first = predictions(60.0)
    claimed = description("Ame_01") + "\nresults:\n  test: { SRCC: 0.123, MSE: 8.765 }\n"
    table = "clip,prediction\n" + "".join(f"{i},{p}\n" for i, p in zip(ids, first, strict=True))
    (folder / "Ame.zip").write_bytes(zipped({"Ame_01.csv": table, "Ame_01.yaml": claimed}))
    values = predictions(30.0)
    write("Outside_01.csv", [*secrets.add([2010.873214]), *values[1:]])
    write("Spikes_01.csv", [*secrets.add([9183.123457, -6161.765432]), *values[2:]])
    write("Far_01.csv", [*secrets.add([98_765.432101]), *values[1:]])
    write("Words_01.csv", ["1234.123.99", "n/a", "nan", "inf", "1e300", *values[5:]])
    write("Missing_01.csv", values[3:], ids[3:])
    write("Unknown_01.csv", values, [ids[0].upper(), ids[1][:-5], *ids[2:]])
    write("Twice_01.csv", [*values, values[3]], [*ids, ids[3]])
    write("Other_01.csv", [*values, "1413.141"], [*ids, "zqextra-1.wav"])
    write("Ties_01.csv", [values[0]] * (PAIRS - 1) + [values[1]])
    write("Equal_01.csv", [f"{value!r}" for value in secrets.references.tolist()])
    write("Against_01.csv", secrets.add(3000 - quality + rng.normal(0, 10, PAIRS)))
    write("Copy_01.csv", values)
    write("Copied_01.csv", values)
    write("Swapped_01.csv", ids, values)
    (folder / "Quotes_01.csv").write_text(f'clip,prediction\n"{ids[0]},{values[0]}\n')


def _with_details(report, **changes):
    first, *others = report.details[""]
    details = {"": (first.model_copy(update=changes), *others)}
    return report.model_copy(update={"details": details})


def _with_finding(report, message):
    """Return a report with a further finding of its first unranked submission."""
    board = report.boards["system"]
    first, *others = board.unranked
    finding = rule("not-a-number").finding(message)
    first = first.model_copy(update={"findings": (*first.findings, finding)})
    changed = board.model_copy(update={"unranked": (first, *others)})
    return report.model_copy(update={"boards": {**report.boards, "system": changed}})


def _with_ratings(report, **changes):
    found = report.ratings[""].model_copy(update=changes)
    return report.model_copy(update={"ratings": {"": found}})


def _with_profile(report, **changes):
    profile = report.details[""][0].profile
    return _with_details(report, profile=profile.model_copy(update=changes))


def _large(secrets):
    prediction = float(min(secrets.predictions))
    return LargeError(pair_id="a", prediction=prediction, reference=0.5, error=0.25)


def _exact_band(secrets):
    low = float(min(secrets.references))
    return (Band(low=low, high=HIGH, n=50, bias=0.0, metrics={}),)


def _rating_counts(report, secrets):
    edges = tuple(sorted(map(float, secrets.ratings)))
    return report.ratings[""].distribution.model_copy(update={"edges": edges})


# Secrets that are added to a report, each with its kind.
PLANTS = {
    "id in a finding": (
        "id of a pair",
        lambda report, s: _with_finding(report, f"no number for {s.ids[5]}"),
    ),
    "prediction in a finding": (
        "prediction",
        lambda report, s: _with_finding(report, f"{min(s.predictions)} is not a number"),
    ),
    "listener in a note": (
        "listener",
        lambda report, s: _with_ratings(report, components={"note": f"without {s.listeners[3]}"}),
    ),
    "ratings as edges": (
        "rating",
        lambda report, s: _with_ratings(report, distribution=_rating_counts(report, s)),
    ),
    "text in a description": (
        "text of a pair",
        lambda report, s: _with_details(report, description=(("Summary", s.texts[7]),)),
    ),
    "id of a large error": (
        "id of a pair",
        lambda report, s: _with_details(report, largest=(LargeErrorDetail(pair_id=s.ids[8]),)),
    ),
    "prediction of a profile": (
        "prediction",
        lambda report, s: _with_profile(report, largest=(_large(s),)),
    ),
    "exact end of a band": (
        "reference",
        lambda report, s: _with_profile(report, bands=_exact_band(s)),
    ),
    "references with 1 decimal": (
        "list of values",
        lambda report, s: _with_details(
            report, description=(("Summary", ", ".join(f"{x:.1f}" for x in s.references[:20])),)
        ),
    ),
    "reference with 3 decimals": (
        "reference",
        lambda report, s: _with_profile(report, bias=round(float(s.references[4]), 3)),
    ),
}
