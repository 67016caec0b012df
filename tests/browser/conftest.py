"""One browser for this folder."""

import pytest
from launch import launch


# For one folder: while Playwright runs, other tests of the process cannot use asyncio.
@pytest.fixture(scope="package")
def chromium():
    with launch() as chromium:
        yield chromium
