"""The documentation agrees with the code."""

import contextlib
import doctest
import io
import json
import re
import runpy
import tomllib

import pytest
from apps import ROOT
from figures import METRICS, README, TABLE, figures

import siffra
import train
from siffra.__main__ import main
from siffra.model_folder.versions import SAME_LABELS

PAGES = sorted(
    page
    for pattern in ("*.md", "docs/**/*.md", "interface/*.md", "model/README.md")
    for page in ROOT.glob(pattern)
)
pages = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def read(path):
    return path.read_text(encoding="utf-8")


def test_the_readmes_figures_are_those_of_the_metrics():
    table = figures(json.loads(read(METRICS)))
    assert TABLE.search(read(README)).group() == table, "run python tests/figures.py"


def test_the_readme_has_no_other_figures():
    assert re.findall(r"\d+\.\d+ %", TABLE.sub("", read(README))) == []


def test_the_readmes_code_gives_the_output_that_it_shows(monkeypatch):
    monkeypatch.chdir(ROOT)
    (code,) = re.findall(r"```pycon\n(.*?)```", read(README), re.S)
    test = doctest.DocTestParser().get_doctest(code, {}, README.name, str(README), 0)
    assert doctest.DocTestRunner().run(test).failed == 0


def test_the_lesson_gives_the_output_that_it_shows(monkeypatch):
    monkeypatch.chdir(ROOT)
    page = ROOT / "docs" / "lesson.md"
    code = "\n".join(re.findall(r"```pycon\n(.*?)```", read(page), re.S))
    test = doctest.DocTestParser().get_doctest(code, {}, page.name, str(page), 0)
    assert len(test.examples) > 25
    assert doctest.DocTestRunner().run(test).failed == 0


def test_the_readme_is_short():
    assert len(read(README).splitlines()) <= 100


@pages
def test_links_lead_to_files(page):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", read(page))
    links += re.findall(r'<img src="([^":]+)"', read(page))
    links = [link for link in links if not link.startswith("gradio_api/")]
    folder = ROOT / "model" if page.name == "model_card.md" else page.parent
    assert [link for link in links if not (folder / link).exists()] == []


@pages
def test_links_within_a_page_lead_to_headings(page):
    headings = re.findall(r"^#+ (.+)$", read(page), re.M)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", read(page))) <= anchors


def test_the_files_in_the_table_of_the_code_exist():
    cells = re.findall(r"^\| (`.+?`) \|", read(ROOT / "CONTRIBUTING.md"), re.M)
    cells = [cell for cell in cells if not cell.startswith("`make")]
    names = [name for cell in cells for name in re.findall(r"`([\w./]+)`", cell)]
    folders = (ROOT, ROOT / "siffra")
    assert len(names) > 8
    assert [name for name in names if not any((f / name).exists() for f in folders)] == []


@pages
def test_make_targets_exist(page):
    targets = set(re.findall(r"^([a-z-]+):", read(ROOT / "Makefile"), re.M))
    text = "" if page.name == "CHANGELOG.md" else read(page)  # targets come and go
    named = re.findall(r"(?:^|`)make ([a-z-]+)", text, re.M)
    assert set(named) <= targets


@pytest.fixture(scope="module")
def options():
    """The options of every command line."""
    found = {"train.py": help_of(lambda: train.main(["--help"]))}
    for name in ("predict", "export", "publish", "space"):
        found[name] = help_of(lambda n=name: main([n, "--help"]))
    found["app.py"] = {"--share", "--help"}
    return found


def help_of(run):
    text = io.StringIO()
    with pytest.raises(SystemExit), contextlib.redirect_stdout(text):
        run()
    return set(re.findall(r"--[a-z-]+", text.getvalue()))


@pages
def test_options_exist(page, options):
    text = read(page).replace("\\\n", " ")
    for command, arguments in re.findall(
        r"(?:python -m siffra |\b)(train\.py|app\.py|(?<=siffra )\w+)((?: [^`\n#|]*)?)", text
    ):
        used = set(re.findall(r"(?<= )--[a-z-]+", arguments))
        assert used <= options.get(command, set()), command


@pages
def test_environment_variables_exist(page):
    files = [ROOT / "app.py", *(ROOT / "interface").glob("*.py"), *(ROOT / "siffra").glob("*.py")]
    known = re.findall(r"SIFFRA_[A-Z_]+", "".join(map(read, files)))
    assert set(re.findall(r"SIFFRA_[A-Z_]+", read(page))) <= set(known)


@pages
def test_nobody_is_told_to_install_a_name_that_is_not_ours(page):
    """The name siffra on PyPI is free: whoever takes it must not be installed by our users."""
    lines = re.findall(r"pip install [^`\n]*siffra[^`\n]*", read(page))
    assert [line for line in lines if " @ git+https://" not in line] == []


def test_no_error_tells_it_either():
    files = [path for folder in ("siffra", "interface") for path in (ROOT / folder).rglob("*.py")]
    assert [path for path in files if re.search(r"pip install '?siffra", read(path))] == []


def test_the_extras_that_the_documentation_names_exist():
    project = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]
    named = {name for page in PAGES for name in re.findall(r"(?:siffra|\.)\[(\w+)\]", read(page))}
    assert {"app", "batch", "cluster"} <= named <= set(project["optional-dependencies"])


@pages
def test_ranges_in_the_text_are_those_of_pip(page):
    project = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]
    (range_,) = (line for line in project["dependencies"] if line.startswith("scikit-learn"))
    low, high = re.fullmatch(r"scikit-learn>=(\d\.\d+)[.\d]*,<1\.(\d+)", range_).groups()
    for found in re.findall(r"scikit-learn (\d\.\d+) to (\d\.\d+)", read(page)):
        assert found == (low, f"1.{int(high) - 1}")
    assert (SAME_LABELS[0], SAME_LABELS[-1]) == (low, f"1.{int(high) - 1}")


@pages
def test_imported_names_exist(page):
    for names in re.findall(r"^(?:>>> )?from siffra import (.+)$", read(page), re.M):
        assert set(names.split(", ")) <= set(siffra.__all__)


def test_the_public_names_are_fixed():
    assert siffra.__all__ == [
        "BlankImageError",
        "ClusterError",
        "ConvergenceError",
        "DataError",
        "Digit",
        "DigitReader",
        "Examples",
        "HubError",
        "InvalidImageError",
        "Mark",
        "ModelError",
        "ModelLoadingError",
        "NumberPrediction",
        "OutputError",
        "ParameterError",
        "Prediction",
        "SiffraError",
        "WorkerError",
        "load_model",
        "push_model",
    ]
    assert [name for name in siffra.__all__ if not hasattr(siffra, name)] == []


def test_the_api_page_is_that_of_the_docstrings():
    written = runpy.run_path(str(ROOT / "docs" / "api.py"))["page"]()
    assert written == read(ROOT / "docs" / "api.md"), "run make api"


def test_the_version_is_the_same_everywhere():
    version = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]["version"]
    assert re.search(r"^## \[(\d.*?)\]", read(ROOT / "CHANGELOG.md"), re.M)[1] == version
    assert f"\nversion: {version}\n" in read(ROOT / "CITATION.cff")
