"""Training: repeatable by seed, exactly resumable, stopped cleanly, and run by torchrun."""

import csv
import io
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest

torch = pytest.importorskip("torch", reason="the extra [neural] is not installed")
pytest.importorskip("transformers", reason="the extra [neural] is not installed")

from reference.errors import RecipeError  # noqa: E402
from reference.neural import devices, training  # noqa: E402
from reference.neural.devices import Place  # noqa: E402
from reference.neural.training import train  # noqa: E402
from reference.neural.weights import load_checkpoint  # noqa: E402
from reference.world import WorldConfig, plan, write_audio, write_metadata  # noqa: E402
from tests.helpers import REPOSITORY, interruptible  # noqa: E402
from tests.reference.builders import wait_until  # noqa: E402

TINIEST = 5e-324  # the smallest number above 0, unless the process flushes it to 0

SETTINGS = """
[audio]
seconds = 1.0
pool = 5
normalisation = "own"
[encoders]
text = "random"
tokens = 50
size = 8
heads = 2
frozen = "{frozen}"
[model]
hidden = 8
projection = 8
[training]
batch = 4
epochs = {epochs}
learning_rate = 1e-3
precision = "float32"
workers = {workers}
save_every = 2
"""


def state_of(folder):
    """Return the last saved weights of a run."""
    return torch.load(folder / "state.pt", weights_only=True)["model"]


def same(one, other):
    """Return whether two state dicts are bit for bit the same."""
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def history(folder):
    """Return the rows of a run's history."""
    with (folder / "history.csv").open() as file:
        return list(csv.DictReader(file))


def change_settings(config, **sections):
    """Return settings with some keys replaced."""
    updates = {
        name: getattr(config, name).model_copy(update=keys) for name, keys in sections.items()
    }
    return config.model_copy(update=updates)


def command(*arguments):
    """Return the command line of the recipe."""
    return [sys.executable, "-m", "reference.neural", *map(str, arguments)]


def environment():
    """Return the environment of a separate run."""
    return {**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"}


def _wait_for_saves(path, process, saves=2):
    """Wait until a file was written `saves` times or the process has ended."""
    times = set()

    def done():
        if path.exists():
            times.add(path.stat().st_mtime_ns)
        return len(times) >= saves or process.poll() is not None

    wait_until(done)


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """Return a function that writes a settings file for the command."""

    def write(**values):
        path = tmp_path_factory.mktemp("settings") / "x.toml"
        path.write_text(SETTINGS.format(**{"frozen": "none", "epochs": 3, "workers": 0, **values}))
        return path

    return write


def test_the_same_seed_gives_the_same_weights(world, tiny, tmp_path):
    """Runs with the same seed are bit for bit the same; the best model and the history are kept."""
    messages = []
    best = train(world, tmp_path / "a", tiny, resume=False, log=messages.append)
    train(world, tmp_path / "b", tiny, resume=False, log=lambda _: None)
    train(
        world,
        tmp_path / "c",
        change_settings(tiny, training={"seed": 1}),
        resume=False,
        log=lambda _: None,
    )
    assert same(state_of(tmp_path / "a"), state_of(tmp_path / "b"))
    assert not same(state_of(tmp_path / "a"), state_of(tmp_path / "c"))
    assert (tmp_path / "a/history.csv").read_bytes() == (tmp_path / "b/history.csv").read_bytes()
    rows = history(tmp_path / "a")
    assert [row["epoch"] for row in rows] == ["0", "1", "2"]
    trained = rows[1:]  # the untrained model is not a candidate
    assert best == pytest.approx(max(float(row["validation_srcc"]) for row in trained), abs=1e-5)
    assert load_checkpoint(tmp_path / "a/model.safetensors")[3]["validation_srcc"] == best
    assert "untrained" in messages[0]
    assert messages[-1].startswith(f"best validation SRCC {best:.4f} in epoch ")
    kept = load_checkpoint(tmp_path / "a/model.safetensors")[3]["epoch"]
    assert kept == int(max(trained, key=lambda row: float(row["validation_srcc"]))["epoch"])


def test_a_run_restores_process_settings(world, tiny, tmp_path):
    """Flushing of denormals and deterministic kernels are only enabled during a run."""
    seen = []
    look = torch.are_deterministic_algorithms_enabled
    train(
        world,
        tmp_path / "run",
        tiny,
        resume=False,
        log=lambda _: seen.append((TINIEST * 1.0, look())),
    )
    assert set(seen) == {(0.0, True)}
    assert TINIEST * 1.0 > 0.0
    assert not look()


@pytest.mark.parametrize(
    "frozen",
    [
        "none",
        pytest.param("audio", marks=pytest.mark.long),
        pytest.param("both", marks=pytest.mark.long),
    ],
)
def test_a_killed_run_resumes_to_the_same_weights(world, settings, frozen, tmp_path):
    """A run killed by SIGKILL and resumed gives the weights of an uninterrupted run."""
    file = settings(frozen=frozen)
    for name in ("whole", "broken"):
        arguments = command("train", world, "-o", tmp_path / name, "--config", file)
        with subprocess.Popen(arguments, env=environment(), stderr=subprocess.PIPE) as process:
            if name == "broken":
                # The first save is the untrained model; the next one is in the middle of an epoch.
                assert b"untrained" in process.stderr.readline()
                _wait_for_saves(tmp_path / name / "state.pt", process)
                process.kill()
            process.communicate(timeout=120)
    kept = torch.load(tmp_path / "broken/state.pt", weights_only=True)["state"]
    assert kept["epoch"] <= 3, "the run ended before it could be killed"
    done = subprocess.run(
        [*command("train", world, "-o", tmp_path / "broken", "--config", file), "--resume"],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "resumed in epoch" in done.stderr
    assert same(state_of(tmp_path / "whole"), state_of(tmp_path / "broken"))
    assert history(tmp_path / "whole") == history(tmp_path / "broken")


@pytest.mark.skipif(os.name != "posix", reason="requires POSIX signals")
@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.long)]
)
def test_a_signal_stops_a_run_with_its_state(world, settings, number, tmp_path):
    """SIGINT and SIGTERM exit with 130, the state saved and a hint to use --resume."""
    arguments = command(
        "train", world, "-o", tmp_path / "run", "--config", settings(epochs=40, workers=1)
    )
    with subprocess.Popen(
        arguments,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=interruptible,
        start_new_session=True,
    ) as process:
        assert "untrained" in process.stderr.readline()
        # The reader processes get it too, as from a terminal or a batch system.
        os.killpg(process.pid, number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "use --resume to continue" in said
    assert "Traceback" not in said
    assert (tmp_path / "run/state.pt").exists()


@pytest.mark.skipif(os.name != "posix", reason="requires POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_the_preparation(settings, number, tmp_path):
    """A signal stops the encoding of clips immediately and leaves no partial cache file."""
    large = plan(WorldConfig(n_train=100, n_validation=2, n_test=2, seconds=2.0))
    write_metadata(large, tmp_path)
    write_audio(large, tmp_path, jobs=1)
    arguments = command(
        "train", tmp_path, "-o", tmp_path / "run", "--config", settings(frozen="audio")
    )
    with subprocess.Popen(
        arguments, env=environment(), stderr=subprocess.PIPE, text=True, preexec_fn=interruptible
    ) as process:
        partial = "run/cache/.frames_train_*"
        wait_until(lambda: process.poll() is not None or any(tmp_path.glob(partial)))
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "interrupted; use --resume to continue" in said
    assert "Traceback" not in said
    assert not list(tmp_path.glob("run/cache/*frames*"))


def test_a_signal_between_preparation_and_training(tiny, tmp_path, monkeypatch):
    """A signal just before the previous handlers are restored is not lost."""

    class Late:
        def __init__(self, *arguments, **_):
            arguments[-1](signal.SIGTERM, None)

        def restore(self):
            pytest.fail("the signal was lost")

    @contextmanager
    def one_of_two(_):
        yield Place(torch.device("cpu"), rank=1, processes=2)

    monkeypatch.setattr(training, "_Run", Late)
    monkeypatch.setattr(training, "working_place", one_of_two)
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(training.StoppedError, match="interrupted"):
        train(tmp_path, tmp_path / "run", tiny, resume=False, log=lambda _: None)
    assert signal.getsignal(signal.SIGTERM) == before


def test_frozen_encoders_do_not_change(world, tiny, tmp_path):
    """Frozen encoders keep their weights and running statistics; the others learn."""
    config = change_settings(tiny, encoders={"frozen": "audio"})
    train(world, tmp_path, config, resume=False, log=lambda _: None)
    torch.manual_seed(config.training.seed)
    from reference.neural.weights import build_model

    before = build_model(config, 0.0, 1.0)[0].state_dict()
    after = state_of(tmp_path)
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert not any(name.startswith("audio_encoder.") for name in moved)
    assert any(name.startswith("text_encoder.model.encoder") for name in moved)
    assert any(name.startswith("ldconditioner.") for name in moved)
    assert list((tmp_path / "cache").glob("frames_train_*.npy"))


@pytest.mark.skipif(
    not torch.cuda.is_available() and not devices.cpu_supports_bf16(),
    reason="this CPU cannot train an LSTM in bf16",
)
def test_mixed_precision(world, tiny, tmp_path):
    """With bf16 the weights stay in float32, the loss is close to float32, and a run resumes."""
    losses = []
    for name in ("float32", "bf16"):
        config = change_settings(tiny, training={"precision": name, "epochs": 1})
        train(world, tmp_path / name, config, resume=False, log=lambda _: None)
        losses.append(float(history(tmp_path / name)[1]["train_loss"]))
    assert losses[1] == pytest.approx(losses[0], rel=0.05)
    assert losses[1] != losses[0]
    weights = state_of(tmp_path / "bf16")
    assert all(
        value.dtype == torch.float32 for value in weights.values() if value.is_floating_point()
    )
    assert all(bool(torch.isfinite(value).all()) for value in weights.values())
    more = change_settings(tiny, training={"precision": "bf16", "epochs": 2})
    train(world, tmp_path / "bf16", more, resume=True, log=lambda _: None)
    assert [row["epoch"] for row in history(tmp_path / "bf16")] == ["0", "1", "2"]


class Refusing(torch.nn.LSTM):
    """An LSTM as on a processor whose library has no bf16 kernel for the gradient."""

    def forward(self, inputs):
        raise RuntimeError("could not create a primitive")


class Accepting(torch.nn.Identity):
    """Stands in for an LSTM that can be trained in bf16."""

    def __init__(self, *_, **__):
        super().__init__()

    def forward(self, inputs):
        return inputs.to(torch.bfloat16), None


@pytest.mark.parametrize(("lstm", "expected"), [(Refusing, False), (Accepting, True)])
def test_bf16_on_a_cpu_is_tried(lstm, expected, monkeypatch):
    """bf16 is supported exactly if a small LSTM can be trained in it."""
    monkeypatch.setattr(torch.nn, "LSTM", lstm)
    assert devices.cpu_supports_bf16() is expected


@pytest.mark.skipif(torch.cuda.is_available(), reason="requires a machine without a GPU")
def test_bf16_requires_a_cpu_that_supports_it(world, tiny, tmp_path, monkeypatch):
    """On a CPU without bf16, the run is rejected before anything is written."""
    monkeypatch.setattr(devices, "cpu_supports_bf16", lambda: False)
    config = change_settings(tiny, training={"precision": "bf16"})
    with pytest.raises(RecipeError, match="cannot train in the precision bf16"):
        train(world, tmp_path / "run", config, resume=False, log=lambda _: None)
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(torch.cuda.is_available(), reason="requires a machine without a GPU")
def test_fp16_requires_a_gpu(world, tiny, tmp_path):
    """On a CPU fp16 is rejected before anything is written."""
    with pytest.raises(RecipeError, match="fp16 requires a GPU"):
        train(
            world,
            tmp_path / "run",
            change_settings(tiny, training={"precision": "fp16"}),
            resume=False,
            log=lambda _: None,
        )
    assert not (tmp_path / "run").exists()


def test_the_learning_rate_falls_on_a_plateau(world, tiny, tmp_path):
    """The learning rate is halved if the validation loss does not improve."""
    still = {"epochs": 4, "plateau_patience": 0, "learning_rate": 1e-7, "early_stop": 99}
    config = change_settings(tiny, training=still, encoders={"frozen": "both"})
    train(world, tmp_path, config, resume=False, log=lambda _: None)
    rates = [float(row["learning_rate"]) for row in history(tmp_path)]
    losses = [float(row["validation_loss"]) for row in history(tmp_path)]
    expected, best = [1e-7], float("inf")
    for loss in losses[1:]:
        better = loss < best * (1 - 1e-4)  # PyTorch's threshold
        best = loss if better else best
        expected.append(expected[-1] * (1 if better else 0.5))
    assert rates == pytest.approx(expected)
    assert rates[-1] < rates[0]


def test_runs_are_not_mixed_up(world, tiny, tmp_path):
    """An existing run is only continued with --resume and the same settings."""
    train(world, tmp_path, tiny, resume=False, log=lambda _: None)
    with pytest.raises(RecipeError, match="--resume"):
        train(world, tmp_path, tiny, resume=False, log=lambda _: None)
    with pytest.raises(RecipeError, match="other settings"):
        train(
            world,
            tmp_path,
            change_settings(tiny, training={"seed": 9}),
            resume=True,
            log=lambda _: None,
        )
    with pytest.raises(RecipeError, match="other settings"):
        train(
            world,
            tmp_path,
            change_settings(tiny, encoders={"frozen": "audio"}),
            resume=True,
            log=lambda _: None,
        )
    assert not list(tmp_path.glob("cache/frames_*")), (
        "it must be rejected before the clips are encoded"
    )
    assert train(world, tmp_path, tiny, resume=True, log=lambda _: None) > -1


def test_a_damaged_state_is_reported(world, tiny, tmp_path):
    """A truncated or foreign state file is rejected with its name."""
    train(world, tmp_path / "run", tiny, resume=False, log=lambda _: None)
    file = tmp_path / "run/state.pt"
    whole, other = file.read_bytes(), io.BytesIO()
    torch.save({"weights": torch.zeros(1)}, other)
    for data in (b"", whole[:1000], whole[:-1000], b"hello", other.getvalue()):
        file.write_bytes(data)
        with pytest.raises(
            RecipeError, match=r"state\.pt (contains no state|is not the state of a run)"
        ):
            train(world, tmp_path / "run", tiny, resume=True, log=lambda _: None)


def test_resuming_requires_the_same_number_of_processes(world, tiny, tmp_path):
    """The state of two processes is rejected by one, before anything is prepared."""
    train(world, tmp_path, tiny, resume=False, log=lambda _: None)
    state = torch.load(tmp_path / "state.pt", weights_only=True)
    state["generators"] *= 2
    torch.save(state, tmp_path / "state.pt")
    with pytest.raises(RecipeError, match="the run used 2 processes, this one 1"):
        train(world, tmp_path, tiny, resume=True, log=lambda _: None)


def test_a_run_is_resumed_for_more_epochs(world, tiny, tmp_path):
    """Two epochs and a resumed third equal three; the number of readers may change."""
    longer = change_settings(tiny, training={"epochs": 3})
    train(world, tmp_path / "whole", longer, resume=False, log=lambda _: None)
    train(world, tmp_path / "parts", tiny, resume=False, log=lambda _: None)
    more = change_settings(longer, training={"workers": 1})
    train(world, tmp_path / "parts", more, resume=True, log=lambda _: None)
    assert same(state_of(tmp_path / "whole"), state_of(tmp_path / "parts"))


def test_too_few_pairs_for_a_batch(world, tiny, tmp_path):
    """A batch larger than the split is rejected before anything is prepared."""
    with pytest.raises(
        RecipeError, match="the train split has 14 pairs, fewer than one batch of 15"
    ):
        train(
            world,
            tmp_path,
            change_settings(tiny, training={"batch": 15}),
            resume=False,
            log=lambda _: None,
        )
    assert not list(tmp_path.iterdir()), "it must be rejected before anything is prepared"


@pytest.mark.long
def test_torchrun(world, settings, tmp_path):
    """Two processes train one model, write one history and resume."""
    launcher = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
    ]
    arguments = [
        "-m",
        "reference.neural",
        "train",
        str(world),
        "-o",
        str(tmp_path / "run"),
        "--config",
    ]
    for number, extra in ((1, []), (2, ["--resume"])):
        done = subprocess.run(
            [*launcher, *arguments, str(settings(epochs=2)), *extra],
            env=environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stderr.count("epoch 1: validation loss") == (1 if number == 1 else 0)
        assert done.stderr.count("best validation SRCC") == 1
    assert [row["epoch"] for row in history(tmp_path / "run")] == ["0", "1", "2"]
    assert len(torch.load(tmp_path / "run/state.pt", weights_only=True)["generators"]) == 2
