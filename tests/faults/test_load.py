"""The running app under load: what one visitor does must not harm the others."""

import base64
import io
import json
import random
import socket
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from apps import run_app
from hostile import KINDS
from PIL import Image, ImageDraw
from uploads import Caller, encode, file

MEGABYTE = 2**20
DIGITS = sorted((Path(__file__).parents[2] / "docs" / "examples").iterdir())


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    """An app of its own, and its process."""
    folder = tmp_path_factory.mktemp("uploads")
    with run_app("app.py", GRADIO_TEMP_DIR=str(folder)) as (url, process):
        with calling(url) as caller:
            caller.read(encode("PNG"))
        yield url, psutil.Process(process.pid), folder


@contextmanager
def calling(url):
    # Reading the certificates would take longer than the request.
    with httpx.Client(base_url=url, timeout=120, verify=False) as http:
        yield Caller(http)


def read(url, content):
    with calling(url) as caller:
        return caller.read(content)


def large(kind, mode, side=8000, **options):
    """A seven of many pixels."""
    small = Image.new("L", (200, 200), 255)
    ImageDraw.Draw(small).line([(60, 50), (140, 50), (95, 160)], fill=0, width=14)
    image = small.resize((side, side), Image.Resampling.NEAREST).convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


class Watch(threading.Thread):
    """Watch the memory of a process and the answers of /health while something happens."""

    def __init__(self, url, process):
        super().__init__()
        self.url, self.process = url, process
        self.start_memory = self.peak = process.memory_info().rss
        self.slowest = 0.0
        self._stop_event = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._stop_event.set()
        self.join()

    def run(self):
        with httpx.Client(base_url=self.url, timeout=30, verify=False) as http:
            while not self._stop_event.wait(0.02):
                self.peak = max(self.peak, self.process.memory_info().rss)
                start = time.perf_counter()
                assert http.get("/health").status_code == 200
                self.slowest = max(self.slowest, time.perf_counter() - start)


SKETCHES = {
    "sixteen layers": lambda f: {"background": f, "layers": [f] * 16, "composite": f},
    "two layers": lambda f: {"background": None, "layers": [f, f], "composite": None},
    "everything": lambda f: {"background": f, "layers": [f], "composite": f},
}


@pytest.mark.parametrize("kind", SKETCHES)
def test_a_sketch_of_large_images_takes_little_memory_and_time(app, kind):
    url, process, _ = app
    content = large("PNG", "RGBA", compress_level=1)
    with calling(url) as caller, Watch(url, process) as watch:
        uploaded = file(caller.upload(content).json()[0])
        start = time.perf_counter()
        said = caller.ask(SKETCHES[kind](uploaded), api="predict_sketch")
        seconds = time.perf_counter() - start
    assert said == "7" or said.startswith("Got ")
    assert watch.peak - watch.start_memory < 300 * MEGABYTE
    assert seconds < 3


def test_many_large_photos_at_once_fit_into_a_gigabyte(app):
    url, process, _ = app
    photo = large("JPEG", "RGB", quality=80)
    with Watch(url, process) as watch, ThreadPoolExecutor(25) as pool:
        answers = [pool.submit(read, url, photo) for _ in range(24)]
        time.sleep(0.5)
        start = time.perf_counter()
        small = read(url, encode("PNG"))
        seconds = time.perf_counter() - start
        assert {answer.result() for answer in answers} == {"7"}
    assert small == "7"
    assert seconds < 5
    assert watch.peak < 2**30


@pytest.mark.parametrize("path", ["upload", "call/predict", "queue/join"])
def test_four_large_bodies_at_once_leave_others_an_answer(app, path):
    url, process, _ = app
    body = b'{"data": [' + b"[1]," * (10 * MEGABYTE // 4 - 10) + b"1]}"
    headers = {"Content-Type": "application/json"}

    def send(_):
        with httpx.Client(base_url=url, timeout=60, verify=False) as http:
            return http.post(f"/gradio_api/{path}", content=body, headers=headers).status_code

    with ThreadPoolExecutor(4) as pool, Watch(url, process):
        statuses = pool.map(send, range(4))
        start = time.perf_counter()
        assert read(url, encode("PNG")) == "7"
        assert time.perf_counter() - start < 2
        assert set(statuses) <= {400, 413}


def test_uploads_that_break_off_leave_nothing_on_the_disk(app):
    url, _, folder = app
    host, port = url.removeprefix("http://").split(":")
    before = sorted(folder.rglob("*"))
    head = (
        f"POST /gradio_api/upload HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: 9000000\r\n"
        "Content-Type: multipart/form-data; boundary=X\r\n\r\n--X\r\n"
        'Content-Disposition: form-data; name="files"; filename="7.png"\r\n\r\n'
    ).encode()
    for _ in range(20):
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(head + bytes(100_000))
    assert read(url, encode("PNG")) == "7"
    with calling(url) as caller:
        kept = Path(caller.upload(encode("PNG")).json()[0])
    assert {path for path in folder.rglob("*") if path not in before} <= {kept, kept.parent}


def test_many_visitors_each_get_their_own_answer(app):
    url, process, _ = app
    contents = {path.name[0]: path.read_bytes() for path in DIGITS}
    order = random.Random(0).choices(sorted(contents), k=300)
    with Watch(url, process) as watch, ThreadPoolExecutor(30) as pool:
        answers = list(pool.map(lambda digit: read(url, contents[digit]), order))
    assert answers == order
    assert watch.slowest < 1  # the clients compete with the server for the same two cores


WORST = [
    *[("frames in frames", (1600, 1600), 16), ("hatching", (1600, 1600), 5)],
    *[("dense touching digits", (1600, 1600), 16), ("combs", (800, 800), 30)],
    *[("mazes", (1600, 1600), 3), ("blobs", (400, 400), 5)],
]


def draw(url, content):
    """Send a drawing as the page does; return what the page gets."""
    drawing = "data:image/png;base64," + base64.b64encode(content).decode()
    with httpx.Client(base_url=url, timeout=60, verify=False) as http:
        functions = http.get("/config").json()["dependencies"]
        (index,) = [one["id"] for one in functions if "drawingTicket" in str(one["js"])]
        ids = {"fn_index": index, "session_hash": str(uuid.uuid4())}
        http.post("/gradio_api/queue/join", json={"data": [drawing, 1]} | ids).raise_for_status()
        with http.stream("GET", "/gradio_api/queue/data", params=ids) as events:
            for line in events.iter_lines():
                event = json.loads(line.removeprefix("data: ") or "{}")
                if event.get("msg") == "process_completed":
                    return event["output"]["data"][0]
    raise AssertionError("no answer")


@pytest.mark.parametrize("way", ["/predict_number", "the page"])
def test_a_digit_does_not_wait_for_forty_of_the_worst_images(app, way):
    url, process, _ = app
    images = [Image.fromarray(KINDS[kind](*size, pitch)) for kind, size, pitch in WORST]
    if way == "the page":  # whose drawings have a megapixel at most
        images = [image.crop((0, 0, 1000, 1000)) for image in images]
    contents = [encode("PNG", image=image) for image in images]

    def attack(number):
        content = contents[number % len(contents)]
        if way == "the page":
            return draw(url, content)  # blank, where all of it is clutter
        with calling(url) as caller:
            uploaded = caller.upload(content).json()[0]
            return caller.ask(file(uploaded), api="predict_number")

    def measure():
        """Return the longest that a visitor, and /health, waited."""
        with ThreadPoolExecutor(40) as pool, Watch(url, process) as watch:
            attacks = [pool.submit(attack, number) for number in range(40)]
            time.sleep(0.5)  # until they are sent
            seconds = []
            while not all(one.done() for one in attacks):
                for visit in (
                    lambda: read(url, encode("PNG")),
                    lambda: str(draw(url, encode("PNG"))["reading"]["single"]["label"]),
                ):
                    start = time.perf_counter()
                    assert visit() == "7"
                    seconds.append(time.perf_counter() - start)
        assert all(one.result() for one in attacks)
        return max(seconds), watch.slowest

    # The clients, and perhaps other programs, compete with the server for the same cores.
    for _ in range(3):
        longest, health = measure()
        if longest < 2 and health < 1:
            break
    assert longest < 2
    assert health < 1
