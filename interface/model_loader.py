"""Load the model in a background thread, and read images with it in a few others."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import BoundedSemaphore, Thread
from typing import Any, TypeVar

from siffra import DigitReader, Examples, NumberPrediction, Prediction
from siffra.exceptions import ModelLoadingError
from siffra.image_files import OpenedImage
from siffra.reader import single_digit

T = TypeVar("T")

LOADING_TIMEOUT = 60.0  # seconds that a request waits for the model
READING_TIMEOUT = 30.0  # seconds that a request waits for its answer; a reading takes milliseconds
# The page shows one digit where a number takes longer (seconds), or as many are being read.
PATIENCE = 1.0
MAX_NUMBERS = 4
# A number may take a second, a digit takes milliseconds and waits for no number. More threads would
# only compete, and malloc keeps memory for each.
DIGIT_THREADS = 2
NUMBER_THREADS = 1


class ModelLoader:
    """A model that `load` returns in a thread of its own, and its display name."""

    def __init__(self, load: Callable[[], DigitReader], name: str) -> None:
        self._load = load
        self._name = name
        self._future: Future[DigitReader] = Future()
        self._digits = ThreadPoolExecutor(DIGIT_THREADS, "digits")
        self._numbers = ThreadPoolExecutor(NUMBER_THREADS, "numbers")
        self._room = BoundedSemaphore(MAX_NUMBERS)
        # A daemon thread: a download that hangs must not keep the process from ending.
        Thread(target=self._run, name="model-loader", daemon=True).start()

    def get(self, timeout: float | None = LOADING_TIMEOUT) -> DigitReader:
        """Return the reader as soon as it is loaded, or raise the error of loading it."""
        try:
            return self._future.result(timeout)
        except TimeoutError as error:
            if self._future.done():
                raise  # the load itself ended with this error
            raise ModelLoadingError(
                f"The model has been loading for more than {timeout:g} seconds. Try again in a "
                "minute."
            ) from error

    def read(self, image: OpenedImage, examples: Examples | None = None) -> Prediction:
        """Read one image as soon as the model is loaded, or raise ModelLoadingError.

        The examples of a visitor are for this image only.
        """
        return _wait(self._digits.submit(self._adapt(examples).read, image))

    def read_number(self, image: OpenedImage, strokes: Any = None) -> NumberPrediction:
        """Read one image of a number in the same way, after the numbers that came before it."""
        single = self.read(image)
        reader = self.get()
        return _wait(self._numbers.submit(reader.read_number, image, strokes, single=single))

    def read_soon(
        self, image: OpenedImage, examples: Examples | None = None, strokes: Any = None
    ) -> NumberPrediction:
        """Read a number, but one digit where too many numbers came before it."""
        reader = self._adapt(examples)
        single = _wait(self._digits.submit(reader.read, image))
        if self._room.acquire(blocking=False):
            reading = self._numbers.submit(reader.read_number, image, strokes, single=single)
            reading.add_done_callback(lambda _: self._room.release())
            try:
                return reading.result(PATIENCE)
            except TimeoutError:
                reading.cancel()
        return single_digit(single, (0.0, 0.0, *image.size))

    def _adapt(self, examples: Examples | None) -> DigitReader:
        """Return the reader, or one that has learned from examples."""
        reader = self.get()
        return _wait(self._digits.submit(reader.adapt, examples)) if examples else reader

    @property
    def is_ready(self) -> bool:
        """Whether the model has been loaded."""
        return self._future.done() and self._future.exception() is None

    @property
    def name(self) -> str:
        """The folder's name, or the repository and the commit, without a path of the server."""
        location = self._future.result().location if self.is_ready else None
        if location is None or not location.repo_id:
            return self._name
        return f"{location.repo_id} @ {(location.commit or '')[:7]}"

    def _run(self) -> None:
        """Load the model and keep the result or the error."""
        try:
            self._future.set_result(self._load())
        except BaseException as error:  # callers that wait must get it
            self._future.set_exception(error)


def _wait(reading: Future[T]) -> T:
    """Return the reading, or raise ModelLoadingError if that takes too long."""
    try:
        return reading.result(READING_TIMEOUT)
    except TimeoutError as error:
        reading.cancel()
        raise ModelLoadingError(
            f"The model has not answered for {READING_TIMEOUT:g} seconds. Try again in a minute."
        ) from error
