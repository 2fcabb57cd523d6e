"""What people do with proposals in the browser: rearrange, talk, submit, share, compare, and bring a city; and what
becomes of it when picture, store, page or server fail.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Route

from tests.e2e.conftest import COUNTING, PATIENCE_MS, Watched
from tests.e2e.test_citizen import CALM, assessed, command, middle, tab_to

Visit = Callable[..., Watched]


def propose(url: str, title: str, *edits: dict[str, Any]) -> str:
    """A proposal with these edits; its id."""
    made = httpx.post(f"{url}/api/scenes/helsinki/proposals", json={"title": title}).json()
    for edit in edits:
        answer = httpx.post(f"{url}/api/proposals/{made['id']}/edits", json=edit, timeout=60)
        assert answer.status_code == 201, answer.text
    return str(made["id"])


def street(url: str, lanes: int = 2) -> dict[str, Any]:
    """A street with a name and at least so many lanes near the middle of the scene."""
    near = "near=24.9446,60.1707&radius_m=600&kind=road&limit=400"
    for each in httpx.get(f"{url}/api/scenes/helsinki/features?{near}").json()["features"]:
        told = each["properties"]
        if told.get("name") and len(told["lanes"]["value"]) >= lanes and not told["tunnel"]["value"]:
            return dict(each)
    raise AssertionError("There is no such street.")


def closed(road: str) -> dict[str, Any]:
    return {"verb": "close_road", "road": road, "to": ["car", "truck"]}


@pytest.fixture
def plain(browser: Browser, city_url: str) -> Iterator[Callable[[str], Page]]:
    """Open a page on a device without WebGL: panels are there at once, and work all the same."""
    opened: list[Watched] = []

    def fresh(path: str = "/") -> Page:
        page = browser.new_page(viewport={"width": 700, "height": 760}, reduced_motion="reduce")
        opened.append(Watched(page, city_url))
        page.add_init_script("HTMLCanvasElement.prototype.getContext = () => null;")
        page.goto(city_url + path)
        page.get_by_role("heading", level=1).wait_for()
        return page

    yield fresh
    complaints = [
        error
        for each in opened
        for error in each.errors
        if not re.search("status of 4|WebGL|ERR_FAILED|ERR_INTERNET", error)
    ]
    for each in opened:
        each.page.context.close()
    assert complaints == []


def find(page: Page, name: str) -> Locator:
    """Look a street up by its name; what the page says of it."""
    page.get_by_role("searchbox", name="Find a street or place").fill(name)
    page.get_by_role("button", name=re.compile(f"^{name}")).first.click()
    inspector = page.get_by_label("What this is")
    inspector.get_by_role("heading", name=name).wait_for()
    return inspector


def panel(page: Page, name: str) -> Locator:
    """Open a panel by its button."""
    page.get_by_role("navigation", name="Panels").get_by_role("button", name=name, exact=True).click()
    found = page.get_by_role("region", name=name, exact=True)
    found.wait_for()
    return found


def standing_road(page: Page, city_url: str) -> dict[str, Any]:
    """Record of the street that is looked at."""
    id = re.findall(r"osm:\S+", page.get_by_label("What this is").inner_text())[0]
    return dict(httpx.get(f"{city_url}/api/scenes/helsinki/features/{id}").json())


def test_a_street_is_rearranged_by_hand(plain: Callable[[str], Page], city_url: str) -> None:
    proposal = propose(city_url, "More room for bicycles")
    page = plain(f"/?proposal={proposal}")
    inspector = find(page, "Kaivokatu")
    road = standing_road(page, city_url)
    lanes = road["properties"]["lanes"]["value"]
    inspector.get_by_role("button", name=re.compile("^Rearrange a street")).click()
    strips = page.locator(".strip")
    strips.nth(len(lanes) - 1).wait_for()
    page.get_by_label("Add a strip").select_option("cycle")
    strips.nth(len(lanes)).scroll_into_view_if_needed()
    first, last = strips.first.bounding_box(), strips.nth(len(lanes)).bounding_box()
    assert first
    assert last
    page.mouse.move(last["x"] + last["width"] / 2, last["y"] + 20)
    page.mouse.down()
    page.mouse.move(first["x"] + 4, first["y"] + 20, steps=12)
    page.mouse.up()
    assert "Cycle lane" in str(strips.first.get_attribute("aria-label"))
    strips.first.press("ArrowRight")
    assert "Cycle lane" in str(strips.nth(1).get_attribute("aria-label"))
    assert re.search(r"wide; today", page.locator(".lanes .measures").inner_text())
    page.get_by_label("This strip is").select_option("parking")
    page.get_by_role("button", name="Propose this").click()
    page.locator(".impacts").wait_for()
    told = httpx.get(f"{city_url}/api/scenes/helsinki/features/{road['id']}", params={"proposal": proposal}).json()
    kinds = [each["kind"] for each in told["properties"]["lanes"]["value"]]
    assert kinds == [lanes[0]["kind"], "parking", *[each["kind"] for each in lanes[1:]]]


def test_people_talk_about_a_proposal_and_share_it(plain: Callable[[str], Page], city_url: str) -> None:
    """A title from right to left and 150 letters without a break do not tear the page."""
    proposal = propose(city_url, "هدوء " + "Quiet" * 30, closed(street(city_url)["id"]))
    address = f"{city_url}/api/proposals/{proposal}"
    page = plain(f"/?proposal={proposal}")
    find(page, "Fabianinkatu")
    road = standing_road(page, city_url)["id"]
    shown = panel(page, "Proposal")
    shown.get_by_text("What it costs to build").wait_for()
    shown.get_by_text("Talk").click()
    shown.get_by_label("Say something").fill("Where will the buses go?")
    shown.get_by_text(re.compile("^Pin it to")).wait_for()
    shown.get_by_role("button", name="Say it").click()
    shown.locator(".said").wait_for()
    (said,) = httpx.get(f"{address}/comments").json()["comments"]
    assert (said["text"], said["feature"]) == ("Where will the buses go?", road)
    shown.get_by_text("Share", exact=True).click()
    shown.locator("img.code-image").nth(1).wait_for()
    told = httpx.get(address).json()
    assert f"/s/{told['code']}" in shown.inner_text()
    assert f"/s/{told['look']}" in shown.inner_text()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_comparison_is_told_by_its_address_and_by_csv(plain: Callable[[str], Page], city_url: str) -> None:
    road = street(city_url)["id"]
    one = propose(city_url, "Closed", closed(road))
    other = propose(city_url, "As it is")
    for each in (one, other):
        assessed(city_url, f"/api/proposals/{each}/impacts")
    page = plain(f"/?proposal={one}&of={one},{other}")
    table = page.locator("table.compare")
    page.get_by_text("Also what does not change clearly").wait_for(timeout=120_000)
    page.get_by_text("Also what does not change clearly").click()
    shown = table.inner_text()
    href = page.get_by_role("link", name="The same figures as CSV").get_attribute("href")
    rows = list(csv.reader(io.StringIO(httpx.get(city_url + str(href)).text)))
    at = rows[0].index("baseline")
    baseline = next(float(row[at]) for row in rows if "car_km" in row)
    drawn = table.locator("tbody tr").filter(has_text="Driven in the area").locator("td").first.inner_text()
    assert float(drawn.replace(",", "")) == float(f"{baseline:.3g}")
    page.get_by_role("button", name="Swipe", exact=True).click()
    page.wait_for_url(lambda url: "compare=swipe" in url and other in url)
    page.get_by_role("button", name="Side by side", exact=True).click()
    page.wait_for_url(lambda url: "compare=beside" in url)
    again = plain(page.url.removeprefix(city_url))
    again.get_by_text("Also what does not change clearly").click()
    assert again.locator("table.compare").inner_text() == shown


def test_a_city_is_brought_from_the_browser(plain: Callable[[str], Page], tmp_path: Path) -> None:
    """With names from right to left and of 200 letters, after a file that nobody reads."""
    corners = [(0.0, 0.0), (2e-4, 0.0), (2e-4, 2e-4), (0.0, 2e-4), (0.0, 0.0)]
    houses = [
        {"type": "Feature", "id": i, "properties": {"building": "yes", "height": 6 + i, "name": name},
         "geometry": {"type": "Polygon", "coordinates": [[[24.9 + 5e-4 * i + x, 60.2 + y] for x, y in corners]]}}
        for i, name in enumerate(["بيت السلام", "W" * 200, "House 3"])
    ]  # fmt: skip
    town, noise = tmp_path / "town.geojson", tmp_path / "noise.xyz"
    town.write_text(json.dumps({"type": "FeatureCollection", "features": houses}))
    noise.write_bytes(b"\x00\x01 nothing that anybody reads")
    page = plain("/")
    panel(page, "Settings").get_by_role("button", name="Bring your own city").click()
    page.get_by_label("Short name").fill("browsertown")
    page.get_by_label("Files", exact=True).set_input_files([noise])
    page.get_by_role("button", name="Send and build").click()
    page.get_by_role("alert").wait_for()
    assert page.get_by_label("Short name").input_value() == "browsertown"
    page.get_by_label("Files", exact=True).set_input_files([town])
    page.get_by_role("button", name="Send and build").click()
    page.get_by_text("browsertown stands.").wait_for()
    assert page.locator(".tally tbody tr").filter(has_text="Building").inner_text().split("\t")[1:3] == ["3", "3"]
    page.get_by_role("link", name="Go to this city").click()
    page.get_by_role("heading", level=1, name="browsertown").wait_for()
    shown = panel(page, "List without 3D")
    shown.get_by_label("Show").select_option("building")
    shown.get_by_text("W" * 200).wait_for()
    shown.get_by_text("بيت السلام").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert shown.evaluate("(it) => it.scrollWidth <= it.clientWidth")


def test_five_thousand_features_make_a_list_that_one_can_read(plain: Callable[[str], Page]) -> None:
    page = plain("/")
    one = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [24.94, 60.17]}}

    def many(route: Route) -> None:
        features = [{**one, "id": f"x{i}", "properties": {"kind": "tree", "distance_m": i}} for i in range(5000)]
        route.fulfill(json={"type": "FeatureCollection", "features": features, "next": None})

    page.route("**/features?**", many)
    shown = panel(page, "List without 3D")
    shown.get_by_text("5,000 found.").wait_for()
    shown.locator("[aria-label='Read: Tree']").nth(4999).scroll_into_view_if_needed()
    seen = "filter((e) => e.firstChild.checkVisibility({contentVisibilityAuto: true})).length"
    drawn = shown.evaluate(f"(it) => [...it.querySelectorAll('.around > li')].{seen}")
    assert 0 < drawn < 100


def test_a_street_is_closed_trees_planted_and_all_submitted_by_keyboard_without_a_picture(
    browser: Browser, city_url: str
) -> None:
    """No WebGL, no storage, a link to a proposal that is gone: said plainly, and everything can be done."""
    page = Watched(browser.new_page(viewport={"width": 640, "height": 500}), city_url)
    page.page.add_init_script(
        "HTMLCanvasElement.prototype.getContext = () => null;"
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('forbidden'); }});"
    )
    page.page.goto(f"{city_url}/?proposal=gone")
    page.page.get_by_text("This proposal is not here any more").wait_for()
    page.page.get_by_text("This device cannot draw the city in 3D").wait_for()
    by_form(page, "Close a street", "Fabianinkatu")
    by_form(page, "Plant trees", "Vilhonkatu", beside_m=6)
    proposal = re.findall(r"proposal=(\w+)", page.page.url)[0]
    edits = httpx.get(f"{city_url}/api/proposals/{proposal}/edits").json()["edits"]
    assert [each["verb"] for each in edits] == ["close_road", "plant_trees"]
    keys = page.page.keyboard
    tab_to(page, "Proposal", exact=True)
    keys.press("Enter")
    page.page.locator(".tabs").wait_for()
    tab_to(page, "Changes", exact=True)
    keys.press("ArrowRight")
    keys.press("ArrowRight")
    tab_to(page, "Submit it")
    keys.press("Enter")
    page.page.locator(".steps [aria-current]").get_by_text("Submitted").wait_for()
    page.page.context.close()


def by_form(page: Watched, verb: str, name: str, *, beside_m: int = 0) -> None:
    """Fill a form with the nearest street of a name and propose it, by keyboard alone."""
    keys = page.page.keyboard
    tab_to(page, "List without 3D")
    keys.press("Enter")
    page.page.get_by_role("heading", name="What is around").wait_for()
    tab_to(page, "To the forms")
    keys.press("Enter")
    keys.press("Shift+Tab")
    tab_to(page, verb, role="button", exact=True)
    keys.press("Enter")
    page.page.locator(".draft input[type=search]").first.wait_for()
    tab_to(page, "Street: part of its name")
    keys.type(name)
    page.page.get_by_role("option", name=re.compile(f"^{name}")).first.wait_for(state="attached")
    tab_to(page, "Street", exact=True)
    keys.press("ArrowDown")
    if beside_m:
        tab_to(page, "Metres beside its middle")
        keys.press("Control+A")
        keys.type(str(beside_m))
    tab_to(page, "Propose this")
    keys.press("Enter")
    page.page.locator(".impacts").wait_for()


def test_broken_parts_a_lost_picture_and_a_lost_server_are_said_and_come_back(visit: Visit, city_url: str) -> None:
    road = street(city_url)["id"]
    proposal = propose(city_url, "Through the storm")
    page = visit(**CALM)
    broken: list[str] = []

    def spoil(route: Route) -> None:
        if len(broken) == 2 or route.request.url in broken:
            route.continue_()
            return
        broken.append(route.request.url)
        corrupt = {"body": b"glTF but not really", "content_type": "model/gltf-binary"}
        route.fulfill(**(corrupt if len(broken) == 1 else {"status": 503, "body": ""}))

    page.page.route("**/tiles/buildings/**", spoil)
    page.open(f"/?proposal={proposal}#orbit/{middle(city_url, road)},160.0m,0.0,60.0")
    page.page.get_by_text("A part of the city did not arrive").wait_for()
    page.until(f"{json.dumps(broken)}.every((url) => performance.getEntriesByName(url).length > 1)")
    page.settle()
    page.page.evaluate(
        "window.lost = document.querySelector('#city').getContext('webgl2').getExtension('WEBGL_lose_context');"
        "lost.loseContext()"
    )
    page.page.get_by_text("The picture was lost and is coming back").wait_for()
    page.page.evaluate("lost.restoreContext()")
    page.page.get_by_text("The picture was lost and is coming back").wait_for(state="detached")
    page.page.evaluate(f"__citiverse.select({road!r})")
    page.page.get_by_label("What this is").get_by_role("button", name=re.compile("^Change a speed limit")).click()
    page.page.locator(".draft").wait_for()
    page.page.context.set_offline(True)
    page.page.get_by_role("button", name="Propose this").click()
    page.page.get_by_text("1 change not yet saved").wait_for()
    page.page.context.set_offline(False)
    page.until("__citiverse.revision === 1", PATIENCE_MS / 1000)
    assert len(httpx.get(f"{city_url}/api/proposals/{proposal}/edits").json()["edits"]) == 1
    ours = "ERR_INTERNET_DISCONNECTED|503|TilesRenderer|DataView|JSON|glTF"
    page.errors[:] = [each for each in page.errors if not re.search(ours, each)]


HELD = """[__citiverse.stage.renderer.info.memory.geometries, __citiverse.stage.renderer.info.memory.textures,
  counted.listeners]"""


@pytest.mark.parametrize(
    ("edits", "views"), [(6, 4), pytest.param(200, 50, marks=pytest.mark.soak)], ids=["short", "long"]
)
def test_memory_stays_flat_over_edits_and_views_and_a_ghost_is_there_at_once(
    visit: Visit, city_url: str, edits: int, views: int
) -> None:
    road = street(city_url)["id"]
    proposal = propose(city_url, "Again and again", closed(road))
    page = visit(**CALM)
    page.page.add_init_script(COUNTING)
    places = [f"#orbit/{middle(city_url, road)},{far}m,0.0,60.0" for far in ("220.0", "160.0")]
    page.open(f"/?proposal={proposal}{places[1]}")

    def rounds(edits: int, views: int) -> list[int]:
        for count in range(edits):
            path = f"{city_url}/api/proposals/{proposal}/{'redo' if count % 2 else 'undo'}"
            assert httpx.post(path, timeout=60).status_code == 201
        for count in range(views):
            for id in ("panel.impacts", "panel.list", "view.compare", "view.compare"):
                command(page, id)
            page.page.evaluate(f"location.hash = {places[count % 2]!r}")
            page.page.evaluate(f"__citiverse.select({(road if count % 2 else None)!r})".replace("None", "null"))
            page.wait_frames(1)
        command(page, "panel.help")
        page.page.evaluate(f"location.hash = {places[1]!r}")
        page.settle()
        return list(page.page.evaluate(HELD))

    rounds(2, 2)
    geometries, textures, listeners = rounds(2, 2)
    after = rounds(edits, views)
    assert after[0] <= geometries + 4
    assert after[1] <= textures + 1
    assert after[2] <= listeners

    command(page, "panel.help")
    command(page, "propose.plant_trees")
    page.page.locator(".draft").wait_for()
    before = page.page.evaluate("__citiverse.ghosts")
    tap = "canvas.dispatchEvent(new PointerEvent('pointer%s', {clientX: 300, clientY: 200, pointerId: 1, buttons: %d}))"
    page.page.evaluate(
        "() => { const canvas = document.querySelector('#city');" + tap % ("down", 1) + ";" + tap % ("up", 0) + " }"
    )
    assert page.page.evaluate("__citiverse.ghosts") > before  # before any frame is drawn


def test_what_one_has_begun_and_what_one_sent_in_vain_outlive_the_page(
    plain: Callable[[str], Page], city_url: str
) -> None:
    proposal = propose(city_url, "Kept")
    page = plain(f"/?proposal={proposal}")
    find(page, "Fabianinkatu").get_by_role("button", name=re.compile("^Change a speed limit")).click()
    page.get_by_role("spinbutton", name="Speed limit").fill("17")
    page.reload()
    page.get_by_text("What you had begun is here again.").wait_for()
    assert page.get_by_role("spinbutton", name="Speed limit").input_value() == "17"
    page.get_by_role("spinbutton", name="Speed limit").fill("20")
    page.get_by_role("status").get_by_text("1", exact=True).wait_for()
    page.context.set_offline(True)
    page.get_by_role("button", name="Propose this").click()
    page.get_by_text("1 change not yet saved").wait_for()
    page.get_by_text(re.compile("your change is kept here")).wait_for()
    assert page.locator(".draft").count() == 0
    page.context.set_offline(False)
    page.reload()  # what was not sent goes with the next visit
    page.get_by_role("button", name="Proposal", exact=True).click()
    page.locator(".history li").filter(has_text="20 km/h").wait_for()
    assert len(httpx.get(f"{city_url}/api/proposals/{proposal}/edits").json()["edits"]) == 1
    assert page.get_by_text("not yet saved").count() == 0


def test_a_server_that_comes_back_with_another_version_asks_to_load_the_page_again(
    plain: Callable[[str], Page], city_url: str
) -> None:
    """And a part of the page that is not there any more is said to be missing."""
    page = plain(f"/?proposal={propose(city_url, 'Renewed')}")
    page.get_by_role("status").get_by_text("1", exact=True).wait_for()
    page.route("**/assets/Help-*", lambda route: route.abort())
    page.route(f"{city_url}/", lambda route: route.fulfill(body='<script src="/assets/index-newer.js"></script>'))
    page.get_by_role("button", name="Help").click()
    page.get_by_text("This part of the page could not be fetched").wait_for()
    page.get_by_text("CitiVERSE has been renewed").wait_for()
    with page.expect_navigation():
        page.get_by_role("button", name="Load again").click()
