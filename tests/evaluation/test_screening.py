"""Rankings under screening, compared with leaderboards on files without the removed ratings."""

import csv

import pytest

import xacle_eval as xe
from tests.helpers import DATA, make_submission
from xacle_eval.listeners import SCREENING_METHODS

EXAMPLE = DATA / "example"
HEADER = "wav_file_name,score,listener_id\n"


@pytest.fixture(scope="module")
def ratings():
    """Return the example's ratings plus a listener who gives reversed ratings."""
    with (EXAMPLE / "ratings.csv").open() as file:
        rows = [
            (row["wav_file_name"], float(row["score"]), row["listener_id"])
            for row in csv.DictReader(file)
        ]
    means = {}
    for pair, score, _ in rows:
        means.setdefault(pair, []).append(score)
    odd = [
        (pair, 10.0 if sum(m) / len(m) < 5 else 0.0, "odd") for pair, m in list(means.items())[::4]
    ]
    return rows + odd


def write(path, rows):
    """Write rows of ratings to a file."""
    path.write_text(HEADER + "".join(f"{pair},{score!r},{who}\n" for pair, score, who in rows))
    return path


def board_of(references, screenings=(), challenge=EXAMPLE, systems=EXAMPLE / "submissions", **more):
    """Rank the example's systems."""
    return xe.leaderboard(
        systems, references=references, challenge=challenge, screenings=screenings, **more
    )


def without_lonely(rows):
    """Remove ratings without another listener's rating within 5 points, as agreement does."""
    near = [
        any(p == pair and w != who and abs(s - score) <= 5 for p, s, w in rows)
        for pair, score, who in rows
    ]
    alone = [sum(p == pair for p, _, _ in rows) == 1 for pair, _, _ in rows]
    return [row for row, keep, one in zip(rows, near, alone, strict=True) if keep or one]


@pytest.mark.parametrize("by", ["system", "team"])
def test_a_ranking_under_screening_is_that_without_the_removed_ratings(tmp_path, ratings, by):
    """Ranks and metrics equal, bit for bit, those on a file without the removed ratings."""
    kept = without_lonely(ratings)
    board = board_of(write(tmp_path / "all.csv", ratings), "agreement", by=by)
    expected = board_of(write(tmp_path / "kept.csv", kept), by=by)
    (under,) = board.screenings
    assert under.n_removed == len(ratings) - len(kept) > 0
    assert under.n_ratings == len(ratings)
    assert {p.system: (p.rank, p.metrics) for p in under.places} == {
        e.system: (e.rank, e.metrics) for e in expected.entries
    }
    assert [p.system for p in under.places] == [e.system for e in board.entries]


def test_the_ranks_can_change_and_the_official_ones_stay(tmp_path, ratings):
    """Screening can swap two systems, while the official ranking does not change."""

    def averages(rows):
        given = {}
        for pair, score, _ in rows:
            given.setdefault(pair, []).append(score)
        return {pair: sum(scores) / len(scores) for pair, scores in given.items()}

    make_submission(tmp_path / "sent" / "A_01.csv", averages(ratings))
    make_submission(tmp_path / "sent" / "B_01.csv", averages(without_lonely(ratings)))
    references = write(tmp_path / "all.csv", ratings)
    plain = board_of(references, systems=tmp_path / "sent")
    board = board_of(references, "agreement", systems=tmp_path / "sent")
    assert [(e.rank, e.system) for e in board.entries] == [(1, "A_01"), (2, "B_01")]
    assert [(p.rank, p.system) for p in board.screenings[0].places] == [(2, "A_01"), (1, "B_01")]
    assert plain.screenings == ()
    assert board.model_copy(update={"screenings": ()}) == plain


def test_a_screening_that_removes_nothing_changes_nothing():
    """A method that removes no ratings gives exactly the official ranks and metrics."""
    board = board_of(None, ["no-variation"])
    (under,) = board.screenings
    assert (under.n_removed, under.n_listeners_removed) == (0, 0)
    assert [(p.rank, p.metrics) for p in under.places] == [
        (e.rank, e.metrics) for e in board.entries
    ]
    assert list(under.to_frame()["rank"]) == [1, 2, 3]


def test_methods_without_defaults_are_not_applied():
    """Methods that need a value or a column are not applied, and a note states what they need."""
    found = {each.method: each for each in board_of(None, "all").screenings}
    assert list(found) == list(SCREENING_METHODS)
    assert {name for name, each in found.items() if each.places} == {"agreement", "no-variation"}
    assert "requires limit and a column of anchors" in found["anchors"].note
    assert "requires minimum;" in found["rest-correlation"].note
    assert found["anchors"].n_removed is None


def test_pairs_without_ratings_prevent_a_ranking(tmp_path, ratings):
    """If pairs lose all ratings, the systems are not ranked and the note names the pairs."""
    rows = [row for row in ratings if row[0] not in ("003.wav", "007.wav")]
    rows += [
        (pair, score, who)
        for pair in ("003.wav", "007.wav")
        for score, who in ((0.0, "x"), (10.0, "y"))
    ]
    (under,) = board_of(write(tmp_path / "all.csv", rows), "agreement").screenings
    assert under.places == ()
    assert under.pairs_lost == ("003.wav", "007.wav")
    assert under.note == "would leave 2 pairs without ratings: 003.wav, 007.wav"


def test_a_screening_that_removes_everything_is_a_note(tmp_path, small):
    """If a method would remove all ratings, the note states it."""
    rows = [
        (pair, score, who)
        for pair in small.manifest.ids
        for score, who in ((0.0, "x"), (10.0, "y"))
    ]
    rows[0] = (rows[0][0], 1.0, "x")
    system = make_submission(
        tmp_path / "A_01.csv", {pair: float(n) for n, pair in enumerate(small.manifest.ids)}
    )
    references = write(tmp_path / "all.csv", rows)
    (under,) = board_of(references, "agreement", challenge=small, systems=system).screenings
    assert under.places == ()
    assert "would remove every rating" in under.note


def test_a_system_with_an_undefined_metric_has_no_rank(tmp_path, small):
    """A rank is None if screening makes SRCC undefined and the challenge does not rank that."""
    challenge = xe.load_challenge(DATA / "invalid" / "unranked.toml")
    ids = challenge.manifest.ids
    rows = [(pair, 0.0, who) for pair in ids for who in "xyz"] + [
        (ids[0], 10.0, "w"),
        (ids[1], 9.0, "w"),
    ]
    system = make_submission(tmp_path / "A_01.csv", {pair: float(n) for n, pair in enumerate(ids)})
    board = board_of(
        write(tmp_path / "all.csv", rows), "agreement", challenge=challenge, systems=system
    )
    (place,) = board.screenings[0].places
    assert board.entries[0].rank == 1
    assert (place.rank, place.metrics["SRCC"]) == (None, None)


def test_groups_are_ranked_at_their_level(tmp_path):
    """In a challenge that ranks groups, the metrics under screening are those of the groups."""
    folder = DATA / "challenges" / "voicemos"
    challenge = xe.load_challenge(folder)
    rng = [(i * 7919) % 5 for i in range(len(challenge.manifest))]
    rows = [
        (pair, min(5.0, max(1.0, 1.0 + (r + shift) % 5)), who)
        for pair, r in zip(challenge.manifest.ids, rng, strict=True)
        for shift, who in ((0, "a"), (1, "b"), (1, "c"))
    ]
    columns = (challenge.ids.column, challenge.ratings.column, challenge.ratings.listener.column)
    references = tmp_path / "ratings.csv"
    references.write_text(
        ",".join(columns) + "\n" + "".join(f"{p},{s!r},{w}\n" for p, s, w in rows)
    )
    board = board_of(references, "agreement", challenge=challenge, systems=folder / "submissions")
    assert board.level == "system"
    for entry, place in zip(board.entries, board.screenings[0].places, strict=True):
        assert place.metrics == entry.levels["system"].metrics
        assert place.rank == entry.rank


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("agrement", "did you mean agreement"),
        (["agreement", "x1y2"], "anchors, agreement"),
        ("agreement", "averages"),
    ],
)
def test_invalid_methods_are_refused(small, names, said):
    """A mistyped method, an unknown method and references without ratings raise UsageError."""
    references = DATA / "invalid" / "references.csv" if said == "averages" else None
    challenge = small if references else EXAMPLE
    with pytest.raises(xe.UsageError, match=said):
        board_of(references, names, challenge=challenge)
