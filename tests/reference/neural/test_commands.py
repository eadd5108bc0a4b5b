"""The commands: valid output, and messages for user errors."""

import csv
import io
import json
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch", reason="the extra [neural] is not installed")
pytest.importorskip("transformers", reason="the extra [neural] is not installed")

from reference.neural.cli import run as main  # noqa: E402
from reference.neural.predicting import predict  # noqa: E402
from reference.neural.training import train  # noqa: E402
from reference.neural.weights import load_checkpoint, save_official  # noqa: E402
from tests.cli.helpers import xacle_eval  # noqa: E402
from tests.reference.neural.test_training import command, environment, history  # noqa: E402


def run(*arguments, **changes):
    """Run the command of the recipe."""
    return subprocess.run(
        command(*arguments),
        env={**environment(), **changes},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def trained(world, tmp_path_factory):
    """Train the tiny model and return its folder."""
    from reference.neural.config import load_config
    from tests.reference.neural.conftest import TINY

    folder = tmp_path_factory.mktemp("trained")
    train(world, folder, load_config(None, TINY), resume=False, log=lambda _: None)
    return folder


def rows(path):
    """Return the predictions of a submission."""
    with path.open() as file:
        return {row["wav_file_name"]: float(row["pred_score"]) for row in csv.DictReader(file)}


def test_predictions_are_a_valid_submission(world, trained, tmp_path):
    """Predictions of the test split are valid for validate and can be scored."""
    output = tmp_path / "Neural_Reference_01.csv"
    done = run("predict", world, "--model", trained / "model.safetensors", "-o", output)
    assert done.returncode == 0, done.stderr
    checked = xacle_eval("validate", output, "--challenge", world, "--format", "json")
    assert checked.code == 0, checked.out
    assert json.loads(checked.out)["submissions"][0]["pairs"] == 6
    assert xacle_eval("score", output, "--challenge", world).code == 0


def test_batches_do_not_change_predictions(world, trained, tmp_path):
    """Any batch size gives the same scores to 1e-4, the precision of a submission."""
    for size in (1, 4, 6):
        predict(
            world, tmp_path / f"{size}.csv", trained / "model.safetensors", split="test", batch=size
        )
    one = rows(tmp_path / "1.csv")
    for size in (4, 6):
        assert rows(tmp_path / f"{size}.csv") == pytest.approx(one, abs=1.01e-4)


def test_an_official_checkpoint(world, trained, tmp_path):
    """Predict with official weight names and a settings file, using the split's normalisation."""
    model = load_checkpoint(trained / "model.safetensors")[0]
    save_official(model, tmp_path / "best_model.pt")
    settings = tmp_path / "x.toml"
    settings.write_text(
        "[audio]\nseconds = 1.0\npool = 5\n"
        "[encoders]\ntext = 'random'\naudio = 'random'\ntokens = 50\nsize = 8\nheads = 2\n"
        "[model]\nhidden = 8\nprojection = 8\n[training]\nworkers = 0\nbatch = 4\n"
    )
    arguments = ("predict", world, "--official", "--config", settings)
    done = run(*arguments, "--model", tmp_path / "best_model.pt", "-o", tmp_path / "a.csv")
    assert done.returncode == 0, done.stderr
    values = rows(tmp_path / "a.csv")
    assert len(values) == 6
    # The organisers' inference.py writes round(5 y + 5, 2) with csv.DictWriter.
    expected = [
        {"wav_file_name": name, "pred_score": round(float(value), 2)}
        for name, value in sorted(values.items())
    ]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, ["wav_file_name", "pred_score"])
    writer.writeheader()
    writer.writerows(expected)
    assert (tmp_path / "a.csv").read_bytes() == text.getvalue().encode()
    assert any(round(value, 1) != value for value in values.values())
    # The official statistics of the split replace those of the model, so the scores differ.
    predict(world, tmp_path / "b.csv", trained / "model.safetensors", split="test")
    assert rows(tmp_path / "b.csv") != values


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ("train", "{world}", "-o", "{tmp}", "--config", "smal"),
            "unknown settings 'smal': use official or small, or a TOML file",
        ),
        (("train", "{tmp}/none", "-o", "{tmp}", "--config", "small"), "no such folder"),
        (("predict", "{world}", "--model", "{tmp}/none", "-o", "{tmp}/x.csv"), "cannot be read"),
        (
            ("predict", "{world}", "--model", "{world}/meta_data/test.csv", "-o", "{tmp}/x.csv"),
            "is not a safetensors checkpoint",
        ),
        (
            ("predict", "{world}", "--model", "x", "-o", "{tmp}/x.csv", "--seed", "1"),
            "require --official",
        ),
        (("train", "{world}"), "Missing option"),
        (("train", "{world}", "-o", "{tmp}", "--epochs", "0"), "x>=1"),
    ],
)
def test_user_errors(world, tmp_path, arguments, says, capsys):
    """Invalid files and options exit with 2 and a message, and nothing is written."""
    code = main([part.format(world=world, tmp=tmp_path) for part in arguments])
    said = capsys.readouterr().err
    assert code == 2, said
    assert says in said
    assert "Traceback" not in said
    assert not (tmp_path / "x.csv").exists()


def test_the_number_of_epochs(world, trained, tmp_path):
    """--epochs overrides the settings file, and continues a finished run."""
    settings = tmp_path / "x.toml"
    settings.write_text(
        "[audio]\nseconds = 1.0\npool = 5\nnormalisation = 'own'\n"
        "[encoders]\ntext = 'random'\naudio = 'random'\ntokens = 50\nsize = 8\nheads = 2\n"
        "frozen = 'both'\n"
        "[model]\nhidden = 8\nprojection = 8\n[training]\nworkers = 0\nbatch = 4\nepochs = 9\n"
    )
    arguments = ["train", str(world), "-o", str(tmp_path / "run"), "--config", str(settings)]
    assert main([*arguments, "--epochs", "1"]) == 0
    assert [row["epoch"] for row in history(tmp_path / "run")] == ["0", "1"]
    assert main([*arguments, "--epochs", "2", "--resume"]) == 0
    assert [row["epoch"] for row in history(tmp_path / "run")] == ["0", "1", "2"]


def test_an_interrupted_prediction(world, trained, tmp_path, monkeypatch, capsys):
    """Ctrl-C in predict exits with 130 without mentioning --resume, and no file is written."""

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("reference.neural.predicting.predict_outputs", interrupted)
    output = tmp_path / "Neural_Reference_01.csv"
    assert (
        main(
            [
                "predict",
                str(world),
                "--model",
                str(trained / "model.safetensors"),
                "-o",
                str(output),
            ]
        )
        == 130
    )
    assert capsys.readouterr().err.strip() == "interrupted"
    assert not output.exists()


def test_without_the_extra():
    """Without torch the command reports how to install the extra."""
    code = (
        "import sys, importlib.util as u\nfound = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'torch' else found(name, *a)\n"
        "from reference.neural.cli import run\nsys.exit(run(['train', 'x', '-o', 'y']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "pip install -e '.[neural]'" in done.stderr


def test_nothing_else_imports_torch():
    """Neither the toolkit, the other recipes nor the neural command line import torch."""
    code = (
        "import sys, reference.cli, xacle_eval.cli.main, reference.neural.cli\n"
        "print('torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.stdout == "False\n", done.stderr
