"""The complete evaluation on the real listener ratings of RELATE, if they are available."""

import shutil

import numpy as np
import pandas as pd
import pytest

import xacle_eval as xe
from tests.helpers import DATA, SHARED_DATA, make_submission
from tests.test_examples import scipy_metrics

RATINGS = SHARED_DATA / "relate" / "REL.csv"
pytestmark = pytest.mark.skipif(
    not RATINGS.is_file(), reason="requires the RELATE ratings next to the checkout"
)


@pytest.fixture(scope="module")
def relate(tmp_path_factory):
    """Return a RELATE challenge with the kept ids, the kept ratings and the number excluded."""
    folder = tmp_path_factory.mktemp("relate")
    shutil.copy(DATA / "challenges" / "relate" / "challenge.toml", folder)
    frame = pd.read_csv(RATINGS, dtype={"listener_id": str})
    kept = frame[frame["in RELATE dataset"] != "excluded"]
    (folder / "manifest.txt").write_text(
        "\n".join(kept["wavname"].unique()) + "\n", encoding="utf-8"
    )
    return folder, kept, len(frame) - len(kept)


def test_references_of_real_ratings(relate):
    """Averages equal those of pandas, and the number of listeners per pair is counted."""
    folder, kept, excluded = relate
    challenge = xe.load_challenge(folder)
    loaded = xe.load_references(RATINGS, challenge)
    means = kept.groupby("wavname")["score"].mean().loc[list(challenge.manifest.ids)]
    np.testing.assert_allclose(loaded.values, means.to_numpy(), rtol=0, atol=1e-12)
    sizes = kept.groupby("wavname").size()
    counts = loaded.summary.listeners
    assert (counts.minimum, counts.median, counts.maximum) == (
        sizes.min(),
        sizes.median(),
        sizes.max(),
    )
    assert (counts.total, loaded.summary.excluded) == (len(kept), excluded)
    found = {finding.code: finding.count for finding in loaded.findings}
    repeated = int(kept.duplicated(["wavname", "listener_id"]).sum())
    texts = int((kept.groupby("wavname")["text"].nunique() > 1).sum())
    assert found == {"XAC050": repeated, "XAC051": texts}
    print(f"\n{loaded.summary}\n{found}")  # noqa: T201 -- shown with -s


def halves(kept, rng):
    """Split the ratings of each pair at random; pairs with one rating are excluded."""
    several = kept[kept.groupby("wavname")["score"].transform("size") > 1]
    shuffled = several.sample(frac=1, random_state=rng)
    place = shuffled.groupby("wavname").cumcount()
    size = shuffled.groupby("wavname")["score"].transform("size")
    first = place < size // 2
    return shuffled[first].groupby("wavname")["score"].mean(), shuffled[~first].sort_values(
        "wavname", kind="stable"
    )


def test_two_systems_on_real_ratings(relate, tmp_path, record_property):
    """Half of the listeners predict the other half better than noise; scipy agrees to 1e-12."""
    folder, kept, _ = relate
    predictions, others = halves(kept, np.random.default_rng(0))
    shutil.copy(folder / "challenge.toml", tmp_path)
    (tmp_path / "manifest.txt").write_text("\n".join(predictions.index) + "\n", encoding="utf-8")
    others.to_csv(tmp_path / "ratings.csv", index=False)
    noise = pd.Series(np.random.default_rng(1).uniform(0, 10, len(predictions)), predictions.index)
    systems = {"Halves_01": predictions, "Noise_01": noise}
    for name, values in systems.items():
        make_submission(
            tmp_path / "sent" / f"{name}.csv", values.items(), ("wavname", "prediction")
        )
    reports = xe.validate(tmp_path / "sent", challenge=tmp_path)
    assert all(report.valid and report.pairs == len(predictions) for report in reports)
    board = xe.leaderboard(
        tmp_path / "sent", references=tmp_path / "ratings.csv", challenge=tmp_path
    )
    truth = others.groupby("wavname")["score"].mean().loc[predictions.index]
    assert [(e.rank, e.system) for e in board.entries] == [(1, "Halves_01"), (2, "Noise_01")]
    for entry in board.entries:
        card = xe.score(
            tmp_path / "sent" / f"{entry.system}.csv", tmp_path / "ratings.csv", challenge=tmp_path
        )
        assert card.metrics == entry.metrics
        expected = scipy_metrics(systems[entry.system], truth)
        for metric, value in expected.items():
            assert card.metrics[metric] == pytest.approx(value, rel=0, abs=1e-12)
            record_property(f"{entry.system} {metric}", card.metrics[metric])
        worst = max(abs(card.metrics[metric] - value) for metric, value in expected.items())
        print(f"\n{entry.system} n={card.n} {card.metrics} largest difference to scipy {worst:.1e}")  # noqa: T201 -- -s
    print(board.references)  # noqa: T201 -- shown with -s
