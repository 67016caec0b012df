"""Errors of the Hub's client in one line each: the cause, and what to do."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from huggingface_hub import constants
from huggingface_hub.errors import (
    FileMetadataError,
    HfHubHTTPError,
    IncompleteSnapshotError,
    LocalEntryNotFoundError,
    OfflineModeIsEnabled,
    RepositoryNotFoundError,
    RevisionNotFoundError,
)

# Of the HTTP library that this version of the client uses: httpx or httpx2.
from huggingface_hub.errors import HTTPError as HTTPError  # type: ignore[attr-defined]

from ..exceptions import HubError, SiffraError

_REMEDIES: Final = {
    401: "The Hub does not accept the token. Log in (hf auth login) or set HF_TOKEN.",
    402: "The Hub requires a paid plan (PRO) for this. docs/publish.md lists alternatives.",
    403: "The token lacks the permission. Create one with write access at "
    "huggingface.co/settings/tokens, or use a repository of your own.",
    404: "There is no such repository, or the token has no access to it. Check the name, or log "
    "in (hf auth login) or set HF_TOKEN.",
    429: "The Hub has received too many requests from here. Wait a few minutes.",
}
_BAD_CARD: Final = "Invalid metadata"
_WRAPPERS: Final = (LocalEntryNotFoundError, IncompleteSnapshotError, ValueError)
_NO_SPACE: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def hub_errors(action: str) -> Iterator[None]:
    """Turn the client's errors into a HubError: the failed action, the cause, what to do."""
    try:
        yield
    except SiffraError:
        raise
    except (HTTPError, OSError, ValueError) as error:
        # The client wraps some errors in one that only says that the cache has no copy.
        cause: BaseException = error
        while type(cause) in _WRAPPERS and cause.__cause__ and _BAD_CARD not in str(cause):
            cause = cause.__cause__
        raise HubError(f"{action}: {_explain(cause)}") from cause


def _explain(error: BaseException) -> str:
    """Return the cause of a client's error, and what to do about it."""
    reason = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, OfflineModeIsEnabled):
        return "HF_HUB_OFFLINE is set, and the cache has no copy. Unset it."
    if isinstance(error, HfHubHTTPError):
        return _explain_response(error)
    if isinstance(error, HTTPError | ConnectionError | TimeoutError):
        return f"The Hub cannot be reached ({reason}). Check the network and try again."
    if isinstance(error, FileMetadataError):
        return f"The server does not answer like a Hub. Check HF_ENDPOINT and proxies. ({reason})"
    if isinstance(error, OSError) and error.errno is not None:
        place = error.filename or constants.HF_HUB_CACHE
        remedy = "Free some space" if error.errno in _NO_SPACE else "Correct its permissions"
        return f"{place} cannot be written ({error.strerror}). {remedy}, or set HF_HOME elsewhere."
    if _BAD_CARD in reason:
        return (
            f"The Hub does not accept the YAML header of README.md. {reason} Correct "
            "model_card.md (for a model) or README.md (for a Space)."
        )
    return f"The transfer failed ({reason}). Try again."


def _explain_response(error: HfHubHTTPError) -> str:
    if isinstance(error, RevisionNotFoundError):
        return "There is no such revision. Use a commit, a tag or a branch of the repository."
    status = error.response.status_code
    if isinstance(error, RepositoryNotFoundError):
        status = 404  # the Hub answers 401 for repositories that an anonymous user cannot see
    other = "returned a server error" if status >= 500 else "refused the request"
    answer = " ".join((error.server_message or "").split())
    detail = f' It says: "{answer}".' if answer else ""
    return f"{_REMEDIES.get(status, f'The Hub {other} ({status}).')}{detail}"


def is_transient(error: BaseException | None) -> bool:
    """Tell an unavailable or busy Hub from one that has refused the request."""
    return not isinstance(error, HfHubHTTPError) or (
        error.response.status_code in (408, 429) or error.response.status_code >= 500
    )
