"""From images to probabilities, against scikit-learn's own and other runtimes."""

import cv2
import numpy as np
import onnxruntime
import treelite
from skl2onnx import to_onnx
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline

from pipeline import load_model
from pipeline.image import ImageArray

from .measuring import Table, compare, turns

ROW = "scikit-learn's forest of 100 trees alone, one ready-made row"
BATCHES = (1, 10, 100, 1000, 10000)


def canvas() -> ImageArray:
    """Return an 800 x 800 RGBA canvas with a 7 on it, as the pad sends one."""
    image = np.full((800, 800, 4), 255, dtype=np.uint8)
    points = np.array([[250, 200], [560, 210], [480, 380], [380, 640]])
    cv2.polylines(image, [points], False, (0, 0, 0, 255), 25, cv2.LINE_AA)
    return image


def plain(model: Pipeline) -> Pipeline:
    """Return the same Pipeline with scikit-learn's own PCA and forest in it."""
    steps = dict(model.steps)
    steps["components"] = as_class(steps["components"], PCA)
    steps["forest"] = as_class(steps["forest"], RandomForestClassifier)
    return Pipeline(list(steps.items()))


def as_class(estimator: object, kind: type) -> object:
    """Return a copy of a fitted estimator as its base class."""
    copy = kind.__new__(kind)
    copy.__dict__.update(vars(estimator))
    return copy


def one_canvas() -> Table:
    """Time a canvas to probabilities, against the forest alone on one ready-made row."""
    model = load_model("model")
    image, theirs = canvas(), plain(model)
    row = model[:-1].transform([image])
    forest = as_class(model[-1], RandomForestClassifier)
    times_over = 100 // len(forest.estimators_)
    forest.estimators_ = forest.estimators_ * times_over
    np.testing.assert_array_equal(model.predict_proba([image]), theirs.predict_proba([image]))
    times = turns(
        {
            ROW: lambda: forest.predict_proba(row),
            "the Pipeline, one canvas": lambda: model.predict_proba([image]),
            "the same with scikit-learn's PCA and forest": lambda: theirs.predict_proba([image]),
            "preprocessing alone": lambda: model[0].transform([image]),
        },
        rounds=400,
    )
    return Table(
        "One canvas",
        "An 800 x 800 RGBA canvas to ten probabilities, 400 rounds. The aim: a quarter of what "
        f"scikit-learn takes for 100 trees (the released forest's, {times_over} times over).",
        ("", "median", "ratio"),
        compare(times, ROW),
    )


def forests() -> Table:
    """Time the forest on ready-made rows, batch by batch, against other runtimes."""
    forest = load_model("model")[-1]
    theirs = as_class(forest, RandomForestClassifier)
    rng = np.random.default_rng(0)
    rows = rng.uniform(-1.5, 1.2, (max(BATCHES), forest.n_features_in_)).astype(np.float32)
    options = {"zipmap": False}
    onnx = to_onnx(theirs, rows[:1], options={id(theirs): options}).SerializeToString()
    session = onnxruntime.InferenceSession(onnx)
    tree_model = treelite.sklearn.import_model(theirs)
    lines = []
    for n in BATCHES:
        batch = rows[:n]
        found = forest.predict_proba(batch)
        np.testing.assert_allclose(found, theirs.predict_proba(batch), rtol=0, atol=1e-12)
        times = turns(
            {
                "scikit-learn": lambda batch=batch: theirs.predict_proba(batch),
                "JoinedForest": lambda batch=batch: forest.predict_proba(batch),
                "onnxruntime": lambda batch=batch: session.run(None, {"X": batch}),
                "treelite": lambda batch=batch: treelite.gtil.predict(tree_model, batch),
            },
            rounds=max(5, 200 // n),
        )
        cells = [f"{cell[1]} ({cell[2]})" for cell in compare(times, "scikit-learn")]
        lines.append((f"{n:,}", *cells))
    return Table(
        "The forest alone",
        "Ready-made rows to probabilities: the median, and in brackets the ratio to scikit-learn. "
        "JoinedForest's probabilities are compared with scikit-learn's to 1e-12 on the way.",
        ("rows", "scikit-learn", "JoinedForest", "onnxruntime", "treelite"),
        lines,
    )


def tables() -> list[Table]:
    """Measure everything here."""
    return [one_canvas(), forests()]
