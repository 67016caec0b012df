"""A client of the Hub: names of repositories, tokens, commits."""

import re
from typing import Final

from huggingface_hub import HfApi, get_token

from ..exceptions import HubError
from .errors import hub_errors

_TIMEOUT: Final = 10.0  # seconds, to resolve a revision
_REPO_ID: Final = re.compile(r"\w[\w.-]*/\w[\w.-]*")
_COMMIT: Final = re.compile("[0-9a-f]{40}")


def is_repo_id(name: str) -> bool:
    """Return whether a name has the form USER/REPO."""
    return bool(_REPO_ID.fullmatch(name))


def check_repo_id(repo_id: str) -> None:
    """Check that a name has the form USER/REPO."""
    if not is_repo_id(repo_id):
        raise HubError(f"Got the name {repo_id!r}, but expected USER/REPO.")


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


def check_login(repo_id: str, token: str | None = None) -> None:
    """Check the name of a repository and the token, before a long training run."""
    with hub_errors(f"Cannot publish {repo_id}"):
        log_in(repo_id, token).whoami()


def resolve_commit(repo_id: str, revision: str | None = None) -> str:
    """Return the commit that a revision of a model repository points to now."""
    if revision is not None and _COMMIT.fullmatch(revision):
        return revision
    commit = HfApi().model_info(repo_id, revision=revision, timeout=_TIMEOUT).sha
    if commit is None:
        raise HubError(f"The Hub returned no commit of {repo_id}. Check HF_ENDPOINT and any proxy.")
    return commit
