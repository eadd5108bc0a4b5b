"""The reports of several submissions together, as `xacle_eval.validate` returns them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from xacle_eval.models.display import Displayed, own_names, read_json
from xacle_eval.models.model import Model
from xacle_eval.submissions.findings import IgnoredUpload, SubmissionReport

__all__ = ["SubmissionReports"]


class _Document(Model):
    """The JSON document of ``validate``."""

    challenge: str
    split: str
    submissions: tuple[SubmissionReport, ...]
    ignored: tuple[IgnoredUpload, ...] = ()


class SubmissionReports(Displayed, tuple[SubmissionReport, ...]):
    """A tuple of reports that can show itself as ``xacle-eval validate`` does.

    Parameters
    ----------
    reports : iterable of SubmissionReport
        The reports, in the order of the submissions.
    challenge, split : str
        What the submissions were checked against.
    ignored : iterable of IgnoredUpload
        The uploads in the folders that were not checked.
    """

    challenge: str
    split: str
    ignored: tuple[IgnoredUpload, ...]

    def __new__(
        cls,
        reports: Iterable[SubmissionReport] = (),
        challenge: str = "",
        split: str = "",
        ignored: Iterable[IgnoredUpload] = (),
    ) -> Self:
        found = super().__new__(cls, tuple(reports))
        found.challenge, found.split, found.ignored = challenge, split, tuple(ignored)
        return found

    def __dir__(self) -> list[str]:
        return own_names(self, ("challenge", "count", "ignored", "index", "split"))

    @property
    def valid(self) -> bool:
        """Whether every submission is valid."""
        return all(report.valid for report in self)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read the JSON document of ``validate`` again."""
        found = read_json(_Document, text, cls.__name__)
        return cls(found.submissions, found.challenge, found.split, found.ignored)
