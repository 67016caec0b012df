"""Models from the Hub, through the real client and over HTTP."""

import subprocess
import sys

import httpx2
import numpy as np
import pytest
from hub_server import READER, Repo
from huggingface_hub import constants

from pipeline import HubError, ModelError, load_model, push_model
from pipeline.hub import fetch, resolve

REPO = "user/digits"


@pytest.fixture
def published(hub, release_folder):
    """The commit of a model on the Hub."""
    commit = push_model(release_folder, REPO).oid
    hub.requests.clear()
    return commit


@pytest.fixture
def cached(hub, published):
    """The same, downloaded once as main and once by its commit."""
    load_model(REPO)
    hub.requests.clear()
    return published


def test_a_pulled_model_answers_as_the_folder_it_was_pushed_from(published, folder, digits):
    expected = load_model(folder).predict_proba(digits[0][:20])
    np.testing.assert_array_equal(load_model(REPO).predict_proba(digits[0][:20]), expected)


@pytest.mark.parametrize("pin", ["main", "v1", None])
def test_branches_and_tags_are_resolved_once(hub, published, pin):
    hub.repos[REPO].branches["v1"] = published
    found = fetch(REPO, pin)
    assert (found.repo_id, found.commit) == (REPO, published)
    hub.requests.clear()
    fetch(REPO, pin)
    rev = pin or "main"
    assert hub.requests == [("HEAD", f"/{REPO}/resolve/{rev}/config.json")]


def test_a_pinned_model_in_the_cache_makes_no_request(hub, cached):
    load_model(REPO, revision=cached)
    assert hub.requests == []


def test_only_what_the_model_needs_is_downloaded(hub, published):
    load_model(REPO)
    names = {path.rsplit("/", 1)[1] for method, path in hub.requests if method == "GET"}
    assert names == {"model.skops", "config.json", "metrics.json"}


@pytest.mark.parametrize("status", [429, 500, 503])
def test_with_the_hub_in_trouble_the_cached_copy_is_used(hub, cached, status):
    hub.fail_with = status
    with pytest.warns(UserWarning, match=f"Cannot download {REPO} .*cached commit {cached}"):
        load_model(REPO)


def test_with_the_hub_gone_the_cached_copy_is_used(hub, cached):
    hub.cut_after = 0
    with pytest.warns(UserWarning, match=f"cannot be reached .*cached commit {cached}"):
        load_model(REPO)


def test_with_the_hub_slow_the_cached_copy_is_used(hub, cached, monkeypatch):
    monkeypatch.setattr("pipeline.hub._RESOLVE_TIMEOUT", 0.2)
    hub.delay = 1
    with pytest.warns(UserWarning, match=f"cached commit {cached}"):
        load_model(REPO)


def test_offline_the_cached_copy_is_used_without_a_request(hub, cached, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.warns(UserWarning, match=f"HF_HUB_OFFLINE is set.*cached commit {cached}"):
        load_model(REPO)
    assert hub.requests == []


def test_offline_with_an_empty_cache_is_a_clear_error(hub, published, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(HubError, match=r"HF_HUB_OFFLINE is set\. Unset it"):
        load_model(REPO)


@pytest.fixture
def quick_retries(monkeypatch):
    """Take the client's pauses out."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def test_a_hub_that_dies_in_the_middle_leaves_the_earlier_copy(
    hub, cached, release_folder, quick_retries
):
    card = release_folder / "README.md"
    card.write_text(card.read_text() + "\nNew.\n")
    (release_folder / "metrics.json").write_text('{"test": {"accuracy": 0.5}, "strokes": null}')
    push_model(release_folder, REPO)
    hub.cut_after = 10
    with pytest.warns(UserWarning, match=f"cached commit {cached}"):
        assert fetch(REPO).commit == cached


def test_a_hub_that_dies_in_the_middle_of_the_first_download_is_a_clear_error(
    hub, published, quick_retries
):
    hub.cut_after = 1000
    with pytest.raises(HubError, match=r"the Hub cannot be reached .*Check the network"):
        load_model(REPO)


@pytest.mark.parametrize("name", ["model.skops", "config.json"])
@pytest.mark.parametrize("damage", [b"", b"garbage"])
def test_a_corrupted_cache_mends_itself(cached, name, damage):
    path = fetch(REPO).path / name
    path.resolve().write_bytes(damage)
    load_model(REPO, revision=cached)


def test_all_files_come_from_one_commit_even_if_the_branch_moves(hub, published, release_folder):
    """The model is replaced between the first file and the second."""

    def move():
        hub.on_get = None
        repo = hub.repos[REPO]
        repo.commit({**repo.files, "config.json": b"{}", "metrics.json": b"{}"})

    hub.on_get = move
    found = fetch(REPO)
    assert found.commit == published
    assert (found.path / "config.json").read_bytes() == (
        release_folder / "config.json"
    ).read_bytes()


def test_a_changed_revision_is_noticed_by_the_next_load_only(hub, cached, folder, digits):
    model = load_model(REPO)
    before = model.predict_proba(digits[0][:5])
    repo = hub.repos[REPO]
    moved = repo.commit({**repo.files, "metrics.json": b"{}"})
    np.testing.assert_array_equal(model.predict_proba(digits[0][:5]), before)
    assert fetch(REPO).commit == moved
    assert fetch(REPO, cached).commit == cached


def test_a_renamed_repository_is_followed(hub, published):
    hub.repos["user/new"] = hub.repos.pop(REPO)
    hub.moved[REPO] = "user/new"
    assert fetch(REPO).commit == published


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (403, "no permission"),
        (429, "too many requests"),
        (500, r"fault of its own \(500\)"),
        (418, r"The Hub refuses \(418\)"),
    ],
)
def test_what_the_hub_says_instead_is_one_clear_line(
    hub, published, quick_retries, status, message
):
    hub.fail_with = status
    with pytest.raises(HubError, match=f"Cannot download {REPO} at revision main: .*{message}"):
        load_model(REPO)


def test_an_unknown_repository(hub):
    with pytest.raises(HubError, match="no such repository"):
        load_model("user/nothing")


def test_an_unknown_revision(hub, published):
    with pytest.raises(HubError, match="at revision v9: There is no such revision"):
        load_model(REPO, revision="v9")


def test_a_repository_that_is_private_now_is_not_served_from_the_cache(hub, cached, monkeypatch):
    hub.repos[REPO].private = True
    monkeypatch.setenv("HF_TOKEN", READER)
    with pytest.raises(HubError, match="the token may not see it"):
        load_model(REPO)


def test_a_repository_of_something_else(hub):
    hub.repos[REPO] = Repo("model")
    hub.repos[REPO].commit({"pytorch_model.bin": b"", "config.json": b"{}"})
    with pytest.raises(ModelError, match=r"has no model\.skops: it is not a model of this project"):
        load_model(REPO)


def test_a_server_that_is_no_hub(hub, published, monkeypatch):
    monkeypatch.setattr(httpx2.Headers, "get", lambda self, name, default=None: default)
    with pytest.raises(HubError, match=r"names no commit\. Check HF_ENDPOINT"):
        resolve(REPO)


def test_a_folder_has_no_revisions(folder):
    with pytest.raises(ModelError, match="only a repository on the Hub has revisions"):
        load_model(folder, revision="main")


@pytest.mark.parametrize("name", ["nothing here", "a/b/c", "model"])
def test_neither_folder_nor_repository(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=r"neither a folder nor the name of a repository"):
        load_model(name)


def test_a_local_model_needs_no_hub_client_and_no_figures(folder):
    code = (
        "import sys; from pipeline import load_model; load_model(sys.argv[1]);"
        "print({'huggingface_hub', 'gradio', 'matplotlib'} & sys.modules.keys())"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "set()"
