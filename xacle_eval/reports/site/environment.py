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
from xacle_eval.reports.site.names import Name, Sentence
from xacle_eval.text import LONGEST_LABEL, visible, visible_lines

if TYPE_CHECKING:
    from jinja2 import BaseLoader, Environment
    from markupsafe import Markup

__all__ = ["asset", "render", "source_hash"]

_FOLDER = "templates"
_STYLES = ("site.css", "charts.css", "details.css")


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
    page = _environment().get_template(template).render(**context)
    # GitHub executes lines with this mark, also in a page that a job prints.
    return page.replace("##[", "#&#35;[")


def asset(name: str) -> str:
    """Return the text of a file beside the templates, such as ``site.css``, as it is."""
    return _source(_environment(), name)


def source_hash(text: str) -> str:
    """Return the source expression of a Content Security Policy for an inline style or script."""
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _name(text: str) -> Markup:
    """Return the name of a system, team or file: by itself in direction, and with no hidden sign.

    What it contains cannot change the order of the text around it. It breaks after underscores.
    """
    from markupsafe import Markup

    pieces = visible(text, LONGEST_LABEL).split("_")
    return Markup("<bdi>{}</bdi>").format(Markup("_<wbr>").join(pieces))


def _message(text: str) -> Markup:
    """Return a text that can contain names, such as the message of a finding, at full length."""
    from markupsafe import Markup

    return Markup("<bdi>{}</bdi>").format(visible_lines(text, keep=""))


def _sentence(pieces: Sentence) -> Markup:
    """Return a generated sentence, with its names marked as names."""
    from markupsafe import Markup, escape

    found = (_name(piece) if isinstance(piece, Name) else escape(piece) for piece in pieces)
    return Markup("").join(found)


def _shown(text: str) -> str:
    """Return a name as plain text without hidden signs, for titles."""
    return visible(text, LONGEST_LABEL)


def _plain(pieces: Sentence) -> str:
    """Return a generated sentence as plain text, for labels of pictures."""
    return "".join(_shown(piece) if isinstance(piece, Name) else piece for piece in pieces)


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
    environment.filters.update(
        name=_name, message=_message, sentence=_sentence, plain=_plain, shown=_shown
    )
    environment.globals.update(
        style="\n".join(_source(environment, name) for name in _STYLES),
        script=_source(environment, "site.js"),
        source_hash=source_hash,
        version=__version__,
    )
    return environment


def _source(environment: Environment, name: str) -> str:
    loader = cast("BaseLoader", environment.loader)
    return loader.get_source(environment, name)[0].strip()
