"""The file of labels: what the exporter writes is read bit for bit, anything else is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xacle_eval.hosting.scoring.labels import LabelsError, labels_text, read_labels

FINITE = st.floats(allow_nan=False, allow_infinity=False)
IDS = ["a.wav", "b,c", 'd"e', "f\ng"]


@given(values=st.lists(FINITE, min_size=8, max_size=8))
def test_every_bit_is_kept(values):
    """Any finite numbers and any ids."""
    columns = {"quality": values[:4], "effort": values[4:]}
    text = labels_text(IDS, columns)
    assert read_labels(text.encode(), IDS, ["quality", "effort"]) == columns


GOOD = "id,reference\na,1.5\nb,2.0\n"


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"\xff", b"id,reference\n", b"a,1.5\nb,2.0\n", b'id,reference\n"a,1.5\n'),
        *(GOOD.replace(old, new).encode() for old, new in [
            ("reference", "label"), ("a,", "c,"), ("2.0", "nan"), ("2.0", "inf"), ("2.0", "1_0"),
            ("2.0", "1e999"), ("2.0", ""), ("2.0", "2.0,1"), ("b,2.0\n", ""), (",1.5", ""),
            ("b,2.0\n", "b,2.0\nb,2.0\n"), ("a,1.5\nb,2.0", "b,2.0\na,1.5"), ("2.0", " 2.0"),
        ]),
    ],
)  # fmt: skip
def test_anything_else(data):
    """Other ids, order, columns and numbers; the error has no value in it."""
    assert read_labels(GOOD.encode(), ["a", "b"], [""]) == {"": [1.5, 2.0]}
    with pytest.raises(LabelsError) as error:
        read_labels(data, ["a", "b"], [""])
    assert not any(char.isdigit() for char in str(error.value))


def test_labels_that_are_not_written():
    """A label that is not finite, or missing, is an error of the exporter."""
    for values in ([1.0], [1.0, float("nan")]):
        with pytest.raises(LabelsError, match="one finite label for each scored pair"):
            labels_text(["a", "b"], {"": values})
