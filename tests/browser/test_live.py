"""While the pen moves, the browser reads; when it lifts, the server does."""

from playwright.sync_api import expect
from sketching import SECONDS, expect_digit, expect_state, ready


def test_the_answer_changes_while_the_pen_is_down(chromium, app_url):
    page = chromium.new_page(viewport={"width": 1280, "height": 1000})
    with page.expect_response("**/web/model.bin", timeout=60 * SECONDS) as response:
        page.goto(app_url)
    assert response.value.ok
    ready(page)
    answer = page.locator("#answer")
    box = page.locator("#pad canvas").bounding_box()

    def move(x, y):
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=6)

    joins = []
    page.on("request", lambda request: "queue/join" in request.url and joins.append(request.url))
    move(0.3, 0.2)
    page.mouse.down()
    move(0.7, 0.2)
    move(0.45, 0.85)
    expect(answer).to_have_attribute("data-source", "browser")
    expect(answer).to_have_attribute("data-label", "7")
    expect(page.locator("#answer .seen canvas")).to_be_visible()
    assert joins == []
    page.mouse.up()
    expect(answer).to_have_attribute("data-source", "server")
    expect_digit(page, "7")
    assert len(joins) == 1
    page.get_by_role("button", name="Clear").click()
    expect_state(page, "empty")
    page.close()
