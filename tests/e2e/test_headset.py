"""The city in an emulated headset: seen in stereo, walked by teleport, pointed at and read."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser

from tests.e2e.conftest import IWER, Watched, page_with_headset

needs_iwer = pytest.mark.skipif(not IWER.exists(), reason="iwer is not installed; run npm ci in web_client.")
pytestmark = needs_iwer

# On the railway station's square, looking at its long southern side.
START = "/#walk/24.943700,60.170900,0.0m,100.0,0.0"

AIM = """(at) => {
  // Turn the right controller towards a point of the scene, metres: x east, y north, z up.
  const {stage} = window.__citiverse, hand = xrDevice.controllers.right;
  const V = stage.world.position.constructor, Q = stage.world.quaternion.constructor;
  const M = stage.world.matrixWorld.constructor;
  const target = stage.world.localToWorld(new V(at[0], at[2], -at[1]));
  const from = new V(hand.position.x, hand.position.y, hand.position.z);
  const turn = new Q().setFromRotationMatrix(new M().lookAt(from, target, new V(0, 1, 0)));
  hand.quaternion.set(turn.x, turn.y, turn.z, turn.w);
}"""

WHERE = """() => {
  // Where the head is in the scene, and where it looks, degrees clockwise from north.
  const {stage} = window.__citiverse, V = stage.world.position.constructor;
  const head = stage.world.worldToLocal(stage.camera.getWorldPosition(new V()));
  const gaze = stage.camera.getWorldDirection(new V()).transformDirection(stage.world.matrixWorld.clone().invert());
  return [head.x, -head.z, head.y, (Math.atan2(gaze.x, -gaze.z) * 180 / Math.PI + 360) % 360];
}"""


@pytest.fixture(scope="module")
def inside(browser: Browser, city_url: str) -> Iterator[Watched]:
    """A page whose visitor has entered the headset by a click; entered once, for it is slow without a GPU."""
    watched = Watched(page_with_headset(browser), city_url)
    watched.page.add_init_script(
        "const ask = navigator.xr.requestSession.bind(navigator.xr);"
        "navigator.xr.requestSession = (...args) => {"
        "  window.wasActivated = navigator.userActivation.isActive; return ask(...args); };"
    )
    watched.open(START)
    watched.page.evaluate("xrDevice.position.set(0, 1.7, 0)")
    watched.page.evaluate("xrDevice.controllers.right.position.set(0.2, 1.4, -0.2)")
    watched.page.get_by_role("button", name="Enter VR").click()
    watched.until("window.__citiverse.stage.renderer.xr.isPresenting")
    watched.wait_frames(4)
    yield watched
    watched.page.context.close()
    assert watched.errors == []


def scene_point(watched: Watched, id: str) -> list[float]:
    """A place well inside a building's roofline, from the server's own record, in scene metres."""
    feature = httpx.get(f"{watched.url}/api/scenes/helsinki/features/{id}").json()
    height = feature["properties"]["height"]["value"]
    ring = feature["geometry"]["coordinates"][0]
    ring = ring[0] if feature["geometry"]["type"] == "MultiPolygon" else ring
    lon, lat = (sum(point[k] for point in ring) / len(ring) for k in (0, 1))
    return [*local(watched, lon, lat), height / 2]


def local(watched: Watched, lon: float, lat: float) -> list[float]:
    """Scene metres of a position, by the manifest's linear part: right to a few centimetres this near."""
    frame = httpx.get(f"{watched.url}/api/scenes/helsinki").json()["frame"]["affine"]
    east, north = lon - frame["lonlat"][0], lat - frame["lonlat"][1]
    return [frame["xy"][k] + frame["m"][k][0] * east + frame["m"][k][1] * north for k in (0, 1)]


def press(watched: Watched, button: str) -> None:
    watched.page.evaluate(f"xrDevice.controllers.right.updateButtonValue('{button}', 1)")
    watched.wait_frames(3)
    watched.page.evaluate(f"xrDevice.controllers.right.updateButtonValue('{button}', 0)")
    watched.wait_frames(3)


def test_both_eyes_see_the_city_after_a_click(inside: Watched) -> None:
    page = inside.page
    assert page.evaluate("window.wasActivated") is True
    eyes = page.evaluate(
        "window.__citiverse.stage.renderer.xr.getCamera().cameras.map(c => c.matrixWorld.elements[12])"
    )
    assert len(eyes) == 2
    assert 0.05 < abs(eyes[0] - eyes[1]) < 0.08
    assert page.evaluate("window.__citiverse.triangles") > 1000
    assert page.evaluate("window.__citiverse.draws") <= 2 * 120


def test_the_visitor_stands_where_the_page_was_at_eye_height(inside: Watched) -> None:
    x, y, z, heading = inside.page.evaluate(WHERE)
    lon, lat = 24.9437, 60.1709
    expected = local(inside, lon, lat)
    assert [x, y] == pytest.approx(expected, abs=15.0)  # a walker is moved out of a wall, never far
    assert z == pytest.approx(1.7, abs=0.5)
    assert heading == pytest.approx(100.0, abs=2.0)


def test_a_building_pointed_at_is_read(inside: Watched) -> None:
    near = httpx.get(
        f"{inside.url}/api/scenes/helsinki/features",
        params={"near": "24.9446,60.1707", "radius_m": 160, "kind": "building", "limit": 60},
    ).json()["features"]
    # What a ray from the hand meets on its way to the middle of the building; panels stand on both sides.
    truth = """(at) => {
      const {stage} = window.__citiverse, V = stage.world.position.constructor;
      const {x, y, z} = xrDevice.controllers.right.position, from = new V(x, y, z);
      const to = stage.world.localToWorld(new V(at[0], at[2], -at[1])).sub(from).normalize();
      const aside = Math.atan2(to.x, -to.z) * 180 / Math.PI;
      return Math.abs(aside + 2) < 12 ? stage.pickRay({origin: from, direction: to}, 390)?.id ?? null : null;
    }"""
    read: set[str] = set()
    for feature in near:
        at = scene_point(inside, feature["id"])
        seen = inside.page.evaluate(truth, at)
        if seen is None or seen in read:
            continue
        inside.page.evaluate(AIM, at)
        inside.wait_frames(3)
        press(inside, "trigger")
        assert inside.page.evaluate("window.__citiverse.state.selected.value") == seen
        read.add(seen)
        if len(read) == 3:
            break
    assert read


def test_a_thumbstick_turns_by_steps(inside: Watched) -> None:
    before = inside.page.evaluate(WHERE)
    inside.page.evaluate("xrDevice.controllers.right.updateAxes('thumbstick', 1, 0)")
    inside.wait_frames(4)
    inside.page.evaluate("xrDevice.controllers.right.updateAxes('thumbstick', 0, 0)")
    inside.wait_frames(4)
    after = inside.page.evaluate(WHERE)
    assert (after[3] - before[3]) % 360 == pytest.approx(45.0, abs=1.0)
    assert after[:3] == pytest.approx(before[:3], abs=0.05)


def test_letting_go_of_the_grip_teleports_to_the_place_aimed_at(inside: Watched) -> None:
    x, y, z, _ = inside.page.evaluate(WHERE)
    goal = [x + 6.0, y - 8.0, z - 1.7]
    inside.page.evaluate(AIM, goal)
    inside.wait_frames(3)
    press(inside, "squeeze")
    inside.wait_frames(12)
    arrived = inside.page.evaluate(WHERE)
    assert arrived[:2] == pytest.approx(goal[:2], abs=0.6)  # what is aimed at may be a kerb before the goal


def test_leaving_keeps_the_place(inside: Watched) -> None:
    x, y, _, _ = inside.page.evaluate(WHERE)
    inside.page.evaluate("window.__citiverse.stage.renderer.xr.getSession().end()")
    inside.until("!window.__citiverse.stage.renderer.xr.isPresenting")
    inside.until("location.hash.startsWith('#walk/')")
    after = inside.page.evaluate(WHERE)
    assert after[:2] == pytest.approx([x, y], abs=2.0)
    assert inside.page.evaluate("window.__citiverse.stage.world.scale.x") == 1


def test_tiles_go_on_loading_where_the_windows_own_frames_are_parked(browser: Browser, city_url: str) -> None:
    watched = Watched(page_with_headset(browser), city_url)
    watched.page.add_init_script(
        "const raf = window.requestAnimationFrame.bind(window);"
        "window.requestAnimationFrame = step =>"
        "  window.xrDevice?.activeSession && !new Error().stack.includes('iwer-runtime.js') ? 0 : raf(step);"
    )
    # High above the city only its coarse tiles are loaded; on the ground their details must follow.
    watched.open("/#orbit/24.943700,60.170900,6000.0m,100.0,60.0")
    watched.page.evaluate("xrDevice.position.set(0, 1.7, 0)")
    tiles = "performance.getEntriesByType('resource').filter(e => e.name.endsWith('.glb')).length"
    before = watched.page.evaluate(tiles)
    watched.page.get_by_role("button", name="Enter VR").click()
    watched.until("window.__citiverse.stage.renderer.xr.isPresenting")
    watched.until(f"{tiles} > {before} + 5")
    watched.page.context.close()
