"""The sums of many resamples at once, exactly those of the repeated data.

Conventions: a resample is a row of weights: how often each pair was drawn. Its metric is that of
the data with each pair repeated by its weight (``numpy.repeat``), where copies of a pair are tied.
R resamples, n pairs, S systems. A correlation is nan if either side of its resample has one
distinct value; the caller counts these.

Two kernels compute the sums: compiled ones if numba is installed (the extra ``[fast]``), else
numpy. Both return the same bits. The environment variable ``XACLE_EVAL_KERNELS`` (``numba`` or
``numpy``) also selects the kernels.

:class:`ReferenceBlock` has the values of a block of resamples that all systems share: reference
ranks, means, ties. They are computed once.
"""

from __future__ import annotations

import importlib
import importlib.util
import multiprocessing
import os
import sys
import warnings
from dataclasses import dataclass
from functools import cache, cached_property
from types import ModuleType
from typing import Literal

import numpy as np
import numpy.typing as npt

from xacle_eval.errors import UsageError, XacleEvalWarning, is_memory_error
from xacle_eval.io.memory import NUMBA_BYTES, has_address_space
from xacle_eval.metrics import PreparedReferences
from xacle_eval.metrics.arrays import check_array, check_same_length
from xacle_eval.metrics.correlation import centre
from xacle_eval.metrics.ranks import rank_values, run_begins, run_bounds
from xacle_eval.statistics import kernels_numpy
from xacle_eval.statistics.kernels_numpy import Floats, Ints, Levels, Weights
from xacle_eval.text import visible

__all__ = [
    "Backend",
    "PreparedSystem",
    "ReferenceBlock",
    "backend",
    "cosines",
    "kernels_of",
]

Backend = Literal["numba", "numpy"]
ENVIRONMENT_VARIABLE = "XACLE_EVAL_KERNELS"

_TARGET_VARIABLES = ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES")
_TARGET = """
import os
import llvmlite.binding as llvm
for initialize in (llvm.initialize, llvm.initialize_native_target):
    try:
        initialize()
    except RuntimeError:
        pass  # newer releases need no call
llvm.Target.from_default_triple().create_target_machine(
    cpu=os.environ.get("NUMBA_CPU_NAME", ""), features=os.environ.get("NUMBA_CPU_FEATURES", "")
)
"""
"""Creates LLVM's description of the processor; LLVM writes to stderr if a name is unknown."""

_LARGEST_INT32_N = 46_340
"""Largest n whose square fits in int32, and with it a weight times a doubled rank."""


def backend(choice: str | None = None) -> Backend:
    """Return the kernels to use: `choice`, else XACLE_EVAL_KERNELS, else numba if it is available.

    If numba is installed but cannot be used, the default is numpy, with one XacleEvalWarning from
    the main process.

    Raises
    ------
    UsageError
        If the choice is neither "numba" nor "numpy", or numba is chosen but not installed or cannot
        be used.
    """
    chosen = choice or os.environ.get(ENVIRONMENT_VARIABLE) or None
    if chosen not in (None, "numba", "numpy"):
        raise UsageError(
            f"kernels must be numba or numpy; got {chosen!r} (from the environment variable "
            f"{ENVIRONMENT_VARIABLE})"
        )
    if chosen == "numpy":
        return "numpy"
    if importlib.util.find_spec("numba") is None:
        if chosen == "numba":
            raise UsageError("the numba kernels need numba: pip install numba")
        return "numpy"
    if chosen is None and not has_address_space(NUMBA_BYTES):
        return "numpy"
    reason = _why_numba_fails()
    if not reason:
        return "numba"
    if chosen == "numba":
        raise UsageError(
            f"numba is installed but cannot be used ({reason}); update it with "
            "pip install --upgrade numba, or use the numpy kernels"
        )
    _warn_of_numba(reason)
    return "numpy"


@cache
def _why_numba_fails() -> str:
    """Import the numba kernels; return the reason if that fails, else an empty string.

    numba and llvmlite report a conflict of versions by exceptions of many types, so all count.
    Some values of numba's variables end the process, so these are tried in another process.
    """
    given = [name for name in _TARGET_VARIABLES if os.environ.get(name)]
    if given and not _is_target_known():
        return f"LLVM refuses the processor in {' and '.join(given)}"
    try:
        kernels = importlib.import_module("xacle_eval.statistics.kernels_numba")
    except Exception as error:
        if is_memory_error(error):
            raise
        return visible(f"{type(error).__name__}: {error}".splitlines()[0], 300)
    return "" if kernels.COMPILED else "NUMBA_DISABLE_JIT is set"


def _is_target_known() -> bool:
    """Return whether LLVM accepts the processor in numba's variables."""
    import subprocess

    child = [sys.executable, "-I", "-c", _TARGET]
    done = subprocess.run(child, stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603
    return done.returncode == 0 and not done.stderr


@cache
def _warn_of_numba(reason: str) -> None:
    if multiprocessing.parent_process() is not None:
        return  # the main process warns once for all its workers
    warnings.warn(
        f"numba is installed but cannot be used ({reason}); using the numpy kernels, which "
        f"are slower and return the same numbers. Set {ENVIRONMENT_VARIABLE}=numpy to silence "
        "this warning.",
        XacleEvalWarning,
        stacklevel=3,
    )


def check_kernels(choice: str | None) -> None:
    """Select the default kernels in this process, which warns if numba is broken.

    An explicit choice is checked by the worker processes, which may have other packages.
    """
    if choice is None:
        backend()


def kernels_of(choice: str | None = None) -> ModuleType:
    """Return the module whose functions compute the sums, imported on first use."""
    if backend(choice) == "numpy":
        return kernels_numpy
    return importlib.import_module("xacle_eval.statistics.kernels_numba")


@dataclass(frozen=True, slots=True, eq=False)
class PreparedSystem:
    """One system's predictions, sorted and centred once for all resamples; see :meth:`of`.

    Attributes
    ----------
    values, deviations : shape (n,)
        The predictions, and the predictions minus their mean in units of a power of two.
    order, bounds
        Pair numbers by ascending prediction, and the runs of equal predictions.
    errors : shape (n,)
        Squared errors against the full references, in units of ``2**(2 * exponent)``.
    exponent : int
    """

    values: Floats
    deviations: Floats
    order: Levels
    bounds: Ints
    errors: Floats
    exponent: int

    @classmethod
    def of(cls, predictions: npt.ArrayLike, references: Floats) -> PreparedSystem:
        """Prepare the predictions of n pairs.

        Raises
        ------
        MetricInputError
            If `predictions` is not a vector of finite numbers, one per reference.
        """
        values = check_array(predictions, "predictions")
        check_same_length(values, references)
        order = np.argsort(values, kind="stable").astype(np.int32)
        bounds = run_bounds(run_begins(values[order]))
        with np.errstate(over="ignore"):
            difference = values - references
        _, exponent = np.frexp(np.abs(difference).max())
        scaled = np.ldexp(difference, -int(exponent))
        return cls(values, centre(values).deviations, order, bounds, scaled * scaled, int(exponent))


@dataclass(eq=False)
class ReferenceBlock:
    """The reference side of a block of resamples; built by :meth:`plain`.

    Attributes
    ----------
    weights, products, deviations : shape (n, R)
        In the form that the kernels need.
    totals : numpy.ndarray of int64, shape (R,)
        The number of drawn pairs, which is n unless parts of different sizes are drawn.
    rank_squares, squares : numpy.ndarray of int64, shape (R,)
        Sum of squared doubled ranks; sum over the reference levels of the squared number of copies.
    deviation_squares : shape (R,)
    levels : shape (n,)
    level_count : int
    values : shape (n,)
        The references.
    """

    weights: Weights
    products: Ints
    deviations: Floats
    totals: Ints
    rank_squares: Ints
    squares: Ints
    deviation_squares: Floats
    levels: Levels
    level_count: int
    values: Floats

    @classmethod
    def plain(
        cls, references: PreparedReferences, weights: Weights, kernels: ModuleType
    ) -> ReferenceBlock:
        """Compute the reference side for `weights` of shape (R, n); every row has a pair."""
        lanes = np.ascontiguousarray(weights.T)
        totals, ranked = lanes.sum(axis=0, dtype=np.int64), references.ranked
        largest = int(totals.max())
        by_level = np.argsort(ranked.levels, kind="stable")
        counts = np.add.reduceat(lanes[by_level], ranked.bounds[:-1], axis=0, dtype=np.int64)
        ranks = 2 * np.cumsum(counts, axis=0) - counts - totals
        products = _product_type(ranks, largest)[ranked.levels] * lanes
        values = references.centred.deviations
        means = kernels.weighted_sums(lanes, values) / totals
        deviations = values[:, np.newaxis] - means
        squares, _ = kernels.centred_sums(lanes, values, means, deviations)
        deviations *= lanes
        return cls(
            weights=lanes,
            products=products.astype(
                ranks.dtype if largest > _LARGEST_INT32_N else np.int32, copy=False
            ),
            deviations=deviations,
            totals=totals,
            rank_squares=(totals**3 - (counts**3).sum(axis=0)) // 3,
            squares=(counts * counts).sum(axis=0),
            deviation_squares=squares,
            levels=ranked.levels,
            level_count=ranked.level_count,
            values=references.values,
        )

    @cached_property
    def constant(self) -> npt.NDArray[np.bool_]:
        """Whether all references of a draw are equal, shape (R,)."""
        constant: npt.NDArray[np.bool_] = self.squares == self.totals**2
        return constant


def _product_type(ranks: Ints, n: int) -> npt.NDArray[np.signedinteger]:
    return ranks if n > _LARGEST_INT32_N else ranks.astype(np.int32)


def cosines(products: npt.ArrayLike, squares_x: npt.ArrayLike, squares_y: npt.ArrayLike) -> Floats:
    """Return products / sqrt(squares_x * squares_y) in [-1, 1], nan if a sum of squares is 0.

    If both sums of squares are equal, the product is divided by them directly: full
    agreement gives exactly 1.0, as in :mod:`xacle_eval.metrics.correlation`.
    """
    product = np.asarray(products, dtype=np.float64)
    x, y = np.asarray(squares_x, dtype=np.float64), np.asarray(squares_y, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore", under="ignore"):
        scale = np.where(x == y, x, np.sqrt(x * y))
        coefficients: Floats = np.clip(np.where(scale > 0.0, product / scale, np.nan), -1.0, 1.0)
    return coefficients


def doubled_ranks(values: npt.ArrayLike) -> Ints:
    """Return twice the average ranks minus twice the mean rank: integers within +-(n - 1)."""
    return rank_values(check_array(values, "values")).centred_double_ranks()
