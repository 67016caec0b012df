"""The configuration of a training run, and the data that it reads."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from siffra.corrections import Correction, read_corrections
from siffra.model_folder.files import sha256

from .data import CHECKSUMS, OPENML, SUBSAMPLING, Mnist, load_mnist
from .feature_set import Source
from .labeled_images import LabeledImage, read_labeled_images
from .strokes import CHARACTER, DIGIT, Trajectory, read_unipen


@dataclass(frozen=True)
class TrainingConfig:
    """The data to train on, and the steps to run."""

    data: str = OPENML  # "openml", or a folder: see `pipeline.data.load_mnist`
    strokes: Sequence[Path] = ()  # digits as pen trajectories, in UNIPEN format
    others: Sequence[Path] = ()  # letters and symbols in the same format
    images: Path | None = None  # own digits: see `pipeline.labeled_images.read_labeled_images`
    corrections: Path | None = None  # folder of `siffra.corrections.save_correction`
    seed: int = 0
    fast: bool = False  # use a tenth of the data and a grid of two points
    skip_comparison: bool = False  # leave out baselines, ablation and robustness
    skip_search: bool = False  # use the parameters of an earlier search
    hold_out_test: bool = False  # return the evaluated model, which was not fitted on the test rows


@dataclass(frozen=True)
class StrokeFile:
    """A stroke file that was used."""

    source: str
    name: str
    sha256: str
    characters: int
    writers: int


@dataclass(frozen=True)
class DataReport:
    """The data that was used: checksums of MNIST's files, and the sizes of all parts."""

    checksums: dict[str, str]
    split: dict[str, int]
    strokes: list[StrokeFile]
    others: list[StrokeFile]
    corrections: int
    images: int


@dataclass(frozen=True)
class TrainingData:
    """All data of a run, read into memory; image files are read when they are used."""

    mnist: Mnist
    strokes: dict[Source, list[Trajectory]]
    others: dict[Source, list[Trajectory]]
    corrections: list[Correction]
    images: list[LabeledImage]


def load_data(config: TrainingConfig) -> tuple[TrainingData, DataReport]:
    """Read and check all data, and describe it; with `fast`, keep a tenth."""
    mnist = load_mnist(config.data)
    if config.fast:
        mnist = mnist.subsample()
    keep = SUBSAMPLING if config.fast else 1
    strokes, stroke_files = _read_strokes(config.strokes, DIGIT, keep)
    others, other_files = _read_strokes(config.others, CHARACTER, keep)
    corrections = read_corrections(config.corrections) if config.corrections else []
    images = read_labeled_images(config.images) if config.images else []
    parts = {"train": mnist.train, "validation": mnist.validation, "test": mnist.test}
    report = DataReport(
        checksums=dict(CHECKSUMS),
        split={name: len(part) for name, part in parts.items()},
        strokes=stroke_files,
        others=other_files,
        corrections=len(corrections),
        images=len(images),
    )
    return TrainingData(mnist, strokes, others, corrections, images), report


def _read_strokes(
    paths: Sequence[Path], hierarchy: str, keep: int
) -> tuple[dict[Source, list[Trajectory]], list[StrokeFile]]:
    """Read stroke files, keep every `keep`th character, and group them by source."""
    by_source: dict[Source, list[Trajectory]] = {}
    files = []
    for path in paths:
        source, trajectories = Source.of_file(path), read_unipen(path, hierarchy)[::keep]
        by_source.setdefault(source, []).extend(trajectories)
        writers = len({trajectory.writer for trajectory in trajectories})
        files.append(StrokeFile(source.title, path.name, sha256(path), len(trajectories), writers))
    return by_source, files
