"""The check page: `xacle-eval validate` in a browser, as one file that uploads nothing.

The page contains Python for browsers (Pyodide) and the standalone validator, and works without the
network, also when it is opened from disk. The files of a participant never leave the browser.
"""

from __future__ import annotations

import base64
import zlib
from pathlib import Path

from xacle_eval.challenge.model import Challenge
from xacle_eval.hosting.bundle import library_notices, standalone_validator
from xacle_eval.hosting.pyodide import read_pyodide
from xacle_eval.reports.site.environment import asset, render
from xacle_eval.reports.site.pages import SiteFrame

__all__ = ["check_page"]

_GZIP = 16 + zlib.MAX_WBITS


def check_page(challenge: Challenge, pyodide: Path, site: SiteFrame | None = None) -> str:
    """Return the check page of a challenge.

    Parameters
    ----------
    challenge : Challenge
        The challenge, with the split in use. The page has no references.
    pyodide : path
        The folder of the npm package pyodide.
    site : SiteFrame, optional
        The site that the page belongs to; by default, it stands alone.

    Returns
    -------
    str
        The page, about 9 MB. The same challenge and the same files give the same bytes.

    Raises
    ------
    ChallengeError
        If a list of the challenge cannot be read.
    UsageError
        If the folder is not that of a supported release, or Jinja2 is not installed.
    """
    runtime = read_pyodide(pyodide)
    limits = challenge.limits
    return render(
        "check.html.j2",
        site=site or SiteFrame(challenge.title, demo=False),
        challenge=challenge,
        check_style=asset("check.css"),
        check_script=asset("check.js"),
        pyodide_version=runtime.version,
        notices=library_notices(),
        # More bytes of a file than these are never read; the check reports that it is too large.
        most_bytes=max(limits.max_bytes, limits.max_package_bytes) + 2,
        parts={
            "worker": _packed((runtime.script + asset("check-worker.js")).encode()),
            "lock": _encoded(runtime.lock.encode()),
            "runtime": _packed(runtime.wasm),
            "stdlib": _encoded(runtime.stdlib),
            "validator": _packed(standalone_validator(challenge).encode()),
        },
    )


def _packed(data: bytes) -> str:
    """Return data compressed with gzip, without a time, as base64."""
    compressor = zlib.compressobj(9, zlib.DEFLATED, _GZIP)
    return _encoded(compressor.compress(data) + compressor.flush())


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
