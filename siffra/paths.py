"""The folders of a clone, which an installed package does not have."""

from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).parent
PROJECT: Final = PACKAGE.parent
WEB: Final = PROJECT / "web"
MODEL: Final = PROJECT / "model"
EXAMPLES: Final = PROJECT / "docs" / "examples"
