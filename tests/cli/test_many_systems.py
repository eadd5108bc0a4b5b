"""Comparisons of many systems as commands: matrices, one system against others, equivalence."""

import csv
import io
import itertools
import json

import numpy as np
import pytest

import xacle_eval as xe
from tests.cli.helpers import EXAMPLE, in_terminal, plain, xacle_eval
from tests.helpers import DATA, make_submission
from xacle_eval.errors import UsageError
from xacle_eval.reports.formats.latex import latex_tables
from xacle_eval.reports.formats.tables import markdown_tables
from xacle_eval.reports.views.comparison import comparison_views

FOLDER = DATA / "example"
NAMES = ("Ame_01", "Kumo_01", "Sora_01", "Kaze_01", "Yuki_01")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Five systems from good to bad, of which the last two are equal but for a little noise."""
    folder = tmp_path_factory.mktemp("systems")
    challenge = xe.load_challenge(FOLDER)
    truth = xe.load_references(None, challenge).values
    rng, written = np.random.default_rng(4), []
    noises = (0.4, 1.5, 6.0, 30.0)
    rows = [truth + noise * rng.normal(size=truth.size) for noise in noises]
    rows.append(rows[-1] + 0.3 * rng.normal(size=truth.size))
    for name, row in zip(NAMES, rows, strict=True):
        pairs = zip(challenge.manifest.ids, np.round(row, 4).tolist(), strict=True)
        written.append(make_submission(folder / f"{name}.csv", pairs))
    return written


@pytest.fixture(scope="module")
def document(files):
    """The JSON of all comparisons with a margin."""
    arguments = ("--margin", "0.1", "--bootstrap", "400", "--format", "json")
    done = xacle_eval("compare", *files, *EXAMPLE, *arguments)
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_json_has_every_pair_and_names_what_ran(document):
    """Five systems have ten comparisons of each metric; the permutation test was not run."""
    assert (document["family"], document["permutations"]) == (10, 0)
    assert document["names"] == list(NAMES)
    assert document["signature"].endswith(
        "|test:bootstrap-studentised|correction:max-t|family:metric|equivalence:SRCC<0.1"
    )
    assert len(document["comparisons"]) == 40
    for each in document["comparisons"]:
        assert each["permutation"] == {"p": None, "adjusted": None}
        assert each["significant"] == (each["adjusted_p"] <= 0.05)
        assert (each["margin"] == 0.1) == (each["metric"] == "SRCC")
        if each["metric"] == "SRCC":
            assert each["equivalent"] == (each["equivalent_p"] <= 0.05)
        else:
            assert each["equivalent"] is each["equivalent_p"] is None
    found = {(e["first"], e["second"], e["metric"]): e for e in document["comparisons"]}
    assert found["Ame_01", "Kaze_01", "SRCC"]["verdict"].startswith("Ame_01 is better than Kaze_01")
    near = found["Kaze_01", "Yuki_01", "SRCC"]
    assert near["equivalent"]
    assert "the two are equivalent: they differ by less than 0.1" in near["verdict"]
    # A significant difference above the margin needs no further words.
    assert not [
        e
        for e in document["comparisons"]
        if "it was not shown" in e["verdict"] and e["significant"] and abs(e["difference"]) >= 0.1
    ]
    assert any(
        "it was not shown" in e["verdict"] for e in document["comparisons"] if not e["significant"]
    )


def cells(out, metric):
    """Return the cells of each row of the matrix of a metric, and its summary."""
    rows = {}
    begin = out.index(f"{metric}: row minus column (")
    for line in out[begin:].splitlines()[1:]:
        words = line.split()
        if "differences in" in line:
            return rows, line
        if words and words[0].isdigit():
            row = rows.setdefault(int(words[0]), {})
            row["name"] = words[1]
            row.setdefault("texts", set()).update(words[2:])
    raise AssertionError("no summary below the matrix")


def test_text_is_one_matrix_for_each_metric(files, document):
    """Differences are above the diagonal and adjusted p below it, best first, in 80 columns."""
    done = xacle_eval("compare", *files, *EXAMPLE, "--margin", "0.1", "--bootstrap", "400")
    assert done.code == 0
    titles = [line for line in done.out.splitlines() if "row minus column" in line]
    assert [title.split(":")[0] for title in titles] == ["SRCC", "LCC", "KTAU", "MSE"]
    assert "p-values" not in done.out
    table = done.out[: done.out.index("differences in SRCC")]
    assert max(map(len, table.splitlines()[:-1])) <= 80
    found = [e for e in document["comparisons"] if e["metric"] == "SRCC"]
    values = {e["first"]: e["first_value"] for e in found}
    values |= {e["second"]: e["second_value"] for e in found}
    order = sorted(values, key=lambda name: -values[name])
    rows, summary = cells(done.out, "SRCC")
    assert [rows[place + 1]["name"] for place in range(5)] == order
    by_pair = {frozenset((e["first"], e["second"])): e for e in found}
    for (i, one), (j, other) in itertools.combinations(enumerate(order), 2):
        each = by_pair[frozenset((one, other))]
        marks = "*" * each["significant"] + "=" * each["equivalent"]
        text = f"{abs(each['difference']):.3f}{marks}"
        assert text in rows[i + 1]["texts"]
        p = each["adjusted_p"]
        below = "<0.001" if p < 1e-3 else f"{p:.3f}"
        assert below in rows[j + 1]["texts"]
    number = sum(e["significant"] for e in found)
    assert summary.startswith(f"{number} of 10 differences in SRCC are significant (*, adjusted p")
    assert "smaller than 0.1 (=, adjusted p at most 0.05)" in summary


def test_documents_mark_significant_differences(files):
    """Markdown and LaTeX have the same matrix, with significant cells in bold."""
    found = compare(files, metric="SRCC")
    views = comparison_views(found, xe.load_challenge(FOLDER))
    number = 2 * sum(each.significant for each in found.comparisons)
    assert number > 4
    markdown, latex = markdown_tables(views), latex_tables(views)
    assert markdown.count("row minus column") == latex.count(r"\begin{table}") == 1
    assert latex.count(r"\textbf{") == number
    # The title is bold too.
    assert markdown.count("**") == 2 * (number + 1)


def test_pairs_are_shown_on_request(files):
    """--pairs adds the tables of every two systems, with all tests, below the matrices."""
    arguments = ("--pairs", "--metric", "SRCC", "--metric", "MSE", "--bootstrap", "100")
    out = xacle_eval("compare", *files, *EXAMPLE, *arguments).out
    assert out.count("p-values\n") == 10
    assert out.count("row minus column") == 2
    assert "Permutation   Bootstrap   Williams   Adjusted   Swapped" in out
    assert "LCC" not in out.split("Signature")[0]
    assert "|compared:SRCC,MSE|permutations:100|permuted:ranks" in out


@pytest.mark.long
def test_one_system_against_the_others(files):
    """--against makes a family of four comparisons, and CSV and text show only these."""
    arguments = ("--against", "Kumo_01", "--metric", "SRCC", "--bootstrap", "300")
    done = xacle_eval("compare", *files, *EXAMPLE, *arguments)
    assert "SRCC: each system minus Kumo_01" in done.out
    assert "over the 4 comparisons of each metric" in done.out
    assert "family:metric,against-one" in done.out
    rows = list(
        csv.DictReader(
            io.StringIO(xacle_eval("compare", *files, *EXAMPLE, *arguments, "--format", "csv").out)
        )
    )
    assert [(row["first"], row["second"]) for row in rows] == [
        (name, "Kumo_01") for name in NAMES if name != "Kumo_01"
    ]
    assert all(float(row["adjusted_p"]) >= 1 / 301 for row in rows)
    best = next(row for row in rows if row["first"] == "Ame_01")
    assert f"{float(best['difference']):.3f}" in done.out


def test_a_narrow_terminal_repeats_the_names(files):
    """In 60 columns the matrix is several tables, each with numbers and names."""
    arguments = ("--metric", "SRCC", "--bootstrap", "50", "-q")
    out = plain(in_terminal("compare", *files, *EXAMPLE, *arguments, columns=60).out)
    table = out[: out.index("differences in SRCC")]
    assert table.count("Ame_01") >= 2


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"against": "Nobody"}, "'Nobody': no such system is compared; the systems are 'Ame_01'"),
        ({"metric": "SRC"}, "'SRC': no such metric is computed; did you mean SRCC?"),
        ({"margin": 0.0}, "the margin must be above 0 and finite; got 0"),
        ({"margin": float("nan")}, "margin must be a finite number (or None); got nan"),
        (
            {"margin": 0.01, "metric": ["SRCC", "MSE"]},
            "a margin is in the units of one metric; got the margin 0.01 for 'SRCC', 'MSE'",
        ),
        ({"correction": "bonferroni"}, "correction must be max-t or holm; got 'bonferroni'"),
        (
            {"correction": "holm", "plan": {"alpha": 1e-5}},
            "Holm's method over 40 comparisons needs 3,999,999 draws to reach alpha 1e-05",
        ),
    ],
)
def test_impossible_requests_are_refused(files, asked, words):
    """The error names the value, and what is possible."""
    with pytest.raises(UsageError) as error:
        compare(files, **asked)
    assert words in str(error.value)


def compare(files, **more):
    """Compare in Python, without the time of a process."""
    plan = xe.Bootstrap(**{"resamples": 99, **more.pop("plan", {})})
    return xe.compare(*files, challenge=FOLDER, bootstrap=plan, **more)


def test_holm_raises_its_draws(files):
    """Holm's method over 40 comparisons needs 800 draws at alpha 0.05, and gets them."""
    found = compare(files, correction="holm")
    assert (found.family, found.permutations, found.resamples) == (40, 799, 799)
    assert (found.resamples_requested, found.correction, found.test) == (99, "holm", "permutation")
    best = next(e for e in found.comparisons if e.second == "Kaze_01" and e.metric == "SRCC")
    assert best.adjusted_p == best.permutation.adjusted <= 0.05
    assert best.smallest_p == pytest.approx(40 / 800)


def test_resamples_are_raised_or_the_verdict_says_what_is_needed(files):
    """With 9 resamples no p can reach 0.05: 19 are drawn. For a million, it states the number."""
    found = compare(files[:2], plan={"resamples": 9})
    assert (found.resamples, found.resamples_requested) == (19, 9)
    tiny = compare(files, plan={"alpha": 1e-6})
    assert (tiny.resamples, tiny.resamples_requested) == (99, None)
    far = next(e for e in tiny.comparisons if e.second == "Kaze_01" and e.metric == "SRCC")
    assert far.verdict == (
        "99 resamples cannot show a difference in SRCC: the smallest possible p is 0.01, "
        "above alpha 1e-06; at least 999,999 are needed."
    )
    assert not any("No difference" in each.verdict for each in tiny.comparisons)


def test_seventeen_systems_are_told_apart(tmp_path):
    """Systems far apart differ with 999 resamples, however many systems there are."""
    challenge = xe.load_challenge(FOLDER)
    truth = xe.load_references(None, challenge).values
    rng = np.random.default_rng(0)
    noises = [0.1] * 8 + [15.0] * 9
    paths = []
    for number, noise in enumerate(noises):
        row = (truth if noise < 1 else 10 - truth) + noise * rng.normal(size=truth.size)
        pairs = zip(challenge.manifest.ids, row.tolist(), strict=True)
        paths.append(make_submission(tmp_path / f"T{number:02d}_01.csv", pairs))
    found = xe.compare(
        *paths, challenge=FOLDER, bootstrap=xe.Bootstrap(resamples=999), metric="SRCC"
    )
    assert (len(found.comparisons), found.family) == (136, 136)
    good = {f"T{number:02d}_01" for number in range(8)}
    across = [e for e in found.comparisons if (e.first in good) != (e.second in good)]
    assert len(across) == 72
    assert all(e.significant and " is better than " in e.verdict for e in across)
    assert all(e.smallest_p == 1 / 1000 for e in across)


def test_systems_that_differ_in_few_pairs(tmp_path, files):
    """If two systems differ in four pairs, the verdict says that these cannot show a difference."""
    lines = files[0].read_text().splitlines()
    for place in (1, 2, 3, 4):
        pair, value = lines[place].split(",")
        lines[place] = f"{pair},{float(value) + 8}"
    other = tmp_path / "Other_01.csv"
    other.write_text("\n".join(lines) + "\n")
    found = compare([files[0], other])
    mse = next(each for each in found.comparisons if each.metric == "MSE")
    assert mse.smallest_p == 2 / 2**4 <= mse.adjusted_p
    assert mse.verdict == (
        "Systems that differ in so few pairs cannot show a difference in MSE: the smallest "
        "possible p is 0.12, above alpha 0.05."
    )
    assert {each.swapped for each in found.comparisons} == {"values"}


def test_a_coarse_system_has_no_permutation_test(tmp_path, files):
    """Two levels against many: text, JSON and signature say that the bootstrap decides."""
    lines = files[0].read_text().splitlines()
    rows = [line.split(",") for line in lines[1:]]
    coarse = [f"{pair},{8 if float(value) > 5 else 2}" for pair, value in rows]
    other = tmp_path / "Coarse_01.csv"
    other.write_text("\n".join([lines[0], *coarse]) + "\n")
    done = xacle_eval("compare", files[1], other, *EXAMPLE, "--bootstrap", "99")
    said = " ".join(done.out.split())
    assert "Kumo_01 and Coarse_01: no permutation test of SRCC, LCC and KTAU, because one" in said
    assert "|permuted:none" in said
    found = compare([files[1], other])
    for each in found.comparisons:
        scaled = each.metric != "MSE"
        assert (each.permutation.p is None) == scaled
        assert each.swapped == ("none" if scaled else "values")
        assert each.bootstrap.p is not None
        assert each.adjusted_p is not None


def test_titles_say_which_sign_is_better(files):
    """A positive SRCC and a negative MSE difference mean that the row, or system, is better."""
    done = xacle_eval("compare", *files, *EXAMPLE, "--bootstrap", "50")
    titles = [line for line in done.out.splitlines() if "row minus column" in line]
    assert "SRCC: row minus column (positive: row is better)" in titles[0]
    assert "MSE: row minus column (negative: row is better)" in titles[-1]
    views = comparison_views(compare(files, against="Kumo_01"), xe.load_challenge(FOLDER))
    assert views[-1].title.endswith("; negative is better")


def test_the_margin_of_a_matrix_is_explained_by_its_mark(files):
    """The note says what = means, and where its values are; no column "Equivalent" is shown."""
    views = comparison_views(compare(files, margin=0.1), xe.load_challenge(FOLDER))
    notes = " ".join(views[-1].notes)
    assert "=: equivalent within 0.1 by two one-sided tests, adjusted p at most 0.05" in notes
    assert "Equivalent:" not in notes


def test_reasons_without_a_conclusion_are_grouped(files):
    """A matrix counts the differences of each reason; it does not repeat the verdict of one."""
    found = compare(files, metric="SRCC", plan={"alpha": 1e-6})
    (view,) = comparison_views(found, xe.load_challenge(FOLDER))
    assert (
        "10 could not be significant: 99 resamples are too few, because the smallest possible p "
        "is 0.01, above alpha 1e-06." in view.notes
    )


def test_few_comparisons_against_a_system_are_one_table(files):
    """With two systems, --against gives the table against it too; --pairs adds the tests."""
    few = files[:2]
    found, challenge = compare(few, against="Kumo_01"), xe.load_challenge(FOLDER)
    views = comparison_views(found, challenge)
    assert [view.title.split(" (")[0] for view in views] == [
        f"{name}: each system minus Kumo_01" for name in ("SRCC", "LCC", "KTAU", "MSE")
    ]
    notes = " ".join(views[-1].notes)
    assert "there is nothing to adjust. The verdicts use it at alpha 0.05. " in notes
    assert "Detectable difference" not in notes
    assert comparison_views(found, challenge, pairs=True)[-1].title == "p-values"


def test_the_case_of_a_metric_does_not_matter(files):
    """`srcc` is SRCC, and the signature has the usual form."""
    found = compare(files[:2], metric="srcc", margin=0.1)
    assert {each.metric for each in found.comparisons} == {"SRCC"}
    assert "|compared:SRCC|" in found.signature
    assert found.signature.endswith("|equivalence:SRCC<0.1")


def test_a_folder_is_refused_with_the_files_to_pass(files):
    """The error for a folder says what to pass, and nothing else."""
    done = xacle_eval("compare", files[0].parent, *EXAMPLE)
    assert done.code == 2
    said = " ".join(done.err.split())
    assert f"is a folder. Pass the files: {files[0].parent}/*.csv" in said
    assert "XAC" not in done.err + done.out


def test_a_line_of_a_table_has_no_blanks_at_its_end(files):
    """In a pipe, an empty last cell adds no blanks."""
    out = xacle_eval("compare", *files, *EXAMPLE, "--metric", "SRCC", "--bootstrap", "50").out
    assert [line for line in out.splitlines() if line != line.rstrip()] == []


def test_a_number_stands_for_so_many_resamples(files):
    """`bootstrap=60` in Python is Bootstrap(resamples=60); other types are refused."""
    assert xe.compare(*files[:2], challenge=FOLDER, bootstrap=60).resamples == 60
    card = xe.score(files[0], challenge=FOLDER, bootstrap=60)
    board = xe.leaderboard(*files[:2], challenge=FOLDER, bootstrap=60)
    assert card.resampling.resamples == board.resampling.resamples == 60
    for wrong in (True, 1e3, "1000"):
        for call in (xe.score, xe.leaderboard, xe.compare):
            with pytest.raises(UsageError, match="must be a Bootstrap or a number of resamples"):
                call(files[0], challenge=FOLDER, bootstrap=wrong)
