"""LaTeX tables: escaped, well-formed, with labels, minus signs and notes; and they compile."""

import re
import shutil
import subprocess

import pytest

import xacle_eval as xe
from tests.cli.helpers import EXAMPLE, HIBARI, REFERENCES, SMALL, xacle_eval
from tests.helpers import DATA
from tests.reports.conftest import LABELS, no_control_codes, no_forged_command
from xacle_eval.reports.formats.latex import latex_table, latex_tables
from xacle_eval.reports.views.comparison import comparison_views
from xacle_eval.reports.views.leaderboard import leaderboard_view, leaderboard_views
from xacle_eval.reports.views.listeners import listener_views
from xacle_eval.reports.views.profile import profile_views
from xacle_eval.reports.views.score import score_view
from xacle_eval.reports.views.table import RANK, View, ViewColumn
from xacle_eval.results.leaderboard import Entry

COMMANDS = {
    r"\textbackslash", r"\textasciitilde", r"\textasciicircum", r"\textless", r"\textgreater",
    r"\textbar", r"\textbf", r"\texttt", r"\allowbreak", r"\uparrow", r"\downarrow", r"\times",
    r"\dagger", r"\ddagger", r"\begin", r"\end", r"\centering", r"\caption", r"\label",
    r"\toprule", r"\midrule", r"\bottomrule", r"\footnotesize", r"\item",
}  # fmt: skip
ESCAPED = {f"\\{sign}" for sign in "{}$&#%_"}
TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}$&#%_^~]", re.DOTALL)
ROW = "\\\\\n"


def problems(text):
    """Return what a compiler would reject, found without a compiler.

    Braces and environments must be balanced, commands known, special signs escaped, formulas
    closed, and every row must have as many cells as its table has columns.
    """
    lines = [line for line in text.splitlines() if not line.startswith("% needs")]
    found = [problem for line in lines for problem in _line_problems(line)]
    return found + _environment_problems(lines) + _row_problems("\n".join(lines) + "\n")


def _line_problems(line):
    """Yield braces and formulas that a line does not close, unknown commands and bare signs."""
    tokens = TOKEN.findall(line.removesuffix(r"\\"))
    depth = 0
    for sign in tokens:
        depth += {"{": 1, "}": -1}.get(sign, 0)
        if depth < 0:
            yield "a brace is closed that is not open"
        if sign in "#%^~_" or (sign.startswith("\\") and sign not in COMMANDS | ESCAPED):
            yield f"bare {sign}"
    if depth > 0 or tokens.count("$") % 2:
        yield "a brace or a formula is not closed"


def _environment_problems(lines):
    open_ = []
    for kind, name in re.findall(r"\\(begin|end)\{([a-z]+)\}", "\n".join(lines)):
        if kind == "begin":
            open_.append(name)
        elif not open_ or open_.pop() != name:
            return [f"{name} is closed that is not open"]
    return open_


def _row_problems(text):
    found = []
    for part in text.split(r"\begin{tabular}{")[1:]:
        layout, _, body = part.partition("}\n")
        body = body.partition(r"\end{tabular}")[0]
        body = re.sub(r"\\(top|mid|bottom)rule\n", "", body)
        rows = body.split(ROW)
        found += [row for row in rows[:-1] if TOKEN.findall(row).count("&") + 1 != len(layout)]
        found += [row for row in rows if row.lstrip()[:1] in ("[", "*") and row.strip()]
        found += [rows[-1]] if rows[-1] else []
    return found


def test_the_check_finds_problems():
    """The check of this file reports each kind of problem."""
    table = latex_table(View("T", (RANK, ViewColumn("a", "A")), ((1, "x"),), 3, ("Note.",)))
    assert problems(table) == []
    for before, after in [
        ("x", "a_b"), ("x", "50%"), ("x", "{"), ("x", "}"), ("x", r"\input"), ("x", "a & b"),
        ("x", "#1"), ("x", "$1"), (r"\end{tabular}", ""), (r"\midrule", "[2pt]"), ("x", r"\'"),
    ]:  # fmt: skip
        assert problems(table.replace(f"{before}", after, 1)), after


def test_labels_are_escaped(board, card, example):
    """LaTeX escapes every special sign; no label becomes an argument of \\\\ or \\midrule."""
    text = latex_table(leaderboard_view(board, example))
    assert problems(text) == []
    assert r"a\_b\&c\%d\$e\#f\{g\}\textasciitilde{}h\textasciicircum{}i\textbackslash{}j" in text
    assert text.splitlines()[1] == "% needs lualatex or xelatex, and a font with the names' letters"
    one = latex_table(score_view(card.model_copy(update={"system": "[2pt] --- *"}), example))
    assert one.partition("\\midrule\n")[2].startswith("{[}2pt{]} -{}-{}- {*} & 24 & ")
    assert "% needs lualatex" not in one
    assert no_forged_command(text)
    assert no_control_codes(text)
    for label in LABELS:
        view = View(
            label, (ViewColumn("a", label),), ((label,),), 3, (label, f"Signature: {label}")
        )
        assert problems(latex_tables([view, view])) == []
        assert no_forged_command(latex_table(view))


def test_minus_signs():
    """Numbers have a minus sign, names and ranges keep their hyphens."""
    columns = (ViewColumn("a", "A"), ViewColumn("b", "B", numeric=True))
    rows = (("x-1", -0.25), ("y", "-0.1 to -0.2"), ("z", "1e-05"), ("2026-11-28", "1–2"))
    text = latex_table(View("T", columns, rows, 2, ("Tau -0.14 (-1), 95-99, x-1.",)))
    body = text.partition("\\midrule\n")[2]
    assert body.splitlines()[:4] == [
        r"x-1 & $-$0.25 \\",
        r"y & $-$0.1 to $-$0.2 \\",
        r"z & 1e$-$05 \\",
        r"2026-11-28 & 1--2 \\",
    ]
    assert r"\item Tau $-$0.14 ($-$1), 95-99, x-1." in text


def test_labels_of_tables():
    """Each table has a label made of the words of its title, and no two have the same."""
    views = [
        View(title, (RANK,), ((1,),), 3) for title in ("Écho_2026, test", "Echo 2026 test", "音")
    ]
    text = latex_tables(views)
    assert re.findall(r"\\label\{(.*)\}", text) == [
        "tab:echo-2026-test",
        "tab:echo-2026-test-2",
        "tab:table",
    ]
    assert text.index(r"\caption") < text.index(r"\label")


def test_shared_ranks_and_notes():
    """A shared rank is only the number, with a note; notes are below the table."""
    done = xacle_eval(
        "leaderboard", "invalid/submissions", *SMALL, *REFERENCES, "--format", "latex"
    )
    assert problems(done.out) == []
    assert "=" not in done.out.partition(r"\midrule")[2].partition(r"\bottomrule")[0]
    assert [line[:2] for line in done.out.splitlines() if r"\textbf{0.943}" in line] == ["1 "] * 5
    notes = done.out.partition(r"\begin{tablenotes}")[2].partition(r"\end{tablenotes}")[0]
    assert r"\item Systems with the same rank share it." in notes
    assert r"\item Signature: \texttt{challenge:small@" in notes
    alone = xacle_eval("score", HIBARI, *EXAMPLE, "--format", "latex").out
    assert "share it" not in alone
    assert alone.startswith("% needs \\usepackage{booktabs,threeparttable}\n")


def has_latex():
    """Return whether pdflatex and the packages of the tables are installed."""
    if shutil.which("pdflatex") is None or shutil.which("kpsewhich") is None:
        return False
    search = ["kpsewhich", "booktabs.sty", "threeparttable.sty"]
    return subprocess.run(search, capture_output=True, check=False).returncode == 0


def test_tables_of_every_kind_compile(board, card, example, tmp_path):
    """pdflatex compiles the tables of every command, with every label whose letters it has."""
    if not has_latex():
        pytest.skip("no pdflatex with the packages booktabs and threeparttable here")
    few = [e for e in board.entries if "日" not in e.system]
    # Ranks are shared, values are negative, and all notes are there.
    few = [Entry.model_validate({**e.model_dump(), "rank": 1}) for e in few[:2]] + few[2:]
    board = board.model_copy(update={"entries": tuple(few)})
    views = [leaderboard_view(board, example)]
    for label in (entry.system for entry in few):
        views.append(score_view(card.model_copy(update={"system": label}), example))
    plan = xe.Bootstrap(resamples=5)
    submissions = DATA / "example/submissions"
    drawn = xe.leaderboard(submissions, challenge=example, bootstrap=plan)
    views += leaderboard_views(drawn, example)
    scored = xe.score(DATA / HIBARI, challenge=example, profile=True)
    views += profile_views(scored.profile, 3)
    two = sorted(submissions.glob("*.csv"))[:2]
    views += comparison_views(xe.compare(*two, challenge=example, bootstrap=plan), example)
    study = xe.study_ratings(DATA / "example/ratings.csv", challenge=example, resamples=2)
    views += listener_views(study.report)
    tables = latex_tables(views)
    assert "% needs lualatex" not in tables
    assert problems(tables) == []
    head = "\\documentclass{article}\n\\usepackage{booktabs,threeparttable}\n\\extrafloats{200}\n"
    body = tables.replace("\\end{table}\n", "\\end{table}\n\\clearpage\n")
    (tmp_path / "page.tex").write_text(f"{head}\\begin{{document}}\n{body}\\end{{document}}\n")
    done = subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "page.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout.decode("latin-1")[-2000:]
    assert "multiply defined" not in done.stdout.decode("latin-1")
    assert (tmp_path / "page.pdf").stat().st_size > 10_000
