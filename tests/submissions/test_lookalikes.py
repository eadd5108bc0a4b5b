"""Team names and labels that a reader cannot distinguish (XAC069, XAC062)."""

import time
import unicodedata

import numpy as np
import pandas as pd
import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.evaluation.test_leaderboard import board_of
from tests.helpers import DATA, codes, make_submission
from xacle_eval.submissions.lookalikes import _LETTERS, look_alike_teams, skeleton
from xacle_eval.text import visible

TRUTH = np.array([6.5, 4, 8.25, 1, 5.5, 7])


@pytest.mark.parametrize(
    ("name", "difference"),
    [
        ("Kumo\u3164", "U+3164 HANGUL FILLER instead of nothing"),
        ("\u200bKumo", "U+200B ZERO WIDTH SPACE instead of nothing"),
        ("Ku\u00admo", "U+00AD SOFT HYPHEN instead of nothing"),
        ("Kumo ", "U+0020 SPACE instead of nothing"),
        ("\u039aumo", "U+039A GREEK CAPITAL LETTER KAPPA instead of 'K' U+004B"),
        ("\u041aumo", "U+041A CYRILLIC CAPITAL LETTER KA instead of 'K' U+004B"),
        (
            "Ku\u043c\u043e",
            "LETTER EM and 'о' U+043E CYRILLIC SMALL LETTER O instead of 'm' U+006D",
        ),
        ("Kum\u043e", "U+043E CYRILLIC SMALL LETTER O instead of 'o' U+006F"),
        ("Kum\u0585", "U+0585 ARMENIAN SMALL LETTER OH instead of 'o' U+006F"),
        ("\uff2bumo", "U+FF2B FULLWIDTH LATIN CAPITAL LETTER K instead of 'K' U+004B"),
        ("\U0001d40aumo", "U+1D40A MATHEMATICAL BOLD CAPITAL K instead of 'K' U+004B"),
        ("\u212aumo", "U+212A KELVIN SIGN instead of 'K' U+004B"),
        ("KUMO", "only the letter case differs"),
        ("Kum0", "U+0030 DIGIT ZERO"),
        ("Kumo\ufe0f", "U+FE0F VARIATION SELECTOR-16 instead of nothing"),
    ],
)
def test_names_that_look_alike(name, difference):
    """Both names are given, with the characters in which they differ and their code points."""
    other = "KumO" if name == "Kum0" else "Kumo"
    (finding,) = look_alike_teams([other, name, other, "Hibari"])
    assert (finding.code, finding.severity, finding.count) == ("XAC069", "warning", 2)
    first, _ = sorted((other, name))
    assert finding.message.startswith(f"'{first}' looks like '")
    if first == other:
        assert difference in finding.message
    else:
        assert difference.split(" instead of ")[0] in finding.message


def test_names_that_do_not_look_alike():
    """Accents, other letters and other numbers are visible differences."""
    names = ["Kumo", "Kumó", "Kumo2", "Komu", "雲", "云", "Ali", "Alc", "Τ-1", "Σ"]
    assert look_alike_teams(names) == ()


def test_each_letter_has_the_case_of_its_latin_letter():
    """The table maps single characters to ASCII letters, capitals to capitals."""
    for letters, latin in _LETTERS:
        for one, other in zip(letters, latin, strict=True):
            assert other.isascii()
            assert not one.isascii()
            assert unicodedata.category(one) == ("Lu" if other.isupper() else "Ll")
            assert skeleton(f"x{one}") == f"x{other.lower()}"


def test_many_names_take_linear_time():
    """Thousands of names that look alike, or long ones, give at most 21 short findings."""
    started = time.process_time()
    many = ["Team" + "\u200b" * (number % 400) + str(number // 2) for number in range(3_000)]
    findings = look_alike_teams([*many, *("\u041a" * 5000 + chr(0x200B + n) for n in range(4))])
    assert len(findings) == 21
    assert sum(len(finding.message) for finding in findings) < 40_000
    assert time.process_time() - started < 5.0


def test_rank_names_look_alike_teams(tmp_path):
    """`rank` prints the warning below the table, and on stderr for other formats."""
    path = tmp_path / "table.csv"
    row = {"SRCC": 0.5, "LCC": 0.5, "KTAU": 0.5, "MSE": 1.0}
    rows = [{"system": "a", "team": "Kumo", **row}, {"system": "b", "team": "\u039aumo", **row}]
    pd.DataFrame(rows).to_csv(path, index=False)
    assert codes(xe.rank(path).findings) == ["XAC069"]
    done = xacle_eval("rank", path)
    assert done.code == 0
    assert "XAC069" in done.out
    assert "U+039A GREEK CAPITAL LETTER KAPPA" in " ".join(done.out.split())
    done = xacle_eval("rank", path, "--format", "csv")
    assert "XAC069" in done.err
    assert "XAC069" not in done.out


def send(folder, small, *names):
    """Write different predictions for the small challenge under some names."""
    rng = np.random.default_rng(3)
    for name in names:
        values = (TRUTH + rng.normal(0, 1, 6)).tolist()
        make_submission(folder / name, zip(small.manifest.ids, values, strict=True))
    return folder


@pytest.mark.parametrize(
    "names",
    [
        ("Kumo/Kumo_01.csv", "Evil/Kumo_01.csv"),
        ("Kumo_01.csv", "Evil/Kumo_01.csv"),
        ("Kumo_01.csv", "Kumo/Kumo_01.csv"),
        ("Kumo_01.csv", "KUMO_01.csv"),
        ("Kumo_01.csv", "\u039aumo_01.csv"),
        ("Kumo_01.csv", "\u039aumo/\u041aumo_01.csv"),
        ("Kumo/final.csv", "\u041aumo/final.csv"),
        ("Kumo.csv", "Kumo\u200b.csv"),
    ],
)
def test_a_label_that_two_uploads_claim(names, tmp_path, small):
    """Both uploads are unranked with an error that names both; other systems stay ranked."""
    if len({name.casefold() for name in names}) < 2 and (tmp_path / names[0].upper()).exists():
        pytest.skip("this file system ignores letter case")
    board = board_of(send(tmp_path, small, *names, "Hibari_01.csv"))
    assert [entry.system for entry in board.entries] == ["Hibari_01"]
    assert len(board.unranked) == 2
    paths = [one.path for one in board.unranked]
    for one, other in zip(board.unranked, reversed(paths), strict=True):
        finding = one.findings[0]
        assert (finding.code, finding.severity) == ("XAC062", "error")
        assert visible(other) in finding.message


@pytest.mark.parametrize(
    "names",
    [
        ("Kumo/final_01.csv", "Evil/final_01.csv"),
        ("Kumo/best.csv", "Evil/best.csv", "best.csv"),
        ("Kumo_01.csv", "Kumo_02.csv", "Kumo_1.csv"),
    ],
)
def test_labels_that_are_not_disputed(names, tmp_path, small):
    """Two folders can have the same label, unless it names one of the teams."""
    board = board_of(send(tmp_path, small, *names))
    assert "XAC062" not in [code for one in board.unranked for code in codes(one.findings)]


def test_a_package_with_another_team_s_label(tmp_path):
    """A package and a loose file with one label are both unranked."""
    from tests.submissions.descriptions import description, zipped

    rows = (DATA / "example" / "submissions" / "Hibari_01.csv").read_bytes()
    (tmp_path / "Kumo_01.csv").write_bytes(rows)
    (tmp_path / "Evil.zip").write_bytes(
        zipped({"Kumo_01.csv": rows.replace(b"7", b"6", 1), "Kumo_01.yaml": description("Kumo_01")})
    )
    board = xe.leaderboard(tmp_path, challenge=DATA / "example" / "task.toml")
    assert board.entries == ()
    assert [codes(one.findings)[0] for one in board.unranked] == ["XAC062", "XAC062"]
    assert {"Evil.zip" in one.path for one in board.unranked} == {True, False}
