"""``check_bundle``: check the bundle of a platform for what the platform does not say."""

from __future__ import annotations

import os
from collections.abc import Iterable

from xacle_eval.errors import check_arguments, check_choice
from xacle_eval.hosting.exported import bundle_of
from xacle_eval.hosting.lint.codabench import CODABENCH_CHECKS
from xacle_eval.hosting.lint.codes import finding
from xacle_eval.hosting.lint.config import read_config
from xacle_eval.hosting.lint.context import Check, Context
from xacle_eval.hosting.lint.evalai import EVALAI_CHECKS
from xacle_eval.hosting.lint.files import Bundle, open_archive, open_bundle
from xacle_eval.hosting.lint.model import CONFIGS, PLATFORMS, BundleReport, Platform
from xacle_eval.submissions.findings import Finding, in_order
from xacle_eval.text import quote

__all__ = ["check_archive", "check_bundle"]

_CHECKS: dict[Platform, tuple[Check, ...]] = {
    "codabench": CODABENCH_CHECKS,
    "evalai": EVALAI_CHECKS,
}
_MISSING = {"codabench": "competition-missing", "evalai": "challenge-config-missing"}


def check_bundle(bundle: str | os.PathLike[str], platform: Platform | None = None) -> BundleReport:
    """Check the bundle of a platform, also one that another program wrote.

    Nothing of the bundle is executed, imported or unpacked to disk.

    Parameters
    ----------
    bundle : str or path
        A folder or a ZIP, or the folder that `export` wrote.
    platform : {"codabench", "evalai"}, optional
        The platform; by default the one whose configuration file the bundle has.

    Returns
    -------
    BundleReport
        The findings, errors first. Each has a permanent code, what the platform does, and how to
        fix it.

    Raises
    ------
    UsageError
        If the path does not exist, or is neither a folder nor a file.
    """
    check_arguments(optional=("platform",), bundle=bundle, platform=platform)
    if platform is not None:
        check_choice("platform", platform, PLATFORMS)
    return _report(open_bundle(bundle_of(bundle)), platform)


def check_archive(data: bytes, name: str, platform: Platform) -> BundleReport:
    """Check the ZIP of a bundle in memory, before it is written; see `check_bundle`."""
    return _report(open_archive(data, name), platform)


def _report(found: Bundle, platform: Platform | None) -> BundleReport:
    inside = found.unwrapped()
    chosen = platform or _platform_of(inside)
    findings: list[Finding] = []
    if inside.prefix:
        message = f"the configuration is in the folder {quote(inside.prefix.rstrip('/'), 100)}"
        findings.append(finding("wrapper-folder", message))
    if chosen is not None:
        findings += _check(inside, chosen)
    elif not found.is_broken:
        findings.append(finding("bundle-unknown", _contents(found)))
    ordered = in_order(dict.fromkeys([*found.findings, *findings]))
    return BundleReport(
        path=found.path,
        platform=chosen,
        kind=found.kind,
        files=len(found.files),
        valid=all(each.severity != "error" for each in ordered),
        findings=ordered,
    )


def _platform_of(bundle: Bundle) -> Platform | None:
    for platform, names in CONFIGS.items():
        if any(bundle.is_file(name) for name in names):
            return platform
    return None


def _contents(bundle: Bundle) -> str:
    if not bundle.files:
        return "it has no files"
    return "there is neither competition.yaml nor challenge_config.yaml"


def _check(bundle: Bundle, platform: Platform) -> Iterable[Finding]:
    """Return the findings of a platform's checks; their files are named as in the bundle."""
    names = CONFIGS[platform]
    name = next((name for name in names if bundle.is_file(name)), None)
    if name is None:
        missing = finding(_MISSING[platform], f"there is no {names[0]}")
        return [] if bundle.is_broken else [missing]
    data = bundle.read(name)
    if data is None:
        return []
    config = read_config(data, name)
    found = list(config.findings)
    if config.value is not None:
        context = Context(bundle, config)
        found += [each for check in _CHECKS[platform] for each in check(context)]
    return [_placed(each, bundle.prefix) for each in dict.fromkeys(found)]


def _placed(found: Finding, prefix: str) -> Finding:
    if not prefix or found.file is None:
        return found
    return found.model_copy(update={"file": f"{prefix}{found.file}"})
