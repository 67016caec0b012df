import csv
import os
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image
from shapes import seven

from siffra import DataError, DigitReader
from siffra.__main__ import main
from siffra.batch.predict import predict_files
from siffra.batch.table import PartialTable
from siffra.image_files import open_image
from siffra.model_folder.saving import save_model
from siffra.rejection import Thresholds


def read(path):
    with path.open(newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def predict(*arguments):
    """Run the command in this process and return its exit code."""
    return main(["predict", *map(str, arguments)])


@pytest.fixture
def images(digits):
    return 255 - np.kron(digits[0][:1100], np.ones((3, 3), np.uint8))


@pytest.fixture
def scans(images, tmp_path):
    """A folder of images."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for index, image in enumerate(images[:60]):
        Image.fromarray(image).save(folder / f"{index:02}\n.png")
    return folder


@pytest.mark.usefixtures("in_threads")
def test_every_result_is_the_readers(images, folder, tmp_path, capsys):
    np.savez(tmp_path / "images.npz", images=images)
    output = tmp_path / "table.csv"
    assert predict("--model", folder, "--output", output, tmp_path / "images.npz") == 0
    assert capsys.readouterr().out == f"1,100 images: {output}\n"
    rows = read(output)
    predictions = DigitReader.from_pretrained(folder).read_many(images)
    found = [[float(row[f"p{k}"]) for k in range(10)] for row in rows]
    expected = [prediction.probabilities for prediction in predictions]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    assert [int(row["guess"]) for row in rows] == [prediction.guess for prediction in predictions]
    labels = ["" if p.label is None else str(p.label) for p in predictions]
    assert [row["label"] for row in rows] == labels
    assert [row["unsure"] for row in rows] == [str(p.unsure) for p in predictions]
    assert 0 < sum(prediction.unsure for prediction in predictions) < len(rows)


def test_the_answer_for_one_image_is_printed(scans, folder, capsys):
    expected = DigitReader.from_pretrained(folder)
    names = sorted(scans.iterdir())
    predictions = [expected.read(open_image(name)) for name in names]
    assert {prediction.unsure for prediction in predictions} == {True, False}
    lines = [f"unsure, perhaps {p.guess}" if p.unsure else f"{p.label}" for p in predictions]
    assert predict("--model", folder, names[0]) == 0
    assert capsys.readouterr().out == f"{lines[0]}\n"
    assert predict("--model", folder, scans) == 0
    shown = [str(name).replace("\n", r"\n") for name in names]
    assert capsys.readouterr().out == "".join(
        f"{name}: {line}\n" for name, line in zip(shown, lines, strict=True)
    )
    assert not list(scans.parent.glob("*.csv"))


def test_printed_answers_of_bad_images_and_of_none(scans, folder, tmp_path, capsys):
    (tmp_path / "bad.png").write_bytes(b"no image")
    (tmp_path / "scans.zip").touch()
    (tmp_path / "form.PDF").touch()
    assert predict("--model", folder, tmp_path / "bad.png", *sorted(scans.iterdir())[:1]) == 0
    assert "bad.png: Got a file that cannot be read" in capsys.readouterr().err
    assert predict("--model", folder, tmp_path / "bad.png") == 1
    assert "None of the 1 images could be read" in capsys.readouterr().err
    assert predict("--model", folder, tmp_path / "scans.zip", tmp_path / "form.PDF") == 1
    error = capsys.readouterr().err
    assert "scans.zip: skipped, because it is a .zip file. Unpack it." in error
    assert "form.PDF: skipped, because it is a .pdf file. Save its pages as images." in error
    assert "there are no images" in error


@pytest.mark.parametrize("option", [("--decimal-comma",), ("--scheduler", "local")])
def test_options_of_a_table_need_one(option, scans, folder, capsys):
    assert predict("--model", folder, *option, scans) == 1
    assert "need --output FILE" in capsys.readouterr().err


def test_printed_numbers_and_examples(scans, number_folder, hand, tmp_path, capsys):
    Image.fromarray(np.tile(seven(), (1, 2))).save(tmp_path / "two.png")
    assert predict("--model", number_folder, "--numbers", tmp_path / "two.png") == 0
    assert "77" in capsys.readouterr().out
    examples, _ = hand
    arguments = ("--model", number_folder, "--examples", examples, examples)
    assert predict(*arguments) == 0
    assert {line[-1] for line in capsys.readouterr().out.splitlines()} == {"8"}


@pytest.mark.usefixtures("in_threads")
def test_a_table_with_decimal_commas(scans, folder, tmp_path):
    for name, options in (("comma.csv", ["--decimal-comma"]), ("point.csv", [])):
        assert predict("--model", folder, "--output", tmp_path / name, *options, scans) == 0
    rows = read(tmp_path / "point.csv")
    with (tmp_path / "comma.csv").open(newline="", encoding="utf-8-sig") as file:
        found = list(csv.DictReader(file, delimiter=";"))
    for row, expected in zip(found, rows, strict=True):
        assert [row[f"p{k}"].replace(",", ".") for k in range(10)] == [
            expected[f"p{k}"] for k in range(10)
        ]
        assert (row["image"], row["guess"]) == (expected["image"], expected["guess"])
    assert "," in found[0]["p0"]


@pytest.mark.usefixtures("in_threads")
def test_the_bar_moves_after_few_images(images, folder, tmp_path, monkeypatch):
    np.savez(tmp_path / "images.npz", images=images[:120])
    sizes = []
    append = PartialTable.append
    monkeypatch.setattr(
        PartialTable, "append", lambda *args: (sizes.append(len(args[1])), append(*args))
    )
    predict_files(str(folder), [str(tmp_path / "images.npz")], tmp_path / "table.csv")
    assert sizes == [50, 50, 20]


@pytest.fixture
def number_folder(model, judge, tmp_path):
    """A model folder with a judge of numbers."""
    path = tmp_path / "numbers"
    path.mkdir()
    save_model(model, path, Thresholds(0.3), judge)
    return path


@pytest.mark.usefixtures("in_threads")
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_numbers(scans, number_folder, tmp_path, suffix):
    (scans / "bad.png").write_bytes(b"no image")
    two = np.tile(seven(), (1, 2))
    Image.fromarray(two).save(scans / "two.png")
    output = tmp_path / f"table.{suffix}"
    assert predict("--numbers", "--model", number_folder, "--output", output, scans) == 0
    rows = read(output) if suffix == "csv" else pq.read_table(output).to_pylist()
    assert list(rows[0]) == ["image", "label", "unsure", "guess", "confidence", "error"]
    by_name = {Path(row["image"]).name: row for row in rows}
    expected = DigitReader.from_pretrained(number_folder).read_number(two)
    assert by_name["two.png"]["guess"] == expected.guess == "77"
    assert float(by_name["two.png"]["confidence"]) == pytest.approx(expected.confidence)
    assert by_name["two.png"]["label"] == (expected.label or "")
    assert not by_name["bad.png"]["guess"]
    assert "cannot be read as an image" in by_name["bad.png"]["error"]


@pytest.mark.usefixtures("in_threads")
@pytest.mark.parametrize("kind", ["numbers", "examples"])
def test_rows_of_an_interrupted_run_of_another_kind_stay_behind(
    hand, number_folder, tmp_path, monkeypatch, kind
):
    def interrupt(table):
        raise KeyboardInterrupt

    images, output = [str(hand[0])], tmp_path / "table.csv"
    with monkeypatch.context() as patch:
        patch.setattr(PartialTable, "complete", interrupt)
        with pytest.raises(KeyboardInterrupt):
            predict_files(str(number_folder), images, output)
    options = {"numbers": True} if kind == "numbers" else {"examples": hand[0]}
    predict_files(str(number_folder), images, output, **options)
    rows = read(output)
    assert ("confidence" in rows[0]) == (kind == "numbers")
    assert kind == "numbers" or {row["guess"] for row in rows} == {"8"}


@pytest.mark.usefixtures("in_threads")
def test_bad_images_get_an_error_and_the_others_go_on(scans, folder, tmp_path, capsys):
    names = sorted(scans.iterdir())
    names[1].write_bytes(b"no image")
    names[3].write_bytes(names[2].read_bytes()[:-30])
    Image.new("L", (20, 20)).save(names[4])
    Image.new("L", (9000, 8000)).save(names[5])
    (scans / "a.npz").write_bytes(b"no archive")
    np.savez(scans / "b.npz", images=np.random.default_rng(0).random((2, 30, 30)))
    (scans / "c.parquet").write_bytes(b"no table")
    os.mkfifo(scans / "d.png")
    output = tmp_path / "table.csv"
    assert predict("--model", folder, "--output", output, scans) == 0
    out, err = capsys.readouterr()
    assert out == f"64 images, 8 of them with an error: {output}\n"
    errors = {row["image"]: row["error"] for row in read(output) if row["error"]}
    for name, words in (
        (names[1], "cannot be read as an image"),
        (names[3], "cannot be read as an image"),
        (names[4], "blank"),
        (names[5], "too many pixels"),
        (scans / "a.npz", "numpy.savez"),
        (f"{scans}/b.npz:images:1", "float64"),
        (scans / "c.parquet", "Parquet"),
    ):
        printed = str(name).replace("\n", r"\n")
        assert words in errors[printed]
        assert f"{printed}: {errors[printed]}\n" in err
    assert f"{scans}/d.png: skipped" in err
    assert all(row["label"] == "" for row in read(output) if row["error"])


@pytest.mark.usefixtures("in_threads")
def test_a_large_photo_is_read_as_the_app_reads_it(images, folder, tmp_path):
    photo = np.kron(images[0], np.ones((100, 90), np.uint8))
    noise = np.random.default_rng(0).integers(0, 8, photo.shape, dtype=np.uint8)
    Image.fromarray(photo // 2 + noise).save(tmp_path / "photo.png")
    expected = DigitReader.from_pretrained(folder).read(open_image(tmp_path / "photo.png"))
    assert predict("--model", folder, "--output", tmp_path / "t.csv", tmp_path / "photo.png") == 0
    (row,) = read(tmp_path / "t.csv")
    assert [float(row[f"p{k}"]) for k in range(10)] == expected.probabilities.tolist()


@pytest.mark.usefixtures("in_threads")
def test_only_bad_images_are_a_table_and_an_error(folder, tmp_path, capsys):
    (tmp_path / "bad.png").touch()
    output = tmp_path / "table.csv"
    assert predict("--model", folder, "--output", output, tmp_path) == 1
    assert "None of the 1 images could be read" in capsys.readouterr().err
    assert [row["label"] for row in read(output)] == [""]


@pytest.mark.usefixtures("in_threads")
def test_resumed_table_fits_the_files_that_there_are(scans, folder, tmp_path, monkeypatch, capsys):
    """Between two runs, a file is replaced, one renamed, one removed."""
    monkeypatch.setattr("siffra.batch.predict._BLOCK", 10)
    append, n_blocks = PartialTable.append, []

    def append_three(self, *arguments):
        append(self, *arguments)
        n_blocks.append(1)
        if len(n_blocks) == 3:
            raise KeyboardInterrupt

    output, fresh = tmp_path / "table.csv", tmp_path / "fresh.csv"
    with monkeypatch.context() as patch:
        patch.setattr(PartialTable, "append", append_three)
        assert predict("--model", folder, "--output", output, scans) == 130
    assert "Rerun the command to resume" in capsys.readouterr().err
    first, second, third, *_, last = sorted(scans.iterdir())
    first.write_bytes(last.read_bytes())
    second.rename(scans / "99.png")
    third.unlink()
    assert predict("--model", folder, "--output", output, scans) == 0
    assert predict("--model", folder, "--output", fresh, scans) == 0
    assert output.read_bytes() == fresh.read_bytes()
    assert len(read(output)) == 59


def test_missing_input_and_output_are_said_at_once(scans, folder, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    output = tmp_path / "table.csv"
    for arguments, message in (
        ([tmp_path / "nothing.png"], "no such file"),
        ([tmp_path / "empty"], "there are no images"),
        ([scans, "--output", tmp_path / "table.xls"], "expected a name in .csv or .parquet"),
        ([scans, "--model", tmp_path / "empty"], "config.json"),
        ([scans, "--numbers"], "single digits only"),
        ([scans, "--examples", "missing"], "no such folder"),
    ):
        assert predict("--model", folder, "--output", output, *arguments) == 1
        error = capsys.readouterr().err
        assert error.startswith("Error: ")
        assert message in error
    assert {path.name for path in tmp_path.iterdir()} == {"model", "empty", "scans"}


@pytest.mark.usefixtures("in_threads")
def test_no_name_reaches_the_terminal_raw(images, folder, tmp_path, capsys):
    np.savez(tmp_path / "a.npz", **{"\x1b[2Jgood": images[:1] * 0, "\x1b]0;bad\x07": images[:2].T})
    assert predict("--model", folder, "--output", tmp_path / "t.csv", tmp_path / "a.npz") == 1
    error = capsys.readouterr().err
    assert r"a.npz:\x1b[2Jgood:0: The image is blank" in error
    assert r"The array \x1b]0;bad\x07.npy has shape" in error
    assert "\x1b[2J" not in error
    assert "\x07" not in error
    assert predict("--model", f"{tmp_path}/\x1b[2J", "--output", tmp_path / "u.csv", "a.png") == 1
    assert "\x1b" not in capsys.readouterr().err


@pytest.fixture
def hand(images, digits, tmp_path):
    """Seven drawings of a visitor who calls a 3 an 8, in one folder and by name."""
    folder = tmp_path / "hand"
    (folder / "8").mkdir(parents=True)
    threes = images[digits[1][:1100] == 3]
    for index, image in enumerate(threes[:7]):
        name = f"8/{index}.png" if index < 4 else f"8-{index}.png"
        Image.fromarray(image).save(folder / name)
    return folder, threes[:7]


@pytest.mark.usefixtures("in_threads")
def test_examples_are_learned(hand, folder, tmp_path):
    examples, threes = hand
    output = tmp_path / "table.csv"
    arguments = ("--model", folder, "--output", output, "--examples", examples)
    assert predict(*arguments, examples) == 0
    rows = read(output)
    adapted = DigitReader.from_pretrained(folder).adapt((image, 8) for image in threes)
    expected = [str(one.guess) for one in adapted.read_many(threes)]
    assert sorted(row["guess"] for row in rows) == sorted(expected) == ["8"] * 7
    found = sorted(float(row["p8"]) for row in rows)
    probabilities = sorted(one.probabilities[8] for one in adapted.read_many(threes))
    np.testing.assert_allclose(found, probabilities, atol=1e-9)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "Got 0 images"),
        (["four.png"], "a name that begins with its digit"),
        ([f"4-{index}.png" for index in range(51)], "Got 51 images .* Expected 1 to 50"),
        (["4-blank.png"], "4-blank.png is not an example.*blank"),
    ],
)
def test_folders_that_hold_no_examples(names, message, folder, scans, tmp_path):
    examples = tmp_path / "examples"
    examples.mkdir()
    for name in names:
        Image.new("L", (30, 30), 255).save(examples / name)
    with pytest.raises(DataError, match=message):
        predict_files(str(folder), [str(scans)], tmp_path / "table.csv", examples=examples)
    assert not (tmp_path / "table.csv").exists()
