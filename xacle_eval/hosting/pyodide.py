"""Pyodide, Python for browsers: the files of its npm package that a page needs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xacle_eval.errors import UsageError
from xacle_eval.io.files import read_input
from xacle_eval.io.json_reading import JsonError, parse_json
from xacle_eval.text import listing, quote, visible, visible_path

__all__ = ["HOW_TO_GET", "Pyodide", "read_pyodide"]

HOW_TO_GET = (
    "the check page needs Python for browsers: npm install pyodide, "
    "then pass --pyodide node_modules/pyodide"
)
"""What to do to get the folder."""

_MANIFEST, _LOADER, _MODULE = "package.json", "pyodide.mjs", "pyodide.asm.mjs"
_WASM, _LIBRARY, _LOCK = "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json"
_FILES = (_MANIFEST, _LOADER, _MODULE, _WASM, _LIBRARY, _LOCK)
_MOST_BYTES = 100_000_000
# The exports of the two modules, which become parts of one script.
_LOADER_EXPORT = re.compile(r"export\s*\{\s*(\w+) as loadPyodide\s*,\s*\w+ as version\s*\};?")
_MODULE_EXPORT = re.compile(r"export default (\w+);?")
# Pyodide asks for an empty script to find out where it runs; the policy would log it in Firefox.
_NOTHING_LOADED = 'self.importScripts = () => { throw new Error("nothing is loaded"); };\n'
_SOURCE_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Pyodide:
    """Pyodide's version, its script, its program in WebAssembly, and Python's library as a ZIP.

    The script defines the functions ``loadPyodide`` and ``createPyodideModule``. ``lock`` says
    which release it is, and names no package to load.
    """

    version: str
    script: str
    lock: str
    wasm: bytes
    stdlib: bytes


def read_pyodide(folder: Path) -> Pyodide:
    """Read the folder of the npm package.

    Raises
    ------
    UsageError
        If it is not that folder, or its files are not those of a supported release.
    """
    files = {name: _read(folder, name) for name in _FILES if (folder / name).is_file()}
    missing = [name for name in _FILES if name not in files]
    shown = visible_path(str(folder))
    if _MANIFEST in missing or _name_and_version(files[_MANIFEST])[0] != "pyodide":
        raise UsageError(f"{shown} is not the folder of the npm package pyodide; {HOW_TO_GET}")
    version = _name_and_version(files[_MANIFEST])[1]
    if missing:
        raise UsageError(
            f"{shown} is pyodide {visible(version, 40)} and has no {listing(missing)}; "
            "a release since 314.0 is needed: npm install pyodide@latest"
        )
    script = _script(files[_LOADER].decode("utf-8"), files[_MODULE].decode("utf-8"))
    info = _json_table(files[_LOCK]).get("info")
    if script is None or info is None:
        raise UsageError(
            f"{shown}: pyodide {quote(version, 40)} has another form than the releases that this "
            "version of xacle-eval supports (314.0 and later ones); install one of those"
        )
    lock = json.dumps({"info": info, "packages": {}})
    return Pyodide(version, script, lock, files[_WASM], files[_LIBRARY])


def _read(folder: Path, name: str) -> bytes:
    try:
        return read_input(folder / name, _MOST_BYTES)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"cannot read {visible_path(str(folder / name))}: {reason}") from error


def _name_and_version(manifest: bytes) -> tuple[str, str]:
    found = _json_table(manifest)
    return str(found.get("name")), str(found.get("version"))


def _json_table(data: bytes) -> dict[str, Any]:
    """Return an object in JSON; an empty one for anything else."""
    try:
        found = parse_json(data)
    except JsonError:
        return {}
    return found if isinstance(found, dict) else {}


def _script(loader: str, module: str) -> str | None:
    """Return both modules as one script without exports; None if they have another form."""
    exported, default = _LOADER_EXPORT.search(loader), _MODULE_EXPORT.search(module)
    if exported is None or default is None:
        return None
    # Each module has a scope of its own, because their short names are the same.
    parts = (
        _in_scope("loadPyodide", _LOADER_EXPORT.sub("", loader), exported[1]),
        _in_scope("createPyodideModule", _MODULE_EXPORT.sub("", module), default[1]),
    )
    script = _NOTHING_LOADED + "".join(parts)
    # Chromium starts no module from a page on disk, so this becomes a plain script.
    return script.replace("import.meta.url", "self.location.href")


def _in_scope(name: str, module: str, exported: str) -> str:
    inner = _SOURCE_MAP.sub("", module).strip()
    return f"const {name} = (() => {{\n{inner}\nreturn {exported};\n}})();\n"
