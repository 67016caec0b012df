"""Signed model folders, with keys made by OpenSSL's library as docs/publish.md says."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT
from hub_server import SERVER

from siffra import DigitReader, ModelError, ParameterError, load_model, push_model
from siffra.__main__ import main
from siffra.model_folder.config import read_config
from siffra.model_folder.loading import load_pipeline
from siffra.model_folder.signing import SIGNATURE_FILE, sign_folder, signed_files

pytest.importorskip("model_signing", reason="needs model-signing: make setup installs it")
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from model_signing.verifying import Config

REPO = "user/digits"


def verify_signature(folder, public_key):
    with signed_files(folder, public_key):
        pass


def make_keys(folder, name):
    """Write a pair of keys, as openssl does."""
    key = ec.generate_private_key(ec.SECP256R1())
    private, public = folder / f"{name}.pem", folder / f"{name}.pub.pem"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
    )
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return private, public


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return make_keys(tmp_path_factory.mktemp("keys"), "key")


@pytest.fixture
def signed(release_folder, keys):
    sign_folder(release_folder, keys[0])
    return release_folder


def test_a_signed_folder_is_loaded(signed, keys):
    assert DigitReader.from_pretrained(signed, public_key=keys[1]).classes_.tolist() == [*range(10)]
    load_model(signed, public_key=str(keys[1]))


def change_byte(folder):
    path = folder / "model.skops"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def change_config(folder):
    """The checksum in it fits, so that only the signature tells."""
    path = folder / "config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps(config | {"thresholds": {"digit": 0.0, "number": 0.0}}))


@pytest.mark.parametrize(
    "change",
    [
        change_byte,
        change_config,
        lambda folder: (folder / "metrics.json").unlink(),
        lambda folder: shutil.copy(folder / "model.skops", folder / "numbers.skops"),
        lambda folder: (folder / SIGNATURE_FILE).unlink(),
        lambda folder: (folder / SIGNATURE_FILE).write_text("{}"),
        lambda folder: (folder / SIGNATURE_FILE).write_bytes(b"\0" * 100),
    ],
)
def test_a_changed_folder_is_refused(signed, keys, change):
    change(signed)
    with pytest.raises(ModelError):
        verify_signature(signed, keys[1])
    with pytest.raises(ModelError):
        DigitReader.from_pretrained(signed, public_key=keys[1])


def test_the_signature_of_another_is_refused(signed, tmp_path):
    _, other = make_keys(tmp_path, "other")
    with pytest.raises(ModelError, match=r"other\.pub\.pem signed it"):
        DigitReader.from_pretrained(signed, public_key=other)


def test_the_signature_of_another_folder_is_refused(signed, keys, tmp_path):
    other = shutil.copytree(signed, tmp_path / "other")
    change_config(other)
    sign_folder(other, keys[0])
    verify_signature(other, keys[1])
    shutil.copy(other / SIGNATURE_FILE, signed)
    with pytest.raises(ModelError, match="config"):
        verify_signature(signed, keys[1])


def test_a_signed_model_on_the_hub(hub, release_folder, keys, monkeypatch):
    assert main(["publish", str(release_folder), REPO, "--sign", str(keys[0])]) == 0
    assert DigitReader.from_pretrained(REPO, public_key=keys[1]).location.repo_id == REPO
    files = SERVER.repos[REPO].files
    config = json.loads(files["config.json"]) | {"thresholds": {"digit": 0.0, "number": 0.0}}
    SERVER.repos[REPO].commit(files | {"config.json": json.dumps(config).encode()})
    DigitReader.from_pretrained(REPO)  # nobody asked for a signature
    with pytest.raises(ModelError, match="Do not use it"):
        DigitReader.from_pretrained(REPO, public_key=keys[1])


def test_an_unsigned_publication_removes_an_older_signature(hub, release_folder, keys):
    push_model(release_folder, REPO, sign=keys[0])
    push_model(release_folder, REPO)
    assert SIGNATURE_FILE not in SERVER.repos[REPO].files
    with pytest.raises(ModelError, match=f"No {SIGNATURE_FILE}"):
        load_model(REPO, public_key=keys[1])


def test_unusable_keys_are_named(signed, keys, tmp_path):
    (tmp_path / "text.pem").write_text("no key")
    with pytest.raises(ParameterError, match="Cannot sign with"):
        sign_folder(signed, tmp_path / "text.pem")
    with pytest.raises(ModelError, match=r"text\.pem"):
        verify_signature(signed, tmp_path / "text.pem")
    for use in (sign_folder, verify_signature):
        with pytest.raises(ParameterError, match="no such file"):
            use(signed, tmp_path / "missing.pem")


@pytest.mark.parametrize(
    "make", [Path.mkdir, os.mkfifo, lambda path: path.write_bytes(b" " * 10**6)]
)
def test_a_key_that_is_a_folder_a_pipe_or_huge_is_refused(signed, tmp_path, make):
    make(tmp_path / "key")
    for use in (sign_folder, verify_signature):
        with pytest.raises(ParameterError, match="no such file"):
            use(signed, tmp_path / "key")


def test_a_large_signature_is_refused_unread(signed, keys):
    """It is text of strangers until it is verified: this one has 700,000 entries."""
    entries = ",".join(f'"{k}":1' for k in range(700_000))
    (signed / SIGNATURE_FILE).write_text(f"{{{entries}}}")
    with pytest.raises(ModelError, match="more than 65,536 bytes"):
        verify_signature(signed, keys[1])


@pytest.mark.parametrize("place", [("\x1b[2J",), ("mediaType",), ("dsseEnvelope", "payloadType")])
def test_no_terminal_code_of_a_signature_is_printed(signed, keys, place):
    content = json.loads((signed / SIGNATURE_FILE).read_text())
    inner = content if len(place) == 1 else content[place[0]]
    inner[place[-1]] = "\x1b[2J\n"
    (signed / SIGNATURE_FILE).write_text(json.dumps(content))
    with pytest.raises(ModelError) as refusal:
        verify_signature(signed, keys[1])
    assert str(refusal.value).isprintable()


def test_a_file_that_changes_after_the_check_is_not_used(signed, keys):
    expected = json.loads((signed / "config.json").read_text())
    with signed_files(signed, keys[1]) as folder:
        change_config(signed)
        change_byte(signed)
        assert read_config(folder).to_json() == expected
        load_pipeline(folder)


def test_a_reader_is_loaded_from_the_files_that_were_checked(signed, keys, monkeypatch):
    """Somebody changes the folder as soon as its signature was verified."""
    digit = DigitReader.from_pretrained(signed).thresholds.digit
    verify = Config.verify

    def verify_and_change(*arguments):
        verify(*arguments)
        change_config(signed)

    monkeypatch.setattr(Config, "verify", verify_and_change)
    assert DigitReader.from_pretrained(signed, public_key=keys[1]).thresholds.digit == digit > 0


def test_a_signature_replaces_a_link_and_not_its_target(release_folder, keys, tmp_path):
    (tmp_path / "precious").write_text("text")
    (release_folder / SIGNATURE_FILE).symlink_to(tmp_path / "precious")
    sign_folder(release_folder, keys[0])
    assert (tmp_path / "precious").read_text() == "text"
    verify_signature(release_folder, keys[1])


def test_the_keys_of_the_documentation(signed, tmp_path):
    """The commands for openssl, where it is installed."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl")
    text = (ROOT / "docs" / "publish.md").read_text(encoding="utf-8")
    for command in re.findall(r"^(openssl [^#\n]+)", text, re.M):
        subprocess.run(command.split(), cwd=tmp_path, check=True, capture_output=True)
    sign_folder(signed, tmp_path / "key.pem")
    verify_signature(signed, tmp_path / "key.pub.pem")
