"""The model file: its size and its loading time, compared with joblib, pickle and ONNX."""

import pickle
import tempfile
from pathlib import Path

import joblib
import numpy as np
import onnxruntime
import treelite
from skl2onnx import to_onnx

from siffra import load_model
from siffra.model_folder.config import MODEL_FILE

from .inference import as_scikit_learn
from .measuring import Table, compare, in_turn

ROUNDS = 15


def tables() -> list[Table]:
    """Save the released model in every format, then load each in turn."""
    model = load_model("model")
    forest = as_scikit_learn(model[-1])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        joblib.dump(model, folder / "joblib")
        joblib.dump(model, folder / "joblib-z", compress=9)
        (folder / "pickle").write_bytes(pickle.dumps(model))
        row = np.zeros((1, forest.n_features_in_), dtype=np.float32)
        (folder / "onnx").write_bytes(to_onnx(forest, row).SerializeToString())
        treelite.sklearn.import_model(forest).serialize(folder / "treelite")
        loaders = {
            "skops, with every check (load_model)": lambda: load_model("model"),
            "joblib": lambda: joblib.load(folder / "joblib"),
            "joblib, compressed": lambda: joblib.load(folder / "joblib-z"),
            "pickle": lambda: pickle.loads((folder / "pickle").read_bytes()),
            "ONNX, the forest alone": lambda: onnxruntime.InferenceSession(folder / "onnx"),
            "treelite, the forest alone": lambda: treelite.Model.deserialize(folder / "treelite"),
        }
        times = in_turn(loaders, ROUNDS)
        names = ("joblib", "joblib-z", "pickle", "onnx", "treelite")
        paths = [Path("model") / MODEL_FILE, *(folder / name for name in names)]
        sizes = [f"{path.stat().st_size / 2**20:.1f} MB" for path in paths]
    rows = compare(times, "joblib")
    return [
        Table(
            "Loading and size",
            "The whole Pipeline, except where only the forest can be saved. joblib and pickle run "
            f"the code that a file contains; skops does not. {ROUNDS} rounds.",
            ("", "median", "ratio to joblib", "size"),
            [(*row, size) for row, size in zip(rows, sizes, strict=True)],
        )
    ]
