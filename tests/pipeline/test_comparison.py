import numpy as np

from pipeline.comparison import compare


def test_four_baselines_on_real_digits(small):
    results = compare(small[:1000], small[1000:], seed=0)
    assert [result.model for result in results] == [
        "LogisticRegression",
        "RandomForestClassifier",
        "ExtraTreesClassifier",
        "VotingClassifier",
    ]
    for result in results:
        matrix = np.array(result.confusion_matrix)
        assert matrix.sum() == 500
        assert result.validation_accuracy == matrix.trace() / 500
        assert result.validation_accuracy > 0.85
        assert result.fit_seconds >= 0
