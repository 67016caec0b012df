"""The declared dependencies are those that are imported and installed."""

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import distribution, packages_distributions

import pytest
from apps import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SECTIONS = ("App", "Development", "Tools")


def requirements(*extras):
    lines = [line for extra in extras for line in PROJECT["optional-dependencies"][extra]]
    return {canonicalize_name(Requirement(line).name) for line in lines}


@cache
def installed():
    """The distributions of each installed package."""
    return packages_distributions()


def imports(*paths):
    """The installed packages that files import."""
    names = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            if isinstance(node, ast.ImportFrom) and not node.level:
                names.add(node.module.split(".")[0])
    names -= {*sys.stdlib_module_names, "app", "interface", "pipeline", "siffra", "spaces", "train"}
    return {canonicalize_name(installed().get(name, [name])[0]) for name in names}


@pytest.mark.parametrize(
    ("files", "extras"),
    [
        ("siffra/*.py", ("cluster",)),
        ("siffra/preprocessing/*.py", ()),
        ("siffra/batch/*.py", ("batch", "cluster")),
        ("pipeline/*.py", ("training",)),
        ("train.py", ("training",)),
    ],
)
def test_imports_of_the_library_are_declared(files, extras):
    declared = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
    assert imports(*ROOT.glob(files)) <= declared | requirements(*extras)


def closure(names):
    """The distributions that pip installs for these."""
    found, ahead = set(), set(names)
    while ahead:
        name = ahead.pop()
        found.add(name)
        for line in distribution(name).requires or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                ahead |= {canonicalize_name(requirement.name)} - found
    return found


def test_requirements_txt_is_all_that_the_app_needs():
    """It is what the Space installs, and who has no make."""
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    named = {canonicalize_name(Requirement(line).name) for line in lines if line[0] != "#"}
    needed = imports(ROOT / "app.py", *ROOT.glob("interface/*.py"), *ROOT.glob("siffra/*.py"))
    needed |= imports(*(path for path in (ROOT / "siffra").glob("*/*.py")))
    optional = requirements("batch", "cluster", "signing") | {"mcp"}
    assert needed - optional <= closure(named)


def test_every_declared_dependency_is_imported():
    declared = {canonicalize_name(Requirement(line).name) for line in PROJECT["dependencies"]}
    assert declared <= imports(*(ROOT / "siffra").rglob("*.py"))


def pins(text):
    found = re.findall(r"^([\w.-]+)(?:\[.*\])?==(\S+)", text, re.M)
    return {(canonicalize_name(name), version) for name, version in found}


@pytest.fixture(scope="module")
def sections():
    """The pinned versions in each section of constraints.txt."""
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    parts = re.split(r"^# (\w+)$", text, flags=re.M)
    assert parts[1::2] == list(SECTIONS)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_every_pin_has_hashes_and_no_address(sections):
    for text in sections.values():
        assert "/" not in text
        for entry in re.findall(r"^\w.*\n(?:    .*\n)*", text, re.M):
            assert re.search(r"--hash=sha256:[0-9a-f]{64}", entry), entry


def test_the_space_installs_the_same_versions(sections):
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    assert "--hash" not in text
    assert pins(text) <= pins(sections["App"])
    gradio = dict(pins(text))["gradio"]
    assert f"sdk_version: {gradio}\n" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_extra_is_pinned(sections):
    pinned = {name for name, _ in pins("".join(sections.values()))}
    extras = requirements(*PROJECT["optional-dependencies"]) - {canonicalize_name(PROJECT["name"])}
    assert extras <= pinned
