"""Receipts record what was checked; verify compares a file with a receipt."""

import hashlib
import json
import shutil

import pytest
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

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
    """A receipt has the path, hash, verdict and findings of each file, and the challenge."""
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
    """With strict, a file with warnings is invalid in the receipt, as for the command."""
    odd = tmp_path / "Odd_01.csv"
    odd.write_text(HIBARI.read_text().replace("001.wav", "/001.wav"))
    assert receipt_of(odd).files[0].verdict == "valid"
    assert receipt_of(odd, strict=True).files[0].verdict == "invalid"


def test_the_same_file_and_another(tmp_path):
    """The same bytes under any name are the checked file; one changed byte makes another file."""
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
    """verify exits with 0 for the checked file, 1 for another file and 2 without a receipt."""
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
    """An invalid file has a receipt too, with its verdict, and the command still exits with 1."""
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
def test_other_files_than_receipts(tmp_path, text):
    """Anything other than a receipt is refused with a message."""
    path = tmp_path / "receipt.json"
    path.write_text(text)
    with pytest.raises(UsageError, match="is not a receipt"):
        read_receipt(path)


def test_indices_count_from_one(tmp_path):
    """The message about the first file of a receipt has the number 1."""
    path = tmp_path / "receipt.json"
    path.write_text(receipt_of(HIBARI).text().replace('"verdict": "valid"', '"verdict": "good"'))
    with pytest.raises(UsageError, match=r"--receipt`: files\[1\]\.verdict is missing or inv"):
        read_receipt(path)


def test_the_words_of_the_library_are_not_used(tmp_path, monkeypatch):
    """The message about an invalid key names the key, without the library's text."""
    path = tmp_path / "receipt.json"
    path.write_text(receipt_of(HIBARI).text().replace('"strict": false', '"strict": "perhaps"'))
    with pytest.raises(UsageError) as raised:
        read_receipt(path)
    assert str(raised.value).endswith("--receipt`: strict is missing or invalid")

    def fail(value):
        error = PydanticCustomError("new_kind", "other words")
        item = {"type": error, "loc": ("strict",), "input": 1}
        raise ValidationError.from_exception_data("x", [item])

    monkeypatch.setattr(Receipt, "model_validate", fail)
    with pytest.raises(UsageError) as again:
        read_receipt(path)
    assert str(again.value) == str(raised.value)


def test_a_receipt_over_its_own_submission(tmp_path):
    """A receipt never overwrites a file that is checked."""
    copy = shutil.copy(HIBARI, tmp_path / "Hibari_01.csv")
    done = xacle_eval("validate", copy, "--challenge", "example", "--receipt", copy)
    assert done.code == 2
    assert copy.read_bytes() == HIBARI.read_bytes()
