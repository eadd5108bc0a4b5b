"""Challenges with several targets: every number against scipy, from files without a header too."""

import csv
from collections import defaultdict

import numpy as np
import pytest
from scipy import stats

import xacle_eval as xe
from tests.helpers import DATA

MUSIC = DATA / "challenges/audiomos2025_track1"
SPEECH = DATA / "challenges/voicemos2024_track3"


def rows_of(path):
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def expected(predictions, references, names):
    """Return the metrics of two dicts by id, computed by scipy."""
    x = np.array([predictions[pair] for pair in references])
    y = np.array(list(references.values()))
    found = {
        "SRCC": stats.spearmanr(x, y).statistic,
        "LCC": stats.pearsonr(x, y).statistic,
        "KTAU": stats.kendalltau(x, y).statistic,
        "MSE": float(np.mean((x - y) ** 2)),
        "RMSE": float(np.sqrt(np.mean((x - y) ** 2))),
    }
    return {name: found[name] for name in names}


def by_group(values, group_of):
    """Return the average of the values in each group."""
    groups = defaultdict(list)
    for pair, value in values.items():
        groups[group_of(pair)].append(value)
    return {name: float(np.mean(each)) for name, each in groups.items()}


def close(found, wanted):
    """Compare metrics at a tolerance of 1e-12."""
    assert found == pytest.approx(wanted, rel=0, abs=1e-12)


@pytest.mark.parametrize("system", ["T01", "T02", "T03", "Baseline"])
def test_two_targets_without_a_header(system):
    """Columns without names are the targets in their order, at the level of pairs and systems."""
    references = rows_of(MUSIC / "references.csv")
    given = rows_of(MUSIC / f"submissions/{system}.txt")
    scores = xe.score(MUSIC / f"submissions/{system}.txt", challenge=MUSIC)
    assert list(scores.targets) == ["MI", "TA"]
    for column, card in enumerate(scores.targets.values(), start=1):
        truth = {row[0].removesuffix(".wav"): float(row[column]) for row in references}
        predictions = {row[0]: float(row[column]) for row in given}
        close(card.metrics, expected(predictions, truth, card.metrics))
        groups = [by_group(each, lambda pair: pair[20:24]) for each in (predictions, truth)]
        close(card.levels["system"].metrics, expected(*groups, card.metrics))
        assert (card.n, card.levels["system"].n) == (30, 5)


def listeners_means():
    """Return the mean rating of every pair by target, averaged in plain Python."""
    header, *rows = rows_of(SPEECH / "ratings.csv")
    found = {}
    for column, target in enumerate(header[2:], start=2):
        sums = defaultdict(list)
        for row in rows:
            sums[row[0]].append(float(row[column]))
        found[target] = {pair: sum(each) / len(each) for pair, each in sums.items()}
    return found


@pytest.mark.parametrize("system", ["Sora", "Kaze", "Umi"])
def test_three_targets_with_ratings_per_listener(system):
    """Ratings are averaged for each target; a target has its own metrics and can be left out."""
    header, *rows = rows_of(SPEECH / f"submissions/{system}.csv")
    scores = xe.score(SPEECH / f"submissions/{system}.csv", challenge=SPEECH)
    assert list(scores.targets) == header[1:]
    assert scores.absent == (() if system != "Umi" else ("BAK",))
    means = listeners_means()
    for target, card in scores.targets.items():
        predictions = {row[0]: float(row[header.index(target)]) for row in rows}
        close(card.metrics, expected(predictions, means[target], card.metrics))
        groups = [by_group(each, lambda pair: pair[:4]) for each in (predictions, means[target])]
        close(card.levels["system"].metrics, expected(*groups, card.metrics))
    assert "RMSE" in scores.targets["OVRL"].metrics
    assert "RMSE" not in scores.targets["SIG"].metrics


def test_listeners_are_shared_across_targets():
    """The ratings of all targets have the same pairs and listeners, in the same order."""
    loaded = xe.load_target_references(None, xe.load_challenge(SPEECH))
    first, *others = (each.ratings for each in loaded.values())
    for ratings in others:
        assert ratings.listener_ids == first.listener_ids
        assert (ratings.listener == first.listener).all()
        assert (ratings.pair == first.pair).all()


def test_a_file_of_references_for_each_target(tmp_path):
    """One file for each target, or a mapping for each, gives the scores of one file for all."""
    rows = rows_of(MUSIC / "references.csv")
    for column, name in enumerate(("MI", "TA"), start=1):
        lines = [f"{row[0]},{row[column]}\n" for row in rows]
        (tmp_path / f"{name}.csv").write_text("".join(lines))
    file = MUSIC / "submissions/T01.txt"
    files = {name: tmp_path / f"{name}.csv" for name in ("MI", "TA")}
    values = {
        name: {row[0]: float(row[column]) for row in rows}
        for column, name in enumerate(("MI", "TA"), start=1)
    }
    whole = xe.score(file, challenge=MUSIC)
    for references in (files, values):
        scores = xe.score(file, references, challenge=MUSIC)
        for name, card in scores.targets.items():
            assert card.metrics == whole.targets[name].metrics
            assert card.levels == whole.targets[name].levels


def test_predictions_in_memory():
    """A mapping of targets to predictions gives the scores of the file."""
    rows = rows_of(MUSIC / "submissions/T02.txt")
    values = {
        name: {row[0]: float(row[column]) for row in rows}
        for column, name in enumerate(("MI", "TA"), start=1)
    }
    scores = xe.score(values, challenge=MUSIC)
    whole = xe.score(MUSIC / "submissions/T02.txt", challenge=MUSIC)
    for name, card in scores.targets.items():
        assert card.metrics == whole.targets[name].metrics


def test_a_file_is_read_once(monkeypatch):
    """A submission is read once for all targets."""
    from xacle_eval.submissions import checking

    reads = []
    read = checking.read
    monkeypatch.setattr(
        checking, "read", lambda source, *args: (reads.append(source.path), read(source, *args))[1]
    )
    boards = xe.leaderboard(MUSIC / "submissions", challenge=MUSIC)
    assert len(boards.targets["MI"].entries) == len(reads) == 4


def test_a_challenge_of_one_target_scores_the_same():
    """The challenge of one target gives the numbers of that target."""
    challenge = xe.load_challenge(SPEECH)
    one = challenge.for_target("SIG")
    assert (one.target, one.targets) == ("SIG", {})
    card = xe.score(
        SPEECH / "submissions/Sora.csv", xe.load_references(SPEECH / "ratings.csv", one),
        challenge=one,
    )  # fmt: skip
    whole = xe.score(SPEECH / "submissions/Sora.csv", challenge=challenge)
    assert card.metrics == whole.targets["SIG"].metrics
    assert "|target:SIG|" in card.signature


def test_references_of_another_target_are_refused():
    """References of one target are not those of another one, nor of all targets."""
    challenge = xe.load_challenge(MUSIC)
    found = xe.load_target_references(None, challenge)
    with pytest.raises(xe.UsageError, match="of the target MI, not of the target TA"):
        xe.score(
            MUSIC / "submissions/T01.txt", {"MI": found["MI"], "TA": found["MI"]},
            challenge=challenge,
        )  # fmt: skip
    with pytest.raises(xe.UsageError, match="no references for the target TA"):
        xe.score(MUSIC / "submissions/T01.txt", {"MI": found["MI"]}, challenge=challenge)
    with pytest.raises(xe.UsageError, match="several targets"):
        xe.load_references(MUSIC / "references.csv", challenge)


def test_comparisons_for_every_target():
    """Two systems are compared for each target that both predict, as for one target."""
    files = [SPEECH / f"submissions/{name}.csv" for name in ("Sora", "Umi")]
    plan = xe.Bootstrap(resamples=20)
    found = xe.compare(*files, challenge=SPEECH, bootstrap=plan)
    assert list(found.targets) == ["SIG", "OVRL"]
    one = xe.load_challenge(SPEECH).for_target("SIG")
    truth = xe.load_references(SPEECH / "ratings.csv", one)
    alone = xe.compare(*files, references=truth, challenge=one, bootstrap=plan)
    assert found.targets["SIG"].comparisons == alone.comparisons
