"""The JSON contract: strict, valid by its schema, the same bytes each time, no absolute path."""

import json
import shutil

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from benchmarks.fuzzing.bundles import zip_bytes
from tests.cli.helpers import DATA, EXAMPLE, HIBARI, REFERENCES, SMALL, VOICEMOS, xacle_eval
from tests.hosting.challenges import copy_challenge
from tests.records.ledger.helpers import make_ledger, send
from xacle_eval.cli.main import main
from xacle_eval.reports.formats.documents import DOCUMENTS

PUBLISHED = "system,SRCC,LCC,KTAU,MSE\nA_01,0.5,0.4,0.3,2\nA_02,0.6,0.5,0.4,1\n"
FINDING = {"code", "severity", "title", "message", "line", "column", "count", "hint"}
TASK = ("--challenge", "example/task.toml")
TRACK1 = "challenges/audiomos2025_track1"
TARGETS = ("--challenge", f"{TRACK1}/challenge.toml")
BY_TARGET = "system,target,SRCC,LCC,KTAU,MSE\nA,MI,0.5,0.4,0.3,2\nA,TA,0.6,0.5,0.4,1\n"
HOSTED = ("-c", "challenges/voicemos/hosted.toml")
TRIED = "challenges/voicemos/submissions/T01/answer.txt"
LEDGER = ("--ledger", "ledger/ledger.db", "-c", "ledger/task")
FINAL = ("--phase", "final")
RUNS = {
    "validate": ("validate", "invalid/submissions", *SMALL),
    "score": ("score", "invalid/submissions/constant.csv", *SMALL, *REFERENCES),
    "score of groups": ("score", "challenges/voicemos/submissions/T01/answer.txt", *VOICEMOS),
    "score with intervals": ("score", HIBARI, *EXAMPLE, "--bootstrap", "20"),
    "leaderboard": ("leaderboard", "invalid/submissions", *SMALL, *REFERENCES),
    "leaderboard by team": (
        "leaderboard",
        "example/submissions",
        "no.csv",
        *EXAMPLE,
        "--by",
        "team",
    ),
    "plan": ("plan", "example/ratings.csv", *TASK, "--difference", "0.1", "--listeners", "2,4"),
    "audit": ("audit", *EXAMPLE, "--tries", "4", "--repetitions", "2"),
    "compare": ("compare", HIBARI, HIBARI.replace("1.", "2."), *EXAMPLE, "--bootstrap", "20"),
    "listeners": ("listeners", "example/ratings.csv", *EXAMPLE),
    "listeners screened": ("listeners", "example/ratings.csv", *EXAMPLE, "--screen", "agreement"),
    "rank": ("rank", "published.csv", *EXAMPLE),
    "validate packages": ("validate", "example/packages", *TASK),
    "score-package": ("score", "example/packages/Hibari.zip", *TASK),
    "score-targets": ("score", f"{TRACK1}/submissions/T01.txt", *TARGETS),
    "leaderboard-targets": ("leaderboard", f"{TRACK1}/submissions", *TARGETS, "--bootstrap", "20"),
    "compare-targets": (
        "compare",
        f"{TRACK1}/submissions/T01.txt",
        f"{TRACK1}/submissions/T02.txt",
        *TARGETS,
        "--bootstrap",
        "20",
    ),
    "rank-targets": ("rank", "by_target.csv", *TARGETS),
    "verify": ("verify", "receipt.json", "example/packages/Hibari.zip"),
    "export": ("export", "--check", "bundle.zip"),
    "trial": ("export", "codabench", *HOSTED, "--try", TRIED),
    "ledger-add": ("ledger", "add", "ledger/sent", *LEDGER, *FINAL),
    "ledger-log": ("ledger", "log", *LEDGER),
    "ledger-attempts": ("ledger", "attempts", *LEDGER, "--as-of", "2026-11-17"),
    "ledger-verify": ("ledger", "verify", *LEDGER),
    "ledger-rescore": ("ledger", "rescore", *LEDGER, *FINAL, "-r", "ledger/task/ratings.csv"),
    "export-bundle": ("export", "codabench", "-c", "challenges/voicemos/hosted.toml", "-o", "out"),
}


def strict(text):
    """Parse JSON that must contain neither NaN nor infinity."""

    def refuse(constant):
        raise AssertionError(f"{constant} in JSON")

    return json.loads(text, parse_constant=refuse)


def schema_of(name):
    """Return the schema that the command prints."""
    result = CliRunner().invoke(main, ["schema", name], standalone_mode=False)
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Return a copy of the test data in a folder with another name."""
    folder = tmp_path_factory.mktemp("tree") / "copy"
    shutil.copytree(DATA, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "published.csv").write_text(PUBLISHED)
    (folder / "by_target.csv").write_text(BY_TARGET)
    (folder / "bundle.zip").write_bytes(zip_bytes({"competition.yaml": b"title: A\n"}))
    copy_challenge("voicemos", folder / "hosted").rename(folder / "challenges/voicemos/hosted.toml")
    sent = make_ledger(folder / "ledger")
    (folder / "ledger/sent").mkdir()
    for seed, label in enumerate(("Kumo_01", "Umi_01")):
        send(sent, folder / "ledger/sent", label, f"2026-11-16T0{seed}:00:00Z", seed=seed)
    package = folder / "example/packages/Hibari.zip"
    assert xacle_eval("validate", package, *TASK, "--receipt", folder / "receipt.json").code == 0
    return folder


def test_every_document_is_tried():
    """Every command that has a schema is among the runs of this file, except `report`.

    Its document comes from Python only; tests/evaluation/test_report.py checks it.
    """
    assert {run.split()[0] for run in RUNS} == set(DOCUMENTS) - {"report"}


@pytest.mark.long
@pytest.mark.parametrize("run", RUNS)
def test_documents(run, tree):
    """Each document is valid by its strict schema and contains no absolute path."""
    result = xacle_eval(*RUNS[run], "--format", "json", cwd=tree)
    name = run.split()[0]
    document, schema = strict(result.out), schema_of(name)
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(document)
    assert document["schema"] == f"xacle-eval/{name}/1"
    assert next(iter(document)) == "schema"
    assert str(tree.parent) not in result.out
    assert result.out.endswith("}\n")
    assert list(Draft202012Validator(schema).iter_errors({**document, "schema": None}))


@pytest.mark.long
def test_keys(tree):
    """Every key of the contract is present."""
    checked = strict(xacle_eval(*RUNS["validate"], "--format", "json", cwd=tree).out)
    assert {"schema", "challenge", "submissions"} <= set(checked)
    for one in checked["submissions"]:
        assert {"path", "system", "team", "valid", "pairs", "sha256", "findings"} <= set(one)
        assert all(set(finding) >= FINDING for finding in one["findings"])
    card = strict(xacle_eval(*RUNS["score with intervals"], "--format", "json", cwd=tree).out)
    assert {
        "schema",
        "challenge",
        "references",
        "system",
        "team",
        "n",
        "metrics",
        "undefined",
        "findings",
        "signature",
    } <= set(card)
    assert set(card["references"]) >= {"kind", "sha256", "pairs"}
    assert list(card["metrics"]) == ["SRCC", "LCC", "KTAU", "MSE"]
    assert set(card["intervals"]["SRCC"]) >= {"low", "high"}
    board = strict(xacle_eval(*RUNS["leaderboard"], "--format", "json", cwd=tree).out)
    assert {"schema", "challenge", "order", "decimals", "entries", "unranked", "signature"} <= set(
        board
    )
    assert {"rank", "team", "system", "metrics", "rounded"} <= set(board["entries"][0])
    assert {"path", "findings"} <= set(board["unranked"][0])
    ranks = [entry["rank"] for entry in board["entries"]]
    assert ranks == [1, 1, 1, 1, 1, 6, 7, 8, 9, 10]
    assert board["entries"][8]["undefined"] == ["SRCC", "LCC", "KTAU"]


@pytest.mark.long
@pytest.mark.parametrize("run", ["validate", "leaderboard"])
def test_the_same_bytes(run, tree):
    """Repeated runs, other folders and absolute paths give the same bytes."""
    arguments = (*RUNS[run], "--format", "json")
    first = xacle_eval(*arguments, cwd=tree).out
    assert xacle_eval(*arguments, cwd=DATA).out == first
    absolute = [str(tree / part) if part.startswith("invalid/") else part for part in arguments]
    assert xacle_eval(*absolute, cwd=tree).out == first


def test_programs_get_no_absolute_path(tree, tmp_path):
    """Formats for programs show only the end of an absolute path."""
    path = tree / "invalid" / "submissions" / "id_empty.csv"
    for name in ("json", "junit", "sarif"):
        result = xacle_eval(
            "validate", path, "--challenge", tree / SMALL[1], "--format", name, cwd=tmp_path
        )
        assert "submissions/id_empty.csv" in result.out
        assert str(tree) not in result.out
