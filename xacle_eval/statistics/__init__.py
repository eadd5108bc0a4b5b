"""Statistics: uncertainty of scores and rankings. Arrays in, frozen results out; no files.

A bootstrap (:func:`bootstrap_metrics`) resamples the pairs, or whole parts of them.
:func:`intervals` and :func:`rank_stability` use it, and so does :func:`compare_systems` together
with :func:`permutation_tests`. :func:`adjusted_p` tests many differences at once, :func:`rank_sets`
bounds ranks, and :func:`separate_clusters` and :func:`letter_display` group systems that do not
differ significantly. The same seed gives the same bytes for any number of workers
(:func:`open_workers`) and for both kernels (:func:`backend`).

Public are the names in ``__all__`` of this package; its modules are private.
"""

from xacle_eval.statistics.bootstrap import BootstrapSample, bootstrap_metrics
from xacle_eval.statistics.cluster import ClusterWorkers
from xacle_eval.statistics.clusters import assign_clusters, letter_display, separate_clusters
from xacle_eval.statistics.comparison import (
    Comparison,
    ComparisonTable,
    Williams,
    compare_systems,
    holm,
    smallest_significant,
    williams_test,
)
from xacle_eval.statistics.intervals import (
    Interval,
    IntervalTable,
    bca_interval,
    intervals,
    normal_interval,
    percentile_interval,
)
from xacle_eval.statistics.jackknife import jackknife_metrics
from xacle_eval.statistics.kernels import backend
from xacle_eval.statistics.max_t import adjusted_p, equivalence_p, smallest_p
from xacle_eval.statistics.paired_bootstrap import bootstrap_p, bootstrap_p_matrices
from xacle_eval.statistics.permutation import PermutationCounts, permutation_tests
from xacle_eval.statistics.rank_sets import RankSets, rank_sets
from xacle_eval.statistics.removed import ListenerPanels
from xacle_eval.statistics.resampled import weighted_metrics
from xacle_eval.statistics.resampling import PairWeights, Swaps
from xacle_eval.statistics.stability import (
    FirstKey,
    RankStability,
    rank_by_first_keys,
    rank_by_rule,
    rank_stability,
    round_like_python,
)
from xacle_eval.statistics.workers import (
    ProcessWorkers,
    SerialWorkers,
    Workers,
    open_workers,
)

__all__ = [
    "BootstrapSample",
    "ClusterWorkers",
    "Comparison",
    "ComparisonTable",
    "FirstKey",
    "Interval",
    "IntervalTable",
    "ListenerPanels",
    "PairWeights",
    "PermutationCounts",
    "ProcessWorkers",
    "RankSets",
    "RankStability",
    "SerialWorkers",
    "Swaps",
    "Williams",
    "Workers",
    "adjusted_p",
    "assign_clusters",
    "backend",
    "bca_interval",
    "bootstrap_metrics",
    "bootstrap_p",
    "bootstrap_p_matrices",
    "compare_systems",
    "equivalence_p",
    "holm",
    "intervals",
    "jackknife_metrics",
    "letter_display",
    "normal_interval",
    "open_workers",
    "percentile_interval",
    "permutation_tests",
    "rank_by_first_keys",
    "rank_by_rule",
    "rank_sets",
    "rank_stability",
    "round_like_python",
    "separate_clusters",
    "smallest_p",
    "smallest_significant",
    "weighted_metrics",
    "williams_test",
]
