import os
import shutil

import pytest
import yaml
from conftest import ROOT
from hub_server import SERVER, Repo

from siffra import DigitReader, HubError, push_model
from siffra.exceptions import OutputError
from siffra.hub.spaces import push_space, push_static

MODEL = "user/digits"
SPACE = "user/pad"


@pytest.fixture
def published(hub):
    """The commit of a repository on the Hub; a Space does not look into it."""
    hub.repos[MODEL] = Repo("model")
    return hub.repos[MODEL].commit({"config.json": b"{}"})


def test_a_space_runs_the_app_with_the_model_pinned(hub, published):
    commit = push_space(SPACE, MODEL, hardware="zero-a10g")
    space = hub.repos[SPACE]
    assert space.branches["main"] == commit.oid
    assert space.created["sdk"] == "gradio"
    assert space.variables == {"SIFFRA_MODEL": MODEL, "SIFFRA_REVISION": published}
    for name in (
        "app.py",
        "requirements.txt",
        "interface/page.css",
        "web/pad.js",
        "siffra/reader.py",
    ):
        assert space.files[name] == (ROOT / name).read_bytes()
    others = ("model/", "tests/", "pipeline/")
    assert not any(name.startswith(others) for name in space.files)
    assert not any("__pycache__" in name for name in space.files)


@pytest.mark.parametrize("private", [False, True])
def test_a_space_has_the_model_from_its_build(hub, published, private):
    """A build has no token for a private model."""
    hub.repos[MODEL].private = private
    commit = hub.repos[MODEL].commit({"model.skops": b"", "config.json": b"{}", "README.md": b""})
    push_space(SPACE, MODEL, hardware="zero-a10g")
    header = yaml.safe_load(hub.repos[SPACE].files["README.md"].decode().split("---")[1])
    preloaded = None if private else [f"{MODEL} config.json,model.skops {commit}"]
    assert header.get("preload_from_hub") == preloaded


def test_an_installed_library_has_no_app_to_publish(hub, published, monkeypatch, tmp_path):
    monkeypatch.setattr("siffra.hub.spaces.PROJECT", tmp_path)
    with pytest.raises(HubError, match="not part of the installed library"):
        push_space(SPACE, MODEL)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A copy of what is published of a clone."""
    project = tmp_path / "project"
    for name in ("siffra", "interface", "web", "docs"):
        shutil.copytree(ROOT / name, project / name)
    for name in ("app.py", "requirements.txt", "LICENSE", "README.md", "pyproject.toml"):
        shutil.copy(ROOT / name, project)
    for module in ("publish", "spaces"):
        monkeypatch.setattr(f"siffra.hub.{module}.PROJECT", project)
    monkeypatch.setattr("siffra.hub.publish.PACKAGE", project / "siffra")
    monkeypatch.setattr("siffra.export.WEB", project / "web")
    monkeypatch.setattr("siffra.export.EXAMPLES", project / "docs" / "examples")
    return project


def push_all(folder):
    SERVER.repos["user/space"] = model = Repo("model")
    push_space(SPACE, "user/space", model.commit({}), hardware="zero-a10g")
    push_static("user/static", DigitReader.from_pretrained(folder))
    push_model(folder, MODEL)


def test_nothing_is_published_that_the_lists_do_not_name(hub, project, release_folder):
    push_all(release_folder)
    repos = [hub.repos[name] for name in (SPACE, "user/static", MODEL)]
    expected = [dict(repo.files) for repo in repos]
    folders = ("siffra", "siffra/hub", "interface", "web", "docs/images", "docs/examples")
    for folder in (*(project / name for name in folders), release_folder / "figures"):
        for name in (".env", ".hidden.png", ".hidden.js", ".hidden.py", "notes.txt", "key.pem"):
            (folder / name).write_text("HF_TOKEN=hf_secret")
        os.mkfifo(folder / "fifo")
    push_all(release_folder)
    assert [dict(repo.files) for repo in repos] == expected


@pytest.mark.parametrize("name", ["app.py", "interface/x.py", "web/x.js", "model/README.md"])
def test_links_are_not_published(hub, project, release_folder, name, tmp_path):
    (project / "model").symlink_to(release_folder)
    (tmp_path / "secret").write_bytes((ROOT / "docs" / "images" / "seven.png").read_bytes())
    (project / name).unlink(missing_ok=True)
    (project / name).symlink_to(tmp_path / "secret")
    with pytest.raises(OutputError, match=f"{name.removeprefix('model/')} is a link"):
        push_all(release_folder)
    assert MODEL not in hub.repos


def test_the_header_of_a_space_names_the_model(hub, published):
    push_space(SPACE, MODEL, hardware="zero-a10g")
    own = (ROOT / "README.md").read_text(encoding="utf-8").split("---", 2)
    found = hub.repos[SPACE].files["README.md"].decode().split("---", 2)
    assert yaml.safe_load(found[1]) == yaml.safe_load(own[1]) | {
        "models": [MODEL],
        "preload_from_hub": [f"{MODEL} config.json {published}"],
    }
    assert found[2].strip() == own[2].strip()


def test_updating_a_space_pins_the_newest_commit_and_removes_old_code(hub, published):
    push_space(SPACE, MODEL, hardware="zero-a10g")
    space = hub.repos[SPACE]
    space.commit({**space.files, "siffra/old.py": b"", "interface/old.py": b"", "NOTES.md": b""})
    newer = hub.repos[MODEL].commit({"config.json": b"{}", "metrics.json": b"{}"})
    push_space(SPACE, MODEL)
    assert space.variables["SIFFRA_REVISION"] == newer
    assert {"siffra/old.py", "interface/old.py"}.isdisjoint(space.files)
    assert "NOTES.md" in space.files


def test_a_space_needs_a_paid_plan_or_hardware(hub, published):
    with pytest.raises(HubError, match=f"Cannot publish {SPACE}.*paid plan.*Spaces need PRO"):
        push_space(SPACE, MODEL)


def test_a_space_of_an_unknown_model(hub):
    with pytest.raises(HubError, match=r"Cannot pin user/nothing: .*no such repository"):
        push_space(SPACE, "user/nothing")
    assert hub.repos == {}


def test_a_static_space_holds_the_page_and_the_model(hub, saved_model):
    reader = DigitReader.from_pretrained(saved_model)
    push_static(SPACE, reader)
    assert hub.repos[SPACE].created["sdk"] == "static"
    files = hub.repos[SPACE].files
    hub.repos[SPACE].commit(files | {"old.js": b""})
    push_static(SPACE, reader)
    files = hub.repos[SPACE].files
    for path in (ROOT / "web").rglob("*.*"):
        if path.name != "index.html":
            assert files[path.relative_to(ROOT / "web").as_posix()] == path.read_bytes()
    host = SPACE.lower().replace("/", "-").replace("_", "-")
    picture = f'<meta property="og:image" content="https://{host}.static.hf.space/preview.png">'
    assert picture in files["index.html"].decode()
    assert files["model.bin"].startswith(b"\x1f\x8b")
    assert "old.js" not in files
    header = yaml.safe_load(files["README.md"].decode().split("---")[1])
    assert (header["sdk"], header["app_file"]) == ("static", "index.html")
