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


WEIGH = """async ([url, answer]) => {
    const [{DigitReader}, {weighInk}, photos] = await Promise.all(
        ["/siffra.js", "/explanation.js", "/photos.js"].map((name) => import(name)));
    const reader = await DigitReader.load("/model.bin");
    const {pixels} = await photos.open(await (await fetch(url)).blob());
    const digit = reader.read(pixels).steps.at(-1);
    const weighed = weighInk(reader, {...digit, data: digit.pixels}, answer);
    return {...weighed, effects: [...weighed.effects]};
}"""


@pytest.mark.parametrize(("name", "answer"), [("3-broad.png", 3), ("7-crossed.png", 7)])
def test_each_piece_of_ink_counts_as_much_as_python_says(page, reader, name, answer):
    found = page.evaluate(WEIGH, [f"/check/{name}", answer])
    with Image.open(ROOT / "docs" / "examples" / name) as image:
        prediction = reader.read(image)
    digit = prediction.steps.digit

    def lead(*digits):
        """How much higher the score of the answer is than that of its rival."""
        values = np.stack(digits).reshape(len(digits), -1).astype(np.float32) / 255
        scores = reader.pipeline[1:-1].transform(values)[:, 1:]
        return scores[:, answer] - scores[:, found["rival"]]

    assert found["rival"] == np.argsort(prediction.scores[1:])[-2]
    assert found["lead"] == pytest.approx(lead(digit)[0], abs=1e-3)
    y, x = np.indices(digit.shape)
    pieces = [
        np.hypot(x - column, y - row) <= 2.5
        for row, column in np.argwhere((digit >= 64) & ((x + y) % 2 == 0))
    ]
    rises = lead(digit) - lead(*[np.where(piece, 0, digit) for piece in pieces])
    counts = np.sum(pieces, axis=0)
    effects = np.tensordot(rises, pieces, 1) / np.maximum(counts, 1)
    np.testing.assert_allclose(
        np.reshape(found["effects"], digit.shape), np.where(digit, effects, 0), atol=2e-3
    )
    for side, most in (("for", rises.max()), ("against", rises.min())):
        place = found["strongest"][side]
        assert place["lead"] == pytest.approx(found["lead"] - most, abs=2e-3)
        assert digit[place["y"], place["x"]] >= 64
