"""All training data as features, computed once: MNIST, pen strokes, and augmented copies."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import IntEnum
from itertools import islice
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from siffra.corrections import Correction
from siffra.exceptions import BlankImageError, DataError
from siffra.preprocessing import ImageArray
from siffra.scores import NOT_A_DIGIT

from .augmentation import distort_images, distort_strokes
from .data import Mnist
from .drawings import DRAWINGS, LOOKALIKES
from .labeled_images import LabeledImage
from .shapes import render_copy, vary_shape
from .strokes import Trajectory, render


class Split(IntEnum):
    """The use of a row. A writer, and an image with its copies, is in one split only."""

    TRAIN = 0
    VALIDATION = 1
    TEST = 2


class Source(IntEnum):
    """The data set from which a row comes."""

    MNIST = 0
    PEN_DIGITS = 1
    UNIPEN = 2
    OTHER_STROKES = 3
    CORRECTIONS = 4
    GENERATED = 5
    IMAGES = 6

    @property
    def title(self) -> str:
        """The name in metrics.json and in the model card."""
        pens = ("pen digits", "UNIPEN", "other pen strokes")
        return ("MNIST", *pens, "corrections", "generated", "own images")[self]

    @classmethod
    def of_file(cls, path: Path) -> "Source":
        """Return the source of a stroke file, known by its name."""
        name = path.name.lower()
        if "pendigits" in name:
            return cls.PEN_DIGITS
        return cls.UNIPEN if "unipen" in name else cls.OTHER_STROKES


Strokes = Mapping[Source, Sequence[Trajectory]]

# Standard deviation of the rotation in degrees, and displacement in pixels, of each copy.
MNIST_COPIES: Final = ((7.0, 1.0), (3.0, 0.4))
# Standard deviation of the rotation in degrees; each copy has its own brush, size and position.
STROKE_COPIES: Final = (6.0, 6.0, 3.0)
N_RENDERINGS: Final = 2
N_MNIST_GROUPS: Final = 60
# Non-digits: the rotation of the second rendering, and the number of generated drawings of each
# kind, relative to the digits. Labels of generated kinds follow the code points of characters.
NON_DIGIT_ROTATION: Final = 5.0
DRAWING_SHARES: Final = {"scribbles": 0.09, "curves": 0.18, "dots": 0.002}
DRAWING_SHARE: Final = 0.012
FIRST_DRAWING_LABEL: Final = 0x110000
CORRECTION_GROUP: Final = -1
FIRST_IMAGE_GROUP: Final = -2  # and downwards: no other writer has such a number
# Drawings weigh more than MNIST's images: there are fewer, but they are the target domain.
STROKE_WEIGHT: Final = 1.5
# A writer with a larger share of a source is put into the training split.
MAX_WRITER_SHARE: Final = 0.2
_BLOCK_SIZE: Final = 500
_EDGE_MARGIN: Final = 40  # pixels


@dataclass(frozen=True)
class FeatureSet:
    """Rows of features, with the label, writer and source of each."""

    features: NDArray[np.float32]  # (n, n_features)
    labels: NDArray[np.int64]  # 0 to 9; NOT_A_DIGIT; in `build_non_digits` code points
    groups: NDArray[np.int64]  # blocks of MNIST, or writers; all corrections are one group
    splits: NDArray[np.int64]
    sources: NDArray[np.int64]
    augmented: NDArray[np.bool_]  # used for training only, never for evaluation

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: NDArray[np.bool_]) -> "FeatureSet":
        return FeatureSet(*(getattr(self, column.name)[rows] for column in fields(self)))

    def up_to(self, split: Split) -> "FeatureSet":
        """Return all rows of the splits up to and including one, on which a model is fitted."""
        return self[self.splits <= split]

    def select(self, split: Split, *sources: Source) -> "FeatureSet":
        """Return the rows of a split that are not augmented, of all sources or of some."""
        rows = (self.splits == split) & ~self.augmented
        return self[rows & np.isin(self.sources, sources) if sources else rows]

    @property
    def stroke_sources(self) -> tuple[Source, ...]:
        """The sources of pen strokes, in order."""
        strokes = (Source.PEN_DIGITS, Source.UNIPEN, Source.OTHER_STROKES)
        return tuple(source for source in strokes if source in self.sources)

    @property
    def writer_splits(self) -> dict[int, Split]:
        """The split of each writer of pen strokes."""
        drawn = np.isin(self.sources, self.stroke_sources)
        writers, splits = self.groups[drawn] - N_MNIST_GROUPS, self.splits[drawn]
        return dict(zip(writers.tolist(), map(Split, splits.tolist()), strict=True))

    @property
    def weights(self) -> NDArray[np.float64]:
        """Sample weights, shape (n,)."""
        is_drawn_digit = (self.sources != Source.MNIST) & (self.labels != NOT_A_DIGIT)
        return np.where(is_drawn_digit, STROKE_WEIGHT, 1.0)

    @property
    def forest_rows(self) -> NDArray[np.bool_]:
        """The rows that a forest learns from: digits, but no distorted MNIST images; (n,)."""
        return (self.labels != NOT_A_DIGIT) & ((self.sources != Source.MNIST) | ~self.augmented)


def build_feature_set(
    extractor: Pipeline,
    mnist: Mnist,
    strokes: Strokes,
    seed: int,
    *,
    augment: bool = True,
    corrections: Sequence[Correction] = (),
    images: Sequence[LabeledImage] = (),
) -> FeatureSet:
    """Render, augment and split the digits of all sources, and compute their features.

    A fifth of the writers of images, or of the images, is for validation, and a fifth for the test.
    Corrections are used for training only: their writers are unknown, and all of them are hard.
    """
    rng = np.random.default_rng(seed)
    sets = _mnist_sets(extractor, mnist, MNIST_COPIES if augment else (), rng)
    splits: dict[int, Split] = {}
    rotations = [0.0] * N_RENDERINGS + list(STROKE_COPIES if augment else ())
    for source, characters in strokes.items():
        splits |= split_writers([character.writer for character in characters], seed, splits)
        for rotation in rotations:
            sets.append(_render(extractor, source, characters, splits, rotation, rng))
    if corrections:
        # One group: two drawings may be by the same visitor.
        group, source = CORRECTION_GROUP, Source.CORRECTIONS
        sets.append(_file_set(extractor, corrections, group, Split.TRAIN, source, True))
    if images:
        writers = np.array([image.writer for image in images])
        split_of = split_writers(writers.tolist(), seed, {})
        parts = np.array([split_of[writer] for writer in writers.tolist()])
        groups, source = FIRST_IMAGE_GROUP - writers, Source.IMAGES
        sets.append(_file_set(extractor, images, groups, parts, source, False))
    return join(sets)


def build_non_digits(
    extractor: Pipeline, characters: Strokes, digits: FeatureSet, seed: int
) -> FeatureSet:
    """Render letters and symbols twice, and draw scribbles, curves, shapes and pairs of digits.

    Writers of some of the digits keep their split; generated drawings have a writer per block.
    """
    rng = np.random.default_rng(seed)
    splits = digits.writer_splits
    n_digits = int((~digits.augmented).sum())
    sets = [_generate(extractor, kind, n_digits, rng) for kind in DRAWINGS]
    for source, drawings in characters.items():
        splits |= split_writers([drawing.writer for drawing in drawings], seed, splits)
        for rotation in (0.0, NON_DIGIT_ROTATION):
            sets.append(_render(extractor, source, drawings, splits, rotation, rng))
    return join(sets)


def non_digit_rows(non_digits: FeatureSet) -> FeatureSet:
    """Return the rows that are clearly no digit, labeled so: a model learns from these."""
    lookalikes = [ord(character) for character in LOOKALIKES]
    rows = non_digits[~np.isin(non_digits.labels, lookalikes)]
    return replace(
        rows, labels=np.full(len(rows), NOT_A_DIGIT), augmented=np.ones(len(rows), dtype=bool)
    )


def _generate(
    extractor: Pipeline, kind: str, n_digits: int, rng: np.random.Generator
) -> FeatureSet:
    """Generate drawings of one kind for every split: three fifths for training."""
    count = max(5, round(DRAWING_SHARES.get(kind, DRAWING_SHARE) * n_digits))
    canvases = (DRAWINGS[kind](rng) for _ in range(count))
    index = np.arange(count)
    label = FIRST_DRAWING_LABEL + list(DRAWINGS).index(kind)
    splits = np.select([index < 0.6 * count, index < 0.8 * count], [0, 1], 2)
    return _build(
        extractor,
        canvases,
        np.full(count, label),
        FIRST_DRAWING_LABEL + 100 * label + index * 50 // count,
        splits,
        Source.GENERATED,
        False,
    )


def split_writers(
    writers: Sequence[int], seed: int, known: Mapping[int, Split]
) -> dict[int, Split]:
    """Assign a fifth of the writers each to validation and test, and the others to training.

    It depends on the writers and the seed alone, so that figures of two runs can be compared.
    Writers that are known from another source keep their split. A writer of more than a fifth
    of the characters is in training: in some sources one number stands for many writers.
    """
    names, counts = np.unique(writers, return_counts=True)
    splits = {name: known.get(name, Split.TRAIN) for name in names.tolist()}
    is_free = ~np.isin(names, list(known)) & (counts <= MAX_WRITER_SHARE * len(writers))
    free = names[is_free]
    fifth = len(free) // 5
    order = free[np.random.default_rng(seed).permutation(len(free))].tolist()
    splits |= dict.fromkeys(order[:fifth], Split.VALIDATION)
    return splits | dict.fromkeys(order[fifth : 2 * fifth], Split.TEST)


def _mnist_sets(
    extractor: Pipeline,
    mnist: Mnist,
    copies: Sequence[tuple[float, float]],
    rng: np.random.Generator,
) -> list[FeatureSet]:
    """Return MNIST's images, and each distorted copy of them."""
    parts = (mnist.train, mnist.validation, mnist.test)
    images = np.concatenate([part.images for part in parts])
    labels = np.concatenate([part.labels for part in parts])
    groups = np.arange(len(labels)) * N_MNIST_GROUPS // len(labels)
    splits = np.repeat(list(Split), [len(part) for part in parts])
    rows = (labels, groups, splits, Source.MNIST)
    return [_build(extractor, images, *rows, False)] + [
        _build(extractor, distort_images(images, rng, *copy), *rows, True) for copy in copies
    ]


def _render(
    extractor: Pipeline,
    source: Source,
    characters: Sequence[Trajectory],
    splits: Mapping[int, Split],
    rotation: float,
    rng: np.random.Generator,
) -> FeatureSet:
    """Render each character once; with a rotation, as a distorted copy."""
    canvases = (_draw(character, rotation, rng) for character in characters)
    return _build(
        extractor,
        canvases,
        np.array([int(c.label) if c.label.isdigit() else ord(c.label) for c in characters]),
        np.array([N_MNIST_GROUPS + c.writer for c in characters]),
        np.array([splits[c.writer] for c in characters]),
        source,
        rotation > 0,
    )


def _draw(character: Trajectory, rotation: float, rng: np.random.Generator) -> ImageArray:
    """Draw a character; with a rotation, as a distorted copy."""
    if not rotation:
        return render(character.strokes, rng)
    strokes = distort_strokes(character.strokes, rng, rotation)
    return render_copy(vary_shape(strokes, character.label, rng), rng)


def _file_set(
    extractor: Pipeline, files: Sequence[Correction | LabeledImage], *columns: Any
) -> FeatureSet:
    """Extract the features of image files one by one, as each may be a large photo."""
    features = []
    for file in files:
        try:
            features.append(extractor.transform([file.image]))
        except BlankImageError as error:
            raise DataError(f"{file.path} is blank. Remove it, and its JSON file.") from error
    labels = np.array([file.label for file in files])
    return FeatureSet(
        np.concatenate(features), labels, *(np.broadcast_to(one, len(labels)) for one in columns)
    )


def _build(extractor: Pipeline, images: Iterable[Any], labels: Any, *columns: Any) -> FeatureSet:
    """Extract the features of images; a column that is a single value holds for all rows."""
    images = iter(images)
    # In blocks: the canvases of a whole source would fill the memory.
    blocks = iter(lambda: list(islice(images, _BLOCK_SIZE)), [])
    features = np.concatenate([_extract(extractor, block) for block in blocks])
    return FeatureSet(
        features, labels, *(np.broadcast_to(column, len(labels)) for column in columns)
    )


def _extract(extractor: Pipeline, images: list[Any]) -> NDArray[np.float32]:
    """Extract features; a drawing that passes for a trace of a line at the edge gets a margin."""
    images, padded = list(images), set[int]()
    while True:
        try:
            features: NDArray[np.float32] = extractor.transform(images)
        except BlankImageError as error:
            if error.index in padded:
                raise
            padded.add(error.index)
            images[error.index] = np.pad(images[error.index], _EDGE_MARGIN)
        else:
            return features


def join(sets: Sequence[FeatureSet]) -> FeatureSet:
    """Put the rows of several sets below each other."""
    columns = ([getattr(one, column.name) for one in sets] for column in fields(FeatureSet))
    return FeatureSet(*map(np.concatenate, columns))
