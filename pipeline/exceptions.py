"""The errors of this project: one base, and for each the builtin that fits."""


class SiffraError(Exception):
    """Base of every error that this project raises on purpose."""


class InvalidImageError(SiffraError, ValueError):
    """An image that cannot be read: wrong shape, dtype or mode, or no pixels."""


class BlankImageError(InvalidImageError):
    """An image without ink.

    Parameters
    ----------
    index : int
        Position of the image in the batch it came with.

    Attributes
    ----------
    index : int
        Position of the image in the batch it came with.
    """

    def __init__(self, index: int) -> None:
        super().__init__(
            f"Image {index} is blank: nothing in it stands out as ink. "
            "Expected a dark digit on a light background, or the reverse."
        )
        self.index = index

    def __reduce__(self) -> tuple[type, tuple[int]]:
        # Without this, joblib cannot carry the error home from a worker.
        return type(self), (self.index,)


class ClusterError(SiffraError, ConnectionError):
    """A cluster that cannot be reached, or whose workers would not do what this process does."""


class ConvergenceError(SiffraError, FloatingPointError):
    """A fit whose numbers grow without end or have no solution in single precision."""


class DataError(SiffraError, ValueError):
    """Training data that is missing, damaged, or not what it says it is."""


class HubError(SiffraError, OSError):
    """The Hugging Face Hub that cannot be reached, or says no."""


class ModelError(SiffraError, ValueError):
    """A model folder or repository that cannot be loaded, or must not be."""


class OutputError(SiffraError, ValueError):
    """An output folder that must not be written to."""
