"""Settings of a challenge on Hugging Face, without a challenge file."""

from datetime import UTC, datetime, timedelta

from xacle_eval.hosting.huggingface.project.settings import Board, Column, Phase, Settings

OPENS, CLOSES = datetime(2027, 1, 10, tzinfo=UTC), datetime(2027, 2, 1, 11, 59, 59, tzinfo=UTC)


def make_phase(name="test", keys=("SRCC", "MSE"), **changes):
    """Return a phase; in MSE, lower values are better."""
    columns = tuple(Column(key, "MSE" not in key, 2) for key in keys)
    values = {
        "name": name,
        "title": f"{name} phase",
        "opens": OPENS,
        "closes": CLOSES,
        "offset": timedelta(),
        "valid_per_day": None,
        "valid_total": None,
        "all_per_day": None,
        "final_systems": None,
        "ladder": False,
        "columns": columns,
        "boards": (Board("", "Ranking", tuple(keys), tuple(keys), ()),),
    }
    return Phase(**{**values, **changes})


def make_settings(*phases, baselines=()):
    """Return the settings of a challenge with phases."""
    return Settings(
        title="A challenge",
        datasets={"submissions": "kumo-submissions", "results": "kumo-results"},
        endings=(".csv", ".zip"),
        most_bytes=10_000,
        error_bars=False,
        unranked={"baseline": tuple(baselines), "out of competition": ()},
        phases={each.name: each for each in phases or (make_phase(),)},
    )
