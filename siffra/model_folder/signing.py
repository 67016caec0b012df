"""Sign the files of a model folder that are loaded, and verify them, with the OpenSSF's keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Final

from ..exceptions import ModelError, ParameterError
from .config import CONFIG_FILE, METRICS_FILE, MODEL_FILE, NUMBERS_FILE
from .files import read_file
from .limits import MAX_FILE_SIZE

SIGNATURE_FILE: Final = "model.sig"
# All files of a folder that are ever read.
_SIGNED: Final = (CONFIG_FILE, METRICS_FILE, MODEL_FILE, NUMBERS_FILE)


def sign_folder(folder: Path, private_key: Path) -> None:
    """Write the signature of a model folder, with an elliptic-curve key in PEM format."""
    signing = _import().signing
    _check_key(private_key)
    with _copy(folder) as copy:
        try:
            signer = signing.Config().use_elliptic_key_signer(private_key=private_key)
            signer.sign(copy, folder / SIGNATURE_FILE)
        except Exception as error:  # of several libraries
            raise ParameterError(
                f"Cannot sign with {private_key} ({error!s:.200}). Expected a private elliptic-"
                "curve key in PEM format, without a password."
            ) from error


def verify_signature(folder: Path, public_key: Path) -> None:
    """Raise a ModelError unless the files of a folder are those that the key's owner signed."""
    verifying = _import().verifying
    _check_key(public_key)
    read_file(folder / SIGNATURE_FILE, MAX_FILE_SIZE)
    with _copy(folder) as copy:
        try:
            verifier = verifying.Config().use_elliptic_key_verifier(public_key=public_key)
            verifier.verify(copy, folder / SIGNATURE_FILE)
        except Exception as error:  # of several libraries
            raise ModelError(
                f"{folder} is not as the owner of {public_key} signed it ({error!s:.200}). Do not "
                "use it."
            ) from error


@contextmanager
def _copy(folder: Path) -> Iterator[Path]:
    """Yield a folder with nothing but the files that are read; those of a cache are links."""
    with TemporaryDirectory() as temporary:
        copy = Path(temporary) / "model"
        copy.mkdir()
        for name in _SIGNED:
            if (folder / name).exists():
                (copy / name).write_bytes(read_file(folder / name, MAX_FILE_SIZE))
        yield copy


def _check_key(path: Path) -> None:
    if not path.is_file():
        raise ParameterError(f"Got the key {path}, but there is no such file.")


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
