"""The app as other programs use it: over HTTP, with the client and without."""

import io
import json
import os
import subprocess
import sys
import urllib.request

import numpy as np
import pytest
from conftest import ROOT
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image, ImageDraw

from pipeline import load_model


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


@pytest.fixture
def blank(tmp_path):
    path = tmp_path / "blank.png"
    Image.new("RGB", (300, 300), "white").save(path)
    return path


def sketch(path):
    return {"background": None, "layers": [], "composite": handle_file(str(path))}


def test_predict_reads_a_file(client, seven):
    answer = client.predict(handle_file(str(seven)), api_name="/predict")
    probabilities = load_model(ROOT / "model").predict_proba([Image.open(seven)])[0]
    best = np.argsort(-probabilities, kind="stable")[:3]
    assert answer["label"] == "7"
    assert [entry["label"] for entry in answer["confidences"]] == [str(k) for k in best]
    found = [entry["confidence"] for entry in answer["confidences"]]
    np.testing.assert_allclose(found, probabilities[best])


def test_a_transparent_file_reads_the_same(client, seven, tmp_path):
    ink = np.asarray(Image.open(seven).convert("L"))
    rgba = np.dstack([np.zeros_like(ink)] * 3 + [255 - ink])
    path = tmp_path / "transparent.png"
    Image.fromarray(rgba).save(path)
    expected = client.predict(handle_file(str(seven)), api_name="/predict")
    assert client.predict(handle_file(str(path)), api_name="/predict") == expected


def test_predict_sketch_reads_an_editor_value(client, seven):
    expected = client.predict(handle_file(str(seven)), api_name="/predict")
    assert client.predict(sketch(seven), api_name="/predict_sketch") == expected


def test_a_blank_image_is_a_clear_error(client, blank):
    with pytest.raises(AppError, match="is blank"):
        client.predict(handle_file(str(blank)), api_name="/predict")
    with pytest.raises(AppError, match="is blank"):
        client.predict(sketch(blank), api_name="/predict_sketch")


def test_nothing_is_a_clear_error(client):
    nothing = {"background": None, "layers": [], "composite": None}
    with pytest.raises(AppError, match="Got an empty sketch"):
        client.predict(nothing, api_name="/predict_sketch")
    with pytest.raises(AppError, match="Got no image"):
        client.predict(None, api_name="/predict")


def test_the_api_is_two_endpoints(client):
    names = client.view_api(return_format="dict")["named_endpoints"].keys()
    assert names == {"/predict", "/predict_sketch"}


def test_predict_answers_a_bare_http_client(app_url, seven):
    def post(path, body, kind):
        request = urllib.request.Request(app_url + path, body, {"Content-Type": kind})
        return json.load(urllib.request.urlopen(request, timeout=30))

    body = io.BytesIO()
    body.write(b'--X\r\nContent-Disposition: form-data; name="files"; filename="7.png"\r\n\r\n')
    body.write(seven.read_bytes() + b"\r\n--X--\r\n")
    path = post("/gradio_api/upload", body.getvalue(), "multipart/form-data; boundary=X")[0]
    data = {"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}]}
    call = post("/gradio_api/call/predict", json.dumps(data).encode(), "application/json")
    url = f"{app_url}/gradio_api/call/predict/{call['event_id']}"
    with urllib.request.urlopen(url, timeout=30) as stream:
        events = stream.read().decode()
    assert "event: complete" in events
    answer = json.loads(events.split("data: ")[-1])[0]
    assert answer["label"] == "7"
    assert answer["confidences"][0]["confidence"] > 0.5


def test_a_missing_model_ends_the_app_with_one_line(tmp_path):
    result = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**os.environ, "SIFFRA_MODEL": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 1
    assert result.stderr.startswith("Error: No config.json in")
    assert "Traceback" not in result.stderr
