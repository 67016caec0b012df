import numpy as np
import pytest
from sklearn.decomposition import PCA

from pipeline.components import QuickPCA


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(0)
    return rng.normal(5, 2, size=(300, 40)).astype(np.float32)


@pytest.mark.parametrize("whiten", [False, True])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_components_are_scikit_learns(rows, whiten, kind):
    quick = QuickPCA(7, whiten=whiten, svd_solver="covariance_eigh").fit(rows)
    expected = PCA.transform(quick, rows[:20].astype(kind))
    np.testing.assert_allclose(quick.transform(rows[:20].astype(kind)), expected, atol=2e-4)


@pytest.mark.parametrize("wrong", [np.zeros((1, 39)), np.full((1, 40), np.nan)])
def test_wrong_rows_are_scikit_learns_to_refuse(rows, wrong):
    quick = QuickPCA(3).fit(rows)
    with pytest.raises(ValueError, match=r"QuickPCA|NaN"):
        quick.transform(wrong.astype(np.float32))
