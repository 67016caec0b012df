import asyncio
import os
import time
from collections import namedtuple

import pytest

from interface import upload_folder
from interface.access import RefusedError
from interface.upload_folder import UploadFolder, check_form


def check(folder):
    asyncio.run(folder.check_space())


def test_a_full_folder_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(upload_folder, "MAX_FOLDER_SIZE", 11 * 2**20)
    folder = UploadFolder(tmp_path)
    check(folder)
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "7.png").write_bytes(bytes(2**21))
    folder.add(2**21)
    folder._scanned -= 2  # the folder is measured again once a second
    with pytest.raises(RefusedError) as caught:
        check(folder)
    assert caught.value.status == 503
    (tmp_path / "x" / "7.png").unlink()
    folder._scanned -= 2
    check(folder)


def test_a_full_disk_is_refused(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(upload_folder.shutil, "disk_usage", lambda path: usage(10**9, 10**9, 10**8))
    with pytest.raises(RefusedError) as caught:
        check(UploadFolder(tmp_path))
    assert caught.value.status == 507


def test_old_uploads_are_deleted(tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    (tmp_path / "hash").mkdir()
    (tmp_path / "hash" / "7.png").touch()
    (tmp_path / "tmp1234").touch()
    check(UploadFolder(tmp_path))
    assert len(list(tmp_path.rglob("*"))) == 4
    future = time.time() + 2 * upload_folder.KEEP + 1
    monkeypatch.setattr(upload_folder.time, "time", lambda: future)
    check(UploadFolder(tmp_path))
    check(UploadFolder(tmp_path))
    assert os.listdir(tmp_path) in ([], ["hash"])


def form(*names):
    parts = [
        f'--X\r\nContent-Disposition: form-data; name="files"; {n}\r\n\r\na\r\n' for n in names
    ]
    return "".join([*parts, "--X--\r\n"]).encode()


KIND = "multipart/form-data; boundary=X"


@pytest.mark.parametrize("name", ['filename="7.png"', "filename=7.png", 'filename=".a"'])
def test_a_form_with_named_files_is_accepted(name):
    check_form(form(name, name), KIND)


@pytest.mark.parametrize("name", ['""', '"."', '"/"', '"..\\"', '" "', ""])
def test_a_file_without_a_name_is_refused(name):
    with pytest.raises(RefusedError) as caught:
        check_form(form('filename="7.png"', f"filename={name}"), KIND)
    assert caught.value.status == 400


def test_a_form_of_many_parts_is_refused():
    with pytest.raises(RefusedError) as caught:
        check_form(form(*['filename="7.png"'] * 1000), KIND)
    assert caught.value.status == 413


def test_a_form_without_a_boundary_is_refused():
    with pytest.raises(RefusedError, match="boundary"):
        check_form(b"", "multipart/form-data")
