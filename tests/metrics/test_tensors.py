"""Arrays and tensors of other libraries: read by protocol, without importing the library."""

import decimal

import numpy as np
import pandas as pd
import pytest

from xacle_eval.metrics import MetricInputError, srcc
from xacle_eval.metrics.arrays import check_array

GOOD = [1.0, 2.5, 4.0]


class Tensor:
    """What the metrics need of a PyTorch tensor: here it is on a device and has a gradient."""

    def __init__(self, values, steps=()):
        self.values, self.steps = np.asarray(values), steps

    def detach(self):
        return Tensor(self.values, (*self.steps, "detach"))

    def cpu(self):
        return Tensor(self.values, (*self.steps, "cpu"))

    def double(self):
        return Tensor(self.values.astype(np.float64), (*self.steps, "double"))

    def is_floating_point(self):
        return self.values.dtype.kind == "f"

    def __array__(self, dtype=None, copy=None):
        if self.steps[:2] != ("detach", "cpu"):
            raise TypeError("can't convert a tensor on a device")
        return self.values


class OnGpu:
    """What the metrics need of a CuPy array."""

    @property
    def __cuda_array_interface__(self):
        return {}

    def __array__(self, dtype=None, copy=None):
        raise TypeError("Implicit conversion to a NumPy array is not allowed.")

    def get(self):
        return np.array(GOOD, dtype=np.float32)


class Exchanged:
    """An array that has only DLPack."""

    def __dlpack__(self, **options):
        return np.array(GOOD).__dlpack__(**options)

    def __dlpack_device__(self):
        return np.array(GOOD).__dlpack_device__()


@pytest.mark.parametrize(
    "given",
    [
        Tensor(GOOD),
        Tensor(np.array(GOOD, dtype=np.float16)),
        OnGpu(),
        Exchanged(),
        pd.Series(GOOD, index=["c", "a", "b"]),
        pd.Series(GOOD, dtype="Float64"),
        pd.Series(GOOD, dtype=object),
        np.array([1, 2.5, np.float32(4)], dtype=object),
    ],
    ids=lambda given: type(given).__name__,
)
def test_numbers_of_other_libraries_are_read(given):
    """A tensor with a gradient on a device, an array on a GPU, DLPack alone and Python objects."""
    found = check_array(given, "predictions")
    assert found.dtype == np.float64
    assert found.tolist() == GOOD
    assert srcc(given, GOOD) == 1


def test_whole_numbers_of_a_tensor_stay_exact():
    """Integers that float64 cannot hold are refused in a tensor, too."""
    with pytest.raises(MetricInputError, match="integer 9007199254740993 at index 1"):
        check_array(Tensor([1, 2**53 + 1]), "predictions")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Tensor([[1.0], [2.0]]), r"one-dimensional.*shape \(2, 1\)"),
        (pd.Series([1.0, None], dtype="Float64"), "1 of 2 values that are not finite|dtype object"),
        (np.array([decimal.Decimal(1)], dtype=object), "must hold real numbers"),
        (np.array([1.0, "2"], dtype=object), "must hold real numbers"),
    ],
)
def test_what_is_no_vector_of_numbers_is_refused(given, message):
    """A column of shape (n, 1), missing values and other objects are errors, never dropped."""
    with pytest.raises(MetricInputError, match=f"^predictions .*(?:{message})"):
        check_array(given, "predictions")


def test_torch():
    """Real tensors: any float type, with a gradient; a list of them needs `stack`."""
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    tensor = torch.tensor(GOOD, requires_grad=True)
    for given in (tensor, tensor.bfloat16(), tensor.half(), tensor.double()):
        assert check_array(given, "predictions").tolist() == GOOD
    with pytest.raises(MetricInputError, match="requires grad"):
        check_array([tensor[0], tensor[1]], "predictions")
    assert tensor.grad is None
    assert tensor.requires_grad


def test_jax():
    """Real JAX arrays, also bfloat16, which numpy does not have."""
    jnp = pytest.importorskip("jax.numpy", reason="JAX is not installed")
    for kind in (jnp.float32, jnp.bfloat16):
        assert check_array(jnp.array(GOOD, dtype=kind), "predictions").tolist() == GOOD


def test_polars():
    """A polars Series; a null is an error."""
    polars = pytest.importorskip("polars", reason="polars is not installed")
    assert check_array(polars.Series(GOOD), "predictions").tolist() == GOOD
    with pytest.raises(MetricInputError, match="1 of 2 values that are not finite"):
        check_array(polars.Series([1.0, None]), "predictions")
