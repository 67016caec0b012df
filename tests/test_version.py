from importlib.metadata import PackageNotFoundError, version

import pytest

from siffra import __main__


def test_a_clone_that_is_not_installed_knows_its_version(monkeypatch, capsys):
    expected = version("siffra")

    def find(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(__main__, "version", find)
    monkeypatch.setattr("sys.argv", ["siffra", "--version"])
    with pytest.raises(SystemExit, match="0"):
        __main__.main()
    assert capsys.readouterr().out == f"siffra {expected}\n"
