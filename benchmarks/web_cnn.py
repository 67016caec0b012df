"""A small convolutional network in onnxruntime-web, to compare the page's own reader with."""

import gzip
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from playwright.sync_api import Browser

MODEL: Final = "lenet.onnx"
RUNTIME: Final = ("ort.wasm.min.mjs", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
# LeNet-5, as in most courses: name, shape of the weights.
LAYERS: Final = (
    ("conv", (6, 1, 5, 5)),
    ("conv", (16, 6, 5, 5)),
    ("dense", (256, 120)),
    ("dense", (120, 84)),
    ("dense", (84, 10)),
)
SCRIPT: Final = """async ([model, n]) => {
    const begin = performance.now();
    const ort = await import("./ort.wasm.min.mjs");
    ort.env.wasm.numThreads = 1;
    const session = await ort.InferenceSession.create(model);
    const start = performance.now() - begin;
    const times = [];
    for (let k = 0; k < n; k++) {
        const pixels = Float32Array.from({length: 784}, Math.random);
        const image = new ort.Tensor("float32", pixels, [1, 1, 28, 28]);
        const before = performance.now();
        await session.run({image});
        times.push(performance.now() - before);
    }
    return [start, times];
}"""


def write_site(folder: Path) -> int:
    """Write the network and the runtime, from npm; return how many bytes travel, compressed."""
    onnx.save(build_network(), str(folder / MODEL))
    command = ["npm", "pack", "--silent", "onnxruntime-web"]
    name = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    with tarfile.open(folder / name.strip()) as archive:
        for file in RUNTIME:
            member = archive.extractfile(f"package/dist/{file}")
            assert member is not None
            with (folder / file).open("wb") as target:
                shutil.copyfileobj(member, target)
    (folder / "cnn.html").write_text("<!doctype html><title>CNN</title>")
    return sum(len(gzip.compress((folder / file).read_bytes())) for file in (MODEL, *RUNTIME))


def build_network() -> onnx.ModelProto:
    """Return the network with random weights: size and time do not depend on them."""
    rng = np.random.default_rng(0)
    nodes, weights, value = [], [], "image"

    def add(operator: str, *more: str, **attributes: object) -> str:
        nodes.append(helper.make_node(operator, [value, *more], [f"v{len(nodes)}"], **attributes))
        return f"v{len(nodes) - 1}"

    for k, (kind, shape) in enumerate(LAYERS):
        array = rng.normal(0, 0.1, shape).astype(np.float32)
        weights.append(numpy_helper.from_array(array, f"w{k}"))
        value = add("Conv", f"w{k}") if kind == "conv" else add("Flatten")
        if kind == "dense":
            value = add("MatMul", f"w{k}")
        value = add("Softmax" if k == len(LAYERS) - 1 else "Relu")
        if kind == "conv":
            value = add("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    inputs = [helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 1, 28, 28])]
    outputs = [helper.make_tensor_value_info(value, TensorProto.FLOAT, [1, 10])]
    graph = helper.make_graph(nodes, "lenet", inputs, outputs, weights)
    opset = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opset, ir_version=9)


def measure(chromium: Browser, url: str, n: int) -> tuple[float, list[float]]:
    """Return the start and the time of each of n runs on a ready 28 x 28 image (milliseconds)."""
    page = chromium.new_context().new_page()
    page.goto(f"{url}cnn.html")
    start, times = page.evaluate(SCRIPT, [MODEL, n])
    page.context.close()
    return start, times
