"""The check page in a real browser: the findings of the command, and nothing leaves it."""

import gzip
import json
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.helpers import xacle_eval
from tests.helpers import DATA, REPOSITORY
from tests.hosting.pages import SECONDS, expected_rows, pyodide_folder, upload, wait_for
from tests.hosting.programs import by_command, without_parser
from tests.hosting.test_bundle import CORPUS, GROUPS, TIMED
from tests.reports.site.browsing import SCHEMES, WIDTHS, axe_source, browser, opened

pytestmark = pytest.mark.long

TASK = DATA / "example" / "task.toml"
HOSTILE = DATA / "hostile"
PAGES = sorted({(challenge, split) for challenge, split, _ in GROUPS}, key=str)


@pytest.fixture(scope="module")
def chromium():
    """Return a browser, or skip."""
    with browser() as found:
        yield found


@pytest.fixture(scope="module")
def write_page(tmp_path_factory):
    """Return a function that writes the page of a challenge with the command."""
    folder = tmp_path_factory.mktemp("pages")

    def write(challenge, split=None):
        site = folder / f"{Path(challenge).stem}-{split}"
        options = ["--challenge", challenge, *(["--split", split] if split else [])]
        if not site.exists():
            check = ["--check-page", "--pyodide", pyodide_folder(), "-o", site]
            done = xacle_eval("report", *check, *options)
            assert done.code == 0, done.err
        return site / "check.html"

    return write


def reports_by_file(document):
    """Return the reports of each file: one, or those of a package and its systems."""
    found = defaultdict(list)
    for report in json.loads(document)["submissions"]:
        found[report["package"] or report["path"]].append(report)
    return found


def compare(shown, document):
    """Assert that a page shows the findings of the command for each file."""
    reports = reports_by_file(document)
    assert [each["name"] for each in shown] == list(reports)
    for each in shown:
        own = reports[each["name"]]
        assert each["rows"] == expected_rows(own)
        valid = all(report["valid"] for report in own)
        assert each["verdict"].startswith("✓ valid: " if valid else "✕ invalid: ")


def only_itself(seen, file):
    """Assert that a page logged nothing, and loaded only itself and its own worker."""
    assert seen.messages == []
    own = [address for address in seen.requests if not address.startswith("blob:")]
    assert own == [file.resolve().as_uri()]


@pytest.mark.parametrize(("challenge", "split"), PAGES)
def test_every_invalid_file(chromium, write_page, challenge, split):
    """Every file of tests/data/invalid has the same codes, lines, columns, messages and fixes."""
    file = write_page(CORPUS / challenge, split)
    for group, names in GROUPS.items():
        if group[:2] != (challenge, split):
            continue
        folder = CORPUS / group[2]
        _, document = by_command(names, folder, CORPUS / challenge, split)
        with opened(chromium, file, offline=True) as seen:
            compare(upload(seen.page, [folder / name for name in names]), document)
            only_itself(seen, file)


def test_packages(chromium, write_page):
    """Packages, valid and hostile, have the findings of the command."""
    hostile = [path for path in sorted(HOSTILE.glob("*.zip")) if path.name not in TIMED]
    file = write_page(TASK)
    for packages in (sorted((DATA / "example" / "packages").glob("*.zip")), hostile[::4]):
        names = [path.name for path in packages]
        _, document = by_command(names, packages[0].parent, TASK)
        with opened(chromium, file) as seen:
            shown = upload(seen.page, packages)
            only_itself(seen, file)
        for each in shown:
            for row in each["rows"]:
                row["How to fix it"] = without_parser(row["How to fix it"])
        compare(shown, without_parser(document))


def test_samples_of_the_challenge(chromium, write_page, tmp_path):
    """Files of 3,000 rows are valid, also compressed, and the summary says how many pairs."""
    file = write_page("xacle2026")
    samples = sorted((REPOSITORY / "sample_submissions").glob("*.csv"))[:2]
    packed = tmp_path / "Kumo_01.csv.gz"
    packed.write_bytes(gzip.compress(samples[0].read_bytes(), mtime=0))
    _, document = by_command([packed.name], tmp_path, "xacle2026")
    with opened(chromium, file) as seen:
        shown = upload(seen.page, [*samples, packed])
        assert seen.page.inner_text("#status") == "3 files checked: 3 valid, 0 invalid."
        only_itself(seen, file)
    assert shown[0]["verdict"].partition(", ")[0] == "✓ valid: 3,000 pairs"
    compare(shown[2:], document)


NAMES = [
    "<img src=x onerror=alert(1)>_01.csv",
    "\u202egnp.csv",
    "\"quoted\" & 'more'.csv",
    "名前🎧_01.csv",
    f"{'x' * 200}.csv",
]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_reading_it(chromium, write_page, tmp_path, scheme):
    """At both widths and in both colour schemes axe-core has no complaint, no name is markup, and
    the page does not scroll sideways.
    """
    file = write_page(TASK)
    files = [(tmp_path / name) for name in NAMES]
    for each in files:
        each.write_bytes((HOSTILE / "csv_id_01.csv").read_bytes())
    files += [DATA / "example" / "packages" / "Kumo.zip"]
    with opened(chromium, file, scheme=scheme) as seen:
        shown = upload(seen.page, files)
        assert [each["name"] for each in shown] == [each.name for each in files]
        assert seen.page.locator("#results img").count() == 0
        seen.page.evaluate(axe_source())
        for width in WIDTHS:
            seen.page.set_viewport_size({"width": width, "height": 900})
            violations = seen.page.evaluate("async () => (await axe.run()).violations")
            assert [(one["id"], one["nodes"][0]["html"]) for one in violations] == []
            root = "document.documentElement"
            wide, inner = (
                seen.page.evaluate(f"{root}.{name}") for name in ("scrollWidth", "clientWidth")
            )
            assert wide <= inner
        assert seen.page.pdf().startswith(b"%PDF")
        only_itself(seen, file)


def test_with_the_keyboard(chromium, write_page):
    """The file input is reached by Tab, has a name, and opens the dialog of the system."""
    with opened(chromium, write_page(TASK)) as seen:
        wait_for(seen.page, "Ready")
        seen.page.keyboard.press("Tab")  # the link to the content
        seen.page.keyboard.press("Tab")
        assert seen.page.evaluate("document.activeElement.id") == "files"
        assert seen.page.get_by_label("Prediction files (CSV) and packages (ZIP)").count() == 1
        # Beside other browsers, the dialog can take longer than Playwright's 30 seconds.
        with seen.page.expect_file_chooser(timeout=120_000):
            seen.page.locator("#files").press("Enter")


def test_the_names_of_the_files_stay(chromium, write_page, tmp_path):
    """The input keeps the names after a check, and the same file can be checked again."""
    file = tmp_path / "Kumo_01.csv"
    file.write_text("x", encoding="utf-8")
    names = "[...document.querySelector('#files').files].map((file) => file.name)"
    with opened(chromium, write_page(TASK)) as seen:
        assert "XAC002" not in str(upload(seen.page, [file]))
        assert seen.page.evaluate(names) == ["Kumo_01.csv"]
        with seen.page.expect_file_chooser():
            seen.page.click("#files")
        assert seen.page.evaluate(names) == []
        seen.page.dispatch_event("#files", "cancel")
        assert seen.page.evaluate(names) == ["Kumo_01.csv"]
        file.write_text("", encoding="utf-8")
        with seen.page.expect_file_chooser() as chooser:
            seen.page.click("#files")
        chooser.value.set_files(file)
        seen.page.locator("#results", has_text="XAC002").wait_for(timeout=SECONDS)


def test_errors_stand_first_and_code_is_marked(chromium, write_page):
    """Severities are in their order, and what a fix has in back-quotes is an element."""
    with opened(chromium, write_page(TASK)) as seen:
        order = ["✕ error", "▲ warning", "● info"]
        (shown,) = upload(seen.page, [HOSTILE / "package_split.zip"])
        found = [order.index(row["Severity"]) for row in shown["rows"]]
        assert found == sorted(found)
        assert len(set(found)) > 1
        assert "xacle-eval package --template" in seen.texts("#results td code")
        assert not any("`" in row["How to fix it"] for row in shown["rows"])


def test_dropped_files(chromium, write_page):
    """Dropped files are checked, before the check is ready and anywhere on the page."""
    drop = """(files) => {
      const data = new DataTransfer();
      for (const [name, text] of files) data.items.add(new File([text], name));
      document.body.dispatchEvent(new DragEvent("drop",
        { bubbles: true, cancelable: true, dataTransfer: data }));
    }"""
    with opened(chromium, write_page(TASK)) as seen:
        seen.page.evaluate(drop, [["Kumo_01.csv", "x"], ["Kumo_02.csv", ""]])
        wait_for(seen.page, "2 files checked: 0 valid, 2 invalid.")
        assert seen.page.locator("#results article").count() == 2
        seen.page.evaluate(drop, [["Kumo_03.csv", ""]])
        wait_for(seen.page, "1 file checked: 0 valid, 1 invalid.")
        assert seen.page.locator("#results article").count() == 1


def test_a_file_that_is_too_large(chromium, write_page, tmp_path):
    """Only the bytes up to the limit are read; the finding is that of the command."""
    large = tmp_path / "Kumo_01.csv"
    large.write_bytes(b"x,1\n" * 15_000_000)
    _, document = by_command([large.name], tmp_path, TASK)
    with opened(chromium, write_page(TASK)) as seen:
        compare(upload(seen.page, [large]), document)
    assert "reading stopped" in document


def test_stopping(chromium, write_page):
    """A check that takes long says so, can be stopped, and the next one runs."""
    with opened(chromium, write_page(TASK)) as seen:
        wait_for(seen.page, "Ready")
        seen.page.set_input_files("#files", HOSTILE / "pdf_tree.zip")
        wait_for(seen.page, "Checking pdf_tree.zip")
        seen.page.get_by_role("button", name="Stop").click()
        wait_for(seen.page, "1 file checked: 0 valid, 1 invalid.")
        assert "it was stopped" in seen.page.inner_text("#results")
        assert not seen.page.get_by_role("button", name="Stop").is_visible()
        seen.page.set_input_files("#files", DATA / "example" / "packages" / "Hibari.zip")
        wait_for(seen.page, "1 file checked: 1 valid, 0 invalid.")


def test_a_report_that_takes_too_long(chromium, write_page):
    """A PDF that never ends is stopped by the page, with the finding of the command."""
    _, document = by_command(["pdf_tree.zip"], HOSTILE, TASK)
    with opened(chromium, write_page(TASK)) as seen:
        compare(upload(seen.page, [HOSTILE / "pdf_tree.zip"]), document)


def test_an_old_browser(chromium, write_page):
    """A browser without what the page needs says so, at the start and for a file."""
    with browser_without(chromium, "DecompressionStream", write_page(TASK)) as page:
        wait_for(page, "The check cannot run in this browser: DecompressionStream")
        page.evaluate("document.getElementById('status').textContent = ''")
        page.set_input_files("#files", HOSTILE / "csv_id_01.csv")
        wait_for(page, "The check cannot run in this browser: DecompressionStream")


@contextmanager
def browser_without(chromium, feature, file):
    """Open a page in a browser that lacks a feature."""
    context = chromium.new_context()
    context.add_init_script(f"delete window.{feature}")
    page = context.new_page()
    page.goto(file.resolve().as_uri())
    yield page
    context.close()


def test_in_a_site(chromium, tmp_path):
    """As a page of a site, it has the links of the others, which lead to it."""
    site = tmp_path / "site"
    folder = DATA / "example"
    done = xacle_eval(
        *("report", folder / "submissions", "-o", site, "--references", folder / "ratings.csv"),
        *("--challenge", folder, "--bootstrap", "20", "--pyodide", pyodide_folder()),
    )
    assert (site / "check.html").exists(), done.err
    with opened(chromium, site / "index.html") as seen:
        seen.page.get_by_role("navigation").get_by_text("Check").click()
        shown = upload(seen.page, [folder / "mistakes" / "Hibari_03.csv"])
        _, document = by_command(["Hibari_03.csv"], folder / "mistakes", folder)
        compare(shown, document)
        seen.page.get_by_role("navigation").get_by_text("Results").first.click()
        assert seen.page.url == (site / "index.html").resolve().as_uri()
        assert seen.messages == []
