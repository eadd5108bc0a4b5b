"""Bundles for EvalAI: what the platform reads of them."""

import pytest
import yaml

import xacle_eval as xe
from tests.hosting.challenges import PHASES, POLICIES, bundle_files, copy_challenge, unzip
from xacle_eval.errors import ChallengeError


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A challenge with two phases of two parts of a split."""
    base = tmp_path_factory.mktemp("evalai")
    return copy_challenge("wmt", base / "challenge", PHASES + POLICIES)


@pytest.fixture(scope="module")
def files(file):
    """The files of the bundle."""
    return bundle_files("evalai", file)


@pytest.fixture(scope="module")
def config(files):
    """``challenge_config.yaml``, as EvalAI reads it."""
    return yaml.safe_load(files["challenge_config.yaml"])


def test_every_named_file_is_there(config, files):
    """The four pages are HTML, each phase has its labels, and the script is a package."""
    names = ("description", "evaluation_details", "terms_and_conditions", "submission_guidelines")
    for name in names:
        assert config[name].endswith(".html")
        assert files[config[name]].strip()
    for phase in config["challenge_phases"]:
        assert files[phase["description"]].strip()
        assert files[phase["test_annotation_file"]].startswith(b"id,reference\n")
    assert files[config["image"]].startswith(b"\x89PNG")
    assert config["evaluation_script"] == "evaluation_script.zip"
    script = unzip(files["evaluation_script.zip"])
    assert list(script) == ["__init__.py", "main.py"]
    assert b"from .main import evaluate\n" in script["__init__.py"]


def test_dates_are_quoted_and_in_utc(config, files):
    """All dates are quoted, have a time, and span the phases; touching phases stay as they are."""
    dev, final = config["challenge_phases"]
    assert (dev["start_date"], dev["end_date"]) == ("2027-01-01T00:30:00Z", "2027-01-11T11:59:59Z")
    assert final["start_date"] == dev["end_date"]
    assert (config["start_date"], config["end_date"]) == (dev["start_date"], final["end_date"])
    text = files["challenge_config.yaml"].decode()
    lines = [line for line in text.splitlines() if "_date: " in line]
    assert len(lines) == 6
    assert all(line.split(": ", 1)[1][0] == "'" for line in lines)


def test_phases_have_limits_and_logs(config):
    """Limits for a day, a month and in all are written; logs are on, and submissions public."""
    dev, final = config["challenge_phases"]
    keys = ("max_submissions_per_day", "max_submissions_per_month", "max_submissions")
    assert [dev[key] for key in keys] == [3, 36, 36]
    assert [final[key] for key in keys] == [4, 4, 4]
    for phase, name in ((dev, "dev"), (final, "final")):
        assert phase["codename"] == name
        assert (phase["disable_logs"], phase["is_submission_public"]) == (False, True)
        assert (phase["is_public"], phase["leaderboard_public"]) == (True, True)


def test_boards_have_every_label_with_its_direction(config):
    """Phases with other scores have a board of their own, with metadata for every label."""
    dev, final = config["leaderboard"]
    assert dev["schema"]["labels"] == ["KTAU", "KTAU_system", "KTAU_domain"]
    assert final["schema"]["labels"][:4] == ["KTAU", "LCC", "SRCC", "MSE"]
    assert final["schema"]["default_order_by"] == "KTAU"
    for board in (dev, final):
        schema = board["schema"]
        assert list(schema["metadata"]) == schema["labels"]
        for label, about in schema["metadata"].items():
            assert about["sort_ascending"] is label.startswith("MSE")


def test_the_splits_of_phases_have_all_keys(config):
    """Each phase maps to its board and part, with all six keys and the direction of the board."""
    assert [each["codename"] for each in config["dataset_splits"]] == [
        "test_public",
        "test_private",
    ]
    first, second = config["challenge_phase_splits"]
    assert first == {
        "challenge_phase_id": 1,
        "leaderboard_id": 1,
        "dataset_split_id": 1,
        "visibility": 3,
        "leaderboard_decimal_precision": 1,
        "is_leaderboard_order_descending": True,
    }
    assert (second["leaderboard_id"], second["dataset_split_id"]) == (2, 2)
    assert second["leaderboard_decimal_precision"] == 4


def test_labels_are_those_of_the_part_only(file, files):
    """The annotations of a phase have its pairs, and no other file depends on labels."""
    loaded = xe.load_challenge(file)
    for name, part in (("dev", "public"), ("final", "private")):
        rows = files[f"annotations/{name}.csv"].decode().splitlines()[1:]
        assert [row.partition(",")[0] for row in rows] == list(loaded.with_part(part).scored.ids)
    ids = loaded.manifest.ids
    other = file.parent / "other.tsv"
    rows = [f"{pair}\t{place % 97}.5" for place, pair in enumerate(ids)]
    other.write_text("\n".join(["segment\tmean_score", *rows]) + "\n", encoding="utf-8")
    found = bundle_files("evalai", file, references=other)
    changed = {name for name in files if files[name] != found[name]}
    assert changed == {"annotations/dev.csv", "annotations/final.csv"}


def test_lower_is_better_for_an_error(tmp_path):
    """A board that an error decides is in ascending order."""
    file = copy_challenge(
        "wmt",
        tmp_path / "challenge",
        changes=[('order = ["KTAU", "LCC", "SRCC", "MSE"]', 'order = ["MSE"]')],
    )
    config = yaml.safe_load(bundle_files("evalai", file)["challenge_config.yaml"])
    assert config["leaderboard"][0]["schema"]["default_order_by"] == "MSE"
    assert config["leaderboard"][0]["schema"]["metadata"]["MSE"]["sort_ascending"] is True
    assert config["challenge_phase_splits"][0]["is_leaderboard_order_descending"] is False


def test_pages_are_html_without_markup_of_the_challenge_file(files):
    """Titles are escaped, and the four pages have what participants need."""
    pages = {name: data.decode() for name, data in files.items() if name.endswith(".html")}
    assert all("<b>phase" not in page for page in pages.values())
    assert "Final &lt;b&gt;phase&lt;/b&gt;" in pages["templates/overview.html"]
    assert "<h2>Data</h2>" in pages["templates/overview.html"]
    assert "<h2>Rules</h2>\n<h3>Submissions</h3>" in pages["templates/submission.html"]
    assert "one participant team" in pages["templates/submission.html"]
    assert "smaller error bar" in pages["templates/evaluation.html"]
    assert "PLACEHOLDER" in pages["templates/terms.html"]


def test_descriptions_of_targets_and_levels(tmp_path):
    """A label says its metric, target and level, and no sentence is repeated."""
    files = bundle_files("evalai", copy_challenge("audiomos2025_track1", tmp_path / "challenge"))
    (board, *_) = yaml.safe_load(files["challenge_config.yaml"])["leaderboard"]
    about = board["schema"]["metadata"]["MI_SRCC_system"]["description"]
    assert about.endswith("coefficient, musical impression, averages by system")
    page = files["templates/evaluation.html"].decode()
    assert "textual alignment: Systems are ranked by SRCC (averages by system); ties" in page
    assert page.count("A correlation is undefined") == 1


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("wmt", "Sorted by KTAU. In the organisers' final ranking, ties are broken by LCC, SRCC, "
                "MSE."),
        # Each target has a board of its own in the final ranking, and a mean no further score.
        ("audiomos2025_track1", "Sorted by MI_SRCC_system."),
        ("voicemos2024_track3", "Sorted by overall_SRCC."),
    ],
)  # fmt: skip
def test_the_order_of_a_board(kind, sentence, tmp_path):
    """A board names the scores that break ties in the final ranking, those of its first target."""
    policies = POLICIES if kind == "wmt" else ""
    file = copy_challenge(kind, tmp_path / "challenge", PHASES + policies)
    config = yaml.safe_load(bundle_files("evalai", file)["challenge_config.yaml"])
    assert config["leaderboard_description"] == sentence


def test_an_end_is_required(tmp_path):
    """A phase without an end is refused with the key to add."""
    text = PHASES.replace("closes = 2027-01-20T23:59:59-12:00\n", "")
    file = copy_challenge("voicemos", tmp_path / "challenge", text)
    with pytest.raises(ChallengeError, match=r"phases\.final: .* add closes = 2027"):
        bundle_files("evalai", file)
    assert bundle_files("codabench", file)


def test_a_title_that_is_too_long_is_refused(tmp_path):
    """EvalAI accepts 100 characters; the mark of demo ratings counts too."""
    file = copy_challenge(
        "voicemos", tmp_path / "challenge",
        changes=[('title = "A challenge of the VoiceMOS kind"', f'title = "{"x" * 100}"')],
    )  # fmt: skip
    assert bundle_files("evalai", file)
    demo = f"""extends = "xacle2026"
name = "mine"
title = "{"x" * 100}"
{PHASES.replace("{split}", "test")}"""
    other = tmp_path / "demo.toml"
    other.write_text(demo, encoding="utf-8")
    with pytest.raises(ChallengeError, match="title: expected at most 100 characters on EvalAI"):
        bundle_files("evalai", other)


def test_the_name_of_a_split_that_is_too_long_is_refused(tmp_path):
    """A data set split of EvalAI is called after split and part, with at most 100 characters."""
    changes = [
        ('default_split = "test"', f'default_split = "{"x" * 94}"'),
        ("[splits.test", f"[splits.{'x' * 94}"),
    ]
    text = PHASES.replace("{split}", "x" * 94) + POLICIES
    file = copy_challenge("wmt", tmp_path / "challenge", text, changes)
    with pytest.raises(ChallengeError, match=r"phases\.final: its split and part: .* got 102 ch"):
        bundle_files("evalai", file)


def test_the_command_of_a_page_quotes_a_split(tmp_path):
    """A split whose name has spaces is one word of the command that checks a file."""
    changes = [
        ('default_split = "test"', 'default_split = "test set"'),
        ("[splits.test", '[splits."test set"'),
    ]
    text = PHASES.replace("{split}", "test set")
    file = copy_challenge("voicemos", tmp_path / "challenge", text, changes)
    page = bundle_files("evalai", file)["templates/submission.html"].decode()
    assert "--split &#x27;test set&#x27;</pre>" in page
