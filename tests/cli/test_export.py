"""``export PLATFORM -o OUT``: the command that writes a bundle, its outputs and refusals."""

import json
import shutil
from pathlib import Path

import pytest

import xacle_eval as xe
from tests.cli.helpers import in_process
from tests.helpers import DATA
from tests.hosting.challenges import PHASES, POLICIES, copy_challenge
from xacle_eval.hosting import exporting


@pytest.fixture(autouse=True)
def scorer(monkeypatch):
    """A short program in place of the scorer, whose generation takes seconds, and no check of it.

    tests/hosting/test_exporting.py writes and runs the real ones.
    """
    monkeypatch.setattr(exporting, "single_file", lambda *_, **__: "# the scorer\n")
    monkeypatch.setattr(exporting, "_require_clean", lambda *_: None)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with a challenge."""
    monkeypatch.chdir(tmp_path)
    copy_challenge("wmt", tmp_path / "wmt", PHASES + POLICIES)
    return tmp_path


def run(*arguments):
    """Run the command, and return its exit code, stdout and stderr."""
    done = in_process("export", *arguments, cwd=Path.cwd())
    return done.code, done.out, done.err


def test_the_text_has_phases_scores_and_notes(folder):
    """People see what the platform will do, what it will not, and what they must still write."""
    code, out, err = run("codabench", "-c", "wmt/challenge.toml", "-o", "out")
    assert code == 0
    assert out.startswith("Bundle for Codabench: A challenge of the WMT kind\n")
    assert "final   2027-01-11 12:00:00   2027-01-21 11:59:59   test, private" in out
    assert "final   MSE           lower    2 decimals" in out
    assert "placeholder: the page of terms is a placeholder" in out
    assert "note: phase final begins 1 second later" in out
    assert "wrote 14 files and wmt-codabench.zip to out; they have the labels" in err
    assert sorted(path.name for path in (folder / "out").iterdir()) == [
        "bundle", "wmt-codabench.zip", "xacle-eval-files.json"
    ]  # fmt: skip


def test_json_is_the_result_of_the_python_function(folder):
    """The document has the files, phases, scores and notes, and no absolute path."""
    code, out, _ = run("evalai", "-c", "wmt/challenge.toml", "-o", "out", "-f", "json", "-q")
    assert code == 0
    document = json.loads(out)
    assert document["schema"] == "xacle-eval/export-bundle/1"
    assert str(folder) not in out
    found = xe.export("evalai", "out", challenge="wmt/challenge.toml")
    assert json.loads(found.to_json()) == document
    assert (document["platform"], document["demo"], document["upload"]) == (
        "evalai", False, "wmt-evalai.zip"
    )  # fmt: skip
    assert [phase["pairs"] for phase in document["phases"]] == [58, 86]
    assert document["phases"][0]["scores"][0] == {
        "key": "KTAU", "metric": "KTAU", "target": "", "level": "pair",
        "higher_is_better": True, "decimals": 1, "step": None,
    }  # fmt: skip
    assert repr(found).startswith("<ExportedBundle wmt for evalai, 2 phases, 11 files>")
    assert "Scores in ranking order" in str(found)


def test_edited_files_and_other_folders_are_kept(folder):
    """An edited page is replaced only with --force; a folder of other files never is."""
    command = ("codabench", "-c", "wmt/challenge.toml", "-o", "out")
    assert run(*command)[0] == 0
    archive = (folder / "out" / "wmt-codabench.zip").read_bytes()
    assert run(*command)[0] == 0
    assert (folder / "out" / "wmt-codabench.zip").read_bytes() == archive
    page = folder / "out" / "bundle" / "pages" / "terms.md"
    page.write_text("My terms.\n")
    code, out, err = run(*command)
    assert (code, out) == (2, "")
    assert "bundle/pages/terms.md" in err
    assert "--force" in err
    assert page.read_text() == "My terms.\n"
    assert run(*command, "--force")[0] == 0
    assert page.read_text().startswith("PLACEHOLDER")
    assert run("evalai", *command[1:])[0] == 2
    assert run("codabench", "-c", "wmt/challenge.toml", "-o", "wmt")[0] == 2


def test_demo_ratings_have_the_banner(folder):
    """Nobody overlooks that the labels are synthetic."""
    phases = PHASES.replace("{split}", "test")
    (folder / "demo.toml").write_text(f'extends = "xacle2026"\nname = "mine"\n{phases}')
    code, out, err = run("codabench", "-c", "demo.toml", "-o", "out")
    assert code == 0
    assert err.startswith("DEMO RATINGS: no references were given")
    assert "DEMO RATINGS, not a real challenge: XACLE Challenge 2026" in out


def test_references_texts_and_contact(folder):
    """References, own texts and the address come from options."""
    shutil.copytree(DATA / "challenges" / "relate", folder / "relate")
    file = folder / "relate" / "challenge.toml"
    file.write_text(file.read_text() + PHASES.replace("{split}", "kept"))
    (folder / "terms.md").write_text("Be fair.\n")
    command = ("codabench", "-c", str(file), "-o", "out", "--text", "terms=terms.md")
    code, _, err = run(*command)
    assert code == 2
    assert "--references" in err
    code, out, _ = run(*command, "-r", "relate/ratings.csv", "--contact", "a@example.org")
    assert code == 0
    assert "placeholder" not in out
    assert (folder / "out/bundle/pages/terms.md").read_text() == "Be fair.\n"
    assert "contact_email: a@example.org" in (folder / "out/bundle/competition.yaml").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "nothing to do; pass PLATFORM and --output OUT/"),
        (("-o", "out"), "PLATFORM is missing; expected codabench, evalai or huggingface"),
        (("codabench", "-o", "out"), "phases: there is none"),
        (("codabench", "-o", "out", "--check", "x"), "leave out --output"),
        (("codabench", "-o", "out", "-f", "sarif"), "--format sarif needs --check"),
        (("codabench", "-o", "out", "--text", "terms"), "expected PAGE=FILE"),
        (("codabench", "-o", "out", "--text", "terms=a", "--text", "terms=b"), "given twice"),
        (("huggingface", "--check", "x"), "--check knows no bundle for huggingface"),
        (("huggingface", "-o", "out", "--try", "x"), "--try knows no bundle for huggingface"),
        (("codabench", "-o", "-"), "a bundle is a folder and a ZIP; name a folder"),
        (("codabench", "-o", "wmt/ratings.tsv", "-r", "wmt/ratings.tsv"), "would be overwritten"),
    ],
)  # fmt: skip
def test_calls_that_are_refused(arguments, message, folder):
    """Each refusal says what to pass, and nothing is written."""
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert message in err
    assert not (folder / "out").exists()


def test_an_own_metric_is_refused(folder):
    """The scorer is one file without numpy, so a metric of own code cannot be in it."""
    file = folder / "wmt" / "challenge.toml"
    (folder / "wmt" / "mine.py").write_text(
        "import xacle_eval as xe\n"
        "METRIC = xe.Metric('MINE', lambda x, y: float(abs(x - y).max()), higher_is_better=False)\n"
    )
    text = file.read_text().replace(
        "delimiter =", 'metrics = ["KTAU", "LCC", "SRCC", "MSE", "mine:METRIC"]\ndelimiter ='
    )
    shown = 'metrics = ["KTAU", "LCC", "SRCC", "MSE", "MINE"]\ndecimals = 4'
    file.write_text(text.replace('metrics = ["KTAU", "LCC", "SRCC", "MSE"]\ndecimals = 4', shown))
    code, _, err = run("codabench", "-c", str(file), "-o", "out", "--allow-code")
    assert code == 2
    assert "MINE: a metric of your own code" in err
