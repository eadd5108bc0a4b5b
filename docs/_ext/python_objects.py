"""The reference of Python, written from the public names and their docstrings.

The line ``<!-- python MODULE KIND -->`` of a page becomes the names of ``MODULE.__all__`` of one
kind: ``functions``, ``objects``, ``errors`` or ``all``; ``<!-- python results -->`` becomes every
result model. An object has one place: where a second module offers it, a link names that place.

A model shows its fields as one table, and no name that comes from pydantic.
"""

from __future__ import annotations

import inspect
import re
import sys
import types
import typing
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer

import xacle_eval

_MARK = re.compile(r"<!-- python (\S+)(?: (\w+))? -->")
_RESULT_MODULES = ("xacle_eval.submissions.findings", "xacle_eval.references.model")


def _is_model(value: object) -> typing.TypeGuard[type[BaseModel]]:
    return isinstance(value, type) and issubclass(value, BaseModel)


@cache
def _public() -> dict[int, str]:
    """Return the name of each object of ``xacle_eval.__all__`` by its identity."""
    return {id(getattr(xacle_eval, name)): f"xacle_eval.{name}" for name in xacle_eval.__all__}


@cache
def _results() -> dict[str, str]:
    """Return the name of each result model on the page by the name of its module and class."""
    import xacle_eval.results

    folder = xacle_eval.results.__path__
    inside = [f"xacle_eval.results.{each.name}" for each in iter_modules(folder)]
    found = {}
    for module in map(import_module, (*inside, *_RESULT_MODULES)):
        for name, value in vars(module).items():
            if _is_model(value) and value.__module__ == module.__name__ and name[0] != "_":
                full = f"{module.__name__}.{name}"
                found[full] = _public().get(id(value), full)
    return found


def _kind(value: object) -> str:
    if isinstance(value, type) and issubclass(value, Exception):
        return "errors"
    if isinstance(value, types.ModuleType) or (
        _is_model(value) and f"{value.__module__}.{value.__name__}" in _results()
    ):
        return "elsewhere"
    return "functions" if inspect.isroutine(value) else "objects"


def _directive(name: str, value: object) -> list[str]:
    """Return the reStructuredText that documents an object."""
    if inspect.isroutine(value):
        return [f".. autofunction:: {name}", ""]
    if not isinstance(value, type):
        return [f".. py:data:: {name}", "", *(f"   {line}" for line in _text_below(name)), ""]
    kind = "exception" if issubclass(value, Exception) else "class"
    options = ["   :members:"]
    if kind == "exception":
        options.append("   :show-inheritance:")
    if _is_model(value):
        options.append("   :inherited-members: BaseModel")
    elif kind == "class" and any(_is_internal(base) for base in value.__bases__):
        options.append("   :inherited-members:")
    return [f".. auto{kind}:: {name}", *options, ""]


def _is_internal(base: type) -> bool:
    """Return whether a class has no place of its own, so that its methods are shown below it."""
    return base.__module__.startswith("xacle_eval") and id(base) not in _public()


def _text_below(full: str) -> list[str]:
    """Return the text below the constant in the module that defines it."""
    name = full.rpartition(".")[2]
    for module in sorted(each for each in sys.modules if each.startswith("xacle_eval.")):
        found = ModuleAnalyzer.for_module(module).find_attr_docs().get(("", name))
        if found:
            return found
    return []


def _names(module: str, kind: str) -> Iterator[str]:
    """Write the names of a module of one kind."""
    home = import_module(module)
    for name in home.__all__:
        value = getattr(home, name)
        full = f"{module}.{name}"
        elsewhere = _public().get(id(value), full)
        if module != "xacle_eval" and elsewhere != full:
            yield from (f"``{name}`` is :py:obj:`{elsewhere}`.", "")
        elif kind == "all" or _kind(value) == kind:
            yield from _directive(full, value)


def _text(match: re.Match[str]) -> str:
    module, kind = match[1], match[2] or "all"
    if module == "results":
        lines: list[str] = []
        for full, shown in sorted(_results().items(), key=lambda item: item[1].rpartition(".")[2]):
            home, _, name = full.rpartition(".")
            lines += _directive(shown, getattr(import_module(home), name))
    else:
        lines = list(_names(module, kind))
    return "\n".join(["````{eval-rst}", *lines, "````"])


def _fill(_app: Sphinx, _name: str, source: list[str]) -> None:
    source[0] = _MARK.sub(_text, source[0])


def _type_in_words(annotation: str) -> str:
    """Return a type with links to the models of the page, in reStructuredText."""
    known = {full.rpartition(".")[2]: shown for full, shown in _results().items()}
    parts = re.split(r"(\w+)", annotation)
    written = [
        rf":py:class:`{part} <{known[part]}>`\ " if part in known else rf"{part}" for part in parts
    ]
    return "".join(written).replace("|", r"\|").replace("*", r"\*")


def _annotation(field: FieldInfo) -> str:
    """Return the type of a field as it is written, without the modules of its parts."""
    kind = field.annotation
    text = (
        getattr(kind, "__name__", "")
        if isinstance(kind, type) and not typing.get_args(kind)
        else str(kind)
    )
    text = re.sub(r"ForwardRef\('([^']*)'[^)]*\)", r"\1", text)
    return re.sub(r"(?:[a-z_]\w*\.)+", "", text).replace("NoneType", "None")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    value = field.get_default(call_default_factory=False)
    return "computed" if field.default_factory is not None else f"``{value!r}``"


def _add_fields(
    _app: Sphinx, what: str, _name: str, value: Any, _options: Any, lines: list[str]
) -> None:
    """Add the table of fields to the docstring of a model."""
    if what != "class" or not _is_model(value) or not value.model_fields:
        return
    lines += ["", ".. list-table::", "   :header-rows: 1", "   :class: fields", ""]
    lines += ["   * - field", "     - type", "     - default"]
    for name, field in value.model_fields.items():
        kind = _type_in_words(_annotation(field))
        lines += [
            f"   * - ``{field.alias or name}``",
            f"     - {kind}",
            f"     - {_default(field)}",
        ]
    lines.append("")


def _drop_signature(
    _app: Sphinx, what: str, _name: str, value: Any, *_rest: Any
) -> tuple[str, None] | None:
    """Remove the signature of a model, which repeats its fields."""
    return ("", None) if what == "class" and _is_model(value) else None


def _skip(
    _app: Sphinx, _what: str, name: str, value: Any, _skip: bool, _options: Any
) -> bool | None:
    """Skip what pydantic adds to a model, and fields, which are in the table."""
    home = getattr(value, "__module__", "") or ""
    return True if name.startswith("model_") or home.startswith("pydantic") else None


def _show_public_bases(
    _app: Sphinx, _name: str, _value: Any, _options: Any, bases: list[type]
) -> None:
    """Show the public classes above an error, without internal ones between them."""
    shown = [above for base in bases for above in _public_bases(base)]
    bases[:] = dict.fromkeys(shown)


def _public_bases(base: type) -> Iterator[type]:
    if _is_internal(base):
        for above in base.__bases__:
            yield from _public_bases(above)
    else:
        yield base


def setup(app: Sphinx) -> dict[str, Any]:
    """Fill the pages with the mark, and show models by their fields."""
    app.connect("source-read", _fill)
    app.connect("autodoc-process-docstring", _add_fields)
    app.connect("autodoc-process-signature", _drop_signature)
    app.connect("autodoc-process-bases", _show_public_bases)
    app.connect("autodoc-skip-member", _skip)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
