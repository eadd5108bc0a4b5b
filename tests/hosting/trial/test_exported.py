"""Trials on the bundles that ``export`` writes: the scores are those of the toolkit."""

import json

import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.hosting.challenges import copy_challenge, export
from tests.hosting.programs import python
from tests.hosting.single_files import oldest
from tests.hosting.trial.bundles import pack

pytestmark = pytest.mark.long


@pytest.fixture(scope="module", params=["codabench", "evalai"])
def bundle(request, tmp_path_factory):
    """The bundle of a challenge with group scores and two phases, and the file of the challenge."""
    base = tmp_path_factory.mktemp(request.param)
    file = copy_challenge("voicemos", base / "challenge")
    found = export(request.param, file, base / "export")
    return found, base / "export" / "bundle", file


def upload(platform, folder, text):
    """Return the upload of a participant: a ZIP, or the file itself."""
    if platform == "codabench":
        return pack(folder / "upload.zip", {"answer.txt": text})
    (folder / "answer.txt").write_text(text, encoding="utf-8")
    return folder / "answer.txt"


def test_scores_in_all_phases(bundle, tmp_path):
    """Every phase accepts a valid submission, with the rounded scores of the toolkit."""
    found, path, file = bundle
    given = file.parent / "submissions" / "T01" / "answer.txt"
    trial = xe.try_bundle(path, upload(found.platform, tmp_path, given.read_text()))
    assert [run.phase for run in trial.runs] == ["Dev phase", "Final <b>phase</b> $x$ | _y_"]
    challenge = xe.load_challenge(file)
    card = xe.score(given, file.parent / "references.csv", challenge=challenge)
    expected = dict(card.metrics)
    expected |= {f"{k}_system": v for k, v in card.at("system").metrics.items()}
    for run, phase in zip(trial.runs, found.phases, strict=True):
        assert run.accepted
        assert [each.name for each in run.scores] == [each.key for each in phase.scores]
        for score, key in zip(run.scores, phase.scores, strict=True):
            assert float(score.stored) == round(expected[key.key], key.decimals)


@pytest.mark.parametrize("fault", ["nan", "missing row", "binary"])
def test_invalid_submissions_in_all_phases(bundle, tmp_path, fault):
    """An invalid submission fails in every phase; its participant reads why, and no label."""
    found, path, file = bundle
    lines = (file.parent / "submissions" / "T01" / "answer.txt").read_text().splitlines()
    lines[1] = {"nan": lines[1].split(",")[0] + ",nan", "binary": "\0"}.get(fault, "")
    trial = xe.try_bundle(
        path, upload(found.platform, tmp_path, "\n".join(filter(None, lines)) + "\n")
    )
    code = {"nan": "XAC032", "missing row": "XAC024", "binary": "XAC004"}[fault]
    for run in trial.runs:
        assert run.status == "failed"
        assert code in run.participant.stderr
        assert not run.scores or {each.stored for each in run.scores} == {None}
        assert run.participant.files == ()


def test_a_bundle_that_is_not_kept(bundle, tmp_path):
    """With a platform and without --output, the bundle is built, tried and removed."""
    found, path, file = bundle
    platform = found.platform
    if platform == "codabench":
        pytest.skip("one platform is enough, because building takes long")
    given = file.parent / "submissions" / "T01" / "answer.txt"
    sent = upload(platform, tmp_path, given.read_text())
    arguments = ("--challenge", file, "--try", sent, "--phase", "dev", "-f", "json")
    done = xacle_eval("export", platform, *arguments, cwd=tmp_path)
    assert done.code == 0, done.err
    trial = json.loads(done.out)
    assert trial["path"] == f"the {platform} bundle"
    kept = xe.try_bundle(path, sent, phase="dev")
    assert [run["scores"] for run in trial["runs"]] == [
        [score.model_dump(mode="json") for score in run.scores] for run in kept.runs
    ]
    assert sorted(found.name for found in tmp_path.iterdir()) == [sent.name]


def test_the_oldest_interpreter(bundle, tmp_path):
    """The scorer gives the same in the oldest Python that is installed, such as 3.7."""
    found, path, file = bundle
    given = (file.parent / "submissions" / "T01" / "answer.txt").read_text()
    sent = upload(found.platform, tmp_path, given)
    version = oldest()
    old = xe.try_bundle(path, sent, python=python(version))
    assert old.python.startswith(f"{version}.")
    assert old.runs == xe.try_bundle(path, sent).runs
