import asyncio
import gzip
import threading

import pytest
from apps import ROOT
from starlette.datastructures import Headers

from interface.model_loader import ModelLoader
from interface.reader_files import ReaderFiles
from siffra.export import pack_model


def find(files, path, **headers):
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return asyncio.run(files.find(path, Headers(names)))


@pytest.mark.parametrize(("end", "kind"), [("js", "text/javascript"), ("json", "application/json")])
def test_scripts_and_texts_are_served_as_they_are(loader, end, kind):
    files = ReaderFiles(loader)
    for path in (ROOT / "web").rglob(f"*.{end}"):
        answer = find(files, f"/web/{path.relative_to(ROOT / 'web').as_posix()}")
        assert answer.body == path.read_bytes()
        assert answer.media_type == kind


def test_scripts_are_compressed_and_the_model_is_not_again(loader):
    files = ReaderFiles(loader)
    script = find(files, "/web/siffra.js", accept_encoding="gzip, br")
    assert script.headers["content-encoding"] == "gzip"
    assert gzip.decompress(script.body) == (ROOT / "web" / "siffra.js").read_bytes()
    model = find(files, "/web/model.bin", accept_encoding="gzip, br")
    assert "content-encoding" not in model.headers


def test_the_model_is_that_of_the_export(loader):
    answer = find(ReaderFiles(loader), "/web/model.bin")
    assert gzip.decompress(answer.body) == gzip.decompress(pack_model(loader.get()))


def test_the_browser_reads_numbers_too(loader, judge, monkeypatch):
    monkeypatch.setattr(loader.get(), "judge", judge)
    found = gzip.decompress(find(ReaderFiles(loader), "/web/model.bin").body)
    assert found == gzip.decompress(pack_model(loader.get()))
    assert b"judge_roots" in found


def test_the_examples_are_served(loader):
    for path in (ROOT / "docs" / "examples").iterdir():
        assert find(ReaderFiles(loader), f"/web/check/{path.name}").body == path.read_bytes()


def test_a_copy_that_a_browser_has_is_not_sent_again(loader):
    files = ReaderFiles(loader)
    first = find(files, "/web/siffra.js")
    again = find(files, "/web/siffra.js", if_none_match=first.headers["etag"])
    assert (again.status_code, again.body) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/web/", "/web", "/web/../app.py", "/web/index.html", "/web//siffra.js", "/model.bin"]
)
def test_nothing_else_is_served(loader, path):
    assert find(ReaderFiles(loader), path) is None


def test_a_model_that_is_loading_is_asked_for_again():
    go = threading.Event()
    answer = find(ReaderFiles(ModelLoader(lambda: go.wait(10), "folder model")), "/web/model.bin")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    go.set()
