import numpy as np

from pipeline.training.comparison import compare


def test_four_models_on_real_digits(small):
    entries = compare(small[:1000], small[1000:], seed=0)
    assert [entry["model"] for entry in entries] == [
        "LogisticRegression",
        "RandomForestClassifier",
        "ExtraTreesClassifier",
        "VotingClassifier",
    ]
    for entry in entries:
        matrix = np.array(entry["confusion_matrix"])
        assert matrix.sum() == 500
        assert entry["validation_accuracy"] == matrix.trace() / 500
        assert entry["validation_accuracy"] > 0.85
        assert entry["fit_seconds"] >= 0
