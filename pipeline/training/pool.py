"""All training material as features, computed once: MNIST, drawings, and copies of both."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.pipeline import Pipeline

from ..corrections import Correction
from .data import Mnist
from .distortion import distort_images
from .strokes import Trajectory, distort_strokes, render


class Part(IntEnum):
    """What rows are for. A writer, and an image with its copies, is in one part only."""

    TRAIN = 0
    VALIDATION = 1
    TEST = 2


class Kind(IntEnum):
    """Where rows come from."""

    MNIST = 0
    MNIST_COPY = 1
    DRAWING = 2
    DRAWING_COPY = 3


# Standard deviation of the rotation, in degrees, and of the bend, in pixels.
MNIST_COPIES: Final = ((7.0, 1.0), (3.0, 0.4))
# Standard deviation of the rotation, in degrees; each copy has a brush, size and place of its own.
DRAWING_COPIES: Final = (6.0, 6.0, 3.0)
N_RENDERINGS: Final = 2
N_MNIST_GROUPS: Final = 60
CORRECTION_GROUP: Final = -1
# A drawing counts for more than an image of MNIST: there are fewer, and they are the aim.
DRAWING_WEIGHT: Final = 1.5
_BLOCK: Final = 500


@dataclass(frozen=True)
class Pool:
    """Rows of features and what is known of them.

    Parameters
    ----------
    features : ndarray of shape (n, n_features), float32
    labels : ndarray of shape (n,), int64
    groups : ndarray of shape (n,), int64
        Blocks of MNIST, or writers; all corrections are one.
    parts, kinds : ndarray of shape (n,), int64
        See `Part` and `Kind`.
    """

    features: NDArray[np.float32]
    labels: NDArray[np.int64]
    groups: NDArray[np.int64]
    parts: NDArray[np.int64]
    kinds: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: NDArray[np.bool_]) -> "Pool":
        return Pool(
            self.features[rows],
            self.labels[rows],
            self.groups[rows],
            self.parts[rows],
            self.kinds[rows],
        )

    def up_to(self, part: Part) -> "Pool":
        """Return the rows of the parts up to and including `part`."""
        return self[self.parts <= part]

    def originals(self, part: Part, *kinds: Kind) -> "Pool":
        """Return what accuracy is measured on: the rows of one part, without copies.

        Parameters
        ----------
        part : Part
        *kinds : Kind
            `Kind.MNIST` or `Kind.DRAWING`; both when left out.

        Returns
        -------
        Pool
        """
        wanted = kinds or (Kind.MNIST, Kind.DRAWING)
        return self[(self.parts == part) & np.isin(self.kinds, wanted)]

    @property
    def weights(self) -> NDArray[np.float64]:
        """Sample weights."""
        return np.where(self.kinds >= Kind.DRAWING, DRAWING_WEIGHT, 1.0)

    @property
    def plain(self) -> NDArray[np.bool_]:
        """True for all rows but distorted images of MNIST."""
        return self.kinds != Kind.MNIST_COPY


def build_pool(
    extract: Pipeline,
    mnist: Mnist,
    drawings: list[Trajectory],
    seed: int,
    copies: bool = True,
    corrections: Sequence[Correction] = (),
) -> Pool:
    """Render, copy and distort all material, and compute its features once.

    Parameters
    ----------
    extract : sklearn.pipeline.Pipeline
        From images to features; stateless.
    mnist : Mnist
    drawings : list of Trajectory
        May be empty.
    seed : int
    copies : bool, default=True
        Whether to add distorted copies.
    corrections : sequence of pipeline.corrections.Correction, optional
        They teach and never judge: nobody knows who drew them, and they are all hard.

    Returns
    -------
    Pool
    """
    rng = np.random.default_rng(seed)
    pools = _mnist_pools(extract, mnist, MNIST_COPIES if copies else (), rng)
    if drawings:
        pools += _drawing_pools(extract, drawings, DRAWING_COPIES if copies else (), rng)
    if corrections:
        pools.append(_correction_pool(extract, corrections))
    return Pool(
        np.concatenate([pool.features for pool in pools]),
        np.concatenate([pool.labels for pool in pools]),
        np.concatenate([pool.groups for pool in pools]),
        np.concatenate([pool.parts for pool in pools]),
        np.concatenate([pool.kinds for pool in pools]),
    )


def _mnist_pools(
    extract: Pipeline,
    mnist: Mnist,
    copies: Sequence[tuple[float, float]],
    rng: np.random.Generator,
) -> list[Pool]:
    parts = (mnist.train, mnist.validation, mnist.test)
    digits = parts[0] + parts[1] + parts[2]
    part = np.repeat(list(Part), [len(p) for p in parts])
    group = np.arange(len(digits)) * N_MNIST_GROUPS // len(digits)
    versions: list[tuple[Kind, Any]] = [(Kind.MNIST, digits.images)]
    versions += [(Kind.MNIST_COPY, distort_images(digits, rng, *c)) for c in copies]
    return [
        Pool(_extract(extract, images), digits.labels, group, part, np.full(len(digits), kind))
        for kind, images in versions
    ]


def _drawing_pools(
    extract: Pipeline,
    drawings: list[Trajectory],
    rotations: Sequence[float],
    rng: np.random.Generator,
) -> list[Pool]:
    labels = np.array([drawing.label for drawing in drawings])
    writers = np.array([drawing.writer for drawing in drawings])
    part = split_writers(writers, rng)
    versions = [(Kind.DRAWING, 0.0)] * N_RENDERINGS
    versions += [(Kind.DRAWING_COPY, rotation) for rotation in rotations]
    pools = []
    for kind, rotation in versions:
        canvases = (
            render(distort_strokes(d.strokes, rng, rotation) if rotation else d.strokes, rng)
            for d in drawings
        )
        features = _extract(extract, canvases)
        pools.append(
            Pool(features, labels, N_MNIST_GROUPS + writers, part, np.full(len(labels), kind))
        )
    return pools


def _correction_pool(extract: Pipeline, corrections: Sequence[Correction]) -> Pool:
    # One group: what one visitor drew twice must not meet itself in another fold.
    n = len(corrections)
    return Pool(
        _extract(extract, (correction.image for correction in corrections)),
        np.array([correction.label for correction in corrections]),
        np.full(n, CORRECTION_GROUP),
        np.full(n, Part.TRAIN),
        np.full(n, Kind.DRAWING_COPY),
    )


def split_writers(writers: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Put every writer into one part: a fifth each into validation and test.

    Parameters
    ----------
    writers : ndarray of shape (n,), int64
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of shape (n,), int64
        A `Part` for each row.
    """
    names, codes = np.unique(writers, return_inverse=True)
    fifth = len(names) // 5
    part_of = np.full(len(names), Part.TRAIN)
    order = rng.permutation(len(names))
    part_of[order[:fifth]] = Part.VALIDATION
    part_of[order[fifth : 2 * fifth]] = Part.TEST
    return part_of[codes]


def _extract(extract: Pipeline, images: Iterable[Any]) -> NDArray[np.float32]:
    """Extract features block by block: canvases of a whole set would fill the memory."""
    images = iter(images)
    blocks = iter(lambda: list(islice(images, _BLOCK)), [])
    return np.concatenate([extract.transform(block) for block in blocks])
