"""From images to probabilities, compared with scikit-learn's forest and other runtimes."""

import cv2
import numpy as np
import onnxruntime
import treelite
from skl2onnx import to_onnx
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from siffra import load_model
from siffra.preprocessing import ImageArray

from .measuring import Table, compare, in_turn

ROW = "scikit-learn's forest of 100 trees, one ready-made row"
ROUNDS = 400
BATCHES = (1, 10, 100, 1000, 10000)


def canvas() -> ImageArray:
    """Return an 800 x 800 RGBA canvas with a 7, as the sketch pad sends one."""
    image = np.full((800, 800, 4), 255, dtype=np.uint8)
    points = np.array([[250, 200], [560, 210], [480, 380], [380, 640]])
    cv2.polylines(image, [points], False, (0, 0, 0, 255), 25, cv2.LINE_AA)
    return image


def as_scikit_learn(forest: RandomForestClassifier) -> RandomForestClassifier:
    """Return a copy of a fitted forest as scikit-learn's own class."""
    copy = RandomForestClassifier()
    copy.__dict__.update(vars(forest))
    return copy


def one_canvas() -> Table:
    """Time one canvas, and the forest alone on one ready-made row."""
    model = load_model("model")
    image, peer = canvas(), as_scikit_learn(model[-1])
    plain = Pipeline([*model.steps[:-1], ("forest", peer)])
    np.testing.assert_array_equal(model.predict_proba([image]), plain.predict_proba([image]))
    row = model[:-1].transform([image])
    hundred = as_scikit_learn(model[-1])
    n_copies = 100 // len(hundred.estimators_)
    hundred.estimators_ = hundred.estimators_ * n_copies
    times = in_turn(
        {
            ROW: lambda: hundred.predict_proba(row),
            "the Pipeline, one canvas": lambda: model.predict_proba([image]),
            "the same with scikit-learn's forest": lambda: plain.predict_proba([image]),
            "preprocessing alone": lambda: model[0].transform([image]),
        },
        ROUNDS,
    )
    return Table(
        "One canvas",
        f"An 800 x 800 RGBA canvas to ten probabilities, in one thread as in the app, {ROUNDS} "
        "rounds. Target: at most 0.40 of scikit-learn's time for 100 trees (the released forest's "
        f"trees, {n_copies} times).",
        ("", "median", "ratio"),
        compare(times, ROW),
    )


def forests() -> Table:
    """Time the forest on ready-made rows, by batch size, compared with other runtimes."""
    forest = load_model("model")[-1]
    peer = as_scikit_learn(forest)
    rng = np.random.default_rng(0)
    rows = rng.uniform(-1.5, 1.2, (max(BATCHES), forest.n_features_in_)).astype(np.float32)
    options = {id(peer): {"zipmap": False}}
    onnx = to_onnx(peer, rows[:1], options=options).SerializeToString()
    session = onnxruntime.InferenceSession(onnx)
    tree_model = treelite.sklearn.import_model(peer)
    lines = []
    for n in BATCHES:
        batch = rows[:n]
        np.testing.assert_array_equal(forest.predict_proba(batch), peer.predict_proba(batch))
        times = in_turn(
            {
                "scikit-learn": lambda batch=batch: peer.predict_proba(batch),
                "ours": lambda batch=batch: forest.predict_proba(batch),
                "onnxruntime": lambda batch=batch: session.run(None, {"X": batch}),
                "treelite": lambda batch=batch: treelite.gtil.predict(tree_model, batch),
            },
            rounds=max(5, 200 // n),
        )
        cells = [f"{median} ({ratio})" for _, median, ratio in compare(times, "scikit-learn")]
        lines.append((f"{n:,}", *cells))
    return Table(
        "The forest alone",
        "Ready-made rows to probabilities: the median, and in brackets the ratio to scikit-learn. "
        "LowLatencyRandomForest's probabilities are equal to scikit-learn's to the last digit.",
        ("rows", "scikit-learn", "LowLatencyRandomForest", "onnxruntime", "treelite"),
        lines,
    )


def tables() -> list[Table]:
    """Measure both in one thread, as the app reads."""
    with threadpool_limits(1):
        return [one_canvas(), forests()]
