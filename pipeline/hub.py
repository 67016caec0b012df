"""Everything that talks to the Hugging Face Hub."""

from pathlib import Path

from sklearn.pipeline import Pipeline

from .artifact import CONFIG_FILE, METRICS_FILE, MODEL_FILE, load_artifact
from .exceptions import ModelError


def load_model(source: str | Path, revision: str | None = None) -> Pipeline:
    """Load a model from a folder or from a model repository on the Hub.

    Parameters
    ----------
    source : str or pathlib.Path
        A folder, or a repository "USER/REPO". A folder of that name goes first.
    revision : str, optional
        Commit, tag or branch of the repository; "main" when left out.

    Returns
    -------
    sklearn.pipeline.Pipeline
        Fitted; `predict_proba(images)` has shape (n, 10).

    Raises
    ------
    ModelError
        If there is no such folder or repository, or what is there is not a sound model.

    Examples
    --------
    >>> from pipeline import load_model
    >>> model = load_model("model")
    >>> model.classes_.tolist()
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    return load_artifact(fetch_folder(source, revision))


def fetch_folder(source: str | Path, revision: str | None = None) -> Path:
    """Return the local folder of a model, downloading it if `source` names a repository.

    Parameters
    ----------
    source : str or pathlib.Path
    revision : str, optional

    Returns
    -------
    pathlib.Path

    Raises
    ------
    ModelError
        If there is no such folder or repository, or it cannot be reached.
    """
    folder = Path(source)
    if folder.is_dir():
        if revision is not None:
            raise ModelError(
                f"Got revision {revision!r} for the folder {folder}, but only a repository on "
                "the Hub has revisions. Leave it out."
            )
        return folder
    # The client costs a good part of a second to import; a local model does not need it.
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        path = snapshot_download(
            str(source),
            revision=revision,
            allow_patterns=[MODEL_FILE, CONFIG_FILE, METRICS_FILE],
        )
    except HFValidationError as error:
        raise ModelError(
            f"{source} is neither a folder nor the name of a repository (USER/REPO)."
        ) from error
    except (HfHubHTTPError, LocalEntryNotFoundError) as error:
        at = f" at revision {revision}" if revision else ""
        raise ModelError(f"Cannot download {source}{at} from the Hub: {error}") from error
    return Path(path)
