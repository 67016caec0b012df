"""Publish a model folder on the Hub, with the code that it needs."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from huggingface_hub import CommitInfo

from ..exceptions import HubError, ModelError
from ..export import WEB_SUFFIXES
from ..model_folder.config import CARD_FILE, NUMBERS_FILE, read_config
from ..model_folder.loading import load_judge, load_pipeline
from ..model_folder.signing import SIGNATURE_FILE, sign_folder
from ..paths import PACKAGE, PROJECT, WEB
from ..published_files import copy_files, list_files
from .client import log_in
from .download import REQUIRED
from .errors import hub_errors

_CODE: Final = (".py", ".typed")
# An older version's files go, if this one has no such file.
_DELETED: Final = (f"{PACKAGE.name}/*", "figures/*", "web/*")
_EXTRAS: Final = (("docs/images", "seven.png"), ("docs", "sketchpad.py"))


def push_model(
    folder: str | Path,
    repo_id: str,
    *,
    private: bool = False,
    token: str | None = None,
    sign: str | Path | None = None,
) -> CommitInfo:
    """Publish a model folder, with the code that it needs, in one commit on the Hub.

    Parameters
    ----------
    folder : str or pathlib.Path
        Uploaded with `siffra/` and `pyproject.toml`, so that pip can install the code from the
        repository, and with LICENSE, `web/`, a sample image and the sketch pad.
    repo_id : str
        "USER/REPO"; created if it does not exist.
    private : bool, default=False
        Applies to a new repository only.
    token : str, optional
        With write access; from `hf auth login` or HF_TOKEN if not given.
    sign : str or pathlib.Path, optional
        Private key, a PEM file: the signature is uploaded too, for `public_key` of `load_model`.

    Returns
    -------
    huggingface_hub.CommitInfo

    Raises
    ------
    ModelError
        If the folder contains no valid model, or lacks a file.
    OutputError
        If a file must not be published: a link, a device, or not what its name says.
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
            if sign is not None:
                sign_folder(Path(upload), Path(sign))
            copy_code(Path(upload))
            _copy_extras(Path(upload))
            api.create_repo(repo_id, private=private or None, exist_ok=True)
            return api.upload_folder(
                repo_id=repo_id,
                folder_path=upload,
                delete_patterns=[*_DELETED, NUMBERS_FILE, SIGNATURE_FILE],
                commit_message=f"Publish {folder.resolve().name}",
            )


def copy_code(target: Path) -> None:
    """Copy the code that inference needs, and pyproject.toml, into a folder for upload."""
    if not (PROJECT / "pyproject.toml").is_file():
        raise HubError(
            f"No pyproject.toml in {PROJECT}. Publish from a clone of this project's repository."
        )
    code = list_files(PROJECT, PACKAGE.name, _CODE)
    copy_files(PROJECT, ["pyproject.toml", *code], target)


def _copy_extras(target: Path) -> None:
    """Copy the license and the files that the card names: JavaScript, sample image, sketch pad."""
    copy_files(PROJECT, ["LICENSE", *list_files(PROJECT, WEB.name, WEB_SUFFIXES)], target)
    for folder, name in _EXTRAS:
        # A repository that was published has them beside pyproject.toml.
        in_clone = (PROJECT / folder / name).exists()
        copy_files(PROJECT / folder if in_clone else PROJECT, [name], target)


def _copy_model(folder: Path, target: Path) -> None:
    optional = [NUMBERS_FILE] if read_config(folder).numbers_sha256 else []
    for name in (names := [*REQUIRED, *optional, CARD_FILE]):
        if not (folder / name).exists():
            raise ModelError(f"No {name} in {folder}. Train the model again, or get it again.")
    copy_files(folder, [*names, *list_files(folder, "figures", [".png"])], target)
