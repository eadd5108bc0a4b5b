"""Targets of a challenge file: what they inherit, and every mistake with its key."""

import pytest

import xacle_eval as xe
from tests.helpers import DATA
from xacle_eval.challenge.loading import challenge_problems

BASE = (DATA / "invalid/challenge.toml").read_text()
LEAN = BASE.replace('[predictions]\ncolumn = "pred_score"\naliases = ["prediction", "score"]\n', "")
LEAN = LEAN.replace(
    '[references]\ncolumn = "average_score"\naliases = ["average_semantic_alignement_score"]\n', ""
).replace('[ratings]\ncolumn = "score"\n', "[ratings]\n")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (BASE + "[targets.a]\n", "targets: each target has its own column; remove the key "),
        (LEAN + "[targets.a]\n[targets.A]\n", "targets: the name 'a' occurs twice"),
        (LEAN + "[targets.overall]\n", "targets: the name overall is that of the board"),
        (LEAN + '[targets."x y"]\n', "targets.x y: expected a letter or digit"),
        (LEAN + "[targets.a]\ntitel = 'A'\n", "targets.a.titel: unknown key; did you mean title?"),
        (
            LEAN + "[targets.a]\n[targets.b]\npredictions = { column = 'A' }\n",
            "targets: predictions: column name 'a' of the target b is also a name of the target a",
        ),
        (
            LEAN + "[targets.a]\nratings = { column = 'listener' }\n",
            "targets: ratings: column name 'listener' of the target a is also a name of the listen",
        ),
        (
            LEAN + "[targets.a]\nranking = { level = 'system' }\n",
            "targets: a.ranking.level: unknown level 'system'; expected pair",
        ),
        (
            LEAN + "[targets.a]\nmetrics = ['MSE']\nranking = { order = ['SRCC'] }\n",
            "targets: a.ranking.order: 'SRCC' is not among the metrics of this target: MSE",
        ),
        (
            LEAN + "[targets.a]\nmetrics = ['MSE']\n[targets.b]\n[ranking]\noverall = 'mean'\n",
            'targets: ranking.overall = "mean" needs the same first metric in the order of every',
        ),
        (BASE + "[ranking]\noverall = 'mean'\n", "targets: ranking.overall needs targets"),
        (LEAN + "[targets.a]\nranking = { order = [] }\n", "targets.a.ranking.order: expected at"),
    ],
)
def test_mistakes(text, problem, tmp_path):
    """Each mistake is one problem, in words for the author of the file."""
    file = tmp_path / "challenge.toml"
    file.write_text(text)
    (found,) = challenge_problems(file)
    assert found.startswith(problem)


def test_what_a_target_inherits(tmp_path):
    """A target has the columns of its name and the rules of the challenge, unless it has others."""
    file = tmp_path / "challenge.toml"
    file.write_text(
        LEAN + "[targets.a]\n[targets.b]\ntitle = 'Bee'\nscores = { minimum = 1, maximum = 5 }\n"
        "metrics = ['RMSE', 'SRCC']\nranking = { decimals = 2 }\n"
    )
    challenge = xe.load_challenge(file)
    one, two = challenge.each_target().values()
    for column in (one.predictions, one.references, one.ratings):
        assert column.names == ("a",)
    assert one.ratings.listener == challenge.ratings.listener
    assert (one.scores, one.ranking) == (challenge.scores, challenge.ranking)
    assert (two.title, two.scores.maximum, two.ranking.decimals) == ("Small Challenge, Bee", 5, 2)
    assert (two.metrics, two.ranking.order) == (("RMSE", "SRCC"), ("RMSE", "SRCC"))
    assert two.ratings.matches("b")
    assert not two.ratings.matches("a")
    with pytest.raises(xe.ChallengeError, match="unknown target 'c'"):
        challenge.for_target("c")
    with pytest.raises(xe.ChallengeError, match="no targets"):
        one.for_target("a")
