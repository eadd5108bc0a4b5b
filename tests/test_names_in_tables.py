"""Names in written tables: long ones are shortened, and none is a formula of a spreadsheet."""

import csv
import io
import re

import pytest

from tests.test_untrusted_text import CHALLENGE, EXAMPLE, call, ratings, results
from xacle_eval.reports.formats.registry import TABLE_FORMATS


@pytest.fixture(autouse=True)
def _in_own_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("format_", TABLE_FORMATS)
def test_long_names_are_shortened(tmp_path, format_):
    """Names of 100,000 letters that differ in the last one stay different in a short table."""
    rows = [f"{'n' * 100_000}{k},0.5,0.5,0.5,{k}" for k in range(3)]
    (tmp_path / "t.csv").write_text("\n".join(["system,SRCC,LCC,KTAU,MSE", *rows]) + "\n")
    code, out, _ = call("rank", "t.csv", "--format", format_)
    assert code == 0
    assert len(out) < 5_000
    names = set(re.findall(r"n{100,}…[0-9a-f]+", out))
    assert len(names) == 3
    assert {len(name) for name in names} == {200}


@pytest.mark.parametrize("format_", TABLE_FORMATS)
def test_long_names_of_listeners_are_shortened(tmp_path, format_):
    """Names of 100,000 letters are short in the report of listeners and in its table."""
    (tmp_path / "r.csv").write_text(ratings([f"{'n' * 100_000}{k}" for k in range(3)]))
    few = ("--challenge", EXAMPLE, "--resamples", "2", "--summary", "s.csv")
    screen = ("--screen", "agreement")
    code, out, _ = call("listeners", "r.csv", "--format", format_, *few, *screen)
    assert code == 0
    assert len(out) < 50_000
    rows = list(csv.reader(io.StringIO((tmp_path / "s.csv").read_text(encoding="utf-8"))))
    assert {len(row[0]) for row in rows[1:]} == {200}
    assert len({row[0] for row in rows}) == 4


FORMULAS = [
    "=1",
    " =1",
    "\t=1",
    "\u3000=1",
    '"=1',
    "'=1",
    "\n=1",
    "\uff1d1",
    "a;=1",
    "+1",
    "@x",
    "-1",
]


def runs(cell):
    """Return whether a spreadsheet could run a cell, or its part behind a semicolon."""
    parts = [part.lstrip(' \t\r\n\u00a0\u3000"') for part in cell.split(";")]
    return any(part.startswith(tuple("=+-@\uff1d\uff0b\uff0d\uff20")) for part in parts)


def test_no_csv_has_a_formula(tmp_path):
    """No cell of a written CSV begins like a formula, also behind blanks, quotes and semicolons."""
    table = results(list(dict.fromkeys(text.strip() for text in FORMULAS)))
    (tmp_path / "t.csv").write_bytes(table.encode())
    (tmp_path / "r.csv").write_bytes(ratings(FORMULAS, text="=1").encode())
    code, ranking, err = call("rank", "t.csv", "--format", "csv")
    assert code == 0, err
    few = ("--challenge", EXAMPLE, "--resamples", "2", "--format", "csv")
    code, quantities, err = call(
        "listeners", "r.csv", *few, "--summary", "s.csv", "--averages", "a.csv"
    )
    assert code == 0, err
    texts = [ranking, quantities, *((tmp_path / name).read_text() for name in ("s.csv", "a.csv"))]
    for text in texts:
        rows = list(csv.reader(io.StringIO(text, newline="")))
        assert [cell for row in rows for cell in row if runs(cell) and not is_number(cell)] == []
        assert len(rows) > 2


def is_number(text):
    """Return whether a cell is a number, which may begin with a minus sign."""
    return re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?", text) is not None


def test_averages_of_escaped_ids(tmp_path):
    """Averages of ids that a spreadsheet could run are refused as references, never misread."""
    ids = ["=1", "a;=1", "x##[error]", "plain", "日本.wav"]
    (tmp_path / "ids.txt").write_text("\n".join(ids))
    source = 'pattern = "{:03d}.wav"\nfirst = 1\nlast = 24'
    assert source in CHALLENGE
    text = CHALLENGE.replace(source, 'list = "ids.txt"').replace('references = "ratings.csv"', "")
    (tmp_path / "challenge.toml").write_text(text)
    rows = [f"{pair},{k},l{k}" for pair in ids for k in range(3)]
    (tmp_path / "r.csv").write_text("wav_file_name,score,listener_id\n" + "\n".join(rows) + "\n")
    challenge = ("--challenge", "challenge.toml")
    code, _, err = call("listeners", "r.csv", *challenge, "--averages", "a.csv", "--resamples", "2")
    assert code == 0
    assert "3 ids ('=1', 'a;=1', 'x##[error]') were escaped for spreadsheets in a.csv" in err
    (tmp_path / "s.csv").write_text(
        "wav_file_name,pred_score\n" + "".join(f"{pair},{k}\n" for k, pair in enumerate(ids))
    )
    code, _, err = call("score", "s.csv", *challenge, "--references", "a.csv")
    assert code == 2
    assert "the id ''=1' contains U+0027 APOSTROPHE" in err
    assert "missing ids (2 of 5): a;=1, x##[error]" in err
    restored = (tmp_path / "a.csv").read_text().replace("'=1", "=1").replace("## [", "##[")
    (tmp_path / "a.csv").write_text(restored)
    code, _, err = call("score", "s.csv", *challenge, "--references", "a.csv")
    assert code == 0, err
