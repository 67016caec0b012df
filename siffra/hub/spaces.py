"""The app or the static page as a Space on the Hugging Face Hub."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from huggingface_hub import CommitInfo, ModelInfo, RepoCard

from ..exceptions import HubError
from ..export import IMAGE_SUFFIXES, WEB_SUFFIXES, export_page
from ..model_folder.config import CARD_FILE
from ..paths import PACKAGE, PROJECT
from ..published_files import copy_files, list_files
from ..reader import DigitReader
from .client import check_repo_id, log_in, resolve_commit
from .download import DOWNLOADED
from .errors import hub_errors
from .publish import copy_code

_FILES: Final = (CARD_FILE, "app.py", "requirements.txt", "LICENSE")
_FOLDERS: Final = {
    "interface": (".css", ".js", ".md", ".py"),
    "web": WEB_SUFFIXES,
    "docs/images": IMAGE_SUFFIXES,
    "docs/examples": IMAGE_SUFFIXES,
}
_STATIC_CARD: Final = """---
title: Siffra
emoji: ✏️
colorFrom: gray
colorTo: yellow
sdk: static
app_file: index.html
license: apache-2.0
short_description: Draw a digit, and your own device reads it
---
The digit reader Siffra as a page without a server: model and code run in the browser.
"""


def push_space(
    space_id: str,
    model_id: str,
    revision: str | None = None,
    *,
    hardware: str | None = None,
    token: str | None = None,
) -> CommitInfo:
    """Create or update a Space that runs the app with a published model, pinned to its commit.

    `hardware`, such as "zero-a10g", is for a new Space only. `token` needs write access; without
    it, the one of `hf auth login` or HF_TOKEN is used. A HubError or an OutputError says what
    prevents it.
    """
    if not (PROJECT / "app.py").is_file():
        raise HubError(
            f"No app.py in {PROJECT}: the app is not part of the installed library. Run this in a "
            "clone of the project's repository."
        )
    with hub_errors(f"Cannot publish {space_id}"), TemporaryDirectory() as upload:
        api = log_in(space_id, token)
        with hub_errors(f"Cannot pin {model_id}"):
            check_repo_id(model_id)
            commit = resolve_commit(model_id, revision)
            model = api.model_info(model_id, revision=commit)
        _copy_app(Path(upload), model)
        copy_code(Path(upload))
        api.create_repo(
            space_id,
            repo_type="space",
            space_sdk="gradio",
            space_hardware=hardware,  # type: ignore[arg-type]
            exist_ok=True,
        )
        api.add_space_variable(space_id, "SIFFRA_MODEL", model_id)
        api.add_space_variable(space_id, "SIFFRA_REVISION", commit)
        return api.upload_folder(
            repo_id=space_id,
            repo_type="space",
            folder_path=upload,
            delete_patterns=[f"{PACKAGE.name}/*", "interface/*", "web/*"],
            commit_message=f"Run {model_id} at {commit[:7]}",
        )


def _name_preview(page: Path, space_id: str) -> None:
    """Give the picture of a link's preview its whole address: other sites need that."""
    host = re.sub(r"[^a-z0-9]+", "-", space_id.lower())
    html = page.read_text(encoding="utf-8")
    picture = f"https://{host}.static.hf.space/preview.png"
    page.write_text(html.replace('"preview.png"', f'"{picture}"'), encoding="utf-8")


def push_static(space_id: str, reader: DigitReader, *, token: str | None = None) -> CommitInfo:
    """Create or update a static Space: the page of `export_page`, with the reader's model.

    `token` needs write access; without it, the one of `hf auth login` or HF_TOKEN is used. A
    HubError or an OutputError says what prevents it.
    """
    with hub_errors(f"Cannot publish {space_id}"), TemporaryDirectory() as upload:
        api = log_in(space_id, token)
        export_page(Path(upload), reader)
        _name_preview(Path(upload) / "index.html", space_id)
        (Path(upload) / CARD_FILE).write_text(_STATIC_CARD, encoding="utf-8")
        api.create_repo(space_id, repo_type="space", space_sdk="static", exist_ok=True)
        return api.upload_folder(
            repo_id=space_id,
            repo_type="space",
            folder_path=upload,
            delete_patterns="*",
            commit_message="Update the static page",
        )


def _copy_app(target: Path, model: ModelInfo) -> None:
    """Copy the app for upload, with the model in the header of README.md."""
    for folder, suffixes in _FOLDERS.items():
        copy_files(PROJECT, list_files(PROJECT, folder, suffixes), target)
    copy_files(PROJECT, _FILES, target)
    card = RepoCard.load(target / CARD_FILE)
    card.data.models = [model.id]
    if not model.private:  # a build has no token
        files = {file.rfilename for file in model.siblings or []}.intersection(DOWNLOADED)
        card.data.preload_from_hub = [f"{model.id} {','.join(sorted(files))} {model.sha}"]
    (target / CARD_FILE).write_text(str(card), encoding="utf-8")
