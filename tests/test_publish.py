"""To the Hub, through the real client and over HTTP; and what other code can do with it there."""

import json
import os
import re
import subprocess
import sys
import sysconfig
from importlib.metadata import distribution, packages_distributions

import numpy as np
import pytest
import yaml
from conftest import ROOT
from hub_server import READER, SERVER
from packaging.requirements import Requirement
from PIL import Image

from pipeline import HubError, ModelError, load_model, push_model
from pipeline.publish import push_space

REPO = "user/digits"
SPACE = "user/pad"


def relative_files(folder, pattern):
    return {path.relative_to(ROOT).as_posix(): path for path in (ROOT / folder).rglob(pattern)}


def test_a_model_is_published_with_exactly_what_it_needs_in_one_commit(hub, release_folder):
    commit = push_model(release_folder, REPO)
    repo = hub.repos[REPO]
    assert len(repo.commits) == 2  # the Hub's own at the start, and ours
    assert repo.branches["main"] == commit.oid
    expected = {
        path.relative_to(release_folder).as_posix(): path
        for path in release_folder.rglob("*")
        if path.is_file()
    }
    expected |= relative_files("pipeline", "*.py") | {"pyproject.toml": ROOT / "pyproject.toml"}
    found = dict(repo.files)
    assert found.pop(".gitattributes") == b""  # the Hub's own
    assert found == {name: path.read_bytes() for name, path in expected.items()}


def test_publishing_again_removes_what_the_code_no_longer_has(hub, release_folder):
    push_model(release_folder, REPO)
    repo = hub.repos[REPO]
    repo.commit({**repo.files, "pipeline/old.py": b"", "figures/old.png": b"", "NOTES.md": b""})
    push_model(release_folder, REPO)
    assert {"pipeline/old.py", "figures/old.png"}.isdisjoint(repo.files)
    assert "NOTES.md" in repo.files  # somebody wrote it there


def test_a_repository_is_created_public_or_private(hub, release_folder):
    push_model(release_folder, REPO)
    push_model(release_folder, "user/secret", private=True)
    assert [hub.repos[name].private for name in (REPO, "user/secret")] == [False, True]


@pytest.mark.parametrize("name", ["model.skops", "config.json", "metrics.json", "README.md"])
def test_an_incomplete_folder_is_not_published(hub, release_folder, name):
    (release_folder / name).unlink()
    with pytest.raises(ModelError, match=f"No {re.escape(name)} in"):
        push_model(release_folder, REPO)
    assert hub.repos == {}


def test_without_a_token(hub, release_folder, monkeypatch):
    monkeypatch.delenv("HF_TOKEN")
    with pytest.raises(HubError, match=r"Got no token.*hf auth login.*HF_TOKEN"):
        push_model(release_folder, REPO)
    assert hub.requests == []


@pytest.mark.parametrize(
    ("token", "message"), [(READER, "no permission"), ("hf_wrong", "does not accept the token")]
)
def test_with_a_token_that_may_not(hub, release_folder, token, message):
    with pytest.raises(HubError, match=f"Cannot publish {REPO}: .*{message}"):
        push_model(release_folder, REPO, token=token)


@pytest.mark.parametrize(
    ("status", "message"),
    [(402, "asks for a paid plan"), (429, "too many requests"), (500, "fault of its own")],
)
def test_what_the_hub_says_instead_is_one_clear_line(hub, release_folder, status, message):
    hub.fail_with = status
    with pytest.raises(HubError, match=f"Cannot publish {REPO}: .*{message}") as caught:
        push_model(release_folder, REPO)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["digits", "user/di gits", "a/b/c", "user/-digits"])
def test_a_name_that_is_not_valid(hub, release_folder, name):
    with pytest.raises(HubError, match="USER/REPO"):
        push_model(release_folder, name)
    assert hub.requests == []


def test_without_a_network(hub, release_folder):
    hub.cut_after = 0
    with pytest.raises(HubError, match=r"cannot be reached .*Check the network"):
        push_model(release_folder, REPO)


def test_a_card_that_the_hub_does_not_accept(hub, release_folder):
    hub.yaml_errors = ['"license" must be one of [...]']
    with pytest.raises(HubError, match=r'finds fault .*"license" must be.*Correct model_card\.md'):
        push_model(release_folder, REPO)
    assert "README.md" not in hub.repos[REPO].files


# The Space


@pytest.fixture
def published(hub, release_folder):
    return push_model(release_folder, REPO).oid


def test_a_space_runs_the_app_with_the_model_pinned(hub, published):
    push_space(SPACE, REPO, hardware="zero-a10g")
    space = hub.repos[SPACE]
    assert space.created["sdk"] == "gradio"
    assert space.variables == {"SIFFRA_MODEL": REPO, "SIFFRA_REVISION": published}
    for name in ("app.py", "requirements.txt", "pipeline/preprocessing.py"):
        assert space.files[name] == (ROOT / name).read_bytes()
    assert not any(name.startswith(("model/", "tests/")) for name in space.files)


def test_a_space_has_a_header_that_names_the_model(hub, published):
    push_space(SPACE, REPO, hardware="zero-a10g")
    readme = hub.repos[SPACE].files["README.md"].decode()
    header = yaml.safe_load(readme.split("---")[1])
    own = (ROOT / "README.md").read_text(encoding="utf-8")
    assert header == yaml.safe_load(own.split("---")[1]) | {"models": [REPO]}
    assert readme.split("---", 2)[2].strip() == own.split("---", 2)[2].strip()


def test_a_space_moves_on_to_a_later_model(hub, published):
    push_space(SPACE, REPO, published, hardware="zero-a10g")
    repo = hub.repos[REPO]
    later = repo.commit({**repo.files, "metrics.json": b"{}"})
    push_space(SPACE, REPO)
    assert hub.repos[SPACE].variables["SIFFRA_REVISION"] == later


def test_a_space_of_a_model_that_is_not_there(hub):
    with pytest.raises(HubError, match="Cannot pin user/nothing: There is no such repository"):
        push_space(SPACE, "user/nothing")
    assert hub.repos == {}


def test_a_space_that_costs(hub, published):
    with pytest.raises(HubError, match=r"paid plan \(PRO\).*README"):
        push_space(SPACE, REPO)


# By the commands that people type


def make(target, *variables, **environment):
    return subprocess.run(
        ["make", target, *variables],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_make_publish_and_make_space(hub):
    result = make("publish", f"REPO={REPO}")
    assert result.returncode == 0, result.stderr
    assert f"Published: {hub.url}/{REPO}/commit/" in result.stdout
    released = (ROOT / "model" / "model.skops").read_bytes()
    assert hub.repos[REPO].files["model.skops"] == released

    result = make("space", f"SPACE={SPACE}", f"MODEL={REPO}", "HARDWARE=zero-a10g")
    assert result.returncode == 0, result.stderr
    assert "app.py" in hub.repos[SPACE].files


def test_a_failing_command_says_one_line_and_fails(hub):
    result = make("publish", f"REPO={REPO}", HF_TOKEN=READER)
    assert result.returncode != 0
    assert f"Error: Cannot publish {REPO}: The token has no permission" in result.stderr
    assert "Traceback" not in result.stderr
    assert "Expected REPO=USER/REPO" in make("publish").stderr
    assert "Expected MODEL=USER/REPO" in make("space", f"SPACE={SPACE}").stderr


# In other code


def closure(name, seen=None):
    """Return a distribution and all that it requires."""
    seen = {} if seen is None else seen
    if name.lower() not in seen:
        seen[name.lower()] = found = distribution(name)
        for line in found.requires or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                closure(requirement.name, seen)
    return seen


def not_required():
    """Return the modules installed here that the project would not bring along."""
    required = {found.name for found in closure("siffra").values()}
    return [
        module
        for module, names in packages_distributions().items()
        if required.isdisjoint(names) and module.isidentifier()
    ]


def test_pip_installs_the_transformer_from_the_repository(hub, tmp_path, folder, release_folder):
    """With git and pip, at a commit, next to what pip would bring along; then the card's lines."""
    push_model(release_folder, REPO)
    clone = tmp_path / "clone"
    for name, content in hub.repos[REPO].files.items():
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        (clone / name).write_bytes(content)
    git = ["git", "-C", str(clone), "-c", "user.name=x", "-c", "user.email=x@localhost"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"]):
        subprocess.run([*git, *arguments], check=True)
    revision = subprocess.check_output([*git, "rev-parse", "HEAD"], text=True).strip()
    site = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation"]
    source = f"git+file://{clone}@{revision}"
    subprocess.run([*install, "--target", site, source], check=True, capture_output=True)

    card = (release_folder / "README.md").read_text(encoding="utf-8")
    lines = next(code for code in re.findall(r"```python\n(.*?)```", card, re.S))
    lines = lines.replace("USER/REPO", REPO).replace("REVISION", hub.repos[REPO].branches["main"])
    code = (
        f"import sys; sys.path += {[str(site), sysconfig.get_path('purelib')]}\n"
        f"sys.modules |= dict.fromkeys({not_required()})\n"  # as if they were not installed
        f"{lines}\n"
        "import json; print(json.dumps(probabilities.tolist()))\n"
    )
    seven = ROOT / "docs" / "images" / "seven.png"
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", "-c", code],
        cwd=seven.parent,
        env={
            "HF_ENDPOINT": SERVER.url,
            "HF_HOME": str(tmp_path / "home"),
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert result.returncode == 0, result.stderr
    assert {"gradio", "matplotlib", "jinja2", "rich"} <= set(not_required())
    expected = load_model(folder).predict_proba([Image.open(seven)])
    np.testing.assert_array_equal(json.loads(result.stdout.splitlines()[-1]), expected)


def test_a_namesake_is_refused_by_name(tmp_path, folder):
    """Our package under another name, somebody else's under ours."""
    (tmp_path / "vendored").symlink_to(ROOT / "pipeline")
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline" / "__init__.py").touch()
    (tmp_path / "pipeline" / "preprocessing.py").write_text("class MnistPreprocessor: ...\n")
    code = "import sys; from vendored import load_model; load_model(sys.argv[1])"
    result = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=tmp_path, capture_output=True, text=True
    )
    assert "is not this project's: the name belongs to" in result.stderr
    assert str(tmp_path / "pipeline" / "__init__.py") in result.stderr
