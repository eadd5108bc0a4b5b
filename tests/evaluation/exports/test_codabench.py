"""Codabench's leaderboard as a CSV.

``codabench.csv`` was written by the code of Codabench (version of March 2026): the methods
``collect_leaderboard_data`` and ``results`` of ``src/apps/api/views/competitions.py``, with
submissions in place of its database. The column of fact sheets is there twice, as it writes it.
"""

import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.helpers import DATA, codes
from xacle_eval.evaluation.exports.names import read_fact_sheet

EXPORT = DATA / "platforms" / "codabench.csv"
HEADER = "Username,fact_sheet_answers,Test(7)-SRCC,Test(7)-LCC,Test(7)-KTAU,Test(7)-MSE\n"
ROW = "aoki-1,\"{'team': 'Kumo', 'system': 'Kumo_01'}\",0.64,0.687,0.461,3.011\n"


def ranked(path, **options):
    """Return (rank, team, system) of each row."""
    return [(one.rank, one.team, one.system) for one in xe.rank(path, **options).entries]


def write(folder, text):
    """Write an export."""
    file = folder / "export.csv"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    return file


def refused(folder, text, challenge="xacle2026"):
    """Return the findings for an export that cannot be ranked."""
    with pytest.raises(xe.TableError) as error:
        xe.rank(write(folder, text), challenge=challenge)
    return error.value.findings


def test_the_whole_order_of_the_challenge_decides():
    """Scores that Codabench orders by ten decimals tie at three; then LCC, KTAU and MSE decide."""
    assert ranked(EXPORT) == [
        (1, "chen", "chen-123"),
        (2, "Kumo", "Kumo_01"),
        (2, 'O\'Neil, "Sons"', "=SUM(A1)"),
        (4, "organisers", "Baseline_01"),
        (5, "Kumo", "Kumo_02"),
        (6, "Dora", "Dora_01"),
    ]


def test_the_best_system_of_each_team_on_the_command_line():
    """`--by team` keeps the best system of a team; a name that is a formula is quoted in CSV."""
    out = xacle_eval("rank", EXPORT, "--by", "team", "--format", "csv").out
    rows = [line.split(",")[:3] for line in out.splitlines()[1:]]
    assert [row[0] for row in rows] == ["1", "2", "2", "4", "5"]
    assert "'=SUM(A1)" in out
    assert "Kumo_02" not in out


def test_baselines_of_the_challenge_have_no_rank(tmp_path):
    """The patterns of the challenge file apply to names from fact sheets."""
    file = tmp_path / "challenge.toml"
    file.write_text('extends = "xacle2026"\n[submissions]\nbaselines = ["organisers/*"]\n')
    board = xe.rank(EXPORT, challenge=file)
    kinds = {one.system: (one.kind, one.rank) for one in board.entries}
    assert kinds["Baseline_01"] == ("baseline", None)
    assert kinds["Kumo_02"] == ("competing", 4)


def test_submissions_with_the_same_names(tmp_path):
    """Two submissions with one name get their numbers; a team of two users is a warning."""
    text = HEADER + ROW + ROW.replace("aoki-1,", "aoki-2,") + ROW.replace("aoki-1,", "eve-3,")
    board = xe.rank(write(tmp_path, text))
    assert [one.system for one in board.entries] == [f"Kumo_01 ({i})" for i in (1, 2, 3)]
    assert codes(board.findings) == ["XAC186", "XAC186"]
    users = next(one for one in board.findings if "users" in one.message)
    assert "'aoki' (line 2), 'eve' (line 4)" in users.message
    assert users.lines == (2, 4)


SHEETS = [
    "no dict",
    "['team']",
    "{'team': 'Kumo'",
    "{'team': 7}",
    "{'team': 'a\\x1b[31m'}",
    "{'team': 'a\u202eb'}",
    "{'team': '" + "x" * 300 + "'}",
    "{'team': '" + "x" * 20_000 + "'}",
    "[" * 5000,
    "-" * 9000 + "1",
    "{'team': " + "9" * 5000 + "}",
    "{'team': __import__('os').getcwd()}",
]


def test_hostile_fact_sheets_name_nobody(tmp_path):
    """A fact sheet that is no dict of names is replaced by the user, with one warning."""
    rows = [f'user-{i},"{sheet}",0.5,0.5,0.5,{i}.0\n' for i, sheet in enumerate(SHEETS, 1)]
    board = xe.rank(write(tmp_path, HEADER + "".join(rows)))
    assert [(one.team, one.system) for one in board.entries] == [
        ("user", f"user-{i}") for i in range(1, len(SHEETS) + 1)
    ]
    (note,) = board.findings
    assert (note.code, note.count, note.line) == ("XAC186", len(SHEETS), 2)


def test_other_keys_and_empty_answers():
    """Names are found under their usual keys in any letter case; an empty one is none."""
    assert read_fact_sheet("{'Team_Name': 'Kumo', 3: 4}") == {"team_name": "Kumo"}
    assert read_fact_sheet("  ") == {}
    assert read_fact_sheet("{1, 2}") is None


@pytest.mark.parametrize(
    ("field", "code", "column"),
    [
        ("nan", "XAC032", 48),
        ("=1+1", "XAC031", 48),
        ("1" + "0" * 400, "XAC034", 48),
        ("1.5", "XAC070", 48),
        ("0,7", "XAC014", None),
        ("0.5\x00", "XAC004", None),
    ],
)
def test_a_score_that_is_no_number_is_located(tmp_path, field, code, column):
    """A field that Codabench does not write is an error with its line and column."""
    found = refused(tmp_path, HEADER + ROW + ROW.replace("aoki-1", "aoki-2").replace("0.64", field))
    assert found[0].code == code
    if column:
        assert (found[0].line, found[0].column) == (3, column)


@pytest.mark.parametrize("field", ["", "n/a", "None", "N/A"])
def test_a_missing_score_is_unranked(tmp_path, field):
    """n/a is not zero and not first: a system without the first metric is listed as unranked."""
    board = xe.rank(write(tmp_path, HEADER + ROW.replace("0.64", field)))
    assert not board.entries
    assert [(one.team, codes(one.findings)) for one in board.unranked] == [("Kumo", ["XAC180"])]


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (HEADER, "XAC002", "no submissions"),
        ("", "XAC002", "no rows"),
        (HEADER.replace("-LCC", "-Pearson") + ROW, "XAC011", "missing score LCC"),
        (HEADER.replace("-LCC", "-SRCC ↑") + ROW, "XAC012", "2 columns with the score SRCC"),
        (HEADER + ROW + ROW, "XAC071", "duplicate Username: 'aoki-1' (lines 2, 3)"),
        (HEADER + ROW.replace("aoki-1", " "), "XAC020", "1 row without a Username"),
        (HEADER + ROW.replace(",3.011", ""), "XAC014", ""),
        ("Username,fact_sheet_answers\naoki-1,\n", "XAC011", "the leaderboard has none"),
        (
            HEADER.strip() + ",Other(8)-SRCC\n" + ROW.strip() + ",0.1\n",
            "XAC184",
            "2 tasks have scores: 'Test(7)', 'Other(8)'",
        ),
        ("<!DOCTYPE html>\n<html><body>Login</body></html>\n", "XAC004", "HTML"),
    ],
)
def test_exports_that_cannot_be_ranked(tmp_path, text, code, says):
    """Each fault of an export has its finding; nothing is left out to go on."""
    found = refused(tmp_path, text)
    assert found[0].code == code, found
    assert says in " ".join(one.message for one in found)


def test_a_phase_that_shows_one_metric_cannot_be_ranked(tmp_path):
    """All missing metrics are one error, which says why they are missing and what to do."""
    (found,) = refused(tmp_path, export(["SRCC"], [["0.6"]]))
    assert (found.code, found.line) == ("XAC011", 1)
    assert found.message == "missing scores LCC, KTAU, MSE; the leaderboard has 'Test(7)-SRCC'"
    assert "a phase shows only the first one by default" in found.hint
    assert "xacle-eval leaderboard" in found.hint


def test_scores_that_the_phase_rounded_are_a_warning(tmp_path):
    """Scores with fewer decimals than the ranking compares tie by rounding, which is reported."""
    metrics = ("SRCC", "LCC", "KTAU", "MSE")
    rows = [["0.6000000000", "0.687", "0.4", "3.0"], ["0.6000000000", "0.687", "0.4", "3.0"]]
    rows.append(["0.5000000000", "0.6", "0.46", "3.0"])
    board = xe.rank(write(tmp_path, export(metrics, rows)))
    assert [entry.rank for entry in board.entries] == [1, 1, 3]
    (found,) = board.findings
    assert (found.code, found.severity) == ("XAC187", "warning")
    assert found.message == (
        "all scores are rounded: SRCC 1 decimal, KTAU 2 decimals; the ranking compares 3"
    )
    rows[2][0], rows[2][2] = "0.5126234567", "0.461"
    assert xe.rank(write(tmp_path, export(metrics, rows))).findings == ()


def test_a_task_without_scores_does_not_count(tmp_path):
    """Of several tasks, the one with scores is ranked; a task's name may contain its separator."""
    text = HEADER.strip().replace("Test(7)", "A(1)-b(7)") + ",Other(8)-SRCC\n" + ROW.strip() + ",\n"
    assert ranked(write(tmp_path, text)) == [(1, "Kumo", "Kumo_01")]


def export(names, rows):
    """Return an export with scores by name: one row of values for each user."""
    header = ",".join(["Username", "fact_sheet_answers", *(f"Test(7)-{name}" for name in names)])
    lines = [f"user-{i},,{','.join(row)}" for i, row in enumerate(rows, 1)]
    return "\n".join([header, *lines]) + "\n"


def test_targets_at_the_level_of_the_ranking(tmp_path):
    """Scores of targets at group level have their own columns; the board of each is ranked."""
    metrics = ("SRCC", "LCC", "KTAU", "MSE")
    names = [f"{t}_{m}{level}" for level in ("_system", "") for t in ("MI", "TA") for m in metrics]
    better, worse = ["0.9", "0.9", "0.7", "0.1"], ["0.5", "0.5", "0.3", "0.4"]
    # At pair level, which does not count here, the order is the opposite.
    rows = [[*better, *better, *worse, *worse], [*worse, *better, *better, *better]]
    challenge = DATA / "challenges" / "audiomos2025_track1"
    boards = xe.rank(write(tmp_path, export(names, rows)), challenge=challenge)
    systems = {name: [(e.rank, e.system) for e in b.entries] for name, b in boards.targets.items()}
    assert systems == {
        "MI": [(1, "user-1"), (2, "user-2")],
        "TA": [(1, "user-1"), (1, "user-2")],
    }
    assert [entry.system for entry in boards.overall.entries] == ["user-1", "user-2"]
    (found,) = refused(tmp_path, export(names[1:], [row[1:] for row in rows]), challenge)
    assert (found.code, found.message[:31]) == ("XAC011", "missing score MI_SRCC_system; t")


def test_the_filler_of_an_optional_target(tmp_path):
    """Only the worst values of all scores of an optional target are none: a note, and no rank."""
    names = [f"{t}_{m}" for t in ("SIG", "BAK", "OVRL") for m in ("SRCC", "LCC", "KTAU", "RMSE")]
    real, filler = ["0.9", "0.8", "0.7", "0.5"], ["-1.0000000000", "-1", "-1.0", "44.0000000000"]
    rows = [[*real, *real, *real], [*real, *filler, *real], [*real, *filler[:3], "43.9", *real]]
    rows.append([*filler, *real, *real])
    folder = DATA / "challenges" / "voicemos2024_track3"
    text = (folder / "challenge.toml").read_text()
    assert 'OVRL]\ntitle = "overall quality"\nmetrics' in text
    errors = 'optional = true\nmetrics = ["SRCC", "LCC", "KTAU", "RMSE"]'
    file = tmp_path / "challenge.toml"
    file.write_text(text.replace("optional = true", errors))
    (tmp_path / "test.scp").write_bytes((folder / "test.scp").read_bytes())
    boards = xe.rank(write(tmp_path, export(names, rows)), challenge=file)
    systems = {name: {e.system for e in b.entries} for name, b in boards.targets.items()}
    everyone = {f"user-{number}" for number in range(1, 5)}
    assert systems == {"SIG": everyone, "BAK": everyone - {"user-2"}, "OVRL": everyone}
    assert {entry.system for entry in boards.overall.entries} == everyone - {"user-2"}
    (out,) = boards.overall.unranked
    assert (out.system, codes(out.findings)) == ("user-2", ["XAC131"])
    note, rounded = boards.targets["BAK"].findings
    assert (note.code, note.severity, note.lines) == ("XAC130", "info", (3,))
    assert rounded.code == "XAC187"
    assert note.message == (
        "1 system without the target BAK: 'user-2' has the worst value of each of its scores, "
        "which stands for a target that is left out"
    )


def test_the_filler_as_phases_show_it(tmp_path):
    """A ladder's step and few decimals round the worst value, too, and it is still recognised."""
    folder = DATA / "challenges" / "voicemos2024_track3"
    text = (folder / "challenge.toml").read_text().replace('["SRCC", "LCC", "KTAU"]', '["SRCC"]')
    (tmp_path / "test.scp").write_bytes((folder / "test.scp").read_bytes())
    file = tmp_path / "challenge.toml"
    file.write_text(f"{text}\n[phases.test]\n[publish.phase.test]\nladder = 0.03\n")
    names = [f"{target}_SRCC" for target in ("SIG", "BAK", "OVRL")]
    rows = [["0.9", "-0.99", "0.9"], ["0.6", "-0.96", "0.6"]]
    boards = xe.rank(write(tmp_path, export(names, rows)), challenge=file)
    assert [entry.system for entry in boards.targets["BAK"].entries] == ["user-2"]


def test_scores_of_constant_predictions_are_no_filler(tmp_path):
    """With undefined = -1, constant predictions have the same scores as a target that is left out:
    the system is ranked.
    """
    folder = DATA / "challenges" / "voicemos2024_track3"
    text = (
        (folder / "challenge.toml")
        .read_text()
        .replace("[ranking]\n", "[ranking]\nundefined = -1\n")
    )
    (tmp_path / "test.scp").write_bytes((folder / "test.scp").read_bytes())
    file = tmp_path / "challenge.toml"
    file.write_text(text)
    names = [f"{t}_{m}" for t in ("SIG", "BAK", "OVRL") for m in ("SRCC", "LCC", "KTAU")]
    rows = [["0.9"] * 3 + ["-1"] * 3 + ["0.9"] * 3, ["0.6"] * 9]
    boards = xe.rank(write(tmp_path, export(names, rows)), challenge=file)
    assert [entry.system for entry in boards.targets["BAK"].entries] == ["user-2", "user-1"]


def test_an_optional_target(tmp_path):
    """A system without scores of an optional target is on the boards of the others."""
    names = [f"{t}_{m}" for t in ("SIG", "BAK", "OVRL") for m in ("SRCC", "LCC", "KTAU")]
    rows = [["0.9", "0.9", "0.7"] * 3, ["0.8", "0.8", "0.6", "", "", "", "0.8", "0.8", "0.6"]]
    challenge = DATA / "challenges" / "voicemos2024_track3"
    boards = xe.rank(write(tmp_path, export(names, rows)), challenge=challenge)
    assert {name: len(board.entries) for name, board in boards.targets.items()} == {
        "SIG": 2, "BAK": 1, "OVRL": 2
    }  # fmt: skip
    assert not boards.targets["BAK"].unranked
