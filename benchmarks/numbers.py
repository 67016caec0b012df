"""A number of six digits, on a drawing and on a photo: in Python and in Chromium."""

import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import sync_playwright
from threadpoolctl import threadpool_limits

from siffra import DigitReader
from siffra.export import export_page
from siffra.preprocessing import ImageArray

from .measuring import Table

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "browser")]
import browser
from apps import serve_folder
from sketching import DIGITS, FLAGS

TEXT = "204736"
SIDE, PEN = 400, 9  # of the pad, in pixels
PHOTO_SIZE = (1600, 1200)
ROUNDS = 15
READ = """async ([url, strokes, rounds]) => {
    const {DigitReader} = await import("/siffra.js");
    const reader = await DigitReader.load("/model.bin");
    const bitmap = await createImageBitmap(await (await fetch(url)).blob());
    const pen = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    pen.drawImage(bitmap, 0, 0);
    const pixels = pen.getImageData(0, 0, bitmap.width, bitmap.height);
    const times = [];
    let number;
    for (let k = 0; k < rounds; k++) {
        const start = performance.now();
        number = reader.readNumber(pixels, strokes);
        times.push(performance.now() - start);
    }
    return [number.guess, times];
}"""


def place(gap: float) -> list[NDArray[np.float64]]:
    """Return the strokes of the number in the middle of the pad; `gap` is a share of a digit."""
    width = 0.85 * SIDE / (len(TEXT) + gap * (len(TEXT) - 1))
    return [
        np.array(stroke) * [width, 2 * width]
        + [0.075 * SIDE + width * (1 + gap) * k, SIDE / 2 - width]
        for k, digit in enumerate(TEXT)
        for stroke in DIGITS[digit]
    ]


def draw(strokes: list[NDArray[np.float64]]) -> ImageArray:
    """Draw the strokes on a pad."""
    image = np.full((SIDE, SIDE), 255, np.uint8)
    for stroke in strokes:
        points = np.rint(16 * stroke).astype(np.int32)
        cv2.polylines(image, [points], False, 0, PEN, cv2.LINE_AA, 4)
    return image


def photograph(drawing: ImageArray) -> ImageArray:
    """Return a photo of a drawing on paper, lit from one side."""
    columns, rows = PHOTO_SIZE
    ink = cv2.resize(drawing, (columns, columns), interpolation=cv2.INTER_CUBIC)
    ink = ink[(columns - rows) // 2 :][:rows] / 255
    light = np.linspace(120, 220, columns)
    noise = np.random.default_rng(0).normal(0, 3, ink.shape)
    return np.clip(light * (0.3 + 0.7 * ink) + noise, 0, 255).astype(np.uint8)


def time_in_python(read: Callable[[], Any]) -> tuple[str, float]:
    """Return what is read, and the median of the processor's milliseconds."""
    times = []
    for _ in range(ROUNDS):
        start = time.process_time()
        guess = read().guess
        times.append(time.process_time() - start)
    return guess, 1000 * float(np.median(times))


def tables() -> list[Table]:
    """Measure in one thread, as the app reads."""
    reader = DigitReader.from_pretrained(ROOT / "model")
    apart, crossing = place(0.25), place(-0.1)
    cases: dict[str, tuple[ImageArray, list[NDArray[np.float64]] | None]] = {
        "six digits apart": (draw(apart), None),
        "the same with its strokes": (draw(apart), apart),
        "six digits that cross, with their strokes": (draw(crossing), crossing),
        "a photo of six digits, 1600 x 1200": (photograph(draw(apart)), None),
    }
    rows = []
    with (
        tempfile.TemporaryDirectory() as name,
        serve_folder(Path(name)) as url,
        sync_playwright() as playwright,
        threadpool_limits(1),
    ):
        export_page(Path(name), reader)
        chromium = playwright.chromium.launch(executable_path=browser.find(), args=FLAGS)
        page = chromium.new_page()
        page.goto(url)
        for title, (image, strokes) in cases.items():
            found, milliseconds = time_in_python(partial(reader.read_number, image, strokes))
            cv2.imwrite(f"{name}/{len(rows)}.png", image)
            lists = None if strokes is None else [stroke.tolist() for stroke in strokes]
            again, times = page.evaluate(READ, [f"/{len(rows)}.png", lists, ROUNDS])
            right = f"{found}, {again}"
            rows.append([title, f"{milliseconds:.0f} ms", f"{np.median(times):.0f} ms", right])
        chromium.close()
    return [
        Table(
            "A number of six digits",
            f"From the pixels to the answer, the median of {ROUNDS} readings: the processor's time "
            "in Python, the time in Chromium. Target: 25 ms in Python and 60 ms in Chromium for "
            "digits apart, 300 ms in Chromium for a photo.",
            ("", "Python", "Chromium", "read correctly"),
            rows,
        )
    ]
