"""A challenge of the WMT kind, end to end: parts, levels and columns against pandas and scipy."""

import csv
import io
import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import xacle_eval as xe
from tests.cli.helpers import in_terminal, plain, xacle_eval
from tests.helpers import DATA, codes
from xacle_eval.evaluation.scorer import Scorer

WMT = DATA / "challenges" / "wmt"
FILES = sorted((WMT / "submissions").iterdir())
OPTIONS = ("--challenge", "challenges/wmt")
AKANE = "challenges/wmt/submissions/Akane_02.tsv"
TABLE = pd.read_csv(WMT / "pairs.csv", index_col="segment").join(
    pd.read_csv(WMT / "ratings.tsv", sep="\t").groupby("segment")["score"].mean().rename("truth")
)
TABLE["system"] = TABLE.index.str[:4]


def joined(file):
    """Return the pairs with their columns, mean ratings and the predictions of a file."""
    predictions = pd.read_csv(file, sep="\t", index_col="segment")["score"].rename("prediction")
    return TABLE.join(predictions)


def oracle(frame):
    """Return the four metrics of scipy and numpy."""
    x, y = frame["prediction"], frame["truth"]
    return {
        "KTAU": stats.kendalltau(x, y).statistic,
        "LCC": np.corrcoef(x, y)[0, 1],
        "SRCC": stats.spearmanr(x, y).statistic,
        "MSE": np.mean((x - y) ** 2),
    }


def close(metrics, frame):
    """Assert that metrics are those of the pairs in a table."""
    assert metrics == pytest.approx(oracle(frame), rel=0, abs=1e-12)


def part_of(frame, part):
    """Return the pairs of a part."""
    ids = xe.load_challenge(WMT, part=part).scored.ids
    return frame.loc[list(ids)]


@pytest.mark.parametrize("part", ["all", "public", "private"])
def test_every_level_and_every_value(part):
    """The real command gives the numbers of pandas and scipy at each level and for each value."""
    for file in FILES if part == "all" else FILES[1:2]:
        arguments = ("--part", part, "--by-column", "source_language", "--format", "json")
        result = xacle_eval("score", file, *OPTIONS, *arguments)
        assert result.code == 0
        card = json.loads(result.out)
        assert card.get("part") == (None if part == "all" else part)
        frame = part_of(joined(file), part)
        assert card["n"] == len(frame)
        close(card["metrics"], frame)
        numbers = frame[["prediction", "truth"]]
        assert list(card["levels"]) == ["system", "domain"]
        for level in ("system", "domain"):
            means = numbers.groupby(frame[level]).mean()
            assert card["levels"][level]["n"] == len(means)
            close(card["levels"][level]["metrics"], means)
        assert card["breakdown"]["column"] == "source_language"
        values = {each["value"]: each for each in card["breakdown"]["slices"]}
        assert list(values) == ["de", "ja", "zh"]
        for value, inside in frame.groupby("source_language"):
            assert values[value]["n"] == len(inside)
            close(values[value]["metrics"], inside)


def test_the_parts():
    """The parts are disjoint and complete, and their sizes are those of the challenge file."""
    parts = [xe.load_challenge(WMT, part=part).scored.ids for part in ("public", "private")]
    assert sorted(parts[0] + parts[1]) == sorted(TABLE.index)
    assert len(parts[0]) == round(0.4 * len(TABLE))


def test_show_names_the_parts():
    """`challenge show` prints the number of pairs of each part."""
    shown = xacle_eval("challenge", "show", "challenges/wmt").out
    assert "144 pairs" in shown
    assert "\n#   part public: 58 pairs\n#   part private: 86 pairs\n" in shown


def test_a_leaderboard_of_a_part():
    """A board has the metrics of the part at every level and for every value, and names it."""
    board = xe.leaderboard(WMT / "submissions", challenge=WMT, part="private", by_column="domain")
    assert [entry.system for entry in board.entries] == ["Akane_01", "Midori_01", "Akane_02"]
    assert board.part == "private"
    assert "|split:test|part:private|ref:" in board.signature
    for entry in board.entries:
        frame = part_of(joined(WMT / "submissions" / f"{entry.system}.tsv"), "private")
        close(entry.metrics, frame)
        means = frame[["prediction", "truth"]].groupby(frame["system"]).mean()
        close(entry.levels["system"].metrics, means)
        for each in entry.breakdown.slices:
            close(each.metrics, frame[frame["domain"] == each.value])


def test_a_comparison_of_a_part():
    """A comparison uses the pairs of the part."""
    found = xe.compare(
        *FILES[:2], challenge=WMT, part="public", bootstrap=xe.Bootstrap(resamples=50)
    )
    assert (found.part, found.n) == ("public", 58)
    for card, file in zip(found.systems, FILES, strict=False):
        close(card.metrics, part_of(joined(file), "public"))


def test_references_of_only_the_part(tmp_path):
    """Labels of the public part are enough for it, and give the same result as all labels."""
    public = xe.load_challenge(WMT, part="public").scored.ids
    lines = (WMT / "ratings.tsv").read_text().splitlines()
    kept = [lines[0], *(line for line in lines if line.partition("\t")[0] in public)]
    (tmp_path / "public.tsv").write_text("\n".join(kept) + "\n")
    ours = xe.score(FILES[0], tmp_path / "public.tsv", challenge=WMT, part="public")
    whole = xe.score(FILES[0], challenge=WMT, part="public")
    assert ours.metrics == whole.metrics
    assert ours.levels == whole.levels
    with pytest.raises(xe.ReferencesError, match="86 of 144"):
        xe.score(FILES[0], tmp_path / "public.tsv", challenge=WMT)
    with pytest.raises(xe.ReferencesError, match="86 of 86"):
        xe.score(FILES[0], tmp_path / "public.tsv", challenge=WMT, part="private")


def test_loaded_references_are_cut():
    """References of the whole split serve every part; those of a part serve only this part."""
    challenge = xe.load_challenge(WMT)
    whole = xe.load_references(None, challenge)
    for part in ("public", "private"):
        card = xe.score(FILES[0], whole, challenge=challenge, part=part)
        assert card == xe.score(FILES[0], challenge=challenge, part=part)
    public = xe.load_references(None, challenge.with_part("public"))
    with pytest.raises(xe.UsageError, match="the references are of the part public"):
        xe.score(FILES[0], public, challenge=challenge, part="private")
    with pytest.raises(xe.UsageError, match="but the part all"):
        xe.score(FILES[0], public, challenge=challenge)
    assert Scorer(challenge.with_part("public"), whole).references.summary == public.summary


def test_a_submission_covers_the_whole_split(tmp_path):
    """A file with only the pairs of the part is invalid: every part is scored from one file."""
    public = xe.load_challenge(WMT, part="public").scored.ids
    lines = FILES[0].read_text().splitlines()
    kept = [lines[0], *(line for line in lines if line.partition("\t")[0] in public)]
    (tmp_path / "public.tsv").write_text("\n".join(kept) + "\n")
    with pytest.raises(xe.InvalidSubmissionError) as error:
        xe.score(tmp_path / "public.tsv", challenge=WMT, part="public")
    assert codes(error.value.report.findings) == ["XAC024"]


def test_intervals_of_a_value_are_those_of_its_pairs():
    """The intervals of a value are those of a challenge that has only its pairs, drawn alike."""
    plan = xe.Bootstrap(resamples=200, seed=5)
    card = xe.score(FILES[1], challenge=WMT, by_column="domain", bootstrap=plan)
    frame = joined(FILES[1]).loc[list(xe.load_challenge(WMT).manifest.ids)]
    for each in card.breakdown.slices:
        inside = frame[frame["domain"] == each.value]
        x, y = inside["prediction"].to_numpy(), inside["truth"].to_numpy()
        low, high = each.intervals["LCC"]["low"], each.intervals["LCC"]["high"]
        # Fisher's interval of a correlation, for roughly normal scores.
        z, width = np.arctanh(np.corrcoef(x, y)[0, 1]), 1.96 / np.sqrt(len(x) - 3)
        assert low == pytest.approx(np.tanh(z - width), abs=0.09)
        assert high == pytest.approx(np.tanh(z + width), abs=0.09)


def test_one_value_of_all_pairs_is_the_whole(tmp_path):
    """A column with one value has the metrics and intervals of the whole split."""
    for file in WMT.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    rows = (WMT / "pairs.csv").read_text().splitlines()
    same = [f"{row},{'kind' if n == 0 else 'x'}" for n, row in enumerate(rows)]
    (tmp_path / "pairs.csv").write_text("\n".join(same) + "\n")
    plan = xe.Bootstrap(resamples=100)
    card = xe.score(FILES[2], challenge=tmp_path, by_column="kind", bootstrap=plan)
    (only,) = card.breakdown.slices
    assert (only.value, only.n, only.metrics) == ("x", card.n, card.metrics)
    assert only.intervals == card.intervals


def test_few_pairs_and_undefined_values(tmp_path):
    """A value with one pair has no correlation; the text says so, and the command warns."""
    for file in WMT.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    rows = (WMT / "pairs.csv").read_text().splitlines()
    kinds = ["kind", "", "=odd", *("many" for _ in rows[3:])]
    (tmp_path / "pairs.csv").write_text(
        "\n".join(f"{row},{kind}" for row, kind in zip(rows, kinds, strict=True)) + "\n"
    )
    arguments = ("score", AKANE, "--challenge", tmp_path, "--by-column", "kind")
    text = xacle_eval(*arguments).out
    assert "2 values have fewer than 100 pairs" in text
    assert "(empty) (1), '=odd' (1)." in text
    assert "–: undefined for these pairs" in text
    result = xacle_eval(*arguments, "--format", "csv", "--bootstrap", "20")
    rows = list(csv.DictReader(io.StringIO(result.out)))
    assert [(row["column"], row["value"], row["n"]) for row in rows[3:]] == [
        ("kind", "", "1"),
        ("kind", "'=odd", "1"),
        ("kind", "many", "142"),
    ]
    assert rows[3]["KTAU"] == rows[3]["KTAU_low"] == ""
    assert float(rows[5]["KTAU_low"]) < float(rows[5]["KTAU"]) < float(rows[5]["KTAU_high"])
    assert "2 values have fewer than 100 pairs" in result.err


def test_hostile_columns_and_values(tmp_path):
    """Names of columns and values are escaped in every format, and long ones are shortened."""
    for file in WMT.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    column, value = "::error::\u202ex|$<b>", "\x1b[31m|_$<i>" + "long" * 500
    rows = (WMT / "pairs.csv").read_text().splitlines()
    lines = [f"{row},{value if n else column}" for n, row in enumerate(rows)]
    (tmp_path / "pairs.csv").write_text("\n".join(lines) + "\n")
    arguments = ("score", AKANE, "--challenge", tmp_path, "--by-column", column)
    for name in ("text", "csv", "latex"):
        result = xacle_eval(*arguments, "--format", name, GITHUB_ACTIONS="true")
        assert result.code == 0
        assert not set("\x1b\u202e") & set(result.out + result.err)
        assert "longlong" in result.out
        assert "long" * 100 not in result.out
        if name != "csv":
            assert "\n::error::" not in result.out
        if name == "latex":
            assert "$<i>" not in result.out


@pytest.mark.long
def test_the_listeners_of_a_part():
    """The analysis of the listeners has only the ratings of the part, and names it."""
    file = "challenges/wmt/ratings.tsv"
    result = xacle_eval("listeners", file, *OPTIONS, "--part", "public", "--format", "json")
    report = json.loads(result.out)
    assert (report["split"], report["part"]) == ("test", "public")
    assert report["before"]["description"]["n_pairs"] == 58
    text = xacle_eval("listeners", file, *OPTIONS, "--part", "public").out
    assert text.startswith("Ratings, split test, part public\n")


@pytest.mark.parametrize(
    ("column", "problem"),
    [
        ("language", "pairs.csv has no column 'language'; did you mean source_language?"),
        ("xyz", "pairs.csv has no column 'xyz'; its columns are 'source_language', 'domain'"),
    ],
)
def test_an_unknown_column(column, problem):
    """A column that the pairs file does not have is a usage error with the known ones."""
    for name, path in (("score", AKANE), ("leaderboard", "challenges/wmt/submissions")):
        result = xacle_eval(name, path, *OPTIONS, "--by-column", column)
        assert (result.code, result.out) == (2, "")
        assert problem in result.err


def test_columns_that_cannot_be_broken_down(tmp_path):
    """A split without a pairs file, and a column with too many values, are usage errors."""
    with pytest.raises(xe.UsageError, match="the split 'test' has no pairs file; add pairs"):
        xe.score(
            DATA / "example/submissions/Hibari_01.csv", challenge=DATA / "example", by_column="x"
        )
    (tmp_path / "challenge.toml").write_text(
        'name="n"\ntitle="N"\ndefault_split="test"\nids={column="id"}\npredictions={column="p"}\n'
        'references={column="r"}\nratings={column="s"}\nscores={minimum=0,maximum=1}\n'
        '[splits.test]\npattern="{:04d}"\nfirst=0\nlast=1000\npairs="pairs.csv"\n'
    )
    ids = [f"{number:04d}" for number in range(1001)]
    (tmp_path / "pairs.csv").write_text("id,a\n" + "".join(f"{pair},v{pair}\n" for pair in ids))
    with pytest.raises(xe.UsageError, match="has 1,001 values; a breakdown shows at most 1,000"):
        xe.score(
            dict.fromkeys(ids, 0.5), dict.fromkeys(ids, 0.5), challenge=tmp_path, by_column="a"
        )


@pytest.mark.long
def test_a_board_is_rounded_in_every_format():
    """The breakdown of a board shows no more digits than its ranking, in every format."""
    arguments = ("leaderboard", "challenges/wmt/submissions", *OPTIONS, "--by-column", "domain")
    outputs = {
        name: xacle_eval(*arguments, "--format", name) for name in ("text", "markdown", "latex")
    }
    for name in ("json", "csv"):
        outputs[name] = xacle_eval(*arguments, "--bootstrap", "20", "--format", name)
    assert all(result.code == 0 for result in outputs.values())
    for name in ("text", "markdown", "latex"):
        assert "By domain" in outputs[name].out
        assert "fewer than 100 pairs" in outputs[name].out
    board = json.loads(outputs["json"].out)
    rows = list(csv.DictReader(io.StringIO(outputs["csv"].out)))
    assert len(rows) == 3 + 3 * 2
    slices = [each for entry in board["entries"] for each in entry["breakdown"]["slices"]]
    for each, row in zip(slices, rows[3:], strict=True):
        assert (row["value"], int(row["n"])) == (each["value"], each["n"])
        for name, value in each["metrics"].items():
            assert float(row[name]) == value == round(value, 4)
            assert float(row[f"{name}_low"]) == each["intervals"][name]["low"]
        assert each["metrics"]["MSE"] == float(f"{each['metrics']['MSE']:.4g}")


def test_a_narrow_terminal():
    """Titles, notes and tables of a breakdown fit 80 columns."""
    arguments = ("leaderboard", "challenges/wmt/submissions", *OPTIONS, "--part", "public")
    result = in_terminal(*arguments, "--by-column", "source_language")
    assert "split test, part public" in result.out
    assert "By source_language" in result.out
    tables = [line for line in plain(result.out).splitlines() if "Akane" in line]
    assert len(tables) == 2 + 3 * 2
    assert all(len(line) <= 80 for line in tables)


@pytest.mark.long
def test_the_level_of_the_ranking(tmp_path):
    """`ranking.level` names one of several groups; resamples draw its groups, and all say so."""
    for file in WMT.iterdir():
        if file.is_file():
            (tmp_path / file.name).write_bytes(file.read_bytes())
    toml = (WMT / "challenge.toml").read_text()
    (tmp_path / "challenge.toml").write_text(toml.replace('level = "pair"', 'level = "system"'))
    plan = xe.Bootstrap(resamples=200)
    board = xe.leaderboard(WMT / "submissions", challenge=tmp_path, bootstrap=plan)
    assert board.level == "system"
    assert "|resample:system|" in board.signature
    assert board.resampling.units == ("system",)
    ceilings = board.resampling.ceilings
    assert 0.95 < ceilings.ceiling["LCC"] <= 1
    assert ceilings.floor < 12**2 / 3 / 10
    for entry in board.entries:
        share = entry.uncertainty.ceiling_share["LCC"]
        assert share == entry.levels["system"].metrics["LCC"] / ceilings.ceiling["LCC"]
    arguments = ("challenges/wmt/submissions", "--challenge", tmp_path, "--bootstrap", "50")
    text = xacle_eval("leaderboard", *arguments).out
    assert "50 resamples of systems, seed 0." in text
    assert "Resamples draw whole systems, each with all its pairs." in text
    assert "noise ceiling" in text
    files = [f"challenges/wmt/submissions/{file.name}" for file in FILES[:2]]
    text = xacle_eval("compare", *files, *arguments[1:]).out
    assert "50 resamples of systems" in text
    assert "|resample:system|" in text
    card = xe.score(FILES[0], challenge=WMT, bootstrap=plan)
    assert "|resample:pairs,system,domain|" in card.signature
    assert card.resampling.units == ("system", "domain")
    assert card.resampling.level_ceilings["system"] == ceilings
