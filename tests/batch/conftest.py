"""Fixtures for the batch command: without processes, and on a disk that is soon full."""

import subprocess

import pytest
from joblib import parallel_config


@pytest.fixture
def in_threads():
    """Read in threads of this process: starting processes takes seconds."""
    with parallel_config(backend="threading"):
        yield


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a file system of 800 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=800k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a file system needs root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)
