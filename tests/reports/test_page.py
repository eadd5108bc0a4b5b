"""A page of Markdown has what the tables leave out: unranked systems, findings, ignored files."""

import re

import pytest

from tests.cli.helpers import DATA, EXAMPLE, REFERENCES, SMALL, xacle_eval
from tests.reports.test_markdown import TAGS, rendered

MUSIC = "challenges/audiomos2025_track1"
HEAD = "system,SRCC,LCC,KTAU,MSE\n"


@pytest.mark.long
def test_signatures_are_code():
    """The signature is one code span, byte for byte as in text, in every command."""
    for command in ("score", "leaderboard", "compare"):
        paths = ["example/submissions/Hibari_01.csv", "example/submissions/Suzume_01.csv"]
        given = (command, *paths[: 1 if command == "score" else 2], *EXAMPLE)
        text, page = (xacle_eval(*given, "--format", name).out for name in ("text", "markdown"))
        (signature,) = re.findall(r"(?m)^Signature: (.*)$", text)
        assert f"\n- Signature: `{signature}`\n" in page


def test_unranked_systems_are_in_the_page():
    """Each unranked submission has its reasons, in the file too; stderr has them as before."""
    paths = [f"invalid/submissions/{name}.csv" for name in ("valid", "constant", "bad_header")]
    paths += ["invalid/submissions/id_of_other_split.csv"]
    done = xacle_eval("leaderboard", *paths, *SMALL, *REFERENCES, "--format", "markdown")
    assert done.code == 1
    page = done.out.partition("**Unranked: ")[2]
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| invalid/")]
    assert len({row[0] for row in rows}) == 2
    assert any("XAC022 line 6: 2 ids of the split validation" in row[1] for row in rows)
    assert any("Replace these rows: every row must be of the split test." in row[2] for row in rows)
    assert "\n- 1 ranked submission with warnings \\('constant'\\)\n" in page
    assert "XAC022" in done.err
    assert rendered(done.out).tags == TAGS


def test_reasons_are_not_shortened(tmp_path):
    """A reason is whole, however long; a long path is shortened as a name."""
    rows = "".join(f"{n:03d}.wav,1\n" for n in range(1, 25) if n % 2)
    (tmp_path / f"{'x' * 210}.csv").write_text("wav_file_name,pred_score\n" + rows)
    page = xacle_eval("leaderboard", tmp_path, *EXAMPLE, "--format", "markdown").out
    assert "XAC024 missing ids \\(12 of 24\\): 002.wav, 004.wav" in page
    assert re.search(r"x{50,}…[0-9a-f]+", page)


def test_findings_and_ignored_files_are_in_the_page(tmp_path):
    """Equal predictions of two teams and ignored files are in the page."""
    data = (DATA / "example/submissions/Hibari_01.csv").read_bytes()
    for name in ("Hibari_01.csv", "Kumo_01.csv", "Kumo_02.xlsx"):
        (tmp_path / name).write_bytes(data)
    page = xacle_eval("leaderboard", tmp_path, *EXAMPLE, "--format", "markdown").out
    assert "\n**Findings between submissions**\n" in page
    assert re.search(r"\n\| warning \| XAC06\d [^|]*Hibari[^|]*Kumo", page)
    assert page.endswith("\n- ignored: 1 file of 1 team\n")


def test_the_page_of_several_targets(tmp_path):
    """What is unranked is below the boards of all targets."""
    text = (DATA / MUSIC / "submissions/T01.txt").read_text().splitlines()
    (tmp_path / "T01.txt").write_text("\n".join(text) + "\n")
    (tmp_path / "T09.txt").write_text("\n".join(text[:-1]) + "\n")
    given = ("leaderboard", tmp_path, "--challenge", MUSIC, "--format", "markdown")
    page = xacle_eval(*given).out
    assert page.index("all targets") < page.index("**Unranked: 1 submission**")
    assert "T09.txt | XAC024 missing id" in page


@pytest.mark.long
@pytest.mark.parametrize("format_", ["text", "json", "csv", "latex"])
def test_other_formats_have_no_such_tables(format_):
    """Only Markdown has the table of unranked submissions; LaTeX is for a paper."""
    done = xacle_eval(
        "leaderboard",
        "invalid/submissions/valid.csv",
        "invalid/submissions/id_of_other_split.csv",
        *SMALL,
        *REFERENCES,
        "--format",
        format_,
    )
    assert "How to fix it" not in done.out
    assert "XAC022" in (done.out if format_ in ("text", "json") else done.err)
