"""Readers of digits that people use, each called as its documentation shows."""

import json
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import distribution
from pathlib import Path
from typing import NamedTuple

import cv2
from packaging.requirements import Requirement
from sklearn.ensemble import RandomForestClassifier

from pipeline.data import Digits
from siffra import DigitReader

TOOLS = Path("build/scoreboard")  # where make installs those from npm and PyPI
TESSDATA = Path("/usr/share/tesseract-ocr/5/tessdata/eng.traineddata")
SURE = 0.5  # of the tools that have no threshold
MODES = ("10", "7")  # Tesseract's of one character, and of a line
THREAD = {"OMP_NUM_THREADS": "1", "OMP_THREAD_LIMIT": "1"}
CNN = """
import json, sys
from digit_recognizer import predict
results = [predict(path, detailed=True) for path in json.load(sys.stdin)]
print(json.dumps([[str(one.digit), one.confidence] for one in results]))
"""
TESSERACT_JS = """
const {createWorker} = require("tesseract.js");
const {langPath} = require("@tesseract.js-data/eng");
(async () => {
    const worker = await createWorker("eng", 1, {langPath, cacheMethod: "none"});
    await worker.setParameters({
        tessedit_char_whitelist: "0123456789",
        tessedit_pageseg_mode: process.argv[1],
    });
    const answers = [];
    for (const path of JSON.parse(require("fs").readFileSync(0))) {
        const {data} = await worker.recognize(path);
        answers.push([data.text.trim(), data.confidence / 100]);
    }
    console.log(JSON.stringify(answers));
    await worker.terminate();
})();
"""


class Answer(NamedTuple):
    """The text that a tool read, empty if none, and whether it is sure of it."""

    text: str
    sure: bool


class Tool(NamedTuple):
    """A reader: answers for the paths of pictures, of numbers or of digits; and its sizes."""

    read: Callable[[Sequence[Path], bool], list[Answer]]
    model_size: int  # bytes
    installed_size: int
    reads_numbers: bool = True


def siffra(folder: Path) -> Tool:
    """Return this project's reader."""

    def read(paths: Sequence[Path], numbers: bool) -> list[Answer]:
        reader = DigitReader.from_pretrained(folder)
        found = [(reader.read_number if numbers else reader.read)(path) for path in paths]
        return [Answer(str(one.guess), not one.unsure) for one in found]

    size = sum(path.stat().st_size for path in folder.glob("*.skops"))
    return Tool(read, size, size + packages_size("siffra"))


def forest(digits: Digits) -> Tool:
    """Return scikit-learn's forest on pixels; a picture is resized, and its ink made bright."""
    model = RandomForestClassifier(random_state=0, n_jobs=-1)
    model.fit(digits.images.reshape(-1, 784), digits.labels).set_params(n_jobs=1)

    def read(paths: Sequence[Path], _: bool) -> list[Answer]:
        images = (255 - cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in paths)
        rows = [cv2.resize(one, (28, 28), interpolation=cv2.INTER_AREA).ravel() for one in images]
        found = [model.predict_proba([row])[0] for row in rows]
        return [Answer(str(one.argmax()), bool(one.max() >= SURE)) for one in found]

    size = len(pickle.dumps(model))
    return Tool(read, size, size + packages_size("scikit-learn"), False)


def tesseract() -> Tool:
    """Return Debian's Tesseract."""

    def read(paths: Sequence[Path], numbers: bool) -> list[Answer]:
        options = ["--psm", MODES[numbers], "-c", "tessedit_char_whitelist=0123456789", "tsv"]
        names = "\n".join(map(str, paths))
        return read_tsv(run(["tesseract", "stdin", "stdout", *options], names), len(paths))

    sizes = run(["dpkg-query", "-W", "-f=${Installed-Size}\n", "tesseract-ocr", "libtesseract5"])
    size = TESSDATA.stat().st_size
    return Tool(read, size, size + 1024 * sum(map(int, sizes.split())))


def read_tsv(table: str, n_pages: int) -> list[Answer]:
    """Join the words of each page in Tesseract's table; the least sure word counts."""
    words: list[list[tuple[str, float]]] = [[] for _ in range(n_pages)]
    for line in table.splitlines()[1:]:
        level, page, *_, confidence, text = line.split("\t")
        if level == "5":
            words[int(page) - 1].append((text, float(confidence) / 100))
    return [
        Answer(" ".join(text for text, _ in page), bool(page) and min(c for _, c in page) >= SURE)
        for page in words
    ]


def tesseract_js() -> Tool:
    """Return Tesseract in JavaScript, from npm."""
    modules = (TOOLS / "node_modules").resolve()
    node = [str(Path(sys.executable).with_name("node")), "-e", TESSERACT_JS]

    def read(paths: Sequence[Path], numbers: bool) -> list[Answer]:
        return ask([*node, MODES[numbers]], paths, NODE_PATH=str(modules))

    size = next(modules.glob("@tesseract.js-data/eng/4.0.0/*")).stat().st_size
    return Tool(read, size, folder_size(modules))


def small_cnn() -> Tool:
    """Return the convolutional network of digit-recognizer-py, from PyPI."""
    packages = next((TOOLS / "python/lib").glob("python3*/site-packages"))
    command = [str(TOOLS / "python/bin/python"), "-c", CNN]
    size = next(packages.glob("digit_recognizer/models/*.pth")).stat().st_size
    return Tool(lambda paths, _: ask(command, paths), size, folder_size(packages), False)


def run(command: Sequence[str], given: str = "", **variables: str) -> str:
    """Run a program in one thread, and return what it prints."""
    environment = os.environ | THREAD | variables
    done = subprocess.run(
        command, input=given, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def ask(command: Sequence[str], paths: Sequence[Path], **variables: str) -> list[Answer]:
    """Give a program the paths, as JSON; it answers with texts and confidences."""
    answers = json.loads(run(command, json.dumps(list(map(str, paths))), **variables))
    return [Answer(text, bool(text) and confidence >= SURE) for text, confidence in answers]


def folder_size(folder: Path) -> int:
    """Return the size of all files below a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def packages_size(name: str) -> int:
    """Return the size of an installed package and of those that it needs."""
    names, ahead = set[str](), {name}
    while ahead:
        names |= ahead
        found = (Requirement(one) for name in ahead for one in distribution(name).requires or ())
        ahead = {one.name for one in found if not one.marker or one.marker.evaluate()} - names
    return sum(file.size or 0 for name in names for file in distribution(name).files or ())
