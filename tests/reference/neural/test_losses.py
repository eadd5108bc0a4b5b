"""Every term of the loss equals a plain loop over pairs."""

import math
import random

import pytest

torch = pytest.importorskip("torch", reason="the extra [neural] is not installed")

from reference.neural.losses import class_weights, clipped_mse, contrastive, rating_bins  # noqa: E402

COUNTS = [3, 0, 12, 40, 7, 900, 1, 55, 300, 2000]


def batch(seed, size=9):
    """Return outputs, scores and targets of a random batch."""
    rng = random.Random(seed)  # noqa: S311 -- not a secret
    scores = [rng.choice([0, 0.125, 1, 2.5, 3, 9.9, 10, rng.uniform(0, 10)]) for _ in range(size)]
    return (
        [rng.uniform(-1.5, 1.5) for _ in range(size)],
        scores,
        [(score - 5) / 5 for score in scores],
    )


def slow_weights(scores, beta):
    """Return (1 - beta) / (1 - beta^c) of each score's bin, divided by their sum."""
    weights = []
    for score in scores:
        place = 0 if score <= 1 else next(n for n in range(1, 10) if n < score <= n + 1)
        weights.append((1 - beta) / (1 - beta ** max(1, COUNTS[place])))
    return [weight / sum(weights) for weight in weights]


def tensors(*rows):
    """Return rows as double tensors."""
    return [torch.tensor(row, dtype=torch.float64) for row in rows]


def test_bins():
    """The first bin includes both its ends, every other one its upper end."""
    scores = torch.tensor([0, 0.5, 1, 1.001, 2, 5, 5.5, 9, 9.001, 10])
    assert rating_bins(scores).tolist() == [0, 0, 0, 1, 1, 4, 5, 8, 9, 9]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("beta", [0.0, 0.9, 0.99])
def test_weights(seed, beta):
    """Class weights equal their definition, and their sum is 1."""
    _, scores, _ = batch(seed)
    found = class_weights(torch.tensor(scores, dtype=torch.float64), torch.tensor(COUNTS), beta)
    assert found.tolist() == pytest.approx(slow_weights(scores, beta), rel=1e-12)
    assert float(found.sum()) == pytest.approx(1)


@pytest.mark.parametrize("seed", range(5))
def test_clipped_mse(seed):
    """Balanced uses one weight per error; official multiplies every error by every weight."""
    outputs, scores, targets = batch(seed)
    weights = slow_weights(scores, 0.99)
    size = len(outputs)
    errors = [
        (p - g) ** 2 if abs(p - g) > 0.25 else 0.0 for p, g in zip(outputs, targets, strict=True)
    ]
    balanced = sum(error * weight for error, weight in zip(errors, weights, strict=True)) / size
    table = sum(errors[i] * weights[j] for i in range(size) for j in range(size)) / size**2
    given = tensors(outputs, targets, weights)
    assert float(clipped_mse(*given, form="balanced")) == pytest.approx(balanced, rel=1e-12)
    assert float(clipped_mse(*given)) == pytest.approx(table, rel=1e-12)
    assert table == pytest.approx(sum(errors) / size / size, rel=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_contrastive(seed):
    """The contrastive term is half the mean over all ordered pairs, including equal ones."""
    p, scores, g = batch(seed)
    w = slow_weights(scores, 0.99)
    total = 0.0
    for i in range(len(p)):
        for j in range(len(p)):
            total += max(0.0, abs((p[i] - p[j]) - (g[i] - g[j])) - 0.1) * math.sqrt(w[i] * w[j])
    assert float(contrastive(*tensors(p, g, w))) == pytest.approx(
        0.5 * total / len(p) ** 2, rel=1e-12
    )


def test_gradients():
    """Both terms have the gradients of their definitions, checked by finite differences."""
    outputs, scores, targets = batch(1)
    p, g, w = tensors(outputs, targets, slow_weights(scores, 0.99))
    p.requires_grad_(True)
    for form in ("official", "balanced"):
        assert torch.autograd.gradcheck(lambda x, form=form: clipped_mse(x, g, w, form=form), p)
    assert torch.autograd.gradcheck(lambda x: contrastive(x, g, w), p)
