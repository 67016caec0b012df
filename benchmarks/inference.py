"""From an image to probabilities, compared with scikit-learn's own forest."""

import cv2
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from siffra import load_model
from siffra.preprocessing import ImageArray

from .measuring import Table, compare, in_turn

ROW = "scikit-learn's forest of 100 trees, one ready-made row"
ROUNDS = 400


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


def tables() -> list[Table]:
    """Time one canvas, and the forest alone on one ready-made row."""
    model = load_model("model")
    image, peer = canvas(), as_scikit_learn(model[-1])
    plain = Pipeline([*model.steps[:-1], ("forest", peer)])
    row = model[:-1].transform([image])
    hundred = as_scikit_learn(model[-1])
    n_copies = 100 // len(hundred.estimators_)
    hundred.estimators_ = hundred.estimators_ * n_copies
    with threadpool_limits(1):
        times = in_turn(
            {
                ROW: lambda: hundred.predict_proba(row),
                "the Pipeline, one canvas": lambda: model.predict_proba([image]),
                "the same with scikit-learn's forest": lambda: plain.predict_proba([image]),
                "preprocessing alone": lambda: model[0].transform([image]),
            },
            ROUNDS,
        )
    return [
        Table(
            "One canvas",
            f"An 800 x 800 RGBA canvas to ten probabilities, in one thread as in the app, {ROUNDS} "
            "rounds. Target: at most 0.40 of scikit-learn's time for 100 trees (the released "
            f"forest's trees, {n_copies} times).",
            ("", "median", "ratio"),
            compare(times, ROW),
        )
    ]
