"""Measure load, limits and recovery: make reliability."""

import sys
from pathlib import Path

# The tests and these measurements share their inputs.
TESTS = Path(__file__).parents[2] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "browser"), str(TESTS / "faults")]
