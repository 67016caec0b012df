"""Numbers within conditions are written in Python and in JavaScript: they must be the same.

Named constants are exported. A number that is changed only in Python is found here.
"""

import ast
import re
from collections import Counter

import pytest
from apps import ROOT

MODULES = [
    f"preprocessing/{path.stem}"
    for path in sorted((ROOT / "web" / "preprocessing").glob("*.js"))
    if path.stem not in ("grayscale", "lines")
]
# Indices and numbers of channels, which the languages write differently.
ORDINARY = {0, 1, 2, 3, 4, 8, 255}


def numbers_in_python(module):
    """Count the numbers in a module's functions, not in its constants."""
    tree = ast.parse((ROOT / "siffra" / f"{module}.py").read_text())
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return Counter(
        number
        for function in functions
        for statement in function.body
        for number in numbers(statement)
        if number not in ORDINARY
    )


def numbers(node):
    """Yield the numbers in a node; those of a square kernel, such as (5, 5), once."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield float(node.value)
    if isinstance(node, ast.keyword) and node.arg in ("fx", "fy"):
        return  # halving
    children = list(ast.iter_child_nodes(node))
    if isinstance(node, ast.Tuple) and node.elts:
        children = children[: 1 if ast.dump(node.elts[0]) == ast.dump(node.elts[-1]) else None]
    for child in children:
        yield from numbers(child)


def numbers_in_javascript(module):
    code = (ROOT / "web" / f"{module}.js").read_text()
    code = re.sub(r"//.*|/\*.*?\*/", "", re.sub(r"/\*.*?\*/", "", code, flags=re.S))
    found = re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.])", code)
    return Counter(float(one) for one in found)


@pytest.mark.parametrize("module", MODULES)
def test_the_numbers_of_a_module(module):
    missing = numbers_in_python(module) - numbers_in_javascript(module)
    assert missing == Counter(), f"in {module}.py, but not in JavaScript"


def test_there_are_numbers():
    with_numbers = [module for module in MODULES if numbers_in_python(module)]
    assert len(with_numbers) >= 4
