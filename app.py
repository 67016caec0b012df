"""The app: draw a digit, read its probabilities. `python app.py`, or a Gradio Space."""

import argparse
import os
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

try:
    import gradio as gr
except ValueError as error:  # Gradio reads its variables when it is imported
    sys.exit(f"Error: GRADIO_SERVER_PORT and GRADIO_NUM_PORTS must be numbers ({error}).")

from interface.model_loader import ModelLoader
from interface.page import build_page
from interface.server import serve
from siffra import DigitReader
from siffra.corrections import sync_corrections
from siffra.escaping import printable
from siffra.exceptions import SiffraError

DEFAULT_MODEL = Path(__file__).parent / "model"


def load_in_background() -> ModelLoader:
    """Start to load the model that the environment names."""
    source = os.environ.get("SIFFRA_MODEL") or str(DEFAULT_MODEL)
    revision = os.environ.get("SIFFRA_REVISION") or None
    name = f"folder {Path(source).resolve().name}" if Path(source).is_dir() else source
    return ModelLoader(lambda: DigitReader.from_pretrained(source, revision), name)


def create_app(model: ModelLoader | None = None) -> gr.Blocks:
    """Build the page, with the model that the environment names unless another is given."""
    folder = os.environ.get("SIFFRA_CORRECTIONS")
    dataset = os.environ.get("SIFFRA_CORRECTIONS_REPO")
    if folder and dataset:
        sync_corrections(Path(folder), dataset)
    return build_page(model or load_in_background(), Path(folder) if folder else None)


def request_gpu() -> None:
    """Ask for a GPU where `spaces` is installed: a ZeroGPU Space starts only then."""
    if find_spec("spaces"):
        import spaces

        spaces.GPU(lambda: None)


def main() -> None:
    """Serve the app until it is stopped."""
    parser = argparse.ArgumentParser(description="Draw a digit, read its probabilities.")
    parser.add_argument(
        "--share",
        action="store_true",
        help="also open a public link, for a few days, through Gradio's servers",
    )
    arguments = parser.parse_args()
    request_gpu()
    with tempfile.TemporaryDirectory(prefix="siffra-", ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("GRADIO_TEMP_DIR", folder)
        model = load_in_background()
        try:
            serve(create_app(model), model, arguments.share)
        except SiffraError as error:
            sys.exit(printable(f"Error: {error}"))


if __name__ == "__main__":
    main()
