"""What was tried to break the model and the app, and what happened: `make reliability`."""

import sys
from pathlib import Path

# What is tried is written down once, for the tests and for this.
sys.path.insert(0, str(Path(__file__).parents[2] / "tests"))
