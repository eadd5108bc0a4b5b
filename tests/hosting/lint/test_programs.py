"""Programs that no trap is in: what looks like one and is none has no finding."""

import time

import pytest

import xacle_eval as xe
from benchmarks.fuzzing.bundles import codabench_files, zip_bytes
from tests.hosting.lint import corpus_evalai
from tests.hosting.lint.corpus_codabench import SCORE
from tests.hosting.lint.corpus_codabench import replace as changed

_SCORES = 'scores = {"SRCC": round(0.51234, 3), "MSE": round(1.01234, 3)}'


def _findings(folder, files):
    (folder / "bundle.zip").write_bytes(zip_bytes(files))
    return xe.check_bundle(folder / "bundle.zip").findings


@pytest.mark.parametrize(
    "program",
    [
        # A first value that is replaced, and one of several.
        'scores = {"SRCC": None, "MSE": 1.0}\n    scores["SRCC"] = round(0.5, 3)',
        f'value = None\n    value = round(0.5, 3)\n    {_SCORES}\n    scores["SRCC"] = value',
        # Texts about the scores, in another dict.
        f'titles = {{"SRCC": "Rank correlation", "MSE": "Error"}}\n    {_SCORES}',
        # Other keys, which Codabench skips; another document.
        f'{_SCORES}\n    scores["team"] = "Kumo"',
        f"{_SCORES}\n    print(json.dumps({{key: str(value) for key, value in scores.items()}}))",
        # Numbers from texts, of either sign, and below the limit.
        'scores = {"SRCC": float("0.5"), "MSE": -round(9999999999.0, 3)}',
        f"{_SCORES}\n    scores.update(scores)",
    ],
)
def test_scores_that_are_numbers_have_no_finding(tmp_path, program):
    """Only a value that is certainly no number, under a key that Codabench reads, is reported."""
    files = codabench_files()
    changed(_SCORES, program, SCORE)(files)
    assert _findings(tmp_path, files) == ()


@pytest.mark.parametrize(
    "more",
    [
        # Only a file that is started as a program runs these.
        'def main():\n    sys.exit(1)\n\n\nif __name__ == "__main__":\n    main()\n',
        "def options():\n    return argparse.ArgumentParser().parse_args()\n\n\n"
        'if __name__ == "__main__":\n    print(options())\n',
        # These names are no exits.
        "NAMES = os.path.join('a', 'b'), signal.SIGTERM, sys.maxsize\n",
    ],
)
def test_a_script_that_evalai_cannot_end_has_no_finding(tmp_path, more):
    """What runs only on the organiser's computer ends no worker."""
    text = f"import argparse\nimport os\nimport signal\nimport sys\n\n{more}\nLABELS ="
    files = corpus_evalai.bundle_of(corpus_evalai.main("LABELS =", text))
    assert _findings(tmp_path, files) == ()


def test_a_function_that_is_also_called_elsewhere_can_end_the_worker(tmp_path):
    """A function that is started as a program and called by `evaluate` is reported once."""
    text = (
        'import sys\n\n\ndef stop():\n    sys.exit(1)\n\n\nif __name__ == "__main__":\n    stop()\n'
    )
    files = corpus_evalai.bundle_of(corpus_evalai.main("LABELS =", f"{text}\nLABELS ="))
    assert _findings(tmp_path, files) == ()
    corpus_evalai.main('raise ValueError("the file is empty")', "stop()")(files)
    assert [each.code for each in _findings(tmp_path, files)] == ["EV027"]


def test_participants_who_select_one_submission_need_no_public_ones(tmp_path):
    """Where a participant selects one submission, the others are private on purpose."""
    old = "    is_submission_public: true\n"
    new = "    is_submission_public: false\n    is_restricted_to_select_one_submission: true\n"
    files = corpus_evalai.bundle_of(corpus_evalai.replace(old, new))
    assert _findings(tmp_path, files) == ()


@pytest.mark.parametrize(
    "program",
    [
        "scores = {}\n"
        + "scores = {**scores, **scores}\n" * 3_000
        + "json.dumps(scores)\n" * 3_000,
        "".join(f"def f{n}():\n    return f{(n + 1) % 2000}()\n" for n in range(2_000))
        + "json.dumps(f0())\n" * 2_000,
        "x = 1\n" * 5_000 + 'json.dumps({"SRCC": x})\n' * 5_000,
        'json.dumps({"SRCC": ' + "-" * 90 + "1" + '+"a"' * 90 + "})\n",
        "".join(f'x["SRCC"] = {n}\n' for n in range(5_000)) + "json.dumps(x)\n" * 5_000,
        'json.dumps({"SRCC": ' + " or ".join(["None"] * 5_000) + "})\n",
    ],
)
def test_a_program_that_is_made_to_take_long_takes_seconds(tmp_path, program):
    """Names, dicts and functions that refer to each other thousands of times are not followed."""
    files = codabench_files()
    files[SCORE] += program.encode()
    started = time.monotonic()
    _findings(tmp_path, files)
    assert time.monotonic() - started < 10
