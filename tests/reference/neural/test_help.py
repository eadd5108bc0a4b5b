"""The help of the neural recipe; it needs no extra."""

import pytest

from reference.neural.cli import run


@pytest.mark.parametrize("command", [(), ("train",), ("predict",)])
@pytest.mark.parametrize("columns", ["80", "200"])
def test_the_help_fits_80_columns(command, columns, monkeypatch, capsys):
    """No line of any help is longer than 80 columns, in a wide terminal too."""
    monkeypatch.setenv("COLUMNS", columns)
    assert run([*command, "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(" ".join(["Usage: python -m reference.neural", *command]))
    assert max(map(len, lines)) <= 80


def test_the_help_needs_no_extra(monkeypatch, capsys):
    """Without torch the help is shown, with the option for the number of epochs."""
    monkeypatch.setattr("reference.neural.cli.NEEDED", ("no_such_package",))
    assert run(["train", "--help"]) == 0
    assert "--epochs N" in capsys.readouterr().out
    assert run(["train", "x", "-o", "y"]) == 2
    assert "missing packages: no_such_package" in capsys.readouterr().err
