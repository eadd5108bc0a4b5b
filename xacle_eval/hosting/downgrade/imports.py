"""Imports: modules of the file become relative ones, and names newer than Python 3.7 stand-ins.

Relative imports keep the modules of a file apart from installed ones of the same name and from
those of other files in the same process.
"""

from __future__ import annotations

import ast

from xacle_eval.hosting.downgrade.bindings import Step
from xacle_eval.hosting.downgrade.place import NEWER, TYPING, attribute_of

__all__ = ["NEWER_MODULE", "Imports"]

NEWER_MODULE = "xacle_eval.hosting.stand_ins.newer"
"""The stand-in for functions and classes newer than Python 3.7."""
# These are the stand-ins, so they use the originals.
_ORIGINAL = (
    NEWER_MODULE,
    "xacle_eval.hosting.stand_ins.patterns",
    "xacle_eval.hosting.stand_ins.letters",
)
_NEW_MODULES = ("tomllib", "zoneinfo", "graphlib", "importlib.metadata", "compression")
# What each module has not in Python 3.7, and what stands for it in the stand-in.
_STAND_INS = {
    "datetime": {"UTC": "UTC"},
    "functools": {"cache": "cache", "cached_property": "cached_property"},
    "importlib": {"import_module": "import_module"},
    "inspect": {"get_annotations": "get_annotations"},
    "itertools": {"pairwise": "pairwise"},
    "math": {"prod": "prod"},
    "re": {"compile": "compile_pattern"},
    "types": {"UnionType": "UnionType"},
    "unicodedata": {"category": "category"},
}
_TYPING = {
    "Annotated",
    "Final",
    "Literal",
    "LiteralString",
    "Never",
    "ParamSpec",
    "Protocol",
    "Self",
    "SupportsIndex",
    "TypeAlias",
    "TypeGuard",
    "TypedDict",
    "assert_never",
    "final",
    "get_args",
    "get_origin",
    "override",
    "runtime_checkable",
}
_TYPING_OF_37 = (
    "AbstractSet Any AnyStr AsyncContextManager AsyncGenerator AsyncIterable AsyncIterator "
    "Awaitable BinaryIO ByteString Callable ChainMap ClassVar Collection Container ContextManager "
    "Coroutine Counter DefaultDict Deque Dict ForwardRef FrozenSet Generator Generic Hashable IO "
    "ItemsView Iterable Iterator KeysView List Mapping MappingView Match MutableMapping "
    "MutableSequence MutableSet NamedTuple NewType NoReturn Optional OrderedDict Pattern "
    "Reversible Sequence Set Sized SupportsAbs SupportsBytes SupportsComplex SupportsFloat "
    "SupportsInt SupportsRound TYPE_CHECKING Text TextIO Tuple Type TypeVar Union ValuesView cast "
    "get_type_hints no_type_check no_type_check_decorator overload"
)
# Other names that Python 3.7 does not have; they are refused.
_ABSENT = {
    "math": "cbrt comb dist exp2 fma isqrt lcm nextafter perm sumprod ulp",
    "functools": "singledispatchmethod",
    "itertools": "batched",
    "contextlib": "aclosing chdir",
    "types": "CellType EllipsisType GenericAlias NoneType NotImplementedType get_original_bases",
    "shlex": "join",
    "enum": "EnumType FlagBoundary ReprEnum StrEnum global_enum member nonmember verify",
    "statistics": "NormalDist correlation covariance fmean geometric_mean linear_regression "
    "multimode quantiles",
    "random": "binomialvariate randbytes",
    "hashlib": "file_digest",
    "copy": "replace",
    "unicodedata": "is_normalized",
    "dataclasses": "KW_ONLY",
    "operator": "call",
    "warnings": "deprecated",
    "collections.abc": "Buffer",
    "os.path": "isjunction splitroot",
    "io": "text_encoding open_code",
    "sys": "exception orig_argv stdlib_module_names",
    "re": "NOFLAG PatternError",
    "zipfile": "Path",
}


class Imports(Step):
    """Rewrites the imports of a module and what comes from them."""

    @property
    def _up(self) -> int:
        """How many packages are around the module, with that of the whole file."""
        return self._place.name.count(".") + (2 if self._place.is_package else 1)

    def visit_Import(self, node: ast.Import) -> ast.AST | list[ast.stmt]:
        """Rewrite ``import``."""
        return [self._import(node, alias) for alias in node.names]

    def _import(self, node: ast.Import, alias: ast.alias) -> ast.stmt:
        self._check_module(node, alias.name)
        if alias.name.partition(".")[0] not in self._place.embedded:
            return ast.copy_location(ast.Import([alias]), node)
        outer, _, name = alias.name.rpartition(".")
        if outer and alias.asname is None:
            self._place.refuse(node, f"import {alias.name} without a name for it")
        return self._relative(node, outer or None, [ast.alias(name, alias.asname)])

    def _relative(
        self, node: ast.stmt, module: str | None, names: list[ast.alias]
    ) -> ast.ImportFrom:
        return ast.copy_location(ast.ImportFrom(module, names, self._up), node)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | list[ast.stmt]:
        """Rewrite ``from … import``."""
        if node.level or node.module is None or node.module == "__future__":
            return node
        self._check_module(node, node.module)
        if node.module.partition(".")[0] in self._place.embedded:
            return self._relative(node, node.module, node.names)
        newer = [each for each in node.names if self._stand_in(node, node.module, each.name)]
        same = [each for each in node.names if each not in newer]
        module = "typing" if node.module == "typing_extensions" else node.module
        made: list[ast.stmt] = []
        if same:
            made.append(ast.copy_location(ast.ImportFrom(module, same, 0), node))
        if newer:
            names = [
                ast.alias(self._stand_in(node, node.module, each.name), each.asname or each.name)
                for each in newer
            ]
            for each in names:
                each.asname = None if each.asname == each.name else each.asname
            made.append(self._relative(node, NEWER_MODULE, names))
        return made

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Rewrite a name newer than Python 3.7 of a module."""
        module = self._bindings.module_of(node.value)
        name = self._stand_in(node, module, node.attr) if module else ""
        if name:
            return ast.copy_location(attribute_of(NEWER, name), node)
        self.generic_visit(node)
        return node

    def _stand_in(self, node: ast.AST, module: str, name: str) -> str:
        """Return the name of the stand-in for what a module does not have; empty if it has it."""
        if module in ("typing", "typing_extensions"):
            if name in _TYPING:
                return name
            if name not in _TYPING_OF_37.split():
                self._place.refuse(node, f"{module}.{name}")
            return ""
        if name in _ABSENT.get(module, "").split():
            self._place.refuse(node, f"{module}.{name}")
        known = {} if self._place.name in _ORIGINAL else _STAND_INS.get(module, {})
        return known.get(name, "")

    def _check_module(self, node: ast.AST, name: str) -> None:
        if name in _NEW_MODULES:
            self._place.refuse(node, f"the module {name}")

    def add_helpers(self, tree: ast.Module) -> None:
        """Import the stand-in and `typing` where a rewritten module uses them."""
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        added: list[ast.stmt] = []
        if TYPING in used:
            added.append(ast.Import([ast.alias("typing", TYPING)]))
        if NEWER in used:
            outer, _, name = NEWER_MODULE.rpartition(".")
            added.append(ast.ImportFrom(outer, [ast.alias(name, NEWER)], self._up))
        tree.body[_start(tree) : _start(tree)] = added


def _start(tree: ast.Module) -> int:
    """Return where imports begin: after the docstring and ``from __future__``."""
    place = 1 if ast.get_docstring(tree, clean=False) is not None else 0
    while place < len(tree.body):
        statement = tree.body[place]
        if not isinstance(statement, ast.ImportFrom) or statement.module != "__future__":
            break
        place += 1
    return place
