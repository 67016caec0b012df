"""Train the released model: `train(TrainingConfig(...))` returns a `TrainingResult`."""

from .inputs import TrainingConfig
from .run import TrainingResult, train

__all__ = ["TrainingConfig", "TrainingResult", "train"]
