"""The end of a run: the model that is kept, its metrics and the messages."""

import numpy as np
import pytest
from scipy import stats

torch = pytest.importorskip("torch", reason="the extra [neural] is not installed")
pytest.importorskip("transformers", reason="the extra [neural] is not installed")

from reference.dataset import load_split  # noqa: E402
from reference.neural import training  # noqa: E402
from reference.neural.devices import working_place  # noqa: E402
from reference.neural.predicting import predict_scores  # noqa: E402
from reference.neural.training import train  # noqa: E402
from reference.neural.validation import Measures, validation_loss  # noqa: E402
from reference.neural.weights import load_checkpoint  # noqa: E402
from tests.reference.neural.test_training import change_settings, history  # noqa: E402


def test_early_stop(world, tiny, tmp_path):
    """The run ends after the given number of epochs without improvement; the best model is kept."""
    config = change_settings(tiny, training={"epochs": 30, "early_stop": 2, "learning_rate": 1e-9})
    messages = []
    train(world, tmp_path, config, resume=False, log=messages.append)
    rows = history(tmp_path)
    values = [float(row["validation_srcc"]) for row in rows[1:]]
    assert len(rows) < 31
    best = 1 + values.index(max(values))
    assert load_checkpoint(tmp_path / "model.safetensors")[3]["epoch"] == best
    said = f"stopped early after epoch {best + 2} (2 epochs without a better validation SRCC)"
    assert said in messages
    again = []
    train(world, tmp_path, config, resume=True, log=again.append)
    assert f"already finished: {said}" in again
    assert not any("resumed" in message for message in again)


def test_a_finished_run_says_so(world, tiny, tmp_path):
    """Resuming a finished run trains nothing, says so and names the option for more epochs."""
    config = change_settings(tiny, training={"epochs": 1})
    train(world, tmp_path, config, resume=False, log=lambda _: None)
    before = (tmp_path / "history.csv").read_bytes()
    messages = []
    train(world, tmp_path, config, resume=True, log=messages.append)
    assert "already finished: all 1 epochs are done; for more epochs, use --epochs N" in messages[0]
    assert "best validation SRCC" in messages[-1]
    assert (tmp_path / "history.csv").read_bytes() == before


class Fading:
    """Measures whose SRCC falls with every call, so that the untrained model is the best one."""

    def __init__(self):
        self.calls = 0

    def __call__(self, *_):
        self.calls += 1
        return Measures(loss=1.0, srcc=0.5 / self.calls, lcc=0.1, ktau=0.2, mse=3.0)


def test_the_untrained_model_is_not_kept(world, tiny, tmp_path, monkeypatch):
    """If epoch 0 has the best SRCC, the first trained epoch is kept, with a warning."""
    monkeypatch.setattr(training, "measure", Fading())
    messages = []
    best = train(world, tmp_path, tiny, resume=False, log=messages.append)
    assert best == 0.25
    assert load_checkpoint(tmp_path / "model.safetensors")[3]["epoch"] == 1
    warning = next(message for message in messages if message.startswith("warning:"))
    assert "no epoch has a better validation SRCC than the untrained model (0.5000)" in warning
    assert messages[-1].startswith("best validation SRCC 0.2500 in epoch 1")


def test_the_history_has_all_metrics(world, tiny, tmp_path):
    """A row of history.csv has the loss and four metrics, equal to those of scipy."""
    config = change_settings(tiny, training={"epochs": 1})
    train(world, tmp_path / "run", config, resume=False, log=lambda _: None)
    last = history(tmp_path / "run")[-1]
    assert list(last) == [
        "epoch",
        "train_loss",
        "validation_loss",
        "validation_srcc",
        "validation_lcc",
        "validation_ktau",
        "validation_mse",
        "learning_rate",
    ]
    model, tokenize, config, _ = load_checkpoint(tmp_path / "run/model.safetensors")
    split = load_split(world, "validation", rated=True)
    with working_place("float32") as place:
        predicted = predict_scores(model, tokenize, split, config, place)
    truth = split.scores()
    errors = (predicted - truth) / 5
    expected = {
        # Batches of one pair: the mean clipped error, and no contrastive term.
        "validation_loss": np.mean((abs(errors) > 0.25) * errors**2),
        "validation_srcc": stats.spearmanr(predicted, truth).statistic,
        "validation_lcc": stats.pearsonr(predicted, truth).statistic,
        "validation_ktau": stats.kendalltau(predicted, truth).statistic,
        "validation_mse": np.mean((predicted - truth) ** 2),
    }
    for name, value in expected.items():
        assert float(last[name]) == pytest.approx(value, rel=1e-4), name


def test_both_forms_of_the_validation_loss(tiny):
    """`official` is the mean clipped error; `batches` is the training loss over batches."""
    outputs = torch.tensor([0.1, -0.9, 0.5, 0.3, 0.0, 1.0, -0.4], dtype=torch.float64)
    scores = torch.tensor([5.0, 2.0, 10.0, 0.0, 5.5, 9.0, 7.5], dtype=torch.float64)
    counts = torch.arange(1, 11)
    errors = (outputs - (scores - 5) / 5).numpy()
    clipped = (abs(errors) > 0.25) * errors**2
    for form in ("official", "balanced"):  # they do not differ for single pairs
        config = change_settings(tiny, loss={"form": form})
        found = validation_loss(outputs, scores, counts, config)
        assert found == pytest.approx(clipped.mean(), rel=1e-6)
    config = change_settings(tiny, loss={"validation": "batches", "contrastive": 0.0})
    expected = [clipped[:4].mean() / 4, clipped[4:].mean() / 3]
    found = validation_loss(outputs, scores, counts, config)
    assert found == pytest.approx(sum(expected) / 2, rel=1e-6)
    whole = change_settings(config, loss={"contrastive": 0.5})
    assert validation_loss(outputs, scores, counts, whole) > found
