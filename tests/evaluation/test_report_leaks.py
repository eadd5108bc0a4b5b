"""Under the default policy, a report has no value of a single pair, and no id, text or listener."""

import gzip
import re

import pytest

import xacle_eval as xe
from tests.leaks import PLANTS, find_leaks, write_challenge
from tests.submissions.descriptions import zipped
from xacle_eval.evaluation.report import full_report
from xacle_eval.submissions.rules import RULES

FORMATS = ("json", "text", "csv", "markdown", "latex")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Write the challenge; return its folder, its secrets and the report of its submissions."""
    folder = tmp_path_factory.mktemp("leaks")
    secrets = write_challenge(folder)
    return folder, secrets, report_of(folder)


def report_of(folder):
    return xe.report(folder / "submissions", challenge=folder, bootstrap=300)


def test_no_format_has_a_secret(made):
    """The JSON document and all tables have aggregates only, also for invalid submissions."""
    _, secrets, report = made
    assert len(report.unranked) == 9
    assert len(report.details[""]) == 13
    for name in FORMATS:
        assert find_leaks(getattr(report, f"to_{name}")().encode(), secrets) == set()
    assert find_leaks(report._repr_html_().encode(), secrets) == set()


def test_the_full_leaderboard_would_leak(made):
    """The search finds what findings of the same submissions quote without the policy."""
    folder, secrets, _ = made
    board = xe.leaderboard(folder / "submissions", challenge=folder, screenings="all")
    kinds = {kind for kind, _ in find_leaks(board.to_json().encode(), secrets)}
    assert kinds == {"prediction", "id of a pair"}


@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_leak_is_found(made, plant):
    """Each kind of secret is found in the JSON document, wherever it is."""
    _, secrets, report = made
    kind, change = PLANTS[plant]
    found = find_leaks(change(report, secrets).to_json().encode(), secrets)
    assert kind in {each for each, _ in found}


def test_a_leak_in_any_file_is_found(made):
    """The search reads HTML with escapes and thousands, and archives."""
    _, secrets, _ = made
    number = f"{float(min(secrets.predictions)):,.4f}"
    for text in (f"<td>{number}</td>", f"<bdi>{secrets.ids[3].replace('-', '&#45;')}</bdi>"):
        data = text.encode()
        for file in (data, gzip.compress(data), zipped({"a/b.html": data})):
            assert len(find_leaks(file, secrets)) == 1


@pytest.mark.long
@pytest.mark.parametrize(
    ("switch", "field", "kind"),
    [
        ("predictions", "prediction", "prediction"),
        ("references", "reference", "reference"),
        ("texts", "text", "text of a pair"),
        ("ratings", "ratings", "rating"),
    ],
)
def test_the_policy_shows_what_it_allows(tmp_path, switch, field, kind):
    """Each switch shows its values of the pairs with the largest errors, and no others."""
    secrets = write_challenge(tmp_path, f"{switch} = true\n")
    (tmp_path / "submissions" / "Equal_01.csv").unlink()  # its predictions are references
    report = report_of(tmp_path)
    for details in report.details[""]:
        shown = [each.model_dump(exclude_none=True) for each in details.largest]
        assert [set(each) for each in shown] == [{"pair_id", field}] * 10
    kinds = {kind for kind, _ in find_leaks(report.to_json().encode(), secrets)}
    assert kinds == {"id of a pair", kind}


def test_the_lines_of_findings_about_rows_are_left_out(made):
    """In a file in the order of the manifest, a line names a pair; a title and a count do not."""
    _, _, report = made
    by_code = {f.code: f for one in report.unranked for f in one.findings}
    assert by_code["XAC024"].message in ("missing ids", "missing ids (3 times)")
    for code in ("XAC021", "XAC023", "XAC024", "XAC031", "XAC032", "XAC039"):
        found = by_code[code]
        assert (found.line, found.column, found.lines) == (None, None, ())
        assert found.message.startswith(found.title)
        assert found.hint == RULES[code].hint


def test_findings_between_submissions_are_for_the_organisers(made):
    """Which teams sent the same file is not published; the organisers see it."""
    folder, _, report = made
    assert report.findings == ()
    full = full_report(folder / "submissions", challenge=folder, bootstrap=20)
    same = next(found for found in full.findings if found.code == "XAC060")
    assert re.search(r"Copied_01\.csv, .*Copy_01\.csv", same.message)
