"""The exceptions of this project: one base class, each with the builtin type that fits."""


class SiffraError(Exception):
    """Base class of all exceptions raised by this project."""


class InvalidImageError(SiffraError, ValueError):
    """An image with an unsupported type, shape, dtype or size, or a file that is not an image."""


class BlankImageError(InvalidImageError):
    """An image in which no digit stands out from the background.

    Parameters
    ----------
    index : int
        Position of the image in its batch.

    Attributes
    ----------
    index : int
        Position of the image in its batch.
    """

    def __init__(self, index: int) -> None:
        super().__init__(
            f"Image {index} is blank: nothing stands out from the background. "
            "Expected a dark digit on a light background, or the reverse."
        )
        self.index = index

    def __reduce__(self) -> tuple[type, tuple[int]]:
        # Exceptions are unpickled with their message as the only argument, which is not an index.
        return type(self), (self.index,)


class ClusterError(SiffraError, ConnectionError):
    """A dask cluster that cannot be reached, or whose workers have other versions."""


class ConvergenceError(SiffraError, ArithmeticError):
    """A fit that diverges or has no solution in floating point."""


class DataError(SiffraError, ValueError):
    """Input data that is missing, damaged or not in the expected format."""


class HubError(SiffraError, OSError):
    """The Hugging Face Hub cannot be reached or refuses a request."""


class ModelError(SiffraError, ValueError):
    """A model folder or repository that cannot be loaded, or is not safe to load."""


class ModelLoadingError(SiffraError, TimeoutError):
    """The model is still loading, or does not answer in time."""


class ParameterError(SiffraError, ValueError):
    """A parameter of the wrong type, or out of its range."""


class WorkerError(SiffraError, ChildProcessError):
    """A process that read images was killed."""


class OutputError(SiffraError, ValueError):
    """An output file or folder that cannot be written, or would overwrite other files."""
