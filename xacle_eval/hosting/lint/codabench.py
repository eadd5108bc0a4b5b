"""The checks of a Codabench bundle, in the order of Codabench's unpacker."""

from __future__ import annotations

from collections.abc import Iterator

from xacle_eval.hosting.lint.config import describe
from xacle_eval.hosting.lint.context import Check, Context
from xacle_eval.submissions.findings import Finding

__all__ = ["CODABENCH_CHECKS"]


def _version(context: Context) -> Iterator[Finding]:
    config = context.config
    if "version" not in config.value:
        yield config.find("version-missing", (), "the key version is missing")
    elif str(config.value["version"]) not in ("2", "1", "1.5"):
        shown = describe(config.value["version"])
        yield config.find("version-refused", ("version",), f"version is {shown}")


CODABENCH_CHECKS: tuple[Check, ...] = (_version,)
