"""Files to send to a server: harmless, odd and hostile."""

import base64
import io
import json
import struct
import tempfile
import zipfile
import zlib
from dataclasses import dataclass

import httpx
import numpy as np
from apps import ROOT
from PIL import Image

SVG = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
HTML = b"<html><script>alert(document.cookie)</script></html>"


def seven(mode="RGB", size=60):
    image = np.full((60, 50, 3), 255, dtype=np.uint8)
    image[8:14, 8:40] = 0
    image[8:52, 34:40] = 0
    scale = size // 60
    return Image.fromarray(np.kron(image, np.ones((scale, scale, 1), np.uint8))).convert(mode)


def encode(kind, mode="RGB", image=None, **options):
    """A seven as a file."""
    buffer = io.BytesIO()
    (image or seven(mode)).save(buffer, kind, **options)
    return buffer.getvalue()


def data_url(content):
    """A PNG file as the pad sends it."""
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def sixteen_bit(kind):
    """A file of 16-bit intensities."""
    return encode(kind, image=Image.fromarray(np.asarray(seven("L")).astype(np.uint16) * 257))


def animated(kind):
    frames = [Image.new("L", (50, 60), 255), Image.new("L", (50, 60), 0)]
    return encode(kind, image=seven("L"), save_all=True, append_images=frames)


def rotated(orientation):
    """A photo with an EXIF orientation."""
    undo = {3: 180, 6: 90, 8: 270}[orientation]
    exif = Image.Exif()
    exif[274] = orientation
    return encode("JPEG", image=seven().rotate(undo, expand=True), exif=exif)


def palette():
    image = seven("L").point(lambda shade: 0 if shade > 127 else 1).convert("P")
    image.putpalette([255, 0, 255, 0, 0, 0])
    return encode("PNG", image=image, transparency=0)


# Unusual, but images of a seven: each must be read.
READABLE = {
    "PNG": lambda: encode("PNG"),
    "progressive JPEG": lambda: encode("JPEG", progressive=True, quality=95),
    "WebP": lambda: encode("WEBP", lossless=True),
    "BMP": lambda: encode("BMP"),
    "1 bit": lambda: encode("PNG", "1"),
    "gray with alpha": lambda: encode("PNG", "LA"),
    "palette, transparent": palette,
    "CMYK JPEG": lambda: encode("JPEG", "CMYK", quality=95),
    "16-bit PNG": lambda: sixteen_bit("PNG"),
    "16-bit TIFF": lambda: sixteen_bit("TIFF"),
    "animated GIF": lambda: animated("GIF"),
    "animated WebP": lambda: animated("WEBP"),
    "animated PNG": lambda: animated("PNG"),
    "rotated by EXIF, 180": lambda: rotated(3),
    "rotated by EXIF, 90": lambda: rotated(6),
    "rotated by EXIF, 270": lambda: rotated(8),
    "thousands of pixels wide": lambda: encode("PNG", image=seven("L", 5400)),
    "JPEG named .png": lambda: encode("JPEG", quality=95),
}


def archive():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("seven.png", encode("PNG"))
    return buffer.getvalue()


def bomb(kind, mode, **options):
    return encode(kind, image=Image.new(mode, (10000, 8000)), **options)


# No image of a digit: each must be answered by an error, most of the same words.
UNREADABLE = {
    "empty": lambda: b"",
    "text": lambda: b"7" * 1000,
    "HTML": lambda: HTML,
    "SVG": lambda: SVG,
    "zip": archive,
    "an ELF header": lambda: b"\x7fELF" + bytes(500),
    "PNG header alone": lambda: encode("PNG")[:8],
    "PNG bomb, 80 megapixels": lambda: bomb("PNG", "1"),
    "GIF bomb, 80 megapixels": lambda: bomb("GIF", "L"),
    "TIFF bomb, 80 megapixels": lambda: bomb("TIFF", "1", compression="group4"),
    "blank": lambda: encode("PNG", image=Image.new("RGB", (50, 50), "white")),
    "one pixel": lambda: encode("PNG", image=Image.new("RGB", (1, 1), "black")),
    "floats": lambda: encode("TIFF", image=Image.new("F", (50, 50), 0.5)),
}
LARGEST = 10 * 10**6  # bytes, about as many as may be uploaded


def repeat(kind, part, position=0):
    """A file that is full of one part, which changes nothing in the image."""
    content = encode(kind, "L")
    if kind == "GIF":
        position = content.index(b"\x2c\0\0\0\0")  # after the colors
    part *= (LARGEST - len(content)) // len(part)
    return content[:position] + part + content[position:]


def chunk(name, content):
    """A chunk of a PNG file."""
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


def tiled(side=1500, n_tiles=2_400_000):
    """A TIFF file whose tiles of one pixel are all the same."""
    numbers = [(256, side), (257, side), (258, 8), (259, 1), (262, 1), (322, 1), (323, 1)]
    size = 8 + 2 + 12 * (len(numbers) + 1) + 4
    tags = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in numbers]
    tags.append(struct.pack("<HHII", 324, 4, n_tiles, size))
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + b"".join(tags) + bytes(4)
    return head + struct.pack("<I", 8) * n_tiles


PROFILE = chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(2**20 - 10), 9))
# Sevens in files of so many parts that a decoder takes seconds or minutes, where it can.
MANY_PARTS = {
    "GIF of comments": lambda: repeat("GIF", b"\x21\xfe\1a\0"),
    "PNG of profiles": lambda: repeat("PNG", PROFILE, 33),
    "PNG of profiles after its pixels": lambda: repeat("PNG", PROFILE, -12),
    "PNG of empty chunks": lambda: repeat("PNG", chunk(b"prVt", b""), 33),
    "JPEG of empty segments": lambda: repeat("JPEG", b"\xff\xe5\0\2", 2),
    "JPEG of fill bytes": lambda: repeat("JPEG", b"\xff", 2),
    "TIFF of tiles": tiled,
}
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "ICO", "TGA", "PCX")


def damage(rng):
    """A file of any format, cut off or with wrong bytes in it; it may still be read."""
    content = bytearray(encode(str(rng.choice(FORMATS))))
    if rng.random() < 0.5:
        del content[rng.integers(10, len(content)) :]
    for place in rng.integers(0, len(content), rng.integers(1, 20)):
        content[place] = rng.integers(0, 256)
    return bytes(content)


@dataclass
class Caller:
    """A program that asks the app and checks every answer."""

    http: httpx.Client

    def upload(self, content, name="seven.png"):
        return self.http.post("/gradio_api/upload", files={"files": (name, content)})

    def read(self, content, name="seven.png"):
        """Upload a file and read it: the label, or the error."""
        answer = self.upload(content, name)
        if answer.status_code != 200:
            return f"{answer.status_code} {check_text(answer.text)}"
        return self.ask(file(answer.json()[0]) | {"orig_name": name})

    def ask(self, *data, api="predict"):
        """Ask an endpoint: the label, or the error."""
        answer = self.http.post(f"/gradio_api/call/{api}", json={"data": data})
        if answer.status_code != 200:
            return f"{answer.status_code} {check_text(answer.text)}"
        url = f"/gradio_api/call/{api}/{answer.json()['event_id']}"
        # Heartbeats may come before it.
        last = self.http.get(url).text.rstrip().rsplit("\n\n", 1)[-1]
        event, _, content = last.partition("\ndata: ")
        content = json.loads(content)
        if event == "event: complete":
            return content[0]["label"] or "unsure"
        assert event == "event: error"
        check_clear(check_text(content["error"]))
        return content["error"]


def file(path):
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def check_clear(message):
    """Make sure that an error says what was found and what was expected, on one line."""
    assert message.startswith(("Got ", "Image ", "Stroke ", "Unsupported input.")), message
    assert "xpected" in message, message
    assert "\n" not in message, message


def check_text(text):
    """Make sure that an error shows no stack and no path of the server's."""
    for secret in ("Traceback", "site-packages", str(ROOT), tempfile.gettempdir(), "\\n  File"):
        assert secret not in text, text
    return text
