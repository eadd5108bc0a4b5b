"""The device of a run (one GPU, several with torchrun, or the CPU), precision, repeatability."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import distributed

from reference.errors import RecipeError

__all__ = ["Place", "cpu_supports_bf16", "repeatable", "working_place"]

SMALLEST = 5e-324  # greater than 0, unless the process flushes denormal numbers to 0


@dataclass(frozen=True)
class Place:
    """Where a process computes.

    Attributes
    ----------
    device : torch.device
        Its device.
    rank, processes : int
        Its number, from 0, and the number of processes.
    dtype : torch.dtype
        Type of the forward pass.
    """

    device: torch.device
    rank: int = 0
    processes: int = 1
    dtype: torch.dtype = torch.float32

    @property
    def first(self) -> bool:
        """Whether this is the process that writes files and messages."""
        return self.rank == 0

    def autocast(self) -> torch.autocast:
        """Return the context of a forward pass."""
        return torch.autocast(
            self.device.type, dtype=self.dtype, enabled=self.dtype != torch.float32
        )

    def scaler(self) -> torch.amp.GradScaler:
        """Return the scaler of the loss; it is only active for fp16."""
        return torch.amp.GradScaler(self.device.type, enabled=self.dtype == torch.float16)

    def from_first(self, value: Any) -> Any:
        """Return the value of the first process, in every process."""
        if self.processes == 1:
            return value
        held = [value]
        distributed.broadcast_object_list(held, src=0, device=self.device)
        return held[0]

    def from_all(self, value: Any) -> list[Any]:
        """Return the values of all processes, in their order."""
        if self.processes == 1:
            return [value]
        held: list[Any] = [None] * self.processes
        distributed.all_gather_object(held, value)
        return held


@contextmanager
def working_place(precision: str) -> Iterator[Place]:
    """Yield the place of this process; with torchrun, it is one of several processes.

    Parameters
    ----------
    precision : {"auto", "float32", "bf16", "fp16"}
        ``auto`` is float32 on the CPU and bf16 on a GPU, or fp16 if the GPU does not support bf16.

    Raises
    ------
    RecipeError
        If fp16 is requested without a GPU, or bf16 on a CPU that cannot compute an LSTM in it.
    """
    processes, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    # cuBLAS needs this to be deterministic; it is read when CUDA starts.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    gpu = torch.cuda.is_available()
    dtype = _dtype(precision, gpu)
    device = (
        torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if gpu else torch.device("cpu")
    )
    if gpu:
        torch.cuda.set_device(device)
    if processes > 1:
        distributed.init_process_group("nccl" if gpu else "gloo")
    try:
        yield Place(device, rank, processes, dtype)
    finally:
        if processes > 1:
            distributed.destroy_process_group()


def _dtype(precision: str, gpu: bool) -> torch.dtype:
    if precision == "auto":
        precision = "float32" if not gpu else "bf16" if torch.cuda.is_bf16_supported() else "fp16"
    if precision == "fp16" and not gpu:
        raise RecipeError(
            "the precision fp16 requires a GPU, but none was found: use float32, bf16 or auto"
        )
    if precision == "bf16" and not gpu and not cpu_supports_bf16():
        raise RecipeError(
            "this CPU cannot train in the precision bf16: use float32 or auto, or a GPU"
        )
    return {"float32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[precision]


def cpu_supports_bf16() -> bool:
    """Return whether an LSTM can be trained in bf16 on this CPU.

    PyTorch has no query for it: on processors without bf16 instructions some releases of oneDNN
    have no kernel for the gradient of an LSTM. So a small one is tried.
    """
    lstm = torch.nn.LSTM(8, 8, batch_first=True, bidirectional=True)
    inputs = torch.zeros(2, 4, 8, requires_grad=True)
    try:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            outputs, _ = lstm(inputs)
        outputs.float().sum().backward()
    except RuntimeError:
        return False
    return True


@contextmanager
def repeatable(seed: int) -> Iterator[None]:
    """Seed PyTorch's generator for weights and dropout, and use deterministic kernels.

    The process-wide settings are restored at the end, because other libraries may depend on them.
    """
    torch.manual_seed(seed)
    # If a GPU has no deterministic kernel, PyTorch warns and continues.
    asked, warned = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Small gradients and Adam's averages of them become denormal numbers (below 1e-38), which are
    # many times slower on a CPU.
    flushed = SMALLEST * 1.0 == 0.0
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(flushed)
        torch.use_deterministic_algorithms(asked, warn_only=warned)
