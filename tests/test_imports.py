"""Light imports stay light."""

import subprocess
import sys

from apps import ROOT

HEAVY = {"cv2", "sklearn", "gradio", "matplotlib", "pipeline"}


def imported(statement):
    """The heavy packages that a statement imports, in a fresh process."""
    script = f"{statement}\nimport sys; print(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return HEAVY & set(result.stdout.split())


def test_the_configuration_is_read_without_opencv_and_scikit_learn():
    statement = (
        "from pathlib import Path; from siffra.model_folder.config import read_config;"
        "print(read_config(Path('model')).sha256)"
    )
    assert imported(statement) == set()


def test_the_library_imports_neither_the_app_nor_the_training():
    statement = "from siffra import *; import siffra.__main__, siffra.hub.spaces"
    assert imported(statement) == {"cv2", "sklearn"}
