"""The modules of the mutation run, with the test files that must notice a change of each."""

from __future__ import annotations

__all__ = ["MODULES"]

_METRICS = tuple(
    f"tests/metrics/test_{name}.py"
    for name in (
        "metrics_boundaries",
        "arrays",
        "ranks",
        "discordance",
        "error",
        "registry",
        "correlation",
    )
)
_RANKING = (
    "tests/evaluation/test_ranking_boundaries.py",
    "tests/evaluation/test_ranking.py",
    "tests/evaluation/test_leaderboard.py",
)
_UNCERTAINTY = (
    "tests/evaluation/test_uncertainty_boundaries.py",
    "tests/evaluation/test_uncertainty.py",
)
_CHECKING = ("tests/submissions/test_checking_boundaries.py", "tests/submissions/test_checking.py")
_ARCHIVE = (
    "tests/submissions/test_archive_boundaries.py",
    "tests/submissions/test_zip_directory_boundaries.py",
    "tests/submissions/test_zip_headers_boundaries.py",
    "tests/submissions/test_archive.py",
    "tests/submissions/test_zip_headers.py",
)
_STATISTICS = "tests/statistics/test_statistics_boundaries.py"
_PAIRED = "tests/statistics/test_paired_bootstrap.py"

# Each module with the test files that must notice a change of it, the fast ones first.
MODULES: dict[str, tuple[str, ...]] = {
    "evaluation/ranking.py": _RANKING,
    "evaluation/board_ranks.py": _UNCERTAINTY,
    "evaluation/boards.py": (*_RANKING, *_UNCERTAINTY, "tests/evaluation/test_screening.py"),
    "evaluation/leaderboard.py": (*_RANKING, *_UNCERTAINTY),
    "evaluation/overall.py": ("tests/evaluation/test_overall.py",),
    "evaluation/published.py": (*_RANKING, "tests/evaluation/test_published_boundaries.py"),
    "evaluation/uncertainty.py": _UNCERTAINTY,
    "submissions/checking.py": (*_CHECKING, "tests/submissions/test_reading.py"),
    "submissions/archive.py": _ARCHIVE,
    "submissions/zip_directory.py": _ARCHIVE,
    "submissions/zip_extra.py": _ARCHIVE,
    "submissions/zip_headers.py": _ARCHIVE,
    "metrics/arrays.py": _METRICS,
    "metrics/correlation.py": _METRICS,
    "metrics/discordance.py": _METRICS,
    "metrics/error.py": _METRICS,
    "metrics/ranks.py": _METRICS,
    "metrics/registry.py": _METRICS,
    "statistics/bootstrap.py": (_STATISTICS, "tests/statistics/test_bootstrap.py"),
    "statistics/max_t.py": ("tests/statistics/test_max_t.py",),
    "statistics/rank_sets.py": ("tests/statistics/test_max_t.py",),
    "statistics/swapping.py": (
        "tests/statistics/test_swapping.py",
        "tests/statistics/test_permutation.py",
        "tests/statistics/test_permutation_boundaries.py",
        _STATISTICS,
    ),
    "statistics/permutation.py": (
        "tests/statistics/test_permutation.py",
        "tests/statistics/test_permutation_boundaries.py",
        _STATISTICS,
    ),
    "statistics/clusters.py": (
        "tests/statistics/test_clusters.py",
        "tests/statistics/test_clusters_boundaries.py",
        _PAIRED,
        _STATISTICS,
    ),
    "statistics/paired_bootstrap.py": (
        _PAIRED,
        "tests/statistics/test_paired_bootstrap_boundaries.py",
    ),
    "statistics/stability.py": ("tests/statistics/test_stability.py", _STATISTICS),
    "listeners/ceiling.py": (
        "tests/listeners/test_ceiling_by_hand.py",
        "tests/listeners/test_ceiling_boundaries.py",
    ),
}
