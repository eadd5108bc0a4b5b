"""The settings of the docs site; ``bash .ci/docs.sh`` builds it."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx

import xacle_eval

DOCS = Path(__file__).resolve().parent
sys.path.insert(0, str(DOCS / "_ext"))

project = "xacle-eval"
author = "The xacle-eval developers"
project_copyright = author  # without a year: the same source builds the same pages
version = release = xacle_eval.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "commands",
    "mathml",
    "python_links",
    "python_objects",
]
exclude_patterns = ["_build", "_ext", "workflows"]
nitpicky = True
smartquotes = False  # -- is the beginning of an option

# Markdown that GitHub shows too: headings are anchors, links name the files.
myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 4

# Notebooks are stored without outputs and run by each build; an error ends it.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_timeout = 120
nb_execution_in_temp = True

# Python objects
default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints = "none"
toc_object_entries_show_parents = "hide"
napoleon_numpy_docstring = True
napoleon_google_docstring = False
# Names in backticks are parameters as often as objects; types of other packages are not linked,
# so that no build needs the network.
nitpick_ignore_regex = [
    ("py:obj", ".*"),
    ("py:.*", r"(?!xacle_eval).*"),
]

html_theme = "furo"
html_title = f"xacle-eval {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_last_updated_fmt = None
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True
copybutton_only_copy_prompt_lines = True

_REPOSITORY_PAGES = {"changelog": "CHANGELOG.md", "contributing": "CONTRIBUTING.md"}


def _show_repository_page(app: Sphinx, name: str, source: list[str]) -> None:
    """Put a file of the repository's root in place of the page that names it."""
    if name not in _REPOSITORY_PAGES:
        return
    file = DOCS.parent / _REPOSITORY_PAGES[name]
    app.env.note_dependency(file)
    text = file.read_text(encoding="utf-8").replace("](docs/", "](")
    # Other files of the repository are not on the site: their links become text.
    source[0] = re.sub(r"\[([^\]]+)\]\((?!https?:|#)([^)#]+)(#[^)]*)?\)", _site_link, text)


def _site_link(link: re.Match[str]) -> str:
    return link[0] if (DOCS / link[2]).is_file() else link[1]


def setup(app: Sphinx) -> None:
    """Add what the pages need."""
    app.add_lexer("csv", TextLexer)
    app.connect("source-read", _show_repository_page)
