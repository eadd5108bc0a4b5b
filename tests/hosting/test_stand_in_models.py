"""The stand-in for pydantic accepts and refuses what pydantic does, with the same errors."""

import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.helpers import DATA
from tests.hosting.programs import write_program
from tests.submissions.descriptions import description
from xacle_eval.submissions.description import SystemDescription
from xacle_eval.submissions.yaml_reading import read_yaml

# What a program prints for each value in its input: the dump, or the errors.
ASK = """
import json, sys
sys.argv = ["validator"]
exec(compile(open({program!r}).read().rsplit("\\nif __name__", 1)[0], "validator", "exec"))
from pydantic import ValidationError
from xacle_eval.submissions.description import SystemDescription

def answer(value):
    try:
        return SystemDescription.model_validate(value).model_dump(mode="json")
    except ValidationError as error:
        return [[item["type"], list(item["loc"]), str(item["ctx"].get("error", ""))]
                for item in error.errors()]

for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
"""


def expected(value):
    """Return what pydantic makes of a value: the dump, or the errors."""
    from pydantic import ValidationError

    try:
        return SystemDescription.model_validate(value).model_dump(mode="json")
    except ValidationError as error:
        return [
            [item["type"], list(item["loc"]), str(item.get("ctx", {}).get("error", ""))]
            for item in error.errors(include_url=False)
        ]


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    """A process with the stand-in; call it with a value."""
    program = write_program(tmp_path_factory.mktemp("program"), DATA / "example" / "task.toml")
    code = ASK.format(program=str(program))
    command = [sys.executable, "-I", "-S", "-c", code]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def call(value):
            process.stdin.write(json.dumps(value) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield call
        process.stdin.close()


VALID = read_yaml(description().encode(), "x.yaml").value
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**25), 10**25),
    st.floats(),
    st.sampled_from(
        ["", " ", "https://example.org/a", "https://a b", "a@b.c", "x\n", " x ", "å" * 11]
    ),
    st.text(max_size=12),
    st.sampled_from(["x" * 200, "x" * 201, "x" * 2001, " " + "y" * 200]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(["name", "url", "SRCC", "MSE", "test", "x"]), inner, max_size=3
        ),
    ),
    max_leaves=6,
)


def places(value, location=()):
    """Yield the location of every part of a value."""
    yield location
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, inner in items:
        yield from places(inner, (*location, key))


def replaced(value, location, new):
    """Return a value with one part replaced."""
    if not location:
        return new
    copied = value.copy()
    inner = value[location[0]] if len(location) > 1 else None
    copied[location[0]] = replaced(inner, location[1:], new)
    return copied


def without(value, location):
    """Return a value without one part."""
    if len(location) == 1:
        copied = value.copy()
        del copied[location[0]]
        return copied
    return replaced(value, location[:1], without(value[location[0]], location[1:]))


FULL = {
    **VALID,
    "results": {
        "test": {"SRCC": 0.5, "MSE": 2, "targets": {"quality": {"LCC": -1.0, "KTAU": None}}},
    },
}
PLACES = list(places(FULL))


@pytest.mark.long
@settings(max_examples=200, deadline=None)
@given(changes=st.lists(st.tuples(st.sampled_from(PLACES), VALUES), max_size=3))
def test_changed_descriptions(ask, changes):
    """A description with parts replaced: the same values, or errors of the same type and place."""
    value = FULL
    for location, new in changes:
        try:
            value = replaced(value, location, new)
        except (KeyError, IndexError, TypeError, AttributeError):
            continue  # an earlier change removed the place
    assert same(ask(value), expected(value))


def same(first, second):
    """Return whether two answers are the same; NaN is not equal to itself."""
    return json.dumps(first) == json.dumps(second)


@pytest.mark.parametrize("location", PLACES[1:], ids=str)
def test_missing_and_unknown_keys(ask, location):
    """Each part left out, and an unknown key beside it."""
    value = without(FULL, location)
    assert same(ask(value), expected(value))
    if isinstance(location[-1], str):
        value = replaced(FULL, (*location[:-1], "x"), 1)
        assert same(ask(value), expected(value))


@pytest.mark.parametrize("number", [99, 100, 101, 150])
def test_long_lists(ask, number):
    """At and above the limit of entries, also with wrong ones."""
    for entry in ("x", 1):
        value = replaced(FULL, ("system", "training_data"), [entry] * number)
        assert same(ask(value), expected(value))
        value = replaced(FULL, ("results",), {f"s{place}": {} for place in range(number)})
        assert same(ask(value), expected(value))
