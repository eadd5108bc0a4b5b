"""The contract with other people's scripts, collected from the code that is imported.

``tests/golden/contract.json`` holds the contract of the last release; ``tests/test_contract.py``
compares the code with it. To accept names that were added, write the file again::

    python -m tests.contract > tests/golden/contract.json
"""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import click
from click.testing import CliRunner

PUBLIC_MODULES = (
    "xacle_eval",
    "xacle_eval.metrics",
    "xacle_eval.statistics",
    "xacle_eval.listeners",
)


def public_names() -> dict[str, list[str]]:
    """Return ``__all__`` of each public module, sorted."""
    return {name: sorted(importlib.import_module(name).__all__) for name in PUBLIC_MODULES}


def rule_codes() -> list[str]:
    """Return the code of every rule."""
    from xacle_eval.submissions.rules import RULES

    return sorted(RULES)


def error_exit_codes() -> dict[str, int]:
    """Return the exit code of each public error."""
    import xacle_eval

    names = sorted(name for name in xacle_eval.__all__ if name.endswith("Error"))
    return {name: getattr(xacle_eval, name).exit_code for name in names}


def walk_commands() -> Iterator[tuple[str, click.Command]]:
    """Yield every command and sub-command by its full name, the program itself as ``""``."""
    from xacle_eval.cli.main import main

    stack: list[tuple[str, click.Command]] = [("", main)]
    while stack:
        path, command = stack.pop()
        yield path, command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for name in command.list_commands(context):
                child = command.get_command(context, name)
                assert child is not None
                stack.append((f"{path} {name}".strip(), child))


def command_parameters() -> dict[str, dict[str, list[str]]]:
    """Return the options (``--x/--no-x``) and arguments of each command, with their choices."""
    found: dict[str, dict[str, list[str]]] = {}
    for path, command in sorted(walk_commands()):
        parameters = {}
        for parameter in command.params:
            names = [*parameter.opts, *parameter.secondary_opts]
            choices = [str(choice) for choice in getattr(parameter.type, "choices", ())]
            for name in names:
                parameters[name] = choices
        found[path] = dict(sorted(parameters.items()))
    return found


def schema_keys() -> dict[str, list[str]]:
    """Return the path of every key of each document that ``xacle-eval schema`` describes."""
    (argument,) = dict(walk_commands())["schema"].params
    keys = {}
    for name in argument.type.choices:  # type: ignore[attr-defined]
        schema = _run_json("schema", name)
        keys[name] = sorted(set(_key_paths(schema, schema.get("$defs", {}), "", ())))
    return keys


def listener_keys() -> list[str]:
    """Return the path of every key in the output of ``listeners``, whose schema is open inside."""
    data = Path(__file__).resolve().parent / "data" / "example"
    options = ("--screen", "agreement", "--format", "json", "--quiet")
    result = _run_json("listeners", str(data / "ratings.csv"), "--challenge", str(data), *options)
    return sorted(set(_value_paths(result, "")))


def _run_json(*arguments: str) -> dict[str, Any]:
    from xacle_eval.cli.main import main

    done = CliRunner().invoke(main, arguments, standalone_mode=False, obj={})
    if done.exception is not None:
        raise done.exception
    return cast("dict[str, Any]", json.loads(done.stdout))


def _value_paths(value: object, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            below = f"{path}.{key}".lstrip(".")
            yield below
            yield from _value_paths(inner, below)
    elif isinstance(value, list):
        for inner in value:
            yield from _value_paths(inner, path + "[]")


def _key_paths(
    node: dict[str, Any], definitions: dict[str, Any], path: str, seen: tuple[str, ...]
) -> Iterator[str]:
    reference = str(node.get("$ref", "")).removeprefix("#/$defs/")
    if reference:
        if reference not in seen:
            yield from _key_paths(definitions[reference], definitions, path, (*seen, reference))
        return
    if path.endswith("schema") and "const" in node:
        yield f"{path} = {node['const']}"
    for key, value in node.get("properties", {}).items():
        below = f"{path}.{key}".lstrip(".")
        yield below
        yield from _key_paths(value, definitions, below, seen)
    for group in ("anyOf", "oneOf", "allOf", "prefixItems"):
        for value in node.get(group, ()):
            yield from _key_paths(value, definitions, path, seen)
    for inner, mark in (("items", "[]"), ("additionalProperties", ".*")):
        if isinstance(node.get(inner), dict):
            yield from _key_paths(node[inner], definitions, path + mark, seen)


def collect_contract() -> dict[str, Any]:
    """Return the whole contract as data for JSON."""
    return {
        "public names": public_names(),
        "rule codes": rule_codes(),
        "error exit codes": error_exit_codes(),
        "commands": command_parameters(),
        "schema keys": schema_keys(),
        "listener keys": listener_keys(),
    }


if __name__ == "__main__":
    json.dump(collect_contract(), sys.stdout, indent=1, ensure_ascii=False)
    sys.stdout.write("\n")
