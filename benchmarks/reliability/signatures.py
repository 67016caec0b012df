"""Mutated folders of a signed model."""

import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from siffra import ModelError
from siffra.model_folder.config import CONFIG_FILE, METRICS_FILE, MODEL_FILE, NUMBERS_FILE
from siffra.model_folder.signing import sign_folder, signed_files

from ..measuring import Table
from .models import SOURCE

N_FOLDERS = 2000
NAMES = (MODEL_FILE, NUMBERS_FILE, CONFIG_FILE, METRICS_FILE)


def write_keys(folder: Path) -> tuple[Path, Path]:
    """Write a private and a public key."""
    key, private, public = ec.generate_private_key(ec.SECP256R1()), folder / "a", folder / "b"
    pem = Encoding.PEM
    private.write_bytes(key.private_bytes(pem, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(pem, PublicFormat.SubjectPublicKeyInfo))
    return private, public


def change(files: dict[str, bytes], seed: int) -> dict[str, bytes]:
    """Return the files with one changed, cut short, replaced by another, missing or added."""
    rng = np.random.default_rng(seed)
    name, other = (sorted(files)[k] for k in rng.permutation(len(files))[:2])
    content = bytearray(files[name])
    place = int(rng.integers(len(content)))
    match seed % 5:
        case 0:
            content[place] ^= 1 << int(rng.integers(8))
        case 1:
            del content[place:]
        case 2:
            content = bytearray(files[other])
        case 3:
            return {one: kept for one, kept in files.items() if one != name}
        case 4:
            content[place:place] = rng.bytes(int(rng.integers(1, 100)))
    return files | {name: bytes(content)}


def count_outcomes(n_folders: int, source: Path = SOURCE) -> Counter:
    """Verify changed copies of a signed folder."""
    outcomes: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as temporary:
        private, public = write_keys(Path(temporary))
        folder = Path(temporary) / "model"
        folder.mkdir()
        for name in NAMES:
            (folder / name).write_bytes((source / name).read_bytes())
        sign_folder(folder, private)
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        for seed in range(n_folders):
            changed = change(files, seed)
            for path in folder.iterdir():
                path.unlink()
            for name, content in changed.items():
                (folder / name).write_bytes(content)
            try:
                with signed_files(folder, public):
                    same = all(changed.get(name) == files[name] for name in NAMES)
                outcome = "accepted: no file that is read had changed" if same else "accepted"
            except ModelError:
                outcome = "refused"
            outcomes[outcome] += 1
    return outcomes


def tables(n_folders: int = N_FOLDERS) -> list[Table]:
    """Change a signed copy of the released model."""
    outcomes = count_outcomes(n_folders)
    return [
        Table(
            "Signed models",
            f"{n_folders:,} changed copies of a signed folder: a bit of a file or of the "
            "signature flipped, bytes added or cut off, a file replaced by another, or missing. "
            "Each must be refused.",
            ("outcome", "folders"),
            [(outcome, f"{count:,}") for outcome, count in outcomes.items()],
        )
    ]
