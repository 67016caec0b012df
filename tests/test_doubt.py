import numpy as np

from pipeline.doubt import Limits, read_familiar


def test_either_limit_makes_unsure():
    probabilities = np.array([[0.9, 0.1], [0.5, 0.5], [0.1, 0.9], [0.6, 0.4]])
    familiarity = np.array([0.8, 0.8, 0.2, 0.5], dtype=np.float32)
    unsure = Limits(0.6, 0.5).unsure(probabilities, familiarity)
    assert unsure.tolist() == [False, True, True, False]
    assert not Limits().unsure(probabilities, familiarity).any()


def test_reading_gives_the_pipelines_probabilities(model, digits):
    images = digits[0][1500:1550]
    probabilities, familiarity = read_familiar(model, model[0].transform(images))
    np.testing.assert_array_equal(probabilities, model.predict_proba(images))
    assert familiarity.shape == (50,)
    assert 0 < familiarity.min() <= familiarity.max() <= 1


def test_digits_are_more_familiar_than_noise(model, digits):
    noise = np.random.default_rng(0).integers(0, 256, (20, 8, 8), dtype=np.uint8)
    known = read_familiar(model, model[0].transform(digits[0][1500:]))[1]
    assert np.median(read_familiar(model, model[0].transform(noise))[1]) < np.quantile(known, 0.05)
