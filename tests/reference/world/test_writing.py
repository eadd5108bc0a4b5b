"""A world on disk: the real layout, WAV files, and runs that continue where they stopped."""

from __future__ import annotations

import csv
import json
import multiprocessing
import wave
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reference.errors import RecipeError
from reference.world import WorldConfig, plan, render, write_audio, write_metadata
from reference.world.recipe import World

CONFIG = WorldConfig(seed=11, n_train=12, n_validation=5, n_test=7, seconds=2.0)


@pytest.fixture(scope="module")
def world() -> World:
    """Return a small world of short clips."""
    return plan(CONFIG)


def read(path: Path) -> list[dict[str, str]]:
    """Return the rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sounds(directory: Path) -> dict[str, bytes]:
    """Return all files in ``wav``, including hidden ones, with their bytes."""
    root = directory / "wav"
    files = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


def test_metadata_have_the_real_layout(world: World, tmp_path: Path) -> None:
    """Ratings and averages have the real files and columns, and the averages fit the ratings."""
    write_metadata(world, tmp_path)
    for split in ("train", "validation", "test"):
        rows = read(tmp_path / "meta_data" / f"{split}.csv")
        averages = read(tmp_path / "meta_data" / f"{split}_average.csv")
        assert list(rows[0]) == ["wav_file_name", "text", "score", "listener_id"]
        assert list(averages[0]) == ["wav_file_name", "text", "average_score"]
        by_pair = defaultdict(list)
        for row in rows:
            by_pair[row["wav_file_name"], row["text"]].append(int(row["score"]))
        told = {
            (row["wav_file_name"], row["text"]): float(row["average_score"]) for row in averages
        }
        assert told == {pair: np.mean(values) for pair, values in by_pair.items()}
        assert list(told) == [(pair.wav_file_name, pair.text) for pair in world.split(split)]


def test_the_folder_is_marked_as_synthetic(world: World, tmp_path: Path) -> None:
    """world.json states this in plain words, with seed, sizes and versions."""
    write_metadata(world, tmp_path)
    told = json.loads((tmp_path / "world.json").read_text())
    assert told["note"].startswith("Synthetic data.")
    assert told["config"]["seed"] == 11
    assert told["world_version"] == 1
    assert set(told["written_with"]) == {"xacle_eval", "numpy"}


def test_clips_are_mono_16_bit_files_of_the_given_length(world: World, tmp_path: Path) -> None:
    """The standard library reads each clip as mono, 16 bit, 16 kHz, 2 s, with its samples."""
    write_audio(world, tmp_path)
    for pair in world.pairs:
        path = tmp_path / "wav" / pair.split.name / pair.wav_file_name
        with wave.open(str(path)) as file:
            shape = (
                file.getnchannels(),
                file.getsampwidth(),
                file.getframerate(),
                file.getnframes(),
            )
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2")
        assert shape == (1, 2, 16_000, 32_000)
        assert np.array_equal(samples, render(pair, CONFIG))


def test_the_challenges_length_is_the_default(world: World) -> None:
    """By default a clip has 160,000 samples, is not silent and does not reach full scale."""
    config = replace(CONFIG, seconds=WorldConfig().seconds)
    for pair in world.test:
        samples = render(pair, config)
        assert samples.shape == (160_000,)
        assert samples.dtype == np.int16
        assert 100 < np.abs(samples.astype(int)).max() < 32_767


def test_rendering_depends_only_on_seed_and_pair(world: World) -> None:
    """A pair always renders to the same samples, in any order; another seed differs."""
    first = [render(pair, CONFIG) for pair in world.test]
    again = [render(pair, CONFIG) for pair in reversed(world.test)][::-1]
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    other = render(world.test[0], replace(CONFIG, seed=12))
    assert not np.array_equal(first[0], other)


def test_clips_of_equal_content_sound_different(world: World) -> None:
    """Two pairs with the same events, in one split or two, have different sounds."""
    pair = world.test[0]
    others = [replace(pair, index=1), replace(pair, split=world.train[0].split)]
    first = render(pair, CONFIG)
    assert not any(np.array_equal(first, render(other, CONFIG)) for other in others)


def test_a_clip_is_louder_during_its_events(world: World) -> None:
    """Outside its events a clip only has the noise floor; within each event it is louder."""
    for pair in world.pairs:
        samples = render(pair, CONFIG).astype(np.float64) / 32_768
        inside = np.zeros(len(samples), dtype=bool)
        for event in pair.clip.events:
            span = slice(int(event.onset * len(samples)), int(event.end * len(samples)))
            inside[span] = True
            assert np.std(samples[span]) > 2 * 3e-4, (pair, event)
        if (~inside).sum() > 100:
            assert np.std(samples[~inside]) < 1.5 * 3e-4


def test_jobs_do_not_change_the_files(world: World, tmp_path: Path) -> None:
    """Two processes write the same bytes as one, and the progress ends with all files."""
    seen: list[tuple[int, int]] = []
    assert write_audio(world, tmp_path / "one", jobs=1) == 24
    assert (
        write_audio(world, tmp_path / "two", jobs=2, progress=lambda *now: seen.append(now)) == 24
    )
    assert sounds(tmp_path / "one") == sounds(tmp_path / "two")
    assert seen[0] == (0, 24)
    assert seen[-1] == (24, 24)


def test_finished_files_are_not_rendered_again(world: World, tmp_path: Path) -> None:
    """A second run only renders missing files and files of the wrong size."""
    write_audio(world, tmp_path)
    whole = sounds(tmp_path)
    lost, cut = tmp_path / "wav" / "train" / "00003.wav", tmp_path / "wav" / "test" / "10501.wav"
    lost.unlink()
    cut.write_bytes(cut.read_bytes()[:1000])
    kept = tmp_path / "wav" / "train" / "00000.wav"
    inode = kept.stat().st_ino
    assert write_audio(world, tmp_path) == 2
    assert kept.stat().st_ino == inode
    assert sounds(tmp_path) == whole
    assert write_audio(world, tmp_path) == 0


def test_an_interrupted_run_leaves_no_partial_files(world: World, tmp_path: Path) -> None:
    """After Ctrl-C every file is complete; the next run removes leftovers and finishes."""

    def stop(done: int, _total: int) -> None:
        if done > 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_audio(world, tmp_path, progress=stop)
    there = sounds(tmp_path)
    assert 0 < len(there) < 24
    assert {len(data) for data in there.values()} == {44 + 2 * 32_000}
    leftover = tmp_path / "wav" / "test" / ".10500.wav.77.part"
    leftover.write_bytes(b"RIFF")
    assert write_audio(world, tmp_path) == 24 - len(there)
    assert not leftover.exists()
    assert len(sounds(tmp_path)) == 24


def test_a_killed_process_is_reported(tmp_path: Path) -> None:
    """If a rendering process is killed, every file is complete and the next run continues."""
    big = plan(WorldConfig(seed=1, n_train=320, n_validation=1, n_test=1))

    def kill(done: int, _total: int) -> None:
        if done > 0:
            for process in multiprocessing.active_children():
                process.kill()

    with pytest.raises(RecipeError, match="was killed"):
        write_audio(big, tmp_path, jobs=2, progress=kill)
    there = [path for path in (tmp_path / "wav").rglob("*.wav") if not path.name.startswith(".")]
    assert 0 < len(there) < 322
    assert {path.stat().st_size for path in there} == {44 + 2 * 160_000}
    seen: list[tuple[int, int]] = []

    def stop(*now: int) -> None:
        seen.append((now[0], now[1]))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_audio(big, tmp_path, progress=stop)
    assert seen == [(len(there), 322)]


def test_the_folder_of_another_world_is_not_changed(world: World, tmp_path: Path) -> None:
    """A folder with other settings is rejected with the differences; no file is changed."""
    write_metadata(world, tmp_path)
    before = (tmp_path / "meta_data" / "train.csv").read_bytes()
    other = plan(replace(CONFIG, seed=12))
    with pytest.raises(RecipeError, match="seed is 11, expected 12"):
        write_metadata(other, tmp_path)
    with pytest.raises(RecipeError, match="seed is 11, expected 12"):
        write_audio(other, tmp_path)
    assert (tmp_path / "meta_data" / "train.csv").read_bytes() == before


def test_a_real_dataset_is_never_overwritten(world: World, tmp_path: Path) -> None:
    """A folder with data but without world.json, like the real dataset, is rejected."""
    (tmp_path / "meta_data").mkdir()
    with pytest.raises(RecipeError, match="not a synthetic world"):
        write_metadata(world, tmp_path)
    assert list((tmp_path / "meta_data").iterdir()) == []


def test_a_damaged_world_json_is_reported(world: World, tmp_path: Path) -> None:
    """An unreadable world.json is an error with its name; no new world is written."""
    (tmp_path / "world.json").write_text("{")
    with pytest.raises(RecipeError, match=r"world\.json cannot be read"):
        write_audio(world, tmp_path)


def test_zero_jobs_are_rejected(world: World, tmp_path: Path) -> None:
    """Zero processes are an error."""
    with pytest.raises(RecipeError, match="jobs is 0"):
        write_audio(world, tmp_path, jobs=0)
