"""Many systems by simulation: family-wise error, power, rank sets, and what to swap.

Conventions: a pair has a true quality q, standard normal; the reference is the mean of 8 ratings,
as in :mod:`benchmarks.simulation`. A system predicts q plus noise, of which a third of the variance
is common to all systems. Systems with the same standard deviation of the noise are truly equal, and
a smaller one is truly better. Differences are given in standard errors of a difference, which a
first run measures. Tests are of SRCC at alpha 0.05. After each share its Monte-Carlo standard
error. Prints Markdown.

Run as ``python -m benchmarks.inference [family|power|ranks|swaps|equivalence] [--seed S]
[--scale X]``.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from benchmarks.simulation import rate, table
from xacle_eval.metrics import srcc
from xacle_eval.statistics import (
    adjusted_p,
    bootstrap_metrics,
    bootstrap_p,
    equivalence_p,
    holm,
    permutation_tests,
    rank_sets,
)
from xacle_eval.statistics.max_t import every_pair

Floats = npt.NDArray[np.float64]

ALPHA = 0.05
PAIRS = 500
NOISE = 1.0
COMMON = 1.0 / 3.0


def share(count: float, repetitions: int) -> str:
    """Return a share in percent with its standard error."""
    p = count / repetitions
    return f"{100 * p:.1f} ± {100 * np.sqrt(max(p * (1 - p), 1e-12) / repetitions):.1f}"


def world(noise: Floats, n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return predictions of systems with these standard deviations of noise, and references."""
    quality = rng.normal(size=n)
    common = np.sqrt(COMMON) * rng.normal(size=n)
    own = np.sqrt(1 - COMMON) * rng.normal(size=(noise.size, n))
    return quality + noise[:, None] * (common + own), rate(quality, 8, rng).mean(axis=1)


def draw(noise: Floats, n: int, resamples: int, seed: Sequence[int]) -> tuple[Floats, Floats]:
    """Return SRCC in the resamples, shape (S, R), and on the data, shape (S,)."""
    rng = np.random.default_rng(list(seed))
    predictions, references = world(noise, n, rng)
    sample = bootstrap_metrics(
        predictions,
        references,
        metrics=["SRCC"],
        resamples=resamples,
        seed=int(rng.integers(2**31)),
    )
    return sample.of("SRCC"), sample.observed[:, 0]


def spread(n: int, seed: int) -> tuple[float, float]:
    """Return the noise that lowers SRCC by one standard error of a difference, and that error."""
    big = 200_000
    values = []
    for noise in (NOISE, NOISE + 0.2):
        rng = np.random.default_rng([seed, 1])
        predictions, references = world(np.array([noise]), big, rng)
        values.append(srcc(predictions[0], references))
    observed = [draw(np.full(2, NOISE), n, 1, (seed, 2, r))[1] for r in range(400)]
    error = float(np.std([a - b for a, b in observed]))
    return 0.2 * error / (values[0] - values[1]), error


def family(seed: int, scale: float) -> Iterator[str]:
    """Yield the family-wise error of max-T, of Holm, and without adjustment."""
    step, _ = spread(PAIRS, seed)
    shapes: dict[str, Callable[[Any], Any]] = {
        "all equal": lambda place: 0.0 * place,
        "two halves, 3 errors apart": lambda place: 3.0 * (place >= place.size // 2),
        "two halves, 10 errors apart": lambda place: 10.0 * (place >= place.size // 2),
        "half equal, others 1 error apart each": lambda place: (
            1.0 * np.maximum(place - place.size // 2 + 1, 0)
        ),
    }
    cases = [(10, PAIRS, 2000, name) for name in shapes]
    cases += [(50, PAIRS, 1000, name) for name in shapes]
    cases += [(10, n, 2000, "all equal") for n in (30, 50, 100)]
    rows = []
    for systems, n, number, name in cases:
        repetitions = int(number * scale)
        pairs = every_pair(systems)
        noise = np.full(systems, NOISE) + step * shapes[name](np.arange(systems))
        null = np.array([noise[a] == noise[b] for a, b in pairs])
        wrong = np.zeros(3)
        for repetition in range(repetitions):
            values, observed = draw(noise, n, 999, (seed, systems, len(name), repetition))
            alone = alone_p(values, observed, pairs)
            stepped = adjusted_p(values, observed, pairs)
            for place, p in enumerate((stepped, holm(alone), alone)):
                wrong[place] += bool((p[null] <= ALPHA).any())
        shares = (share(count, repetitions) for count in wrong)
        rows.append([f"{systems}", f"{n}", name, f"{repetitions:,}", *shares])
    head = ["systems", "pairs", "truth", "repetitions", "max-T", "Holm", "unadjusted"]
    yield from table(head, rows)


def alone_p(values: Floats, observed: Floats, pairs: Sequence[tuple[int, int]]) -> Floats:
    """Return the p of every pair tested alone by the same studentised statistic."""
    first, second = np.array(pairs).T
    drawn = values[first] - values[second]
    drawn -= drawn.mean(axis=1, keepdims=True)
    reached = np.abs(drawn) >= np.abs(observed[first] - observed[second])[:, None]
    return np.asarray((1.0 + reached.sum(axis=1)) / (1.0 + values.shape[1]))


def power(seed: int, scale: float) -> Iterator[str]:
    """Yield the share of true differences that are found, by max-T and by Holm."""
    step, _ = spread(PAIRS, seed)
    rows = []
    for systems, apart, repetitions in ((10, 1.0, int(500 * scale)), (10, 0.5, int(500 * scale)),
                                        (20, 0.5, int(200 * scale))):  # fmt: skip
        pairs = every_pair(systems)
        found = np.zeros((2, repetitions))
        resamples = 20 * len(pairs)
        for repetition in range(repetitions):
            noise = np.asarray(NOISE + apart * step * np.arange(systems), dtype=np.float64)
            values, observed = draw(noise, PAIRS, resamples, (seed, systems, 7, repetition))
            found[0, repetition] = (adjusted_p(values, observed, pairs) <= ALPHA).mean()
            found[1, repetition] = (holm(alone_p(values, observed, pairs)) <= ALPHA).mean()
        errors = found.std(axis=1) / np.sqrt(repetitions)
        shares = [
            f"{100 * m:.1f} ± {100 * e:.1f}"
            for m, e in zip(found.mean(axis=1), errors, strict=True)
        ]
        rows.append([f"{systems}", f"{apart:g}", f"{resamples:,}", f"{repetitions:,}", *shares])
    head = ["systems", "errors apart", "resamples", "repetitions", "max-T", "Holm"]
    yield from table(head, rows)


def ranks(seed: int, scale: float) -> Iterator[str]:
    """Yield how often sets contain the true ranks, for the best system and for all together."""
    step, _ = spread(PAIRS, seed)
    rows = []
    for systems, apart, repetitions in (
        (10, 0.05, int(1000 * scale)), (10, 0.2, int(1000 * scale)), (10, 1.0, int(1000 * scale)),
        (30, 0.05, int(400 * scale)), (30, 0.2, int(400 * scale)), (10, 0.0, int(1000 * scale)),
    ):  # fmt: skip
        noise = np.asarray(NOISE + apart * step * np.arange(systems), dtype=np.float64)
        best = np.array([1 + (noise < x).sum() for x in noise])
        last = np.array([(noise <= x).sum() for x in noise])
        hits = np.zeros(4)
        length = np.zeros(3)
        for repetition in range(repetitions):
            key = (seed, systems, round(100 * apart), repetition)
            values, observed = draw(noise, PAIRS, 999, key)
            sets = rank_sets(values, observed, higher_is_better=True)
            drawn = 1 + (values[None, :, :] > values[:, None, :]).sum(axis=1)
            low, high = np.quantile(drawn, [0.025, 0.975], axis=1, method="inverted_cdf")
            inside = (sets.low <= best) & (sets.high >= last)
            hits += [
                (low[0] <= best[0]) and (high[0] >= last[0]),
                inside[0],
                inside.mean(),
                ((sets.together_low <= best) & (sets.together_high >= last)).all(),
            ]
            ends = ((low, high), (sets.low, sets.high), (sets.together_low, sets.together_high))
            length += [np.mean(b - a + 1) for a, b in ends]
        rows.append(
            [
                f"{systems}",
                f"{apart:g}" if apart else "0 (exact ties)",
                f"{repetitions:,}",
                *(share(hit, repetitions) for hit in hits),
                " / ".join(f"{x / repetitions:.1f}" for x in length),
            ]
        )
    head = ["systems", "errors apart", "repetitions", "ranks over resamples, best system",
            "marginal set, best system", "marginal set, mean of all", "simultaneous sets, all",
            "ranks per set"]  # fmt: skip
    yield from table(head, rows)


def swaps(seed: int, scale: float) -> Iterator[str]:
    """Yield the type-I error of the permutation test by the number of levels."""
    rows = []
    repetitions = int(2000 * scale)
    for levels in (2, 3, 5, 11, 101, 0):
        wrong = np.zeros(4)
        ran = set()
        for repetition in range(repetitions):
            rng = np.random.default_rng([seed, levels, repetition])
            predictions, references = world(np.full(2, NOISE), PAIRS, rng)
            if levels:
                predictions = np.floor(np.minimum(ndtr(predictions / np.sqrt(2)), 0.9999) * levels)
            for place, kind in enumerate(("auto", "ranks", "zscore")):
                tests = permutation_tests(
                    predictions, references, metrics=["SRCC"], draws=499,
                    seed=repetition, standardise=kind,  # type: ignore[arg-type]
                )  # fmt: skip
                wrong[place] += tests.p_values()["two_sided"][0, 0] <= ALPHA
                if kind == "auto":
                    ran.add(tests.swapped[0])
            sample = bootstrap_metrics(
                predictions, references, metrics=["SRCC"], resamples=499, seed=repetition
            )
            wrong[3] += bootstrap_p(sample.of("SRCC")[0] - sample.of("SRCC")[1]) <= ALPHA
        name = f"{levels}" if levels else "continuous"
        rows.append([name, f"{repetitions:,}", ", ".join(sorted(ran)),
                     *(share(w, repetitions) for w in wrong)])  # fmt: skip
    head = ["levels", "repetitions", "the rule swaps", "by the rule", "ranks", "z-scores",
            "bootstrap"]  # fmt: skip
    yield from table(head, rows)


def equivalence(seed: int, scale: float) -> Iterator[str]:
    """Yield how often systems exactly one margin apart are called equivalent, and equal ones."""
    step, error = spread(PAIRS, seed)
    rows = []
    repetitions = int(1000 * scale)
    for systems in (2, 10):
        for apart, margin in ((3.0, 3.0), (0.0, 3.0), (0.0, 5.0)):
            noise = np.full(systems, NOISE)
            noise[1:] += apart * step
            pairs = [(0, j) for j in range(1, systems)]
            count, every = 0, 0.0
            for repetition in range(repetitions):
                key = (seed, systems, round(10 * apart), 3, repetition)
                values, observed = draw(noise, PAIRS, 999, key)
                p = equivalence_p(values, observed, pairs, margin * error)
                count += bool((p <= ALPHA).any())
                every += (p <= ALPHA).mean()
            shares = (share(count, repetitions), f"{100 * every / repetitions:.1f}")
            rows.append([f"{systems}", f"{apart:g}", f"{margin:g}", f"{repetitions:,}", *shares])
    head = ["systems", "errors apart", "margin in errors", "repetitions"]
    head += ["any called equivalent", "share called equivalent"]
    yield from table(head, rows)


PARTS: dict[str, Callable[[int, float], Iterator[str]]] = {
    "family": family,
    "power": power,
    "ranks": ranks,
    "swaps": swaps,
    "equivalence": equivalence,
}


def main() -> None:
    """Print the tables of the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=[], help=", ".join(PARTS))
    parser.add_argument("--seed", type=int, default=20261128)
    parser.add_argument("--scale", type=float, default=1.0, help="factor of the repetitions")
    given = parser.parse_args()
    unknown = set(given.parts) - set(PARTS)
    if unknown:
        parser.error(f"unknown part: {', '.join(sorted(unknown))}")
    for part in given.parts or PARTS:
        print(f"\n{PARTS[part].__doc__}\n")
        for line in PARTS[part](given.seed, given.scale):
            print(line, flush=True)


if __name__ == "__main__":
    main()
