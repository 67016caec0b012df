import contextlib
import io
import threading
import time

import numpy as np
import pytest
from PIL import Image
from uploads import MANY_PARTS, READABLE, SVG, UNREADABLE, encode, seven

from siffra import InvalidImageError, image_files
from siffra.image_files import open_image
from siffra.preprocessing import as_array


@pytest.mark.parametrize("kind", READABLE)
def test_a_file_opens_as_pillow_opens_it(kind):
    content = READABLE[kind]()
    with Image.open(io.BytesIO(content)) as image:
        expected = as_array(image)
    found = open_image(content).pixels
    if expected.shape == found.shape:
        np.testing.assert_array_equal(found, expected)
    else:  # opened at reduced size
        small = np.asarray(
            Image.fromarray(expected).resize(found.shape[1::-1], Image.Resampling.BOX)
        )
        assert np.abs(small.astype(float) - found).mean() < 2


def test_a_path_opens_as_the_content_does(tmp_path):
    (tmp_path / "7.png").write_bytes(encode("PNG"))
    found = open_image(str(tmp_path / "7.png"))
    np.testing.assert_array_equal(found.pixels, open_image(encode("PNG")).pixels)
    assert found.size == (50, 60)


BAD = [name for name in UNREADABLE if name not in ("blank", "one pixel", "floats")]


@pytest.mark.parametrize("kind", BAD)
def test_unreadable_content_is_a_clear_error(kind):
    with pytest.raises(InvalidImageError, match=r"Got .*Expected"):
        open_image(UNREADABLE[kind]())


@pytest.mark.parametrize("kind", MANY_PARTS)
def test_a_file_of_millions_of_parts_takes_less_than_a_second(kind):
    content = MANY_PARTS[kind]()
    assert len(content) < 10 * 2**20
    start = time.process_time()
    with contextlib.suppress(InvalidImageError):
        open_image(content)
    assert time.process_time() - start < 1


@pytest.mark.parametrize("kind", ["TGA", "EPS"])
def test_other_formats_are_refused(kind):
    with pytest.raises(InvalidImageError, match="PNG, JPEG"):
        open_image(encode(kind))


def test_links_and_svg_are_no_files(tmp_path):
    for source in ("http://127.0.0.1:9/7.png", str(tmp_path), str(tmp_path / "none.png")):
        with pytest.raises(InvalidImageError, match="no such file"):
            open_image(source)
    with pytest.raises(InvalidImageError):
        open_image(SVG)


# Large images. The limits are lowered: what is tested is the same, in less time.


@pytest.fixture
def small_limits(monkeypatch):
    monkeypatch.setattr(image_files, "LARGE_PIXELS", 10_000)
    monkeypatch.setattr(image_files, "REDUCED_SIDE", 100)


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "LA", "I;16", "CMYK"])
@pytest.mark.parametrize("size", [(1003, 701), (5000, 30)])
@pytest.mark.usefixtures("small_limits")
def test_a_large_image_is_averaged_in_every_mode(mode, size):
    y, x = np.mgrid[: size[1], : size[0]]
    gray = Image.fromarray((127 + 120 * np.sin(x / 50) * np.cos(y / 60)).astype(np.uint8))
    if mode == "I;16":
        image = Image.fromarray(np.asarray(gray).astype(np.uint16) * 257)
    else:
        image = gray.convert(mode)
    opened = open_image(encode("TIFF", image=image))
    found = Image.fromarray(opened.pixels)
    factor = -(-max(size) // 100)
    assert opened.scale == factor
    assert found.size == (size[0] // factor, max(size[1] // factor, 1))
    whole = (0, 0, found.width * factor, min(found.height * factor, size[1]))
    expected = np.asarray(gray.resize(found.size, Image.Resampling.BOX, whole))
    difference = np.asarray(found.convert("RGB").convert("L")).astype(float) - expected
    assert np.abs(difference).mean() < 3


@pytest.mark.usefixtures("small_limits")
def test_transparent_pixels_do_not_color_their_neighbors():
    rgba = np.zeros((800, 800, 4), np.uint8)
    rgba[:, ::2] = 255  # every other column is opaque white, the others transparent black
    found = open_image(encode("PNG", image=Image.fromarray(rgba))).pixels
    assert (found[:, :, :3] == 255).all()


@pytest.mark.usefixtures("small_limits")
def test_a_photo_keeps_its_orientation():
    exif = Image.Exif()
    exif[274] = 6
    image = seven(size=600).rotate(90, expand=True)
    for kind in ("JPEG", "PNG"):
        opened = open_image(encode(kind, image=image, exif=exif))
        upright = opened.pixels
        assert opened.size == pytest.approx(seven(size=600).size, rel=0.02)
        assert upright.shape[0] > upright.shape[1]
        expected = seven(size=600).resize(upright.shape[1::-1], Image.Resampling.BOX)
        assert np.abs(upright - np.asarray(expected).astype(float)).mean() < 5


@pytest.mark.parametrize(("kind", "limit"), [("WEBP", 16), ("TIFF", 32)])
def test_formats_that_take_much_memory_have_lower_limits(monkeypatch, kind, limit):
    assert image_files.FORMAT_LIMITS[kind] == limit * 10**6
    monkeypatch.setitem(image_files.FORMAT_LIMITS, kind, 2000)
    with pytest.raises(InvalidImageError, match="too many pixels"):
        open_image(encode(kind))


def test_a_progressive_jpeg_of_many_scans_is_refused(monkeypatch):
    content = encode("JPEG", progressive=True)
    open_image(content)
    monkeypatch.setattr(image_files, "MAX_SCANNED_PIXELS", 50 * 60 * 5)
    with pytest.raises(InvalidImageError, match="scans"):
        open_image(content)
    open_image(encode("JPEG"))


def test_a_run_length_encoded_bmp_is_refused():
    header = bytearray(encode("BMP", "L"))
    header[30] = 1  # compression: RLE8
    with pytest.raises(InvalidImageError, match="run-length"):
        open_image(bytes(header))


@pytest.mark.usefixtures("small_limits")
def test_large_images_are_opened_one_at_a_time(monkeypatch):
    open_now, most = [], []

    def reduce(image, file):
        open_now.append(image)
        most.append(len(open_now))
        time.sleep(0.02)
        open_now.remove(image)
        return image

    monkeypatch.setattr(image_files, "_decode_reduced", reduce)
    content = encode("PNG", image=Image.new("L", (200, 200)))
    threads = [threading.Thread(target=open_image, args=[content]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 8


@pytest.mark.usefixtures("small_limits")
def test_too_many_large_images_at_once_are_refused(monkeypatch):
    monkeypatch.setattr(image_files, "_waiting", threading.BoundedSemaphore(1))
    content = encode("PNG", image=Image.new("L", (200, 200)))
    with image_files._waiting, pytest.raises(InvalidImageError, match="at once"):
        open_image(content)
    assert open_image(encode("PNG")).size == (50, 60)  # a small one does not wait
    open_image(content)
