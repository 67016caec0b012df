"""The app as other programs use it: over HTTP, with the client and without."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from html.parser import HTMLParser

import numpy as np
import pytest
from apps import ROOT, free_port, serve, wait_for
from forks import run_code, start_script
from gradio_client import Client, handle_file
from hub_server import READER
from PIL import Image, ImageDraw

import app
from siffra import HubError, load_model, push_model
from siffra.corrections import save_correction, sync_corrections


@pytest.fixture(scope="module")
def client(app_url):
    client = Client(app_url, verbose=False, analytics_enabled=False)
    yield client
    client.close()


@pytest.fixture
def seven(tmp_path):
    image = Image.new("RGB", (300, 300), "white")
    ImageDraw.Draw(image).line([(90, 80), (200, 80), (140, 240)], fill="black", width=18)
    path = tmp_path / "seven.png"
    image.save(path)
    return path


def sketch(path):
    return {"background": None, "layers": [], "composite": handle_file(str(path))}


def test_predict_reads_a_file_and_a_sketch(client, seven):
    answer = client.predict(handle_file(str(seven)), api_name="/predict")
    probabilities = load_model(ROOT / "model").predict_proba([Image.open(seven)])[0]
    best = np.argsort(-probabilities, kind="stable")[:3]
    assert answer["label"] == "7"
    assert [entry["label"] for entry in answer["confidences"]] == [str(k) for k in best]
    found = [entry["confidence"] for entry in answer["confidences"]]
    np.testing.assert_allclose(found, probabilities[best])
    assert client.predict(sketch(seven), api_name="/predict_sketch") == answer


class MetaTags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        if tag == "meta" and "content" in values:
            self.found.append((values.get("property") or values["name"], values["content"]))


def test_a_link_shows_a_title_a_sentence_and_a_picture(app_url):
    tags = MetaTags()
    with urllib.request.urlopen(app_url) as page:
        tags.feed(page.read().decode())
    preview = dict(tags.found)
    assert len(preview) == len(tags.found), "a tag appears twice"
    assert "Gradio" not in str(preview)
    assert preview["og:url"] == f"{app_url}/"
    with urllib.request.urlopen(preview["og:image"]) as picture, Image.open(picture) as image:
        assert (image.format, image.size) == ("PNG", (1200, 630))


def wait_for_model(url):
    """Wait until the model is loaded and return what the app says of itself."""
    health = {}
    while health.get("status") != "ready":
        with urllib.request.urlopen(f"{url}/health", timeout=30) as answer:
            health = json.load(answer)
    return health


def test_the_app_runs_a_pinned_model_from_the_hub(hub, release_folder, tmp_path):
    commit = push_model(release_folder, "user/digits").oid
    environment = {"SIFFRA_MODEL": "user/digits", "SIFFRA_REVISION": commit}
    environment["HF_HOME"] = tmp_path / "home"
    for is_cached in (False, True):
        hub.requests.clear()
        with serve(**environment) as url:
            health = wait_for_model(url)
        assert health == {"status": "ready", "model": f"user/digits @ {commit[:7]}"}
        asked = [path for _, path in hub.requests if "user/digits" in path]
        assert bool(asked) != is_cached


def test_share_without_a_network_runs_locally():
    """In a process that starts from nothing, as a user's does."""
    port = free_port()
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1,localhost"}
    with subprocess.Popen(
        [sys.executable, "app.py", "--share"],
        cwd=ROOT,
        env=os.environ | nowhere | {"GRADIO_SERVER_PORT": str(port)},
    ) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}")
            assert wait_for_model(f"http://127.0.0.1:{port}")["status"] == "ready"
        finally:
            process.terminate()
    assert process.returncode == 0


def test_on_zerogpu_a_function_asks_for_a_gpu(tmp_path, monkeypatch):
    """The package `spaces` is there only on a Space; this one records what was decorated."""
    (tmp_path / "spaces.py").write_text("asked = []\nGPU = asked.append\n")
    monkeypatch.syspath_prepend(tmp_path)
    app.request_gpu()
    assert len(sys.modules.pop("spaces").asked) == 1


# What ends the app, with one line


@pytest.fixture
def end(tmp_path):
    """A function that runs app.py until it ends; its exit code and what it said on stderr."""

    def run(**environment):
        environment = {"GRADIO_SERVER_PORT": free_port()} | environment
        process = start_script("app.py", output=tmp_path, **environment)
        process.join(60)
        said = (tmp_path / "stderr").read_text()
        assert "Traceback" not in said
        return process.exitcode, said

    return run


def test_a_missing_model_ends_the_app_while_it_is_serving(end, tmp_path):
    code, said = end(SIFFRA_MODEL=tmp_path)
    assert code == 1
    assert said.startswith("Error: ")
    assert str(tmp_path) in said
    assert len(said.splitlines()) == 1


def test_a_port_that_is_taken_ends_the_app(end):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, said = end(GRADIO_SERVER_PORT=port)
    assert code == 1
    assert said.startswith("Error: Cannot listen on 127.0.0.1")
    assert str(port) in said


def test_a_port_that_is_no_number_ends_the_app():
    result = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=os.environ | {"GRADIO_SERVER_PORT": "http"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (result.returncode, result.stderr.count("\n")) == (1, 1)
    assert result.stderr.startswith("Error: ")
    assert "'http'" in result.stderr


def test_a_proxy_in_front_of_loopback_ends_the_app(end):
    nowhere = "http://127.0.0.1:9"
    code, said = end(HTTP_PROXY=nowhere, http_proxy=nowhere, NO_PROXY="", no_proxy="")
    assert code == 1
    assert said.startswith("Error: ")
    assert "NO_PROXY" in said


def test_a_dataset_that_cannot_be_written_is_an_error(hub, tmp_path, monkeypatch):
    monkeypatch.setenv("SIFFRA_CORRECTIONS", str(tmp_path))
    monkeypatch.setenv("SIFFRA_CORRECTIONS_REPO", "user/corrections")
    monkeypatch.setenv("HF_TOKEN", READER)
    with pytest.raises(HubError, match="user/corrections"):
        app.create_app()


# The snippets of the page, and what programs are told


SNIPPETS = (ROOT / "interface" / "snippets.md").read_text(encoding="utf-8")


def snippet(kind, number, app_url="", model=""):
    code = re.findall(rf"```{kind}\n(.*?)```", SNIPPETS, re.S)[number]
    return code.replace("http://127.0.0.1:7860", app_url).replace("USER/REPO", model)


@pytest.fixture
def beside_seven(tmp_path):
    """An empty folder with the picture that the snippets read."""
    shutil.copy(ROOT / "docs" / "images" / "seven.png", tmp_path)
    return tmp_path


@pytest.mark.parametrize("number", [0, 1])
def test_the_python_snippets_read_the_seven(app_url, beside_seven, number):
    code = snippet("python", number, app_url, str(ROOT / "model"))
    printed = run_code(f"import os; os.chdir({str(beside_seven)!r})\n{code}")
    if number == 0:
        assert printed.startswith("7 [")
    else:
        assert "'label': '7'" in printed


def test_the_curl_snippet_reads_the_seven(app_url, beside_seven):
    if shutil.which("curl") is None:
        pytest.skip("needs curl")
    result = subprocess.run(
        ["sh", "-c", snippet("sh", 0, app_url)],
        cwd=beside_seven,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert json.loads(result.stdout.split("data: ")[1])[0]["label"] == "7"


def test_the_openapi_description_has_the_endpoints_and_no_others(app_url):
    url = f"{app_url}/gradio_api/openapi.json"
    assert url.removeprefix(f"{app_url}/") in SNIPPETS
    with urllib.request.urlopen(url, timeout=30) as answer:
        paths = json.load(answer)["paths"]
    names = {path.rsplit("/", 1)[1] for path in paths if "/call/" in path and "{" not in path}
    assert names == {"predict", "predict_sketch", "predict_number"}


# Corrections


def test_corrections_reach_a_private_dataset_on_the_hub(hub, tmp_path, seven):
    folder = tmp_path / "corrections"
    with sync_corrections(folder, "user/corrections") as scheduler:
        save_correction(folder, np.asarray(Image.open(seven)), 7, {}, "")
        scheduler.trigger().result(timeout=60)
    dataset = hub.repos["user/corrections"]
    assert set(dataset.files) - {".gitattributes"} == {path.name for path in folder.iterdir()}
    assert dataset.private
