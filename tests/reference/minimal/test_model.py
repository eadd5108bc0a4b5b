"""The predictor: its solver compared with a direct one, its model file, and training."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import xacle_eval as xe
from reference.errors import RecipeError
from reference.minimal.cache import clip_features
from reference.minimal.model import Config, Model, load_model, save_model
from reference.minimal.training import PLAIN, Examples, Trained, _rotate, _solve, train
from reference.world import WorldConfig, plan, render
from tests.reference.builders import wav

SMALL = WorldConfig(seed=11, n_train=400, n_validation=100, n_test=300, seconds=2.0)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Examples]:
    """Return the features of a small world."""
    folder = tmp_path_factory.mktemp("world")
    planned = plan(SMALL)
    result = {}
    for name in ("train", "validation", "test"):
        pairs = planned.split(name)
        paths = [folder / pair.wav_file_name for pair in pairs]
        for path, pair in zip(paths, pairs, strict=True):
            path.write_bytes(wav(render(pair, SMALL)))
        scores = np.array([pair.average for pair in pairs])
        result[name] = Examples(clip_features(paths), [pair.text for pair in pairs], scores)
    return result


@pytest.fixture(scope="module")
def trained(world: dict[str, Examples]) -> Trained:
    """Return the baseline, trained on the small world."""
    return train(Config(), world["train"], world["validation"])


def srcc_of(model: Model, examples: Examples, statistics: np.ndarray | None = None) -> float:
    shown = examples.statistics if statistics is None else statistics
    return xe.metrics.srcc(model.predict(shown, examples.texts), examples.scores)


def test_conjugate_gradients_reach_the_solution_of_the_normal_equations() -> None:
    """W equals the direct solution of the loss over all n² mismatched pairs."""
    rng = np.random.default_rng(5)
    left, right, targets = rng.normal(size=(30, 4)), rng.normal(size=(30, 6)), rng.normal(size=30)
    mismatch, ridge = 0.7, 0.4
    rows = np.einsum("ia,ib->iab", left, right).reshape(30, -1)
    crossed = np.einsum("ia,jb->ijab", left, right).reshape(900, -1)
    normal = rows.T @ rows + mismatch * 30 * crossed.T @ crossed / 900 + ridge * np.eye(24)
    expected = np.linalg.solve(normal, rows.T @ targets).reshape(4, 6)
    turned_left, audio_axes, audio_power = _rotate(left, 4)
    turned_right, text_axes, text_power = _rotate(right, 6)
    moments = 30 * np.outer(audio_power, text_power)
    found = _solve(turned_left, turned_right, targets, moments, mismatch, ridge)
    assert audio_axes @ found @ text_axes.T == pytest.approx(
        expected, abs=2e-3 * np.abs(expected).max()
    )


@pytest.mark.long
def test_the_baseline_uses_both_sides(world: dict[str, Examples], trained: Trained) -> None:
    """On a small world the predictor is far better than with one side or shuffled clips."""
    test = world["test"]
    both = srcc_of(trained.model, test)
    order = np.random.default_rng(0).permutation(len(test.texts))
    shuffled = srcc_of(trained.model, test, test.statistics[order])
    one_sided = [
        srcc_of(train(Config(sides=sides), world["train"], world["validation"]).model, test)
        for sides in ("audio", "text")
    ]
    assert both > 0.35
    assert abs(shuffled) < 0.2
    assert max(one_sided) < both - 0.2


def test_a_one_sided_model_ignores_the_other_side(world: dict[str, Examples]) -> None:
    """An audio-only model gives equal scores for any captions, a text-only one for any sounds."""
    small = {name: cut(world[name], 60) for name in world}
    audio = train(Config(sides="audio"), small["train"], small["validation"]).model
    text = train(Config(sides="text"), small["train"], small["validation"]).model
    test = small["test"]
    there = audio.predict(test.statistics, test.texts)
    assert np.array_equal(there, audio.predict(test.statistics, test.texts[::-1]))
    assert np.array_equal(
        text.predict(test.statistics, test.texts), text.predict(test.statistics[::-1], test.texts)
    )
    assert np.ptp(there) > 0


def cut(examples: Examples, count: int) -> Examples:
    """The first pairs."""
    return Examples(examples.statistics[:count], examples.texts[:count], examples.scores[:count])


def test_regularisation_is_chosen_by_srcc_on_validation(
    world: dict[str, Examples], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No candidate is better on the validation pairs than the chosen one."""
    from reference.minimal import training

    chosen = train(PLAIN, world["train"], world["validation"])
    assert chosen.validation_srcc == pytest.approx(
        srcc_of(chosen.model, world["validation"]), abs=5e-3
    )
    for ridge in training.RIDGES[::3]:
        monkeypatch.setattr(training, "RIDGES", (ridge,))
        assert (
            train(PLAIN, world["train"], world["validation"]).validation_srcc
            <= chosen.validation_srcc
        )


def test_scores_are_on_the_scale_and_fit_the_ratings(
    world: dict[str, Examples], trained: Trained
) -> None:
    """Predictions are in 0 to 10, and a line fitted on validation cannot improve them."""
    assert 0 <= trained.model.predict(world["test"].statistics, world["test"].texts).min()
    assert trained.model.predict(world["test"].statistics, world["test"].texts).max() <= 10
    validation = world["validation"]
    raw = trained.model.raw_scores(validation.statistics, validation.texts)
    assert np.polyfit(raw, validation.scores, 1) == pytest.approx([1.0, 0.0], abs=1e-6)


def test_equal_scores_train_a_constant(world: dict[str, Examples]) -> None:
    """If all scores are equal, training does not warn and the model predicts this score."""
    small = cut(world["train"], 30)
    flat = replace(small, scores=np.full(30, 6.0))
    model = train(PLAIN, flat, flat).model
    assert model.predict(flat.statistics, flat.texts) == pytest.approx(np.full(30, 6.0))


def test_a_saved_model_predicts_the_same_bytes(
    tmp_path: Path, world: dict[str, Examples], trained: Trained
) -> None:
    """A loaded model predicts bit for bit the same, and saving it again gives the same file."""
    save_model(trained.model, tmp_path / "m.npz")
    loaded = load_model(tmp_path / "m.npz")
    test = world["test"]
    before, after = (
        model.predict(test.statistics, test.texts) for model in (trained.model, loaded)
    )
    assert before.tobytes() == after.tobytes()
    save_model(loaded, tmp_path / "again.npz")
    assert (tmp_path / "m.npz").read_bytes() == (tmp_path / "again.npz").read_bytes()


def test_a_model_file_contains_only_plain_arrays(tmp_path: Path, trained: Trained) -> None:
    """Every member of the file is an array that loads without pickle."""
    save_model(trained.model, tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz", allow_pickle=False) as file:
        assert all(file[name].dtype.kind in "fU" for name in file.files)
        assert json.loads(str(file["header"]))["config"]["sides"] == "both"


class Bomb:
    """An object whose unpickling would write a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return (Path.touch, (self.path,))


def test_a_pickle_in_a_model_file_is_rejected(tmp_path: Path) -> None:
    """A pickled object, alone or in an archive, is rejected and its code does not run."""
    (tmp_path / "a.npz").write_bytes(pickle.dumps(Bomb(tmp_path / "ran")))
    np.savez(tmp_path / "b.npz", header=np.array([Bomb(tmp_path / "ran")], dtype=object))
    for name in ("a.npz", "b.npz"):
        with pytest.raises(RecipeError, match="is not a model of this recipe"):
            load_model(tmp_path / name)
    assert not (tmp_path / "ran").exists()


def test_other_files_are_rejected_with_the_reason(tmp_path: Path, trained: Trained) -> None:
    """The error names the reason for missing, foreign, truncated and inconsistent files."""
    save_model(trained.model, tmp_path / "m.npz")
    with np.load(tmp_path / "m.npz") as file:
        arrays = {name: file[name] for name in file.files}
    header = json.loads(str(arrays["header"]))
    cases = {
        "no such file": None,
        "not an .npz archive": b"RIFF",
        "a single array": npy(np.zeros(3)),
        "no header": npz(weights=np.zeros(3)),
        "from another program": npz(header=np.array('{"format": "x"}')),
        "has version": npz(header=np.array(json.dumps({**header, "version": 99}))),
        "incomplete": npz(header=arrays["header"]),
        "arrays are invalid": npz(**{**arrays, "weights": arrays["weights"][:-1]}),
        "unknown names": npz(
            **{
                **arrays,
                "header": np.array(
                    json.dumps({**header, "config": {**header["config"], "groups": ["x"]}})
                ),
            }
        ),
    }
    for number, (said, data) in enumerate(cases.items()):
        path = tmp_path / f"{number}.npz"
        if data is not None:
            path.write_bytes(data)
        with pytest.raises(RecipeError) as caught:
            load_model(path)
        assert said.lower() in str(caught.value).lower()
        assert str(path) in str(caught.value)
        assert "python -m reference train" in str(caught.value)
    cut_short = (tmp_path / "m.npz").read_bytes()[:5000]
    (tmp_path / "cut.npz").write_bytes(cut_short)
    with pytest.raises(RecipeError, match=r"not an \.npz archive"):
        load_model(tmp_path / "cut.npz")


def npz(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    assert zipfile.is_zipfile(buffer)
    return buffer.getvalue()


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()
