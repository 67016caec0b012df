"""Only regular files from exact lists are published."""

import os

import pytest

from siffra.exceptions import OutputError
from siffra.published_files import copy_files, list_files

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)
SECRET = b"HF_TOKEN=hf_secret"


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "root"
    (root / "figures").mkdir(parents=True)
    (root / "figures" / "a.png").write_bytes(PNG)
    (tmp_path / "secret.png").write_bytes(PNG + SECRET)
    return root


def copied(root, target):
    """Return the names of what is copied of the folder `figures`."""
    copy_files(root, list_files(root, "figures", [".png", ".md"]), target)
    return {path.relative_to(target).as_posix() for path in target.rglob("*") if path.is_file()}


def test_files_of_the_listed_kinds_are_copied(root, tmp_path):
    (root / "figures" / "deep").mkdir()
    (root / "figures" / "deep" / "b.md").write_text("å", encoding="utf-8")
    assert copied(root, tmp_path / "target") == {"figures/a.png", "figures/deep/b.md"}
    assert (tmp_path / "target/figures/a.png").read_bytes() == PNG


@pytest.mark.parametrize("name", [".hidden.png", ".git/a.png", "a.txt", "png"])
def test_hidden_files_and_other_kinds_are_left_out(root, tmp_path, name):
    path = root / "figures" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(PNG)
    assert copied(root, tmp_path / "target") == {"figures/a.png"}


def test_a_folder_that_is_a_link_is_refused(root, tmp_path):
    """It may lead to the whole disk, and to folders that cannot be read."""
    (root / "more").symlink_to("/")
    with pytest.raises(OutputError, match="more is a link"):
        list_files(root, "more", [".png"])


CONTENTS = {"text": SECRET, "empty": b"", "large": PNG + bytes(10 * 2**20)}


@pytest.mark.parametrize("kind", ["link", "link inside", "device", "FIFO", *CONTENTS])
def test_anything_else_of_a_listed_name_is_refused(root, tmp_path, kind):
    path = root / "figures" / "x.png"
    links = {"link": tmp_path / "secret.png", "link inside": "a.png", "device": "/dev/zero"}
    if kind in links:
        path.symlink_to(links[kind])
    elif kind == "FIFO":
        os.mkfifo(path)
    else:
        path.write_bytes(CONTENTS[kind])
    with pytest.raises(OutputError, match=r"x\.png (is|has|does not match its suffix)") as caught:
        copied(root, tmp_path / "target")
    assert "\n" not in str(caught.value)


def test_text_is_text(root, tmp_path):
    (root / "figures" / "a.md").write_bytes(b"a\0b")
    with pytest.raises(OutputError, match=r"a\.md does not match its suffix"):
        copied(root, tmp_path / "target")


def test_a_linked_folder_is_refused(root, tmp_path):
    (root / "figures" / "a.png").rename(tmp_path / "a.png")
    (root / "figures").rmdir()
    (root / "figures").symlink_to(tmp_path)
    with pytest.raises(OutputError, match="link"):
        copied(root, tmp_path / "target")


def test_a_folder_of_thousands(root, tmp_path):
    for number in range(1001):
        (root / "figures" / f"{number}.png").touch()
    with pytest.raises(OutputError, match="1,002 files"):
        copied(root, tmp_path / "target")


@pytest.fixture
def snapshot(tmp_path):
    """A folder as the Hub's cache makes it."""
    cache = tmp_path / "models--user--digits"
    folder = cache / "snapshots" / ("a" * 40)
    (folder / "figures").mkdir(parents=True)
    (cache / "blobs").mkdir()
    (cache / "blobs" / "c0ffee").write_bytes(PNG)
    (folder / "figures" / "a.png").symlink_to("../../../blobs/c0ffee")
    return folder


def test_links_of_the_cache_are_followed(snapshot, tmp_path):
    assert copied(snapshot, tmp_path / "target") == {"figures/a.png"}
    assert not (tmp_path / "target/figures/a.png").is_symlink()


@pytest.mark.parametrize("place", ["snapshots/a.png", "a.png", "blobs/more/a.png"])
def test_other_links_in_the_cache_are_not_followed(snapshot, tmp_path, place):
    outside = snapshot.parents[1] / place
    outside.parent.mkdir(exist_ok=True)
    outside.write_bytes(PNG)
    (snapshot / "figures" / "x.png").symlink_to(outside)
    with pytest.raises(OutputError, match="link"):
        copied(snapshot, tmp_path / "target")
