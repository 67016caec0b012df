"""What each preprocessing step is worth: python -m benchmarks.steps --strokes FILE [FILE ...]."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

import cv2
import matplotlib
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pipeline.strokes import Trajectory, read_unipen, render
from siffra import BlankImageError, DigitReader
from siffra.preprocessing import ImageArray
from siffra.preprocessing.grayscale import border_pixels, difference_from

from .__main__ import describe_machine
from .measuring import Table

sys.path[:0] = [
    str(Path(__file__).parent.parent / "tests" / name) for name in ("browser", "preprocessing")
]
from cases import KINDS

PAGE: Final = Path("docs/preprocessing.md")
IMAGES: Final = 100  # of each kind
PLAIN: Final = "plain drawings"
GROUPS: Final = {
    PLAIN: (PLAIN,),
    "marks at the border": (
        "edge_of_a_photo",
        "edge_of_a_scan",
        "table_at_the_border",
        "finger_at_the_border",
    ),
    "lines and frames": (
        "frame",
        "frame_in_a_photo",
        "rests_of_a_frame",
        "underline",
        "ruled_paper",
        "squared_paper",
        "squared_screen",
    ),
    "thin strokes": ("hairline_280", "hairline_800", "hairline_2000", "faint_hairline"),
    "faint strokes": ("faint", "pencil"),
    "shadow edges": ("shadow_edge",),
    "colors": ("color_pair", "color_pair_in_a_photo", "transparent_rim", "border_of_another_color"),
    "specks": ("specks",),
    "16 x 16 scans": ("scan_16",),
}
ROOM: Final = "siffra.preprocessing"


def _touches(mask: ImageArray, labels: NDArray[np.int32], area: NDArray[np.float64]) -> Any:
    """Return which components touch the border."""
    return np.isin(np.arange(len(area)), border_pixels(labels)) & (area > 0)


# What takes the place of a step.
WITHOUT: Final[dict[str, dict[str, Any]]] = {
    "all steps": {},
    "lines and frames stay": {"clutter.remove_lines": lambda mask: mask},
    "marks at the border stay": {
        "clutter._is_border_clutter": lambda mask, labels, area: np.zeros(len(area), bool)
    },
    "all that touches the border goes": {"clutter._is_border_clutter": _touches},
    "specks stay": {"clutter._SPECK_AREA": 0},
    "thin strokes are shrunk like others": {
        "foreground.is_thin": lambda *arguments: False,
        "normalization.is_thin": lambda *arguments: False,
    },
    "gray is the luminance": {
        "grayscale.combine_channels": lambda image: cv2.cvtColor(image, cv2.COLOR_RGBA2GRAY)
    },
    "illumination is not corrected": {
        "foreground.correct_illumination": lambda gray: difference_from(gray, np.median(gray))
    },
    "a border of another color stays": {"grayscale.is_plain_border": lambda margin, inner: False},
}

# Digits of other scripts that DejaVu Sans has; those that look like ours are left out.
SCRIPTS: Final = {
    "Arabic": "٢٣٤٦٧٨",
    "Persian": "۴۵۶",
    "Lao": "໒໓໔໕໖໗໘໙",
    "N'Ko": "߂߃߄߅߆߇߈",
}


def draw_cases(characters: Sequence[Trajectory]) -> Iterator[tuple[str, int, ImageArray]]:
    """Yield kind, digit and image: the same ones each time."""
    for index, kind in enumerate((PLAIN, *KINDS)):
        rng = np.random.default_rng(index)
        for one in rng.permutation(len(characters))[:IMAGES]:
            character = characters[one]
            if kind == PLAIN:
                image = 255 - render(character.strokes, rng)
            else:
                image, _ = KINDS[kind](character.strokes, rng)
            yield kind, int(character.label), image


def measure_without(
    reader: DigitReader, step: str, cases: Sequence[tuple[str, int, ImageArray]]
) -> dict[str, float]:
    """Return the share of images that are read right, by kind, without one step."""
    right: dict[str, list[bool]] = {}
    with ExitStack() as stack:
        for name, replacement in WITHOUT[step].items():
            stack.enter_context(patch(f"{ROOM}.{name}", replacement))
        for kind, digit, image in cases:
            try:
                guess = reader.read(image).guess
            except BlankImageError:
                guess = None
            right.setdefault(kind, []).append(guess == digit)
    return {kind: float(np.mean(values)) for kind, values in right.items()}


def tabulate_steps(reader: DigitReader, cases: Sequence[tuple[str, int, ImageArray]]) -> Table:
    """Read all images without one step at a time."""
    rows = []
    for step in WITHOUT:
        shares = measure_without(reader, step, cases)
        means = (np.mean([shares[kind] for kind in kinds]) for kinds in GROUPS.values())
        rows.append((step, *(f"{100 * mean:.1f} %" for mean in means)))
        print(rows[-1], flush=True)
    return Table(
        "One step at a time",
        f"{IMAGES} images of each of {len(KINDS) + 1} kinds (tests/preprocessing/cases.py), from "
        "digits of real writers. The released model has learned from these writers' digits, though "
        "not in such images: the differences between the rows count.",
        ("", *GROUPS),
        rows,
    )


def tabulate_scripts(reader: DigitReader) -> Table:
    """Read printed digits of other scripts, turned and drawn with different pens."""
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    font = ImageFont.truetype(path, 240)
    rng = np.random.default_rng(0)
    rows = []
    for script, digits in SCRIPTS.items():
        unsure = []
        for index in range(IMAGES):
            image = Image.new("L", (400, 400), 255)
            pen = ImageDraw.Draw(image)
            character = digits[index % len(digits)]
            width = int(rng.integers(0, 8))
            pen.text((200, 200), character, 0, font, anchor="mm", stroke_width=width)
            image = image.rotate(rng.normal(0, 8), fillcolor=255)
            unsure.append(reader.read(image).unsure)
        rows.append((script, str(IMAGES), f"{100 * np.mean(unsure):.0f} %"))
    return Table(
        "Digits of other scripts",
        "Printed in DejaVu Sans, with pens of different widths, turned by 8 degrees (standard "
        "deviation); none was used in training. Those that look like a digit from 0 to 9 are left "
        "out. The model should be unsure.",
        ("script", "images", "unsure"),
        rows,
    )


def main() -> None:
    """Measure both and write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.steps", description=__doc__)
    parser.add_argument("--strokes", type=Path, nargs="+", required=True, metavar="FILE")
    parser.add_argument("--model", default="model", help="folder or USER/REPO; default: model")
    arguments = parser.parse_args()
    characters = [one for path in arguments.strokes for one in read_unipen(path)]
    reader = DigitReader.from_pretrained(arguments.model)
    tables = [tabulate_steps(reader, list(draw_cases(characters))), tabulate_scripts(reader)]
    names = " ".join(path.name for path in arguments.strokes)
    command = f"`python -m benchmarks.steps --strokes {names}`"
    text = f"# What the preprocessing is worth\n\n{command}. {describe_machine()}\n"
    PAGE.write_text("\n".join([text, *map(str, tables)]), encoding="utf-8")


if __name__ == "__main__":
    main()
