"""The examples of docs/training.md run, with stubs for the libraries that are large."""

import re
import sys
import types
from types import SimpleNamespace

import numpy as np
import pytest

import xacle_eval as xe
from tests.helpers import REPOSITORY

BLOCKS = re.findall(
    r"```python\n(.*?)```",
    (REPOSITORY / "docs" / "training.md").read_text(encoding="utf-8"),
    flags=re.DOTALL,
)
RNG = np.random.default_rng(3)
TRUTH = {f"{place}.wav": float(value) for place, value in enumerate(RNG.normal(size=40))}
PREDICTIONS = {name: value + float(RNG.normal()) for name, value in TRUTH.items()}
EXPECTED = xe.evaluate(list(PREDICTIONS.values()), list(TRUTH.values()))


def run(block):
    """Run a block of the page and return its names."""
    names = {"__name__": "example"}
    exec(compile(block, "docs/training.md", "exec"), names)  # noqa: S102
    return names


def test_a_plain_loop(capsys):
    """The loop prints metrics that grow with the epochs, and the values of the last one."""
    names = run(BLOCKS[0])
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["0", "1", "2"]
    assert lines[3] == f"{names['found']['SRCC']} 200 ()"


def test_batches(capsys, monkeypatch):
    """Batches of the example challenge are evaluated together."""
    monkeypatch.chdir(REPOSITORY)
    names = run(BLOCKS[1])
    assert "24 pairs" in capsys.readouterr().out
    assert len(names["accumulator"]) == 0


class _Module:
    """The part of LightningModule that the example uses; the model looks predictions up."""

    trainer = SimpleNamespace(sanity_checking=False)

    def __init__(self):
        self.logged = {}

    def __call__(self, batch):
        return np.array([[PREDICTIONS[name]] for name in batch["id"]])

    def log_dict(self, values):
        self.logged.update(values)


@pytest.mark.parametrize("processes", [1, 2])
def test_lightning(monkeypatch, processes):
    """One process, and two whose sampler repeats a pair, log the metrics of all pairs once."""
    modules = []
    distributed = types.ModuleType("torch.distributed")
    distributed.is_available = lambda: True
    distributed.is_initialized = lambda: processes > 1
    distributed.get_world_size = lambda: processes

    def gather(parts, _own):
        parts[:] = [module.accumulator for module in modules]

    distributed.all_gather_object = gather
    torch = types.ModuleType("torch")
    torch.distributed = distributed
    stub = types.ModuleType("lightning")
    stub.LightningModule = _Module
    for name, module in (("lightning", stub), ("torch", torch), ("torch.distributed", distributed)):
        monkeypatch.setitem(sys.modules, name, module)
    modules += [run(BLOCKS[2])["Model"](TRUTH) for _ in range(processes)]
    ids = list(TRUTH)
    for rank, module in enumerate(modules):
        own = ids[rank::processes] + (ids[:1] if rank else [])
        for begin in range(0, len(own), 8):
            module.validation_step({"id": own[begin : begin + 8]}, begin // 8)
    modules[0].on_validation_epoch_end()
    assert modules[0].logged == {name: EXPECTED[name] for name in ("SRCC", "LCC")}
    assert len(modules[0].accumulator) == 0


def test_hugging_face():
    """The function returns a plain dict of the four metrics for columns of predictions."""
    columns = [np.array(list(each.values()))[:, None] for each in (PREDICTIONS, TRUTH)]
    evaluated = SimpleNamespace(predictions=columns[0], label_ids=columns[1])
    found = run(BLOCKS[3])["compute_metrics"](evaluated)
    assert type(found) is dict
    assert found == dict(EXPECTED)


def test_objects_in_memory(capsys, monkeypatch):
    """A list is scored, and a dict of systems is ranked, against a data frame."""
    monkeypatch.chdir(REPOSITORY)
    run(BLOCKS[-1])
    assert capsys.readouterr().out.splitlines() == ["1.0 averages", "['Ame', 'Kumo']"]
