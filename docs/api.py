"""Write docs/api.md from the docstrings of the public names: python docs/api.py."""

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import siffra

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "api.md"
# A comment of JavaScript, and the class or method that it is about.
COMMENT = re.compile(r"/\*\*((?:(?!\*/).)*)\*/\n *(?:export )?([\w ]+(?:\([^\n]*\))?) \{\n", re.S)


def signature(value: Any) -> str:
    """Return how something is called, as it is written in the source."""
    node: Any = ast.parse(dedent(inspect.getsource(value))).body[0]
    if isinstance(node, ast.ClassDef):
        init: list[Any] = [one for one in node.body if getattr(one, "name", "") == "__init__"]
        fields = [ast.unparse(one) for one in node.body if isinstance(one, ast.AnnAssign)]
        arguments = ast.unparse(init[0].args).removeprefix("self, ") if init else ", ".join(fields)
        return f"{node.name}({arguments})"
    arguments = re.sub(r"^(self|cls)(, )?", "", ast.unparse(node.args))
    return f"{node.name}({arguments}) -> {ast.unparse(node.returns)}"


def members(kind: type) -> Iterator[tuple[str, Any]]:
    """Yield the public methods and properties of a class."""
    for name, value in vars(kind).items():
        function = getattr(value, "__func__", value)
        function = getattr(function, "fget", function)
        if not name.startswith("_") and inspect.isfunction(function) and function.__doc__:
            yield name, function


def entry(level: int, name: str, value: Any) -> str:
    """Return a heading, a signature and a docstring."""
    head = f"{'#' * level} {name}\n\n```python\n{signature(value)}\n```\n\n"
    return f"{head}```text\n{inspect.getdoc(value)}\n```\n"


def python_entries() -> Iterator[str]:
    """Yield the functions and classes with their methods, then a table of the errors."""
    values = {name: getattr(siffra, name) for name in siffra.__all__}
    errors = {name: value for name, value in values.items() if name.endswith("Error")}
    for name in sorted(values.keys() - errors.keys()):
        value = values[name]
        yield entry(3, name, value)
        if isinstance(value, type):
            yield from (entry(4, f"{name}.{one}", member) for one, member in members(value))
    rows = [
        f"| `{name}` | {', '.join(base.__name__ for base in value.__bases__)} "
        f"| {(inspect.getdoc(value) or '').splitlines()[0]} |"
        for name, value in errors.items()
    ]
    yield "\n".join(["### Errors\n", "| error | is a | when |", "| --- | --- | --- |", *rows, ""])


def javascript_entries(source: str) -> Iterator[str]:
    """Yield the exported class and its methods, from the comments above them."""
    for comment, name in COMMENT.findall(source):
        if not re.match(r"class|static|async|(?!constructor|function)\w+\(", name):
            continue
        text = "\n".join(re.sub(r"^ *\*? ?", "", line) for line in comment.strip().splitlines())
        title = re.sub(r"^(class|static|async| )+", "", name).partition("(")[0]
        yield f"### {title}\n\n```js\n{name}\n```\n\n```text\n{text}\n```\n"


def page() -> str:
    """Return the page."""
    source = (ROOT / "web" / "siffra.js").read_text(encoding="utf-8")
    parts = ["# API\n", "Written from the docstrings by `make api`.\n", "## Python\n"]
    parts += python_entries()
    package = "[the package](javascript.md) of `make package`"
    parts += [f"## JavaScript\n\n`web/siffra.js`, or {package}.\n"]
    return "\n".join([*parts, *javascript_entries(source)])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
