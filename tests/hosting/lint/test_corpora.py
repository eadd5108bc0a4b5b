"""Both corpora: one trap for each bundle, and exactly the expected code."""

from collections import Counter

import pytest

import xacle_eval as xe
from benchmarks.fuzzing.bundles import zip_bytes
from tests.hosting.lint import corpus_codabench, corpus_evalai
from tests.hosting.lint.corpus_codabench import CODABENCH
from tests.hosting.lint.corpus_evalai import EVALAI
from tests.hosting.lint.corpus_shared import SHARED
from xacle_eval.hosting.lint.codes import CODES

CORPORA = {
    "codabench": (corpus_codabench.bundle_of, CODABENCH),
    "evalai": (corpus_evalai.bundle_of, EVALAI),
}
VARIANTS = [
    pytest.param(platform, make, code, change, id=f"{code} {name}")
    for platform, (make, variants) in CORPORA.items()
    for name, code, change in variants
]
NAMED = {"CB001": "codabench", "EV001": "evalai"}


@pytest.mark.parametrize(("platform", "make", "code", "change"), VARIANTS)
def test_a_variant_has_its_code_and_no_other(platform, make, code, change, tmp_path):
    """The trap is found with its place and its fix; nothing else of the bundle is reported."""
    archive = tmp_path / "bundle.zip"
    archive.write_bytes(zip_bytes(make(change)))
    report = xe.check_bundle(archive, NAMED.get(code))
    assert {each.code for each in report.findings} == {code}, report.findings
    for each in report.findings:
        assert each.message
        assert each.hint
        assert each.severity == CODES[code].severity
        if code not in ("BU001", "BU006", "BU007", "CB001", "EV001"):
            assert each.file
        if code[:2] in ("CB", "EV") and str(each.file).endswith(".yaml"):
            assert each.line
    if code not in ("BU001", "BU003"):
        assert report.platform == platform


def test_a_date_that_yaml_cannot_read_has_its_line(tmp_path):
    """A day that does not exist, without quotation marks, is found at its line."""
    change = corpus_codabench.replace('end: "2027-02-01 11:59:59"', "end: 2027-02-30")
    (tmp_path / "bundle.zip").write_bytes(zip_bytes(corpus_codabench.bundle_of(change)))
    (found,) = xe.check_bundle(tmp_path / "bundle.zip").findings
    assert (found.code, found.line) == ("BU010", 22)
    assert found.message.startswith("there is no such date or number as '2027-02-30'")


def test_the_corpora_are_large_and_reach_every_code():
    """At least 40 and 25 variants; each code in the table is the expected one of some bundle."""
    assert len(CODABENCH) >= 40
    assert len(EVALAI) >= 25
    reached = {code for _, code, _ in (*CODABENCH, *EVALAI)} | {code for _, code, _ in SHARED}
    assert reached == set(CODES)


def test_no_two_variants_are_the_same():
    """Each variant differs from the base and from every other variant."""
    for make, variants in CORPORA.values():
        made = [repr(make(change)) for _, _, change in variants]
        assert [text for text, number in Counter(made).items() if number > 1] == []
        assert repr(make(lambda _: None)) not in made
