"""Download a model from the Hugging Face Hub, or find it in the cache."""

import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from huggingface_hub import HfApi, constants, resolve_revision, snapshot_download
from huggingface_hub.errors import (
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RevisionResolutionError,
)
from sklearn.pipeline import Pipeline

from ..exceptions import HubError, ModelError
from ..model_folder.config import CONFIG_FILE, METRICS_FILE, MODEL_FILE, NUMBERS_FILE
from ..model_folder.limits import MAX_FILE_SIZE
from ..model_folder.loading import load_pipeline, verify_checksums
from ..model_folder.signing import SIGNATURE_FILE, signed_files
from .client import is_repo_id, resolve_commit
from .errors import HTTPError, hub_errors, is_transient

REQUIRED: Final = [MODEL_FILE, CONFIG_FILE, METRICS_FILE]
DOWNLOADED: Final = [*REQUIRED, NUMBERS_FILE, SIGNATURE_FILE]


@dataclass(frozen=True)
class ModelLocation:
    """A model folder on this machine; its repository and commit if it came from the Hub."""

    path: Path
    repo_id: str | None = None
    commit: str | None = None


def load_model(
    source: str | Path, revision: str | None = None, *, public_key: str | Path | None = None
) -> Pipeline:
    """Load a model from a folder or from a model repository on the Hub.

    Parameters
    ----------
    source : str or pathlib.Path
        A folder, or a repository "USER/REPO". A folder takes precedence.
    revision : str, optional
        Commit, tag or branch of the repository; "main" if not given. A commit that is in the
        cache needs no request.
    public_key : str or pathlib.Path, optional
        PEM file of the author's key: the model must have been published with its signature.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Fitted; `predict_proba(images)` has shape (n, 10).

    Raises
    ------
    ModelError
        If there is no such folder, or its content is not a valid model, or not as it was signed.
    HubError
        If the repository cannot be downloaded and is not in the cache.

    Warns
    -----
    UserWarning
        If the Hub is not available and the cached copy is used, or if the model was saved with
        a scikit-learn older or newer than those that pip installs.

    Examples
    --------
    >>> from siffra import load_model
    >>> model = load_model("model")
    >>> model.classes_.tolist()
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    location = resolve_model(source, revision)
    with signed_files(location.path, public_key) as folder:
        return load_pipeline(folder)


def resolve_model(source: str | Path, revision: str | None = None) -> ModelLocation:
    """Return the local folder of a model, downloaded if necessary; see `load_model`."""
    folder = Path(source)
    if folder.is_dir() and revision is None:
        return ModelLocation(folder)
    if folder.is_dir():
        raise ModelError(f"Got revision {revision!r} for the folder {folder}. Leave it out.")
    if folder.exists():
        raise ModelError(f"{folder} is a file, but expected a model folder. Use its folder.")
    if not is_repo_id(str(source)):
        raise ModelError(f"{source} is neither a folder nor a repository (USER/REPO).")
    return _resolve_repository(str(source), revision or constants.DEFAULT_REVISION)


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
        if isinstance(error.__cause__, OfflineModeIsEnabled):
            return cached  # as the user asked for
        warnings.warn(f"{error} Using the cached commit {cached.commit}.", stacklevel=4)
        return cached


def _find_cached(repo_id: str, revision: str) -> ModelLocation | None:
    """Return the complete, undamaged copy in the cache, if there is one."""
    try:
        path = snapshot_download(
            repo_id, revision=revision, allow_patterns=DOWNLOADED, local_files_only=True
        )
        verify_checksums(Path(path))
    except (LocalEntryNotFoundError, ModelError):
        return None
    return ModelLocation(Path(path), repo_id, Path(path).name)


def _download(repo_id: str, revision: str, commit: str) -> ModelLocation:
    """Download the files of one commit that are not in the cache, or are damaged there."""
    sizes = {
        file.path: getattr(file, "size", 0)
        for file in HfApi().get_paths_info(repo_id, DOWNLOADED, revision=commit)
    }
    for name in dict.fromkeys([*REQUIRED, *sizes]):
        if not 0 < sizes.get(name, 0) <= MAX_FILE_SIZE:
            raise ModelError(
                f"{repo_id} at commit {commit} has no {name} of up to {MAX_FILE_SIZE:,} bytes: it "
                "is not a model of this project."
            )
    path = Path(snapshot_download(repo_id, revision=commit, allow_patterns=DOWNLOADED))
    try:
        verify_checksums(path)
    except ModelError:
        # Damage in the cache is repaired; damage in the repository is reported when it is loaded.
        snapshot_download(repo_id, revision=commit, allow_patterns=DOWNLOADED, force_download=True)
    # The cache records the commit of the revision only now that the download is complete.
    with suppress(RevisionResolutionError, HTTPError, OSError):
        resolve_revision(repo_id, revision=revision)
    return ModelLocation(path, repo_id, commit)
