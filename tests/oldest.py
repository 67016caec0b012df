"""Print the oldest versions that pyproject.toml allows, as constraints for pip."""

import tomllib
from pathlib import Path

from packaging.requirements import Requirement

project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())["project"]
extras = project["optional-dependencies"]
for line in (*project["dependencies"], *extras["training"], *extras["test"]):
    requirement = Requirement(line)
    for specifier in requirement.specifier:
        if specifier.operator == ">=":
            print(f"{requirement.name}=={specifier.version}")
