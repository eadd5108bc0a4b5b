"""Validation never reads a reference: its output is the same, to the byte, for any labels."""

import contextlib
import io
import json
import shutil
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cli.helpers import environment
from tests.helpers import DATA
from xacle_eval.cli import run

EXAMPLE = DATA / "example"
IDS = [f"{number:03d}.wav" for number in range(1, 25)]
SUBMISSIONS = (
    "submissions/Hibari_01.csv",
    "mistakes/Hibari_03.csv",
    "packages/Hibari.zip",
    "packages/Kumo.zip",
)
FORMATS = ("text", "json", "github", "junit", "sarif")

references = st.one_of(
    st.lists(st.floats(0, 10), min_size=24, max_size=24).map(
        lambda means: (
            "wav_file_name,average_score\n"
            + "".join(f"{p},{m}\n" for p, m in zip(IDS, means, strict=True))
        )
    ),
    st.lists(
        st.tuples(st.sampled_from(IDS), st.integers(0, 10), st.integers(1, 9)), max_size=60
    ).map(
        lambda rows: (
            "wav_file_name,score,listener_id\n" + "".join(f"{p},{s},{who}\n" for p, s, who in rows)
        )
    ),
    st.text(max_size=40),
)


def run_validate(*arguments):
    """Return the exit status and the output of validate."""
    out = io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(out),
        pytest.raises(SystemExit) as ended,
    ):
        run(["validate", *map(str, arguments)])
    return ended.value.code or 0, out.getvalue()


@pytest.fixture(scope="module")
def challenge(tmp_path_factory):
    """A copy of the example whose challenge file names a file of references."""
    folder = tmp_path_factory.mktemp("independence") / "example"
    shutil.copytree(EXAMPLE, folder)
    return folder


@pytest.fixture(scope="module")
def expected(challenge):
    """The output of validate for every submission and format, without references."""
    (challenge / "ratings.csv").unlink()
    toml = challenge / "task.toml"
    return {
        (name, kind): run_validate(challenge / name, "--challenge", toml, "--format", kind)
        for name in SUBMISSIONS
        for kind in FORMATS
    }


@settings(max_examples=60, deadline=None)
@given(text=references, name=st.sampled_from(SUBMISSIONS), kind=st.sampled_from(FORMATS))
def test_the_labels_change_nothing(challenge, expected, text, name, kind):
    """References of the challenge file or the environment, valid or not, change no byte."""
    (challenge / "ratings.csv").write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XACLE_EVAL_REFERENCES", str(challenge / "ratings.csv"))
        assert (
            run_validate(challenge / name, "--challenge", challenge / "task.toml", "--format", kind)
            == expected[name, kind]
        )


WATCH = """
import json, sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from xacle_eval.cli import run
try:
    run(sys.argv[2:])
finally:
    with open(sys.argv[1], "w") as file:
        json.dump(opened, file)
"""


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_no_file_of_labels_is_opened(name, tmp_path):
    """validate opens only the challenge's own files and the submission."""
    seen = tmp_path / "seen.json"
    arguments = ["validate", EXAMPLE / name, "--challenge", EXAMPLE / "task.toml"]
    subprocess.run(
        [sys.executable, "-c", WATCH, seen, *map(str, arguments)],
        env=environment(),
        capture_output=True,
        check=False,
    )
    opened = {path for path in json.loads(seen.read_text()) if str(DATA) in path}
    needed = {str(EXAMPLE / "task.toml"), str(EXAMPLE / name)}
    assert needed <= opened <= needed | {str(EXAMPLE / "approved.csv")}
