"""Print every table, and write them: python -m benchmarks.reliability [--write FILE] [NAME ...]."""

from ..__main__ import report
from . import images, inputs, load, models, signatures

PROMISE = """
| | promise | measured in |
| --- | --- | --- |
| load | 200 clients for a minute: no answer lost or wrong, `/health` under 0.2 s | [Load](#load) |
| memory | less than 1 MB more for 1,000 requests | [A soak](#a-soak) |
| answers | 99.9 % the same after shifting, scaling, inverting, recoloring | [Equivalent images](#equivalent-images) |
| limits | any input gets an answer or a clear error; an image costs at most 1 s beyond its decoding | [Any input](#any-input), [Large images](#large-images), [The worst images](#the-worst-images), tests/faults |
| other visitors | a digit within 2 s, `/health` within 1 s, while 40 of the worst images wait | [A digit meanwhile](#a-digit-meanwhile) |
| models | a changed file is refused or gives probabilities, within 2 s and 300 MB; no crash, no hang | [Models](#models) |
| signed models | a folder that was changed since it was signed is refused | [Signed models](#signed-models) |
| recovery | after a kill, a full disk or a lost connection the earlier state is there | tests/faults, tests/hub, tests/batch |
"""  # noqa: E501  # a table

if __name__ == "__main__":
    modules = (inputs, images, models, signatures, load)
    report("Reliability", __package__, __doc__, modules, PROMISE)
