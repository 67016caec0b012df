"""Forty of the worst images at once, while other visitors and /health ask."""

import json
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
from hostile import worst_images
from PIL import Image
from uploads import Caller, data_url, encode, file

N_ATTACKS = 40
# How the images are sent: by programs, or as drawings on the page.
WAYS = ("/predict_number", "the page")
MAX_DRAWING = 1000  # pixels a side


def connect(url):
    # Reading the certificates would take longer than the request.
    return httpx.Client(base_url=url, timeout=120, verify=False)


def read(url, content):
    """Upload a file and ask /predict."""
    with connect(url) as http:
        return Caller(http).read(content)


def read_number(url, content):
    """Upload a file and ask /predict_number."""
    with connect(url) as http:
        caller = Caller(http)
        return caller.ask(file(caller.upload(content).json()[0]), api="predict_number")


def draw(url, content):
    """Send a drawing as the page does; return what the page gets."""
    with connect(url) as http:
        functions = http.get("/config").json()["dependencies"]
        index = next(one["id"] for one in functions if "siffra.ask" in str(one["js"]))
        ids = {"fn_index": index, "session_hash": str(uuid.uuid4())}
        # Neither a photo nor examples, and a ticket.
        data = {"data": [data_url(content), None, 1, None]}
        http.post("/gradio_api/queue/join", json=data | ids).raise_for_status()
        with http.stream("GET", "/gradio_api/queue/data", params=ids) as events:
            for line in events.iter_lines():
                event = json.loads(line.removeprefix("data: ") or "{}")
                if event.get("msg") == "process_completed":
                    return event["output"]["data"][0]
    raise AssertionError("no answer")


class Poll(threading.Thread):
    """Ask for /health again and again while something happens; keep the slowest answer."""

    def __init__(self, url):
        super().__init__()
        self.url = url
        self.slowest = 0.0
        self._stop_event = threading.Event()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._stop_event.set()
        self.join()

    def look(self):
        """Measure something else as well."""

    def run(self):
        with connect(self.url) as http:
            while not self._stop_event.wait(0.02):
                self.look()
                start = time.perf_counter()
                assert http.get("/health").status_code == 200
                self.slowest = max(self.slowest, time.perf_counter() - start)


def measure_waits(url, way):
    """Attack; return the longest that a program's digit, a drawn one, and /health took."""
    images = [Image.fromarray(image) for image in worst_images()]
    if way == "the page":
        images = [image.crop((0, 0, MAX_DRAWING, MAX_DRAWING)) for image in images]
    contents = [encode("PNG", image=image) for image in images]
    attack = draw if way == "the page" else read_number
    visits = {
        "/predict": lambda: read(url, encode("PNG")),
        "the page": lambda: str(draw(url, encode("PNG"))["reading"]["single"]["label"]),
    }
    longest = dict.fromkeys(visits, 0.0)
    with ThreadPoolExecutor(N_ATTACKS) as pool, Poll(url) as health:
        attacks = [
            pool.submit(attack, url, contents[number % len(contents)])
            for number in range(N_ATTACKS)
        ]
        time.sleep(0.5)  # until they are sent
        while not all(one.done() for one in attacks):
            for name, visit in visits.items():
                start = time.perf_counter()
                assert visit() == "7"
                longest[name] = max(longest[name], time.perf_counter() - start)
    assert all(one.result() for one in attacks)
    return longest | {"/health": health.slowest}
