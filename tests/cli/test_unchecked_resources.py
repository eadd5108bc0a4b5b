"""Resources that are not checked concern organisers: one line for all uploads."""

from tests.cli.helpers import xacle_eval
from tests.helpers import REPOSITORY
from tests.submissions.descriptions import description, zipped

GOOD = (REPOSITORY / "sample_submissions" / "Minimal_Reference_01.csv").read_bytes()


def test_resources_without_a_list_are_one_line(tmp_path):
    """A participant does not see XAC112; an organiser with two packages sees it once."""
    for team in ("Kumo", "Nami"):
        label = f"{team}_01"
        files = {f"{label}.csv": GOOD, f"{label}.yaml": description(label)}
        (tmp_path / f"{team}.zip").write_bytes(zipped(files))
    one = xacle_eval("validate", "Kumo.zip", cwd=tmp_path)
    assert one.code == 0, one.out
    assert "XAC112" not in one.out
    both = xacle_eval("validate", "Kumo.zip", "Nami.zip", cwd=tmp_path)
    assert both.out.count("XAC112") == 1
    assert "resources of 2 systems not checked" in both.out
    assert '"XAC112"' in xacle_eval("validate", "Kumo.zip", "--format", "json", cwd=tmp_path).out
