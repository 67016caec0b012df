"""To the Hugging Face Hub: a model folder as a repository, the app as a Space."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .exceptions import HubError, ModelError
from .folder import CONFIG_FILE, METRICS_FILE, MODEL_FILE
from .hub import hub_errors, is_commit, resolve

if TYPE_CHECKING:
    from huggingface_hub import CommitInfo, CommitScheduler, HfApi

PACKAGE: Final = Path(__file__).parent
PROJECT: Final = PACKAGE.parent
CARD_FILE: Final = "README.md"
_MODEL_FILES: Final = (MODEL_FILE, CONFIG_FILE, METRICS_FILE, CARD_FILE)
_SPACE_FILES: Final = ("app.py", "requirements.txt", "LICENSE")
_SPACE_FOLDERS: Final = ("interface", "docs/images", "docs/examples")


def push_model(
    folder: str | Path, repo_id: str, *, private: bool = False, token: str | None = None
) -> "CommitInfo":
    """Publish a model folder, with the code that it needs, in one commit on the Hub.

    Parameters
    ----------
    folder : str or pathlib.Path
        Uploaded as it is, with `pipeline/` and `pyproject.toml` beside it, so that pip can
        install the transformer from the repository.
    repo_id : str
        "USER/REPO"; created if it does not exist.
    private : bool, default=False
        Applies to a new repository only.
    token : str, optional
        With write access; the one of `hf auth login` or HF_TOKEN when left out.

    Returns
    -------
    huggingface_hub.CommitInfo

    Raises
    ------
    ModelError
        If the folder holds no sound model, or lacks a file.
    HubError
        If the Hub cannot be reached or refuses.
    """
    from .artifact import load_artifact

    folder = Path(folder)
    load_artifact(folder)
    files = dict(_model_files(folder)) | dict(_code_files())
    with hub_errors(f"Cannot publish {repo_id}"):
        _check_name(repo_id)
        api = _log_in(token)
        api.create_repo(repo_id, private=private or None, exist_ok=True)
        return _commit(api, repo_id, files, "model", f"Publish {folder.resolve().name}")


def push_space(
    space_id: str,
    model_id: str,
    revision: str | None = None,
    *,
    hardware: str | None = None,
    token: str | None = None,
) -> "CommitInfo":
    """Create or update a Space that runs the app with a published model.

    Parameters
    ----------
    space_id : str
        "USER/NAME"; created if it does not exist.
    model_id : str
        "USER/REPO"; the Space reads it from the environment, with `revision`.
    revision : str, optional
        Pinned as the commit that it means now; "main" when left out.
    hardware : str, optional
        Such as "zero-a10g", for a new Space only; the Hub's default (cpu-basic) when left out.
    token : str, optional
        With write access; the one of `hf auth login` or HF_TOKEN when left out.

    Returns
    -------
    huggingface_hub.CommitInfo

    Raises
    ------
    HubError
        If the Hub cannot be reached or refuses, or there is no such model.
    """
    with hub_errors(f"Cannot pin {model_id}"):
        _check_name(model_id)
        commit = revision if revision and is_commit(revision) else resolve(model_id, revision)
    with hub_errors(f"Cannot publish {space_id}"):
        _check_name(space_id)
        api = _log_in(token)
        api.create_repo(
            space_id,
            repo_type="space",
            space_sdk="gradio",
            space_hardware=hardware,  # type: ignore[arg-type]
            exist_ok=True,
        )
        api.add_space_variable(space_id, "SIFFRA_MODEL", model_id)
        api.add_space_variable(space_id, "SIFFRA_REVISION", commit)
        files = dict(_space_files(model_id))
        return _commit(api, space_id, files, "space", f"Run {model_id} at {commit[:7]}")


def keep_in_step(folder: Path, dataset_id: str) -> "CommitScheduler":
    """Upload what is new in a folder to a private dataset, every five minutes and at exit.

    Parameters
    ----------
    folder : pathlib.Path
        Created if it does not exist.
    dataset_id : str
        "USER/NAME"; created if it does not exist.

    Returns
    -------
    huggingface_hub.CommitScheduler
        Running.

    Raises
    ------
    HubError
        If the Hub cannot be reached or refuses.
    """
    from huggingface_hub import CommitScheduler

    with hub_errors(f"Cannot keep corrections in {dataset_id}"):
        _check_name(dataset_id)
        return CommitScheduler(
            repo_id=dataset_id,
            repo_type="dataset",
            folder_path=folder,
            every=5,
            private=True,
            allow_patterns=["*.png", "*.json"],
            hf_api=_log_in(None),
        )


def check_login(repo_id: str, token: str | None = None) -> None:
    """Make sure that the Hub knows who publishes, before hours are spent on a model.

    Parameters
    ----------
    repo_id : str
    token : str, optional

    Raises
    ------
    HubError
        If the name is not valid, or there is no valid token.
    """
    with hub_errors(f"Cannot publish {repo_id}"):
        _check_name(repo_id)
        _log_in(token).whoami()


def _check_name(repo_id: str) -> None:
    from huggingface_hub.utils import validate_repo_id  # type: ignore[attr-defined]

    validate_repo_id(repo_id)
    if "/" not in repo_id:
        raise HubError(f"Got the name {repo_id!r}, but expected USER/REPO.")


def _log_in(token: str | None) -> "HfApi":
    from huggingface_hub import HfApi, get_token

    token = token or get_token()
    if token is None:
        raise HubError(
            "Got no token for the Hub. Log in (hf auth login) or set HF_TOKEN to one with write "
            "access, from huggingface.co/settings/tokens."
        )
    return HfApi(token=token)


def _model_files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the path in the repository and the file of each part of a model folder."""
    for name in _MODEL_FILES:
        if not (folder / name).is_file():
            raise ModelError(f"No {name} in {folder}. Train the model again, or get it again.")
        yield name, folder / name
    for path in sorted((folder / "figures").glob("*.png")):
        yield f"figures/{path.name}", path


def _code_files() -> Iterator[tuple[str, Path]]:
    if not (PROJECT / "pyproject.toml").is_file():
        raise HubError(
            f"No pyproject.toml in {PROJECT}: an installed copy of this project cannot publish. "
            "Use a clone of it."
        )
    yield "pyproject.toml", PROJECT / "pyproject.toml"
    for path in sorted(PACKAGE.rglob("*.py")):
        yield f"{PACKAGE.name}/{path.relative_to(PACKAGE).as_posix()}", path


def _space_files(model_id: str) -> Iterator[tuple[str, Path | bytes]]:
    from huggingface_hub import RepoCard

    card = RepoCard.load(PROJECT / CARD_FILE)
    card.data.models = [model_id]
    yield CARD_FILE, str(card).encode()
    for name in _SPACE_FILES:
        yield name, PROJECT / name
    for folder in _SPACE_FOLDERS:
        for path in sorted((PROJECT / folder).iterdir()):
            if path.is_file():
                yield f"{folder}/{path.name}", path
    yield from _code_files()


def _commit(
    api: "HfApi", repo_id: str, files: Mapping[str, Path | bytes], repo_type: str, message: str
) -> "CommitInfo":
    """Upload the files and remove what earlier versions of the code and figures left behind."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    old = set(api.list_repo_files(repo_id, repo_type=repo_type)) - files.keys()
    operations: list[CommitOperationAdd | CommitOperationDelete] = [
        CommitOperationAdd(name, content) for name, content in files.items()
    ]
    operations += [
        CommitOperationDelete(name) for name in old if name.startswith(("pipeline/", "figures/"))
    ]
    try:
        return api.create_commit(repo_id, operations, commit_message=message, repo_type=repo_type)
    except ValueError as error:
        if "Invalid metadata" not in str(error):
            raise
        said = " ".join(str(error).split())
        raise HubError(
            f"Cannot publish {repo_id}: the Hub finds fault with the YAML header of its README.md. "
            f"{said} Correct model_card.md (a model) or README.md (a Space)."
        ) from error
