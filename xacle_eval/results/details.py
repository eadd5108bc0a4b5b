"""Result models of the details of one system: what its page in a report shows.

Everything here is an aggregate. Cells and levels with fewer pairs than the challenge's
``publish.min_pairs`` have no values, nor have groups and bands with fewer than ten times as many;
see `xacle_eval.challenge.publishing`.
"""

from __future__ import annotations

from xacle_eval.models.model import Model
from xacle_eval.results.breakdown import Breakdown
from xacle_eval.results.profile import ErrorProfile

__all__ = ["CalibrationLevel", "Density", "Histogram", "LargeErrorDetail", "SystemDetails"]


class Density(Model):
    """Classes of the numbers of pairs in cells of references and predictions.

    ``counts`` has a row for each interval of ``prediction_edges``, lowest first, with a number
    for each interval of ``reference_edges``: the smallest number of a class. Classes begin at
    ``publish.min_pairs`` and double; 20 stands for 20 to 39 pairs. None is a cell with fewer pairs
    or none. An interval contains its lower edge; the last one both edges. With ``open_low``, the
    first interval of the predictions has all those below the scale, however far; with
    ``open_high``, the last one all those above it.
    """

    reference_edges: tuple[float, ...]
    prediction_edges: tuple[float, ...]
    counts: tuple[tuple[int | None, ...], ...]
    open_low: bool = False
    open_high: bool = False


class CalibrationLevel(Model):
    """The predictions of the pairs with references from ``low`` to below ``high``.

    The last level has ``high`` as well. ``n`` is the number of pairs, rounded down to a multiple of
    ``publish.min_pairs``. ``reference`` is the mean reference; ``mean``, ``q1``, ``median`` and
    ``q3`` describe the predictions. For the mean, predictions more than 1.5 interquartile ranges
    beyond a quartile are moved to this distance. All five are rounded to 1/100 of the scale.
    """

    low: float
    high: float
    n: int
    reference: float
    mean: float
    q1: float
    median: float
    q3: float


class Histogram(Model):
    """Numbers of values in intervals; ``counts`` has one less than ``edges``.

    An interval contains its lower edge; the last one both edges. None is an interval that is not
    shown, because it has too few values, or because a total would reveal another one. With
    ``open_low``, the first interval has all values below it, too; with ``open_high``, the last one
    all values above it. Both tuples are empty if all values are too few.
    """

    edges: tuple[float, ...]
    counts: tuple[int | None, ...]
    open_low: bool = False
    open_high: bool = False


class LargeErrorDetail(Model):
    """A pair with a large error; values that the challenge does not publish are None."""

    pair_id: str
    prediction: float | None = None
    reference: float | None = None
    error: float | None = None
    text: str | None = None
    ratings: tuple[float, ...] | None = None


class SystemDetails(Model):
    """The details of one system, identified by ``team`` and ``system``.

    ``residuals`` are prediction minus reference, in points, up to the width of the scale. Their
    numbers are rounded down to multiples of about 1 % of the pairs, ``publish.min_pairs`` at least;
    None stands for none, too. ``profile`` is without its list of the largest errors and without
    bands of few pairs or equal references; the ends of the others are edges of the density, and
    their bias is rounded to 1/100 of the scale. It is None if the errors are too large for a float.
    ``largest`` has the largest errors as far as the challenge publishes them. ``breakdowns`` has
    one for each column of the pairs file with few values. ``description`` has the entries of the
    system description (YAML) as label and text, in their order.
    """

    team: str
    system: str
    profile: ErrorProfile | None = None
    density: Density
    calibration: tuple[CalibrationLevel, ...]
    residuals: Histogram
    breakdowns: tuple[Breakdown, ...] = ()
    largest: tuple[LargeErrorDetail, ...] = ()
    description: tuple[tuple[str, str], ...] = ()
