"""In places of others: a model repository from pip, the files of a Space, another name."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import distribution, packages_distributions

import numpy as np
from apps import ROOT
from hub_server import SERVER, Repo
from packaging.requirements import Requirement
from PIL import Image

from siffra import load_model, push_model
from siffra.hub.spaces import push_space

REPO = "user/digits"


def required(name, found=None):
    """Return a distribution and all that it requires."""
    found = {} if found is None else found
    if name.lower() not in found:
        found[name.lower()] = one = distribution(name)
        for line in one.requires or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                required(requirement.name, found)
    return found


def not_required():
    """Return the modules installed here that the project would not bring along."""
    names = {found.name for found in required("siffra").values()}
    return [
        module
        for module, owners in packages_distributions().items()
        if names.isdisjoint(owners) and module.isidentifier()
    ]


def test_pip_installs_a_published_repository(hub, tmp_path, folder, release_folder):
    """With git and pip, at a commit; then the lines in the card, without other packages.

    The user's script is beside a script named pipeline.py and a folder named interface.
    """
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
    assert (site / "siffra" / "py.typed").is_file()

    card = (release_folder / "README.md").read_text(encoding="utf-8")
    lines = next(code for code in re.findall(r"```python\n(.*?)```", card, re.S))
    lines = lines.replace("USER/REPO", REPO).replace("REVISION", hub.repos[REPO].branches["main"])
    code = (
        f"import sys; sys.path += {[str(site), sysconfig.get_path('purelib')]}\n"
        f"sys.modules |= dict.fromkeys({not_required()})\n"  # as if they were not installed
        f"{lines}\n"
        "from siffra import load_model\n"
        f"from PIL import Image\nmodel = load_model({str(folder)!r})\n"
        "import json; print(json.dumps(model.predict_proba([Image.open('seven.png')]).tolist()))\n"
    )
    seven = ROOT / "docs" / "images" / "seven.png"
    beside = tmp_path / "beside"
    (beside / "interface").mkdir(parents=True)
    for name in ("pipeline.py", "interface/__init__.py"):
        (beside / name).write_text("raise ImportError('not the one that was meant')\n")
    shutil.copy(seven, beside)
    (beside / "read.py").write_text(code, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-E", "-s", "-S", "-W", "error", "read.py"],
        cwd=beside,
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


def test_the_files_of_a_space_are_all_that_the_app_imports(hub, tmp_path):
    hub.repos["user/model"] = model = Repo("model")
    push_space(REPO, "user/model", model.commit({}), hardware="zero-a10g")
    for name, content in hub.repos[REPO].files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    code = (
        "import app, sys, threading; print(sys.modules['siffra'].__file__)\n"
        "print(*(thread.name for thread in threading.enumerate()))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    location, threads = result.stdout.splitlines()
    assert location == str(tmp_path / "siffra" / "__init__.py"), result.stderr
    assert "model-loader" not in threads, "importing the app starts to load a model"


def test_a_namesake_is_reported(tmp_path, folder):
    """This package under another name, and another package under its name."""
    (tmp_path / "vendored").symlink_to(ROOT / "siffra")
    (tmp_path / "siffra").mkdir()
    (tmp_path / "siffra" / "__init__.py").touch()
    code = "import sys; from vendored import load_model; load_model(sys.argv[1])"
    result = subprocess.run(
        [sys.executable, "-c", code, str(folder)], cwd=tmp_path, capture_output=True, text=True
    )
    assert "imported as 'vendored'" in result.stderr
    assert f"belongs to {tmp_path / 'siffra' / '__init__.py'}" in result.stderr
