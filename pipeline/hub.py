"""Models from the Hugging Face Hub: found, pinned, cached."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .exceptions import HubError, ModelError
from .folder import CONFIG_FILE, METRICS_FILE, MODEL_FILE, check_files

if TYPE_CHECKING:
    from huggingface_hub.errors import HfHubHTTPError
    from sklearn.pipeline import Pipeline

# Hence the imports inside functions: scikit-learn, and the client that a local model does not
# need, cost a good part of a second each.

FILES: Final = (MODEL_FILE, METRICS_FILE, CONFIG_FILE)
_MAIN: Final = "main"
_RESOLVE_TIMEOUT: Final = 10.0  # seconds

_REMEDIES: Final = {
    401: "The Hub does not accept the token. Log in (hf auth login) or set HF_TOKEN.",
    402: "The Hub asks for a paid plan (PRO) for this. README.md names the ways without one.",
    403: "The token has no permission for this. Make one with write access at "
    "huggingface.co/settings/tokens, or choose a name of your own.",
    404: "There is no such repository, or the token may not see it. Check the name, or log in "
    "(hf auth login) or set HF_TOKEN.",
    429: "The Hub has had too many requests from here. Wait a few minutes.",
}


@dataclass(frozen=True)
class ModelFolder:
    """A model on this machine, and where it came from.

    Parameters
    ----------
    path : pathlib.Path
    repo_id : str, optional
        Its repository on the Hub; None for a folder that somebody named.
    commit : str, optional
        The commit of that repository, 40 hexadecimal digits.
    """

    path: Path
    repo_id: str | None = None
    commit: str | None = None


def load_model(source: str | Path, revision: str | None = None) -> "Pipeline":
    """Load a model from a folder or from a model repository on the Hub.

    Parameters
    ----------
    source : str or pathlib.Path
        A folder, or a repository "USER/REPO". A folder of that name goes first.
    revision : str, optional
        Commit, tag or branch of the repository; "main" when left out. A commit that is in the
        cache costs no request.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Fitted; `predict_proba(images)` has shape (n, 10).

    Raises
    ------
    ModelError
        If there is no such folder, or what is there is not a sound model.
    HubError
        If the repository cannot be downloaded and no copy of it is in the cache.

    Warns
    -----
    UserWarning
        If the Hub does not answer and the cached copy is used instead, or if the model was
        saved with another scikit-learn.

    Examples
    --------
    >>> from pipeline import load_model
    >>> model = load_model("model")
    >>> model.classes_.tolist()
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    from .artifact import load_artifact

    return load_artifact(fetch(source, revision).path)


def fetch(source: str | Path, revision: str | None = None) -> ModelFolder:
    """Find the local folder of a model, downloading it if `source` names a repository.

    Parameters
    ----------
    source : str or pathlib.Path
    revision : str, optional

    Returns
    -------
    ModelFolder

    Raises
    ------
    ModelError, HubError
        See `load_model`.
    """
    folder = Path(source)
    if folder.is_dir():
        if revision is not None:
            raise ModelError(
                f"Got revision {revision!r} for the folder {folder}, but only a repository on "
                "the Hub has revisions. Leave it out."
            )
        return ModelFolder(folder)
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", str(source)):
        raise ModelError(f"{source} is neither a folder nor the name of a repository (USER/REPO).")
    return _fetch_repository(str(source), revision or _MAIN)


def is_commit(revision: str) -> bool:
    """Tell whether a revision is a full commit hash, which never changes its meaning.

    Parameters
    ----------
    revision : str

    Returns
    -------
    bool
    """
    return re.fullmatch(r"[0-9a-f]{40}", revision) is not None


def resolve(repo_id: str, revision: str | None = None) -> str:
    """Ask the Hub which commit a revision of a model repository means now.

    Parameters
    ----------
    repo_id : str
    revision : str, optional

    Returns
    -------
    str
        40 hexadecimal digits.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    url = hf_hub_url(repo_id, CONFIG_FILE, revision=revision)
    commit = get_hf_file_metadata(url, timeout=_RESOLVE_TIMEOUT).commit_hash
    if commit is None:
        raise HubError(f"The answer to {url} names no commit. Check HF_ENDPOINT and any proxy.")
    return commit


@contextmanager
def hub_errors(what: str) -> Iterator[None]:
    """Turn whatever the client raises into one line that says what to do.

    Parameters
    ----------
    what : str
        What is being attempted, such as "Cannot download USER/REPO".

    Raises
    ------
    HubError
    """
    import httpx2
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

    try:
        yield
    except HubError:
        raise
    except OfflineModeIsEnabled as error:
        raise HubError(f"{what}: HF_HUB_OFFLINE is set. Unset it.") from error
    except HfHubHTTPError as error:
        raise HubError(f"{what}: {_remedy(error)}") from error
    except HFValidationError as error:
        raise HubError(f"{what}: {error} Expected a name like USER/REPO.") from error
    except (httpx2.HTTPError, OSError) as error:
        reason = str(error) or type(error).__name__
        raise HubError(
            f"{what}: the Hub cannot be reached ({reason}). Check the network and try again."
        ) from error


def _remedy(error: "HfHubHTTPError") -> str:
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    if isinstance(error, RevisionNotFoundError):
        return "There is no such revision. Name a commit, a tag or a branch of the repository."
    status = error.response.status_code
    if isinstance(error, RepositoryNotFoundError):
        status = 404  # the Hub says 401 for what a stranger may not see
    said = f" It said: {' '.join(error.server_message.split())}" if error.server_message else ""
    if status in _REMEDIES:
        return f"{_REMEDIES[status]}{said}"
    if status >= 500:
        return f"The Hub has a fault of its own ({status}). Try again later.{said}"
    return f"The Hub refuses ({status}).{said}"


def _fetch_repository(repo_id: str, revision: str) -> ModelFolder:
    """Download one commit of a repository; fall back on the cache when the Hub is away."""
    what = f"Cannot download {repo_id} at revision {revision}"
    try:
        with hub_errors(what):
            return _download(repo_id, revision)
    except HubError as error:
        cached = _cached(repo_id, revision) if _is_passing(error.__cause__) else None
        if cached is None:
            raise
        warnings.warn(f"{error} Using the cached commit {cached.commit}.", stacklevel=4)
        return cached


def _download(repo_id: str, revision: str) -> ModelFolder:
    """Take every file from one commit, even if the branch moves meanwhile."""
    commit = revision if is_commit(revision) else resolve(repo_id, revision)
    folder = _get_files(repo_id, commit)
    try:
        check_files(folder.path)
    except ModelError:
        # A damaged cache mends itself; a damaged repository is refused when it is loaded.
        folder = _get_files(repo_id, commit, force_download=True)
    cached = _cached(repo_id, revision)
    if cached is None or cached.commit != commit:
        _remember(repo_id, revision)
    return folder


def _get_files(repo_id: str, commit: str, force_download: bool = False) -> ModelFolder:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    for name in FILES:
        try:
            path = hf_hub_download(repo_id, name, revision=commit, force_download=force_download)
        except LocalEntryNotFoundError as error:
            raise error.__cause__ or error from error
        except EntryNotFoundError as error:
            raise ModelError(
                f"{repo_id} at commit {commit} has no {name}: it is not a model of this project."
            ) from error
    return ModelFolder(Path(path).parent, repo_id, commit)


def _remember(repo_id: str, revision: str) -> None:
    """Let the cache know, now that all files are there, which commit the revision means."""
    import httpx2
    from huggingface_hub import hf_hub_download

    with suppress(httpx2.HTTPError, OSError):
        hf_hub_download(repo_id, CONFIG_FILE, revision=revision)


def _cached(repo_id: str, revision: str) -> ModelFolder | None:
    """Return the complete copy in the cache of what a revision last meant, if there is one."""
    from huggingface_hub import try_to_load_from_cache

    paths = [try_to_load_from_cache(repo_id, name, revision=revision) for name in FILES]
    if not all(isinstance(path, str) for path in paths):
        return None
    folder = Path(str(paths[0])).parent
    return ModelFolder(folder, repo_id, commit=folder.name)


def _is_passing(error: BaseException | None) -> bool:
    """Tell a Hub that is away, slow or busy from one that has given its final answer."""
    from huggingface_hub.errors import HfHubHTTPError

    return not isinstance(error, HfHubHTTPError) or (
        error.response.status_code in (408, 429) or error.response.status_code >= 500
    )
