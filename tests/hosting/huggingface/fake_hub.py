"""A stand-in for the few calls of ``huggingface_hub`` that the generated project makes.

Repositories are dictionaries of commits; each commit has a time, and the files after it.
"""

import itertools
import types
from datetime import UTC, datetime, timedelta
from pathlib import Path


class EntryNotFoundError(Exception):
    """A file or folder that a repository does not have."""


class HfHubHTTPError(Exception):
    """An answer of the hub that is an error."""

    def __init__(self, status):
        super().__init__(f"HTTP {status}")
        self.response = types.SimpleNamespace(status_code=status)


class CommitOperationAdd:
    """A file of a commit."""

    def __init__(self, path_in_repo, path_or_fileobj):
        self.path, self.data = path_in_repo, bytes(path_or_fileobj)


class Hub:
    """The repositories of a hub, by kind and name, and what is called on it."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.repositories, self.private = {}, {}
        self.now = datetime(2027, 1, 12, 9, 0, tzinfo=UTC)
        self.step = timedelta(seconds=1)
        self.tokens = set()
        self.refusals = []

    def create(self, name, kind="dataset", private=True):
        """Add an empty repository."""
        self.repositories[kind, name] = [("0" * 40, self.now, "", {})]
        self.private[kind, name] = private

    def module(self):
        """Return the module ``huggingface_hub``, and its module of errors."""
        hub = types.ModuleType("huggingface_hub")
        errors = types.ModuleType("huggingface_hub.errors")
        errors.EntryNotFoundError, errors.HfHubHTTPError = EntryNotFoundError, HfHubHTTPError
        hub.CommitOperationAdd = CommitOperationAdd
        hub.HfApi = lambda token: Api(self, token)
        return {"huggingface_hub": hub, "huggingface_hub.errors": errors}


class Api:
    """The calls, with the names of the arguments that the library has."""

    def __init__(self, hub, token):
        self._hub = hub
        hub.tokens.add(token)

    def _commits(self, name, kind):
        return self._hub.repositories[kind, name]

    def repo_info(self, repo_id, *, repo_type):
        """Return the newest commit and whether the repository is private."""
        newest = self._commits(repo_id, repo_type)[-1]
        private = self._hub.private[repo_type, repo_id]
        return types.SimpleNamespace(sha=newest[0], private=private)

    def list_repo_tree(self, repo_id, path_in_repo, *, recursive, repo_type):
        """Yield the folders and files in a folder."""
        assert recursive
        files = self._commits(repo_id, repo_type)[-1][3]
        inside = {path: data for path, data in files.items() if path.startswith(f"{path_in_repo}/")}
        if not inside:
            raise EntryNotFoundError(path_in_repo)
        for folder in {path.rpartition("/")[0] for path in inside}:
            yield types.SimpleNamespace(path=folder, tree_id="")
        for path, data in inside.items():
            yield types.SimpleNamespace(path=path, size=len(data))

    def hf_hub_download(self, repo_id, filename, *, repo_type, revision):
        """Return the path of a file in the cache."""
        commits = self._commits(repo_id, repo_type)
        commit = commits[-1] if revision is None else next(c for c in commits if c[0] == revision)
        if filename not in commit[3]:
            raise EntryNotFoundError(filename)
        file = self._hub.folder / commit[0] / repo_id / filename
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(commit[3][filename])
        return str(file)

    def get_paths_info(self, repo_id, paths, *, expand, repo_type):
        """Return files with their newest commits; names that there are not are left out."""
        assert expand
        assert len(paths) <= 100
        commits = self._commits(repo_id, repo_type)
        found = []
        for path in paths:
            changes = [
                new
                for old, new in itertools.pairwise(commits)
                if old[3].get(path) != new[3].get(path)
            ]
            if changes:
                last = types.SimpleNamespace(oid=changes[-1][0], date=changes[-1][1])
                found.append(types.SimpleNamespace(path=path, last_commit=last))
        return found

    def list_repo_commits(self, repo_id, *, repo_type):
        """Return the commits, the newest first, as the hub does."""
        commits = self._commits(repo_id, repo_type)
        return [types.SimpleNamespace(commit_id=each[0]) for each in reversed(commits)]

    def create_commit(self, repo_id, operations, *, commit_message, repo_type, parent_commit):
        """Add a commit, if the parent is the newest one and no refusal is planned."""
        commits = self._commits(repo_id, repo_type)
        if self._hub.refusals:
            raise HfHubHTTPError(self._hub.refusals.pop(0))
        if parent_commit not in (None, commits[-1][0]):
            raise HfHubHTTPError(412)
        assert commit_message
        self._hub.now += self._hub.step
        files = {**commits[-1][3], **{each.path: each.data for each in operations}}
        commits.append((f"{len(commits):040x}", self._hub.now, commit_message, files))
