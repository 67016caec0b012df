from pipeline.training.ablation import EVERYTHING, VARIANTS, ablate
from pipeline.training.data import Mnist


def test_every_variant_is_measured_on_both_kinds(small, monkeypatch):
    monkeypatch.setattr("pipeline.training.ablation.THIRD", 1)
    monkeypatch.setattr(
        "pipeline.training.ablation.VARIANTS",
        {EVERYTHING: {}, "slant": VARIANTS["slant left as it is"]},
    )
    mnist = Mnist(small[:600], small[600:800], small[800:], {})
    results = ablate(mnist, [], seed=0)
    names = [entry["variant"] for entry in results]
    assert names[0] == EVERYTHING
    assert len(set(names)) == len(names) == 4
    for entry in results:
        assert entry["mnist"] > 0.6
        assert entry["drawings"] is None
    assert results[0]["mnist"] > 0.85
