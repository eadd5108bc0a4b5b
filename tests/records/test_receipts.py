"""Receipts say what was checked; verify says whether a file is that one, and what differs."""

import hashlib
import json
import shutil

import pytest

import xacle_eval as xe
from tests.cli.helpers import xacle_eval
from tests.helpers import DATA
from xacle_eval.errors import UsageError
from xacle_eval.records.receipts import Receipt, make_receipt, read_receipt, verify

EXAMPLE = xe.load_challenge(DATA / "example")
HIBARI = DATA / "example/submissions/Hibari_01.csv"
MISTAKES = DATA / "example/mistakes/Hibari_03.csv"


def receipt_of(*paths, strict=False):
    """The receipt of a validation by the example challenge."""
    return make_receipt(xe.validate(*paths, challenge=EXAMPLE), EXAMPLE, strict)


def test_a_receipt_names_what_was_checked():
    """Path, hash, verdict and findings of every file stand in it, with tool, rule set and
    challenge.
    """
    receipt = receipt_of(HIBARI, MISTAKES)
    assert receipt.challenge.sha256 == EXAMPLE.sha256
    assert receipt.tool == f"xacle-eval {xe.__version__}"
    good, bad = receipt.files
    assert good.sha256 == hashlib.sha256(HIBARI.read_bytes()).hexdigest()
    assert (good.verdict, bad.verdict) == ("valid", "invalid")
    assert bad.findings == {"XAC023": 1, "XAC024": 2, "XAC026": 1, "XAC031": 1, "XAC032": 1}
    assert Receipt.model_validate_json(receipt.text()) == receipt
    assert receipt.text() == receipt_of(HIBARI, MISTAKES).text()


def test_strict_verdicts(tmp_path):
    """Under strict a file with warnings is invalid in the receipt, as it is to the command."""
    odd = tmp_path / "Odd_01.csv"
    odd.write_text(HIBARI.read_text().replace("001.wav", "/001.wav"))
    assert receipt_of(odd).files[0].verdict == "valid"
    assert receipt_of(odd, strict=True).files[0].verdict == "invalid"


def test_the_same_file_and_another(tmp_path):
    """The same bytes under any name are the file that was checked; one changed byte makes another."""
    receipt = receipt_of(HIBARI)
    copy = shutil.copy(HIBARI, tmp_path / "other_name.csv")
    found = verify(receipt, copy)
    assert (found.same, found.verdict) == (True, "valid")
    changed = tmp_path / "Hibari_01.csv"
    changed.write_bytes(HIBARI.read_bytes().replace(b"1", b"2", 1))
    found = verify(receipt, changed)
    assert (found.same, found.verdict, found.compared.rpartition("/")[2]) == (
        False,
        None,
        "Hibari_01.csv",
    )


def test_the_command(tmp_path):
    """validate --receipt and verify end in 0 for the file, in 1 for another, and 2 where there is
    no receipt.
    """
    receipt = tmp_path / "receipt.json"
    done = xacle_eval("validate", HIBARI, "--challenge", "example", "--receipt", receipt, "-q")
    assert done.code == 0
    assert json.loads(receipt.read_text())["schema"] == "xacle-eval/receipt/1"
    assert xacle_eval("verify", receipt, HIBARI).out.startswith("match  ")
    other = xacle_eval("verify", receipt, MISTAKES, "--format", "json")
    assert (other.code, json.loads(other.out)["same"]) == (1, False)
    assert xacle_eval("verify", HIBARI, HIBARI).code == 2
    assert xacle_eval("verify", tmp_path / "none.json", HIBARI).code == 2
    assert xacle_eval("verify", receipt, tmp_path / "none.csv").code == 2


def test_a_receipt_of_a_faulty_file_is_written(tmp_path):
    """A faulty file has a receipt too, with its verdict, and the command still ends in 1."""
    receipt = tmp_path / "receipt.json"
    assert (
        xacle_eval("validate", MISTAKES, "--challenge", "example", "--receipt", receipt).code == 1
    )
    assert json.loads(receipt.read_text())["files"][0]["verdict"] == "invalid"
    found = xacle_eval("verify", receipt, MISTAKES)
    assert found.code == 0
    assert "matches the receipt: invalid" in found.out


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"schema": "xacle-eval/validate/1"}', "[" * 100_000, "\x00", "null"]
)
def test_what_is_no_receipt(tmp_path, text):
    """Anything else than a receipt is refused in a sentence."""
    path = tmp_path / "receipt.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="is no receipt"):
        read_receipt(path)


def test_a_receipt_over_its_own_submission(tmp_path):
    """The receipt is never written over a file that is checked, nor over the other result."""
    copy = shutil.copy(HIBARI, tmp_path / "Hibari_01.csv")
    done = xacle_eval("validate", copy, "--challenge", "example", "--receipt", copy)
    assert done.code == 2
    assert copy.read_bytes() == HIBARI.read_bytes()
