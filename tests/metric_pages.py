"""What a page of docs/metrics/ says of a metric, in words, from the metric itself."""

import math

_INVARIANCE = {
    "none": "no map in general",
    "linear": "adding a number, multiplying by a positive number",
    "monotone": "any strictly increasing map",
}


def _number(value):
    if math.isinf(value):
        return "∞"
    return f"{value:g}".replace("-", "−")


def facts(metric):
    """Return the rows of the table of a metric's page: property to value."""
    low, high = metric.range
    # A single pair is constant.
    pairs = max(metric.minimum_pairs, 2 if metric.needs_variance else 1)
    digits = "the challenge's decimals"
    if metric.digits is not None:
        digits += f", at most {metric.digits} significant digits"
    return {
        "name in challenge files and tables": f"`{metric.name}`",
        "better": "higher ↑" if metric.higher_is_better else "lower ↓",
        "range": f"{_number(low)} to {_number(high)}",
        "pairs needed": f"{pairs} or more",
        "constant predictions or references": "undefined" if metric.needs_variance else "defined",
        "unchanged by maps of the predictions": _INVARIANCE[metric.invariance],
        "published digits": digits,
        "score of a perfect predictor from ratings": "yes" if metric.has_ceiling else "no",
        "fast resamples": "no" if metric.fast.resampled is None else "yes",
    }
