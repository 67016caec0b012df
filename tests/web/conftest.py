"""The released model in JavaScript: in Node.js, and on the exported page."""

from functools import partial

import pytest
from apps import ROOT, serve_folder
from node import Node
from visiting import PageHandler

from siffra import DigitReader
from siffra.export import export_page, pack_model


@pytest.fixture(scope="session")
def reader():
    return DigitReader.from_pretrained(ROOT / "model")


@pytest.fixture(scope="session")
def site(reader, tmp_path_factory):
    """A folder with the exported page."""
    folder = tmp_path_factory.mktemp("site")
    export_page(folder, reader)
    return folder


@pytest.fixture(scope="session")
def url(site):
    """The address of a server of that folder."""
    with serve_folder(site, PageHandler) as url:
        yield url


@pytest.fixture
def broken_downloads(monkeypatch):
    """A function after which all downloads from that server break off."""
    return partial(monkeypatch.setattr, PageHandler, "broken", True)


@pytest.fixture(scope="session")
def node(reader, tmp_path_factory):
    """The reader in JavaScript, with the released model."""
    process = Node(tmp_path_factory.mktemp("node") / "arrays", pack_model(reader))
    yield process
    process.close()
