"""Models and corrections from and to the Hugging Face Hub."""

import re
import shutil
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import httpx2
from huggingface_hub import (
    CommitInfo,
    CommitScheduler,
    HfApi,
    constants,
    get_token,
    resolve_revision,
    snapshot_download,
)
from huggingface_hub.errors import LocalEntryNotFoundError, RevisionResolutionError
from sklearn.pipeline import Pipeline

from .archive import MAX_FILE_SIZE
from .exceptions import HubError, ModelError
from .hub_errors import hub_errors, is_transient
from .persistence import (
    CARD_FILE,
    CONFIG_FILE,
    METRICS_FILE,
    MODEL_FILE,
    NUMBERS_FILE,
    load_judge,
    load_pipeline,
    read_config,
    verify_checksum,
)

PROJECT: Final = Path(__file__).parent.parent
_REQUIRED: Final = [MODEL_FILE, CONFIG_FILE, METRICS_FILE]
_DOWNLOADED: Final = [*_REQUIRED, NUMBERS_FILE]
_TIMEOUT: Final = 10.0  # seconds, to resolve a revision
_SYNC_INTERVAL: Final = 5  # minutes
_REPO_ID: Final = re.compile(r"\w[\w.-]*/\w[\w.-]*")


@dataclass(frozen=True)
class ModelLocation:
    """A model folder on this machine; its repository and commit if it came from the Hub."""

    path: Path
    repo_id: str | None = None
    commit: str | None = None


def load_model(source: str | Path, revision: str | None = None) -> Pipeline:
    """Load a model from a folder or from a model repository on the Hub.

    Parameters
    ----------
    source : str or pathlib.Path
        A folder, or a repository "USER/REPO". A folder takes precedence.
    revision : str, optional
        Commit, tag or branch of the repository; "main" if not given. A commit that is in the
        cache needs no request.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Fitted; `predict_proba(images)` has shape (n, 10).

    Raises
    ------
    ModelError
        If there is no such folder, or its content is not a valid model.
    HubError
        If the repository cannot be downloaded and is not in the cache.

    Warns
    -----
    UserWarning
        If the Hub is not available and the cached copy is used, or if the model was saved with
        another version of scikit-learn.

    Examples
    --------
    >>> from siffra import load_model
    >>> model = load_model("model")
    >>> model.classes_.tolist()
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    return load_pipeline(resolve_model(source, revision).path)


def resolve_model(source: str | Path, revision: str | None = None) -> ModelLocation:
    """Return the local folder of a model, downloaded if necessary; see `load_model`."""
    folder = Path(source)
    if folder.is_dir() and revision is None:
        return ModelLocation(folder)
    if folder.is_dir():
        raise ModelError(f"Got revision {revision!r} for the folder {folder}. Leave it out.")
    if folder.exists():
        raise ModelError(f"{folder} is a file, but expected a model folder. Use its folder.")
    if not _REPO_ID.fullmatch(str(source)):
        raise ModelError(f"{source} is neither a folder nor a repository (USER/REPO).")
    return _resolve_repository(str(source), revision or constants.DEFAULT_REVISION)


def resolve_commit(repo_id: str, revision: str | None = None) -> str:
    """Return the commit that a revision of a model repository points to now."""
    if revision is not None and re.fullmatch(r"[0-9a-f]{40}", revision):
        return revision
    commit = HfApi().model_info(repo_id, revision=revision, timeout=_TIMEOUT).sha
    if commit is None:
        raise HubError(f"The Hub names no commit of {repo_id}. Check HF_ENDPOINT and any proxy.")
    return commit


def push_model(
    folder: str | Path, repo_id: str, *, private: bool = False, token: str | None = None
) -> CommitInfo:
    """Publish a model folder, with the code that it needs, in one commit on the Hub.

    Parameters
    ----------
    folder : str or pathlib.Path
        Uploaded with `siffra/` and `pyproject.toml`, so that pip can
        install the code from the repository.
    repo_id : str
        "USER/REPO"; created if it does not exist.
    private : bool, default=False
        Applies to a new repository only.
    token : str, optional
        With write access; from `hf auth login` or HF_TOKEN if not given.

    Returns
    -------
    huggingface_hub.CommitInfo

    Raises
    ------
    ModelError
        If the folder contains no valid model, or lacks a file.
    HubError
        If the Hub cannot be reached or refuses.
    """
    folder = Path(folder)
    with hub_errors(f"Cannot publish {repo_id}"):
        api = log_in(repo_id, token)
        load_pipeline(folder)
        load_judge(folder)
        with TemporaryDirectory() as upload:
            _copy_model(folder, Path(upload))
            copy_code(Path(upload))
            api.create_repo(repo_id, private=private or None, exist_ok=True)
            return api.upload_folder(
                repo_id=repo_id,
                folder_path=upload,
                delete_patterns=["siffra/*", "figures/*", NUMBERS_FILE],
                commit_message=f"Publish {folder.resolve().name}",
            )


def sync_corrections(folder: Path, dataset_id: str) -> CommitScheduler:
    """Upload new files of a folder to a private dataset, every five minutes and at exit."""
    with hub_errors(f"Cannot upload corrections to {dataset_id}"):
        return CommitScheduler(
            repo_id=dataset_id,
            repo_type="dataset",
            folder_path=folder,
            every=_SYNC_INTERVAL,
            private=True,
            allow_patterns=["*.png", "*.json"],
            hf_api=log_in(dataset_id),
        )


def check_login(repo_id: str, token: str | None = None) -> None:
    """Check the name of a repository and the token, before a long training run."""
    with hub_errors(f"Cannot publish {repo_id}"):
        log_in(repo_id, token).whoami()


def log_in(repo_id: str, token: str | None = None) -> HfApi:
    """Return a client with a token, after checking the name of the repository to write to."""
    check_repo_id(repo_id)
    token = token or get_token()
    if token is None:
        raise HubError(
            "There is no token for the Hub. Log in (hf auth login), or set HF_TOKEN to a token "
            "with write access from huggingface.co/settings/tokens."
        )
    return HfApi(token=token)


def check_repo_id(repo_id: str) -> None:
    """Check that a name has the form USER/REPO."""
    if not _REPO_ID.fullmatch(repo_id):
        raise HubError(f"Got the name {repo_id!r}, but expected USER/REPO.")


def copy_code(target: Path) -> None:
    """Copy the code that inference needs, and pyproject.toml, into a folder for upload."""
    if not (PROJECT / "pyproject.toml").is_file():
        raise HubError(
            f"No pyproject.toml in {PROJECT}. Publish from a clone of this project's repository."
        )
    shutil.copy(PROJECT / "pyproject.toml", target)
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PROJECT / "siffra", target / "siffra", ignore=ignored)


def _copy_model(folder: Path, target: Path) -> None:
    optional = [NUMBERS_FILE] if read_config(folder).numbers_sha256 else []
    for name in (*_REQUIRED, *optional, CARD_FILE):
        if not (folder / name).is_file():
            raise ModelError(f"No {name} in {folder}. Train the model again, or get it again.")
        shutil.copy(folder / name, target)
    (target / "figures").mkdir()
    for path in (folder / "figures").glob("*.png"):
        shutil.copy(path, target / "figures")


def _resolve_repository(repo_id: str, revision: str) -> ModelLocation:
    """Download a commit of a repository; use the cache if the Hub is not available."""
    try:
        with hub_errors(f"Cannot download {repo_id} at revision {revision}"):
            commit = resolve_commit(repo_id, revision)
            return _find_cached(repo_id, commit) or _download(repo_id, revision, commit)
    except HubError as error:
        cached = _find_cached(repo_id, revision) if is_transient(error.__cause__) else None
        if cached is None:
            raise
        warnings.warn(f"{error} Using the cached commit {cached.commit}.", stacklevel=4)
        return cached


def _find_cached(repo_id: str, revision: str) -> ModelLocation | None:
    """Return the complete, undamaged copy in the cache, if there is one."""
    try:
        path = snapshot_download(
            repo_id, revision=revision, allow_patterns=_DOWNLOADED, local_files_only=True
        )
        verify_checksum(Path(path))
    except (LocalEntryNotFoundError, ModelError):
        return None
    return ModelLocation(Path(path), repo_id, Path(path).name)


def _download(repo_id: str, revision: str, commit: str) -> ModelLocation:
    """Download the files of one commit that are not in the cache, or are damaged there."""
    sizes = {
        file.path: getattr(file, "size", 0)
        for file in HfApi().get_paths_info(repo_id, _DOWNLOADED, revision=commit)
    }
    for name in dict.fromkeys([*_REQUIRED, *sizes]):
        if not 0 < sizes.get(name, 0) <= MAX_FILE_SIZE:
            raise ModelError(
                f"{repo_id} at commit {commit} has no {name} of up to {MAX_FILE_SIZE:,} bytes: it "
                "is not a model of this project."
            )
    path = Path(snapshot_download(repo_id, revision=commit, allow_patterns=_DOWNLOADED))
    try:
        verify_checksum(path)
    except ModelError:
        # Damage in the cache is repaired; damage in the repository is reported when it is loaded.
        snapshot_download(repo_id, revision=commit, allow_patterns=_DOWNLOADED, force_download=True)
    # The cache learns what the revision points to only now that the download is complete.
    with suppress(RevisionResolutionError, httpx2.HTTPError, OSError):
        resolve_revision(repo_id, revision=revision)
    return ModelLocation(path, repo_id, commit)
