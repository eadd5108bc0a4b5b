"""Hostile JSON and receipts are refused with one sentence, at low cost."""

import ast
import json
import os
import time
from pathlib import Path

import pytest

from tests.cli.helpers import xacle_eval
from tests.helpers import DATA
from tests.test_hostile import MEMORY, SECONDS, call, harmless, measure
from xacle_eval import OutputError, load_challenge, validate
from xacle_eval.io.json_reading import JsonError, parse_json
from xacle_eval.records import receipts
from xacle_eval.records.receipts import make_receipt, read_receipt

# The package that is tested may be an installed one.
PACKAGE = Path(receipts.__file__).parents[1]
HIBARI = DATA / "example" / "submissions" / "Hibari_01.csv"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b'{"a": 1, "a": 2}', "duplicate key 'a'"),
        (b'{"a\\u001b": 1, "a\\u001b": 2}', r"duplicate key 'a\x1b'"),
        (b"[NaN]", "NaN is not a JSON number"),
        (b"[-Infinity]", "-Infinity is not a JSON number"),
        (b"[1e999]", "a number is too large"),
        (b"[" + b"9" * 100_000 + b"]", "outside the 64-bit range"),
        (b"[-9223372036854775809]", "outside the 64-bit range"),
        (rb'["\ud800"]', r"the text '\ud800' is not valid Unicode"),
        (rb'{"\udfff": 1}', r"the text '\udfff' is not valid Unicode"),
        (b'["\xed\xa0\x80"]', "line 1 is not UTF-8 text"),
        (b'{\n"a": caf\xe9}', "line 2 is not UTF-8 text"),
        (b'{"a": 1,\n"b" 2}', "it is not JSON (line 2, column 5)"),
        (b"[" * 21 + b"]" * 21, "nested more than 20 levels"),
        (b'{"a":' * 100_000, "nested more than 20 levels"),
        (b"[" + b"[]," * 130_000 + b"[]]", "more than 250,000 values"),
        (b"[" + b'"",' * 300_000 + b'""]', "more than 250,000 values"),
        (b'"' + b'\\"' * 900_000, "it is not JSON"),
        (b'["[[[[[[[[[[[[[[[[[[[[[[[[",{"}":"]]]]]]]]]]]"},"\\"[[[[[["', "it is not JSON"),
        (b"", "it is not JSON"),
    ],
)
def test_json_that_is_refused(data, problem):
    """JSON that programs read differently, or that is too deep or large, is refused."""
    with pytest.raises(JsonError) as raised:
        parse_json(data)
    assert problem in str(raised.value)
    assert harmless(str(raised.value))


def test_json_at_the_limits():
    """Values, levels and numbers at the limits are read; brackets in strings do not count."""
    assert parse_json(b"[" * 20 + b"]" * 20) is not None
    assert len(parse_json(b"[" + b"1," * 249_999 + b"1]")) == 250_000
    with pytest.raises(JsonError, match="more than 250,000 values"):
        parse_json(b"[" + b"1," * 250_000 + b"1]")
    text = (
        '["[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\"{{{,,", 9223372036854775807, -1.5e3, "\\ud83d\\ude00"]'
    )
    assert parse_json(b"\xef\xbb\xbf" + text.encode()) == json.loads(text)


# Files that a platform or a generated program reads with Python's own rules, such as NaN in
# scores.json, which a trial must read as the platform does; our own data in a scorer and a ledger.
OTHER_READERS = {
    "hosting/scoring/entry.py",
    "hosting/trial/evalai.py",
    "hosting/trial/evalai_worker.py",
    "hosting/trial/scores.py",
    "records/ledger/bodies.py",
}


def test_one_function_reads_json():
    """No other module calls json.load or json.loads, but for those with other rules by purpose."""
    readers = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (
            (isinstance(node, ast.Attribute) and node.attr in ("load", "loads", "JSONDecoder"))
            and getattr(node.value, "id", "") == "json"
        )
        or (isinstance(node, ast.ImportFrom) and node.module in ("json", "json.decoder"))
    }
    generated = {name for name in readers if name.startswith("hosting/huggingface/project/")}
    assert readers - generated == {"io/json_reading.py", *OTHER_READERS}


def receipt_table():
    """Return the JSON of a receipt."""
    challenge = load_challenge(DATA / "example" / "challenge.toml")
    return json.loads(make_receipt(validate(HIBARI, challenge=challenge), challenge).text())


@pytest.mark.parametrize(
    ("place", "text", "problem"),
    [
        (("challenge", "name"), "a\x1b[2J", r"challenge.name is invalid: 'a\x1b[2J'"),
        (("challenge", "split"), "a\r::error::x", r"challenge.split is invalid: 'a\r::error::x'"),
        (("challenge", "name"), "\u202etxt", r"challenge.name is invalid: '\u202etxt'"),
        (("tool",), "x" * 101, "tool is invalid: 'xx"),
        (("files", 0, "findings"), {"a\x1bb": "x"}, r"files[1].findings.a\x1bb is missing or"),
    ],
)
def test_texts_of_a_receipt(place, text, problem, tmp_path):
    """Control characters in a receipt are refused, and shown as escapes."""
    table = receipt_table()
    inner = table
    for part in place[:-1]:
        inner = inner[part]
    inner[place[-1]] = text
    (tmp_path / "receipt.json").write_text(json.dumps(table))
    done = xacle_eval("verify", tmp_path / "receipt.json", HIBARI)
    assert (done.code, done.out) == (2, "")
    assert problem in done.err
    assert harmless(done.err)


def test_a_receipt_that_verify_could_not_read_is_not_written(tmp_path, monkeypatch):
    """The limit holds for writing too, so every receipt that is written can be verified."""
    table = receipt_table()
    receipt = receipts.Receipt.model_validate(table)
    size = len(receipt.text().encode())
    monkeypatch.setattr(receipts, "_MOST_BYTES", size)
    (tmp_path / "receipt.json").write_text(receipt.text())
    assert read_receipt(tmp_path / "receipt.json") == receipt
    monkeypatch.setattr(receipts, "_MOST_BYTES", size - 1)
    with pytest.raises(OutputError, match="validate fewer files at once"):
        receipt.text()


def test_a_receipt_and_a_file_at_their_limits(tmp_path, monkeypatch):
    """A receipt and a file of exactly the limit are read; one more byte is an error."""
    receipt = tmp_path / "receipt.json"
    for size in (5_000_000, 5_000_001):
        receipt.write_bytes(json.dumps(receipt_table()).encode().ljust(size))
        code, _, err = call("verify", receipt, HIBARI)
        assert (code == 0) == (size == 5_000_000)
        assert ("it has more than 5,000,000 bytes" in err) == (size > 5_000_000)
    receipt.write_text(json.dumps(receipt_table()))
    for size in (0, -1):
        monkeypatch.setattr(receipts, "_LARGEST_FILE", HIBARI.stat().st_size + size)
        code, _, err = call("verify", receipt, HIBARI)
        assert (code, "it has more than" in err) == ((2, True) if size else (0, False))


@pytest.fixture
def files(tmp_path):
    """Write hostile receipts and files; return the cases with the expected text."""
    (tmp_path / "lists.json").write_bytes(b"[" + b"[]," * 12_000_000 + b"[]]")
    (tmp_path / "small.json").write_bytes(b"[" + b"[]," * 1_600_000 + b"[]]")
    (tmp_path / "quotes.json").write_bytes(b'"' + b'\\"' * 900_000 + b"x" * 3_000_000)
    receipt = tmp_path / "receipt.json"
    receipt.write_text(json.dumps(receipt_table()))
    with (tmp_path / "sparse").open("wb") as stream:
        stream.truncate(10_000_000_000)
    os.mkfifo(tmp_path / "fifo")
    return receipt


@pytest.mark.skipif(not hasattr(os, "wait4"), reason="needs the resources of a process")
@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("lists.json", "it has more than 5,000,000 bytes"),
        ("small.json", "it has more than 250,000 values"),
        ("quotes.json", "it is not JSON"),
    ],
)
def test_what_hostile_receipts_cost(name, problem, files, tmp_path):
    """Each receipt is refused within two CPU seconds and 300 MB."""
    told = tmp_path / "told"
    arguments = ("verify", tmp_path / name, HIBARI)
    code, out, err, memory, seconds = measure(arguments, tmp_path, told)
    assert (code, out) == (2, "")
    assert problem in err
    assert harmless(err)
    assert memory < MEMORY
    assert seconds < SECONDS


def test_special_and_large_files(files, tmp_path):
    """Receipts and files that are devices, pipes, folders or very large are refused at once."""
    others = {
        "/dev/zero": "it is a character device",
        tmp_path / "fifo": "it is a pipe",
        tmp_path: "Is a directory",
        "a" * 300: "File name too long",
    }
    start = time.process_time()
    for file, problem in others.items():
        for arguments in ((file, HIBARI), (files, file)):
            code, out, err = call("verify", *arguments)
            assert (code, out) == (2, "")
            assert problem in err
            assert harmless(err)
    for arguments in ((files, tmp_path / "sparse"), (tmp_path / "sparse", HIBARI)):
        code, out, err = call("verify", *arguments)
        assert (code, out) == (2, "")
        assert "it has more than" in err
    assert time.process_time() - start < SECONDS
