"""Where a run computes: one GPU, several through torchrun, or the CPU; in which precision; and
repeatably.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import distributed

from reference.errors import RecipeError

__all__ = ["Place", "repeatable", "working_place"]

SMALLEST = 5e-324  # above 0, unless the process takes numbers this small for 0


@dataclass(frozen=True)
class Place:
    """A process's device, its number and how many there are, and the type of its forward pass."""

    device: torch.device
    rank: int = 0
    processes: int = 1
    dtype: torch.dtype = torch.float32

    @property
    def first(self) -> bool:
        """Whether this process writes and speaks."""
        return self.rank == 0

    def autocast(self) -> torch.autocast:
        """Return the context of a forward pass."""
        return torch.autocast(
            self.device.type, dtype=self.dtype, enabled=self.dtype != torch.float32
        )

    def scaler(self) -> torch.amp.GradScaler:
        """Return the scaler of the loss; it does something for half floats only."""
        return torch.amp.GradScaler(self.device.type, enabled=self.dtype == torch.float16)

    def from_first(self, value: Any) -> Any:
        """Return the first process's value in every process."""
        if self.processes == 1:
            return value
        held = [value]
        distributed.broadcast_object_list(held, src=0, device=self.device)
        return held[0]

    def from_all(self, value: Any) -> list[Any]:
        """Return every process's value, in their order."""
        if self.processes == 1:
            return [value]
        held: list[Any] = [None] * self.processes
        distributed.all_gather_object(held, value)
        return held


@contextmanager
def working_place(precision: str) -> Iterator[Place]:
    """Yield where this process works; torchrun's environment makes it one of several.

    Parameters
    ----------
    precision : {"auto", "float32", "bf16", "fp16"}
        ``auto`` is bf16, or else fp16, on a GPU, and float32 on the CPU.

    Raises
    ------
    RecipeError
        If fp16 is asked for where there is no GPU.
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
            "the precision fp16 needs a GPU, and there is none: take float32, bf16 or auto"
        )
    return {"float32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[precision]


@contextmanager
def repeatable(seed: int) -> Iterator[None]:
    """Seed PyTorch's generator, which weights and dropout are drawn from, and ask for deterministic
    kernels.

    What is set for the whole process is set back at the end: another library in it may count on it.
    """
    torch.manual_seed(seed)
    # Where a GPU has no deterministic kernel it warns, and the run goes on.
    asked, warned = (
        torch.are_deterministic_algorithms_enabled(),
        torch.is_deterministic_algorithms_warn_only_enabled(),
    )
    torch.use_deterministic_algorithms(True, warn_only=True)
    # Numbers below 1e-38, which small gradients and Adam's averages of them become, make a CPU many
    # times slower.
    flushed = SMALLEST * 1.0 == 0.0
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(flushed)
        torch.use_deterministic_algorithms(asked, warn_only=warned)
