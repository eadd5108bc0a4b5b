"""Templates of the site: every page is one file with its own style, script and policy.

A page loads nothing. Its Content Security Policy allows the one style and the one script that it
contains, by their hashes, so that text from a submission can never run as code.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from xacle_eval._version import __version__
from xacle_eval.errors import UsageError

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment

__all__ = ["asset", "render", "source_hash"]

_FOLDER = "templates"


def render(template: str, **context: Any) -> str:
    """Return a page.

    Parameters
    ----------
    template : str
        The name of a template, such as ``index.html.j2``.
    **context
        What the template shows; every text is escaped, and an unknown name is an error.

    Raises
    ------
    UsageError
        If Jinja2 is not installed.
    """
    return _environment().get_template(template).render(**context)


def asset(name: str) -> str:
    """Return the text of a file beside the templates, such as ``site.css``, as it is."""
    return _source(_environment(), name)


def source_hash(text: str) -> str:
    """Return the source expression of a Content Security Policy for an inline style or script."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


@cache
def _environment() -> Environment:
    try:
        import jinja2
    except ImportError as error:
        raise UsageError("pages of results need Jinja2: pip install jinja2") from error
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader(str(__package__), _FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals.update(
        style=_source(environment, "site.css"),
        script=_source(environment, "site.js"),
        source_hash=source_hash,
        version=__version__,
    )
    return environment


def _source(environment: Environment, name: str) -> str:
    loader = cast("BaseLoader", environment.loader)
    return loader.get_source(environment, name)[0].strip()
