"""Bundles for Codabench: what the platform reads of them, and what its worker runs."""

import json
import struct
import zlib

import pytest
import yaml

import xacle_eval as xe
from tests.hosting.challenges import PHASES, POLICIES, bundle_files, copy_challenge, unzip
from xacle_eval.challenge.parts import ALL
from xacle_eval.io.zips import zip_bytes


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A challenge with two phases of two parts of a split."""
    base = tmp_path_factory.mktemp("codabench")
    return copy_challenge("wmt", base / "challenge", PHASES + POLICIES)


@pytest.fixture(scope="module")
def files(file):
    """The files of the bundle."""
    return bundle_files("codabench", file, contact="organisers@example.org")


@pytest.fixture(scope="module")
def config(files):
    """``competition.yaml``, as Codabench reads it."""
    return yaml.safe_load(files["competition.yaml"])


def test_every_key_that_codabench_reads(config, files):
    """Required keys, defaults that surprise, and the fact sheet are all written."""
    assert config["version"] == 2
    assert config["title"] == "A challenge of the WMT kind"
    assert config["docker_image"]
    assert config["contact_email"] == "organisers@example.org"
    expected = {
        "registration_auto_approve": True,
        "auto_run_submissions": True,
        "enable_detailed_results": False,
        "show_detailed_results_in_leaderboard": False,
        "show_detailed_results_in_submission_panel": False,
        "can_participants_make_submissions_public": False,
        "make_programs_available": False,
        "make_input_data_available": False,
    }
    assert {key: config[key] for key in expected} == expected
    assert files[config["terms"]].strip()
    assert [page["title"] for page in config["pages"]] == [
        "Overview", "Data", "Submission", "Evaluation", "Rules"
    ]  # fmt: skip
    assert all(files[page["file"]].strip() for page in config["pages"])
    keys = {"key", "type", "title", "selection", "is_required", "is_on_leaderboard"}
    assert list(config["fact_sheet"]) == ["team", "system"]
    for name, question in config["fact_sheet"].items():
        assert set(question) == keys
        assert (question["key"], question["type"], question["selection"]) == (name, "text", "")
        assert (question["is_required"], question["is_on_leaderboard"]) == ("true", "true")


def test_dates_are_quoted_and_in_utc(config, files):
    """Offsets and anywhere on earth become UTC; a phase that touches begins a second later."""
    dev, final = config["phases"]
    assert (dev["start"], dev["end"]) == ("2027-01-01T00:30:00Z", "2027-01-11T11:59:59Z")
    assert (final["start"], final["end"]) == ("2027-01-11T12:00:00Z", "2027-01-21T11:59:59Z")
    assert b"start: '2027-01-01T00:30:00Z'\n" in files["competition.yaml"]


def test_limits_of_phases(config):
    """A missing limit follows from the other one; 0, which means no limit, never occurs."""
    dev, final = config["phases"]
    assert (dev["max_submissions_per_day"], dev["max_submissions"]) == (3, 36)
    assert (final["max_submissions_per_day"], final["max_submissions"]) == (4, 4)
    for phase in config["phases"]:
        assert phase["execution_time_limit"] == 600
        assert (phase["hide_output"], phase["auto_migrate_to_this_phase"]) == (False, False)


def test_the_board_sorts_as_the_challenge_ranks(config):
    """Columns are in ranking order with their directions, and the rule of the board is written."""
    (board,) = config["leaderboards"]
    assert (board["primary_index"], board["submission_rule"]) == (0, "Force_Best")
    columns = board["columns"]
    assert [column["index"] for column in columns] == list(range(len(columns)))
    found = [(c["key"], c["sorting"], c["precision"], c["hidden"]) for c in columns[:4]]
    assert found == [
        ("KTAU", "desc", 4, False), ("LCC", "desc", 4, False),
        ("SRCC", "desc", 4, False), ("MSE", "asc", 2, False),
    ]  # fmt: skip
    levels = [f"{metric}_{level}" for level in ("system", "domain")
              for metric in ("KTAU", "LCC", "SRCC", "MSE")]  # fmt: skip
    assert [column["key"] for column in columns[4:]] == levels
    assert all(len(column["key"]) <= 36 for column in columns)
    assert len(board["key"]) <= 36


def test_labels_are_those_of_the_part_only(file, config, files):
    """Each task has the averages of its part with all digits, and the name of its phase."""
    loaded = xe.load_challenge(file)
    truth = xe.load_references(None, loaded)
    values = dict(zip(loaded.manifest.ids, truth.values.tolist(), strict=True))
    seen = []
    for task, name, part in zip(config["tasks"], ("dev", "final"), ("public", "private"),
                                strict=True):  # fmt: skip
        place = task["reference_data"]
        assert json.loads(files[f"{place}/phase.json"]) == {"phase": name}
        header, *rows = files[f"{place}/labels.csv"].decode().splitlines()
        ids = loaded.with_part(part).scored.ids
        assert header == "id,reference"
        assert rows == [f"{pair},{values[pair]!r}" for pair in ids]
        seen += ids
    assert sorted(seen) == sorted(loaded.with_part(ALL).scored.ids)
    assert len([name for name in files if name.startswith("reference_data/")]) == 4


def test_changed_labels_change_only_the_reference_data(file, files, tmp_path):
    """Nothing that a participant may see depends on a label."""
    ids = xe.load_challenge(file).manifest.ids
    rows = [f"{pair}\t{place % 97}.5" for place, pair in enumerate(ids)]
    other = tmp_path / "labels.tsv"
    other.write_text("\n".join(["segment\tmean_score", *rows]) + "\n", encoding="utf-8")
    found = bundle_files("codabench", file, references=other, contact="organisers@example.org")
    changed = {name for name in files if files[name] != found[name]}
    assert changed == {"reference_data/dev/labels.csv", "reference_data/final/labels.csv"}


def test_the_same_input_gives_the_same_bytes(files, tmp_path):
    """A challenge in another folder has the same files and the same ZIP."""
    file = copy_challenge("wmt", tmp_path / "moved", PHASES + POLICIES)
    found = bundle_files("codabench", file, contact="organisers@example.org")
    assert found == files
    assert zip_bytes(dict(reversed(found.items()))) == zip_bytes(files)
    assert list(unzip(zip_bytes(files))) == sorted(files)


def test_the_logo_is_a_picture(files):
    """The PNG has a size, and as many bytes as it needs."""
    data = files["logo.png"]
    assert data.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    width, height, depth, colour = struct.unpack(">IIBB", data[16:26])
    assert (width, height, depth, colour) == (256, 256, 8, 2)
    start = data.index(b"IDAT")
    size = struct.unpack(">I", data[start - 4 : start])[0]
    assert len(zlib.decompress(data[start + 4 : start + 4 + size])) == height * (1 + 3 * width)


def test_pages_name_what_participants_need(file, files):
    """Columns, an example, metrics, directions, ranking, dates, limits and rule codes are there."""
    pages = {name: data.decode() for name, data in files.items() if name.startswith("pages/")}
    overview, evaluation = pages["pages/overview.md"], pages["pages/evaluation.md"]
    assert "2027-01-01 00:30:00 | 2027-01-11 11:59:59 | test | 3 | no limit" in overview
    assert "`organisers@example.org`" in overview
    assert "58 pairs of the split test are scored: its public part." in evaluation
    assert "ranked by KTAU; ties are broken by LCC, then SRCC, then MSE" in evaluation
    assert "| `MSE` | Mean squared error | each pair | lower | 2 decimals, at most 4" in evaluation
    assert "averages by system" in evaluation
    submission = pages["pages/submission.md"]
    assert "columns `segment`, `score`, separated by tabs" in submission
    assert "    segment\tscore\n    sys" in submission
    assert "xacle-eval validate predictions.tsv" in submission
    assert f"--challenge {xe.load_challenge(file).name}.toml --split test\n" in submission
    assert "`XAC024`" in submission
    rules = pages["pages/rules.md"]
    assert "- Dev phase: Each participant can send 3 valid submissions a day.\n" in rules
    assert ": Each participant can send 4 valid submissions in all.\n" in rules
    assert pages["pages/terms.md"].startswith("PLACEHOLDER")
    # The seed of the parts would tell which pairs are in which part.
    assert all("2026" not in page for page in pages.values())
    assert all("<b>" not in page and "$x$" not in page for page in pages.values())
