"""MNIST from files and from OpenML, whole and broken."""

import gzip
import hashlib
import http.server
import json
import threading

import numpy as np
import pytest
import sklearn.datasets._openml as openml

from pipeline import DataError
from pipeline.training.data import load_mnist


def test_the_files_become_three_parts(idx_folder, small):
    mnist = load_mnist(str(idx_folder))
    assert [len(part) for part in (mnist.train, mnist.validation, mnist.test)] == [1000, 200, 300]
    np.testing.assert_array_equal(
        (mnist.train + mnist.validation + mnist.test).images, small.images
    )
    np.testing.assert_array_equal(mnist.test.labels, small.labels[1200:])
    assert mnist.describe()["split"] == {"train": 1000, "validation": 200, "test": 300}


def test_the_real_files_have_the_real_sizes(mnist_folder):
    mnist = load_mnist(str(mnist_folder))
    assert [len(part) for part in (mnist.train, mnist.validation, mnist.test)] == [
        50000,
        10000,
        10000,
    ]
    # The first training image is known to be a 5, the first test image a 7.
    assert (mnist.train.labels[0], mnist.test.labels[0]) == (5, 7)
    assert mnist.train.images.max() == 255


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(DataError, match=r"no such folder.*train-images-idx3-ubyte.*--data openml"):
        load_mnist(str(tmp_path / "nowhere"))


def test_a_missing_file_is_named(idx_folder):
    (idx_folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match=r"No t10k-labels-idx1-ubyte or t10k-labels-idx1-ubyte\.gz"):
        load_mnist(str(idx_folder))


@pytest.mark.parametrize("keep", [0, 5, 2000])
def test_a_truncated_gzip_is_refused(idx_folder, keep):
    path = idx_folder / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(DataError, match=r"Download it again"):
        load_mnist(str(idx_folder))


def test_a_file_that_is_no_gzip_is_refused(idx_folder):
    (idx_folder / "train-images-idx3-ubyte.gz").write_bytes(b"<html>504</html>")
    with pytest.raises(DataError, match="cannot be unpacked"):
        load_mnist(str(idx_folder))


def test_one_wrong_byte_is_found(idx_folder):
    path = idx_folder / "train-images-idx3-ubyte.gz"
    content = bytearray(gzip.decompress(path.read_bytes()))
    content[5000] ^= 1
    path.write_bytes(gzip.compress(bytes(content)))
    with pytest.raises(DataError, match=r"SHA-256 .* but expected"):
        load_mnist(str(idx_folder))


@pytest.fixture
def openml_server(monkeypatch, tmp_path):
    """A server in OpenML's place; a test fills `answers` with what each path returns."""
    answers = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            status, body = next((a for p, a in answers.items() if p in self.path), (504, b"busy"))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    for name in ("_SEARCH_NAME", "_DATA_INFO", "_DATA_FEATURES", "_DATA_QUALITIES"):
        url = getattr(openml, name).replace("https://www.openml.org", address)
        monkeypatch.setattr(openml, name, url)
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path / "cache"))
    monkeypatch.setattr("pipeline.training.data.RETRY_SECONDS", 0.01)
    yield answers
    server.shutdown()
    server.server_close()


def arff(small):
    lines = ["@RELATION mnist_784"]
    lines += [f"@ATTRIBUTE pixel{i} real" for i in range(1, 785)]
    lines += ["@ATTRIBUTE class {0,1,2,3,4,5,6,7,8,9}", "@DATA"]
    for image, label in zip(small.images, small.labels, strict=True):
        lines.append(",".join(map(str, [*image.ravel(), label])))
    return "\n".join(lines).encode()


def test_openml_gives_the_same_digits(openml_server, idx_folder, small):
    names = [f"pixel{i}" for i in range(1, 785)]
    features = [{"index": str(i), "name": n, "data_type": "numeric"} for i, n in enumerate(names)]
    features.append({"index": "784", "name": "class", "data_type": "nominal", "is_target": "true"})
    for feature in features:
        feature |= {
            "is_ignore": "false",
            "is_row_identifier": "false",
            "number_of_missing_values": "0",
        }
        feature.setdefault("is_target", "false")
    content = arff(small)
    description = {
        "id": "554",
        "name": "mnist_784",
        "version": "1",
        "format": "ARFF",
        "status": "active",
        "file_id": "52667",
        "url": openml._DATA_INFO.split("/api/")[0] + "/data/v1/download/52667/mnist_784.arff",
        "default_target_attribute": "class",
        "description": "MNIST",
        "md5_checksum": hashlib.md5(content).hexdigest(),
    }
    listing = {"data": {"dataset": [{"did": 554, "status": "active", "version": 1}]}}
    openml_server |= {
        "data/list": (200, json.dumps(listing).encode()),
        "data/features": (200, json.dumps({"data_features": {"feature": features}}).encode()),
        "data/qualities": (200, json.dumps({"data_qualities": {"quality": []}}).encode()),
        "data/v1/download": (200, content),
        "api/v1/json/data/554": (200, json.dumps({"data_set_description": description}).encode()),
    }
    fetched, read = load_mnist("openml"), load_mnist(str(idx_folder))
    for part in ("train", "validation", "test"):
        np.testing.assert_array_equal(getattr(fetched, part).images, getattr(read, part).images)
        np.testing.assert_array_equal(getattr(fetched, part).labels, getattr(read, part).labels)


@pytest.mark.parametrize("status", [404, 412, 500, 504])
@pytest.mark.filterwarnings("ignore:.*OpenML:UserWarning", "ignore:A network error:UserWarning")
def test_an_outage_says_what_to_do(openml_server, status):
    openml_server["data"] = (status, b'{"error": {"message": "no results"}}')
    with pytest.raises(DataError, match=r"OpenML did not deliver MNIST.*--data DIR"):
        load_mnist("openml")
