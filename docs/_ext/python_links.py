"""Links between docstrings: to the one place of an object, by whatever name a text uses for it."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment


def _find(name: str) -> object:
    """Return the object with a full name, None if there is none."""
    parts = name.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found: Any = import_module(".".join(parts[:end]))
        except ImportError:
            continue
        for part in parts[end:]:
            found = getattr(found, part, None)
        return found
    return None


@cache
def _places(names: tuple[str, ...]) -> dict[int, str]:
    return {id(_find(name)): name for name in names}


def _resolve(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, content: nodes.TextElement
) -> nodes.reference | None:
    """Resolve the name of an object in its own module, such as xacle_eval.metrics.ranks.NAME."""
    target = node["reftarget"]
    if node.get("refdomain") != "py" or not target.startswith("xacle_eval."):
        return None
    domain = env.domains.python_domain
    listed = (
        name
        for name, entry in domain.objects.items()
        if not entry.aliased and name.startswith("xacle")
    )
    place = _places(tuple(sorted(listed))).get(id(_find(target)))
    if place is None or place == target:
        return None
    return domain.resolve_xref(
        env, node["refdoc"], app.builder, node["reftype"], place, node, content
    )


def _keep_words(_app: Sphinx, doctree: nodes.document) -> None:
    """Make words of a type, such as the n of ``shape (n,)``, text instead of links."""
    for node in list(doctree.findall(pending_xref)):
        target = node.get("reftarget", "")
        if node.get("reftype") == "class" and target.islower() and "." not in target:
            node.replace_self(node.children)
    for text in list(doctree.findall(nodes.Text)):
        if text == " -- ":  # between a parameter and its text
            text.parent.replace(text, nodes.Text(" – "))


def setup(app: Sphinx) -> dict[str, Any]:
    """Resolve the links."""
    app.connect("doctree-read", _keep_words)
    app.connect("missing-reference", _resolve)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
