# One variant stands on one line.
# ruff: noqa: E501

"""EvalAI bundles with one trap each: a change of the valid bundle, and the expected code."""

import io
import zipfile

from benchmarks.fuzzing.bundles import evalai_files, zip_bytes
from tests.hosting.lint import corpus_codabench as codabench
from tests.hosting.lint.corpus_codabench import both, drop, put

YAML = "challenge_config.yaml"
SCRIPT = "evaluation_script.zip"


def replace(old, new=""):
    """Return a change that replaces the first occurrence of a text in the configuration."""
    return codabench.replace(old, new, YAML)


def append(text):
    """Return a change that adds lines at the end of the configuration."""
    return codabench.append(text, YAML)


def script(change):
    """Return a change of the files in the ZIP of the evaluation script."""

    def apply(files):
        with zipfile.ZipFile(io.BytesIO(files[SCRIPT])) as archive:
            inner = {name: archive.read(name) for name in archive.namelist()}
        change(inner)
        files[SCRIPT] = zip_bytes(inner)

    return apply


def main(old, new):
    """Return a change of a text in the main file of the script."""
    return script(codabench.replace(old, new, "main.py"))


def section(key, until=None):
    """Return a change that removes a key and all that is below it, up to another key."""

    def change(files):
        text = files[YAML].decode()
        end = text.index(f"\n{until}:") + 1 if until else len(text)
        files[YAML] = (text[: text.index(f"\n{key}:") + 1] + text[end:]).encode()

    return change


_START = 'start_date: "2027-01-01T00:00:00+00:00"\n'
_END = 'end_date: "2027-03-01T00:00:00+00:00"\n'
_PHASE_START = f"    {_START}"
_DEF = "def evaluate(test_annotation_file, user_submission_file, phase_codename, **kwargs):"
_DAY = "    max_submissions_per_day: 2\n"
_ORDER = "is_leaderboard_order_descending: true"
_META = "      metadata:\n        SRCC: {sort_ascending: false, description: Rank correlation}\n        MSE: {sort_ascending: true, description: Mean squared error}\n"
_SPLIT = "  - challenge_phase_id: 1\n    leaderboard_id: 1\n    dataset_split_id: 1\n    visibility: 3\n    leaderboard_decimal_precision: 3\n    is_leaderboard_order_descending: true\n"

# Each change makes exactly one finding of this code: (name, code, change).
EVALAI = [
    ("no configuration", "EV001", lambda f: f.update({"config.yaml": f.pop(YAML)})),
    ("two configurations", "EV002", lambda f: f.update({"challenge_config.yml": f[YAML]})),
    ("unknown key", "EV003", append("titel: x\n")),
    ("unknown key of a phase", "EV003", replace(_DAY, f"{_DAY}    max_submission: 3\n")),
    ("unknown key of a leaderboard", "EV003", replace("      default_order_by: SRCC\n", "      default_order_by: SRCC\n      decimals: 3\n")),
    ("flag is a number", "EV004", replace("published: true", "published: 7")),
    ("id is a text", "EV004", both(replace("  - id: 1\n    name: Test\n", "  - id: one\n    name: Test\n"), replace("challenge_phase_id: 1", "challenge_phase_id: one"))),
    ("split is a text", "EV004", replace("  - {id: 1, name: Public part, codename: public}\n", "  - {id: 1, name: Public part, codename: public}\n  - x\n")),
    ("page that is a number", "EV004", replace("templates/terms.html", "3")),
    ("long title", "EV005", replace("title: A challenge", f"title: {'x' * 101}")),
    ("long codename", "EV005", replace("codename: test", f"codename: {'x' * 101}")),
    ("no title", "EV006", replace("title: A challenge\n")),
    ("no terms", "EV006", replace("terms_and_conditions: templates/terms.html\n")),
    ("no script", "EV006", replace("evaluation_script: evaluation_script.zip\n")),
    ("no end", "EV006", replace(_END)),
    ("missing page", "EV007", drop("templates/terms.html")),
    ("missing page of a phase", "EV007", drop("templates/phase.html")),
    ("missing annotations", "EV007", drop("annotations/test.csv")),
    ("missing script", "EV007", drop(SCRIPT)),
    ("annotations that are a folder", "EV007", replace("annotations/test.csv", "annotations")),
    ("page in Markdown", "EV008", both(replace("templates/terms.html", "templates/terms.md"), put("templates/terms.md", b"x"))),
    ("page outside", "EV009", replace("templates/terms.html", "../terms.html")),
    ("annotations outside", "EV009", replace("annotations/test.csv", "/etc/passwd")),
    ("image in SVG", "EV010", replace("image: logo.png", "image: logo.svg")),
    ("image that is a folder", "EV010", lambda f: f.update({"logo.png/x.png": f.pop("logo.png")})),
    ("missing image", "EV010", drop("logo.png")),
    ("five tags", "EV011", append("tags: [a, b, c, d, e]\n")),
    ("domain in words", "EV012", append("domain: Audio\n")),
    ("prize without a currency", "EV013", append("prizes:\n  - {rank: 1, amount: 100, description: x}\n")),
    ("prize without a rank", "EV013", append("prizes:\n  - {amount: 100USD, description: x}\n")),
    ("own image", "EV014", append("worker_image_url: docker.io/me/worker:1\n")),
    ("Python 3.11", "EV015", append('worker_python_version: "3.11"\n')),
    ("sponsor without a website", "EV016", append("sponsors:\n  - {name: x}\n")),
    ("script in Python", "EV020", both(replace(SCRIPT, "main.py"), put("main.py", b"x = 1\n"))),
    ("script that is no ZIP", "EV020", put(SCRIPT, b"print('hello')\n")),
    ("wrapper folder in the script", "EV021", script(lambda f: [f.update({f"script/{name}": f.pop(name)}) for name in list(f)])),
    ("no __init__.py", "EV022", script(drop("__init__.py"))),
    ("empty __init__.py", "EV023", script(put("__init__.py", b""))),
    ("absolute import", "EV024", script(put("__init__.py", b"from main import evaluate\n"))),
    ("import of a missing module", "EV025", script(put("__init__.py", b"from .score import evaluate\n"))),
    ("function of another name", "EV025", main("def evaluate(", "def score(")),
    ("no keywords", "EV026", main(_DEF, "def evaluate(test_annotation_file, user_submission_file, phase_codename):")),
    ("two parameters", "EV026", main(_DEF, "def evaluate(test_annotation_file, user_submission_file, **kwargs):")),
    ("sys.exit", "EV027", main('raise ValueError("the file is empty")', "import sys; sys.exit(1)")),
    ("SystemExit", "EV027", main("raise ValueError", "raise SystemExit")),
    ("exit with another name", "EV027", main('raise ValueError("the file is empty")', "from sys import exit as stop; stop(1)")),
    ("sys with another name", "EV027", main('raise ValueError("the file is empty")', "import sys as system; system.exit(1)")),
    ("exit that is kept in a name", "EV027", main('raise ValueError("the file is empty")', "import sys; stop = sys.exit; stop(1)")),
    ("argparse", "EV027", main('raise ValueError("the file is empty")', "import argparse; argparse.ArgumentParser().parse_args()")),
    ("abort", "EV027", main('raise ValueError("the file is empty")', "import os; os.abort()")),
    ("kill", "EV027", main('raise ValueError("the file is empty")', "from os import kill, getpid; kill(getpid(), 9)")),
    ("match", "EV028", main("LABELS =", "match 1:\n    case 1:\n        pass\n\nLABELS =")),
    ("walrus in Python 3.7", "EV028", both(append('worker_python_version: "3.7"\n'), main("LABELS =", "print(n := 1)\nLABELS ="))),
    ("syntax error", "EV029", script(codabench.append("def (\n", "main.py"))),
    ("numpy 2", "EV030", script(put("requirements.txt", b"requests\nnumpy==2.1.0\n"))),
    ("no result", "EV031", main('"result"', '"results"')),
    ("one error bar missing", "EV032", main('{"error_" + label: 0.1 for label in LABELS}', '{"error_SRCC": 0.1}')),
    ("no error bars", "EV033", main('        "error": [{"public": errors}],\n', "")),
    ("no rounding", "EV034", both(main("round(0.51234, 3)", "0.51"), main("round(1.01234, 3)", "1.01"))),
    ("label that the script does not name", "EV035", both(replace("[SRCC, MSE]", "[SRCC, RMSE]"), replace("        MSE: {", "        RMSE: {"))),
    ("None as a score", "EV035", main("round(0.51234, 3)", "None")),
    ("one date without quotation marks", "EV040", replace(_END, "end_date: 2027-03-01 00:00:00\n")),
    ("offset without quotation marks", "EV041", both(replace(_START, "start_date: 2027-01-01T00:00:00+09:00\n"), replace(_END, "end_date: 2027-03-01 00:00:00\n"))),
    ("day without a time", "EV042", replace(_END, 'end_date: "2027-03-01"\n')),
    ("days without quotation marks", "EV042", both(replace(_START, "start_date: 2027-01-01 00:00:00\n"), replace(_END, "end_date: 2027-03-01 00:00:00\n"), replace(_PHASE_START, '    start_date: "2027-01-01"\n'))),
    ("month and day", "EV043", replace(_END, 'end_date: "03/01/2027 00:00"\n')),
    ("no such day", "EV043", replace(_END, 'end_date: "2027-02-30T00:00:00+00:00"\n')),
    ("end before the start", "EV044", replace(_END, 'end_date: "2026-03-01T00:00:00+00:00"\n')),
    ("phase that ends before it starts", "EV044", replace("2027-02-01", "2026-02-01")),
    ("texts in another order", "EV045", both(replace(_START, 'start_date: "2027-01-02T01:00:00+09:00"\n'), replace(_END, 'end_date: "2027-01-01T23:00:00+00:00"\n'))),
    ("phase without a codename", "EV046", replace("    codename: test\n")),
    ("phase without dates", "EV046", replace(_PHASE_START)),
    ("no phases", "EV047", section("challenge_phases", "dataset_splits")),
    ("two splits of one codename", "EV048", replace("codename: public}\n", "codename: public}\n  - {id: 2, name: B, codename: public}\n")),
    ("no limit", "EV049", both(replace("    max_submissions_per_month: 20\n"), replace("    max_submissions: 20\n"))),
    ("no daily limit", "EV050", replace(_DAY)),
    ("file types", "EV051", replace(_DAY, f'{_DAY}    allowed_submission_file_types: ".csv"\n')),
    ("logs disabled", "EV052", replace(_DAY, f"{_DAY}    disable_logs: true\n")),
    ("no annotations", "EV053", replace("    test_annotation_file: annotations/test.csv\n")),
    ("public and selected", "EV054", replace(_DAY, f"{_DAY}    is_restricted_to_select_one_submission: true\n")),
    ("attribute without a type", "EV055", replace(_DAY, f"{_DAY}    submission_meta_attributes: [{{name: a, description: b}}]\n")),
    ("choice without options", "EV055", replace(_DAY, f"{_DAY}    submission_meta_attributes: [{{name: a, description: b, type: radio}}]\n")),
    ("no leaderboard", "EV060", section("leaderboard", "challenge_phases")),
    ("no labels", "EV061", both(replace("      labels: [SRCC, MSE]\n"), main('{"error_" + label: 0.1 for label in LABELS}', '{"error_": 1}'))),
    ("order by a missing label", "EV062", replace("default_order_by: SRCC", "default_order_by: LCC")),
    ("metadata without an order", "EV063", replace("SRCC: {sort_ascending: false, d", "SRCC: {d")),
    ("SRCC ascending", "EV064", both(replace("SRCC: {sort_ascending: false", "SRCC: {sort_ascending: true"), replace(_ORDER, _ORDER.replace("true", "false")))),
    ("MSE descending", "EV064", replace("MSE: {sort_ascending: true", "MSE: {sort_ascending: false")),
    ("SRCC ascending without metadata", "EV064", both(replace(_META), replace(_ORDER, _ORDER.replace("true", "false")))),
    ("two orders", "EV065", replace(_ORDER, _ORDER.replace("true", "false"))),
    ("no dataset splits", "EV066", section("dataset_splits", "challenge_phase_splits")),
    ("split without a name", "EV067", replace("name: Public part, ")),
    ("no phase splits", "EV068", section("challenge_phase_splits")),
    ("phase split without a precision", "EV069", replace("    leaderboard_decimal_precision: 3\n")),
    ("unknown phase", "EV070", replace("challenge_phase_id: 1", "challenge_phase_id: 2")),
    ("id in quotation marks", "EV070", replace("dataset_split_id: 1", 'dataset_split_id: "1"')),
    ("same phase split twice", "EV071", append(_SPLIT)),
    ("ignored key of a phase split", "EV072", append("    show_leaderboard_by_latest_submission: true\n")),
    ("visibility 4", "EV073", replace("visibility: 3", "visibility: 4")),
    ("visibility 1", "EV074", replace("visibility: 3", "visibility: 1")),
    ("submissions that are private", "EV075", replace("    is_submission_public: true\n", "    is_submission_public: false\n")),
    ("no word about submissions", "EV075", replace("    is_submission_public: true\n")),
    ("choice that is ignored", "EV076", replace("    leaderboard_public: true\n", "    leaderboard_public: false\n")),
    ("no word about the leaderboard", "EV076", replace("    leaderboard_public: true\n")),
    ("private phase", "EV077", replace("    is_public: true\n", "    is_public: false\n")),
    ("no word about the phase", "EV077", replace("    is_public: true\n")),
    ("limit of 0", "EV078", replace("    max_submissions: 20\n", "    max_submissions: 0\n")),
    ("daily limit of 0", "EV078", replace(_DAY, "    max_submissions_per_day: 0\n")),
    ("word as a score", "EV079", main("round(0.51234, 3)", '"n/a"')),
    ("true as a score", "EV079", main("round(0.51234, 3)", "0.5 > 0.1")),
    ("list as a score", "EV079", main("round(0.51234, 3)", "[0.5]")),
    ("NaN is not refused", "EV080", main("math.isfinite", "abs")),
    ("NaN as a score", "EV080", main("round(0.51234, 3)", 'float("nan")')),
    ("infinity as a score", "EV080", main("round(0.51234, 3)", "-math.inf")),
    ("text of a score", "EV081", main("round(0.51234, 3)", "str(round(0.51234, 3))")),
    ("numeric text as a score", "EV081", main("round(0.51234, 3)", '"0.512"')),
    ("wrapper folder", "BU006", lambda f: [f.update({f"challenge/{name}": f.pop(name)}) for name in list(f)]),
    ("duplicate key", "BU012", append("title: Another\n")),
    ("invalid YAML", "BU010", append("reward: @home\n")),
    ("files of Windows", "BU007", put("Thumbs.db", b"x")),
    ("damaged script", "BU002", lambda f: f.update({SCRIPT: f[SCRIPT][:-30]})),
]  # fmt: skip


def bundle_of(change):
    """Return the files of the valid bundle with one change."""
    files = evalai_files()
    change(files)
    return files
