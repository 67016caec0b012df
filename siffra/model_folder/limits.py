"""Limits on the files of a model, and the sizes that every model has."""

from typing import Final

from ..numbers.kinds import N_KINDS

MAX_FILE_SIZE: Final = 10 * 2**20  # bytes of one file; the Hub takes larger ones only through LFS
N_CLASSES: Final = 10  # digits
N_SCORES: Final = 1 + N_CLASSES  # of `KernelScores`: "not a digit" comes first
N_VERDICTS: Final = N_KINDS  # of the judge of numbers: see `siffra.numbers.kinds`
