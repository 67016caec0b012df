"""The steps after the preprocessing, which the page shows, are those of Python."""

import numpy as np
import pytest
from apps import ROOT
from PIL import Image

READ = """async (url) => {
    const [{DigitReader}, {explain}, photos] = await Promise.all(
        ["/siffra.js", "/explanation.js", "/photos.js"].map((name) => import(name)));
    const reader = await DigitReader.load("/model.bin");
    const {pixels} = await photos.open(await (await fetch(url)).blob());
    const steps = explain(reader, reader.read(pixels).steps.at(-1));
    return steps.map((step) => [step.name, [...(step.pixels ?? step.values)]]);
}"""


@pytest.fixture(scope="module")
def page(chromium, url):
    page = chromium.new_page()
    page.goto(f"{url}files.json")
    yield page
    page.close()


@pytest.mark.parametrize("name", ["2.png", "7-crossed.png"])
def test_each_step_is_that_of_python(page, reader, name):
    found = dict(page.evaluate(READ, f"/check/{name}"))
    with Image.open(ROOT / "docs" / "examples" / name) as image:
        expected = reader.explain(reader.read(image))
    edges = 255 * expected.edges / expected.edges.max()
    np.testing.assert_allclose(found["edges"], edges.ravel(), atol=0.01)
    scores = expected.scores - expected.scores.min()
    np.testing.assert_allclose(found["scores"], scores, atol=1e-3)
    assert found["votes"] == expected.votes.tolist()
