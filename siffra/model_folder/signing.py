"""Sign the files of a model folder that are loaded, and verify them, with the OpenSSF's keys."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Final

from ..escaping import printable
from ..exceptions import ModelError, OutputError, ParameterError
from .config import CONFIG_FILE, METRICS_FILE, MODEL_FILE, NUMBERS_FILE
from .files import read_file
from .limits import MAX_FILE_SIZE

SIGNATURE_FILE: Final = "model.sig"
# All files of a folder that are ever read.
_SIGNED: Final = (CONFIG_FILE, METRICS_FILE, MODEL_FILE, NUMBERS_FILE)
_MAX_SIZE: Final = 2**16  # bytes of a key or a signature, which have 2,000 at most


def sign_folder(folder: Path, private_key: Path) -> None:
    """Write the signature of a model folder, with an elliptic-curve key in PEM format."""
    signing = _import().signing
    with _copy(folder, private_key) as (copy, key):
        signature = key.with_name(SIGNATURE_FILE)
        try:
            signer = signing.Config().use_elliptic_key_signer(private_key=key)
            signer.sign(copy, signature)
        except Exception as error:  # of several libraries
            raise ParameterError(
                f"Cannot sign with {private_key} ({_describe(error)}). Expected a private "
                "elliptic-curve key in PEM format, without a password."
            ) from error
        try:
            (folder / SIGNATURE_FILE).unlink(missing_ok=True)  # it may be a link to another file
            shutil.copyfile(signature, folder / SIGNATURE_FILE)
        except OSError as error:
            raise OutputError(f"Cannot write {SIGNATURE_FILE} ({error.strerror}).") from error


@contextmanager
def signed_files(folder: Path, public_key: str | Path | None) -> Iterator[Path]:
    """Yield a folder with the files that the key's owner signed, or raise ModelError.

    It is a copy, so that nobody can change a file between the check and its use. Without a key it
    is the folder itself.
    """
    if public_key is None:
        yield folder
        return
    verifying = _import().verifying
    with _copy(folder, Path(public_key)) as (copy, key):
        signature = key.with_name(SIGNATURE_FILE)
        signature.write_bytes(read_file(folder / SIGNATURE_FILE, _MAX_SIZE))
        try:
            verifier = verifying.Config().use_elliptic_key_verifier(public_key=key)
            verifier.verify(copy, signature)
        except Exception as error:  # of several libraries
            raise ModelError(
                f"{folder} is not as the owner of {public_key} signed it ({_describe(error)}). Do "
                "not use it."
            ) from error
        yield copy


@contextmanager
def _copy(folder: Path, key: Path) -> Iterator[tuple[Path, Path]]:
    """Yield a folder with nothing but the files that are read, and a copy of the key beside it."""
    if not key.is_file() or key.stat().st_size > _MAX_SIZE:
        raise ParameterError(
            f"Got the key {key}, but there is no such file of at most {_MAX_SIZE:,} bytes."
        )
    with TemporaryDirectory() as temporary:
        copy, copied_key = Path(temporary) / "model", Path(temporary) / "key.pem"
        copied_key.write_bytes(key.read_bytes())
        copy.mkdir()
        for name in _SIGNED:
            if (folder / name).exists():  # those of a cache are links
                (copy / name).write_bytes(read_file(folder / name, MAX_FILE_SIZE))
        yield copy, copied_key


def _describe(error: Exception) -> str:
    """Return the beginning of a message, which may quote the signature."""
    return printable(f"{error!s:.200}")


def _import() -> ModuleType:
    """Import the optional package of the OpenSSF."""
    try:
        import model_signing.signing
        import model_signing.verifying
    except ImportError as error:
        raise ParameterError(
            "Signatures need the package model-signing: pip install model-signing pyopenssl."
        ) from error
    return model_signing
