"""web/pad.js by itself, in a real browser: mouse, fingers, pen and keyboard."""

import base64
import io
from contextlib import contextmanager
from itertools import pairwise

import cv2
import numpy as np
import pytest
from apps import ROOT
from PIL import Image

from siffra.numbers import strokes

SIDE = 300  # of the pad on the page, in CSS pixels
PAGE = f"""<!doctype html><title>Pad</title><body style="margin: 0; height: 3000px">
<canvas aria-label="Sketch pad" style="display: block; width: {SIDE}px; height: {SIDE}px"></canvas>
<button>Other</button>"""
START = """
const canvas = document.querySelector("canvas");
window.events = [];
for (const name of ["draw", "change"]) {
    canvas.addEventListener(name, (event) => events.push([name, event.detail.isEmpty]));
}
window.pad = new SketchPad(canvas);
"""


@contextmanager
def visit(chromium, **options):
    context = chromium.new_context(viewport={"width": 400, "height": 500}, **options)
    with open_page(context) as page:
        yield page
    context.close()


@contextmanager
def open_page(context):
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.set_content(PAGE)
    source = (ROOT / "web" / "pad.js").read_text(encoding="utf-8")
    page.add_script_tag(content=source + START, type="module")
    page.wait_for_function("window.pad")
    yield page
    assert page.errors == []
    page.close()


@pytest.fixture(scope="module")
def context(chromium):
    context = chromium.new_context(viewport={"width": 400, "height": 500})
    yield context
    context.close()


@pytest.fixture
def page(context):
    with open_page(context) as page:
        yield page


def stroke(page, *points, button="left", steps=5):
    """Draw with the mouse through points given as fractions of the pad."""
    places = [(SIDE * x, SIDE * y) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down(button=button)
    for x, y in places[1:]:
        page.mouse.move(x, y, steps=steps)
    page.mouse.up(button=button)


def drawing(page, side=400):
    """The exported drawing as gray values."""
    url = page.evaluate("side => pad.toDataURL(side)", side)
    image = Image.open(io.BytesIO(base64.b64decode(url.partition(",")[2])))
    assert image.size == (side, side)
    assert np.asarray(image.convert("RGBA"))[..., 3].min() == 255
    return np.asarray(image.convert("L"))


def assert_line(image, *points):
    """Every pixel nearer to the line than half the pen's width is dark, all others are light."""
    rows, columns = np.mgrid[: len(image), : len(image)] + 0.5
    distance = np.full(image.shape, np.inf)
    for (x1, y1), (x2, y2) in pairwise(np.array(points) * len(image)):
        length = np.hypot(x2 - x1, y2 - y1)
        along = ((columns - x1) * (x2 - x1) + (rows - y1) * (y2 - y1)) / length**2
        nearest = np.clip(along, 0, 1)
        away = np.hypot(columns - x1 - nearest * (x2 - x1), rows - y1 - nearest * (y2 - y1))
        distance = np.minimum(distance, away)
    half = len(image) * 17 / 800
    assert image[distance < half - 1].max() < 128
    assert image[distance > half + 1].min() > 128


def changes(page):
    return [is_empty for name, is_empty in page.evaluate("events") if name == "change"]


def ink(page):
    return int((drawing(page) < 128).sum())


def test_a_line_is_drawn_where_the_mouse_went(page):
    stroke(page, (0.2, 0.3), (0.8, 0.3), (0.8, 0.7), steps=2)
    assert_line(drawing(page), (0.2, 0.3), (0.8, 0.3), (0.8, 0.7))


def test_a_curve_of_few_points_is_smooth(page):
    """A circle of 24 points is closer to a circle than the polygon is."""
    angles = np.linspace(0, 2 * np.pi, 25)
    points = [(0.5 + 0.4 * np.cos(a), 0.5 + 0.4 * np.sin(a)) for a in angles]
    stroke(page, *points, steps=1)
    rows, columns = np.nonzero(drawing(page, 1200) < 128)
    angle = np.arctan2(rows - 599.5, columns - 599.5)
    radius = np.hypot(rows - 599.5, columns - 599.5)
    away = np.abs(angle) > 0.4  # where the stroke begins and ends
    bins = np.digitize(angle[away], np.linspace(-np.pi, np.pi, 240))
    outer = np.array([radius[away][bins == k].max() for k in np.unique(bins)])
    polygon = 480 * (1 - np.cos(np.pi / 24))
    assert outer[1:-1].max() - outer[1:-1].min() < 0.75 * polygon


def test_strokes_are_in_pixels_of_the_image_in_the_order_drawn(page):
    stroke(page, (0.2, 0.8), (0.2, 0.2))
    stroke(page, (0.5, 0.5), (0.7, 0.5))
    first, second = page.evaluate("pad.strokes")
    assert (first[0], first[-1]) == ([80, 320], [80, 80])
    assert (second[0], second[-1]) == ([200, 200], [280, 200])
    gray = drawing(page)
    assert all(gray[y, x] < 128 for x, y in first + second)
    page.evaluate("pad.undo()")
    assert page.evaluate("pad.strokes") == [first]
    page.evaluate("pad.redo()")
    page.evaluate("Object.assign(pad.canvas.style, {width: '200px', height: '200px'})")
    assert page.evaluate("pad.strokes") == [first, second]
    page.evaluate("pad.clear()")
    assert page.evaluate("pad.strokes") == []


def test_the_eraser_and_images_are_no_strokes(page):
    stroke(page, (0.2, 0.8), (0.2, 0.2))
    page.evaluate("pad.erasing = true")
    stroke(page, (0.1, 0.5), (0.3, 0.5))
    assert len(page.evaluate("pad.strokes")) == 1
    page.evaluate("pad.show(pad.canvas)")
    assert page.evaluate("pad.strokes") == []


def test_scribble_is_handed_out_as_no_strokes_and_no_more_than_is_read(page):
    """The reader refuses more points: the page would have no answer."""
    n_points = page.evaluate(
        """n => {
            const zigzag = Array.from({length: n}, (_, k) => [k % 2, k / n]);
            pad.restore([{points: zigzag, isEraser: false}]);
            return pad.strokes.flat().length;
        }""",
        strokes.MAX_POINTS,
    )
    assert n_points == strokes.MAX_POINTS
    page.evaluate("pad.restore([...pad.drawing, {points: [[0, 0]], isEraser: false}])")
    assert page.evaluate("pad.strokes") == []
    dots = "Array(n).fill({points: [[0.5, 0.5]], isEraser: false})"
    for n, expected in ((strokes.MAX_STROKES, strokes.MAX_STROKES), (strokes.MAX_STROKES + 1, 0)):
        page.evaluate(f"n => pad.restore({dots})", n)
        assert len(page.evaluate("pad.strokes")) == expected


def test_the_screen_has_its_own_resolution(chromium):
    with visit(chromium, device_scale_factor=2) as page:
        assert page.evaluate("[pad.canvas.width, pad.canvas.height]") == [2 * SIDE, 2 * SIDE]
        stroke(page, (0.1, 0.5), (0.9, 0.5))
        shot = Image.open(io.BytesIO(page.screenshot())).convert("L")
        row = np.asarray(shot)[: 2 * SIDE, SIDE]
        assert (row < 128).sum() == pytest.approx(2 * SIDE * 34 / 800, abs=1)
        assert set(np.unique(row)) - {0, 255} == set() or len(np.unique(row)) < 6


def test_each_stroke_is_one_change_and_draws_live(page):
    stroke(page, (0.2, 0.2), (0.8, 0.8))
    stroke(page, (0.8, 0.2), (0.2, 0.8))
    assert changes(page) == [False, False]
    page.mouse.move(30, 30)
    page.mouse.down()
    page.evaluate("events.length = 0")
    before = ink(page)
    page.mouse.move(30, 270, steps=5)
    page.wait_for_function("events.some(([name]) => name === 'draw')")
    assert changes(page) == []
    assert ink(page) > before  # the unfinished stroke is read too
    page.mouse.up()
    assert changes(page) == [False]


def test_draw_comes_at_most_once_a_frame(page):
    page.mouse.move(30, 30)
    page.mouse.down()
    times = page.evaluate("""async () => {
        const rect = pad.canvas.getBoundingClientRect(), found = [];
        pad.canvas.addEventListener("draw", () => found.push(document.timeline.currentTime));
        for (let k = 0; k < 50; k++) {
            pad.canvas.dispatchEvent(new PointerEvent("pointermove", {
                pointerId: 1, pointerType: "mouse", clientX: 30 + 4 * k, clientY: 30 + 4 * k}));
            if (k % 10 === 9) await new Promise(requestAnimationFrame);
        }
        await new Promise(requestAnimationFrame);
        return found;
    }""")
    page.mouse.up()
    assert 1 <= len(times) <= 7
    assert len(set(times)) == len(times)


def test_undo_redo_and_clear(page):
    sums = [ink(page)]
    for y in (0.2, 0.5, 0.8):
        stroke(page, (0.1, y), (0.9, y))
        sums.append(ink(page))
    assert sums == sorted(set(sums))
    page.keyboard.press("Control+z")
    assert ink(page) == sums[2]
    page.evaluate("pad.undo()")
    assert ink(page) == sums[1]
    page.keyboard.press("Control+y")
    assert ink(page) == sums[2]
    page.keyboard.press("Control+Shift+z")
    assert ink(page) == sums[3]
    page.evaluate("pad.clear()")
    assert (ink(page), page.evaluate("pad.isEmpty")) == (0, True)
    page.evaluate("pad.clear()")  # nothing to clear, no event
    page.evaluate("pad.undo()")
    assert ink(page) == sums[3]
    assert changes(page) == [False] * 7 + [True, False]
    assert page.evaluate("[pad.canUndo, pad.canRedo]") == [True, True]


def test_a_clear_in_the_middle_of_a_stroke_ends_it(page):
    page.mouse.move(30, 30)
    page.mouse.down()
    page.mouse.move(200, 200)
    page.evaluate("pad.clear()")
    page.mouse.move(250, 50)
    page.mouse.up()
    assert (ink(page), changes(page)) == (0, [])


def test_the_eraser_takes_ink_away(page):
    stroke(page, (0.1, 0.5), (0.9, 0.5))
    before = ink(page)
    page.evaluate("pad.erasing = true")
    stroke(page, (0.5, 0.1), (0.5, 0.9))
    assert drawing(page)[200, 200] == 255
    assert 0.5 * before < ink(page) < 0.9 * before
    page.evaluate("pad.erasing = false")
    stroke(page, (0.5, 0.1), (0.5, 0.9))
    assert drawing(page)[200, 200] == 0


@pytest.mark.parametrize("button", ["right", "middle"])
def test_only_the_left_button_draws(page, button):
    stroke(page, (0.2, 0.2), (0.8, 0.8), button=button)
    assert (ink(page), changes(page)) == (0, [])


def test_resizing_keeps_the_drawing(page):
    stroke(page, (0.2, 0.3), (0.8, 0.7))
    before = drawing(page)
    page.evaluate("Object.assign(pad.canvas.style, {width: '150px', height: '150px'})")
    page.wait_for_function("pad.canvas.width === 150")
    assert np.array_equal(drawing(page), before)
    shot = Image.open(io.BytesIO(page.screenshot())).convert("L").crop((0, 0, 150, 150))
    expected = cv2.resize(before, (150, 150), interpolation=cv2.INTER_AREA).astype(int)
    assert np.abs(np.asarray(shot) - expected).mean() < 2
    page.evaluate("pad.canvas.style.display = 'none'")
    page.evaluate("pad.canvas.style.display = 'block'")
    assert np.array_equal(drawing(page), before)


# Keyboard


def test_the_keyboard_draws(page):
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement === pad.canvas")
    for _ in range(10):
        page.keyboard.press("ArrowUp")
    assert ink(page) == 0
    page.keyboard.press("Space")
    for _ in range(20):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    assert changes(page) == [False]
    assert_line(drawing(page), (0.5, 0.25), (0.5, 0.75))
    assert page.evaluate("scrollY") == 0


def test_leaving_the_pad_lifts_the_pen(page):
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"
    assert changes(page) == [False]


# Fingers and pens, as a touch screen reports them


@pytest.fixture
def phone(chromium):
    with visit(chromium, has_touch=True, is_mobile=True) as page:
        page.session = page.context.new_cdp_session(page)
        yield page


def touch(page, kind, *places):
    points = [{"x": SIDE * x, "y": SIDE * y, "id": k} for k, (x, y) in enumerate(places)]
    page.session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": points})


def test_one_finger_draws_and_the_page_stands_still(phone):
    touch(phone, "Start", (0.2, 0.8))
    for y in np.linspace(0.8, 0.2, 20):
        touch(phone, "Move", (0.2, y))
    touch(phone, "End")
    assert changes(phone) == [False]
    assert_line(drawing(phone), (0.2, 0.8), (0.2, 0.2))
    assert phone.evaluate("scrollY") == 0


def test_a_second_finger_does_not_draw(phone):
    touch(phone, "Start", (0.2, 0.2))
    touch(phone, "Start", (0.2, 0.2), (0.8, 0.8))
    touch(phone, "Move", (0.21, 0.2), (0.8, 0.79))
    touch(phone, "End")
    assert (drawing(phone)[200:, 200:] < 128).sum() == 0


def test_two_fingers_scroll_the_page(phone):
    touch(phone, "Start", (0.4, 0.9), (0.6, 0.9))
    for y in np.linspace(0.9, 0.2, 20):
        touch(phone, "Move", (0.4, y), (0.6, y))
    touch(phone, "End")
    phone.wait_for_function("scrollY > 50 || visualViewport.pageTop > 50")
    assert (ink(phone), changes(phone)) == (0, [])


def pointer(page, name, pointer_type, identity, x, y, **options):
    page.evaluate(
        """([name, options]) => {
            pad.canvas.setPointerCapture = () => {};
            pad.canvas.dispatchEvent(new PointerEvent(name, options));
        }""",
        [
            f"pointer{name}",
            {"pointerType": pointer_type, "pointerId": identity, "button": 0}
            | {"clientX": SIDE * x, "clientY": SIDE * y}
            | options,
        ],
    )


def test_a_pen_takes_over_from_the_palm(page):
    pointer(page, "down", "touch", 5, 0.9, 0.9)
    pointer(page, "down", "pen", 6, 0.1, 0.1)
    pointer(page, "move", "touch", 5, 0.5, 0.9)
    pointer(page, "move", "pen", 6, 0.1, 0.5)
    pointer(page, "up", "pen", 6, 0.1, 0.5)
    pointer(page, "down", "touch", 7, 0.9, 0.9)  # the palm stays
    pointer(page, "up", "touch", 7, 0.9, 0.9)
    assert changes(page) == [False]
    image = drawing(page)
    assert image[120, 40] == 0
    assert (image[300:] < 128).sum() == 0


def test_a_finger_takes_over_from_a_palm_that_rests(page):
    pointer(page, "down", "touch", 5, 0.9, 0.9)
    page.wait_for_timeout(300)
    pointer(page, "move", "touch", 5, 0.905, 0.9)
    pointer(page, "down", "touch", 6, 0.1, 0.1)
    pointer(page, "move", "touch", 6, 0.1, 0.5)
    pointer(page, "move", "touch", 5, 0.91, 0.9)
    pointer(page, "up", "touch", 6, 0.1, 0.5)
    assert changes(page) == [False]
    assert_line(drawing(page), (0.1, 0.1), (0.1, 0.5))


def test_clear_takes_up_the_pen(page):
    page.evaluate("pad.erasing = true; pad.clear()")
    stroke(page, (0.2, 0.5), (0.8, 0.5))
    assert_line(drawing(page), (0.2, 0.5), (0.8, 0.5))


def test_the_other_end_of_a_pen_erases(page):
    stroke(page, (0.1, 0.5), (0.9, 0.5))
    pointer(page, "down", "pen", 6, 0.5, 0.3, button=5)
    pointer(page, "move", "pen", 6, 0.5, 0.7)
    pointer(page, "up", "pen", 6, 0.5, 0.7)
    assert drawing(page)[200, 200] == 255


def test_a_cancelled_gesture_leaves_nothing(page):
    pointer(page, "down", "touch", 5, 0.2, 0.2)
    pointer(page, "move", "touch", 5, 0.8, 0.2)
    pointer(page, "cancel", "touch", 5, 0.8, 0.2)
    assert (ink(page), changes(page)) == (0, [])


def test_an_image_can_be_shown_and_undone(page):
    stroke(page, (0.1, 0.5), (0.9, 0.5))
    before = ink(page)
    page.evaluate("""() => {
        const image = new OffscreenCanvas(10, 10), pen = image.getContext("2d");
        pen.fillRect(0, 0, 5, 10);
        pad.show(image);
    }""")
    assert np.mean(drawing(page) < 128) == pytest.approx(0.5, abs=0.02)
    page.evaluate("pad.undo()")
    assert ink(page) == before
