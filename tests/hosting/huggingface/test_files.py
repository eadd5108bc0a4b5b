"""The folders that ``export huggingface`` writes, and the loop with them, without the hub."""

import ast
import json
import os
import re
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

import xacle_eval as xe
import xacle_eval.hosting.huggingface.files as made
from tests.hosting.challenges import bundle_files, copy_challenge
from tests.hosting.huggingface.challenge import (
    PAIRS,
    quick_program,
    write_challenge,
    write_project,
)
from xacle_eval.hosting.huggingface.files import repository_name, without_parts
from xacle_eval.hosting.huggingface.project.board import rank_results
from xacle_eval.hosting.huggingface.project.evaluate import Evaluator, run
from xacle_eval.hosting.huggingface.project.intake import Intake
from xacle_eval.hosting.huggingface.project.records import RESULTS, STATUSES, read_statuses
from xacle_eval.hosting.huggingface.project.scorer import Verdict, check_upload
from xacle_eval.hosting.huggingface.project.settings import load_settings
from xacle_eval.hosting.huggingface.project.store import FolderStore
from xacle_eval.hosting.scoring import entry
from xacle_eval.hosting.scoring.data import scorer_data

# What the programs may import beside each other and the standard library, and which of them.
OUTSIDE = {"gradio": {"space/app.py", "evaluator/app.py"}, "huggingface_hub": {"store.py"}}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The folders, with a scorer that uses the toolkit instead of the single file."""
    with pytest.MonkeyPatch.context() as patch:
        return write_project(tmp_path_factory.mktemp("project"), patch)


def written(project):
    """Return the files of an export, without what Python adds beside programs."""
    return [
        path for path in project.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    ]


def front_matter(card):
    """Return the YAML between the two lines at the start of a card."""
    start, text, _ = card.split("---\n", 2)
    assert start == ""
    return yaml.safe_load(text)


def test_the_files(project):
    """Each folder has its files; labels are in the evaluator alone."""
    files = {path.relative_to(project).as_posix() for path in written(project)}
    programs = {"records", "scorer", "settings", "store", "worker", "board", "single_file", "app"}
    expected = {
        "README.md", "xacle-eval-files.json",
        "datasets/submissions/README.md", "datasets/results/README.md",
        "evaluator/labels/open.csv", "evaluator/labels/final.csv", "evaluator/evaluate.py",
        "space/intake.py",
        *(f"space/pages/{number}-{name}.md" for number, name in enumerate(
            ("overview", "data", "submission", "evaluation", "rules", "terms"), 1)),
        *(f"{folder}/{name}" for folder in ("space", "evaluator")
          for name in ("README.md", "config.json", "requirements.txt",
                       *(f"{each}.py" for each in programs))),
    }  # fmt: skip
    assert files == expected
    labels = dict(
        line.split(",") for line in (project.parent / "labels.csv").read_text().splitlines()[1:]
    )
    rows = (project / "evaluator/labels/final.csv").read_text().splitlines()[1:]
    assert {row.split(",")[0]: float(row.split(",")[1]) for row in rows} == {
        pair: float(value) for pair, value in labels.items()
    }
    assert len((project / "evaluator/labels/open.csv").read_text().splitlines()) == 1 + PAIRS / 2
    pairs = re.compile("|".join(f"{pair},{value}" for pair, value in labels.items()))
    for file in files - {"evaluator/labels/open.csv", "evaluator/labels/final.csv"}:
        assert not pairs.search((project / file).read_text(encoding="utf-8")), file


def test_the_public_program_knows_no_parts(project):
    """Which pairs are in the public part is nowhere in the Space, but in the evaluator."""
    challenge = xe.load_challenge(project.parent / "kumo.toml")
    positions = scorer_data(challenge)["phases"]["open"]["positions"]
    assert len(positions) == PAIRS / 2
    public = scorer_data(without_parts(challenge))["phases"]["open"]
    assert (public["positions"], public["groups"], public["part"]) == (None, {}, "all")
    listed = json.dumps(positions).strip("[]")
    for folder, there in (("space", False), ("evaluator", True)):
        texts = [path.read_text() for path in written(project / folder)]
        assert any(listed in text for text in texts) is there


@pytest.mark.parametrize(
    ("keys", "limits"),
    [
        ("valid_per_day = 20\nvalid_total = 100\n", (20, 100)),
        ("valid_per_day = 20\n", (20, None)),
        ("valid_total = 100\n", (None, 100)),
        ("", (2, 10)),
    ],
)
def test_limits(tmp_path, monkeypatch, keys, limits):
    """A limit that the challenge file does not have is none; without any, there are defaults."""
    path = write_challenge(tmp_path)
    text = path.read_text().replace("valid_per_day = 20\nvalid_total = 100\n", keys)
    path.write_text(text)
    monkeypatch.setattr(made, "single_file", quick_program)
    phases = json.loads(bundle_files("huggingface", path)["space/config.json"])["phases"]
    assert (phases["open"]["valid_per_day"], phases["open"]["valid_total"]) == limits


@pytest.mark.parametrize("folder", ["space", "evaluator"])
def test_the_programs(project, folder):
    """Every program compiles, and imports only what is beside it, required, or part of Python."""
    beside = {path.stem for path in (project / folder).glob("*.py")}
    for file in (project / folder).glob("*.py"):
        text = file.read_text(encoding="utf-8")
        compile(text, str(file), "exec")
        assert file.stem == "single_file" or "xacle_eval.hosting" not in text
        for node in ast.walk(ast.parse(text)) if file.stem != "single_file" else ():
            names = [node.module] if isinstance(node, ast.ImportFrom) else []
            names += [each.name for each in node.names] if isinstance(node, ast.Import) else []
            for name in {each.partition(".")[0] for each in names}:
                known = name in beside or name in sys.stdlib_module_names
                places = OUTSIDE.get(name, set())
                assert known or {file.name, f"{folder}/{file.name}"} & places, f"{file}: {name}"
    required = (project / folder / "requirements.txt").read_text()
    assert re.findall(r"^(\w+)", required, re.MULTILINE) == list(OUTSIDE)


def test_cards_and_instructions(project):
    """The front matter is what the hub reads, and each command names the folder that it uploads."""
    space = front_matter((project / "space/README.md").read_text(encoding="utf-8"))
    assert space["title"] == "Kumo challenge 2027 & <friends>"
    assert (space["sdk"], space["app_file"], space["hf_oauth"]) == ("gradio", "app.py", True)
    assert isinstance(space["sdk_version"], str)
    evaluator = front_matter((project / "evaluator/README.md").read_text(encoding="utf-8"))
    assert "hf_oauth" not in evaluator
    results = front_matter((project / "datasets/results/README.md").read_text(encoding="utf-8"))
    assert results["configs"] == [{"config_name": "default", "data_files": RESULTS}]
    text = (project / "README.md").read_text(encoding="utf-8")
    assert text.startswith("# Kumo challenge 2027 &amp; &lt;friends&gt; on Hugging Face\n")
    created = re.findall(
        r"hf repos create \$OWNER/(\S+) --type (\w+) .*(--\w+)$", text, re.MULTILINE
    )
    assert created == [
        ("kumo2027-submissions", "dataset", "--private"),
        ("kumo2027-results", "dataset", "--public"),
        ("kumo2027-evaluator", "space", "--private"),
        ("kumo2027", "space", "--public"),
    ]
    uploaded = re.findall(r"hf upload \$OWNER/(\S+) (\S+) \. --type (\w+)", text)
    assert {name: folder for name, folder, _ in uploaded} == {
        "kumo2027-submissions": "datasets/submissions",
        "kumo2027-results": "datasets/results",
        "kumo2027-evaluator": "evaluator",
        "kumo2027": "space",
    }
    assert all((project / folder).is_dir() for _, folder, _ in uploaded)
    assert "$name" not in text


def test_a_title_of_any_letters(tmp_path, monkeypatch):
    """Quotes, backslashes, dollars and emoji come back from the YAML of the cards."""
    title = 'Kumo \U0001f3b5 "1": $name\\ \u00e9'
    path = write_challenge(tmp_path)
    path.write_text(
        path.read_text().replace('"Kumo challenge 2027 & <friends>"', f"'{title}'"),
        encoding="utf-8",
    )
    monkeypatch.setattr(made, "single_file", quick_program)
    files = bundle_files("huggingface", path)
    for name, key, end in (
        ("space", "title", ""),
        ("datasets/submissions", "pretty_name", ": submissions"),
        ("datasets/results", "pretty_name", ": results"),
    ):
        assert front_matter(files[f"{name}/README.md"].decode())[key] == title + end


def test_rules_and_the_folder_without_a_bundle(project):
    """The limit of valid and invalid uploads is a rule; the export is not a bundle to check."""
    rules = (project / "space/pages/5-rules.md").read_text(encoding="utf-8")
    assert "- Open phase: At most 40 submissions a day, valid and invalid ones.\n" in rules
    with pytest.raises(xe.UsageError, match="has no bundle to check"):
        xe.check_bundle(project)


def in_process(challenge):
    """Return the check and the scorer of a challenge, without a process of their own."""
    data = json.loads(json.dumps(scorer_data(challenge)))
    public = json.loads(json.dumps(scorer_data(without_parts(challenge))))

    def answer(found, best):
        improved = best is None or found["scores"] != best
        return Verdict(
            found["valid"],
            found["message"],
            found["scores"],
            improved=improved,
            absent=found["absent"],
        )

    def check(name, content, phase):
        with upload(name, content) as path:
            return answer(entry.check_upload(public, path, phase), None)

    def score(name, content, phase, labels, best):
        with upload(name, content) as path:
            return answer(entry.score_upload(data, path, str(labels), phase, best), best)

    return check, score


@contextmanager
def upload(name, content):
    """Give the path of a file with a content."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        yield str(path)


def submit_all(project, store, check):
    """Submit the predictions of two teams and a baseline, and an invalid file."""
    intake = Intake(store, load_settings(project / "space"), check)
    for number, account in ((2, "a"), (0, "b"), (1, "organisers")):
        file = project.parent / f"Kumo_{number:02}.csv"
        assert intake.submit(str(file), "open", f"Kumo {number}", account).good
    bad = intake.submit(str(project.parent / "Bad_01.csv"), "open", "Bad", "a")
    assert not bad.good
    assert "XAC024" in bad.text


def compare(project, store):
    """Assert that the published results are the toolkit's, rounded, and ranked."""
    records = [json.loads(line) for line in store.read("results", RESULTS).splitlines()]
    challenge = xe.load_challenge(project.parent / "kumo.toml").with_part("public")
    for record in records:
        file = project.parent / f"Kumo_{int(record['system'][-1]):02}.csv"
        exact = xe.score(file, challenge=challenge).metrics
        assert record["scores"] == pytest.approx(
            {name: round(exact[name], 2) for name in ("SRCC", "LCC", "KTAU", "MSE")}
        )
    phase = load_settings(project / "space").phases["open"]
    rows = rank_results(records, phase, phase.boards[0], by_team=True)
    found = [(row.rank, row.record["account"]) for row in rows]
    assert found == [(1, "b"), (None, "organisers"), (2, "a")]
    statuses = read_statuses(store.read("submissions", STATUSES))
    assert [each.outcome for each in statuses] == [*["scored"] * 3, "invalid"]


def test_from_an_upload_to_the_leaderboard(project, tmp_path):
    """With the settings and labels of an export: check, upload, score, rank."""
    check, score = in_process(xe.load_challenge(project.parent / "kumo.toml"))
    store = FolderStore(tmp_path)
    submit_all(project, store, check)
    settings = load_settings(project / "evaluator")
    evaluator = Evaluator(store, settings, project / "evaluator" / "labels", score)
    run(evaluator.step, once=True)
    compare(project, store)


TARGETS = """
[phases.test]
opens = 2020-01-01T00:00:00Z
closes = 2090-01-01T00:00:00Z

[publish.phase.test]
metrics = ["SRCC", "LCC", "KTAU"]
decimals = 3
"""


@pytest.mark.parametrize("overall", ["mean", "mean-rank"])
def test_a_system_without_an_optional_target(tmp_path, monkeypatch, overall):
    """Every leaderboard has the systems and ranks of the toolkit's, which has no filler scores."""
    monkeypatch.setattr(made, "single_file", quick_program)
    changes = [('overall = "mean"', f'overall = "{overall}"')]
    file = copy_challenge("voicemos2024_track3", tmp_path / "challenge", TARGETS, changes)
    write_without(file.parent)
    space = tmp_path / "space"
    (space / "labels").mkdir(parents=True)
    files = bundle_files("huggingface", file)
    (space / "config.json").write_bytes(files["evaluator/config.json"])
    (space / "labels" / "test.csv").write_bytes(files["evaluator/labels/test.csv"])
    settings, store = load_settings(space), FolderStore(tmp_path / "store")
    check, score = in_process(xe.load_challenge(file))
    for path in sorted((file.parent / "submissions").glob("*.csv")):
        assert Intake(store, settings, check).submit(str(path), "test", path.stem, path.stem).good
    run(Evaluator(store, settings, space / "labels", score).step, once=True)
    records = [json.loads(line) for line in store.read("results", RESULTS).splitlines()]
    phase = settings.phases["test"]
    found = {
        board.name: [
            (row.rank, row.record["system"])
            for row in rank_results(records, phase, board, by_team=False)
        ]
        for board in phase.boards
    }
    boards = xe.leaderboard(file.parent / "submissions", challenge=file)
    expected = {"overall": boards.overall, **boards.targets}
    assert found == {
        name: [(entry.rank, entry.system) for entry in board.entries]
        for name, board in expected.items()
    }
    assert [len(found[name]) for name in ("overall", "SIG", "BAK", "OVRL")] == [2, 3, 2, 3]
    without = next(each for each in records if each["system"] == "Umi")
    assert without["absent"] == ["BAK"]
    assert {key.partition("_")[0] for key in without["scores"]} == {"SIG", "OVRL"}


def write_without(folder):
    """Replace the predictions that have no target BAK by the best ones of the others."""
    ratings = [row.split(",") for row in (folder / "ratings.csv").read_text().splitlines()]
    place = {name: ratings[0].index(name) for name in ("file_id", "SIG", "OVRL")}
    rows = {row[place["file_id"]]: [row[place[name]] for name in place] for row in ratings[1:]}
    lines = [",".join(place), *(",".join(row) for row in rows.values())]
    (folder / "submissions" / "Umi.csv").write_text("\n".join(lines) + "\n")


@pytest.mark.long
def test_the_programs_with_the_single_file(tmp_path):
    """The written programs themselves, with the real single file, in processes of their own."""
    project = write_project(tmp_path)
    store = FolderStore(tmp_path / "store")
    submit_all(
        project, store, lambda name, data, phase: check_upload(project / "space", name, data, phase)
    )
    for _ in range(2):
        done = evaluate(project / "evaluator", XACLE_EVAL_STORE=f"folder:{tmp_path / 'store'}")
        assert done.returncode == 0, done.stderr
    assert store.head("results") == "1"
    compare(project, store)
    config = project / "evaluator" / "config.json"
    config.write_text(config.read_text().replace('"error_bars": false', '"error_bars": true'))
    labels = project / "evaluator" / "labels" / "open.csv"
    labels.write_text(labels.read_text() + "\n")
    done = evaluate(project / "evaluator", XACLE_EVAL_STORE=f"folder:{tmp_path / 'store'}")
    assert done.returncode == 0, done.stderr
    outcomes = [each.outcome for each in read_statuses(store.read("submissions", STATUSES))]
    assert sorted(outcomes) == [*["failed"] * 3, "invalid"]
    labels.write_text(labels.read_text().rstrip("\n") + "\n")
    done = evaluate(
        project / "evaluator", "--retry", XACLE_EVAL_STORE=f"folder:{tmp_path / 'store'}"
    )
    assert done.returncode == 0, done.stderr
    compare(project, store)
    records = [json.loads(line) for line in store.read("results", RESULTS).splitlines()]
    for record in records:
        assert set(record["errors"]) == set(record["scores"])
        assert 0 < record["errors"]["SRCC"] < 0.3


def evaluate(folder, *options, **variables):
    """Run the evaluator's command once."""
    return subprocess.run(
        [sys.executable, str(folder / "evaluate.py"), "--once", *options],
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_evaluator_without_labels(project, tmp_path):
    """The command of the evaluator says in one line what is missing."""
    copy = tmp_path / "evaluator"
    copy.mkdir()
    for file in (project / "evaluator").glob("*.*"):
        (copy / file.name).write_bytes(file.read_bytes())
    check, _ = in_process(xe.load_challenge(project.parent / "kumo.toml"))
    submit_all(project, FolderStore(tmp_path / "store"), check)
    for variables, message in (
        (
            {"XACLE_EVAL_STORE": f"folder:{tmp_path / 'store'}"},
            "no labels of the phase open: add labels/open.csv",
        ),
        ({}, "set the secret HF_TOKEN"),
    ):
        done = evaluate(copy, **variables)
        assert done.returncode == 1
        assert done.stderr.startswith(f"evaluate.py: {message}"), done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "expected"),
    [("kumo2027", "kumo2027"), ("a--b..c", "a-b-c"), ("x.git", "x"), ("n" * 60, "n" * 60)],
)
def test_names_of_repositories(tmp_path, name, expected):
    """A name that Hugging Face refuses is changed."""
    path = write_challenge(tmp_path)
    path.write_text(path.read_text().replace('"kumo2027"', f'"{name}"'))
    assert repository_name(xe.load_challenge(path)) == expected


def test_the_same_bytes(project, tmp_path, monkeypatch):
    """The same challenge gives the same files."""
    again = write_project(tmp_path, monkeypatch)
    for file in written(project):
        other = again / Path(file).relative_to(project)
        assert file.read_bytes() == other.read_bytes(), file
