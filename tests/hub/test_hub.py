"""Models from and to the Hub, through the real client and over HTTP."""

import errno
import json
import os
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from conftest import ROOT
from full_disk import largest_file
from hub_server import READER, Repo
from huggingface_hub import RepoCard, constants, snapshot_download
from node import NODE

from siffra import HubError, ModelError, load_model, push_model
from siffra.hub.client import check_login, resolve_commit
from siffra.hub.download import resolve_model
from siffra.hub.spaces import push_space

REPO = "user/digits"


def files_in(folder):
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def published(hub, release_folder):
    """The commit of a model on the Hub."""
    hub.repos[REPO] = Repo("model")
    return hub.repos[REPO].commit(files_in(release_folder))


@pytest.fixture
def cached(hub, published):
    """The same commit, after a download."""
    resolve_model(REPO)
    hub.requests.clear()
    return published


@pytest.fixture
def quick_retries(monkeypatch):
    """Remove the client's pauses."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)


# Download


def test_a_downloaded_model_predicts_like_the_published_folder(published, folder, digits):
    expected = load_model(folder).predict_proba(digits[0][:20])
    np.testing.assert_array_equal(load_model(REPO).predict_proba(digits[0][:20]), expected)


@pytest.mark.parametrize("revision", ["v1", None])
def test_a_branch_or_tag_costs_one_request_once_it_is_cached(hub, published, revision):
    hub.repos[REPO].branches["v1"] = published
    found = resolve_model(REPO, revision)
    assert (found.repo_id, found.commit) == (REPO, published)
    hub.requests.clear()
    resolve_model(REPO, revision)
    assert len(hub.requests) == 1


def test_a_pinned_and_cached_commit_costs_no_request(hub, cached):
    load_model(REPO, revision=cached)
    assert hub.requests == []


def test_only_three_files_are_downloaded(hub, published):
    resolve_model(REPO)
    files = {path for method, path in hub.requests if method == "GET" and "/resolve/" in path}
    names = {path.rsplit("/", 1)[1] for path in files}
    assert names == {"model.skops", "config.json", "metrics.json"}


@pytest.mark.parametrize("status", [429, 503])
def test_the_cache_is_used_while_the_hub_has_problems(hub, cached, status):
    hub.fail_with = status
    with pytest.warns(UserWarning, match=f"{REPO} .*cached commit {cached}"):
        load_model(REPO)


def test_the_cache_is_used_while_the_hub_is_gone(hub, cached):
    hub.cut_after = 0
    with pytest.warns(UserWarning, match=f"network .*cached commit {cached}"):
        assert resolve_model(REPO).commit == cached


def test_the_cache_is_used_offline_without_a_request(hub, cached, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert resolve_model(REPO).commit == cached  # without a warning, which would be an error
    assert hub.requests == []


@pytest.mark.parametrize("pinned", [True, False])
def test_offline_without_a_cache(hub, published, monkeypatch, pinned):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match="HF_HUB_OFFLINE"):
        resolve_model(REPO, published if pinned else None)


def test_a_download_that_breaks_off_leaves_the_older_model(
    hub, cached, release_folder, quick_retries
):
    """Also for the next process, which finds only half of the newer one."""
    hub.repos[REPO].commit(files_in(release_folder) | {"metrics.json": b'{"test": null}'})
    for cut in (10, 0):
        hub.cut_after = cut
        with pytest.warns(UserWarning, match=f"cached commit {cached}"):
            assert resolve_model(REPO).commit == cached


def test_a_first_download_that_breaks_off_is_no_model(hub, published, quick_retries):
    hub.cut_after = 1000
    for revision in (None, published):
        with pytest.raises(HubError, match="cannot be reached"):
            resolve_model(REPO, revision)


@pytest.mark.parametrize(("name", "damage"), [("model.skops", b"garbage"), ("config.json", b"")])
def test_a_damaged_cache_is_downloaded_again(cached, name, damage):
    (resolve_model(REPO).path / name).resolve().write_bytes(damage)
    load_model(REPO, revision=cached)


def test_a_damaged_cache_does_not_hide_a_refusal(hub, cached, monkeypatch):
    (resolve_model(REPO).path / "model.skops").resolve().write_bytes(b"garbage")
    hub.repos[REPO].private = True
    monkeypatch.setenv("HF_TOKEN", READER)
    with pytest.raises(HubError, match="no such repository"):
        resolve_model(REPO, cached)


def test_all_files_come_from_one_commit_even_if_the_branch_moves(hub, published, release_folder):
    def move():
        hub.on_get = None
        repo = hub.repos[REPO]
        repo.commit({**repo.files, "config.json": b"{}", "metrics.json": b"{}"})

    hub.on_get = move
    found = resolve_model(REPO)
    assert found.commit == published
    expected = (release_folder / "config.json").read_bytes()
    assert (found.path / "config.json").read_bytes() == expected


def test_a_moved_branch_is_noticed_and_a_pin_stays(hub, cached):
    repo = hub.repos[REPO]
    moved = repo.commit({**repo.files, "metrics.json": b"{}"})
    assert resolve_model(REPO).commit == moved
    assert resolve_model(REPO, cached).commit == cached


@pytest.mark.parametrize(
    ("status", "message"),
    [(401, "token"), (403, "permission"), (429, "requests"), (418, "418")],
)
def test_errors_of_the_hub_are_one_line(hub, published, quick_retries, status, message):
    hub.fail_with = status
    with pytest.raises(HubError, match=f"Cannot download {REPO} .*{message}") as caught:
        resolve_model(REPO)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("status", [401, 404])
def test_a_refusal_is_final_although_there_is_a_cached_copy(hub, cached, status):
    hub.fail_with = status
    with pytest.raises(HubError, match=f"Cannot download {REPO}"):
        resolve_model(REPO)


def test_unknown_repositories_and_revisions(hub, published):
    with pytest.raises(HubError, match="no such repository"):
        resolve_model("user/nothing")
    with pytest.raises(HubError, match=r"v9: .*no such revision"):
        resolve_model(REPO, revision="v9")


def test_a_repository_that_is_not_a_model_of_this_project(hub):
    hub.repos[REPO] = Repo("model")
    hub.repos[REPO].commit({"pytorch_model.bin": b"", "config.json": b"{}"})
    with pytest.raises(ModelError, match=r"no model\.skops"):
        resolve_model(REPO)


def test_a_huge_file_is_not_downloaded(hub, published):
    repo = hub.repos[REPO]
    repo.commit({**repo.files, "metrics.json": bytes(10 * 2**20 + 1)})
    with pytest.raises(ModelError, match=r"no metrics\.json of up to"):
        resolve_model(REPO)
    assert not any("/resolve/" in path for _, path in hub.requests)


def test_a_hub_that_sends_more_than_announced(hub, published, quick_retries):
    hub.extra = b"x" * 1000
    with pytest.raises(HubError, match=r"transfer failed .*size"):
        resolve_model(REPO)


def test_a_server_that_is_not_a_hub(hub, monkeypatch):
    hub.repos[REPO] = Repo("model", commits={None: {}}, branches={"main": None})
    with pytest.raises(HubError, match="HF_ENDPOINT"):
        resolve_commit(REPO, "main")


# Where the cache is


def test_a_cache_that_cannot_be_written(hub, published, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(
        HubError, match=r"file.* cannot be written .*permissions.*HF_HOME"
    ) as caught:
        resolve_model(REPO)
    assert "network" not in str(caught.value)


def test_a_full_disk(hub, published):
    with (
        largest_file(100_000),
        pytest.raises(HubError, match=r"cannot be written .*Free some space") as caught,
    ):
        resolve_model(REPO)
    assert constants.HF_HUB_CACHE in str(caught.value)
    assert os.strerror(errno.EFBIG) in str(caught.value)


# Local sources


def test_a_folder_has_no_revisions(folder):
    assert resolve_model(folder).path == folder
    with pytest.raises(ModelError, match="main"):
        resolve_model(folder, revision="main")


@pytest.mark.parametrize("name", ["nothing here", "a/b/c", "model"])
def test_neither_folder_nor_repository(hub, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match="neither"):
        resolve_model(name)
    assert hub.requests == []


def test_a_file_is_not_a_repository(hub, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.skops").touch()
    with pytest.raises(ModelError, match="is a file"):
        resolve_model("model/model.skops")
    assert hub.requests == []


# Publish


def test_a_model_is_published_in_one_commit_with_the_code_of_inference(hub, release_folder):
    commit = push_model(release_folder, REPO)
    repo = hub.repos[REPO]
    assert len(repo.commits) == 2  # the Hub's own, and this one
    assert repo.branches["main"] == commit.oid
    files = dict(repo.files)
    assert files.pop(".gitattributes") == b""  # the Hub's own
    web = [path for path in (ROOT / "web").rglob("*") if path.is_file()]
    code = [*(ROOT / "siffra").rglob("*.py"), ROOT / "siffra/py.typed", *web]
    code += [ROOT / name for name in ("pyproject.toml", "LICENSE")]
    expected = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in code}
    expected["sketchpad.py"] = (ROOT / "docs" / "sketchpad.py").read_bytes()
    expected["seven.png"] = (ROOT / "docs" / "images" / "seven.png").read_bytes()
    assert files == expected | files_in(release_folder)


SNIPPET = """
    import { MODEL_LIBRARIES_UI_ELEMENTS } from "@huggingface/tasks";
    const model = JSON.parse(process.argv[2]);
    for (const tag of model.tags) {
      const library = MODEL_LIBRARIES_UI_ELEMENTS[tag];
      if (library) console.log(...library.snippets(model));
    }
"""


def test_use_this_model_on_the_hubs_page_names_the_file(hub, release_folder, tmp_path):
    """With the package of which the Hub's page is made."""
    if not (ROOT / "node_modules" / "@huggingface" / "tasks").is_dir():
        pytest.skip("needs @huggingface/tasks in node_modules: make test installs it")
    push_model(release_folder, REPO)
    files = hub.repos[REPO].files
    card = RepoCard(files["README.md"].decode()).data
    assert card.library_name == "sklearn"
    assert {"sklearn", "skops"} <= set(card.tags)
    model = {"id": REPO, "config": json.loads(files["config.json"]), "tags": card.tags}
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    (tmp_path / "snippet.mjs").write_text(SNIPPET)
    command = [NODE, tmp_path / "snippet.mjs", json.dumps(model)]
    snippet = subprocess.check_output(command, text=True, cwd=tmp_path)
    (name,) = re.findall(r'load\("path_to_folder/(.*)"\)', snippet)
    assert "not specified" not in snippet
    assert files[name] == (release_folder / "model.skops").read_bytes()


def test_a_model_from_the_cache_can_be_published(hub, published):
    """Its files are links into the cache."""
    folder = Path(snapshot_download(REPO))
    assert (folder / "README.md").is_symlink()
    push_model(folder, "user/copy")
    copy = hub.repos["user/copy"].files
    assert hub.repos[REPO].files.items() <= copy.items()


def test_publishing_again_removes_old_code_and_figures_only(hub, release_folder):
    push_model(release_folder, REPO)
    repo = hub.repos[REPO]
    repo.commit({**repo.files, "siffra/old.py": b"", "figures/old.png": b"", "NOTES.md": b""})
    push_model(release_folder, REPO)
    assert {"siffra/old.py", "figures/old.png"}.isdisjoint(repo.files)
    assert {"NOTES.md", "siffra/reader.py"} <= repo.files.keys()


def test_a_repository_is_created_public_or_private(hub, release_folder):
    push_model(release_folder, REPO)
    push_model(release_folder, "user/secret", private=True)
    assert [hub.repos[name].private for name in (REPO, "user/secret")] == [False, True]


@pytest.mark.parametrize("name", ["model.skops", "README.md"])
def test_an_incomplete_folder_is_not_published(hub, release_folder, name):
    (release_folder / name).unlink()
    with pytest.raises(ModelError, match=f"No {re.escape(name)} in"):
        push_model(release_folder, REPO)
    assert hub.repos == {}


def test_a_missing_token_is_the_first_thing_reported(hub, tmp_path, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    for publish in (
        lambda: push_model(tmp_path / "nothing", REPO),
        lambda: push_space("user/pad", REPO),
        lambda: check_login(REPO),
    ):
        with pytest.raises(HubError, match=r"hf auth login.*HF_TOKEN"):
            publish()
    assert hub.requests == []


@pytest.mark.parametrize(("token", "message"), [(READER, "permission"), ("hf_wrong", "accept")])
def test_a_token_that_is_refused(hub, release_folder, token, message):
    with pytest.raises(HubError, match=f"Cannot publish {REPO}: .*{message}"):
        push_model(release_folder, REPO, token=token)


@pytest.mark.parametrize(
    ("status", "message"), [(402, r"paid plan.*docs/publish\.md"), (500, "500")]
)
def test_errors_while_publishing_are_one_line(hub, release_folder, status, message):
    hub.fail_with = status
    with pytest.raises(HubError, match=f"Cannot publish {REPO}: .*{message}") as caught:
        push_model(release_folder, REPO)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["digits", "a/b/c", "user/-digits"])
def test_an_invalid_name(hub, release_folder, name):
    with pytest.raises(HubError, match="USER/REPO"):
        push_model(release_folder, name)
    assert hub.requests == []


def test_a_card_that_the_hub_does_not_accept(hub, release_folder):
    hub.yaml_errors = ['"license" must be one of [...]']
    with pytest.raises(HubError, match=r'"license" must be.*model_card\.md'):
        push_model(release_folder, REPO)
    assert "README.md" not in hub.repos[REPO].files
