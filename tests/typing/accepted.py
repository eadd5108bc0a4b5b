"""What type checkers must accept and refuse; it is checked by mypy and pyright, never run."""

# pyright: reportUnnecessaryTypeIgnoreComment=true

from collections.abc import Iterator
from pathlib import Path
from typing import Any, assert_type

import numpy as np
import pandas as pd

import xacle_eval as xe


class Tensor:
    """A tensor of another library, by its methods."""

    def detach(self) -> "Tensor":
        """Return the tensor without its gradient."""
        return self


def accept(
    frame: pd.DataFrame, series: "pd.Series[float]", tensor: Tensor, stream: Iterator[float]
) -> None:
    """Every kind of predictions and references is accepted."""
    array = np.zeros(3)
    by_id = {"a.wav": 1.0}
    numpy_by_id = {"a.wav": np.float64(1)}
    xe.score("file.csv", Path("references.csv"), bootstrap=1000)
    xe.score(frame, series)
    xe.score(series, frame)
    xe.score(array, tensor, order="manifest")
    xe.score(tensor, array, ids=["a.wav"])
    xe.score(stream, [1.0, 2.0], order="manifest")
    xe.score(by_id, numpy_by_id)
    xe.score({"quality": by_id, "match": array}, {"quality": series, "match": "file.csv"})
    xe.validate({"A": frame, "B": by_id, "C": array}, order="manifest")
    xe.compare({"A": frame, "B": tensor}, references=series, bootstrap=1000)
    xe.leaderboard({"A": frame, "B": by_id}, references=by_id, by="team")
    assert_type(xe.report({"A": frame}, references=by_id, bootstrap=100), xe.ChallengeReport)
    xe.study_ratings(frame, references=series)
    xe.plan_test_set(frame, 0.1)
    assert_type(xe.audit("xacle2026", references=by_id, tries=10), xe.AuditReport)
    assert_type(xe.load_references(frame, "xacle2026", split="test"), xe.References)
    assert_type(xe.load_references([frame, series]), xe.References)
    assert_type(xe.load_target_references({"quality": by_id}), dict[str, xe.References])
    assert_type(xe.validate(frame), xe.SubmissionReports)
    assert_type(xe.fix("file.csv", output=Path("fixed.csv")).changes[0].lines, tuple[int, ...])
    assert_type(xe.package("A.csv", Path("A.yaml"), force=True), xe.Package)
    assert_type(xe.split("A.zip").files["A.csv"], bytes)
    assert_type(xe.template("description", label="A").text, str)
    assert_type(xe.receipt(xe.validate("A.csv"), output="receipt.json"), xe.Receipt)
    assert_type(xe.evaluate(array, series), xe.Evaluation)
    assert_type(xe.export("evalai", Path("out"), references=frame), xe.ExportedBundle)
    assert_type(xe.try_bundle(Path("bundle"), "A.zip", platform="evalai"), xe.Trial)
    xe.rank(["page1.json", Path("page2.json")])
    ledger = xe.Ledger.init(Path("ledger.db"), "challenge.toml")
    assert_type(ledger, xe.Ledger)
    assert_type(ledger.add("A.zip", Path("inbox"), team="A", phase="final").uploads[0].new, bool)
    assert_type(ledger.attempts("A", as_of="2026-11-20").teams[0].next_free, str | None)
    assert_type(ledger.verify([(1, "0" * 64)]).valid, bool)
    assert_type(ledger.withdraw(2, time="2026-11-20T00:00:00Z").sequence, int)
    assert_type(ledger.select("A", team="A", time="2026-11-20T00:00:00Z").sequence, int)
    assert_type(ledger.rescore(by_id, series).systems[0].moved, bool)
    assert_type(ledger.to_frame(), pd.DataFrame)


def refuse(error: xe.InvalidSubmissionError, wrong: Any) -> None:
    """Wrong types are found: each of these lines has an error, or mypy reports an unused ignore."""
    xe.leaderboard("files", by="teams")  # type: ignore[arg-type]
    xe.report("files", bootstrap=None)  # type: ignore[arg-type]
    xe.score("file.csv", order="file")  # type: ignore[arg-type]
    xe.score("file.csv", bootstrap="many")  # type: ignore[arg-type]
    xe.template("predictoins")  # type: ignore[arg-type]
    xe.load_challenge(3)  # type: ignore[arg-type]
    xe.Ledger("ledger.db").withdraw(2)  # type: ignore[call-arg]
    xe.validate("file.csv", strict=wrong)  # type: ignore[call-arg]
    assert_type(error.findings, tuple[xe.Finding, ...])
