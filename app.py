"""The app: draw a digit, read its probabilities. `python app.py`, or a Gradio Space."""

import argparse
import os
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import gradio as gr
import httpx

from interface.loading import ModelLoader
from interface.page import build_page
from interface.server import serve
from pipeline import DigitReader
from pipeline.exceptions import SiffraError
from pipeline.hub import sync_corrections

DEFAULT_MODEL = Path(__file__).parent / "model"


def load_in_background() -> ModelLoader:
    """Start to load the model that the environment names."""
    source = os.environ.get("SIFFRA_MODEL") or str(DEFAULT_MODEL)
    revision = os.environ.get("SIFFRA_REVISION") or None
    name = f"folder {Path(source).resolve().name}" if Path(source).is_dir() else source
    return ModelLoader(lambda: DigitReader.from_pretrained(source, revision), name)


def corrections_folder() -> Path | None:
    """Return where corrections go, if the operator wants them; upload them if he wants that."""
    folder = os.environ.get("SIFFRA_CORRECTIONS")
    if not folder:
        return None
    if dataset := os.environ.get("SIFFRA_CORRECTIONS_REPO"):
        sync_corrections(Path(folder), dataset)
    return Path(folder)


def create_app(model: ModelLoader | None = None) -> gr.Blocks:
    """Build the page; the model loads in the background.

    Parameters
    ----------
    model : ModelLoader, optional
        By default the one that the environment names.
    """
    return build_page(model or load_in_background(), corrections_folder())


def can_share() -> bool:
    """Return whether Gradio's share server answers; `launch` finds out late and says little."""
    try:
        httpx.get(gr.networking.GRADIO_API_SERVER, timeout=5).raise_for_status()
    except httpx.HTTPError as error:
        print(
            f"No public link: {gr.networking.GRADIO_API_SERVER} cannot be reached ({error}). "
            "Check the network. The app runs on this machine only.",
            file=sys.stderr,
        )
        return False
    return True


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Draw a digit, read its probabilities.")
    parser.add_argument(
        "--share",
        action="store_true",
        help="also open a public link, for a few days, through Gradio's servers",
    )
    return parser.parse_args()


def request_gpu() -> None:
    """Ask for a GPU where `spaces` is installed: a ZeroGPU Space starts only then."""
    if find_spec("spaces"):
        import spaces

        spaces.GPU(lambda: None)


def main() -> None:
    """Serve the app until it is stopped."""
    arguments = parse_arguments()
    request_gpu()
    with tempfile.TemporaryDirectory(prefix="siffra-", ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("GRADIO_TEMP_DIR", folder)
        model = load_in_background()
        try:
            serve(create_app(model), model, share=arguments.share and can_share())
        except SiffraError as error:
            sys.exit(f"Error: {error}")


if __name__ == "__main__":
    main()
