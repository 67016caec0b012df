"""The browser decodes photos as Pillow does: rotated, with a profile, 16 bits, transparent."""

import io

import numpy as np
import pytest
from apps import ROOT
from PIL import Image, ImageCms

from siffra.image_files import open_image

# Decodes a file as the page does, and reads it.
OPEN = """async (url) => {
    const {open} = await import("/photos.js");
    const {DigitReader} = await import("/siffra.js");
    window.reader ??= await DigitReader.load("model.bin");
    const {pixels} = await open(await (await fetch(url)).blob());
    const {label, unsure, probabilities} = window.reader.read(pixels);
    const {width, height} = pixels;
    return {width, height, label, unsure, probabilities: [...probabilities]};
}"""


@pytest.fixture(scope="module")
def page(chromium, site, url):
    (site / "empty.html").write_text("<!doctype html><title>Test</title>")
    page = chromium.new_page()
    page.goto(f"{url}empty.html")
    yield page
    page.close()


@pytest.fixture(scope="module")
def seven():
    with Image.open(ROOT / "docs" / "images" / "seven.png") as image:
        return image.convert("RGB")


def encode(image, format_, **options):
    buffer = io.BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def turn(image, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encode(image, "JPEG", quality=95, exif=exif)


def deepen(image):
    """Return a gray PNG of 16 bits."""
    return encode(Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257), "PNG")


def add_profile(image, format_):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return encode(image, format_, icc_profile=profile)


def clear(image):
    """Return black ink on nothing."""
    ink = Image.new("RGBA", image.size, "black")
    ink.putalpha(image.convert("L").point(lambda gray: 255 - gray))
    return encode(ink, "PNG")


FILES = {
    **{f"JPEG turned, {k}": lambda image, k=k: turn(image, k) for k in (1, 3, 5, 6, 8)},
    "16 bits": deepen,
    "PNG with a profile": lambda image: add_profile(image, "PNG"),
    "JPEG with a profile": lambda image: add_profile(image, "JPEG"),
    "CMYK": lambda image: encode(image.convert("CMYK"), "JPEG", quality=95),
    "gray JPEG": lambda image: encode(image.convert("L"), "JPEG", quality=95),
    "progressive": lambda image: encode(image, "JPEG", progressive=True),
    "clear": clear,
    "palette": lambda image: encode(image.quantize(16), "PNG"),
    "1 bit": lambda image: encode(image.convert("1"), "PNG"),
    "WebP": lambda image: encode(image, "WEBP"),
    "GIF": lambda image: encode(image, "GIF"),
    "BMP": lambda image: encode(image, "BMP"),
}


@pytest.mark.parametrize("name", FILES)
def test_a_photo_is_decoded_and_read_as_in_python(page, site, reader, seven, name):
    wide = Image.new("RGB", (seven.width + 40, seven.height), "white")  # sides tell turns apart
    wide.paste(seven, (40, 0))
    content = FILES[name](wide)
    (site / "photo").write_bytes(content)
    found = page.evaluate(OPEN, "photo")
    image = open_image(content)
    expected = reader.read(image)
    assert (found["width"], found["height"]) == image.size
    assert (found["label"], found["unsure"]) == (expected.label, expected.unsure)
    np.testing.assert_allclose(found["probabilities"], expected.probabilities, atol=0.02)
