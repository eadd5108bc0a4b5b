"""Trials on Codabench bundles: what the worker and the website do with a submission.

The expected values were compared with the code of Codabench (version of March 2026): the worker
``compute_worker/compute_worker.py``, and ``upload_submission_scores`` of
``src/apps/api/views/submissions.py`` with Django 5.2.
"""

import zipfile
from decimal import Decimal

import pytest

import xacle_eval as xe
from tests.hosting.trial.bundles import COMMAND, COMPETITION, cases, codabench, pack, writing
from xacle_eval.hosting.trial.scores import store_scores

LOOK = """
import json, os, sys
from pathlib import Path
here = Path(sys.argv[1])
files = sorted(f"{p.relative_to(here)}" for p in here.rglob("*") if p.is_file())
print(json.dumps([sys.argv[1:], os.getcwd(), files, (here / "res/metadata").read_text()]))
print(json.dumps({k: v for k, v in os.environ.items() if k not in ("PATH", "LC_CTYPE")}))
print(sorted(os.listdir("/app")) if os.path.exists("/app") else sorted(os.listdir("..")))
sys.stderr.write("XAC032 answer.csv:1: NaN\\x1b[31m\\n")
sys.exit(3)
"""


@pytest.fixture
def upload(tmp_path):
    """A submission as a participant uploads it."""
    return pack(tmp_path / "upload.zip", {"answer.csv": "a,7\n", "more/notes.txt": "x"})


def try_one(bundle, upload, **options):
    """Return the only run of a trial."""
    (run,) = xe.try_bundle(bundle, upload, **options).runs
    return run


def states(run):
    """Return the status and what is stored."""
    return run.status, [each.stored for each in run.scores]


def test_a_valid_submission(tmp_path, upload):
    """Scores are stored with ten decimals, shown rounded, and the result ZIP is kept."""
    trial = xe.try_bundle(codabench(tmp_path / "bundle"), upload)
    (run,) = trial.runs
    assert (run.phase, run.task, run.status, run.state, run.exit_code) == (
        "Test", "Test set", "finished", "Finished", 0
    )  # fmt: skip
    assert [(each.name, each.stored, each.shown) for each in run.scores] == [
        ("SRCC ↑", "0.5123400000", "0.512"),
        ("MSE ↓", "1.5000000000", "1.5"),
    ]
    assert run.accepted
    assert trial.accepted
    assert [each.name for each in run.participant.files] == ["metadata", "scores.json"]
    assert trial.platform == "codabench"
    assert any("Docker" in each for each in trial.not_imitated)
    assert any("codalab/codalab-legacy:py39" in each for each in trial.notes)


def test_where_the_program_runs(tmp_path, upload):
    """Folders, arguments, working directory, environment and the worker's file are as there."""
    run = try_one(codabench(tmp_path / "bundle", LOOK), upload)
    place, environment, folders = run.organiser.stdout.splitlines()
    assert place == (
        '[["/app/input", "/app/output"], "/app/program", ["ref/labels.csv", "res/answer.csv", '
        '"res/metadata", "res/more/notes.txt"], "elapsedTime: null\\nexitCode: null\\n'
        'ingestionElapsedTime: null\\ningestionExitCode: null\\n"]'
    )
    assert environment == (
        '{"HOME": "/app", "PYTHONUNBUFFERED": "1", "http_proxy": "", "https_proxy": ""}'
    )
    assert folders == "['input', 'output', 'program', 'shared']"
    assert run.participant.stderr == "XAC032 answer.csv:1: NaN\\x1b[31m\n"
    assert (run.status, run.state, run.exit_code) == ("failed", "Failed", 3)
    assert run.reason == "Child task failed or non-zero return code (exit status 3)"
    assert [each.stored for each in run.scores] == [None, None]
    assert run.participant.files == ()


def test_the_participant_of_a_phase_that_hides_its_output(tmp_path, upload):
    """hide_output leaves the participant the status; the organiser sees the log.

    The platform reads the text "false" as false.
    """
    config = COMPETITION.replace("tasks: [0]", "tasks: [0]\n    hide_output: true")
    shown = config.replace("hide_output: true", 'hide_output: "false"')
    run = try_one(codabench(tmp_path / "shown", LOOK, config=shown), upload)
    assert run.participant.stderr.startswith("XAC032")
    run = try_one(codabench(tmp_path / "bundle", LOOK, config=config), upload)
    assert run.participant.stderr is None
    assert run.participant.stdout is None
    assert run.organiser.stderr.startswith("XAC032")
    assert any("no reason" in note for note in run.participant.notes)


def test_a_program_that_does_not_end(tmp_path, upload):
    """At the time limit everything is stopped, also what the program started; its log is kept."""
    program = (
        "import subprocess, sys, time\nprint('begin', flush=True)\n"
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\ntime.sleep(60)\n"
    )
    config = COMPETITION.replace("tasks: [0]", "tasks: [0]\n    execution_time_limit: 0.5")
    run = try_one(codabench(tmp_path / "bundle", program, config=config), upload)
    assert run.status == "failed"
    assert run.reason.endswith("non-zero return code (no end within the limit of 0.5 s)")
    assert (run.exit_code, run.participant.stdout) == (None, "begin\n")
    assert any("60 s longer" in note for note in run.organiser.notes)


WRITTEN = {
    "NaN": (writing('{"SRCC": 0.5, "MSE": NaN}'), "finished", [None, None], "NaN"),
    "infinity in an unknown key": (
        writing('{"SRCC": 0.5, "MSE": 1, "x": [-Infinity]}'), "finished", [None, None], "infinity"
    ),
    "a list": (writing([0.5]), "finished", [None, None], "no object"),
    "null": (writing("null"), "finished", [None, None], "no object"),
    "cut off": (writing('{"SRCC": '), "failed", [None, None], "Could not decode scores json"),
    "no UTF-8": (
        "import sys\nopen(sys.argv[2] + '/scores.json', 'wb').write(b'\\xff')\n",
        "finished", [None, None], "UnicodeDecodeError",
    ),
    "no file": ("print('x')", "failed", [None, None], "Could not find scores file"),
    "scores.txt": (
        "import sys\nopen(sys.argv[2] + '/scores.txt', 'w').write('SRCC: 0.5\\nMSE: 1')\n",
        "finished", ["0.5000000000", "1.0000000000"], "",
    ),
    "code in scores.txt": (
        "import sys\n"
        "open(sys.argv[2] + '/scores.txt', 'w').write('!!python/object/apply:id [1]')\n",
        "finished", [None, None], "runs code",
    ),
    "a word after a number": (
        writing({"SRCC": 0.5, "MSE": "low"}), "finished", ["0.5000000000", None], "answers 500"
    ),
    "numbers as text, and true": (
        writing({"SRCC": "0.5", "MSE": True}),
        "finished", ["0.5000000000", "1.0000000000"], "",
    ),
    "a missing and an unknown key": (
        writing({"SRCC": 0.5, "LCC": "x"}), "finished", ["0.5000000000", None], ""
    ),
    "a file called metadata": (
        f"{writing({'SRCC': 0.5, 'MSE': 1})}open(sys.argv[2] + '/metadata', 'w')\n",
        "failed", ["0.5000000000", "1.0000000000"], "already contains a metadata file",
    ),
}  # fmt: skip


QUICK = ("NaN", "a word after a number", "no file", "numbers as text, and true")


@pytest.mark.parametrize("name", cases(WRITTEN, QUICK))
def test_what_a_program_writes(tmp_path, upload, name):
    """Each content of scores.json has the status and the stored scores of the platform."""
    program, status, stored, says = WRITTEN[name]
    run = try_one(codabench(tmp_path / "bundle", program), upload)
    assert states(run) == (status, stored)
    assert says in run.reason
    assert run.accepted == (None not in stored and status == "finished")
    kept = [each.name for each in run.organiser.files]
    crashed = "NaN" in run.reason or "UnicodeDecodeError" in run.reason
    assert ("metadata" in kept) == (status == "finished" and not crashed)


# What a column of Codabench stores, as Django 5.2 with a DecimalField(20, 10) does.
STORED = [
    (0.5, "0.5000000000"), (False, "0.0000000000"), (" 0.5 ", "0.5000000000"), ("1_0", "10"),
    (-0.0, "0.0000000000"), (1e-12, "0.0000000000"), (9999999999, "9999999999"),
    (0.12345678915, "0.1234567891"), ("0.12345678905", "0.1234567891"), ("1e-400", "0"),
    ("NaN", None), ("Infinity", None), ("", None), (None, None), ([1], None), ({}, None),
    (1e10, None), ("9999999999.99999999999", None), (10**400, None), ("0x1", None),
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected"), STORED)
def test_what_a_column_stores(value, expected):
    """A value is a decimal with ten digits on each side, or nothing after it is stored."""
    stored = store_scores({"A": 0.1, "X": value, "Z": 0.2}, ["A", "X", "Z"])
    if expected is None:
        assert list(stored.scores) == ["A"]
        assert "answers 500" in stored.lost
    else:
        assert stored.scores["X"] == Decimal(expected)
        assert list(stored.scores) == ["A", "X", "Z"]
        assert not stored.lost


COMMANDS = {
    "no metadata.yaml": (None, "Could not find scores file"),
    "no command": ("", "Could not find scores file"),
    "a shell": ("cd /app/program && python3 score.py", "exit status 127"),
    "an unknown program": ("python9 score.py", "exit status 127"),
    "no text": ("[python3, score.py]", "is not a text"),
    "an open quotation mark": ("python3 'score.py", "No closing quotation"),
    "variables of old bundles": ("python3 $program/score.py $input $output", ""),
}


@pytest.mark.parametrize("name", cases(COMMANDS, ("no metadata.yaml", "a shell")))
def test_commands(tmp_path, upload, name):
    """A command is split into arguments and started without a shell, or never."""
    command, says = COMMANDS[name]
    run = try_one(codabench(tmp_path / "bundle", command=command), upload)
    assert run.accepted == (not says)
    assert says in run.reason


def test_hostile_submissions(tmp_path):
    """Nothing of a submission is executed or leaves its folder; each has the platform's status."""
    bundle = codabench(tmp_path / "bundle", LOOK)
    trap = tmp_path / "trap"
    command = {"metadata.yaml": f"command: touch {trap}\n", "answer.csv": "a,7\n"}
    cases = {
        "stuck": {"../../outside.txt": "x", "/absolute.txt": "x", "a\\..\\b": "x"},
        "command": command,
        "own": {"metadata": "exitCode: 0\n"},
    }
    runs = {
        name: try_one(bundle, pack(tmp_path / f"{name}.zip", files))
        for name, files in cases.items()
    }
    # Names are cut to paths inside the folder, as ZipFile.extractall does.
    assert '"res/absolute.txt"' in runs["stuck"].organiser.stdout
    assert '"res/outside.txt"' in runs["stuck"].organiser.stdout
    assert not list(tmp_path.rglob("outside.txt"))
    assert (runs["command"].status, trap.exists()) == ("not run", False)
    assert "a trial does not" in runs["command"].reason
    assert (runs["own"].status, runs["own"].reason[:23]) == ("failed", "Metadata file not found")


@pytest.mark.long
def test_files_that_are_no_zip(tmp_path):
    """Another file is refused by the worker; a CSV is packed, because the platform takes ZIPs."""
    bundle = codabench(tmp_path / "bundle", LOOK)
    (tmp_path / "broken.zip").write_bytes(b"PK\3\4 no archive")
    assert try_one(bundle, tmp_path / "broken.zip").reason == "Bad or empty zip file"
    run = try_one(bundle, pack(tmp_path / "empty.zip", {}))
    assert (run.status, run.reason[:23]) == ("failed", "Metadata file not found")
    (tmp_path / "answer.csv").write_text("a,7\n")
    trial = xe.try_bundle(bundle, tmp_path / "answer.csv")
    assert '"res/answer.csv"' in trial.runs[0].organiser.stdout
    assert any("packed into a ZIP" in note for note in trial.notes)


def damaged(folder, name):
    """Write a ZIP whose extraction raises something else than that it is no ZIP."""
    upload = folder / f"{name}.zip"
    entry = zipfile.ZipInfo("x.csv")
    entry.compress_type = zipfile.ZIP_LZMA if name == "LZMA" else zipfile.ZIP_STORED
    with zipfile.ZipFile(upload, "w") as archive:
        archive.writestr(entry, b"a,7\n" * 500)
    data = bytearray(upload.read_bytes())
    if name == "LZMA":
        # The compressed bytes behind the name and the header of the format.
        start = data.find(b"x.csv") + 5 + 9
        data[start : start + 20] = b"\xff" * 20
    else:
        data = data.replace(b"x.csv", b"\0.csv")
    upload.write_bytes(data)
    return upload


@pytest.mark.parametrize("name", ["LZMA", "an empty name"])
def test_zips_that_no_worker_can_unpack(tmp_path, name):
    """Whatever stops the extraction, the worker has no answer to it, and the trial goes on."""
    run = try_one(codabench(tmp_path / "bundle"), damaged(tmp_path, name))
    assert (run.status, run.state) == ("stuck", "Preparing")
    assert run.reason.startswith("the worker ends with an error when it unpacks the submission: ")


def test_encrypted_and_too_large_submissions(tmp_path, monkeypatch):
    """A ZIP with a password stops the worker; one that expands very far is not unpacked here."""
    bundle = codabench(tmp_path / "bundle")
    upload = pack(tmp_path / "upload.zip", {"answer.csv": "a,7\n"})
    data = bytearray(upload.read_bytes())
    for mark, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.find(mark) + offset] |= 1
    locked = tmp_path / "locked.zip"
    locked.write_bytes(data)
    run = try_one(bundle, locked)
    assert (run.status, run.state) == ("stuck", "Preparing")
    assert "password required" in run.reason
    monkeypatch.setattr("xacle_eval.hosting.trial.files.MOST_BYTES", 2000)
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("answer.csv", b"0" * 10_000)
    run = try_one(bundle, bomb)
    assert (run.status, run.accepted) == ("not run", False)
    assert "10,000 bytes" in run.reason


def test_a_folder_that_is_no_bundle_is_not_copied(tmp_path, upload, monkeypatch):
    """A folder without a configuration is refused before a file is copied, a large one, too."""
    bundle, copies = codabench(tmp_path / "bundle"), []
    monkeypatch.setattr("shutil.copytree", lambda *args, **_: copies.append(args))
    with pytest.raises(xe.UsageError, match=r"has neither competition\.yaml nor"):
        xe.try_bundle(bundle / "reference_data", upload, platform="codabench")
    monkeypatch.setattr("xacle_eval.hosting.trial.files.MOST_FILES", 2)
    with pytest.raises(xe.UsageError, match=r"3 files with .* a trial unpacks at most 2 files"):
        xe.try_bundle(bundle, upload)
    assert copies == []


TWO = COMPETITION.replace(
    """    tasks: [0]
""",
    """    tasks: [0]
  - {index: 1, name: Final, start: "2027-02-01 00:00:00", tasks: [1, 0], hide_score_output: true}
""",
).replace(
    "phases:",
    """  - index: 1
    name: Private part
    scoring_program: private.zip
phases:""",
)


def test_all_phases_and_tasks(tmp_path, upload):
    """Every task of every phase has a run; one phase can be chosen."""
    bundle = codabench(tmp_path / "bundle", config=TWO.replace("Force_Best", "Add"))
    pack(
        bundle / "private.zip",
        {"metadata.yaml": f"command: {COMMAND}\n", "score.py": writing({"SRCC": 0.25, "MSE": 2})},
    )
    trial = xe.try_bundle(bundle, upload)
    assert [(run.phase, run.task, run.scores[0].shown) for run in trial.runs] == [
        ("Test", "Test set", "0.512"),
        ("Final", "Private part", "0.25"),
        ("Final", "Test set", "0.512"),
    ]
    assert trial.runs[1].participant.files == ()
    assert trial.runs[1].organiser.files
    assert any("after a click" in note for note in trial.runs[0].participant.notes)
    chosen = xe.try_bundle(bundle, upload, phase="Final")
    assert chosen.runs == trial.runs[1:]
    with pytest.raises(xe.UsageError, match="no phase 'Finale'; did you mean Final"):
        xe.try_bundle(bundle, upload, phase="Finale")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("version: 2", "version: 1", "version must be 2"),
        ("scoring_program: scoring_program.zip", "scoring_program: x.zip", "has no 'x.zip'"),
        ("scoring_program: scoring_program.zip", "scoring_program: ../..", "leads out of"),
        ("scoring_program: scoring_program.zip", f"scoring_program: {'x' * 300}", "too long"),
        ("scoring_program: scoring_program.zip", 'scoring_program: "a\\0b"', "null"),
        ("scoring_program: scoring_program.zip", "key: abc", "exists on the platform only"),
        ("tasks: [0]", "tasks: [7]", "no task with the index '7'"),
        ("tasks: [0]", "tasks: 0", "tasks must be a list"),
        ("phases:", "phase:", "phases must be a list"),
        ("leaderboards:", "leaderboard:", "leaderboards must be a list"),
        ("index: 0, precision: 3", "index: x", "index is not a number"),
        ("tasks: [0]", "tasks: [0", "cannot be read: line"),
    ],
)
def test_bundles_that_cannot_be_tried(tmp_path, upload, old, new, says):
    """A bundle that the platform refuses is a usage error that names the place."""
    bundle = codabench(tmp_path / "bundle", config=COMPETITION.replace(old, new, 1))
    with pytest.raises(xe.UsageError, match=r"competition\.yaml") as error:
        xe.try_bundle(bundle, upload)
    assert says in str(error.value)


def test_an_ingestion_program_is_not_run(tmp_path, upload):
    """A task with an ingestion program is reported as not run, not as anything else."""
    config = COMPETITION.replace("reference_data:", "ingestion_program: reference_data #")
    run = try_one(codabench(tmp_path / "bundle", config=config), upload)
    assert (run.status, run.accepted) == ("not run", False)
    assert "ingestion program" in run.reason


def test_a_packed_bundle_gives_the_same(tmp_path, upload):
    """A bundle as a ZIP gives the same result as its folder, twice the same, and leaves no file."""
    bundle = codabench(tmp_path / "bundle")
    files = {p.relative_to(bundle).as_posix(): p.read_bytes() for p in bundle.rglob("*.*")}
    packed = pack(tmp_path / "bundle.zip", files)
    trials = [xe.try_bundle(path, upload) for path in (bundle, packed, packed)]
    assert len({trial.model_copy(update={"path": ""}).to_json() for trial in trials}) == 1
    assert sorted(p.name for p in bundle.iterdir()) == [
        "competition.yaml", "reference_data", "scoring_program.zip"
    ]  # fmt: skip
