"""The versions of the libraries on which a model's predictions depend."""

import platform
from importlib.metadata import version
from typing import Final

_LIBRARIES: Final = ("scikit-learn", "scipy", "skops", "numpy", "opencv-python-headless", "pillow")

# Releases of scikit-learn that gave the same labels: those that pip may install.
SAME_LABELS: Final = ("1.6", "1.7", "1.8", "1.9")


def installed_versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that a model depends on."""
    return {"python": platform.python_version()} | {name: version(name) for name in _LIBRARIES}


def give_the_same_labels(saved: dict[str, str]) -> bool:
    """Return whether a model's scikit-learn and the installed one gave the same labels in tests."""
    releases = (saved["scikit-learn"], version("scikit-learn"))
    return all(release.rpartition(".")[0] in SAME_LABELS for release in releases)


def compare_versions(saved: dict[str, str]) -> str:
    """Return advice if a model was saved with another scikit-learn; otherwise nothing."""
    saved_with, installed = saved["scikit-learn"], version("scikit-learn")
    if saved_with == installed:
        return ""
    return (
        f"The model was saved with scikit-learn {saved_with}, but {installed} is installed: "
        f"predictions may differ. To be sure, pip install scikit-learn=={saved_with}."
    )
