"""Missing parts are found before the preparation, which can take an hour."""

import csv
import re
import shutil

import pytest

torch = pytest.importorskip("torch", reason="the extra [neural] is not installed")
pytest.importorskip("transformers", reason="the extra [neural] is not installed")

from reference.errors import RecipeError  # noqa: E402
from reference.neural import predicting, preparation, training  # noqa: E402
from reference.neural.predicting import predict  # noqa: E402
from reference.neural.training import train  # noqa: E402
from reference.neural.weights import build_model, save_checkpoint  # noqa: E402
from tests.reference.neural.test_training import change_settings  # noqa: E402


def broken_clip(folder):
    """Damage the last clip of the validation split."""
    clip = sorted((folder / "wav/validation").iterdir())[-1]
    clip.write_bytes(b"OggS" + bytes(40))


def equal_scores(folder):
    """Give all validation pairs the same ratings and average."""
    for name in ("validation", "validation_average"):
        path = folder / f"meta_data/{name}.csv"
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            row["score" if "score" in row else "average_score"] = 5
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)


@pytest.mark.parametrize(
    ("change", "damage", "says"),
    [
        ({"encoders": {"audio": "/nowhere/byol.pth"}}, None, "byol.pth cannot be read"),
        ({"encoders": {"text": "/nowhere/roberta"}}, None, "/nowhere/roberta cannot be loaded"),
        ({"audio": {"pool": 99}}, None, "fewer frames than audio.pool"),
        ({}, broken_clip, "it looks like an Ogg file"),
        ({}, equal_scores, "at least two different scores"),
    ],
    ids=["byol-a", "roberta", "pool", "clip", "scores"],
)
def test_missing_parts_are_found_first(world, tiny, tmp_path, change, damage, says, monkeypatch):
    """Everything that a run needs is checked before the first clip is read."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    def too_late(*_):
        pytest.fail("the preparation has begun")

    monkeypatch.setattr(training, "normalisation", too_late)
    if damage is not None:
        shutil.copytree(world, tmp_path / "world")
        damage(tmp_path / "world")
        world = tmp_path / "world"
    config = change_settings(tiny, **change)
    with pytest.raises(RecipeError, match=re.escape(says)):
        train(world, tmp_path / "run", config, resume=False, log=lambda _: None)


def test_a_full_disk_is_found_first(world, tiny, tmp_path, monkeypatch):
    """A run that needs more space than the disk has is rejected before it starts."""
    usage = shutil.disk_usage(tmp_path)._replace(free=1_000_000)
    monkeypatch.setattr(preparation.shutil, "disk_usage", lambda _: usage)
    with pytest.raises(RecipeError, match=r"needs about 0\.\d GB of disk space, 0\.0 GB are"):
        train(world, tmp_path / "run", tiny, resume=False, log=lambda _: None)


def test_a_folder_that_cannot_be_written(world, tiny, tmp_path):
    """An output folder that is a file is rejected before the encoders are built."""
    (tmp_path / "run").write_text("")
    with pytest.raises(RecipeError, match="files cannot be written to this folder"):
        train(world, tmp_path / "run" / "x", tiny, resume=False, log=lambda _: None)


def test_a_prediction_is_checked_first(world, tiny, tmp_path, monkeypatch):
    """`predict` finds a damaged clip and an unusable output folder before it computes anything."""
    model, _ = build_model(tiny, 0.0, 1.0)
    save_checkpoint(tmp_path / "model.safetensors", model, tiny, {})
    monkeypatch.setattr(predicting, "predict_scores", lambda *_: pytest.fail("it has begun"))
    (tmp_path / "file").write_text("")
    with pytest.raises(RecipeError, match="files cannot be written to this folder"):
        predict(world, tmp_path / "file/x.csv", tmp_path / "model.safetensors", split="validation")
    shutil.copytree(world, tmp_path / "world")
    broken_clip(tmp_path / "world")
    with pytest.raises(RecipeError, match="it looks like an Ogg file"):
        predict(
            tmp_path / "world",
            tmp_path / "x.csv",
            tmp_path / "model.safetensors",
            split="validation",
        )
    assert not (tmp_path / "x.csv").exists()
