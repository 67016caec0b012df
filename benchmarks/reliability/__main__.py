"""Print every table, and write them: python -m benchmarks.reliability [--write FILE] [NAME ...]."""

from ..__main__ import report
from . import faults, inputs, soak, uploads

if __name__ == "__main__":
    report("Reliability", __package__, __doc__, (inputs, uploads, faults, soak))
