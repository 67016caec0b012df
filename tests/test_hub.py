import subprocess
import sys

import pytest

from pipeline import ModelError, load_model


def test_a_folder_has_no_revisions(folder):
    with pytest.raises(ModelError, match="only a repository on the Hub has revisions"):
        load_model(folder, revision="main")


def test_neither_folder_nor_repository(tmp_path):
    with pytest.raises(ModelError, match=r"neither a folder nor the name of a repository"):
        load_model(tmp_path / "nothing here" / "at all")


def test_an_unreachable_repository_is_one_clear_error(tmp_path):
    code = "from pipeline import load_model; load_model('user/model')"
    environment = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path)}
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=120
    )
    assert "ModelError: Cannot download user/model from the Hub" in result.stderr


def test_a_local_model_needs_no_hub_client_and_no_figures(folder):
    code = (
        "import sys; from pipeline import load_model; load_model(sys.argv[1]);"
        "print({'huggingface_hub', 'gradio', 'matplotlib'} & sys.modules.keys())"
    )
    result = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "set()"
