"""Which files are the bundled samples; only for them are scores against demo ratings expected."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xacle_eval.references.model import ReferenceSummary

__all__ = ["SAMPLES", "repeats_banner"]

# A test compares them with the files of sample_submissions/.
SAMPLES = frozenset(
    {
        "72b0747ed428480c86b118bd337cbe15568e8b7ba37456b6aa13ffd2441cbb95",
        "827b69ed778690a75b7d0b4b868645ecc78fb09828dd34740070ce99aab24e42",
        "44e41a2dc7473ddd7f61eaaa43535a97341e34a8c67840e74f93f1df5de55717",
        "b175e1073781e1e59a01906569314e4571569634d39f58ec553167c2d19ca84b",
        "7e4172a9615ca7000e7d3f11e36e5c9e56c54fc9d46caf2834bbd3308bbfacdd",
        "39b8b42eba7e47da6682edd57f8557defff13461328d610b4970dd12574af8a4",
        "49187ef1e6986a06348f5140cfb4f2937e32883be461d7ccf5b5a5a671db96ed",
    }
)
"""The SHA-256 of each file in sample_submissions/."""


def repeats_banner(scored: Iterable[tuple[ReferenceSummary | None, str | None]]) -> bool:
    """Return whether a file that is no sample was scored against the demo ratings.

    Parameters
    ----------
    scored : iterable of (ReferenceSummary or None, str or None)
        The references and the SHA-256 of the file of each system.
    """
    return any(
        references is not None and references.kind == "demo" and sha256 not in SAMPLES
        for references, sha256 in scored
    )
