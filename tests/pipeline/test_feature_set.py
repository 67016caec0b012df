from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.feature_set import (
    Source,
    Split,
    _extract,
    build_feature_set,
    build_non_digits,
    join,
    non_digit_rows,
    split_writers,
)
from pipeline.model import build_extractor
from siffra import BlankImageError, DataError
from siffra.corrections import Correction, save_correction
from siffra.scores import NOT_A_DIGIT


def test_each_source_has_its_rows_and_copies(rows):
    def count(source):
        augmented = rows.augmented[rows.sources == source]
        return len(augmented), augmented.sum()

    assert count(Source.MNIST) == (160 * 3, 160 * 2)
    assert count(Source.PEN_DIGITS) == (120 * 5, 120 * 3)
    assert count(Source.UNIPEN) == (60 * 5, 60 * 3)
    assert np.isfinite(rows.features).all()
    assert rows.stroke_sources == (Source.PEN_DIGITS, Source.UNIPEN)


def test_no_writer_is_in_two_splits(rows):
    drawn = rows.sources != Source.MNIST
    for group in set(rows.groups[drawn]):
        assert len(set(rows.splits[rows.groups == group])) == 1
    assert not set(rows.groups[drawn]) & set(rows.groups[~drawn])


def test_each_source_is_split_by_writer(rows):
    for source, n_writers in ((Source.PEN_DIGITS, 2), (Source.UNIPEN, 1)):
        for split in (Split.VALIDATION, Split.TEST):
            chosen = rows.select(split, source)
            assert len(set(chosen.groups)) == n_writers
            assert len(chosen) == n_writers * 12 * 2


def test_strokes_weigh_more_and_distorted_images_are_not_for_the_forest(rows):
    is_mnist = rows.sources == Source.MNIST
    assert set(rows.weights[is_mnist]) == {1.0}
    assert set(rows.weights[~is_mnist]) == {1.5}
    np.testing.assert_array_equal(rows.forest_rows, ~(is_mnist & rows.augmented))


def test_one_seed_gives_one_feature_set(tiny_mnist, strokes, rows):
    again = build_feature_set(build_extractor(), tiny_mnist, strokes, seed=0)
    np.testing.assert_array_equal(again.features, rows.features)
    np.testing.assert_array_equal(again.splits, rows.splits)


def test_writers_known_from_another_source_keep_their_split():
    known = {1: Split.TEST, 2: Split.VALIDATION, 99: Split.TEST}
    splits = split_writers(range(1, 13), 0, known)
    assert splits.keys() == set(range(1, 13))
    assert (splits[1], splits[2]) == (Split.TEST, Split.VALIDATION)
    assert np.bincount(list(splits.values())).tolist() == [6, 3, 3]


def test_non_digits_follow_the_split_of_the_digits(rows, draw):
    characters = {Source.UNIPEN: draw("X", [*range(100, 105), *range(200, 210)])}
    others = build_non_digits(build_extractor(), characters, rows, seed=0)
    others = others[(others.sources == Source.UNIPEN) & ~others.augmented]
    assert len(others) == 90
    assert set(others.labels) == {ord("X")}
    digits = rows[rows.sources == Source.UNIPEN]
    for group in set(digits.groups):
        (split,) = set(digits.splits[digits.groups == group])
        assert set(others.splits[others.groups == group]) == {split}
    unknown = others[others.groups >= 60 + 200]
    assert np.bincount(unknown.splits).tolist() == [36, 12, 12]


def test_only_what_is_clearly_no_digit_is_learned_from(rows, draw):
    characters = {Source.UNIPEN: draw("X", range(200, 210))}
    others = build_non_digits(build_extractor(), characters, rows, seed=0)
    lookalike = replace(others, labels=np.full(len(others), ord("O")))
    learned = non_digit_rows(join([others, lookalike]))
    assert len(learned) == len(others)
    assert set(learned.labels) == {NOT_A_DIGIT}
    assert learned.augmented.all()
    assert not learned.forest_rows.any()


def test_corrections_are_for_training_only(tiny_mnist, tmp_path):
    image = np.zeros((60, 60), dtype=np.uint8)
    image[10:50, 28:34] = 255
    path = save_correction(tmp_path, image, 1, {}, "")
    corrections = [Correction(path.with_suffix(".png"), 1)]
    built = build_feature_set(build_extractor(), tiny_mnist, {}, 0, corrections=corrections)
    added = built[built.sources == Source.CORRECTIONS]
    assert (added.labels, added.splits, added.augmented) == ([1], [Split.TRAIN], [True])


def test_a_blank_correction_is_named(tiny_mnist, tmp_path):
    path = save_correction(tmp_path, np.zeros((60, 60), dtype=np.uint8), 1, {}, "")
    corrections = [Correction(path.with_suffix(".png"), 1)]
    with pytest.raises(DataError, match=path.stem):
        build_feature_set(build_extractor(), tiny_mnist, {}, 0, corrections=corrections)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("pendigits-orig.tra", Source.PEN_DIGITS),
        ("UNIPEN-digits.txt", Source.UNIPEN),
        ("mine.txt", Source.OTHER_STROKES),
    ],
)
def test_a_stroke_file_is_known_by_its_name(name, source):
    assert Source.of_file(Path("unipen") / name) == source


def test_a_one_at_the_very_edge_is_learned_from_too():
    canvas = np.zeros((400, 400), np.uint8)
    canvas[100:250, 2:14] = 255
    extractor = build_extractor()
    with pytest.raises(BlankImageError):
        extractor.transform([canvas])
    found = _extract(extractor, [np.pad(canvas, 40), canvas])
    np.testing.assert_array_equal(found[0], found[1])
    with pytest.raises(BlankImageError):
        _extract(extractor, [np.zeros_like(canvas)])


def test_a_number_that_stands_for_many_writers_is_in_training():
    writers = [7] * 50 + list(range(100, 110)) * 10
    for seed in range(20):
        assert split_writers(writers, seed, {})[7] == Split.TRAIN
