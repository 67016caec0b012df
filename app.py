"""The page: draw a digit, read its probabilities. `python app.py`, or a Gradio Space."""

import argparse
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from pipeline.exceptions import SiffraError
from pipeline.folder import load_tests, read_config
from pipeline.publish import keep_in_step
from pipeline.reader import Reader

# First of all: the model loads in its own process while Gradio is imported in this one.
reader = Reader(
    os.environ.get("SIFFRA_MODEL") or Path(__file__).parent / "model",
    os.environ.get("SIFFRA_REVISION"),
)

import gradio as gr  # noqa: E402
import httpx  # noqa: E402

from interface.page import About, build_demo, launch  # noqa: E402


def describe(reader: Reader) -> About:
    """Say which model is running."""
    found = reader.found
    name = f"folder {found.path.name}"
    if found.repo_id and found.commit:
        name = f"{found.repo_id} @ {found.commit[:7]}"
    return About(name, read_config(found.path)["created"], load_tests(found.path))


def corrections_folder() -> Path | None:
    """Return where corrections go, if the operator wants them; keep a dataset in step with it."""
    folder = os.environ.get("SIFFRA_CORRECTIONS")
    if not folder:
        return None
    if dataset := os.environ.get("SIFFRA_CORRECTIONS_REPO"):
        keep_in_step(Path(folder), dataset)
    return Path(folder)


def can_share() -> bool:
    """Tell whether Gradio's share server answers; `launch` finds out late and says little."""
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


# A Space on ZeroGPU starts only if it asks for a GPU somewhere. This one never uses it.
if find_spec("spaces"):
    import spaces

    spaces.GPU(lambda: None)

try:
    demo = build_demo(reader, describe(reader), corrections_folder())
except SiffraError as error:
    sys.exit(f"Error: {error}")

if __name__ == "__main__":
    launch(demo, share=parse_arguments().share and can_share())
