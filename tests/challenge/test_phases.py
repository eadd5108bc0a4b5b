"""The tables ``[phases.NAME]`` and ``[publish.phase.NAME]``: values, errors, defaults, the hash."""

import tomllib
from datetime import UTC, datetime, timedelta

import pytest

import xacle_eval as xe
from xacle_eval.challenge.loading import challenge_problems, challenge_text, template
from xacle_eval.challenge.phases import phases_of, release_of

ZONED = "2027-01-31T23:59:59-12:00"
PARTS = "\n[splits.test.parts]\npublic = { fraction = 0.3, seed = 1 }\nprivate = { rest = true }\n"


@pytest.fixture
def file_with(tmp_path):
    """A function that writes the template with further tables and returns the file."""

    def write(more):
        head, tail = template().split("\n# Further levels", 1)
        text = f"{head}\n{PARTS}\n# Further levels{tail}\n{more}".rstrip() + "\n"
        (tmp_path / "challenge.toml").write_text(text, encoding="utf-8")
        return tmp_path / "challenge.toml"

    return write


def test_the_times_of_a_phase_have_a_time_zone(file_with):
    """The times are those of the file, and the days of a phase begin in the zone of its start."""
    file = file_with(f"[phases.test]\nopens = 2027-01-10T09:00:00+09:00\ncloses = {ZONED}")
    phase = phases_of(xe.load_challenge(file))["test"]
    assert phase.utc_offset == timedelta(hours=9)
    assert phase.opens == datetime(2027, 1, 10, tzinfo=UTC)
    assert phase.closes == datetime(2027, 2, 1, 11, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("[phases.test]\nopens = 2027-01-10T09:00:00",
         "phases.test.opens: expected a date and time with a time zone, got 2027-01-10T09:00:00; "
         "write 2027-01-10T09:00:00Z for UTC or 2027-01-10T09:00:00-12:00 for anywhere on earth"),
        ("[phases.test]\nopens = 2027-01-10",
         "phases.test.opens: expected a date and time such as 2026-12-31T23:59:59-12:00, "
         "unquoted, got 2027-01-10"),
        (f'[phases.test]\nopens = "{ZONED}"',
         "phases.test.opens: expected a date and time such as 2026-12-31T23:59:59-12:00, "
         f"unquoted, got '{ZONED}'"),
        (f"[phases.test]\nopens = {ZONED}\ncloses = {ZONED}",
         "phases: test.closes: expected a time after test.opens"),
        ("[phases.test]\nopens = 0001-01-01T00:00:00+09:00",
         "phases.test.opens: 0001-01-01T00:00:00+09:00 is no date in UTC"),
        ('[phases.test]\nsplit = "tset"',
         "phases: test.split: no split is called 'tset'; did you mean test?"),
        ("[phases.test]\nvalid_per_day = 0",
         "phases.test.valid_per_day: expected 1 or more, got 0"),
        ("[phases.test]\nvalid_per_day = 3\nvalid_total = 2",
         "phases: test.valid_per_day: expected at most valid_total (2), got 3"),
        ("[phases.test]\nvalid_perday = 3",
         "phases.test.valid_perday: unknown key; did you mean valid_per_day?"),
        ("[phases.'a b']", "phases.a b: expected a letter or digit, followed by letters, "
         "digits, '.', '_' or '-', got 'a b'"),
        ("[publish.phase.tets]",
         "publish: phase.tets: no such table under [phases]; did you mean test?"),
        ("[publish.phase.test]\ndecimals = 4",
         "publish: phase.test.decimals: expected 3 or less, the decimals of the ranking, got 4; "
         "more digits reveal the references"),
        ("[publish.phase.test]\ndecimals_by_metric = { MSE = 4 }",
         "publish: phase.test.decimals_by_metric.MSE: expected 3 or less, the decimals of the "
         "ranking, got 4; more digits reveal the references"),
        ('[publish.phase.test]\npart = "publik"',
         "publish: phase.test.part: no part 'publik'; did you mean public?"),
        ('[publish.phase.test]\nmetrics = ["LCC"]',
         "publish: phase.test.metrics: SRCC is missing, which decides the ranks first; add it"),
        ('[publish.phase.test]\nmetrics = ["SRCC", "LCD"]',
         "publish: phase.test.metrics: 'LCD' is not among the metrics of the challenge; did you "
         "mean LCC?"),
        ('[publish.phase.test]\nmetrics = ["SRCC", "SRCC"]',
         "publish: phase.test.metrics: duplicate metric SRCC; name each metric once"),
        ("[publish.phase.test]\ndecimals_by_metric = { MSE = 1 }",
         "publish: phase.test.decimals_by_metric: MSE is not shown in this phase; remove it, or "
         "add it to metrics"),
        ('[publish.phase.test]\nladder = 0.01\nmetrics = ["SRCC"]',
         "publish: phase.test.metrics: remove it, because with ladder only the first metric of "
         "the ranking is shown; other metrics would show what the ladder hides"),
        *((f"[publish.phase.test]\nladder = 0.05\n{line}",
           "publish: phase.test.decimals: remove it, because with ladder scores are rounded to "
           "the step and have the decimals that it needs")
          for line in ("decimals = 2", "decimals_by_metric = { SRCC = 1 }")),
        ("[publish.phase.test]\nladder = 0.0625",
         "publish: phase.test.ladder: expected a step with at most 3 decimals, as the ranking has, "
         "got 0.0625; more digits reveal the references"),
        ("[publish.phase.test]\nladder = 0", "publish.phase.test.ladder: expected more than 0, "
         "got 0"),
    ],
)  # fmt: skip
def test_errors(file_with, lines, problem):
    """A wrong value is reported with its key and what was expected."""
    assert list(challenge_problems(file_with(lines))) == [problem]


def test_the_examples_of_the_template_are_valid(file_with):
    """The commented tables of the template can be used as they are."""
    lines = template().splitlines()
    start = lines.index("# [phases.test]")
    end = next(n for n, line in enumerate(lines[start:], start) if line.startswith("[limits]"))
    table = "\n".join(
        line.removeprefix("# ") for line in lines[start:end] if not line.startswith("# What")
    )
    assert set(tomllib.loads(table)) == {"phases", "publish"}
    for left_out in (("ladder",), ("metrics", "decimals", "decimals_by_metric")):
        kept = [line for line in table.splitlines() if line.partition(" ")[0] not in left_out]
        assert list(challenge_problems(file_with("\n".join(kept)))) == []


def test_one_decimal_is_the_default_of_a_phase(file_with):
    """Without a table, a phase shows one decimal of the first metric; no label follows from it."""
    release = release_of(xe.load_challenge(), "test")
    assert release.decimals == {"SRCC": 1}
    file = file_with(
        "[phases.final]\n[publish.phase.final]\npart = 'private'\ndecimals = 3\n"
        "decimals_by_metric = { MSE = 1 }\nmetrics = ['SRCC', 'MSE']"
    )
    release = release_of(xe.load_challenge(file), "final")
    assert release.decimals == {"SRCC": 3, "MSE": 1}
    assert (release.split, release.part) == ("test", "private")
    assert release.rounded("MSE", 2.26) == 2.3


def test_a_ladder_shows_the_first_metric_only(file_with):
    """With a step, only the first metric is shown, with as many decimals as the step has."""
    file = file_with("[phases.test]\n[publish.phase.test]\nladder = 0.01")
    release = release_of(xe.load_challenge(file), "test")
    assert (release.decimals, release.ladder) == ({"SRCC": 2}, 0.01)
    file = file_with("[phases.test]\n[publish.phase.test]\nladder = 20.0")
    assert release_of(xe.load_challenge(file), "test").decimals == {"SRCC": 0}


def test_phases_do_not_change_the_signature(file_with):
    """Dates, limits and what is shown can change while the scores keep their signature."""
    plain = xe.load_challenge(file_with("")).sha256
    tables = f"[phases.test]\ncloses = {ZONED}\n\n[publish.phase.test]\ndecimals = 1"
    assert xe.load_challenge(file_with(tables)).sha256 == plain


def test_times_are_written_out_for_a_file_that_extends_another(file_with, tmp_path):
    """The full text of a challenge file has the inherited times, and is valid."""
    file_with(f"[phases.test]\ncloses = {ZONED}")
    child = tmp_path / "child.toml"
    child.write_text('extends = "challenge.toml"\nname = "child"\n', encoding="utf-8")
    text = challenge_text(child)
    assert tomllib.loads(text)["phases"]["test"]["closes"].isoformat() == ZONED
