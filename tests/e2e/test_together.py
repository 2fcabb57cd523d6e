"""A proposal without a picture, and one whose picture and server go and come back."""

import re
from collections.abc import Callable
from typing import Any

import httpx
from playwright.sync_api import Browser

from tests.e2e.conftest import PATIENCE_MS, Watched
from tests.e2e.test_citizen import CALM, middle, tab_to

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


def test_a_lost_picture_and_a_lost_server_come_back(visit: Visit, city_url: str) -> None:
    road = street(city_url)["id"]
    proposal = propose(city_url, "Through the storm")
    page = visit(**CALM).open(f"/?proposal={proposal}#orbit/{middle(city_url, road)},160.0m,0.0,60.0")
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
    page.page.get_by_text(re.compile("not yet saved|Sending")).first.wait_for()
    page.page.context.set_offline(False)
    page.until("__citiverse.revision === 1", PATIENCE_MS / 1000)
    page.errors[:] = [each for each in page.errors if "ERR_INTERNET_DISCONNECTED" not in each]
    assert len(httpx.get(f"{city_url}/api/proposals/{proposal}/edits").json()["edits"]) == 1
