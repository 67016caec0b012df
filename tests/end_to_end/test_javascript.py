"""JavaScript of other people: what they copy from the documentation, in a folder of their own."""

import os
import re
import shutil
import subprocess
import tarfile
import tomllib

import pytest
from apps import ROOT, serve_folder
from node import NODE
from playwright.sync_api import expect

from siffra import DigitReader
from siffra.export import export_page

DOCS = "docs/javascript.md"
SEVEN = ROOT / "docs" / "images" / "seven.png"


def run(folder, *command):
    """Run a program in a folder and return what it prints."""
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def need(*packages):
    """Skip a test where packages of npm are missing."""
    missing = [name for name in packages if not (ROOT / "node_modules" / name).is_dir()]
    if missing:
        pytest.skip(f"needs {', '.join(missing)} in node_modules: make test installs them")


@pytest.fixture(scope="module")
def tarball(node_path):
    """The package that `make package` builds."""
    need("typescript", "esbuild")
    export_page(ROOT / "build" / "package", DigitReader.from_pretrained(ROOT / "model"))
    name = run(ROOT, "npm", "run", "--silent", "package").split()[-1]
    return ROOT / "build" / name


@pytest.fixture(scope="module")
def node_path():
    """Let npm run the Node.js of the environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{NODE.parent}{os.pathsep}{os.environ['PATH']}")
        yield


@pytest.fixture
def installed(tarball, tmp_path):
    """A folder with nothing but the package, installed, and the files of the documentation."""
    folder = tmp_path / "project"
    package = folder / "node_modules" / "siffra"
    package.mkdir(parents=True)
    with tarfile.open(tarball) as archive:
        archive.extractall(tmp_path, filter="data")
    shutil.copytree(tmp_path / "package", package, dirs_exist_ok=True)
    for name, content in files_of(DOCS).items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def files_of(page):
    """The files in a page of the documentation, whose first lines are their names."""
    text = (ROOT / page).read_text(encoding="utf-8")
    blocks = re.findall(r"```(?:js|ts|html)\n(?://|<!--) (\S+)(?: -->)?\n(.*?)```", text, re.S)
    return dict(blocks)


def esbuild(folder, files):
    """Run the command of the documentation that bundles some files."""
    text = (ROOT / DOCS).read_text(encoding="utf-8")
    (command,) = re.findall(rf"^npx (esbuild {re.escape(files)} .*)$", text, re.M)
    name, *arguments = command.split()
    run(folder, ROOT / "node_modules" / ".bin" / name, *arguments)


def test_the_package_in_node(installed):
    assert run(installed, NODE, "node.mjs") == "7\n"


def test_errors_in_node(installed):
    script = """
        import { DigitReader } from "siffra";
        const tell = (error) => console.log(error.name, error.message);
        await DigitReader.load("missing.bin").catch(tell);
        const path = import.meta.resolve("siffra/model.bin"); // file:///...
        const reader = await DigitReader.load(path);
        for (const data of [new Uint8Array(3 * 28 * 28), new Float32Array(4 * 28 * 28), undefined])
            try { reader.read({ width: 28, height: 28, data }); } catch (error) { tell(error); }
    """
    (installed / "errors.mjs").write_text(script, encoding="utf-8")
    missing, *others = run(installed, NODE, "errors.mjs").splitlines()
    assert missing == "ModelError Cannot load missing.bin: there is no such file."
    assert [line.split(" values")[0] for line in others] == [
        f"InvalidImageError Got {n}" for n in (3 * 28 * 28, 4 * 28 * 28, "undefined")
    ]
    assert all("red, green, blue and alpha" in line for line in others)


def test_the_package_in_a_page(installed, chromium, node_path):
    esbuild(installed, "page.js")
    with serve_folder(installed / "site") as url:
        page = chromium.new_page()
        page.goto(url)
        expect(page.locator("body")).to_have_attribute("data-state", "ready")
        x, y = (page.locator("canvas").bounding_box()[key] for key in ("x", "y"))
        page.mouse.move(x + 80, y + 60)
        page.mouse.down()
        for to in ((190, 60), (130, 220)):
            page.mouse.move(x + to[0], y + to[1], steps=8)
        page.mouse.up()
        expect(page.locator("output")).to_have_text("7")
        page.close()


def test_the_package_in_a_worker(installed, chromium, node_path):
    esbuild(installed, "worker.js asking.js")
    (installed / "site" / "index.html").write_text(
        '<script type="module" src="asking.js"></script>'
    )
    with serve_folder(installed / "site") as url:
        page = chromium.new_page()
        page.goto(url)
        expect(page.locator("body")).to_have_attribute("data-number", "1")
        page.close()


def test_the_types_of_the_package(installed, node_path):
    tsc = ROOT / "node_modules" / ".bin" / "tsc"
    options = ["--strict", "--noEmit", "--target", "es2022", "--module", "nodenext"]
    (installed / "package.json").write_text('{"type": "module"}')
    run(installed, tsc, *options, "typed.ts")
    typed = (installed / "typed.ts").read_text(encoding="utf-8")
    (installed / "typed.ts").write_text(typed.replace("step.name", "step.nothing"))
    with pytest.raises(AssertionError, match="nothing"):
        run(installed, tsc, *options, "typed.ts")


def test_the_package_has_the_version_of_the_project(tarball):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert tarball.name == f"siffra-{project['version']}.tgz"
    assert set(re.findall(r"siffra-[\d.]+\.tgz", (ROOT / DOCS).read_text())) == {tarball.name}


@pytest.fixture
def project(tmp_path):
    """A function that makes a folder with a picture and these packages of npm."""

    def make(*packages):
        need(*packages)
        folder = tmp_path / "project"
        folder.mkdir()
        (folder / "node_modules").symlink_to(ROOT / "node_modules")
        shutil.copy(SEVEN, folder)
        return folder

    return make


def code(page, kind, words):
    """Return the block of code of a page that contains some words."""
    text = (ROOT / page).read_text(encoding="utf-8")
    (found,) = [
        block for block in re.findall(rf"```{kind}\n(.*?)```", text, re.S) if words in block
    ]
    return found


@pytest.mark.parametrize("page", ["interface/snippets.md", "interface/snippets.sv.md"])
def test_the_client_of_gradio_asks_the_app(page, app_url, project):
    folder = project("@gradio/client")
    script = code(page, "js", "@gradio/client").replace("http://127.0.0.1:7860", app_url)
    (folder / "ask.mjs").write_text(script + "process.exit();\n", encoding="utf-8")
    assert run(folder, NODE, "ask.mjs") == "7\n"
