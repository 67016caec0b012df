"""The kinds of numbers that people write: what the judge learns from and is measured on."""

from collections.abc import Callable, Sequence
from typing import Final

import numpy as np

from .feature_set import Source
from .glyphs import OTHERS, Glyph, cell_lines, character_glyph, digit_glyph, join_zeros, speck
from .rows import Clutter, Row, RowSampler, render_row
from .shapes import add_flag
from .strokes import Trajectory

_MAX_DIGITS: Final = 6
# Shares of the rows that are drawn for training: of one digit, of MNIST's images, of strokes that
# are close or overlap, of ones with a long flag, of ones that are a straight line.
_SINGLE_SHARE: Final = 0.25
_MNIST_SHARE: Final = 0.15
_CLOSE_SHARE: Final = 0.6
_FLAG_SHARE: Final = 0.15
_STRAIGHT_SHARE: Final = 0.25
_MAX_LEAN: Final = 0.1  # of a straight one, columns per row
_CLOSE_GAPS: Final = (-0.15, 0.05)
_WIDE_GAPS: Final = (0.05, 0.4)
_MAX_MNIST_GAP: Final = 5  # pixels
_SPACE: Final = (0.9, 1.4)
# Of what is written, N is a digit and a space a wide gap.
_SIGNED: Final = (
    *("-N", "-NN", "-NNN", "-N.N", "-N,NN", "N-N", "NN-NN", "NNN-NNN"),
    *("N.N", "N.NN", "NN.N", "NNN.NN", "N,N", "N,NN", "NN,NN", "N.NNN", "N.NNN,NN"),
    *("N/N", "NN/NN", "N/NN", "NN/NN/NNNN", "NN:NN", "N:NN", "NN:NN:NN"),
    *("NN.NN.NNNN", "NNNN-NN-NN", "NNN-NNN NN NN"),
)
# X is a letter or another symbol.
_CALCULATED: Final = (
    *("N+N", "NN+N", "N+N=N", "N=N", "NN=N", "N*N", "NxN", "N-N=N", "NN%", "N%", "NNN%"),
    *("(N)", "(NN)", "[N]", "N(NN)", "#N", "$NN", "NX", "XN", "NXN", "NNX", "XNN", "N<N", "XNNX"),
)
_ZEROS: Final = ("N0", "N00", "N0N", "N000", "N0000", "NN0", "NN00", "N00N", "N000N", "NN000NN")


def draw_row(sampler: RowSampler, rng: np.random.Generator) -> Row:
    """Draw a row as it may come: of one digit, of several, or of another kind."""
    if sampler.sources and rng.random() < _KIND_SHARE:
        names = list(KINDS)
        shares = np.array([share for _, share in KINDS.values()])
        name = names[rng.choice(len(names), p=shares / shares.sum())]
        return draw_kind(name, sampler, rng)
    n_digits = 1 if rng.random() < _SINGLE_SHARE else int(rng.integers(2, _MAX_DIGITS + 1))
    if rng.random() < _MNIST_SHARE or not sampler.sources:
        return sampler.draw_mnist(n_digits, int(rng.integers(_MAX_MNIST_GAP + 1)), rng)
    return render_row(*_digits(n_digits, sampler, rng), rng)


def draw_kind(name: str, sampler: RowSampler, rng: np.random.Generator) -> Row:
    """Draw a row of one of `KINDS`."""
    return KINDS[name][0](sampler, rng)


def _digits(
    n_digits: int, sampler: RowSampler, rng: np.random.Generator
) -> tuple[list[Glyph], list[float]]:
    """Draw digits of one writer, and the gaps before them."""
    digits = _draw_writer(sampler, rng)
    chosen = [digits[k] for k in rng.integers(len(digits), size=n_digits)]
    gaps = _CLOSE_GAPS if rng.random() < _CLOSE_SHARE else _WIDE_GAPS
    return [_digit(one, rng) for one in chosen], [float(rng.uniform(*gaps))] * n_digits


def _draw_writer(sampler: RowSampler, rng: np.random.Generator) -> list[Trajectory]:
    return sampler.draw_writer(_source(sampler, rng), rng)


def _source(sampler: RowSampler, rng: np.random.Generator) -> Source:
    return sampler.sources[rng.integers(len(sampler.sources))]


def _digit(digit: Trajectory, rng: np.random.Generator, size: float = 1.0) -> Glyph:
    """Place a digit; some ones get a flag, others are a line that hardly leans."""
    chance = rng.random() if digit.label == "1" else 1.0
    if chance < _FLAG_SHARE:
        digit = Trajectory("1", digit.writer, add_flag(digit.strokes, rng))
    elif chance < _FLAG_SHARE + _STRAIGHT_SHARE:
        lean = rng.uniform(-_MAX_LEAN, _MAX_LEAN)
        digit = Trajectory("1", digit.writer, [np.linspace((lean, 0.0), (0.0, 1.0), 6)])
    return digit_glyph(digit, rng, size)


def _write(pattern: str, sampler: RowSampler, rng: np.random.Generator) -> Row:
    """Draw a pattern: its digits are apart, the others may be closer to them."""
    digits = _draw_writer(sampler, rng)
    gap = float(rng.uniform(0.06, 0.35))
    glyphs, gaps, space = list[Glyph](), list[float](), 0.0
    for character in pattern:
        if character == " ":
            space = float(rng.uniform(*_SPACE))
        elif character == "N":
            glyphs.append(_digit(digits[rng.integers(len(digits))], rng))
            gaps.append(space or gap)
            space = 0.0
        else:
            if character == "X":
                character = str(rng.choice(list(OTHERS)))
            glyphs.append(character_glyph(character, sampler.others, rng))
            gaps.append(float(rng.uniform(0.03, 0.3)))
            space = float(rng.uniform(0.03, 0.3))
    row = render_row(glyphs, gaps, rng)
    if " " not in pattern:
        return row
    found, text = iter(row.text), ""
    for character in pattern:
        text += " " if character == " " else next(found)
    return Row(row.image, text, row.kinds, row.masks)


def _signed(sampler: RowSampler, rng: np.random.Generator) -> Row:
    return _write(str(rng.choice(_SIGNED)), sampler, rng)


def _calculated(sampler: RowSampler, rng: np.random.Generator) -> Row:
    return _write(str(rng.choice(_CALCULATED)), sampler, rng)


def _small_zeros(sampler: RowSampler, rng: np.random.Generator) -> Row:
    """Draw a dense row whose zeros are small, and perhaps joined."""
    digits = _draw_writer(sampler, rng)
    size, gap = float(rng.uniform(0.35, 0.8)), float(rng.uniform(0.0, 0.12))
    zeros = [one for one in digits if one.label == "0"] or digits
    glyphs = []
    for character in str(rng.choice(_ZEROS)):
        if character == "0":
            glyphs.append(digit_glyph(zeros[rng.integers(len(zeros))], rng, size))
        else:
            glyphs.append(_digit(digits[rng.integers(len(digits))], rng))
    if rng.random() < 1 / 3:
        glyphs = join_zeros(glyphs, rng)
    return render_row(glyphs, [gap] * len(glyphs), rng)


def _with_clutter(sampler: RowSampler, rng: np.random.Generator, clutter: Sequence[Clutter]) -> Row:
    digits = _draw_writer(sampler, rng)
    n_digits, gap = int(rng.integers(1, 4)), float(rng.uniform(0.05, 0.3))
    glyphs = [_digit(digits[k], rng) for k in rng.integers(len(digits), size=n_digits)]
    return render_row(glyphs, [gap] * n_digits, rng, clutter)


def _cells(sampler: RowSampler, rng: np.random.Generator) -> Row:
    return _with_clutter(sampler, rng, [cell_lines])


def _specks(sampler: RowSampler, rng: np.random.Generator) -> Row:
    return _with_clutter(sampler, rng, [speck] * int(rng.integers(1, 5)))


# Each with its share of the rows that are of such a kind.
KINDS: Final[dict[str, tuple[Callable[[RowSampler, np.random.Generator], Row], float]]] = {
    "signs": (_signed, 0.4),
    "sums, percentages and letters": (_calculated, 0.22),
    "small zeros": (_small_zeros, 0.16),
    "lines of a cell": (_cells, 0.16),
    "specks": (_specks, 0.06),
}
_KIND_SHARE: Final = 0.7
