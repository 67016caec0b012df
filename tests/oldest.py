"""Print the oldest versions that pyproject.toml allows, as constraints for pip."""

import tomllib
from pathlib import Path

from packaging.requirements import Requirement


def oldest() -> list[str]:
    """Return a constraint for each lower bound."""
    file = Path(__file__).parent.parent / "pyproject.toml"
    project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    names = ("app", "mcp", "training", "batch", "cluster", "signing", "test")
    lines = [*project["dependencies"], *(line for name in names for line in extras[name])]
    return [
        f"{requirement.name}=={specifier.version}"
        for requirement in map(Requirement, lines)
        for specifier in requirement.specifier
        if specifier.operator == ">="
    ]


if __name__ == "__main__":
    print("\n".join(oldest()))
