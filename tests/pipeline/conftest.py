"""Small training data: the images that scikit-learn ships, and strokes drawn by a program."""

import numpy as np
import pytest
from PIL import Image

from pipeline import TrainingConfig, numbers_evaluation, train
from pipeline import judge as judge_training
from pipeline.data import Mnist
from pipeline.feature_set import Source, build_feature_set
from pipeline.model import build_extractor
from pipeline.strokes import Trajectory

SHAPES = {
    "1": [[0.0, 0.0], [0.0, 10.0]],
    "7": [[0.0, 0.0], [6.0, 0.0], [2.0, 10.0]],
    "X": [[0.0, 0.0], [6.0, 10.0], [3.0, 5.0], [6.0, 0.0], [0.0, 10.0]],
}


@pytest.fixture(scope="session")
def draw():
    """A function that makes six trajectories of each label by each writer."""
    return draw_strokes


def draw_strokes(labels, writers, seed=0):
    rng = np.random.default_rng(seed)
    return [
        Trajectory(label, writer, [np.array(SHAPES[label]) + rng.normal(0, 0.3, (n, 2))])
        for writer in writers
        for label in labels * 6
        for n in [len(SHAPES[label])]
    ]


@pytest.fixture(scope="session")
def tiny_mnist(small):
    return Mnist(small[:100], small[100:130], small[130:160])


@pytest.fixture(scope="session")
def strokes():
    """Ten writers of pen digits and five of UNIPEN, twelve digits each."""
    return {
        Source.PEN_DIGITS: draw_strokes("17", range(10)),
        Source.UNIPEN: draw_strokes("17", range(100, 105), seed=1),
    }


@pytest.fixture(scope="session")
def rows(tiny_mnist, strokes):
    return build_feature_set(build_extractor(), tiny_mnist, strokes, seed=0)


@pytest.fixture(scope="session")
def result(build_once, small, tmp_path_factory):
    """A training run on all sources; the model is fitted on the test rows too."""
    return build_once("result", lambda: train_on_all(small, tmp_path_factory.mktemp("strokes")))


def write_images(folder, digits):
    """Write image files by ten writers, and the CSV file that lists them."""
    lines = ["path,label,writer"]
    for index, (image, label) in enumerate(zip(digits.images, digits.labels, strict=True)):
        Image.fromarray(255 - image).save(folder / f"{index}.png")
        lines.append(f"{index}.png,{label},writer {index % 10}")
    (folder / "images.csv").write_text("\n".join(lines))
    return folder / "images.csv"


def train_on_all(small, folder):
    files = {
        "pendigits.tra": draw_strokes("17", range(10)),
        "unipen.txt": draw_strokes("17", range(100, 105), seed=1),
        "unipen-other.txt": draw_strokes("X", range(100, 112)),
    }
    for name, trajectories in files.items():
        write_unipen(folder / name, trajectories)
    with pytest.MonkeyPatch.context() as patch:
        mnist = Mnist(small[:400], small[400:500], small[500:600])
        patch.setattr("pipeline.inputs.load_mnist", lambda source: mnist)
        patch.setattr("pipeline.run.PARAM_GRID", {"n_estimators": [5, 20]})
        patch.setattr(judge_training, "N_ROWS", 15)
        patch.setattr("pipeline.pictures.N_IMAGES", 2)
        patch.setattr(numbers_evaluation, "N_ROWS", 2)
        patch.setattr(numbers_evaluation, "N_SINGLES", 5)
        patch.setattr(numbers_evaluation, "_N_TIMED", 1)
        return train(
            TrainingConfig(
                strokes=[folder / "pendigits.tra", folder / "unipen.txt"],
                others=[folder / "unipen-other.txt"],
                images=write_images(folder, small[600:640]),
                skip_comparison=True,
            )
        )


def write_unipen(path, trajectories):
    """Write trajectories in UNIPEN's format, in which y grows upwards."""
    lines = []
    for serial, one in enumerate(trajectories):
        hierarchy = "DIGIT" if one.label.isdigit() else "CHARACTER"
        lines += [f'.SEGMENT {hierarchy} 0 ? "{one.label}"']
        lines += [f".COMMENT {one.label} {one.writer} {serial}"]
        for stroke in one.strokes:
            lines += [".PEN_DOWN", *(f"{x} {-y}" for x, y in stroke.tolist()), ".PEN_UP"]
    path.write_text("\n".join(lines))
