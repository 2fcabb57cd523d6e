"""A citizen on a flat screen: looks, proposes by hand, finger and keyboard, reads what it does, alone and together."""

import re
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import AXE, COUNTING, Watched

Visit = Callable[..., Watched]
MOST_SCRIPT_AND_STYLE, MOST_TILES, MOST_DRAWS, MOST_TRIANGLES = 260_000, 1_500_000, 60, 400_000
PHONE = {"width": 360, "height": 740, "has_touch": True, "is_mobile": True}
CALM = {"reduced_motion": "reduce"}

BYTES = """(() => {
  const of = (test) => performance.getEntriesByType("resource").filter((each) => test.test(each.name))
    .reduce((sum, each) => sum + each.encodedBodySize, 0);
  return { shell: of(/\\.(js|css)$/), tiles: of(/\\.glb$/) };
})()"""


def test_the_first_picture_is_small_and_asks_nobody_else(visit: Visit, city_url: str) -> None:
    page = visit(**CALM).open()
    sizes = page.page.evaluate(BYTES)
    assert 100_000 < sizes["shell"] <= MOST_SCRIPT_AND_STYLE
    assert 100_000 < sizes["tiles"] <= MOST_TILES
    assert 0 < page.page.evaluate("__citiverse.draws") <= MOST_DRAWS
    assert 0 < page.page.evaluate("__citiverse.triangles") <= MOST_TRIANGLES
    assert [each for each in page.requests if not each.startswith((city_url, "blob:", "data:"))] == []
    assert page.page.get_by_text("© OpenStreetMap contributors").is_visible()
    assert page.page.get_by_role("heading", level=1).is_visible()


def test_what_one_picks_is_what_the_server_knows(visit: Visit, city_url: str) -> None:
    page = visit(**CALM).open()
    x, y, id = spot(page, "building")
    page.page.mouse.click(x, y)
    record = feature(city_url, id)
    assert record["properties"]["kind"] == "building"
    inspector = page.page.get_by_label("What this is")
    inspector.get_by_text(id).wait_for()
    name = record["properties"].get("name")
    assert inspector.get_by_role("heading").inner_text() == (name or "Building")


def test_closing_a_street_sends_its_cars_elsewhere_and_undo_brings_them_back(visit: Visit, city_url: str) -> None:
    before = flows(city_url, assessed(city_url, "/api/scenes/helsinki/impacts"))
    street = busiest(city_url, before)
    page = visit(**CALM, width=1000, height=560)
    page.page.add_init_script(COUNTING)
    page.open(f"/#orbit/{middle(city_url, street)},90.0m,0.0,80.0")
    command(page, "propose.close_road")
    page.page.locator(".draft").wait_for()
    x, y, _ = spot(page, "road", street)
    page.page.mouse.click(x, y)
    page.page.get_by_role("button", name="Propose this").click()
    page.page.locator(".impacts .sentence:visible").first.wait_for(timeout=120_000)
    proposal = page.page.evaluate("__citiverse.state.proposal.value.id")
    after = flows(city_url, assessed(city_url, f"/api/proposals/{proposal}/impacts"))
    assert after.get(street, 0.0) < 0.6 * before[street]
    assert sum(after[each] > before[each] + 20 for each in before if each in after) >= 3
    panel = page.page.locator(".impacts")
    assert re.search(r"(more|less|fewer|no clear change)", panel.inner_text(), re.IGNORECASE)
    assert len(before) > 800
    page.settle()
    page.page.evaluate("counted.bytes = 0")
    for layer in ("traffic_flow", "noise_facades", ""):
        page.page.evaluate(f"__citiverse.paint({layer!r} || null)")
        page.wait_frames(3)
    assert page.page.evaluate("counted.bytes") == 0  # a layer is colours, never geometry
    command(page, "edit.undo")
    page.until("__citiverse.state.impacts.value.seq === 2 && __citiverse.state.impacts.value.status === 'full'", 120)
    again = flows(city_url, assessed(city_url, f"/api/proposals/{proposal}/impacts"))
    assert again == before


def test_two_people_see_each_others_changes_and_the_same_impacts(visit: Visit, city_url: str, a_proposal: str) -> None:
    near = f"{city_url}/api/scenes/helsinki/features?near=24.9446,60.1707&radius_m=150&kind=building&limit=1"
    (house,) = httpx.get(near).json()["features"]
    place = f"/?proposal={a_proposal}#orbit/{middle(city_url, house['id'])},120.0m,0.0,70.0"
    one, other = (visit(**CALM, width=1000, height=560).open(place) for _ in range(2))
    for each in (one, other):
        each.page.get_by_role("status").get_by_text("2", exact=True).wait_for()
    command(one, "propose.demolish_building")
    one.page.locator(".draft").wait_for()
    x, y, id = spot(one, "building")
    one.page.mouse.click(x, y)
    one.page.get_by_role("button", name="Propose this").click()
    other.until("__citiverse.revision === 1")
    command(other, "panel.proposal")
    other.page.locator(".history li").filter(has_text="Take down").wait_for()
    other.until(f"!__citiverse.feature({id!r})")
    done = "__citiverse.state.impacts.value?.seq === 1 && __citiverse.state.impacts.value.status === 'full'"
    figures = "JSON.stringify(__citiverse.state.impacts.value.indicators)"
    for each in (one, other):
        each.until(done, 120)
    assert one.page.evaluate(figures) == other.page.evaluate(figures)
    command(other, "edit.undo")  # nothing of their own to take back
    assert other.page.evaluate("__citiverse.revision") == 1


def test_a_finger_plants_a_row_of_trees(visit: Visit) -> None:
    page = visit(**CALM, **PHONE).open()
    page.page.locator("[data-command='panel.propose']").tap()
    page.page.locator("[data-command='propose.plant_trees']").tap()
    page.page.get_by_text("Single trees").tap()
    for x, y in free_spots(page, 2):
        page.page.touchscreen.tap(x, y)
        page.wait_frames(1)
    assert "2 trees" in page.page.locator(".measures").inner_text()
    page.page.get_by_role("button", name="Propose this").tap()
    page.until("__citiverse.revision === 1")


def test_a_street_is_slowed_by_keyboard_alone_without_the_picture(visit: Visit) -> None:
    page = visit(**CALM).open()
    tab_to(page, "List without 3D")
    page.page.keyboard.press("Enter")
    page.page.get_by_role("heading", name="What is around").wait_for()
    tab_to(page, "To the forms")
    page.page.keyboard.press("Enter")
    page.page.keyboard.press("Shift+Tab")
    tab_to(page, "Change a speed limit", role="button", exact=True)
    page.page.keyboard.press("Enter")
    page.page.locator(".draft input[type=search]").wait_for()
    tab_to(page, "Street: part of its name")
    page.page.keyboard.type("Fabianinkatu")
    page.page.get_by_role("option", name=re.compile("^Fabianinkatu")).first.wait_for(state="attached")
    tab_to(page, "Street", exact=True)
    page.page.keyboard.press("ArrowDown")
    tab_to(page, "Speed limit km/h")
    page.page.keyboard.press("Control+A")
    page.page.keyboard.type("20")
    tab_to(page, "Propose this")
    page.page.keyboard.press("Enter")
    page.until("__citiverse.revision === 1")
    page.page.locator(".impacts [role=status]").get_by_text("Worked out in full.").wait_for(timeout=120_000)


def test_a_refusal_is_said_in_the_servers_words_and_nothing_is_lost(visit: Visit, city_url: str) -> None:
    street = busiest(city_url, flows(city_url, assessed(city_url, "/api/scenes/helsinki/impacts")))
    page = visit(**CALM, width=1000, height=560).open(f"/#orbit/{middle(city_url, street)},90.0m,0.0,80.0")
    command(page, "propose.close_road")
    for _ in range(2):
        page.page.locator(".draft").wait_for()
        x, y, _id = spot(page, "road", street)
        page.page.mouse.click(x, y)
        page.page.get_by_role("button", name="Propose this").click()
        page.until("__citiverse.revision === 1")
        page.until("!document.querySelector('.draft button[disabled]')")
        if not page.page.locator(".draft").count():
            command(page, "propose.close_road")
    alert = page.page.get_by_role("alert")
    alert.wait_for()
    assert "already closed" in alert.inner_text()
    assert " m" in page.page.locator(".measures").inner_text()
    for _ in range(3):
        page.page.keyboard.press("Escape")
    page.page.locator(".draft").wait_for(state="detached")
    # While one draws the edit is tried, and of a refusal the browser makes a note of its own.
    page.errors[:] = [each for each in page.errors if "status of 422" not in each]


def test_a_street_is_found_by_its_name(visit: Visit) -> None:
    page = visit(**CALM).open()
    page.page.get_by_role("searchbox", name="Find a street or place").fill("fabianin")
    page.page.get_by_role("button", name=re.compile("^Fabianinkatu")).first.click()
    page.page.get_by_label("What this is").get_by_role("heading", name="Fabianinkatu").wait_for()


def test_walking_begins_on_a_street_and_never_in_a_house(visit: Visit, city_url: str) -> None:
    page = visit(**CALM).open()
    house = spot(page, "building")[2]
    page.page.evaluate(f"location.hash = 'orbit/{middle(city_url, house)},150.0m,30.0,60.0'")
    time.sleep(1.0)
    command(page, "view.walk")
    page.until("location.hash.startsWith('#walk/')")
    page.settle()
    lon, lat = re.findall(r"walk/([\d.]+),([\d.]+)", page.page.evaluate("location.hash"))[0]
    near = httpx.get(f"{city_url}/api/scenes/helsinki/features", params={"near": f"{lon},{lat}", "radius_m": 1}).json()
    assert "building" not in {each["properties"]["kind"] for each in near["features"]}
    assert "road" in {each["properties"]["kind"] for each in near["features"]}


@pytest.mark.parametrize(
    ("look", "screen"),
    [
        ({"color_scheme": "light"}, {"width": 1280, "height": 720}),
        ({"color_scheme": "dark"}, {"width": 390, "height": 844}),
        ({"forced_colors": "active"}, {"width": 640, "height": 360}),
    ],
    ids=["light desktop", "dark phone", "forced colours on a low screen"],
)
def test_no_view_has_a_barrier_that_axe_can_find(
    visit: Visit, city_url: str, look: dict[str, str], screen: dict[str, int]
) -> None:
    made = httpx.post(f"{city_url}/api/scenes/helsinki/proposals", json={"title": "Barriers"}).json()["id"]
    road = {"verb": "set_speed", "road": a_street_for_cars(city_url), "speed_kmh": 20}
    assert httpx.post(f"{city_url}/api/proposals/{made}/edits", json=road, timeout=60).status_code == 201
    page = visit(**CALM, **screen, **look).open(f"/?proposal={made}&of={made}")
    page.page.evaluate(AXE.read_text())
    found = {"compare": barriers(page)}
    for panel in ("impacts", "list", "import", "settings", "help", "proposal"):
        command(page, f"panel.{panel}")
        page.page.locator(".side .panel h2").first.wait_for()
        time.sleep(0.5)
        found[panel] = barriers(page)
    for part in range(1, 4):
        page.page.evaluate(f"document.querySelectorAll('.tabs input')[{part}].click()")
        time.sleep(0.5)
        found[f"proposal, part {part}"] = barriers(page)
    for verb in ("set_lanes", "add_building"):
        command(page, f"propose.{verb}")
        page.page.locator(".draft").wait_for()
        found[verb] = barriers(page)
        page.page.get_by_role("button", name="Fill in without pointing").click()
        time.sleep(0.5)
        found[f"{verb} as a form"] = barriers(page)
        page.page.locator(".draft .close").click()
    page.page.evaluate("__citiverse.state.settings.value = {...__citiverse.state.settings.value, textScale: 2}")
    found["large text"] = barriers(page)
    assert {view: each for view, each in found.items() if each} == {}


def a_street_for_cars(url: str) -> str:
    """A street for cars."""
    near = "near=24.9446,60.1707&radius_m=600&kind=road&limit=400"
    found = httpx.get(f"{url}/api/scenes/helsinki/features?{near}").json()["features"]
    return next(str(each["id"]) for each in found if "car" in each["properties"]["modes"]["value"])


def barriers(page: Watched) -> list[str]:
    """What axe finds, rule and element."""
    result: dict[str, Any] = page.page.evaluate(
        "axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'EN-301-549']})"
    )
    return [f"{each['id']}: {node['target']}" for each in result["violations"] for node in each["nodes"]]


def command(page: Watched, id: str) -> None:
    """Run a command as a person does who cannot see its button now: through the registry."""
    page.page.evaluate(f"__citiverse.run({id!r})")


def tab_to(page: Watched, name: str, *, role: str | None = None, exact: bool = False, most: int = 250) -> None:
    """Press Tab until the focus is on a control of this accessible name."""
    said = """(() => { const e = document.activeElement; return [(e.getAttribute('aria-label')
      ?? [...(e.labels ?? [])].map((each) => each.textContent).join(' ')) || e.textContent, e.localName] })()"""
    for _ in range(most):
        page.page.keyboard.press("Tab")
        text, tag = page.page.evaluate(said)
        if (text.strip() == name if exact else name in text) and role in (None, tag):
            return
    pytest.fail(f"No Tab leads to {name!r}.")


# A pixel of the free part of the picture where a feature of this kind, or this one, is seen; null where there is none.
SEEK = """([kind, id]) => {
  const [w, h] = [innerWidth, innerHeight];
  for (const far of [0, .06, .12, .18, .24, .3, .36, .42])
    for (let a = 0; a < 12; a++) {
      const [x, y] = [w * (.5 + far * Math.cos(a)), h * (.44 + far * Math.sin(a))];
      const top = document.elementFromPoint(x, y);
      const hit = top?.id === 'city' && __citiverse.pick(x, y);
      if (hit && hit.id && hit.kind === kind && (!id || hit.id === id)) return [x, y, hit.id];
    }
  return null;
}"""


def spot(page: Watched, kind: str, id: str | None = None) -> tuple[int, int, str]:
    """A pixel in the middle of the free part of the picture where a feature of this kind is seen, once it is."""
    deadline = time.monotonic() + 20.0
    while time.monotonic() < deadline:
        found = page.page.evaluate(SEEK, [kind, id])
        if found:
            return found[0], found[1], found[2]
        time.sleep(0.5)
    pytest.fail(f"There is no {kind} in the middle of the picture.")


def free_spots(page: Watched, count: int) -> list[tuple[int, int]]:
    """Pixels where lawn or open ground is seen."""
    found = page.page.evaluate(
        """() => {
          const found = [];
          for (let y = innerHeight * .2; y < innerHeight * .48; y += 9)
            for (let x = 20; x < innerWidth - 70; x += 13) {
              if (document.elementFromPoint(x, y)?.id !== 'city') continue;
              const hit = __citiverse.pick(x, y);
              const apart = found.every((each) => Math.hypot(each[0] - x, each[1] - y) > 60);
              if (hit?.kind === 'green' && apart) found.push([x, y]);
            }
          return found;
        }"""
    )
    assert len(found) >= count, "There is no free ground in the picture."
    return [tuple(each) for each in found[:count]]


def feature(url: str, id: str) -> dict[str, Any]:
    return dict(httpx.get(f"{url}/api/scenes/helsinki/features/{id}").json())


def middle(url: str, id: str) -> str:
    """Longitude and latitude in the middle of a feature, as an address has them."""
    shape = feature(url, id)["geometry"]
    points = shape["coordinates"][0] if shape["type"] == "Polygon" else shape["coordinates"]
    if shape["type"] == "LineString" and len(points) == 2:
        points = [[(a + b) / 2 for a, b in zip(*points, strict=True)]]
    lon, lat = points[len(points) // 2][:2]
    return f"{lon:.6f},{lat:.6f}"


def assessed(url: str, path: str, timeout_s: float = 180.0) -> dict[str, Any]:
    """Impacts, once all models are done."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        found = dict(httpx.get(url + path).json())
        if found["status"] == "full":
            return found
        time.sleep(0.5)
    pytest.fail(f"{path} was never worked out.")


def flows(url: str, impacts: dict[str, Any]) -> dict[str, float]:
    """Vehicles a day by street."""
    (layer,) = [each for each in impacts["layers"] if each["id"] == "traffic_flow"]
    return dict(httpx.get(url + layer["href"]).json()["values"])


def busiest(url: str, cars: dict[str, float]) -> str:
    """The busiest street on the ground in the inner part of the scene, which has ways around it."""
    west, south, east, north = httpx.get(f"{url}/api/scenes/helsinki").json()["bounds"]

    def inner(id: str) -> bool:
        record = feature(url, id)
        lon, lat = (float(each) for each in middle(url, id).split(","))
        within = 0.25 < (lon - west) / (east - west) < 0.75 and 0.25 < (lat - south) / (north - south) < 0.75
        values = record["properties"]
        raised = any(values.get(each, {}).get("value") for each in ("tunnel", "bridge", "layer"))
        return within and not raised

    ranked = sorted(cars, key=lambda each: -cars[each])
    return next(each for each in ranked[:200] if inner(each))
