"""The store of submissions and results: datasets on Hugging Face, or a folder for trying out.

``XACLE_EVAL_STORE=folder:PATH`` selects a folder. Otherwise the datasets of the owner of this Space
are used, with the token in ``HF_TOKEN``. Elsewhere than in a Space, ``XACLE_EVAL_OWNER`` names the
owner.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

__all__ = [
    "ConflictError",
    "FolderStore",
    "HubStore",
    "Store",
    "StoreError",
    "commit_until_done",
    "open_store",
]

_ATTEMPTS = 8
_FIRST_WAIT = 0.2
_KIND = "folder:"


class StoreError(Exception):
    """The store cannot be used; the text is for the organisers."""


class ConflictError(StoreError):
    """Another commit came first; read again and repeat."""


class Store(Protocol):
    """Files in two datasets, ``submissions`` and ``results``, which change by commits."""

    is_local: bool

    def head(self, dataset: str) -> str:
        """Return the name of the newest commit."""

    def names(self, dataset: str, folder: str) -> list[str]:
        """Return the paths of all files in a folder, sorted; none if there is no such folder."""

    def read(self, dataset: str, path: str, head: str | None = None) -> bytes | None:
        """Return the contents of a file, at a commit; None if there is no such file."""

    def times(self, dataset: str, paths: Iterable[str]) -> dict[str, datetime]:
        """Return the time in UTC of the newest commit of each file, in the order of the commits."""

    def commit(
        self, dataset: str, files: Mapping[str, bytes], message: str, head: str | None = None
    ) -> None:
        """Add or replace files; with `head`, only if it is still the newest commit.

        Raises
        ------
        ConflictError
            If another commit came first.
        """

    def require_private(self, dataset: str) -> None:
        """Raise StoreError if a dataset, or the Space that this is, is public."""


def open_store(datasets: Mapping[str, str]) -> Store:
    """Return the store that the environment selects; `datasets` has the names on the hub."""
    chosen = os.environ.get("XACLE_EVAL_STORE", "")
    if chosen.startswith(_KIND):
        return FolderStore(chosen[len(_KIND) :])
    if chosen:
        raise StoreError(f"XACLE_EVAL_STORE: expected folder:PATH, got {chosen!r}")
    space = os.environ.get("SPACE_ID", "")
    owner = os.environ.get("XACLE_EVAL_OWNER") or space.partition("/")[0]
    token = os.environ.get("HF_TOKEN", "")
    if not owner or not token:
        raise StoreError(
            "set the secret HF_TOKEN, and outside a Space XACLE_EVAL_OWNER; to try without Hugging "
            "Face, set XACLE_EVAL_STORE=folder:PATH"
        )
    names = {kind: f"{owner}/{name}" for kind, name in datasets.items()}
    return HubStore(names, token, space or None)


def commit_until_done(
    store: Store,
    dataset: str,
    files: Callable[[str], Mapping[str, bytes]],
    message: str,
    *,
    exclusive: bool = True,
) -> None:
    """Commit the files that a function makes for the newest commit, again after a conflict.

    Parameters
    ----------
    store : Store
        The store.
    dataset : str
        The dataset.
    files : function
        Takes the name of the newest commit, returns the files; no commit is made for none.
    message : str
        The message of the commit.
    exclusive : bool
        Commit only on the commit for which the files were made. Files with new names can be added
        on any, so uploads in the same second do not wait for each other.
    """
    for attempt in range(_ATTEMPTS):
        head = store.head(dataset)
        made = files(head)
        if not made:
            return None
        try:
            return store.commit(dataset, made, message, head if exclusive else None)
        except ConflictError:
            time.sleep(_FIRST_WAIT * 2**attempt)
    raise StoreError(f"{dataset}: {_ATTEMPTS} commits in a row met another one; try again later")


class FolderStore:
    """Datasets as folders on this computer, for trying out and for tests."""

    is_local = True

    def __init__(
        self,
        folder: str | os.PathLike[str],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._folder = Path(folder).resolve()
        self._clock = clock

    def head(self, dataset: str) -> str:
        return str(len(self._log(dataset)))

    def names(self, dataset: str, folder: str) -> list[str]:
        top = self._folder / dataset
        files = (path for path in (top / folder).rglob("*") if path.is_file())
        return sorted(path.relative_to(top).as_posix() for path in files)

    def read(self, dataset: str, path: str, head: str | None = None) -> bytes | None:  # noqa: ARG002
        file = self._place(dataset, path)
        return file.read_bytes() if file.is_file() else None

    def times(self, dataset: str, paths: Iterable[str]) -> dict[str, datetime]:
        wanted = set(paths)
        found: dict[str, datetime] = {}
        for entry in self._log(dataset):
            moment = datetime.fromisoformat(entry["time"])
            for path in wanted.intersection(entry["paths"]):
                found.pop(path, None)  # so that its place is that of its newest commit
                found[path] = moment
        return found

    def commit(
        self, dataset: str, files: Mapping[str, bytes], message: str, head: str | None = None
    ) -> None:
        with self._lock():
            if head is not None and head != self.head(dataset):
                raise ConflictError(f"{dataset} has a newer commit than {head}")
            for path, data in files.items():
                file = self._place(dataset, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                unfinished = file.with_name(f".{file.name}.unfinished")
                unfinished.write_bytes(data)
                unfinished.replace(file)
            entry = {"time": self._clock().isoformat(), "paths": sorted(files), "message": message}
            with self._log_file(dataset).open("a", encoding="utf-8") as log:
                log.write(json.dumps(entry) + "\n")

    def require_private(self, dataset: str) -> None:
        """Accept every folder: it is on this computer."""

    def _place(self, dataset: str, path: str) -> Path:
        top = self._folder / dataset
        place = (top / path).resolve()
        if not place.is_relative_to(top):
            raise StoreError(f"{path!r} is outside the dataset")
        return place

    def _log_file(self, dataset: str) -> Path:
        return self._folder / f"{dataset}.commits.jsonl"

    def _log(self, dataset: str) -> list[dict[str, Any]]:
        file = self._log_file(dataset)
        text = file.read_text(encoding="utf-8") if file.exists() else ""
        return [json.loads(line) for line in text.splitlines()]

    @contextmanager
    def _lock(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / ".lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


class HubStore:
    """Two datasets on Hugging Face."""

    is_local = False

    def __init__(self, names: Mapping[str, str], token: str, space: str | None = None) -> None:
        from huggingface_hub import HfApi

        self._names, self._space = names, space
        self._api: Any = HfApi(token=token)

    def head(self, dataset: str) -> str:
        return str(self._api.repo_info(self._names[dataset], repo_type="dataset").sha)

    def names(self, dataset: str, folder: str) -> list[str]:
        from huggingface_hub.errors import EntryNotFoundError

        try:
            tree = list(
                self._api.list_repo_tree(
                    self._names[dataset], folder, recursive=True, repo_type="dataset"
                )
            )
        except EntryNotFoundError:
            return []
        # A folder has no size.
        return sorted(entry.path for entry in tree if hasattr(entry, "size"))

    def read(self, dataset: str, path: str, head: str | None = None) -> bytes | None:
        from huggingface_hub.errors import EntryNotFoundError

        try:
            file = self._api.hf_hub_download(
                self._names[dataset], path, repo_type="dataset", revision=head
            )
        except EntryNotFoundError:
            return None
        return Path(file).read_bytes()

    def times(self, dataset: str, paths: Iterable[str]) -> dict[str, datetime]:
        listed = list(paths)
        last: dict[str, Any] = {}
        # The hub takes a limited number of paths at a time.
        for start in range(0, len(listed), 50):
            for entry in self._api.get_paths_info(
                self._names[dataset],
                listed[start : start + 50],
                expand=True,
                repo_type="dataset",
            ):
                last[entry.path] = entry.last_commit
        places = self._places(dataset, {each.oid: each.date for each in last.values()})
        order = sorted(last.items(), key=lambda each: (each[1].date, places.get(each[1].oid, 0)))
        return {path: commit.date.astimezone(UTC) for path, commit in order}

    def _places(self, dataset: str, dates: Mapping[str, datetime]) -> dict[str, int]:
        """Return the places of commits in the log, the first one at 0; none if times suffice.

        The hub knows times to the second, so the times of several commits can be equal. The whole
        log is read only then.
        """
        if len(set(dates.values())) == len(dates):
            return {}
        log = self._api.list_repo_commits(self._names[dataset], repo_type="dataset")
        return {each.commit_id: place for place, each in enumerate(reversed(list(log)))}

    def commit(
        self, dataset: str, files: Mapping[str, bytes], message: str, head: str | None = None
    ) -> None:
        from huggingface_hub import CommitOperationAdd
        from huggingface_hub.errors import HfHubHTTPError

        operations = [CommitOperationAdd(path, data) for path, data in files.items()]
        try:
            self._api.create_commit(
                self._names[dataset],
                operations,
                commit_message=message,
                repo_type="dataset",
                parent_commit=head,
            )
        except HfHubHTTPError as error:
            # 409 Conflict, 412 Precondition Failed, 429 Too Many Requests.
            if error.response is not None and error.response.status_code in (409, 412, 429):
                raise ConflictError(f"{dataset} has a newer commit") from error
            raise

    def require_private(self, dataset: str) -> None:
        repositories = [(self._names[dataset], "dataset")]
        repositories += [(self._space, "space")] if self._space else []
        for name, kind in repositories:
            if not self._api.repo_info(name, repo_type=kind).private:
                raise StoreError(f"the {kind} {name} is public; make it private in its settings")
